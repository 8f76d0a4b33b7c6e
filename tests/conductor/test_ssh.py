"""Runs with steps on another machine: a real sshd, real tables."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from designer.actions import secrets
from designer.contract.secrets import PutSecret
from designer.installation import Installation
from designer.store import targets
from designer.store.targets import StoredTarget
from tests.conductor.conftest import Conducted, conducting
from tests.home import document, home, wait_for
from tests.machine import PYTHON, Machine
from tests.targets.test_ssh import machine, session_machine, shared

__all__ = ["machine", "session_machine", "shared"]

NAME = "far"

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


def add_target(inst: Installation, machine: Machine, folder: Path) -> None:
    """The machine as a target, its key in the secret store."""
    secrets.put_secret(inst, "far-key", PutSecret(value=machine.private_key))
    given = machine.options(python=PYTHON, folder=f"~/{folder.name}", private_key={"secret": "far-key"})
    now = inst.clock.now()
    with inst.store.write("begin_job") as t:
        targets.add(t, StoredTarget(NAME, "ssh", now, now, given, 2))
    inst.targets.refresh()


@pytest.fixture
def conducted(machine: Machine, tmp_path: Path) -> Iterator[Conducted]:
    """An installation with that machine as a target."""
    with home(tmp_path, modules=TABLES) as inst:
        add_target(inst, machine, tmp_path)
        with conducting(inst) as found:
            yield found


def test_a_table_goes_to_the_machine_and_back(conducted: Conducted, machine: Machine) -> None:
    nodes: dict[str, Any] = {
        "made": {"module": "make@1", "parameters": {"rows": 4}},
        "there": {"module": "double@1", "inputs": {"table": "made.result"}, "target": NAME},
        "still": {"module": "double@1", "inputs": {"table": "there.result"}, "target": NAME},
        "here": {"module": "double@1", "inputs": {"table": "still.result"}},
    }

    run = conducted.run(document(nodes))

    assert run.status == "completed", {name: step.error for name, step in run.steps.items()}
    assert [step.outputs["result"].rows for step in run.steps.values()] == [4] * 4
    log = (conducted.inst.attempts / run.steps["there"].attempt / "stdout.log").read_text()
    assert log.startswith("in /home/remote/")
    conducted.assert_invariants(run)
    wait_for(
        "all job folders to be removed", lambda: not machine.run(f"ls {log.split()[1].rpartition('/')[0]}").strip()
    )


def test_the_next_server_takes_up_what_runs_there(machine: Machine, tmp_path: Path, shared: Path) -> None:
    parameters = {"note": str(shared / "note"), "until": str(shared / "go"), "seconds": 600.0}
    waits = {"module": "wait@1", "target": NAME, "parameters": parameters}
    with home(tmp_path) as inst:
        add_target(inst, machine, tmp_path)
        with conducting(inst) as found:
            run = found.submit(document({"waits": waits}))
            wait_for("the start of the step", (shared / "note").exists)
            found.until(run, "waits", "running")
    (shared / "go").touch()

    with home(tmp_path) as inst, conducting(inst) as found:
        ended = found.ended(run)
        found.assert_invariants(run)

    assert ended.status == "completed"
    assert (shared / "note").read_text() == "started\n"


def test_steps_wait_while_the_machine_is_away_and_say_why(conducted: Conducted, machine: Machine, shared: Path) -> None:
    machine.kill_sshd()
    try:
        node = {"module": "number@1", "target": NAME}
        run = conducted.submit(document({"far": node, "near": {"module": "number@1", "parameters": {"number": 2}}}))
        conducted.until(run, "near", "completed")
        why = wait_for("the reason", lambda: "was cut" in (now := conducted.get(run).steps["far"]).why and now)
        assert why.status == "queued"
    finally:
        machine.start_sshd()

    assert conducted.ended(run, 90).status == "completed"
