"""What workers and the server tell each other, and the tokens that let workers in."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from designer.contract.base import Json, Name, Request, Response, Text, Timestamp

Attempt = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,100}$")]
Secret = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{20,100}$", description="Chosen by the worker, for one claim.")]
WorkerId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,60}$", description="Chosen by the worker when it starts.")]


class JoinWork(Request):
    """A worker is there."""

    worker: WorkerId
    name: Name = Field(description="Where it is, for people.")
    slots: int = Field(ge=1, le=1024)


class Joined(Response):
    """What a worker needs to know."""

    target: str
    broker: str  # the address of Redis, with its password
    queue: str
    lease: float  # seconds


class Held(Request):
    """An attempt that a worker has."""

    attempt: Attempt
    claim: Secret
    phase: Annotated[str, Field(max_length=200)] = Field(
        default="", description='What it does before the step runs, "" while that runs, "ended" afterwards.'
    )


class Beat(Request):
    """A worker lives, and renews what it has."""

    worker: WorkerId
    busy: int = Field(default=0, ge=0, le=1024)
    draining: bool = False
    cpu: float | None = Field(default=None, ge=0, le=1)
    memory: int | None = Field(default=None, ge=0, lt=2**53)
    memory_limit: int | None = Field(default=None, ge=0, lt=2**53)
    held: list[Held] = Field(default=[], max_length=1024)


class Verdict(StrEnum):
    """What a worker is to do with an attempt."""

    GO_ON = "go_on"
    STOP = "stop"
    DROP = "drop"  # it is not the worker's any more: end it, and report nothing


class Order(Response):
    """What a worker is to do with one attempt."""

    attempt: str
    verdict: Verdict
    grace: float | None  # seconds, of a stop


class Orders(Response):
    """What a worker is to do."""

    known: bool  # False: join again
    take: bool  # whether it may take attempts now
    lease: float
    orders: list[Order]


class TakeAttempt(Request):
    """A worker would have an attempt."""

    worker: WorkerId
    claim: Secret


class Part(Response):
    """A file, by its relative path."""

    path: str
    size: int


class Flowing(Response):
    """What flows into a port."""

    digest: str
    size: int
    parts: list[Part] | None  # the files of a folder, None of a file


class Needed(Response):
    """The software that a step runs in."""

    digest: str
    python: str
    lock: str


class Assignment(Response):
    """All that a worker needs to run an attempt."""

    job: Json  # `job.json`
    files: list[Part]  # of its folder
    inputs: dict[str, Flowing]
    software: Needed | None
    lease: float
    stop: float | None  # it is to end already, with so many seconds of grace


class Received(Response):
    """How much of a file is there."""

    size: int


class Ended(Request):
    """How an attempt ended: what `result.json` holds. All its files were sent before."""

    result: Json


class Release(Request):
    """A worker cannot, or may not, bring an attempt to its end."""

    began: bool = Field(description="Whether anything of the step may have run.")
    why: Text


class LeaveWork(Request):
    """A worker goes."""

    worker: WorkerId


class WorkerToken(Response):
    """A token that lets workers of one target in. The secret itself is shown once, when it is made."""

    id: str
    created: Timestamp


class WorkerTokens(Response):
    """The tokens of a target, newest first."""

    items: list[WorkerToken]


class NewWorkerToken(WorkerToken):
    """A new token."""

    token: str


class WorkerShown(Response):
    """A worker that was heard lately."""

    id: str
    name: str
    slots: int
    busy: int
    draining: bool
    alive: bool
    standing_by: bool  # more workers are there than may take work
    heard: float  # seconds ago


class WorkersShown(Response):
    """The workers of a target, oldest first."""

    items: list[WorkerShown]
