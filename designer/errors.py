"""The exceptions of Designer, one tree.

DesignerError
├── NotFound      the thing does not exist, or not any more          HTTP 404
├── Invalid       what was sent cannot be accepted; carries findings HTTP 422
│   └── Malformed what was sent cannot even be read                  HTTP 400
├── Conflict      the thing changed, or is in use, meanwhile         HTTP 409
├── Forbidden     known, but not allowed                             HTTP 403
│   └── Unauthenticated  not known who asks                          HTTP 401
├── Unavailable   a part we need is not there now; try again         HTTP 503
└── Limit         too large, too many, too often                     HTTP 413 or 429

A class's docstring is its message when none is given. A failed step is not an exception but data.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class DesignerError(Exception):
    """Something went wrong in Designer."""

    code: ClassVar[str] = "error"

    def __init__(
        self,
        message: str | None = None,
        *,
        cure: str = "",
        where: str = "",
        details: Mapping[str, Any] | None = None,
    ) -> None:
        self.message = message or (type(self).__doc__ or "").strip()
        self.cure = cure
        self.where = where
        self.details: dict[str, Any] = dict(details or {})
        super().__init__(self.message)


class NotFound(DesignerError):
    """It does not exist, or not any more."""

    code = "not_found"


class Invalid(DesignerError):
    """What was sent cannot be accepted."""

    code = "invalid"

    def __init__(
        self,
        message: str | None = None,
        *,
        findings: Sequence[Any] = (),
        cure: str = "",
        where: str = "",
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, cure=cure, where=where, details=details)
        self.findings = tuple(findings)


class Malformed(Invalid):
    """What was sent cannot be read."""

    code = "malformed"


class Conflict(DesignerError):
    """It changed meanwhile, or is in use."""

    code = "conflict"


class Forbidden(DesignerError):
    """This is not allowed."""

    code = "forbidden"


class Unauthenticated(Forbidden):
    """Sign in first: open the address that `designer up` printed, or send the token."""

    code = "unauthenticated"


class Unavailable(DesignerError):
    """A part that is needed is not available now. Try again."""

    code = "unavailable"


class Limit(DesignerError):
    """It is more than is accepted."""

    code = "limit"
