"""What a target with workers asks of the database, which it cannot reach itself. `designer/store/claims.py` does it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol


class Claim(Protocol):
    """An attempt as the database knows it."""

    @property
    def worker(self) -> str:
        """Who has it; "" while nobody does."""

    @property
    def worker_name(self) -> str:
        """Its worker, for people."""

    @property
    def left(self) -> float:
        """Seconds of its lease."""

    @property
    def phase(self) -> str:
        """What its worker does before the step runs."""

    @property
    def running(self) -> bool:
        """Whether the step runs, or has run."""

    @property
    def stop(self) -> float | None:
        """The grace of a stop that was asked for."""

    @property
    def over(self) -> str:
        """Why it is over; "" while it is not."""


class Worker(Protocol):
    """A worker as the database knows it."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def slots(self) -> int:
        """How many steps it runs at the same time."""

    @property
    def draining(self) -> bool:
        """Whether it takes nothing new."""

    @property
    def silent(self) -> float:
        """Seconds since it was heard."""

    @property
    def cpu(self) -> float | None:
        """How busy it is."""

    @property
    def memory(self) -> int | None:
        """Bytes in use."""

    @property
    def memory_limit(self) -> int | None:
        """Bytes there are."""


class Claims(Protocol):
    """What the database does for a target of this kind; `designer/store/claims.py` says more of each."""

    def add(self, attempt: str, target: str, folder: str, software: Mapping[str, Any] | None) -> None:
        """An attempt waits for a worker."""

    def get(self, attempt: str) -> Claim | None:
        """What is known of it."""

    def due(self, attempts: Collection[str], seconds: float) -> list[str]:
        """Which of these the queue has to be told of."""

    def not_told(self, attempts: Sequence[str]) -> None:
        """The queue could not be told."""

    def waiting(self, target: str) -> int:
        """How many wait for a worker."""

    def stop(self, attempt: str, grace: float) -> Claim | None:
        """It is to end."""

    def remove(self, attempt: str) -> bool:
        """Forget it."""

    def reap(self, target: str) -> list[str]:
        """Give up those whose leases ended."""

    def workers(self, target: str) -> Sequence[Any]:
        """The workers that were heard lately, oldest first."""
