"""Previews: what people see of an artifact, as strict JSON."""

import datetime as dt
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from designer.launcher import preview, values
from designer.launcher.failures import Failure
from designer.module import Model, Role, Transformation, UntrainedModel, with_roles


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    return tmp_path


def show(folder: Path, type_: str, path: Path | str, **options: Any) -> Any:
    job = {"kind": "preview", "options": {"type": type_, "path": str(path), **options}}
    outputs = preview.run(job, str(folder))["outputs"]
    assert outputs["preview"]["path"] == "out/preview.json"
    text = (folder / "out" / "preview.json").read_text()
    (folder / "out" / "preview.json").unlink()
    return json.loads(text, parse_constant=pytest.fail)


def of(folder: Path, frame: pl.DataFrame, **options: Any) -> Any:
    path = folder / "in" / "table.arrow"
    path.unlink(missing_ok=True)
    values.write("table", "table", frame, str(folder / "in"), None, values.Roles())
    return show(folder, "table", path, **options)


def test_a_column_of_numbers(folder: Path) -> None:
    found = of(folder, with_roles(pl.DataFrame({"age": [1, 2, 3, 4, None]}), {"age": Role("label")}))

    assert found == {
        "format": "designer.table/1",
        "rows": 5,
        "columns": [
            {
                "name": "age", "type": "Integer", "dtype": "Int64",
                "role": {"kind": "label", "categorical": False, "score": "", "category": ""},
                "missing": 1, "unique": 4, "min": 1, "max": 4, "mean": 2.5, "std": pytest.approx(1.2909944),
                "quantiles": {"0.25": 1.75, "0.5": 2.5, "0.75": 3.25},
                "histogram": {"edges": [0.5, 1.5, 2.5, 3.5, 4.5], "counts": [1, 1, 1, 1]},
                "top": [[1, 1], [2, 1], [3, 1], [4, 1]],
            }
        ],
        "head": {"offset": 0, "rows": [[1], [2], [3], [4], [None]]},
    }  # fmt: skip


def test_numbers_that_are_none(folder: Path) -> None:
    found = of(
        folder,
        pl.DataFrame(
            {"f": [1.0, float("nan"), float("inf"), None], "g": [float("nan")] * 4, "h": [None, None, None, 7.0]}
        ),
    )

    f, g, h = found["columns"]
    assert (f["missing"], f["unique"], f["min"], f["max"], f["mean"]) == (2, 2, 1.0, 1.0, 1.0)
    assert (g["missing"], g["unique"], g["min"], g["mean"]) == (4, 0, None, None)
    assert h["histogram"] == {"edges": [6.5, 7.5], "counts": [1]}
    assert h["std"] is None
    assert [row[0] for row in found["head"]["rows"]] == [1.0, "NaN", "Infinity", None]


def test_texts_and_truths(folder: Path) -> None:
    found = of(folder, pl.DataFrame({"s": ["b", "a", "b", None, "x" * 300], "t": [True, False, True, None, True]}))

    s, t = found["columns"]
    assert (s["missing"], s["unique"]) == (1, 3)
    assert s["top"] == [["b", 2], ["a", 1], ["x" * 199 + "…", 1]]
    assert t["top"] == [[True, 3], [False, 1]]
    assert len(found["head"]["rows"][4][0]) == 200


def test_dates_have_edges_in_milliseconds(folder: Path) -> None:
    days = pl.DataFrame(
        {"d": [dt.date(2026, 1, 1), dt.date(2026, 1, 21)], "t": [dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC), None]}
    )

    d, t = of(folder, days)["columns"]

    assert (d["type"], d["min"], d["max"]) == ("DateTime", "2026-01-01", "2026-01-21")
    assert d["histogram"]["edges"][0] == dt.datetime(2026, 1, 1, tzinfo=dt.UTC).timestamp() * 1000
    assert len(d["histogram"]["counts"]) == 20
    assert t["min"] == "2026-01-01T12:00:00+00:00"


