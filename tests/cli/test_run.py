"""`designer run` and the listings as processes: exit statuses, and what scripts read."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.running import ROOT, Server

MODULES = {
    "count_rows": '''"""Count Rows

Says how many rows there are.
"""
import polars as pl

from designer.module import Metrics

CATEGORY = "Test"


def run(dataset: pl.DataFrame, *, least: int = 0) -> Metrics:
    if len(dataset) < least:
        raise ValueError(f"only {len(dataset)} rows")
    return {"rows": len(dataset)}
''',
    "wait": '''"""Wait

Waits.
"""
import time

from designer.module import Metrics

CATEGORY = "Test"


def run(*, seconds: float = 60.0) -> Metrics:
    print("waiting", flush=True)
    time.sleep(seconds)
    return {"waited": True}
''',
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of all commands."""
    folder = tmp_path_factory.mktemp("library")
    (folder / "test").mkdir()
    for name, source in MODULES.items():
        (folder / "test" / f"{name}.py").write_text(source)
    return {"DESIGNER_SAMPLES": "0", "DESIGNER_MODULES": str(folder)}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, settings: dict[str, str]) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("cli") / "home", environment=settings)
    running.start()
    yield running
    running.end()


def designer(home: Path, *arguments: str, settings: dict[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "designer.cli", *arguments, "--home", str(home)]
    environment = {**os.environ, **(settings or {})}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False, env=environment)


def write(folder: Path, document: dict[str, Any]) -> str:
    file = folder / "pipeline.json"
    file.write_text(json.dumps(document))
    return str(file)


def pipeline(folder: Path, least: int = 0, **more: Any) -> str:
    """A document that counts the rows of a file beside it."""
    (folder / "cars.csv").write_text("name,weight\nfiat,900\nford,1200\n")
    nodes = {
        "cars": {"dataset": "./cars.csv"},
        "count": {
            "module": "count_rows@1",
            "inputs": {"dataset": "cars.data"},
            "parameters": {"least": {"parameter": "least"}},
        },
    }
    parameters = {"least": {"type": "integer", "default": least}}
    return write(
        folder, {"format": "designer.pipeline/1", "name": "Cars", "parameters": parameters, "nodes": nodes, **more}
    )


