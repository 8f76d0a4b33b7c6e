"""Tables: Arrow IPC files, uncompressed, in one record batch, so that the next step maps them instead of reading them.

Column roles travel in the schema metadata under `designer.roles`, as JSON: {column: {kind, categorical, score, category}}.
The bytes of a table depend on its columns, values and roles only, so equal tables have equal digests.
"""

import json
import os

from designer.launcher.failures import Failure

TYPE_CHECKING = False  # the real one would import typing, which costs a step milliseconds
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

ROLES = b"designer.roles"

MOST_COLUMNS = 100_000

POLARS, LAZY, PANDAS, ARROW = "polars.DataFrame", "polars.LazyFrame", "pandas.DataFrame", "pyarrow.Table"


def flavour(kind: object) -> str:
    """Which library's table a class is, by its name alone (nothing is imported); empty for other classes."""
    name = f"{str(getattr(kind, '__module__', '')).partition('.')[0]}.{getattr(kind, '__name__', '')}"
    return name if name in (POLARS, LAZY, PANDAS, ARROW) else ""


def natural() -> str:
    """The kind of table for who does not say which: polars where it is there, else pandas, else pyarrow."""
    from importlib.util import find_spec

    return POLARS if find_spec("polars") else PANDAS if find_spec("pandas") else ARROW


def open_table(path: str) -> "Any":
    """The pyarrow table of a file, memory-mapped. Raises `Failure` for a damaged file."""
    import pyarrow as pa
    import pyarrow.ipc

    try:
        with pa.memory_map(path) as source:
            return pyarrow.ipc.open_file(source).read_all()
    except (OSError, pa.ArrowException) as problem:
        raise Failure(
            "InputDamaged", f"The table cannot be read: {problem}", "Run the step that made it again."
        ) from problem


def roles_in(schema: "Any") -> "dict[str, dict[str, Any]]":
    """The roles that a schema carries, as JSON."""
    text = (schema.metadata or {}).get(ROLES)
    if not text:
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return (
        {str(name): role for name, role in found.items() if isinstance(role, dict)} if isinstance(found, dict) else {}
    )


def read(path: str, wanted: str) -> "tuple[Any, dict[str, Any]]":
    """The table in the wanted flavour, and the `Role`s of its columns."""
    table = open_table(path)
    roles = _roles(roles_in(table.schema))
    if wanted == ARROW:
        return table, roles
    if wanted == PANDAS:
        return table.to_pandas(split_blocks=True), roles
    import polars as pl

    frame = pl.from_arrow(table)
    return frame.lazy() if wanted == LAZY and isinstance(frame, pl.DataFrame) else frame, roles


def _roles(found: "dict[str, dict[str, Any]]") -> "dict[str, Any]":
    if not found:
        return {}
    from designer.module.roles import Role

    known = {"kind", "categorical", "score", "category"}
    return {name: Role(**{key: value for key, value in role.items() if key in known}) for name, role in found.items()}


def write(port: str, value: "Any", path: str, roles: "Mapping[str, Any]") -> "dict[str, Any]":
    """Write a table of any flavour; return size, digest, rows and columns."""
    import pyarrow as pa

    table = _arrow(port, value)
    names = table.column_names
    _refuse_twins(port, names)
    if not roles and flavour(type(value)) == ARROW:
        roles = _roles(roles_in(table.schema))
    if len(names) > MOST_COLUMNS:
        raise Failure("OutputWrong", f"Output “{port}” has {len(names):,} columns; at most {MOST_COLUMNS:,} are kept.")
    kept = {name: vars(roles[name]) for name in names if name in roles}
    metadata = {ROLES: json.dumps(kept, sort_keys=True, ensure_ascii=False).encode()} if kept else None
    table = _canonical(table).replace_schema_metadata(metadata)
    sink = HashingFile(path)
    try:
        with pa.PythonFile(sink, mode="w") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
    finally:
        sink.close()
    return {
        "size": sink.size,
        "digest": "sha256:" + sink.hash.hexdigest(),
        "rows": table.num_rows,
        "columns": columns(value, table.schema, kept),
    }


