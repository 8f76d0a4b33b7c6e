"""Pipelines: the drafts people edit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from designer.contract.pipelines import LastRun
from designer.engine.status import RunStatus
from designer.store.database import Transaction, contains, insert
from designer.store.tables import pipeline_datasets, pipelines, runs


@dataclass(frozen=True)
class StoredPipeline:
    """A draft."""

    id: str
    name: str
    description: str
    version: int
    created: float
    updated: float
    deleted: float | None
    cloned_from: str
    document: Mapping[str, Any]  # {} in a list
    nodes: int
    outline: list[Any]
    wires: list[Any]


_LISTED = [column for column in pipelines.columns if column.name != "document"]


def get(t: Transaction, id_: str, *, deleted: bool = False) -> StoredPipeline | None:
    """A pipeline by its id; a deleted one only where asked for."""
    row = t.execute(sa.select(pipelines).where(pipelines.c.id == id_)).mappings().first()
    if row is None or (row["deleted"] is not None and not deleted):
        return None
    return StoredPipeline(**row)


def find(t: Transaction, q: str, after: tuple[float, str] | None, limit: int) -> list[StoredPipeline]:
    """Pipelines whose name or description contains `q`, newest change first, after the given (updated, id)."""
    query = sa.select(*_LISTED).where(pipelines.c.deleted.is_(None))
    if q:
        query = query.where(contains(pipelines.c.name, q) | contains(pipelines.c.description, q))
    if after:
        updated, id_ = after
        query = query.where(
            (pipelines.c.updated < updated) | ((pipelines.c.updated == updated) & (pipelines.c.id < id_))
        )
    query = query.order_by(pipelines.c.updated.desc(), pipelines.c.id.desc()).limit(limit)
    return [StoredPipeline(**row, document={}) for row in t.execute(query).mappings()]


def add(t: Transaction, pipeline: StoredPipeline, datasets: Iterable[str]) -> None:
    """Keep a new pipeline and the names of the datasets it reads."""
    t.execute(pipelines.insert(), {column.name: getattr(pipeline, column.name) for column in pipelines.columns})
    _reads(t, pipeline.id, datasets)


def save(t: Transaction, pipeline: StoredPipeline, datasets: Iterable[str]) -> bool:
    """Keep this state in place of the version before it. False where the stored version is another by now."""
    columns = ("name", "description", "version", "updated", "document", "nodes", "outline", "wires")
    done = t.execute(
        pipelines.update()
        .where(
            pipelines.c.id == pipeline.id, pipelines.c.version == pipeline.version - 1, pipelines.c.deleted.is_(None)
        )
        .values({name: getattr(pipeline, name) for name in columns})
    )
    if done.rowcount != 1:
        return False
    known = set(
        t.execute(sa.select(pipeline_datasets.c.dataset).where(pipeline_datasets.c.pipeline == pipeline.id)).scalars()
    )
    if known != set(datasets):
        t.execute(pipeline_datasets.delete().where(pipeline_datasets.c.pipeline == pipeline.id))
        _reads(t, pipeline.id, datasets)
    return True


def mark(t: Transaction, id_: str, deleted: float | None, updated: float) -> bool:
    """Delete (with a time) or restore (with None) a pipeline; whether there is such a one."""
    done = t.execute(pipelines.update().where(pipelines.c.id == id_).values(deleted=deleted, updated=updated))
    return done.rowcount == 1


def reading(t: Transaction, dataset: str, limit: int = 100) -> list[dict[str, str]]:
    """The pipelines that read a dataset, by its name: id and name of each."""
    query = (
        sa.select(pipelines.c.id, pipelines.c.name)
        .join(pipeline_datasets, pipeline_datasets.c.pipeline == pipelines.c.id)
        .where(pipeline_datasets.c.dataset == dataset, pipelines.c.deleted.is_(None))
        .order_by(pipelines.c.id)
        .limit(limit)
    )
    return [{"id": id_, "name": name} for id_, name in t.execute(query)]


def naming_environment(t: Transaction, names: Sequence[str], limit: int = 100) -> list[dict[str, str]]:
    """The pipelines with a node that names one of these environments: id and name of each."""
    text = sa.cast(pipelines.c.document, sa.Text)
    written = [text.contains(f'"environment":"{name}"', autoescape=True) for name in names]
    if not written:
        return []
    query = sa.select(pipelines.c.id, pipelines.c.name, pipelines.c.document).where(
        pipelines.c.deleted.is_(None), sa.or_(*written)
    )
    found = []
    for id_, name, document in t.execute(query.order_by(pipelines.c.id)):
        if any(node.get("environment") in names for node in document.get("nodes", {}).values()):
            found.append({"id": id_, "name": name})
    return found[:limit]


def naming_target(t: Transaction, name: str, limit: int = 100) -> list[dict[str, str]]:
    """The pipelines that name this target, as their own or for a node: id and name of each."""
    written = sa.cast(pipelines.c.document, sa.Text).contains(f'"target":"{name}"', autoescape=True)
    query = sa.select(pipelines.c.id, pipelines.c.name, pipelines.c.document).where(
        pipelines.c.deleted.is_(None), written
    )
    found = []
    for id_, title, document in t.execute(query.order_by(pipelines.c.id)):
        parts = [document.get("settings", {}), *document.get("nodes", {}).values()]
        if any(part.get("target") == name for part in parts):
            found.append({"id": id_, "name": title})
    return found[:limit]


def last_runs(t: Transaction, ids: Iterable[str]) -> dict[str, LastRun]:
    """The newest run of each of these pipelines."""
    newest = (
        sa.select(sa.func.max(runs.c.id))
        .where(runs.c.pipeline.in_(list(ids)), runs.c.deleted.is_(None))
        .group_by(runs.c.pipeline)
    )
    query = sa.select(runs.c.pipeline, runs.c.id, runs.c.status, runs.c.created).where(runs.c.id.in_(newest))
    return {
        pipeline: LastRun(id=id_, status=RunStatus(status), created=created)
        for pipeline, id_, status, created in t.execute(query)
    }


def _reads(t: Transaction, pipeline: str, datasets: Iterable[str]) -> None:
    rows = [{"pipeline": pipeline, "dataset": name} for name in sorted(set(datasets))]
    if rows:
        t.execute(insert(t, pipeline_datasets).on_conflict_do_nothing(), rows)
