"""The target `process`: steps are processes of this machine, each under a launcher of its own that outlives the server.

A job folder tells everything: `job.lock` (which launcher has the job), `process.json` (which one was started, until it has the
lock), `result.json` (how it ended). So a server that comes back takes up what runs by reading folders, and no step notices that
the server was away.

A launcher is a spare of a fork server (warm.py), or a program that is started cold.
"""

import fcntl
import os
import select
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from designer.errors import Unavailable
from designer.faults import crashpoint
from designer.graph.findings import Finding, Severity
from designer.launcher import logs, private, processes
from designer.launcher import supervisor as launcher
from designer.launcher.result import read_json, write_json
from designer.targets.base import Exited, Gone, Handle, Job, Load, Look, Running
from designer.targets.kinds import Context
from designer.targets.machine import Gauge
from designer.targets.warm import ForkServer, Grade, Started, Warmth, grade_for

HANDLE = "process.json"
HANDLE_LOCK = "process.lock"
LAUNCHER_LOG = "launcher.log"
LAUNCHER = Path(launcher.__file__).with_name("__main__.py")

KEPT = {
    "HOME", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "LOGNAME", "MPLCONFIGDIR", "PATH", "R_HOME", "JAVA_HOME", "SPARK_HOME",
    "SHELL", "SSL_CERT_DIR", "SSL_CERT_FILE", "TEMP", "TMP", "TMPDIR", "TZ", "USER", "VIRTUAL_ENV",
}  # fmt: skip
KEPT_PREFIXES = ("LC_", "CUDA_", "NVIDIA_", "OMP_", "OPENBLAS_", "MKL_", "POLARS_", "XDG_CACHE_")
"""The variables of the server that a step gets to see; all others stay here."""

TICK_SECONDS = 15.0
"""How often it is looked whether memory can be given back."""

POLL_SECONDS = 0.1
"""How often a system without pidfds is asked."""


class Options(BaseModel):
    """What a person chooses about processes of this machine."""

    model_config = ConfigDict(extra="forbid")

    memory_limit_mb: int | None = Field(
        default=None, ge=64, title="Memory limit (MB)",
        description="Memory that one step may hold; without a limit it may hold all there is.",
    )  # fmt: skip


def make(name: str, options: Options, context: Context) -> "ProcessTarget":
    """The target that these options describe."""
    return ProcessTarget(name, memory_limit_mb=options.memory_limit_mb)


def test(options: Options, context: Context) -> list[Finding]:
    """What is wrong with these options on this machine."""
    load = Gauge().here()
    there = load.memory_limit if load else None
    if options.memory_limit_mb and there and options.memory_limit_mb * 1_000_000 > there:
        return [
            Finding("memory_limit", f"The limit is more than the {there / 1e6:,.0f} MB that this machine has.",
                    "Lower it, or leave it away.", Severity.WARNING, parameter="memory_limit_mb")
        ]  # fmt: skip
    return []


