"""Which software steps run in: the server's own Python, or environments built by uv, one folder per lock.

Nothing here builds: builder.py says what is to be run, and that runs as a job of its own.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from designer.environments.server import Server
from designer.graph.environment import ALL_NEEDED, Declaration, completed, lacking, locked, needed, of_module
from designer.graph.module import ModuleSpec

MOST_REMEMBERED = 4_096


@dataclass(frozen=True)
class Known:
    """What is remembered of environments."""

    names: Mapping[str, Declaration] = field(default_factory=dict)  # what people named
    locks: Mapping[str, str] = field(default_factory=dict)  # digest of a declaration -> digest of its lock


class Environments:
    """Answers, for a module and the environment a node names, what its step runs in. May be used from many threads.

    It answers from memory, so that it may be asked in the middle of a transaction; `refresh` brings the memory up to date.

    Args:
        folder: where the environments lie, each in a folder named after its lock.
        known: asks the database.
        lock_text: asks the database for the text of a lock.
    """

    def __init__(
        self, folder: Path, known: Callable[[], Known], lock_text: Callable[[str], str] = lambda lock: ""
    ) -> None:
        self.folder = folder
        self._lock_text = lock_text
        self._lacking: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {}
        self.server = Server()
        self._ask = known
        self._known = Known()
        self._packages: dict[str, Mapping[str, list[str]]] = {}  # of the locks of named environments
        self._lock = threading.Lock()
        self._wanted: dict[str, Declaration | None] = {}  # by the module's digest
        self.refresh()

    def declaration(self, spec: ModuleSpec, environment: str = "") -> Declaration | None:
        """What has to be built for a module; None where the server's own Python does. Raises `KeyError` for a name there is not.

        A named environment decides alone: what the module declares is not added to it.
        """
        if environment:
            return self._known.names[environment]
        if spec.digest not in self._wanted:
            if len(self._wanted) >= MOST_REMEMBERED:
                self._wanted.clear()
            asked = of_module(spec)
            self._wanted[spec.digest] = (
                None if self.server.has(asked) else completed(asked, needed(spec.inputs, spec.outputs))
            )
        return self._wanted[spec.digest]

    def identity(self, spec: ModuleSpec, environment: str = "") -> str | None:
        """The identity of the software a step runs in, for its key; None while that is not locked. Cheap."""
        try:
            wanted = self.declaration(spec, environment)
        except KeyError:
            return None
        return self.identity_of(wanted.digest if wanted is not None else "")

    def identity_of(self, digest: str) -> str | None:
        """The same, by the digest of what is asked for ("" is the server's own Python), as a run has frozen it."""
        return self._known.locks.get(digest) if digest else self.server.identity

    def lacking(self, spec: ModuleSpec, environment: str) -> tuple[tuple[str, str], ...]:
        """What a module declares that the environment a node names does not have; nothing while that is not locked."""
        lock = self.identity(spec, environment) if environment and spec.dependencies else None
        if lock is None:
            return ()
        packages = self._packages.get(lock)
        if packages is None:
            return ()
        if (spec.digest, lock) not in self._lacking:
            if len(self._lacking) >= MOST_REMEMBERED:
                self._lacking.clear()
            self._lacking[spec.digest, lock] = lacking(of_module(spec), packages)
        return self._lacking[spec.digest, lock]

    def ready(self, digest: str) -> bool:
        """Whether a step that asks for this can start now."""
        return not digest or self.python_of(digest) is not None

    def python_of(self, digest: str) -> Path | None:
        """The interpreter for what is asked for, in the environment of its newest lock; None where that is not built."""
        lock = self._known.locks.get(digest)
        return self.python(lock) if lock else None

    def names(self) -> frozenset[str]:
        """The environments that people named."""
        return frozenset(self._known.names)

    def refresh(self) -> None:
        """Ask the database: something changed, perhaps by another server. Not in the middle of a transaction."""
        with self._lock:
            known = self._ask()
            mine = {lock for one in known.names.values() if (lock := known.locks.get(one.digest))}
            for lock in mine - set(self._packages):
                self._packages[lock] = locked(self._lock_text(lock))
            for lock in set(self._packages) - mine:
                del self._packages[lock]
            self._known = known

    def path(self, lock: str) -> Path:
        """Where the environment of a lock lies, or will."""
        return self.folder / lock.removeprefix("sha256:")

    def python(self, lock: str) -> Path | None:
        """The interpreter of a lock's environment; None where it is not built."""
        found = self.path(lock) / "bin" / "python"
        return found if found.exists() else None


def named(declaration: Declaration) -> Declaration:
    """What a named environment holds: any module may run in it, so all that the launcher may need is there."""
    return completed(declaration, ALL_NEEDED)
