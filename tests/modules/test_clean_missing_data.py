"""Clean Missing Data, and Apply Transformation with what it fitted."""

import pickle

import cloudpickle
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from designer.module import Columns, Role, roles_of, with_roles

HOLED = pl.DataFrame(
    {
        "age": [20, None, 41, 40],
        "height": [1.5, float("nan"), None, 1.7],
        "city": ["Ulm", None, "Ulm", "Bonn"],
        "member": [True, None, False, True],
        "whole": [1, 2, 3, 4],
        "empty": pl.Series([None] * 4, dtype=pl.Float64),
    }
)


def test_the_default_puts_zero_into_every_hole_by_type(load):
    cleaned, _ = load("clean_missing_data").run(HOLED)
    expected = pl.DataFrame(
        {
            "age": [20, 0, 41, 40],
            "height": [1.5, 0.0, 0.0, 1.7],
            "city": ["Ulm", "0", "Ulm", "Bonn"],
            "member": [True, False, False, True],
            "whole": [1, 2, 3, 4],
            "empty": [0.0] * 4,
        }
    )
    assert_frame_equal(cleaned, expected)


@pytest.mark.parametrize(
    ("mode", "age", "height"),
    [
        ("Replace with mean", [20.0, 101 / 3, 41.0, 40.0], [1.5, 1.6, 1.6, 1.7]),
        ("Replace with median", [20, 40, 41, 40], [1.5, 1.6, 1.6, 1.7]),
        ("Replace with mode", [20, 20, 41, 40], [1.5, 1.5, 1.5, 1.7]),
    ],
)
def test_a_statistic_replaces_missing_numbers(load, mode, age, height):
    cleaned, _ = load("clean_missing_data").run(HOLED, columns=Columns.by_name("age", "height"), cleaning_mode=mode)
    assert_frame_equal(cleaned, HOLED.with_columns(age=pl.Series(age), height=pl.Series(height)))


def test_the_mode_is_there_for_text_and_for_true_and_false(load):
    cleaned, _ = load("clean_missing_data").run(
        HOLED, columns=Columns.by_name("city", "member"), cleaning_mode="Replace with mode"
    )
    assert cleaned["city"].to_list() == ["Ulm", "Ulm", "Ulm", "Bonn"]
    assert cleaned["member"].to_list() == [True, True, False, True]


def test_a_column_without_any_value_is_removed_or_handed_on(load):
    run, numbers = load("clean_missing_data").run, Columns.by_name("age", "empty")
    removed, _ = run(HOLED, columns=numbers, cleaning_mode="Replace with mean")
    kept, _ = run(
        HOLED, columns=numbers, cleaning_mode="Replace with mean", columns_with_all_missing_values="Propagate"
    )
    assert removed.columns == ["age", "height", "city", "member", "whole"]
    assert kept["empty"].null_count() == 4


def test_only_columns_whose_missing_share_lies_between_the_ratios_are_cleaned(load):
    cleaned, _ = load("clean_missing_data").run(HOLED, minimum_missing_value_ratio=0.3, maximum_missing_value_ratio=0.5)
    assert_frame_equal(cleaned, HOLED.with_columns(height=pl.Series([1.5, 0.0, 0.0, 1.7])))


def test_removing_rows_keeps_complete_ones_and_the_transformation_keeps_all(load, cars):
    cleaned, transformation = load("clean_missing_data").run(cars, cleaning_mode="Remove entire row")
    assert_frame_equal(cleaned, cars.drop_nulls())
    assert len(cleaned) < len(cars)
    applied = load("apply_transformation").run(transformation, cars)
    assert_frame_equal(applied, cars)


def test_removing_columns_removes_those_with_holes_from_other_data_too(load, cars):
    cleaned, transformation = load("clean_missing_data").run(
        cars, minimum_missing_value_ratio=0.1, cleaning_mode="Remove entire column"
    )
    assert_frame_equal(cleaned, cars.drop("normalized-losses"))
    assert load("apply_transformation").run(transformation, cars.head(3)).columns == cleaned.columns


def test_indicators_tell_where_values_were_missing(load):
    cleaned, _ = load("clean_missing_data").run(
        HOLED, columns=Columns.by_name("age", "whole"), generate_missing_value_indicator_column=True
    )
    assert_frame_equal(
        cleaned,
        HOLED.with_columns(age=pl.Series([20, 0, 41, 40]), age_IsMissing=pl.Series([False, True, False, False])),
    )
    assert roles_of(cleaned)["age_IsMissing"] == Role(categorical=True)


def test_the_transformation_survives_pickling_and_repeats_the_training_values(load, customers):
    module = load("clean_missing_data")
    cloudpickle.register_pickle_by_value(module)
    train, test = customers.head(3000), customers.tail(2000)
    _, fitted = module.run(train, columns=Columns.by_name("age", "total_charges"), cleaning_mode="Replace with median")
    transformation = pickle.loads(cloudpickle.dumps(fitted))
    cleaned = load("apply_transformation").run(transformation, test)
    expected = test.with_columns(
        pl.col("age").fill_null(int(train["age"].median())),
        pl.col("total_charges").fill_null(train["total_charges"].median()),
    )
    assert_frame_equal(cleaned, expected)


def test_roles_stay_and_the_input_is_not_changed(load):
    table = with_roles(HOLED.clone(), {"city": Role("label")})
    before = table.clone()
    cleaned, _ = load("clean_missing_data").run(table)
    assert roles_of(cleaned) == {"city": Role("label")}
    assert_frame_equal(table, before)


def test_what_cannot_be_cleaned_is_refused_by_name(load, refused):
    run = load("clean_missing_data").run
    assert 'value "none" does not fit column "age", which holds Int64' in refused(
        2, run, HOLED, replacement_value="none"
    )
    assert 'Column "city" holds String: there is no mean' in refused(17, run, HOLED, cleaning_mode="Replace with mean")
    refused(6, run, HOLED, minimum_missing_value_ratio=0.5, maximum_missing_value_ratio=0.4)
    refused(3, run, HOLED.head(0))
    _, transformation = run(HOLED)
    assert 'no column "age"' in refused(10, load("apply_transformation").run, transformation, HOLED.drop("age"))
    assert "not a transformation" in refused(13, load("apply_transformation").run, "no", HOLED)


def test_a_replacement_that_does_not_fit_is_no_problem_where_nothing_is_missing(load):
    cleaned, _ = load("clean_missing_data").run(HOLED, columns=Columns.by_name("city", "whole"), replacement_value="?")
    assert cleaned["city"].to_list() == ["Ulm", "?", "Ulm", "Bonn"]
