"""Steps in environments: built when a run needs them, shared, waited for, and honest where they cannot be built."""

import os
import signal
from typing import Any

from designer.actions import environments as actions
from designer.actions import runs
from designer.actions.pipelines import validate_document
from designer.actions.steps import get_step
from designer.conductor.environments import KIND
from designer.contract.environments import BuildEnvironment
from designer.contract.events import EnvironmentChanged, StepChanged
from designer.contract.pipelines import Validate
from designer.contract.runs import StepEnvironment
from designer.store import jobs
from designer.store.tables import JobStatus
from tests.conductor.conftest import Conducted, conducting
from tests.environments.conftest import Place, folders, forget_folder, until
from tests.environments.packages import slow, wheel
from tests.home import document, wait_for


def read(conducted: Conducted, run: Any, node: str) -> str:
    return conducted.inst.artifacts.local_path(run.steps[node].outputs["result"].digest).read_text()


def builds(conducted: Conducted) -> int:
    return len(list(conducted.inst.attempts.glob("job_*")))


def test_a_step_runs_in_an_environment_that_is_built_for_it(place: Place) -> None:
    place.module("new", ["tiny"])
    place.module("old", ["tiny==1.0"])
    nodes = {"new": {"module": "new@1"}, "old": {"module": "old@1"}, "server": {"module": "number@1"}}
    with place.open() as inst, conducting(inst) as conducted:
        run = conducted.run(document(nodes))

        assert run.status == "completed"
        assert read(conducted, run, "new") == '{"package": "tiny", "version": "2.0"}'
        assert read(conducted, run, "old") == '{"package": "tiny", "version": "1.0"}'
        conducted.assert_invariants(run)
        found = {one.requirements[0]: one for one in actions.list_environments(inst).items}
        assert {name: one.packages for name, one in found.items()} == {"tiny": 2, "tiny==1.0": 1}
        assert all(one.status == "ready" and one.size and one.built and one.used for one in found.values())
        assert found["tiny"].modules == ["new@1"]
        told = {node: get_step(inst, run.id, node).environment for node in nodes}
        assert told["server"] == StepEnvironment(
            lock=inst.environments.server.identity, python_version=inst.environments.server.python
        )
        assert told["old"] == StepEnvironment(
            id=found["tiny==1.0"].id, lock=found["tiny==1.0"].lock, python_version=found["tiny==1.0"].python_version
        )
        assert actions.get_lock(inst, found["tiny"].lock).packages == 2
        whole = actions.get_environment(inst, found["tiny"].id)
        assert "little==1.5" in whole.lock_text
        assert "--hash=sha256:" in whole.lock_text
        assert folders(inst) == sorted(one.lock.removeprefix("sha256:") for one in found.values())
        assert conducted.run(document(nodes)).status == "completed"
        assert builds(conducted) == 2, "the second run builds nothing"


def test_a_waiting_step_says_how_far_its_environment_is_and_holds_no_slot(place: Place) -> None:
    go = place.folder / "go"
    slow(place.packages, "slow", place.folder / "note", go)
    nodes: dict[str, Any] = {}
    for name in ("first", "second", "third"):
        place.module(name, ["slow", "tiny==1.0"], "slow")
        nodes[name] = {"module": f"{name}@1"}
    with place.open(slots=1) as inst, conducting(inst) as conducted:
        run = conducted.submit(document(nodes))
        wait_for("the build to begin", (place.folder / "note").exists)

        other = conducted.run(document({"a": {"module": "number@1"}}))

        assert other.status == "completed", "the only slot is free for it"
        assert {step.status for step in conducted.get(run).steps.values()} == {"queued"}
        wait_for(
            "the steps to say so",
            lambda: all("of 2 packages" in step.progress_text for step in conducted.get(run).steps.values()),
        )
        go.touch()
        run = conducted.ended(run)
        assert run.status == "completed"
        texts = [event.step.progress_text for event in conducted.events if isinstance(event, StepChanged)]
        assert any(text.startswith("Building its environment: ") for text in texts)
        told = [event.item.status for event in conducted.events if isinstance(event, EnvironmentChanged) and event.item]
        assert told[-1] == "ready"
        assert "building" in told
        assert builds(conducted) == 1, "three steps share one build"
        assert (place.folder / "note").read_text().count("began") == 1
        conducted.assert_invariants(run)


