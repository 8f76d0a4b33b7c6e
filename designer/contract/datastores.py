"""Datastores on the wire: places outside for files and tables."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from designer.contract.base import Json, Request, Response, Text, Timestamp, plain_text
from designer.graph.findings import Finding

DatastoreName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
"""As parameters of modules name it."""

StorePath = Annotated[str, Field(max_length=2_000), AfterValidator(plain_text)]
"""A file or folder of a datastore, by its path below the root; a table of a database by its name."""

Settings = dict[str, Any]
"""Options by name. A secret one is its text where it is entered, `{"secret": name}` of one in the secret store, and is only ever
shown as that."""


class DatastoreKind(Response):
    """A kind of datastore there may be."""

    name: str
    title: str
    description: str
    options: dict[str, Json]  # JSON schema: the form is drawn from it
    secrets: list[str]  # the options that are kept in the secret store
    tables: bool  # whether it holds tables rather than files
    writable: bool


class Datastore(Response):
    """A datastore that people registered."""

    name: str
    kind: str
    title: str  # of its kind
    description: str
    options: Settings
    default: bool
    tables: bool
    writable: bool
    place: str  # where it is, in short
    created: Timestamp
    updated: Timestamp
    used_by: list[dict[str, str]] = []  # {"what", "id", "name"}; only where one is asked for


class DatastoreList(Response):
    """All datastores by name, and the kinds there may be."""

    items: list[Datastore]
    kinds: list[DatastoreKind]


class RegisterDatastore(Request):
    """A new datastore."""

    name: DatastoreName
    kind: str = Field(max_length=50)
    options: Settings = Field(default={}, repr=False)
    description: Text = ""
    default: bool = False


class ChangeDatastore(Request):
    """What changes; options that are left out stay as they are."""

    options: Settings | None = Field(default=None, repr=False)
    description: Text | None = None
    default: bool | None = None


class TryDatastore(Request):
    """Settings to be tried; of a registered one what is left out is as it is."""

    name: DatastoreName | None = None
    kind: str = Field("", max_length=50)
    options: Settings = Field(default={}, repr=False)


class TriedDatastore(Response):
    """What came of it. Where nothing is wrong there is no finding that is an error."""

    findings: list[Finding]
    entries: int | None  # at its root
    writable: bool | None  # None where that was not tried


class StoreEntry(Response):
    """A file or folder of a datastore, or a table of a database."""

    path: str
    name: str
    folder: bool
    size: int | None
    changed: Timestamp | None


class StoreEntries(Response):
    """A page of a folder: folders first, then by name."""

    items: list[StoreEntry]
    total: int
    next: int | None  # the `after` of the following page
