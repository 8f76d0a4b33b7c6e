"""The description of the API (OpenAPI 3.1), made from the declared routes and the contract.

`python -m designer.api.openapi` prints it.
"""

import json
import re
import sys
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema
from pydantic_core import core_schema

from designer import __version__
from designer.api.declare import JSON, Argument, Download, Route
from designer.api.resources import ROUTES
from designer.contract.events import AnyEvent
from designer.contract.problems import Problem

PROBLEM = "application/problem+json"
REFERENCE = "#/components/schemas/{model}"


class _Schema(GenerateJsonSchema):
    """In an answer every key is there, also one whose value is the default."""

    def field_is_required(
        self,
        field: core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField,
        total: bool,
    ) -> bool:
        """Whether a key is always there."""
        return self.mode == "serialization" or super().field_is_required(field, total)


def document() -> dict[str, Any]:
    """The whole description."""
    shapes: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {}
    for route in ROUTES:
        if route.body:
            shapes[(route.body[1], "validation")] = None
        if route.answer and route.answer is not Download:
            shapes[(route.answer, "serialization")] = None  # type: ignore[index]
    shapes[(AnyEvent, "serialization")] = None
    shapes[(Problem, "serialization")] = None
    _, definitions = models_json_schema(list(shapes), ref_template=REFERENCE, schema_generator=_Schema)
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Designer",
            "version": __version__,
            "description": "Everything the browser can do. Errors are `application/problem+json`.",
        },
        "security": [{"token": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(definitions["$defs"].items())),
            "responses": {
                "Problem": {
                    "description": "Why it was not done, and what to do.",
                    "content": {PROBLEM: {"schema": {"$ref": REFERENCE.format(model="Problem")}}},
                }
            },
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "The text of the file `token` in the home folder."},
                "worker": {"type": "http", "scheme": "bearer", "description": "A token of a target's workers."},
                "session": {"type": "apiKey", "in": "cookie", "name": "designer", "description": "A browser that signed in; "
                            "what changes anything needs the page's `X-CSRF-Token` as well."},
            },
        },
    }  # fmt: skip


def _operation(route: Route) -> dict[str, Any]:
    summary, _, more = (route.action.__doc__ or "").strip().partition("\n")
    made: dict[str, Any] = {"operationId": route.name, "tags": [route.resource], "summary": summary}
    if route.worker:
        made["security"] = [{"worker": []}]
    if more.strip():
        made["description"] = re.sub(r"\s+", " ", more).strip()
    parameters = [
        *(_parameter(one, "path") for one in route.paths),
        *(_parameter(one, "query") for one in route.queries),
        *(_parameter(one, "header") for one in route.headers),
    ]
    if parameters:
        made["parameters"] = parameters
    if route.body:
        schema = {"$ref": REFERENCE.format(model=route.body[1].__name__)}
        made["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
    if route.upload:
        made["requestBody"] = {"required": True, "content": _upload(route)}
    made["responses"] = {
        str(route.status): _answer(route),
        "4XX": {"$ref": "#/components/responses/Problem"},
        "5XX": {"$ref": "#/components/responses/Problem"},
    }
    return made


def _parameter(one: Argument, place: str) -> dict[str, Any]:
    schema = _schema(one)
    description = schema.pop("description", "")
    made: dict[str, Any] = {
        "name": one.name,
        "in": place,
        "required": place == "path" or one.required,
        "schema": schema,
    }
    return {**made, "description": description} if description else made


def _schema(one: Argument) -> dict[str, Any]:
    """The schema of an argument; null is no value in an address, it is left out there."""
    schema = one.adapter.json_schema(ref_template=REFERENCE)
    schema.pop("$defs", None)
    schema.pop("default", None)
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        schema.pop("anyOf")
        schema = {**choices[0], **schema}
    return schema


def _upload(route: Route) -> dict[str, Any]:
    fields = {one.name: _schema(one) for one in route.queries}
    return {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {"file": {"type": "string", "format": "binary"}, **fields},
                "required": ["file"],
                "additionalProperties": False,
            }
        },
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
    }


def _answer(route: Route) -> dict[str, Any]:
    if route.answer is None:
        return {"description": "Done."}
    if route.answer is Download:
        return {"description": "The bytes.", "content": {"*/*": {}}}
    schema = {"$ref": REFERENCE.format(model=route.answer.__name__)}
    return {"description": str(route.answer.__doc__).split("\n")[0], "content": {JSON: {"schema": schema}}}


def text() -> str:
    """The description as text."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
