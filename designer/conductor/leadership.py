"""One conductor at a time: it holds a lease, and every transaction of it asks whether it still does.

One that was paused, cut off or replaced writes nothing from then on, does nothing outside, and stands by.
"""

import logging
import math
from typing import Any

from designer.errors import Conflict, Unavailable
from designer.installation import Installation
from designer.store import leadership
from designer.store.database import Taken
from designer.store.leadership import Leader

log = logging.getLogger(__name__)

LEASE_SECONDS = 15.0
RENEW_SECONDS = 4.0
TRY_SECONDS = 1.0
MARGIN_SECONDS = 2.0
"""How long before its lease ends by the database's clock a conductor stops doing things outside."""


class Deposed(Conflict):
    """Another engine has taken over."""


class Leadership:
    """Whether this process conducts. `ensure` is called by one thread, the rest by any."""

    def __init__(self, inst: Installation) -> None:
        self._inst = inst
        self._me = leadership.here()
        self._epoch: int | None = None
        self._turn = 0
        self._ends = self._renew_at = -math.inf  # monotonic
        self._try_at = -math.inf
        self._rival: Leader | None = None

    @property
    def patience(self) -> float:
        """Seconds until `ensure` has something to do again."""
        at = self._try_at if self._epoch is None else self._renew_at
        return max(0.0, at - self._inst.clock.monotonic())

    def ensure(self) -> bool:
        """Whether this process conducts from now on: renews the lease when it is time, or tries to get it."""
        now = self._inst.clock.monotonic()
        if self._epoch is not None and now >= self._ends:
            self.lost("it was paused, or the database did not answer, for longer than its lease lasts")
            self._try_at = now
        if self._epoch is not None:
            try:
                return now < self._renew_at or self._renew(now)
            except Unavailable as problem:
                log.warning("the lease could not be renewed: %s", problem.message)
                self._renew_at = now + TRY_SECONDS
                return True
        if now < self._try_at:
            return False
        self._try_at = now + TRY_SECONDS
        try:
            return self._take(now)
        except Taken:
            return False
        except Unavailable as problem:
            log.warning("it cannot be seen who conducts: %s", problem.message)
            return False

    def _renew(self, now: float) -> bool:
        with self._inst.store.write("lead_on") as t:
            kept = leadership.renew(t, self._epoch or 0, LEASE_SECONDS)
        if kept:
            self._hold(now)
        else:
            self.lost("another one has taken over")
        return kept

    def _take(self, now: float) -> bool:
        with self._inst.store.write("lead") as t:
            epoch = leadership.take(t, self._me, LEASE_SECONDS)
            rival = None if epoch is not None else leadership.holder(t)
        if epoch is None:
            if rival is not None and rival != self._rival:
                log.warning("another engine is active (%s, pid %d): standing by", rival.host, rival.pid)
            self._rival = rival
            return False
        if self._rival is not None:
            log.warning("taking over from the engine of %s, pid %d", self._rival.host, self._rival.pid)
        self._epoch, self._rival = epoch, None
        self._hold(now)
        return True

    def _hold(self, since: float) -> None:
        timeless = self._inst.store.is_sqlite  # there a holder that lives is never replaced
        self._ends = math.inf if timeless else since + LEASE_SECONDS - MARGIN_SECONDS
        self._renew_at = math.inf if timeless else since + RENEW_SECONDS

    def lost(self, why: str) -> None:
        """Stand back."""
        if self._epoch is not None:
            log.warning("this engine (pid %d) stands back: %s", self._me.pid, why)
        self._epoch = None
        self._try_at = self._inst.clock.monotonic() + TRY_SECONDS

    def may_act(self) -> bool:
        """Whether things may be done outside now."""
        return self._epoch is not None and self._inst.clock.monotonic() < self._ends

    def check(self, t: Any) -> None:
        """Make sure that this transaction is one of the conductor. Raises `Deposed`; then nothing of it may be kept."""
        if self._epoch is None or not leadership.holds(t, self._epoch):
            raise Deposed("Another engine has taken over; this one stands by.")

    def sign(self, t: Any) -> None:
        """As `check`, for a turn of the conductor: `was_kept` can tell afterwards whether its transaction was."""
        self._turn += 1
        if self._epoch is None or not leadership.sign(t, self._epoch, self._turn):
            raise Deposed("Another engine has taken over; this one stands by.")

    def was_kept(self, t: Any) -> bool:
        """Whether the turn that was signed last is in the database."""
        return self._epoch is not None and leadership.is_signed(t, self._epoch, self._turn)

    def resign(self) -> None:
        """Let the next one begin at once."""
        epoch, self._epoch = self._epoch, None
        if epoch is None:
            return
        try:
            with self._inst.store.write("resign") as t:
                leadership.release(t, epoch)
        except Unavailable as problem:
            log.warning("the lease could not be given back: %s", problem.message)
