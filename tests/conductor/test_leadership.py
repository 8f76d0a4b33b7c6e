"""One engine at a time: a second one stands by, one that was paused writes nothing when it wakes."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from designer.actions import runs, system
from designer.contract.runs import Run
from designer.installation import Installation
from designer.launcher import processes
from designer.store import leadership
from designer.store.leadership import Leader
from designer.store.tables import leadership as table
from tests.conductor.conftest import Conducted, conducting
from tests.conductor.test_runs import go, starts, wait_node
from tests.home import chain, document, home, wait_for

ROOT = Path(__file__).resolve().parents[2]
LEASE = 15.0


@dataclass
class Engine:
    """A conductor in a process of its own."""

    process: "subprocess.Popen[str]"
    said: Path

    def log(self) -> str:
        return self.said.read_text()

    def end(self, number: int = signal.SIGKILL) -> int:
        self.process.send_signal(signal.SIGCONT)
        self.process.send_signal(number)
        return self.process.wait(30)


@pytest.fixture
def engine(tmp_path: Path, postgres_database: str) -> Iterator[Callable[..., Engine]]:
    """Start engines on one PostgreSQL database; they share attempts and artifacts."""
    made: list[Engine] = []
    for shared in ("attempts", "artifacts"):
        (tmp_path / "shared" / shared).mkdir(parents=True)

    def start(name: str, lease: float = LEASE) -> Engine:
        folder = tmp_path / name
        if not folder.exists():
            (folder / "home").mkdir(parents=True)
            for shared in ("attempts", "artifacts"):
                (folder / "home" / shared).symlink_to(tmp_path / "shared" / shared)
        said = folder / "said"
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.conductor.serve", str(folder), "--database", postgres_database,
             "--lease", str(lease)],
            stdout=subprocess.PIPE, stderr=said.open("a"), text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        made.append(Engine(process, said))
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", said.read_text()
        return made[-1]

    yield start
    for one in made:
        if one.process.poll() is None:
            one.end()


@pytest.fixture
def watched(tmp_path: Path, postgres_database: str, engine: object) -> Iterator[Conducted]:
    """The same installation, seen by one that conducts nothing."""
    (tmp_path / "seen" / "home").mkdir(parents=True)
    for shared in ("attempts", "artifacts"):
        (tmp_path / "seen" / "home" / shared).symlink_to(tmp_path / "shared" / shared)
    with home(tmp_path / "seen", postgres_database) as inst:
        yield Conducted(inst)


def leader(inst: Installation) -> Leader | None:
    with inst.store.read() as t:
        return leadership.holder(t)


def test_a_second_engine_says_who_is_active_and_takes_over_when_that_one_dies(
    engine: Callable[..., Engine], watched: Conducted, tmp_path: Path
) -> None:
    first, second = engine("first"), engine("second")
    pid = first.process.pid
    wait_for(
        "the second to stand by", lambda: f"another engine is active ({os.uname().nodename}, pid {pid})" in second.log()
    )
    run = watched.submit(document({"a": wait_node(tmp_path, "a"), "b": wait_node(tmp_path, "b", "a")}))
    wait_for("the first step", lambda: starts(tmp_path, "a"))
    seen = system.describe(watched.inst)
    assert seen.engine is not None
    assert (seen.engine.pid, seen.engine.here) == (pid, False)

    first.end()

    go(tmp_path, "a")
    wait_for("the second step", lambda: starts(tmp_path, "b"))
    go(tmp_path, "b")
    assert watched.ended(run).status == "completed"
    assert (starts(tmp_path, "a"), starts(tmp_path, "b")) == (1, 1)
    found = leader(watched.inst)
    assert found is not None
    assert (found.pid, found.epoch) == (second.process.pid, 2)
    watched.assert_invariants(run)


def test_an_engine_that_was_paused_writes_nothing_when_it_wakes(
    engine: Callable[..., Engine], watched: Conducted, tmp_path: Path
) -> None:
    first, second = engine("first", lease=4.0), engine("second")
    nodes = {"a": wait_node(tmp_path, "a"), "b": wait_node(tmp_path, "b", "a"), "c": wait_node(tmp_path, "c")}
    run = watched.submit(document(nodes))
    wait_for("two steps", lambda: starts(tmp_path, "a") and starts(tmp_path, "c"))

    first.process.send_signal(signal.SIGSTOP)
    wait_for("the second to take over", lambda: (now := leader(watched.inst)) and now.pid == second.process.pid)
    go(tmp_path, "a")
    wait_for("the third step", lambda: starts(tmp_path, "b"))
    first.process.send_signal(signal.SIGCONT)
    wait_for("the first to stand back", lambda: "stands back" in first.log())
    wait_for("the first to stand by", lambda: f"pid {second.process.pid}): standing by" in first.log())
    for name in ("b", "c"):
        go(tmp_path, name)

    assert watched.ended(run).status == "completed"
    assert [starts(tmp_path, name) for name in ("a", "b", "c")] == [1, 1, 1]
    found = leader(watched.inst)
    assert found is not None
    assert found.epoch == 2
    watched.assert_invariants(run)


def test_leaders_are_killed_again_and_again_and_every_run_ends_once(
    engine: Callable[..., Engine], watched: Conducted, tmp_path: Path
) -> None:
    engines = {name: engine(name) for name in ("one", "two", "three")}
    submitted: list[Run] = []
    for _ in range(6):
        submitted.append(watched.submit(chain(4)))
        found = wait_for("a leader", lambda: leader(watched.inst))
        name = next(name for name, one in engines.items() if one.process.pid == found.pid)
        engines[name].end()
        engines[name] = engine(name)
        wait_for("the next", lambda before=found.epoch: (now := leader(watched.inst)) and now.epoch > before)

    for run in submitted:
        assert watched.ended(run).status == "completed"
        watched.assert_invariants(run)
    now = leader(watched.inst)
    assert now is not None
    assert now.epoch == 7


def test_an_engine_that_ends_well_hands_over_at_once(engine: Callable[..., Engine], watched: Conducted) -> None:
    first = engine("first")

    assert first.end(signal.SIGTERM) == 0

    assert leader(watched.inst) is None
    second = engine("second")
    found = wait_for("the second", lambda: leader(watched.inst))
    assert (found.pid, found.epoch) == (second.process.pid, 2)


@pytest.fixture
def rival() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that lives and could be an engine."""
    process = subprocess.Popen(["sleep", "600"])
    yield process
    process.kill()
    process.wait(10)


