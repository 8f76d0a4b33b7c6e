"""What software is asked for: three ways of writing, one normal form, findings with lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.graph.conda import from_conda
from designer.graph.environment import Declaration, completed, declare, from_requirements, needed
from designer.graph.findings import Finding, Severity
from designer.graph.module import Port
from designer.graph.porttypes import PortType


def lines(findings: list[Finding]) -> list[tuple[str, int]]:
    return [(finding.code, finding.line) for finding in findings]


def test_the_three_ways_of_writing_the_same_have_one_digest() -> None:
    listed, _ = declare([(0, "Pandas>=1.5,<2"), (0, "numpy")], "3.11")
    text, _ = from_requirements("numpy  # arrays\n\npandas <2, >=1.5 \\\n  --hash=sha256:00\n", "==3.11.*")
    conda, _ = from_conda("dependencies: [python=3.11, pip, {pip: ['pandas<2,>=1.5', numpy]}]")

    assert listed == text == conda == Declaration(("numpy", "pandas<2,>=1.5"), "==3.11.*")
    assert listed.digest == text.digest == conda.digest


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("numpy\nnum py\n", [("requirement", 2)]),
        ("\n# a comment\n-r other.txt", [("requirement", 3)]),
        ("--index-url=https://mirror.example/index", [("requirement", 1)]),
        ("a\n./wheels/b.whl", [("requirement", 2)]),
        ("b @ https://mirror.example/b.whl", [("requirement", 1)]),
        ("a==1.2.3.bad!", [("requirement", 1)]),
        ("a \\\n  >=\\\n 1\nb==", [("requirement", 4)]),
    ],
    ids=["two words", "another file", "an index", "a path", "an address", "no version", "joined lines"],
)
def test_what_is_wrong_in_a_requirements_file_is_named_with_its_line(text: str, found: list[tuple[str, int]]) -> None:
    _, findings = from_requirements(text)

    assert lines(findings) == found
    assert all(finding.cure for finding in findings)


def test_conda_packages_are_named_as_left_out_and_the_pip_part_counts() -> None:
    text = """name: old
channels: [conda-forge]
dependencies:
  - python=3.8
  - conda-forge::numpy=1.24
  - scipy >=1.9
  - pip
  - pip:
    - pandas==1.5.3
    - -e .
"""

    declaration, findings = from_conda(text)

    assert declaration == Declaration(("pandas==1.5.3",), "==3.8.*")
    assert lines(findings) == [("conda_package", 5), ("conda_package", 6), ("requirement", 10)]
    assert [finding.severity for finding in findings] == [Severity.WARNING, Severity.WARNING, Severity.ERROR]
    assert "numpy==1.24.*" in findings[0].cure
    assert "scipy>=1.9" in findings[1].cure


@pytest.mark.parametrize(
    "text",
    [
        "", "[", "a: b", "dependencies: {a: b}", "dependencies: [[a]]", "dependencies: [{pip: a}]", "- a", "!!python/object:os.x {}",
        "dependencies: [{pip: [[a]]}]", "dependencies: [python=x]", "a: &a [*a]", "[" * 5000, "\0",
    ],
)  # fmt: skip
def test_what_is_no_conda_file_is_a_finding(text: str) -> None:
    _, findings = from_conda(text)

    assert findings


@pytest.mark.parametrize(
    ("written", "read"),
    [("3.11", "==3.11.*"), ("3", "==3.*"), ("3.11.4", "==3.11.4"), (" >=3.10 , <3.13", "<3.13,>=3.10"), ("", "")],
)
def test_a_python_version_is_a_specifier(written: str, read: str) -> None:
    assert declare([], written) == (Declaration((), read), [])


def test_a_wrong_python_version_is_a_finding_with_its_line() -> None:
    declaration, findings = declare([], "three", 4)

    assert declaration.python == ""
    assert lines(findings) == [("python_version", 4)]


def test_designer_itself_is_there_without_asking() -> None:
    assert declare([(0, "designer>=0.1"), (0, "numpy")])[0] == Declaration(("numpy",))


def test_what_the_launcher_needs_follows_from_the_types_of_the_ports() -> None:
    def port(type_: PortType) -> Port:
        return Port("a", type_, "A")

    assert needed([port(PortType.TABLE)], []) == ("numpy", "pyarrow")
    assert needed([port(PortType.METRICS)], [port(PortType.FILE)]) == ()
    assert needed([port(PortType.METRICS)], [port(PortType.MODEL)]) == ("cloudpickle",)
    assert needed([port(PortType.ANY)], []) == ("cloudpickle", "numpy", "pyarrow")


def test_what_the_launcher_needs_is_added_unless_it_is_named() -> None:
    assert completed(Declaration(("numpy<2",), ">=3.10"), ("numpy", "pyarrow")) == Declaration(
        ("numpy<2", "pyarrow"), ">=3.10"
    )


NAMES = st.sampled_from(["numpy", "NumPy", "scikit-learn", "Scikit.Learn", "scikit_learn", "a"])
VERSIONS = st.sampled_from(["", ">=1", "==2.0", " >=1 , <3", "~=1.4"])
EXTRAS = st.sampled_from(["", "[x]", "[Y, x]"])
MARKERS = st.sampled_from(["", "; python_version<'3.12'", ' ; sys_platform == "linux"'])
REQUIREMENTS = st.lists(st.builds("{}{}{}{}".format, NAMES, EXTRAS, VERSIONS, MARKERS), max_size=8)


@given(REQUIREMENTS, st.randoms())
def test_order_case_spaces_and_repetition_do_not_matter(requirements: list[str], random) -> None:
    first, findings = declare((0, text) for text in requirements)
    mixed = [text.replace(" ", "  ") for text in (*requirements, *requirements)]
    random.shuffle(mixed)

    assert findings == []
    assert declare((0, text) for text in mixed)[0].digest == first.digest
    assert from_requirements("\n".join(mixed))[0] == first


@given(REQUIREMENTS)
def test_the_normal_form_stays_as_it_is(requirements: list[str]) -> None:
    once, _ = declare((0, text) for text in requirements)

    assert declare(((0, text) for text in once.requirements), once.python) == (once, [])


@given(st.text(), st.text(max_size=20))
def test_any_text_is_read_without_an_exception(text: str, python: str) -> None:
    for read in (from_requirements, from_conda):
        declaration, findings = read(text, python)
        assert (
            bool(findings)
            or len(declaration.requirements) <= text.count("\n") + text.count(",") + text.count("\r") + 50
        )
