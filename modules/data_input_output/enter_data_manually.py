# /// script
# dependencies = ["polars>=1.30"]
# ///
"""Enter Data Manually

Makes a small table from text that you type or paste.

Use it for look-up tables, for a few test rows, or to try a pipeline before the real data is there.

| Format | The text |
| --- | --- |
| CSV, TSV | values between commas or tabs; `"` quotes a value that holds one; an empty value is missing |
| ARFF | `@attribute` lines and, after `@data`, the rows; `?` is missing; nominal attributes become categories |
| SvmLight | a label, then `index:value` pairs; what a row does not name is 0 |

Types are found from the values: whole numbers, numbers, `true`/`false`, ISO dates and times, else text. Numbers with
leading zeros, such as `00712`, stay text. Without a header the columns are called `Col1`, `Col2` ... Blank lines do
not count.

*Example:*

    make,doors,price
    audi,4,13950
    bmw,2,16430
"""

import csv
import io
import math
import re
from collections.abc import Sequence
from typing import Annotated, Literal

import polars as pl

from designer.module import Code, Help, Label, ModuleError, Role, When, with_roles

CATEGORY = "Data Input and Output"
TAGS = ("csv", "tsv", "arff", "svmlight", "paste", "type")

MOST_COLUMNS = 10_000


def run(
    *,
    format: Annotated[Literal["CSV", "TSV", "ARFF", "SvmLight"], Label("Data format")] = "CSV",
    has_header: Annotated[
        bool, Label("Has header"), Help("The first line names the columns."), When(format=("CSV", "TSV"))
    ] = True,
    data: Annotated[Code, Label("Data"), Help("text")],
) -> Annotated[pl.DataFrame, Label("Dataset")]:
    if not data.strip():
        raise ModuleError(3, "There is no data.", "Type or paste at least one row.")
    if format == "ARFF":
        return _read_arff(data)
    if format == "SvmLight":
        return _read_svmlight(data)
    return _read_separated(data, "," if format == "CSV" else "\t", has_header)


def _read_separated(text: str, separator: str, has_header: bool) -> pl.DataFrame:
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=separator, strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        for row in reader:
            if row:
                rows.append([value.strip() for value in row])
                lines.append(reader.line_num)
    except csv.Error as problem:
        raise ModuleError(49, f"Line {reader.line_num} cannot be read: {problem}.", "Check its quotes.") from problem
    while rows and not any(rows[-1]):
        rows.pop()
    if not rows:
        raise ModuleError(3, "There is no data.", "Type or paste at least one row.")
    width = len(rows[0])
    for row, line in zip(rows, lines, strict=False):
        if len(row) != width:
            raise ModuleError(
                49, f"Line {line} has {_count(len(row), 'value')}, the first line has {width}.",
                f"Give each line {width}, and put quotes around a value that holds the separator.",
            )  # fmt: skip
    names = [value or f"Col{place}" for place, value in enumerate(rows.pop(0), start=1)] if has_header else []
    names = names or [f"Col{place}" for place in range(1, width + 1)]
    _check_names(names)
    return pl.DataFrame([_typed(name, [row[place] for row in rows]) for place, name in enumerate(names)])


