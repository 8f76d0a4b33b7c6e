"""Pipelines on the wire."""

from designer.contract.base import Json, Name, Page, Request, Response, Timestamp
from designer.engine.status import RunStatus
from designer.graph.findings import Finding


class LastRun(Response):
    """The newest run of a pipeline."""

    id: str
    status: RunStatus
    created: Timestamp


class PipelineSummary(Response):
    """A pipeline in a list; `outline` is enough to draw its thumbnail."""

    id: str
    name: str
    description: str
    version: int  # of the draft; goes up by one with each save
    created: Timestamp
    updated: Timestamp
    nodes: int
    outline: list[tuple[float, float, str]]  # x, y, category of each node, at most 200
    wires: list[tuple[int, int]]  # pairs of positions in `outline`, at most 400
    last_run: LastRun | None = None


class PipelineList(Page):
    """A page of pipelines, newest change first."""

    items: list[PipelineSummary]


class Pipeline(Response):
    """A pipeline's draft."""

    id: str
    name: str
    description: str
    version: int
    created: Timestamp
    updated: Timestamp
    document: dict[str, Json]
    findings: list[Finding]
    cloned_from: str = ""  # the id of the run or pipeline it was made from
    last_run: LastRun | None = None


class CreatePipeline(Request):
    """A new pipeline: empty, from a document, or from a sample (one of the three)."""

    name: Name | None = None
    document: dict[str, Json] | None = None
    sample: Name | None = None


class SavePipeline(Request):
    """The whole draft, and the version it is based on; a stale version is refused with a conflict."""

    version: int
    document: dict[str, Json]


class SavedPipeline(Response):
    """What a save made of it."""

    version: int
    updated: Timestamp
    findings: list[Finding]


class Validate(Request):
    """A document to look at without keeping it."""

    document: dict[str, Json]


class Validation(Response):
    """All findings of a document."""

    findings: list[Finding]


class KnownColumn(Response):
    """A column that a picker offers."""

    name: str
    type: str = ""
    role: str = ""


class KnownColumns(Response):
    """The likely columns of each table output: by node, by port."""

    nodes: dict[str, dict[str, list[KnownColumn]]]


class Sample(Response):
    """A pipeline that comes with Designer."""

    name: str
    title: str
    description: str
    nodes: int
    outline: list[tuple[float, float, str]]
    wires: list[tuple[int, int]]


class SampleList(Response):
    """All samples."""

    items: list[Sample]
