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

    imports: Mapping[str, StoredImport]  # by id: a pipeline says which one it was made from
    sources: Mapping[str, StoredImport]  # by digest

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.imports)


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
    """What no person has accepted. Code that came twice is accepted with either."""
    rows = t.execute(sa.select(imports).where(imports.c.accepted.is_(None))).mappings().all()
    if not rows:
        return Waiting({}, {})
    found = [StoredImport(**row) for row in rows]
    accepted = t.execute(sa.select(imports.c.sources).where(imports.c.accepted.is_not(None))).scalars()
    trusted = {digest for sources in accepted for digest in sources}
    return Waiting(
        {one.id: one for one in found},
        {digest: one for one in found for digest in one.sources if digest not in trusted},
    )


def _row(found: StoredImport) -> dict[str, Any]:
    return {
        **vars(found),
        "contents": dict(found.contents),
        "pipelines": list(found.pipelines),
        "sources": list(found.sources),
    }
