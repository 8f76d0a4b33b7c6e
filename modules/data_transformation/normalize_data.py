# /// script
# dependencies = ["polars>=1.30"]
# ///
"""Normalize Data

Brings number columns to a common scale, and hands on the fitted transformation for other data.

Use it before learners that compare distances or step along gradients, when one column counts in grams and another in
years. Connect *Transformation function* to *Apply Transformation* to treat test data the same way.

| Method | What becomes of a value x |
| --- | --- |
| ZScore | (x - mean) / standard deviation (of the population) |
| MinMax | (x - minimum) / (maximum - minimum) |
| Logistic | 1 / (1 + exp(-x)) |
| LogNormal | the share of values below x in the log-normal distribution that fits the column |
| Tanh | tanh(x) |

Missing values stay missing and do not count.

*Example:* MinMax turns the ages 20, 30 and 60 into 0, 0.25 and 1.
"""

import math
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Literal

import polars as pl

from designer.module import Columns, Help, Label, ModuleError, Transformation, When

CATEGORY = "Data Transformation"
TAGS = ("scale", "standardize", "zscore", "minmax", "standardise")


def run(
    dataset: Annotated[pl.DataFrame, Label("Dataset")],
    *,
    transformation_method: Annotated[
        Literal["ZScore", "MinMax", "Logistic", "LogNormal", "Tanh"], Label("Transformation method")
    ] = "ZScore",
    use_0_for_constant_columns: Annotated[
        bool,
        Label("Use 0 for constant columns when checked"),
        Help("Otherwise a column with a single value becomes NaN."),
        When(transformation_method=("ZScore", "MinMax", "LogNormal")),
    ] = True,
    columns_to_transform: Annotated[Columns, Label("Columns to transform"), Help("Number columns only.")],
) -> tuple[
    Annotated[pl.DataFrame, Label("Transformed dataset")],
    Annotated[Transformation, Label("Transformation function")],
]:
    names = columns_to_transform.of(dataset)
    if not names:
        raise ModuleError(11, "The selection fits no column of the dataset.", "Choose at least one number column.")
    if not len(dataset):
        raise ModuleError(3, "The dataset has no rows.", "There must be values to find the scale from.")
    _check_numbers(dataset, names)
    fitted = {name: _fit(dataset[name], transformation_method) for name in names}
    apply = partial(
        _apply, method=transformation_method, fitted=fitted, constant=0.0 if use_0_for_constant_columns else math.nan
    )
    description = f"{transformation_method} of {len(names)} columns"
    return apply(dataset), Transformation(apply, columns=names, description=description)


def _check_numbers(dataset: pl.DataFrame, names: list[str]) -> None:
    for name in names:
        if not dataset[name].dtype.is_numeric():
            raise ModuleError(17, f'Column "{name}" holds {dataset[name].dtype}, not numbers.',
                              "Choose number columns only, for example by a rule on types.")  # fmt: skip


def _fit(column: pl.Series, method: str) -> tuple[float, float]:
    """Where the scale begins and how long it is; the length is 0 where the column has a single value."""
    values = column.cast(pl.Float64).fill_nan(None).drop_nulls()
    if method == "LogNormal":
        values = values.filter(values > 0).log()
    if method in ("Logistic", "Tanh") or not len(values):
        return 0.0, 1.0
    low, high = values.min(), values.max()
    if low == high:
        return low, 0.0
    return (low, high - low) if method == "MinMax" else (values.mean(), values.std(ddof=0))


def _apply(
    dataset: pl.DataFrame, *, method: str, fitted: Mapping[str, tuple[float, float]], constant: float
) -> pl.DataFrame:
    _check_numbers(dataset, list(fitted))
    return dataset.with_columns(_scaled(dataset[name], method, *scale, constant) for name, scale in fitted.items())


def _scaled(column: pl.Series, method: str, start: float, length: float, constant: float) -> pl.Series:
    x = column.cast(pl.Float64).fill_nan(None)
    if method == "Logistic":
        return 1 / (1 + (-x).exp())
    if method == "Tanh":
        return x.tanh()
    if not length:
        return pl.select(pl.when(x.is_not_null()).then(pl.lit(constant)).alias(column.name)).to_series()
    if method != "LogNormal":
        return (x - start) / length
    return x.map_elements(lambda value: _log_normal(value, start, length), return_dtype=pl.Float64)


def _log_normal(value: float, mean: float, deviation: float) -> float:
    """The distribution function of the log-normal distribution."""
    return 0.0 if value <= 0 else 0.5 * math.erfc((mean - math.log(value)) / (deviation * math.sqrt(2)))
