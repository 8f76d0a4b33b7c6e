"""Environments on the wire: the software that steps run in."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from designer.contract.base import Page, Request, Response, Text, Timestamp
from designer.contract.runs import StepError
from designer.graph.findings import Finding

EnvironmentName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,99}$")]
"""As nodes of a document name it."""

Source = Annotated[str, Field(max_length=256_000)]


class EnvironmentStatus(StrEnum):
    """Whether steps can run in an environment now."""

    UNBUILT = "unbuilt"  # nobody has needed it yet, or it was removed because nobody did for long
    QUEUED = "queued"
    LOCKING = "locking"  # which exact versions, is being found out
    BUILDING = "building"
    READY = "ready"
    FAILED = "failed"


class Environment(Response):
    """What was asked for, and what came of it. Those who ask for the same share one."""

    id: str  # digest of what was asked for
    names: list[str] = []  # as nodes may name it; none where only modules ask for it
    description: str = ""
    requirements: list[str]
    python: str = ""  # as asked for, a specifier such as ">=3.11"; "" is any
    status: EnvironmentStatus
    progress: float | None = None  # 0 to 1
    progress_text: str = ""  # "3 of 12 packages"
    error: StepError | None = None
    lock: str = ""  # digest of the lock: its identity in the keys of steps; "" until it is locked
    python_version: str = ""  # "3.11", once it is locked
    packages: int | None = None  # how many, once it is locked
    size: int = 0  # bytes on disk, once it is built
    created: Timestamp
    used: Timestamp | None = None  # when a step last needed it
    built: Timestamp | None = None
    log_bytes: int = 0
    modules: list[str] = []  # those of the library that ask for it: "train@1"


class EnvironmentDetail(Environment):
    """An environment, whole."""

    lock_text: str = ""  # requirements with exact versions and hashes
    pipelines: list[dict[str, str]] = []  # drafts that name it: {"id", "name"}
    findings: list[Finding] = []  # what was left out of the text that was sent


class EnvironmentLock(Response):
    """Exact versions of everything, as some step ran in them."""

    digest: str
    python_version: str
    text: str  # requirements with exact versions and hashes
    packages: int
    created: Timestamp
    built: Timestamp | None = None  # None where its folder is not there
    size: int = 0


class ServerEnvironment(Response):
    """The server's own Python: what steps run in that ask for nothing else than it has."""

    python_version: str
    lock: str  # its identity in the keys of steps
    packages: dict[str, str]  # name -> version


class EnvironmentList(Page):
    """A page of environments, the last used first."""

    server: ServerEnvironment
    items: list[Environment]


class Wanted(Request):
    """What an environment shall hold, in one of three ways of writing."""

    requirements: list[Annotated[str, Field(max_length=1000)]] | None = Field(default=None, max_length=500)
    text: Source | None = None  # of a requirements file
    conda: Source | None = None  # of a conda environment file: its pip part and its Python count
    python: Annotated[str, Field(max_length=100)] | None = None  # "3.11" or ">=3.10,<3.13"


class CreateEnvironment(Wanted):
    """A new environment that nodes can name. It is built at once."""

    name: EnvironmentName
    description: Text = ""


class ChangeEnvironment(Wanted):
    """What may change about a named environment; with packages or a Python it is built anew."""

    description: Text | None = None


class BuildEnvironment(Request):
    """Build an environment (again); `renew` looks for newer versions first, and so makes a new lock."""

    renew: bool = False


class CheckedEnvironment(Response):
    """What a text asks for."""

    requirements: list[str]
    python: str
    server: bool  # the server's own Python has all of it, so that nothing needs to be built
    findings: list[Finding]
