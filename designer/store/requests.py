"""What people ask of a run that is going on, until the conductor has taken it in."""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from designer.store.database import Transaction
from designer.store.tables import requests


@dataclass(frozen=True)
class CancelRequest:
    """Someone wants a run, or one step of it, to end."""

    id: str
    run: str
    node: str  # "" of the whole run
    created: float


def add(t: Transaction, request: CancelRequest) -> None:
    """Keep a request."""
    t.execute(requests.insert(), vars(request))


def waiting(t: Transaction, limit: int = 1_000) -> list[CancelRequest]:
    """Requests that are not taken in, oldest first."""
    return [
        CancelRequest(**row) for row in t.execute(sa.select(requests).order_by(requests.c.id).limit(limit)).mappings()
    ]


def done(t: Transaction, ids: Iterable[str]) -> None:
    """Forget requests that were taken in."""
    chosen = list(ids)
    if chosen:
        t.execute(requests.delete().where(requests.c.id.in_(chosen)))
