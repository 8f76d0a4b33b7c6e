"""Select Columns in Dataset."""

from polars.testing import assert_frame_equal

from designer.module import Columns, Role, roles_of, with_roles


def test_columns_come_by_name_in_the_order_of_the_choice(load, iris):
    result = load("select_columns_in_dataset").run(iris, columns=Columns.by_name("target", "petal width (cm)"))
    assert_frame_equal(result, iris.select("target", "petal width (cm)"))


def test_a_rule_leaves_out_by_type_and_brings_back_by_place(load, cars):
    rules = {
        "begin": "all",
        "rules": [
            {"action": "exclude", "by": "types", "values": ["String", "Numeric"]},
            {"action": "include", "by": "indices", "values": ["3", "26"]},
        ],
    }
    result = load("select_columns_in_dataset").run(cars, columns=Columns.from_json(rules))
    assert_frame_equal(result, cars.select("make", "price"))


def test_a_column_kept_twice_gets_a_name_of_its_own_and_the_same_role(load, iris):
    table = with_roles(iris.clone(), {"target": Role("label")})
    columns = Columns.from_json(
        {
            "begin": "none",
            "keep_duplicates": True,
            "rules": [{"action": "include", "by": "indices", "values": ["5", "5"]}],
        }
    )
    result = load("select_columns_in_dataset").run(table, columns=columns)
    assert_frame_equal(result, iris.select("target", target_2="target"))
    assert roles_of(result) == {"target": Role("label"), "target_2": Role("label")}


def test_roles_of_left_out_columns_are_left_out(load, iris):
    table = with_roles(iris.clone(), {"target": Role("label"), "petal width (cm)": Role("feature")})
    result = load("select_columns_in_dataset").run(table, columns=Columns.by_name("target"))
    assert roles_of(result) == {"target": Role("label")}


def test_an_unknown_column_or_an_empty_choice_is_refused(load, iris, refused):
    run = load("select_columns_in_dataset").run
    assert 'Column "species" was not found. The table has: sepal length (cm)' in refused(
        1, run, iris, columns=Columns.by_name("species")
    )
    assert "fits no column" in refused(11, run, iris, columns=Columns())
