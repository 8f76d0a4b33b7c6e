"""Jobs that write the sample tables."""

from pathlib import Path

import polars as pl
import pytest

from designer.launcher import samples
from designer.launcher.failures import Failure

datasets = pytest.importorskip("designer.samples.datasets")


def test_each_named_sample_is_one_output(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    name = next(iter(datasets.SAMPLES))

    outputs = samples.run({"options": {"names": [name]}}, str(tmp_path))["outputs"]

    assert outputs[name]["type"] == "table"
    assert pl.read_ipc(tmp_path / outputs[name]["path"]).height == outputs[name]["rows"] > 0


def test_an_unknown_sample_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="There is no sample"):
        samples.run({"options": {"names": ["../x"]}}, str(tmp_path))
