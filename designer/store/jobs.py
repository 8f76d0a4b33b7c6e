"""Jobs that are no steps: reading uploads, making previews and samples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from designer.store.database import Transaction
from designer.store.tables import UNFINISHED_JOB, JobStatus, jobs


@dataclass(frozen=True)
class StoredJob:
    """One job."""

    id: str
    kind: str  # "ingest", "preview", "samples" or "environment"
    subject: str
    status: JobStatus
    body: Mapping[str, Any]
    created: float
    handle: Mapping[str, Any] | None = None
    ended: float | None = None
    error: Mapping[str, Any] | None = None


def add(t: Transaction, job: StoredJob) -> None:
    """Keep a new job."""
    t.execute(jobs.insert(), {column.name: getattr(job, column.name) for column in jobs.columns})


def get(t: Transaction, id_: str) -> StoredJob | None:
    """A job by its id."""
    row = t.execute(sa.select(jobs).where(jobs.c.id == id_)).mappings().first()
    return None if row is None else _stored(row)


def unfinished(t: Transaction) -> list[StoredJob]:
    """Jobs that have not ended, oldest first."""
    query = sa.select(jobs).where(sa.text(UNFINISHED_JOB)).order_by(jobs.c.id)
    return [_stored(row) for row in t.execute(query).mappings()]


NEWEST = 50


def recent(t: Transaction, more: Sequence[str]) -> list[StoredJob]:
    """Jobs that have not ended, the newest ones, and `more`; oldest first."""
    newest = sa.select(jobs.c.id).order_by(jobs.c.id.desc()).limit(NEWEST).scalar_subquery()
    query = sa.select(jobs).where(sa.or_(sa.text(UNFINISHED_JOB), jobs.c.id.in_(newest), jobs.c.id.in_(more)))
    return [_stored(row) for row in t.execute(query.order_by(jobs.c.id)).mappings()]


def of_kind(t: Transaction, kind: str) -> StoredJob | None:
    """The newest job of a kind."""
    row = t.execute(sa.select(jobs).where(jobs.c.kind == kind).order_by(jobs.c.id.desc()).limit(1)).mappings().first()
    return None if row is None else _stored(row)


def change(t: Transaction, id_: str, **values: Any) -> None:
    """Change a job's columns."""
    t.execute(jobs.update().where(jobs.c.id == id_).values(values))


def _stored(row: sa.RowMapping) -> StoredJob:
    return StoredJob(**{**row, "status": JobStatus(row["status"])})
