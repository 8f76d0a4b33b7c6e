"""Apply SQL Transformation: SQLite in, the right types out."""

from datetime import date, datetime, time

import polars as pl
from polars.testing import assert_frame_equal

from designer.module import Role, roles_of, with_roles
from designer.module.roles import has_roles

TYPES = pl.DataFrame(
    {
        "text": ["a", None, "2024-01-01"],
        "n": [1, None, 2**62],
        "x": [1.0, 2.5, None],
        "flag": [True, False, None],
        "day": [date(2024, 1, 1), None, date(2024, 1, 3)],
        "at": [datetime(2024, 1, 1, 2, 3, 4, 500000), datetime(1969, 7, 20), None],
        "raw": [b"\x00", None, b"x"],
        "two words": [3, 2, 1],
    }
)


def test_all_types_pass_through_unchanged(load):
    assert_frame_equal(load("apply_sql_transformation").run(TYPES), TYPES)


def test_real_data_passes_through_unchanged(load, cars, customers):
    run = load("apply_sql_transformation").run
    assert_frame_equal(run(cars), cars)
    assert_frame_equal(run(customers), customers)


def test_groups_and_joins_compute_what_polars_computes(load, cars):
    makers = cars.select("make").unique().with_columns(country=pl.lit("x"))
    result = load("apply_sql_transformation").run(
        cars,
        makers,
        query="""SELECT t1.make, t2.country, count(*) AS cars, avg(price) AS mean_price FROM t1 JOIN t2 ON t1.make = t2.make
                 WHERE "fuel-type" = 'gas' GROUP BY t1.make ORDER BY t1.make""",
    )
    expected = (
        cars.filter(pl.col("fuel-type") == "gas")
        .group_by("make").agg(cars=pl.len().cast(pl.Int64), mean_price=pl.col("price").mean())
        .sort("make").select("make", pl.lit("x").alias("country"), "cars", "mean_price")
    )  # fmt: skip
    assert_frame_equal(result, expected)


def test_dates_and_flags_survive_functions_that_pick_a_value(load):
    result = load("apply_sql_transformation").run(
        TYPES, query="SELECT max(day) AS last, min(at) AS first, date(min(day), '+1 day') AS next FROM t1"
    )
    assert result.to_dicts() == [{"last": date(2024, 1, 3), "first": datetime(1969, 7, 20), "next": "2024-01-02"}]
    result = load("apply_sql_transformation").run(
        TYPES, query="SELECT flag, max(n) AS most FROM t1 GROUP BY flag ORDER BY flag"
    )
    assert result.to_dicts() == [
        {"flag": None, "most": 2**62},
        {"flag": False, "most": None},
        {"flag": True, "most": 1},
    ]


def test_an_empty_result_keeps_the_types_of_its_columns(load):
    result = load("apply_sql_transformation").run(TYPES, query="SELECT * FROM t1 WHERE n < 0")
    assert_frame_equal(result, TYPES.head(0))


def test_several_statements_run_and_names_that_come_twice_are_counted(load):
    result = load("apply_sql_transformation").run(
        TYPES,
        TYPES,
        TYPES,
        query="""CREATE VIEW v AS SELECT text || ';' AS note, "two words" AS k FROM t3;
                 SELECT t1."two words", t2."two words", v.note FROM t1, t2, v
                 WHERE t1."two words" = t2."two words" AND k = t1."two words" AND k = 3;""",
    )
    assert result.to_dicts() == [{"two words": 3, "two words_2": 3, "note": "a;"}]


def test_other_types_become_what_sql_knows(load):
    table = pl.DataFrame(
        {
            "c": pl.Series(["x"], dtype=pl.Categorical),
            "z": pl.Series([datetime(2024, 1, 1)]).dt.replace_time_zone("Europe/Berlin"),
            "t": [time(10, 30)],
        }
    )
    assert load("apply_sql_transformation").run(table).to_dicts() == [
        {"c": "x", "z": datetime(2023, 12, 31, 23), "t": "10:30:00"}
    ]


def test_mixed_results_become_text(load):
    result = load("apply_sql_transformation").run(TYPES, query="SELECT 1 AS a UNION ALL SELECT 'x' ORDER BY a")
    assert result.to_dicts() == [{"a": "1"}, {"a": "x"}]


def test_roles_are_lost_and_said_to_be(load, iris):
    result = load("apply_sql_transformation").run(with_roles(iris.clone(), {"target": Role("label")}))
    assert roles_of(result) == {}
    assert has_roles(result)


def test_sql_that_fails_is_refused_with_the_words_of_sqlite_and_the_tables(load, refused):
    run = load("apply_sql_transformation").run
    text = refused(2, run, TYPES.select("n", "x"), query="SELECT agee FROM t1")
    assert text == "Error 0002: The query failed: no such column: agee. The tables are t1(n, x)."
    assert 'near "SELEKT": syntax error' in refused(2, run, TYPES, query="SELEKT 1")
    assert "no such table: t2" in refused(2, run, TYPES, query="SELECT * FROM t2")
    assert "The query gives no rows" in refused(2, run, TYPES, query="CREATE TABLE k (a)")
    assert "The query gives no rows" in refused(2, run, TYPES, query=" ; ")
    assert "duplicate column name: A" in refused(2, run, pl.DataFrame({"a": [1], "A": [2]}))
    refused(2, run, pl.DataFrame({"a": [2**64 - 1]}, schema={"a": pl.UInt64}))
    refused(17, run, pl.DataFrame({"a": [[1]]}))
    refused(3, run, pl.DataFrame())
