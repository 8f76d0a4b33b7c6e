"""What the database says that nobody told: events of runs, runs for the list, and jobs that ended."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from designer.actions import answers, environments
from designer.broadcast.order import Order
from designer.contract.events import DatasetChanged, EnvironmentChanged, Event, PreviewReady, RunListed
from designer.installation import Installation
from designer.store import datasets, events, jobs, leadership, runs
from designer.store import environments as stored_environments
from designer.store.database import Transaction
from designer.store.jobs import StoredJob

PAGE = 1_000
"""Events of a run that are told at a time; the rest follows with the next look."""


@dataclass
class Look:
    """What was found: events, and how far runs are whose events need not be told."""

    events: list[Event] = field(default_factory=list)
    known: list[tuple[str, int]] = field(default_factory=list)


class Poll:
    """Looks again and again. The first look only learns what there is."""

    def __init__(self, inst: Installation, order: Order) -> None:
        self._inst = inst
        self._order = order
        self._going: list[str] = []
        self._jobs: dict[str, bool] = {}  # whether it had ended
        self._first = True

    def look(self) -> Look:
        """What is new since the last look. Nothing in the server that conducts: it tells all of it itself."""
        first, self._first = self._first, False
        found = Look()
        with self._inst.store.read() as t:
            leader = leadership.holder(t)
            positions = runs.positions(t, self._going)
            ended = self._ended(t)
            self._going = [id_ for id_, _, over in positions if not over]
            if first:
                found.known = [(id_, seq) for id_, seq, _ in positions]
            elif leader is None or not leader.is_me:
                for id_, seq, _ in positions:
                    told = self._order.told(id_)
                    if seq > told:
                        found.events += events.after(t, id_, told, PAGE)
                        listed = runs.listed(t, id_)
                        found.events += [RunListed(item=answers.summary(listed))] if listed is not None else []
                found.events += self._made(t, ended)
        return found

    def missing(self, ids: Iterable[str]) -> list[Event]:
        """The events of these runs that were not told."""
        found: list[Event] = []
        with self._inst.store.read() as t:
            for id_ in ids:
                seq = self._order.told(id_)
                while page := events.after(t, id_, seq, PAGE):
                    found += page
                    seq = page[-1].seq
        return found

    def _ended(self, t: Transaction) -> list[StoredJob]:
        """The jobs that ended since the last look."""
        recent = jobs.recent(t, [id_ for id_, ended in self._jobs.items() if not ended])
        ended = [job for job in recent if job.ended is not None and not self._jobs.get(job.id, False)]
        self._jobs = {job.id: job.ended is not None for job in recent}
        return ended

    def _made(self, t: Transaction, ended: Iterable[StoredJob]) -> list[Event]:
        found: list[Event] = []
        for job in ended:
            if job.kind == "preview":
                found.append(PreviewReady(digest=job.subject))
            elif job.kind == "environment":
                stored = stored_environments.get(t, job.subject)
                if stored is not None:
                    found.append(EnvironmentChanged(id=job.subject, item=environments.answer(self._inst, stored)))
            elif job.kind in ("ingest", "samples"):
                ids = job.body["datasets"].values() if job.kind == "samples" else [job.body["dataset"]]
                there = [one for one in (datasets.get(t, id_) for id_ in ids) if one is not None]
                found += [DatasetChanged(id=one.id, item=one.model_copy(update={"versions": []})) for one in there]
        return found
