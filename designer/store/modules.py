"""Sources of modules, by digest: what runs were made with, whatever becomes of the files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from designer.store.database import Transaction, insert_new
from designer.store.tables import sources


@dataclass(frozen=True)
class StoredSource:
    """A module's source, and its specification as JSON."""

    digest: str
    name: str
    text: str
    spec: Mapping[str, Any]


def keep(t: Transaction, found: Iterable[StoredSource], now: float) -> None:
    """Keep sources; known ones stay as they are."""
    rows = [{**vars(one), "spec": dict(one.spec), "created": now} for one in found]
    if rows:
        t.execute(insert_new(t, sources), rows)


def get(t: Transaction, digests: Iterable[str]) -> dict[str, StoredSource]:
    """Sources by digest."""
    query = sa.select(sources.c.digest, sources.c.name, sources.c.text, sources.c.spec)
    query = query.where(sources.c.digest.in_(sorted(set(digests))))
    return {row["digest"]: StoredSource(**row) for row in t.execute(query).mappings()}
