"""Nothing can be written for a while: runs wait, everyone is told why, and all goes on by itself. Nothing is lost."""

import errno
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from designer.actions import system
from designer.contract.events import StepChanged
from designer.errors import Unavailable
from designer.installation import Installation, open_installation
from designer.store import database as store_module
from designer.store import space as space_module
from designer.targets.process import ProcessTarget
from tests.conductor.conftest import Conducted, conducting
from tests.conductor.test_runs import go, starts, wait_node
from tests.home import chain, document, home, wait_for


def told(inst: Installation) -> list[str]:
    """The codes of all notices that a person must act on."""
    return [notice.code for notice in system.notices(inst) if notice.severity == "error"]


def starts_of(conducted: Conducted) -> list[str]:
    """The attempts of all steps that ever began to be prepared."""
    found = [one.step.attempt for one in conducted.events if isinstance(one, StepChanged) and one.step.attempt]
    return list(dict.fromkeys(found))


def pages(inst: Installation, pragma: str) -> int:
    with inst.store._raw() as connection:
        return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


def test_a_database_that_is_full_pauses_runs_until_there_is_room(conducted: Conducted, tmp_path: Path) -> None:
    inst = conducted.inst
    run = conducted.submit(
        document({"a": wait_node(tmp_path, "a"), "b": {"module": "add@1", "inputs": {"value": "a.result"}}})
    )
    wait_for("the start", lambda: starts(tmp_path, "a"))
    pages(inst, f"max_page_count={pages(inst, 'page_count')}")
    wait_for("the database to be full", lambda: "database" in told(inst))
    notice = system.notices(inst)[0]
    assert (notice.message, notice.cure) == ("The disk is full.", "Free some space; then all goes on.")
    go(tmp_path, "a")
    assert conducted.get(run).status == "running"

    pages(inst, "max_page_count=1000000")

    ended = conducted.ended(run)
    assert ended.status == "completed"
    assert [step.attempts for step in ended.steps.values()] == [1, 1]
    wait_for("the notice to go", lambda: told(inst) == [])
    conducted.assert_invariants(ended)


