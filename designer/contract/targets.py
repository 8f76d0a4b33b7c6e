"""Compute targets on the wire: where steps run."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from designer.contract.base import Request, Response, Text, Timestamp
from designer.engine.status import StepStatus
from designer.graph.findings import Finding

TargetName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,99}$")]
"""As pipelines name it."""

KindName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,49}$")]
Slots = Annotated[int, Field(ge=1, le=1024)]
Options = Annotated[dict[Annotated[str, Field(max_length=100)], Any], Field(max_length=100)]


class TargetState(StrEnum):
    """Whether a target takes steps now."""

    READY = "ready"
    BUSY = "busy"  # all slots are taken
    UNREACHABLE = "unreachable"  # steps wait until it can take them again
    DISABLED = "disabled"  # a person switched it off


class TargetStep(Response):
    """A step that runs on a target, or waits for it."""

    run: str
    run_name: str
    node: str
    name: str
    status: StepStatus
    since: Timestamp | None  # when it began to run


class TargetLoad(Response):
    """How busy the machine of a target is."""

    cpu: float | None  # the part of all processors that works, 0 to 1
    memory: int | None  # bytes in use
    memory_limit: int | None  # bytes there are


class Target(Response):
    """A compute target as it is now."""

    name: str
    kind: str
    title: str
    description: str = ""
    options: dict[str, Any] = {}  # a secret is named: {"secret": ...}
    slots: int
    state: TargetState
    why: str = ""  # it takes no steps
    running: int
    queued: int
    steps: list[TargetStep] = []  # those that run, then those that wait; not all where there are many
    load: TargetLoad | None = None
    notices: list[str]  # such as why its steps start slowly
    always: bool = False  # it cannot be removed: the server's own machine
    disabled: bool = False
    created: Timestamp | None = None
    updated: Timestamp | None = None


class TargetKind(Response):
    """A kind of targets that can be added."""

    name: str
    title: str
    description: str
    form: dict[str, Any]  # the JSON schema of its options; `"secret": true` marks what is kept in the secret store


class TargetList(Response):
    """All compute targets, and the kinds that can be added."""

    items: list[Target]
    kinds: list[TargetKind]


class AddTarget(Request):
    """A new target."""

    name: TargetName
    kind: KindName
    options: Options = {}
    slots: Slots = 1
    description: Text = ""


class ChangeTarget(Request):
    """What may change about a target; what is left away stays."""

    options: Options | None = None  # all of them; a secret as `{"secret": ...}`, as it was read, stays
    slots: Slots | None = None
    description: Text | None = None
    disabled: bool | None = None


class TestTarget(Request):
    """Options to be tried."""

    __test__ = False  # no test of pytest's

    kind: KindName
    options: Options = {}
    name: TargetName | None = None  # of the target they are for


class TestedTarget(Response):
    """What came of it."""

    __test__ = False

    findings: list[Finding]  # nothing where steps would run
    seconds: float
