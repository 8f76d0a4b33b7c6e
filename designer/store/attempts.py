"""Attempts: the tries of a step."""

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


_HANDLE = attempts.update().where(attempts.c.id == sa.bindparam("of")).values(handle=sa.bindparam("new_handle"))
_OFFSET = attempts.update().where(attempts.c.id == sa.bindparam("of")).values(offset=sa.bindparam("new_offset"))
_RESULT = attempts.update().where(attempts.c.id == sa.bindparam("of")).values(result=sa.bindparam("new_result"))


def set_handles(t: Transaction, handles: Mapping[str, Mapping[str, Any]]) -> None:
    """Remember where attempts run."""
    if handles:
        t.execute(_HANDLE, [{"of": id_, "new_handle": dict(handle)} for id_, handle in handles.items()])


def set_offsets(t: Transaction, offsets: Mapping[str, int]) -> None:
    """Remember how far the events of attempts are read."""
    if offsets:
        t.execute(_OFFSET, [{"of": id_, "new_offset": offset} for id_, offset in offsets.items()])


def set_results(t: Transaction, results: Mapping[str, Mapping[str, Any]]) -> None:
    """Remember how attempts ended."""
    if results:
        t.execute(_RESULT, [{"of": id_, "new_result": dict(result)} for id_, result in results.items()])
