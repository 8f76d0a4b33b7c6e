"""Datastores, as people described them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from designer.store.database import Transaction
from designer.store.tables import dataset_versions, datasets, datastores, pipelines


@dataclass(frozen=True)
class StoredDatastore:
    """A datastore. A secret option holds `{"secret": name}`."""

    name: str
    kind: str
    created: float
    updated: float
    options: Mapping[str, Any] = field(default_factory=dict)
    description: str = ""
    is_default: bool = False


def all_(t: Transaction) -> list[StoredDatastore]:
    """All of them by name."""
    return [StoredDatastore(**row) for row in t.execute(sa.select(datastores).order_by(datastores.c.name)).mappings()]


def get(t: Transaction, name: str) -> StoredDatastore | None:
    """One of them."""
    row = t.execute(sa.select(datastores).where(datastores.c.name == name)).mappings().first()
    return None if row is None else StoredDatastore(**row)


def add(t: Transaction, datastore: StoredDatastore) -> None:
    """Keep a new one. Raises `Taken` where its name is another's."""
    t.execute(datastores.insert().values(vars(datastore)))


def change(t: Transaction, name: str, now: float, **values: Any) -> None:
    """Columns of a datastore take these values."""
    t.execute(datastores.update().where(datastores.c.name == name).values(updated=now, **values))


def be_default(t: Transaction, name: str) -> None:
    """Let this one, and no other, be the one that is meant where none is named."""
    t.execute(datastores.update().values(is_default=datastores.c.name == name))


def remove(t: Transaction, name: str) -> None:
    """Forget one."""
    t.execute(datastores.delete().where(datastores.c.name == name))


def readers(t: Transaction, name: str, limit: int = 100) -> list[dict[str, str]]:
    """Pipelines with a node that names it, and datasets whose newest version lies on it: what, id and name of each."""
    found: list[dict[str, str]] = []
    written = sa.cast(pipelines.c.document, sa.Text).contains(f'datastore":"{name}"', autoescape=True)
    query = sa.select(pipelines.c.id, pipelines.c.name, pipelines.c.document).where(
        pipelines.c.deleted.is_(None), written
    )
    for id_, title, document in t.execute(query.order_by(pipelines.c.id).limit(limit)):
        nodes = document.get("nodes", {}).values()
        if any(value == {"datastore": name} for node in nodes for value in dict(node.get("parameters") or {}).values()):
            found.append({"what": "pipeline", "id": id_, "name": title})
    lies = sa.cast(dataset_versions.c.source, sa.Text).contains(f'"datastore":"{name}"', autoescape=True)
    lying = sa.select(datasets.c.id, datasets.c.title).where(
        datasets.c.deleted.is_(None),
        datasets.c.id.in_(sa.select(dataset_versions.c.dataset).where(lies)),
    )
    found += [
        {"what": "dataset", "id": id_, "name": title}
        for id_, title in t.execute(lying.order_by(datasets.c.id).limit(limit))
    ]
    return found
