"""Edit Metadata: types, categories, roles, names."""

from datetime import datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal, assert_series_equal

from designer.module import Columns, Role, roles_of, with_roles

NAME = Columns.by_name


def converted(load, values, data_type, form="", dtype=None):
    table = pl.DataFrame({"x": pl.Series(values, dtype=dtype)})
    return load("edit_metadata").run(table, columns=NAME("x"), data_type=data_type, date_and_time_format=form)["x"]


@pytest.mark.parametrize(
    ("values", "data_type", "expected"),
    [
        (["1", " 2.0", None], "Integer", [1, 2, None]),
        ([1.7, None, float("nan"), -2.9], "Integer", [1, None, None, -2]),
        (["1.5", "2", "1e3"], "Double", [1.5, 2.0, 1000.0]),
        ([1, None], "Double", [1.0, None]),
        (["TRUE", "0", "false", None], "Boolean", [True, False, False, None]),
        ([0, 3], "Boolean", [False, True]),
        ([1, None], "String", ["1", None]),
        ([True, False], "Integer", [1, 0]),
        ([None, None], "Double", [None, None]),
    ],
)
def test_values_become_the_chosen_type(load, values, data_type, expected):
    assert converted(load, values, data_type).to_list() == expected


def test_iso_dates_and_times_are_read_without_a_format(load):
    values = ["2024-01-02", "2024-01-02 03:04", "2024-01-02T03:04:05.5", None]
    expected = pl.Series(
        "x",
        [datetime(2024, 1, 2), datetime(2024, 1, 2, 3, 4), datetime(2024, 1, 2, 3, 4, 5, 500000), None],
        dtype=pl.Datetime("us"),
    )
    assert_series_equal(converted(load, values, "DateTime"), expected)


def test_a_format_reads_other_dates_from_text_and_from_numbers(load):
    expected = pl.Series("x", [datetime(2024, 2, 1, 10, 30)], dtype=pl.Datetime("us"))
    assert_series_equal(converted(load, ["01.02.2024 10:30"], "DateTime", "%d.%m.%Y %H:%M"), expected)
    assert converted(load, [20240201], "DateTime", "%Y%m%d").to_list() == [datetime(2024, 2, 1)]


def test_a_value_that_does_not_fit_is_named_with_its_row(load, refused):
    assert 'Column "x" cannot be made Integer: row 2 holds "two"' in refused(
        42, converted, load, ["1", "two"], "Integer"
    )
    assert 'row 1 holds "yes please"' in refused(42, converted, load, ["yes please"], "Boolean")
    assert 'row 2 holds "32.01.2024"' in refused(
        42, converted, load, ["31.01.2024", "32.01.2024"], "DateTime", "%d.%m.%Y"
    )
    assert "Int64 cannot be made DateTime" in refused(42, converted, load, [5], "DateTime")
    assert "cannot be made Integer" in refused(42, converted, load, [float("inf")], "Integer")


def test_roles_are_set_changed_and_cleared(load, iris):
    run = load("edit_metadata").run
    table = run(iris, columns=NAME("target"), fields="Labels", categorical="Make categorical")
    assert roles_of(table) == {"target": Role("label", categorical=True)}
    table = run(table, columns=NAME("petal width (cm)"), fields="Features")
    table = run(table, columns=NAME("sepal width (cm)"), fields="Clear features")
    assert roles_of(table) == {
        "target": Role("label", categorical=True),
        "petal width (cm)": Role("feature"),
        "sepal width (cm)": Role("id"),
    }
    table = run(table, columns=Columns.all(), fields="Clear labels", categorical="Make non-categorical")
    assert roles_of(table) == {"petal width (cm)": Role("feature"), "sepal width (cm)": Role("id")}
    table = with_roles(iris.clone(), {"target": Role("score", score="labels")})
    assert roles_of(run(table, columns=NAME("target"), fields="Clear scores")) == {}


def test_new_names_are_given_in_order_and_roles_go_with_them(load, iris):
    table = with_roles(iris.clone(), {"target": Role("label")})
    result = load("edit_metadata").run(
        table, columns=NAME("target", "petal width (cm)"), new_column_names='species, "width, of petal"'
    )
    assert_frame_equal(result, iris.rename({"target": "species", "petal width (cm)": "width, of petal"}))
    assert roles_of(result) == {"species": Role("label")}


def test_two_columns_can_swap_their_names(load):
    table = pl.DataFrame({"a": [1], "b": [2]})
    assert load("edit_metadata").run(table, columns=NAME("a", "b"), new_column_names="b,a").to_dicts() == [
        {"b": 1, "a": 2}
    ]


def test_names_that_do_not_count_up_or_collide_are_refused(load, iris, refused):
    run = load("edit_metadata").run
    assert "2 new names for 1 columns" in refused(22, run, iris, columns=NAME("target"), new_column_names="a,b")
    refused(28, run, iris, columns=NAME("target"), new_column_names="petal width (cm)")
    refused(28, run, iris, columns=NAME("target", "petal width (cm)"), new_column_names="a,")
    refused(11, run, iris, columns=Columns())
