"""The database: how transactions begin and end, and every difference between SQLite and PostgreSQL.

SQLite: one process opens the file, all writes go through one connection under one lock, each write transaction begins
with BEGIN IMMEDIATE. Checkpoints happen under that lock too, because SQLite before 3.51.3 can damage a file when a
checkpoint and a write of another connection meet (the WAL-reset bug).
"""

import functools
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import make_url

from designer.errors import Conflict, Unavailable
from designer.faults import Write, commit_point
from designer.launcher.result import sync_folder
from designer.measures import Timing

Transaction = sa.Connection
"""What every query takes as its first argument."""

FILE = "designer.db"
WAIT_SECONDS = 30.0
"""How long a write waits for the writes before it."""

LOOKS_AGAIN = (0.05, 0.5, 0.0)
"""Seconds after each look whether a commit was kept, where the look fails too."""

IDLE_SECONDS = 10
"""How long PostgreSQL keeps a transaction open whose process does not go on: one that is paused must hold up nobody."""

READERS = 8
CHECKPOINT_BYTES = 4_000_000
TRUNCATE_BYTES = 64_000_000
NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs",
                                  "lustre", "fuse.sshfs", "fuse.glusterfs", "fuse.s3fs", "fuse.rclone"})  # fmt: skip
SAFE_SQLITE = ((3, 51, 3), (3, 50, 7), (3, 44, 6))
"""Versions (and later ones of the same line) without the WAL-reset bug."""

PRAGMAS = {
    "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000, "wal_autocheckpoint": 0,
    "cell_size_check": 1, "trusted_schema": 0,
}  # fmt: skip


class Taken(Exception):
    """A row with this key is there already; the transaction kept nothing."""


class StoreFault(Unavailable):
    """Nothing can be read or written now."""


class Locked(StoreFault):
    """The database is busy: another program has locked it."""


class Full(StoreFault):
    """The disk is full."""


class ReadOnly(StoreFault):
    """The database cannot be written to."""


class Replaced(StoreFault):
    """The database file changed on disk while it was open; nothing is written any more."""


class DamagedDatabase(StoreFault):
    """The database file is damaged."""


class NoAnswer(StoreFault):
    """The database does not answer."""


DAMAGE = ("malformed", "not a database")
RESTORE = "Stop the server, then put a backup in its place: `designer restore FILE`."


