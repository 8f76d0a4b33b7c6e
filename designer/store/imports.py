"""What came from elsewhere in one file, and whether a person has accepted it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from designer.store.database import Transaction
from designer.store.tables import imports


@dataclass(frozen=True)
class StoredImport:
    """One file that was imported."""

    id: str
    file_name: str
    digest: str
    created: float
    accepted: float | None
    contents: Mapping[str, Any]  # what a person is shown
    pipelines: Sequence[str]  # ids
    sources: Sequence[str]  # digests of the modules that came with it


@dataclass(frozen=True)
class Waiting:
    """What may not run yet, with the import it came with."""

    pipelines: Mapping[str, StoredImport]
    sources: Mapping[str, StoredImport]

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.pipelines or self.sources)


def add(t: Transaction, found: StoredImport) -> None:
    """Keep a new one."""
    t.execute(imports.insert(), _row(found))


def change(t: Transaction, found: StoredImport) -> None:
    """Keep it as it is now."""
    t.execute(imports.update().where(imports.c.id == found.id).values(_row(found)))


def get(t: Transaction, id_: str) -> StoredImport | None:
    """One by its id."""
    row = t.execute(sa.select(imports).where(imports.c.id == id_)).mappings().first()
    return StoredImport(**row) if row else None


def newest(t: Transaction, after: str | None, limit: int) -> list[StoredImport]:
    """Newest first."""
    query = sa.select(imports).order_by(imports.c.id.desc()).limit(limit)
    if after:
        query = query.where(imports.c.id < after)
    return [StoredImport(**row) for row in t.execute(query).mappings()]


def accept(t: Transaction, id_: str, now: float) -> StoredImport | None:
    """Note that a person accepted it; what it is then."""
    found = get(t, id_)
    if found is None or found.accepted is not None:
        return found
    accepted = replace(found, accepted=now)
    change(t, accepted)
    return accepted


def waiting(t: Transaction) -> Waiting:
    """What no person has accepted, wherever else it may have come from."""
    rows = [StoredImport(**row) for row in t.execute(sa.select(imports).where(imports.c.accepted.is_(None))).mappings()]
    if not rows:
        return Waiting({}, {})
    return Waiting(
        {id_: one for one in rows for id_ in one.pipelines}, {digest: one for one in rows for digest in one.sources}
    )


def _row(found: StoredImport) -> dict[str, Any]:
    return {
        **vars(found),
        "contents": dict(found.contents),
        "pipelines": list(found.pipelines),
        "sources": list(found.sources),
    }