def _typed(name: str, values: Sequence[str]) -> pl.Series:
    """The column in the narrowest type that fits all of its values."""
    text = pl.Series(name, [value or None for value in values], dtype=pl.String)
    if text.null_count() == len(text):
        return text
    if not text.str.contains(r"^[+-]?0\d").any():
        if text.str.contains(r"^[+-]?\d+$").all():
            whole = text.cast(pl.Int64, strict=False)
            if whole.null_count() == text.null_count():
                return whole
        number = text.cast(pl.Float64, strict=False)
        if number.null_count() == text.null_count():
            return number.fill_nan(None)
    lower = text.str.to_lowercase()
    if lower.is_in(["true", "false"]).all():
        return lower == "true"
    if text.str.contains(r"^\d{4}-\d\d-\d\d$").all():
        day = text.str.to_date("%Y-%m-%d", strict=False)
        if day.null_count() == text.null_count():
            return day
    if text.str.contains(r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?$").all():
        moment = text.str.replace("T", " ").str.to_datetime(strict=False, time_unit="us")
        if moment.null_count() == text.null_count():
            return moment
    return text


_ATTRIBUTE = re.compile(r"""@attribute\s+('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\S+)\s+(.+)""", re.IGNORECASE)
_VALUE = re.compile(r"""\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^,]*?)\s*(,|$)""")
_DATE_PARTS = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S", "'": ""}


def _read_arff(text: str) -> pl.DataFrame:
    """The table of an ARFF text, with dense or sparse (`{1 x, 3 y}`) rows."""
    names: list[str] = []
    kinds: list[str] = []
    rows: list[list[str | None]] = []
    in_data = False
    for line, content in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        content = content.strip()
        if not content or content.startswith("%"):
            continue
        if in_data:
            rows.append(_arff_row(content, kinds, line))
        elif content.lower().startswith("@attribute"):
            found = _ATTRIBUTE.fullmatch(content)
            if not found:
                raise ModuleError(49, f"Line {line} is not an attribute: {content[:80]}", "Write: @attribute name type")
            names.append(_unquoted(found[1]))
            kinds.append(found[2].strip())
        elif content.lower().startswith("@data"):
            in_data = True
        elif not content.lower().startswith("@relation"):
            raise ModuleError(
                49, f"Line {line} is not ARFF: {content[:80]}", "Before @data come @relation and @attribute."
            )
    if not names or not in_data:
        missing = "@data line" if names else "@attribute line"
        raise ModuleError(49, f"The text has no {missing}.", "Choose CSV if it has no such lines.")
    _check_names(names)
    columns = [_arff_column(name, kind, [row[place] for row in rows])
               for place, (name, kind) in enumerate(zip(names, kinds, strict=True))]  # fmt: skip
    roles = {name: Role(categorical=True) for name, kind in zip(names, kinds, strict=True) if kind.startswith("{")}
    return with_roles(pl.DataFrame(columns), roles)


def _arff_row(content: str, kinds: Sequence[str], line: int) -> list[str | None]:
    if content.startswith("{"):
        row: list[str | None] = [_nominal_values(kind)[0] if kind.startswith("{") else "0" for kind in kinds]
        for pair in _split(content.strip("{} \t")):
            place, _, value = pair.strip().partition(" ")
            if not place.isdigit() or int(place) >= len(kinds):
                raise ModuleError(49, f'Line {line}: "{pair}" is not an index below {len(kinds)} and a value.')
            row[int(place)] = None if value.strip() == "?" else _unquoted(value.strip())
        return row
    values = _split(content)
    if len(values) != len(kinds):
        raise ModuleError(49, f"Line {line} has {_count(len(values), 'value')} for {_count(len(kinds), 'attribute')}.",
                          "Put quotes around a value that holds a comma.")  # fmt: skip
    return [None if value == "?" else _unquoted(value) for value in values]


def _arff_column(name: str, kind: str, values: Sequence[str | None]) -> pl.Series:
    text = pl.Series(name, values, dtype=pl.String)
    word = kind.split()[0].lower()
    if word in ("numeric", "real", "integer"):
        number = text.cast(pl.Float64, strict=False)
        _require(text, number.is_not_null(), f"not a number, which attribute {name} is")
        return number.cast(pl.Int64) if word == "integer" and (number.drop_nulls() % 1 == 0).all() else number
    if word == "date":
        form = _unquoted(kind[4:].strip()) or "yyyy-MM-dd'T'HH:mm:ss"
        for java, python in _DATE_PARTS.items():
            form = form.replace(java, python)
        moment = text.str.to_datetime(form, strict=False) if "%H" in form else text.str.to_date(form, strict=False)
        _require(text, moment.is_not_null(), f"not a date of the form {form}")
        return moment
    if kind.startswith("{"):
        allowed = _nominal_values(kind)
        _require(text, text.is_in(allowed), f"not one of the values of {name}: {', '.join(allowed)}")
    elif word != "string":
        raise ModuleError(49, f'Attribute {name} has the type "{kind}", which is not known.',
                          "Use numeric, integer, real, string, date or {a, b}.")  # fmt: skip
    return text


def _require(text: pl.Series, readable: pl.Series, problem: str) -> None:
    """Name the first value that is there and cannot be read."""
    bad = text.filter(text.is_not_null() & ~readable)
    if len(bad):
        raise ModuleError(49, f'"{bad[0]}" is {problem}.', "Correct the value, or write ? for a missing one.")


def _nominal_values(kind: str) -> list[str]:
    return [_unquoted(value) for value in _split(kind.strip("{} \t"))]


def _split(text: str) -> list[str]:
    """The parts between commas, where quotes guard commas; parts keep their quotes."""
    parts = []
    position = 0
    while True:
        found = _VALUE.match(text, position)
        if not found:
            raise ModuleError(49, f"A quote does not close in: {text[:80]}")
        parts.append(found[1])
        if not found[2]:
            return parts
        position = found.end()


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] in "'\"" and value[-1] == value[0]:
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return value


def _read_svmlight(text: str) -> pl.DataFrame:
    labels: list[float] = []
    queries: list[int | None] = []
    rows: list[dict[int, float]] = []
    for line, content in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        parts = content.partition("#")[0].split()
        if not parts:
            continue
        try:
            labels.append(float(parts.pop(0)))
            queries.append(int(parts.pop(0)[4:]) if parts and parts[0].startswith("qid:") else None)
            pairs = [part.split(":") for part in parts]
            row = {int(index): float(value) for index, value in pairs}
        except ValueError as problem:
            raise ModuleError(49, f"Line {line} is not SvmLight: {content[:80]}",
                              "Write a number, then pairs such as 3:0.5, with a space between them.") from problem  # fmt: skip
        if len(row) < len(pairs) or any(not 1 <= index <= MOST_COLUMNS for index in row):
            raise ModuleError(8, f"Line {line} has an index that is outside 1 to {MOST_COLUMNS:,}, or there twice.")
        rows.append(row)
    if not rows:
        raise ModuleError(3, "There is no data.", "Type or paste at least one row.")
    whole = all(math.isfinite(label) and label == int(label) for label in labels)
    columns = [pl.Series("Label", [int(label) for label in labels] if whole else labels)]
    if any(query is not None for query in queries):
        columns.append(pl.Series("qid", queries, dtype=pl.Int64))
    for index in range(1, max((max(row, default=0) for row in rows), default=0) + 1):
        columns.append(pl.Series(f"Col{index}", [row.get(index, 0.0) for row in rows], dtype=pl.Float64))
    return with_roles(pl.DataFrame(columns), {"Label": Role("label")})


def _check_names(names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ModuleError(28, f'Two columns are called "{name}".', "Give each column its own name.")
    if len(names) > MOST_COLUMNS:
        raise ModuleError(8, f"{len(names):,} columns are more than {MOST_COLUMNS:,}.", "Upload the data as a dataset.")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