class Database:
    """One database. `read` and `write` are the only ways to a transaction."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.file = Path(self.url.database or "") if self.is_sqlite else None
        self.fault: StoreFault | None = None
        """Why nothing can be written, as the last try to write found; None while all is well."""
        self.when_full: Callable[[], None] = lambda: None
        """Called when a write found the disk full."""
        self.commits = Timing()
        """How long write transactions take."""
        self._lock = threading.Lock()
        self._writes = 0
        self._files: list[tuple[int, int] | None] = []
        if self.file is not None:
            refuse_network(self.file.parent)
            self._writer = _sqlite_engine(self.url, writer=True)
            self._reader = _sqlite_engine(self.url, writer=False)
        else:
            self._writer = self._reader = sa.create_engine(
                self.url, pool_pre_ping=True, pool_use_lifo=True, pool_size=10, max_overflow=10, pool_timeout=WAIT_SECONDS,
                isolation_level="READ COMMITTED", connect_args={
                    "connect_timeout": 10, "options": f"-c idle_in_transaction_session_timeout={IDLE_SECONDS * 1000}",
                },
            )  # fmt: skip

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A transaction that sees one state of the database and changes nothing."""
        with _plainly(), self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self, name: Write, kept: Callable[[Transaction], bool] | None = None) -> Iterator[Transaction]:
        """A transaction that may change things: all of it is kept, or nothing. Never wait for anything inside.

        A commit can be reported as failed though it was applied, when the connection is lost at the wrong moment.
        `kept` looks whether it was; then all is well.
        """
        began, begun = time.monotonic(), False
        try:
            with self._write(name) as transaction:
                begun = True
                yield transaction
            self.commits.note(time.monotonic() - began)
        except StoreFault:
            if not begun or kept is None or not self._was_kept(kept):
                raise

    def _was_kept(self, kept: Callable[[Transaction], bool]) -> bool:
        for pause in LOOKS_AGAIN:  # a lost connection is often lost for the look as well
            try:
                with self.read() as transaction:
                    return kept(transaction)
            except StoreFault:
                time.sleep(pause)
        return False

    @contextmanager
    def _write(self, name: Write) -> Iterator[Transaction]:
        if not self.is_sqlite:
            with self._noting(), self._writer.begin() as connection:
                yield connection
                commit_point(name, "before_commit")
            commit_point(name, "after_commit")
            return
        if not self._lock.acquire(timeout=WAIT_SECONDS):
            raise Unavailable("The database is busy.", cure="Try again in a moment.")
        try:
            self._look_at_files()
            with self._noting():
                with self._writer.begin() as connection:
                    yield connection
                    commit_point(name, "before_commit")
                commit_point(name, "after_commit")
                self._writes += 1
                if self._writes % 256 == 0:
                    self._checkpoint()
        finally:
            self._lock.release()

    def quick_check(self) -> None:
        """Look for damage in an SQLite file; other databases look after themselves. Raises `DamagedDatabase`."""
        if self.file is None:
            return
        with self.read() as transaction:
            found = transaction.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if found != "ok":
            self.fault = DamagedDatabase(f"The database file is damaged: {str(found).splitlines()[-1]}.", cure=RESTORE)
            raise self.fault

    @contextmanager
    def _noting(self) -> Iterator[None]:
        """Say plainly what goes wrong in a write, and remember it until a write goes well."""
        try:
            with _plainly():
                yield
        except StoreFault as fault:
            self.fault = fault
            if isinstance(fault, Full):
                self.when_full()
            raise
        if not isinstance(self.fault, DamagedDatabase):
            self.fault = None

    def _look_at_files(self) -> None:
        """Refuse to write into files that are not those that were opened. Raises `Replaced`; the lock is held."""
        assert self.file is not None
        found = [_identity(self.file), _identity(self.file.with_name(self.file.name + "-wal"))]
        if self._files and any(old is not None and old != new for old, new in zip(self._files, found, strict=True)):
            self.fault = Replaced(
                cure=f"Stop the server, see what happened to {self.file}, put it or a backup back, and start again."
            )
            raise self.fault
        self._files = found

    def _checkpoint(self, close: bool = False) -> None:
        """Move what is in the write-ahead log into the file; the lock is held."""
        assert self.file is not None
        try:
            size = self.file.with_name(self.file.name + "-wal").stat().st_size
        except OSError:
            return
        if size < CHECKPOINT_BYTES and not close:
            return
        mode = "TRUNCATE" if close or size > TRUNCATE_BYTES else "PASSIVE"
        with self._raw() as connection:
            connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchall()

    @contextmanager
    def _raw(self) -> Iterator[Any]:
        """The writing connection itself, outside any transaction."""
        proxy = self._writer.raw_connection()
        try:
            yield proxy.driver_connection
        finally:
            proxy.close()

    def copy(self, to: Path) -> None:
        """Write a whole copy of an SQLite database to a new file, durably. Nobody waits meanwhile.

        Raises `Full`, or another `Unavailable`; then there is no file.
        """
        assert self.file is not None
        half = to.with_name(f".{to.name}.half")
        half.unlink(missing_ok=True)
        half.touch(mode=0o600)  # an empty file is taken
        try:
            with _plainly(), closing(sqlite3.connect(f"{self.file.as_uri()}?mode=ro", uri=True)) as source:
                source.isolation_level = None
                source.execute("VACUUM INTO ?", (str(half),))
            with half.open("rb") as file:
                os.fsync(file.fileno())
            half.replace(to)
            sync_folder(str(to.parent))
        except BaseException:
            half.unlink(missing_ok=True)
            raise

    def close(self) -> None:
        """Let go of every connection."""
        if self.file is not None:
            with self._lock:
                self._reader.dispose()
                with suppress(sqlite3.OperationalError):  # then the log is read again at the next start
                    self._checkpoint(close=True)
        self._writer.dispose()

    @property
    def warning(self) -> str:
        """What a person should know about this database; "" where there is nothing."""
        version = sqlite3.sqlite_version_info
        if not self.is_sqlite or any(
            version >= safe and (version[:2] == safe[:2] or safe == SAFE_SQLITE[0]) for safe in SAFE_SQLITE
        ):
            return ""
        return (
            f"SQLite {sqlite3.sqlite_version} is old: versions before 3.51.3 have a fault that can damage a database. "
            "Designer works around it; a newer Python or PostgreSQL removes it."
        )


def is_sqlite(url: str) -> bool:
    """Whether the database of this URL is an SQLite file; an empty one is."""
    return not url or make_url(url).get_backend_name() == "sqlite"


def open_database(url: str, home: Path) -> Database:
    """The database of an installation: the given URL, else SQLite in the home folder."""
    database = Database(url or f"sqlite:///{home / FILE}")
    try:
        with database.read() as transaction:
            transaction.execute(sa.text("SELECT 1"))
    except BaseException:
        database.close()
        raise
    return database


def forget_sessions(file: Path) -> None:
    """Take what lets people in out of a copy of an SQLite database."""
    with _plainly(), closing(sqlite3.connect(file)) as copy:
        copy.execute("DELETE FROM sessions")
        copy.commit()


def touch(transaction: Transaction) -> None:
    """Write something that changes nothing: shows whether writing is possible."""
    transaction.execute(sa.text("UPDATE alembic_version SET version_num = version_num"))


