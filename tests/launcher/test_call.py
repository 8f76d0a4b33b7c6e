"""What the launcher hands to `run`, and what it makes of what comes back. In this process, but for the folder."""

import json
import os
import pickle
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from designer.launcher import call, failures, tables, values
from designer.launcher.failures import Failure
from designer.module import Columns, Role, with_roles

HEAD = """
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Optional
import pandas as pd, polars as pl, pyarrow as pa
from designer.module import *
"""

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("out", "work", "tmp"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Iterator[Run]:
    """`run(source, outputs=["table"], dataset=("table", path), p=3)` does a job and returns its outputs."""

    def do(
        source: str, outputs: list[str] | None = None, inputs: dict[str, Any] | None = None, **given: Any
    ) -> dict[str, Any]:
        (folder / "module.py").write_text(HEAD + source)
        job = {
            "module": "tested", "parameters": given,
            "inputs": {name: {"type": type_, "path": str(path)} for name, (type_, path) in (inputs or {}).items()},
            "outputs": [{"name": f"out{index}", "type": type_} for index, type_ in enumerate(outputs or [], 1)],
        }  # fmt: skip
        found: dict[str, Any] = call.run(job, str(folder), str(folder / "module.py"))["outputs"]
        return found

    yield do
    sys.modules.pop("designer_module", None)


@pytest.fixture
def table(folder: Path) -> Path:
    """A stored table with two roles."""
    frame = pl.DataFrame({"age": [30, None, 50], "name": ["a", "b", None], "income": [1.5, 2.5, float("nan")]})
    with_roles(frame, {"income": Role("label"), "name": Role(categorical=True)})
    (folder / "inputs").mkdir()
    values.write("in", "table", frame, str(folder / "inputs"), None, values.Roles())
    return folder / "inputs" / "in.arrow"


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("pl.DataFrame", "polars.DataFrame"), ("pl.LazyFrame", "polars.LazyFrame"), ("pd.DataFrame", "pandas.DataFrame"),
        ("pa.Table", "pyarrow.Table"), ("Any", "polars.DataFrame"), ("'pd.DataFrame'", "pandas.DataFrame"),
        ("pd.DataFrame | None", "pandas.DataFrame"), ("Optional[pd.DataFrame]", "pandas.DataFrame"),
        ("Annotated[pd.DataFrame, Label('x')]", "pandas.DataFrame"), ("Annotated[pd.DataFrame | None, 1]", "pandas.DataFrame"),
        ("'Unknown'", "polars.DataFrame"), ("object", "polars.DataFrame"),
    ],
)  # fmt: skip
def test_a_table_comes_in_the_type_the_signature_asks_for(
    run: Run, table: Path, annotation: str, expected: str
) -> None:
    source = f"def run(dataset: {annotation}): return dict(kind=(k := type(dataset)).__module__.split('.')[0] + '.' + k.__name__)"

    run(source, ["metrics"], {"dataset": ("table", table)})

    assert json.loads((table.parents[1] / "out" / "out1.json").read_text()) == {"kind": expected}


@pytest.mark.parametrize("annotation", ["pl.DataFrame", "pl.LazyFrame", "pd.DataFrame", "pa.Table"])
def test_a_table_that_is_handed_through_keeps_its_values_and_roles(run: Run, table: Path, annotation: str) -> None:
    outputs = run(f"def run(dataset: {annotation}): return dataset", ["table"], {"dataset": ("table", table)})

    kept = pl.read_ipc(table.parents[1] / "out" / "out1.arrow")
    assert kept.fill_nan(None).equals(pl.read_ipc(table).fill_nan(None))
    about = outputs["out1"]
    assert about["rows"] == 3
    assert [(one["name"], one["type"], one["role"] and one["role"]["kind"]) for one in about["columns"]] == [
        ("age", "Integer" if annotation != "pd.DataFrame" else "Double", None),
        ("name", "Categorical", ""),
        ("income", "Double", "label"),
    ]


