"""What a run consists of, and the keys of its steps."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.graph.document import read
from designer.graph.fingerprint import step_key, typed
from designer.graph.parameters import resolve, with_defaults
from designer.graph.plan import PlannedStep, plan
from tests.graph.documents import document, documents, module


def planned(doc: dict[str, Any]) -> dict[str, PlannedStep]:
    pipeline, findings = read(doc)
    assert pipeline is not None, findings
    return plan(pipeline, module)


def join(source: str, **more: Any) -> dict[str, Any]:
    return {"module": "join@1", "inputs": {"left": source}, **more}


def test_a_bypassed_step_hands_on_what_it_would_have_read() -> None:
    doc = document(
        cars={"dataset": "cars@1"},
        a=join("cars.data"),
        b=join("a.rest", disabled="bypass"),
        c=join("b.result", after=["b"]),
    )

    steps = planned(doc)

    assert list(steps) == ["cars", "a", "c"]
    assert steps["c"].inputs == {"left": ("a", "rest")}
    assert steps["c"].before == {"a"}


def test_a_row_of_bypassed_steps_is_drawn_through() -> None:
    doc = document(
        cars={"dataset": "cars@1"},
        a=join("cars.data", disabled="bypass"),
        b=join("a.result", disabled="bypass"),
        c=join("b.result"),
    )

    assert planned(doc)["c"].inputs == {"left": ("cars", "data")}
    assert planned(doc)["c"].before == {"cars"}


def test_a_bypassed_step_without_a_fitting_input_hands_on_nothing() -> None:
    doc = document(
        m={"module": "learner@1", "disabled": "bypass"}, cars={"dataset": "cars@1"},
        t={"module": "train@1", "inputs": {"model": "m.model", "dataset": "cars.data"}},
    )  # fmt: skip

    assert planned(doc)["t"].inputs == {"dataset": ("cars", "data")}


def test_a_step_that_is_off_stays_in_the_plan() -> None:
    steps = planned(document(a={"module": "learner@1", "disabled": "off"}))

    assert steps["a"].off


@given(documents)
def test_a_plan_never_names_a_bypassed_node_and_keeps_every_other(doc: dict[str, Any]) -> None:
    steps = planned(doc)

    bypassed = {id_ for id_, node in doc["nodes"].items() if node.get("disabled") == "bypass"}
    assert set(steps) == set(doc["nodes"]) - bypassed
    for step in steps.values():
        assert step.before <= set(steps)
        assert {source for source, _ in step.inputs.values()} <= set(steps)


def keys(doc: dict[str, Any], values: dict[str, Any] | None = None) -> dict[str, str]:
    """The key of every step, as if each output were known by its step's key."""
    result: dict[str, str] = {}
    steps = planned(doc)
    while len(result) < len(steps):
        for id_, step in steps.items():
            if id_ in result or not all(source in result for source, _ in step.inputs.values()):
                continue
            if step.node.dataset:
                result[id_] = f"digest of {step.node.dataset}"
                continue
            spec = module(step.node.module)
            assert spec is not None
            inputs = {port: f"{result[source]}.{output}" for port, (source, output) in step.inputs.items()}
            result[id_] = step_key(
                spec.digest, with_defaults(spec, resolve(step.node.parameters, values or {})), inputs
            )
    return result


def chain(**of_b: Any) -> dict[str, Any]:
    return document(
        cars={"dataset": "cars@1"},
        a=join("cars.data"),
        b=join("a.result", **of_b),
        c=join("b.result"),
        d=join("a.rest"),
    )


def test_a_changed_parameter_changes_exactly_the_keys_behind_it() -> None:
    before, after = keys(chain()), keys(chain(parameters={"share": 0.7}))

    assert {node for node in before if before[node] != after[node]} == {"b", "c"}


@pytest.mark.parametrize(
    "same",
    [{"name": "Renamed"}, {"comment": "x"}, {"parameters": {"share": 0.5}}, {"parameters": {"mode": "a", "seed": 0}}, {"retries": 3},
     {"timeout": 5}, {"target": "local"}, {"reuse": False}, {"after": ["cars"]}],
)  # fmt: skip
def test_what_does_not_decide_the_outputs_does_not_enter_a_key(same: dict[str, Any]) -> None:
    assert keys(chain(**same)) == keys(chain())


def test_a_parameter_that_does_not_count_does_not_enter_a_key() -> None:
    assert keys(chain(parameters={"mode": "b", "seed": 1})) == keys(chain(parameters={"mode": "b", "seed": 2}))
    assert keys(chain(parameters={"mode": "a", "seed": 1})) != keys(chain(parameters={"mode": "a", "seed": 2}))


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=4,
)


def same(a: Any, b: Any) -> bool:
    """Equal, and of the same type all the way down."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


@given(_values, _values)
def test_values_look_alike_exactly_when_they_are_the_same(a: Any, b: Any) -> None:
    if isinstance(a, str) or isinstance(b, str) or str(a) != str(b):
        return  # texts are compared after normalization, below
    assert (typed(a) == typed(b)) == same(a, b)


def test_one_and_what_looks_like_one_have_four_keys() -> None:
    assert len({step_key("m", {"x": value}, {}) for value in (1, 1.0, "1", True)}) == 4


def test_the_order_of_keys_does_not_matter_and_the_form_of_letters_does() -> None:
    key = step_key("m", {"a": 1, "b": "\u00e4"}, {"p": "1", "q": "2"})

    assert key == step_key("m", {"b": "\u00e4", "a": 1}, {"q": "2", "p": "1"})
    assert key != step_key("m", {"a": 1, "b": "a\u0308"}, {"p": "1", "q": "2"}), "a module sees another text"


def test_zero_and_minus_zero_differ() -> None:
    assert typed(0.0) != typed(-0.0)
