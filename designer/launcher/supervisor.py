"""The process over a step: it forks the child, waits, hears a cancel, keeps the time, kills the whole tree at the end,
and writes `result.json`. It imports little, runs no code of the module and holds no thread. A target starts it as a program,
or takes one that a fork server keeps ready, with its child (spare.py).

Exit codes: 0 completed; the child's own code, or 128 + signal, when it failed; 1 when it failed though it exited 0;
124 timeout; 143 canceled; 75 this folder was started before, and nothing was done.
"""

import errno
import fcntl
import json
import os
import select
import signal
import sys
import time

from designer.launcher import child, logs, processes
from designer.launcher.board import Board
from designer.launcher.failures import error
from designer.launcher.result import FORMAT, make_durable, read_json, write_json

TYPE_CHECKING = False  # the real one would import typing, which costs a step milliseconds
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

    from designer.launcher.private import Streams

JOB = "job.json"
RESULT = "result.json"
LOCK = "job.lock"
STOP = "stop.json"

TIMEOUT = 124
CANCELED = 143
STARTED_BEFORE = 75

HEARD = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)

CHECK_SECONDS = 0.25
"""How often the sizes of the logs are looked at."""

SWEEP_SECONDS = 10.0
"""How long the end of a tree is waited for after SIGKILL (a process in the kernel's hands cannot be killed)."""


ROOM_SECONDS = 86_400.0
"""How long a result waits for room on a full disk."""

HELPER_SECONDS = 0.2
"""How long helpers of libraries (they clean up shared memory) may take to see that the step has ended."""


def main(arguments: list[str]) -> "NoReturn":
    """Run the job in the folder that the last argument names, and exit."""
    if len(arguments) != 1 or not os.path.isdir(arguments[0]):
        sys.stderr.write("usage: python -m designer.launcher JOB_FOLDER\n")
        os._exit(2)
    code = supervise(os.path.realpath(arguments[0]))
    sys.stderr.flush()
    os._exit(code)


def supervise(folder: str) -> int:
    """Run the job of this folder once; return the exit code."""
    os.umask(0o077)
    if take(folder) is None:
        finished = read_json(os.path.join(folder, RESULT))
        return _mirror(finished) if isinstance(finished, dict) else STARTED_BEFORE
    processes.become_subreaper()
    return _mirror(carry_out(folder, Ear()))


def carry_out(
    folder: str, ear: "Ear", fork: "Fork | None" = None, told: "Callable[[], None]" = lambda: None
) -> "dict[str, Any]":
    """Run the job of a folder that was taken, in a child that waits already or a new one; return the result.

    `told` is called as soon as others can read the result. That it survives a power cut is seen to afterwards; where there
    is a `fork`, by the caller.
    """
    started, clock = time.time(), time.monotonic()
    job = read_json(os.path.join(folder, JOB))
    if isinstance(job, dict):
        result = Supervisor(folder, job, ear, fork).run()
    else:
        result = {"status": "failed", "error": error("JobUnreadable", "job.json is not there or is not JSON.")}
    for key, value in (("exit_code", None), ("signal", None), ("error", None), ("outputs", {}), ("peak_memory", 0)):
        result.setdefault(key, value)
    seconds = round(time.monotonic() - clock, 6)
    result |= {"format": FORMAT, "started": started, "ended": started + seconds, "seconds": seconds}
    _write_result(folder, result, told, durable=fork is None)
    _tidy(folder)
    return result


def _write_result(folder: str, result: "dict[str, Any]", told: "Callable[[], None]", durable: bool) -> None:
    """Write the result down; on a full disk wait for room, else hours of work were lost for a few bytes."""
    until = time.monotonic() + ROOM_SECONDS
    path = os.path.join(folder, RESULT)
    while True:
        try:
            write_json(path, result)
            break
        except (OSError, ValueError) as problem:
            full = isinstance(problem, OSError) and problem.errno in (errno.ENOSPC, errno.EDQUOT)
            if not full or time.monotonic() > until:
                sys.stderr.write(f"result.json could not be written: {problem}\n")
                return
        time.sleep(1.0)
    told()
    if not durable:
        return
    try:
        make_durable(path)
    except OSError as problem:
        sys.stderr.write(f"result.json is not safe from a power cut: {problem}\n")


def _tidy(folder: str) -> None:
    """Remove what nobody needs any more; the target does so too, and neither waits for the other."""
    for name in ("tmp", "work"):
        path = os.path.join(folder, name)
        try:
            os.rmdir(path)
        except OSError:
            if name == "tmp":
                import shutil

                shutil.rmtree(path, ignore_errors=True)


