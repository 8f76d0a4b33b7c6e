"""Columns of uploaded files: their names, and the types of their texts, decided by all values and not by the first ones."""

import re

from designer.launcher.failures import Failure

TYPE_CHECKING = False  # the real one would import typing, which costs a step milliseconds
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

SAMPLE = 1000

FEW = 20
"""Up to so many different texts in a column of numbers are named in a note."""

NUMBER = re.compile(r"\s*[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?%?\s*")
DATE = re.compile(r"\s*(\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4})([ T]\d{1,2}:\d{2}.*)?\s*")
DOTTED = re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}")
YEAR = re.compile(r"(1[89]|20|21)\d\d")

DATETIMES = (
    "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f%#z",
)  # fmt: skip


def names_of(given: "Sequence[Any]", header: bool) -> tuple[list[str], list[str]]:
    """Unique, non-empty names for columns, and notes on what was changed."""
    if not header:
        return [f"Col{index}" for index in range(1, len(given) + 1)], []
    names: list[str] = []
    notes: list[str] = []
    plain = [str(name or "").strip() for name in given]
    taken = set(plain)
    for index, name in enumerate(plain, 1):
        unique = name or f"Column{index}"
        if name and name not in names:
            names.append(name)
            continue
        base, number = unique, 2
        while unique in names or (unique in taken and (name or number > 2)) or (not name and unique in taken):
            unique = f"{base}_{number}"
            number += 1
        names.append(unique)
        notes.append(
            f'Column {index} is named "{unique}": ' + (f'"{name}" is there already.' if name else "it had no name.")
        )
    return names, notes


def looks_like_header(rows: "Sequence[Sequence[str]]") -> bool:
    """Whether the first of these rows names the columns."""
    if not rows:
        return True
    first, body = rows[0], rows[1:]
    cells = [cell.strip() for cell in first]
    values = [_is_value(cell) for cell in cells]
    if not any(values):
        return any(cells)
    for index, value in enumerate(values):
        below = [row[index].strip() for row in body if index < len(row) and row[index].strip()]
        if cells[index] and not value and below and all(_is_value(one) for one in below):
            return True  # a word above numbers
    years = [cell for cell, value in zip(cells, values, strict=True) if value]
    return (
        len(years) > 1
        and len(set(years)) == len(years)
        and all(YEAR.fullmatch(one) for one in years)
        and not all(values)
    )


def _is_value(cell: str) -> bool:
    return bool(NUMBER.fullmatch(cell) or DATE.fullmatch(cell)) or cell.lower() in ("true", "false")


def typed(column: "Any", decimal_comma: bool) -> "tuple[Any, str]":
    """A column of texts in the narrowest type that all its values have, and a note where that may surprise."""
    import polars as pl

    texts = column.str.strip_chars()
    texts = texts.set(texts == "", None) if bool((texts == "").any()) else texts
    known = texts.drop_nulls()
    if known.is_empty():
        return column, ""
    kinds = _candidates(known.head(SAMPLE).to_list(), decimal_comma)
    note = ""
    for kind in kinds:
        if kind == "number" and decimal_comma and bool(known.str.contains(",", literal=True).any()):
            if bool(known.str.contains(r"^[+-]?\d+(,\d+)?$").all()):
                return texts.str.replace(",", ".", literal=True).cast(pl.Float64), "decimal commas were read as numbers"
            continue
        changed = _as(texts, kind)
        lost = changed.null_count() - texts.null_count()
        if lost == 0 and kind == "integer":
            if bool(known.str.contains(r"^[+-]?0\d").any()):
                return column, "numbers with leading zeros, so it stays text"
            return changed, ""
        if lost == 0 and kind == "number":
            if bool(known.str.contains(r"^[+-]?\d+$").all()):
                return column, "whole numbers too large for 64 bits, so it stays text"
            return changed, ""
        if lost == 0:
            return changed, "read as dates: day, month, year" if kind == "dotted" else ""
        if kind == "number":
            others = texts.filter(changed.is_null() & texts.is_not_null())
            different = others.unique(maintain_order=True)
            if different.len() <= FEW and others.len() < known.len() / 2 and different.str.len_chars().max() <= 20:
                shown = ", ".join(f'"{one}"' for one in different.head(5)) + (", ..." if different.len() > 5 else "")
                note = f"numbers, but for {shown} ({others.len():,} rows), so it stays text"
    return column, note