def test_two_runs_share_one_build(place: Place) -> None:
    go = place.folder / "go"
    slow(place.packages, "slow", place.folder / "note", go)
    place.module("needs_it", ["slow"])
    with place.open() as inst, conducting(inst) as conducted:
        first = conducted.submit(document({"a": {"module": "needs_it@1"}}))
        wait_for("the build to begin", (place.folder / "note").exists)
        second = conducted.submit(document({"b": {"module": "needs_it@1"}}))
        go.touch()

        assert [conducted.ended(run).status for run in (first, second)] == ["completed", "completed"]
        assert builds(conducted) == 1


def test_a_package_that_is_not_there_fails_the_step_and_says_what_to_do(place: Place) -> None:
    place.module("wrong", ["tinny"])
    with place.open() as inst, conducting(inst) as conducted:
        run = conducted.run(document({"a": {"module": "wrong@1"}, "b": {"module": "number@1"}}))

        error = run.steps["a"].error
        assert run.status == "failed"
        assert error is not None
        assert error.kind == KIND
        assert "tinny" in error.message
        assert "spelling" in error.cure or "DESIGNER_PACKAGE_FOLDER" in error.cure
        assert folders(inst) == []
        (found,) = actions.list_environments(inst).items
        assert found.status == "failed"
        assert found.error is not None
        assert "tinny" in actions.read_build_log(inst, found.id, 0, 100_000).text
        conducted.assert_invariants(run)

        place.module("wrong", ["tiny==1.0"])
        inst.library.reload()
        assert conducted.run(document({"a": {"module": "wrong@1"}})).status == "completed"


def test_a_failed_build_is_tried_again_by_the_next_run(place: Place) -> None:
    place.module("late", ["late"])
    with place.open() as inst, conducting(inst) as conducted:
        assert conducted.run(document({"a": {"module": "late@1"}})).status == "failed"
        wheel(place.packages, "late")

        assert conducted.run(document({"a": {"module": "late@1"}})).status == "completed"


def test_a_canceled_run_leaves_the_build_to_others(place: Place) -> None:
    go = place.folder / "go"
    slow(place.packages, "slow", place.folder / "note", go)
    place.module("needs_it", ["slow"])
    with place.open() as inst, conducting(inst) as conducted:
        run = conducted.submit(document({"a": {"module": "needs_it@1"}}))
        wait_for("the build to begin", (place.folder / "note").exists)
        runs.cancel_run(inst, run.id)

        assert conducted.ended(run).status == "canceled"
        (found,) = actions.list_environments(inst).items
        go.touch()
        assert until(inst, found.id, "ready").size > 0


def test_a_stopped_build_fails_the_steps_that_wait_for_it(place: Place) -> None:
    slow(place.packages, "slow", place.folder / "note", place.folder / "go")
    place.module("needs_it", ["slow"])
    with place.open() as inst, conducting(inst) as conducted:
        run = conducted.submit(document({"a": {"module": "needs_it@1"}}))
        wait_for("the build to begin", (place.folder / "note").exists)
        (found,) = actions.list_environments(inst).items
        actions.cancel_build(inst, found.id)

        run = conducted.ended(run)
        assert run.steps["a"].error is not None
        assert run.steps["a"].error.kind == KIND
        assert "stopped" in run.steps["a"].error.message
        assert until(inst, found.id, "failed").error is not None


def test_a_killed_build_leaves_nothing_and_is_begun_anew(place: Place) -> None:
    go, note = place.folder / "go", place.folder / "note"
    slow(place.packages, "slow", note, go)
    place.module("needs_it", ["slow", "tiny==1.0"], "slow")
    with place.open() as inst, conducting(inst) as conducted:
        run = conducted.submit(document({"a": {"module": "needs_it@1"}}))
        wait_for("the build to begin", note.exists)
        with inst.store.read() as t:
            (job,) = jobs.unfinished(t)
        assert job.handle is not None
        assert [name for name in folders(inst) if ".staging" not in name] == [], "no half-built one has a usable name"
        os.kill(job.handle["pid"], signal.SIGKILL)

        wait_for("it to begin again", lambda: note.read_text().count("began") == 2)
        assert [name for name in folders(inst) if ".staging" not in name] == []
        go.touch()
        run = conducted.ended(run)

        assert run.status == "completed"
        with inst.store.read() as t:
            first = jobs.get(t, job.id)
        assert first is not None
        assert first.status is JobStatus.FAILED
        assert len(folders(inst)) == 1, "what the killed one left is gone"
        conducted.assert_invariants(run)


def test_a_build_goes_on_while_the_server_is_away(place: Place) -> None:
    go, note = place.folder / "go", place.folder / "note"
    slow(place.packages, "slow", note, go)
    place.module("needs_it", ["slow"])
    with place.open() as inst, conducting(inst) as conducted:
        run = conducted.submit(document({"a": {"module": "needs_it@1"}}))
        wait_for("the build to begin", note.exists)
    go.touch()

    with place.open() as inst, conducting(inst) as conducted:
        assert conducted.ended(run).status == "completed"
        assert note.read_text().count("began") == 1
        assert builds(conducted) == 1


