"""Sources that want the reader to work without end: each gives findings or a specification, and the reader comes back."""

import pytest

from designer.graph.patterns import MAX_RISKY_TEXT, fits_pattern, longest
from designer.library.read import MAX_FINDINGS, MAX_MEMBERS, read_module

CONSTANTS = "".join(f"a{number + 1} = a{number} + a{number}\n" for number in range(60))
LISTS = "".join(f"a{number + 1} = (*a{number}, *a{number})\n" for number in range(60))
HOSTILE = {
    "many parameters": ("def run(*, " + ",".join(f"a{n}:int=0" for n in range(20_000)) + ") -> None: ...", "too_many"),
    "conditions": (
        "def run(*, " + ",".join(f"a{n}:Annotated[int,When(b=1)]=0" for n in range(7_000)) + ") -> None: ...",
        "too_many",
    ),
    "many inputs": ("def run(" + ",".join(f"a{n}:Path" for n in range(20_000)) + ") -> None: ...", "too_many"),
    "many outputs": ("def run() -> tuple[" + ",".join(["Path"] * 40_000) + "]: ...", "too_many"),
    "many packages": (
        "# /// script\n# dependencies = [\n" + "".join(f'#  "p{n}",\n' for n in range(600)) + "# ]\n# ///\n"
        "def run() -> None: ...", "too_many",
    ),
    "dotted keys": ("# /// script\n# " + ".".join(["a"] * 50_000) + " = 1\n# ///\ndef run() -> None: ...", "script_block"),
    "constants that double": (f'a0 = ""\n{CONSTANTS}def run(*, x: str = a60) -> None: ...', "default_unreadable"),
    "lists that double": (f"a0 = ()\n{LISTS}def run(*, x: list[int] = a60) -> None: ...", "default_unreadable"),
    "constants in a row": (
        "".join(f"a{n + 1} = a{n}\n" for n in range(9_000)) + "def run(*, x: int = a9000) -> None: ...", "too_deep",
    ),
    "deep signs": ("x = " + "-" * 200_000 + "1", "too_deep"),
    "deep attributes": ("def run(x: a" + ".a" * 90_000 + ") -> None: ...", "too_deep"),
    "unions": ("def run(x: " + "|".join(["int"] * 40_000) + ") -> None: ...", "too_deep"),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_source_that_is_too_much_gets_a_finding(kind: str) -> None:
    source, code = HOSTILE[kind]

    spec, findings = read_module(source, "tested")

    assert spec is None
    assert code in {one.code for one in findings}


def test_of_thousands_of_faults_the_first_are_told() -> None:
    arguments = ",".join(f"a{number}" for number in range(MAX_MEMBERS))

    spec, findings = read_module(f"def run({arguments}, *, {arguments.replace('a', 'b')}) -> None: ...", "tested")

    assert (spec, len(findings)) == (None, MAX_FINDINGS)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)*b", "(a+a)+b", "(?:a*)*b", "((a*)b?)*c", "(a?){1000}b"])
def test_a_pattern_whose_time_doubles_is_matched_against_short_texts_only(pattern: str) -> None:
    assert longest(pattern) <= MAX_RISKY_TEXT
    assert fits_pattern(pattern, "a" * 9_000 + "!")


@pytest.mark.parametrize("pattern", ["a*a*a*a*a*a*a*a*b", "(a*)(a*)(a*)b", ".*.*.*=.*.*"])
def test_repeats_that_share_characters_are_matched_against_texts_of_bounded_length(pattern: str) -> None:
    assert longest(pattern) <= 300
    assert fits_pattern(pattern, "a" * 9_000)


@pytest.mark.parametrize(
    "pattern", [r"\s*\d+\s*(;\s*\d+\s*)*", r"\s*[0-9.eE+-]+\s*(;\s*[0-9.eE+-]+\s*)*", r"[a-z]+@[a-z]+\.[a-z]+"]
)
def test_ordinary_patterns_are_matched(pattern: str) -> None:
    assert longest(pattern) >= 300
    assert not fits_pattern(pattern, "x" * 200)


def test_a_default_is_held_against_its_pattern() -> None:
    _, findings = read_module('def run(*, x: Annotated[str, Pattern("[a-z]+")] = "A1") -> None: ...', "tested")

    assert [one.code for one in findings] == ["default_wrong"]
