"""Which software steps run in: the server's own Python, or environments built by uv, one folder per lock.

Nothing here builds: builder.py says what is to be run, and that runs as a job of its own.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from designer.environments.server import Server
from designer.graph.environment import ALL_NEEDED, Declaration, completed, needed, of_module
from designer.graph.module import ModuleSpec

FRESH_SECONDS = 1.0
"""How long what the database said counts."""

MOST_REMEMBERED = 4_096


@dataclass(frozen=True)
class Known:
    """What is remembered of environments."""

    names: Mapping[str, Declaration] = field(default_factory=dict)  # what people named
    locks: Mapping[str, str] = field(default_factory=dict)  # digest of a declaration -> digest of its lock


class Environments:
    """Answers, for a module and the environment a node names, what its step runs in. May be used from many threads.

    Args:
        folder: where the environments lie, each in a folder named after its lock.
        known: asks the database.
    """

    def __init__(self, folder: Path, known: Callable[[], Known]) -> None:
        self.folder = folder
        self.server = Server()
        self._ask = known
        self._known = Known()
        self._asked = float("-inf")
        self._lock = threading.Lock()
        self._wanted: dict[str, Declaration | None] = {}  # by the module's digest

    def declaration(self, spec: ModuleSpec, environment: str = "") -> Declaration | None:
        """What has to be built for a module; None where the server's own Python does. Raises `KeyError` for a name there is not.

        A named environment decides alone: what the module declares is not added to it.
        """
        if environment:
            return self._now().names[environment]
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
        return self._now().locks.get(digest) if digest else self.server.identity

    def ready(self, digest: str) -> bool:
        """Whether a step that asks for this can start now."""
        return not digest or self.python_of(digest) is not None

    def python_of(self, digest: str) -> Path | None:
        """The interpreter for what is asked for, in the environment of its newest lock; None where that is not built."""
        lock = self._now().locks.get(digest)
        return self.python(lock) if lock else None

    def names(self) -> frozenset[str]:
        """The environments that people named."""
        return frozenset(self._now().names)

    def forget(self) -> None:
        """Ask the database again: something changed."""
        with self._lock:
            self._asked = float("-inf")

    def path(self, lock: str) -> Path:
        """Where the environment of a lock lies, or will."""
        return self.folder / lock.removeprefix("sha256:")

    def python(self, lock: str) -> Path | None:
        """The interpreter of a lock's environment; None where it is not built."""
        found = self.path(lock) / "bin" / "python"
        return found if found.exists() else None

    def _now(self) -> Known:
        with self._lock:
            if time.monotonic() > self._asked + FRESH_SECONDS:
                self._known = self._ask()
                self._asked = time.monotonic()
            return self._known


def named(declaration: Declaration) -> Declaration:
    """What a named environment holds: any module may run in it, so all that the launcher may need is there."""
    return completed(declaration, ALL_NEEDED)
