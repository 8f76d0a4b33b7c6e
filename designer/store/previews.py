"""Previews: looks at artifacts, made once and kept."""

from typing import Any

import sqlalchemy as sa

from designer.contract.artifacts import Preview, PreviewStatus
from designer.contract.runs import StepError
from designer.store.database import Transaction, insert
from designer.store.tables import previews


def get(t: Transaction, digest: str, kind: str) -> Preview | None:
    """The preview of an artifact, in whatever state it is."""
    row = t.execute(sa.select(previews).where(previews.c.digest == digest, previews.c.kind == kind)).mappings().first()
    if row is None:
        return None
    error = StepError(**row["error"]) if row["error"] else None
    return Preview(digest=digest, status=PreviewStatus(row["status"]), content=row["content"], error=error)


def begin(t: Transaction, digest: str, kind: str, now: float) -> bool:
    """Remember that a preview is being made; False where someone did before."""
    values = {"digest": digest, "kind": kind, "status": "pending", "created": now}
    made = insert(t, previews).values(values).on_conflict_do_nothing().returning(previews.c.digest)
    return t.execute(made).first() is not None  # an INSERT has no row count on PostgreSQL


def end(t: Transaction, digest: str, kind: str, content: Any, error: dict[str, Any] | None, now: float) -> None:
    """Keep what became of it."""
    t.execute(
        previews.update()
        .where(previews.c.digest == digest, previews.c.kind == kind)
        .values(status="failed" if error else "ready", content=content, error=error, created=now)
    )


def forget_failed(t: Transaction, digest: str, kind: str, before: float) -> None:
    """Let one that failed before a time be made again."""
    t.execute(
        previews.delete().where(
            previews.c.digest == digest,
            previews.c.kind == kind,
            previews.c.status == "failed",
            previews.c.created < before,
        )
    )
