"""The power fails: of the write-ahead log only its first bytes reached the disk. What had been acknowledged by then is there."""

import os
import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from designer.actions import runs
from designer.engine.status import FINAL_RUN
from designer.installation import Installation
from tests.conductor.conftest import conducting
from tests.crash.conftest import COUNTED
from tests.crash.scenes import COUNT, Person
from tests.crash.scenes import pipeline as scene_pipeline
from tests.home import chain, document, home, wait_for
from tests.invariants import assert_invariants, state_is_what_events_say

CUTS = 40


@dataclass
class Recorded:
    """What was acknowledged, and how long the log was then."""

    folder: Path
    commits: list[tuple[int, str, dict[str, int]]] = field(default_factory=list)
    """Per commit: bytes of the log, what it was, and the newest event of each run."""


def newest(database: sqlite3.Connection) -> dict[str, int]:
    return dict(database.execute("SELECT run, max(seq) FROM events GROUP BY run").fetchall())


@contextmanager
def recording(inst: Installation, recorded: Recorded) -> Iterator[None]:
    """Note after every commit what is in the database from then on."""
    real = inst.store._write
    assert inst.store.file is not None
    log = inst.store.file.with_name(inst.store.file.name + "-wal")
    beside = sqlite3.connect(f"{inst.store.file.as_uri()}?mode=ro", uri=True, check_same_thread=False)

    @contextmanager
    def write(name: Any) -> Iterator[Any]:
        with lock:
            with real(name) as t:
                yield t
            recorded.commits.append((log.stat().st_size, name, newest(beside)))

    import threading

    lock = threading.Lock()
    inst.store._write = write  # type: ignore[method-assign]
    try:
        yield
    finally:
        del inst.store._write
        beside.close()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """A home as the power cut left it, with a log that was never moved into the file."""
    folder = tmp_path_factory.mktemp("recorded")
    found = Recorded(tmp_path_factory.mktemp("cut"))
    with home(folder, slots=4) as inst:
        with conducting(inst) as conducted, recording(inst, found):
            first = conducted.submit(chain(4))
            nodes = scene_pipeline(Person(inst, folder))["nodes"]
            chosen = {name: nodes[name] for name in ("flaky", "left", "right", "sum", "bad", "after_bad", "long")}
            second = conducted.submit(document(chosen, settings={"continue_on_step_failure": True}))
            wait_for("the long step", lambda: (folder / "long.txt").exists())
            runs.cancel_step(inst, second.id, "long")
            for run in (first, second):
                conducted.ended(run)
        for name in ("designer.db", "designer.db-wal"):
            shutil.copy(inst.settings.home / name, found.folder / name)
        for name in ("artifacts", "attempts"):
            shutil.copytree(inst.settings.home / name, found.folder / name, symlinks=True)
    assert COUNT
    return found


def after_the_cut(recorded: Recorded, folder: Path, length: int, torn: bytes = b"") -> None:
    """Make the home in which only so many bytes of the log, and some of no sense, are left."""
    place = folder / "home"
    place.mkdir(parents=True)
    shutil.copy(recorded.folder / "designer.db", place)
    log = (recorded.folder / "designer.db-wal").read_bytes()[:length]
    (place / "designer.db-wal").write_bytes(log + torn)
    for name in ("artifacts", "attempts"):
        shutil.copytree(recorded.folder / name, place / name, symlinks=True)


def lengths(recorded: Recorded) -> list[int]:
    """Where the log is cut: at each end of a commit or so, and anywhere."""
    chance = random.Random(7)
    whole = (recorded.folder / "designer.db-wal").stat().st_size
    ends = [length for length, _, _ in recorded.commits]
    near = [
        max(0, min(whole, end + chance.choice([-1, 0, 1, 24, -24])))
        for end in chance.sample(ends, min(len(ends), CUTS // 2))
    ]
    return [*near, *(chance.randrange(whole + 1) for _ in range(CUTS - len(near)))]


@pytest.mark.parametrize("cut", range(CUTS))
def test_what_was_acknowledged_before_the_cut_is_there(recorded: Recorded, tmp_path: Path, cut: int) -> None:
    length = lengths(recorded)[cut]
    after_the_cut(recorded, tmp_path, length, os.urandom(random.Random(cut).choice([0, 0, 100, 5000])))
    acknowledged = [seen for end, _, seen in recorded.commits if end <= length]
    promised = acknowledged[-1] if acknowledged else {}

    with home(tmp_path) as inst:
        assert inst.store.file is not None
        with sqlite3.connect(inst.store.file) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert database.execute("PRAGMA foreign_key_check").fetchall() == []
            there = newest(database)
        assert {run: there.get(run, 0) >= seq for run, seq in promised.items()} == dict.fromkeys(promised, True)
        assert there in [{}, *(seen for _, _, seen in recorded.commits)], "a commit is there whole or not at all"
        for run in there:
            state_is_what_events_say(inst, runs.get_run(inst, run))
        assert_invariants(inst, ended=False, submitted=len(there))
    COUNTED["cuts of the log"] += 1


@pytest.mark.parametrize("cut", range(0, CUTS, 8))
def test_what_goes_on_after_the_cut_ends_as_it_would_have(recorded: Recorded, tmp_path: Path, cut: int) -> None:
    length = lengths(recorded)[cut]
    after_the_cut(recorded, tmp_path, length)

    with home(tmp_path, slots=4) as inst, conducting(inst) as conducted:
        for one in runs.list_runs(inst).items:
            if "long" in runs.get_run(inst, one.id).steps:
                runs.cancel_step(inst, one.id, "long")
            ended = conducted.ended(one)  # type: ignore[arg-type]
            assert ended.status in FINAL_RUN
            assert {node: step.status.value for node, step in ended.steps.items()} in (
                {f"n{place}": "completed" for place in range(4)},
                {"flaky": "completed", "left": "completed", "right": "completed", "sum": "completed", "bad": "failed",
                 "after_bad": "skipped", "long": "canceled"},
            )  # fmt: skip
        assert_invariants(inst)
