"""The statuses of steps and runs, as tables."""

from itertools import product

import pytest

from designer.engine.run import IllegalMove, Step, move
from designer.engine.status import ACTIVE, DONE_WELL, FINAL, FINAL_RUN, NEXT, RunStatus, StepStatus, run_status

S = StepStatus


@pytest.mark.parametrize(("before", "after"), list(product(StepStatus, StepStatus)))
def test_every_pair_of_statuses_is_a_move_or_is_refused(before: StepStatus, after: StepStatus) -> None:
    step = Step("a", status=before)

    if after in NEXT[before]:
        assert move(step, after).status is after
    else:
        with pytest.raises(IllegalMove):
            move(step, after)


def test_every_status_has_a_row_and_can_be_reached() -> None:
    assert set(NEXT) == set(StepStatus)
    assert set().union(*NEXT.values()) == set(StepStatus) - {S.WAITING}


def test_what_is_final_is_never_left_and_what_is_active_can_end() -> None:
    assert {S.COMPLETED, S.REUSED, S.FAILED, S.CANCELED, S.SKIPPED} == FINAL
    assert DONE_WELL < FINAL
    assert all(NEXT[status] & FINAL for status in ACTIVE - {S.PREPARING})
    assert not ACTIVE & FINAL


@pytest.mark.parametrize(
    ("steps", "canceled", "expected"),
    [
        ([], False, "completed"),
        ([S.WAITING, S.QUEUED], False, "queued"),
        ([S.WAITING, S.PREPARING], False, "running"),
        ([S.COMPLETED, S.QUEUED], False, "running"),
        ([S.COMPLETED, S.REUSED], False, "completed"),
        ([S.COMPLETED, S.SKIPPED], False, "completed"),
        ([S.COMPLETED, S.FAILED, S.CANCELED, S.SKIPPED], False, "failed"),
        ([S.COMPLETED, S.CANCELED, S.SKIPPED], False, "canceled"),
        ([S.COMPLETED, S.SKIPPED], True, "canceled"),
        ([S.COMPLETED], True, "completed"),
        ([S.RUNNING, S.CANCELED], True, "canceling"),
        ([S.FAILED, S.RUNNING], False, "running"),
    ],
)
def test_the_status_of_a_run_follows_from_its_steps(steps: list[StepStatus], canceled: bool, expected: str) -> None:
    assert run_status(steps, canceled) == RunStatus(expected)


def test_a_run_is_final_exactly_when_all_its_steps_are() -> None:
    for *steps, canceled in product(StepStatus, StepStatus, StepStatus, [False, True]):
        assert (run_status(steps, canceled) in FINAL_RUN) == all(step in FINAL for step in steps)