def test_roles_are_inherited_by_name_unless_they_are_given(run: Run, table: Path) -> None:
    source = (
        "def run(dataset: pl.DataFrame):\n"
        "    assert roles_of(dataset)['income'].kind == 'label'\n"
        "    less = dataset.select('income', other=pl.lit(1))\n"
        "    return less, with_roles(less.clone(), {'other': Role('weight')}), with_roles(less.clone(), {})\n"
    )

    outputs = run(source, ["table", "table", "table"], {"dataset": ("table", table)})

    kinds = [[one["role"] and one["role"]["kind"] for one in about["columns"]] for about in outputs.values()]
    assert kinds == [["label", None], [None, "weight"], [None, None]]
    schema = tables.open_table(str(table.parents[1] / "out" / "out2.arrow")).schema
    assert json.loads(schema.metadata[b"designer.roles"]) == {
        "other": {"kind": "weight", "categorical": False, "score": "", "category": ""}
    }


def test_an_input_cannot_be_changed_on_disk(run: Run, table: Path) -> None:
    before = table.read_bytes()
    source = (
        "def run(dataset: pd.DataFrame):\n"
        "    dataset['income'] += 1\n"
        "    dataset.loc[0, 'income'] = 7.0\n"
        "    dataset.iloc[1, 2] = 8.0\n"
        "    return dataset\n"
    )

    run(source, ["table"], {"dataset": ("table", table)})

    assert table.read_bytes() == before
    assert pl.read_ipc(table.parents[1] / "out" / "out1.arrow")["income"].to_list()[:2] == [7.0, 8.0]


@pytest.mark.parametrize(
    ("annotation", "given", "expected"),
    [
        ("int", 3, 3), ("int", 3.0, 3), ("float", 3, 3.0), ("bool", True, True), ("str", "x", "x"), ("int | None", None, None),
        ("Literal['a']", "a", "a"), ("date", "2026-11-20", date(2026, 11, 20)), ("date | None", None, None),
        ("Column", {"columns": ["age"]}, "age"), ("Column", "age", "age"), ("Annotated[Column | None, Of('d')]", {"columns": ["a"]}, "a"),
        ("Columns", {"columns": ["a"]}, Columns.by_name("a")), ("Columns", {"begin": "all", "rules": []}, Columns.all()),
        ("'Columns'", {"columns": ["a"]}, Columns.by_name("a")), ("Columns | None", None, None), ("Code", "x", "x"),
        ("list[float]", [1, 2.5], [1.0, 2.5]), ("list[date]", ["2026-11-20"], [date(2026, 11, 20)]), ("tuple[int, ...]", [1], (1,)),
        ("list[Column]", [{"columns": ["a"]}], ["a"]), ("Annotated[float, Range(0, 1)]", 1, 1.0),
    ],
)  # fmt: skip
def test_a_parameter_comes_in_the_type_the_signature_asks_for(
    run: Run, folder: Path, annotation: str, given: Any, expected: Any
) -> None:
    run(f"SEEN = []\ndef run(*, p: {annotation}): SEEN.append(p)", p=given)

    (seen,) = sys.modules["designer_module"].SEEN
    assert seen == expected
    assert type(seen) is type(expected)


def test_a_parameter_that_cannot_be_converted_is_named(run: Run) -> None:
    with pytest.raises(Failure, match='Parameter "p" cannot be read from') as raised:
        run("def run(*, p: date): pass", p="yesterday")

    assert raised.value.kind == "ParameterWrong"


def test_a_secret_comes_as_its_text_and_a_missing_one_is_named(run: Run, folder: Path) -> None:
    (folder / "module.py").write_text(HEAD + "def run(*, key: Secret): assert key == 's3cret'")
    job = {"module": "tested", "parameters": {"key": {"secret": "mine"}}, "outputs": []}

    call.run({**job, "secrets": {"mine": "s3cret"}}, str(folder), str(folder / "module.py"))

    with pytest.raises(Failure, match='was not given the secret "mine"'):
        call.run(job, str(folder), str(folder / "module.py"))


