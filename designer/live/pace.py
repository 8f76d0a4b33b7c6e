"""How fast a room is told: changes of a status at once, progress and growing logs at most four times a second.

Pure: no clock, no thread. Nothing that has a `seq` is left out, except in a burst, where only the newest is told: its
`seq` shows a client that it missed some, and it fetches them.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

from designer.contract.events import Event, LogGrew, RunListed, StepChanged
from designer.live.rooms import room_of

PAUSE = 0.25
BURST = 300
"""More events of one room at a time than this are not told one by one."""

REMEMBERED = 100_000
"""How many statuses are kept, to know which change."""


@dataclass
class _Room:
    told: float = float("-inf")
    urgent: bool = False
    waiting: dict[Hashable, Event] = field(default_factory=dict)  # in the order to tell them


class Pace:
    """What waits to be told, by room."""

    def __init__(self) -> None:
        self._rooms: dict[str, _Room] = {}
        self._statuses: dict[Hashable, str] = {}

    def take(self, events: Iterable[Event]) -> None:
        """Events that happened, in their order."""
        for event in events:
            room = self._rooms.setdefault(room_of(event), _Room())
            key = _key(event)
            room.waiting.pop(key, None)
            room.waiting[key] = event
            room.urgent = room.urgent or self._is_urgent(event)

    def due(self, now: float) -> list[tuple[str, list[Event]]]:
        """What to tell now, by room."""
        found = []
        for name, room in list(self._rooms.items()):
            if not room.waiting:
                if now - room.told > 60:
                    del self._rooms[name]
                continue
            if room.urgent or now - room.told >= PAUSE:
                events = list(room.waiting.values())
                found.append((name, events if len(events) <= BURST else events[-1:]))
                self._rooms[name] = _Room(told=now)
        return found

    def next(self, now: float) -> float | None:
        """Seconds until something is due; None when nothing waits."""
        waits = [0.0 if room.urgent else room.told + PAUSE - now for room in self._rooms.values() if room.waiting]
        return max(0.0, min(waits)) if waits else None

    def _is_urgent(self, event: Event) -> bool:
        if isinstance(event, LogGrew):
            return False
        if isinstance(event, StepChanged):
            return self._status_changed((event.run, event.step.node), event.step.status)
        if isinstance(event, RunListed):
            return self._status_changed(event.item.id, event.item.status)
        return True

    def _status_changed(self, key: Hashable, status: str) -> bool:
        before = self._statuses.pop(key, None)
        self._statuses[key] = status
        if len(self._statuses) > REMEMBERED:
            del self._statuses[next(iter(self._statuses))]
        return before != status


def _key(event: Event) -> Hashable:
    """Events of the same key replace one another while they wait; each event with a `seq` has a key of its own."""
    if isinstance(event, LogGrew):
        return ("log", event.run, event.node)
    if isinstance(event, RunListed):
        return ("listed", event.item.id)
    return id(event)
