"""One thread that reads on in what running steps report, and says how their logs grow."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace

from designer.conductor.hands import log_sizes
from designer.conductor.live import Attempt
from designer.conductor.messages import Message, Told
from designer.conductor.tail import progress_interval, read_events
from designer.contract.events import LogGrew
from designer.installation import Installation

log = logging.getLogger(__name__)

FOLLOW_SECONDS = 0.1
LOG_SECONDS = 0.25


class Follower:
    """Follows the attempts that run. `busy` wakes it, when nothing runs it sleeps."""

    def __init__(self, inst: Installation, attempts: Mapping[str, Attempt], tell: Callable[[Message], None]) -> None:
        self._inst = inst
        self._attempts = attempts
        self._tell = tell
        self._ended = threading.Event()
        self._busy = threading.Event()

    def busy(self) -> None:
        """Something runs that may report."""
        self._busy.set()

    def stop(self) -> None:
        """Have `run` return."""
        self._ended.set()
        self._busy.set()

    def run(self) -> None:
        """Follow until `stop`."""
        while not self._ended.is_set():
            self._busy.wait()
            self._busy.clear()  # before the look: an attempt that begins meanwhile sets it again
            running = [one for one in list(self._attempts.values()) if not one.ended]
            for attempt in running:
                try:
                    self._follow(attempt)
                except Exception:  # one step's oddities must not end the following of all
                    log.exception("what %s reports could not be read", attempt.id)
            if running:
                self._busy.set()
            self._ended.wait(FOLLOW_SECONDS)

    def _follow(self, attempt: Attempt) -> None:
        now = self._inst.clock.monotonic()
        if attempt.handle is None or not attempt.lock.acquire(blocking=False):
            return  # something else is being done with it; next time
        try:
            if attempt.ended:
                return
            news = read_events(attempt)
            if attempt.unsaid is not None:
                attempt.unsaid.points += news.points
                attempt.unsaid.reports += news.reports
                attempt.unsaid.changed = attempt.unsaid.changed or news.changed
                news = attempt.unsaid
            attempt.unsaid = news if news.changed or news.points or news.reports else None
            if attempt.unsaid is not None and now >= attempt.told_at + progress_interval(now - attempt.since):
                sizes = log_sizes(attempt.folder)
                attempt.seen = replace(attempt.seen, log_bytes=sizes)
                attempt.told_at, attempt.unsaid = now, None
                told = Told(
                    attempt.id, attempt.node, attempt.seen, tuple(news.points), tuple(news.reports), attempt.offset
                )
                self._tell(Message(attempt.run, (), (), told))
        finally:
            attempt.lock.release()
        if now >= attempt.sizes_at + LOG_SECONDS:
            sizes = log_sizes(attempt.folder)
            if sizes != attempt.sizes and any(sizes.values()):
                attempt.sizes, attempt.sizes_at = sizes, now
                self._inst.bus.publish([LogGrew(run=attempt.run, node=attempt.node, sizes=sizes)])
