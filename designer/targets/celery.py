"""The target `celery`: many machines. A worker on each takes attempts from the server; a queue in Redis only wakes them.

The database alone says what is to be done and who does it. So Redis may lose everything or say things twice, and a worker may
vanish: attempts that nobody took are told to the queue again, attempts whose worker let its lease end are given up.
"""

import logging
import os
import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from designer.errors import Unavailable
from designer.graph.findings import Finding, Severity
from designer.launcher import logs, private, supervisor
from designer.launcher.result import FORMAT, read_json, write_json
from designer.targets.base import Exited, Gone, Handle, Job, Load, Look, Running, Starting
from designer.targets.claims import Claims, Worker
from designer.targets.kinds import Context
from designer.targets.queue import Sender, shown

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""How old may be what is known of workers."""

REAP_SHARE = 1 / 15
"""How often ended leases are looked for, in leases."""

TELL_AGAIN_SECONDS = 30.0
"""How long an attempt that nobody took waits until the queue is told of it again."""

REDIS_SECONDS = 10.0
"""How often it is looked whether Redis answers."""

LONGEST_PAUSE = 30.0
"""Seconds between tries to reach Redis, at most."""

SILENT_LEASES = 1.0
"""Leases after which a worker that said nothing does not count."""


class Options(BaseModel):
    """What a person chooses about machines with workers."""

    model_config = ConfigDict(extra="forbid")

    broker: str = Field(
        title="Address of Redis", description="Such as redis://:password@redis.example:6379/0. Workers must reach it, too.",
        pattern=r"^rediss?://", json_schema_extra={"secret": True},
    )  # fmt: skip
    queue: str = Field(
        default="", max_length=100, pattern=r"^[A-Za-z0-9_.-]*$", title="Queue",
        description="Its name in Redis; empty is the name of the target.",
    )  # fmt: skip
    min_nodes: int = Field(
        default=1, ge=0, le=1000, title="Minimum of workers", description="With fewer, the target says so.",
    )  # fmt: skip
    max_nodes: int = Field(
        default=100, ge=1, le=1000, title="Maximum of workers",
        description="How many may take work at the same time; others stand by.",
    )  # fmt: skip
    lease: float = Field(
        default=45.0, ge=1.0, le=3600.0, title="Lease (seconds)",
        description="How long a worker may be silent: then it has ended its steps, and they count as lost.",
    )  # fmt: skip


def make(name: str, options: Options, context: Context) -> "CeleryTarget":
    """The target that these options describe."""
    if context.claims is None:
        raise Unavailable("Workers need a database that remembers what they have.")
    return CeleryTarget(name, options, context.claims)


def test(options: Options, context: Context) -> list[Finding]:
    """What is wrong with Redis."""
    sender = Sender(options.broker, options.queue or "designer")
    try:
        warning = sender.look()
        return (
            [Finding("broker", warning, "See its configuration.", Severity.WARNING, parameter="broker")]
            if warning
            else []
        )
    except OSError as problem:
        return [
            Finding("broker", f"Redis at {shown(options.broker)} does not answer: {problem}.",
                    "Look at its address, its password and whether it runs.", parameter="broker")
        ]  # fmt: skip
    finally:
        sender.close()


class CeleryTarget:
    """Attempts for workers. Used from many threads."""

    def __init__(self, name: str, options: Options, claims: Claims) -> None:
        self.name = name
        self.options = options
        self.queue = options.queue or f"designer.{name}"
        self._claims = claims
        self._most = 1_000
        self._lock = threading.Lock()
        self._mine: dict[str, Handle] = {}  # what was started or taken up here, until it has ended
        self._phases: dict[str, str] = {}
        self._told: Callable[[str], None] | None = None
        self._known: tuple[float, Sequence[Any]] = (float("-inf"), ())
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._hint = False
        self._closed = False
        self._trouble = ""
        self._warning = ""

    @property
    def here(self) -> bool:
        """It is elsewhere."""
        return False

    @property
    def slots(self) -> int:
        """How many attempts may be out: as many as the workers have slots, and one more for each, so that none waits for its next."""
        taking = self.taking(self._workers())
        return min(self._most, max(1, sum(int(one.slots) for one in taking) + len(taking)))

    @slots.setter
    def slots(self, most: int) -> None:
        self._most = most

    def trouble(self) -> str:
        """Why nobody can take anything now."""
        if self._trouble:
            return self._trouble
        return "" if self.taking(self._workers()) else "no worker is there."

    def notices(self) -> list[str]:
        """What a person should know: too few workers, Redis away."""
        workers = self._workers()
        alive = [one for one in workers if self.is_alive(one)]
        taking, found = len(self.taking(workers)), []
        if self._trouble:
            found.append(self._trouble)
        if self._warning:
            found.append(self._warning)
        if taking < self.options.min_nodes:
            text = "No worker is" if not taking else f"{taking} worker{'s are' if taking > 1 else ' is'}"
            found.append(
                f"{text} there, fewer than the minimum of {self.options.min_nodes}: start more with "
                f"“designer worker --target {self.name}”."
            )
        draining = sum(one.draining for one in alive)
        if draining:
            found.append(f"{draining} worker{'s drain' if draining > 1 else ' drains'}: no new steps there.")
        standing_by = len(alive) - draining - taking
        if standing_by:
            found.append(f"{standing_by} of {len(alive)} workers stand by: the maximum is {self.options.max_nodes}.")
        return found

    def load(self) -> Load | None:
        """How busy the workers are, all together."""
        alive = [one for one in self._workers() if self.is_alive(one) and one.memory_limit]
        if not alive:
            return None
        cpus = [one.cpu for one in alive if one.cpu is not None]
        memory = sum(one.memory or 0 for one in alive)
        return Load(sum(cpus) / len(cpus) if cpus else None, memory, sum(one.memory_limit or 0 for one in alive))

    def is_alive(self, worker: Worker) -> bool:
        """Whether a worker was heard within a lease."""
        return worker.silent <= SILENT_LEASES * self.options.lease

    def taking(self, workers: Sequence[Any]) -> list[Any]:
        """Those that may take work: the oldest ones that live and do not drain, up to the maximum."""
        return [one for one in workers if self.is_alive(one) and not one.draining][: self.options.max_nodes]

    def start(self, job: Job) -> Handle:
        """Let workers have the job. Called twice with one name it is there once."""
        folder = os.path.realpath(job.folder)
        handle = {"name": job.name, "folder": folder}
        if _result(folder) is None and self._claims.get(job.name) is None:
            self._claims.add(job.name, self.name, folder, vars(job.software) if job.software else None)
        self.adopt(handle)
        return handle

    def adopt(self, handle: Handle) -> None:
        """See to a job that was started before."""
        with self._lock:
            self._mine[handle["name"]] = handle
        self._run()

    def look(self, handle: Handle) -> Look:
        """What has become of it."""
        result = _result(handle["folder"])
        if result is not None:
            return Exited(result.get("exit_code"))
        claim = self._claims.get(handle["name"])
        if claim is None:
            return Gone("it was taken away") if _result(handle["folder"]) is None else self.look(handle)
        if claim.over and not claim.worker:
            private.remove(handle["folder"])
            write_json(os.path.join(handle["folder"], supervisor.RESULT), NOT_BEGUN)
            return Exited(None)
        if claim.over:
            return Gone(claim.over)
        if not claim.worker:
            return Starting(self._trouble or "Waits for a worker")
        if claim.left < 0:
            self._ring()
        return Running() if claim.running else Starting(f"On {claim.worker_name}: {claim.phase or 'beginning'}")

    def stop(self, handle: Handle, grace: float = 10.0) -> None:
        """Have its worker end it; one that nobody has ends at once."""
        claim = self._claims.stop(handle["name"], grace)
        if claim is not None and claim.over:
            self.look(handle)
            self._tell(handle["name"])
        self._hint = True
        self._ring()

    def logs(self, handle: Handle, stream: str, offset: int, limit: int) -> bytes:
        """Bytes of `stdout` or `stderr` from `offset`, as far as they came; the cut middle of a huge log reads as zero bytes."""
        if stream not in ("stdout", "stderr"):
            raise ValueError(f"a step has no stream {stream!r}")
        start, data = logs.read(os.path.join(handle["folder"], f"{stream}.log"), offset, limit)
        return b"\0" * min(limit, start - offset) if start > offset else data

    def clean(self, handle: Handle) -> None:
        """Forget it: its worker ends it as soon as it asks, and nothing it says counts."""
        self._forget(handle["name"])
        private.remove(handle["folder"])
        if self._claims.remove(handle["name"]) and _result(handle["folder"]) is None:
            self._hint = True
            self._ring()

    def watch(self, changed: Callable[[str], None]) -> None:
        """Call `changed` when a job ends, begins to run or is lost."""
        self._told = changed
        self._run()

    def close(self) -> None:
        """Let go of Redis; workers go on."""
        self._closed = True
        self._wake.set()
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout=10)

    # What workers bring about

    def changed(self, attempt: str, phase: str | None, *, ended: bool = False) -> None:
        """A worker said something of an attempt: what it does now, or that it has ended it or given it up."""
        if phase is not None and self._phases.get(attempt) == phase:
            return
        if phase is not None:
            self._phases[attempt] = phase
        if ended:
            self._ring()  # given up before it began: to be told of again
        self._tell(attempt)

    def workers_changed(self) -> None:
        """One came, or goes."""
        self._known = (float("-inf"), ())

    # The thread that sees to the queue

    def _run(self) -> None:
        with self._lock:
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._see_to, name=f"celery-target-{self.name}", daemon=True)
                self._thread.start()
        self._ring()

    def _ring(self) -> None:
        self._wake.set()

    def _see_to(self) -> None:
        """Tell the queue of what nobody took, give up what was lost, and look after Redis."""
        sender = Sender(self.options.broker, self.queue)
        tries, not_before, redis_at = 0, 0.0, 0.0
        try:
            while not self._closed:
                self._wake.wait(self._patience())
                self._wake.clear()
                now = time.monotonic()
                try:
                    self._reap()
                    if now < not_before:
                        continue
                    if now >= redis_at:
                        redis_at = now + REDIS_SECONDS
                        self._warning = sender.look()
                    self._publish(sender, 0.0 if self._trouble else TELL_AGAIN_SECONDS)
                    tries, self._trouble = 0, ""
                except OSError as problem:
                    sender.close()
                    tries += 1
                    not_before = now + min(LONGEST_PAUSE, 0.5 * 2**tries) * random.uniform(0.7, 1.0)  # noqa: S311
                    redis_at = 0.0
                    self._say(str(problem))
                except Unavailable as problem:  # the database: next time
                    log.warning("the target %s waits: %s", self.name, problem.message)
                except Exception:  # the door of this thread
                    log.exception("the target %s could not see to its queue", self.name)
        finally:
            sender.close()

    def _patience(self) -> float:
        return max(0.2, min(2.0, self.options.lease * REAP_SHARE))

    def _reap(self) -> None:
        for attempt in self._claims.reap(self.name):
            self._tell(attempt)

    def _publish(self, sender: Sender, seconds: float) -> None:
        """Tell of what the queue was not told of for some seconds; where Redis was away it may have forgotten all."""
        if self._hint:
            self._hint = False
            sender.hint()
        with self._lock:
            mine = list(self._mine)
        due = self._claims.due(mine, seconds) if mine else []
        for place, attempt in enumerate(due):
            try:
                sender.send(attempt)
            except OSError:
                self._claims.not_told(due[place:])
                raise

    def _say(self, problem: str) -> None:
        if "OOM" in problem or "maxmemory" in problem:
            waiting = self._claims.waiting(self.name)
            self._trouble = f"The queue is full: Redis is out of memory. {waiting} steps wait in the database."
        else:
            self._trouble = f"The queue is reconnecting: Redis at {shown(self.options.broker)} does not answer ({problem.rstrip('.')})."
        log.warning("target %s: %s", self.name, self._trouble)

    def _tell(self, attempt: str) -> None:
        told = self._told
        if told is not None:
            told(attempt)

    def _forget(self, attempt: str) -> None:
        with self._lock:
            self._mine.pop(attempt, None)
            self._phases.pop(attempt, None)

    def _workers(self) -> Sequence[Any]:
        at, found = self._known
        if time.monotonic() > at + LOOK_SECONDS:
            with suppress(Unavailable):
                found = self._claims.workers(self.name)
            self._known = (time.monotonic(), found)
        return found


NOT_BEGUN = {
    "format": FORMAT, "status": "canceled", "exit_code": None, "signal": None, "outputs": {}, "peak_memory": 0, "seconds": 0.0,
    "error": {"kind": "Canceled", "message": "Stopped by request, before it began."},
}  # fmt: skip
"""The result of an attempt that was stopped while nobody had it."""


def _result(folder: str) -> dict[str, Any] | None:
    found = read_json(os.path.join(folder, supervisor.RESULT))
    return found if isinstance(found, dict) else None