@pytest.mark.parametrize(
    ("source", "outputs", "message"),
    [
        ("def run(): pass", ["table"], "Output “out1” was not returned (it is None)."),
        ("def run(): pass", ["table", "table"], "Output “out1” was not returned: `run` returned nothing (None), but has 2 outputs: out1, out2."),
        ("def run(): return 1", ["table"], "Output “out1” should be a table, but `run` returned int."),
        ("def run(): return [1]", ["table"], "Output “out1” should be a table, but `run` returned list."),
        ("def run(): return pd.Series([1])", ["table"], "Output “out1” should be a table, but `run` returned pandas.Series."),
        ("def run(): return pl.DataFrame()", ["model"], "Output “out1” should be a Model, but `run` returned polars.DataFrame."),
        ("def run(): return UntrainedModel(None, 'regression')", ["model"], "Output “out1” should be a Model, but `run` returned designer.UntrainedModel."),
        ("def run(): return 'x'", ["metrics"], "Output “out1” should be metrics (dict), but `run` returned str."),
        ("def run(): return pl.DataFrame(), None", ["table", "table"], "Output “out2” was not returned (it is None)."),
        ("def run(): return pl.DataFrame()", ["table", "table"],
         "Output “out2” was not returned: `run` returned one value (DataFrame), but has 2 outputs: out1, out2."),
        ("def run(): return (pl.DataFrame(),)", ["table", "table"],
         "Output “out2” was not returned: `run` returned 1 values, but has 2 outputs: out1, out2."),
        ("def run(): return (1, 2, 3)", ["table", "table"], "`run` returned 3 values, but has 2 outputs: out1, out2."),
        ("def run(): return {'a': object()}", ["metrics"], "The value cannot be written as JSON: object is not JSON."),
        ("def run(): return pd.DataFrame({'a': [1, 'x', b'y']})", ["table"], "Output “out1” holds values that a table cannot keep:"),
        ("def run(): return pl.DataFrame({'a': [object()]})", ["table"],
         'Output “out1” holds values that a table cannot keep: column "a" holds Python objects'),
        ("def run(): return pd.DataFrame([[1, 2]], columns=['a', 'a'])", ["table"], 'Output “out1” has two columns named "a".'),
        ("import threading\ndef run(): return Model(threading.Lock(), 'regression', [])", ["model"], "Output “out1” cannot be stored: TypeError:"),
        ("def run(): return Path('nothing')", ["file"], "Output “out1”: the file"),
        ("def run(): return Path('.')", ["file"], "Output “out1”: the file"),
        ("def run(): return Path('/dev/null')", ["file"], "Output “out1”: the file '/dev/null' is not a regular file."),
        ("import os\ndef run(): os.symlink('/etc/passwd', 'link'); return Path('link')", ["file"], "Output “out1”: the file"),
        ("import os\ndef run(): os.mkdir('d'); os.symlink('/etc/passwd', 'd/link'); return Path('d')", ["folder"],
         "Output “out1”: 'link' is neither a regular file nor a folder."),
        ("import os\ndef run(): os.mkdir('d'); os.mkfifo('d/pipe'); return Path('d')", ["folder"],
         "Output “out1”: 'pipe' is neither a regular file nor a folder."),
        ("x = 1", [], "The module has no function `run`."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_output_is_said_exactly(run: Run, source: str, outputs: list[str], message: str) -> None:
    with pytest.raises(Failure) as raised:
        run(source, outputs)

    assert raised.value.message.startswith(message)
    assert raised.value.cure


def test_an_input_that_is_missing_or_damaged_is_named(run: Run, folder: Path) -> None:
    with pytest.raises(Failure, match=r"Input “dataset” is not connected"):
        run("def run(dataset: pl.DataFrame, more: pl.DataFrame | None = None): pass")
    with pytest.raises(Failure, match=r"Input “dataset”: its file is not there"):
        run("def run(dataset: pl.DataFrame): pass", [], {"dataset": ("table", "/nowhere")})
    (folder / "bad").write_bytes(b"ARROW1\0\0 and not more")
    with pytest.raises(Failure, match=r"Input “dataset”: The table cannot be read"):
        run("def run(dataset: pl.DataFrame): pass", [], {"dataset": ("table", folder / "bad")})
    with pytest.raises(Failure, match=r"Input “model”: The object cannot be read"):
        run("def run(model: Model): pass", [], {"model": ("model", folder / "bad")})


def test_an_optional_input_may_be_missing(run: Run) -> None:
    run("def run(dataset: pl.DataFrame | None = None): assert dataset is None")


def test_outputs_may_be_named(run: Run, folder: Path) -> None:
    run("def run(): return {'out2': {'b': 2}, 'out1': {'a': 1}}", ["metrics", "metrics"])

    assert json.loads((folder / "out" / "out1.json").read_text()) == {"a": 1}


def test_metrics_are_strict_json(run: Run, folder: Path) -> None:
    source = (
        "import numpy as np\n"
        "def run(): return {'nan': float('nan'), 'inf': np.inf, 'f': np.float32(0.5), 'i': np.int64(3), 'b': np.True_, 'a': np.arange(3),\n"
        "                   'd': date(2026, 1, 2), 't': (1, 2), 's': pl.Series([1.5, None]), 1: {'x': None}, 'n': np.str_('é')}\n"
    )

    run(source, ["metrics"])

    assert json.loads((folder / "out" / "out1.json").read_text(), parse_constant=pytest.fail) == {
        "nan": None, "inf": None, "f": 0.5, "i": 3, "b": True, "a": [0, 1, 2], "d": "2026-01-02", "t": [1, 2], "s": [1.5, None],
        "1": {"x": None}, "n": "é",
    }  # fmt: skip


def test_models_carry_the_classes_of_their_module(run: Run, folder: Path) -> None:
    source = (
        "class Mine:\n    def predict(self, table): return helper(table)\n"
        "def helper(table): return [42]\n"
        "def run(): return Model(Mine(), 'regression', ['age'], 'income')\n"
    )
    run(source, ["model"])
    sys.modules.pop("designer_module")

    with (folder / "out" / "out1.pkl").open("rb") as file:
        model = pickle.load(file)

    assert model.estimator.predict(None) == [42]
    assert run("def run(model: Model): return {'made': model.estimator.predict(None)}", ["metrics"],
               {"model": ("model", folder / "out" / "out1.pkl")})  # fmt: skip


def test_files_keep_their_suffix_and_folders_their_files(run: Run, folder: Path) -> None:
    source = (
        "import os\n"
        "def run():\n"
        "    Path('report.v1.tar.gz').write_text('packed')\n"
        "    os.makedirs('tree/deep'); Path('tree/deep/a.txt').write_text('a'); Path('tree/b.txt').write_text('bb')\n"
        "    return Path('report.v1.tar.gz'), Path('tree')\n"
    )

    outputs = run(source, ["file", "folder"])

    assert (outputs["out1"]["path"], outputs["out1"]["name"], outputs["out1"]["size"]) == (
        "out/out1.tar.gz",
        "report.v1.tar.gz",
        6,
    )
    assert (outputs["out2"]["path"], outputs["out2"]["files"], outputs["out2"]["size"]) == ("out/out2", 2, 3)
    assert (folder / "out" / "out2" / "deep" / "a.txt").read_text() == "a"
    assert list((folder / "work").iterdir()) == []


def test_an_input_file_that_is_handed_through_is_copied(run: Run, folder: Path) -> None:
    (folder / "given.csv").write_text("a\n")

    outputs = run("def run(given: Path): return given", ["file"], {"given": ("file", folder / "given.csv")})

    assert (folder / "given.csv").read_text() == "a\n"
    assert outputs["out1"]["path"] == "out/out1.csv"


def test_any_takes_the_type_of_the_value(run: Run) -> None:
    source = (
        "def run(): return pl.DataFrame({'a': [1]}), Model(None, 'regression', []), {'x': 1}, Transformation(len), 5"
    )

    outputs = run(source, ["any"] * 5)

    assert [one["type"] for one in outputs.values()] == ["table", "model", "metrics", "transformation", "metrics"]


def test_equal_tables_have_equal_bytes(run: Run) -> None:
    source = (
        "def run():\n"
        "    whole = pl.DataFrame({'s': ['a', 'b', 'long text that is not inlined', None], 'f': [1.0, 2.0, None, 4.0], 'i': [1, 2, 3, 4]})\n"
        "    parts = pl.concat([whole[:1], whole[1:3], whole[3:]], rechunk=False)\n"
        "    sliced = pl.concat([whole, whole])[4:]\n"
        "    return whole, parts, sliced, whole.lazy()\n"
    )

    outputs = run(source, ["table"] * 4)

    assert len({one["digest"] for one in outputs.values()}) == 1


def test_tables_of_every_dtype_come_back_the_same(folder: Path) -> None:
    frame = pl.DataFrame(
        {
            "i": pl.Series([1, None], dtype=pl.Int8), "u": pl.Series([1, 2**64 - 1], dtype=pl.UInt64),
            "c": pl.Series(["x", None], dtype=pl.Categorical), "e": pl.Series(["x", "y"], dtype=pl.Enum(["y", "x"])),
            "l": [[1, 2], []], "s": [{"a": 1}, {"a": None}], "d": [date(2020, 1, 1), None], "b": [b"x", None],
            "z": pl.Series([0, 1]).cast(pl.Datetime("us", "UTC")), "m": pl.Series(["1.5", None]).cast(pl.Decimal(10, 2)),
            "n": [None, None], "t": pl.Series([0, None]).cast(pl.Time), "x": [True, None],
        }
    )  # fmt: skip
    values.write("in", "table", frame, str(folder / "out"), None, values.Roles())

    back, roles = tables.read(str(folder / "out" / "in.arrow"), tables.POLARS)

    assert back.equals(frame, null_equal=True)
    assert back.schema == frame.schema
    assert roles == {}


def test_a_table_without_rows_or_columns_is_a_table(run: Run) -> None:
    outputs = run("def run(): return pl.DataFrame(), pl.DataFrame({'a': []}), pd.DataFrame()", ["table"] * 3)

    assert [(one["rows"], len(one["columns"])) for one in outputs.values()] == [(0, 0), (0, 1), (0, 0)]


def describe(source: str, folder: Path) -> dict[str, Any]:
    path = folder / "module.py"
    path.write_text(HEAD + source)
    try:
        call.run({"module": "tested", "outputs": []}, str(folder), str(path))
    except BaseException as raised:  # noqa: BLE001 - this is what is tested
        return failures.describe(raised, str(path), str(folder))
    raise AssertionError("it did not fail")


FIRST = HEAD.count("\n") + 1


def test_an_error_of_the_module_is_told_with_number_and_cure(folder: Path) -> None:
    found = describe("def run():\n    raise ModuleError(1, 'Column \"x\" was not found.', 'Pick another.')", folder)

    assert (found["kind"], found["number"], found["message"], found["cure"], found["where"]) == (
        "ModuleError", 1, 'Column "x" was not found.', "Pick another.", f"module.py, line {FIRST + 1}, in run",
    )  # fmt: skip


def test_an_error_inside_a_library_is_told_where_the_module_called_it(folder: Path) -> None:
    found = describe("def helper():\n    pl.DataFrame({'a': [1]})['b']\ndef run():\n    helper()", folder)

    assert found["kind"] == "ColumnNotFoundError"
    assert found["where"] == f"module.py, line {FIRST + 1}, in helper"
    assert "launcher" not in found["traceback"]
    assert "in run" in found["traceback"]


def test_an_error_inside_a_users_script_is_told_there(folder: Path) -> None:
    found = describe("def run():\n    exec(compile('\\n\\n1 / 0', 'script.py', 'exec'), {})", folder)

    assert (found["kind"], found["where"]) == ("ZeroDivisionError", "script.py, line 3")


@pytest.mark.parametrize(
    ("source", "kind", "where"),
    [
        ("def run(:", "SyntaxError", f"module.py, line {FIRST}"),
        ("import nothing_of_that_name", "ModuleNotFoundError", f"module.py, line {FIRST}"),
        ("def run():\n    return run()", "RecursionError", f"module.py, line {FIRST + 1}, in run"),
        ("class E(Exception):\n    def __str__(self): raise ValueError\ndef run():\n    raise E", "E", f"module.py, line {FIRST + 3}, in run"),
        ("def run():\n    raise KeyError('x')", "KeyError", f"module.py, line {FIRST + 1}, in run"),
        ("def run():\n    raise ExceptionGroup('g', [ValueError(1)])", "ExceptionGroup", f"module.py, line {FIRST + 1}, in run"),
    ],
)  # fmt: skip
def test_every_exception_can_be_told(folder: Path, source: str, kind: str, where: str) -> None:
    found = describe(source, folder)

    assert (found["kind"], found["where"]) == (kind, where)
    assert found["message"]
    assert json.dumps(found)
    assert os.fspath(folder / "module.py") in found["traceback"]


def test_the_same_pandas_and_arrow_tables_are_written_alike(folder: Path) -> None:
    given = {"a": [1, 2], "b": ["x", None]}
    digests = {
        values.write(name, "table", frame, str(folder / "out"), None, values.Roles())["digest"]
        for name, frame in (
            ("pandas", pd.DataFrame(given)),
            ("arrow", pa.table(given)),
            ("polars", pl.DataFrame(given)),
        )
    }

    assert len(digests) == 1
