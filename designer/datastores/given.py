"""A datastore as a step is given it: see `designer.module.Datastore`."""

from designer.datastores.place import Entry, Place, Writer
from designer.datastores.problems import StoreProblem
from designer.datastores.sql import ROWS, Base

TYPE_CHECKING = False  # as in the launcher: this runs in steps
if TYPE_CHECKING:
    from typing import IO, Any


class Given:
    """Opened when first used."""

    def __init__(self, name: str, kind: str, options: "dict[str, Any]") -> None:
        self.name = name
        self.kind = kind
        self._options = options
        self._place: Place | None = None
        self._base: Base | None = None

    def find(self, path: str) -> "list[Entry]":
        """Files by path, folder or pattern."""
        return self._files().find(path)

    def mark(self, path: str) -> str:
        """What changes when the files of a path change."""
        return self._files().mark(path)

    def exists(self, path: str) -> bool:
        """Whether it is there."""
        return self._files().exists(path)

    def open(self, path: str) -> "IO[bytes]":
        """A file, to be read."""
        return self._files().open(path)

    def write(self, path: str, *, overwrite: bool = True) -> Writer:
        """A file, to be written."""
        return self._files().write(path, overwrite=overwrite)

    def tables(self) -> "list[str]":
        """The tables of a database."""
        return self._tables().tables()

    def read_table(self, *, table: str = "", query: str = "") -> "Any":
        """A table, or what a query gives."""
        return self._tables().read(query, table)

    def write_table(self, table: str, data: "Any", *, if_exists: str = "append", rows: int = ROWS) -> int:
        """Write all rows, or none."""
        return self._tables().write(table, data, if_exists, rows)

    def _files(self) -> Place:
        if self._place is None:
            self._place = Place(self.kind, self._options)
        return self._place

    def _tables(self) -> Base:
        if self.kind != "sql":
            raise StoreProblem("kind", f'The datastore "{self.name}" holds files, not tables.', "Choose a database.")
        if self._base is None:
            self._base = Base(self._options)
        return self._base
