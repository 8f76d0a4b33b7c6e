# /// script
# dependencies = ["polars>=1.30"]
# ///
"""Summarize Data

Describes each column of a dataset with one row of statistics.

Use it to get to know data before modelling: how much is missing, how values spread, where outliers lie.

*Count* is the number of rows, missing ones included; *Unique Value Count* leaves missing values out. Statistics of
numbers are there for number and true/false columns (true is 1); *Mode* is there for all, as text, and of several
values that are equally frequent it is the smallest. Quantiles lie linearly between the two nearest values. Skewness and kurtosis
are those of a sample, and the kurtosis of a normal distribution is 0.

*Example:* a `price` with a mean far above its median and a skewness of 1.8 is worth a logarithm.
"""

from typing import Annotated, Any

import polars as pl

from designer import step
from designer.module import Label, ModuleError

CATEGORY = "Data Transformation"
TAGS = ("describe", "statistics", "profile", "explore", "quantile")

QUANTILES = {
    "1st Quartile": 0.25,
    "Median": 0.5,
    "3rd Quartile": 0.75,
    "P0.5": 0.005,
    "P1": 0.01,
    "P5": 0.05,
    "P95": 0.95,
    "P99.5": 0.995,
}

COLUMNS = {
    "Feature": pl.String,
    "Count": pl.Int64,
    "Unique Value Count": pl.Int64,
    "Missing Value Count": pl.Int64,
    "Min": pl.Float64,
    "Max": pl.Float64,
    "Mean": pl.Float64,
    "Mean Deviation": pl.Float64,
    "1st Quartile": pl.Float64,
    "Median": pl.Float64,
    "3rd Quartile": pl.Float64,
    "Mode": pl.String,
    "Range": pl.Float64,
    "Sample Variance": pl.Float64,
    "Sample Standard Deviation": pl.Float64,
    "Sample Skewness": pl.Float64,
    "Sample Kurtosis": pl.Float64,
    "P0.5": pl.Float64,
    "P1": pl.Float64,
    "P5": pl.Float64,
    "P95": pl.Float64,
    "P99.5": pl.Float64,
}


def run(dataset: Annotated[pl.DataFrame, Label("Dataset")]) -> Annotated[pl.DataFrame, Label("Results dataset")]:
    if not dataset.width:
        raise ModuleError(3, "The dataset has no columns.", "Check the step before.")
    rows = []
    for number, column in enumerate(dataset, start=1):
        rows.append(_summary(column))
        if number % 50 == 0:
            step.progress(number / dataset.width, f"{number} of {dataset.width} columns")
    return pl.DataFrame(rows, schema=COLUMNS)


def _summary(column: pl.Series) -> dict[str, Any]:
    present = column.fill_nan(None).drop_nulls() if column.dtype.is_float() else column.drop_nulls()
    if not column.dtype.is_nested():
        present = present.sort()  # once, as most of what follows is quick on sorted values
    row: dict[str, Any] = {
        "Feature": column.name,
        "Count": len(column),
        "Unique Value Count": present.n_unique(),
        "Missing Value Count": len(column) - len(present),
        "Mode": _mode(present),
    }
    if (present.dtype.is_numeric() or present.dtype == pl.Boolean) and len(present):
        row |= _numbers(present.cast(pl.Float64))
    return row


def _numbers(values: pl.Series) -> dict[str, float | None]:
    several = len(values) > 1
    return {
        "Min": values.min(),
        "Max": values.max(),
        "Range": values.max() - values.min(),
        "Mean": values.mean(),
        "Mean Deviation": (values - values.mean()).abs().mean(),
        "Sample Variance": values.var() if several else None,
        "Sample Standard Deviation": values.std() if several else None,
        "Sample Skewness": _finite(values.skew(bias=False)) if len(values) > 2 else None,
        "Sample Kurtosis": _finite(values.kurtosis(bias=False)) if len(values) > 3 else None,
        **{name: values.quantile(share, interpolation="linear") for name, share in QUANTILES.items()},
    }


def _finite(value: float | None) -> float | None:
    """Skewness and kurtosis of equal values are undefined."""
    return value if value is not None and value == value else None


def _mode(values: pl.Series) -> str | None:
    if not len(values) or values.dtype.is_nested():
        return None
    mode = values.mode().sort()[0]
    return f"{mode:g}" if isinstance(mode, float) and mode.is_integer() and abs(mode) < 1e15 else str(mode)