def last_line(done: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    assert done.stdout.strip(), done.stderr
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def test_a_run_that_completes(server: Server, tmp_path: Path) -> None:
    done = designer(server.home, "run", pipeline(tmp_path), "--json")

    assert done.returncode == 0, done.stderr
    run = last_line(done)
    assert run["status"] == "completed"
    assert set(run) == {"id", "status", "steps"}
    assert set(run["steps"]) == {"cars", "count"}
    for step in run["steps"].values():
        assert set(step) == {"status", "seconds", "reused_from", "error"}
        assert step["status"] in ("completed", "reused")
    assert server.call("GET", f"/api/runs/{run['id']}")["status"] == "completed"
    assert "Traceback" not in done.stderr


def test_a_run_for_people(server: Server, tmp_path: Path) -> None:
    done = designer(server.home, "run", pipeline(tmp_path))

    assert done.returncode == 0, done.stderr
    assert "Count Rows" in done.stdout
    assert "completed" in done.stdout


def test_a_run_that_fails_says_why(server: Server, tmp_path: Path) -> None:
    done = designer(server.home, "run", pipeline(tmp_path), "--set", "least=5", "--json")

    assert done.returncode == 1, done.stderr
    run = last_line(done)
    assert run["status"] == "failed"
    assert run["steps"]["count"]["status"] == "failed"
    assert "only 2 rows" in run["steps"]["count"]["error"]["message"]


INVALID = {
    "no file": (None, [], "no file"),
    "no JSON": ("{", [], "not JSON"),
    "a list": ("[]", [], ""),
    "an unknown format": ('{"format": "x"}', [], "format"),
    "an unknown module": (
        '{"format": "designer.pipeline/1", "name": "x", "nodes": {"a": {"module": "nothing@1"}}}',
        [],
        "nothing",
    ),
    "no such data": (
        '{"format": "designer.pipeline/1", "name": "x", "nodes": {"a": {"dataset": "./none.csv"}}}',
        [],
        "none.csv",
    ),
    "an unknown parameter": ('{"format": "designer.pipeline/1", "name": "x", "nodes": {}}', ["--set", "a=1"], '"a"'),
    "no value": ('{"format": "designer.pipeline/1", "name": "x", "nodes": {}}', ["--set", "a"], "NAME=VALUE"),
    "an unknown target": ('{"format": "designer.pipeline/1", "name": "x", "nodes": {}}', ["--target", "moon"], "moon"),
    "a node that is no object": ('{"format": "designer.pipeline/1", "name": "x", "nodes": {"a": 1}}', [], ""),
    "nodes that are none": ('{"format": "designer.pipeline/1", "name": "x", "nodes": []}', [], ""),
}


@pytest.mark.parametrize(("text", "arguments", "told"), INVALID.values(), ids=INVALID.keys())
def test_what_is_invalid(server: Server, tmp_path: Path, text: str | None, arguments: list[str], told: str) -> None:
    file = tmp_path / "pipeline.json"
    if text is not None:
        file.write_text(text)

    done = designer(server.home, "run", str(file), *arguments, "--json")

    assert done.returncode == 2, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_cancels_the_run(server: Server, tmp_path: Path) -> None:
    file = write(tmp_path, {"format": "designer.pipeline/1", "name": "Waits", "nodes": {"a": {"module": "wait@1"}}})
    command = [sys.executable, "-m", "designer.cli", "run", file, "--home", str(server.home), "--json"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    server.wait_for("the step to run", lambda: any(one["name"] == "Waits" and one["counts"].get("running")
                    for one in server.call("GET", "/api/runs?status=running")["items"]))  # fmt: skip
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=60)

    assert process.returncode == 130, errors
    assert json.loads(out.strip().splitlines()[-1])["status"] == "canceled"
    assert "Traceback" not in errors


def test_a_run_brings_its_own_server_where_there_is_none(tmp_path: Path, settings: dict[str, str]) -> None:
    home = tmp_path / "home"

    done = designer(home, "run", pipeline(tmp_path), "--json", settings=settings)
    again = designer(home, "runs", "--json", settings=settings)

    assert done.returncode == 0, done.stderr
    assert last_line(done)["status"] == "completed"
    assert last_line(again)["id"] == last_line(done)["id"]
    assert not (home / "server.json").exists()


def test_listings(server: Server, tmp_path: Path) -> None:
    designer(server.home, "run", pipeline(tmp_path))

    runs, modules, datasets = (designer(server.home, noun, "--json") for noun in ("runs", "modules", "datasets"))

    assert [done.returncode for done in (runs, modules, datasets)] == [0, 0, 0]
    assert last_line(runs)["status"]
    assert "count_rows" in {json.loads(line)["name"] for line in modules.stdout.splitlines()}
    assert last_line(datasets)["latest"]["status"]
    plain = designer(server.home, "modules")
    assert "Count Rows" in plain.stdout


def test_the_same_file_is_one_dataset(server: Server, tmp_path: Path) -> None:
    for _ in range(2):
        assert designer(server.home, "run", pipeline(tmp_path)).returncode == 0

    found = server.call("GET", "/api/datasets?q=cars&limit=200")["items"]
    assert len(found) == 1, [one["name"] for one in found]


def test_doctor_and_version(server: Server, tmp_path: Path) -> None:
    fine, version = designer(server.home, "doctor"), designer(server.home, "--version")
    odd = tmp_path / "home"
    odd.mkdir(mode=0o755)
    wrong = designer(odd, "doctor")

    assert "SQLite" in fine.stdout
    assert "Python" in fine.stdout
    assert server.url in fine.stdout
    assert re.search(r"database [\d.]+ [kM]B, artifacts .*, attempts .*, environments .*, copies ", fine.stdout)
    assert "copy of the database" in fine.stdout
    assert version.stdout.startswith("designer ")
    assert wrong.returncode == 1
    assert "chmod 700" in wrong.stdout


@pytest.mark.parametrize("arguments", [[], ["fly"], ["run"], ["up", "--port", "many"]])
def test_wrong_usage(arguments: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "designer.cli", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert "usage" in done.stderr


def test_a_file_that_was_edited_in_place_is_noticed_and_one_that_was_not_is_not(server: Server, tmp_path: Path) -> None:
    document = pipeline(tmp_path)
    data = tmp_path / "cars.csv"
    data.write_text("name,weight\nfiat,901\nford,1201\n")
    first = last_line(designer(server.home, "run", document, "--json"))
    again = last_line(designer(server.home, "run", document, "--json"))
    assert first["steps"]["count"]["reused_from"] is None
    assert again["steps"]["count"]["reused_from"] == first["id"]
    assert designer(server.home, "plan", document).stdout.splitlines()[-1].startswith("1 reused")

    data.write_text("name,weight\nfiat,901\nford,1201\nopel,1000\n")
    os.utime(data, (0, 0))  # whatever its time says
    plan = designer(server.home, "plan", document)
    edited = last_line(designer(server.home, "run", document, "--json"))

    assert "Count Rows" in plan.stdout
    assert "will run       input dataset: 2 → 3 rows" in plan.stdout
    assert plan.stdout.splitlines()[-1].startswith("1 will run")
    assert edited["steps"]["count"]["status"] == "completed"

    data.write_text("name,weight\nfiat,901\nford,1201\n")
    back = last_line(designer(server.home, "run", document, "--json"))
    assert back["steps"]["count"]["reused_from"] == first["id"], "data that was changed back is known again"


def test_parts_and_the_plan_as_json(server: Server, tmp_path: Path) -> None:
    document = pipeline(tmp_path)
    designer(server.home, "run", document)

    plan = json.loads(designer(server.home, "plan", document, "--only", "count", "--json").stdout)
    anew = last_line(designer(server.home, "run", document, "--only", "count", "--json"))
    everything = last_line(designer(server.home, "run", document, "--regenerate", "--json"))
    wrong = designer(server.home, "plan", document, "--to", "nobody")

    assert plan["steps"]["count"]["verdict"] == "runs"
    assert [reason["code"] for reason in plan["steps"]["count"]["reasons"]] == ["asked"]
    assert anew["steps"]["count"]["status"] == everything["steps"]["count"]["status"] == "completed"
    assert wrong.returncode == 2
    assert 'Node "nobody" is not there' in wrong.stderr
