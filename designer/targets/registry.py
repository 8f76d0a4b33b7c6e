"""The targets of an installation, as its table says: they come, change and go without a restart.

A target that was changed while jobs ran on it stays under its old definition for these: the handle of a job tells under which
one it was started.
"""

import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from designer.errors import DesignerError, Unavailable
from designer.launcher.result import read_json, write_json
from designer.targets.base import Handle, Job, Load, Look, Starting, Target
from designer.targets.claims import Claims
from designer.targets.kinds import KINDS, Context

log = logging.getLogger(__name__)

BY = "by"
"""The key of a handle under which the definition stands by which its job was started."""

SECRET = "secret"  # noqa: S105 - no secret, its mark
"""The key under which an option names a secret instead of holding it."""

FILE = "target.json"
"""The file of a job folder that holds the same, before the job is started."""


@dataclass(frozen=True)
class Definition:
    """A target, as a person described it. A secret option holds `{"secret": name, "version": number}`."""

    name: str
    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)
    slots: int = 1
    disabled: bool = False

    @property
    def by(self) -> dict[str, Any]:
        """What handles remember."""
        return {"kind": self.kind, "options": dict(self.options)}


class Targets(Mapping[str, Target]):
    """The targets by name. Safe to use from many threads.

    Args:
        always: those that are always there; of their definition only slots and whether they are disabled count.
        known: asks the database for all definitions.
        secret: the value of a secret, by its name. Raises `DesignerError`.
        folder: where targets have folders of their own.
        uv: the variables with which uv finds packages.
        claims: what is remembered of attempts that workers take.
    """

    def __init__(
        self,
        always: Mapping[str, Target],
        known: Callable[[], Sequence[Definition]] = tuple,
        secret: Callable[[str], str] = str,
        folder: Path = Path(),
        uv: Mapping[str, str] = MappingProxyType({}),
        claims: Claims | None = None,
    ) -> None:
        self._always = dict(always)
        self._slots = {name: target.slots for name, target in always.items()}
        self._ask, self._secret, self._folder, self._uv = known, secret, folder, uv
        self._claims = claims
        self._lock = threading.RLock()
        self._asking = threading.Lock()
        self._defined: dict[str, Definition] = {}
        self._made: dict[str, Target] = {}  # by name and definition: also old ones, for the jobs that run on them
        self._changed: Callable[[str], None] | None = None
        self.refresh()

    def refresh(self) -> bool:
        """Ask the database: something changed, perhaps by another server. Whether it did. Not in the middle of a transaction."""
        with self._asking:  # an older answer must not come after a newer one
            return self._take_in({one.name: one for one in self._ask()})

    def _take_in(self, found: dict[str, Definition]) -> bool:
        with self._lock:
            if found == self._defined:
                return False
            before, self._defined = self._defined, found
            for name, target in self._always.items():
                target.slots = found[name].slots if name in found else self._slots[name]
            for name, one in found.items():
                made = self._made.get(_key(name, one.by))
                if made is not None:
                    made.slots = one.slots
                elif name in before:
                    log.info("the target %s is another one now", name)
            return True

    def __getitem__(self, name: str) -> Target:
        if name in self._always:
            return self._always[name]
        return self._target(name, self._defined[name].by)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self._always, *self._defined]))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __contains__(self, name: object) -> bool:
        return name in self._always or name in self._defined

    def defined(self, name: str) -> Definition:
        """How a target is defined. Raises `KeyError`."""
        if name in self._always:
            slots, stored = self._always[name].slots, self._defined.get(name)
            return Definition(name, "process", {}, slots, stored is not None and stored.disabled)
        return self._defined[name]

    def is_always_there(self, name: str) -> bool:
        """Whether it cannot be removed."""
        return name in self._always

    def disabled(self) -> frozenset[str]:
        """Those that a person switched off."""
        return frozenset(one.name for one in list(self._defined.values()) if one.disabled)

    def trouble(self, name: str) -> str:
        """Why a target takes no steps now, "" where it does. Cheap."""
        stored = self._defined.get(name)
        if stored is not None and stored.disabled:
            return f'Waits for the compute target "{name}", which is disabled.'
        why = self[name].trouble() if name in self else ""
        return f'Waits for the compute target "{name}": {why}' if why else ""

    def start(self, name: str, job: Job) -> Handle:
        """Start a job. One that was started before is started where it was then. Raises `KeyError`, `Unavailable`."""
        if name in self._always:
            return self._always[name].start(job)
        file = str(job.folder / FILE)
        by = read_json(file)
        if not isinstance(by, dict):
            by = self._defined[name].by
            write_json(file, by)
        return {**self._target(name, by).start(job), BY: by}

    def holding(self, name: str, handle: Handle) -> Target:
        """The target that has a job, also under an old definition. Raises `KeyError` where it is not there any more."""
        by = handle.get(BY)
        return self._always[name] if by is None else self._target(name, by)

    def watch(self, changed: Callable[[str], None]) -> None:
        """Have all targets, also those to come, call `changed(job name)` when a look may answer differently."""
        with self._lock:
            self._changed = changed
            for target in (*self._always.values(), *self._made.values()):
                target.watch(changed)

    def close(self) -> None:
        """Let go of all; running jobs go on."""
        with self._lock:
            made, self._made = list(self._made.values()), {}
        for target in (*self._always.values(), *made):
            target.close()

    def _target(self, name: str, by: Mapping[str, Any]) -> Target:
        key = _key(name, by)
        made = self._made.get(key)
        if made is not None:
            return made
        kind = KINDS.get(by["kind"])
        if kind is None:
            return Unusable(name, f'There is no kind "{by["kind"]}" of targets here.')
        try:
            options = kind.read({key: self._plain(value) for key, value in by["options"].items()})
            made = kind.load().make(name, options, Context(self._folder / name, self._uv, self._claims))
        except (DesignerError, ImportError) as problem:
            return Unusable(name, problem.message if isinstance(problem, DesignerError) else str(problem))
        with self._lock:
            kept = self._made.setdefault(key, made)
            if kept is made:
                current = self._defined.get(name)
                made.slots = current.slots if current else 1
                if self._changed is not None:
                    made.watch(self._changed)
        if kept is not made:
            made.close()
        return kept

    def _plain(self, value: Any) -> Any:
        """An option's value, with the secret in place of its name."""
        return self._secret(value[SECRET]) if isinstance(value, dict) and SECRET in value else value


