"""Events of runs: kept as the JSON that clients get."""

from collections.abc import Sequence

import sqlalchemy as sa

from designer.contract.events import EVENT, RunChanged, StepChanged
from designer.store.database import Transaction
from designer.store.tables import events


def add(t: Transaction, found: Sequence[StepChanged | RunChanged]) -> None:
    """Keep new events."""
    if found:
        t.execute(events.insert(), [{"run": one.run, "seq": one.seq, "body": one.model_dump_json()} for one in found])


def after(t: Transaction, run: str, seq: int, limit: int) -> list[StepChanged | RunChanged]:
    """The events of a run after a seq, in order."""
    query = sa.select(events.c.body).where(events.c.run == run, events.c.seq > seq).order_by(events.c.seq).limit(limit)
    found = (EVENT.validate_json(body) for body in t.execute(query).scalars())
    return [one for one in found if isinstance(one, StepChanged | RunChanged)]
