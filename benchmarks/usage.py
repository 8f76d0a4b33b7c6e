"""What a tree of processes uses: memory as PSS, so that what processes share counts once, processor time, disk."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

PAUSE = 0.03
"""Seconds between two looks."""


def descendants(root: int, belongs: str = "") -> set[int]:
    """A process, all that it started, and every process in whose command line or environment the text `belongs` stands."""
    parents: dict[int, int] = {}
    found = {root}
    wanted = belongs.encode()
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                parents[int(name)] = int(file.read().rpartition(b")")[2].split()[1])
            if wanted and _mentions(name, wanted):
                found.add(int(name))
        except OSError:
            continue
    grew = True
    while grew:
        more = {pid for pid, parent in parents.items() if parent in found and pid not in found}
        found |= more
        grew = bool(more)
    found.discard(os.getpid())
    return found


def _mentions(pid: str, wanted: bytes) -> bool:
    for name in ("cmdline", "environ"):
        try:
            with open(f"/proc/{pid}/{name}", "rb") as file:
                if wanted in file.read():
                    return True
        except OSError:
            continue
    return False


def pss(pid: int) -> int:
    """Bytes of one process; 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            for line in file:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def tree_pss(root: int, belongs: str = "") -> int:
    """Bytes of a whole tree."""
    return sum(pss(pid) for pid in descendants(root, belongs))


@dataclass
class Peak:
    """The most that was seen."""

    bytes: int = 0


@contextmanager
def peak_of(root: int, belongs: str = "") -> Iterator[Peak]:
    """Watch a tree of processes meanwhile."""
    peak = Peak()
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            peak.bytes = max(peak.bytes, tree_pss(root, belongs))
            over.wait(PAUSE)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()


def disk(path: str) -> int:
    """Bytes that a file, or all files below a folder, take on the disk; 0 where there is nothing."""
    found = [path] if os.path.isfile(path) else []
    found += [os.path.join(place, name) for place, _, names in os.walk(path) for name in names]
    return sum(os.lstat(one).st_blocks * 512 for one in found)


def processor(root: int, belongs: str = "") -> float:
    """Seconds of processor time that a tree of processes has used, those that have ended included."""
    ticks = 0
    for pid in descendants(root, belongs):
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:
                ticks += sum(int(part) for part in file.read().rpartition(b")")[2].split()[11:15])
        except OSError:
            continue
    return ticks / os.sysconf("SC_CLK_TCK")


def busy_cores() -> tuple[float, float]:
    """Ticks of all cores since the machine started: not idle, and all."""
    with open("/proc/stat", encoding="ascii") as file:
        ticks = [float(part) for part in file.readline().split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)