def _candidates(sample: "list[str]", decimal_comma: bool) -> tuple[str, ...]:
    """The types worth trying, judged by the first values; most of a sample must fit for a type to be tried at all."""
    low = {one.lower() for one in sample[:50]}
    if low <= {"true", "false"}:
        return ("boolean",)
    fitting = sum(
        1 for one in sample if NUMBER.fullmatch(one) or one.lower().lstrip("+-") in ("nan", "inf", "infinity")
    )
    if fitting * 2 >= len(sample):
        return ("integer", "number")
    if all(re.match(r"\d{4}-\d{2}-\d{2}", one) for one in sample[:50]):
        return ("date", "datetime")
    if all(DOTTED.fullmatch(one) for one in sample[:50]):
        return ("dotted",)
    return ()


def _as(texts: "Any", kind: str) -> "Any":
    """The texts in a type; what is not of it becomes null."""
    import polars as pl

    if kind == "integer":
        return texts.str.strip_prefix("+").cast(pl.Int64, strict=False)
    if kind == "number":
        return texts.str.strip_prefix("+").cast(pl.Float64, strict=False)
    if kind == "boolean":
        low = texts.str.to_lowercase()
        return (
            pl.select(pl.when(low == "true").then(True).when(low == "false").then(False)).to_series().alias(texts.name)
        )
    if kind == "date":
        whole = texts.str.len_chars() == 10
        return texts.set(~whole, None).str.to_date("%Y-%m-%d", strict=False)
    if kind == "dotted":
        whole = texts.str.contains(f"^{DOTTED.pattern}$")
        return texts.set(~whole, None).str.to_date("%d.%m.%Y", strict=False)
    best = None
    for form in DATETIMES:
        zoned = form.endswith("z")
        source = texts.str.replace("[Zz]$", "+00:00") if zoned else texts
        try:
            found = source.str.to_datetime(form, strict=False, time_unit="us", time_zone="UTC" if zoned else None)
        except pl.exceptions.PolarsError:
            continue
        if best is None or found.null_count() < best.null_count():
            best = found
        if best.null_count() == texts.null_count():
            break
    return best if best is not None else texts.clear().extend_constant(None, texts.len()).cast(pl.Datetime("us"))


def infer(frame: "Any", decimal_comma: bool, notes: list[str], skip: "Sequence[str]" = ()) -> "Any":
    """The frame with each text column in its type."""
    import polars as pl

    done = []
    for column in frame.get_columns():
        note = ""
        if column.dtype == pl.String and column.name not in skip:
            column, note = typed(column, decimal_comma)
        if note:
            notes.append(f'Column "{column.name}": {note}.')
        done.append(column)
    return pl.DataFrame(done)


def apply_types(frame: "Any", types: "dict[str, Any]", name: str) -> "Any":
    """The frame with columns in the types a person chose. Raises `Failure` naming the first row that does not fit."""
    import polars as pl

    kinds = ("string", "integer", "number", "boolean", "date", "datetime")
    for column_name, kind in types.items():
        if column_name not in frame.columns:
            raise Failure(
                "IngestFailed", f'{name} has no column "{column_name}".', f"It has: {', '.join(frame.columns[:20])}."
            )
        if kind not in kinds:
            raise Failure("IngestFailed", f'"{kind}" is not a type.', f"It is one of: {', '.join(kinds)}.")
        column = frame[column_name]
        if kind == "string":
            changed = column if column.dtype == pl.String else column.cast(pl.String)
        else:
            texts = (column if column.dtype == pl.String else column.cast(pl.String)).str.strip_chars()
            texts = texts.set(texts == "", None)
            changed = _as(texts, str(kind))
            bad = (changed.is_null() & texts.is_not_null()).arg_max()
            if changed.null_count() > texts.null_count() and bad is not None:
                raise Failure(
                    "IngestFailed", f'{name}: row {bad + 1} of column "{column_name}" is {texts[bad]!r:.80}, which is no {kind}.',
                    "Read the column as string, or correct the file.",
                )  # fmt: skip
        frame = frame.with_columns(changed.alias(column_name))
    return frame
