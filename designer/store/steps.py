"""Steps: what each is to do, where it is, and what was seen of it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from designer.engine.run import Output, Step, StepError
from designer.engine.status import FINAL, RunIf, StepStatus
from designer.store import artifacts
from designer.store.database import Transaction, insert_new
from designer.store.tables import BUSY_STEP, UNFINISHED_RUN, outputs, runs, steps


@dataclass(frozen=True)
class StepPlan:
    """What a step is to do: fixed when the run is submitted."""

    node: str
    position: int
    name: str
    module: str = ""  # "split_data@1"
    source: str = ""  # digest of its frozen source
    dataset: str = ""  # "diabetes@1", always an exact version
    inputs: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # port -> (node, output)
    outputs: tuple[tuple[str, str], ...] = ()  # name and type of each port
    optional: tuple[str, ...] = ()  # outputs that need not be there
    parameters: Mapping[str, Any] = field(default_factory=dict)  # complete, after defaults
    before: tuple[str, ...] = ()
    software: str = ""  # the environment it needs, by its id; "" is the server's own Python
    needs: tuple[str, ...] = ()  # of those, the ones whose outputs it cannot do without
    run_if: str = "success"
    reuse: bool = True  # whether an earlier result may serve
    anew: bool = False  # it was asked to run whatever there is
    priority: int = 0
    retries: int = 0
    retry_delay: float = 0.0
    retry_backoff: float = 2.0
    retry_exit_codes: tuple[int, ...] = ()
    timeout: float | None = None
    left_out: str = ""  # why it is no part of this run


@dataclass(frozen=True)
class SeenMetric:
    """The newest of a metric."""

    value: float | None
    count: int
    recent: tuple[float | None, ...]


@dataclass(frozen=True)
class Seen:
    """What the attempt that counts has told so far."""

    progress: float | None = None
    progress_text: str = ""
    metrics: Mapping[str, SeenMetric] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    log_bytes: Mapping[str, int] = field(default_factory=dict)
    peak_memory: int | None = None


@dataclass(frozen=True)
class StoredStep:
    """A node within a run."""

    plan: StepPlan
    state: Step
    key: str = ""
    reused_from: str = ""  # the run that made the results which serve
    reused_node: str = ""
    seen: Seen = field(default_factory=Seen)
    verdict: str = ""  # what the plan said of it when the run was submitted
    reasons: tuple[Mapping[str, Any], ...] = ()  # why it ran, or did not have to: graph.reuse.Reason as JSON
    compared_with: str = ""  # the earlier run that the reasons compare with
    flowed: Mapping[str, str] = field(default_factory=dict)  # port -> digest of what flowed in
    environment: str = ""  # the identity of the software it ran in


def new_state(plan: StepPlan, target: str) -> Step:
    """The engine's state of a step that nothing has happened to."""
    return _state(plan, target=target)


def _state(plan: StepPlan, **moving: Any) -> Step:
    return Step(
        node=plan.node, dataset=plan.dataset, before=frozenset(plan.before), needs=frozenset(plan.needs),
        run_if=RunIf(plan.run_if), retries=plan.retries, retry_delay=plan.retry_delay, retry_backoff=plan.retry_backoff,
        retry_exit_codes=frozenset(plan.retry_exit_codes), left_out=plan.left_out, name=plan.name, **moving,
    )  # fmt: skip


def of_run(t: Transaction, run: str) -> dict[str, StoredStep]:
    """All steps of a run by node, in the order of the document."""
    made: dict[str, dict[str, Output]] = {}
    for row in t.execute(sa.select(outputs).where(outputs.c.run == run).order_by(outputs.c.port)):
        made.setdefault(row.node, {})[row.port] = _output(row)
    rows = t.execute(sa.select(steps).where(steps.c.run == run)).mappings()
    found = [_stored(row, made.get(row["node"], {})) for row in rows]
    return {step.plan.node: step for step in sorted(found, key=lambda step: step.plan.position)}


def get(t: Transaction, run: str, node: str) -> StoredStep | None:
    """One step of a run."""
    row = t.execute(sa.select(steps).where(steps.c.run == run, steps.c.node == node)).mappings().first()
    return None if row is None else _stored(row, outputs_of(t, run, node))


def outputs_of(t: Transaction, run: str, node: str) -> dict[str, Output]:
    """The manifest of one step."""
    query = sa.select(outputs).where(outputs.c.run == run, outputs.c.node == node).order_by(outputs.c.port)
    return {row.port: _output(row) for row in t.execute(query)}


def add(t: Transaction, run: str, found: Iterable[StoredStep]) -> None:
    """Keep the steps of a new run."""
    rows = [
        {
            "run": run,
            "node": step.plan.node,
            "plan": _plan(step.plan),
            "verdict": step.verdict,
            "compared_with": step.compared_with,
            **_moving(step),
        }
        for step in found
    ]
    if rows:
        t.execute(steps.insert(), rows)


