"""Normalize Data, against scikit-learn and scipy on real data."""

import math
import pickle

import cloudpickle
import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from scipy import stats
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from designer.module import Columns


def lognormal(values):
    logs = np.log(values)
    return stats.lognorm(s=logs.std(), scale=np.exp(logs.mean())).cdf(values)


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("ZScore", lambda x: StandardScaler().fit_transform(x.reshape(-1, 1)).ravel()),
        ("MinMax", lambda x: MinMaxScaler().fit_transform(x.reshape(-1, 1)).ravel()),
        ("Logistic", lambda x: 1 / (1 + np.exp(-x))),
        ("LogNormal", lognormal),
        ("Tanh", np.tanh),
    ],
)
def test_each_method_gives_the_same_numbers_as_the_reference(load, wine, method, expected):
    columns = ["alcohol", "magnesium", "hue"]
    result, _ = load("normalize_data").run(
        wine, transformation_method=method, columns_to_transform=Columns.by_name(*columns)
    )
    for name in columns:
        np.testing.assert_allclose(result[name].to_numpy(), expected(wine[name].to_numpy()), rtol=1e-12, atol=1e-12)
    assert_frame_equal(result.drop(columns), wine.drop(columns))


def test_other_data_is_scaled_by_what_was_found_in_training(load, diabetes):
    module = load("normalize_data")
    cloudpickle.register_pickle_by_value(module)
    train, test = diabetes.head(300), diabetes.tail(142)
    _, fitted = module.run(train, columns_to_transform=Columns.by_name("age", "bmi"))
    result = load("apply_transformation").run(pickle.loads(cloudpickle.dumps(fitted)), test)
    scaler = StandardScaler().fit(train.select("age", "bmi").to_numpy())
    np.testing.assert_allclose(
        result.select("age", "bmi").to_numpy(), scaler.transform(test.select("age", "bmi").to_numpy())
    )


def test_a_constant_column_becomes_zero_or_nan_and_missing_stays_missing(load):
    table = pl.DataFrame({"k": [3, None, 3], "x": [1.0, None, 2.0]})
    zero, _ = load("normalize_data").run(table, columns_to_transform=Columns.all())
    nan, _ = load("normalize_data").run(
        table, transformation_method="MinMax", use_0_for_constant_columns=False, columns_to_transform=Columns.all()
    )
    assert zero.to_dict(as_series=False) == {"k": [0.0, None, 0.0], "x": [-1.0, None, 1.0]}
    assert [nan["k"].is_nan().to_list(), nan["x"].to_list()] == [[True, None, True], [0.0, None, 1.0]]


def test_the_log_normal_share_of_what_is_not_positive_is_zero(load):
    table = pl.DataFrame({"x": [0.0, -1.0, 1.0, math.e]})
    result, _ = load("normalize_data").run(table, transformation_method="LogNormal", columns_to_transform=Columns.all())
    assert result["x"].to_list()[:2] == [0.0, 0.0]
    assert result["x"].to_list()[2:] == pytest.approx([0.158655, 0.841345], abs=1e-6)


def test_text_is_refused_by_name(load, iris, refused):
    run = load("normalize_data").run
    assert 'Column "target" holds String, not numbers' in refused(17, run, iris, columns_to_transform=Columns.all())
    refused(11, run, iris, columns_to_transform=Columns())
    refused(3, run, iris.head(0), columns_to_transform=Columns.by_name("petal width (cm)"))
    _, fitted = run(iris, columns_to_transform=Columns.by_name("petal width (cm)"))
    changed = iris.with_columns(pl.col("petal width (cm)").cast(pl.String))
    refused(17, load("apply_transformation").run, fitted, changed)
