"""What the other threads tell the one that decides."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

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


class Taking:
    """Outputs that are being taken in while the engine decides already what follows: nothing of that is kept before they are."""

    def __init__(self) -> None:
        self.stats: dict[str, str] = {}
        self.done: list[Task] = []  # commands carried out meanwhile
        self.fresh: dict[str, bytes] = {}  # the bytes of what the disk may not have yet
        self.instead: Message | None = None
        """What is true where they could not be taken in."""
        self._over = threading.Event()

    def over(self, instead: Optional["Message"] = None) -> None:
        """They are there; or something else is true."""
        self.instead = instead
        self._over.set()

    def wait(self) -> bool:
        """Wait until it is over; whether they are there."""
        self._over.wait()
        return self.instead is None


@dataclass(frozen=True)
class Message:
    """What happened to one run: signals for the engine, commands that were carried out, news of an attempt."""

    run: str
    signals: tuple[Signal, ...] = ()
    done: tuple[Task, ...] = ()
    told: Told | None = None
    taking: Taking | None = None

    def now(self) -> "Message":
        """What is true, as far as that is known."""
        return self if self.taking is None or self.taking.instead is None else self.taking.instead


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
