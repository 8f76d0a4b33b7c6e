"""Sessions of browsers, and the one-time codes that begin them. Only digests are kept."""

from dataclasses import dataclass

import sqlalchemy as sa

from designer.store.database import Transaction
from designer.store.tables import sessions


@dataclass(frozen=True)
class StoredSession:
    """A session, or a code that waits to become one."""

    digest: str
    created: float
    expires: float
    last_used: float


def add(t: Transaction, session: StoredSession) -> None:
    """Keep a session, and forget those that are over."""
    t.execute(sessions.delete().where(sessions.c.expires < session.created))
    t.execute(
        sessions.insert(),
        {
            "digest": session.digest,
            "created": session.created,
            "expires": session.expires,
            "last_used": session.last_used,
        },
    )


def get(t: Transaction, digest: str) -> StoredSession | None:
    """The session of a digest, also one that is over."""
    row = t.execute(sa.select(sessions).where(sessions.c.digest == digest)).first()
    return None if row is None else StoredSession(row.digest, row.created, row.expires, row.last_used)


def touch(t: Transaction, digest: str, now: float) -> None:
    """Note that a session was used."""
    t.execute(sessions.update().where(sessions.c.digest == digest), {"last_used": now})


def remove(t: Transaction, digest: str, now: float) -> bool:
    """Take a session away; whether it was there and not over. Of two who take the same one, one is told yes."""
    gone = t.execute(sessions.delete().where(sessions.c.digest == digest, sessions.c.expires >= now))
    return bool(gone.rowcount)
