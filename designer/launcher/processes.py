"""Processes of a step's tree: who they are, whose they are, and how to end them all. Standard library, cheap to import.

A step may start daemons that leave its process group and its session. On Linux two marks find them all the same: they
are descendants of the supervisor, which is a child subreaper, and they carry the cookie in their environment. A program
gets the cookie when it is started. A forked process has the environment block of the program it was forked from: a fork
server is started with room in that block, into which supervisor and child write the cookie of their job (`wear`), so that
the kernel shows it for them and for all that they fork.
"""

import ctypes
import fcntl
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

ROOM = "DESIGNER_ROOM"
"""Environment variable of a fork server: blanks, which make room for a cookie."""

MOST_COOKIE = 4096 + 256
"""Bytes of a cookie: a path and a name."""

LINUX = sys.platform.startswith("linux")

_SET_PDEATHSIG = 1
_SET_CHILD_SUBREAPER = 36

_subreaper = False


def become_subreaper() -> bool:
    """Make orphans of this tree children of this process instead of init's. Whether that is possible here."""
    global _subreaper
    _subreaper = LINUX and _prctl(_SET_CHILD_SUBREAPER, 1) == 0
    return _subreaper


def is_subreaper() -> bool:
    """Whether this process became one."""
    return _subreaper


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent dies, even by SIGKILL."""
    if LINUX:
        _prctl(_SET_PDEATHSIG, int(signal.SIGKILL))
    if os.getppid() != parent:
        os._exit(137)  # it died before we could ask


def _prctl(option: int, value: int) -> int:
    return int(ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0))


_boot_id: str | None = None


def boot_id() -> str:
    """What names this boot of the machine; empty where there is no such name."""
    global _boot_id
    if _boot_id is None:
        _boot_id = _read("/proc/sys/kernel/random/boot_id").strip()
    return _boot_id


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
    """Every living process that carries the cookie of this attempt, this one excepted."""
    return [pid for pid in _pids() if pid != os.getpid() and carries(pid, name, folder) and start_time(pid) is not None]


def carries(pid: int, name: str, folder: str) -> bool:
    """Whether a process carries the cookie of this attempt."""
    try:
        with open(f"/proc/{pid}/environ", "rb", buffering=0) as file:
            held = file.read()
    except OSError:
        return False
    return {f"{COOKIE}={name}".encode(), f"{FOLDER}={folder}".encode()} <= set(held.split(b"\0"))


def find_room() -> int:
    """Where in the memory of this process, and of all that it forks, there is room for a cookie; 0 where there is none."""
    fields = _stat(os.getpid())
    if len(fields) < 49:
        return 0
    start, end = int(fields[47]), int(fields[48])
    place = ctypes.string_at(start, end - start).find(f"{ROOM}={' ' * MOST_COOKIE}\0".encode())
    return start + place if place >= 0 and (place == 0 or ctypes.string_at(start + place - 1, 1) == b"\0") else 0


def wear(room: int, name: str, folder: str) -> None:
    """Write the cookie to where `find_room` found room; an empty name takes it off. Raises `ValueError` where it is too long."""
    cookie = f"{COOKIE}={name}\0{FOLDER}={folder}\0".encode() if name else b""
    if len(cookie) > MOST_COOKIE:
        raise ValueError("the job folder's path is too long")
    ctypes.memmove(room, cookie.ljust(len(ROOM) + 1 + MOST_COOKIE, b"\0"), len(ROOM) + 1 + MOST_COOKIE)


def held() -> tuple[int, int]:
    """Bytes of memory that this process holds now: resident ones, and private ones that may be written to."""
    numbers = [int(text) * os.sysconf("SC_PAGE_SIZE") for text in _read("/proc/self/statm").split()]
    return (numbers[1], numbers[5]) if numbers else (0, 0)


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


def is_locked(path: str) -> bool:
    """Whether another process holds the lock of a file, such as a launcher that has not written itself down yet."""
    try:
        lock = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False
