"""Trying a source out: it runs as a real step on data there is, and no version of the module is made.

The run is a run like any other, archived from the start: its logs, previews and metrics are looked at in the same way. What flows
in is a dataset, or what a step of an earlier run made; of a table a step before it hands on the first rows only.
"""

from dataclasses import dataclass
from typing import Any

from designer.actions.modules import UNNAMED, name_for, read_own
from designer.actions.outlook import Beside
from designer.actions.runs import submit_run
from designer.contract.datasets import DatasetStatus, DatasetVersion
from designer.contract.modules import TrialInput, TryModule
from designer.contract.runs import Run, SubmitRun
from designer.errors import Invalid, NotFound
from designer.graph.document import FORMAT
from designer.graph.findings import Finding
from designer.graph.porttypes import PortType
from designer.installation import Installation
from designer.library.catalogue import Module
from designer.library.read import read_module
from designer.store import datasets, steps
from designer.store.database import Transaction
from designer.store.datasets import FoundVersion

EXPERIMENT = "Module tests"
TESTED = "module"
"""The node that is tried."""

HEAD = '''"""First rows

The first rows of a table.
"""
import polars as pl

CATEGORY = "Test"


def run(dataset: pl.LazyFrame, *, rows: int = 1000) -> pl.LazyFrame:
    return dataset.head(rows)
'''
HEAD_NAME = "first_rows"


@dataclass(frozen=True)
class _Given:
    """Data for an input: the reference its node has, what that means where it is no dataset, and its type."""

    reference: str
    title: str
    found: FoundVersion | None
    type: str


def try_module(inst: Installation, request: TryModule) -> Run:
    """Run a source on data. Raises `Invalid` with findings where it is no module or cannot run, `NotFound` for data there is not."""
    name = request.name or name_for(request.source) or UNNAMED
    known = inst.library.get(name)
    version = known.spec.version + 1 if known is not None else 1
    spec, findings = read_own(request.source, name, version)
    if spec is None:
        raise Invalid("This is not a module yet.", findings=findings, cure="Mend what the findings name.")
    unknown = sorted(set(request.inputs) - {port.name for port in spec.inputs})
    if unknown:
        raise Invalid(f'The module has no input "{unknown[0]}".', where=f"/inputs/{unknown[0]}")
    head, _ = read_module(HEAD, HEAD_NAME)
    assert head is not None
    beside = Beside({spec.reference: Module(spec, request.source), head.reference: Module(head, HEAD)}, {})
    nodes: dict[str, Any] = {}
    inputs: dict[str, str] = {}
    with inst.store.read() as t:
        for port, wanted in request.inputs.items():
            given = _given(t, port, wanted)
            source = f"{port} data"
            nodes[source] = {"dataset": given.reference, "name": given.title}
            if given.found is not None:
                beside.datasets[given.reference] = given.found
            inputs[port] = f"{source}.data"
            if wanted.rows is not None and given.type == PortType.TABLE:
                nodes[f"{port} rows"] = {
                    "module": head.reference, "name": "First rows", "inputs": {"dataset": inputs[port]},
                    "parameters": {"rows": wanted.rows},
                }  # fmt: skip
                inputs[port] = f"{port} rows.result"
    tested = {"module": spec.reference, "inputs": inputs, "parameters": dict(request.parameters)}
    nodes[TESTED] = tested | ({"environment": request.environment} if request.environment else {})
    document = {"format": FORMAT, "name": f"Test of {spec.title}"[:200], "nodes": nodes}
    submitted = SubmitRun(document=document, experiment=EXPERIMENT, only_nodes=[TESTED], target=request.target)
    return submit_run(inst, submitted, beside=beside)


def _given(t: Transaction, port: str, wanted: TrialInput) -> _Given:
    if (wanted.dataset is None) == (wanted.run is None):
        message = f'Input "{port}" takes a dataset, or the output of a step of a run.'
        raise Invalid(message, where=f"/inputs/{port}", findings=[Finding("trial_input", message, port=port)])
    if wanted.dataset is not None:
        found = datasets.resolve(t, [wanted.dataset]).get(wanted.dataset)
        if found is None:
            raise NotFound(f'There is no dataset "{wanted.dataset}".', where=f"/inputs/{port}/dataset")
        return _Given(wanted.dataset, found.reference, None, found.version.type)
    return _made(t, port, wanted)


def _made(t: Transaction, port: str, wanted: TrialInput) -> _Given:
    """What a step of an earlier run made, as if it were a dataset."""
    step = steps.of_run(t, wanted.run or "").get(wanted.node or "")
    output = step.state.outputs.get(wanted.output or "") if step is not None else None
    if step is None or output is None:
        raise NotFound("That step of that run has made no such output.", where=f"/inputs/{port}",
                       cure="Pick a step that has completed.")  # fmt: skip
    name = f"{wanted.run}.{wanted.node}.{wanted.output}"[:150]
    version = DatasetVersion(
        version=1, status=DatasetStatus.READY, created=0.0, digest=output.digest, type=output.type, rows=output.rows,
        columns=[dict(column) for column in output.columns], size=output.size,
    )  # fmt: skip
    return _Given(
        f"{name}@1", f"{step.plan.name} · {wanted.output}"[:200], FoundVersion("", name, version), output.type
    )
