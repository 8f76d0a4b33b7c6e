"""The kinds of compute targets: one row here and one file in this folder for each.

The file of a kind has `Options`, `make` and `test` (see `Module`). It imports the library that it stands on inside the functions
that use it, so that a server without a target of this kind never loads it.
"""

import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

from pydantic import BaseModel, ValidationError

from designer.errors import Invalid
from designer.graph.findings import Finding
from designer.targets.base import Target
from designer.targets.claims import Claims


@dataclass(frozen=True)
class Context:
    """What the server lends a target."""

    folder: Path  # its own, made when it needs it: caches, sockets, keys
    uv: Mapping[str, str] = field(
        default_factory=dict
    )  # the variables with which uv finds packages; they may hold passwords
    claims: Claims | None = None  # for kinds whose workers take attempts


class Module(Protocol):
    """The file of a kind."""

    Options: type[BaseModel]
    """What a person chooses, and so the form. Titles, descriptions and defaults are shown; `json_schema_extra={"secret": True}` marks
    a text that is kept in the secret store, `{"multiline": True}` one of several lines. Slots are no option: all targets have them."""

    make: Callable[[str, Any, Context], Target]
    """`make(name, options, context)`: the target. Does not touch the network: that may be long gone, and a person must see why."""

    test: Callable[[Any, Context], list[Finding]]
    """`test(options, context)`: everything that is wrong with these options, each with what to do and the option as `parameter`;
    nothing where steps would run. May take some seconds; raises nothing."""


@dataclass(frozen=True)
class Kind:
    """One kind of target."""

    name: str
    title: str
    description: str
    module: str

    def load(self) -> Module:
        """Its file, imported when it is needed first."""
        return cast(Module, importlib.import_module(self.module))

    def schema(self) -> dict[str, Any]:
        """The JSON schema of its options: the form is drawn from it."""
        return self.load().Options.model_json_schema()

    def secrets(self) -> frozenset[str]:
        """The options that are kept in the secret store."""
        fields = self.load().Options.model_fields
        return frozenset(name for name, field in fields.items() if _extra(field.json_schema_extra).get("secret"))

    def read(self, options: Mapping[str, Any]) -> BaseModel:
        """Options as the kind's own model. Raises `Invalid` with a finding for each that is wrong."""
        try:
            return self.load().Options.model_validate(dict(options))
        except ValidationError as problem:
            raise Invalid(
                f'These options do not fit a target of kind "{self.name}".',
                findings=[_finding(error) for error in problem.errors(include_url=False, include_input=False)],
                cure="Mend what the findings name.",
            ) from problem


def _extra(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, dict) else {}


def _finding(error: Any) -> Finding:
    where = ".".join(str(part) for part in error["loc"])
    message = str(error["msg"]).removeprefix("Value error, ")
    return Finding("option", f"{where}: {message}" if where else message, parameter=str((error["loc"] or ("",))[0]))


def _by_name(kinds: Iterable[Kind]) -> dict[str, Kind]:
    return {kind.name: kind for kind in kinds}


KINDS: Mapping[str, Kind] = _by_name((
    Kind(
        "process", "This machine", "Steps are processes of the server's own machine, with slots and a memory limit of their own.",
        "designer.targets.process",
    ),
    Kind("docker", "Docker", "Each step is a container of a Docker engine, here or on another machine.", "designer.targets.docker"),
    Kind(
        "ssh", "A machine over SSH", "Another machine with Python and sshd; the launcher and environments are carried there.",
        "designer.targets.ssh",
    ),
    Kind(
        "celery", "Machines with workers", "Steps run on any machines where `designer worker` runs; a Redis that all of them reach wakes "
        "them.", "designer.targets.celery",
    ),
))  # fmt: skip
"""All kinds there are, in the order in which they are offered."""
