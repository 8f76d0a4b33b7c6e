"""Jobs of kind `preview`: what people look at of an artifact, as JSON. Only here, in a step's process, are artifacts opened."""

import json
import math
import os

from designer.launcher import tables, values
from designer.launcher.failures import Failure

TYPE_CHECKING = False  # the real one would import typing, which costs a step milliseconds
if TYPE_CHECKING:
    from typing import Any

MOST_ROWS = 1_000
MOST_CELL = 200
MOST_PROFILED = 500
"""Columns beyond these are listed without statistics."""

BINS = 20
TOP = 10
TEXT_HEAD = 16 * 1024
MOST_FILES = 1_000
MOST_ITEMS = 1_000


def run(job: "dict[str, Any]", folder: str) -> "dict[str, Any]":
    """Do the job; return the outcome."""
    options = job.get("options") or {}
    type_, path = str(options.get("type")), str(options.get("path"))
    if not os.path.exists(path):
        raise Failure("InputDamaged", "The artifact is not there.", "Run the step that made it again.")
    if type_ == "table":
        limit = max(0, min(int(options.get("limit", MOST_ROWS)), MOST_ROWS))
        shown = of_table(path, limit, max(0, int(options.get("offset", 0))))
    elif type_ in values.MODELS:
        shown = of_object(values.unpickle(path))
    elif type_ in values.JSONS:
        with open(path, "rb") as file:
            shown = json.loads(file.read())
    else:
        shown = of_files(path, str(options.get("name") or ""))
    entry = values.write_json(shown, os.path.join(folder, "out", "preview.json"))
    return {"outputs": {"preview": {"type": "metrics", "path": "out/preview.json", **entry}}}


# Tables


def of_table(path: str, limit: int, offset: int) -> "dict[str, Any]":
    """Schema, statistics per column, and some rows."""
    import polars as pl

    table = tables.open_table(path)
    roles = tables.roles_in(table.schema)
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    described = tables.columns(frame, table.schema, roles)
    columns = [
        {**about, **(profile(frame[about["name"]], about["type"]) if index < MOST_PROFILED else {})}
        for index, about in enumerate(described)
    ]
    window = frame.slice(offset, limit)
    cells = [[cell(value) for value in column.to_list()] for column in window.get_columns()]
    rows = [list(row) for row in zip(*cells, strict=True)] if cells else []
    return {
        "format": "designer.table/1",
        "rows": frame.height,
        "columns": columns,
        "head": {"offset": offset, "rows": rows},
    }


def profile(column: "Any", type_: str) -> "dict[str, Any]":
    """Missing, unique, and what else fits the type."""
    import polars as pl

    dtype = column.dtype
    about: dict[str, Any] = {"missing": column.null_count()}
    if dtype.is_float():
        about["missing"] += int(column.is_nan().sum() or 0)
    if dtype.is_nested() or dtype in (pl.Binary, pl.Object, pl.Null):
        return about
    about["unique"] = (column.drop_nans() if dtype.is_float() else column).drop_nulls().n_unique()
    if dtype.is_numeric():
        about |= _numbers(column, about["unique"])
    elif dtype in (pl.Date, pl.Datetime):
        about |= _dates(column)
    elif dtype in (pl.Time, pl.Duration):
        about |= {"min": cell(column.min()), "max": cell(column.max())}
    if not dtype.is_numeric() or about["unique"] <= 2 * TOP:
        about["top"] = _top(column)
    return about


def _numbers(column: "Any", unique: int) -> "dict[str, Any]":
    import polars as pl

    numbers = column.drop_nulls()
    exact = numbers.dtype.is_integer()
    wide = numbers.cast(pl.Float64)
    finite = wide.filter(wide.is_finite())
    if finite.is_empty():
        return {"min": None, "max": None, "mean": None, "std": None}
    whole = numbers if exact else finite
    return {
        "min": cell(whole.min()), "max": cell(whole.max()), "mean": cell(finite.mean()), "std": cell(finite.std()),
        "quantiles": {str(share): cell(finite.quantile(share, "linear")) for share in (0.25, 0.5, 0.75)},
        "histogram": histogram(finite, unique if exact else None),
    }  # fmt: skip