class ProcessTarget:
    """Steps as processes of this machine. One instance may be used from many threads."""

    def __init__(
        self,
        name: str,
        slots: int = 1,
        python: str | Path | None = None,
        *,
        memory_limit_mb: int | None = None,
        grades: Sequence[Grade] = (),
    ) -> None:
        self.name = name
        self.slots = slots
        self.python = str(python or sys.executable)
        self.memory_limit_mb = memory_limit_mb
        self._warm_python = self.python
        self._fork_servers = {
            grade.name: ForkServer(self._warm_python, LAUNCHER, grade, _environment(), slots + 1)
            for grade in (grades if processes.LINUX else ())
        }
        self._watcher = Watcher(self._ended, self._trim)
        self._changed: Callable[[str], None] | None = None
        self._gauge = Gauge()

    @property
    def here(self) -> bool:
        """It is this machine."""
        return True

    def trouble(self) -> str:
        """Nothing: this machine is always there."""
        return ""

    def load(self) -> Load | None:
        """How busy this machine is."""
        return self._gauge.here()

    def start(self, job: Job) -> Handle:
        """Start the job and return its handle; a job that was started before is only returned. Raises `Unavailable`."""
        folder = os.path.realpath(job.folder)
        handle = self._start_warm(job, folder)
        if handle is not None:
            return handle
        try:
            with _locked(os.path.join(folder, HANDLE_LOCK)):
                handle = read_json(os.path.join(folder, HANDLE))
                if not isinstance(handle, dict):
                    who = _holder(folder) or self._spawn(job, folder)
                    handle = {"name": job.name, "folder": folder, **who}
                    crashpoint("handle.before")
                    write_json(os.path.join(folder, HANDLE), handle)
                    crashpoint("handle.after")
        except OSError as problem:
            raise Unavailable(
                f'The target "{self.name}" cannot start a step: {problem.strerror or problem}.',
                cure=f"Look at {self.python} and at the free space and rights of the data folder.",
            ) from problem
        self.adopt(handle)
        return handle

    def _start_warm(self, job: Job, folder: str) -> Handle | None:
        """Give the job to a spare; None where it is to be started cold, or was."""
        if (
            not self._fork_servers
            or (job.python or self.python) != self._warm_python
            or os.path.exists(os.path.join(folder, HANDLE))
        ):
            return None
        who = _holder(folder)
        if who is not None:
            handle = {"name": job.name, "folder": folder, **who}
            self.adopt(handle)
            return handle
        suits = grade_for(folder)
        if suits is None:
            return None
        names = list(self._fork_servers)
        for name in reversed(
            names[: names.index(suits) + 1 if suits in names else len(names)]
        ):  # the best that is ready
            crashpoint("hand_over.before")
            started = self._fork_servers[name].start(job.name, folder, self._environment_of(job, folder))
            if started is not None:
                crashpoint("hand_over.after")
                handle = {"name": job.name, "folder": folder, **started.who}
                self._watcher.add(handle, started)
                return handle
        return None

    def _environment_of(self, job: Job, folder: str) -> dict[str, str]:
        """The environment of a launcher."""
        environment = _environment() | {processes.COOKIE: job.name, processes.FOLDER: folder, "PYTHONHASHSEED": "0"}
        if job.python:  # what the environment installed as commands is found by name
            commands = os.path.dirname(job.python)
            environment["VIRTUAL_ENV"] = os.path.dirname(commands)
            environment["PATH"] = os.pathsep.join(filter(None, (commands, environment.get("PATH"))))
        if self.memory_limit_mb:
            environment[processes.MEMORY] = str(self.memory_limit_mb)
        return environment

    def _spawn(self, job: Job, folder: str) -> dict[str, Any]:
        """Start a launcher cold; return who it is."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        log = os.open(os.path.join(folder, LAUNCHER_LOG), flags, 0o600)
        try:
            crashpoint("spawn.before")
            process = subprocess.Popen(
                [job.python or self.python, "-s", str(LAUNCHER), folder], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=folder, env=self._environment_of(job, folder), start_new_session=True,
            )  # fmt: skip
            crashpoint("spawn.after")
        finally:
            os.close(log)
        process.returncode = 0  # Popen need not care: the watcher waits for it, or init when the server is gone
        start_time, boot_id = processes.start_time(process.pid, zombie=True), processes.boot_id()
        return {"pid": process.pid, "start_time": start_time, "boot_id": boot_id}

    def notices(self) -> list[str]:
        """What a person should know about it."""
        return [one.notice for one in self.warmth() if one.notice]

    def warmth(self) -> list[Warmth]:
        """How the fork servers do."""
        return [server.status() for server in self._fork_servers.values()]

    def adopt(self, handle: Handle) -> None:
        """Watch a job that was started before, by this server or an earlier one. Safe to repeat."""
        self._watcher.add(handle)

    def look(self, handle: Handle) -> Look:
        """What has become of it, now: by its result, else by whether its launcher lives."""
        found = _look(handle)
        if not isinstance(found, Running) and not handle.get("spare"):
            processes.reap(handle["pid"], handle["start_time"])
        if isinstance(found, Gone) and handle["boot_id"] == processes.boot_id():
            processes.end_with_cookie(handle["name"], handle["folder"], seconds=0.2)
        return found

    def stop(self, handle: Handle, grace: float = 10.0) -> None:
        """Have the launcher end the step (it escalates by itself); if the launcher is dead, end what it left."""
        if isinstance(_look(handle), Exited):
            return
        write_json(os.path.join(handle["folder"], launcher.STOP), {"grace": grace})
        if not any(_signal(who, signal.SIGTERM) for who in _owners(handle)):
            processes.end_with_cookie(handle["name"], handle["folder"])

    def logs(self, handle: Handle, stream: str, offset: int, limit: int) -> bytes:
        """Bytes of `stdout` or `stderr` from `offset`, at most `limit`; the cut middle of a huge log reads as zero bytes."""
        if stream not in ("stdout", "stderr"):
            raise ValueError(f"a step has no stream {stream!r}")
        start, data = logs.read(os.path.join(handle["folder"], f"{stream}.log"), offset, limit)
        return b"\0" * min(limit, start - offset) if start > offset else data

    def clean(self, handle: Handle) -> None:
        """End its processes and remove its working folders; logs, outputs and result stay where they are."""
        if _exited(handle["folder"]) is None:  # else its launcher has seen the end of the whole tree
            for who in _owners(handle):
                _signal(who, signal.SIGKILL)
            if handle["boot_id"] == processes.boot_id():
                processes.end_with_cookie(handle["name"], handle["folder"])
        processes.reap(handle["pid"], handle["start_time"])
        for name in ("work", "tmp"):
            shutil.rmtree(os.path.join(handle["folder"], name), ignore_errors=True)
        private.remove(handle["folder"])

    def watch(self, changed: Callable[[str], None]) -> None:
        """Call `changed(job name)` from one thread of this target whenever a job's launcher has ended."""
        self._changed = changed
        self._watcher.run()
        for server in self._fork_servers.values():
            if server.grade.standing:
                server.begin()

    def close(self) -> None:
        """End the watching thread and the fork servers; running jobs go on."""
        self._watcher.close()
        for server in self._fork_servers.values():
            server.close()

    def _trim(self) -> None:
        for server in self._fork_servers.values():
            server.trim()

    def _ended(self, handle: Handle, told: bool) -> None:
        """A launcher has told that its result is there, or is dead."""
        if not told:
            self.look(handle)  # reaps, and sweeps when the launcher was killed
        if self._changed is not None:
            self._changed(handle["name"])


