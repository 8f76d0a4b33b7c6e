"""What tests of the conductor share: an installation whose runs really run."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from designer.actions import runs
from designer.conductor import Conductor
from designer.contract.events import Event
from designer.contract.runs import Run, SubmitRun
from designer.engine.status import FINAL_RUN
from designer.installation import Installation
from designer.store import outbox
from tests.databases import database_url, postgres_database
from tests.home import home, wait_for
from tests.invariants import assert_invariants

__all__ = ["database_url", "postgres_database"]


@dataclass
class Conducted:
    """An installation with its conductor at work."""

    inst: Installation
    events: list[Event] = field(default_factory=list)

    def submit(self, document: dict[str, Any] | None, **more: Any) -> Run:
        return runs.submit_run(self.inst, SubmitRun(document=document, **more))

    def get(self, run: Run) -> Run:
        return runs.get_run(self.inst, run.id)

    def ended(self, run: Run, seconds: float = 60.0) -> Run:
        """Wait for the end of a run."""
        return wait_for("the end of the run", lambda: (now := self.get(run)).status in FINAL_RUN and now, seconds)

    def run(self, document: dict[str, Any], **more: Any) -> Run:
        return self.ended(self.submit(document, **more))

    def until(self, run: Run, node: str, status: str) -> Run:
        """Wait until a step has a status."""
        return wait_for(f"{node} to be {status}", lambda: (now := self.get(run)).steps[node].status == status and now)

    def assert_invariants(self, run: Run) -> None:
        """What must hold when this run has ended, whatever happened to it."""
        wait_for("all commands to be done", lambda: not self.undone(run), 10)
        assert self.get(run).status in FINAL_RUN
        assert_invariants(self.inst, ended=False)

    def undone(self, run: Run) -> list[Any]:
        with self.inst.store.read() as t:
            return outbox.open_tasks(t, run.id)


@contextmanager
def conducting(inst: Installation) -> Iterator[Conducted]:
    """Have the runs of an installation conducted."""
    found = Conducted(inst)
    inst.bus.subscribe(found.events.extend)
    conductor = Conductor(inst)
    conductor.start()
    try:
        yield found
    finally:
        conductor.stop()


@pytest.fixture
def conducted(tmp_path: Path) -> Iterator[Conducted]:
    """An installation on SQLite with its conductor at work."""
    with home(tmp_path) as inst, conducting(inst) as found:
        yield found
