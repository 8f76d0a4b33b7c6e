"""What the other threads tell the one that decides."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from designer.engine.signals import Signal
from designer.store.metrics import Point, Report
from designer.store.outbox import Task
from designer.store.steps import Seen


@dataclass(frozen=True)
class Told:
    """News of one attempt of a run, kept in one transaction."""

    attempt: str
    node: str
    seen: Seen | None = None
    points: tuple[Point, ...] = ()
    reports: tuple[Report, ...] = ()
    offset: int | None = None  # how far its events are read now
    handle: Mapping[str, Any] | None = None  # where it runs
    result: Mapping[str, Any] | None = None  # how it ended
    stats: Mapping[str, str] = field(default_factory=dict)  # of the artifacts it made, as they were taken in


@dataclass(frozen=True)
class Message:
    """What happened to one run: signals for the engine, commands that were carried out, news of an attempt."""

    run: str
    signals: tuple[Signal, ...] = ()
    done: tuple[Task, ...] = ()
    told: Told | None = None


@dataclass(frozen=True)
class Again:
    """A command could not be carried out and is to be tried later."""

    task: Task


@dataclass(frozen=True)
class Wake:
    """Look into the database: something new is there."""


@dataclass(frozen=True)
class End:
    """Stop deciding."""


Item = Message | Again | Wake | End
