"""The specification of a module: its ports and parameters, as read from its source without running it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from designer.graph.porttypes import PortType


class ParameterKind(StrEnum):
    """Which values a parameter takes and which widget edits it."""

    INTEGER = "integer"
    NUMBER = "number"
    STRING = "string"
    BOOLEAN = "boolean"
    CHOICE = "choice"  # one of `choices`
    DATE = "date"  # "2026-11-20"
    COLUMN = "column"  # {"columns": ["target"]}, exactly one
    COLUMNS = "columns"  # a column selector
    CODE = "code"  # text in `language`
    SECRET = "secret"  # {"secret": "name"}  # noqa: S105
    DATASTORE = "datastore"  # {"datastore": "name"}
    LIST = "list"  # a list of `item`


@dataclass(frozen=True)
class Port:
    """An input or output of a module."""

    name: str
    type: PortType
    label: str
    optional: bool = False
    help: str = ""


@dataclass(frozen=True)
class Parameter:
    """A setting of a module."""

    name: str
    kind: ParameterKind
    label: str
    default: Any = None
    required: bool = False  # has no default
    nullable: bool = False  # `None` is a value: "not set"
    help: str = ""
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: bool = False
    exclusive_maximum: bool = False
    pattern: str = ""
    choices: tuple[str | int | float | bool, ...] = ()
    item: ParameterKind | None = None  # of a list
    when: Mapping[str, tuple[Any, ...]] = field(
        default_factory=dict
    )  # counts only while these have one of these values
    port: str = ""  # of column and columns: the input whose columns it selects
    language: str = ""  # of code: "python", "sql", "r", "text"


@dataclass(frozen=True)
class Command:
    """What a command module runs, in place of a function. Ports and parameters are named as in its line: `inputs.data`."""

    line: str = (
        ""  # for the shell, with ${{inputs.data}}, ${{outputs.model}} and parts in $[[ ... ]] that may be left out
    )
    notebook: str = ""  # or the notebook of its folder that is run
    snapshot: str = ""  # digest of its folder; "" has none
    formats: Mapping[str, str] = field(default_factory=dict)  # of table ports: "csv" or "parquet"; of files: a suffix
    paths: Mapping[str, str] = field(default_factory=dict)  # output -> where in the working folder it is taken from
    flags: Mapping[str, tuple[str, str]] = field(
        default_factory=dict
    )  # boolean -> its word where true, and where false
    each: Mapping[str, str] = field(default_factory=dict)  # list -> the word that stands before each of its values
    variables: Mapping[str, str] = field(default_factory=dict)  # of the environment


@dataclass(frozen=True)
class ModuleSpec:
    """What a module is to a pipeline."""

    name: str  # the file's name, `split_data`
    version: int
    title: str
    category: str
    digest: str  # sha256 of the source: its identity
    description: str = ""
    inputs: tuple[Port, ...] = ()
    outputs: tuple[Port, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    dependencies: tuple[str, ...] = ()  # PEP 723
    tags: tuple[str, ...] = ()
    requires_python: str = ""  # PEP 723, such as ">=3.11"
    reuse: bool = True  # whether its results may be reused where a node does not say
    command: Command | None = None  # None of a function
    own: bool = False  # made by people here: its versions are kept in the store, not in a folder

    @property
    def folder(self) -> str:
        """The digest of the folder that it needs; "" where its source is all."""
        return self.command.snapshot if self.command is not None else ""

    @property
    def reference(self) -> str:
        """How a document names it: `split_data@1`."""
        return f"{self.name}@{self.version}"

    def input(self, name: str) -> Port | None:
        """The input port of that name."""
        return next((port for port in self.inputs if port.name == name), None)

    def output(self, name: str) -> Port | None:
        """The output port of that name."""
        return next((port for port in self.outputs if port.name == name), None)

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of that name."""
        return next((parameter for parameter in self.parameters if parameter.name == name), None)


def counts(parameter: Parameter, values: Mapping[str, Any]) -> bool:
    """Whether a parameter counts under these values of the others (its `When`)."""
    return all(values.get(name) in allowed for name, allowed in parameter.when.items())
