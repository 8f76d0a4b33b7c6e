"""Jobs of kind `ingest`: make a table of an uploaded file. It says what it took the file for, and every choice can be overridden."""

import json
import os

from designer.launcher import tables, values
from designer.launcher.failures import Failure

TYPE_CHECKING = False  # the real one would import typing, which costs a step milliseconds
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

MOST_COLUMNS = 10_000
MOST_CELL = 10 * 1024 * 1024
MOST_UNPACKED = 2 * 1024**3
MOST_ENTRIES = 10_000
RATIO = 100
RATIO_FROM = 10 * 1024 * 1024
"""Limits: columns, bytes of one cell, bytes and files inside an archive, and how much more they may be than the file."""

KIND = "IngestFailed"

_SUFFIXES = {
    ".csv": "csv", ".txt": "csv", ".tsv": "tsv", ".tab": "tsv", ".parquet": "parquet", ".pq": "parquet", ".jsonl": "jsonl",
    ".ndjson": "jsonl", ".json": "jsonl", ".xlsx": "excel", ".xlsm": "excel", ".xlsb": "excel", ".xls": "excel",
    ".ods": "excel", ".arrow": "arrow", ".feather": "arrow", ".ipc": "arrow",
}  # fmt: skip

_PACKED = {
    b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "Zstandard", b"\xfd7zXZ\x00": "xz", b"BZh": "bzip2", b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!": "RAR", b"%PDF-": "PDF", b"\x89PNG": "PNG image", b"\xff\xd8\xff": "JPEG image", b"GIF8": "GIF image",
    b"SQLite format 3\x00": "SQLite database", b"\x7fELF": "program",
}  # fmt: skip


def run(job: "dict[str, Any]", folder: str) -> "dict[str, Any]":
    """Do the job; return the outcome."""
    options = dict(job.get("options") or {})
    source = options.pop("source", None)
    more = {"source": _fetch(job, source, options, folder)} if source else {}
    frame, detected = read(options)
    detected |= more
    entry = values.write("data", "table", frame, os.path.join(folder, "out"), None, values.Roles())
    return {"outputs": {"data": entry}, "detected": {**detected, "rows": entry["rows"]}}


def _fetch(job: "dict[str, Any]", source: "dict[str, Any]", options: "dict[str, Any]", folder: str) -> "dict[str, Any]":
    """Fetch the file of a datastore into the job's own folder; the source, with the mark by which a change is noticed."""
    import shutil

    from designer.datastores.problems import StoreProblem
    from designer.launcher.parameters import datastore

    name, path = source["store"]["datastore"], source["path"]
    store = datastore("source", name, job.get("datastores") or {}, job.get("secrets") or {})
    try:
        mark = store.mark(path)
        options["path"] = os.path.join(folder, "work", "fetched")
        with store.open(path) as data, open(options["path"], "wb") as file:
            shutil.copyfileobj(data, file, 1 << 20)
    except StoreProblem as problem:
        raise Failure(KIND, f"{name}: {problem.message}", problem.cure) from problem
    return {**source, "mark": mark}


