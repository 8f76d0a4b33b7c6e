"""Compute targets, as people described them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from designer.store.database import Transaction
from designer.store.tables import targets


@dataclass(frozen=True)
class StoredTarget:
    """A target. A secret option holds `{"secret": name, "version": number}`."""

    name: str
    kind: str
    created: float
    updated: float
    options: Mapping[str, Any] = field(default_factory=dict)
    slots: int = 1
    description: str = ""
    disabled: bool = False


def all_(t: Transaction) -> list[StoredTarget]:
    """All of them by name."""
    return [StoredTarget(**row) for row in t.execute(sa.select(targets).order_by(targets.c.name)).mappings()]


def get(t: Transaction, name: str) -> StoredTarget | None:
    """One of them."""
    row = t.execute(sa.select(targets).where(targets.c.name == name)).mappings().first()
    return None if row is None else StoredTarget(**row)


def add(t: Transaction, target: StoredTarget) -> None:
    """Keep a new one. Raises `Taken` where its name is another's."""
    t.execute(targets.insert().values(vars(target)))


def change(t: Transaction, name: str, now: float, **values: Any) -> None:
    """Columns of a target take these values."""
    t.execute(targets.update().where(targets.c.name == name).values(updated=now, **values))


def remove(t: Transaction, name: str) -> None:
    """Forget one."""
    t.execute(targets.delete().where(targets.c.name == name))
