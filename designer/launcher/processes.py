"""Processes of a step's tree: who they are, whose they are, and how to end them all. Standard library, cheap to import.

A step may start daemons that leave its process group and its session. On Linux two marks find them all the same: they
are descendants of the supervisor, which is a child subreaper, and they carry the cookie in their environment.
"""

import ctypes
import os
import signal
import sys
import time

COOKIE = "DESIGNER_ATTEMPT"
"""Environment variable: the name of the attempt. Together with `FOLDER` it is the cookie of a step's processes."""

FOLDER = "DESIGNER_JOB"
"""Environment variable: the job folder."""

MEMORY = "DESIGNER_MEMORY_MB"
"""Environment variable, set by a target: the memory that one process of the step may hold."""

LINUX = sys.platform.startswith("linux")

_SET_PDEATHSIG = 1
_SET_CHILD_SUBREAPER = 36


def become_subreaper() -> bool:
    """Make orphans of this tree children of this process instead of init's. Whether that is possible here."""
    return LINUX and _prctl(_SET_CHILD_SUBREAPER, 1) == 0


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent dies, even by SIGKILL."""
    if LINUX:
        _prctl(_SET_PDEATHSIG, int(signal.SIGKILL))
    if os.getppid() != parent:
        os._exit(137)  # it died before we could ask


def _prctl(option: int, value: int) -> int:
    return int(ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0))


def boot_id() -> str:
    """What names this boot of the machine; empty where there is no such name."""
    return _read("/proc/sys/kernel/random/boot_id").strip()


def start_time(pid: int, *, zombie: bool = False) -> int | None:
    """When a living process started, in clock ticks since boot; `None` for a dead one, and for a zombie unless asked."""
    if not LINUX:
        try:
            os.kill(pid, 0)
        except OSError:
            return None
        return 0
    fields = _stat(pid)
    return int(fields[19]) if fields and (zombie or fields[0] not in "ZX") else None


def reap(pid: int, started: int | None) -> None:
    """Collect this process if it is a dead child of ours, so that no zombie stays."""
    if start_time(pid, zombie=True) == started:
        try:  # noqa: SIM105 - contextlib would cost a step a millisecond
            os.waitpid(pid, os.WNOHANG)
        except OSError:
            pass  # a child of another: that one collects it


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat from the state on; empty for a process that is not there."""
    text = _read(f"/proc/{pid}/stat")
    return text[text.rfind(")") + 2 :].split() if text else []


def _read(path: str) -> str:
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read().decode("latin-1")
    except OSError:
        return ""


def _pids() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return []


def descendants(root: int) -> list[int]:
    """Every living process below `root`."""
    children: dict[int, list[int]] = {}
    for pid in _pids():
        fields = _stat(pid)
        if fields and fields[0] not in "ZX":
            children.setdefault(int(fields[1]), []).append(pid)
    found: list[int] = []
    queue = [root]
    while queue:
        below = children.get(queue.pop(), [])
        found += below
        queue += below
    return found


def with_cookie(name: str, folder: str) -> list[int]:
    """Every living process that was started with the cookie of this attempt, this one excepted."""
    marks = {f"{COOKIE}={name}".encode(), f"{FOLDER}={folder}".encode()}
    found = []
    for pid in _pids():
        if pid == os.getpid():
            continue
        try:
            with open(f"/proc/{pid}/environ", "rb", buffering=0) as file:
                held = file.read()
        except OSError:
            continue
        if marks <= set(held.split(b"\0")) and start_time(pid) is not None:
            found.append(pid)
    return found


def end(pid: int, sign: int = signal.SIGKILL) -> bool:
    """Send a signal to one process; whether it was there."""
    try:
        os.kill(pid, sign)
    except OSError:
        return False
    return True


def end_with_cookie(name: str, folder: str, seconds: float = 5.0) -> int:
    """SIGKILL all that carry the cookie, until none is left or the time is up; how many there were."""
    seen: set[int] = set()
    until = time.monotonic() + seconds
    while found := with_cookie(name, folder):
        for pid in found:
            end(pid)
        seen.update(found)
        if time.monotonic() > until:
            break
        time.sleep(0.005)
    return len(seen)
