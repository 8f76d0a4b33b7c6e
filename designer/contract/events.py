"""Live events: what changed, in its whole new shape. One tagged union by `kind`.

Delivered at most once over the websocket; a client that missed some asks for what came after the last `seq` it has.
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from designer.contract.base import Response, Timestamp
from designer.contract.datasets import Dataset
from designer.contract.environments import Environment
from designer.contract.runs import RunSummary, Step
from designer.contract.targets import Target
from designer.engine.status import RunStatus


class StepChanged(Response):
    """A step of a run is now like this. `seq` counts within the run, without gaps."""

    kind: Literal["step"] = "step"
    run: str
    seq: int
    at: Timestamp
    step: Step


class RunChanged(Response):
    """A run's own status is now this."""

    kind: Literal["run"] = "run"
    run: str
    seq: int
    at: Timestamp
    status: RunStatus
    ended: Timestamp | None = None


class LogGrew(Response):
    """There are more bytes in a step's logs. Not stored, no seq: sizes only grow."""

    kind: Literal["log"] = "log"
    run: str
    node: str
    sizes: dict[str, int]


class RunListed(Response):
    """A run appeared in, or changed in, the list of runs."""

    kind: Literal["listed"] = "listed"
    item: RunSummary


class DatasetChanged(Response):
    """A dataset was added or changed; None in `item` where it was removed."""

    kind: Literal["dataset"] = "dataset"
    id: str
    item: Dataset | None


class EnvironmentChanged(Response):
    """An environment was added or changed, or its build goes on; None in `item` where it was removed."""

    kind: Literal["environment"] = "environment"
    id: str
    item: Environment | None


class TargetChanged(Response):
    """A compute target was added or changed, or what runs on it did; None in `item` where it was removed."""

    kind: Literal["target"] = "target"
    name: str
    item: Target | None


class PipelineChanged(Response):
    """A pipeline's draft was saved by someone, or removed (`version` 0)."""

    kind: Literal["pipeline"] = "pipeline"
    id: str
    version: int
    client: str = ""  # who saved it, so that a tab knows its own echo


class ModuleChanged(Response):
    """A module that people make was saved, put away or brought back; this is its newest version."""

    kind: Literal["module"] = "module"
    name: str
    version: int


class PreviewReady(Response):
    """A preview that was asked for is there, or failed."""

    kind: Literal["preview"] = "preview"
    digest: str


Event = Annotated[
    StepChanged
    | RunChanged
    | LogGrew
    | RunListed
    | DatasetChanged
    | EnvironmentChanged
    | TargetChanged
    | PipelineChanged
    | ModuleChanged
    | PreviewReady,
    Field(discriminator="kind"),
]
EVENT: TypeAdapter[Event] = TypeAdapter(Event)


class RunEvents(Response):
    """The stored events of a run after a seq; `more` if there are further ones."""

    items: list[Annotated[StepChanged | RunChanged, Field(discriminator="kind")]]
    seq: int
    more: bool


class AnyEvent(Response):
    """Names the union in the OpenAPI, so that clients get its type."""

    event: Event
