# /// script
# dependencies = ["polars>=1.30"]
# ///
"""Edit Metadata

Changes what is known of columns: their type, their role for learning, whether they are categories, their names.

Use it to make a number code such as a postcode a category, to mark the label or the features, to read dates out of
text, or to rename columns. The changes are made in this order: type, category, fields, names.

- *Categorical* columns are given to learners as categories, whatever their type.
- Where columns are marked as *Features*, learners read these only; else all columns but labels, scores and ids.
- *Clear features* keeps a column in the table but away from learners, as an id.
- To `Integer`, numbers lose what stands after the point. To `Boolean`, 0 is false, and text must be `true` or `false`.
- To `DateTime`, text is read by the format, such as `%d.%m.%Y %H:%M`, or as ISO date and time without one.

*Example:* make `num-of-doors` categorical and call it `doors`.
"""

import csv
from typing import Annotated, Literal

import polars as pl

from designer.module import Columns, Help, Label, ModuleError, Role, When, roles_of, with_roles

CATEGORY = "Data Transformation"
TAGS = ("rename", "type", "cast", "convert", "categorical", "label", "feature", "role")

FIELDS = {"Features": "feature", "Labels": "label", "Clear features": "id", "Clear labels": "", "Clear scores": ""}


def run(
    dataset: Annotated[pl.DataFrame, Label("Dataset")],
    *,
    columns: Annotated[Columns, Label("Column"), Help("The columns to change.")],
    data_type: Annotated[
        Literal["Unchanged", "String", "Integer", "Double", "Boolean", "DateTime"], Label("Data type")
    ] = "Unchanged",
    date_and_time_format: Annotated[
        str,
        Label("Date and time format"),
        Help("As in Python's strftime: %Y-%m-%d %H:%M:%S. Empty reads ISO dates and times."),
        When(data_type="DateTime"),
    ] = "",
    categorical: Annotated[
        Literal["Unchanged", "Make categorical", "Make non-categorical"], Label("Categorical")
    ] = "Unchanged",
    fields: Annotated[
        Literal["Unchanged", "Features", "Labels", "Clear features", "Clear labels", "Clear scores"],
        Label("Fields"),
        Help("What learners and scorers take the columns for."),
    ] = "Unchanged",
    new_column_names: Annotated[
        str, Label("New column names"), Help("As many as columns, between commas. Empty keeps the names.")
    ] = "",
) -> Annotated[pl.DataFrame, Label("Results dataset")]:
    chosen = columns.of(dataset)
    if not chosen:
        raise ModuleError(11, "The selection fits no column of the dataset.", "Choose at least one column.")
    result = dataset
    if data_type != "Unchanged":
        result = result.with_columns(_converted(result[name], data_type, date_and_time_format) for name in chosen)
    if categorical == "Make non-categorical":
        result = result.with_columns(
            result[name].cast(pl.String) for name in chosen if result[name].dtype in (pl.Categorical, pl.Enum)
        )
    roles = roles_of(dataset)
    for name in chosen:
        roles[name] = _changed(roles.get(name, Role()), categorical, fields)
    names = _new_names(new_column_names, chosen, dataset.columns)
    roles = {names.get(name, name): role for name, role in roles.items() if role != Role()}
    return with_roles(result.rename(names), roles)


def _changed(role: Role, categorical: str, fields: str) -> Role:
    """The role after the change."""
    kind, is_category, score, category = role.kind, role.categorical, role.score, role.category
    if categorical != "Unchanged":
        is_category = categorical == "Make categorical"
    if fields in ("Features", "Labels"):
        kind, score, category = FIELDS[fields], "", ""
    elif fields == "Clear features" and kind in ("", "feature"):
        kind = FIELDS[fields]
    elif (fields == "Clear labels" and kind == "label") or (fields == "Clear scores" and kind == "score"):
        kind, score, category = FIELDS[fields], "", ""
    return Role(kind, is_category, score, category)


