"""`designer backup` and `designer restore` as processes, with and without a server."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.home import chain, document, write_modules
from tests.running import ROOT, Server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path / "home")
    running.environment = {"DESIGNER_SAMPLES": "0", "DESIGNER_MODULES": str(write_modules(tmp_path))}
    running.start()
    yield running
    running.end()


def designer(server: Server, *arguments: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "designer.cli", *map(str, arguments)]
    environment = {**os.environ, "DESIGNER_FREE_SPACE": "0", **server.environment}
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=60, check=False)


def ended(server: Server, document: dict[str, Any]) -> str:
    run = server.call("POST", "/api/runs", {"document": document})["id"]
    server.wait_for("the end of the run", lambda: server.call("GET", f"/api/runs/{run}")["status"] == "completed")
    return str(run)


def test_a_home_is_backed_up_while_its_server_runs_and_put_back_elsewhere(server: Server, tmp_path: Path) -> None:
    run = ended(server, chain(3))
    waiting = document(
        {"w": {"module": "wait@1", "parameters": {"until": str(tmp_path / "go"), "note": str(tmp_path / "note")}}}
    )
    going = server.call("POST", "/api/runs", {"document": waiting})["id"]
    server.wait_for("the start", (tmp_path / "note").exists)
    file = tmp_path / "backup.tar"

    done = designer(server, "backup", file, "--home", server.home)

    assert (done.returncode, done.stderr) == (0, "")
    assert "read back and whole" in done.stdout
    assert file.stat().st_mode & 0o077 == 0
    again = designer(server, "backup", file, "--home", server.home)
    assert again.returncode == 1
    assert "is there already" in again.stderr
    refused = designer(server, "restore", file, "--home", server.home, "--replace")
    assert refused.returncode == 1
    assert "Another server is running" in refused.stderr
    (tmp_path / "go").touch()
    server.wait_for("the end", lambda: server.call("GET", f"/api/runs/{going}")["status"] == "completed")

    other = tmp_path / "other"
    back = designer(server, "restore", file, "--home", other)
    assert (back.returncode, back.stderr) == (0, "")
    listed = designer(server, "runs", "--json", "--home", other)
    found = {item["id"]: item["status"] for item in map(json.loads, listed.stdout.splitlines())}
    assert found[run] == "completed"
    assert going in found


def test_a_home_is_backed_up_without_a_server(server: Server, tmp_path: Path) -> None:
    run = ended(server, chain(2))
    server.end()
    file = tmp_path / "backup.tar"

    assert designer(server, "backup", file, "--home", server.home).returncode == 0

    refused = designer(server, "restore", file, "--home", server.home)
    assert refused.returncode == 1
    assert "--replace" in refused.stderr
    replaced = designer(server, "restore", file, "--home", server.home, "--replace")
    assert replaced.returncode == 0
    assert "before-restore-" in replaced.stdout
    server.start()
    assert server.call("GET", f"/api/runs/{run}")["status"] == "completed"


def test_what_is_no_backup_is_refused_in_plain_words(server: Server, tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_bytes(b"hello")

    for file, why in ((tmp_path / "x.tar", "not a whole backup"), (tmp_path / "nothing", "There is no file")):
        done = designer(server, "restore", file, "--home", tmp_path / "other")
        assert done.returncode == 2
        assert why in done.stderr
        assert "Traceback" not in done.stderr


def test_what_takes_space_is_said_and_a_deleted_run_can_be_removed_at_once(server: Server) -> None:
    run = ended(server, chain(2))
    request = urllib.request.Request(f"{server.url}/api/runs/{run}", method="DELETE",
                                     headers={"Authorization": f"Bearer {(server.home / 'token').read_text().strip()}"})  # fmt: skip
    urllib.request.urlopen(request).close()

    said = designer(server, "clean", "--dry-run", "--home", server.home).stdout
    assert "2 artifacts" in said
    assert "1 deleted runs can be brought back for 24 hours" in said
    assert "No run is to be deleted." in said
    done = json.loads(designer(server, "clean", "--now", "--json", "--home", server.home).stdout)

    assert (done["removed_runs"], done["removed_artifacts"]) == (1, 0)
    assert list((server.home / "attempts").glob("att_*")) == []
