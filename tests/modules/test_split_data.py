"""Split Data: by share, by pattern, by comparison."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

DATA = pl.DataFrame(
    {
        "make": ["audi", "bmw", None, "audi", "saab"],
        "n": [1, 2, 3, 4, None],
        "x": [1.5, None, 2.5, float("nan"), 9.0],
        "new": [True, False, None, True, True],
        "day": [date(2024, 1, day) for day in range(1, 6)],
    }
)


def test_a_random_split_is_the_same_for_the_same_seed_and_loses_no_row(load, diabetes):
    run = load("split_data").run
    rows = diabetes.with_row_index()
    first, second = run(rows, fraction=0.7, seed=3)
    again, _ = run(rows, fraction=0.7, seed=3)
    other, _ = run(rows, fraction=0.7, seed=4)
    assert (len(first), len(second)) == (309, 133)
    assert_frame_equal(first, again)
    assert first["index"].to_list() != other["index"].to_list()
    assert_frame_equal(pl.concat([first, second]).sort("index"), rows)
    assert first["index"].is_sorted()


def test_without_chance_the_first_rows_go_first(load, iris):
    first, second = load("split_data").run(iris, fraction=0.2, randomized=False)
    assert_frame_equal(first, iris.head(30))
    assert_frame_equal(second, iris.tail(120))


@pytest.mark.parametrize(("fraction", "sizes"), [(0.0, (0, 150)), (1.0, (150, 0)), (0.29, (44, 106))])
def test_the_ends_of_the_share_are_allowed(load, iris, fraction, sizes):
    first, second = load("split_data").run(iris, fraction=fraction)
    assert (len(first), len(second)) == sizes


def test_a_stratified_split_keeps_the_share_of_each_value(load, customers):
    first, _ = load("split_data").run(customers, fraction=0.3, stratified=True, stratification_column="contract")
    whole = dict(customers["contract"].value_counts().iter_rows())
    part = dict(first["contract"].value_counts().iter_rows())
    assert len(first) == 1500
    assert {name: abs(part[name] - 0.3 * whole[name]) < 1 for name in whole} == dict.fromkeys(whole, True)


@given(st.lists(st.sampled_from(["a", "b", None, "c"]), min_size=1, max_size=60), st.floats(0, 1), st.integers(0, 9))
def test_a_stratified_split_is_exact_in_every_stratum(load, values, fraction, seed):
    table = pl.DataFrame({"k": pl.Series(values, dtype=pl.String)}).with_row_index()
    first, second = load("split_data").run(
        table, fraction=fraction, seed=seed, stratified=True, stratification_column="k"
    )
    assert len(first) == round(len(values) * fraction)
    assert sorted([*first["index"], *second["index"]]) == list(range(len(values)))
    for value in {*values}:
        assert abs(first["k"].to_list().count(value) - fraction * values.count(value)) < 1 + 1e-6


@pytest.mark.parametrize(
    ("expression", "rows"),
    [
        (r"\"make\" ^a".replace(r"\"make\"", r'\"make"'), [0, 3]),
        (r"(\0) bm|sa", [1, 4]),
        (r"(\1) [13]", [0, 2]),
        (r'\"make" (?i)AUDI$', [0, 3]),
        (r'"make" nothing', []),
    ],
)
def test_a_regular_expression_searches_a_column(load, expression, rows):
    first, second = load("split_data").run(
        DATA.with_row_index().select(*DATA.columns, "index"), mode="Regular Expression", regular_expression=expression
    )
    assert first["index"].to_list() == rows
    assert second["index"].to_list() == [row for row in range(5) if row not in rows]


@pytest.mark.parametrize(
    ("expression", "rows"),
    [
        (r'\"n" > 1 & <=3', [1, 2]),
        (r"(\1)<=3 & !=2", [0, 2]),
        (r'\"n" < 2 | > 2 & < 4', [0, 2]),
        (r'\"n" >= 2 & \"n" < 4', [1, 2]),
        (r'\"n" == -1 | == 4.0', [3]),
        (r'\"make" == "audi" | == bmw', [0, 1, 3]),
        (r"\"make" + '" != ' + "'audi'", [1, 4]),
        (r'\"new" == true', [0, 3, 4]),
        (r'\"day" > 2024-01-03', [3, 4]),
        (r'\"day" <= 1/2/2024', [0, 1]),
        (r'\"x" != 1.5', [2, 4]),
    ],
)
def test_a_relative_expression_compares_a_column(load, expression, rows):
    first, second = load("split_data").run(
        DATA.with_row_index().select(*DATA.columns, "index"),
        mode="Relative Expression",
        relational_expression=expression,
    )
    assert first["index"].to_list() == rows
    assert second["index"].to_list() == [row for row in range(5) if row not in rows]


@pytest.mark.parametrize(
    ("expression", "number", "message"),
    [
        ("n > 3", 2, "does not begin with a column"),
        (
            r'\"n" => 3',
            2,
            'At character 6 of the expression should be a comparison (<, <=, >, >=, == or !=); found "=> 3"',
        ),
        (r'\"n" = 3', 2, 'found "= 3"'),
        (r'\"n" >', 2, "At character 7 of the expression should be a value; the expression ends there"),
        (r'\"n" > 3 &', 2, "At character 11 of the expression should be a comparison"),
        (r'\"n" > 3 <', 2, "should be & or |"),
        (r'\"n" > many', 2, 'Column "n" holds numbers; "many" is not one'),
        (r'\"n" > (3)', 2, '"(3)" is not one'),
        (r'\"make" > "a"', 2, "compares with == and != only, not >"),
        (r'\"new" == 3', 2, '"3" is neither'),
        (r'\"day" > soon', 2, 'Column "day" holds dates; "soon" is not one'),
        (r'\"n" > 3 & \"x" > 2', 2, 'names two columns, "n" and "x"'),
        (r'\"age" > 3', 1, 'Column "age" was not found'),
        (r"(\9) > 3", 8, "Column place 9 is outside 0 to 4"),
    ],
)
def test_an_expression_that_cannot_be_read_is_refused_exactly(load, refused, expression, number, message):
    text = refused(number, load("split_data").run, DATA, mode="Relative Expression", relational_expression=expression)
    assert message in text


@given(st.text(alphabet="\\\"n()0&|<>=! 3a'", max_size=30))
def test_any_expression_either_splits_or_is_refused(load, text):
    from designer.module import ModuleError

    try:
        first, second = load("split_data").run(DATA, mode="Relative Expression", relational_expression='"n"' + text)
    except ModuleError as problem:
        assert problem.number in (1, 2, 8)  # noqa: PT017
    else:
        assert len(first) + len(second) == len(DATA)


def test_what_makes_no_split_is_refused(load, refused):
    run = load("split_data").run
    refused(3, run, DATA.head(0))
    refused(3, run, DATA, stratified=True)
    refused(1, run, DATA, stratified=True, stratification_column="nope")
    refused(8, run, DATA, fraction=1.5)
    assert "unterminated character set" in refused(
        2, run, DATA, mode="Regular Expression", regular_expression=r"(\0) ["
    )
