"""Which submit was already done: the same key gives the same run."""

import sqlalchemy as sa

from designer.store.database import Transaction
from designer.store.tables import idempotency

KEPT_SECONDS = 7 * 86_400.0


def find(t: Transaction, key: str) -> tuple[str, str] | None:
    """The digest of what was asked under a key, and the run it made."""
    row = t.execute(sa.select(idempotency.c.body, idempotency.c.run).where(idempotency.c.key == key)).first()
    return None if row is None else (row.body, row.run)


def keep(t: Transaction, key: str, body: str, run: str, now: float) -> None:
    """Remember it, and forget what is older than a week. Raises the database's own error where someone was quicker."""
    t.execute(idempotency.delete().where(idempotency.c.created < now - KEPT_SECONDS))
    t.execute(idempotency.insert(), {"key": key, "body": body, "run": run, "created": now})
