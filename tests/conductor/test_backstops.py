"""What holds when a part does not do its part."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from designer.actions import runs
from designer.conductor import conductor as module
from designer.store import events
from designer.targets.process import ProcessTarget
from tests.conductor.conftest import Conducted, conducting
from tests.conductor.test_runs import go, starts, supervisor_of, wait_node
from tests.home import chain, document, home, wait_for


def test_a_supervisor_that_does_not_answer_is_ended_with_its_step(
    conducted: Conducted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    psutil = pytest.importorskip("psutil")
    monkeypatch.setattr(module, "SLACK_SECONDS", 0.5)
    run = conducted.submit(document({"a": wait_node(tmp_path, "a")}))
    wait_for("the start", lambda: starts(tmp_path, "a"))
    supervisor = supervisor_of(conducted, run, psutil)
    (child,) = supervisor.children()
    os.kill(supervisor.pid, signal.SIGSTOP)

    runs.cancel_run(conducted.inst, run.id)

    assert conducted.ended(run).status == "canceled"
    for process in (supervisor, child):
        wait_for("it to be gone", lambda one=process: not one.is_running() or one.status() == psutil.STATUS_ZOMBIE, 10)


def test_a_target_that_never_calls_back_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ProcessTarget, "watch", lambda *_: None)

    with home(tmp_path) as inst, conducting(inst) as conducted:
        run = conducted.run(chain(2))

        assert run.status == "completed"
        conducted.assert_invariants(run)


def test_a_bell_that_is_not_heard_does_no_harm(conducted: Conducted) -> None:
    conducted.inst.bell.answer(None)

    assert conducted.run(chain(1)).status == "completed"


def test_a_target_that_cannot_start_says_so(conducted: Conducted) -> None:
    target = conducted.inst.targets["local"]
    assert isinstance(target, ProcessTarget)
    target.python = "/nowhere/python"

    run = conducted.run(chain(2))

    error = run.steps["n0"].error
    assert error is not None
    assert (run.status, error.kind) == ("failed", "target")
    assert "/nowhere/python" in error.cure
    conducted.assert_invariants(run)


def test_a_launcher_that_dies_before_it_ran_is_started_again_but_not_for_ever(
    conducted: Conducted, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = conducted.inst.targets["local"]
    assert isinstance(target, ProcessTarget)
    target.python = "/bin/false"

    run = conducted.run(chain(1))

    error = run.steps["n0"].error
    assert error is not None
    assert (run.status, error.kind, run.steps["n0"].attempts) == ("failed", "lost", 1)
    assert len(list(conducted.inst.attempts.glob("att_*"))) == 4


def test_an_input_that_vanished_is_named(conducted: Conducted, tmp_path: Path) -> None:
    nodes = {"a": {"module": "number@1", "parameters": {"number": 77}}, "w": wait_node(tmp_path, "w", after=["a"])}
    nodes["b"] = {"module": "add@1", "inputs": {"value": "a.result"}, "after": ["w"]}
    run = conducted.submit(document(nodes))
    done = conducted.until(run, "w", "running")
    conducted.inst.artifacts.delete(done.steps["a"].outputs["result"].digest)
    go(tmp_path, "w")

    error = conducted.ended(run).steps["b"].error

    assert error is not None
    assert error.kind == "store"


def test_news_that_cannot_be_kept_stops_no_other_run(conducted: Conducted, monkeypatch: pytest.MonkeyPatch) -> None:
    real = events.add
    poisoned: list[str] = []

    def add(t: Any, found: Any) -> None:
        if any(
            event.kind == "step" and event.step.node == "bad" and event.step.status == "completed" for event in found
        ):
            poisoned.append("met")
            raise ValueError("this cannot be kept")
        real(t, found)

    monkeypatch.setattr("designer.conductor.batch.events.add", add)
    conducted.submit(document({"bad": {"module": "number@1"}}))
    wait_for("the poison", lambda: poisoned)

    assert conducted.run(chain(2)).status == "completed"


def test_collecting_is_tried_again_while_the_store_has_no_room(
    conducted: Conducted, monkeypatch: pytest.MonkeyPatch
) -> None:
    from designer.errors import Unavailable

    real = conducted.inst.artifacts.put_file
    failing = [2]

    def put(*arguments: Any, **more: Any) -> None:
        if failing[0]:
            failing[0] -= 1
            raise Unavailable("No space left on device.")
        real(*arguments, **more)

    monkeypatch.setattr(conducted.inst.artifacts, "put_file", put)

    run = conducted.run(chain(1))

    assert (run.status, failing) == ("completed", [0])
    assert run.steps["n0"].attempts == 1
    conducted.assert_invariants(run)


def test_an_artifact_store_that_stays_full_fails_the_step_and_says_why(
    conducted: Conducted, monkeypatch: pytest.MonkeyPatch
) -> None:
    from designer.errors import Unavailable

    def put(*_: Any, **__: Any) -> None:
        raise Unavailable("No space left on device.", cure="Free some space.")

    monkeypatch.setattr(module, "COLLECT_TRIES", 1)
    monkeypatch.setattr(conducted.inst.artifacts, "put_file", put)

    error = conducted.run(chain(1)).steps["n0"].error

    assert error is not None
    assert (error.kind, error.cure) == ("store", "Free some space.")
    assert "No space left" in error.message
