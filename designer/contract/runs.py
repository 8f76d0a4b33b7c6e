"""Runs and their steps on the wire."""

from pydantic import Field

from designer.contract.base import Json, Name, Page, Request, Response, Text, Timestamp
from designer.contract.plans import PlanRun, Reason
from designer.engine.status import RunStatus, StepStatus
from designer.graph.module import ModuleSpec
from designer.graph.reuse import Verdict


class WorkingCopy(Response):
    """The state of a git working copy that code came from."""

    folder: str  # its name
    repository: str = ""  # the address of its remote, without a password
    branch: str = ""
    commit: str = ""
    dirty: bool = False  # something was changed and not committed


class SentCopy(Request):
    """The git working copy that a document came from."""

    folder: Name
    repository: str = Field(default="", max_length=2_000)
    branch: str = Field(default="", max_length=500)
    commit: str = Field(default="", pattern=r"^[0-9a-f]{0,64}$")
    dirty: bool = False


class SubmitRun(PlanRun):
    """Run a pipeline's draft (its id), or a document, which counts as that pipeline's where both are given.

    A `version` that the draft has no longer is refused with a conflict. With `resume`, what that run completed and nothing
    has changed is not done again, even where reuse is off. Repeat safely with one `Idempotency-Key`.
    """

    experiment: Name | None = None
    name: Name | None = None
    description: Text = ""
    tags: dict[str, str] = {}
    git: list[SentCopy] = Field(default=[], max_length=10, description="Where the document comes from.")
    priority: int = Field(
        default=0, ge=-100, le=100, description="Of waiting steps, those of a higher priority start first."
    )


class StepError(Response):
    """Why a step failed."""

    kind: str
    message: str
    cure: str = ""
    number: int = 0
    where: str = ""
    traceback: str = ""
    exit_code: int | None = None  # of the step's process; 128 + n where signal n ended it


class Output(Response):
    """What an output port gave."""

    digest: str
    type: str
    size: int = 0
    rows: int | None = None
    columns: list[dict[str, Json]] = []


class Metric(Response):
    """The newest value of a metric, and its last values for a sparkline."""

    name: str
    value: float | None
    count: int
    recent: list[float | None] = Field(default=[], description="At most 50, oldest first.")


class Step(Response):
    """A node within a run, whole: what a live event carries too."""

    node: str
    name: str  # what its card says
    module: str = ""
    dataset: str = ""
    status: StepStatus
    attempt: str = ""
    attempts: int = 0
    target: str = ""
    created: Timestamp | None = None
    started: Timestamp | None = None
    ended: Timestamp | None = None
    seconds: float | None = None
    progress: float | None = None
    progress_text: str = ""
    metrics: list[Metric] = []
    outputs: dict[str, Output] = {}
    error: StepError | None = None
    why: str = ""
    verdict: Verdict | None = None  # what the plan said of it when the run was submitted
    reasons: list[Reason] = []  # why it ran, or did not have to
    reused_from: str = ""  # the run whose results serve; its logs, metrics and outputs are shown here
    reused_node: str = ""
    compared_with: str = ""  # the earlier run that the reasons compare with
    retry_at: Timestamp | None = None
    peak_memory: int | None = None
    log_bytes: dict[str, int] = {}  # "stdout", "stderr"
    tags: dict[str, str] = {}


class RunSummary(Response):
    """A run in a list."""

    id: str
    name: str
    status: RunStatus
    pipeline: str = ""
    pipeline_name: str = ""
    experiment: str
    created: Timestamp
    started: Timestamp | None = None
    ended: Timestamp | None = None
    seconds: float | None = None
    parameters: dict[str, Json] = {}
    tags: dict[str, str] = {}
    counts: dict[str, int] = {}  # steps by status
    failed_step: str = ""
    error: str = ""  # of the first failed step
    description: str = ""
    archived: bool = False
    priority: int = 0
    resumed_from: str = ""
    kept: bool = False  # whatever its age
    deleted: Timestamp | None = None  # can be brought back for a while


class RunList(Page):
    """A page of runs, newest first."""

    items: list[RunSummary]


class Run(RunSummary):
    """A run, whole."""

    seq: int  # of the newest event this answer contains
    document: dict[str, Json]  # frozen
    steps: dict[str, Step]
    cancel_requested: bool = False
    cloned_from: str = ""
    git: list[WorkingCopy] = []  # where modules of folders, and the document, came from


class RunChange(Request):
    """What may change about a run afterwards."""

    name: Name | None = None
    description: Text | None = None
    tags: dict[str, str] | None = None
    archived: bool | None = None
    kept: bool | None = None


class Source(Response):
    """The source a step ran with."""

    node: str
    module: str
    digest: str
    text: str
    spec: ModuleSpec | None = None


class Sources(Response):
    """The sources of all steps of a run."""

    items: list[Source]


class StepEnvironment(Response):
    """The software a step ran in, or will run in."""

    id: str = ""  # of the environment; "" is the server's own Python
    names: list[str] = []  # that it has now
    lock: str = ""  # exactly which versions; "" before they are known
    python_version: str = ""


class StepDetail(Step):
    """A step with what only its own page shows."""

    parameters: dict[str, Json] = {}
    inputs: dict[str, Json] = {}  # port -> {"node", "output", "digest", "type"}
    key: str = ""
    environment: StepEnvironment | None = None  # of steps of modules
    attempts_list: list[dict[str, Json]] = []
    figures: list[dict[str, Json]] = []  # {"name", "spec"}
    tables: list[dict[str, Json]] = []  # {"name", "columns"}


class MetricSeries(Response):
    """All values of one metric."""

    name: str
    points: list[tuple[int, float | None, Timestamp]]  # position, value, time


class StepMetrics(Response):
    """All metrics of a step."""

    items: list[MetricSeries]


class Log(Response):
    """A window of a log, by bytes."""

    text: str
    offset: int  # of the first byte of `text`
    next: int  # of the first byte after it
    size: int  # bytes there are now
    ended: bool  # nothing will be added


class LogMatch(Response):
    """A line of a log that a search found."""

    line: int  # from 0
    offset: int
    text: str


class LogMatches(Response):
    """What a search in a log found; `more` if it stopped at its limit."""

    items: list[LogMatch]
    more: bool


class LogIndex(Response):
    """Where lines begin: the byte offset of each `every`-th line, so that a viewer can jump."""

    every: int
    offsets: list[int]
    lines: int
    size: int
    ended: bool
