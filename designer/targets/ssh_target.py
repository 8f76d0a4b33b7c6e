"""The target `ssh` at work: one line to a machine, and the jobs there.

One connection is kept (ssh_connection.py), and made anew when it breaks. At its other end the launcher's agent starts jobs in
sessions of their own and tells how they do, so that nothing is asked over and over; a job does not notice when the connection
or the server goes away. The attempt's folder here is the mirror: logs and events grow in it by byte offset, outputs are
fetched and checked, `result.json` comes last. Whatever was cut off is begun again where it was: each step of it is safe to repeat.
"""

import contextlib
import logging
import os
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from designer.launcher import agent_watch, logs, private, supervisor
from designer.launcher.result import read_json, write_json
from designer.targets.base import Exited, Gone, Handle, Job, Load, Look, Running, Software, Starting
from designer.targets.machine import Gauge
from designer.targets.ssh_connection import Address, Connection, Lost, Refused, Trouble
from designer.targets.ssh_transfer import Damaged, Fetching, Sending, build

log = logging.getLogger(__name__)

STARTED = "ssh.json"
"""The file of an attempt's folder that says that its job was started over there."""

PING_SECONDS = 15.0
ANSWER_SECONDS = 30.0
"""A machine that does not answer a ping for so long is not there."""

LONGEST_PAUSE = 30.0
"""Between two tries to connect."""

TRIM_SECONDS = 3_600.0
MOST_REMEMBERED = 10_000
WORKERS = 8
LITTLE_ROOM = 1 << 30


class Phase(Enum):
    """How far a job is."""

    WAITING = "waiting"  # nothing of it was started
    ASKED = "asked"  # its start was asked for, and not answered yet
    RUNNING = "running"
    ENDED = "ended"  # its result is here
    GONE = "gone"


@dataclass
class Remote:
    """A job, as it is known here."""

    name: str
    folder: Path
    software: str = ""  # the digest of its lock
    phase: Phase = Phase.WAITING
    text: str = ""
    gone: Gone | None = None
    stop: float | None = None  # the grace, once it is to end
    busy: bool = False  # a thread works on it
    again: bool = False  # and shall do so once more
    torn: bool = False  # a stream could not be written here
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def result(self) -> str:
        """Where its result comes."""
        return str(self.folder / supervisor.RESULT)

    def is_over(self) -> bool:
        """Whether nothing more comes of it."""
        return self.gone is not None or self.phase is Phase.ENDED


