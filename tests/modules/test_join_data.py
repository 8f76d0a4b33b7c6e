"""Join Data: each join type, key types, names."""

from datetime import date, datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from designer.module import Columns, Role, roles_of, with_roles

LEFT = pl.DataFrame({"id": [1, 2, 3, None], "v": ["a", "b", "c", "d"]})
RIGHT = pl.DataFrame({"id": [3.0, 1.0, 1.0, 7.0, None], "v": ["x", "y", "z", "w", "n"]})
ID = Columns.by_name("id")


@pytest.mark.parametrize(
    ("join_type", "rows"),
    [
        ("Inner Join", [(1, "a", 1.0, "y"), (1, "a", 1.0, "z"), (3, "c", 3.0, "x")]),
        (
            "Left Outer Join",
            [(1, "a", 1.0, "y"), (1, "a", 1.0, "z"), (2, "b", None, None), (3, "c", 3.0, "x"), (None, "d", None, None)],
        ),
        (
            "Full Outer Join",
            [
                (1, "a", 1.0, "y"), (1, "a", 1.0, "z"), (2, "b", None, None), (3, "c", 3.0, "x"), (None, "d", None, None),
                (None, None, 7.0, "w"), (None, None, None, "n"),
            ],
        ),
    ],
)  # fmt: skip
def test_each_join_type_keeps_the_rows_it_promises_in_left_order(load, join_type, rows):
    result = load("join_data").run(LEFT, RIGHT, left_key_columns=ID, right_key_columns=ID, join_type=join_type)
    assert_frame_equal(
        result,
        pl.DataFrame(rows, schema={"id": pl.Int64, "v": pl.String, "id_2": pl.Float64, "v_2": pl.String}, orient="row"),
    )


def test_a_semi_join_keeps_left_rows_once_with_left_columns(load):
    result = load("join_data").run(LEFT, RIGHT, left_key_columns=ID, right_key_columns=ID, join_type="Left Semi-Join")
    assert_frame_equal(result, LEFT[[0, 2]])


def test_without_right_keys_a_right_only_row_shows_its_key_on_the_left(load):
    result = load("join_data").run(
        LEFT,
        RIGHT,
        left_key_columns=ID,
        right_key_columns=ID,
        join_type="Full Outer Join",
        keep_right_key_columns=False,
    )
    assert result.columns == ["id", "v", "v_2"]
    assert result.rows()[-2:] == [(7, None, "w"), (None, None, "n")]


def test_several_keys_are_paired_in_the_order_of_the_choice(load):
    left = pl.DataFrame({"shop": ["a", "a"], "day": [date(2024, 1, 1), date(2024, 1, 2)], "n": [1, 2]})
    right = pl.DataFrame({"when": [datetime(2024, 1, 2), datetime(2024, 1, 1)], "where": ["a", "b"], "m": [3, 4]})
    result = load("join_data").run(
        left, right, left_key_columns=Columns.by_name("day", "shop"), right_key_columns=Columns.by_name("when", "where")
    )
    assert result.rows() == [("a", date(2024, 1, 2), 2, datetime(2024, 1, 2), "a", 3)]


def test_case_counts_unless_it_is_told_not_to(load):
    left, right, key = pl.DataFrame({"k": ["Audi"]}), pl.DataFrame({"k": ["audi"]}), Columns.by_name("k")
    run = load("join_data").run
    assert len(run(left, right, left_key_columns=key, right_key_columns=key)) == 0
    assert run(left, right, left_key_columns=key, right_key_columns=key, match_case=False).rows() == [("Audi", "audi")]


def test_a_join_on_real_data_agrees_with_polars(load, cars):
    makers = cars.group_by("make").agg(mean_price=pl.col("price").mean()).sort("make")
    key = Columns.by_name("make")
    result = load("join_data").run(
        cars, makers, left_key_columns=key, right_key_columns=key, keep_right_key_columns=False
    )
    assert_frame_equal(result, cars.join(makers, on="make", how="inner", maintain_order="left"))


def test_roles_come_from_both_sides_with_one_label(load):
    left = with_roles(LEFT.clone(), {"v": Role("label")})
    right = with_roles(RIGHT.clone(), {"v": Role("label", categorical=True), "id": Role("id")})
    result = load("join_data").run(left, right, left_key_columns=ID, right_key_columns=ID)
    assert roles_of(result) == {"v": Role("label"), "v_2": Role(categorical=True), "id_2": Role("id")}


def test_a_name_that_is_taken_twice_is_counted_on(load):
    left = pl.DataFrame({"id": [1], "v": ["a"], "v_2": ["b"]})
    result = load("join_data").run(
        left, pl.DataFrame({"id": [1], "v": ["c"]}), left_key_columns=ID, right_key_columns=ID
    )
    assert result.to_dicts() == [{"id": 1, "v": "a", "v_2": "b", "id_2": 1, "v_3": "c"}]


def test_keys_that_do_not_fit_are_refused(load, refused):
    run = load("join_data").run
    text = refused(154, run, LEFT, RIGHT, left_key_columns=ID, right_key_columns=Columns.by_name("v"))
    assert 'Key "id" holds Int64 on the left, key "v" holds String on the right' in text
    refused(27, run, LEFT, RIGHT, left_key_columns=ID, right_key_columns=Columns.by_name("id", "v"))
    refused(11, run, LEFT, RIGHT, left_key_columns=Columns(), right_key_columns=ID)
    refused(1, run, LEFT, RIGHT, left_key_columns=Columns.by_name("nope"), right_key_columns=ID)
