"""Odd and hostile JSON: refused with a reason and a place, quickly, and never with a fault."""

import json
import time

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from designer.api.bodies import MAX_DEPTH, parse
from designer.errors import Malformed

REFUSED = {
    "nothing": (b"", 400, "line 1"),
    "cut off": (b'{"name": "a', 400, "line 1, column"),
    "no JSON": (b"name=a", 400, "line 1, column 1"),
    "two values": (b"{} {}", 400, "line 1, column 4"),
    "single quotes": (b"{'name': 'a'}", 400, "line 1, column 2"),
    "NaN": (b'{"document": {"x": NaN}}', 400, ""),
    "Infinity": (b'{"document": {"x": -Infinity}}', 400, ""),
    "1e400": (b'{"document": {"x": 1e400}}', 400, ""),
    "an integer of 5,000 digits": (b'{"document": {"x": ' + b"9" * 5000 + b"}}", 400, ""),
    "an integer of 20 digits": (b'{"document": {"x": 99999999999999999999}}', 400, ""),
    "a key twice": (b'{"name": "a", "name": "b"}', 400, ""),
    "a key twice, inside": (b'{"document": {"a": [{"b": 1, "b": 2}]}}', 400, ""),
    "a NUL": (b'{"document": {"a": ["x", "y\\u0000"]}}', 400, "/document/a/1"),
    "a NUL in a key": (b'{"document": {"a\\u0000": 1}}', 400, "/document"),
    "half a surrogate pair": (b'{"document": {"a/b": "\\ud800"}}', 400, "/document/a~1b"),
    "a byte order mark": (b'\xef\xbb\xbf{"name": "a"}', 400, "byte 0"),
    "UTF-16": ('{"name": "a"}'.encode("utf-16"), 400, "byte 0"),
    "UTF-16 without a mark": ('{"name": "a"}'.encode("utf-16-le"), 400, "line 1"),
    "Latin-1": (b'{"name": "\xe9"}', 400, "byte 10"),
    "deep lists": (b'{"document": {"x": ' + b"[" * 90_000 + b"]" * 90_000 + b"}}", 400, "character"),
    "deep objects": (b'{"a":' * 70 + b"1" + b"}" * 70, 400, "character"),
    "deep and cut off": (b"[" * 199_000, 400, "character"),
    "an endless text": (b'"' + b'\\"' * 99_000, 400, "line 1"),
    "a list": (b"[]", 422, ""),
    "null": (b"null", 422, ""),
    "a text": (b'"x"', 422, ""),
    "an unknown key": (b'{"nmae": "a"}', 422, "/nmae"),
    "a wrong type": (b'{"name": 1}', 422, "/name"),
    "true for a number": (b'{"name": true}', 422, "/name"),
    "an empty name": (b'{"name": ""}', 422, "/name"),
    "a long name": (json.dumps({"name": "x" * 201}).encode(), 422, "/name"),
    "a control character": (b'{"name": "a\\u0007"}', 422, "/name"),
    "both": (b'{"document": {}, "sample": "x"}', 422, ""),
    "too large": (b'{"name": "' + b"x" * 200_000 + b'"}', 413, ""),
    "a document that is none": (b'{"document": {"format": "x"}}', 422, ""),
    "keys of objects": (b'{"document": {"__proto__": {"a": 1}, "constructor": 2}}', 422, ""),
}


@pytest.mark.parametrize(("body", "status", "where"), REFUSED.values(), ids=REFUSED.keys())
def test_it_is_refused_with_a_reason(script: FlaskClient, body: bytes, status: int, where: str) -> None:
    began = time.perf_counter()

    answer = script.post("/api/pipelines", data=body, content_type="application/json")

    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    problem = answer.json
    assert problem["status"] == status
    assert problem["title"]
    assert where in problem["where"]
    assert time.perf_counter() - began < 20
    if status == 422:
        assert problem["findings"] or problem["title"]


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/json",
        "",
        "application/xml",
    ],
)
def test_only_json_is_json(script: FlaskClient, content_type: str) -> None:
    answer = script.post("/api/pipelines", data=b"{}", content_type=content_type)

    assert answer.status_code == 415


