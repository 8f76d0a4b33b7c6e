"""What validation has to say."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"  # the pipeline cannot run
    WARNING = "warning"  # it can, but look here


@dataclass(frozen=True)
class Finding:
    """One thing validation has to say: where, what, and what to do."""

    code: str  # stable, such as "input_not_connected"
    message: str
    cure: str = ""
    severity: Severity = Severity.ERROR
    node: str = ""
    port: str = ""
    parameter: str = ""
    line: int = 0  # of a module's source, from 1; 0 where there is none
    pointer: str = ""  # JSON pointer into the document, where the shape is wrong
