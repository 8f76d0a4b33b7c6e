"""Kubeflow Pipelines: its local SubprocessRunner in the present environment; no reuse, no history."""

import os
from pathlib import Path
from typing import Any

import steps
from kfp import dsl, local
from kfp.dsl import Dataset, Input, Output
from workloads import CHAIN, FAN, Nodes, answer, chain, fan, timed, without_start

STEPS = str(Path(steps.__file__).parent)


@dsl.component(install_kfp_package=False)
def begin() -> int:
    """A step that takes nothing."""
    return 0


@dsl.component(install_kfp_package=False)
def no_op(value: int) -> int:
    """A step that takes a value."""
    return value


@dsl.component(install_kfp_package=False)
def make_floats(data: Output[Dataset]):
    """Many floats."""
    import steps

    steps.make_floats().to_parquet(data.path)


@dsl.component(install_kfp_package=False)
def add_to_floats(before: Input[Dataset], column: str, data: Output[Dataset]):
    """Add a number to one column."""
    import pandas as pd
    import steps

    steps.add_to_floats(pd.read_parquet(before.path), column, 1.5).to_parquet(data.path)


@dsl.component(install_kfp_package=False)
def sum_floats(before: Input[Dataset], data: Output[Dataset]):
    """Sum every column."""
    import pandas as pd
    import steps

    steps.sum_floats(pd.read_parquet(before.path)).to_parquet(data.path)


@dsl.component(install_kfp_package=False)
def print_lines() -> int:
    """Print many lines."""
    import steps

    return steps.print_lines()["lines"]


@dsl.component(install_kfp_package=False)
def mark(place: str) -> int:
    """Say a line."""
    import steps

    return steps.mark(place)["number"]


def run(name: str, nodes: Nodes) -> None:
    """Run a graph of no-ops."""

    @dsl.pipeline(name=name)
    def graph() -> None:
        made: dict[str, Any] = {}
        for node, (inputs, after) in nodes.items():
            made[node] = no_op(value=made[inputs[0]].output) if inputs else begin()
            if after:
                made[node].after(*[made[one] for one in after])

    graph()


@dsl.pipeline(name="frames")
def frames() -> None:
    """Five steps over a large table."""
    data = make_floats().outputs["data"]
    for i in range(3):
        data = add_to_floats(before=data, column=f"c{i}").outputs["data"]
    sum_floats(before=data)


def run_lines(_: Path) -> dict[str, Any]:
    """Lines; they go to the terminal."""
    return {"seconds": timed(print_lines), "lines": steps.LINES, "kept": ""}


if __name__ == "__main__":
    os.environ["PYTHONPATH"] = STEPS
    local.init(runner=local.SubprocessRunner(use_venv=False), pipeline_root="outputs", raise_on_error=True)
    answer({
        "chain": lambda _: without_start(run, chain(CHAIN), reuses=False, warm=True),
        "fan": lambda _: without_start(run, fan(FAN), reuses=False, warm=True),
        "frames": lambda _: {"seconds": timed(frames)}, "lines": run_lines,
        "first": lambda folder: mark(place=str(folder / "moment")) and None,
    })  # fmt: skip
