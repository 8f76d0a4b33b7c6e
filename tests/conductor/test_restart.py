"""kill -9 of the server, and a new start: what had ended stays, what runs is taken up, nothing stays running for ever."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from designer.actions import logs, runs
from designer.contract.runs import Run
from designer.errors import Conflict
from designer.installation import Installation, open_installation
from designer.launcher import processes
from designer.settings import Settings
from tests.conductor.conftest import Conducted, conducting
from tests.conductor.test_runs import go, starts, statuses, wait_node
from tests.home import chain, document, home, wait_for

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def killable(tmp_path: Path, doc: dict[str, Any]) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """A server in a process of its own that runs a document: the run's id, and the process to kill."""
    file = tmp_path / "document.json"
    file.write_text(json.dumps(doc))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.conductor.serve", str(tmp_path), str(file)],
        stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process
    finally:
        process.kill()
        process.wait(20)


@contextmanager
def again(tmp_path: Path) -> Iterator[Conducted]:
    """The next server of the same home."""
    with home(tmp_path) as inst, conducting(inst) as found:
        yield found


def one(id_: str) -> Run:
    """A run known by its id alone."""
    return Run.model_construct(id=id_)


def kill(process: "subprocess.Popen[str]") -> None:
    process.send_signal(signal.SIGKILL)
    process.wait(20)


def test_a_running_step_is_taken_up_again_and_is_not_started_twice(tmp_path: Path) -> None:
    nodes = {
        "a": {"module": "number@1"},
        "b": wait_node(tmp_path, "b", "a"),
        "c": {"module": "add@1", "inputs": {"value": "b.result"}},
    }
    with killable(tmp_path, document(nodes)) as (id_, process):
        wait_for("the second step", lambda: starts(tmp_path, "b"))
        kill(process)

    with again(tmp_path) as conducted:
        taken = conducted.get(one(id_))
        assert statuses(taken)["a"] == "completed"
        assert statuses(taken)["b"] in ("preparing", "running")
        go(tmp_path, "b")
        ended = conducted.ended(one(id_))

        assert ended.status == "completed"
        assert starts(tmp_path, "b") == 1
        assert ended.steps["a"] == taken.steps["a"]
        log = logs.read_log(conducted.inst, id_, "b", "stdout", 0, 1_000_000).text
        assert log.count("waiting") == ended.steps["b"].metrics[0].count
        conducted.assert_invariants(one(id_))


def test_a_step_that_ended_while_no_server_was_there_is_taken_in(tmp_path: Path) -> None:
    nodes = {"a": wait_node(tmp_path, "a"), "b": {"module": "add@1", "inputs": {"value": "a.result"}}}
    with killable(tmp_path, document(nodes)) as (id_, process):
        wait_for("the first step", lambda: starts(tmp_path, "a"))
        kill(process)
    go(tmp_path, "a")
    wait_for("its end", lambda: list((tmp_path / "home" / "attempts").glob("*/result.json")))

    with again(tmp_path) as conducted:
        assert conducted.ended(one(id_)).status == "completed"
        assert starts(tmp_path, "a") == 1
        conducted.assert_invariants(one(id_))


def test_a_step_that_died_with_the_server_is_lost_and_says_what_to_do(tmp_path: Path) -> None:
    psutil = pytest.importorskip("psutil")
    nodes = {
        "a": wait_node(tmp_path, "a"),
        "b": wait_node(tmp_path, "b", "a"),
        "c": wait_node(tmp_path, "c", retries=1),
    }
    with killable(tmp_path, document(nodes, settings={"continue_on_step_failure": True})) as (id_, process):
        wait_for("both steps", lambda: starts(tmp_path, "a") and starts(tmp_path, "c"))
        kill(process)
    for found in psutil.process_iter(["cwd"]):
        if str(tmp_path) in (found.info["cwd"] or ""):
            with suppress(psutil.NoSuchProcess):  # a step dies with its supervisor
                found.kill()

    with again(tmp_path) as conducted:
        wait_for("the retry", lambda: starts(tmp_path, "c") == 2)
        go(tmp_path, "c")
        ended = conducted.ended(one(id_))

        assert statuses(ended) == {"a": "failed", "b": "skipped", "c": "completed"}
        error = ended.steps["a"].error
        assert error is not None
        assert error.kind == "lost"
        assert error.cure
        assert starts(tmp_path, "a") == 1
        conducted.assert_invariants(one(id_))


