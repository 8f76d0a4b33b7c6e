"""Runs whose steps are taken by workers: a real Redis, the real application, real worker processes that are killed and cut off."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from designer.launcher import processes
from tests.conductor.conftest import Conducted, conducting
from tests.home import document, home, wait_for
from tests.redis import Server, redis_server
from tests.workers import NAME, Farm, farm

TABLES = {
    "make": '''"""Make

Makes a table.
"""
import polars as pl

CATEGORY = "Test"


def run(*, rows: int = 3) -> pl.DataFrame:
    return pl.DataFrame({"n": list(range(rows))})
''',
    "double": '''"""Double

Doubles a column.
"""
import os

import polars as pl

CATEGORY = "Test"


def run(table: pl.DataFrame) -> pl.DataFrame:
    print("in", os.environ["DESIGNER_JOB"])
    return table.with_columns(pl.col("n") * 2)
''',
}


@pytest.fixture(scope="module")
def redis_of_module(need: Callable[..., str]) -> Iterator[Server]:
    """The one Redis of these tests."""
    with redis_server(need("redis-server")) as server:
        yield server


@pytest.fixture
def redis(redis_of_module: Server) -> Server:
    """That Redis, empty."""
    redis_of_module.empty()
    return redis_of_module


class Field:
    """A farm whose runs are conducted."""

    def __init__(self, farm: Farm, conducted: Conducted, redis: Server) -> None:
        self.farm, self.conducted, self.redis = farm, conducted, redis
        self.inst, self.folder = farm.inst, farm.folder

    def waits(self, name: str, **more: Any) -> dict[str, Any]:
        """A node on the farm that notes its start and waits for a file."""
        parameters = {
            "note": str(self.folder / f"{name}.txt"),
            "until": str(self.folder / f"{name}.go"),
            "seconds": 600.0,
        }
        return {"module": "wait@1", "target": NAME, "parameters": parameters, **more}

    def go(self, *names: str) -> None:
        """Let steps end."""
        for name in names:
            (self.folder / f"{name}.go").touch()

    def starts(self, name: str) -> int:
        """How often a step began."""
        file = self.folder / f"{name}.txt"
        return file.read_text().count("started") if file.exists() else 0

    def began(self, name: str, times: int = 1) -> None:
        """Wait until a step has begun."""
        wait_for(f"the start of {name}", lambda: self.starts(name) >= times)

    def processes(self) -> list[int]:
        """What runs below the workers' folders."""
        return running(self.folder)

    def good(self, run: Any) -> None:
        """What must hold at the end of a run, whatever happened."""
        self.conducted.assert_invariants(run)
        wait_for("the end of every process", lambda: not self.processes(), 30)
        wait_for(
            "the claims to be forgotten", lambda: not [one for one in self.names(run) if self.inst.claims.get(one)], 30
        )

    def names(self, run: Any) -> list[str]:
        """The attempts of a run that are known."""
        return [step.attempt for step in self.conducted.get(run).steps.values() if step.attempt]


def running(folder: Path) -> list[int]:
    """Processes of steps that run below a folder."""
    mark = f"{processes.FOLDER}={folder}".encode()
    found = []
    for pid in processes._pids():
        try:
            held = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            continue
        if any(line.startswith(mark) for line in held.split(b"\0")) and processes.start_time(pid) is not None:
            found.append(pid)
    return found


@pytest.fixture
def field(redis: Server, tmp_path: Path) -> Iterator[Field]:
    """A farm with short leases, and no worker yet."""
    with (
        home(tmp_path, modules=TABLES) as inst,
        farm(inst, redis.url, tmp_path, lease=3.0) as found,
        conducting(inst) as conducted,
    ):
        yield Field(found, conducted, redis)


def test_a_table_goes_to_a_worker_and_back(field: Field) -> None:
    field.farm.worker()
    nodes = {
        "made": {"module": "make@1", "parameters": {"rows": 4}},
        "there": {"module": "double@1", "inputs": {"table": "made.result"}, "target": NAME},
        "here": {"module": "double@1", "inputs": {"table": "there.result"}},
        "again": {"module": "double@1", "inputs": {"table": "here.result"}, "target": NAME},
    }

    run = field.conducted.run(document(nodes))

    assert run.status == "completed", {name: step.error for name, step in run.steps.items()}
    assert [step.outputs["result"].rows for step in run.steps.values()] == [4] * 4
    log = (field.inst.attempts / run.steps["there"].attempt / "stdout.log").read_text()
    assert log == f"in {field.folder.resolve()}/one/attempts/{run.steps['there'].attempt}\n"
    field.good(run)