def test_a_body_that_is_not_wanted_is_left_alone(script: FlaskClient) -> None:
    made = script.post("/api/pipelines", json={}).json["id"]

    assert script.post(f"/api/pipelines/{made}/duplicate", json={}).status_code == 201
    assert script.post(f"/api/pipelines/{made}/duplicate").status_code == 201
    assert script.post(f"/api/pipelines/{made}/duplicate", data=b"x" * 300_000).status_code == 413


def test_a_surrogate_pair_is_one_letter(script: FlaskClient) -> None:
    answer = script.post("/api/pipelines", data=b'{"name": "\\ud83d\\ude00 ok"}', content_type="application/json")

    assert answer.status_code == 201
    assert answer.json["name"] == "😀 ok"


QUERIES = [
    ("limit=0", "limit"), ("limit=501", "limit"), ("limit=x", "limit"), ("limit=1.5", "limit"), ("limit=1&limit=2", "limit"),
    ("limit=", "limit"), ("limit=null", "limit"), ("limit=true", "limit"), ("limit=99999999999999999999999", "limit"),
    ("since=NaN", "since"), ("since=Infinity", "since"), ("since=-1", "since"), ("since=1e400", "since"), ("status=x", "status"),
    ("status=queued&status=y", "status"), ("archived=maybe", "archived"), ("archived=1", "archived"), ("pipeline=x", "pipeline"),
    ("q=%00", "q"), ("q=" + "x" * 201, "q"), ("experimant=x", "experimant"), ("after=" + "x" * 300, "after"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "where"), QUERIES)
def test_a_wrong_query_is_refused_by_name(script: FlaskClient, query: str, where: str) -> None:
    answer = script.get(f"/api/runs?{query}")

    assert answer.status_code == 422, answer.text
    assert answer.json["where"] == where


@pytest.mark.parametrize(
    "query",
    [
        "status=queued&status=failed",
        "since=1&until=2.5",
        "archived=true",
        "q=%C3%A9%20%25_",
        "q=",
        "limit=500&experiment=x",
    ],
)
def test_a_right_query_is_taken(script: FlaskClient, query: str) -> None:
    assert script.get(f"/api/runs?{query}").status_code == 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), inner, max_size=4),
    max_leaves=25,
)  # fmt: skip


@given(JSON)
def test_json_is_read_as_python_reads_it(value: object) -> None:
    assert parse(json.dumps(value)) == value


@given(st.integers(1, 200), st.booleans())
def test_depth_is_counted(depth: int, objects: bool) -> None:
    text = '{"[":' * depth + '"}}"' + "}" * depth if objects else "[" * depth + '"]["' + "]" * depth

    if depth <= MAX_DEPTH:
        parse(text)
    else:
        with pytest.raises(Malformed, match="deeper"):
            parse(text)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=300) | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_body_is_a_fault(script: FlaskClient, body: bytes) -> None:
    for method, address in (
        ("POST", "/api/pipelines"), ("POST", "/api/validate"), ("POST", "/api/runs"),
        ("PUT", "/api/pipelines/pip_00000000000000000000"), ("PATCH", "/api/datasets/ds_00000000000000000000"),
    ):  # fmt: skip
        answer = script.open(address, method=method, data=body, content_type="application/json")
        assert answer.status_code < 500, answer.text


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(JSON)
def test_no_document_is_a_fault(script: FlaskClient, value: object) -> None:
    document = {"format": "designer.pipeline/1", "name": "x", "nodes": {"a": {"module": "x@1", "parameters": value}}}
    for given_document in (
        value,
        document,
        {**document, "nodes": value},
        {**document, "layout": value, "parameters": value},
    ):
        body = {"document": given_document}
        for address in ("/api/validate", "/api/pipelines", "/api/runs"):
            answer = script.post(address, json=body)
            assert answer.status_code in (200, 201, 400, 422), answer.text
