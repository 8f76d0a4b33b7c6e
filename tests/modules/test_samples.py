"""The sample datasets are what they say."""

import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from sklearn import datasets as sklearn_datasets

from designer.module import Role, roles_of
from designer.samples import datasets


def test_the_samples_are_listed_with_title_description_and_source():
    assert list(datasets.SAMPLES) == [
        "automobile_prices", "customer_churn", "diabetes", "breast_cancer", "iris", "wine", "digits", "restaurant_ratings",
        "sales_by_day",
    ]  # fmt: skip
    for name, sample in datasets.SAMPLES.items():
        assert sample.name == name
        assert sample.title
        assert sample.source
        assert sample.description.endswith(".")


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "digits"])
def test_real_data_is_what_scikit_learn_loads(name):
    real = getattr(sklearn_datasets, f"load_{name}")()
    table = datasets.load(name)
    np.testing.assert_array_equal(table.drop("target").to_numpy(), real.data)
    target = real.target if name == "digits" else real.target_names[real.target]
    assert table.columns[-1] == "target"
    assert table["target"].to_list() == target.tolist()
    assert table.columns[:-1] == list(real.feature_names)


def test_diabetes_has_the_raw_values():
    real = sklearn_datasets.load_diabetes(scaled=False)
    table = datasets.load("diabetes")
    np.testing.assert_array_equal(table.drop("target").to_numpy(), real.data)
    assert table["target"].to_list() == real.target.tolist()
    assert table.columns == [*real.feature_names, "target"]


@pytest.mark.parametrize(
    ("name", "shape", "missing"),
    [
        ("automobile_prices", (205, 26), {"normalized-losses": 41, "num-of-doors": 2, "bore": 4, "stroke": 4, "horsepower": 2, "peak-rpm": 2, "price": 4}),
        ("customer_churn", (5000, 14), {"age": 180, "total_charges": 95}),
        ("restaurant_ratings", (1200, 10), {"wait_minutes": 36, "service": 24}),
        ("sales_by_day", (2193, 7), {"temperature": 20, "visitors": 15}),
    ],
)  # fmt: skip
def test_generated_data_has_its_shape_and_holes_and_is_the_same_each_time(name, shape, missing):
    table = datasets.load(name)
    assert table.shape == shape
    assert {column.name: column.null_count() for column in table if column.null_count()} == missing
    assert_frame_equal(table, datasets.load(name))


def test_prices_follow_from_the_cars():
    cars = datasets.load("automobile_prices").drop_nulls()
    by = {name: cars.select(pl.corr(name, "price")).item() for name in ("horsepower", "curb-weight", "city-mpg")}
    assert by["horsepower"] > 0.6
    assert by["curb-weight"] > 0.6
    assert by["city-mpg"] < -0.5
    dearest = cars.group_by("make").agg(pl.col("price").mean()).sort("price", descending=True)["make"][:3]
    assert {"mercedes-benz", "porsche", "jaguar"} >= set(dearest)


def test_customers_have_an_id_that_no_model_learns_from():
    assert roles_of(datasets.load("customer_churn")) == {"customer_id": Role("id")}


def test_naming_the_samples_imports_no_library():
    code = "import sys, designer.samples.datasets; print(sorted({'polars', 'numpy', 'sklearn', 'pandas'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_unknown_sample_is_a_key_error():
    with pytest.raises(KeyError):
        datasets.load("titanic")
