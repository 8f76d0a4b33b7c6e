"""The state of a run, as the engine sees it. Values are frozen; a change makes the next value."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from designer.engine.status import NEXT, RunIf, RunStatus, StepStatus, run_status


@dataclass(frozen=True)
class StepError:
    """Why a step failed. Data, not an exception."""

    kind: str  # the exception's class, or "timeout", "lost", "killed", "no_output", "target", "store", "dataset"
    message: str
    cure: str = ""
    number: int = 0  # a module's stable error number; 0 where it has none
    where: str = ""
    traceback: str = ""
    exit_code: int | None = None  # of its process; 128 + n where signal n ended it


@dataclass(frozen=True)
class Output:
    """What an output port gave: an artifact and what is known of it without opening it."""

    digest: str
    type: str
    size: int = 0
    rows: int | None = None
    columns: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Step:
    """A node within a run."""

    node: str
    dataset: str = ""  # of a dataset node: the reference it stands for
    before: frozenset[str] = frozenset()
    target: str = ""
    needs: frozenset[str] = frozenset()  # of those before it, the ones whose outputs it cannot do without
    run_if: RunIf = RunIf.SUCCESS
    retries: int = 0
    retry_delay: float = 0.0
    retry_backoff: float = 2.0
    retry_exit_codes: frozenset[int] = frozenset()  # those that are tried again; none: all
    left_out: str = ""  # why it is no part of this run
    status: StepStatus = StepStatus.WAITING
    attempt: str = ""  # the id of the attempt that counts now; reports under any other id change nothing
    attempts: int = 0  # how many there have been
    restarts: int = 0  # how often it was lost before it ran
    stopping: bool = False  # it was told to end
    ready_at: float = 0.0  # a queued retry waits until this time; 0 is at once, whatever the clock says
    started: float | None = None
    ended: float | None = None
    error: StepError | None = None
    outputs: Mapping[str, Output] = field(default_factory=dict)
    why: str = ""  # of skipped and canceled: because of what
    name: str = ""  # what its card says

    @property
    def called(self) -> str:
        """What a person knows it by."""
        return self.name or self.node


@dataclass(frozen=True)
class Run:
    """One submission."""

    id: str
    steps: Mapping[str, Step]
    continue_on_step_failure: bool = False
    cancel_requested: bool = False
    followers: Mapping[str, tuple[str, ...]] = field(default_factory=dict, compare=False, repr=False)
    """Per node, those that wait for it; made once from the steps."""

    def __post_init__(self) -> None:
        if not self.followers and self.steps:
            followers: dict[str, list[str]] = {node: [] for node in self.steps}
            for node, step in self.steps.items():
                for other in sorted(step.before):
                    followers[other].append(node)
            object.__setattr__(self, "followers", {node: tuple(after) for node, after in followers.items()})

    @property
    def status(self) -> RunStatus:
        """Computed from the steps, never stored by itself."""
        return run_status((step.status for step in self.steps.values()), self.cancel_requested)

    def with_step(self, step: Step) -> "Run":
        """The run with this step in place of the one of the same node."""
        return replace(self, steps={**self.steps, step.node: step})


class IllegalMove(AssertionError):
    """A status was about to follow one it must not follow: a fault in the engine, never in what people do."""


def move(step: Step, status: StepStatus, **changes: Any) -> Step:
    """The step in its next status: the only place where a status changes. Raises `IllegalMove`."""
    if status not in NEXT[step.status]:
        raise IllegalMove(f"{step.node}: {step.status} -> {status}")
    return replace(step, status=status, **changes)
