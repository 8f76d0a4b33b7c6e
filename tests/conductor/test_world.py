"""The whole shell against a world that answers late, twice, badly or not at all, on a database that fails.

Everything is real (conductor, engine, store, artifacts, job folders) but the threads, the clock and the target: the
rules say in which order things happen, so that what hypothesis finds can be played again.
"""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from designer.actions import runs
from designer.conductor import Conductor, leadership
from designer.conductor.messages import Wake
from designer.contract.runs import SubmitRun
from designer.engine.status import ACTIVE, DONE_WELL, FINAL, FINAL_RUN
from designer.errors import Unavailable
from designer.installation import Clock, Installation
from designer.launcher import processes
from designer.launcher.result import write_json
from designer.store.tables import metadata
from designer.targets.base import Exited, Gone, Handle, Job, Look, Running
from designer.targets.registry import Targets
from tests.faults import Faults, faulty
from tests.home import document, home
from tests.invariants import assert_invariants, state_is_what_events_say

COUNTED: Counter[str] = Counter()


class Moments(Clock):
    """A clock that only rules move."""

    def __init__(self) -> None:
        self.moment = 1_800_000_000.0

    def now(self) -> float:
        return self.moment

    def monotonic(self) -> float:
        return self.moment


@dataclass
class Scripted:
    """A target on which jobs do what rules say. It outlives the conductors, as processes do."""

    name: str = "local"
    slots: int = 3
    here: bool = True
    begun: Counter[str] = field(default_factory=Counter)  # how often a job was begun, not only asked for
    state: dict[str, Look] = field(default_factory=dict)
    stopping: set[str] = field(default_factory=set)
    folders: dict[str, Path] = field(default_factory=dict)
    refuses: int = 0  # how many starts are refused from now on
    tell: Callable[[str], None] = lambda _: None

    def start(self, job: Job) -> Handle:
        if self.refuses:
            self.refuses -= 1
            raise Unavailable("The target refuses.", cure="Ask it again.")
        if job.name not in self.state:
            self.state[job.name] = Running()
            self.folders[job.name] = job.folder
            self.begun[job.name] += 1
            (job.folder / "job.lock").touch()
        return {"name": job.name, "folder": str(job.folder), "pid": 1, "start_time": -1, "boot_id": processes.boot_id()}

    def adopt(self, handle: Handle) -> None:
        assert handle["name"] in self.state

    def look(self, handle: Handle) -> Look:
        return self.state[handle["name"]]

    def stop(self, handle: Handle, grace: float = 10.0) -> None:
        self.stopping.add(handle["name"])

    def logs(self, handle: Handle, stream: str, offset: int, limit: int) -> bytes:
        return b""

    def clean(self, handle: Handle) -> None:
        if isinstance(self.state[handle["name"]], Running):
            self.state[handle["name"]] = Gone("it was cleaned away")

    def watch(self, changed: Callable[[str], None]) -> None:
        self.tell = changed

    def close(self) -> None:
        """Nothing is open."""

    def notices(self) -> list[str]:
        return []

    def trouble(self) -> str:
        return ""

    def load(self) -> None:
        return None

    def runs(self, name: str) -> None:
        """Its launcher has taken the job: from now on it may have run."""
        folder = self.folders[name]
        (folder / "job.lock").write_text("{}")

    def ends(self, name: str, how: str) -> None:
        """A job comes to its end."""
        folder = self.folders[name]
        if how == "never":
            self.state[name] = Gone("it never began", never_ran=True)
            return
        self.runs(name)
        if how == "lost":
            self.state[name] = Gone("it was killed")
            return
        result: dict[str, Any] = {"status": how, "exit_code": 0, "signal": None, "error": None, "outputs": {}}
        if how == "completed":
            from hashlib import sha256

            job = json.loads((folder / "job.json").read_text())
            (folder / "out").mkdir(exist_ok=True)
            data = json.dumps({"number": job["parameters"].get("number", 0)}).encode()
            (folder / "out" / "result.json").write_bytes(data)
            result["outputs"] = {
                "result": {"path": "out/result.json", "type": "metrics", "size": len(data),
                           "digest": "sha256:" + sha256(data).hexdigest()}
            }  # fmt: skip
        elif how == "failed":
            result["error"] = {"kind": "ValueError", "message": "no", "cure": "Give it another value."}
        write_json(str(folder / "result.json"), result)
        self.state[name] = Exited(0)


class Later:
    """A pool whose work is done when a rule says so, in any order."""

    def __init__(self) -> None:
        self.work: list[tuple[Callable[[], Any], Future[None]]] = []

    def submit(self, function: Callable[..., Any], *arguments: Any) -> "Future[None]":
        future: Future[None] = Future()
        self.work.append((partial(function, *arguments), future))
        return future

    def do(self, place: int) -> None:
        function, future = self.work.pop(place)
        function()
        future.set_result(None)


