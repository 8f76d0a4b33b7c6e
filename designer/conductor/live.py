"""Runs and attempts that go on: copies of what the database says, changed only after a commit."""

import operator
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import compress
from pathlib import Path
from typing import Any

from designer.engine import run as engine
from designer.engine.status import StepStatus, run_status
from designer.graph.reuse import Parts
from designer.store.runs import StoredRun
from designer.store.steps import EarlierStep, Seen, StoredStep


@dataclass
class LiveRun:
    """A run that has not ended."""

    head: StoredRun
    steps: dict[str, StoredStep]
    state: engine.Run
    counts: Counter[StepStatus]
    listed: Mapping[str, int]  # the counts that the list of runs was last told
    earlier: dict[str, EarlierStep | None] = field(
        default_factory=dict
    )  # the last time of steps, as far as it was asked for

    @classmethod
    def of(cls, head: StoredRun, steps: dict[str, StoredStep]) -> "LiveRun":
        """A run as it is stored."""
        states = {node: one.state for node, one in steps.items()}
        state = engine.Run(head.id, states, head.continue_on_step_failure, head.cancel_requested)
        counts = Counter(one.status for one in states.values())
        return cls(replace(head, document={}), steps, state, counts, dict(head.counts))


@dataclass
class Work:
    """What one turn makes of a run, until it is committed."""

    live: LiveRun
    state: engine.Run
    seen: dict[str, Seen] = field(default_factory=dict)
    notes: dict[str, dict[str, Any]] = field(default_factory=dict)  # what else changes of stored steps
    compared: Mapping[str, engine.Step] | None = None  # for which steps `differ` holds
    differ: list[str] = field(default_factory=list)

    def note(self, node: str, **values: Any) -> None:
        """Fields of the stored step of a node take these values."""
        self.notes.setdefault(node, {}).update(values)

    def noted(self) -> list[str]:
        """The nodes with notes that say something new."""
        return [
            node
            for node, values in self.notes.items()
            if any(getattr(self.live.steps[node], name) != value for name, value in values.items())
        ]

    def changed(self) -> list[str]:
        """The nodes whose state is another one now; their order never changes."""
        before, after = self.live.state.steps, self.state.steps
        if before is after:
            return []
        if self.compared is not after:  # asked several times a turn, and a run may have thousands of steps
            self.compared = after
            self.differ = list(compress(after, map(operator.is_not, after.values(), before.values())))
        return self.differ

    def step(self, node: str) -> StoredStep:
        """A step as it is to be stored."""
        old, state = self.live.steps[node], self.state.steps[node]
        seen = self.seen.get(node, old.seen)
        if state.attempt and state.attempt != old.state.attempt:
            seen = self.seen.get(node, Seen())
        return replace(old, **{"state": state, "seen": seen, **self.notes.get(node, {})})

    def parts(self, node: str, environment: str) -> Parts:
        """All that decides what a step makes, once what it reads is there."""
        plan = self.live.steps[node].plan
        flowing = {port: made.digest for port, made in self.flowing(node).items()}
        return Parts(plan.source, plan.parameters, flowing, environment)

    def flowing(self, node: str) -> dict[str, engine.Output]:
        """What flows into the ports of a step, as far as it is there."""
        found = {}
        for port, (source, output) in self.live.steps[node].plan.inputs.items():
            made = self.state.steps[source].outputs.get(output)
            if made is not None:
                found[port] = made
        return found

    def head(self, changed: Mapping[str, StoredStep]) -> tuple[StoredRun, Counter[StepStatus]]:
        """The run's own columns after these steps changed, except `seq`."""
        counts = Counter(self.live.counts)
        head = self.live.head
        started, failed, error, last = head.started, head.failed_step, head.error, 0.0
        for node, step in changed.items():
            state = step.state
            counts[self.live.state.steps[node].status] -= 1
            counts[state.status] += 1
            if state.started is not None:
                started = state.started if started is None else min(started, state.started)
            if state.status is StepStatus.FAILED and not failed:
                failed, error = node, state.error.message if state.error else ""
            last = max(last, state.ended or 0.0)
        status = run_status((one for one, count in counts.items() if count > 0), self.state.cancel_requested)
        over = status.value in ("completed", "failed", "canceled")
        ended = head.ended if not over else max(last, started or 0.0) or head.created
        started = started if not over or started is not None else ended
        return replace(
            head, status=status, started=started, ended=ended, failed_step=failed, error=error,
            cancel_requested=self.state.cancel_requested,
            counts={one.value: counts[one] for one in StepStatus if counts[one] > 0},
        ), counts  # fmt: skip


@dataclass
class Attempt:
    """An attempt that goes on. Its lock keeps commands and looks of one attempt apart."""

    id: str
    run: str
    node: str
    target: str
    folder: Path
    handle: Mapping[str, Any] | None = None
    timeout: float | None = None
    stopping: bool = False
    stop_asked: float | None = None  # monotonic
    since: float = 0.0  # monotonic: when this server saw it first
    ended: bool = False  # its end was told
    offset: int = 0
    seen: Seen = field(default_factory=Seen)
    positions: dict[str, int] = field(default_factory=dict)  # how many points of each metric there are
    reports: int = 0
    told_at: float = 0.0  # monotonic
    unsaid: Any = None  # what was read and not told yet
    sizes: dict[str, int] = field(default_factory=dict)  # of the logs, as last published
    sizes_at: float = 0.0
    started: float | None = None  # when it was told to run
    hasty: bool = False  # its target said that it changed before it said where it runs
    lock: threading.RLock = field(default_factory=threading.RLock)
