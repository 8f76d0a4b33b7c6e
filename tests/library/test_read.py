"""Reading a module's specification from its source."""

import string
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.graph.findings import Severity
from designer.graph.module import ModuleSpec, Parameter, ParameterKind, Port
from designer.graph.porttypes import PortType
from designer.library.read import digest_of, read_module

SPLIT = '''\
# /// script
# dependencies = ["scikit-learn>=1.5", "numpy"]
# ///
"""Split Data

Divides the rows of a dataset into two.
"""
from typing import Annotated, Literal

import polars as pl

from designer.module import Label, Range, When

CATEGORY = "Data Transformation"
TAGS = ("sample", "divide")
VERSION = 2


def run(
    dataset: pl.DataFrame,
    *,
    mode: Literal["Split Rows", "Regular Expression"] = "Split Rows",
    fraction: Annotated[float, Range(0, 1), When(mode="Split Rows")] = 0.5,
    seed: int = 0,
) -> tuple[Annotated[pl.DataFrame, Label("Results dataset1")], Annotated[pl.DataFrame, Label("Results dataset2")]]:
    ...
'''


def read(source: str) -> ModuleSpec:
    spec, findings = read_module(source, "tested")
    assert spec is not None, findings
    assert [one for one in findings if one.severity is Severity.ERROR] == []
    return spec


def parameter(written: str, before: str = "") -> Parameter:
    """The parameter of `run(dataset, *, <written>)`."""
    spec = read(f"{before}\ndef run(dataset: pl.DataFrame, *, other: int = 0, {written}) -> None: ...")
    return spec.parameters[-1]


def codes(source: str) -> list[tuple[str, int]]:
    spec, findings = read_module(source, "tested")
    assert spec is None
    return [(one.code, one.line) for one in findings]


def test_the_example_of_the_design_is_read_whole() -> None:
    spec, findings = read_module(SPLIT, "split_data")

    assert findings == ()
    assert spec == ModuleSpec(
        name="split_data",
        version=2,
        title="Split Data",
        category="Data Transformation",
        digest=digest_of(SPLIT),
        description="Divides the rows of a dataset into two.",
        inputs=(Port("dataset", PortType.TABLE, "Dataset"),),
        outputs=(
            Port("results_dataset1", PortType.TABLE, "Results dataset1"),
            Port("results_dataset2", PortType.TABLE, "Results dataset2"),
        ),
        parameters=(
            Parameter("mode", ParameterKind.CHOICE, "Mode", "Split Rows", choices=("Split Rows", "Regular Expression")),
            Parameter(
                "fraction", ParameterKind.NUMBER, "Fraction", 0.5, minimum=0, maximum=1,
                when={"mode": ("Split Rows",)},
            ),
            Parameter("seed", ParameterKind.INTEGER, "Seed", 0),
        ),
        dependencies=("scikit-learn>=1.5", "numpy"),
        tags=("sample", "divide"),
    )  # fmt: skip
    assert spec.reference == "split_data@2"


