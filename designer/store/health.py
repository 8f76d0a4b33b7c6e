"""Whether the database answers and is of this version, and how much there is of what is counted."""

import sqlalchemy as sa

from designer.engine.status import StepStatus
from designer.store.database import Database, Transaction
from designer.store.migrations import HEAD, revision
from designer.store.tables import BUSY_STEP, UNFINISHED_JOB, jobs, outbox, runs, steps


def schema(database: Database) -> tuple[str, str]:
    """The schema that is there, and the one that this version needs. Raises `StoreFault` where nothing answers."""
    return revision(database) or "", HEAD


def run_counts(t: Transaction) -> dict[str, int]:
    """How many runs there are, by status; deleted ones left out."""
    query = sa.select(runs.c.status, sa.func.count()).where(runs.c.deleted.is_(None)).group_by(runs.c.status)
    return {row[0]: row[1] for row in t.execute(query)}


def step_counts(t: Transaction) -> dict[str, dict[StepStatus, int]]:
    """How many steps wait and run on each target, by status."""
    query = (
        sa.select(steps.c.target, steps.c.status, sa.func.count())
        .where(sa.text(BUSY_STEP), steps.c.target != "")
        .group_by(steps.c.target, steps.c.status)
    )
    found: dict[str, dict[StepStatus, int]] = {}
    for target, status, count in t.execute(query):
        found.setdefault(target, {})[StepStatus(status)] = count
    return found


def job_counts(t: Transaction) -> dict[str, int]:
    """How many jobs wait or go on, by kind."""
    query = sa.select(jobs.c.kind, sa.func.count()).where(sa.text(UNFINISHED_JOB)).group_by(jobs.c.kind)
    return {row[0]: row[1] for row in t.execute(query)}


def commands(t: Transaction) -> int:
    """How many commands are decided and not known to be carried out."""
    return t.execute(sa.select(sa.func.count()).select_from(outbox)).scalar_one()
