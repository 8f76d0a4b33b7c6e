"""Attempts: the tries of a step."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from designer.store.database import Transaction
from designer.store.tables import attempts, steps


@dataclass(frozen=True)
class StoredAttempt:
    """One try."""

    id: str
    run: str
    node: str
    number: int
    target: str
    created: float
    handle: Mapping[str, Any] | None = None
    offset: int = 0
    result: Mapping[str, Any] | None = None


def add(t: Transaction, found: Sequence[StoredAttempt]) -> None:
    """Keep new attempts."""
    if found:
        names = [column.name for column in attempts.columns]
        t.execute(attempts.insert(), [{name: getattr(one, name) for name in names} for one in found])


def of_step(t: Transaction, run: str, node: str) -> list[StoredAttempt]:
    """The attempts of a step, oldest first."""
    query = sa.select(attempts).where(attempts.c.run == run, attempts.c.node == node).order_by(attempts.c.id)
    return [StoredAttempt(**row) for row in t.execute(query).mappings()]


def live(t: Transaction, run: str) -> list[StoredAttempt]:
    """The attempts of a run that count now."""
    query = (
        sa.select(attempts)
        .join(steps, (steps.c.run == attempts.c.run) & (steps.c.node == attempts.c.node))
        .where(attempts.c.run == run, steps.c.attempt == attempts.c.id)
    )
    return [StoredAttempt(**row) for row in t.execute(query).mappings()]


def all_ids(t: Transaction) -> list[str]:
    """The ids of all attempts."""
    return list(t.execute(sa.select(attempts.c.id).order_by(attempts.c.id)).scalars())


def get(t: Transaction, id_: str) -> StoredAttempt | None:
    """An attempt by its id."""
    row = t.execute(sa.select(attempts).where(attempts.c.id == id_)).mappings().first()
    return None if row is None else StoredAttempt(**row)


@dataclass(frozen=True)
class Told:
    """What is news of an attempt; None is no news."""

    handle: Mapping[str, Any] | None = None  # where it runs
    offset: int | None = None  # how far its events are read
    result: Mapping[str, Any] | None = None  # how it ended


def _news(*names: str) -> sa.Update:
    return (
        attempts.update()
        .where(attempts.c.id == sa.bindparam("of"))
        .values({name: sa.bindparam(f"new_{name}") for name in names})
    )


_NAMES = ("handle", "offset", "result")
_NEWS = {names: _news(*names) for count in (1, 2, 3) for names in itertools.combinations(_NAMES, count)}
"""An UPDATE for each set of columns: one statement an attempt, whatever is told of it."""


def tell(t: Transaction, news: Mapping[str, Told]) -> None:
    """Remember what is news of attempts."""
    rows: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for id_, told in news.items():
        names = tuple(name for name in _NAMES if getattr(told, name) is not None)
        if names:
            values = {f"new_{name}": getattr(told, name) for name in names}
            rows.setdefault(names, []).append({"of": id_, **values})
    for names, values_of in rows.items():
        t.execute(_NEWS[names], values_of)