def _environment() -> dict[str, str]:
    """What of the server's environment its steps see."""
    return {key: value for key, value in os.environ.items() if key in KEPT or key.startswith(KEPT_PREFIXES)}


def _look(handle: Handle) -> Look:
    folder = handle["folder"]
    if (found := _exited(folder)) is not None:
        return found
    if handle["boot_id"] != processes.boot_id():
        return Gone("it was interrupted by a restart of the machine")
    if any(_lives(who) for who in _owners(handle)) or processes.is_locked(os.path.join(folder, launcher.LOCK)):
        return Running()
    if (found := _exited(folder)) is not None:  # it ended between the two questions
        return found
    said = logs.last_line(os.path.join(folder, LAUNCHER_LOG))
    return Gone("the launcher ended without a result" + (f": {said}" if said else ""), _never_ran(folder))


def _never_ran(folder: str) -> bool:
    """Whether nothing of the step can have run in this boot: its launcher takes the job's lock before anything else."""
    try:
        return os.stat(os.path.join(folder, launcher.LOCK)).st_size == 0
    except FileNotFoundError:
        return True
    except OSError:
        return False


def _exited(folder: str) -> Exited | None:
    result = read_json(os.path.join(folder, launcher.RESULT))
    return Exited(result.get("exit_code"), result) if isinstance(result, dict) else None


def _owners(handle: Handle) -> Iterator[Mapping[str, Any]]:
    """Who may have the job: the launcher we started, or one that was quicker."""
    yield handle
    holder = _holder(handle["folder"])
    if holder is not None and holder["pid"] != handle["pid"]:
        yield {**handle, **holder}


def _holder(folder: str) -> dict[str, Any] | None:
    """The launcher that took the job of this folder, as it wrote itself down."""
    who = read_json(os.path.join(folder, launcher.LOCK))
    return who if isinstance(who, dict) and {"pid", "start_time", "boot_id"} <= who.keys() else None


def _lives(who: Mapping[str, Any]) -> bool:
    """Whether it lives, and still has this job: a spare has one after the other."""
    return bool(
        who["boot_id"] == processes.boot_id()
        and processes.start_time(who["pid"]) == who["start_time"]
        and (not who.get("spare") or processes.carries(who["pid"], who["name"], who["folder"]))
    )


def _signal(who: Mapping[str, Any], number: int) -> bool:
    """Send a signal to exactly this process, if it has the job still; whether it was there."""
    handle = _open(who)
    if handle is not None:
        try:
            if number == signal.SIGKILL:  # a spare that takes up another job just now must not lose it
                signal.pidfd_send_signal(handle, signal.SIGSTOP)
                number = number if _lives(who) else signal.SIGCONT
            signal.pidfd_send_signal(handle, number)
            return True
        except OSError:
            return False
        finally:
            os.close(handle)
    return not hasattr(os, "pidfd_open") and _lives(who) and processes.end(int(who["pid"]), number)


def _open(who: Mapping[str, Any]) -> int | None:
    """A pidfd of exactly this process; `None` when it is dead, or where there are no pidfds."""
    try:
        handle = os.pidfd_open(who["pid"])
    except (OSError, AttributeError):
        return None
    if not _lives(who):
        os.close(handle)
        return None
    return handle


@contextmanager
def _locked(path: str) -> Iterator[None]:
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _heard(line: socket.socket) -> bytes:
    try:
        return line.recv(64)
    except OSError:
        return b""


