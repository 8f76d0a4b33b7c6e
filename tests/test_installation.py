"""Ids, the bus, and the lock."""

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from designer.contract.events import Event, PipelineChanged, PreviewReady
from designer.errors import Conflict, Unavailable
from designer.installation import Bus, Clock, Ids, open_installation
from designer.settings import Settings
from tests.home import home


class Jumping(Clock):
    """A clock that goes where it is told."""

    def __init__(self, *moments: float) -> None:
        self.moments = list(moments)

    def now(self) -> float:
        return self.moments.pop(0) if len(self.moments) > 1 else self.moments[0]


def test_ids_sort_by_time_even_if_the_clock_goes_back() -> None:
    ids = Ids(Jumping(1_000.0, 1_000.0, 999.0, 5.0, 1_000.001, 2_000.0))

    found = [ids("run") for _ in range(6)]

    assert found == sorted(found)
    assert len(set(found)) == 6
    assert all(re.fullmatch(r"[a-z]{2,4}_[0-9a-z]{20}", one) for one in found)


def test_ten_thousand_ids_of_one_moment_are_different() -> None:
    ids = Ids(Jumping(1.0))

    assert len({ids("att") for _ in range(10_000)}) == 10_000


def test_a_listener_that_fails_keeps_no_other_from_hearing(caplog: pytest.LogCaptureFixture) -> None:
    bus = Bus()
    heard: list[Event] = []
    event = PreviewReady(digest="d")

    def broken(_: object) -> None:
        raise ZeroDivisionError

    bus.subscribe(broken)
    end = bus.subscribe(heard.extend)
    bus.publish([event])
    end()
    bus.publish([PipelineChanged(id="p", version=1)])

    assert heard == [event]
    assert "a listener of the bus failed" in caplog.text


def test_a_home_belongs_to_one_server_and_is_free_again_afterwards(tmp_path: Path) -> None:
    with home(tmp_path) as inst:
        assert (inst.settings.home / "server.lock").stat().st_mode & 0o077 == 0
        with pytest.raises(Conflict, match="Another server is running"):
            open_installation(Settings.read({}, home=tmp_path / "home"))

    with home(tmp_path):
        pass


def test_a_broken_database_file_is_not_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "designer.db").write_bytes(b"this is no database" * 100)

    with pytest.raises(Unavailable, match="database file is damaged"):
        open_installation(Settings.read({}, home=folder, samples=False))

    assert (folder / "designer.db").read_bytes().startswith(b"this is no database")


def test_the_lock_that_a_killed_server_left_to_a_child_for_a_moment_is_waited_for(tmp_path: Path) -> None:
    lock = tmp_path / "home" / "server.lock"
    with home(tmp_path):
        pass
    dead = subprocess.Popen([sys.executable, "-c", "pass"])
    dead.wait()
    child = subprocess.Popen(
        [sys.executable, "-c",
         "import fcntl, sys\nfile = open(sys.argv[1], 'r+')\nfcntl.flock(file, fcntl.LOCK_EX)\nprint(flush=True)\n"
         "sys.stdin.read()", str(lock)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert child.stdin
    assert child.stdout
    child.stdout.readline()
    lock.write_text(f"{dead.pid}\n")
    ended = threading.Timer(0.3, child.stdin.close)
    ended.start()
    try:
        with home(tmp_path):
            assert lock.read_text() == f"{os.getpid()}\n"
    finally:
        ended.join()
        child.wait()
