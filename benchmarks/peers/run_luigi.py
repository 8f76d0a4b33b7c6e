"""Luigi: a forked worker process per task, files as targets, its local scheduler; a task whose file is there is done."""

import json
from pathlib import Path
from typing import Any

import luigi
import steps
from workloads import CHAIN, FAN, WIDTH, Nodes, answer, chain, fan, timed, without_start

GRAPHS: dict[str, Nodes] = {}
"""By name; the forked workers see them too."""


class NoOp(luigi.Task):
    """A step of a graph of no-ops."""

    graph = luigi.Parameter()
    node = luigi.Parameter()

    def requires(self) -> Any:
        """The steps before."""
        inputs, after = GRAPHS[self.graph][self.node]
        return [NoOp(self.graph, one) for one in (*inputs, *after)]

    def output(self) -> Any:
        """A small file."""
        return luigi.LocalTarget(f"{self.graph}-{self.node}.json")

    def run(self) -> None:
        """Hand on a number."""
        value = None
        if GRAPHS[self.graph][self.node][0]:
            with self.input()[0].open() as file:
                value = json.load(file)
        with self.output().open("w") as file:
            json.dump(steps.no_op(value, 1), file)


class Frame(luigi.Task):
    """A step over a large table, kept as Parquet."""

    place = luigi.IntParameter()

    def requires(self) -> Any:
        """The step before."""
        return [Frame(self.place - 1)] if self.place else []

    def output(self) -> Any:
        """A table."""
        return luigi.LocalTarget(f"frame{self.place}.parquet")

    def run(self) -> None:
        """Make, change or sum."""
        import pandas as pd

        if self.place == 0:
            data = steps.make_floats()
        else:
            data = pd.read_parquet(self.input()[0].path)
            data = steps.sum_floats(data) if self.place == 4 else steps.add_to_floats(data, f"c{self.place - 1}", 1.5)
        with self.output().temporary_path() as path:
            data.to_parquet(path)


class One(luigi.Task):
    """One step that prints."""

    kind = luigi.Parameter()

    def output(self) -> Any:
        """A small file."""
        return luigi.LocalTarget(f"{self.kind}.json")

    def run(self) -> None:
        """Print."""
        value = steps.print_lines() if self.kind == "lines" else steps.mark("moment")
        with self.output().open("w") as file:
            json.dump(value, file)


def build(task: luigi.Task) -> None:
    """Run a task and what it needs."""
    if not luigi.build([task], local_scheduler=True, workers=WIDTH, no_lock=True, log_level="WARNING"):
        raise RuntimeError("scheduling failed")
    if not task.complete():
        raise RuntimeError("the task failed")


def run(name: str, nodes: Nodes) -> None:
    """Run a graph of no-ops."""
    GRAPHS[name] = nodes
    build(NoOp(name, list(nodes)[-1]))


def run_lines(_: Path) -> dict[str, Any]:
    """Lines; they go to the terminal."""
    return {"seconds": timed(lambda: build(One("lines"))), "lines": steps.LINES, "kept": ""}


if __name__ == "__main__":
    answer({
        "chain": lambda _: without_start(run, chain(CHAIN), reuses=True, warm=True),
        "fan": lambda _: without_start(run, fan(FAN), reuses=True, warm=True),
        "frames": lambda _: {"seconds": timed(lambda: build(Frame(4)))}, "lines": run_lines,
        "first": lambda _: build(One("first")),
    })  # fmt: skip
