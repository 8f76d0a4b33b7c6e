"""Putting, referring, deleting, marking, collecting, in any order and cut anywhere: what is referred to is always there."""

import hashlib
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from designer.actions import storage
from designer.engine.run import Output, Step
from designer.engine.status import RunStatus, StepStatus
from designer.installation import Clock
from designer.store import garbage, retention, runs, steps
from designer.store.runs import StoredRun
from designer.store.steps import StepPlan, StoredStep
from designer.store.tables import artifacts, outputs
from tests.home import home

CONTENTS = [b"zero", b"one"]
DIGESTS = ["sha256:" + hashlib.sha256(data).hexdigest() for data in CONTENTS]
which = st.sampled_from([0, 0, 0, 1])
GRACE = 86_400.0


class Standing(Clock):
    """A clock that moves when it is told to."""

    moment = 1_000_000_000.0

    def now(self) -> float:
        return self.moment


class Garbage(RuleBasedStateMachine):
    """A store of artifacts, runs that refer to them, and a clean-up in pieces."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.clock = Standing()
        inst = self.stack.enter_context(home(folder, keep_runs_days=0.0, keep_runs_count=0, keep_bytes=10**15))
        self.inst = replace(inst, clock=self.clock)
        self.inst.artifacts._now = self.clock.now
        self.folder = folder
        self.count = 0
        self.runs: list[str] = []
        self.put: dict[int, float] = {}  # when the bytes of what is not referred to yet were put
        self.seen: dict[int, float] = {}  # when a result was looked up that is not referred to yet
        self.retired = False  # something may be collected
        self.doomed: list[tuple[str, float]] = []  # rows that went, bytes that did not yet

    def teardown(self) -> None:
        self.stack.close()

    def refer(self, number: int) -> None:
        """A run that ended, whose output is this."""
        self.count += 1
        id_ = f"run_{self.count:020}"
        now = self.clock.moment
        run = StoredRun(id_, "", "", RunStatus.COMPLETED, "", "", "Default", now, now, now, {}, {}, {}, "", "", False, False, False,
                        "", 0, {})  # fmt: skip
        plan = StepPlan("n", 0, "n")
        state = replace(steps.new_state(plan, "local"), status=StepStatus.COMPLETED)
        assert isinstance(state, Step)
        with self.inst.store.write("turn") as t:
            runs.add(t, run)
            steps.add(t, id_, [StoredStep(plan, state)])
            steps.publish(t, [(id_, "n", "", {"data": Output(DIGESTS[number], "file", len(CONTENTS[number]))})], now)
        self.runs.append(id_)

    @rule(number=which)
    def put_bytes(self, number: int) -> None:
        file = self.folder / "made"
        file.write_bytes(CONTENTS[number])
        self.inst.artifacts.put_file(file, DIGESTS[number])
        self.put[number] = self.clock.moment

    @precondition(lambda self: self.put)
    @rule(number=which)
    def refer_to_what_was_put(self, number: int) -> None:
        if self.clock.moment - self.put.pop(number, float("-inf")) < storage.SAFE_SECONDS:
            self.refer(number)

    @precondition(lambda self: self.runs)
    @rule(number=which)
    def look_a_result_up(self, number: int) -> None:
        with self.inst.store.read() as t:
            if t.execute(sa.select(outputs.c.run).where(outputs.c.digest == DIGESTS[number])).first():
                self.seen[number] = self.clock.moment

    @precondition(lambda self: self.seen)
    @rule(number=which)
    def refer_to_what_was_looked_up(self, number: int) -> None:
        if self.clock.moment - self.seen.pop(number, float("-inf")) < storage.SAFE_SECONDS:
            self.refer(number)

    @precondition(lambda self: self.runs)
    @rule(data=st.data())
    def delete_a_run(self, data: st.DataObject) -> None:
        id_ = data.draw(st.sampled_from(self.runs))
        with self.inst.store.write("delete_run") as t:
            retention.hide(t, [id_], self.clock.moment)

    @precondition(lambda self: self.runs)
    @rule(data=st.data())
    def bring_a_run_back(self, data: st.DataObject) -> None:
        id_ = data.draw(st.sampled_from(self.runs))
        with self.inst.store.write("restore_run") as t:
            retention.bring_back(t, id_, self.clock.moment - GRACE)

    @rule(seconds=st.sampled_from([1.0, 300.0, 3_600.0, GRACE, 2 * GRACE]))
    def time_passes(self, seconds: float) -> None:
        self.clock.moment += seconds

    @precondition(lambda self: self.runs)
    @rule()
    def remove_runs(self) -> None:
        storage._remove_runs(self.inst, self.clock.moment - GRACE)
        with self.inst.store.read() as t:
            self.runs = [id_ for id_ in self.runs if runs.listed(t, id_) is not None]

    @rule()
    def mark(self) -> None:
        storage._mark(self.inst)
        self.retired = True

    @precondition(lambda self: self.retired)
    @rule(grace=st.sampled_from([storage.SAFE_SECONDS, GRACE]))
    def collect_rows(self, grace: float) -> None:
        before = self.clock.moment - grace
        with self.inst.store.read() as t:
            found = garbage.marked(t, before, 10)
        with self.inst.store.write("collect_unused") as t:
            gone = garbage.collect(t, found, before)
        self.doomed += [(digest, before) for digest in gone]

    @precondition(lambda self: self.doomed)
    @rule(data=st.data())
    def remove_bytes(self, data: st.DataObject) -> None:
        digest, before = self.doomed.pop(data.draw(st.integers(0, len(self.doomed) - 1)))
        storage.remove_bytes(self.inst, [digest], before)

    @rule(number=which)
    def make_a_run(self, number: int) -> None:
        """The usual way there, at once."""
        self.put_bytes(number)
        self.refer_to_what_was_put(number)

    @precondition(lambda self: self.runs)
    @rule()
    def retire_all_runs(self) -> None:
        """The usual way out, at once: up to the moment when rows may be collected."""
        with self.inst.store.write("retire_runs") as t:
            retention.hide(t, self.runs, self.clock.moment)
        self.time_passes(1.1 * GRACE)
        self.remove_runs()
        self.mark()
        self.time_passes(1.1 * GRACE)
        self.retired = True

    @precondition(lambda self: self.doomed)
    @rule()
    def die(self) -> None:
        """What was to be done after a commit is not done, what was put is not referred to."""
        self.doomed.clear()
        self.put.clear()
        self.seen.clear()

    @rule()
    def sweep(self) -> None:
        storage.sweep_bytes(self.inst)

    @rule()
    def clean_whole(self) -> None:
        storage.clean(self.inst)
        with self.inst.store.read() as t:
            self.runs = [id_ for id_ in self.runs if runs.listed(t, id_) is not None]

    @invariant()
    def what_is_referred_to_is_there(self) -> None:
        with self.inst.store.read() as t:
            used = set(t.execute(sa.select(outputs.c.digest)).scalars())
            known = set(t.execute(sa.select(artifacts.c.digest)).scalars())
        assert used <= known
        for digest in used:
            assert self.inst.artifacts.verify(digest) is not None


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
class TestGarbage(Garbage.TestCase):  # type: ignore[name-defined,misc]
    """The machine, at work."""

    settings = settings(max_examples=80, stateful_step_count=30, deadline=None)


def test_nothing_that_is_unused_stays_for_ever() -> None:
    machine = Garbage()
    try:
        machine.put_bytes(0)
        machine.put_bytes(1)
        machine.refer_to_what_was_put(0)
        (run,) = machine.runs
        with machine.inst.store.write("delete_run") as t:
            retention.hide(t, [run], machine.clock.moment)
        for _ in range(3):
            machine.clock.moment += 1.1 * GRACE
            machine.clean_whole()
            machine.sweep()

        assert list(machine.inst.artifacts.iterate()) == []
        with machine.inst.store.read() as t:
            assert garbage.bytes_kept(t) == (0, 0, 0)
    finally:
        machine.teardown()
