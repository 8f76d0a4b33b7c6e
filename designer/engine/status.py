"""The statuses and which may follow which."""

from collections.abc import Iterable
from enum import StrEnum


class StepStatus(StrEnum):
    """Where a step is."""

    WAITING = "waiting"  # for other steps
    QUEUED = "queued"  # could run; waits for a slot on its target, or for the time of its retry
    PREPARING = "preparing"  # has a slot; its attempt is being set up and started
    RUNNING = "running"
    FINALIZING = "finalizing"  # its process ended well; outputs are being taken in
    COMPLETED = "completed"
    REUSED = "reused"  # the results of an earlier step with the same key serve
    FAILED = "failed"
    CANCELED = "canceled"
    SKIPPED = "skipped"  # something it needs did not complete, or it is switched off


S = StepStatus

NEXT: dict[StepStatus, frozenset[StepStatus]] = {
    S.WAITING: frozenset({S.QUEUED, S.REUSED, S.CANCELED, S.SKIPPED}),
    S.QUEUED: frozenset({S.PREPARING, S.COMPLETED, S.REUSED, S.FAILED, S.CANCELED, S.SKIPPED}),
    S.PREPARING: frozenset({S.RUNNING, S.FINALIZING, S.QUEUED, S.FAILED, S.CANCELED}),
    S.RUNNING: frozenset({S.FINALIZING, S.QUEUED, S.FAILED, S.CANCELED}),
    S.FINALIZING: frozenset({S.COMPLETED, S.QUEUED, S.FAILED, S.CANCELED}),
    S.COMPLETED: frozenset(),
    S.REUSED: frozenset(),
    S.FAILED: frozenset(),
    S.CANCELED: frozenset(),
    S.SKIPPED: frozenset(),
}
"""Which status may follow which. A status nothing follows is final."""

FINAL = frozenset(status for status, following in NEXT.items() if not following)
DONE_WELL = frozenset({S.COMPLETED, S.REUSED})
ACTIVE = frozenset({S.PREPARING, S.RUNNING, S.FINALIZING})
"""Those with a live attempt."""


class RunIf(StrEnum):
    """Under which ends of the steps before it a step runs."""

    SUCCESS = "success"  # all did well
    ALWAYS = "always"  # however they ended: a clean-up
    FAILURE = "failure"  # at least one failed, or was skipped because something failed: a notice


class RunStatus(StrEnum):
    """Where a run is; always computed from its steps."""

    QUEUED = "queued"
    RUNNING = "running"
    CANCELING = "canceling"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"


FINAL_RUN = frozenset({RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELED})


def run_status(steps: Iterable[StepStatus], cancel_requested: bool = False) -> RunStatus:
    """The status of a run whose steps have these statuses. A run without steps is completed."""
    present = set(steps)
    if present <= FINAL:
        if S.FAILED in present:
            return RunStatus.FAILED
        if S.CANCELED in present or (cancel_requested and S.SKIPPED in present):
            return RunStatus.CANCELED
        return RunStatus.COMPLETED
    if cancel_requested:
        return RunStatus.CANCELING
    if present <= {S.WAITING, S.QUEUED}:
        return RunStatus.QUEUED
    return RunStatus.RUNNING
