"""Runs over several targets: each with its own slots and queue, one of them elsewhere, which may be slow or not there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from designer.actions import runs, targets
from designer.contract.events import TargetChanged
from designer.contract.targets import AddTarget, ChangeTarget, TargetState
from designer.targets.kinds import KINDS, Kind
from tests.conductor.conftest import Conducted, conducting
from tests.home import document, home, wait_for


@pytest.fixture
def way(conducted: Conducted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The way to a target `far` with one slot."""
    monkeypatch.setitem(KINDS, "far", Kind("far", "Far", "For tests.", "tests.conductor.far"))  # type: ignore[arg-type]
    folder = tmp_path / "way"
    folder.mkdir()
    targets.add_target(conducted.inst, AddTarget(name="far", kind="far", options={"way": str(folder)}))
    yield folder
    for file in folder.iterdir():
        file.unlink()


def far(module: str = "number@1", **more: Any) -> dict[str, Any]:
    return {"module": module, "target": "far", "reuse": False, **more}


NUMBER = {"module": "number@1", "reuse": False}


def test_data_flows_between_targets(conducted: Conducted, way: Path) -> None:
    nodes = {
        "here": NUMBER,
        "there": far("add@1", inputs={"value": "here.result"}),
        "again": {"module": "add@1", "inputs": {"value": "there.result"}, "reuse": False},
    }

    run = conducted.run(document(nodes))

    assert {node: (step.status, step.target) for node, step in run.steps.items()} == {
        "here": ("completed", "local"), "there": ("completed", "far"), "again": ("completed", "local"),
    }  # fmt: skip
    assert all(step.started for step in run.steps.values())
    digest, python, lock = (way / "software").read_text().split("\n", 2)
    server = conducted.inst.environments.server
    assert (digest, python) == (server.identity, ".".join(server.python.split(".")[:2]))
    assert f"polars=={server.packages['polars']}\n" in lock
    conducted.assert_invariants(run)


def test_a_step_that_is_carried_to_its_target_says_so(conducted: Conducted, way: Path, tmp_path: Path) -> None:
    (way / "slow").touch()
    run = conducted.submit(document({"a": far("wait@1", parameters={"until": str(tmp_path / "go")})}))

    carried = wait_for(
        "the text", lambda: (now := conducted.get(run).steps["a"]).progress_text == "Copying 1 of 2 inputs" and now
    )
    assert (carried.status, carried.started) == ("preparing", None)

    (way / "slow").unlink()
    running = conducted.until(run, "a", "running").steps["a"]
    assert running.progress_text != "Copying 1 of 2 inputs"
    (tmp_path / "go").touch()
    conducted.ended(run)
    conducted.assert_invariants(run)


def test_steps_wait_for_a_target_that_is_cut_off_and_say_why(conducted: Conducted, way: Path) -> None:
    (way / "cut").touch()
    run = conducted.submit(document({"there": far(), "here": NUMBER}))

    conducted.until(run, "here", "completed")
    step = wait_for("the reason", lambda: (now := conducted.get(run).steps["there"]).why and now)
    assert (step.status, step.why) == ("queued", 'Waits for the compute target "far": it does not answer.')
    assert targets.get_target(conducted.inst, "far").state is TargetState.UNREACHABLE

    (way / "cut").unlink()
    step = conducted.ended(run).steps["there"]
    assert (step.status, step.why) == ("completed", "")
    conducted.assert_invariants(run)


def test_a_step_whose_target_goes_away_at_its_start_comes_again(conducted: Conducted, way: Path) -> None:
    (way / "refuses").touch()
    run = conducted.submit(document({"there": far()}))

    wait_for("the refusal", (way / "cut").exists)
    conducted.until(run, "there", "queued")
    (way / "cut").unlink()

    step = conducted.ended(run).steps["there"]
    assert (step.status, step.attempts) == ("completed", 1)
    conducted.assert_invariants(run)


def test_a_disabled_target_takes_no_new_steps_and_the_others_go_on(conducted: Conducted, way: Path) -> None:
    targets.change_target(conducted.inst, "far", ChangeTarget(disabled=True))
    run = conducted.submit(document({"there": far(), "here": NUMBER}))

    conducted.until(run, "here", "completed")
    step = wait_for("the reason", lambda: (now := conducted.get(run).steps["there"]).why and now)
    assert "disabled" in step.why

    targets.change_target(conducted.inst, "far", ChangeTarget(disabled=False))
    assert conducted.ended(run).status == "completed"


def test_each_target_has_slots_of_its_own(conducted: Conducted, way: Path, tmp_path: Path) -> None:
    waits = {"parameters": {"until": str(tmp_path / "go")}}
    run = conducted.submit(document({f"far{number}": far("wait@1", **waits) for number in range(3)}))

    shown = wait_for(
        "one to run",
        lambda: (now := targets.get_target(conducted.inst, "far")).running == 1 and now.queued == 2 and now,
    )
    assert shown.state is TargetState.BUSY
    assert [one.status for one in shown.steps[1:]] == ["queued", "queued"]
    assert shown.steps[0].run == run.id

    targets.change_target(conducted.inst, "far", ChangeTarget(slots=3))
    wait_for("all to run", lambda: targets.get_target(conducted.inst, "far").running == 3)
    wait_for(
        "the news",
        lambda: [
            event for event in conducted.events
            if isinstance(event, TargetChanged) and event.item is not None and event.item.running == 3
        ],
    )  # fmt: skip
    (tmp_path / "go").touch()
    conducted.ended(run)


@pytest.mark.parametrize("change", [ChangeTarget(options={"way": ".", "colour": "blue"}), None])
def test_a_step_is_stopped_where_it_was_started_also_after_a_change_or_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: ChangeTarget | None
) -> None:
    monkeypatch.setitem(KINDS, "far", Kind("far", "Far", "For tests.", "tests.conductor.far"))  # type: ignore[arg-type]
    options = {"way": str(tmp_path)}
    with home(tmp_path) as inst:
        with conducting(inst) as found:
            targets.add_target(inst, AddTarget(name="far", kind="far", options=options))
            run = found.submit(document({"a": far("wait@1")}))
            found.until(run, "a", "running")
            if change is not None:
                targets.change_target(inst, "far", change)
        if change is None:
            inst.targets.close()
        with conducting(inst) as later:
            runs.cancel_run(inst, run.id)
            assert later.ended(run).steps["a"].status == "canceled"
            later.assert_invariants(run)
