"""How stored values look on the wire."""

import math
from collections.abc import Mapping
from typing import Any

from designer.contract.plans import Reason
from designer.contract.runs import Metric, Output, Run, RunSummary, Step, StepError, WorkingCopy
from designer.engine import run as engine
from designer.engine.status import StepStatus
from designer.errors import Invalid
from designer.store.runs import StoredRun
from designer.store.steps import StoredStep

SHOWN_METRICS = 50
"""How many metrics of a step its card and its live events carry; all are in the step's metrics."""


def error(found: engine.StepError | None) -> StepError | None:
    """Why a step failed."""
    return None if found is None else StepError(**vars(found))


def reason(found: Mapping[str, Any]) -> Reason:
    """Why a step runs, or does not."""
    return Reason.model_validate(found)


def output(found: engine.Output) -> Output:
    """What an output port gave."""
    return Output(digest=found.digest, type=found.type, size=found.size, rows=found.rows,
                  columns=[dict(column) for column in found.columns])  # fmt: skip


def step_values(found: StoredStep, created: float) -> dict[str, Any]:
    """The fields of a step."""
    plan, state, seen = found.plan, found.state, found.seen
    waits = state.status is StepStatus.QUEUED and state.error is not None
    return {
        "node": plan.node,
        "name": plan.name,
        "module": plan.module,
        "dataset": plan.dataset,
        "status": state.status,
        "attempt": state.attempt,
        "attempts": state.attempts,
        "target": "" if plan.dataset else state.target,
        "created": created,
        "started": state.started,
        "ended": state.ended,
        "seconds": _seconds(state.started, state.ended),
        "progress": seen.progress,
        "progress_text": seen.progress_text,
        "metrics": [
            Metric(name=name, value=one.value, count=one.count, recent=list(one.recent))
            for name, one in list(seen.metrics.items())[:SHOWN_METRICS]
        ],
        "outputs": {port: output(one) for port, one in state.outputs.items()},
        "error": error(state.error),
        "why": state.why,
        "verdict": found.verdict or None,
        "reasons": [reason(one) for one in found.reasons],
        "reused_from": found.reused_from,
        "reused_node": found.reused_node,
        "compared_with": found.compared_with,
        "retry_at": state.ready_at if waits else None,
        "peak_memory": seen.peak_memory,
        "log_bytes": dict(seen.log_bytes),
        "tags": dict(seen.tags),
    }


def step(found: StoredStep, created: float) -> Step:
    """A step, whole."""
    return Step(**step_values(found, created))


def summary_values(found: StoredRun) -> dict[str, Any]:
    """The fields of a run in a list."""
    names = ("id", "name", "status", "pipeline", "pipeline_name", "experiment", "created", "started", "ended", "failed_step",
             "error", "description", "archived", "kept", "deleted", "priority", "resumed_from")  # fmt: skip
    return {
        **{name: getattr(found, name) for name in names},
        "seconds": _seconds(found.started, found.ended),
        "parameters": dict(found.parameters),
        "tags": dict(found.tags),
        "counts": dict(found.counts),
    }


def summary(found: StoredRun) -> RunSummary:
    """A run in a list."""
    return RunSummary(**summary_values(found))


def listed(found: Run) -> RunSummary:
    """A whole run as it stands in a list."""
    return RunSummary(**{name: getattr(found, name) for name in RunSummary.model_fields})


def run(found: StoredRun, steps: Mapping[str, StoredStep]) -> Run:
    """A run, whole."""
    return Run(
        **summary_values(found),
        seq=found.seq,
        document=dict(found.document),
        steps={node: step(one, found.created) for node, one in steps.items()},
        cancel_requested=found.cancel_requested,
        cloned_from=found.cloned_from,
        git=[WorkingCopy.model_validate(one) for one in found.git or ()],
    )


def _seconds(started: float | None, ended: float | None) -> float | None:
    return None if started is None or ended is None else max(0.0, ended - started)


def place(after: str | None) -> tuple[float, str] | None:
    """Where a list goes on, from its `next`. Raises `Invalid`."""
    if not after:
        return None
    updated, comma, id_ = after.partition(",")
    try:
        moment = float(updated)
    except ValueError:
        moment = math.nan
    if not comma or not math.isfinite(moment):
        raise Invalid("`after` is not the `next` of a list.", where="after")
    return moment, id_


def next_place(updated: float, id_: str) -> str:
    """The `next` of a list that ends with this entry."""
    return f"{updated!r},{id_}"
