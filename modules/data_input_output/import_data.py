# /// script
# dependencies = ["polars>=1.30", "pyarrow", "fsspec", "fastexcel"]
# ///
"""Import Data

Reads a table from a datastore, a database or a web address.

| Read | What it takes |
| --- | --- |
| Files | one file, all files of a folder, or those of a pattern such as `sales/**/*.csv`; they are put below one another |
| Table | a table of a database |
| SQL query | what a query of a database gives |
| Web address | one file behind an `http` or `https` address |

Files are read where they lie; of a Parquet file only the chosen columns travel. All files must have the same columns.
With *Columns from folders* a path such as `year=2024/month=5/a.csv` gives columns `year` and `month`.

It reads anew in every run, since what lies there may have changed; where it gives the same rows as before, the steps
behind it are reused.

*Example:* *Path* `sales/2024-*.csv` gives the rows of all months of 2024 as one table.
"""

import io
import urllib.error
import urllib.request
from typing import Annotated, Any, Literal

import polars as pl

from designer.module import Code, Datastore, Help, Label, ModuleError, Range, When

CATEGORY = "Data Input and Output"
TAGS = ("read", "load", "csv", "parquet", "excel", "sql", "s3", "azure", "sftp", "http", "datastore")
REUSE = False

SUFFIXES = {
    ".csv": "CSV", ".txt": "CSV", ".tsv": "TSV", ".tab": "TSV", ".parquet": "Parquet", ".pq": "Parquet", ".jsonl": "JSON lines",
    ".ndjson": "JSON lines", ".xlsx": "Excel", ".xls": "Excel", ".ods": "Excel", ".arrow": "Arrow", ".feather": "Arrow",
}  # fmt: skip


def run(
    *,
    read: Annotated[Literal["Files", "Table", "SQL query", "Web address"], Label("Read")] = "Files",
    datastore: Annotated[Datastore | None, Label("Datastore"), When(read=("Files", "Table", "SQL query"))] = None,
    path: Annotated[str, Label("Path"), Help("A file, a folder, or a pattern with * and **."), When(read="Files")] = "",
    table: Annotated[str, Label("Table"), When(read="Table")] = "",
    query: Annotated[Code, Label("Query"), Help("sql"), When(read="SQL query")] = "",
    url: Annotated[str, Label("Web address"), When(read="Web address")] = "",
    format: Annotated[
        Literal["By name", "CSV", "TSV", "Parquet", "JSON lines", "Excel", "Arrow"],
        Label("File format"),
        When(read=("Files", "Web address")),
    ] = "By name",
    has_header: Annotated[
        bool, Label("Has header"), Help("Of CSV and TSV files."), When(read=("Files", "Web address"))
    ] = True,
    columns: Annotated[list[str], Label("Columns"), Help("Only these; none named means all.")] = [],  # noqa: B006
    partitions: Annotated[
        bool, Label("Columns from folders"), Help("Of paths such as year=2024/a.csv."), When(read="Files")
    ] = False,
    most_rows: Annotated[int, Range(0, 10**12), Label("At most so many rows"), Help("0 takes all.")] = 0,
) -> Annotated[pl.DataFrame, Label("Dataset")]:
    if read == "Web address":
        frame = parse(fetch(url), url.partition("?")[0], format, has_header, columns)
    elif datastore is None:
        raise ModuleError(3, "No datastore is chosen.", "Choose one, or register one on the page Datastores.")
    elif read == "Files":
        frame = from_files(datastore, path, format, has_header, columns, partitions)
    else:
        if not (table if read == "Table" else query).strip():
            raise ModuleError(3, f"The {read.lower()} is empty.", "Enter it.")
        found = datastore.read_table(table=table.strip()) if read == "Table" else datastore.read_table(query=query)
        made = pl.from_arrow(found)
        assert isinstance(made, pl.DataFrame)
        frame = chosen(made, columns, table or "the query")
    return frame.head(most_rows) if most_rows else frame


