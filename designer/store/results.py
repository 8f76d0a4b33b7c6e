"""Results: what may be reused. The newest completed step of each key, with what its output ports gave."""

import functools
import statistics
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from designer.engine.run import Output
from designer.store.database import Transaction, insert_of
from designer.store.steps import Seen, StoredStep, read_seen, write_seen
from designer.store.tables import dataset_versions, outputs, results, runs

MOST_AT_ONCE = 500
TYPICAL_OF = 20
"""Of how many of the newest steps of a module the usual time is taken."""


@dataclass(frozen=True)
class Result:
    """A completed step whose outputs serve every step with the same key."""

    key: str
    run: str
    node: str
    attempt: str
    module: str
    created: float
    seconds: float | None
    outputs: Mapping[str, Output]
    seen: Seen

    @property
    def digests(self) -> dict[str, str]:
        """The artifact of each output."""
        return {port: one.digest for port, one in self.outputs.items()}


_NAMES = [column.name for column in results.columns]
_SERVING = sa.select(results).join(runs, runs.c.id == results.c.run).where(runs.c.deleted.is_(None))
"""Results of deleted runs serve no more, unless the run is brought back."""

_OF_KEYS = _SERVING.where(results.c.key.in_(sa.bindparam("keys", expanding=True)))


def result_of(run: str, step: StoredStep) -> Result:
    """The result that a step of a run is, or that it reused; whether or not it is the newest of its key."""
    state = step.state
    seconds = state.ended - state.started if state.ended is not None and state.started is not None else None
    return Result(
        step.key, step.reused_from or run, step.reused_node or step.plan.node, state.attempt, step.plan.module,
        state.ended or 0.0, seconds, state.outputs, step.seen,
    )  # fmt: skip


def find(t: Transaction, keys: Iterable[str]) -> dict[str, Result]:
    """The results there are of these keys."""
    wanted = list(keys)
    found = {}
    for begin in range(0, len(wanted), MOST_AT_ONCE):
        for row in t.execute(_OF_KEYS, {"keys": wanted[begin : begin + MOST_AT_ONCE]}).mappings():
            found[row["key"]] = _result(row)
    return found


def of_run(t: Transaction, run: str) -> dict[str, Result]:
    """The results that a run made, by key: of a pipeline that runs again these are most it needs."""
    rows = t.execute(_SERVING.where(results.c.run == run)).mappings()
    return {row["key"]: _result(row) for row in rows}


def keep(t: Transaction, found: Sequence[Result]) -> None:
    """Have results serve from now on; a newer one of a key takes the place of the older."""
    if not found:
        return
    rows = [{**vars(one), "outputs": {port: _write(out) for port, out in one.outputs.items()}, "seen": write_seen(one.seen)}
            for one in found]  # fmt: skip
    t.execute(_keep(t.dialect.name), rows)


@functools.cache
def _keep(dialect: str) -> Any:
    statement = insert_of(dialect, results)
    moving = {name: statement.excluded[name] for name in _NAMES if name != "key"}
    return statement.on_conflict_do_update(index_elements=["key"], set_=moving)


def forget(t: Transaction, keys: Collection[str]) -> None:
    """Have results serve no more."""
    if keys:
        t.execute(results.delete().where(results.c.key.in_(list(keys))))


def typical(t: Transaction, modules: Iterable[str]) -> dict[str, tuple[float | None, int | None]]:
    """Seconds (median) and peak memory (highest, bytes) of the newest steps of each module."""
    found = {}
    for module in modules:
        query = (
            sa.select(results.c.seconds, results.c.seen)
            .where(results.c.module == module)
            .order_by(results.c.created.desc())
            .limit(TYPICAL_OF)
        )
        rows = t.execute(query).all()
        seconds = [row.seconds for row in rows if row.seconds is not None]
        peaks = [row.seen["peak_memory"] for row in rows if row.seen.get("peak_memory")]
        if rows:
            found[module] = (statistics.median(seconds) if seconds else None, max(peaks, default=None))
    return found


def rows_of(t: Transaction, digests: Collection[str]) -> dict[str, int]:
    """The rows of artifacts that are tables, made by steps or read into datasets."""
    wanted = sorted(digests)[:MOST_AT_ONCE]
    found: dict[str, int] = {}
    for table in (outputs, dataset_versions):
        query = sa.select(table.c.digest, table.c.rows).where(table.c.digest.in_(wanted), table.c.rows.is_not(None))
        found |= {row.digest: row.rows for row in t.execute(query.distinct())}
    return found


def _write(out: Output) -> dict[str, Any]:
    return {**vars(out), "columns": [dict(column) for column in out.columns]}


def _result(row: sa.RowMapping) -> Result:
    made = {port: Output(**{**out, "columns": tuple(out["columns"])}) for port, out in row["outputs"].items()}
    return Result(**{**row, "outputs": made, "seen": read_seen(row["seen"])})
