"""Which steps wait for a slot of which target, and who holds the slots."""

import heapq
from collections import Counter
from dataclasses import dataclass, field

Turn = tuple[int, float, str, int, str]
"""Priority (negative), when the run was created, the run, the step's position, its node: smaller ones go first."""


@dataclass
class Queues:
    """Queued steps and held slots, per target. Entries may be out of date: whoever takes one looks again."""

    ready: dict[str, list[Turn]] = field(default_factory=dict)
    later: list[tuple[float, str, Turn]] = field(
        default_factory=list
    )  # retries, by the monotonic time from which they may run
    held: dict[str, str] = field(default_factory=dict)  # attempt -> target
    counts: Counter[str] = field(default_factory=Counter)
    closed: dict[str, str] = field(default_factory=dict)  # why a target took nothing at the last look, "" where it did

    def put(self, target: str, turn: Turn, wait: float, now: float) -> None:
        """A step waits from now, or from so many seconds later; `now` is of the clock that never jumps."""
        if wait > 0:
            heapq.heappush(self.later, (now + wait, target, turn))
        else:
            heapq.heappush(self.ready.setdefault(target, []), turn)

    def ripen(self, now: float) -> None:
        """Let those wait whose time has come."""
        while self.later and self.later[0][0] <= now:
            _, target, turn = heapq.heappop(self.later)
            heapq.heappush(self.ready.setdefault(target, []), turn)

    def next_time(self) -> float | None:
        """When the next retry may run."""
        return self.later[0][0] if self.later else None

    def take(self, target: str) -> Turn | None:
        """The next entry of a target's queue."""
        waiting = self.ready.get(target)
        return heapq.heappop(waiting) if waiting else None

    def load(self, begun: Counter[str]) -> dict[str, tuple[int, int, int, str]]:
        """Of each target: how many have begun, held slots, about how many wait, and why it takes nothing."""
        names = {name for name, count in self.counts.items() if count} | {
            name for name, one in self.ready.items() if one
        }
        return {
            name: (begun[name], self.counts[name], len(self.ready.get(name, ())), self.closed.get(name, ""))
            for name in names
        }

    def hold(self, attempt: str, target: str) -> None:
        """An attempt takes a slot. Safe to repeat."""
        if attempt not in self.held:
            self.held[attempt] = target
            self.counts[target] += 1

    def release(self, attempt: str) -> None:
        """An attempt gives its slot back. Safe to repeat."""
        target = self.held.pop(attempt, None)
        if target is not None:
            self.counts[target] -= 1