def depose(inst: Installation, process: "subprocess.Popen[bytes]") -> None:
    """Let another process hold the lease, as if this one had been paused meanwhile."""
    started = processes.start_time(process.pid)
    assert started is not None
    with inst.store.write("turn") as t:
        until = t.execute(sa.select(table.c.until)).scalar_one()
        values = vars(replace(leadership.here(), host="elsewhere", pid=process.pid, started=started, epoch=100))
        t.execute(table.update().values(values | {"until": max(until, 1.0)}))


def test_the_writes_of_a_deposed_engine_are_refused_until_the_other_is_gone(
    tmp_path: Path, database_url: str, rival: "subprocess.Popen[bytes]", caplog: pytest.LogCaptureFixture
) -> None:
    with home(tmp_path, database_url) as inst, conducting(inst) as conducted:
        run = conducted.submit(document({"a": wait_node(tmp_path, "a"), "b": wait_node(tmp_path, "b", "a")}))
        conducted.until(run, "a", "running")
        depose(inst, rival)
        before = runs.run_events(inst, run.id, 0).items

        go(tmp_path, "a")
        wait_for("it to stand back", lambda: "stands back" in caplog.text)
        wait_for("it to stand by", lambda: f"another engine is active (elsewhere, pid {rival.pid})" in caplog.text)
        same = [event for event in runs.run_events(inst, run.id, 0).items if event not in before]
        rival.kill()
        rival.wait(10)
        go(tmp_path, "b")

        assert [event.step.status for event in same if event.kind == "step" and event.step.status != "running"] == []
        assert conducted.ended(run).status == "completed"
        assert (starts(tmp_path, "a"), starts(tmp_path, "b")) == (1, 1)
        found = leader(inst)
        assert found is not None
        assert found.epoch == 101
        conducted.assert_invariants(run)


def test_only_one_of_many_that_come_at_once_gets_the_lease(tmp_path: Path, postgres_database: str) -> None:
    import threading

    with home(tmp_path, postgres_database) as inst:
        found: list[int | None] = []

        def take() -> None:
            from designer.store.database import Taken

            try:
                with inst.store.write("lead") as t:
                    found.append(leadership.take(t, leadership.here(), 60))
            except Taken:
                found.append(None)

        threads = [threading.Thread(target=take) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        assert sorted(found, key=str) == [1, *[None] * 7]


def test_a_server_says_which_engine_is_active(conducted: Conducted) -> None:
    seen = system.describe(conducted.inst)

    assert seen.engine is not None
    assert (seen.engine.pid, seen.engine.here) == (os.getpid(), True)
    assert not any("engine" in notice for notice in seen.notices)


def test_a_turn_asks_once_and_writes_nothing_more_on_sqlite(
    conducted: Conducted, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[str] = []
    real = conducted.inst.store.write

    def write(name: Any, *more: Any) -> Any:
        names.append(name)
        return real(name, *more)

    monkeypatch.setattr(conducted.inst.store, "write", write)

    assert conducted.run(chain(3)).status == "completed"
    assert set(names) == {"submit", "turn"}