@dataclass
class Never:
    """An event that nobody waits for."""

    def is_set(self) -> bool:
        return False

    def wait(self, _: float) -> bool:
        return False


class World(RuleBasedStateMachine):
    """One installation; conductors come and go."""

    opened: Installation  # empty at the begin of each example

    @initialize(continue_on=st.booleans(), slots=st.integers(1, 3), seed=st.integers(0, 1_000))
    def begin(self, continue_on: bool, slots: int, seed: int) -> None:
        empty(self.opened)
        self.clock = Moments()
        self.target = Scripted(slots=slots)
        self.inst: Installation = replace(self.opened, clock=self.clock, targets=Targets({"local": self.target}))
        self.faults = Faults({"fail_before": 0.3, "applied_but_error": 0.4, "disk_full": 0.3}, seed, most=0)
        self.faulty = faulty(self.inst.store, self.faults)
        self.faulty.__enter__()
        self.continue_on = continue_on
        self.submitted: dict[str, str] = {}  # by key
        self.ended: dict[Any, Any] = {}
        self.restarts = 0
        self.take_up()

    def take_up(self) -> None:
        """A server starts."""
        self.conductor = Conductor(self.inst)
        self.pool = Later()
        self.conductor._pool = self.pool  # type: ignore[assignment]
        self.conductor._ended = Never()  # type: ignore[assignment]
        self.target.watch(self.conductor._changed)
        self.left: list[Any] = [Wake()]

    def round(self) -> None:
        self.left = self.conductor._round([*self.left, Wake()]) or []
        COUNTED["rounds"] += 1

    # What people do

    @rule(data=st.data())
    def submit(self, data: st.DataObject) -> None:
        if len(self.submitted) >= 3:
            return
        size = data.draw(st.integers(1, 5))
        nodes: dict[str, Any] = {}
        for place in range(size):
            before = sorted(data.draw(st.sets(st.integers(0, place - 1), max_size=2))) if place else []
            node: dict[str, Any] = {
                "module": "number@1",
                "parameters": {"number": data.draw(st.integers(0, 3))},
                "reuse": False,
            }
            if before and data.draw(st.booleans()):
                node = {"module": "add@1", "inputs": {"value": f"n{before[0]}.result"}, "reuse": False}
                before = before[1:]
            if before:
                node["after"] = [f"n{one}" for one in before]
            if data.draw(st.booleans()):
                node |= {"retries": data.draw(st.integers(1, 2)), "retry_delay": data.draw(st.sampled_from([0.0, 5.0]))}
            nodes[f"n{place}"] = node
        settings_ = {"continue_on_step_failure": self.continue_on}
        key = f"key {len(self.submitted)}"
        request = SubmitRun(document=document(nodes, settings=settings_))
        for _ in range(20):
            try:
                id_ = runs.submit_run(self.inst, request, key=key).id
                break
            except Unavailable:
                continue
        else:
            return
        self.submitted[key] = id_

    @precondition(lambda self: self.submitted)
    @rule(data=st.data(), whole=st.booleans())
    def cancel(self, data: st.DataObject, whole: bool) -> None:
        id_ = data.draw(st.sampled_from(sorted(self.submitted.values())))
        try:
            if whole:
                runs.cancel_run(self.inst, id_)
            else:
                node = data.draw(st.sampled_from(sorted(runs.get_run(self.inst, id_).steps)))
                runs.cancel_step(self.inst, id_, node)
        except Unavailable:
            return

    # What the world does

    @rule()
    def decide(self) -> None:
        self.round()

    @rule(first=st.booleans())
    def goes_on(self, first: bool) -> None:
        """Decide, and do what was decided, in order or the other way round."""
        self.round()
        while self.pool.work:
            self.pool.do(0 if first else len(self.pool.work) - 1)
        self.round()

    @precondition(lambda self: any(isinstance(state, Running) for state in self.target.state.values()))
    @rule()
    def all_ends_well(self) -> None:
        for name, state in self.target.state.items():
            if isinstance(state, Running):
                self.target.ends(name, "completed")
        self.goes_on(first=True)

    @precondition(lambda self: self.pool.work)
    @rule(data=st.data())
    def work(self, data: st.DataObject) -> None:
        self.pool.do(data.draw(st.integers(0, len(self.pool.work) - 1)))

    @rule(data=st.data(), how=st.sampled_from(["completed", "completed", "completed", "failed", "lost", "never"]),
          told=st.booleans())  # fmt: skip
    def job_ends(self, data: st.DataObject, how: str, told: bool) -> None:
        going = sorted(name for name, state in self.target.state.items() if isinstance(state, Running))
        if not going:
            return
        name = data.draw(st.sampled_from(going))
        if how == "never" and (self.target.folders[name] / "job.lock").stat().st_size:
            how = "lost"
        self.target.ends(name, how)
        if told:
            self.target.tell(name)

    @precondition(lambda self: self.target.stopping)
    @rule(data=st.data(), hears=st.booleans())
    def job_hears_a_stop(self, data: st.DataObject, hears: bool) -> None:
        name = data.draw(st.sampled_from(sorted(self.target.stopping)))
        self.target.stopping.discard(name)
        if isinstance(self.target.state[name], Running):
            self.target.ends(name, "canceled" if hears else "completed")
            self.target.tell(name)

    @rule(data=st.data())
    def something_is_said_twice(self, data: st.DataObject) -> None:
        if self.target.state:
            self.target.tell(data.draw(st.sampled_from(sorted(self.target.state))))

    @rule(seconds=st.sampled_from([0.5, 3.0, 10.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.moment += seconds

    @rule(count=st.integers(1, 2))
    def target_refuses(self, count: int) -> None:
        self.target.refuses = count

    # What goes wrong

    @precondition(lambda self: self.restarts < 4)
    @rule()
    def server_is_killed(self) -> None:
        self.restarts += 1
        COUNTED["restarts"] += 1
        self.take_up()

    @rule(count=st.integers(1, 3), reads=st.sampled_from([0.0, 0.2]))
    def database_fails(self, count: int, reads: float) -> None:
        self.faults.most = self.faults.done.total() + count
        self.faults.reads = reads

    @rule()
    def database_is_looked_at(self) -> None:
        self.conductor._housekeeping._probed = float("-inf")
        try:
            self.conductor._housekeeping.look()
        except Unavailable:
            return

    # What must hold all the time

    @invariant()
    def nothing_contradicts(self) -> None:
        before, self.faults.most = self.faults.most, 0
        for id_ in self.submitted.values():
            run = runs.get_run(self.inst, id_)
            state_is_what_events_say(self.inst, run)
            for node, step in run.steps.items():
                assert (step.outputs != {}) == (step.status in DONE_WELL), f"{node} is {step.status}"
                if step.status in ACTIVE:
                    assert step.attempt
                kept = self.ended.setdefault((id_, node), step) if step.status in FINAL else step
                assert kept == step, f"{node} was {kept.status} and is {step.status}"
        assert all(count == 1 for count in self.target.begun.values()), "no attempt is begun twice"
        self.faults.most = before

    def teardown(self) -> None:
        """When the world answers from now on, everything ends."""
        if not hasattr(self, "inst"):
            return
        try:
            self.faults.most = 0
            self.target.refuses = 0
            for _ in range(300):
                self.clock.moment += 5.0
                self.database_is_looked_at()
                self.round()
                while self.pool.work:
                    self.pool.do(0)
                for name, state in self.target.state.items():
                    if isinstance(state, Running):
                        self.target.ends(name, "canceled" if name in self.target.stopping else "completed")
                if self.is_over():
                    break
            left = [runs.get_run(self.inst, id_).counts for id_ in self.submitted.values()]
            assert self.is_over(), f"the runs do not end: {left}"
            assert_invariants(self.inst, submitted=len(self.submitted))
            COUNTED["examples"] += 1
            COUNTED["runs"] += len(self.submitted)
            COUNTED["faults"] += self.faults.done.total()
        finally:
            self.faulty.__exit__(None, None, None)

    def is_over(self) -> bool:
        from designer.store import outbox, requests

        with self.inst.store.read() as t:
            undone = [*outbox.open_tasks(t), *requests.waiting(t)]
        return not undone and all(runs.get_run(self.inst, id_).status in FINAL_RUN for id_ in self.submitted.values())


@pytest.fixture(autouse=True)
def count() -> Iterator[None]:
    COUNTED.clear()
    yield
    print(f"\nthe whole shell: {dict(COUNTED)}")


CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def empty(inst: Installation) -> None:
    """Make an installation as good as new."""
    inst.store.fault = None
    with inst.store.write("turn") as t:
        for table in reversed(metadata.sorted_tables):
            t.execute(table.delete())
    for folder in inst.attempts.iterdir():
        shutil.rmtree(folder)


def test_whatever_happens_in_whatever_order_on_either_database(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The clock of rules is not the database's: no lease ends by the one, and by the other each can be taken.
    monkeypatch.setattr(leadership, "LEASE_SECONDS", 1e6)
    with home(tmp_path, database_url) as inst:

        class Here(World):
            opened = inst

        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            Here, settings=settings(max_examples=20 if database_url else 80, stateful_step_count=50, deadline=None,
                                    suppress_health_check=CHECKS)
        )  # fmt: skip
