"""Steps that start at once: fork servers, which hold what steps import, and their spares, which wait for a job.

There is one fork server per Python and grade: what it has imported. A spare that was handed a job is a launcher like any
other from then on: it takes the job's lock, and goes on when the fork server and this process are gone. So whatever happens
before the lock is taken costs time only: the job is started cold instead.
"""

import array
import json
import logging
import os
import re
import select
import signal
import socket
import subprocess
import threading
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from designer.launcher import forkserver, processes, spare, supervisor
from designer.launcher.result import read_json
from designer.settings import Warm

log = logging.getLogger(__name__)

START_SECONDS = 20.0
"""A spare that is not ready after this time has hung."""

WAIT_SECONDS = 1.0
"""How long a start waits for a spare that is being forked; longer, and the step is started cold."""

CANARY_SECONDS = 20.0

SOON = 60.0
"""A fork server that dies twice within these seconds is not started again at once."""

REST = 600.0
"""Seconds until one that was turned off is tried again."""

MOST_FORKS = 200
"""After so many forks a spare is replaced by one from the fork server's clean state."""

MOST_FAILURES = 2
"""Spares that do not get ready, one after the other, after which steps are started cold."""

IDLE_SECONDS = 30.0
RETIRE_SECONDS = 600.0


@dataclass(frozen=True)
class Grade:
    """What a fork server imports, and by which words one sees that a module may use that."""

    name: str
    libraries: tuple[str, ...] = ()
    words: re.Pattern[bytes] | None = None
    probe: str = ""
    """The library a spare computes with before it says that it is ready."""

    standing: bool = True
    """Whether it is started with the server; else when it is first asked for."""

    canary: float = CANARY_SECONDS
    patience: float = START_SECONDS
    forks: int = MOST_FORKS


_TABLES = ("numpy", "polars", "pyarrow", "pyarrow.ipc", "pandas", "cloudpickle")
GRADES = (
    Grade("plain", canary=0.0),
    Grade("tables", _TABLES, re.compile(rb"\b(?:polars|pandas|pyarrow|numpy)\b"), "polars"),
    Grade("learning", (*_TABLES, "sklearn"), re.compile(rb"\b(?:sklearn|lightgbm)\b"), "polars", standing=False),
)
"""From little to much: each imports what the one before it does."""


def grades_up_to(warm: Warm) -> tuple[Grade, ...]:
    """The grades that a target keeps: what the setting says, and with tables what is more when it is asked for."""
    return {Warm.OFF: (), Warm.PLAIN: GRADES[:1], Warm.TABLES: GRADES}[warm]


LEARNED = {"model", "untrained_model", "transformation"}
"""Port types whose values are mostly made with scikit-learn."""

BEFORE_PYTHON = ("PYTHON", "LD_", "MALLOC_", "GLIBC_")
"""Variables that count only when an interpreter starts."""


def grade_for(folder: str) -> str | None:
    """Which grade suits the job of this folder; None where an interpreter of its own must be started."""
    job = read_json(os.path.join(folder, supervisor.JOB))
    if not isinstance(job, dict):
        return None
    environment = job.get("environment") or {}
    if environment:  # libraries that are imported already have read theirs
        return None if any(str(name).startswith(BEFORE_PYTHON) for name in environment) else GRADES[0].name
    if job.get("kind", "module") != "module":
        return "tables"
    types = {str(spec.get("type")) for spec in (job.get("inputs") or {}).values() if isinstance(spec, dict)}
    types |= {str(port.get("type")) for port in job.get("outputs") or ()}
    if types & LEARNED:
        return "learning"
    try:
        with open(os.path.join(folder, str(job.get("source") or "module.py")), "rb") as file:
            source = file.read()
    except OSError:
        return GRADES[0].name
    for grade in reversed(GRADES):
        if grade.words is not None and grade.words.search(source):
            return grade.name
    return "tables" if "table" in types else GRADES[0].name


class State(StrEnum):
    """Of a fork server."""

    NOT_STARTED = "not started"
    STARTING = "starting"
    READY = "ready"
    OFF = "off"


@dataclass
class Spare:
    """One that was forked; ready once it has said who it is."""

    line: socket.socket
    process: int  # a pidfd; -1 when it was dead before it was seen
    generation: int  # of the fork server it came from
    since: float  # when it was forked, or came back from a job
    who: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Started:
    """Who has a job now; and the spare, on whose line its end is told, if it is one of ours."""

    who: Mapping[str, Any]
    spare: Spare | None
    server: "ForkServer"

    def ended(self) -> None:
        """The job has ended: the spare forks another child, and waits for another job."""
        if self.spare is not None:
            self.server.take_back(self.spare)

    def died(self) -> None:
        """The spare is dead."""
        if self.spare is not None:
            _let_go(self.spare)


