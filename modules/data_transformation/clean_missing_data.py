# /// script
# dependencies = ["polars>=1.30"]
# ///
"""Clean Missing Data

Replaces missing values, or removes the rows or columns that hold them, and hands on the fitted cleaning for other data.

Use it before learners that cannot take missing values. A column is cleaned only if the share of its values that is
missing lies between the two ratios. Missing are nulls and NaN; an empty text is a value.

The *Cleaning transformation* repeats the same replacements, found in this dataset, on others (*Apply Transformation*).
It never removes rows: what is scored must keep its rows.

*Example:* replace with the median in `horsepower`, where 2 of 205 values are missing.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Literal

import polars as pl

from designer.module import Columns, Help, Label, ModuleError, Range, Role, Transformation, When, roles_of, with_roles

CATEGORY = "Data Transformation"
TAGS = ("impute", "null", "nan", "fill", "drop", "missing values")


def run(
    dataset: Annotated[pl.DataFrame, Label("Dataset")],
    *,
    columns: Annotated[Columns, Label("Columns to be cleaned")] = Columns.all(),
    minimum_missing_value_ratio: Annotated[
        float, Range(0, 1), Label("Minimum missing value ratio"), Help("Columns with a smaller share are left alone.")
    ] = 0.0,
    maximum_missing_value_ratio: Annotated[
        float, Range(0, 1), Label("Maximum missing value ratio"), Help("Columns with a larger share are left alone.")
    ] = 1.0,
    cleaning_mode: Annotated[
        Literal[
            "Custom substitution value",
            "Replace with mean",
            "Replace with median",
            "Replace with mode",
            "Remove entire row",
            "Remove entire column",
        ],
        Label("Cleaning mode"),
    ] = "Custom substitution value",
    replacement_value: Annotated[
        str,
        Label("Replacement value"),
        Help("It must fit the type of each cleaned column."),
        When(cleaning_mode="Custom substitution value"),
    ] = "0",
    generate_missing_value_indicator_column: Annotated[
        bool,
        Label("Generate missing value indicator column"),
        Help("Adds a column name_IsMissing for each column with missing values."),
        When(
            cleaning_mode=("Custom substitution value", "Replace with mean", "Replace with median", "Replace with mode")
        ),
    ] = False,
    columns_with_all_missing_values: Annotated[
        Literal["Remove", "Propagate"],
        Label("Columns with all missing values"),
        Help("Remove them, or hand them on as they are."),
        When(cleaning_mode=("Replace with mean", "Replace with median", "Replace with mode")),
    ] = "Remove",
) -> tuple[
    Annotated[pl.DataFrame, Label("Cleaned dataset")],
    Annotated[Transformation, Label("Cleaning transformation")],
]:
    if minimum_missing_value_ratio > maximum_missing_value_ratio:
        raise ModuleError(6, f"The minimum ratio {minimum_missing_value_ratio} is greater than the maximum ratio "
                          f"{maximum_missing_value_ratio}.", "Swap them.")  # fmt: skip
    if not len(dataset):
        raise ModuleError(3, "The dataset has no rows.", "Check the step before.")
    chosen = columns.of(dataset)
    share = {name: _missing(dataset[name]).sum() / len(dataset) for name in chosen}
    names = [name for name in chosen if minimum_missing_value_ratio <= share[name] <= maximum_missing_value_ratio]
    holed = [name for name in names if share[name] > 0]

    removed: list[str] = []
    values: dict[str, Any] = {}
    indicators = holed if generate_missing_value_indicator_column else []
    if cleaning_mode == "Remove entire column":
        removed, indicators = holed, []
    elif cleaning_mode == "Remove entire row":
        indicators = []
    elif cleaning_mode == "Custom substitution value":
        values = {name: _converted(replacement_value, dataset[name], needed=name in holed) for name in names}
    else:
        removed = [name for name in holed if share[name] == 1 and columns_with_all_missing_values == "Remove"]
        values = {
            name: _statistic(dataset[name], cleaning_mode, needed=name in holed) for name in names if share[name] < 1
        }
    values = {name: value for name, value in values.items() if value is not None}
    indicators = [name for name in indicators if name not in removed]

    apply = partial(_apply, values=values, removed=removed, indicators=indicators)
    cleaned = apply(dataset)
    if cleaning_mode == "Remove entire row" and holed:
        cleaned = cleaned.filter(~pl.any_horizontal(_missing(dataset[name]) for name in holed))
        cleaned = with_roles(cleaned, roles_of(dataset))
    print(
        f"{len(holed)} of {len(chosen)} columns had missing values to clean. {len(cleaned)} of {len(dataset)} rows stay."
    )
    needed = [name for name in dataset.columns if name in values or name in removed or name in indicators]
    return cleaned, Transformation(apply, columns=needed, description=f"{cleaning_mode} in {len(needed)} columns")


def _missing(column: pl.Series) -> pl.Series:
    """Which values are null or NaN."""
    return column.is_null() | column.is_nan().fill_null(False) if column.dtype.is_float() else column.is_null()


def _converted(text: str, column: pl.Series, *, needed: bool) -> Any:
    """The text as a value of the column's type; None where it does not fit and is not needed."""
    kind = column.dtype
    try:
        if kind.is_integer():
            return pl.Series([int(text)], dtype=kind)[0]
        if kind.is_float() or kind.is_decimal():
            return float(text)
        if kind == pl.Boolean:
            return {"true": True, "1": True, "false": False, "0": False}[text.strip().lower()]
        if kind in (pl.Date, pl.Datetime):
            moment = pl.Series([text.strip()]).str.to_datetime("%Y-%m-%d" if kind == pl.Date else None)
            return moment.cast(kind)[0]
        if kind in (pl.Categorical, pl.Enum):
            return pl.Series([text]).cast(kind)[0]
        if kind in (pl.String, pl.Null):
            return text
        raise ValueError(f"type {kind}")
    except (ValueError, KeyError, OverflowError, TypeError, pl.exceptions.PolarsError) as problem:
        if not needed:
            return None
        raise ModuleError(
            2, f'The replacement value "{text}" does not fit column "{column.name}", which holds {kind}.',
            "Clean columns of different types in one step each.",
        ) from problem  # fmt: skip


