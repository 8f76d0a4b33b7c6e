"""The plan on the wire: what a run would do, said before it does it."""

from pydantic import Field

from designer.contract.base import Json, Name, Request, Response, Timestamp
from designer.graph.reuse import ReasonCode, Verdict


class Reason(Response):
    """One reason, in words and in parts."""

    code: ReasonCode
    text: str  # "parameter fraction 0.5 → 0.7"
    name: str = ""  # of the parameter or the port
    before: Json = None
    after: Json = None


class PlannedStep(Response):
    """What a run would do with one node."""

    node: str
    name: str
    verdict: Verdict
    reasons: list[Reason] = []
    key: str = ""  # "" while it depends on what upstream makes
    reused_from: str = ""  # the run
    reused_node: str = ""
    reused_at: Timestamp | None = None  # when those results were made
    compared_with: str = ""  # the earlier run that the reasons compare with
    target: str = ""
    seconds: float | None = Field(default=None, description="To expect, from earlier runs of this step or its module.")
    peak_memory: int | None = Field(default=None, description="Bytes to expect, from earlier runs.")


class RunPlan(Response):
    """What a run would do, node by node."""

    steps: dict[str, PlannedStep]
    counts: dict[Verdict, int]
    seconds: float | None = Field(default=None, description="To expect in all, on the slots there are now.")
    saved: float = Field(default=0.0, description="Seconds of work that reuse saves.")


class Part(Request):
    """Which part of a pipeline is meant. Nothing given is all of it; of several, each adds its nodes."""

    to_nodes: list[Name] = Field(default=[], description="Only these nodes and those before them.")
    from_nodes: list[Name] = Field(
        default=[],
        description="These nodes and all after them, run anew; what is before them is reused where it can be.",
    )
    only_nodes: list[Name] = Field(
        default=[], description="Only these nodes, run anew; what is before them is reused where it can be."
    )
    regenerate: bool = Field(default=False, description="Reuse nothing: run everything again.")


class PlanRun(Part):
    """Plan a run of a pipeline's draft (its id), or of a document, as `SubmitRun` would run it."""

    pipeline: str | None = None
    document: dict[str, Json] | None = None
    version: int | None = None
    parameters: dict[str, Json] = {}
    target: Name | None = None
    resume: Name | None = Field(default=None, description="The run that this one takes up again.")