def test_other_types_are_shown_as_text(folder: Path) -> None:
    frame = pl.DataFrame(
        {
            "l": [[1, None]],
            "s": [{"a": 1.5}],
            "b": [b"abc"],
            "big": [2**60],
            "dur": [dt.timedelta(hours=1)],
            "n": [None],
        }
    )

    found = of(folder, frame)

    assert found["head"]["rows"] == [["[1, null]", '{"a": 1.5}', "<3 bytes>", "1152921504606846976", "1:00:00", None]]
    assert [one["missing"] for one in found["columns"]] == [0, 0, 0, 0, 0, 1]


def test_rows_are_a_window(folder: Path) -> None:
    frame = pl.DataFrame({"i": range(5000)})

    assert [row[0] for row in of(folder, frame, limit=3, offset=10)["head"]["rows"]] == [10, 11, 12]
    assert of(folder, frame, limit=3, offset=4999)["head"] == {"offset": 4999, "rows": [[4999]]}
    assert of(folder, frame, limit=0)["head"]["rows"] == []
    assert len(of(folder, frame, limit=10**9)["head"]["rows"]) == 1000
    assert of(folder, frame, limit=3, offset=10**9)["head"]["rows"] == []


def test_a_table_without_rows_or_columns(folder: Path) -> None:
    assert of(folder, pl.DataFrame()) == {
        "format": "designer.table/1",
        "rows": 0,
        "columns": [],
        "head": {"offset": 0, "rows": []},
    }
    found = of(folder, pl.DataFrame({"a": pl.Series([], dtype=pl.Int64), "s": pl.Series([], dtype=pl.String)}))
    assert [(one["missing"], one["unique"]) for one in found["columns"]] == [(0, 0), (0, 0)]


def test_the_same_table_gives_the_same_preview(folder: Path) -> None:
    frame = pl.DataFrame({"s": [str(number % 50) for number in range(1000)], "f": np.linspace(0, 1, 1000)})

    assert of(folder, frame) == of(folder, frame)


def test_a_wide_table_is_listed_whole_but_profiled_in_part(folder: Path) -> None:
    found = of(folder, pl.DataFrame({f"c{number}": [1] for number in range(600)}))

    assert len(found["columns"]) == 600
    assert "mean" in found["columns"][499]
    assert "mean" not in found["columns"][500]


def stored(folder: Path, type_: str, value: Any) -> Path:
    entry = values.write("object", type_, value, str(folder / "in"), None, values.Roles())
    return folder / "in" / os.path.basename(str(entry["path"]))


TABLE, LABELS = np.array([[1.0, 0.0], [2.0, 1.0], [3.0, 0.0], [4.0, 1.0]]), np.array([3.0, 5.0, 7.0, 9.0])


def test_a_linear_model_shows_its_coefficients(folder: Path) -> None:
    model = Model(
        LinearRegression().fit(TABLE, LABELS), "regression", ["age", "bmi"], "income", name="Linear Regression"
    )

    found = show(folder, "model", stored(folder, "model", model))

    assert (found["format"], found["title"]) == ("designer.value/1", "Linear Regression")
    assert ["Features (2)", "age, bmi"] in found["items"]
    assert ["Label", "income"] in found["items"]
    assert ["Parameter fit_intercept", "True"] in found["items"]
    assert [name for name, _ in found["coefficients"]] == ["(intercept)", "age", "bmi"]
    assert [weight for _, weight in found["coefficients"]] == pytest.approx([1.0, 2.0, 0.0], abs=1e-9)


def test_a_classifier_in_a_pipeline_shows_them_by_class(folder: Path) -> None:
    estimator = make_pipeline(StandardScaler(), LogisticRegression()).fit(TABLE, ["a", "b", "c", "a"])
    model = Model(estimator, "multiclass", ["age", "bmi"], "kind", ["a", "b", "c"])

    found = show(folder, "model", stored(folder, "model", model))

    assert ["Learner", "StandardScaler → LogisticRegression"] in found["items"]
    assert ["Classes (3)", "a, b, c"] in found["items"]
    assert [name for name, _ in found["coefficients"]][:4] == ["a: (intercept)", "a: age", "a: bmi", "b: (intercept)"]


