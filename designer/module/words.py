"""Annotations: what stands inside `Annotated[...]`, and the parameter types that are only names for `str`."""

from dataclasses import dataclass
from typing import NewType


@dataclass(frozen=True)
class Label:
    """The name shown for a port or parameter."""

    text: str


@dataclass(frozen=True)
class Help:
    """One or two sentences shown beside a parameter or port."""

    text: str


@dataclass(frozen=True)
class Range:
    """Bounds of a number; `None` leaves an end open. Both ends belong to the range unless said otherwise."""

    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: bool = False
    exclusive_maximum: bool = False


@dataclass(frozen=True)
class Pattern:
    """A regular expression that the whole text must match."""

    expression: str


class When:
    """The parameter counts only while other parameters have these values: `When(mode="Split Rows")`.

    A tuple lists alternatives: `When(mode=("Mean", "Median"))`. All named parameters must fit.
    """

    def __init__(self, **conditions: object) -> None:
        self.conditions = conditions


@dataclass(frozen=True)
class Of:
    """The input port whose columns a `Columns` or `Column` parameter selects from (else: the first table port)."""

    port: str


Column = NewType("Column", str)
"""The name of one column."""

Code = NewType("Code", str)
"""A text edited as code; `Annotated[Code, Label("Query"), Help("sql")]`; the language is guessed from the default."""

Secret = NewType("Secret", str)
"""A value kept in the secret store and never shown again."""
