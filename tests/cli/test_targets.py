"""`designer targets`, as a person at a terminal uses it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import ROOT, Server


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of a running server."""
    server = Server(tmp_path_factory.mktemp("targets") / "home", environment={"DESIGNER_SAMPLES": "0"})
    server.start()
    yield server.home
    server.end()


def designer(home: Path, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "designer.cli", "targets", *arguments, "--home", str(home)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, input=typed)


def test_a_target_is_added_changed_switched_and_deleted(home: Path) -> None:
    added = designer(home, "add", "small", "process", "--slots", "2", "--set", "memory_limit_mb=500")
    assert added.returncode == 0, added.stderr
    assert added.stdout.split()[:5] == ["small", "process", "ready", "0", "of"]

    designer(home, "change", "small", "--slots", "3")
    (shown,) = [one for line in designer(home, "list", "--json").stdout.splitlines()
                if (one := json.loads(line))["name"] == "small"]  # fmt: skip
    assert (shown["slots"], shown["options"]) == (3, {"memory_limit_mb": 500})
    assert "Steps can run on small" in designer(home, "test", "small").stdout
    assert designer(home, "disable", "small").stdout.split()[2] == "disabled"
    assert designer(home, "enable", "small").stdout.split()[2] == "ready"
    assert designer(home, "delete", "small").returncode == 0
    assert [line.split()[0] for line in designer(home).stdout.splitlines()] == ["local"]


def test_what_is_wrong_is_said_with_its_exit_status(home: Path) -> None:
    refused = designer(home, "add", "small", "process", "--set", "memory_limit_mb=much")
    assert refused.returncode == 2
    assert "memory_limit_mb" in refused.stderr

    away = designer(home, "add", "away", "docker", "--set", "engine=unix:///nowhere/docker.sock")
    assert away.returncode == 0, away.stderr
    tested = designer(home, "test", "away")
    assert tested.returncode == 1
    assert "/nowhere/docker.sock" in tested.stderr


def test_a_secret_is_read_from_a_line_and_not_shown(home: Path) -> None:
    typed = designer(
        home, "add", "box", "ssh", "--set", "host=127.0.0.1", "--secret", "password", typed="correct horse\n"
    )
    assert typed.returncode == 0, typed.stderr
    assert "horse" not in designer(home, "list", "--json").stdout
    assert '"target.box.password"' in designer(home, "list", "--json").stdout
