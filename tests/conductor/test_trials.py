"""Trying a module out before it is saved: a real step on real data."""

import pytest

from designer.actions import modules, runs, steps
from designer.actions.datasets import add_dataset, get_dataset
from designer.actions.trials import TESTED, try_module
from designer.contract.datasets import ReadOptions
from designer.contract.modules import CreateModule, TrialInput, TryModule
from designer.errors import Invalid, NotFound
from designer.launcher.digests import of_file
from tests.conductor.conftest import Conducted
from tests.home import chain, document, wait_for

COUNT = '''"""Count

Counts the rows of a table.
"""
import polars as pl

from designer import step
from designer.module import Metrics


def run(table: pl.DataFrame, *, factor: int = 1) -> Metrics:
    print("counting")
    step.log_metric("rows", table.height)
    return {"rows": table.height * factor}
'''
DOUBLE = '''"""Double"""
from designer.module import Metrics


def run(value: Metrics) -> Metrics:
    return {"number": value["number"] * 2}
'''


def cars(conducted: Conducted) -> str:
    """A dataset of a hundred rows."""
    inst = conducted.inst
    staged = inst.uploads / "part"
    staged.write_text("a\n" + "".join(f"{row}\n" for row in range(100)))
    made = add_dataset(
        inst, name="cars", file_name="cars.csv", staged=staged, size=staged.stat().st_size, digest=of_file(str(staged)),
        options=ReadOptions(),
    )  # fmt: skip
    wait_for("the file to be read", lambda: get_dataset(inst, made.id).latest.status == "ready")
    return f"{made.name}@1"


def value(conducted: Conducted, run: str, node: str = TESTED, port: str = "result") -> str:
    output = runs.get_run(conducted.inst, run).steps[node].outputs[port]
    return conducted.inst.artifacts.local_path(output.digest).read_text()


def test_a_source_is_tried_on_the_first_rows_of_a_dataset(conducted: Conducted) -> None:
    data = TrialInput(dataset=cars(conducted), rows=7)
    request = TryModule(source=COUNT, inputs={"table": data}, parameters={"factor": 3})

    tried = conducted.ended(try_module(conducted.inst, request))

    assert (tried.status, tried.archived, tried.experiment) == ("completed", True, "Module tests")
    assert value(conducted, tried.id) == '{"rows": 21}'
    detail = steps.get_step(conducted.inst, tried.id, TESTED)
    assert (detail.module, [one.name for one in detail.metrics]) == ("count@1", ["rows"])
    assert [one.reference for one in modules.list_modules(conducted.inst).items if one.own] == []
    assert [one.id for one in runs.list_runs(conducted.inst).items] == []


def test_without_a_number_of_rows_all_of_them_are_taken(conducted: Conducted) -> None:
    request = TryModule(source=COUNT, inputs={"table": TrialInput(dataset=cars(conducted))})

    assert value(conducted, conducted.ended(try_module(conducted.inst, request)).id) == '{"rows": 100}'


def test_a_source_is_tried_on_what_a_step_of_an_earlier_run_made(conducted: Conducted) -> None:
    earlier = conducted.run(chain(3))
    data = TrialInput(run=earlier.id, node="n2", output="result")

    tried = conducted.ended(try_module(conducted.inst, TryModule(source=DOUBLE, inputs={"value": data})))

    assert tried.status == "completed"
    assert value(conducted, tried.id) == '{"number": 4.0}'


def test_a_test_always_runs_and_a_run_of_the_saved_module_reuses_it(conducted: Conducted) -> None:
    earlier = conducted.run(chain(1))
    request = TryModule(
        source=DOUBLE, inputs={"value": TrialInput(run=earlier.id, node="n0", output="result")}, name="double"
    )
    first, second = (conducted.ended(try_module(conducted.inst, request)) for _ in range(2))
    assert [one.steps[TESTED].status for one in (first, second)] == ["completed", "completed"]

    modules.create_module(conducted.inst, CreateModule(source=DOUBLE))
    nodes = {**chain(1)["nodes"], "twice": {"module": "double@1", "inputs": {"value": "n0.result"}}}
    run = conducted.run(document(nodes))

    assert {node: step.status.value for node, step in run.steps.items()} == {"n0": "reused", "twice": "reused"}


def test_a_failure_names_the_line_of_the_source(conducted: Conducted) -> None:
    source = DOUBLE.replace("* 2", "/ 0")
    earlier = conducted.run(chain(1))
    data = {"value": TrialInput(run=earlier.id, node="n0", output="result")}

    tried = conducted.ended(try_module(conducted.inst, TryModule(source=source, inputs=data)))

    error = tried.steps[TESTED].error
    assert error is not None
    assert (error.kind, error.where) == ("ZeroDivisionError", "module.py, line 6, in run")


def test_what_cannot_be_tried_is_refused_with_its_reason(conducted: Conducted) -> None:
    def refused(**more: object) -> Invalid:
        with pytest.raises(Invalid) as caught:
            try_module(conducted.inst, TryModule.model_validate({"source": DOUBLE, **more}))
        return caught.value

    assert [one.code for one in refused().findings] == ["input_not_connected"]
    assert refused(source="def run(x): ...").findings[0].code == "no_annotation"
    assert refused(inputs={"other": {"dataset": "x"}}).where == "/inputs/other"
    assert [one.code for one in refused(inputs={"value": {}}).findings] == ["trial_input"]
    with pytest.raises(NotFound):
        try_module(conducted.inst, TryModule(source=DOUBLE, inputs={"value": TrialInput(dataset="none")}))
    with pytest.raises(NotFound):
        try_module(
            conducted.inst, TryModule(source=DOUBLE, inputs={"value": TrialInput(run="run_x", node="a", output="b")})
        )
    with pytest.raises(Invalid):
        try_module(conducted.inst, TryModule(source=COUNT, inputs={"table": TrialInput(dataset=cars(conducted))},
                                             parameters={"factor": "many"}))  # fmt: skip