def from_files(
    datastore: Datastore, path: str, format: str, has_header: bool, columns: list[str], partitions: bool
) -> pl.DataFrame:
    if not path.strip():
        raise ModuleError(3, "The path is empty.", "Name a file, a folder or a pattern.")
    found = datastore.find(path.strip())
    if not found:
        raise ModuleError(3, f'Nothing in "{datastore.name}" fits {path}.', "Look at the path on the page Datastores.")
    frames: list[pl.DataFrame] = []
    for file in found:
        with datastore.open(file.path) as data:
            folders = of_folders(file.path) if partitions else {}
            wanted = [name for name in columns if name not in folders]
            frame = parse(data, file.path, format, has_header, wanted)
        frame = frame.with_columns(
            **{name: pl.lit(value) for name, value in folders.items() if not columns or name in columns}
        )
        if frames and frame.columns != frames[0].columns:
            odd = sorted(set(frame.columns) ^ set(frames[0].columns)) or frame.columns
            raise ModuleError(
                49, f"{file.path} has other columns than {found[0].path}: {', '.join(odd[:5])}.",
                "Name a pattern that fits files of one kind only.",
            )  # fmt: skip
        frames.append(frame)
    return pl.concat(frames, how="vertical_relaxed")


def of_folders(path: str) -> dict[str, Any]:
    parts = [part.partition("=") for part in path.split("/")[:-1] if "=" in part]
    return {
        name: int(value) if value.isascii() and value.isdigit() and str(int(value)) == value else value
        for name, _, value in parts
    }


def fetch(url: str) -> io.BytesIO:
    if not url.startswith(("http://", "https://")):
        raise ModuleError(3, f"{url[:100]!r} is not a web address.", "It begins with http:// or https://.")
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - looked at above
            return io.BytesIO(answer.read())
    except urllib.error.HTTPError as problem:
        raise ModuleError(3, f"{url} answers {problem.code} {problem.reason}.", "Look at the address.") from problem
    except OSError as problem:
        raise ModuleError(
            3, f"{url} cannot be reached: {getattr(problem, 'reason', problem)}.", "Look at the address."
        ) from problem


def parse(data: Any, name: str, format: str, has_header: bool, columns: list[str]) -> pl.DataFrame:
    last = name.rpartition("/")[2].lower()
    kind = SUFFIXES.get("." + last.rpartition(".")[2], "") if format == "By name" else format
    if not kind:
        raise ModuleError(3, f"The format of {name} cannot be told from its name.", "Choose the file format.")
    try:
        if kind == "Parquet":
            return pl.read_parquet(data, columns=columns or None)
        if kind == "Arrow":
            frame = pl.read_ipc(data)
        elif kind == "JSON lines":
            frame = pl.read_ndjson(data)
        elif kind == "Excel":
            frame = pl.read_excel(io.BytesIO(data.read()), has_header=has_header)
        else:
            frame = pl.read_csv(
                data.read(), separator="\t" if kind == "TSV" else ",", has_header=has_header, infer_schema_length=10_000,
                try_parse_dates=True, encoding="utf8",
            )  # fmt: skip
    except pl.exceptions.ColumnNotFoundError as problem:
        raise ModuleError(
            3, f"{name} lacks a column: {str(problem).splitlines()[0]}.", "Look at the names of the columns."
        ) from problem
    except (pl.exceptions.PolarsError, ValueError, UnicodeDecodeError) as problem:
        said = str(problem).splitlines()[0][:200] if str(problem) else type(problem).__name__
        raise ModuleError(
            49, f"{name} cannot be read as {kind}: {said}", "Choose another format, or mend the file."
        ) from problem
    return chosen(frame, columns, name)


def chosen(frame: pl.DataFrame, columns: list[str], name: str) -> pl.DataFrame:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise ModuleError(3, f"{name} has no column {missing[0]!r}.", f"It has: {', '.join(frame.columns[:20])}.")
    return frame.select(columns) if columns else frame
