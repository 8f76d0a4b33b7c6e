"""What a module sees of a datastore."""

from collections.abc import Sequence
from typing import Any, BinaryIO, Protocol


class StoreFile(Protocol):
    """A file of a datastore, found."""

    path: str  # below the datastore's root, with `/`
    name: str
    size: int | None
    changed: float | None  # seconds since 1970-01-01 UTC


class Datastore(Protocol):
    """A parameter of this type is chosen from the registered datastores; `run` gets it open, with the right to use it.

    What cannot be done raises an exception that says what is wrong and what to do.
    """

    name: str
    kind: str  # "local", "s3", "azure", "sftp", "http" or "sql"

    def find(self, path: str) -> Sequence[StoreFile]:
        """The file of this path, all files of a folder, or those of a pattern (`*`, `?`, `**`), by path."""

    def exists(self, path: str) -> bool:
        """Whether there is a file or folder of this path."""

    def open(self, path: str) -> BinaryIO:
        """A file, to be read where it lies; nothing is copied."""

    def write(self, path: str, *, overwrite: bool = True) -> Any:
        """A file to be written, as a context manager with `write(bytes)`; it is there, whole, when that ends well."""

    def tables(self) -> list[str]:
        """The tables of a database."""

    def read_table(self, *, table: str = "", query: str = "") -> Any:
        """A table of a database, or what a query gives, as a `pyarrow.Table`."""

    def write_table(self, table: str, data: Any, *, if_exists: str = "append", rows: int = 10_000) -> int:
        """Write a `pyarrow.Table`, all rows or none: "append", "replace" or "fail". How many rows."""