def _statistic(column: pl.Series, mode: str, *, needed: bool) -> Any:
    """What stands in for missing values of the column; None where there is no such value and none is needed."""
    present = column.filter(~_missing(column))
    if mode == "Replace with mode":
        return present.mode().sort()[0]
    if not column.dtype.is_numeric():
        if needed:
            word = mode.rpartition(" ")[2]
            raise ModuleError(17, f'Column "{column.name}" holds {column.dtype}: there is no {word} of it.',
                              "Choose number columns only, or replace with the mode.")  # fmt: skip
        return None
    value = float(present.mean() if mode == "Replace with mean" else present.median())
    return int(value) if column.dtype.is_integer() and value.is_integer() else value


def _apply(
    dataset: pl.DataFrame, *, values: Mapping[str, Any], removed: Sequence[str], indicators: Sequence[str]
) -> pl.DataFrame:
    flags = [_missing(dataset[name]).alias(f"{name}_IsMissing") for name in indicators]
    for flag in flags:
        if flag.name in dataset.columns:
            raise ModuleError(26, f'There is a column "{flag.name}" already.', "Rename it with Edit Metadata.")
    filled = (_filled(dataset[name], value) for name, value in values.items() if name in dataset.columns)
    result = dataset.with_columns(filled).drop(removed).with_columns(flags)
    roles = {flag.name: Role(categorical=True) for flag in flags}
    return with_roles(
        result, {name: role for name, role in roles_of(dataset).items() if name in result.columns} | roles
    )


def _filled(column: pl.Series, value: Any) -> pl.Series:
    """The column without missing values; whole numbers become numbers where the value is not whole."""
    missing = _missing(column)
    if not missing.any():
        return column
    if (isinstance(value, float) and column.dtype.is_integer()) or column.dtype == pl.Null:
        column = column.cast(pl.Float64 if isinstance(value, float) else pl.String)
    return pl.select(
        pl.when(missing).then(pl.lit(value, dtype=column.dtype)).otherwise(column).alias(column.name)
    ).to_series()
