"""Lets nobody to the websocket who is not signed in: before anything of Socket.IO sees the request, on both transports."""

from collections.abc import Callable, Iterable
from typing import Any

Environ = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environ, Start], Iterable[bytes]]

PATH = "/socket.io/"
MAX_MESSAGE = 1_000_000
"""Bytes that one message may have."""

SESSION = "designer.session"
"""Where a handler finds the session that was let in."""

_REFUSED = (
    b'{"type":"about:blank","title":"No live connection.","status":%d,"code":"%s","cure":"","where":"","findings":[],'
    b'"details":{},"request_id":""}'
)


class Gate:
    """Around the application.

    Args:
        enter: the session of a request that may come in, None of one that may not.
        full: whether there are more connections than there can be.
    """

    def __init__(
        self, application: Application, enter: Callable[[Environ], str | None], full: Callable[[], bool]
    ) -> None:
        self._application = application
        self._enter = enter
        self._full = full

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        """One request."""
        if not environ.get("PATH_INFO", "").startswith(PATH):
            return self._application(environ, start_response)
        secret = self._enter(environ)
        if secret is None:
            return _refuse(start_response, "401 Unauthorized", _REFUSED % (401, b"unauthenticated"))
        if self._full() and "sid=" not in environ.get("QUERY_STRING", ""):
            return _refuse(start_response, "503 Service Unavailable", _REFUSED % (503, b"unavailable"))
        if _length(environ) > MAX_MESSAGE:
            return _refuse(start_response, "413 Content Too Large", _REFUSED % (413, b"limit"))
        environ[SESSION] = secret

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            kept = [(name, value) for name, value in headers if not name.lower().startswith("access-control-")]
            return start_response(status, kept, *more)

        return self._application(environ, start)


def _length(environ: Environ) -> int:
    """Of the body; one that does not say how long it is is too long."""
    if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        return MAX_MESSAGE + 1
    text = environ.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isdecimal() else MAX_MESSAGE + 1


def _refuse(start_response: Start, status: str, body: bytes) -> Iterable[bytes]:
    start_response(status, [("Content-Type", "application/problem+json"), ("Content-Length", str(len(body)))])
    return [body]
