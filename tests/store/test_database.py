"""Transactions, locks, pragmas: what the rest of the house relies on."""

import sqlite3
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from designer.errors import Conflict, Unavailable
from designer.store import database as module
from designer.store import previews
from designer.store.database import Database, Taken, contains, file_system, open_database, refuse_network
from designer.store.migrations import migrate
from designer.store.tables import experiments, metadata


def add(database: Database, name: str) -> None:
    with database.write("turn") as t:
        t.execute(experiments.insert(), {"name": name, "runs": 1, "last_run": "run_1"})


def names(database: Database) -> list[str]:
    with database.read() as t:
        return sorted(t.execute(sa.select(experiments.c.name)).scalars())


def test_a_write_is_kept_whole_or_not_at_all(database: Database) -> None:
    add(database, "kept")

    def break_off() -> None:
        with database.write("turn") as t:
            t.execute(experiments.insert(), {"name": "lost", "runs": 1, "last_run": ""})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()

    assert names(database) == ["kept"]


def test_a_write_that_could_not_begin_is_not_taken_for_the_one_before(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_name: object) -> None:
        raise module.NoAnswer

    monkeypatch.setattr(database, "_write", away)

    with pytest.raises(module.NoAnswer), database.write("turn", lambda _t: True):
        raise AssertionError("it has begun")


def test_a_key_that_is_there_says_so(database: Database) -> None:
    add(database, "twice")

    with pytest.raises(Taken):
        add(database, "twice")


def test_a_preview_is_begun_once(database: Database) -> None:
    with database.write("want_preview") as t:
        assert previews.begin(t, "sha256:1", "look", 1.0)
        assert not previews.begin(t, "sha256:1", "look", 2.0)


def test_a_status_that_is_none_is_refused_by_the_database(database: Database) -> None:
    values = {"digest": "d", "kind": "k", "status": "odd", "created": 0.0}

    with pytest.raises(sa.exc.IntegrityError), database.write("turn") as t:
        t.execute(metadata.tables["previews"].insert(), values)


def test_a_reference_to_nothing_is_refused_by_the_database(database: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError), database.write("turn") as t:
        t.execute(metadata.tables["events"].insert(), {"run": "ghost", "seq": 1, "body": ""})


def test_not_a_number_is_refused_before_it_reaches_a_column(database: Database) -> None:
    row = {"digest": "d", "kind": "k", "status": "ready", "created": 0.0, "content": {"x": float("nan")}}

    with pytest.raises(sa.exc.StatementError, match="not JSON compliant"), database.write("turn") as t:
        t.execute(metadata.tables["previews"].insert(), row)


def test_search_ignores_case_beyond_ascii_and_takes_wildcards_literally(database: Database) -> None:
    for name in ("Übung 100%", "übermut", "plain_name"):
        add(database, name)

    def found(text: str) -> list[str]:
        with database.read() as t:
            return sorted(t.execute(sa.select(experiments.c.name).where(contains(experiments.c.name, text))).scalars())

    assert found("ÜB") == ["Übung 100%", "übermut"]
    assert found("0%") == ["Übung 100%"]
    assert found("n_n") == ["plain_name"]
    assert found("_") == ["plain_name"]


def test_forty_threads_count_without_losing_one(database: Database) -> None:
    add(database, "count")

    def once() -> None:
        with database.write("turn") as t:
            query = sa.select(experiments.c.runs).where(experiments.c.name == "count")
            found = t.execute(query.with_for_update()).scalar_one()
            t.execute(experiments.update().where(experiments.c.name == "count").values(runs=found + 1))

    threads = [threading.Thread(target=once) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    with database.read() as t:
        assert t.execute(sa.select(experiments.c.runs)).scalar_one() == 41


# SQLite alone


@pytest.fixture
def local(tmp_path: Path) -> Database:
    found = open_database("", tmp_path)
    migrate(found, tmp_path)
    return found


def test_every_connection_has_the_pragmas(local: Database) -> None:
    for transaction in (local.read(), local.write("turn")):
        with transaction as t:
            found = {name: t.exec_driver_sql(f"PRAGMA {name}").scalar() for name in module.PRAGMAS}
            assert found == module.PRAGMAS


def test_a_read_cannot_write(local: Database) -> None:
    with pytest.raises(Unavailable), local.read() as t:
        t.execute(experiments.insert(), {"name": "x", "runs": 1, "last_run": ""})


def test_a_read_sees_one_state_while_others_write(local: Database) -> None:
    with local.read() as t:
        before = list(t.execute(sa.select(experiments.c.name)).scalars())
        add(local, "later")
        assert list(t.execute(sa.select(experiments.c.name)).scalars()) == before

    assert names(local) == ["later"]


def test_a_database_locked_by_another_program_is_unavailable_in_plain_words(
    local: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert local.file is not None
    monkeypatch.setitem(module.PRAGMAS, "busy_timeout", 50)
    impatient = open_database("", local.file.parent)
    other = sqlite3.connect(local.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(Unavailable, match="locked by another program"):
        add(impatient, "x")

    other.execute("ROLLBACK")
    add(impatient, "x")
    assert names(local) == ["x"]


def test_a_full_disk_is_said_plainly_and_nothing_is_lost(local: Database) -> None:
    add(local, "before")
    with local._raw() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}").fetchall()

    def fill() -> None:
        for number in range(2_000):
            add(local, f"{number}" * 100)

    with pytest.raises(Unavailable, match="disk is full"):
        fill()

    with local._raw() as connection:
        connection.execute("PRAGMA max_page_count=1000000").fetchall()
    add(local, "after")
    assert {"before", "after"} <= set(names(local))


def test_the_log_is_moved_into_the_file_under_the_lock_and_at_the_end(
    local: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert local.file is not None
    monkeypatch.setattr(module, "CHECKPOINT_BYTES", 10_000)
    wal = local.file.with_name(local.file.name + "-wal")
    for number in range(600):
        add(local, f"name {number}")
    assert 0 < wal.stat().st_size < 3_000_000

    local.close()

    assert not wal.exists() or wal.stat().st_size == 0
    again = open_database("", local.file.parent)
    assert len(names(again)) == 600
    again.close()


def test_what_was_committed_survives_the_process(local: Database, tmp_path: Path) -> None:
    add(local, "acknowledged")
    assert local.file is not None
    copy = tmp_path / "crash"
    copy.mkdir()
    for file in local.file.parent.glob("designer.db*"):
        (copy / file.name).write_bytes(file.read_bytes())

    again = open_database("", copy)

    assert names(again) == ["acknowledged"]
    again.close()


def test_a_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/vda / ext4 rw 0 0\nserver:/x {tmp_path}/my\\040share nfs4 rw 0 0\n")
    folder = tmp_path / "my share"
    folder.mkdir()

    assert file_system(folder, mounts) == "nfs4"
    assert file_system(tmp_path, mounts) == "ext4"
    monkeypatch.setattr(module, "file_system", lambda _: "nfs4")
    with pytest.raises(Conflict, match="network file system"):
        refuse_network(folder)


def test_a_writer_that_waits_too_long_is_told(local: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.05)
    begun, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        with local.write("turn"):
            begun.set()
            go_on.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    begun.wait(10)
    start = time.monotonic()
    with pytest.raises(Unavailable, match="busy"):
        add(local, "x")

    assert time.monotonic() - start < 9
    go_on.set()
    thread.join()
