"""Enter Data Manually: text becomes a table."""

from datetime import date, datetime
from pathlib import Path

import polars as pl
from polars.testing import assert_frame_equal

from designer.module import Role, roles_of


def test_csv_values_get_the_narrowest_type_that_fits(load):
    text = "make,doors,price,diesel,since,seen,code\naudi,4,13950.5,false,2024-01-02,2024-01-02 10:30,0071\nbmw,2,,TRUE,,2024-01-03T11:00:05,1200\n"
    expected = pl.DataFrame(
        {
            "make": ["audi", "bmw"],
            "doors": [4, 2],
            "price": [13950.5, None],
            "diesel": [False, True],
            "since": [date(2024, 1, 2), None],
            "seen": [datetime(2024, 1, 2, 10, 30), datetime(2024, 1, 3, 11, 0, 5)],
            "code": ["0071", "1200"],
        }
    )
    assert_frame_equal(load("enter_data_manually").run(data=text), expected)


def test_without_a_header_columns_are_numbered_from_one(load):
    expected = pl.DataFrame({"Col1": [1, 3], "Col2": ["a b", "c"]})
    assert_frame_equal(load("enter_data_manually").run(format="TSV", has_header=False, data="1\ta b\n3\tc"), expected)


def test_blank_rows_at_the_end_are_trimmed_and_quotes_guard_commas(load):
    expected = pl.DataFrame({"a": ["x, y", 'say "hi"'], "b": [1, None]})
    text = '\ufeffa,b\n"x, y",1\n\n"say ""hi""",\n,\n   \n\n'
    assert_frame_equal(load("enter_data_manually").run(data=text.replace("   ", ",")), expected)


def test_numbers_beyond_64_bits_are_read_as_numbers(load):
    assert load("enter_data_manually").run(data="a\n123456789012345678901\n").rows() == [(1.2345678901234568e20,)]


def test_iris_written_as_csv_comes_back_whole(load, iris):
    assert_frame_equal(load("enter_data_manually").run(data=iris.write_csv()), iris)


def test_arff_reads_types_quotes_missing_values_and_sparse_rows(load):
    text = """% a comment
@RELATION cars
@attribute 'wheel base' REAL
@attribute doors integer
@attribute class {good, 'very good', "o'k"}
@attribute note string
@attribute day date "yyyy-MM-dd"
@data
99.5, 4, 'very good', 'it\\'s, well', 2024-01-02
?,?,good,?,?
{0 3.5, 2 "o'k", 4 2024-02-03}
"""
    table = load("enter_data_manually").run(format="ARFF", data=text)
    expected = pl.DataFrame(
        {
            "wheel base": [99.5, None, 3.5],
            "doors": [4, None, 0],
            "class": ["very good", "good", "o'k"],
            "note": ["it's, well", None, "0"],
            "day": [date(2024, 1, 2), None, date(2024, 2, 3)],
        }
    )
    assert_frame_equal(table, expected)
    assert roles_of(table) == {"class": Role(categorical=True)}


def test_svmlight_reads_what_scikit_learn_writes(load, wine, tmp_path):
    from sklearn.datasets import dump_svmlight_file

    features, target = wine.drop("target"), wine["target"].str.slice(6).cast(pl.Int64)
    dump_svmlight_file(features.to_numpy(), target.to_numpy(), str(tmp_path / "wine"), zero_based=False)
    table = load("enter_data_manually").run(format="SvmLight", data=Path(tmp_path / "wine").read_text())
    expected = features.rename({name: f"Col{place}" for place, name in enumerate(features.columns, 1)})
    assert_frame_equal(table, expected.insert_column(0, target.alias("Label")))
    assert roles_of(table) == {"Label": Role("label")}


def test_svmlight_fills_gaps_with_zero_and_reads_queries_and_comments(load):
    table = load("enter_data_manually").run(
        format="SvmLight", data="# head\n1.5 qid:3 2:0.5 # tail\n-1 qid:4 1:2 3:1e-3\n"
    )
    assert table.rows(named=True) == [
        {"Label": 1.5, "qid": 3, "Col1": 0.0, "Col2": 0.5, "Col3": 0.0},
        {"Label": -1.0, "qid": 4, "Col1": 2.0, "Col2": 0.0, "Col3": 0.001},
    ]


def test_malformed_text_is_refused_with_the_line_or_value(load, refused):
    run = load("enter_data_manually").run
    assert "Line 3 has 3 values, the first line has 2" in refused(49, run, data="a,b\n1,2\n1,2,3\n")
    assert "Line 2 cannot be read" in refused(49, run, data='a,b\n"1,2\n')
    assert 'Two columns are called "a"' in refused(28, run, data="a,a\n1,2")
    assert "There is no data" in refused(3, run, data=" \n ")
    assert '"soso" is not one of the values of c: a, b' in refused(
        49, run, format="ARFF", data="@relation r\n@attribute c {a,b}\n@data\nsoso\n"
    )
    assert '"x" is not a number, which attribute n is' in refused(
        49, run, format="ARFF", data="@relation r\n@attribute n numeric\n@data\nx\n"
    )
    assert "Line 4 has 2 values for 1 attribute" in refused(
        49, run, format="ARFF", data="@relation r\n@attribute n numeric\n@data\n1,2\n"
    )
    assert "no @data line" in refused(49, run, format="ARFF", data="@attribute n numeric\n")
    assert "Line 1 is not SvmLight" in refused(49, run, format="SvmLight", data="1 a:b\n")
    assert "outside 1 to 10,000, or there twice" in refused(8, run, format="SvmLight", data="1 0:1\n")
