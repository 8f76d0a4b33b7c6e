"""Folders of attempts that wait already: making one, with what is inside, takes longer than most short steps do."""

import itertools
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

from designer.launcher import logs, private, supervisor

READY = ".ready"
"""Where they wait, in the folder of the attempts' folders: below a name that no attempt has."""

AHEAD = 4
"""How many wait: each start makes good what it took."""

FOLDERS = ("out", "work", "tmp")
FILES = (supervisor.LOCK, *logs.NAMES)
"""What a launcher finds in the folder, empty; it makes what is missing."""


def tidy(folder: Path) -> None:
    """Remove what only a step that runs needs. Its logs, its outputs and its result stay."""
    private.remove(str(folder))
    for name in ("tmp", "work"):
        try:
            os.rmdir(folder / name)
        except FileNotFoundError:
            continue
        except OSError:
            shutil.rmtree(folder / name, ignore_errors=True)


class Folders:
    """A few folders ahead. Safe to use from many threads."""

    def __init__(self, attempts: Path) -> None:
        self._place = attempts / READY
        self._numbers = itertools.count()
        self._waiting: list[Path] = []
        self._lock = threading.Lock()
        shutil.rmtree(self._place, ignore_errors=True)  # of an earlier server

    def make(self, folder: Path, fill: Callable[[Path], None]) -> None:
        """Have a folder in this place, and in it what `fill` writes there. Raises `OSError`.

        One that waited appears there as a whole; else `fill` writes last what others look for.
        """
        with self._lock:
            waiting = self._waiting.pop() if self._waiting else None
        if waiting is not None:
            try:
                fill(waiting)
                os.rename(waiting, folder)
                return
            except OSError:  # it was removed, or another one lies there, half of it
                shutil.rmtree(waiting, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        fill(folder)

    def refill(self) -> None:
        """Make those that are missing."""
        while True:
            with self._lock:
                if len(self._waiting) >= AHEAD:
                    return
                waiting = self._place / str(next(self._numbers))
            try:
                for folder in FOLDERS:
                    os.makedirs(waiting / folder, mode=0o700)
                for file in FILES:
                    os.close(os.open(waiting / file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            except OSError:  # whoever needs one makes it, and is told why that does not work
                return
            with self._lock:
                self._waiting.append(waiting)
