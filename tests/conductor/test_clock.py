"""Clocks that jump, and laptops that sleep: nothing is lost, nothing times out that did not, durations stay true."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from designer.installation import Clock
from tests.conductor.conftest import Conducted, conducting
from tests.conductor.test_runs import go, starts, wait_node
from tests.home import document, home, wait_for

HOUR = 3600.0


class Jumping(Clock):
    """The time of day jumps when a test says so; the clock that never jumps goes on, as it does in a sleep."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> float:
        return super().now() + self.ahead


@pytest.fixture
def clock() -> Jumping:
    return Jumping()


@pytest.fixture
def jumping(tmp_path: Path, clock: Jumping, database_url: str) -> Iterator[Conducted]:
    with home(tmp_path, database_url) as inst, conducting(replace(inst, clock=clock)) as conducted:
        yield conducted


@pytest.mark.parametrize("jump", [HOUR, -HOUR, 8 * HOUR])
def test_a_jump_while_a_step_runs_neither_ends_nor_stretches_it(
    jumping: Conducted, clock: Jumping, tmp_path: Path, jump: float
) -> None:
    nodes = {"a": wait_node(tmp_path, "a"), "b": {"module": "add@1", "inputs": {"value": "a.result"}}}
    nodes["a"]["timeout"] = 600.0  # far less than the jump
    run = jumping.submit(document(nodes))
    wait_for("the start", lambda: starts(tmp_path, "a"))
    jumping.until(run, "a", "running")

    clock.ahead = jump
    go(tmp_path, "a")

    ended = jumping.ended(run)
    assert ended.status == "completed"
    for step in ended.steps.values():
        assert step.attempts == 1
        assert step.seconds is not None
        assert 0 <= step.seconds < 60
    jumping.assert_invariants(ended)


def test_a_retry_waits_as_long_as_was_set_though_the_clock_goes_back(
    jumping: Conducted, clock: Jumping, tmp_path: Path
) -> None:
    note = tmp_path / "note"
    node = {"module": "fail@1", "parameters": {"tries": 2, "note": str(note)}, "retries": 1, "retry_delay": 2.0}
    run = jumping.submit(document({"a": node}))
    wait_for("the first try to have failed", lambda: jumping.get(run).steps["a"].retry_at is not None)

    clock.ahead = -HOUR

    ended = jumping.ended(run, 30)
    assert (ended.status, ended.steps["a"].attempts) == ("completed", 2)


def test_a_step_that_ended_while_no_server_was_there_lasted_only_as_long_as_it_did(
    tmp_path: Path, clock: Jumping
) -> None:
    with home(tmp_path) as inst:
        inst = replace(inst, clock=clock)
        with conducting(inst) as conducted:
            run = conducted.submit(document({"a": wait_node(tmp_path, "a")}))
            conducted.until(run, "a", "running")
        go(tmp_path, "a")
        clock.ahead = 8 * HOUR  # closed, asleep, opened again
        with conducting(inst) as conducted:
            ended = conducted.ended(run)

    step = ended.steps["a"]
    assert (step.status, step.attempts) == ("completed", 1)
    assert step.seconds is not None
    assert step.seconds < 60
