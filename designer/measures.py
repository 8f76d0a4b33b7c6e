"""What the server counts about itself while it works: cheap to note, read when someone asks."""

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

BOUNDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Upper bounds of the classes that durations are counted in, in seconds."""


class Timing:
    """How long something took, again and again. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = [0] * (len(BOUNDS) + 1)
        self._sum = 0.0

    def note(self, seconds: float) -> None:
        """It took so long this time."""
        place = bisect_left(BOUNDS, seconds)
        with self._lock:
            self._counts[place] += 1
            self._sum += seconds

    def read(self) -> tuple[list[int], float]:
        """How often it took at most each of `BOUNDS` (and any time), and the sum in seconds."""
        with self._lock:
            counts, total = list(self._counts), self._sum
        for place in range(1, len(counts)):
            counts[place] += counts[place - 1]
        return counts, total


@dataclass
class Measures:
    """The counts of one server."""

    turns: Timing = field(default_factory=Timing)
    commits: Timing = field(default_factory=Timing)
    ended: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Steps that ended, by target and status; counted by the one thread that decides."""

    viewers: Callable[[], int] = lambda: 0
    """How many browsers watch."""