def _dates(column: "Any") -> "dict[str, Any]":
    import polars as pl

    known = column.drop_nulls()
    if known.is_empty():
        return {"min": None, "max": None}
    moments = known.cast(pl.Datetime("ms", getattr(known.dtype, "time_zone", None))).cast(pl.Int64).cast(pl.Float64)
    return {"min": cell(known.min()), "max": cell(known.max()), "histogram": histogram(moments, None)}


def histogram(numbers: "Any", unique: int | None) -> "dict[str, Any]":
    """Edges and counts of bins of one width; whole numbers of a small range get a bin each."""
    import numpy as np

    found = numbers.to_numpy()
    low, high = float(found.min()), float(found.max())
    span = high - low
    if span == 0 or not math.isfinite(span):
        return {"edges": [cell(low - 0.5), cell(high + 0.5)], "counts": [len(found)]}
    bins = BINS
    if unique is not None and span < BINS:
        low, high, bins = low - 0.5, high + 0.5, int(span) + 1
    try:
        counts, edges = np.histogram(found, bins=bins, range=(low, high))
    except ValueError:  # the span is so small that the edges would not differ
        return {"edges": [cell(low), cell(high)], "counts": [len(found)]}
    return {"edges": [cell(float(edge)) for edge in edges], "counts": [int(count) for count in counts]}


def _top(column: "Any") -> "list[list[Any]]":
    """The most frequent values, then by value, so that the same table gives the same preview."""
    counted = (
        column.drop_nulls()
        .rename("value")
        .value_counts(name="count")
        .sort(["count", "value"], descending=[True, False])
    )
    return [[cell(value), count] for value, count in counted.head(TOP).iter_rows()]