@pytest.mark.parametrize(
    ("written", "kind", "default", "more"),
    [
        ("p: int", ParameterKind.INTEGER, None, {"required": True}),
        ("p: int = -3", ParameterKind.INTEGER, -3, {}),
        ("p: int | None = None", ParameterKind.INTEGER, None, {"nullable": True}),
        ("p: None | int = 1", ParameterKind.INTEGER, 1, {"nullable": True}),
        ("p: Optional[int] = None", ParameterKind.INTEGER, None, {"nullable": True}),
        ("p: typing.Optional[int] = None", ParameterKind.INTEGER, None, {"nullable": True}),
        ("p: Union[int, None] = None", ParameterKind.INTEGER, None, {"nullable": True}),
        ("p: 'int | None' = None", ParameterKind.INTEGER, None, {"nullable": True}),
        ("p: Annotated[int | None, Range(1)] = None", ParameterKind.INTEGER, None, {"nullable": True, "minimum": 1}),
        ("p: Annotated[int, Range(1)] | None = None", ParameterKind.INTEGER, None, {"nullable": True, "minimum": 1}),
        ("p: Annotated[Annotated[int, Range(1)], Help('x')] = 1", ParameterKind.INTEGER, 1, {"minimum": 1, "help": "x"}),
        ("p: float = 1", ParameterKind.NUMBER, 1.0, {}),
        ("p: float = 1e-7", ParameterKind.NUMBER, 1e-7, {}),
        ("p: float = 1 / 4", ParameterKind.NUMBER, 0.25, {}),
        ("p: int = 2**32 - 1", ParameterKind.INTEGER, 4294967295, {}),
        ("p: bool = True", ParameterKind.BOOLEAN, True, {}),
        ("p: str = 'a' 'b' + 'c'", ParameterKind.STRING, "abc", {}),
        ("p: Annotated[str, Pattern('[a-z]+')] = 'abc'", ParameterKind.STRING, "abc", {"pattern": "[a-z]+"}),
        ("p: Literal[1, 2] = 2", ParameterKind.CHOICE, 2, {"choices": (1, 2)}),
        ("p: Literal['a', None] = None", ParameterKind.CHOICE, None, {"choices": ("a",), "nullable": True}),
        ("p: date = date(2026, 11, 20)", ParameterKind.DATE, "2026-11-20", {}),
        ("p: datetime.date = datetime.date(2026, 11, 20)", ParameterKind.DATE, "2026-11-20", {}),
        ("p: Column", ParameterKind.COLUMN, None, {"required": True, "port": "dataset"}),
        ("p: Column = 'age'", ParameterKind.COLUMN, {"columns": ["age"]}, {"port": "dataset"}),
        ("p: Columns = Columns.all()", ParameterKind.COLUMNS, {"begin": "all", "rules": []}, {"port": "dataset"}),
        ("p: Columns = Columns.by_name('a', 'b')", ParameterKind.COLUMNS, {"columns": ["a", "b"]}, {"port": "dataset"}),
        ("p: Columns = Columns()", ParameterKind.COLUMNS, {"begin": "none", "rules": []}, {"port": "dataset"}),
        ("p: Annotated[Columns, Of('dataset')] = Columns.all()", ParameterKind.COLUMNS,
         {"begin": "all", "rules": []}, {"port": "dataset"}),
        ("p: Code = 'select * from t'", ParameterKind.CODE, "select * from t", {"language": "sql"}),
        ("p: Code = 'def azureml_main(): pass'", ParameterKind.CODE, "def azureml_main(): pass", {"language": "python"}),
        ("p: Annotated[Code, Label('Script'), Help('r')] = ''", ParameterKind.CODE, "", {"language": "r", "label": "Script"}),
        ("p: Secret", ParameterKind.SECRET, None, {"required": True}),
        ("p: Secret = ''", ParameterKind.SECRET, None, {"nullable": True}),
        ("p: list[float] = (0.1, -2)", ParameterKind.LIST, [0.1, -2.0], {"item": ParameterKind.NUMBER}),
        ("p: list[str] = []", ParameterKind.LIST, [], {"item": ParameterKind.STRING}),
        ("p: tuple[int, ...] = (1, 2)", ParameterKind.LIST, [1, 2], {"item": ParameterKind.INTEGER}),
        ("p: list[Literal['a', 'b']] = ('b',)", ParameterKind.LIST, ["b"],
         {"item": ParameterKind.CHOICE, "choices": ("a", "b")}),
        ("p: list[Annotated[int, Range(1, 9)]] = [3]", ParameterKind.LIST, [3],
         {"item": ParameterKind.INTEGER, "minimum": 1, "maximum": 9}),
        ("p: Annotated[float, Range(0, 1, exclusive_minimum=True)] = 0.5", ParameterKind.NUMBER, 0.5,
         {"minimum": 0, "maximum": 1, "exclusive_minimum": True}),
        ("p: Annotated[float, Range(maximum=2)] = 0.5", ParameterKind.NUMBER, 0.5, {"maximum": 2}),
        ("p: Annotated[int, When(other=(1, 2))] = 0", ParameterKind.INTEGER, 0, {"when": {"other": (1, 2)}}),
        ("p: Annotated[int, 'just a note'] = 0", ParameterKind.INTEGER, 0, {}),
    ],
)  # fmt: skip
def test_a_parameter_is_read(written: str, kind: ParameterKind, default: Any, more: dict[str, Any]) -> None:
    expected = {"label": "P", "default": default, **more}

    assert parameter(written) == Parameter("p", kind, **expected)