@dataclass(frozen=True)
class Warmth:
    """How one fork server does: what `designer doctor` and the page of a target show."""

    grade: str
    state: State
    pid: int | None
    forks: int
    hangs: int
    deaths: int
    notice: str


class ForkServer:
    """One fork server of this process. Safe to use from many threads.

    Args:
        python: the interpreter.
        launcher: the path of the launcher's program.
        environment: of the fork server; a step gets its own.
        most: how many spares at most are kept when they come back from their jobs.
    """

    def __init__(self, python: str, launcher: Path, grade: Grade, environment: Mapping[str, str], most: int) -> None:
        self.grade = grade
        self._command = [python, "-s", str(launcher), "--fork-server"]
        self._settings = {
            "libraries": grade.libraries, "canary": grade.canary, "probe": grade.probe, "forks": grade.forks,
        }  # fmt: skip
        self._environment = {**environment, "PYTHONHASHSEED": "0", processes.ROOM: " " * processes.MOST_COOKIE}
        self._most = most
        self._patience = grade.patience
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._spares: deque[Spare] = deque()
        self._asked = 0
        self._generation = 0
        self._used = 0.0  # when a spare was last taken
        self._failures = 0  # spares that did not get ready, in a row
        self._state = State.NOT_STARTED
        self._forks = self._hangs = 0
        self._deaths: list[float] = []
        self._notice = ""
        self._off_since = 0.0
        self._closed = False

    def begin(self) -> None:
        """Start it, unless it was started or is off. Returns at once."""
        with self._lock:
            self._begin_if_due()

    def start(self, name: str, folder: str, environment: Mapping[str, str]) -> "Started | None":
        """Hand the job to a spare; None where none took it, which is certain then."""
        order = json.dumps({"name": name, "folder": folder, "environment": dict(environment)}).encode()
        if len(order) > spare.LONGEST_ORDER or len(folder) + len(name) > processes.MOST_COOKIE - 64:
            return None
        while (one := self._take()) is not None:
            answer = _hand_over(one, order, self._patience)
            if answer and answer != spare.TAKEN:
                return Started(json.loads(answer), one, self)
            _end(one)
            who = read_json(os.path.join(folder, supervisor.LOCK))
            if isinstance(who, dict):  # another launcher was quicker, or the spare died just after it took the lock
                return Started(who, None, self)
        return None

    def take_back(self, one: Spare) -> None:
        """A spare has done its job."""
        with self._lock:
            one.who, one.since = None, time.monotonic()
            one.line.setblocking(True)
            if self._closed or self._state is State.OFF or len(self._spares) >= self._most:
                _let_go(one)
            else:
                self._spares.append(one)

    def trim(self) -> None:
        """Give back memory that is not used: spares but one after a while, and what was only started on demand after longer."""
        with self._lock:
            self._hear()
            now = time.monotonic()
            for one in [one for one in self._spares if now > one.since + IDLE_SECONDS][1:]:
                self._spares.remove(one)
                _let_go(one)
            if not self.grade.standing and self._state is State.READY and now > self._used + RETIRE_SECONDS:
                self._stop()
                self._state = State.NOT_STARTED

    def status(self) -> Warmth:
        """How it does."""
        with self._lock:
            self._hear()
            return Warmth(
                self.grade.name, self._state, self._process.pid if self._process else None, self._forks, self._hangs,
                len(self._deaths), self._notice,
            )  # fmt: skip

    def close(self) -> None:
        """End it and its spares; steps that run go on."""
        with self._lock:
            self._closed = True
            self._stop()

    # All below is called with the lock held.

    def _begin_if_due(self) -> None:
        if self._state is State.OFF and time.monotonic() > self._off_since + REST:
            self._state, self._failures = State.NOT_STARTED, 0
        if self._state is State.NOT_STARTED and not self._closed:
            self._begin()

    def _begin(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._process = subprocess.Popen(
                [*self._command, str(theirs.fileno()), json.dumps(self._settings)], stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", env=self._environment,
                start_new_session=True, pass_fds=[theirs.fileno()],
            )  # fmt: skip
        except OSError as problem:
            ours.close()
            self._turn_off(f"it cannot be started: {problem.strerror}")
            return
        finally:
            theirs.close()
        self._control, self._state, self._asked, self._notice = ours, State.STARTING, 0, ""
        self._generation += 1
        self._used = time.monotonic()
        self._refill()

    def _stop(self, *, spares: bool = True) -> None:
        while spares and self._spares:
            _end(self._spares.popleft())
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            try:
                self._process.wait(2)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def _turn_off(self, why: str) -> None:
        self._state, self._off_since = State.OFF, time.monotonic()
        self._notice = (
            f"Steps of the grade “{self.grade.name}” are started without a fork server: {why}. "
            f"It is tried again in {REST / 60:g} minutes."
        )
        log.warning(self._notice)
        self._stop()

    def _restart(self, *, spares: bool) -> None:
        self._stop(spares=spares)
        self._state = State.NOT_STARTED
        self._begin_if_due()

    def _refill(self) -> None:
        """Ask for a spare where none waits or is about to."""
        if self._control is not None and not self._spares and not self._asked:
            with suppress(OSError):  # it is dead, which is heard soon
                self._control.send(forkserver.ASK)
                self._asked += 1

    def _hear(self) -> None:
        """Take in what the fork server and its spares have said."""
        while self._control is not None:
            try:
                text, handles = _receive(self._control)
            except BlockingIOError:
                break
            except OSError:
                text, handles = b"", []
            self._take_in(json.loads(text) if text else {"state": "dead"}, handles)
        now = time.monotonic()
        for one in list(self._spares):
            if one.who is None and one in self._spares:
                self._greet(one)
            if one.who is None and one in self._spares and now > one.since + self._patience:
                self._hung(one)

    def _take_in(self, message: Mapping[str, Any], handles: list[int]) -> None:
        if "spare" in message:
            self._asked -= 1
            try:
                process = os.pidfd_open(message["spare"])
            except OSError:
                process = -1
            line = socket.socket(fileno=handles[0])
            self._spares.append(Spare(line, process, self._generation, time.monotonic()))
            return
        match message["state"]:
            case "ready":
                self._state = State.READY
            case "unfit":
                self._turn_off(str(message["text"]))
            case _:
                self._died()

    def _died(self) -> None:
        """It was killed: start it once more; if that happens again soon, do without. Its spares need it no more."""
        now = time.monotonic()
        self._deaths.append(now)
        log.warning("the fork server of grade %s died", self.grade.name)
        if len(self._deaths) > 1 and self._deaths[-2] > now - SOON:
            self._turn_off(f"it died twice within {SOON:g} seconds")
        else:
            self._restart(spares=False)

    def _greet(self, one: Spare) -> None:
        """Hear whether a spare is ready."""
        try:
            text = one.line.recv(4096, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            text = b""
        said = json.loads(text) if text else {}
        if "pid" in said:
            one.who = said
            self._forks += 1
            self._failures = 0
            return
        self._spares.remove(one)
        _let_go(one)
        if "unfit" in said:
            self._turn_off(said["unfit"])
        elif "outdated" in said:
            if one.generation == self._generation:
                self._restart(spares=True)
        elif "spent" not in said and one.generation == self._generation:  # killed, or its child could not compute
            self._failed("forked processes end before they can work")

    def _hung(self, one: Spare) -> None:
        self._hangs += 1
        self._spares.remove(one)
        _end(one)
        log.warning("a forked process of grade %s did not get ready within %g s", self.grade.name, self._patience)
        self._failed("forked processes hang")

    def _failed(self, why: str) -> None:
        self._failures += 1
        if self._failures >= MOST_FAILURES:
            self._turn_off(why)
        else:
            self._refill()

    def _take(self) -> Spare | None:
        """A ready spare, or None where there will be none soon."""
        until = time.monotonic() + WAIT_SECONDS
        with self._lock:
            self._begin_if_due()
            while True:
                self._hear()
                found = next((one for one in self._spares if one.who is not None), None)
                if found is not None:
                    self._spares.remove(found)
                    self._used = time.monotonic()
                self._refill()
                left = until - time.monotonic()
                if found is not None or self._state is not State.READY or self._control is None or left <= 0:
                    return found
                select.select([self._control, *(one.line for one in self._spares)], [], [], left)


def _receive(line: socket.socket) -> tuple[bytes, list[int]]:
    """A message with the descriptors that came along. Raises `BlockingIOError` where there is none."""
    handles = array.array("i")
    text, about, _, _ = line.recvmsg(
        4096, socket.CMSG_LEN(handles.itemsize), socket.MSG_DONTWAIT | socket.MSG_CMSG_CLOEXEC
    )
    for _, kind, data in about:
        if kind == socket.SCM_RIGHTS:
            handles.frombytes(data[: len(data) // handles.itemsize * handles.itemsize])
    return text, list(handles)


def _hand_over(one: Spare, order: bytes, patience: float) -> bytes:
    """The spare's answer; empty when it is dead or does not answer."""
    try:
        one.line.settimeout(patience)
        one.line.send(order)
        return one.line.recv(4096)
    except OSError:
        return b""


def _end(one: Spare) -> None:
    """Have a spare end, even one that hears nothing any more, and wait until it has."""
    if one.process >= 0:
        with suppress(OSError):
            signal.pidfd_send_signal(one.process, signal.SIGKILL)
        select.select([one.process], [], [], 5.0)
    _let_go(one)


def _let_go(one: Spare) -> None:
    """Have a spare end by itself, when it has nothing more to do."""
    if one.process >= 0:
        os.close(one.process)
    one.line.close()
