"""What becomes of jobs on another machine: told as it happens (agent.py). Standard library only, and of Python 3.9."""

import contextlib
import os
import select
import signal
import threading

from designer.launcher import logs, processes
from designer.launcher.agent_cache import Cache, below
from designer.launcher.result import read_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

CHUNK = 1 << 18
"""Bytes that are read and told at a time."""

TICK_SECONDS = 0.1
"""How often it is looked whether logs grew."""

STREAMS = ("stdout.log", "stderr.log", "events.jsonl")
HANDLE = "process.json"
RESULT, LOCK, LAUNCHER_LOG = "result.json", "job.lock", "launcher.log"


class Watch:
    """One thread that tells what becomes of jobs: their streams as they grow, then their end."""

    def __init__(self, jobs: str, boot: str, cache: Cache, send: "Callable[..., None]") -> None:
        self._folder = jobs
        self._boot = boot
        self._cache = cache
        self._send = send
        self._lock = threading.Lock()
        self._jobs: dict[str, dict[str, int]] = {}  # by job, how much of each stream was told
        self._ends: dict[str, int] = {}  # pidfds
        self._bell = os.pipe()
        for end in self._bell:
            os.set_blocking(end, False)

    def add(self, name: str, offsets: "dict[str, int]") -> None:
        """Tell of this one too."""
        with self._lock:
            if not offsets and name in self._jobs:
                return
            self._jobs[name] = {stream: offsets.get(stream, 0) for stream in STREAMS}
        self.ring()

    def forget(self, name: str) -> None:
        """Tell no more of this one."""
        with self._lock:
            self._jobs.pop(name, None)
            handle = self._ends.pop(name, None)
        if handle is not None:
            os.close(handle)

    def ring(self) -> None:
        """Wake the thread."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._bell[1], b"\0")

    def run(self) -> None:
        """Until the agent ends."""
        while True:
            with self._lock:
                names = list(self._jobs)
                ends = list(self._ends.values())
            poll = select.poll()
            for handle in (self._bell[0], *ends):
                poll.register(handle, select.POLLIN)
            poll.poll(TICK_SECONDS * 1000 if names else None)
            with contextlib.suppress(BlockingIOError):
                os.read(self._bell[0], 4096)
            with self._lock:
                names = list(self._jobs)
            for name in names:
                try:
                    self._tell(name)
                except Exception as problem:  # noqa: BLE001 - one job's oddities must not end the watching of all
                    self._send({"tell": "odd", "name": name, "problem": f"{type(problem).__name__}: {problem}"})

    def _tell(self, name: str) -> None:
        folder = os.path.join(self._folder, name)
        found = look(folder, self._boot)
        if found is None and name not in self._ends and hasattr(os, "pidfd_open"):
            for who in owners(folder):
                try:
                    self._ends[name] = os.pidfd_open(int(who["pid"]))
                    break
                except OSError:
                    continue
        more = self._tell_streams(name, folder, all_=found is not None)
        if more:
            self.ring()
        if found is None:
            return
        inline, data = [], b""
        if "result" in found:
            outputs = found["result"].get("outputs") or {}
            for entry in outputs.values() if found["result"].get("status") == "completed" else ():
                place = below(folder, str(entry["path"]))
                self._cache.link(place, str(entry["digest"]))
                if (
                    "files" not in entry and len(data) + int(entry["size"]) <= CHUNK
                ):  # with the news: it saves a question
                    with open(place, "rb") as file:
                        data += file.read(int(entry["size"]))
                    inline.append([os.path.basename(place), int(entry["size"])])
        elif found.get("sweep"):
            processes.end_with_cookie(name, folder, seconds=0.2)
        self.forget(name)
        self._send({"tell": "ended", "name": name, "inline": inline, **found}, data)

    def _tell_streams(self, name: str, folder: str, *, all_: bool) -> bool:
        """Tell what streams have more; whether there is yet more."""
        with self._lock:
            told = self._jobs.get(name)
        if told is None:
            return False
        more = False
        for stream in STREAMS:
            path, rounds = os.path.join(folder, stream), 0
            while True:
                start, data = logs.read(path, told[stream], CHUNK)
                if not data:
                    break
                self._send({"tell": "grew", "name": name, "stream": stream, "offset": start}, data)
                told[stream] = start + len(data)
                rounds += 1
                if rounds >= 8 and not all_:
                    more = True
                    break
        return more


def look(folder: str, boot: str) -> "dict[str, Any] | None":
    """How a job ended: its `result`, or `gone` with why; None while it runs."""
    result = read_json(os.path.join(folder, RESULT))
    if isinstance(result, dict):
        _reap(folder)
        return {"result": result}
    told = read_json(os.path.join(folder, HANDLE))
    if not isinstance(told, dict):
        if os.path.isdir(folder):
            return None  # it is being started
        return {"gone": "its folder on the machine is not there any more", "ran": True, "sweep": True}
    if told.get("boot_id") != boot:
        return {"gone": "it was interrupted by a restart of the machine", "ran": _ran(folder)}
    if any(_lives(who) for who in owners(folder)) or processes.is_locked(os.path.join(folder, LOCK)):
        return None
    result = read_json(os.path.join(folder, RESULT))  # it ended between the two questions
    if isinstance(result, dict):
        return {"result": result}
    _reap(folder)
    said = logs.last_line(os.path.join(folder, LAUNCHER_LOG))
    why = "the launcher ended without a result" + (f": {said}" if said else "")
    return {"gone": why, "ran": _ran(folder), "sweep": True}


def _ran(folder: str) -> bool:
    """Whether anything of the step may have run: its launcher takes the lock before all else."""
    try:
        return os.stat(os.path.join(folder, LOCK)).st_size > 0
    except FileNotFoundError:
        return False
    except OSError:
        return True


def _reap(folder: str) -> None:
    told = read_json(os.path.join(folder, HANDLE))
    if isinstance(told, dict):
        processes.reap(int(told["pid"]), told["start_time"])


def owners(folder: str) -> "list[dict[str, Any]]":
    """Who may have a job: the launcher that took it, and the one that was started."""
    found = [read_json(os.path.join(folder, name)) for name in (LOCK, HANDLE)]
    return [who for who in found if isinstance(who, dict) and {"pid", "start_time", "boot_id"} <= who.keys()]


def _lives(who: "dict[str, Any]") -> bool:
    return bool(who["boot_id"] == processes.boot_id() and processes.start_time(int(who["pid"])) == who["start_time"])


def send_signal(who: "dict[str, Any]", number: int) -> bool:
    """Send a signal to exactly this process; whether it was there."""
    if not hasattr(os, "pidfd_open"):
        return _lives(who) and processes.end(int(who["pid"]), number)
    try:
        handle = os.pidfd_open(int(who["pid"]))
    except OSError:
        return False
    try:
        if not _lives(who):
            return False
        signal.pidfd_send_signal(handle, number)
        return True
    except OSError:
        return False
    finally:
        os.close(handle)
