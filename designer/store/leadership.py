"""Who conducts: one row, which one process at a time holds. Its epoch counts the holders and fences them.

The lease ends by the database's own time, so clocks of different machines do not matter. On SQLite nothing ends by time:
a holder that lives has the file's machine to itself, and one that is dead is found out by its process.
"""

import os
import socket
from dataclasses import dataclass, replace

import sqlalchemy as sa

from designer.launcher import processes
from designer.store.database import Transaction, the_time
from designer.store.tables import leadership

NAME = "conductor"
LONGEST = 120.0
"""No lease lasts so many seconds."""


@dataclass(frozen=True)
class Leader:
    """A process that conducts, or would."""

    host: str
    pid: int
    machine: str  # this boot of it, and the space its process numbers are of
    started: int  # the process, in clock ticks since boot: tells it from a later one with its number
    epoch: int = 0

    @property
    def is_me(self) -> bool:
        """Whether this is the process that asks."""
        return self == replace(here(), epoch=self.epoch)

    @property
    def is_dead(self) -> bool:
        """Whether it is known that the process has ended; False where it is on another machine."""
        return self.machine == here().machine and processes.start_time(self.pid) != self.started


def here() -> Leader:
    """This process."""
    pid = os.getpid()
    try:
        space = os.readlink("/proc/self/ns/pid")
    except OSError:
        space = ""
    machine = f"{processes.boot_id()} {space}"
    return Leader(socket.gethostname(), pid, machine, processes.start_time(pid) or 0)


def holder(t: Transaction) -> Leader | None:
    """Who holds it now; None where nobody does."""
    row = t.execute(sa.select(leadership, the_time(t).label("now"))).mappings().first()
    return None if row is None or _is_over(t, row) else _leader(row)


def take(t: Transaction, me: Leader, seconds: float) -> int | None:
    """Become the holder for some seconds, where nobody is; the new epoch. Raises `Taken` where another was as quick."""
    row = (
        t.execute(sa.select(leadership, the_time(t).label("now")).with_for_update(skip_locked=True)).mappings().first()
    )
    if row is None:
        if t.execute(sa.select(leadership.c.epoch)).first() is not None:
            return None  # someone is writing it
        t.execute(leadership.insert().values(_row(replace(me, epoch=1), the_time(t) + seconds)))
        return 1
    found = _leader(row)
    if not _is_over(t, row) and not (found.is_me and t.dialect.name == "sqlite"):
        return None
    epoch = found.epoch + 1
    t.execute(leadership.update().values(_row(replace(me, epoch=epoch), the_time(t) + seconds)))
    return epoch


def renew(t: Transaction, epoch: int, seconds: float) -> bool:
    """Hold it for some seconds more; False where someone else holds it by now."""
    values = {"until": the_time(t) + seconds}
    return t.execute(leadership.update().where(leadership.c.epoch == epoch).values(values)).rowcount == 1


def holds(t: Transaction, epoch: int) -> bool:
    """Whether the holder of this epoch still is one; nobody can take it before this transaction ends."""
    query = sa.select(leadership.c.epoch).where(leadership.c.epoch == epoch)
    return t.execute(query.with_for_update(read=True)).first() is not None


_SIGN = (
    leadership.update().where(leadership.c.epoch == sa.bindparam("of")).values(turn=sa.bindparam("new_turn"))
)  # fmt: skip


def sign(t: Transaction, epoch: int, turn: int) -> bool:
    """As `holds`, and write down the number of the turn that this transaction is."""
    return t.execute(_SIGN, {"of": epoch, "new_turn": turn}).rowcount == 1


def is_signed(t: Transaction, epoch: int, turn: int) -> bool:
    """Whether the newest turn that was kept is this one."""
    query = sa.select(leadership.c.epoch).where(leadership.c.epoch == epoch, leadership.c.turn == turn)
    return t.execute(query).first() is not None


def release(t: Transaction, epoch: int) -> None:
    """Let another one have it at once."""
    t.execute(leadership.update().where(leadership.c.epoch == epoch).values(until=0.0))


def _is_over(t: Transaction, row: sa.RowMapping) -> bool:
    """Whether the holder holds it no more."""
    found = _leader(row)
    if row["until"] == 0.0 or found.is_dead:
        return True
    if t.dialect.name == "sqlite":  # the home was moved, or its machine restarted: nobody else can have the file open
        return found.machine != here().machine
    return bool(row["until"] < row["now"] or row["until"] > row["now"] + LONGEST)  # or its clock was set back


def _leader(row: sa.RowMapping) -> Leader:
    return Leader(row["host"], row["pid"], row["machine"], row["started"], row["epoch"])


def _row(leader: Leader, until: sa.ColumnElement[float]) -> dict[str, object]:
    return {"name": NAME, **vars(leader), "turn": 0, "until": until}
