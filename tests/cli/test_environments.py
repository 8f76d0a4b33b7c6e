"""`designer environments`, as a person at a terminal uses it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from designer.graph.environment import ALL_NEEDED
from tests.environments.packages import wheel
from tests.running import ROOT, Server


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of a running server that finds packages in a folder."""
    folder = tmp_path_factory.mktemp("environments")
    packages = folder / "packages"
    packages.mkdir()
    for name in ("tiny", *ALL_NEEDED):
        wheel(packages, name)
    settings = {
        "DESIGNER_SAMPLES": "0", "DESIGNER_PACKAGE_FOLDER": str(packages), "DESIGNER_PACKAGE_OFFLINE": "1",
        "UV_CACHE_DIR": str(folder / "cache"),
    }  # fmt: skip
    server = Server(folder / "home", environment=settings)
    server.start()
    yield server.home
    server.end()


def designer(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "designer.cli", "environments", *arguments, "--home", str(home)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_an_environment_is_made_shown_and_deleted(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "environment.yml"
    file.write_text("dependencies:\n- python>=3.10\n- scipy\n- pip:\n  - tiny\n")

    made = designer(home, "create", "mine", str(file))

    assert made.returncode == 0, made.stderr
    assert 'line 3: The conda package "scipy" is left out.' in made.stderr
    assert "+ tiny==1.0" in made.stdout
    assert made.stdout.splitlines()[-1].split()[:2] == ["mine", "ready"]
    listed = designer(home, "list").stdout.splitlines()
    assert [row.split()[0] for row in listed] == ["(server)", "mine"]
    assert "tiny==1.0" in designer(home, "show", "mine").stdout
    assert json.loads(designer(home, "show", "mine", "--json").stdout)["status"] == "ready"
    assert "uv pip sync" in designer(home, "log", "mine").stdout
    assert designer(home, "delete", "mine").returncode == 0
    assert designer(home).stdout.count("\n") == 1


def test_a_build_that_fails_says_why_with_its_exit_status(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_text("tinny\n")

    made = designer(home, "create", "mine", str(file))

    assert made.returncode == 1
    assert "tinny" in made.stderr
    file.write_text("tin ny\n")
    refused = designer(home, "create", "other", str(file))
    assert refused.returncode == 2
    assert '"tin ny" is not a package' in refused.stderr