_MOVING = ("status", "target", "attempt", "attempts", "restarts", "stopping", "ready_at", "started", "ended", "error", "why", "key",
           "reused_from", "reused_node", "seen", "reasons", "flowed", "environment")  # fmt: skip
_SAVE = (
    steps.update()
    .where(steps.c.run == sa.bindparam("of_run"), steps.c.node == sa.bindparam("of_node"))
    .values({name: sa.bindparam(f"new_{name}") for name in _MOVING})
)


def save(t: Transaction, changed: Sequence[tuple[str, StoredStep]]) -> None:
    """Keep the changed steps of some runs (run, step)."""
    if changed:
        rows = []
        for run, step in changed:
            values = {f"new_{name}": value for name, value in _moving(step).items()}
            rows.append({"of_run": run, "of_node": step.plan.node, **values})
        t.execute(_SAVE, rows)


def publish(t: Transaction, made: Sequence[tuple[str, str, str, Mapping[str, Output]]], now: float) -> None:
    """Write the manifest of steps that completed (run, node, attempt, outputs): from here on these outputs exist."""
    rows = [
        {"run": run, "node": node, "port": port, "attempt": attempt, "digest": one.digest, "type": one.type,
         "size": one.size, "rows": one.rows, "columns": [dict(column) for column in one.columns]}
        for run, node, attempt, ports in made
        for port, one in ports.items()
    ]  # fmt: skip
    if rows:
        sizes = {one.digest: one.size for _, _, _, ports in made for one in ports.values()}
        artifacts.refer(t, sizes, now)
        t.execute(insert_new(t, outputs), rows)


@dataclass(frozen=True)
class OnTarget:
    """A step that runs on a target, or waits for it."""

    run: str
    run_name: str
    node: str
    name: str
    status: StepStatus
    since: float | None


@dataclass(frozen=True)
class Busy:
    """What a target has to do."""

    running: int = 0
    queued: int = 0
    steps: tuple[OnTarget, ...] = ()  # those that run, then those that wait; not all


def on_targets(t: Transaction, names: Sequence[str], most: int) -> dict[str, Busy]:
    """How many steps run on and wait for each of these targets, and which, at most so many of each kind."""
    mine = sa.and_(sa.text("steps." + BUSY_STEP), steps.c.target.in_(names))
    counted = sa.select(steps.c.target, steps.c.status, sa.func.count()).where(mine)
    counts: dict[str, Counter[StepStatus]] = {}
    for target, status, count in t.execute(counted.group_by(steps.c.target, steps.c.status)):
        counts.setdefault(target, Counter())[StepStatus(status)] += count
    found = {}
    columns = (steps.c.run, runs.c.name, steps.c.node, steps.c.plan, steps.c.status, steps.c.started)
    queued = steps.c.status == StepStatus.QUEUED.value
    for target, count in counts.items():
        listed: list[OnTarget] = []
        for condition in (~queued, queued):
            query = (
                sa.select(*columns)
                .join(runs, runs.c.id == steps.c.run)
                .where(sa.text("steps." + BUSY_STEP), steps.c.target == target, condition)
            )
            rows = t.execute(query.order_by(steps.c.started, runs.c.id, steps.c.node).limit(most))
            listed += [OnTarget(run, name, node, plan.get("name") or node, StepStatus(status), since)
                       for run, name, node, plan, status, since in rows]  # fmt: skip
        found[target] = Busy(
            count[StepStatus.PREPARING] + count[StepStatus.RUNNING], count[StepStatus.QUEUED], tuple(listed)
        )
    return found


def unfinished_on(t: Transaction, target: str) -> bool:
    """Whether a step of a run that has not ended is to run on this target."""
    query = sa.select(steps.c.node).join(runs, runs.c.id == steps.c.run)
    query = query.where(steps.c.target == target, steps.c.status.not_in([status.value for status in FINAL]))
    return t.execute(query.where(sa.text("runs." + UNFINISHED_RUN)).limit(1)).first() is not None


def software_needed(t: Transaction) -> set[str]:
    """The environments that steps need which have not ended."""
    query = sa.select(steps.c.plan).where(steps.c.status.not_in([status.value for status in FINAL]))
    query = query.join(runs, runs.c.id == steps.c.run).where(sa.text("runs." + UNFINISHED_RUN))
    return {plan["software"] for plan in t.execute(query).scalars() if "software" in plan}


@dataclass(frozen=True)
class EarlierStep:
    """What a node was in an earlier run: enough to say what differs now."""

    run: str
    source: str
    parameters: Mapping[str, Any]
    flowed: Mapping[str, str]
    environment: str
    status: StepStatus
    seconds: float | None
    peak_memory: int | None


LOOK_BACK = 10
"""How many of the newest runs of a pipeline are looked through for a node's last time."""