def _key(name: str, by: Mapping[str, Any]) -> str:
    return json.dumps([name, by["kind"], by["options"]], sort_keys=True)


class Unusable:
    """A target that cannot be made, such as one whose secret is gone. It takes nothing; what runs there is waited for."""

    here = False

    def __init__(self, name: str, why: str) -> None:
        self.name, self.slots, self._why = name, 1, why

    def start(self, job: Job) -> Handle:
        """It cannot. Raises `Unavailable`."""
        raise Unavailable(f'The target "{self.name}" cannot be used: {self._why}', cure="Change its options.")

    def trouble(self) -> str:
        """Why it cannot be used."""
        return self._why

    def load(self) -> Load | None:
        """Not known."""
        return None

    def adopt(self, handle: Handle) -> None:
        """Nothing."""

    def look(self, handle: Handle) -> Look:
        """Not known, until it can be used again."""
        return Starting(self._why)

    def stop(self, handle: Handle, grace: float = 10.0) -> None:
        """It cannot. Raises `Unavailable`."""
        raise Unavailable(f'The target "{self.name}" cannot be used: {self._why}', cure="Change its options.")

    def logs(self, handle: Handle, stream: str, offset: int, limit: int) -> bytes:
        """Nothing."""
        return b""

    def clean(self, handle: Handle) -> None:
        """It cannot. Raises `Unavailable`."""
        raise Unavailable(f'The target "{self.name}" cannot be used: {self._why}', cure="Change its options.")

    def watch(self, changed: Callable[[str], None]) -> None:
        """Nothing."""

    def notices(self) -> list[str]:
        """Why it cannot be used."""
        return [self._why]

    def close(self) -> None:
        """Nothing."""
