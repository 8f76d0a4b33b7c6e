"""What the page on reliability says is tested, is."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.findall(r"`(tests/[a-z_/]+\.py)::(test_\w+)`", (ROOT / "docs/reference/reliability.md").read_text())


def test_the_page_names_tests() -> None:
    assert len(NAMED) > 30
    assert len(set(NAMED)) == len(NAMED)


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_test_that_the_page_names_is_there(file: str, name: str) -> None:
    assert re.search(rf"^ *def {name}\(", (ROOT / file).read_text(), re.MULTILINE), f"{file} has no {name}"
