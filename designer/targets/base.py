"""What every compute target does: five verbs over a job. A target sees a job, never a run or a graph."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

Handle = Mapping[str, Any]
"""Where an attempt runs, as JSON: enough to find it again after a restart of the server."""


@dataclass(frozen=True)
class Software:
    """What a step runs in, exactly, so that a target elsewhere can build the same and share it by its digest."""

    digest: str  # the identity in the step's key: "sha256:..."
    python: str  # "3.11"
    lock: str  # a requirements file: exact versions, with hashes where uv made it


@dataclass(frozen=True)
class Job:
    """One attempt to run: its name (unique, also the fencing name) and its folder, where `job.json` already stands.

    The folder is on the server, and is the attempt's mirror wherever it runs: what the step prints and reports grows there while
    it runs, `out/` is filled and `result.json` comes last. In `job.json` an input names its `path` on the server, its `digest`,
    under which a target elsewhere keeps it, and its `size`.
    """

    name: str
    folder: Path
    python: str = ""  # on a target that is here: the interpreter of its environment; "" is the target's own
    software: Software | None = None  # on one elsewhere: what it is to run in; None is any Python there


@dataclass(frozen=True)
class Starting:
    """It was accepted and does not run yet."""

    text: str = ""


@dataclass(frozen=True)
class Running:
    """Its process is alive."""


@dataclass(frozen=True)
class Exited:
    """It ended; `result.json` in its folder says how, if it could still be written."""

    code: int | None = None
    result: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)
    """What stands there, where the target has just read it."""


@dataclass(frozen=True)
class Gone:
    """It is not there any more and left no result: killed from outside, or the machine restarted."""

    why: str = ""
    never_ran: bool = False  # only where it provably did not begin: then it is started anew without being asked


Look = Starting | Running | Exited | Gone


@dataclass(frozen=True)
class Load:
    """How busy the machine of a target is; None where that is not known."""

    cpu: float | None = None  # the part of all processors that works, 0 to 1
    memory: int | None = None  # bytes in use
    memory_limit: int | None = None  # bytes there are


class Target(Protocol):
    """A place where attempts run. Used from many threads; made without touching the network."""

    name: str
    slots: int  # changes while it is in use

    @property
    def here(self) -> bool:
        """Whether its steps are processes of this machine: they use the interpreters that were built here, and run when `start` returns.

        On a target elsewhere `start` only takes the job, within a second; it is carried there behind that, and until it runs
        `look` answers `Starting` with a text for its card, such as "Copying 2 of 3 inputs".
        """

    def start(self, job: Job) -> Handle:
        """Start the job and return its handle. Called twice with one name it starts once.

        Raises `Unavailable` where it was certainly not started. In doubt it returns, and `look` tells what came of it.
        """

    def trouble(self) -> str:
        """Why it can take no job now, a sentence for people; "" where it can. Told from memory: steps wait as long as it lasts."""

    def load(self) -> Load | None:
        """How busy its machine is, from memory; None where that is not known."""

    def adopt(self, handle: Handle) -> None:
        """Take up a job that an earlier server started: watch it again. Safe to repeat."""

    def look(self, handle: Handle) -> Look:
        """What has become of it, now. Cheap; never blocks."""

    def stop(self, handle: Handle, grace: float = 10.0) -> None:
        """Ask it to end (SIGTERM to the whole tree, SIGKILL after `grace` seconds). Returns at once; safe to repeat."""

    def logs(self, handle: Handle, stream: str, offset: int, limit: int) -> bytes:
        """Bytes of `stdout` or `stderr` from `offset`, at most `limit`."""

    def clean(self, handle: Handle) -> None:
        """Remove what is left of it on the target (processes of its tree first). Safe to repeat."""

    def watch(self, changed: Callable[[str], None]) -> None:
        """Call `changed(job name)` from any thread whenever `look` may answer differently. Polling is the backstop."""

    def notices(self) -> list[str]:
        """What a person should know about it, such as why steps start slowly; sentences."""

    def close(self) -> None:
        """Let go of this target; running jobs go on."""
