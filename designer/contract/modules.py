"""Modules on the wire."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, TypeAdapter

from designer.contract.base import Json, Name, Request, Response, Text, Timestamp
from designer.graph.findings import Finding
from designer.graph.module import ModuleSpec
from designer.graph.porttypes import PortTypeRow

SPEC: TypeAdapter[ModuleSpec] = TypeAdapter(ModuleSpec)
"""Specifications as JSON, as the store keeps them."""

ModuleName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$")]
Code = Annotated[str, Field(max_length=1_000_000, description="The text of a Python file.")]


class ModuleKind(StrEnum):
    """How a module is run."""

    FUNCTION = "function"  # its `run` is called
    COMMAND = "command"


class BrokenModule(Response):
    """A file in the library that is no module, and why."""

    path: str
    findings: list[Finding]


class ArchivedModule(Response):
    """A module that was put away: pipelines that name it go on, and it can be brought back."""

    name: str
    title: str
    category: str
    version: int
    archived: Timestamp


class ModuleList(Response):
    """The catalogue: every module's specification, the table of port types, and what could not be read."""

    items: list[ModuleSpec]
    port_types: list[PortTypeRow]
    broken: list[BrokenModule]
    archived: list[ArchivedModule] = []


class ModuleSource(Response):
    """A module with its source."""

    spec: ModuleSpec
    source: str
    archived: bool = False


class ReadModule(Request):
    """A source to look at without keeping it; `name` where it has one already."""

    source: Code
    name: ModuleName | None = None


class ModuleReading(Response):
    """What a source is: `spec` is None where a finding says why it cannot be used."""

    spec: ModuleSpec | None
    findings: list[Finding]


class CreateModule(Request):
    """A new module; without a name it is named after its title."""

    source: Code
    name: ModuleName | None = None
    note: Text = ""


class SaveModule(Request):
    """A new version of a module; where `based_on` is no longer its newest, it is refused with a conflict."""

    source: Code
    based_on: int = Field(ge=1, le=999_999)
    note: Text = ""


class RollBackModule(Request):
    """Make an older version the newest again, as a new version."""

    version: int = Field(ge=1, le=999_999)


class ChangeModule(Request):
    """What may change about a module beside its source."""

    archived: bool


class ModuleVersion(Response):
    """One version of a module."""

    version: int
    kind: ModuleKind
    digest: str
    note: str
    created: Timestamp


class OwnModule(Response):
    """A module that people made here, with its newest version's source, and all versions, newest first."""

    name: str
    spec: ModuleSpec
    source: str
    versions: list[ModuleVersion]
    created: Timestamp
    updated: Timestamp
    archived: Timestamp | None = None


class ModuleUse(Response):
    """A pipeline that uses a module: its nodes by the version they name, 0 for the newest there is."""

    id: str
    name: str
    nodes: dict[str, int]


class ModuleUses(Response):
    """All pipelines that use a module."""

    items: list[ModuleUse]


class TrialInput(Request):
    """What flows into an input: a dataset, or what a step of an earlier run made; of a table, the first `rows` only."""

    dataset: Name | None = None
    run: Name | None = None
    node: Name | None = None
    output: Name | None = None
    rows: int | None = Field(default=None, ge=1, le=10_000_000)


class TryModule(Request):
    """Run a source as a real step, without keeping it."""

    source: Code
    name: ModuleName | None = None
    inputs: dict[str, TrialInput] = {}
    parameters: dict[str, Json] = {}
    environment: Name | None = None
    target: Name | None = None