def earlier(t: Transaction, recent: Sequence[str], nodes: Iterable[str]) -> dict[str, EarlierStep]:
    """The newest time that each of these nodes had a key, in the runs given (newest first)."""
    left = set(nodes)
    found: dict[str, EarlierStep] = {}
    for run in recent[:LOOK_BACK]:
        if not left:
            break
        query = sa.select(steps).where(steps.c.run == run, steps.c.key != "")
        if len(left) <= 100:
            query = query.where(steps.c.node.in_(list(left)))
        for row in t.execute(query).mappings():
            if row["node"] in left:
                left.discard(row["node"])
                found[row["node"]] = _earlier(row)
    return found


def origins(t: Transaction, run: str) -> list[str]:
    """The runs whose results a run made or reused."""
    reused = sa.select(steps.c.reused_from).where(steps.c.run == run, steps.c.reused_from != "").distinct()
    return [run, *t.execute(reused).scalars()]


def _earlier(row: sa.RowMapping) -> EarlierStep:
    began, ended = row["started"], row["ended"]
    completed = row["status"] == StepStatus.COMPLETED and began is not None and ended is not None
    return EarlierStep(
        row["run"], row["plan"].get("source", ""), row["plan"].get("parameters", {}), row["flowed"], row["environment"],
        StepStatus(row["status"]), max(0.0, ended - began) if completed else None, row["seen"].get("peak_memory"),
    )  # fmt: skip


def columns_made(t: Transaction, run: str) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """The columns of every table that a run made, by node and port."""
    query = sa.select(outputs.c.node, outputs.c.port, outputs.c.columns).where(
        outputs.c.run == run, outputs.c.type == "table"
    )
    return {(node, port): columns for node, port, columns in t.execute(query)}


def _output(row: Any) -> Output:
    return Output(row.digest, row.type, row.size, row.rows, tuple(row.columns))


def _plan(plan: StepPlan) -> dict[str, Any]:
    """Only what differs from a plain step: a run of a thousand steps stays small."""
    return {key: value for key, value in vars(plan).items() if key != "node" and value != _PLAIN[key]}


_PLAIN = vars(StepPlan("", -1, ""))


def _read_plan(node: str, stored: Mapping[str, Any]) -> StepPlan:
    known = dict(stored)
    known["inputs"] = {port: (source, output) for port, (source, output) in known.get("inputs", {}).items()}
    known["outputs"] = tuple((name, type_) for name, type_ in known.get("outputs", ()))
    known["before"] = tuple(known.get("before", ()))
    for name in ("optional", "needs", "retry_exit_codes"):
        known[name] = tuple(known.get(name, ()))
    if known.pop("off", False):  # of the first schema
        known["left_out"] = "It is switched off."
    return StepPlan(node, **known)


def write_seen(seen: Seen) -> dict[str, Any]:
    """What was seen, as JSON; only what there is."""
    stored: dict[str, Any] = {}
    if seen.progress is not None:
        stored["progress"] = seen.progress
    if seen.progress_text:
        stored["progress_text"] = seen.progress_text
    if seen.metrics:
        stored["metrics"] = {name: [one.value, one.count, list(one.recent)] for name, one in seen.metrics.items()}
    if seen.tags:
        stored["tags"] = dict(seen.tags)
    if seen.log_bytes:
        stored["log_bytes"] = dict(seen.log_bytes)
    if seen.peak_memory is not None:
        stored["peak_memory"] = seen.peak_memory
    return stored


def read_seen(stored: Mapping[str, Any]) -> Seen:
    """What was seen, from its JSON."""
    if not stored:
        return Seen()
    metrics = {
        name: SeenMetric(value, count, tuple(recent))
        for name, (value, count, recent) in stored.get("metrics", {}).items()
    }
    return Seen(**{**stored, "metrics": metrics})


def _moving(step: StoredStep) -> dict[str, Any]:
    state = step.state
    return {
        "status": state.status.value, "target": state.target, "attempt": state.attempt, "attempts": state.attempts, "restarts": state.restarts,
        "stopping": state.stopping, "ready_at": state.ready_at, "started": state.started, "ended": state.ended,
        "error": dict(vars(state.error)) if state.error else None, "why": state.why, "key": step.key,
        "reused_from": step.reused_from, "reused_node": step.reused_node, "seen": write_seen(step.seen),
        "reasons": [dict(reason) for reason in step.reasons], "flowed": dict(step.flowed), "environment": step.environment,
    }  # fmt: skip


def _stored(row: sa.RowMapping, made: Mapping[str, Output]) -> StoredStep:
    plan = _read_plan(row["node"], row["plan"])
    names = ("target", "attempt", "attempts", "restarts", "stopping", "ready_at", "started", "ended", "why")
    state = _state(
        plan, status=StepStatus(row["status"]), error=StepError(**row["error"]) if row["error"] else None, outputs=made,
        **{name: row[name] for name in names},
    )  # fmt: skip
    return StoredStep(
        plan, state, row["key"], row["reused_from"], row["reused_node"], read_seen(row["seen"]), row["verdict"],
        tuple(row["reasons"]), row["compared_with"], row["flowed"], row["environment"],
    )  # fmt: skip
