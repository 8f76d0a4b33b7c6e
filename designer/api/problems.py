"""Errors as `application/problem+json`: the tree of `errors.py` on statuses, in one table."""

import logging
import secrets
from http import HTTPStatus

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from designer.contract.problems import Problem
from designer.errors import (
    Conflict,
    DesignerError,
    Forbidden,
    Invalid,
    Limit,
    Malformed,
    NotFound,
    Unauthenticated,
    Unavailable,
)

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

STATUSES: dict[type[DesignerError], int] = {
    NotFound: 404,
    Malformed: 400,
    Invalid: 422,
    Conflict: 409,
    Unauthenticated: 401,
    Forbidden: 403,
    Unavailable: 503,
    Limit: 413,
    DesignerError: 500,
}

SAID = {
    404: ("not_found", "There is nothing at this address.", ""),
    405: ("method", "This address does not know that method.", ""),
    413: ("limit", "The request is larger than is accepted.", ""),
    415: ("media_type", "This kind of content is not taken here.", ""),
}
"""What to say for an HTTP status that no error of ours made: code, sentence, cure."""


class WrongMediaType(Malformed):
    """This kind of content is not taken here."""

    code = "media_type"


STATUSES[WrongMediaType] = 415


def status_of(error: DesignerError) -> int:
    """The status of an error: that of the nearest class in the table."""
    if isinstance(error, Limit) and "retry_after" in error.details:
        return 429
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def problem_of(error: DesignerError) -> Problem:
    """What is told of an error."""
    findings = list(error.findings) if isinstance(error, Invalid) else []
    return Problem(
        title=error.message, status=status_of(error), code=error.code, cure=error.cure, where=error.where,
        findings=findings, details=error.details,
    )  # fmt: skip


def install(app: Flask) -> None:
    """Answer every error of the application with a problem."""
    app.register_error_handler(DesignerError, of_ours)
    app.register_error_handler(HTTPException, of_http)
    app.register_error_handler(Exception, of_fault)


def of_ours(error: DesignerError) -> Response:
    """An error that says what it means."""
    if isinstance(error, NotFound | Invalid | Conflict | Forbidden | Limit):
        answer = _answer(problem_of(error))
        if answer.status_code == 429:
            answer.headers["Retry-After"] = str(error.details["retry_after"])
        return answer
    request_id = secrets.token_hex(6)
    log.warning("%s %s failed (request %s): %s", request.method, request.path, request_id, error.message)
    answer = _answer(problem_of(error).model_copy(update={"request_id": request_id}))
    if isinstance(error, Unavailable):
        answer.headers["Retry-After"] = str(error.details.get("retry_after", 2))
    return answer


def of_http(error: HTTPException) -> Response:
    """An error of the web framework: no such address, no such method."""
    status = error.code or 500
    if status < 400:  # a redirect
        return Response(error.get_response().get_data(), status, dict(error.get_headers()))
    code, title, cure = SAID.get(status, (f"http_{status}", f"{HTTPStatus(status).phrase}.", ""))
    answer = _answer(Problem(title=title, status=status, code=code, cure=cure))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return answer


def of_fault(error: Exception) -> Response:
    """A fault of ours. The log has the traceback and neither headers nor query, which carry secrets."""
    request_id = secrets.token_hex(6)
    log.error("%s %s failed (request %s)", request.method, request.path, request_id, exc_info=error)
    return _answer(
        Problem(title="Something went wrong in the server.", status=500, code="fault",
                cure=f"The server's log has more under {request_id}.", request_id=request_id)
    )  # fmt: skip


def _answer(problem: Problem) -> Response:
    answer = Response(problem.model_dump_json(), problem.status, mimetype=MEDIA_TYPE)
    if problem.status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="designer"'
    return answer
