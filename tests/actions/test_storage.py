"""What is too old or unused goes, in two phases; what is used never does."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from designer.actions import backups, experiments, runs, storage
from designer.contract.events import Event, RunListed
from designer.contract.runs import Run, RunChange, SubmitRun
from designer.errors import Conflict, NotFound
from designer.installation import Clock, Installation
from designer.store import artifacts, datasets, garbage, idempotency, previews
from designer.store import database as database_module
from designer.store.tables import events
from designer.store.tables import runs as runs_table
from designer.store.tables import steps as steps_table
from tests.conductor.conftest import Conducted, conducting
from tests.home import chain, document, home, wait_for

HOUR = 3600.0
DAY = 24 * HOUR


class Moving(Clock):
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> float:
        return super().now() + self.ahead


def number(value: int) -> dict[str, Any]:
    return document({"n": {"module": "number@1", "parameters": {"number": value}}})


class Kept:
    """An installation whose conductor is at work, with a clock that moves."""

    def __init__(self, inst: Installation, conducted: Conducted, clock: Moving) -> None:
        self.inst = inst
        self.conducted = conducted
        self.clock = clock

    def run(self, value: int, **more: Any) -> Run:
        return self.conducted.run(number(value), **{"regenerate": True, **more})

    def has(self, run: Run) -> list[bool]:
        """Whether the bytes of each output are there."""
        return [self.inst.artifacts.exists(one.digest) for step in run.steps.values() for one in step.outputs.values()]

    def listed(self) -> list[str]:
        return [one.id for one in runs.list_runs(self.inst, limit=500).items]

    def after(self, seconds: float) -> Any:
        """Let time pass, and clean up."""
        self.clock.ahead += seconds
        return storage.clean(self.inst)


@pytest.fixture
def kept(tmp_path: Path, database_url: str) -> Iterator[Kept]:
    clock = Moving()
    with home(tmp_path, database_url, keep_runs_days=0.0, keep_runs_count=0, keep_bytes=10**15) as opened:
        opened.artifacts._now = clock.now
        inst = replace(opened, clock=clock)
        with conducting(inst) as conducted:
            yield Kept(inst, conducted, clock)


def test_a_deleted_run_is_hidden_and_can_be_brought_back(kept: Kept) -> None:
    run, other = kept.run(1), kept.run(2)
    told: list[Event] = []
    kept.inst.bus.subscribe(told.extend)

    runs.delete_run(kept.inst, run.id)

    assert [event.item.deleted is not None for event in told if isinstance(event, RunListed)] == [True]
    assert kept.listed() == [other.id]
    assert [one.id for one in runs.list_runs(kept.inst, deleted=True).items] == [run.id]
    assert [(one.name, one.runs) for one in experiments.list_experiments(kept.inst).items] == [("Default", 1)]
    for call in (runs.get_run, runs.delete_run, runs.cancel_run, runs.clone_run):
        with pytest.raises(NotFound, match="was deleted"):
            call(kept.inst, run.id)
    kept.after(23 * HOUR)

    back = runs.restore_run(kept.inst, run.id)

    assert back == run
    assert kept.listed() == [other.id, run.id]
    assert [(one.name, one.runs) for one in experiments.list_experiments(kept.inst).items] == [("Default", 2)]
    with pytest.raises(NotFound):
        runs.restore_run(kept.inst, run.id)


def test_a_deleted_run_goes_after_a_grace_and_what_only_it_used_a_grace_later(kept: Kept) -> None:
    run, same, other = kept.run(1), kept.run(1), kept.run(2)
    tries = [step.attempt for step in run.steps.values() if step.attempt]
    runs.delete_run(kept.inst, run.id)
    runs.delete_run(kept.inst, other.id)

    assert kept.after(25 * HOUR).removed_runs == 2
    with pytest.raises(NotFound):
        runs.restore_run(kept.inst, run.id)
    for attempt in tries:
        assert not (kept.inst.attempts / attempt).exists()
    with kept.inst.store.read() as t:
        for table in (events, steps_table):
            assert t.execute(table.select().where(table.c.run.in_([run.id, other.id]))).first() is None
        assert t.execute(runs_table.select().where(runs_table.c.id == run.id)).first() is None
    assert kept.has(other) == [True], "marked only"

    kept.after(HOUR)
    assert kept.has(other) == [True]
    done = kept.after(24 * HOUR)

    assert kept.has(other) == [False]
    assert (done.removed_artifacts, done.removed_bytes) == (1, other.steps["n"].outputs["result"].size)
    assert kept.has(same) == [True], "another run has the same bytes"
    kept.conducted.assert_invariants(same)
    with kept.inst.store.read() as t:
        assert artifacts.get(t, other.steps["n"].outputs["result"].digest) is None


def test_with_now_a_run_goes_at_once_and_its_bytes_ten_minutes_after_they_were_marked(kept: Kept) -> None:
    run = kept.run(1)
    runs.delete_run(kept.inst, run.id)

    assert storage.clean(kept.inst, now=True).removed_runs == 1
    assert kept.has(run) == [True]

    kept.clock.ahead += 601
    assert storage.clean(kept.inst, now=True).removed_artifacts == 1
    assert kept.has(run) == [False]


def test_what_is_made_again_in_the_meantime_stays(kept: Kept) -> None:
    run = kept.run(1)
    runs.delete_run(kept.inst, run.id)
    kept.after(25 * HOUR)  # the run is removed, its output is marked
    again = kept.run(1, regenerate=False)

    kept.after(25 * HOUR)

    assert again.steps["n"].status == "completed", "results go with their run"
    assert kept.has(again) == [True]
    kept.conducted.assert_invariants(again)


def test_results_of_a_deleted_run_serve_no_more_and_do_again_when_it_is_back(kept: Kept) -> None:
    run = kept.run(1)
    assert kept.run(1, regenerate=False).steps["n"].reused_from == run.id
    later = kept.run(1)
    for one in (run, later):
        runs.delete_run(kept.inst, one.id)

    assert kept.run(1, regenerate=False, experiment="without").steps["n"].status == "completed"

    runs.restore_run(kept.inst, later.id)
    assert kept.run(1, regenerate=False).steps["n"].status == "reused"


def test_only_a_run_that_has_ended_can_be_deleted(kept: Kept, tmp_path: Path) -> None:
    run = kept.conducted.submit(document({"w": {"module": "wait@1", "parameters": {"until": str(tmp_path / "go")}}}))

    with pytest.raises(Conflict, match="goes on"):
        runs.delete_run(kept.inst, run.id)

    (tmp_path / "go").touch()
    kept.conducted.ended(run)
    runs.delete_run(kept.inst, run.id)


def with_settings(kept: Kept, **settings: Any) -> Installation:
    """The installation under other rules."""
    return replace(kept.inst, settings=replace(kept.inst.settings, **settings))


def going(inst: Installation) -> dict[str, str]:
    return {one.run: one.why for one in storage.going(inst)}


def test_runs_go_by_age_by_number_and_by_size_oldest_first(kept: Kept) -> None:
    made = [kept.run(value).id for value in range(4)]
    assert going(kept.inst) == {}
    kept.clock.ahead = 10 * DAY
    made.append(kept.run(4).id)

    assert going(with_settings(kept, keep_runs_days=9.0)) == dict.fromkeys(made[:4], "older than 9 days")
    assert going(with_settings(kept, keep_runs_count=2)) == dict.fromkeys(made[:3], "not among the newest 2")
    size = storage.describe(kept.inst).artifact_bytes // 5
    assert list(going(with_settings(kept, keep_bytes=2 * size))) == made[:3]
    assert list(going(with_settings(kept, keep_bytes=2 * size, keep_runs_count=3))) == made[:3]
    assert going(with_settings(kept, keep_bytes=1_000_000)) == {}

    storage.clean(with_settings(kept, keep_runs_count=2))
    assert kept.listed() == [made[4], made[3]]
    assert {one.id for one in runs.list_runs(kept.inst, deleted=True).items} == set(made[:3])


def test_runs_that_are_kept_newest_of_their_pipeline_or_shown_by_others_stay(kept: Kept) -> None:
    from designer.actions import pipelines
    from designer.contract.pipelines import CreatePipeline

    draft = pipelines.create_pipeline(kept.inst, CreatePipeline(document=number(1)))
    older = kept.conducted.ended(runs.submit_run(kept.inst, SubmitRun(pipeline=draft.id, regenerate=True)))
    newest = kept.conducted.ended(runs.submit_run(kept.inst, SubmitRun(pipeline=draft.id, regenerate=True)))
    pinned, origin, plain, archived = (kept.run(value) for value in (2, 3, 4, 5))
    runs.change_run(kept.inst, pinned.id, RunChange(kept=True))
    runs.change_run(kept.inst, archived.id, RunChange(archived=True))
    user = kept.run(3, regenerate=False)
    assert user.steps["n"].reused_from == origin.id
    runs.change_run(kept.inst, user.id, RunChange(kept=True))
    kept.clock.ahead = 100 * DAY

    assert set(going(with_settings(kept, keep_runs_days=90.0))) == {older.id, plain.id, archived.id}
    assert newest.id not in going(with_settings(kept, keep_runs_count=1))

    # A person may delete the origin; its logs stay as long as a run shows them.
    runs.delete_run(kept.inst, origin.id)
    kept.after(3 * DAY)
    with kept.inst.store.read() as t:
        assert t.execute(events.select().where(events.c.run == origin.id)).first() is not None
    assert (kept.inst.attempts / origin.steps["n"].attempt).exists()
    runs.delete_run(kept.inst, user.id)
    kept.after(3 * DAY)
    kept.after(3 * DAY)
    with kept.inst.store.read() as t:
        assert t.execute(events.select().where(events.c.run == origin.id)).first() is None


def test_what_drafts_and_datasets_refer_to_stays(kept: Kept, tmp_path: Path) -> None:
    from designer.actions import pipelines
    from designer.contract.pipelines import CreatePipeline

    run, other = kept.run(1), kept.run(2)
    digest, lost = (one.steps["n"].outputs["result"].digest for one in (run, other))
    with_pin = number(1)
    with_pin["nodes"]["n"]["pinned"] = {"result": digest}
    for one in (run, other):
        runs.delete_run(kept.inst, one.id)
    kept.after(25 * HOUR)  # both are marked
    pipelines.create_pipeline(kept.inst, CreatePipeline(document=with_pin))

    kept.after(25 * HOUR)

    assert [kept.inst.artifacts.exists(one) for one in (digest, lost)] == [True, False]


def test_a_dataset_goes_a_grace_after_it_was_deleted_unless_a_run_waits_for_it(kept: Kept, tmp_path: Path) -> None:
    from designer.actions import datasets as actions
    from designer.contract.datasets import ReadOptions

    def upload(text: str) -> Any:
        import hashlib

        staged = tmp_path / "staged"
        staged.write_text(text)
        digest = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
        made = actions.add_dataset(kept.inst, name="cars", file_name="cars.csv", staged=staged, size=len(text), digest=digest,
                                   options=ReadOptions())  # fmt: skip
        return wait_for(
            "it to be read", lambda: (now := actions.get_dataset(kept.inst, made.id)).latest.status == "ready" and now
        )

    cars = upload("a,b\n1,2\n")
    digests = [cars.latest.digest, cars.latest.file_digest]
    kept.after(3 * DAY)
    kept.after(3 * DAY)
    assert [kept.inst.artifacts.exists(one) for one in digests] == [True, True]
    actions.delete_dataset(kept.inst, cars.id)
    kept.after(23 * HOUR)
    assert actions.restore_dataset(kept.inst, cars.id).id == cars.id
    actions.delete_dataset(kept.inst, cars.id)

    kept.after(25 * HOUR)

    with pytest.raises(NotFound):
        actions.restore_dataset(kept.inst, cars.id)
    with kept.inst.store.read() as t:
        assert datasets.get(t, cars.id, deleted=True) is None
    kept.after(25 * HOUR)
    assert [kept.inst.artifacts.exists(one) for one in digests] == [False, False]


def test_left_overs_go_and_what_is_in_use_does_not(kept: Kept) -> None:
    import os

    run = kept.run(1)
    inst = kept.inst
    old = time.time() - 2 * DAY
    for folder in ("att_00000000000000000000", "job_00000000000000000000"):
        (inst.attempts / folder).mkdir()
        os.utime(inst.attempts / folder, (old, old))
        (inst.attempts / f"{folder[:-1]}1").mkdir()
    for name, moment in (("up_old", old), ("up_new", time.time())):
        (inst.uploads / name).touch()
        os.utime(inst.uploads / name, (moment, moment))
    mine = inst.attempts / run.steps["n"].attempt
    os.utime(mine, (old, old))
    now = inst.clock.now()
    with inst.store.write("submit") as t:
        idempotency.keep(t, "old", "body", run.id, now - 8 * DAY)
        idempotency.keep(t, "new", "body", run.id, now - 6 * DAY)
        for name, age in (("a", 31 * DAY), ("b", DAY)):
            previews.begin(t, f"sha256:{name}", "default", now - age)
            previews.end(t, f"sha256:{name}", "default", {}, None, now - age)

    kept.after(0)

    assert sorted(one.name for one in inst.uploads.iterdir()) == ["up_new"]
    assert mine.exists()
    left = {one.name for one in inst.attempts.iterdir() if one.name[0] != "."} - {mine.name}
    assert left == {"att_00000000000000000001", "job_00000000000000000001"}
    with inst.store.read() as t:
        assert [idempotency.find(t, key) is not None for key in ("old", "new")] == [False, True]
        assert [previews.get(t, f"sha256:{name}", "default") is not None for name in "ab"] == [False, True]


def test_bytes_without_a_row_go_when_they_are_a_day_old(kept: Kept, tmp_path: Path) -> None:
    run = kept.run(1)
    digest = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    (tmp_path / "abc").write_bytes(b"abc")
    kept.inst.artifacts.put_file(tmp_path / "abc", digest)

    assert storage.sweep_bytes(kept.inst) == 0
    kept.clock.ahead += 25 * HOUR
    assert storage.sweep_bytes(kept.inst) == 1

    assert not kept.inst.artifacts.exists(digest)
    assert kept.has(run) == [True]


def test_nothing_is_removed_while_a_backup_is_taken(kept: Kept) -> None:
    kept.run(1)
    pieces = backups.back_up(kept.inst)
    next(pieces)

    with pytest.raises(Conflict, match="backup or another clean-up"):
        storage.clean(kept.inst)

    pieces.close()
    storage.clean(kept.inst)


def test_a_large_run_is_removed_in_small_transactions(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    run = kept.conducted.run(chain(12))
    with kept.inst.store.write("turn") as t:
        t.execute(events.insert(), [{"run": run.id, "seq": 100_000 + place, "body": "{}"} for place in range(1_600)])
    runs.delete_run(kept.inst, run.id)
    removed: list[int] = []
    real = database_module.Database.write

    def write(self: Any, name: Any) -> Any:
        removed.append(1) if name == "remove_run" else None
        return real(self, name)

    monkeypatch.setattr(database_module.Database, "write", write)
    kept.after(25 * HOUR)

    assert len(removed) >= 4
    with kept.inst.store.read() as t:
        assert garbage.unknown_folders(t, [step.attempt for step in run.steps.values()])


def test_what_there_is_is_said(kept: Kept) -> None:
    run = kept.run(1)
    runs.delete_run(kept.inst, kept.run(2).id)

    found = storage.describe(kept.inst)

    assert found.artifacts == 2
    assert found.artifact_bytes == 2 * run.steps["n"].outputs["result"].size
    assert (found.unused_bytes, found.deleted_runs, found.going) == (0, 1, [])
    assert 0 < found.free < found.total
