"""The Flask application: a view for each declared route, the pages, and what holds for all of them."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from flask import Flask, Response, request
from pydantic import BaseModel

from designer.api import auth, downloads, pages, problems, uploads
from designer.api.bodies import decode, parse, shaped
from designer.api.declare import JSON, Download, Route, values
from designer.api.guard import SLASH
from designer.api.problems import WrongMediaType
from designer.api.resources import ROUTES
from designer.errors import Invalid, Limit, NotFound
from designer.installation import Installation


def create(inst: Installation) -> Flask:
    """The application of an installation."""
    app = Flask("designer", static_folder=None, template_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=None, PROPAGATE_EXCEPTIONS=False, TESTING=False, DEBUG=False)
    app.url_map.merge_slashes = False
    problems.install(app)
    auth.install(app, inst)
    for route in ROUTES:
        address = route.path.replace("{", "<").replace("}", ">")
        app.add_url_rule(
            address, route.name, _view(inst, route), methods=[route.method], provide_automatic_options=False
        )
    app.add_url_rule("/api/openapi.json", "openapi", _describe, methods=["GET"], provide_automatic_options=False)
    pages.install(app, inst)
    return app


def _view(inst: Installation, route: Route) -> Callable[..., Response]:
    def view(**parts: str) -> Response:
        given: dict[str, Any] = _from_path(route, parts)
        query = request.args.to_dict(flat=False)
        unknown = set(query) - {one.name for one in route.queries}
        if unknown:
            name = min(unknown)[:100]
            known = ", ".join(one.name for one in route.queries)
            raise Invalid(f'There is no parameter "{name}" here.', where=name, cure=f"There are: {known or 'none'}.")
        given |= values(route.queries, query)
        given |= values(
            route.headers,
            {one.name: [request.headers[one.name]] for one in route.headers if one.name in request.headers},
        )
        if route.worker:
            given[route.worker] = auth.of_worker()
        if route.upload:
            with uploads.received(inst, request) as (upload, fields):
                strange = set(fields) - {one.name for one in route.queries}
                if strange:
                    raise Invalid(f'There is no field "{min(strange)[:100]}" here.', where=min(strange)[:100])
                given |= values(route.queries, {**query, **fields})
                return _answer(route, route.action(inst, **given, **{route.upload: upload}))
        if route.body:
            argument, shape = route.body
            given[argument] = shaped(shape, parse(_body(inst)))
        elif route.method != "GET":
            _ignore_body(inst)
        return _answer(route, route.action(inst, **given))

    return view


def _from_path(route: Route, parts: dict[str, str]) -> dict[str, Any]:
    """The parameters of the path; what cannot be one names nothing that there is."""
    try:
        return values(route.paths, {name: [part.replace(SLASH, "/")] for name, part in parts.items()})
    except Invalid as error:
        raise NotFound("There is nothing at this address.") from error


def _body(inst: Installation) -> str:
    media_type = request.mimetype
    if media_type != JSON:
        raise WrongMediaType(cure="Send application/json.")
    return decode(_read(inst))


def _read(inst: Installation) -> bytes:
    limit = inst.settings.body_limit
    if (request.content_length or 0) > limit:
        raise _too_large(limit)
    read = bytearray()
    for piece in uploads.pieces(request):
        read += piece
        if len(read) > limit:
            raise _too_large(limit)
    return bytes(read)


def _ignore_body(inst: Installation) -> None:
    """Take away a body that means nothing here, such as the `{}` of a post without one."""
    if request.content_length:
        _read(inst)


def _too_large(limit: int) -> Limit:
    return Limit(
        f"The request is larger than the {limit:,} bytes that are accepted.", cure="Put large values into a dataset."
    )


def _answer(route: Route, result: Any) -> Response:
    if isinstance(result, Download):
        return downloads.answer(result)
    if isinstance(result, BaseModel):
        return Response(result.model_dump_json(), route.status, mimetype=JSON)
    return Response(status=route.status)


@cache
def _description() -> str:
    from designer.api import openapi

    return json.dumps(openapi.document(), ensure_ascii=False)


def _describe() -> Response:
    return Response(_description(), mimetype=JSON)
