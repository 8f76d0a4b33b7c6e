"""Summarize Data, against numpy and scipy."""

import numpy as np
import polars as pl
import pytest
from scipy import stats


def test_numbers_get_every_statistic_as_scipy_computes_it(load, cars):
    price = cars["price"].drop_nulls().to_numpy().astype(float)
    (row,) = load("summarize_data").run(cars).filter(pl.col("Feature") == "price").to_dicts()
    expected = {
        "Count": 205,
        "Unique Value Count": len(np.unique(price)),
        "Missing Value Count": 4,
        "Min": price.min(),
        "Max": price.max(),
        "Mean": price.mean(),
        "Mean Deviation": np.abs(price - price.mean()).mean(),
        "1st Quartile": np.quantile(price, 0.25),
        "Median": np.median(price),
        "3rd Quartile": np.quantile(price, 0.75),
        "Range": np.ptp(price),
        "Sample Variance": price.var(ddof=1),
        "Sample Standard Deviation": price.std(ddof=1),
        "Sample Skewness": stats.skew(price, bias=False),
        "Sample Kurtosis": stats.kurtosis(price, bias=False),
        "P0.5": np.quantile(price, 0.005),
        "P1": np.quantile(price, 0.01),
        "P5": np.quantile(price, 0.05),
        "P95": np.quantile(price, 0.95),
        "P99.5": np.quantile(price, 0.995),
    }
    assert row.pop("Feature") == "price"
    assert row.pop("Mode") == "5118"
    assert row == pytest.approx(expected)


def test_there_is_one_row_per_column_in_their_order(load, cars):
    assert load("summarize_data").run(cars)["Feature"].to_list() == cars.columns


def test_text_has_counts_and_a_mode_only(load):
    table = pl.DataFrame({"t": ["b", "a", "b", None, "a"]})
    (row,) = load("summarize_data").run(table).to_dicts()
    there = {name: value for name, value in row.items() if value is not None}
    assert there == {"Feature": "t", "Count": 5, "Unique Value Count": 2, "Missing Value Count": 1, "Mode": "a"}


def test_true_counts_as_one_and_nan_as_missing(load):
    table = pl.DataFrame({"b": [True, False, True, True], "x": [1.0, float("nan"), None, 3.0]})
    summary = load("summarize_data").run(table)
    assert summary["Mean"].to_list() == [0.75, 2.0]
    assert summary["Mode"].to_list() == ["True", "1"]
    assert summary["Missing Value Count"].to_list() == [0, 2]


def test_few_or_equal_values_have_no_spread_but_no_failure(load):
    table = pl.DataFrame(
        {"one": [5, None, None, None], "same": [2, 2, 2, 2], "none": pl.Series([None] * 4, dtype=pl.Int64)}
    )
    summary = load("summarize_data").run(table)
    assert summary["Sample Variance"].to_list() == [None, 0.0, None]
    assert summary["Sample Skewness"].to_list() == [None, None, None]
    assert summary["Unique Value Count"].to_list() == [1, 1, 0]
    assert summary["Median"].to_list() == [5.0, 2.0, None]


def test_a_table_without_columns_is_refused(load, refused):
    refused(3, load("summarize_data").run, pl.DataFrame())
