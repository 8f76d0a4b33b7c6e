"""The folders of modules that people keep beside the server: what changes in them is taken in, and where it came from is known."""

import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from designer.actions.runs import source_of
from designer.bundle import modules as bundled
from designer.contract.events import ModuleChanged
from designer.installation import Installation
from designer.library import catalogue, git
from designer.library.ignoring import NEVER
from designer.store import artifacts, modules

log = logging.getLogger(__name__)

SECONDS = 1.0
"""Between two looks."""

MOST_FILES = 20_000
"""Beyond so many files of a folder, changes are not noticed."""

Signature = tuple[tuple[str, int, int], ...]


class FolderWatch:
    """Looks at the folders of modules again and again, and takes changed files in."""

    def __init__(self, inst: Installation) -> None:
        self._inst = inst
        self._folders = [folder for folder in inst.library.folders if folder != bundled()]
        self._seen: Signature = ()
        self._states: tuple[Any, ...] = ()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="module-folders", daemon=True)

    def start(self) -> None:
        """Begin, where there are such folders."""
        if self._folders:
            self._thread.start()

    def stop(self) -> None:
        """End."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(10.0)

    def look(self) -> bool:
        """Take in what changed since the last look; whether anything did."""
        seen = tuple(entry for folder in self._folders for entry in _entries(folder))
        states = tuple(_state(folder) for folder in self._folders)
        if seen == self._seen and states == self._states:
            return False
        if seen != self._seen:
            before = {one.spec.reference: one.spec.digest for one in self._inst.library.all()}
            if self._seen:
                self._inst.library.reload()
            keep_sources(self._inst)
            changed = [one for one in self._inst.library.all() if before.get(one.spec.reference) != one.spec.digest]
            gone = before.keys() - {one.spec.reference for one in self._inst.library.all()}
            names = {one.spec.name: one.spec.version for one in changed}
            names |= {reference.partition("@")[0]: int(reference.partition("@")[2]) for reference in gone}
            self._inst.bus.publish([ModuleChanged(name=name, version=version) for name, version in names.items()])
        self._inst.library.git = {folder: found for folder in self._folders if (found := git.look(folder))}
        self._seen, self._states = seen, states
        return True

    def _watch(self) -> None:
        while True:
            try:
                self.look()
            except Exception:  # a folder that comes and goes must not end the watch
                log.exception("the folders of modules could not be looked at")
            if self._ended.wait(SECONDS):
                return


def keep_sources(inst: Installation) -> None:
    """Keep the commands of folders with their folders, so that nothing of them is taken for unused."""
    found = [module for module in inst.library.all() if module.spec.folder and module.path is not None]
    if not found:
        return
    with inst.store.write("keep_sources") as t:
        now = inst.clock.now()
        modules.keep(t, [source_of(module) for module in found], now)
        artifacts.refer(t, {one.spec.folder: inst.artifacts.size(one.spec.folder) for one in found}, now)


def _entries(folder: Path) -> Iterator[tuple[str, int, int]]:
    """What tells a change: names, times and sizes of the files that modules are made of."""
    count = 0
    for path in catalogue.files_of(folder):
        places = [path]
        if path.suffix != ".py":
            places += _below(path.parent)
        for one in places:
            count += 1
            if count > MOST_FILES:
                return
            try:
                seen = one.stat()
            except OSError:
                continue
            yield str(one), seen.st_mtime_ns, seen.st_size


def _below(folder: Path) -> Iterator[Path]:
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in NEVER)
        for name in sorted(files):
            yield Path(here) / name


def _state(folder: Path) -> tuple[int, ...]:
    """What changes with every commit and checkout."""
    top = next((above for above in (folder, *folder.parents) if (above / ".git").exists()), None)
    times: list[int] = []
    if top is None:
        return ()
    for name in ("HEAD", "index", "logs/HEAD"):
        try:
            times.append((top / ".git" / name).stat().st_mtime_ns)
        except OSError:
            times.append(0)
    return tuple(times)
