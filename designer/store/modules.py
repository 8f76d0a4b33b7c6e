"""Modules that people made here, with all their versions; and the sources that runs were made with, by digest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from designer.contract.modules import ModuleKind
from designer.store.database import Transaction, insert_new
from designer.store.tables import module_versions, modules, pipelines, sources


@dataclass(frozen=True)
class StoredSource:
    """A module's source, and its specification as JSON."""

    digest: str
    name: str
    text: str
    spec: Mapping[str, Any]
    folder: str = ""  # digest of the files that go with it


@dataclass(frozen=True)
class StoredModule:
    """A module that people made here."""

    name: str
    created: float
    updated: float
    archived: float | None
    changes: int


@dataclass(frozen=True)
class StoredVersion:
    """One version of it; it never changes."""

    module: str
    version: int
    kind: ModuleKind
    digest: str
    source: str
    spec: Mapping[str, Any]
    folder: str
    note: str
    created: float


def keep(t: Transaction, found: Iterable[StoredSource], now: float) -> None:
    """Keep sources; known ones stay as they are."""
    rows = [{**vars(one), "spec": dict(one.spec), "created": now} for one in found]
    if rows:
        t.execute(insert_new(t, sources), rows)


def get(t: Transaction, digests: Iterable[str]) -> dict[str, StoredSource]:
    """Sources by digest."""
    query = sa.select(sources.c.digest, sources.c.name, sources.c.text, sources.c.spec, sources.c.folder)
    query = query.where(sources.c.digest.in_(sorted(set(digests))))
    return {row["digest"]: StoredSource(**row) for row in t.execute(query).mappings()}


def made_here(t: Transaction, name: str, *, to_change: bool = False) -> StoredModule | None:
    """A module that people made, by its name; `to_change` keeps all others from changing it until the transaction ends."""
    query = sa.select(modules).where(modules.c.name == name)
    row = t.execute(query.with_for_update() if to_change else query).mappings().first()
    return StoredModule(**row) if row else None


def all_made_here(t: Transaction) -> list[StoredModule]:
    """All modules that people made, the archived ones too."""
    return [StoredModule(**row) for row in t.execute(sa.select(modules).order_by(modules.c.name)).mappings()]


def changes(t: Transaction) -> int:
    """A number that goes up whenever one of them changes: by it a server notices what another one did."""
    return int(t.execute(sa.select(sa.func.coalesce(sa.func.sum(modules.c.changes), 0))).scalar_one())


def versions(t: Transaction, name: str | None = None) -> list[StoredVersion]:
    """All versions of one module, or of all of them, oldest first."""
    query = sa.select(module_versions).order_by(module_versions.c.module, module_versions.c.version)
    if name is not None:
        query = query.where(module_versions.c.module == name)
    return [StoredVersion(**{**row, "kind": ModuleKind(row["kind"])}) for row in t.execute(query).mappings()]


def add(t: Transaction, name: str, now: float) -> None:
    """Keep a new module, which has no version yet. Raises `Taken` (at the end of the transaction) where there is one."""
    t.execute(modules.insert(), {"name": name, "created": now, "updated": now, "archived": None, "changes": 0})


def add_version(t: Transaction, version: StoredVersion) -> None:
    """Keep a new version, which brings an archived module back."""
    t.execute(module_versions.insert(), {**vars(version), "spec": dict(version.spec)})
    _change(t, version.module, version.created, archived=None)


def archive(t: Transaction, name: str, archived: float | None, now: float) -> None:
    """Put a module away (with a time), or bring it back (with None)."""
    _change(t, name, now, archived=archived)


def _change(t: Transaction, name: str, now: float, **values: Any) -> None:
    t.execute(
        modules.update().where(modules.c.name == name).values(updated=now, changes=modules.c.changes + 1, **values)
    )


def naming(t: Transaction, name: str) -> list[tuple[str, str, Mapping[str, Any]]]:
    """The pipelines with a node of this module: id, name and document of each, newest change first."""
    text = sa.cast(pipelines.c.document, sa.Text)
    named = sa.or_(*(text.contains(f'"module":"{name}{end}', autoescape=True) for end in ("@", '"')))
    query = sa.select(pipelines.c.id, pipelines.c.name, pipelines.c.document).where(
        pipelines.c.deleted.is_(None), named
    )
    return [(id_, title, document) for id_, title, document in t.execute(query.order_by(pipelines.c.updated.desc()))]
