"""Builds of environments, as jobs: what each is told, how far it is, and what came of it."""

import logging
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from designer.actions import environments as actions
from designer.contract.environments import EnvironmentStatus
from designer.contract.events import EnvironmentChanged, Event
from designer.engine.run import StepError
from designer.environments import builder
from designer.errors import DesignerError
from designer.installation import Installation
from designer.launcher.environment import PROGRESS
from designer.launcher.result import read_json
from designer.store import environments, jobs
from designer.store.database import Transaction
from designer.store.environments import StoredLock
from designer.store.jobs import StoredJob
from designer.store.tables import JobStatus

log = logging.getLogger(__name__)

KIND = "environment"
TIMEOUT = 900.0
FOLLOW_SECONDS = 0.5
MOST_TRIES = 3
"""How often a build is begun that something killed; nothing of it was used, so that is always safe."""

KILLED = ("lost", "Killed")
LATE = StepError(
    "Timeout", f"The build took longer than {TIMEOUT / 60:g} minutes and was stopped.",
    "Its log says where it stood. Ask for versions that have wheels, or name a nearer index in DESIGNER_PACKAGE_INDEX.",
)  # fmt: skip
STOPPED = StepError("Canceled", "The build of the environment was stopped.", "Build it again, or run the step again.")


@dataclass
class Watched:
    """A build whose progress is followed."""

    digest: str
    file: Path
    said: Any = None


class Builds:
    """Looks after jobs of kind `environment`. `changed` is called whenever steps that wait should look again."""

    def __init__(self, inst: Installation, changed: Callable[[], None], check: Callable[[Transaction], None]) -> None:
        self._inst = inst
        self._changed = changed
        self._check = check  # that a transaction is the conductor's
        self._lock = threading.Lock()
        self._watched: dict[str, Watched] = {}
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()

    def describe(self, job: StoredJob) -> dict[str, Any]:
        """What `job.json` says besides what all jobs say. Raises `NotFound` where nobody wants it any more."""
        with self._inst.store.read() as t:
            wanted = actions.get_stored(t, job.subject)
        known = wanted.lock if not job.body.get("renew") else None
        lock = {"digest": known.digest, "python": known.python, "text": known.text} if known else None
        place = self._inst.environments.folder
        return {
            "options": builder.options(place, wanted.declaration, lock, again=bool(job.body.get("again"))),
            "environment": builder.network(self._inst.settings, os.environ),
        }

    def follow(self, job: StoredJob, folder: Path) -> None:
        """Tell how far a build is, until it has ended. Safe to repeat."""
        with self._lock:
            if self._closed.is_set():
                return
            self._watched.setdefault(job.id, Watched(job.subject, folder / PROGRESS))
            if self._thread is None:
                self._thread = threading.Thread(target=self._follow, name="conductor-builds", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """End following; builds go on."""
        self._closed.set()
        thread = self._thread
        if thread is not None:
            thread.join(timeout=10)

    def keep(
        self, t: Transaction, job: StoredJob, result: Mapping[str, Any] | None, error: StepError | None, now: float
    ) -> None:
        """Keep what came of a build."""
        self.forget(job.id)
        if result is not None:
            found = result["detected"]
            lock = StoredLock(str(found["lock"]), str(found["python"]), str(found["text"]), int(found["packages"]), now)
            environments.keep_lock(t, lock)
            environments.set_built(t, lock.digest, now, int(found["size"]))
            environments.set_ready(t, job.subject, lock.digest)
            return
        error = error or StepError(KIND, "The build failed and did not say why.", "Its log may say why.")
        tries = int(job.body.get("tries", 1))
        again = self._inst.ids("job")
        if error.kind in KILLED and tries < MOST_TRIES and environments.hand_over(t, job.subject, job.id, again):
            jobs.add(t, StoredJob(again, KIND, job.subject, JobStatus.QUEUED, {**job.body, "tries": tries + 1}, now))
            return
        failed = {"Canceled": STOPPED, "Timeout": LATE}.get(error.kind, error)
        environments.end(t, job.subject, job.id, dict(vars(failed)))

    def told(self, digest: str) -> list[Event]:
        """What clients are told of an environment now."""
        self._inst.environments.refresh()
        with self._inst.store.read() as t:
            found = environments.get(t, digest)
        return [EnvironmentChanged(id=digest, item=actions.answer(self._inst, found) if found else None)]

    def forget(self, job: str) -> None:
        """Follow a build no longer."""
        with self._lock:
            self._watched.pop(job, None)

    def _follow(self) -> None:
        while not self._closed.wait(FOLLOW_SECONDS):
            with self._lock:
                if not self._watched:
                    self._thread = None
                    return
                watched = list(self._watched.items())
            for job, one in watched:
                said = read_json(str(one.file))
                if isinstance(said, dict) and said != one.said:
                    one.said = said
                    try:
                        self._tell(job, one.digest, said)
                    except DesignerError as problem:
                        log.warning("progress of %s could not be kept: %s", job, problem.message)
                    except Exception:  # the progress of one build must not end that of all
                        log.exception("progress of %s could not be told", job)

    def _tell(self, job: str, digest: str, said: Mapping[str, Any]) -> None:
        status = EnvironmentStatus.LOCKING if said.get("status") == "locking" else EnvironmentStatus.BUILDING
        share = said.get("share")
        progress = float(share) if isinstance(share, int | float) else None
        with self._inst.store.write("tell_build") as t:
            self._check(t)
            if not environments.tell(t, digest, job, status, progress, str(said.get("text", ""))[:200]):
                return
        self._inst.bus.publish(self.told(digest))
        self._changed()
