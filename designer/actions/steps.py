"""Looking at single steps."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from designer.actions import answers
from designer.actions.artifacts import suffix_and_type
from designer.actions.pipelines import file_name
from designer.contract.runs import MetricSeries, StepDetail, StepEnvironment, StepMetrics
from designer.errors import NotFound
from designer.installation import Installation
from designer.store import attempts, environments, metrics, runs, steps
from designer.store.attempts import StoredAttempt
from designer.store.database import Transaction
from designer.store.steps import StoredStep


def get_step(inst: Installation, run: str, node: str) -> StepDetail:
    """A step with its parameters, inputs, attempts, figures and tables. Raises `NotFound`."""
    with inst.store.read() as t:
        found, created = _get(t, run, node)
        feeding = {source: steps.outputs_of(t, run, source) for source, _ in found.plan.inputs.values()}
        maker = made_by(t, run, found)
        tries = attempts.of_step(t, *maker.place)
        reports = metrics.reports_of(t, maker.attempt or (tries[-1].id if tries else ""))
        environment = _environment(inst, t, found)
    inputs: dict[str, Any] = {}
    for port, (source, output) in found.plan.inputs.items():
        made = feeding[source].get(output)
        known = {"digest": made.digest, "type": made.type} if made else {}
        inputs[port] = {"node": source, "output": output, **known}
    return StepDetail(
        **answers.step_values(found, created),
        parameters=dict(found.plan.parameters),
        inputs=inputs,
        key=found.key,
        environment=environment,
        attempts_list=[_attempt(one) for one in tries],
        figures=[{"name": one.name, "spec": one.body} for one in reports if one.kind == "figure"],
        tables=[{"name": one.name, "columns": one.body} for one in reports if one.kind == "table"],
    )


def step_metrics(inst: Installation, run: str, node: str) -> StepMetrics:
    """All values of all metrics of a step. Raises `NotFound`."""
    with inst.store.read() as t:
        found, _ = _get(t, run, node)
        attempt = made_by(t, run, found).attempt
        points = metrics.of_attempt(t, attempt) if attempt else []
    series: dict[str, list[tuple[int, float | None, float]]] = {}
    for point in points:
        series.setdefault(point.name, []).append((point.position, point.value, point.at))
    return StepMetrics(items=[MetricSeries(name=name, points=values) for name, values in series.items()])


def open_output(inst: Installation, run: str, node: str, port: str) -> tuple[Path, str, str]:
    """The path of an output's bytes (a file or a folder), a file name and a media type. Raises `NotFound`."""
    with inst.store.read() as t:
        found, _ = _get(t, run, node)
    output = found.state.outputs.get(port)
    if output is None:
        raise NotFound("There is no such output, or not yet.")
    suffix, media = suffix_and_type(output.type)
    return inst.artifacts.local_path(output.digest), f"{file_name(found.plan.name)}-{port}{suffix}", media


@dataclass(frozen=True)
class Maker:
    """The step whose attempts, logs and metrics are a step's own: itself, or the one it is reused from."""

    run: str
    node: str
    attempt: str

    @property
    def place(self) -> tuple[str, str]:
        """The run and the node."""
        return self.run, self.node


def made_by(t: Transaction, run: str, step: StoredStep) -> Maker:
    """Who made what a step gives."""
    if not step.reused_from:
        return Maker(run, step.plan.node, step.state.attempt)
    origin = steps.get(t, step.reused_from, step.reused_node)
    return Maker(step.reused_from, step.reused_node, origin.state.attempt if origin else "")


def _get(t: Transaction, run: str, node: str) -> tuple[StoredStep, float]:
    of = runs.listed(t, run)
    found = steps.get(t, run, node) if of else None
    if of is None or found is None:
        raise NotFound("There is no such step in this run.")
    return found, of.created


def _environment(inst: Installation, t: Transaction, found: StoredStep) -> StepEnvironment | None:
    """The software of a step: that its key names, else what it would run in now."""
    plan = found.plan
    if not plan.source:
        return None
    lock = (
        found.environment if found.environment.startswith("sha256:") else inst.environments.identity_of(plan.software)
    )
    if not plan.software:
        own = lock == inst.environments.server.identity
        return StepEnvironment(lock=lock or "", python_version=inst.environments.server.python if own else "")
    known = environments.get_lock(t, lock) if lock else None
    stored = environments.get(t, plan.software)
    return StepEnvironment(
        id=plan.software, names=list(stored.names) if stored else [], lock=lock or "",
        python_version=known.python if known else "",
    )  # fmt: skip


def _attempt(found: StoredAttempt) -> dict[str, Any]:
    result = dict(found.result or {})
    return {
        "id": found.id, "number": found.number, "target": found.target, "created": found.created,
        "status": result.get("status", "running"), "started": result.get("started"), "ended": result.get("ended"),
        "seconds": result.get("seconds"), "exit_code": result.get("exit_code"), "signal": result.get("signal"),
        "error": result.get("error"), "peak_memory": result.get("peak_memory"),
    }  # fmt: skip
