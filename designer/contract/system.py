"""The installation on the wire."""

from enum import StrEnum

from designer.contract.base import Request, Response
from designer.contract.targets import Target


class Engine(Response):
    """The process that moves the runs."""

    host: str
    pid: int
    epoch: int  # how many there have been
    here: bool  # whether it is this server


class Severity(StrEnum):
    """How bad it is."""

    ERROR = "error"  # something does not go on until a person acts
    WARNING = "warning"


class Notice(Response):
    """Something that everyone should know: shown as a banner as long as it is there."""

    code: str
    severity: Severity
    message: str
    cure: str


class System(Response):
    """What a client should know about the server."""

    version: str
    home: str
    python: str
    targets: list[Target]
    notices: list[Notice]  # such as a full disk
    engine: Engine | None
    upload_limit: int
    samples_ready: bool


class OpenWith(Request):
    """A one-time code to trade for a cookie."""

    code: str