def take(folder: str, who: "dict[str, Any] | None" = None) -> "tuple[dict[str, Any], int] | None":
    """Take the job's lock and write down who has it; who that is, and the descriptor that holds the lock.

    `None` when someone has, or once had, this job.
    """
    if os.path.exists(os.path.join(folder, RESULT)):
        return None
    lock = os.open(os.path.join(folder, LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    if os.fstat(lock).st_size:
        os.close(lock)
        return None
    os.write(lock, json.dumps(who := who or myself()).encode())
    return who, lock


def myself() -> "dict[str, Any]":
    """Who this process is."""
    pid = os.getpid()
    return {"pid": pid, "start_time": processes.start_time(pid), "boot_id": processes.boot_id()}


def _mirror(result: "dict[str, Any]") -> int:
    status = result.get("status")
    if status == "completed":
        return 0
    if status == "timeout":
        return TIMEOUT
    if status == "canceled":
        return CANCELED
    name = result.get("signal")
    if name:
        return 128 + int(getattr(signal, name, 0))
    return int(result.get("exit_code") or 1)


class Ear:
    """Hears signals: they wake the supervisor's loop through a pipe."""

    def __init__(self) -> None:
        self.canceled = False
        self._pipe = os.pipe()
        for handle in self._pipe:
            os.set_blocking(handle, False)
        signal.set_wakeup_fd(self._pipe[1], warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._cancel)

    def _cancel(self, *_: object) -> None:
        self.canceled = True

    def wait(self, seconds: float, *also: int) -> None:
        """Until a signal comes, or something on one of the other descriptors, at most for some time."""
        select.select([self._pipe[0], *also], [], [], max(0.0, seconds))
        try:  # noqa: SIM105 - contextlib would cost a step a millisecond
            os.read(self._pipe[0], 4096)
        except BlockingIOError:
            pass


def fork() -> int:
    """As `os.fork`; the child hears signals as a program does that was just started."""
    signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
    pid = os.fork()
    if pid == 0:
        signal.set_wakeup_fd(-1)
        for one in HEARD:
            signal.signal(one, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)
    return pid


class Fork:
    """A forked child that waits for its job, as its parent sees it."""

    def __init__(self, pid: int, board: Board, go: "Callable[[], None]") -> None:
        self.pid = pid
        self.board = board
        self.go = go  # lets it begin


class Supervisor:
    """One run of one child."""

    def __init__(self, folder: str, job: "dict[str, Any]", ear: Ear, fork: Fork | None = None) -> None:
        self.folder = folder
        self.job = job
        self.ear = ear
        self.name = str(job.get("name", ""))
        self.fork = fork
        self.board = fork.board if fork else Board()
        self.child = fork.pid if fork else 0
        self.status: int | None = None  # of the child, as wait gives it
        self.peak = 0
        self.killed: set[int] = set()
        self.why = ""  # "canceled" or "timeout", once it is being stopped
        self.streams: Streams | None = None  # of a step that has secrets

    def run(self) -> "dict[str, Any]":
        """Start the child and return what became of it."""
        if self.job.get("secrets"):
            try:
                self._listen()
            except OSError as problem:
                return {
                    "status": "failed",
                    "error": error(
                        "FolderUnwritable", f"The step's pipes cannot be made: {problem.strerror}.",
                        "Look at the rights and the file system of the data folder.",
                    ),
                }  # fmt: skip
        if self.fork:
            self.fork.go()
        else:
            self._start()
        self._watch()
        left = self._end_tree(processes.is_subreaper())
        if self.streams:
            self.streams.close()
        for name in logs.NAMES:
            logs.limit(os.path.join(self.folder, name))
        peak = max(0, self.peak - self.board.base())
        if left and not self.why:
            self._note(f"{left} background process{'es were' if left > 1 else ' was'} stopped when the step ended.")
        return self._result(peak) | {"stopped_processes": left, "peak_memory": peak}

    def _listen(self) -> None:
        """Be the one that writes what the step says, without its secrets."""
        from designer.launcher import private

        self.streams = private.Streams(self.folder, private.read(self.folder))

    def _start(self) -> None:
        parent = os.getpid()
        self.child = fork()
        if self.child == 0:
            try:
                child.detach(parent)
                child.main(self.job, self.folder, self.board)
            finally:
                os._exit(70)

    def _watch(self) -> None:
        """Until the child has ended."""
        timeout = self.job.get("timeout")
        deadline = time.monotonic() + float(timeout) if timeout else None
        kill_at: float | None = None
        asked = False
        while not self._reap():
            now = time.monotonic()
            if self.ear.canceled and not self.why and self._is_meant():
                self.why = "canceled"
            if deadline is not None and now >= deadline and not self.why:
                self.why = "timeout"
            if self.why and not asked:
                asked = True
                kill_at = now + self._grace()
                self._signal_group(signal.SIGTERM)
            if kill_at is not None and now >= kill_at:
                self.killed.update(pid for pid in processes.descendants(os.getpid()) if processes.end(pid))
                self._signal_group(signal.SIGKILL)
                kill_at = now + 1.0
            for name in logs.NAMES:
                logs.limit(os.path.join(self.folder, name))
            until = min(moment for moment in (now + CHECK_SECONDS, deadline if not asked else None, kill_at) if moment)
            self.ear.wait(until - now, *(self.streams.readers if self.streams else ()))
            if self.streams:
                self.streams.pump()

    def _is_meant(self) -> bool:
        """Whether a cancel is for this job: one for a spare's last job may come late, so there a target leaves a word as well."""
        self.ear.canceled = self.fork is None or os.path.exists(os.path.join(self.folder, STOP))
        return self.ear.canceled

    def _grace(self) -> float:
        """Seconds between SIGTERM and SIGKILL: what the stop said, else what the job says."""
        asked = read_json(os.path.join(self.folder, STOP)) if self.why == "canceled" else None
        value = asked.get("grace") if isinstance(asked, dict) else self.job.get("grace", 10.0)
        return float(value) if isinstance(value, int | float) else 10.0

    def _signal_group(self, sign: int) -> None:
        try:
            os.killpg(self.child, sign)
        except OSError:  # it has not made its own group yet
            processes.end(self.child, sign)

    def _reap(self) -> bool:
        """Collect whoever has ended; whether the child has."""
        try:
            while True:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
                if pid == 0:
                    break
                self.peak = max(self.peak, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))
                if pid == self.child:
                    self.status = status
        except ChildProcessError:
            pass
        return self.status is not None

    def _end_tree(self, subreaper: bool) -> int:
        """Kill what the child left behind; how many processes that were.

        As a subreaper we inherit every orphan, so having no child left proves that the whole tree has ended.
        """
        left: set[int] = set()
        now = time.monotonic()
        until = now + SWEEP_SECONDS
        by_itself = now + (0.0 if self.why else HELPER_SECONDS)
        pause = 0.001
        while time.monotonic() < until:
            if subreaper:
                try:
                    os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
                except ChildProcessError:
                    break
                found = processes.descendants(os.getpid())
            else:
                found = processes.with_cookie(self.name, self.folder)
                self._signal_group(signal.SIGKILL)
                if not found:
                    break
            if time.monotonic() >= by_itself:
                left.update(pid for pid in found if processes.end(pid))
            self._reap()
            if self.streams:
                self.streams.pump()
            time.sleep(pause)
            pause = min(pause * 2, 0.05)
        if left and subreaper:
            left.update(pid for pid in processes.with_cookie(self.name, self.folder) if processes.end(pid))
        return len(left)

    def _note(self, text: str) -> None:
        """Add a line of our own to the step's log of errors."""
        try:
            with open(os.path.join(self.folder, "stderr.log"), "ab") as file:
                file.write(f"[{text}]\n".encode())
        except OSError:
            pass  # no room: the result says it, too

    def _result(self, peak: int) -> "dict[str, Any]":
        status = self.status or 0
        number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
        code = os.WEXITSTATUS(status) if number is None else None
        result: dict[str, Any] = {"status": "failed", "exit_code": code, "signal": None}
        if number is not None:
            result["signal"] = _signal_name(number)
        outcome = self.board.outcome() or read_json(os.path.join(self.folder, child.OUTCOME))
        outcome = outcome if isinstance(outcome, dict) else {}
        if self.why == "timeout":
            result["error"] = error(
                "Timeout", f"Stopped after its time limit of {_duration(float(self.job['timeout']))}.",
                "Raise the time limit of the step, or give it less to do.",
            )  # fmt: skip
            return result | {"status": "timeout"}
        declared = [str(one["name"]) for one in self.job.get("outputs", ()) if not one.get("optional")]
        outputs = outcome.get("outputs") or {}
        missing = [name for name in declared if name not in outputs]
        if code == 0 and outcome.get("error") is None and not missing:
            return (
                result
                | {"status": "completed", "error": None}
                | {key: value for key, value in outcome.items() if key in ("outputs", "detected")}
            )
        if self.why == "canceled":
            return result | {"status": "canceled", "error": error("Canceled", "Stopped by request.")}
        if code is not None and outcome.get("error"):
            return result | {"error": outcome["error"]}
        return result | {"error": self._death(number, code or 0, missing, peak)}

    def _death(self, number: int | None, code: int, missing: list[str], held: int) -> "dict[str, Any]":
        """The error of a child that could not say itself what happened."""
        peak = f"peak memory {_bytes(held)}"
        if number == signal.SIGKILL:
            return error(
                "Killed", f"Killed by signal 9 (SIGKILL), possibly out of memory; {peak}.",
                "Give the step more memory, or let it work on fewer rows at a time.",
            )  # fmt: skip
        if number is not None:
            name = _signal_name(number)
            crash = number in (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT)
            return error(
                "Crashed" if crash else "Killed", f"{'Crashed with' if crash else 'Ended by'} signal {number} ({name}); {peak}.",
                "A native library failed; stderr.log shows the Python lines it was called from." if crash else "",
            )  # fmt: skip
        if code:
            return error("Exited", f"The step ended with exit code {code}.", "Its log may say why.")
        return error(
            "OutputMissing",
            f"The step ended (exit code 0) before it handed over its outputs: {', '.join(missing)}.",
            "Let `run` return normally: do not leave the process by os._exit.",
        )


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"SIG{number}"


def _bytes(count: int) -> str:
    return f"{count / 1024**3:.1f} GB" if count >= 1024**3 else f"{count / 1024**2:.0f} MB"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:g} seconds"
    return f"{seconds / 60:g} minutes" if seconds < 7200 else f"{seconds / 3600:g} hours"
