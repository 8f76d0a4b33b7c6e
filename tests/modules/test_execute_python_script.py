"""Execute Python Script: frames in and out, bundles, and errors that point at the script."""

import sys
import traceback
import zipfile
from datetime import date, datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def main(body, arguments="dataframe1=None, dataframe2=None"):
    return f"def azureml_main({arguments}):\n" + "".join(f"    {line}\n" for line in body.splitlines())


def test_the_default_script_hands_the_first_dataset_on(load, iris, capsys):
    first, second = load("execute_python_script").run(iris)
    assert_frame_equal(first, iris)
    assert second.shape == (0, 0)
    assert capsys.readouterr().out == "Dataset1 has 150 rows.\n"


def test_frames_of_all_types_go_there_and_back(load):
    table = pl.DataFrame(
        {
            "n": [1, 2],
            "x": [1.5, None],
            "t": ["a", None],
            "b": [True, False],
            "flag": [True, None],
            "day": [date(2024, 1, 1), None],
            "at": [datetime(2024, 1, 1, 2, 3), None],
        }
    )
    first, second = load("execute_python_script").run(
        table, table.head(1), script=main("return dataframe1, dataframe2")
    )
    expected = table.with_columns(pl.col("day").cast(pl.Datetime("ms")))  # pandas knows no dates without a time
    assert first.to_dicts() == expected.to_dicts()
    assert second.to_dicts() == expected.head(1).to_dicts()
    assert first.schema["b"] == pl.Boolean


def test_a_script_computes_with_pandas(load, cars):
    script = "import pandas as pd\n" + main(
        'means = dataframe1.groupby("make", as_index=False)["price"].mean()\nreturn means.sort_values("make"),'
    )
    first, _ = load("execute_python_script").run(cars, script=script)
    assert_frame_equal(first, cars.group_by("make").agg(pl.col("price").mean()).sort("make"))


@pytest.mark.parametrize(
    ("body", "arguments"),
    [("return dataframe1", "dataframe1"), ("return [dataframe1]", "dataframe1=None"), ("return frames[0],", "*frames"),
     ("return dataframe2['n'],", "dataframe1, dataframe2"), ("import pandas as pd\nreturn pd.DataFrame({'n': [1]})", "")],
)  # fmt: skip
def test_scripts_may_take_fewer_frames_and_return_one_alone(load, body, arguments):
    table = pl.DataFrame({"n": [1]})
    first, second = load("execute_python_script").run(table, table, script=main(body, arguments))
    assert_frame_equal(first, table)
    assert second.is_empty()


def test_nothing_returned_gives_empty_tables(load):
    first, second = load("execute_python_script").run(script=main("pass"))
    assert (first.shape, second.shape) == ((0, 0), (0, 0))


def test_an_error_shows_the_line_of_the_script(load):
    script = "import pandas as pd\n\n" + main('x = 1\nreturn dataframe1["nope"],')
    with pytest.raises(KeyError) as caught:
        load("execute_python_script").run(pl.DataFrame({"n": [1]}), script=script)
    mine = [frame for frame in traceback.extract_tb(caught.value.__traceback__) if frame.filename == "<script>"]
    assert [(frame.lineno, frame.line) for frame in mine] == [(5, 'return dataframe1["nope"],')]


def test_a_script_that_is_not_python_says_where(load):
    with pytest.raises(SyntaxError) as caught:
        load("execute_python_script").run(script="x = 1\ndef azureml_main(:\n")
    assert (caught.value.filename, caught.value.lineno) == ("<script>", 2)


def test_a_bundle_is_unpacked_and_imported_from(load, tmp_path):
    with zipfile.ZipFile(tmp_path / "bundle.zip", "w") as bundle:
        bundle.writestr("my_features.py", "def double(frame):\n    return frame * 2\n")
        bundle.writestr("data/factor.txt", "3")
    script = "import my_features\n" + main(
        "factor = int(open('./Script Bundle/data/factor.txt').read())\nreturn my_features.double(dataframe1) * factor,"
    )
    first, _ = load("execute_python_script").run(
        pl.DataFrame({"n": [1, 2]}), script_bundle=tmp_path / "bundle.zip", script=script
    )
    assert first["n"].to_list() == [6, 12]
    assert not [path for path in sys.path if "Script Bundle" in path]


@pytest.mark.parametrize("name", ["../outside.py", "/tmp/outside.py", "a/../../outside.py"])
def test_a_bundle_that_leads_out_of_its_folder_is_refused(load, refused, tmp_path, name):
    with zipfile.ZipFile(tmp_path / "bundle.zip", "w") as bundle:
        bundle.writestr(name, "")
    text = refused(102, load("execute_python_script").run, script_bundle=tmp_path / "bundle.zip", script=main("pass"))
    assert "leads out of its folder" in text
    assert not (tmp_path / "outside.py").exists()
    assert not (tmp_path / "Script Bundle").exists()


def test_a_bundle_with_a_link_or_no_bundle_at_all_is_refused(load, refused, tmp_path):
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "bundle.zip", "w") as bundle:
        bundle.writestr(link, "/etc/passwd")
    run = load("execute_python_script").run
    refused(102, run, script_bundle=tmp_path / "bundle.zip", script=main("pass"))
    (tmp_path / "text.zip").write_text("no zip")
    assert "cannot be unpacked" in refused(102, run, script_bundle=tmp_path / "text.zip", script=main("pass"))


def test_what_a_script_must_not_return_is_refused(load, refused):
    run = load("execute_python_script").run
    assert "defines no function azureml_main" in refused(85, run, script="x = 1")
    assert "returned 3 values" in refused(85, run, script=main("return 1, 2, 3"))
    assert "The second value that azureml_main returned is int" in refused(85, run, script=main("return None, 5"))
    pandas = "import pandas as pd\n"
    assert 'two columns called "a"' in refused(
        28, run, script=pandas + main('return pd.DataFrame([[1, 2]], columns=["a", "a"]),')
    )
    assert 'Column "m" holds values that one column cannot keep together: int, str' in refused(
        45, run, script=pandas + main('return pd.DataFrame({"m": [1, "a"]}),')
    )
