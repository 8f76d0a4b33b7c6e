# /// script
# dependencies = ["polars>=1.30", "pyarrow", "fsspec"]
# ///
"""Export Data

Writes a table to a datastore, as files or into a database.

- **File**: one file, there as a whole or not at all. With *Divide by* each combination of values of those columns goes
  into a folder of its own, `year=2024/month=5/part.parquet`, and the columns are left out of the files.
- **Table**: rows are appended to a table of a database, take the place of all it held, or make a new one; all of them
  in one transaction, or none.

It is never reused: every run writes.

*Example:* *Path* `forecast/`, *Divide by* `year`, *File format* Parquet keep one file for each year below `forecast/`.
"""

import io
import json
import re
from typing import Annotated, Any, Literal

import polars as pl

from designer.module import Datastore, Help, Label, Metrics, ModuleError, Range, When

CATEGORY = "Data Input and Output"
TAGS = ("write", "save", "csv", "parquet", "sql", "s3", "azure", "sftp", "datastore")
REUSE = False

SUFFIXES = {"CSV": "csv", "TSV": "tsv", "Parquet": "parquet", "JSON lines": "jsonl", "Arrow": "arrow"}
MOST_PARTS = 10_000


def run(
    dataset: Annotated[pl.DataFrame, Label("Dataset")],
    *,
    write: Annotated[Literal["File", "Table"], Label("Write")] = "File",
    datastore: Annotated[Datastore, Label("Datastore")],
    path: Annotated[
        str, Label("Path"), Help("Of the file; of the folder where it is divided."), When(write="File")
    ] = "",
    format: Annotated[
        Literal["CSV", "TSV", "Parquet", "JSON lines", "Arrow"], Label("File format"), When(write="File")
    ] = "CSV",
    divide_by: Annotated[
        list[str], Label("Divide by"), Help("Columns whose values name folders."), When(write="File")
    ] = [],  # noqa: B006
    if_there: Annotated[
        Literal["Overwrite", "Fail"], Label("Where the file is there"), When(write="File")
    ] = "Overwrite",
    table: Annotated[str, Label("Table"), When(write="Table")] = "",
    columns: Annotated[
        list[str], Label("Columns to be saved"), Help("None named means all."), When(write="Table")
    ] = [],  # noqa: B006
    names_in_table: Annotated[
        list[str],
        Label("Their names in the table"),
        Help("In the same order; none means the same names."),
        When(write="Table"),
    ] = [],  # noqa: B006
    if_exists: Annotated[
        Literal["Append", "Replace", "Fail"], Label("Where the table is there"), When(write="Table")
    ] = "Append",
    rows_per_operation: Annotated[int, Range(1, 100_000), Label("Rows per operation"), When(write="Table")] = 1_000,
) -> Annotated[Metrics, Label("Written")]:
    if write == "Table":
        return to_table(dataset, datastore, table, columns, names_in_table, if_exists, rows_per_operation)
    if not path.strip() or "://" in path:
        raise ModuleError(
            3,
            "The path is empty." if not path.strip() else "The path is an address.",
            "Write a path inside the datastore.",
        )
    if not divide_by:
        size = to_file(dataset, datastore, path.strip(), format, if_there == "Overwrite")
        return {"files": 1, "rows": dataset.height, "bytes": size, "path": path.strip()}
    for column in divide_by:
        if column not in dataset.columns:
            raise ModuleError(
                3, f"There is no column {column!r} to divide by.", f"There are: {', '.join(dataset.columns[:20])}."
            )
    if len(divide_by) >= len(dataset.columns):
        raise ModuleError(3, "Nothing is left to write: every column names a folder.", "Divide by fewer columns.")
    parts = dataset.partition_by(divide_by, as_dict=True, include_key=False, maintain_order=True)
    if len(parts) > MOST_PARTS:
        raise ModuleError(
            3, f"That would be {len(parts):,} files.", f"Divide by columns with fewer values; at most {MOST_PARTS:,}."
        )
    size = 0
    for values, part in parts.items():
        folders = "/".join(f"{name}={folder_of(value)}" for name, value in zip(divide_by, values, strict=True))
        size += to_file(
            part,
            datastore,
            f"{path.strip().rstrip('/')}/{folders}/part.{SUFFIXES[format]}",
            format,
            if_there == "Overwrite",
        )
    return {"files": len(parts), "rows": dataset.height, "bytes": size, "path": path.strip()}


def folder_of(value: Any) -> str:
    return re.sub(r"[/\\=\x00-\x1f]", "_", "none" if value is None else str(value))[:200].strip(".") or "_"


def to_file(frame: pl.DataFrame, datastore: Datastore, path: str, format: str, overwrite: bool) -> int:
    data = io.BytesIO()
    if format == "Parquet":
        frame.write_parquet(data)
    elif format == "Arrow":
        frame.write_ipc(data)
    elif format == "JSON lines":
        frame.write_ndjson(data)
    else:
        nested = [
            pl.col(name).map_elements(_text, return_dtype=pl.String)
            for name, kind in frame.schema.items()
            if kind.is_nested()
        ]
        frame.with_columns(nested).write_csv(data, separator="\t" if format == "TSV" else ",")
    with datastore.write(path, overwrite=overwrite) as file:
        file.write(data.getbuffer().tobytes())
    return data.getbuffer().nbytes


def _text(value: Any) -> str:
    return json.dumps(value.to_list() if isinstance(value, pl.Series) else value, default=str)


def to_table(
    frame: pl.DataFrame,
    datastore: Datastore,
    table: str,
    columns: list[str],
    names: list[str],
    if_exists: str,
    rows: int,
) -> Metrics:
    if not table.strip():
        raise ModuleError(3, "The table has no name.", "Enter one.")
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise ModuleError(3, f"There is no column {missing[0]!r}.", f"There are: {', '.join(frame.columns[:20])}.")
    frame = frame.select(columns) if columns else frame
    if names:
        if len(names) != len(frame.columns):
            raise ModuleError(
                3,
                f"{len(frame.columns)} columns have {len(names)} names.",
                "Give each column one name, in their order.",
            )
        frame = frame.rename(dict(zip(frame.columns, names, strict=True)))
    written = datastore.write_table(table.strip(), frame.to_arrow(), if_exists=if_exists.lower(), rows=rows)
    return {"rows": written, "table": table.strip()}
