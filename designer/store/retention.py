"""Which runs and datasets are old enough to go, hiding them, and removing them a piece at a time."""

from collections.abc import Collection

import sqlalchemy as sa

from designer.engine.status import FINAL_RUN, RunStatus
from designer.store.database import Transaction
from designer.store.tables import (
    artifacts,
    attempts,
    datasets,
    events,
    experiments,
    metrics,
    outputs,
    reports,
    runs,
    steps,
)

PIECE = 500
"""Rows that one transaction removes of a table, so that none holds up the others for long."""

_ENDED = sa.and_(runs.c.status.in_(sorted(FINAL_RUN)), runs.c.deleted.is_(None))


def _may_go() -> sa.ColumnElement[bool]:
    """A run that ended, that nobody keeps, that is not its pipeline's newest, and whose results no run shows as its own."""
    other, user = runs.alias(), runs.alias()
    newest = sa.select(sa.func.max(other.c.id)).where(other.c.pipeline == runs.c.pipeline, other.c.deleted.is_(None))
    shown = (
        sa.select(steps.c.run).join(user, user.c.id == steps.c.run)
        .where(steps.c.reused_from == runs.c.id, steps.c.reused_from != "", user.c.deleted.is_(None), user.c.id != runs.c.id)
    )  # fmt: skip
    is_newest = sa.and_(runs.c.pipeline != "", runs.c.id == newest.correlate(runs).scalar_subquery())
    return sa.and_(_ENDED, sa.not_(runs.c.kept), sa.not_(is_newest), sa.not_(shown.correlate(runs).exists()))


def old(t: Transaction, before: float, limit: int) -> list[str]:
    """Runs that may go and ended before a time, oldest first."""
    return list(
        t.execute(
            sa.select(runs.c.id).where(_may_go(), runs.c.ended < before).order_by(runs.c.id).limit(limit)
        ).scalars()
    )


def beyond(t: Transaction, count: int, limit: int) -> list[str]:
    """Runs that may go and are not among the newest so many, oldest first."""
    newest = sa.select(runs.c.id).where(runs.c.deleted.is_(None)).order_by(runs.c.id.desc()).offset(count).limit(1)
    query = (
        sa.select(runs.c.id).where(_may_go(), runs.c.id <= newest.scalar_subquery()).order_by(runs.c.id).limit(limit)
    )
    return list(t.execute(query).scalars())


def oldest(t: Transaction, limit: int) -> list[str]:
    """The oldest runs that may go."""
    return list(t.execute(sa.select(runs.c.id).where(_may_go()).order_by(runs.c.id).limit(limit)).scalars())


def bytes_in_use(t: Transaction) -> int:
    """Bytes of the artifacts that runs made which are not deleted."""
    used = sa.select(outputs.c.digest).join(runs, runs.c.id == outputs.c.run).where(runs.c.deleted.is_(None)).distinct()
    return int(t.execute(sa.select(sa.func.sum(artifacts.c.size)).where(artifacts.c.digest.in_(used))).scalar() or 0)


def bytes_only_of(t: Transaction, chosen: Collection[str]) -> int:
    """Bytes of the artifacts that no run has but these, and those that are deleted."""
    mine = sa.select(outputs.c.digest).where(outputs.c.run.in_(sorted(chosen))).distinct()
    others = (
        sa.select(outputs.c.digest).join(runs, runs.c.id == outputs.c.run)
        .where(outputs.c.digest == artifacts.c.digest, runs.c.deleted.is_(None), outputs.c.run.not_in(sorted(chosen)))
    )  # fmt: skip
    query = sa.select(sa.func.sum(artifacts.c.size)).where(artifacts.c.digest.in_(mine), sa.not_(others.exists()))
    return int(t.execute(query).scalar() or 0)


def hide(t: Transaction, chosen: Collection[str], now: float) -> list[str]:
    """Delete runs so that they can be brought back: those of them that have ended; which they were."""
    ids = list(t.execute(sa.select(runs.c.id).where(runs.c.id.in_(sorted(chosen)), _ENDED)).scalars())
    if ids:
        t.execute(runs.update().where(runs.c.id.in_(ids), runs.c.deleted.is_(None)).values(deleted=now))
        _count(t, ids, -1)
    return ids


