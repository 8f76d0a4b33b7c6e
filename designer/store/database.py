"""The database: how transactions begin and end, and every difference between SQLite and PostgreSQL.

SQLite: one process opens the file, all writes go through one connection under one lock, each write transaction begins
with BEGIN IMMEDIATE. Checkpoints happen under that lock too, because SQLite before 3.51.3 can damage a file when a
checkpoint and a write of another connection meet (the WAL-reset bug).
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import make_url

from designer.errors import Conflict, Unavailable
from designer.faults import Write, commit_point

Transaction = sa.Connection
"""What every query takes as its first argument."""

FILE = "designer.db"
WAIT_SECONDS = 30.0
"""How long a write waits for the writes before it."""

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


class Database:
    """One database. `read` and `write` are the only ways to a transaction."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.file = Path(self.url.database or "") if self.is_sqlite else None
        self._lock = threading.Lock()
        self._writes = 0
        if self.file is not None:
            refuse_network(self.file.parent)
            self._writer = _sqlite_engine(self.url, writer=True)
            self._reader = _sqlite_engine(self.url, writer=False)
        else:
            self._writer = self._reader = sa.create_engine(
                self.url, pool_pre_ping=True, pool_use_lifo=True, pool_size=10, max_overflow=10,
                isolation_level="READ COMMITTED",
                connect_args={"options": f"-c idle_in_transaction_session_timeout={IDLE_SECONDS * 1000}"},
            )  # fmt: skip

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A transaction that sees one state of the database and changes nothing."""
        with _plainly(), self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self, name: Write) -> Iterator[Transaction]:
        """A transaction that may change things: all of it is kept, or nothing. Never wait for anything inside."""
        if not self.is_sqlite:
            with _plainly(), self._writer.begin() as connection:
                yield connection
                commit_point(name, "before_commit")
            commit_point(name, "after_commit")
            return
        if not self._lock.acquire(timeout=WAIT_SECONDS):
            raise Unavailable("The database is busy.", cure="Try again in a moment.")
        try:
            with _plainly():
                with self._writer.begin() as connection:
                    yield connection
                    commit_point(name, "before_commit")
                commit_point(name, "after_commit")
                self._writes += 1
                if self._writes % 256 == 0:
                    self._checkpoint()
        finally:
            self._lock.release()

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
        """Write a whole copy of an SQLite database to a new file."""
        with self._lock, self._raw() as connection:
            connection.execute("VACUUM INTO ?", (str(to),))

    def close(self) -> None:
        """Let go of every connection."""
        if self.file is not None:
            with self._lock:
                self._reader.dispose()
                with suppress(sqlite3.OperationalError):  # then the log is read again at the next start
                    self._checkpoint(close=True)
        self._writer.dispose()

    @property
    def notices(self) -> list[str]:
        """What a person should know about this database."""
        version = sqlite3.sqlite_version_info
        if not self.is_sqlite or any(
            version >= safe and (version[:2] == safe[:2] or safe == SAFE_SQLITE[0]) for safe in SAFE_SQLITE
        ):
            return []
        return [
            f"SQLite {sqlite3.sqlite_version} is old: versions before 3.51.3 have a fault that can damage a database. "
            "Designer works around it; a newer Python or PostgreSQL removes it."
        ]  # fmt: skip


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


def insert(transaction: Transaction, table: sa.Table) -> Any:
    """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`; both databases spell them alike."""
    if transaction.dialect.name == "sqlite":
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
    except exc.OperationalError as error:
        text = str(error.orig)
        if "locked" in text or "busy" in text:
            raise Unavailable("The database is locked by another program.", cure="Close it, then try again.") from error
        if "full" in text:
            raise Unavailable("The disk is full.", cure="Free some space, then try again.") from error
        if "readonly" in text or "read-only" in text:
            raise Unavailable(
                "The database cannot be written to.", cure="Look at the rights of the data folder."
            ) from error
        raise Unavailable(
            f"The database does not answer: {text.splitlines()[0] if text else 'no reason given'}."
        ) from error
    except exc.DatabaseError as error:
        if not any(word in str(error.orig) for word in ("malformed", "not a database")):
            raise
        raise Unavailable(
            "The database file is damaged.", cure="Stop the server and put a backup in its place."
        ) from error
    except exc.TimeoutError as error:
        raise Unavailable("The database has too much to do.", cure="Try again in a moment.") from error


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