def test_after_a_restart_of_the_machine_all_local_steps_are_interrupted_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    psutil = pytest.importorskip("psutil")
    nodes = {
        "a": {"module": "number@1"},
        "b": wait_node(tmp_path, "b", "a"),
        "c": wait_node(tmp_path, "c"),
        "d": wait_node(tmp_path, "d", retries=1),
        "e": {"module": "add@1", "inputs": {"value": "b.result"}},
    }
    with killable(tmp_path, document(nodes, settings={"continue_on_step_failure": True})) as (id_, process):
        wait_for("two steps", lambda: starts(tmp_path, "b") + starts(tmp_path, "c") + starts(tmp_path, "d") == 2)
        kill(process)
    for found in psutil.process_iter(["cwd"]):
        if str(tmp_path) in (found.info["cwd"] or ""):
            with suppress(psutil.NoSuchProcess):  # a step dies with its supervisor
                found.kill()
    monkeypatch.setattr(processes, "boot_id", lambda: "the next boot")
    go(tmp_path, "d")

    with again(tmp_path) as conducted:
        ended = conducted.ended(one(id_))

        assert statuses(ended)["a"] == "completed"
        lost = [step for step in ended.steps.values() if step.error is not None]
        assert lost
        for step in lost:
            assert step.error is not None
            assert step.error.kind == "lost"
            assert "interrupted by a restart of the machine" in step.error.message
            assert step.error.cure
        assert starts(tmp_path, "b") <= 1
        assert starts(tmp_path, "c") <= 1
        assert statuses(ended)["d"] == "completed"


def test_a_cancel_that_was_asked_just_before_the_end_is_heard_by_the_next_server(tmp_path: Path) -> None:
    with killable(tmp_path, document({"a": wait_node(tmp_path, "a")})) as (id_, process):
        wait_for("the step", lambda: starts(tmp_path, "a"))
        kill(process)
    with home(tmp_path) as inst:
        runs.cancel_run(inst, id_)

    with again(tmp_path) as conducted:
        assert conducted.ended(one(id_)).status == "canceled"
        conducted.assert_invariants(one(id_))


def test_a_run_that_waits_is_run_by_the_next_server(tmp_path: Path) -> None:
    with home(tmp_path) as inst:
        run = submitted(inst)

    with again(tmp_path) as conducted:
        assert conducted.ended(run).status == "completed"


def submitted(inst: Installation) -> Run:
    from designer.contract.runs import SubmitRun

    return runs.submit_run(inst, SubmitRun(document=chain(2)))


@pytest.mark.parametrize("seed", range(4))
def test_killed_at_any_moment_a_run_ends_as_if_it_had_not_been(tmp_path: Path, seed: int) -> None:
    moments = random.Random(seed)
    nodes: dict[str, Any] = {"n0": {"module": "number@1"}}
    for place in range(1, 5):
        nodes[f"n{place}"] = {"module": "add@1", "inputs": {"value": f"n{place - 1}.result"}}
        nodes[f"w{place}"] = wait_node(tmp_path, f"w{place}", f"n{place}")
        go(tmp_path, f"w{place}")
    with killable(tmp_path, document(nodes)) as (id_, process):
        time.sleep(moments.uniform(0.0, 0.9))
        kill(process)
    for _ in range(2):
        with killable(tmp_path, document({"x": {"module": "number@1"}})) as (_, process):
            time.sleep(moments.uniform(0.0, 0.6))
            kill(process)

    with again(tmp_path) as conducted:
        ended = conducted.ended(one(id_))

        assert ended.status == "completed", ended.error
        assert ended.counts == {"completed": 9}
        assert [starts(tmp_path, f"w{place}") for place in range(1, 5)] == [1, 1, 1, 1]
        path = conducted.inst.artifacts.local_path(ended.steps["n4"].outputs["result"].digest)
        assert path.read_text() == '{"number": 5.0}'
        conducted.assert_invariants(one(id_))


def test_a_second_server_on_the_same_home_says_who_has_it(tmp_path: Path) -> None:
    with home(tmp_path), pytest.raises(Conflict, match=rf"Another server is running .*pid {os.getpid()}"):
        open_installation(Settings.read({}, home=tmp_path / "home"))
