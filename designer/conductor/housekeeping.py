"""What is looked after now and then, in a thread of its own: free space, and a database that refuses."""

import logging
import threading
from contextlib import suppress

from designer.actions import environments, storage
from designer.actions.artifacts import settle_fresh
from designer.errors import Conflict, DesignerError
from designer.installation import Installation
from designer.store import copies
from designer.store.database import touch

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
QUIET_SECONDS = 30.0
RETRY_SECONDS = 3_600.0
CLEAN_SECONDS = 3_600.0


class Housekeeping:
    """Looks after one installation while its server runs."""

    def __init__(self, inst: Installation) -> None:
        self._inst = inst
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)
        self._probed = float("-inf")
        self._begun = inst.clock.monotonic()
        self._checked = float("-inf")
        self._copied = self._cleaned = self._swept = float("-inf")
        self._looked = float("-inf")  # for environments

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; what goes on is finished first, and is short."""
        self._ended.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        with suppress(OSError):  # whoever puts one says what is wrong
            self._inst.artifacts.prepare()
        while not self._ended.wait(LOOK_SECONDS):
            try:
                self.look()
                if not self._inst.paused:
                    settle_fresh(self._inst)
                self.look_after_copies()
                self.look_after_environments()
                self.clean_up()
            except DesignerError as problem:
                log.warning("housekeeping: %s", problem.message)
            except Exception:  # the door of a thread: nothing above would hear of it
                log.exception("housekeeping failed")

    def look(self) -> None:
        """See whether what was refused goes again, and let the conductor go on when it does; hear of other servers' changes."""
        inst = self._inst
        was_paused = inst.paused
        inst.space.look()
        fault = inst.store.fault
        now = inst.clock.monotonic()
        if fault is not None and now >= self._probed + fault.details.get("retry_after", LOOK_SECONDS):
            self._probed = now
            with suppress(DesignerError), inst.store.write("probe") as t:
                touch(t)
        if was_paused and not inst.paused:
            inst.wake()
        inst.environments.refresh()

    def look_after_copies(self) -> None:
        """Once a day: see whether the SQLite database is whole, and copy it. Not in the first seconds of a server."""
        inst = self._inst
        now = inst.clock.monotonic()
        if inst.store.file is None or inst.paused or now < self._begun + QUIET_SECONDS:
            return
        if now >= self._checked + copies.DAY:
            self._checked = now
            copies.check_later(inst.store, inst.backups)
        keep = inst.settings.keep_copies
        if keep and now >= self._copied + RETRY_SECONDS and copies.due(inst.backups, inst.clock.now()):
            self._copied = now
            copies.make(inst.store, inst.backups, keep, inst.space.usage()[0], inst.clock.now())

    def look_after_environments(self) -> None:
        """Once an hour: remove environments that no step needed for long, and what killed builds left."""
        inst = self._inst
        now, days = inst.clock.monotonic(), inst.settings.keep_environments_days
        if inst.paused or now < max(self._begun + QUIET_SECONDS, self._looked + RETRY_SECONDS):
            return
        self._looked = now
        for lock in environments.remove_unused(inst, days) if days else ():
            log.info("the environment %s was removed: no step needed it for %g days", lock, days)

    def clean_up(self) -> None:
        """Once an hour remove what is too old or unused, and once a day bytes that no row knows."""
        now = self._inst.clock.monotonic()
        if self._inst.paused or now < max(self._begun + QUIET_SECONDS, self._cleaned + CLEAN_SECONDS):
            return
        self._cleaned = now
        with suppress(Conflict):  # a backup goes on: the next hour comes
            storage.clean(self._inst)
            if now >= self._swept + copies.DAY:
                self._swept = now
                storage.sweep_bytes(self._inst)
