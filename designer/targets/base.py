"""What every compute target does: five verbs over a job. A target sees a job, never a run or a graph."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

Handle = Mapping[str, Any]
"""Where an attempt runs, as JSON: enough to find it again after a restart of the server."""


@dataclass(frozen=True)
class Job:
    """One attempt to run: its name (unique, also the fencing name) and its folder, where `job.json` already stands."""

    name: str
    folder: Path
    python: str = ""  # the interpreter of its environment; "" is the target's own


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


@dataclass(frozen=True)
class Gone:
    """It is not there any more and left no result: killed from outside, or the machine restarted."""

    why: str = ""


Look = Starting | Running | Exited | Gone


class Target(Protocol):
    """A place where attempts run."""

    name: str
    slots: int

    def start(self, job: Job) -> Handle:
        """Start the job and return its handle. Called twice with one name it starts once. Raises `Unavailable`."""

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
