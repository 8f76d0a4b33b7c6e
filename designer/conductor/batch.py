"""All that one turn of the conductor writes, in one transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from designer.conductor.messages import Taking, Told
from designer.conductor.reuse import Place
from designer.contract.events import RunChanged, StepChanged
from designer.store import artifacts, attempts, events, metrics, outbox, requests, results, runs, steps
from designer.store.attempts import StoredAttempt
from designer.store.database import Transaction
from designer.store.outbox import Task
from designer.store.results import Result
from designer.store.steps import StoredStep


@dataclass
class Batch:
    """All that one turn writes."""

    heads: list[Any] = field(default_factory=list)
    steps: list[tuple[str, StoredStep]] = field(default_factory=list)
    made: list[tuple[str, str, str, Mapping[str, Any]]] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    reused: dict[Place, str] = field(default_factory=dict)  # whose attempt made what serves these steps
    events: list[StepChanged | RunChanged] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    done: list[Task] = field(default_factory=list)
    early: set[Task] = field(default_factory=set)  # carried out before they were written
    attempts: list[StoredAttempt] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    taking: list[Taking] = field(default_factory=list)  # outputs that must be there before this is written
    ended: list[tuple[str, str]] = field(default_factory=list)  # target and status of steps that ended

    def matters(self) -> bool:
        """Whether it must be written now; that a command was carried out can wait for the next commit."""
        return bool(
            self.heads or self.steps or self.events or self.tasks or self.attempts or self.told or self.requests
        )

    def drop_what_is_done(self) -> None:
        """Commands that were carried out before they are written need not be written."""
        self.early = set(self.done).intersection(self.tasks)
        if self.early:
            self.tasks = [task for task in self.tasks if task not in self.early]
            self.done = [task for task in self.done if task not in self.early]

    def write(self, t: Transaction, now: float) -> None:
        """Keep all of it, in this transaction."""
        told = self.told
        attempts.add(t, self.attempts)
        steps.save(t, self.steps)
        steps.publish(t, self.made, now)
        results.keep(t, self.results)
        runs.advance(t, [vars(head) for head in self.heads])
        events.add(t, self.events)
        outbox.done(t, self.done)
        outbox.add(t, self.tasks, now)
        requests.done(t, self.requests)
        attempts.tell(t, _news(told))
        artifacts.set_stats(t, {digest: stat for one in told for digest, stat in one.stats.items()})
        artifacts.keep_fresh(t, {digest: made for one in self.taking for digest, made in one.fresh.items()})
        metrics.add(t, [point for one in told for point in one.points])
        metrics.keep_reports(t, list({(r.attempt, r.kind, r.name): r for one in told for r in one.reports}.values()))


def _news(told: Iterable[Told]) -> dict[str, attempts.Told]:
    """What was told of attempts, one piece of news each: of several the last counts."""
    found: dict[str, attempts.Told] = {}
    for one in told:
        old = found.get(one.attempt, attempts.Told())
        found[one.attempt] = attempts.Told(
            one.handle if one.handle is not None else old.handle,
            one.offset if one.offset else old.offset,
            one.result if one.result is not None else old.result,
        )
    return found
