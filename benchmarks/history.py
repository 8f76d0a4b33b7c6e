"""The history when it is long: lists, searches and clean-ups over 10,000 runs of 20 steps, on SQLite and, where given, PostgreSQL.

python -m benchmarks.history                        10,000 runs
python -m benchmarks.history --runs 1000            fewer
python -m benchmarks.history --database URL         an empty PostgreSQL database instead of SQLite
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from designer.actions import runs, storage
from designer.engine.run import Output
from designer.engine.status import RunStatus, StepStatus
from designer.installation import Installation, open_installation
from designer.settings import Settings
from designer.store import database, steps
from designer.store import runs as stored
from designer.store.runs import StoredRun
from designer.store.steps import StepPlan, StoredStep, new_state
from designer.store.tables import artifacts

STEPS = 20
AT_ONCE = 100
ROUNDS = 30
GOALS = {"list": 0.300, "search": 1.000, "write": 0.050}
"""Seconds that the 95th percentile may take; a write is the time for which a clean-up holds the write lock."""


def fill(inst: Installation, count: int) -> None:
    """Write runs that ended, an hour apart, each with its steps and outputs; every third output is one of an earlier run."""
    now = inst.clock.now()
    chance = random.Random(7)
    for begin in range(0, count, AT_ONCE):
        with inst.store.write("turn") as t:
            for number in range(begin, min(begin + AT_ONCE, count)):
                _write_run(t, number, now - (count - number) * 3_600.0, chance)


def _write_run(t: Any, number: int, at: float, chance: random.Random) -> None:
    id_ = f"run_{number:020}"
    failed = number % 10 == 0
    status = RunStatus.FAILED if failed else RunStatus.COMPLETED
    document = {
        "format": "designer.pipeline/1",
        "name": f"Forecast {number}",
        "nodes": {f"n{place}": {} for place in range(STEPS)},
    }
    stored.add(
        t,
        StoredRun(id_, f"Forecast {number}", f"Week {number % 52}", status, f"pip_{number % 50:020}", "Forecast", f"Experiment {number % 20}",
                  at, at, at + 60, {}, {"team": chance.choice(["north", "south"])}, {status.value: STEPS}, "", "", False, False, False, "", 1,
                  document),
    )  # fmt: skip
    plans = [StepPlan(f"n{place}", place, f"Step {place}", "add@1") for place in range(STEPS)]
    states = [
        replace(new_state(plan, "local"), status=StepStatus.COMPLETED, started=at, ended=at + 3) for plan in plans
    ]
    steps.add(
        t,
        id_,
        [StoredStep(plan, state, key=f"{number}-{plan.node}") for plan, state in zip(plans, states, strict=True)],
    )
    made = {}
    for plan in plans:
        owner = number - chance.randrange(1, 5) if number > 5 and chance.random() < 0.33 else number
        made[plan.node] = {"result": Output(f"sha256:{owner * STEPS + plan.position:064x}", "table", 1_000_000)}
    steps.publish(t, [(id_, node, "", ports) for node, ports in made.items()], at)


def measure(action: Callable[[], Any], rounds: int = ROUNDS) -> tuple[float, float]:
    """Median and 95th percentile, in seconds."""
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        action()
        found.append(time.perf_counter() - start)
    found.sort()
    return found[len(found) // 2], found[min(len(found) - 1, int(len(found) * 0.95))]


class Writes:
    """How long each kind of write transaction took."""

    def __init__(self, inst: Installation) -> None:
        self.found: dict[str, list[float]] = {}
        real = database.Database.write

        def write(store: database.Database, name: Any) -> Any:
            return _Timed(real(store, name), self.found.setdefault(name, []))

        inst.store.write = write.__get__(inst.store)  # type: ignore[method-assign]


class _Timed:
    """A transaction that notes how long it was open."""

    def __init__(self, inner: Any, into: list[float]) -> None:
        self._inner, self._into = inner, into

    def __enter__(self) -> Any:
        opened = self._inner.__enter__()
        self._start = time.perf_counter()
        return opened

    def __exit__(self, *about: Any) -> Any:
        done = self._inner.__exit__(*about)
        self._into.append(time.perf_counter() - self._start)
        return done


def main() -> None:
    """Fill a history, and print what it costs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--database", default="")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.read({}, home=Path(folder) / "home", database=options.database, samples=False, free_space=0,
                                 keep_runs_days=0.0, keep_runs_count=options.runs * 9 // 10, keep_bytes=10**18, delete_after=0.0)  # fmt: skip
        inst = open_installation(settings)
        try:
            start = time.perf_counter()
            fill(inst, options.runs)
            filled = time.perf_counter() - start
            rows = _reads(inst, options.runs)
            writes = Writes(inst)
            start = time.perf_counter()
            _clean(inst)
            cleaned = time.perf_counter() - start
        finally:
            inst.close()
    writes.found.pop("turn", None)  # ours
    for name, times in sorted(writes.found.items()):
        times.sort()
        rows.append(
            (
                f"clean-up: {name} x {len(times):,}",
                times[len(times) // 2],
                times[int(len(times) * 0.95)],
                GOALS["write"],
            )
        )
    if options.json:
        print(json.dumps({name: {"median": middle, "p95": high} for name, middle, high, _ in rows}))
        return
    print(f"{options.runs:,} runs of {STEPS} steps; filled in {filled:.1f} s, cleaned up in {cleaned:.1f} s")
    print(f"{'':44} {'median':>10} {'p95':>10} {'goal':>10}")
    for name, middle, high, goal in rows:
        print(
            f"{name:44} {middle * 1000:7.1f} ms {high * 1000:7.1f} ms {goal * 1000:7.0f} ms {'' if high <= goal else '  MISSED'}"
        )


def _clean(inst: Installation) -> None:
    """Delete the oldest tenth, remove it, mark what it alone used, and collect that."""
    storage.clean(inst)
    storage.clean(inst)
    with inst.store.write("turn") as t:
        t.execute(artifacts.update().values(marked=artifacts.c.marked - 2 * storage.SAFE_SECONDS))
    storage.clean(inst)


def _reads(inst: Installation, count: int) -> list[tuple[str, float, float, float]]:
    """The lists and searches, each with its goal."""
    middle = f"run_{count // 2:020}"
    asked: dict[str, tuple[Callable[[], Any], str]] = {
        "list, first page": (lambda: runs.list_runs(inst), "list"),
        "list, page in the middle": (lambda: runs.list_runs(inst, after=middle), "list"),
        "list, 500 at once": (lambda: runs.list_runs(inst, limit=500), "list"),
        "list, failed ones": (lambda: runs.list_runs(inst, status=["failed"]), "list"),
        "list, of an experiment": (lambda: runs.list_runs(inst, experiment="Experiment 3"), "list"),
        "list, of a pipeline": (lambda: runs.list_runs(inst, pipeline=f"pip_{3:020}"), "list"),
        "list, of a status that none has": (lambda: runs.list_runs(inst, status=["running"]), "list"),
        "search, many fit": (lambda: runs.list_runs(inst, q="forecast"), "search"),
        "search, the oldest one fits": (lambda: runs.list_runs(inst, q="Forecast 0"), "search"),
        "search, none fits": (lambda: runs.list_runs(inst, q="nothing like it"), "search"),
        "one run, whole": (lambda: runs.get_run(inst, middle), "list"),
    }
    return [(name, *measure(action), GOALS[goal]) for name, (action, goal) in asked.items()]


if __name__ == "__main__":
    main()