def _refuse_twins(port: str, names: "list[str]") -> None:
    if len(set(names)) != len(names):
        seen: set[str] = set()
        twice = next(name for name in names if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise Failure(
            "OutputWrong", f'Output “{port}” has two columns named "{twice}".', "Give each column its own name."
        )


def columns(frame: "Any", schema: "Any", roles: "Mapping[str, Mapping[str, Any]]") -> "list[dict[str, Any]]":
    """Name, type for people, dtype and role of each column."""
    listed = []
    for field in schema:
        role = roles.get(field.name)
        dtype = _dtype(frame, field)
        listed.append(
            {"name": field.name, "type": type_of(dtype, role), "dtype": dtype, "role": dict(role) if role else None}
        )
    return listed


def type_of(dtype: str, role: "Mapping[str, Any] | None" = None) -> str:
    """Integer, Double, Boolean, DateTime, Categorical or String, as column selectors name types."""
    lower = dtype.lower()
    if (role and role.get("categorical")) or lower.startswith(("cat", "enum", "dictionary")):
        return "Categorical"
    for type_, starts in (
        ("Integer", ("int", "uint")),
        ("Double", ("float", "double", "half", "decimal")),
        ("Boolean", ("bool",)),
        ("DateTime", ("date", "time", "duration")),
    ):
        if lower.startswith(starts):
            return type_
    return "String"


_ARROW_DTYPES = {
    "int8": "Int8", "int16": "Int16", "int32": "Int32", "int64": "Int64", "uint8": "UInt8", "uint16": "UInt16",
    "uint32": "UInt32", "uint64": "UInt64", "float": "Float32", "double": "Float64", "bool": "Boolean",
    "large_string": "String", "string": "String", "large_binary": "Binary", "binary": "Binary", "date32[day]": "Date",
    "null": "Null",
}  # fmt: skip


def _dtype(frame: "Any", field: "Any") -> str:
    """The dtype in polars' words, whatever library the frame is of."""
    text = str(field.type)
    if text in _ARROW_DTYPES:
        return _ARROW_DTYPES[text]
    if text.startswith("dictionary"):
        return "Categorical"
    if text.startswith("timestamp"):
        return "Datetime"
    if text.startswith(("large_list", "list")):
        return "List"
    return text.partition("<")[0].partition("[")[0].capitalize()


def _arrow(port: str, value: "Any") -> "Any":
    import pyarrow as pa

    kind = flavour(type(value))
    try:
        if kind == LAZY:
            value, kind = value.collect(), POLARS
        if kind == POLARS:
            import polars as pl

            if pl.Object in value.dtypes:
                raise TypeError(f'column "{value.columns[value.dtypes.index(pl.Object)]}" holds Python objects')
            return value.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
        if kind == ARROW:
            return value
        named = value.rename(columns=str)
        _refuse_twins(port, list(named.columns))
        return pa.Table.from_pandas(named, preserve_index=False)
    except (pa.ArrowException, TypeError) as problem:
        raise Failure(
            "OutputWrong", f"Output “{port}” holds values that a table cannot keep: {problem}",
            "Let each column hold values of one type: numbers, text, booleans, dates.",
        ) from problem  # fmt: skip


def _canonical(table: "Any") -> "Any":
    """The same bytes for the same values: one layout for texts, one chunk per column, nothing where nothing counts."""
    import pyarrow as pa

    layouts = {pa.string(): pa.large_string(), pa.string_view(): pa.large_string(),
               pa.binary(): pa.large_binary(), pa.binary_view(): pa.large_binary()}  # fmt: skip
    for index, field in enumerate(table.schema):
        if field.type in layouts:
            changed = table.column(index).cast(layouts[field.type])
            table = table.set_column(index, field.with_type(layouts[field.type]), changed)
    table = table.combine_chunks()
    if not table.num_rows:
        return table
    arrays = [_settled(column.chunk(0)) for column in table.columns]
    return pa.Table.from_arrays(arrays, schema=table.schema) if arrays else table


def _settled(array: "Any") -> "Any":
    """The array without a mask when nothing is missing, and with zeros where something is."""
    import pyarrow as pa

    kind = array.type
    fixed = pa.types.is_primitive(kind) and kind.bit_width in (1, 8, 16, 32, 64)
    texts = pa.types.is_large_string(kind) or pa.types.is_large_binary(kind)
    if not (fixed or texts):
        return array  # nested and dictionary types: as the library made them
    bits = fixed and kind.bit_width == 1
    if not bits and array.buffers()[0] is None:
        return array
    if array.offset and (texts or bits):
        array = pa.concat_arrays([array, array[:0]])
    mask = None if array.null_count == 0 else _bits(array.is_valid())
    if texts:
        return pa.Array.from_buffers(kind, len(array), [mask, *array.buffers()[1:]], array.null_count, array.offset)
    if bits:
        return pa.Array.from_buffers(kind, len(array), [mask, _bits(array.fill_null(False))], array.null_count)
    plain = array.view({8: pa.int8(), 16: pa.int16(), 32: pa.int32(), 64: pa.int64()}[kind.bit_width])
    data = plain.fill_null(0) if mask is not None else plain
    return pa.Array.from_buffers(kind, len(array), [mask, data.buffers()[1]], array.null_count, data.offset)


def _bits(truths: "Any") -> "Any":
    """A buffer of one bit per value, the last byte filled up with zeros."""
    import numpy as np
    import pyarrow as pa

    return pa.py_buffer(np.packbits(truths.to_numpy(zero_copy_only=False), bitorder="little"))


class HashingFile:
    """A file to write, which hashes what is written to it."""

    def __init__(self, path: str) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self.file = os.fdopen(os.open(path, flags, 0o600), "wb", buffering=0)
        import hashlib

        self.hash = hashlib.sha256()
        self.size = 0
        self.closed = False

    def write(self, data: "Any") -> int:
        """Write all of `data`."""
        view = memoryview(data).cast("B")
        self.hash.update(view)
        done = 0
        while done < len(view):
            done += self.file.write(view[done:])
        self.size += done
        return done

    def flush(self) -> None:
        """Nothing is held back."""

    def tell(self) -> int:
        """Bytes written so far."""
        return self.size

    def close(self) -> None:
        """Close the file; safe to repeat."""
        self.closed = True
        self.file.close()

    def readable(self) -> bool:
        """It is not."""
        return False

    def writable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is not."""
        return False
