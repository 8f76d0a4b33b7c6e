"""What nothing refers to any more: noticed first, removed after a grace, looked at again in the same transaction.

An artifact is marked when nothing refers to it, and its row goes when it was marked a grace ago and nothing refers to it
still. Whoever begins to refer to an artifact takes the mark away in the transaction that does so
(`store/artifacts.refer`), so of the two one comes first and the other sees it. Its bytes go after the commit; a put that
came in between made them young again, and what is young is not removed (`ArtifactStore.delete`).
"""

import re
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from designer.store.database import Transaction
from designer.store.tables import (
    JobStatus,
    artifacts,
    attempts,
    dataset_versions,
    fresh_artifacts,
    idempotency,
    jobs,
    module_versions,
    outputs,
    pipelines,
    previews,
    sessions,
    sources,
)

_GOES_ON = (JobStatus.QUEUED.value, JobStatus.RUNNING.value)
_PINNED = re.compile(r"sha256:[0-9a-f]{64}")


def _refers(column: Any) -> Any:
    """Whether something refers to the artifact of this column: an output, a dataset, a module's folder, or a job that goes on."""
    return sa.or_(
        sa.exists().where(outputs.c.digest == column),
        sa.exists().where(dataset_versions.c.digest == column),
        sa.exists().where(dataset_versions.c.file_digest == column),
        sa.exists().where(module_versions.c.folder == column, module_versions.c.folder != ""),
        sa.exists().where(sources.c.folder == column, sources.c.folder != ""),
        sa.exists().where(jobs.c.kind == "preview", jobs.c.subject == column, jobs.c.status.in_(_GOES_ON)),
    )


def pinned(t: Transaction) -> set[str]:
    """The artifacts that drafts name themselves."""
    document = sa.type_coerce(pipelines.c.document, sa.Text)
    found = t.execute(sa.select(document).where(document.contains('"pinned":{"'))).scalars()
    return {digest for text in found for digest in _PINNED.findall(text)}


def unused(t: Transaction, after: str, limit: int) -> tuple[list[str], str | None]:
    """Of the next `limit` artifacts behind a digest those that nothing refers to and that are not marked; where to go on."""
    page = sa.select(artifacts.c.digest, artifacts.c.marked).where(artifacts.c.digest > after)
    part = page.order_by(artifacts.c.digest).limit(limit).subquery()
    used = _refers(part.c.digest)
    query = sa.select(part.c.digest, sa.and_(part.c.marked.is_(None), sa.not_(used)).label("unused"))
    rows = t.execute(query.order_by(part.c.digest)).all()
    return [row.digest for row in rows if row.unused], rows[-1].digest if len(rows) == limit else None


def mark(t: Transaction, digests: Iterable[str], now: float) -> None:
    """Mark those of these artifacts that nothing refers to."""
    t.execute(
        artifacts.update()
        .where(
            artifacts.c.digest.in_(sorted(digests)), artifacts.c.marked.is_(None), sa.not_(_refers(artifacts.c.digest))
        )
        .values(marked=now)
    )


def marked(t: Transaction, before: float, limit: int) -> dict[str, int]:
    """Artifacts that were marked before a time, with their sizes."""
    query = sa.select(artifacts.c.digest, artifacts.c.size).where(artifacts.c.marked <= before)
    return {row.digest: row.size for row in t.execute(query.order_by(artifacts.c.marked).limit(limit))}


def collect(t: Transaction, digests: Iterable[str], before: float) -> list[str]:
    """Forget those of these artifacts that were marked before a time and that nothing refers to still; which they were.

    Their rows are locked first: what another transaction begins to refer to meanwhile is waited for, and then seen.
    """
    wanted = sorted(digests)
    t.execute(
        sa.select(artifacts.c.digest)
        .where(artifacts.c.digest.in_(wanted))
        .order_by(artifacts.c.digest)
        .with_for_update()
    )
    still = sa.and_(artifacts.c.digest.in_(wanted), artifacts.c.marked <= before, sa.not_(_refers(artifacts.c.digest)))
    gone = list(t.execute(sa.select(artifacts.c.digest).where(still)).scalars())
    if gone:
        t.execute(artifacts.delete().where(artifacts.c.digest.in_(gone)))
    take_marks_away(t, (digest for digest in wanted if digest not in gone))
    if gone:
        t.execute(previews.delete().where(previews.c.digest.in_(gone)))
        t.execute(fresh_artifacts.delete().where(fresh_artifacts.c.digest.in_(gone)))  # else they were put back
    return gone


def take_marks_away(t: Transaction, digests: Iterable[str]) -> None:
    """Say that something refers to these artifacts now, such as a draft."""
    wanted = sorted(digests)
    if wanted:
        t.execute(artifacts.update().where(artifacts.c.digest.in_(wanted)).values(marked=None))


def unknown(t: Transaction, digests: Iterable[str]) -> list[str]:
    """Those of these digests that no artifact has."""
    wanted = set(digests)
    known = t.execute(sa.select(artifacts.c.digest).where(artifacts.c.digest.in_(sorted(wanted)))).scalars()
    return sorted(wanted - set(known))


def unknown_folders(t: Transaction, names: Iterable[str]) -> list[str]:
    """Those of these folders of attempts and jobs that belong to none."""
    wanted = sorted(names)
    known = {*t.execute(sa.select(attempts.c.id).where(attempts.c.id.in_(wanted))).scalars(),
             *t.execute(sa.select(jobs.c.id).where(jobs.c.id.in_(wanted))).scalars()}  # fmt: skip
    return [name for name in wanted if name not in known]


def forget_old(t: Transaction, *, keys: float, over: float, looks: float, ended_jobs: float, limit: int) -> int:
    """Forget idempotency keys, sessions, previews and jobs that ended, each older than its time; how many rows that were."""
    old_previews = (
        sa.select(previews.c.digest).where(previews.c.created < looks, previews.c.status != "pending").limit(limit)
    )
    old_jobs = (
        sa.select(jobs.c.id)
        .where(jobs.c.ended < ended_jobs, jobs.c.kind != "samples", jobs.c.status.not_in(_GOES_ON))
        .limit(limit)
    )
    statements = (
        idempotency.delete().where(idempotency.c.created < keys),
        sessions.delete().where(sessions.c.expires < over),
        previews.delete().where(previews.c.digest.in_(old_previews.scalar_subquery())),
        jobs.delete().where(jobs.c.id.in_(old_jobs.scalar_subquery())),
    )
    return sum(t.execute(statement).rowcount for statement in statements)


def bytes_kept(t: Transaction) -> tuple[int, int, int]:
    """How many artifacts there are, their bytes, and the bytes of those that are marked."""
    size, of_marked = (
        sa.func.sum(artifacts.c.size),
        sa.func.sum(artifacts.c.size).filter(artifacts.c.marked.is_not(None)),
    )
    row = t.execute(sa.select(sa.func.count(), size, of_marked)).one()
    return int(row[0]), int(row[1] or 0), int(row[2] or 0)
