"""Every operation as its description says: no fault, answers of their shape, errors as problems."""

import json
import os
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from designer.api import openapi
from designer.api.resources import ROUTES
from designer.library import bundle_file
from designer.library.bundle_file import Bundle, SharedModule
from tests.api.conftest import Door

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "12"))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def described(door: Door):
    """The description, as the application serves it."""
    return schemathesis.openapi.from_wsgi("/api/openapi.json", door.app, headers=door.bearer)


@pytest.fixture(scope="module")
def known(door: Door) -> dict[str, dict[str, str]]:
    """Parts of paths that name something, by the first noun of the path."""
    client = door.script()
    node = {"module": "enter_data_manually@1", "parameters": {"data": "a,b\n1,2"}}
    document = {"format": "designer.pipeline/1", "name": "Known", "nodes": {"a": node}}
    environment = {"name": "mine", "requirements": ["humanize"]}
    client.post("/api/environments", json=environment)
    client.post("/api/targets", json={"name": "small", "kind": "process"})
    dataset = client.post("/api/datasets?name=x", data=b"a\n1\n", content_type="text/csv").json
    files = door.inst.settings.home.parent / "files"
    files.mkdir()
    client.post("/api/datastores", json={"name": "store", "kind": "local", "options": {"folder": str(files)}})
    mine = client.post("/api/modules", json={"source": '"""Mine"""\ndef run() -> None: ...'}).json
    shared = files / "shared.designer.zip"
    bundle_file.write(shared, Bundle([], [SharedModule("theirs@1", "def run() -> None: ...\n")]), str)
    imported = client.post("/api/imports", data=shared.read_bytes(), content_type="application/zip").json
    return {
        "imports": {"id": imported["id"]},
        "pipelines": {"id": client.post("/api/pipelines", json={"document": document}).json["id"]},
        "runs": {"id": client.post("/api/runs", json={"document": document}).json["id"], "node": "a"},
        "datasets": {"id": dataset["id"]},
        "environments": {"reference": "mine", "name": "mine", "digest": f"sha256:{'0' * 64}"},
        "secrets": {"name": "bucket-key"},
        "datastores": {"name": "store"},
        "targets": {"name": "small"},
        "modules": {"reference": mine["name"]},
        "workers": {"attempt": "att_none"},
        "artifacts": {"digest": dataset["latest"]["file_digest"]},
    }


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_an_operation_keeps_its_promises(described, door: Door, known, route, mode: GenerationMode) -> None:
    operation = described[route.path][route.method]
    sent = door.worker() if route.worker else door.bearer
    if mode is GenerationMode.NEGATIVE and not (route.body or route.queries or route.upload):
        return

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(case=operation.as_strategy(generation_mode=mode))
    def check(case) -> None:
        if mode is GenerationMode.POSITIVE and route.paths:
            case.path_parameters = {**case.path_parameters, **known[route.path.split("/")[2]]}
        answer = case.call(headers=sent)
        case.validate_response(answer, checks=CHECKS, headers=sent)
        if answer.status_code >= 400:
            problem = json.loads(answer.text)
            assert problem["status"] == answer.status_code
            assert problem["title"]
            assert problem["code"]
        reached.add(answer.status_code)

    reached: set[int] = set()
    check()
    if mode is GenerationMode.POSITIVE and "{port}" not in route.path:
        assert reached & {200, 201, 204, 404, 409, 422}


def test_the_description_is_the_one_that_is_checked_in() -> None:
    kept = (Path(__file__).resolve().parents[2] / "static/src/api/openapi.json").read_text()

    assert openapi.text() == kept, "run `make types`"