class SshTarget:
    """Steps on another machine. One instance may be used from many threads.

    Args:
        name: of the target.
        address: where the machine is.
        folder: a folder of its own here.
        patience: seconds for which running steps are waited for while the machine cannot be reached.
        most_cached: bytes of inputs that are kept over there.
        memory_limit_mb: what one step may hold.
    """

    here = False

    def __init__(
        self,
        name: str,
        address: Address,
        folder: Path,
        *,
        patience: float = 1_800.0,
        most_cached: int = 20_000_000_000,
        memory_limit_mb: int | None = None,
    ) -> None:
        self.name = name
        self.slots = 1
        self.address = address
        self.patience = patience
        self.most_cached = most_cached
        self.memory_limit_mb = memory_limit_mb
        self._folder = folder
        self._lock = threading.RLock()
        self._jobs: dict[str, Remote] = {}
        self._cleaned: OrderedDict[str, None] = OrderedDict()
        self._unclean: set[str] = set()
        self._alone: dict[str, threading.Lock] = {}  # by digest: of several that need the same, one sees to it
        self._changed: Callable[[str], None] | None = None
        self._connection: Connection | None = None
        self._trouble = ""
        self._cure = ""
        self._since = time.monotonic()  # when the line was cut
        self._gauge = Gauge()
        self._load: Load | None = None
        self._free: int | None = None
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()
        self._wanted = threading.Event()
        self._out = ThreadPoolExecutor(WORKERS, thread_name_prefix=f"ssh-{name}-out")  # may wait for a build
        self._home = ThreadPoolExecutor(WORKERS, thread_name_prefix=f"ssh-{name}-home")

    def start(self, job: Job) -> Handle:
        """Take the job; it is carried over behind that. Raises `Unavailable` where the machine cannot be used now."""
        software = job.software
        handle = {
            "name": job.name, "folder": os.path.realpath(job.folder), "software": software.digest if software else "",
            "python": software.python if software else "",
        }  # fmt: skip
        with self._lock:
            known = job.name in self._jobs or (job.folder / supervisor.RESULT).exists()
            if not known and self._trouble:
                raise Trouble(self._trouble, self._cure)
        if not known and software is not None:
            self._keep_lock(software)
        self.adopt(handle)
        return handle

    def _keep_lock(self, software: Software) -> None:
        path = self._folder / "locks" / software.digest.removeprefix("sha256:")
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_json(str(path), {"digest": software.digest, "python": software.python, "text": software.lock})

    def adopt(self, handle: Handle) -> None:
        """See to a job: carry it over and start it where that is still to be done, else hear how it does. Safe to repeat."""
        name, folder = str(handle["name"]), Path(str(handle["folder"]))
        with self._lock:
            if name in self._jobs or self._closed.is_set() or (folder / supervisor.RESULT).exists():
                return
            self._cleaned.pop(name, None)
            job = self._jobs[name] = Remote(name, folder, str(handle.get("software") or ""))
            if (folder / STARTED).exists():
                job.phase = Phase.RUNNING
            job.text = self._trouble or f"Connecting to {self.address.host}"
        self._want()
        self._see_to(job)

    def look(self, handle: Handle) -> Look:
        """What has become of it, as far as it is known here."""
        name, folder = str(handle["name"]), str(handle["folder"])
        result = read_json(os.path.join(folder, supervisor.RESULT))
        if isinstance(result, dict):
            return Exited(result.get("exit_code"))
        with self._lock:
            job = self._jobs.get(name)
            if job is None and name in self._cleaned:
                return Gone("it was cleaned up")
        if job is None:
            self.adopt(handle)
            return Starting(f"Looking for it on {self.address.host}")
        with job.lock:
            if job.gone is not None:
                return job.gone
            if job.phase is Phase.WAITING:
                return Starting(job.text)
            if self._connection is None and time.monotonic() > self._since + self.patience:
                why = f"{self.address.host} could not be reached for {self.patience / 60:g} minutes: {self._trouble.rstrip('.')}"
                self._end(job, Gone(why))
                self._keep_unclean(job.name)
                return Gone(why)
            return Running() if job.phase is Phase.RUNNING else Starting(job.text)

    def stop(self, handle: Handle, grace: float = 10.0) -> None:
        """Have its launcher end it; one that was not started yet never is."""
        self.adopt(handle)
        with self._lock:
            job = self._jobs.get(str(handle["name"]))
        if job is None:
            return
        with job.lock:
            job.stop = grace
            if job.phase is Phase.WAITING and not job.busy:
                self._cancel(job)
                return
        self._see_to(job)

    def logs(self, handle: Handle, stream: str, offset: int, limit: int) -> bytes:
        """Bytes of `stdout` or `stderr` from `offset`, at most `limit`; the cut middle of a huge log reads as zero bytes."""
        if stream not in ("stdout", "stderr"):
            raise ValueError(f"a step has no stream {stream!r}")
        start, data = logs.read(os.path.join(handle["folder"], f"{stream}.log"), offset, limit)
        return b"\0" * min(limit, start - offset) if start > offset else data

    def clean(self, handle: Handle) -> None:
        """End what is left of it over there and remove its folder; logs, outputs and result stay here."""
        name = str(handle["name"])
        with self._lock:
            job = self._jobs.pop(name, None)
            self._cleaned[name] = None
            while len(self._cleaned) > MOST_REMEMBERED:
                self._cleaned.popitem(last=False)
        if job is not None:
            with job.lock:
                job.gone = job.gone or Gone("it was cleaned up")
        private.remove(str(handle["folder"]))
        for left in ("work", "tmp"):
            shutil.rmtree(os.path.join(handle["folder"], left), ignore_errors=True)
        self._submit(self._home, self._clean_there, name)

    def watch(self, changed: Callable[[str], None]) -> None:
        """Call `changed(job name)` when a job began, ended or was lost."""
        self._changed = changed
        self._want()

    def trouble(self) -> str:
        """Why the machine cannot be used now."""
        return self._trouble

    def notices(self) -> list[str]:
        """What a person should know."""
        found = [f"{self._trouble} {self._cure}".strip()] if self._trouble else []
        if self._free is not None and self._free < LITTLE_ROOM:
            found.append(f"Only {self._free / 1e6:,.0f} MB are free over there.")
        return found

    def load(self) -> Load | None:
        """How busy the machine is, as it last said."""
        return self._load

    def close(self) -> None:
        """Cut the line; jobs go on over there."""
        self._closed.set()
        self._wanted.set()
        connection = self._connection
        if connection is not None:
            connection.cut()
        for pool in (self._out, self._home):
            pool.shutdown(wait=False, cancel_futures=True)
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout=30)
        for pool in (self._out, self._home):
            pool.shutdown(wait=True)

    # The line

    def _want(self) -> None:
        with self._lock:
            if self._thread is None and not self._closed.is_set():
                self._thread = threading.Thread(target=self._keep_connected, name=f"ssh-{self.name}", daemon=True)
                self._thread.start()
        self._wanted.set()

    def _keep_connected(self) -> None:
        pause = 0.5
        while not self._closed.is_set():
            self._wanted.clear()
            try:
                connection = Connection(self.address, self._told)
            except Trouble as problem:
                self._cannot_connect(problem)
                self._wanted.wait(0 if self._closed.is_set() else LONGEST_PAUSE if problem.lasting else pause)
                pause = min(LONGEST_PAUSE, pause * 2)
                continue
            except Exception:  # the door of a thread: it must go on
                log.exception("the target %s cannot connect", self.name)
                self._closed.wait(LONGEST_PAUSE)
                continue
            pause = 0.5
            try:
                self._connected(connection)
                self._attend(connection)
            finally:
                with self._lock:
                    self._connection, self._since, self._load = None, time.monotonic(), None
                connection.close()

    def _cannot_connect(self, problem: Trouble) -> None:
        if problem.message != self._trouble:
            log.warning("the target %s cannot be used: %s", self.name, problem.message)
        with self._lock:
            self._trouble, self._cure = problem.message, problem.cure
            jobs = list(self._jobs.values())
        for job in jobs:
            with job.lock:
                if job.phase is Phase.WAITING and not job.busy and job.gone is None:
                    self._end(job, Gone(problem.message.rstrip("."), never_ran=True))

    def _connected(self, connection: Connection) -> None:
        with self._lock:
            self._connection = connection
            if self._trouble:
                log.info("the target %s can be used again", self.name)
            self._trouble = self._cure = ""
            jobs, unclean = list(self._jobs.values()), self._read_unclean()
        self._measure(connection.machine)
        for job in jobs:
            self._see_to(job)
        for name in unclean:
            self._submit(self._home, self._clean_there, name)

    def _attend(self, connection: Connection) -> None:
        """Until the line is cut."""
        trimmed = float("-inf")
        while not self._closed.is_set() and not connection.down.wait(PING_SECONDS):
            try:
                self._measure(connection.call("ping", seconds=ANSWER_SECONDS))
                if time.monotonic() > trimmed + TRIM_SECONDS:
                    trimmed = time.monotonic()
                    connection.call("trim", seconds=600.0, most=self.most_cached)
            except (Lost, Refused) as problem:
                log.warning("the target %s: %s", self.name, problem or "the line was cut")
        if not self._closed.is_set():
            log.warning("the line to %s was cut: %s", self.address.host, connection.said().strip()[-300:])

    def _measure(self, said: Mapping[str, Any]) -> None:
        self._free = int(said["free"])
        self._load = self._gauge.take(str(said["stat"]), str(said["meminfo"])) if said.get("stat") else None

    def _submit(self, pool: ThreadPoolExecutor, work: Callable[..., None], *arguments: Any) -> None:
        with contextlib.suppress(RuntimeError):  # it is closed
            pool.submit(self._guarded, work, *arguments)

    def _guarded(self, work: Callable[..., None], *arguments: Any) -> None:
        try:
            work(*arguments)
        except Exception:  # the door of a thread: nothing above would hear of it
            log.exception("the target %s could not do something", self.name)

    # Jobs

    def _see_to(self, job: Remote) -> None:
        """Have a thread bring a job forward; one at a time does."""
        with job.lock:
            if job.busy:
                job.again = True
                return
            if self._connection is None:
                return
            job.busy = True
        self._submit(self._out, self._bring, job)

    def _bring(self, job: Remote) -> None:
        connection = self._connection
        try:
            if connection is not None and job.gone is None:
                self._forward(job, connection)
        except Lost:
            pass  # the next line begins it again
        except (Refused, Damaged, Trouble, OSError, ValueError, KeyError) as problem:
            if connection is not None:
                connection.interpreters.clear()  # one may have been removed over there
            self._broken(job, problem)
        finally:
            with job.lock:
                job.busy = False
                again, job.again = job.again, False
            if again or (connection is not self._connection and self._connection is not None):
                self._see_to(job)

    def _forward(self, job: Remote, connection: Connection) -> None:
        offsets = {stream: _size(job.folder / stream) for stream in agent_watch.STREAMS}
        with job.lock:
            job.torn = False
        if job.phase is Phase.WAITING:
            self._start(job, connection)
        elif connection.call("follow", name=job.name, offsets=offsets)["there"]:
            self._runs(job)
        elif (job.folder / STARTED).exists():
            self._end(job, Gone("its folder on the machine is not there any more"))
            return
        else:
            with job.lock:
                job.phase = Phase.WAITING
            self._start(job, connection)
        if job.stop is not None and job.phase is Phase.RUNNING:
            connection.call("stop", name=job.name, grace=job.stop)

    def _start(self, job: Remote, connection: Connection) -> None:
        described = read_json(str(job.folder / supervisor.JOB))
        if not isinstance(described, dict):
            raise Damaged("its job.json is not there")
        software = self._software(job, connection)
        sending = Sending(connection, job.folder, described, self._alone_with, lambda text: self._say(job, text))
        order = sending.order(job.name, software, self.memory_limit_mb)
        while True:
            with job.lock:
                if job.stop is not None:
                    self._cancel(job)
                if job.is_over():
                    return
                job.phase = Phase.ASKED
            told = connection.call("start", sending.payload, **order)
            if "started" in told:
                self._runs(job)
                if job.is_over():  # it was cleaned up meanwhile
                    self._submit(self._home, self._clean_there, job.name)
                return
            with job.lock:
                job.phase = Phase.WAITING
            sending.send(told["missing"])

    def _software(self, job: Remote, connection: Connection) -> Mapping[str, Any]:
        """The interpreter of a job over there; its environment is built where it is not there yet. Raises `Damaged`."""
        if job.software in connection.interpreters:
            return connection.interpreters[job.software]
        found = connection.interpreters[job.software] = self._ask_software(job, connection)
        return found

    def _ask_software(self, job: Remote, connection: Connection) -> Mapping[str, Any]:
        if not job.software:
            return connection.call("software", named=self.address.python)
        lock = read_json(str(self._folder / "locks" / job.software.removeprefix("sha256:")))
        if not isinstance(lock, dict):
            raise Damaged("what it is to run in is not known any more")
        with self._alone_with(job.software):
            return build(connection, lock, self.address.python, self._alone_with, lambda text: self._say(job, text))

    def _alone_with(self, digest: str) -> threading.Lock:
        with self._lock:
            return self._alone.setdefault(digest, threading.Lock())

    def _say(self, job: Remote, text: str) -> None:
        if job.text != text:
            job.text = text
            self._tell(job)

    def _runs(self, job: Remote) -> None:
        with job.lock:
            if job.is_over():
                return
            private.remove(str(job.folder))  # they are over there now
            if not (job.folder / STARTED).exists():
                write_json(str(job.folder / STARTED), {"host": self.address.host})
            first, job.phase = job.phase is not Phase.RUNNING, Phase.RUNNING
        if first:
            self._tell(job)

    def _told(self, head: Mapping[str, Any], payload: bytes) -> None:
        """What the agent tells of itself; called by the thread that reads the line."""
        with self._lock:
            job = self._jobs.get(str(head.get("name")))
        if job is None or job.torn or job.gone is not None:
            return
        if head["tell"] == "grew":
            try:
                _write(job.folder / str(head["stream"]), int(head["offset"]), payload)
            except OSError as problem:
                log.warning("the log of %s cannot be written: %s", job.name, problem)
                job.torn = True
                timer = threading.Timer(5.0, self._see_to, (job,))
                timer.daemon = True
                timer.start()
        elif head["tell"] == "ended":
            if "result" in head:
                self._submit(self._home, self._take, job, head["result"], head.get("inline") or (), payload)
            else:
                self._end(job, Gone(str(head["gone"]), never_ran=not head.get("ran", True)))
        else:
            log.warning("the agent on %s: %s", self.address.host, head)

    def _take(self, job: Remote, result: dict[str, Any], inline: Sequence[tuple[str, int]], data: bytes) -> None:
        """Take what a job made, small things (`inline`) out of `data`, and then its result."""
        connection = self._connection
        if connection is None:
            return
        self._runs(job)
        with job.lock:
            if job.phase is not Phase.RUNNING or job.gone is not None:
                return
        try:
            if result.get("status") == "completed":
                fetching = Fetching(connection, job.name, job.folder)
                fetching.unpack(inline, data)
                fetching.fetch(result.get("outputs") or {})
        except Lost:
            return  # the next line tells the end again
        except Damaged as problem:
            result = _failed("store", f"An output did not arrive as it was made: {problem}.", "Run the step again.")
        except Refused as problem:
            result = _failed("store", f"An output could not be fetched: {problem}.", "Run the step again.")
        except OSError as problem:
            log.warning("what %s made cannot be kept: %s", job.name, problem)
            timer = threading.Timer(5.0, self._see_to, (job,))
            timer.daemon = True
            timer.start()
            return
        self._finish(job, result)

    def _finish(self, job: Remote, result: Mapping[str, Any]) -> None:
        with job.lock:
            if job.is_over():
                return
            for name in logs.NAMES:
                logs.limit(str(job.folder / name))
            write_json(job.result, result, durable=True)
            job.phase = Phase.ENDED
        with self._lock:
            self._jobs.pop(job.name, None)
        self._tell(job)

    def _cancel(self, job: Remote) -> None:
        self._finish(job, _failed("Canceled", "Stopped by request.", "", status="canceled"))

    def _broken(self, job: Remote, problem: Exception) -> None:
        """It cannot be carried over: it fails, and says why."""
        log.warning("%s cannot be started on %s: %s", job.name, self.address.host, problem)
        number = getattr(problem, "number", getattr(problem, "errno", 0)) or 0
        text = f"The step could not be started on {self.address.host}: {problem}."
        cure = "Free some space there." if number == 28 else "Test the connection on the page of compute targets."
        kind = "target"
        if isinstance(problem, Damaged) and problem.kind:
            kind, text, cure = problem.kind, str(problem), problem.cure
        with job.lock:
            if job.phase is Phase.RUNNING:  # it runs; only its news is late
                job.text = text
                return
        self._finish(job, _failed(kind, text, cure))

    def _end(self, job: Remote, gone: Gone) -> None:
        with job.lock:
            if job.is_over():
                return
            job.gone, job.phase = gone, Phase.GONE
        self._tell(job)

    def _tell(self, job: Remote) -> None:
        if self._changed is not None:
            self._changed(job.name)

    # What is to be removed over there

    def _clean_there(self, name: str) -> None:
        connection = self._connection
        try:
            if connection is None:
                raise Lost
            connection.call("clean", name=name)
            self._forget_unclean(name)
        except Lost:
            self._keep_unclean(name)
        except Refused as problem:
            log.warning("what %s left on %s cannot be removed: %s", name, self.address.host, problem)

    @property
    def _list(self) -> Path:
        return self._folder / "unclean.json"

    def _read_unclean(self) -> list[str]:
        found = read_json(str(self._list))
        self._unclean.update(str(name) for name in found or () if isinstance(found, list))
        return sorted(self._unclean)

    def _keep_unclean(self, name: str) -> None:
        """Remember to clean up after a job when the machine can be reached again."""
        with self._lock:
            self._read_unclean()
            self._unclean.add(name)
            self._write_unclean()

    def _forget_unclean(self, name: str) -> None:
        with self._lock:
            if name in self._unclean:
                self._unclean.discard(name)
                self._write_unclean()

    def _write_unclean(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_json(str(self._list), sorted(self._unclean))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _write(path: Path, offset: int, data: bytes) -> None:
    """Put bytes of a stream where they belong; those that are there already stay."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        there = os.fstat(handle).st_size
        if offset + len(data) <= there:
            return
        skip = max(0, there - offset)
        left, at = memoryview(data)[skip:], offset + skip
        while left:
            done = os.pwrite(handle, left, at)
            left, at = left[done:], at + done
    finally:
        os.close(handle)
    if at > logs.CAP and path.name in logs.NAMES:
        logs.limit(str(path))


def _failed(kind: str, message: str, cure: str, status: str = "failed") -> dict[str, Any]:
    """A result that is written here, of a step that could not run or whose outputs did not come."""
    now = time.time()
    error = {"kind": kind, "number": 0, "message": message, "cure": cure, "where": "", "traceback": ""}
    return {
        "format": "designer.result/1", "status": status, "exit_code": None, "signal": None, "error": error, "outputs": {},
        "peak_memory": 0, "started": now, "ended": now, "seconds": 0.0, "stopped_processes": 0,
    }  # fmt: skip