def _new_names(text: str, chosen: list[str], all_names: list[str]) -> dict[str, str]:
    """The new name of each chosen column that gets one."""
    if not text.strip():
        return {}
    new = [name.strip() for name in next(csv.reader([text], skipinitialspace=True))]
    if len(new) != len(chosen):
        raise ModuleError(22, f"There are {len(new)} new names for {len(chosen)} columns.",
                          f"Name these, in this order: {', '.join(chosen)}.")  # fmt: skip
    names = dict(zip(chosen, new, strict=True))
    after = [names.get(name, name) for name in all_names]
    for name in new:
        if not name or after.count(name) > 1:
            problem = f'Two columns would be called "{name}"' if name else "A new name is empty"
            raise ModuleError(28, f"{problem}.", "Give each column its own name.")
    return names


_TYPES = {
    "String": pl.String,
    "Integer": pl.Int64,
    "Double": pl.Float64,
    "Boolean": pl.Boolean,
    "DateTime": pl.Datetime("us"),
}


def _converted(column: pl.Series, data_type: str, form: str) -> pl.Series:
    """The column in the wanted type. Raises `ModuleError` 42 that names the first value that does not fit."""
    kind = column.dtype
    if kind in (pl.Categorical, pl.Enum):
        column, kind = column.cast(pl.String), pl.String()
    if kind == _TYPES[data_type] or (data_type == "Integer" and kind.is_integer()):
        return column
    if kind == pl.Null:
        return column.cast(_TYPES[data_type])
    try:
        result = _convert(column, data_type, form)
    except pl.exceptions.PolarsError as problem:
        raise ModuleError(42, f'Column "{column.name}" of {kind} cannot be made {data_type}: {problem}') from problem
    if result is None:
        raise ModuleError(42, f'Column "{column.name}" of {kind} cannot be made {data_type}.', "Make it String first.")
    lost = column.is_not_null() & result.is_null()
    if kind.is_float():
        lost &= column.is_not_nan()
    if lost.any():
        row = lost.arg_max()
        cure = (
            "Give the format that the values have."
            if data_type == "DateTime"
            else "Clean or replace such values first."
        )
        raise ModuleError(
            42, f'Column "{column.name}" cannot be made {data_type}: row {row + 1} holds "{column[row]}".', cure
        )
    return result


def _convert(column: pl.Series, data_type: str, form: str) -> pl.Series | None:
    """The converted values, null where one does not fit; None where the types have nothing to do with each other."""
    kind = column.dtype
    if data_type == "String":
        return column.cast(pl.String)
    if data_type == "DateTime":
        if kind == pl.Date:
            return column.cast(pl.Datetime("us"))
        if kind == pl.Datetime:
            return (
                column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
                if kind.time_zone
                else column.dt.cast_time_unit("us")
            )
        if kind != pl.String and not (kind.is_integer() and form):
            return None
        return _moments(column.cast(pl.String).str.strip_chars(), form)
    if kind == pl.Boolean:
        return column.cast(_TYPES[data_type])
    if kind == pl.String:
        text = column.str.strip_chars()
        if data_type == "Boolean":
            words = {"true": True, "false": False, "1": True, "0": False}
            return text.str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.Boolean)
        number = text.cast(pl.Float64, strict=False)
        if data_type == "Double":
            return number
        return text.cast(pl.Int64, strict=False).fill_null(number.cast(pl.Int64, strict=False))
    if not kind.is_numeric():
        return None
    if data_type == "Boolean":
        return column.cast(pl.Boolean)
    return column.cast(_TYPES[data_type], strict=False)


def _moments(text: pl.Series, form: str) -> pl.Series:
    if not form:
        iso = text.str.replace("T", " ").str.replace(r"^(\d{4}-\d\d-\d\d)$", "$1 00:00:00")
        iso = iso.str.replace(r"^(.{13}:\d\d)$", "$1:00").str.replace("Z$", "")
        return iso.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False, time_unit="us")
    if any(part in form for part in ("%H", "%I", "%M", "%S", "%T", "%R", "%s", "%X", "%c", "%D %")):
        return text.str.to_datetime(form, strict=False, time_unit="us")
    return text.str.to_date(form, strict=False).cast(pl.Datetime("us"))
