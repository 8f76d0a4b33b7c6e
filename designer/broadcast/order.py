"""Which events of runs were told here already: each is told once, in the order of its `seq`. Pure, and not thread-safe."""

from collections.abc import Iterable

from designer.contract.events import Event, RunChanged, StepChanged

REMEMBERED = 10_000
"""Runs that are remembered; those that were told of longest ago are forgotten first."""


class Order:
    """The newest `seq` that was told, by run."""

    def __init__(self) -> None:
        self._told: dict[str, int] = {}

    def told(self, run: str) -> int:
        """The `seq` of the newest event of a run that was told; 0 where none was."""
        return self._told.get(run, 0)

    def tell(self, run: str, seq: int) -> None:
        """All events of a run up to this one are told."""
        self._told[run] = max(seq, self._told.pop(run, 0))
        if len(self._told) > REMEMBERED:
            del self._told[next(iter(self._told))]

    def gaps(self, events: Iterable[Event]) -> list[str]:
        """The runs of which an event before one of these was never told."""
        told: dict[str, int] = {}
        found: dict[str, None] = {}
        for event in events:
            if isinstance(event, StepChanged | RunChanged):
                before = told.get(event.run, self.told(event.run))
                if event.seq > before + 1:
                    found[event.run] = None
                told[event.run] = max(before, event.seq)
        return list(found)

    def new(self, events: Iterable[Event]) -> list[Event]:
        """Those that were not told yet; from now on they are."""
        found = []
        for event in events:
            if isinstance(event, StepChanged | RunChanged):
                if event.seq <= self.told(event.run):
                    continue
                self.tell(event.run, event.seq)
            found.append(event)
        return found
