"""kill -9 of the server in the middle of a run, and a new start: nothing acknowledged is lost, nothing hangs."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from designer.faults import KILLED
from designer.installation import Installation, open_installation
from designer.settings import Settings
from tests.conductor.conftest import conducting
from tests.crash.conftest import COUNTED
from tests.invariants import assert_invariants
from tests.running import Server

SLOW = '''"""Slow

Waits, says so, and hands a number on.
"""
import pathlib
import time

from designer.module import Metrics

CATEGORY = "Test"


def run(value: Metrics | None = None, *, seconds: float = 0.0, note: str = "") -> Metrics:
    with open(note, "a") as file:
        file.write("started\\n")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        print("working", flush=True)
        time.sleep(0.1)
    return {"done": True}
'''


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    modules = tmp_path / "library" / "test"
    modules.mkdir(parents=True)
    (modules / "slow.py").write_text(SLOW)
    running = Server(tmp_path / "home")
    running.environment = {"DESIGNER_SAMPLES": "0", "DESIGNER_MODULES": str(tmp_path / "library")}
    running.start()
    yield running
    running.end()


@contextmanager
def open_home(tmp_path: Path) -> Iterator[Installation]:
    """The home of the server, when that has ended."""
    inst = open_installation(Settings.read({}, home=tmp_path / "home", samples=False))
    try:
        yield inst
    finally:
        inst.close()


def document(tmp_path: Path, seconds: float) -> dict[str, Any]:
    """quick -> long -> last, with a note of every start."""

    def node(name: str, lasts: float, source: str = "") -> dict[str, Any]:
        parameters = {"seconds": lasts, "note": str(tmp_path / f"{name}.txt")}
        inputs = {"inputs": {"value": f"{source}.result"}} if source else {}
        return {"module": "slow@1", "parameters": parameters, **inputs}

    nodes = {"quick": node("quick", 0.0), "long": node("long", seconds, "quick"), "last": node("last", 0.0, "long")}
    return {"format": "designer.pipeline/1", "name": "Interrupted", "nodes": nodes}


def statuses(server: Server, run: str) -> dict[str, str]:
    steps = server.call("GET", f"/api/runs/{run}")["steps"]
    return {name: step["status"] for name, step in steps.items()}


def starts(tmp_path: Path) -> dict[str, int]:
    return {name: (tmp_path / f"{name}.txt").read_text().count("started") for name in ("quick", "long", "last")}


def test_a_running_step_is_taken_up_again_by_the_next_server(server: Server, tmp_path: Path) -> None:
    run = server.call("POST", "/api/runs", {"document": document(tmp_path, 6.0)})["id"]
    server.wait_for("the long step", lambda: statuses(server, run)["long"] == "running")

    server.end(kill=True)
    server.start()

    assert statuses(server, run)["quick"] == "completed"
    server.wait_for("the end of the run", lambda: server.call("GET", f"/api/runs/{run}")["status"] == "completed")
    assert starts(tmp_path) == {"quick": 1, "long": 1, "last": 1}
    log = server.call("GET", f"/api/runs/{run}/steps/long/logs/stdout?offset=0&limit=100000")
    assert log["text"].count("working") > 30
    assert log["ended"]


def test_a_step_that_ended_while_the_server_was_away_is_taken_in(server: Server, tmp_path: Path) -> None:
    run = server.call("POST", "/api/runs", {"document": document(tmp_path, 1.5)})["id"]
    server.wait_for("the long step", lambda: statuses(server, run)["long"] == "running")
    server.end(kill=True)
    lock = next((server.home / "attempts").glob("*/job.lock"), None)
    assert lock is not None, "an attempt leaves its identity on disk"
    server.wait_for("the end of the step", lambda: len(list((server.home / "attempts").glob("*/result.json"))) == 2)

    server.start()

    server.wait_for("the end of the run", lambda: server.call("GET", f"/api/runs/{run}")["status"] == "completed")
    assert starts(tmp_path) == {"quick": 1, "long": 1, "last": 1}


def test_a_step_that_died_with_the_server_is_lost_and_the_run_ends_with_a_way_on(
    server: Server, tmp_path: Path
) -> None:
    run = server.call("POST", "/api/runs", {"document": document(tmp_path, 60.0)})["id"]
    server.wait_for("the long step", lambda: statuses(server, run)["long"] == "running")
    server.end(kill=True)
    kill_everything_of(server.home)

    server.start()

    server.wait_for("the end of the run", lambda: server.call("GET", f"/api/runs/{run}")["status"] == "failed")
    steps = server.call("GET", f"/api/runs/{run}")["steps"]
    assert steps["quick"]["status"] == "completed"
    assert steps["long"]["status"] == "failed"
    assert steps["long"]["error"]["kind"] == "lost"
    assert steps["long"]["error"]["cure"]
    assert steps["last"]["status"] == "skipped"


def kill_everything_of(home: Path) -> None:
    """As a power cut would: every process whose folder is inside this home."""
    import psutil

    for process in psutil.process_iter(["cmdline", "cwd"]):
        if str(home) in " ".join(process.info["cmdline"] or []) or str(home) in (process.info["cwd"] or ""):
            process.kill()


def many(tmp_path: Path) -> dict[str, Any]:
    """Thirty steps: ten chains of three, each with a note of its starts."""
    nodes: dict[str, Any] = {}
    for chain in range(10):
        for place in range(3):
            name = f"c{chain}_{place}"
            source = {"inputs": {"value": f"c{chain}_{place - 1}.result"}} if place else {}
            parameters = {"seconds": 0.1 * (chain % 3), "note": str(tmp_path / f"{name}.txt")}
            nodes[name] = {"module": "slow@1", "parameters": parameters, **source}
    return {"format": "designer.pipeline/1", "name": "Many", "nodes": nodes}


def test_killed_at_twenty_moments_a_run_of_thirty_steps_ends_as_if_it_had_not_been(
    server: Server, tmp_path: Path
) -> None:
    chance = random.Random(20)
    run = server.call("POST", "/api/runs", {"document": many(tmp_path)})["id"]
    kills = 0
    while kills < 20:
        time.sleep(chance.uniform(0.0, 0.6))
        server.end(kill=True)
        kills += 1
        server.start()
    COUNTED["kills of a real server"] += kills

    server.wait_for("the end of the run", lambda: server.call("GET", f"/api/runs/{run}")["status"] == "completed", 120)
    ended = server.call("GET", f"/api/runs/{run}")
    assert ended["counts"] == {"completed": 30}
    assert {name: (tmp_path / f"{name}.txt").read_text().count("started") for name in ended["steps"]} == dict.fromkeys(
        ended["steps"], 1
    )
    said = server.whole_log()
    server.end()
    with open_home(tmp_path) as inst, conducting(inst):
        assert_invariants(inst, submitted=1, log=said)


def test_a_server_that_is_told_to_end_begins_nothing_more_and_leaves_what_runs(server: Server, tmp_path: Path) -> None:
    nodes = {
        f"n{place}": {"module": "slow@1", "parameters": {"seconds": 8.0, "note": str(tmp_path / f"n{place}.txt")}}
        for place in range(6)
    }
    body = {"document": {"format": "designer.pipeline/1", "name": "Draining", "nodes": nodes}}
    run = server.call("POST", "/api/runs", body)["id"]
    server.wait_for("some steps", lambda: len(list(tmp_path.glob("n*.txt"))) >= 2)
    assert server.process is not None

    server.process.terminate()
    assert server.process.wait(30) == 0
    running = {file.stem for file in tmp_path.glob("n*.txt")}
    results = list((server.home / "attempts").glob("*/result.json"))
    time.sleep(0.5)
    assert {file.stem for file in tmp_path.glob("n*.txt")} == running, "nothing is begun any more"
    assert results == [], "what runs goes on"
    server.process = None
    server.start()

    server.wait_for("the end of the run", lambda: server.call("GET", f"/api/runs/{run}")["status"] == "completed", 120)
    assert [(tmp_path / f"n{place}.txt").read_text().count("started") for place in range(6)] == [1] * 6


def test_a_crash_point_ends_a_real_server_too(server: Server, tmp_path: Path) -> None:
    server.end()
    server.environment["DESIGNER_CRASH_AT"] = "told.before:6"
    server.start()
    with suppress(OSError, ConnectionError):
        server.call("POST", "/api/runs", {"document": document(tmp_path, 0.5)})
    assert server.process is not None
    assert server.process.wait(30) == KILLED
    server.process = None
    del server.environment["DESIGNER_CRASH_AT"]

    server.start()

    (run,) = server.call("GET", "/api/runs")["items"]
    server.wait_for("the end of the run", lambda: server.call("GET", f"/api/runs/{run['id']}")["status"] == "completed")
    assert starts(tmp_path) == {"quick": 1, "long": 1, "last": 1}
