"""Errors on the wire: `application/problem+json` (RFC 9457)."""

from designer.contract.base import Json, Response
from designer.graph.findings import Finding


class Problem(Response):
    """Why a request was not done: what, where, and what to do."""

    type: str = "about:blank"
    title: str  # one sentence
    status: int
    code: str  # stable
    cure: str = ""
    where: str = ""  # a JSON pointer, parameter or place in a file
    findings: list[Finding] = []
    details: dict[str, Json] = {}
    request_id: str = ""
