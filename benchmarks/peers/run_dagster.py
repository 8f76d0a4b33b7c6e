"""Dagster: its multiprocess executor as it comes (a new interpreter per step), pickled values in its folder, its SQLite event log."""

import os
from pathlib import Path
from typing import Any

import steps
from dagster import (
    DagsterInstance,
    In,
    Nothing,
    OpExecutionContext,
    execute_job,
    job,
    multiprocess_executor,
    op,
    reconstructable,
)
from workloads import WIDTH, Nodes, answer, chain, fan, timed, without_start

CHAIN, FAN = 10, 20
"""Shorter than those of the others: a step takes seconds."""

EXECUTOR = multiprocess_executor.configured({"max_concurrent": WIDTH})


@op
def begin() -> Any:
    """A step that takes nothing."""
    return steps.no_op(None, 0)


@op
def no_op(value: Any) -> Any:
    """A step that takes a value."""
    return steps.no_op(value, 1)


@op(ins={"after": In(Nothing)})
def last() -> Any:
    """A step after others."""
    return steps.no_op(None, 2)


@op
def make_floats() -> Any:
    """Many floats."""
    return steps.make_floats()


@op
def add_to_floats(data: Any) -> Any:
    """Add a number to one column."""
    return steps.add_to_floats(data, "c0", 1.5)


@op
def sum_floats(data: Any) -> Any:
    """Sum every column."""
    return steps.sum_floats(data)


@op
def print_lines() -> Any:
    """Print many lines."""
    return steps.print_lines()


@op
def mark(context: OpExecutionContext) -> Any:
    """Say a line."""
    return steps.mark(os.environ["BENCHMARK_MOMENT"])


def build(nodes: Nodes) -> None:
    """Wire a graph of no-ops."""
    made: dict[str, Any] = {}
    for node, (inputs, after) in nodes.items():
        if inputs:
            made[node] = no_op.alias(node)(made[inputs[0]])
        else:
            made[node] = last.alias(node)(after=[made[one] for one in after]) if after else begin.alias(node)()


@job(executor_def=EXECUTOR)
def alone_job() -> None:
    """One step."""
    build(chain(1))


@job(executor_def=EXECUTOR)
def chain_job() -> None:
    """Steps in a row."""
    build(chain(CHAIN))


@job(executor_def=EXECUTOR)
def fan_job() -> None:
    """One, many, one."""
    build(fan(FAN))


@job(executor_def=EXECUTOR)
def frames_job() -> None:
    """Five steps over a large table."""
    data = make_floats()
    for i in range(3):
        data = add_to_floats.alias(f"add{i}")(data)
    sum_floats(data)


@job(executor_def=EXECUTOR)
def lines_job() -> None:
    """One step that prints many lines."""
    print_lines()


@job(executor_def=EXECUTOR)
def first_job() -> None:
    """One step that says when it began."""
    mark()


def run(job_function: Any) -> None:
    """Run a job to its end."""
    with DagsterInstance.get() as instance:
        done = execute_job(reconstructable(job_function), instance=instance)
        if not done.success:
            raise RuntimeError("the job failed")


def run_graph(whole: Any, nodes: Nodes) -> dict[str, Any]:
    """A graph; nothing is reused by itself."""
    return without_start(lambda name, _: run(whole if name == "whole" else alone_job), nodes, reuses=False)


def run_lines(folder: Path) -> dict[str, Any]:
    """Lines, until they lie in its compute log."""
    seconds = timed(lambda: run(lines_job))
    kept = max((file.read_bytes().count(b"\nline ") + 1 for file in folder.rglob("*.out")), default=0)
    if kept < steps.LINES:
        raise RuntimeError(f"{kept} lines were kept")
    return {"seconds": seconds, "lines": steps.LINES, "kept": "a file, in its UI"}


def run_first(folder: Path) -> None:
    """One step that says when it began."""
    os.environ["BENCHMARK_MOMENT"] = str(folder / "moment")
    run(first_job)


if __name__ == "__main__":
    answer({
        "chain": lambda _: run_graph(chain_job, chain(CHAIN)), "fan": lambda _: run_graph(fan_job, fan(FAN)),
        "frames": lambda _: {"seconds": timed(lambda: run(frames_job))}, "lines": run_lines, "first": run_first,
    })  # fmt: skip
