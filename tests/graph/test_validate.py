"""All findings of a pipeline at once."""

from typing import Any

import pytest
from hypothesis import given, settings

from designer.graph.document import read
from designer.graph.findings import Finding
from designer.graph.validate import validate
from tests.graph.documents import dataset, document, documents, module


def findings(doc: dict[str, Any], **more: Any) -> tuple[Finding, ...]:
    pipeline, wrong = read(doc)
    assert pipeline is not None, wrong
    return validate(pipeline, module, dataset, **more)


@given(documents)
@settings(max_examples=300)
def test_validation_never_raises_and_names_only_nodes_that_exist(doc: dict[str, Any]) -> None:
    found = findings(doc, targets=frozenset({"local"}))

    for finding in found:
        assert finding.code
        assert finding.message
        assert finding.node in doc["nodes"] or finding.node == ""


def test_a_complete_pipeline_has_no_findings() -> None:
    doc = document(
        cars={"dataset": "cars@1"},
        join={"module": "join@1", "inputs": {"left": "cars.data"}, "parameters": {"share": 0.25}},
        learner={"module": "learner@1"},
        train={"module": "train@1", "inputs": {"model": "learner.model", "dataset": "join.rest"}, "after": ["cars"]},
    )

    assert findings(doc) == ()


CARS = {"dataset": "cars@1"}


@pytest.mark.parametrize(
    ("nodes", "code", "where"),
    [
        ({}, "empty_pipeline", ("", "", "")),
        ({"a": {"module": "nope@1"}}, "unknown_module", ("a", "", "")),
        ({"a": {"dataset": "ships"}}, "unknown_dataset", ("a", "", "")),
        ({"a": {"module": "join@1"}}, "input_not_connected", ("a", "left", "")),
        ({"a": {"module": "join@1", "inputs": {"left": "b.data"}}}, "unknown_node", ("a", "left", "")),
        ({"c": CARS, "a": {"module": "join@1", "inputs": {"left": "c.odd"}}}, "unknown_port", ("a", "left", "")),
        ({"c": CARS, "a": {"module": "join@1", "inputs": {"left": "c.data", "rihgt": "c.data"}}}, "unknown_port", ("a", "rihgt", "")),
        ({"l": {"module": "learner@1"}, "a": {"module": "join@1", "inputs": {"left": "l.model"}}}, "type_mismatch", ("a", "left", "")),
        ({"c": CARS, "a": {"module": "join@1", "inputs": {"left": "c.data"}, "parameters": {"share": 3}}}, "parameter_range", ("a", "", "share")),
        ({"c": CARS, "a": {"module": "join@1", "inputs": {"left": "c.data"}, "parameters": {"share": {"parameter": "p"}}}},
         "unknown_pipeline_parameter", ("a", "", "share")),
        ({"c": {**CARS, "after": ["ghost"]}}, "unknown_node", ("c", "", "")),
        ({"c": {**CARS, "target": "moon"}}, "unknown_target", ("c", "", "")),
        ({"c": {**CARS, "inputs": {"x": "c.data"}}}, "unknown_port", ("c", "x", "")),
    ],
)  # fmt: skip
def test_each_fault_is_found_where_it_is(nodes: dict[str, Any], code: str, where: tuple[str, str, str]) -> None:
    found = findings(document(**nodes), targets=frozenset({"local"}))

    assert (code, *where) in [(one.code, one.node, one.port, one.parameter) for one in found]


def test_a_circle_names_its_nodes_and_not_those_behind_it() -> None:
    doc = document(
        a={"module": "join@1", "inputs": {"left": "b.result"}},
        b={"module": "join@1", "inputs": {"left": "a.result"}},
        c={"module": "join@1", "inputs": {"left": "b.result"}},
    )

    assert [one.node for one in findings(doc) if one.code == "cycle"] == ["a", "b"]


def test_a_close_name_is_offered() -> None:
    doc = document(c=CARS, a={"module": "join@1", "inputs": {"left": "c.data", "rihgt": "c.data"}})

    assert [one.cure for one in findings(doc)] == ["Do you mean right?"]


@pytest.mark.parametrize("disabled", ["off", "bypass"])
def test_what_is_disabled_needs_no_inputs(disabled: str) -> None:
    assert findings(document(a={"module": "join@1", "disabled": disabled})) == ()


@pytest.mark.parametrize(
    ("values", "code"),
    [({"p": 1}, None), ({"p": 0.5}, None), ({"p": "x"}, "pipeline_parameter_type"), ({"p": True}, "pipeline_parameter_type"),
     ({"q": 1}, "unknown_pipeline_parameter"), ({"p": 7.0}, "parameter_range")],
)  # fmt: skip
def test_the_values_of_a_run_are_checked_too(values: dict[str, Any], code: str | None) -> None:
    doc = document(
        c=CARS, a={"module": "join@1", "inputs": {"left": "c.data"}, "parameters": {"share": {"parameter": "p"}}}
    )
    doc["parameters"] = {"p": {"type": "number", "default": 0.5}}

    assert [one.code for one in findings(doc, values=values)] == ([code] if code else [])
