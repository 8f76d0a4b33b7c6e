"""Modules on the wire."""

from designer.contract.base import Response
from designer.graph.findings import Finding
from designer.graph.module import ModuleSpec
from designer.graph.porttypes import PortTypeRow


class BrokenModule(Response):
    """A file in the library that is no module, and why."""

    path: str
    findings: list[Finding]


class ModuleList(Response):
    """The catalogue: every module's specification, the table of port types, and what could not be read."""

    items: list[ModuleSpec]
    port_types: list[PortTypeRow]
    broken: list[BrokenModule]


class ModuleSource(Response):
    """A module with its source."""

    spec: ModuleSpec
    source: str