def test_constants_and_aliases_of_the_module_are_followed() -> None:
    before = (
        "from designer.module import Range as Between\n"
        "MODES = ('a', 'b')\n"
        "Mode = Literal['a', 'b']\n"
        'SCRIPT = """\\\nline 1\n  line 2\n"""\n'
    )

    assert parameter("p: Mode = 'b'", before).choices == ("a", "b")
    assert parameter("p: Literal[*MODES] = 'b'", before).choices == ("a", "b")
    assert parameter("p: Literal[MODES] = 'b'", before).choices == ("a", "b")
    assert parameter("p: Code = SCRIPT", before).default == "line 1\n  line 2\n"
    assert parameter("p: Annotated[int, Between(1, 5)] = 2", before).maximum == 5


def test_texts_over_several_lines_keep_their_lines() -> None:
    assert parameter('p: str = """\n    a\n\tb"""').default == "\n    a\n\tb"
    assert parameter('p: str = dedent("""\\\n    a\n      b\n    """)').default == "a\n  b\n"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("pl.DataFrame", PortType.TABLE), ("pl.LazyFrame", PortType.TABLE), ("pd.DataFrame", PortType.TABLE),
        ("pa.Table", PortType.TABLE), ("DataFrame", PortType.TABLE), ("polars.DataFrame", PortType.TABLE),
        ("Path", PortType.FILE), ("pathlib.Path", PortType.FILE), ("Folder", PortType.FOLDER), ("Model", PortType.MODEL),
        ("UntrainedModel", PortType.UNTRAINED_MODEL), ("designer.module.Transformation", PortType.TRANSFORMATION),
        ("Images", PortType.IMAGES), ("Metrics", PortType.METRICS), ("Figure", PortType.FIGURE), ("Any", PortType.ANY),
        ("typing.Any", PortType.ANY), ("object", PortType.ANY), ("'pl.DataFrame'", PortType.TABLE),
    ],
)  # fmt: skip
def test_port_types_are_read(written: str, expected: PortType) -> None:
    spec = read(f"def run(thing: {written}, more: {written} | None = None) -> {written}: ...")

    assert spec.inputs == (Port("thing", expected, "Thing"), Port("more", expected, "More", optional=True))
    assert spec.outputs == (Port("result", expected, "Result"),)


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("None", []),
        ("pl.DataFrame", ["result"]),
        ("Annotated[pl.DataFrame, Label('Cleaned dataset')]", ["cleaned_dataset"]),
        ("tuple[pl.DataFrame, Model]", ["result1", "result2"]),
        ("Tuple[pl.DataFrame]", ["result1"]),
        ("tuple[Annotated[pl.DataFrame, Label('A - b (C)')], pl.DataFrame]", ["a_b_c", "result2"]),
        ("Annotated[pl.DataFrame, Label('2 ways')]", ["output_2_ways"]),
        ("Annotated[pl.DataFrame, Label('結果')]", ["result"]),
    ],
)
def test_outputs_are_named(written: str, names: list[str]) -> None:
    assert [port.name for port in read(f"def run() -> {written}: ...").outputs] == names


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def run(:\n", [("syntax_error", 1)]),
        ("x = 1\n\ndef runs(): ...", [("no_run", 0)]),
        ("", [("no_run", 0)]),
        ("class A:\n def run(self): ...", [("no_run", 0)]),
        ("async def run() -> None: ...", [("run_async", 1)]),
        ("def run() -> None: ...\ndef run() -> None: ...", [("run_twice", 2)]),
        ("x\0", [("source_nul", 1)]),
        ("#" * 300_000, [("source_too_large", 0)]),
        ("def run(a) -> None: ...", [("no_annotation", 1)]),
        ("def run(\n a: Frame) -> None: ...", [("unknown_annotation", 2)]),
        ("def run(a: list[pl.DataFrame]) -> None: ...", [("parameter_before_star", 1)]),
        ("def run(a: int = 3) -> None: ...", [("parameter_before_star", 1)]),
        ("def run(a: pl.DataFrame = 3) -> None: ...", [("port_default", 1)]),
        ("def run(*args) -> None: ...", [("star_arguments", 1)]),
        ("def run(**more) -> None: ...", [("star_arguments", 1)]),
        ("def run(a: pl.DataFrame, /) -> None: ...", [("positional_only", 1)]),
        ("def run(*, a) -> None: ...", [("no_annotation", 1)]),
        ("def run(*, a: dict = {}) -> None: ...", [("unknown_annotation", 1)]),
        ("def run(*, a: int | str = 1) -> None: ...", [("unknown_annotation", 1)]),
        ("def run(*, a: list = ()) -> None: ...", [("unknown_annotation", 1)]),
        ("def run(*, a: list[list[int]] = ()) -> None: ...", [("unknown_annotation", 1)]),
        ("def run(*, a: Literal[b'x'] = b'x') -> None: ...", [("unknown_annotation", 1), ]),
        ("def run(*, a: Literal['x', 'x'] = 'x') -> None: ...", [("duplicate_choice", 1)]),
        ("def run(*, a: pl.DataFrame) -> None: ...", [("port_after_star", 1)]),
        ("def run(*, a: str = 1) -> None: ...", [("default_wrong", 1)]),
        ("def run(*, a: int = 1.0) -> None: ...", [("default_wrong", 1)]),
        ("def run(*, a: int = True) -> None: ...", [("default_wrong", 1)]),
        ("def run(*, a: int = None) -> None: ...", [("default_wrong", 1)]),
        ("def run(*, a: float = 1e999) -> None: ...", [("default_wrong", 1)]),
        ("def run(*, a: Literal['x'] = 'y') -> None: ...", [("default_wrong", 1)]),
        ("def run(*, a: Annotated[int, Range(0, 5)] = 6) -> None: ...", [("default_wrong", 1)]),
        ("def run(*, a: Annotated[str, Pattern('x+')] = 'y') -> None: ...", [("default_wrong", 1)]),
        ("def run(*, a: list[int] = (1, 'x')) -> None: ...", [("default_wrong", 1)]),
        ("def run(*, a: str = open('/etc/passwd').read()) -> None: ...", [("default_unreadable", 1)]),
        ("def run(*, a: str = f'{1}') -> None: ...", [("default_unreadable", 1)]),
        ("def run(*, a: str = unknown) -> None: ...", [("default_unreadable", 1)]),
        ("def run(*, a: int = 9**9**9) -> None: ...", [("default_unreadable", 1)]),
        ("def run(*, a: date = date(2026, 2, 30)) -> None: ...", [("default_unreadable", 1)]),
        ("def run(*, a: Annotated[int, Range(5, 1)] = 2) -> None: ...", [("word_wrong", 1)]),
        ("def run(*, a: Annotated[int, Range('x')] = 2) -> None: ...", [("word_wrong", 1)]),
        ("def run(*, a: Annotated[int, Range(f())] = 2) -> None: ...", [("word_unreadable", 1)]),
        ("def run(*, a: Annotated[str, Pattern('(')] = '') -> None: ...", [("word_wrong", 1)]),
        ("def run(*, a: Annotated[str, Label()] = '') -> None: ...", [("word_wrong", 1)]),
        ("def run(*, a: Annotated[str, Range(1, 2)] = '') -> None: ...", [("word_misplaced", 1)]),
        ("def run(*, a: Annotated[int, Pattern('x')] = 1) -> None: ...", [("word_misplaced", 1)]),
        ("def run(*, a: Annotated[int, Of('x')] = 1) -> None: ...", [("word_misplaced", 1)]),
        ("def run(*, a: Annotated[int, When(b=1)] = 1) -> None: ...", [("when_unknown", 1)]),
        ("def run(*, a: Annotated[int, When(a=1)] = 1) -> None: ...", [("when_unknown", 1)]),
        ("def run(*, a: Annotated[int, When(b='z')] = 1, b: Literal['x'] = 'x') -> None: ...", [("when_unknown_value", 1)]),
        ("def run(d: Model, *, a: Annotated[Column, Of('d')]) -> None: ...", [("of_unknown_port", 1)]),
        ("def run() -> dict: ...", [("unknown_annotation", 1)]),
        ("def run() -> tuple[pl.DataFrame, ...]: ...", [("unknown_annotation", 1)]),
        ("def run() -> tuple[Annotated[Model, Label('a')], Annotated[Model, Label('A')]]: ...", [("duplicate_output", 1)]),
        ("VERSION = 0\ndef run() -> None: ...", [("constant_wrong", 1)]),
        ("VERSION = True\ndef run() -> None: ...", [("constant_wrong", 1)]),
        ("CATEGORY = name()\ndef run() -> None: ...", [("not_a_literal", 1)]),
        ("TAGS = 'x'\ndef run() -> None: ...", [("constant_wrong", 1)]),
        ("# /// script\n# dependencies = [\n# ///\ndef run() -> None: ...", [("script_block", 1)]),
        ("# /// script\n# dependencies = 'x'\n# ///\ndef run() -> None: ...", [("script_block", 1)]),
        ("# /// script\ndef run() -> None: ...", [("script_block", 1)]),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_finding_with_its_line(source: str, expected: list[tuple[str, int]]) -> None:
    assert codes(source) == expected


def test_all_findings_come_at_once() -> None:
    source = "VERSION = 0\ndef run(\n  a,\n  *,\n  b: int = 'x',\n  c: Annotated[int, When(z=1)] = 1,\n) -> dict: ..."

    spec, findings = read_module(source, "tested")

    assert spec is None
    assert [(one.code, one.line, one.port, one.parameter) for one in findings] == [
        ("constant_wrong", 1, "", ""),
        ("no_annotation", 3, "a", ""),
        ("default_wrong", 5, "", "b"),
        ("when_unknown", 6, "", "c"),
        ("unknown_annotation", 7, "result", ""),
    ]
    assert all(one.message for one in findings)


def test_warnings_do_not_break_a_module() -> None:
    spec, findings = read_module("def run(*, a: Annotated[int, Rnage(1)] = 1): ...", "tested")

    assert spec is not None
    assert {(one.code, one.severity) for one in findings} == {
        ("unknown_word", Severity.WARNING),
        ("no_return_annotation", Severity.WARNING),
    }


def test_the_digest_does_not_depend_on_line_ends() -> None:
    assert digest_of("a\r\nb\rc\n") == digest_of("a\nb\nc\n")
    assert digest_of("a\nb") != digest_of("a\nb\n")


@pytest.mark.parametrize(
    "source",
    [
        "x = " + "-" * 100_000 + "1", "x = " + "not " * 50_000 + "1", "x = " + "(" * 10_000, "x = " + "[" * 150 + "]" * 150,
        "x = " + "a." * 80_000 + "b", "x = 1" + " + 1" * 60_000, "x = " + "lambda: " * 30_000 + "1", "x = " + "f(" * 90 + ")" * 90,
        "x = a" + "[0]" * 60_000, "x = a" + " if b else c" * 20_000, "if x:\n  pass\n" + "elif x:\n  pass\n" * 15_000,
        "def run(*, a: int = " + "-" * 50_000 + "1) -> None: ...",
        "def run(*, a: " + "Annotated[" * 90 + "int" + ", 1]" * 90 + " = 1) -> None: ...",
        "def run(*, a: " + "Optional[" * 90 + "int" + "]" * 90 + " = 1) -> None: ...",
        "def run(*, a: int" + " | None" * 30_000 + " = 1) -> None: ...",
        "A = B\nB = A\ndef run(*, a: A = B) -> None: ...", "A = 'A'\ndef run(*, a: A = 1) -> None: ...",
        "def run(*, a: str = " + "'x' + " * 30_000 + "'x') -> None: ...",
        "# /// script\n# a = " + "[" * 50_000 + "\n# ///\n", "\ufeffdef run() -> None: ...", "\ud800", "def run(*, \ud800: int): ...",
        "x = '" + "\\" * 99_999, "\x0c" * 1000, "x = 0x" + "f" * 100_000, "x = " + "9" * 100_000, "'\\N{foo}'", "# coding: rot13\n",
        "def run(*, a: Annotated[str, Pattern('" + "(" * 5000 + ")" * 5000 + "')] = '') -> None: ...",
        "def run(*, a: Annotated[str, Pattern('a{4294967296}')] = '') -> None: ...",
        "def run(*, a: Annotated[int, When(**x)] = 1) -> None: ...", "def run(*, a: Annotated[int, Range(*x)] = 1) -> None: ...",
        "def run(*, a: Literal[()] = 1) -> None: ...", "def run(*, a: Annotated[()] = 1) -> None: ...", "def run() -> tuple[()]: ...",
        "def run(*, a: '(' = 1) -> None: ...", "def run(*, a: '' = 1) -> None: ...", "def run(*, a: \"'\" = 1) -> None: ...",
    ],
)  # fmt: skip
def test_no_text_breaks_the_reader(source: str) -> None:
    _, findings = read_module(source, "tested")

    assert all(0 <= one.line <= source.count("\n") + 1 for one in findings)


@pytest.mark.parametrize(
    "source",
    [
        "def run(*, a: int = __import__('os').system('touch {mark}')) -> None: ...",
        "@__import__('pathlib').Path('{mark}').touch\ndef run() -> None: ...",
        "__import__('pathlib').Path('{mark}').touch()\ndef run() -> None: ...",
        "def run(*, a: Annotated[int, Range(__import__('pathlib').Path('{mark}').touch())] = 1) -> None: ...",
        "def run(*, a: __import__('pathlib').Path('{mark}').touch() = 1) -> None: ...",
        "def run(*, a: \"__import__('pathlib').Path('{mark}').touch()\" = 1) -> None: ...",
        "def run() -> (lambda: __import__('pathlib').Path('{mark}').touch())(): ...",
        "CATEGORY = [__import__('pathlib').Path('{mark}').touch() for _ in '1']\ndef run() -> None: ...",
    ],
)
def test_reading_never_runs_anything(source: str, tmp_path: Any) -> None:
    mark = tmp_path / "mark"

    read_module(source.replace("{mark}", str(mark)), "tested")

    assert not mark.exists()


PIECES = [
    "def run(", "dataset", ": ", "pl.DataFrame", "*", ", ", "mode", "Literal[", "]", "'a'", "=", "Annotated[", "Range(", ")", "0",
    "1.5", "When(", "Label(", "Columns", ".all()", "tuple[", " -> ", "None", "|", ":\n", " ...\n", "CATEGORY", "\n", "# /// script",
    "# ///", "list[", "-", "(", "int", "str", "@", "\\", '"""', "f'", "{", "}", "VERSION = ", "import x as y\n", "\t", "\0", "é", "\ud800",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=200))
def test_any_text_gives_a_specification_or_findings(source: str) -> None:
    spec, findings = read_module(source, "tested")

    assert (spec is None) == any(one.severity is Severity.ERROR for one in findings)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_module_with_one_character_changed_is_no_crash(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(SPLIT) - 1))
    character = data.draw(st.sampled_from(string.printable + "é\0\ud800"))

    spec, findings = read_module(SPLIT[:at] + character + SPLIT[at + 1 :], "split_data")

    assert spec is not None or findings