def read(options: "dict[str, Any]") -> "tuple[Any, dict[str, Any]]":
    """The table (of polars or pyarrow) in a file, and what the file was taken for. Raises `Failure`, and nothing else.

    Args:
        options: `path`, `name`, and where they are known `format`, `delimiter`, `encoding`, `header`, `quote`, `sheet`,
            `skip_rows`, `types` (column -> "integer", "number", "boolean", "date", "datetime" or "string").
    """
    path = str(options.get("path") or "")
    name = str(options.get("name") or os.path.basename(path))
    if not os.path.isfile(path):
        raise Failure(KIND, f"{name} is not a regular file.", "Upload a file; a folder becomes a File dataset.")
    if os.path.getsize(path) == 0:
        raise Failure(KIND, f"{name} is empty (0 bytes).", "Upload it again: the upload or the export was cut off.")
    format_ = options.get("format") or detect(path, name)
    detected: dict[str, Any] = {
        "format": format_, "delimiter": None, "encoding": None, "header": None, "quote": None, "sheet": None, "sheets": [],
        "rows": 0, "notes": [],
    }  # fmt: skip
    readers: dict[str, Callable[[str, str, dict[str, Any], dict[str, Any]], Any]] = {
        "csv": _read_delimited, "tsv": _read_delimited, "parquet": _read_parquet, "jsonl": _read_jsonl, "excel": _read_excel,
        "arrow": _read_arrow,
    }  # fmt: skip
    if format_ not in readers:
        raise Failure(KIND, f'"{format_}" is not a format that can be read.', f"It is one of: {', '.join(readers)}.")
    frame = readers[format_](path, name, options, detected)
    width = frame.num_columns if hasattr(frame, "num_columns") else frame.width
    if width > MOST_COLUMNS:
        raise Failure(
            KIND, f"{name} has {width:,} columns; at most {MOST_COLUMNS:,} can be read.", "Split it, or transpose it."
        )
    if width == 0:
        raise Failure(KIND, f"{name} has no columns.", "Check that it is the file you mean.")
    return frame, detected


def detect(path: str, name: str) -> str:
    """The format of a file, by its first bytes, else by its suffix, else CSV. Raises `Failure` for what is no table."""
    with open(path, "rb") as file:
        start = file.read(4096)
    if start.startswith(b"PAR1"):
        return "parquet"
    if start.startswith((b"ARROW1", b"\xff\xff\xff\xff")):
        return "arrow"
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
        return "excel"
    for magic, what in _PACKED.items():
        if start.startswith(magic):
            cure = "Upload a CSV, Excel, Parquet, JSON lines or Arrow file."
            if what in ("gzip", "Zstandard", "xz", "bzip2", "7z", "RAR"):
                cure = "Unpack it first, or register it as a File dataset."
            raise Failure(KIND, f"{name} is not a table but a {what} file.", cure)
    format_ = _SUFFIXES.get(os.path.splitext(name)[1].lower(), "csv")
    if format_ in ("parquet", "arrow", "excel"):
        raise Failure(KIND, f"{name} is named like {format_}, but does not begin like it: it is damaged at byte 0.",
                      "Upload it again, or say which format it has.")  # fmt: skip
    if format_ == "csv" and start.lstrip()[:1] == b"{" and b"\n" in start and b'"' in start:
        return "jsonl" if start.lstrip().startswith((b'{"', b"{ ")) else "csv"
    return format_


def _read_delimited(path: str, name: str, options: "dict[str, Any]", detected: "dict[str, Any]") -> "Any":
    from designer.launcher import delimited

    return delimited.read(path, name, options, detected)


def _read_parquet(path: str, name: str, options: "dict[str, Any]", detected: "dict[str, Any]") -> "Any":
    import pyarrow as pa
    import pyarrow.parquet

    try:
        about = pyarrow.parquet.read_metadata(path)
        unpacked = sum(about.row_group(index).total_byte_size for index in range(about.num_row_groups))
        if about.num_columns > MOST_COLUMNS:
            raise Failure(
                KIND, f"{name} has {about.num_columns:,} columns; at most {MOST_COLUMNS:,} can be read.", "Split it."
            )
        _refuse_bomb(name, os.path.getsize(path), unpacked)
        return _checked(pyarrow.parquet.ParquetFile(path).read())
    except (OSError, ValueError, pa.ArrowException, NotImplementedError) as problem:
        raise Failure(KIND, f"{name} is damaged or not Parquet: {_first_line(problem)}", AGAIN) from problem