def insert(transaction: Transaction, table: sa.Table) -> Any:
    """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`; both databases spell them alike."""
    return insert_of(transaction.dialect.name, table)


def insert_new(transaction: Transaction, table: sa.Table) -> Any:
    """An INSERT that leaves rows alone that are there. Made once per table: to build it anew costs more than to run it."""
    return _insert_new(transaction.dialect.name, table)


@functools.cache
def _insert_new(dialect: str, table: sa.Table) -> Any:
    return insert_of(dialect, table).on_conflict_do_nothing()


def insert_of(dialect: str, table: sa.Table) -> Any:
    """The INSERT of a dialect, for statements that are made once."""
    if dialect == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)


def the_time(transaction: Transaction) -> sa.ColumnElement[float]:
    """The time by the database's clock, in seconds since 1970."""
    if transaction.dialect.name == "sqlite":
        return (sa.func.julianday("now") - 2440587.5) * 86400.0
    return sa.cast(sa.extract("epoch", sa.func.clock_timestamp()), sa.Double)


def contains(column: Any, text: str) -> Any:
    """A condition: the text occurs in the column, in any case."""
    return sa.func.lower(column).contains(text.lower(), autoescape=True)


def _sqlite_engine(url: sa.URL, *, writer: bool) -> sa.Engine:
    engine = sa.create_engine(
        url, connect_args={"isolation_level": None, "check_same_thread": False, "timeout": 10.0, "cached_statements": 256},
        pool_size=1 if writer else READERS, max_overflow=0, pool_timeout=WAIT_SECONDS, pool_use_lifo=True,
    )  # fmt: skip

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        for name, value in PRAGMAS.items():
            connection.execute(f"PRAGMA {name}={value}").fetchall()
            (found,) = connection.execute(f"PRAGMA {name}").fetchone()
            if found != value:
                raise Unavailable(f"SQLite refuses {name}={value} here (it stays {found}).",
                                  cure="Keep the data folder on a local disk, or use PostgreSQL.")  # fmt: skip
        connection.create_function("lower", 1, lambda text: text.lower() if text else text, deterministic=True)
        if not writer:
            connection.execute("PRAGMA query_only=1")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")

    return engine


@contextmanager
def _plainly() -> Iterator[None]:
    """Say what a database error means to the person who waits."""
    try:
        yield
    except exc.IntegrityError as error:
        text = str(error.orig)
        if "UNIQUE" in text or "duplicate key" in text:
            raise Taken(text) from error
        raise
    except (exc.OperationalError, exc.InterfaceError) as error:
        raise _meaning(str(error.orig)) from error
    except exc.DatabaseError as error:
        if error.connection_invalidated:
            raise _meaning(str(error.orig)) from error
        if not any(word in str(error.orig) for word in DAMAGE):
            raise
        raise DamagedDatabase(cure=RESTORE) from error
    except sqlite3.DatabaseError as error:
        raise _meaning(str(error)) from error
    except exc.TimeoutError as error:
        raise NoAnswer("The database has too much to do.", cure="Try again in a moment.") from error


def _meaning(text: str) -> StoreFault:
    """What a database's own message means."""
    if "locked" in text or "busy" in text:
        return Locked("The database is locked by another program.", cure="Close it; then all goes on.")
    if "full" in text or "No space left" in text:
        return Full(cure="Free some space; then all goes on.")
    if "readonly" in text or "read-only" in text:
        return ReadOnly(
            cure="Look at the rights of the data folder, and whether its disk is mounted for reading only.",
            details={"retry_after": 10},
        )
    if any(word in text for word in DAMAGE):
        return DamagedDatabase(cure=RESTORE)
    return NoAnswer(f"The database does not answer: {text.splitlines()[0] if text else 'no reason given'}.",
                    cure="All goes on when it is there again.")  # fmt: skip


def _identity(file: Path) -> tuple[int, int] | None:
    """Which file lies there; None where there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def refuse_network(folder: Path) -> None:
    """SQLite's write-ahead log needs shared memory, which network file systems do not have. Raises `Conflict`."""
    kind = file_system(folder)
    if kind in NETWORK_FILE_SYSTEMS:
        raise Conflict(
            f"The data folder {folder} is on a network file system ({kind}), where SQLite is not safe.",
            cure="Choose a folder on a local disk (DESIGNER_HOME), or a PostgreSQL database (DESIGNER_DATABASE).",
        )


def file_system(folder: Path, mounts: Path = Path("/proc/mounts")) -> str:
    """The type of the file system a folder is on; "" where that cannot be told."""
    try:
        lines = mounts.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    best, kind = "", ""
    place = str(folder.resolve())
    for line in lines:
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        mount = fields[1].replace("\\040", " ")
        inside = place == mount or place.startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(best):
            best, kind = mount, fields[2]
    return kind
