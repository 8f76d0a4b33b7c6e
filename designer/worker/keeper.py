"""The process of a worker that ends steps whose lease ends, or whose worker is dead or paused. Standard library; computes nothing.

In: lines `{"name", "folder", "until"}`, by the clock here; `until` null forgets. A step stays condemned until it is forgotten, so
that a worker that wakes too late starts none.
"""

import json
import os
import select
import signal
import time

from designer.launcher import processes

LONGEST_WAIT = 1.0
"""Seconds after which the clock is looked at again: it goes on while the machine sleeps, waiting does not."""

AGAIN_SECONDS = 0.2


def clock() -> float:
    """Seconds that never jump, and go on while the machine sleeps; the same in all processes of this machine."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def main() -> None:
    """Watch until the worker is gone; then end all that is left."""
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, signal.SIG_IGN)
    kept: dict[str, tuple[str, float]] = {}
    rest = b""
    while True:
        now, wait = clock(), LONGEST_WAIT
        for name, (folder, until) in kept.items():
            if until <= now:
                processes.end_with_cookie(name, folder, seconds=AGAIN_SECONDS)
                wait = AGAIN_SECONDS
            else:
                wait = min(wait, until - now)
        if not select.select([0], [], [], max(0.0, wait))[0]:
            continue
        read = os.read(0, 65536)
        if not read:
            break
        *lines, rest = (rest + read).split(b"\n")
        for line in lines:
            said = json.loads(line)
            if said["until"] is None:
                kept.pop(said["name"], None)
            else:
                kept[said["name"]] = (said["folder"], float(said["until"]))
    for name, (folder, _) in kept.items():
        processes.end_with_cookie(name, folder)


if __name__ == "__main__":
    main()
