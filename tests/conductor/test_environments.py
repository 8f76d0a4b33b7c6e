"""Several versions of one library in one pipeline, with packages from the index that this machine uses."""

import json
from pathlib import Path

from designer.actions import environments
from tests.conductor.conftest import conducting
from tests.home import document, home

MODULES = {
    "make": '''"""Make"""
import polars as pl


def run() -> pl.DataFrame:
    return pl.DataFrame({"name": ["a", "b", None], "number": [1, 2, 3], "share": [0.5, None, 1.5], "yes": [True, False, None]})
''',
    "old": '''# /// script
# dependencies = ["pandas==1.5.3"]
# ///
"""Old"""
import pandas as pd


def run(data: pd.DataFrame) -> pd.DataFrame:
    more = pd.DataFrame({"name": ["c"], "number": [4], "share": [2.5], "yes": [True]})
    together = data.append(more, ignore_index=True)  # gone since pandas 2
    together["old"] = pd.__version__
    together["at"] = pd.to_datetime(["2026-11-20"] * 4)
    together["kind"] = pd.Categorical(["x", "y", "x", "y"])
    return together
''',
    "any": '''# /// script
# dependencies = ["pandas==1.5.3"]
# ///
"""Any"""
from typing import Any


def run(data: Any) -> Any:
    assert type(data).__module__.startswith("pandas")
    return data
''',
    "new": '''# /// script
# dependencies = ["pandas>=3", "humanize"]
# ///
"""New"""
import humanize
import pandas as pd


def run(data: pd.DataFrame) -> pd.DataFrame:
    assert not hasattr(data, "append")
    return data.assign(new=pd.__version__, said=[humanize.ordinal(number) for number in data["number"]])
''',
    "end": '''"""End"""
import polars as pl

from designer.module import Metrics


def run(data: pl.DataFrame) -> Metrics:
    kinds = {name: str(kind) for name, kind in data.schema.items()}
    return {"rows": data.select("name", "number", "share", "yes", "old", "new", "said", "at").rows(), "kinds": kinds}
''',
}


def test_an_old_pandas_and_the_newest_pass_tables_to_each_other(tmp_path: Path) -> None:
    library = tmp_path / "library" / "test"
    library.mkdir(parents=True)
    for name, text in MODULES.items():
        (library / f"{name}.py").write_text(text)
    nodes = {
        "make": {"module": "make@1"},
        "old": {"module": "old@1", "inputs": {"data": "make.result"}},
        "any": {"module": "any@1", "inputs": {"data": "old.result"}},
        "new": {"module": "new@1", "inputs": {"data": "any.result"}},
        "end": {"module": "end@1", "inputs": {"data": "new.result"}},
    }
    with home(tmp_path) as inst, conducting(inst) as conducted:
        run = conducted.ended(conducted.submit(document(nodes)), 600)

        assert run.status == "completed", [(step.node, step.error) for step in run.steps.values() if step.error]
        told = json.loads(inst.artifacts.local_path(run.steps["end"].outputs["result"].digest).read_text())
        newest = told["rows"][0][5]
        assert newest.split(".")[0] >= "3"
        assert [row[:5] for row in told["rows"]] == [
            ["a", 1, 0.5, True, "1.5.3"], ["b", 2, None, False, "1.5.3"], [None, 3, 1.5, None, "1.5.3"], ["c", 4, 2.5, True, "1.5.3"],
        ]  # fmt: skip
        assert [row[6] for row in told["rows"]] == ["1st", "2nd", "3rd", "4th"]
        assert told["kinds"]["at"].startswith("Datetime")
        found = {one.modules[0]: one for one in environments.list_environments(inst).items}
        assert {name: one.status for name, one in found.items()} == dict.fromkeys(("old@1", "any@1", "new@1"), "ready")
        lock = environments.get_environment(inst, found["old@1"].id).lock_text
        assert "pandas==1.5.3" in lock
        assert "numpy==1." in lock
        conducted.assert_invariants(run)