def _read_arrow(path: str, name: str, options: "dict[str, Any]", detected: "dict[str, Any]") -> "Any":
    import pyarrow as pa
    import pyarrow.ipc

    try:
        with pa.memory_map(path) as source:
            try:
                table = pyarrow.ipc.open_file(source).read_all()
            except pa.ArrowInvalid:
                source.seek(0)
                table = pyarrow.ipc.open_stream(source).read_all()
            return _checked(table)
    except (OSError, ValueError, pa.ArrowException, NotImplementedError) as problem:
        raise Failure(KIND, f"{name} is damaged or not Arrow IPC: {_first_line(problem)}", AGAIN) from problem


def _checked(table: "Any") -> "Any":
    """The table, after a look at every offset in it, and without the columns' foreign metadata."""
    table.validate(full=True)
    roles = (table.schema.metadata or {}).get(tables.ROLES)
    return table.replace_schema_metadata({tables.ROLES: roles} if roles else None)


def _read_jsonl(path: str, name: str, options: "dict[str, Any]", detected: "dict[str, Any]") -> "Any":
    import polars as pl

    detected["encoding"] = "utf-8"
    records: list[Any] = []
    with open(path, "rb") as file:
        start = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
        file.seek(0)
        if start.startswith(b"["):
            records = _json(file.read(), name, 1, 0)
            if not isinstance(records, list):
                raise Failure(KIND, f"{name} is not a list of records.", "Write one JSON object per line.")
            detected["notes"].append("The file is one JSON array, not JSON lines; each element is a row.")
        else:
            offset = 0
            for number, line in enumerate(file, 1):
                if line.strip(b"\xef\xbb\xbf \t\r\n"):
                    records.append(_json(line, name, number, offset))
                offset += len(line)
    for number, record in enumerate(records, 1):
        if not isinstance(record, dict):
            raise Failure(
                KIND,
                f"{name}: record {number} is {type(record).__name__}, not an object.",
                "Write one JSON object per line.",
            )
        if len(record) > MOST_COLUMNS:
            raise Failure(
                KIND,
                f"{name}: record {number} has {len(record):,} fields; at most {MOST_COLUMNS:,} can be read.",
                "Split it.",
            )
    if not records:
        raise Failure(KIND, f"{name} has no records.", "Write one JSON object per line.")
    try:
        frame = pl.from_dicts(records, infer_schema_length=None, strict=True)
    except (pl.exceptions.PolarsError, TypeError, ValueError, OverflowError) as strict:
        try:
            frame = pl.from_dicts(
                [{key: _text(value) for key, value in one.items()} for one in records], infer_schema_length=None
            )
        except (pl.exceptions.PolarsError, TypeError, ValueError, OverflowError) as problem:
            raise Failure(
                KIND, f"{name} cannot be read as a table: {_first_line(problem)}", "Give each field one type."
            ) from problem
        detected["notes"].append(
            f"Fields hold values of several types, so all columns were read as text ({_first_line(strict)[:200]})."
        )
    return frame


def _text(value: "Any") -> "str | None":
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _json(data: bytes, name: str, line: int, offset: int) -> "Any":
    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=lambda _: None)
    except UnicodeDecodeError as problem:
        raise Failure(
            KIND, f"{name}: line {line} is not UTF-8 at byte {offset + problem.start}.", "Save it as UTF-8."
        ) from problem
    except RecursionError as problem:
        raise Failure(KIND, f"{name}: line {line} is nested too deeply.", "Flatten the records.") from problem
    except ValueError as problem:
        at = offset + getattr(problem, "pos", 0)
        raise Failure(
            KIND, f"{name}: line {line} is not JSON: {_first_line(problem)} (byte {at}).", "Correct that line."
        ) from problem


