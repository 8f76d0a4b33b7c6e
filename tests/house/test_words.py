"""The house keeps its own rules: rooms say what they are, generated files are fresh, names stay out that mislead."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from designer.settings import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(ROOT.glob("designer/**/*.py"))


def test_every_file_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in [*SOURCES, *ROOT.glob("modules/**/*.py"), *ROOT.glob("benchmarks/*.py")]
        if not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert silent == []


def test_no_file_is_called_utils_helpers_or_manager() -> None:
    names = {path.stem for path in SOURCES} | {path.stem for path in ROOT.glob("static/src/**/*.ts*")}

    assert names & {"utils", "util", "helpers", "helper", "manager", "common", "misc"} == set()


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_in_the_docs(setting) -> None:
    text = (ROOT / "docs/reference/settings.md").read_text()

    assert f"`DESIGNER_{setting.name.upper()}`" in text
    assert setting.help in text


@pytest.mark.parametrize(
    ("program", "file"),
    [
        ("designer.api.openapi", "static/src/api/openapi.json"),
        ("designer.library.reference", "docs/reference/modules.md"),
    ],
)
def test_a_generated_file_is_fresh(program: str, file: str) -> None:
    made = subprocess.run([sys.executable, "-m", program], capture_output=True, text=True, check=True, cwd=ROOT).stdout

    assert made == (ROOT / file).read_text(), "run `make types`"


def test_no_file_names_a_registry_or_a_machine() -> None:
    tracked = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True, cwd=ROOT).stdout.split()
    pattern = re.compile(r"registry\.npmjs|files\.pythonhosted|/simple/|/work/[a-z]+|/root/")
    guilty = [
        name
        for name in tracked
        if (ROOT / name).is_file() and name != "tests/house/test_words.py"
        and Path(name).suffix in {".py", ".ts", ".tsx", ".json", ".txt", ".md", ".toml", ".yaml", ".html", ".css"}
        and pattern.search((ROOT / name).read_text(errors="ignore"))
    ]  # fmt: skip

    assert guilty == []
