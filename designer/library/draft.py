"""What was read from a file: a module to be, which a person looks at and may change before it is added."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from designer.graph.findings import Finding, Severity
from designer.library.usage import Role


@dataclass
class Draft:
    """A module to be. `say` notes a finding."""

    kind: str  # "function" or "command"
    what: str  # what it was read from, for people: "Python script with argparse"
    name: str
    entry: str  # the file
    source: str = ""  # of a function
    declaration: dict[str, Any] = field(default_factory=dict)  # of a command
    guesses: dict[str, str] = field(default_factory=dict)  # "inputs.data" -> why it was taken for that
    lines: dict[str, int] = field(default_factory=dict)  # "inputs.data" -> where it stands in the file
    findings: list[Finding] = field(default_factory=list)

    def say(
        self, code: str, message: str, cure: str = "", line: int = 0, severity: Severity = Severity.WARNING
    ) -> None:
        """Note a finding; most are only worth a look."""
        self.findings.append(Finding(code, message, cure, severity, line=line))

    def put(self, name: str, role: Role, about: Mapping[str, Any], line: int = 0) -> str:
        """Note a port or parameter; the place it has in the command's line."""
        side = "outputs" if role.side == "output" else "inputs"
        entry = dict(about)
        if role.type is not None:
            entry = {"type": role.type.value, **({"format": role.format} if role.format else {})}
            entry |= {key: about[key] for key in ("description", "optional", "label") if key in about}
        self.declaration.setdefault(side, {})[name] = entry
        key = f"{side}.{name}"
        if role.why:
            self.guesses[key] = role.why
        if line:
            self.lines[key] = line
        return f"${{{{{key}}}}}"
