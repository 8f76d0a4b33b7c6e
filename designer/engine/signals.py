"""What the world told the engine. Each signal carries its time (seconds since the epoch)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from designer.engine.run import Output, StepError


@dataclass(frozen=True)
class Submitted:
    """The run was accepted; of some steps it is known already what they give."""

    at: float
    supplied: Mapping[str, Mapping[str, Output]] = field(default_factory=dict)  # datasets that are there
    reused: Mapping[str, Mapping[str, Output]] = field(default_factory=dict)  # results that serve


@dataclass(frozen=True)
class Supplied:
    """A dataset node's data is there."""

    node: str
    outputs: Mapping[str, Output]
    at: float


@dataclass(frozen=True)
class NotSupplied:
    """A dataset node's data cannot be had."""

    node: str
    error: StepError
    at: float


@dataclass(frozen=True)
class Reused:
    """The results of an earlier step with the same key serve."""

    node: str
    outputs: Mapping[str, Output]
    at: float


@dataclass(frozen=True)
class Held:
    """A queued step waits for something else than a slot; `why` says for what, "" that it does no more."""

    node: str
    why: str
    at: float


@dataclass(frozen=True)
class Claimed:
    """A target has a slot for this step; `attempt` is the new attempt's id."""

    node: str
    attempt: str
    at: float


@dataclass(frozen=True)
class Started:
    """The attempt's process runs."""

    node: str
    attempt: str
    at: float


@dataclass(frozen=True)
class Succeeded:
    """The attempt's process ended well; its outputs are to be taken in."""

    node: str
    attempt: str
    at: float


@dataclass(frozen=True)
class Collected:
    """The attempt's outputs are in the artifact store."""

    node: str
    attempt: str
    outputs: Mapping[str, Output]
    at: float


@dataclass(frozen=True)
class Failed:
    """The attempt ended badly: an error, a timeout, no output, outputs that could not be taken in."""

    node: str
    attempt: str
    error: StepError
    at: float


@dataclass(frozen=True)
class Stopped:
    """The attempt ended because it was told to."""

    node: str
    attempt: str
    at: float


@dataclass(frozen=True)
class Lost:
    """The attempt is not there any more and left no result. `started` is False only if it provably never ran."""

    node: str
    attempt: str
    started: bool
    why: str
    at: float


@dataclass(frozen=True)
class CancelRun:
    """A person wants the run to end."""

    at: float
    by: str = ""


@dataclass(frozen=True)
class CancelStep:
    """A person wants one step to end."""

    node: str
    at: float
    by: str = ""


Signal = (
    Submitted | Supplied | NotSupplied | Reused | Held | Claimed | Started | Succeeded | Collected | Failed | Stopped | Lost
    | CancelRun | CancelStep
)  # fmt: skip