def test_a_database_that_another_program_locks_is_waited_for(
    conducted: Conducted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inst = conducted.inst
    assert inst.store.file is not None
    with inst.store._raw() as connection:
        connection.execute("PRAGMA busy_timeout=100").fetchall()
    run = conducted.submit(
        document({"a": wait_node(tmp_path, "a"), "b": {"module": "add@1", "inputs": {"value": "a.result"}}})
    )
    wait_for("the start", lambda: starts(tmp_path, "a"))
    other = sqlite3.connect(inst.store.file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    go(tmp_path, "a")
    wait_for("the lock to be noticed", lambda: "database" in told(inst))
    assert system.notices(inst)[0].message == "The database is locked by another program."
    assert conducted.get(run).status == "running", "reading goes on"
    with pytest.raises(Unavailable, match="locked by another program"):
        conducted.submit(chain(1))

    other.execute("ROLLBACK")

    ended = conducted.ended(run)
    assert [step.attempts for step in ended.steps.values()] == [1, 1]
    conducted.assert_invariants(ended)


def test_ten_seconds_is_how_long_a_lock_is_waited_for() -> None:
    assert store_module.PRAGMAS["busy_timeout"] == 10_000


def test_a_database_that_cannot_be_written_is_tried_again_now_and_then(
    conducted: Conducted, monkeypatch: pytest.MonkeyPatch
) -> None:
    inst = conducted.inst
    run = conducted.run(chain(1))
    with inst.store._raw() as connection:
        connection.execute("PRAGMA query_only=1")
    with pytest.raises(Unavailable, match="cannot be written to") as raised:
        conducted.submit(chain(1))
    assert raised.value.details["retry_after"] == 10
    assert told(inst) == ["database"]
    assert conducted.get(run).status == "completed", "reading goes on"

    with inst.store._raw() as connection:
        connection.execute("PRAGMA query_only=0")

    wait_for("the notice to go", lambda: told(inst) == [], 30)
    assert conducted.run(chain(1)).status == "completed"


@pytest.mark.parametrize("which", ["designer.db", "designer.db-wal"])
@pytest.mark.parametrize("how", ["moved", "replaced"])
def test_a_database_file_that_is_changed_while_open_is_written_to_no_more(
    conducted: Conducted, which: str, how: str
) -> None:
    inst = conducted.inst
    run = conducted.run(chain(2))
    file = inst.settings.home / which
    away = file.with_name("away")
    if how == "replaced":
        shutil.copy(file, away)
        os.replace(away, file)
    else:
        file.rename(away)

    with pytest.raises(Unavailable, match="changed on disk"):
        conducted.submit(chain(1))

    notice = system.notices(inst)[0]
    assert (notice.code, notice.severity) == ("database", "error")
    assert str(inst.settings.home / "designer.db") in notice.cure
    assert conducted.get(run).status == "completed", "what is open can still be read"
    if how == "moved":
        away.rename(file)
        wait_for("the notice to go", lambda: told(inst) == [])
        assert conducted.run(chain(1)).status == "completed"


def test_a_step_whose_folder_finds_no_room_waits_and_starts_once(
    conducted: Conducted, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ProcessTarget.start
    failing = [2]

    def start(self: ProcessTarget, job: Any) -> Any:
        if failing[0]:
            failing[0] -= 1
            problem = Unavailable("It cannot start.")
            raise problem from OSError(errno.ENOSPC, "No space left on device")
        return real(self, job)

    monkeypatch.setattr(ProcessTarget, "start", start)

    ended = conducted.run(chain(2))

    assert (ended.status, failing) == ("completed", [0])
    assert [step.attempts for step in ended.steps.values()] == [1, 1]
    conducted.assert_invariants(ended)


def test_a_command_that_failed_is_carried_out_again(conducted: Conducted, monkeypatch: pytest.MonkeyPatch) -> None:
    hands = "designer.conductor.hands.Hands"
    from designer.conductor.hands import Hands

    for name in ("start", "clean"):
        real = getattr(Hands, name)
        failing = [1]

        def once(self: Any, *arguments: Any, _real: Any = real, _failing: list[int] = failing) -> Any:
            if _failing[0]:
                _failing[0] -= 1
                raise store_module.NoAnswer
            return _real(self, *arguments)

        monkeypatch.setattr(f"{hands}.{name}", once)
    # a conductor binds its hands when it begins a command, so the running one meets the patched ones

    ended = conducted.run(chain(2))

    assert ended.status == "completed"
    conducted.assert_invariants(ended)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """A disk whose free space a test sets."""
    state = {"free": 50_000_000_000, "total": 100_000_000_000}

    class Usage:
        free = property(lambda _: state["free"])
        total = property(lambda _: state["total"])

    monkeypatch.setattr(space_module.shutil, "disk_usage", lambda _: Usage())
    return state


def test_new_runs_are_refused_when_space_is_short_and_steps_wait_when_there_is_none(
    tmp_path: Path, disk: dict[str, int]
) -> None:
    with home(tmp_path, free_space=1_000_000_000) as inst, conducting(inst) as conducted:
        nodes = {"a": wait_node(tmp_path, "a"), "b": {"module": "add@1", "inputs": {"value": "a.result"}}}
        run = conducted.submit(document(nodes))
        wait_for("the start", lambda: starts(tmp_path, "a"))
        reserve = inst.settings.home / "reserve"
        wait_for("the reserve", reserve.exists)
        assert reserve.stat().st_size == 64_000_000

        disk["free"] = 900_000_000
        with pytest.raises(Unavailable, match=r"900 MB are free .* needs 1,000 MB") as raised:
            conducted.submit(chain(1))
        assert "designer clean" in raised.value.cure
        assert next(one.code for one in system.notices(inst) if one.severity == "warning") == "disk_low"
        assert not inst.paused

        disk["free"] = 90_000_000
        wait_for("the pause", lambda: inst.paused)
        assert not reserve.exists()
        assert told(inst) == ["disk_full"]
        go(tmp_path, "a")
        conducted.until(run, "b", "queued")

        disk["free"] = 950_000_000
        inst.space.look()
        assert inst.paused, "a little space is not enough to go on"

        disk["free"] = 2_000_000_000
        assert conducted.ended(run).status == "completed"
        assert told(inst) == []
        wait_for("the reserve", reserve.exists)


def test_two_percent_is_enough_on_a_small_disk(tmp_path: Path, disk: dict[str, int]) -> None:
    with home(tmp_path, free_space=1_000_000_000) as inst:
        disk |= {"total": 10_000_000_000, "free": 250_000_000}
        inst.space.refuse_new()
        disk["free"] = 150_000_000
        with pytest.raises(Unavailable, match="needs 200 MB"):
            inst.space.refuse_new()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 48 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    mount = ["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let a small disk be mounted")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(file: Path) -> None:
    """Write until nothing fits any more."""
    with file.open("wb", buffering=0) as out:
        for size in (1 << 20, 1 << 12):
            try:
                while True:
                    out.write(bytes(size))
            except OSError:
                continue


def test_a_disk_that_fills_up_for_real_loses_nothing(small_disk: Path, tmp_path: Path) -> None:
    with home(small_disk, free_space=10**12) as inst, conducting(inst) as conducted:
        nodes = {"a": wait_node(tmp_path, "a"), "b": {"module": "add@1", "inputs": {"value": "a.result"}}}
        run = conducted.submit(document(nodes))
        conducted.until(run, "a", "running")
        wait_for("the reserve", (small_disk / "home" / "reserve").exists)
        fill(small_disk / "ballast")
        wait_for("the pause", lambda: inst.paused)
        assert told(inst)[0] == "disk_full"
        with pytest.raises(Unavailable):
            conducted.submit(chain(1))
        os.truncate(small_disk / "ballast", (small_disk / "ballast").stat().st_size - 300_000)  # room for what runs
        go(tmp_path, "a")
        conducted.until(run, "a", "completed")
        assert inst.paused
        assert conducted.get(run).steps["b"].status == "queued"

        (small_disk / "ballast").unlink()

        ended = conducted.ended(run)
        assert ended.status == "completed"
        assert [step.attempts for step in ended.steps.values()] == [1, 1]
        conducted.assert_invariants(ended)
        inst.store.quick_check()


def test_a_disk_that_becomes_read_only_loses_nothing(small_disk: Path, tmp_path: Path) -> None:
    def remount(how: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{how}", str(small_disk)], check=True)

    with home(small_disk) as inst, conducting(inst) as conducted:
        run = conducted.run(chain(2))
        # Files that are open for writing keep a disk from becoming read-only, so the database is what is refused.
        with inst.store._raw() as connection:
            connection.execute("PRAGMA query_only=1")
        with pytest.raises(Unavailable):
            conducted.submit(chain(1))
        assert conducted.get(run).status == "completed"
        with inst.store._raw() as connection:
            connection.execute("PRAGMA query_only=0")
        wait_for("the end of the pause", lambda: not inst.paused, 30)

    remount("ro")
    try:
        with pytest.raises(Unavailable, match="cannot be written to"):
            open_installation(inst.settings)
    finally:
        remount("rw")
    with home(small_disk) as inst, conducting(inst) as conducted:
        assert conducted.run(chain(1)).status == "completed"