def test_an_environment_whose_folder_is_gone_is_built_again_from_its_lock(place: Place) -> None:
    place.module("needs_it", ["tiny"])
    with place.open() as inst, conducting(inst) as conducted:
        assert conducted.run(document({"a": {"module": "needs_it@1"}})).status == "completed"
        (before,) = actions.list_environments(inst).items
        forget_folder(inst, before.lock)
        wheel(place.packages, "tiny", "3.0")

        run = conducted.run(document({"a": {"module": "needs_it@1"}}), regenerate=True)

        assert read(conducted, run, "a") == '{"package": "tiny", "version": "2.0"}', "the lock, not what is newest"
        assert actions.get_environment(inst, before.id).lock == before.lock
        actions.build_environment(inst, before.id, BuildEnvironment(renew=True))
        renewed = wait_for(
            "a new lock",
            lambda: (
                (now := actions.get_environment(inst, before.id)).lock != before.lock and now.status == "ready" and now
            ),
        )
        assert "tiny==3.0" in renewed.lock_text
        run = conducted.run(document({"a": {"module": "needs_it@1"}}))
        assert run.steps["a"].status == "completed", "another lock is another key"
        assert read(conducted, run, "a") == '{"package": "tiny", "version": "3.0"}'
        assert len(folders(inst)) == 2, "steps that still run in the old one keep it"


def test_a_renewal_that_fails_leaves_what_was_there(place: Place) -> None:
    place.module("needs_it", ["tiny"])
    with place.open() as inst, conducting(inst) as conducted:
        conducted.run(document({"a": {"module": "needs_it@1"}}))
        (before,) = actions.list_environments(inst).items
        wheel(place.packages, "tiny", "3.0", requires=["not-there"])
        for old in ("1.0", "2.0"):
            (place.packages / f"tiny-{old}-py3-none-any.whl").unlink()
        actions.build_environment(inst, before.id, BuildEnvironment(renew=True))
        failed = until(inst, before.id, "failed")

        assert failed.lock == before.lock
        run = conducted.run(document({"a": {"module": "needs_it@1"}}), regenerate=True)
        assert read(conducted, run, "a") == '{"package": "tiny", "version": "2.0"}'
        assert until(inst, before.id, "ready").error is None


def test_a_step_that_is_reused_needs_no_environment(place: Place) -> None:
    place.module("needs_it", ["tiny"])
    with place.open() as inst, conducting(inst) as conducted:
        conducted.run(document({"a": {"module": "needs_it@1"}}))
        (before,) = actions.list_environments(inst).items
        forget_folder(inst, before.lock)

        run = conducted.run(document({"a": {"module": "needs_it@1"}}))

        assert run.steps["a"].status == "reused"
        assert folders(inst) == []
        assert builds(conducted) == 1


def test_a_lock_that_is_renewed_while_a_step_waits_is_the_one_it_runs_in(place: Place) -> None:
    go = place.folder / "go"
    slow(place.packages, "slow", place.folder / "note", go)
    place.module("holds", ["slow"])
    place.module("waits", ["tiny"])
    nodes = {"a": {"module": "holds@1"}, "b": {"module": "waits@1", "inputs": {"value": "a.result"}}}
    with place.open() as inst, conducting(inst) as conducted:
        run = conducted.submit(document(nodes))
        wait_for("the other build to begin", (place.folder / "note").exists)
        found = next(one for one in actions.list_environments(inst).items if one.requirements == ["tiny"])
        first = until(inst, found.id, "ready").lock
        wheel(place.packages, "tiny", "3.0")
        actions.build_environment(inst, found.id, BuildEnvironment(renew=True))
        wait_for("the new lock", lambda: actions.get_environment(inst, found.id).lock != first)
        go.touch()

        run = conducted.ended(run)

        assert read(conducted, run, "b") == '{"package": "tiny", "version": "3.0"}'
        again = conducted.run(document(nodes))
        assert again.steps["b"].status == "reused", "its key names the lock it ran in"


def test_an_environment_that_nobody_made_is_a_finding(conducted: Conducted) -> None:
    asked = document({"a": {"module": "number@1", "environment": "older"}})
    found = validate_document(conducted.inst, Validate(document=asked)).findings

    assert [(finding.code, finding.node) for finding in found] == [("unknown_environment", "a")]
