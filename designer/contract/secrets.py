"""Secrets on the wire: their values go in and never come out."""

from typing import Annotated

from pydantic import Field

from designer.contract.base import Page, Request, Response, Text, Timestamp

SecretName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
"""As parameters of modules, datastores and targets name it."""


class Secret(Response):
    """All that can be seen of a secret."""

    name: str
    version: int  # grows with every new value
    description: str
    created: Timestamp
    updated: Timestamp
    readable: bool  # whether the key that it was encrypted with is there


class SecretList(Page):
    """A page of secrets, by name."""

    items: list[Secret]


class PutSecret(Request):
    """A new value."""

    value: Annotated[str, Field(max_length=65_536, repr=False)]
    description: Text | None = None  # None leaves it as it is
