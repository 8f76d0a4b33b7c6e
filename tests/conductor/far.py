"""A kind of targets that behaves as one elsewhere does: its steps are carried there first, and it can be cut off.

Its steps are processes of this machine; files in a folder say how the way there is: `cut` that there is none, `slow` that the
carrying takes until it is removed, `refuses` that the next start finds out that there is none.
"""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from designer.errors import Unavailable
from designer.graph.findings import Finding
from designer.targets.base import Handle, Job, Look, Running, Starting
from designer.targets.kinds import Context
from designer.targets.process import ProcessTarget


class Options(BaseModel):
    """Where the files lie."""

    model_config = ConfigDict(extra="forbid")

    way: str
    colour: str = "green"


def make(name: str, options: Options, context: Context) -> "Far":
    return Far(name, Path(options.way))


def test(options: Options, context: Context) -> list[Finding]:
    return (
        [Finding("unreachable", "It cannot be reached.", parameter="way")] if Path(options.way, "cut").exists() else []
    )


class Far(ProcessTarget):
    """The target."""

    def __init__(self, name: str, way: Path) -> None:
        super().__init__(name)
        self.way = way

    @property
    def here(self) -> bool:
        return False

    def trouble(self) -> str:
        return "it does not answer." if (self.way / "cut").exists() else ""

    def start(self, job: Job) -> Handle:
        assert job.software is not None
        (self.way / "software").write_text(f"{job.software.digest}\n{job.software.python}\n{job.software.lock}")
        if (self.way / "refuses").exists():
            (self.way / "refuses").rename(self.way / "cut")
            raise Unavailable("It does not answer.")
        return super().start(job)

    def look(self, handle: Any) -> Look:
        found = super().look(handle)
        if (self.way / "slow").exists() and isinstance(found, Running):
            return Starting("Copying 1 of 2 inputs")
        return found