class Watcher:
    """One thread that waits for the ends of many launchers: on the lines of spares, by the pidfds of others."""

    def __init__(self, ended: Callable[[Handle, bool], None], tick: Callable[[], None]) -> None:
        self._ended = ended
        self._tick = tick
        self._lock = threading.Lock()
        self._new: dict[str, Handle] = {}
        self._thread: threading.Thread | None = None
        self._closed = False
        self._wake: tuple[int, int] | None = None
        self._lines: dict[int, tuple[Handle, Started]] = {}
        self._line_events = select.epoll() if processes.LINUX else None

    def add(self, handle: Handle, started: Started | None = None) -> None:
        """Watch this one too, on the line where its launcher tells its end if it has one."""
        with self._lock:
            if self._closed:
                return
            if started is not None and started.spare is not None and self._line_events is not None:
                line = started.spare.line
                self._lines[line.fileno()] = (handle, started)
                self._line_events.register(line, select.EPOLLIN)  # without waking the thread
                return
            self._new[handle["folder"]] = handle
            self._ring()

    def run(self) -> None:
        """Begin to watch, in a thread of its own. Safe to repeat."""
        with self._lock:
            if self._thread is not None or self._closed:
                return
            self._wake = os.pipe()
            for end in self._wake:
                os.set_blocking(end, False)
            self._thread = threading.Thread(target=self._loop, name="process-target-watch", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End the thread and give back what it holds."""
        with self._lock:
            self._closed = True
            thread, self._thread = self._thread, None
            self._ring()
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout=10)
        with self._lock:
            for end in self._wake or ():
                os.close(end)
            self._wake = None
            if self._line_events is not None:
                self._line_events.close()
            for _, started in self._lines.values():
                started.died()
            self._lines.clear()

    def _ring(self) -> None:
        if self._wake is not None:
            with suppress(BlockingIOError):  # full: it is awake
                os.write(self._wake[1], b"\0")

    def _loop(self) -> None:
        assert self._wake is not None
        bell = self._wake[0]
        watched: dict[str, Handle] = {}
        with selectors.DefaultSelector() as selector:
            selector.register(bell, selectors.EVENT_READ)
            if self._line_events is not None:
                selector.register(self._line_events, selectors.EVENT_READ)
            by_poll: dict[str, Handle] = {}
            ticked = time.monotonic()
            try:
                while True:
                    with self._lock:
                        if self._closed:
                            return
                        new, self._new = self._new, {}
                    for folder, handle in new.items():
                        if folder not in watched:
                            self._begin(handle, watched, by_poll, selector)
                    for key, _ in selector.select(POLL_SECONDS if by_poll else TICK_SECONDS):
                        if key.fd == bell:
                            os.read(bell, 65536)
                            continue
                        if key.fileobj is self._line_events:
                            self._hear_lines()
                            continue
                        selector.unregister(key.fd)
                        os.close(key.fd)
                        self._report(watched.pop(key.data))
                    if time.monotonic() > ticked + TICK_SECONDS:
                        ticked = time.monotonic()
                        self._tick()
                    for folder in [one for one, handle in by_poll.items() if not isinstance(_look(handle), Running)]:
                        watched.pop(folder)
                        self._report(by_poll.pop(folder))
            finally:
                for key in list(selector.get_map().values()):
                    if key.fd != bell and key.fileobj is not self._line_events:
                        os.close(key.fd)

    def _hear_lines(self) -> None:
        """A launcher says that its result is there; or it dies, and then its process says when it is dead."""
        assert self._line_events is not None
        for number, _ in self._line_events.poll(0):
            with self._lock:
                handle, started = self._lines.pop(number)
                self._line_events.unregister(number)
            assert started.spare is not None
            if _heard(started.spare.line):
                started.ended()
                self._report(handle, told=True)
            else:
                started.died()
                self.add(handle)

    def _begin(
        self, handle: Handle, watched: dict[str, Handle], by_poll: dict[str, Handle], selector: selectors.BaseSelector
    ) -> None:
        for who in _owners(handle):
            pidfd = _open(who)
            if pidfd is not None:
                watched[handle["folder"]] = handle
                selector.register(pidfd, selectors.EVENT_READ, handle["folder"])
                return
        if isinstance(_look(handle), Running):
            watched[handle["folder"]] = by_poll[handle["folder"]] = handle
        else:
            self._report(handle)

    def _report(self, handle: Handle, told: bool = False) -> None:
        try:
            self._ended(handle, told)
        except Exception:  # a listener's fault must not end the watching; polling is the backstop
            import logging

            logging.getLogger(__name__).exception("the end of %s could not be reported", handle["name"])
