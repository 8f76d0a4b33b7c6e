"""The goals of the engine, and whether they are met."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from benchmarks.tables import OURS, Results, megabytes, number, per_step, table, value, whole_lines

MS = 1000.0


@dataclass(frozen=True)
class Goal:
    """A limit that a number stays below, or reaches where `least`."""

    name: str
    limit: float
    unit: str
    read: Callable[[Results], float | None]
    least: bool = False


def scaled(found: float | None, scale: float) -> float | None:
    """A number in another unit."""
    return None if found is None else found * scale


def over(first: float | None, second: float | None) -> float | None:
    """A quotient, where there are both numbers."""
    return None if first is None or not second else first / second


def against(workload: str, tool: str) -> Callable[[Results], float | None]:
    """How many times as long a peer's step takes as ours."""
    return lambda r: over(per_step(r, workload, tool), per_step(r, workload, OURS))


RIVALS = ("prefect", "dagster", "snakemake", "dvc")
"""The peers that run steps in other processes and keep a history, of whatever kind."""


def nearest(read: Callable[[Results, str], float | None]) -> Callable[[Results], float | None]:
    """How many times as long as ours the quickest of those takes that isolate steps and keep a history."""

    def found(results: Results) -> float | None:
        times = [one for one in (read(results, tool) for tool in RIVALS) if one is not None]
        return over(min(times), read(results, OURS)) if times else None

    return found


def per_step_of(workload: str, results: Results, tool: str) -> float | None:
    """Milliseconds a step."""
    return per_step(results, workload, tool)


def kept_lines(results: Results, tool: str) -> float | None:
    """Seconds until the lines are kept; None where they are not."""
    return whole_lines(results, tool) if results.get(("lines", tool), {}).get("kept") else None


GRAPH_1000, GRAPH_5000 = "graph of 1,000 steps", "graph of 5,000 steps"

GOALS = (
    Goal("A: 50-step chain", 8, "ms a step", lambda r: per_step(r, "chain", OURS)),
    Goal("A: to the prototype", 1.3, "x", lambda r: over(per_step(r, "chain", OURS), per_step(r, "chain", "proto"))),
    Goal("B: 1-100-1 fan", 8, "ms a step", lambda r: per_step(r, "fan", OURS)),
    Goal("B: to the prototype", 1.3, "x", lambda r: over(per_step(r, "fan", OURS), per_step(r, "fan", "proto"))),
    Goal("A: faster than Snakemake", 5, "x", against("chain", "snakemake"), least=True),
    Goal("A: faster than Prefect's processes", 13, "x", against("chain", "prefect"), least=True),
    Goal("A: faster than Dagster's processes", 300, "x", against("chain", "dagster"), least=True),
    Goal("A: ahead of all that isolate and keep", 1, "x", nearest(partial(per_step_of, "chain")), least=True),
    Goal("B: ahead of all that isolate and keep", 1, "x", nearest(partial(per_step_of, "fan")), least=True),
    Goal("C: ahead of all that isolate and keep", 1, "x", nearest(lambda r, tool: value(r, "chain", tool, "again")), least=True),
    Goal("D: ahead of all that isolate and keep", 1, "x", nearest(lambda r, tool: value(r, "frames", tool, "seconds")), least=True),
    Goal("F: ahead of all that isolate and keep", 1, "x", nearest(kept_lines), least=True),
    Goal("B: both cores busy", 90, "% of the time", lambda r: scaled(value(r, "work", OURS, "busy"), 100), least=True),
    Goal("C: 50 steps reused", 30, "ms", lambda r: scaled(value(r, "chain", OURS, "again"), MS)),
    Goal("C: 1,000 steps reused", 300, "ms", lambda r: scaled(value(r, GRAPH_1000, OURS, "again"), MS)),
    Goal("C: 5,000 steps reused", 1500, "ms", lambda r: scaled(value(r, GRAPH_5000, OURS, "again"), MS)),
    Goal("D: five data-frame steps", 1.4, "s", lambda r: value(r, "frames", OURS, "seconds")),
    Goal("D: peak PSS", 350, "MB", lambda r: megabytes(r, "frames", OURS, "peak")),
    Goal("F: 200,000 lines kept", 0.7, "s", lambda r: whole_lines(r, OURS)),
    Goal("first line, embedded", 1.5, "s", lambda r: value(r, "start", OURS, "first_embedded")),
    Goal("first line, the command with a running server", 50, "ms",
         lambda r: scaled(value(r, "start", OURS, "first_running"), MS)),
    Goal("first line, a request to a running server", 50, "ms",
         lambda r: scaled(value(r, "start", OURS, "first_request"), MS)),
    Goal("server answers after", 1.5, "s", lambda r: value(r, "start", OURS, "answers")),
    Goal("idle server, all its processes", 250, "MB PSS", lambda r: megabytes(r, "start", OURS, "idle")),
    Goal("idle server alone", 110, "MB PSS", lambda r: megabytes(r, "start", OURS, "alone")),
    Goal("5,000 steps: longest turn", 100, "ms", lambda r: scaled(value(r, GRAPH_5000, OURS, "longest"), MS)),
    Goal("5,000 steps: rows written", 5, "a step",
         lambda r: over(value(r, GRAPH_5000, OURS, "rows"), value(r, GRAPH_5000, OURS, "steps"))),
)  # fmt: skip


def goals_table(results: Results, whole: bool) -> str:
    """Each goal, what was measured, and whether it is met; of a whole run also which could not be measured."""
    rows, unknown = [], []
    for goal in GOALS:
        found = goal.read(results)
        if found is None:
            unknown.append(goal.name)
            continue
        met = found >= goal.limit if goal.least else found <= goal.limit
        rows.append(
            [
                goal.name,
                f"{'>=' if goal.least else '<='} {goal.limit:g} {goal.unit}",
                number(found),
                "met" if met else "**missed**",
            ]
        )
    text = table(["goal", "limit", "measured", ""], rows)
    return f"{text}\n\nNot measured: {'; '.join(unknown)}." if unknown and whole else text