def test_a_forest_shows_its_importances(folder: Path) -> None:
    model = Model(
        RandomForestClassifier(5, random_state=0).fit(TABLE, [0, 1, 0, 1]), "binary", ["age", "bmi"], "kind", [0, 1]
    )

    found = show(folder, "model", stored(folder, "model", model))

    assert {name for name, _ in found["importances"]} == {"bmi", "age"}
    assert found["importances"][0][1] >= found["importances"][1][1]
    assert "coefficients" not in found


def test_a_learner_and_a_transformation(folder: Path) -> None:
    learner = UntrainedModel(LinearRegression(), "regression", "Linear Regression", {"alpha": [0.1, 1.0]})
    found = show(folder, "untrained_model", stored(folder, "untrained_model", learner))
    assert ["Range of alpha", "0.1; 1.0"] in found["items"]
    assert "coefficients" not in found
    (folder / "in" / "object.pkl").unlink()

    change = Transformation(len, ["age"], "Fills missing values")
    found = show(folder, "transformation", stored(folder, "transformation", change))
    assert found["items"][:2] == [["Description", "Fills missing values"], ["Columns (1)", "age"]]


def test_metrics_are_shown_as_they_are(folder: Path) -> None:
    (folder / "in" / "metrics.json").write_text('{"format": "designer.evaluation/1", "auc": 0.9}')

    assert show(folder, "metrics", folder / "in" / "metrics.json") == {"format": "designer.evaluation/1", "auc": 0.9}


def test_files_and_folders_are_listed(folder: Path) -> None:
    (folder / "in" / "note.txt").write_text("Grüße\n" * 5000)
    (folder / "in" / "raw.bin").write_bytes(b"\x00\x01")
    (folder / "in" / "latin.txt").write_bytes("Grüße".encode("latin-1"))

    text = show(folder, "file", folder / "in" / "note.txt", name="mine.txt")
    assert text["listing"] == [["mine.txt", 40_000]]
    assert text["text"].startswith("Grüße\n")
    assert len(text["text"]) < 16_385
    assert show(folder, "file", folder / "in" / "raw.bin")["text"] is None
    assert show(folder, "file", folder / "in" / "latin.txt")["text"] is None

    found = show(folder, "folder", folder / "in")
    assert (found["files"], found["size"], [name for name, _ in found["listing"]]) == (
        3,
        40_007,
        ["latin.txt", "note.txt", "raw.bin"],
    )


def test_what_is_damaged_is_said(folder: Path) -> None:
    (folder / "in" / "bad").write_bytes(b"no arrow")

    for type_, path in (
        ("table", folder / "in" / "bad"),
        ("model", folder / "in" / "bad"),
        ("table", folder / "nothing"),
    ):
        with pytest.raises(Failure) as raised:
            show(folder, type_, path)
        assert raised.value.kind == "InputDamaged"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.none() | st.floats(), max_size=8),
    st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=8),
    st.lists(st.none() | st.text(max_size=5), max_size=8),
    st.lists(st.none() | st.datetimes(), max_size=8),
)
def test_any_table_has_a_preview(
    folder: Path, floats: list[Any], integers: list[Any], texts: list[Any], moments: list[Any]
) -> None:
    height = min(map(len, (floats, integers, texts, moments)))
    frame = pl.DataFrame(
        {
            "f": pl.Series(floats[:height], dtype=pl.Float64), "i": pl.Series(integers[:height], dtype=pl.Int64),
            "s": pl.Series(texts[:height], dtype=pl.String), "t": pl.Series(moments[:height], dtype=pl.Datetime("us")),
        }
    )  # fmt: skip

    found = of(folder, frame)

    assert found["rows"] == height
    for column in found["columns"]:
        if "histogram" in column:
            assert sum(column["histogram"]["counts"]) <= height
            assert len(column["histogram"]["edges"]) == len(column["histogram"]["counts"]) + 1
