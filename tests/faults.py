"""A database that fails as real ones do, at moments that a seed chooses; for tests alone.

fail_before        the connection is lost before anything happened
applied_but_error  it is lost after the commit was applied and before that was said
locked             another program has locked the database
disk_full          there is no room for the commit; nothing of it is kept
slow               it takes its time
"""

import random
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import exc

from designer.store import database
from designer.store.database import Database

KINDS = ("fail_before", "applied_but_error", "locked", "disk_full", "slow")
SAID = {
    "fail_before": "connection refused", "applied_but_error": "server closed the connection unexpectedly",
    "locked": "database is locked", "disk_full": "database or disk is full",
}  # fmt: skip


@dataclass
class Faults:
    """How often which fault happens, to which transactions, and how often it did."""

    rates: Mapping[str, float]  # by kind; the rest goes well
    seed: int = 0
    names: frozenset[str] | None = None  # of the transactions it happens to; None is all
    reads: float = 0.0  # the share of reads that fail
    most: int = 1_000_000  # how many faults there are; then all goes well
    seconds: float = 0.05  # of a slow one
    done: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def pick(self, name: str) -> str:
        """The fault that happens to a transaction; "" for none."""
        if (self.names is not None and name not in self.names) or self.done.total() >= self.most:
            return ""
        chance = self._random.random()
        for kind, rate in self.rates.items():
            chance -= rate
            if chance < 0:
                self.done[name, kind] += 1
                return kind
        return ""

    def fails_to_read(self) -> bool:
        """Whether a read fails."""
        if not self.reads or self.done.total() >= self.most or self._random.random() >= self.reads:
            return False
        self.done["read", "fail_before"] += 1
        return True


def fault(kind: str) -> exc.OperationalError:
    """What the database's driver would raise."""
    return exc.OperationalError("a statement", {}, sqlite3.OperationalError(SAID[kind]))


@contextmanager
def faulty(store: Database, faults: Faults) -> Iterator[Faults]:
    """Have a database fail inside this block."""
    real_write: Callable[..., Any] = store._write
    real_read: Callable[..., Any] = store.read

    @contextmanager
    def write(name: Any) -> Iterator[Any]:
        kind = faults.pick(name)
        if kind == "slow":
            time.sleep(faults.seconds)
        if kind in ("fail_before", "locked"):
            with store._noting():
                raise fault(kind)
        with real_write(name) as transaction:
            yield transaction
            if kind == "disk_full":
                raise fault(kind)
        if kind == "applied_but_error":
            with store._noting():
                raise fault(kind)

    @contextmanager
    def read() -> Iterator[Any]:
        if faults.fails_to_read():
            with database._plainly():
                raise fault("fail_before")
        with real_read() as transaction:
            yield transaction

    store._write = write  # type: ignore[method-assign]
    store.read = read  # type: ignore[method-assign]
    try:
        yield faults
    finally:
        del store._write, store.read
