"""Runs, without their steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from designer.engine.status import FINAL_RUN, RunStatus
from designer.store.database import Transaction, contains
from designer.store.tables import experiments, runs


@dataclass(frozen=True)
class StoredRun:
    """A submission."""

    id: str
    name: str
    description: str
    status: RunStatus
    pipeline: str
    pipeline_name: str
    experiment: str
    created: float
    started: float | None
    ended: float | None
    parameters: Mapping[str, Any]
    tags: Mapping[str, str]
    counts: Mapping[str, int]
    failed_step: str
    error: str
    archived: bool
    cancel_requested: bool
    continue_on_step_failure: bool
    cloned_from: str
    seq: int
    document: Mapping[str, Any]  # {} in a list
    kept: bool = False
    deleted: float | None = None
    priority: int = 0
    resumed_from: str = ""
    git: Sequence[Mapping[str, Any]] | None = None


_LISTED = [column for column in runs.columns if column.name != "document"]
MOVING = ("status", "started", "ended", "counts", "failed_step", "error", "cancel_requested", "seq")
"""The columns that the conductor alone changes while the run goes on."""


def _stored(row: sa.RowMapping, **more: Any) -> StoredRun:
    return StoredRun(**{**row, "status": RunStatus(row["status"])}, **more)


def get(t: Transaction, id_: str) -> StoredRun | None:
    """A run by its id."""
    row = t.execute(sa.select(runs).where(runs.c.id == id_)).mappings().first()
    return None if row is None else _stored(row)


def listed(t: Transaction, id_: str) -> StoredRun | None:
    """A run by its id, without its document."""
    row = t.execute(sa.select(*_LISTED).where(runs.c.id == id_)).mappings().first()
    return None if row is None else _stored(row, document={})


def find(
    t: Transaction,
    *,
    status: Sequence[str] | None = None,
    q: str = "",
    experiment: str | None = None,
    pipeline: str | None = None,
    since: float | None = None,
    until: float | None = None,
    archived: bool | None = False,
    deleted: bool = False,
    after: str | None = None,
    limit: int = 50,
) -> list[StoredRun]:
    """Runs, newest first, that fit everything that is given."""
    query = sa.select(*_LISTED).where(runs.c.deleted.is_not(None) if deleted else runs.c.deleted.is_(None))
    if status:
        query = query.where(runs.c.status.in_(list(status)))
    if q:
        query = query.where(
            contains(runs.c.name, q) | contains(runs.c.description, q) | contains(runs.c.experiment, q)
            | contains(sa.type_coerce(runs.c.tags, sa.Text), q) | (runs.c.id == q)
        )  # fmt: skip
    if experiment is not None:
        query = query.where(runs.c.experiment == experiment)
    if pipeline is not None:
        query = query.where(runs.c.pipeline == pipeline)
    if since is not None:
        query = query.where(runs.c.created >= since)
    if until is not None:
        query = query.where(runs.c.created < until)
    if archived is not None:
        query = query.where(runs.c.archived.is_(archived))
    if after is not None:
        query = query.where(runs.c.id < after)
    query = query.order_by(runs.c.id.desc()).limit(limit)
    return [_stored(row, document={}) for row in t.execute(query).mappings()]


def unfinished(t: Transaction) -> list[str]:
    """The ids of all runs that have not ended, oldest first."""
    statuses = sorted(set(RunStatus) - FINAL_RUN)
    words = sa.text("status IN (" + ", ".join(f"'{status}'" for status in statuses) + ")")
    return list(t.execute(sa.select(runs.c.id).where(words).order_by(runs.c.id)).scalars())


NEWEST = 50


def positions(t: Transaction, more: Sequence[str]) -> list[tuple[str, int, bool]]:
    """Id, seq of the newest event and whether it has ended, of all runs that go on, the newest ones, and `more`."""
    newest = sa.select(runs.c.id).order_by(runs.c.id.desc()).limit(NEWEST).scalar_subquery()
    goes_on = runs.c.status.in_(sorted(set(RunStatus) - FINAL_RUN))
    query = sa.select(runs.c.id, runs.c.seq, runs.c.status).where(goes_on | runs.c.id.in_(newest) | runs.c.id.in_(more))
    return [(id_, seq, status in FINAL_RUN) for id_, seq, status in t.execute(query.order_by(runs.c.id))]


def recent_of(t: Transaction, pipeline: str, name: str, limit: int, before: str | None = None) -> list[str]:
    """The newest runs of a pipeline; where it has no id, of documents of that name. Newest first."""
    query = sa.select(runs.c.id).where(runs.c.pipeline == pipeline)
    if not pipeline:
        query = query.where(runs.c.name == name)
    if before is not None:
        query = query.where(runs.c.id < before)
    return list(t.execute(query.order_by(runs.c.id.desc()).limit(limit)).scalars())


def newest_of(t: Transaction, pipeline: str) -> str | None:
    """The id of the newest run of a pipeline."""
    return t.execute(
        sa.select(sa.func.max(runs.c.id)).where(runs.c.pipeline == pipeline, runs.c.deleted.is_(None))
    ).scalar()


def add(t: Transaction, run: StoredRun) -> None:
    """Keep a new run, and count it in its experiment."""
    t.execute(runs.insert(), {column.name: getattr(run, column.name) for column in runs.columns})
    done = t.execute(
        experiments.update()
        .where(experiments.c.name == run.experiment)
        .values(runs=experiments.c.runs + 1, last_run=run.id)
    )
    if done.rowcount == 0:
        t.execute(experiments.insert(), {"name": run.experiment, "runs": 1, "last_run": run.id})


_ADVANCE = (
    runs.update().where(runs.c.id == sa.bindparam("id_")).values({name: sa.bindparam(f"new_{name}") for name in MOVING})
)


def advance(t: Transaction, changes: Sequence[Mapping[str, Any]]) -> None:
    """Keep the moving columns (`MOVING`, and `id`) of some runs."""
    if changes:
        rows = [{"id_": row["id"], **{f"new_{name}": row[name] for name in MOVING}} for row in changes]
        t.execute(_ADVANCE, rows)


def change(t: Transaction, id_: str, values: Mapping[str, Any]) -> bool:
    """Change what people may change about a run; whether there is such a one."""
    if not values:
        return listed(t, id_) is not None
    return t.execute(runs.update().where(runs.c.id == id_).values(dict(values))).rowcount == 1
