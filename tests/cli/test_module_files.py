"""`designer modules`, as a person at a terminal uses it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import ROOT, Server

SCRIPT = """import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--count", type=int, default=3)
parser.add_argument("--output", required=True)
args = parser.parse_args()
with open(args.output, "w") as file:
    file.write("x" * args.count)
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    server = Server(tmp_path_factory.mktemp("modules") / "home", environment={"DESIGNER_SAMPLES": "0"})
    server.start()
    yield server.home
    server.end()


def designer(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "designer.cli", *arguments, "--home", str(home)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_a_folder_is_added_a_newer_one_is_its_next_version_and_it_runs(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "fill"
    (folder / "data").mkdir(parents=True)
    (folder / "fill.py").write_text(SCRIPT)
    (folder / "data" / "large.bin").write_text("ignored")
    (folder / ".amlignore").write_text("data/\n")
    looked = designer(home, "modules", "add", str(folder), "--dry-run")
    assert looked.returncode == 0, looked.stderr
    assert "fill.py: Python script with argparse, 1 file" in looked.stdout
    assert "line 6 writes it with open" in looked.stdout
    assert "fill@" not in designer(home, "modules").stdout

    assert designer(home, "modules", "add", str(folder)).stdout.splitlines()[-1] == "Added fill@1"
    (folder / "fill.py").write_text(SCRIPT.replace('"x"', '"y"'))
    assert designer(home, "modules", "add", str(folder / "fill.py")).stdout.splitlines()[-1] == "Added fill@2"
    assert "fill@2" in designer(home, "modules", "list").stdout
    listed = [json.loads(line) for line in designer(home, "modules", "--json").stdout.splitlines()]
    assert next(one for one in listed if one["name"] == "fill")["own"] is True

    document = {"format": "designer.pipeline/1", "name": "x", "nodes": {"fill": {"module": "fill@2"}}}
    (tmp_path / "x.json").write_text(json.dumps(document))
    ran = designer(home, "run", str(tmp_path / "x.json"), "--json")
    assert json.loads(ran.stdout.splitlines()[-1])["status"] == "completed", ran.stdout + ran.stderr


def test_what_cannot_be_a_module_says_why(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "broken.py"
    file.write_text("import argparse\nparser.add_argument(\n")
    added = designer(home, "modules", "add", str(file))
    assert (added.returncode, "line 2: The source cannot be read" in added.stderr) == (2, True)
    (tmp_path / "component.yaml").write_text("type: command\ncommand: ls\ncode: ../elsewhere\nprivileged: true\n")
    added = designer(home, "modules", "add", str(tmp_path / "component.yaml"))
    assert (added.returncode, "privileged" in added.stderr, "not there" in added.stderr) == (2, True, True)
    assert "no file or folder" in designer(home, "modules", "add", str(tmp_path / "none")).stderr


def test_a_pipeline_goes_out_and_comes_into_another_installation(home: Path, tmp_path: Path) -> None:
    (tmp_path / "shout.py").write_text(SCRIPT)
    assert designer(home, "modules", "add", str(tmp_path / "shout.py")).returncode == 0
    exported = designer(home, "export", "shout", str(tmp_path / "shout.designer.zip"))
    assert exported.returncode == 0, exported.stderr
    assert designer(home, "export", "shout", str(tmp_path / "shout.designer.zip")).returncode == 2
    assert "no pipeline and no module" in designer(home, "export", "nothing", str(tmp_path / "x.zip")).stderr

    there = tmp_path / "there"
    server = Server(there / "home", environment={"DESIGNER_SAMPLES": "0"})
    there.mkdir()
    server.start()
    try:
        (tmp_path / "x.json").write_text(
            json.dumps({"format": "designer.pipeline/1", "name": "x", "nodes": {"a": {"module": "shout@1"}}})
        )
        came = designer(server.home, "import", str(tmp_path / "shout.designer.zip"))
        assert "shout@1" in came.stdout
        assert "reaches   files: shout.py, line 6: open(...)" in came.stdout
        assert "Not accepted." in came.stdout
        refused = designer(server.home, "run", str(tmp_path / "x.json"))
        assert (refused.returncode, "nobody has accepted yet" in refused.stderr) == (2, True)
        assert "Accepted." in designer(server.home, "import", str(tmp_path / "shout.designer.zip"), "--accept").stdout
        first = server.call("GET", "/api/imports")["items"][-1]
        server.call("POST", f"/api/imports/{first['id']}/accept?digest={first['digest']}")
        assert designer(server.home, "run", str(tmp_path / "x.json")).returncode == 0
    finally:
        server.end()
