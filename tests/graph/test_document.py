"""Reading documents: never raises, says everything that is wrong, and nothing is lost on the way."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.graph.document import EMPTY, FORMAT, MAX_NODES, read, write
from tests.graph.documents import any_json, document, documents


@given(any_json)
@settings(max_examples=300)
def test_reading_never_raises_on_any_json(value: Any) -> None:
    pipeline, findings = read(value)

    assert (pipeline is None) == bool(findings)
    for finding in findings:
        json.dumps([finding.message, finding.pointer, finding.node, finding.cure], ensure_ascii=False).encode()


@given(
    documents,
    st.lists(st.tuples(st.sampled_from(["nodes", "parameters", "settings", "layout", "notes"]), any_json), max_size=2),
)
@settings(max_examples=300)
def test_reading_never_raises_on_a_document_with_any_part_replaced(
    doc: dict[str, Any], parts: list[tuple[str, Any]]
) -> None:
    pipeline, findings = read({**doc, **dict(parts)})

    assert (pipeline is None) == bool(findings)


@given(documents)
def test_a_document_of_the_right_shape_is_read_and_written_without_loss(doc: dict[str, Any]) -> None:
    pipeline, findings = read(doc)

    assert findings == ()
    assert pipeline is not None
    text = write(doc)
    assert json.loads(text) == doc
    assert write(json.loads(text)) == text
    assert read(json.loads(text))[0] == pipeline


def test_an_empty_document_is_one() -> None:
    assert read(EMPTY)[1] == ()


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"format": "designer.pipeline/2"}, "/format"),
        ({"surprise": 1}, "/surprise"),
        ({"name": "a\x00b"}, "/name"),
        ({"name": "\ud800"}, "/name"),
        ({"nodes": {"a.b": {"module": "join@1"}}}, "/nodes/a.b"),
        ({"nodes": {"a": {"module": "join@1", "dataset": "cars"}}}, "/nodes/a"),
        ({"nodes": {"a": {}}}, "/nodes/a"),
        ({"nodes": {"a": {"module": "join@1", "inputs": {"left": "b"}}}}, "/nodes/a/inputs/left"),
        ({"nodes": {"a": {"module": "join@1", "parameters": {"share": float("nan")}}}}, "/nodes/a/parameters"),
        ({"nodes": {"a": {"module": "join@1", "parameters": {"share": "\udfff"}}}}, "/nodes/a/parameters"),
        ({"nodes": {"a": {"module": "join@1", "retries": True}}}, "/nodes/a/retries"),
        ({"nodes": {"a": {"module": "join@1", "timeout": 0}}}, "/nodes/a/timeout"),
        ({"parameters": {"p": {"type": "integer", "default": 10**5000}}}, "/parameters/p/default"),
        ({"parameters": {"p q": {"type": "string"}}}, "/parameters/p q"),
        ({"layout": {"a": [0, float("inf")]}}, "/layout/a"),
        ({"notes": [{"text": 3}]}, "/notes/0/text"),
        ({"nodes": {f"n{i}": {"module": "join@1"} for i in range(MAX_NODES + 1)}}, "/nodes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_part_is_named_by_its_pointer(change: dict[str, Any], pointer: str) -> None:
    pipeline, findings = read({**document(), **change})

    assert pipeline is None
    assert [finding.pointer for finding in findings] == [pointer]
    assert {finding.code for finding in findings} == {"document_shape"}


def test_everything_that_is_wrong_is_said_at_once() -> None:
    _, findings = read(
        {"format": FORMAT, "name": 3, "nodes": {"a": {"retries": -1, "module": "x"}, "b": []}, "notes": {}}
    )

    assert [finding.pointer for finding in findings] == ["/name", "/nodes/a/retries", "/nodes/b", "/notes"]


def test_a_deeply_nested_parameter_is_a_finding() -> None:
    deep: Any = 0
    for _ in range(100_000):
        deep = [deep]

    _, findings = read(document(a={"module": "join@1", "parameters": {"share": deep}}))

    assert [finding.pointer for finding in findings] == ["/nodes/a/parameters"]


def test_places_stand_on_one_line_each_so_that_a_diff_reads_well() -> None:
    doc = {**document(a={"module": "join@1", "name": "A"}), "layout": {"a": [0, 10], "b": [1, 2]}}

    assert '  "layout": {\n    "a": [0, 10],\n    "b": [1, 2]\n  }' in write(doc)