def _read_excel(path: str, name: str, options: "dict[str, Any]", detected: "dict[str, Any]") -> "Any":
    import fastexcel

    from designer.launcher import columns

    _check_archive(path, name)
    try:
        book = fastexcel.read_excel(path)
        sheets = list(book.sheet_names)
        sheet = options.get("sheet")
        if sheet is None:
            sheet = sheets[0] if sheets else ""
        elif isinstance(sheet, int) and not isinstance(sheet, bool) and 0 <= sheet < len(sheets):
            sheet = sheets[sheet]
        if sheet not in sheets:
            raise Failure(KIND, f'{name} has no sheet "{sheet}".', f"It has: {', '.join(sheets[:50])}.")
        skip = int(options.get("skip_rows") or 0)
        first = book.load_sheet(sheet, header_row=None, skip_rows=skip, n_rows=50, dtypes="string").to_polars()
        if first.width == 0 or first.height == 0:
            raise Failure(KIND, f'Sheet "{sheet}" of {name} is empty.', "Choose another sheet.")
        head = [list(row) for row in first.rows()]
        header = options.get("header")
        header = (
            columns.looks_like_header([[str(cell or "") for cell in row] for row in head])
            if header is None
            else bool(header)
        )
        loaded = book.load_sheet(sheet, header_row=None, skip_rows=skip + int(header), schema_sample_rows=None)
        frame = loaded.to_polars()
    except fastexcel.FastExcelError as problem:
        raise Failure(KIND, f"{name} cannot be read as a workbook: {_first_line(problem)}",
                      "Save it again as .xlsx without a password, or export the sheet as CSV.") from problem  # fmt: skip
    detected.update(sheet=sheet, sheets=sheets, header=header)
    frame = _excel_frame(frame, first, header)
    names, notes = columns.names_of(list(head[0]) if header else [None] * frame.width, header)
    frame.columns = names
    detected["notes"] += notes
    return columns.apply_types(frame, options.get("types") or {}, name)


def _excel_frame(frame: "Any", first: "Any", header: bool) -> "Any":
    """The sheet's columns as wide as its header, whole numbers as integers."""
    import polars as pl

    if header and frame.width < first.width:
        frame = frame.with_columns(
            pl.lit(None, pl.String).alias(f"missing {index}") for index in range(frame.width, first.width)
        )
    whole = []
    for column in frame.get_columns():
        if column.dtype == pl.Float64 and column.len() > column.null_count():
            known = column.drop_nulls()
            if (
                bool(known.is_finite().all())
                and bool((known.abs() < 2**53).all())
                and bool((known == known.round()).all())
            ):
                column = column.cast(pl.Int64)
        elif column.dtype == pl.Null:
            column = column.cast(pl.String)
        whole.append(column)
    return pl.DataFrame(whole) if whole else frame


def _check_archive(path: str, name: str) -> None:
    """Refuse a workbook that unpacks to much more than it is, before anything unpacks it."""
    import zipfile

    with open(path, "rb") as file:
        if file.read(2) != b"PK":
            return  # the old binary format, not an archive
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as problem:
        raise Failure(KIND, f"{name} is a damaged workbook: {_first_line(problem)}", AGAIN) from problem
    if len(entries) > MOST_ENTRIES:
        raise Failure(
            KIND, f"{name} is an archive of {len(entries):,} files, not a workbook.", "Upload the one you mean."
        )
    if not any(entry.filename.startswith("xl/") or entry.filename == "content.xml" for entry in entries):
        raise Failure(
            KIND, f"{name} is a zip archive, not a workbook.", "Unpack it first, or register it as a File dataset."
        )
    _refuse_bomb(name, os.path.getsize(path), sum(entry.file_size for entry in entries))


def _refuse_bomb(name: str, size: int, unpacked: int) -> None:
    if unpacked > max(RATIO_FROM, size * RATIO) or unpacked > max(MOST_UNPACKED, size * 20):
        raise Failure(KIND, f"{name} unpacks to {unpacked / 1024**2:,.0f} MB from {size / 1024**2:,.1f} MB, which is refused.",
                      "Export it again as CSV or Parquet.")  # fmt: skip


AGAIN = "Upload it again: the upload or the export was cut off. It can also be a format that this one is not."


def _first_line(problem: BaseException) -> str:
    text = str(problem).strip() or type(problem).__name__
    return text.splitlines()[0][:300]