def cell(value: "Any") -> "Any":
    """One value as strict JSON: what a person would read in a table."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= 2**53 else str(value)
    if isinstance(value, float):
        return (
            value
            if math.isfinite(value)
            else ("NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity")
        )
    if isinstance(value, str):
        return cut(value)
    if isinstance(value, bytes):
        return f"<{len(value):,} bytes>"
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, dict | list | tuple):
        return cut(json.dumps(_inside(value), ensure_ascii=False, default=str))
    return cut(str(value))


def _inside(value: "Any") -> "Any":
    if isinstance(value, dict):
        return {str(key): _inside(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_inside(item) for item in value[: MOST_CELL + 1]]
    return cell(value)


def cut(text: str) -> str:
    """A text of at most 200 characters that strict JSON can carry."""
    text = text if len(text) <= MOST_CELL else text[: MOST_CELL - 1] + "…"
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


# Models and transformations


def of_object(value: "Any") -> "dict[str, Any]":
    """What can be said of a learner, a model or a transformation: named texts, and tables of numbers."""
    estimator = getattr(value, "estimator", None)
    title = str(getattr(value, "name", "") or "") or type(estimator if estimator is not None else value).__name__
    items: list[list[str]] = []
    for key, name in (("task", "Task"), ("label", "Label"), ("description", "Description")):
        if getattr(value, key, None):
            items.append([name, cut(str(getattr(value, key)))])
    for key, name in (("features", "Features"), ("classes", "Classes"), ("columns", "Columns")):
        held = getattr(value, key, None)
        texts = [str(one) for one in held] if held is not None else []
        if texts:
            items.append([f"{name} ({len(texts):,})", cut(", ".join(texts))])
    if estimator is not None:
        steps = [step for _, step in getattr(estimator, "steps", None) or [("", estimator)]]
        items.append(["Learner", " → ".join(type(step).__name__ for step in steps)])
        items += [[f"Parameter {name}", text] for name, text in _parameters(_last(estimator))]
        ranges = getattr(value, "ranges", None) or {}
        items += [[f"Range of {name}", cut("; ".join(map(str, listed)))] for name, listed in ranges.items()]
    names = [str(name) for name in getattr(value, "features", None) or []]
    found = {"coefficients": _coefficients(estimator, names), "importances": _importances(estimator, names)}
    return {
        "format": "designer.value/1", "title": cut(title), "items": items[:MOST_ITEMS],
        **{key: rows for key, rows in found.items() if rows},
    }  # fmt: skip


def _parameters(estimator: "Any") -> "list[tuple[str, str]]":
    try:
        found = estimator.get_params(deep=False)
    except Exception:  # noqa: BLE001 - an estimator of a module's own need not have it
        return []
    return [(str(name), cut(repr(value))) for name, value in sorted(found.items())]


def _last(estimator: "Any") -> "Any":
    """The estimator at the end of a scikit-learn pipeline."""
    steps = getattr(estimator, "steps", None)
    return steps[-1][1] if isinstance(steps, list) and steps else estimator


def _coefficients(estimator: "Any", names: list[str]) -> "list[list[Any]]":
    """Name and weight of a linear model; one row per class and feature where there are several classes."""
    import numpy as np

    inner = _last(estimator)
    weights = getattr(inner, "coef_", None)
    if weights is None or not isinstance(weights, np.ndarray):
        return []
    table = np.atleast_2d(weights)
    labels = [str(label) for label in getattr(inner, "classes_", [])]
    intercepts = np.atleast_1d(getattr(inner, "intercept_", 0.0))
    rows: list[list[Any]] = []
    for index, line in enumerate(table):
        prefix = f"{labels[index]}: " if len(table) > 1 and index < len(labels) else ""
        if index < len(intercepts):
            rows.append([f"{prefix}(intercept)", cell(float(intercepts[index]))])
        known = names if len(names) == len(line) else _names(estimator, len(line))
        rows += [[prefix + name, cell(float(weight))] for name, weight in zip(known, line, strict=True)]
    return rows[:MOST_ITEMS]


def _importances(estimator: "Any", names: list[str]) -> "list[list[Any]]":
    """Name and importance, the most important first."""
    import numpy as np

    try:
        found = getattr(_last(estimator), "feature_importances_", None)
    except Exception:  # noqa: BLE001 - a property that fails before fitting
        return []
    if found is None or not isinstance(found, np.ndarray):
        return []
    known = names if len(names) == len(found) else _names(estimator, len(found))
    rows = [[name, cell(float(weight))] for name, weight in zip(known, found, strict=True)]
    return sorted(rows, key=lambda row: (-row[1] if isinstance(row[1], float) else 0, row[0]))[:MOST_ITEMS]


def _names(estimator: "Any", count: int) -> list[str]:
    """The features as the last estimator of a pipeline sees them, else numbers."""
    try:
        found = [str(name) for name in estimator[:-1].get_feature_names_out()]
    except Exception:  # noqa: BLE001 - transformers need not offer names
        found = []
    return found if len(found) == count else [f"feature {index + 1}" for index in range(count)]


# Files and folders


def of_files(path: str, name: str) -> "dict[str, Any]":
    """The listing of a folder; of a file its size and, if it is text, how it begins."""
    if os.path.isdir(path):
        from designer.launcher import digests

        listed: list[list[Any]] = []
        total = count = 0
        for relative in sorted(digests.files(path)):
            size = os.stat(os.path.join(path, relative), follow_symlinks=False).st_size
            total += size
            count += 1
            if len(listed) < MOST_FILES:
                listed.append([cut(relative), size])
        return {"format": "designer.files/1", "files": count, "size": total, "listing": listed, "text": None}
    with open(path, "rb") as file:
        start = file.read(TEXT_HEAD)
    shown = cut(name or os.path.basename(path))
    size = os.path.getsize(path)
    return {"format": "designer.files/1", "files": 1, "size": size, "listing": [[shown, size]], "text": _head(start)}


def _head(start: bytes) -> str | None:
    """The beginning of a text; None for what is no text."""
    if b"\0" in start:
        return None
    try:
        return start.decode("utf-8")
    except UnicodeDecodeError as problem:
        if len(start) == TEXT_HEAD and problem.start >= len(start) - 4:
            return start[: problem.start].decode("utf-8")
        return None