def bring_back(t: Transaction, id_: str, since: float) -> bool:
    """Bring a run back that was deleted at or after a time; whether there was such a one."""
    done = t.execute(runs.update().where(runs.c.id == id_, runs.c.deleted >= since).values(deleted=None))
    if done.rowcount:
        _count(t, [id_], 1)
    return bool(done.rowcount)


def _count(t: Transaction, ids: Collection[str], sign: int) -> None:
    """Count runs in their experiments, or out of them, and bring the newest of each up to date."""
    of = t.execute(
        sa.select(runs.c.experiment, sa.func.count()).where(runs.c.id.in_(ids)).group_by(runs.c.experiment)
    ).all()
    for name, count in of:
        there = sa.and_(runs.c.experiment == name, runs.c.deleted.is_(None))
        newest = sa.select(runs.c.id).where(there).order_by(runs.c.id.desc()).limit(1)
        last = t.execute(newest).scalar() or ""
        t.execute(
            experiments.update()
            .where(experiments.c.name == name)
            .values(runs=experiments.c.runs + sign * count, last_run=last)
        )


def to_remove(t: Transaction, before: float, limit: int) -> list[str]:
    """Runs that were deleted before a time and whose results no run shows that is not deleted."""
    user = runs.alias()
    shown = (
        sa.select(steps.c.run).join(user, user.c.id == steps.c.run)
        .where(steps.c.reused_from == runs.c.id, steps.c.reused_from != "", user.c.deleted.is_(None))
    )  # fmt: skip
    query = sa.select(runs.c.id).where(runs.c.deleted < before, sa.not_(shown.correlate(runs).exists()))
    return list(t.execute(query.order_by(runs.c.deleted).limit(limit)).scalars())


def remove_piece(t: Transaction, id_: str, before: float) -> tuple[bool, list[str]]:
    """Remove some rows of a run that was deleted before a time; whether it is gone altogether, and attempts that went."""
    if t.execute(sa.select(runs.c.deleted).where(runs.c.id == id_, runs.c.deleted < before)).scalar() is None:
        return True, []
    first = sa.select(events.c.seq).where(events.c.run == id_).order_by(events.c.seq).limit(PIECE)
    if (
        t.execute(events.delete().where(events.c.run == id_, events.c.seq.in_(first.scalar_subquery()))).rowcount
        == PIECE
    ):
        return False, []
    gone: list[str] = []
    count = 0
    for attempt in (
        t.execute(sa.select(attempts.c.id).where(attempts.c.run == id_).order_by(attempts.c.id).limit(PIECE))
        .scalars()
        .all()
    ):
        lines = sa.select(metrics.c.line).where(metrics.c.attempt == attempt).order_by(metrics.c.line).limit(2 * PIECE)
        piece = metrics.delete().where(metrics.c.attempt == attempt, metrics.c.line.in_(lines.scalar_subquery()))
        count += t.execute(piece).rowcount + 10
        if count >= 2 * PIECE:
            return False, gone
        t.execute(reports.delete().where(reports.c.attempt == attempt))
        t.execute(attempts.delete().where(attempts.c.id == attempt))
        gone.append(attempt)
    nodes = sa.select(steps.c.node).where(steps.c.run == id_).order_by(steps.c.node).limit(PIECE // 5)
    if (
        t.execute(steps.delete().where(steps.c.run == id_, steps.c.node.in_(nodes.scalar_subquery()))).rowcount
        == PIECE // 5
    ):
        return False, gone
    t.execute(runs.delete().where(runs.c.id == id_))
    t.execute(experiments.delete().where(experiments.c.runs == 0))
    return True, gone


def remove_datasets(t: Transaction, before: float, limit: int) -> list[str]:
    """Remove datasets that were deleted before a time and that no run waits for; which they were."""
    unfinished = sorted(set(RunStatus) - FINAL_RUN)
    waits = sa.select(runs.c.id).where(runs.c.status.in_(unfinished), runs.c.created < datasets.c.deleted)
    query = sa.select(datasets.c.id).where(datasets.c.deleted < before, sa.not_(waits.correlate(datasets).exists()))
    ids = list(t.execute(query.limit(limit)).scalars())
    if ids:
        t.execute(datasets.delete().where(datasets.c.id.in_(ids)))
    return ids
