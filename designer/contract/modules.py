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


class Reach(Response):
    """Something that code seems to reach for, by what it imports and calls; what it really does, only running it shows."""

    what: str = Field(description="network, files, secrets, shell or native")
    where: str = Field(description="file, line and word")


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


class ModuleDraft(Response):
    """What was read from a file: a module to be, with what was guessed, which may be changed before it is added."""

    kind: ModuleKind
    what: str = Field(description="What it was read from, such as a Python script with argparse.")
    name: str
    entry: str = Field(description="The file that was read.")
    entries: list[str] = Field(description="All files of the upload that can be read, the likeliest first.")
    files: list[str]
    size: int
    declaration: dict[str, Json] = Field(
        description="Of a command: its ports, parameters and line. Change it, then compose it."
    )
    source: str = Field(description="The text of the module.")
    guesses: dict[str, str] = Field(description='Why something was taken for what it is, by "inputs.data".')
    lines: dict[str, int] = Field(description='Where something stands in the file, by "inputs.data".')
    spec: ModuleSpec | None
    findings: list[Finding]
    reach: list[Reach] = []


class ComposeModule(Request):
    """The declaration of a command, as it was read and changed."""

    name: ModuleName
    declaration: dict[str, Json]


class ComposedModule(Response):
    """The text of a declaration, and what it is; `spec` is None where a finding says why it cannot be used."""

    source: str
    spec: ModuleSpec | None
    findings: list[Finding]
