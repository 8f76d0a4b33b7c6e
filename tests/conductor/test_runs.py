"""Runs that really run, as processes of this machine."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from designer.actions import logs, runs, steps
from designer.contract.events import LogGrew, RunChanged, RunListed, StepChanged
from designer.engine.status import FINAL_RUN
from tests.conductor.conftest import Conducted, conducting
from tests.home import chain, document, home, wait_for


def wait_node(tmp_path: Path, name: str, source: str = "", **more: Any) -> dict[str, Any]:
    """A step that waits for the file <name>.go and notes its starts in <name>.txt."""
    parameters = {"note": str(tmp_path / f"{name}.txt"), "until": str(tmp_path / f"{name}.go")}
    inputs = {"inputs": {"value": f"{source}.result"}} if source else {}
    return {"module": "wait@1", "parameters": parameters, **inputs, **more}


def go(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.go").touch()


def starts(tmp_path: Path, name: str) -> int:
    note = tmp_path / f"{name}.txt"
    return note.read_text().count("started") if note.exists() else 0


def statuses(run: Any) -> dict[str, str]:
    return {node: step.status.value for node, step in run.steps.items()}


def test_a_chain_runs_on_either_database(tmp_path: Path, database_url: str) -> None:
    with home(tmp_path, database_url) as inst, conducting(inst) as conducted:
        run = conducted.run(chain(3))

        assert run.status == "completed"
        assert run.steps["n2"].outputs["result"].size > 0
        assert (inst.artifacts.local_path(run.steps["n2"].outputs["result"].digest)).read_text() == '{"number": 2.0}'
        conducted.assert_invariants(run)


def test_clients_are_told_every_step_in_its_whole_shape(conducted: Conducted) -> None:
    run = conducted.run(chain(2))

    wait_for(
        "the end to be told",
        lambda: any(isinstance(e, RunListed) and e.item.status == "completed" for e in conducted.events),
    )
    told = [event for event in conducted.events if isinstance(event, StepChanged | RunChanged)]
    assert [event.seq for event in told] == list(range(1, run.seq + 1))
    assert told == runs.run_events(conducted.inst, run.id, 0).items
    assert runs.run_events(conducted.inst, run.id, run.seq - 1, 10).items == told[-1:]
    assert [event.status for event in told if isinstance(event, RunChanged)] == ["queued", "running", "completed"]
    last = [event.step for event in told if isinstance(event, StepChanged) and event.step.node == "n1"][-1]
    assert last == run.steps["n1"]
    assert (run.started, run.ended) == (run.steps["n0"].started, run.steps["n1"].ended)
    conducted.assert_invariants(run)


def test_steps_that_need_nothing_of_each_other_run_at_the_same_time(conducted: Conducted, tmp_path: Path) -> None:
    names = ["a", "b", "c"]
    run = conducted.submit(document({name: wait_node(tmp_path, name) for name in names}))

    wait_for("two at once", lambda: sum(starts(tmp_path, name) for name in names) == 2)
    time.sleep(0.2)
    assert [starts(tmp_path, name) for name in names] == [1, 1, 0], "two slots, first come first served"
    for name in names:
        go(tmp_path, name)

    assert conducted.ended(run).status == "completed"
    conducted.assert_invariants(run)


def test_an_earlier_run_is_served_first(conducted: Conducted, tmp_path: Path) -> None:
    blocked = conducted.submit(document({name: wait_node(tmp_path, name) for name in ("a", "b")}))
    wait_for("both slots to be taken", lambda: starts(tmp_path, "a") + starts(tmp_path, "b") == 2)
    first = conducted.submit(
        document({name: {"module": "number@1", "parameters": {"seed": at}} for at, name in enumerate("xyz")})
    )
    second = conducted.submit(document({"q": {"module": "number@1", "parameters": {"seed": 3}}}))
    go(tmp_path, "a")

    conducted.ended(second)
    done = conducted.ended(first)

    assert max(step.started or 0.0 for step in done.steps.values()) <= (conducted.get(second).steps["q"].started or 0.0)
    go(tmp_path, "b")
    conducted.ended(blocked)


def test_a_failure_says_what_and_where_and_ends_the_run(conducted: Conducted, tmp_path: Path) -> None:
    nodes = {
        "bad": {"module": "fail@1"},
        "after": {"module": "add@1", "inputs": {"value": "bad.result"}},
        "other": wait_node(tmp_path, "other"),
    }

    run = conducted.run(document(nodes))

    assert run.status == "failed"
    assert statuses(run) == {"bad": "failed", "after": "skipped", "other": "canceled"}
    error = run.steps["bad"].error
    assert error is not None
    assert (error.kind, error.number, error.message, error.cure) == (
        "ModuleError",
        3,
        "The number is not there.",
        "Give it one.",
    )
    assert "module.py, line" in error.where
    assert (run.failed_step, run.error) == ("bad", "The number is not there.")
    assert "ModuleError" in logs.read_log(conducted.inst, run.id, "bad", "stderr", 0, 10_000).text
    conducted.assert_invariants(run)


def test_the_others_go_on_where_that_is_wanted(conducted: Conducted) -> None:
    nodes = {
        "bad": {"module": "fail@1"}, "after": {"module": "add@1", "inputs": {"value": "bad.result"}},
        "good": {"module": "number@1"}, "better": {"module": "add@1", "inputs": {"value": "good.result"}},
    }  # fmt: skip

    run = conducted.run(document(nodes, settings={"continue_on_step_failure": True}))

    assert statuses(run) == {"bad": "failed", "after": "skipped", "good": "completed", "better": "completed"}
    conducted.assert_invariants(run)


def test_a_step_is_tried_again_as_often_as_it_may(conducted: Conducted, tmp_path: Path) -> None:
    note = str(tmp_path / "note.txt")
    node = {"module": "fail@1", "parameters": {"tries": 3, "note": note}, "retries": 3, "retry_delay": 0.05}

    run = conducted.run(document({"a": node}))

    assert (run.status, run.steps["a"].attempts) == ("completed", 3)
    tries = steps.get_step(conducted.inst, run.id, "a").attempts_list
    assert [(one["number"], one["status"]) for one in tries] == [(1, "failed"), (2, "failed"), (3, "completed")]
    first = logs.read_log(conducted.inst, run.id, "a", "stderr", 0, 10_000, attempt=tries[0]["id"])
    assert "ModuleError" in first.text
    assert first.ended
    conducted.assert_invariants(run)


def test_a_timeout_ends_the_step(conducted: Conducted, tmp_path: Path) -> None:
    run = conducted.run(document({"a": wait_node(tmp_path, "a", timeout=0.5)}))

    error = run.steps["a"].error
    assert error is not None
    assert (run.status, error.kind) == ("failed", "Timeout")
    assert "0.5 seconds" in error.message
    conducted.assert_invariants(run)


def test_a_canceled_run_ends_with_all_its_steps(conducted: Conducted, tmp_path: Path) -> None:
    run = conducted.submit(
        document({"a": wait_node(tmp_path, "a"), "b": wait_node(tmp_path, "b", "a"), "c": {"module": "number@1"}})
    )
    conducted.until(run, "a", "running")
    conducted.until(run, "c", "completed")

    runs.cancel_run(conducted.inst, run.id)
    ended = conducted.ended(run)

    assert (ended.status, ended.cancel_requested) == ("canceled", True)
    assert statuses(ended) == {"a": "canceled", "b": "canceled", "c": "completed"}
    assert runs.cancel_run(conducted.inst, run.id) == ended
    conducted.assert_invariants(run)


def test_a_canceled_step_takes_with_it_only_what_needs_it(conducted: Conducted, tmp_path: Path) -> None:
    run = conducted.submit(
        document({"a": wait_node(tmp_path, "a"), "b": wait_node(tmp_path, "b", "a"), "c": wait_node(tmp_path, "c")})
    )
    conducted.until(run, "a", "running")

    runs.cancel_step(conducted.inst, run.id, "a")
    conducted.until(run, "a", "canceled")
    go(tmp_path, "c")
    ended = conducted.ended(run)

    assert statuses(ended) == {"a": "canceled", "b": "skipped", "c": "completed"}
    conducted.assert_invariants(run)


def test_a_queued_run_is_canceled_before_anything_of_it_starts(conducted: Conducted, tmp_path: Path) -> None:
    blocking = conducted.submit(document({name: wait_node(tmp_path, name) for name in ("a", "b")}))
    wait_for("both slots to be taken", lambda: starts(tmp_path, "a") + starts(tmp_path, "b") == 2)
    run = conducted.submit(document({"c": wait_node(tmp_path, "c")}))

    runs.cancel_run(conducted.inst, run.id)

    assert conducted.ended(run).status == "canceled"
    assert starts(tmp_path, "c") == 0
    runs.cancel_run(conducted.inst, blocking.id)
    conducted.ended(blocking)


def test_what_a_step_reports_is_seen_while_it_runs(conducted: Conducted, tmp_path: Path) -> None:
    run = conducted.submit(document({"a": wait_node(tmp_path, "a")}))

    step = wait_for(
        "progress", lambda: (s := conducted.get(run).steps["a"]).progress and s.metrics and s.metrics[0].count > 5 and s
    )
    wait_for("the log to grow", lambda: any(isinstance(event, LogGrew) for event in conducted.events))
    assert step.progress_text.startswith("round ")
    assert step.metrics[0].name == "round"
    go(tmp_path, "a")
    ended = conducted.ended(run).steps["a"]

    (series,) = steps.step_metrics(conducted.inst, run.id, "a").items
    assert [point[1] for point in series.points] == [float(one + 1) for one in range(ended.metrics[0].count)]
    assert [point[0] for point in series.points] == list(range(ended.metrics[0].count))
    log = logs.read_log(conducted.inst, run.id, "a", "stdout", 0, 100_000)
    assert log.text.count("waiting") == ended.metrics[0].count
    assert (log.ended, log.next) == (True, ended.log_bytes["stdout"])
    assert ended.peak_memory
    conducted.assert_invariants(run)


def test_a_killed_step_has_failed(conducted: Conducted, tmp_path: Path) -> None:
    psutil = pytest.importorskip("psutil")
    run = conducted.submit(document({"a": wait_node(tmp_path, "a")}))
    wait_for("the start", lambda: starts(tmp_path, "a"))

    supervisor = supervisor_of(conducted, run, psutil)
    supervisor.children()[0].kill()
    ended = conducted.ended(run)

    error = ended.steps["a"].error
    assert error is not None
    assert (ended.status, error.kind) == ("failed", "Killed")
    conducted.assert_invariants(run)


def test_a_killed_supervisor_leaves_a_lost_step_and_no_process(conducted: Conducted, tmp_path: Path) -> None:
    psutil = pytest.importorskip("psutil")
    run = conducted.submit(document({"a": wait_node(tmp_path, "a"), "b": {**wait_node(tmp_path, "b", "a")}}))
    wait_for("the start", lambda: starts(tmp_path, "a"))

    supervisor = supervisor_of(conducted, run, psutil)
    (child,) = supervisor.children()
    supervisor.kill()
    ended = conducted.ended(run)

    error = ended.steps["a"].error
    assert error is not None
    assert (ended.status, error.kind) == ("failed", "lost")
    assert error.cure
    assert starts(tmp_path, "a") == 1, "what may have run is not started again unasked"
    wait_for(
        "the step's process to be gone", lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, 10
    )
    conducted.assert_invariants(run)


def supervisor_of(conducted: Conducted, run: Any, psutil: Any) -> Any:
    attempt = conducted.get(run).steps["a"].attempt
    holder = json.loads((conducted.inst.attempts / attempt / "job.lock").read_text())
    return psutil.Process(holder["pid"])


def test_a_step_without_its_outputs_has_failed_even_if_it_exits_well(conducted: Conducted, tmp_path: Path) -> None:
    (tmp_path / "library" / "test" / "leave.py").write_text(
        '"""Leave\n\nLeaves.\n"""\nimport os\n\nfrom designer.module import Metrics\n\nCATEGORY = "Test"\n\n\n'
        "def run() -> Metrics:\n    os._exit(0)\n"
    )
    conducted.inst.library.reload()

    run = conducted.run(document({"a": {"module": "leave@1"}}))

    error = run.steps["a"].error
    assert error is not None
    assert error.kind == "OutputMissing"


def test_a_run_uses_the_source_it_was_submitted_with(conducted: Conducted, tmp_path: Path) -> None:
    file = tmp_path / "library" / "test" / "number.py"
    run = conducted.submit(document({"a": wait_node(tmp_path, "a"), "b": {"module": "number@1", "after": ["a"]}}))
    file.write_text(file.read_text().replace('{"number": number}', '{"number": "changed"}'))
    conducted.inst.library.reload()
    go(tmp_path, "a")

    ended = conducted.ended(run)

    path = conducted.inst.artifacts.local_path(ended.steps["b"].outputs["result"].digest)
    assert path.read_text() == '{"number": 1}'
    source = next(one for one in runs.run_sources(conducted.inst, run.id).items if one.node == "b")
    assert "changed" not in source.text


def test_a_bypassed_and_a_switched_off_step(conducted: Conducted) -> None:
    doc = chain(3)
    doc["nodes"]["n1"]["disabled"] = "bypass"
    doc["nodes"]["off"] = {"module": "number@1", "disabled": "off"}

    run = conducted.run(doc)

    assert run.status == "completed"
    assert statuses(run) == {"n0": "completed", "n2": "completed", "off": "skipped"}
    digest = run.steps["n2"].outputs["result"].digest
    assert conducted.inst.artifacts.local_path(digest).read_text() == '{"number": 1.0}'


def test_equal_steps_have_equal_keys_whatever_they_are_called(conducted: Conducted) -> None:
    nodes = {
        "a": {"module": "number@1"}, "b": {"module": "number@1", "name": "B"}, "c": {"module": "number@1", "parameters": {"seed": 1}},
        "d": {"module": "add@1", "inputs": {"value": "a.result"}}, "e": {"module": "add@1", "inputs": {"value": "c.result"}},
    }  # fmt: skip

    run = conducted.run(document(nodes))

    keys = {node: steps.get_step(conducted.inst, run.id, node).key for node in nodes}
    assert keys["a"] == keys["b"] != keys["c"]
    assert keys["d"] == keys["e"], "c made the same bytes as a"
    assert all(len(key) == 64 for key in keys.values())


def test_a_fan_is_complete(conducted: Conducted) -> None:
    nodes: dict[str, Any] = {"first": {"module": "number@1"}}
    for place in range(12):
        amount = {"amount": float(place)}
        nodes[f"w{place}"] = {"module": "add@1", "inputs": {"value": "first.result"}, "parameters": amount}
    nodes["last"] = {"module": "number@1", "parameters": {"seed": 1}, "after": [f"w{place}" for place in range(12)]}

    run = conducted.run(document(nodes))

    assert run.counts == {"completed": 14}
    assert max(step.ended or 0.0 for node, step in run.steps.items() if node != "last") <= (
        run.steps["last"].started or 0.0
    )
    conducted.assert_invariants(run)


def test_a_run_has_ended_exactly_when_its_status_says_so(conducted: Conducted) -> None:
    run = conducted.run(chain(1))

    assert run.status in FINAL_RUN
    assert run.ended is not None
    assert run.seconds is not None
