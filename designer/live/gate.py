"""Lets nobody to the websocket who is not signed in: before anything of Socket.IO sees the request, on both transports."""

from collections.abc import Callable, Iterable
from typing import Any

Environ = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environ, Start], Iterable[bytes]]

PATH = "/socket.io/"
SESSION = "designer.session"
"""Where a handler finds the session that was let in."""

_REFUSED = (
    b'{"type":"about:blank","title":"Sign in first.","status":%d,"code":"%s","cure":"","where":"","findings":[],'
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
        environ[SESSION] = secret

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            kept = [(name, value) for name, value in headers if not name.lower().startswith("access-control-")]
            return start_response(status, kept, *more)

        return self._application(environ, start)


def _refuse(start_response: Start, status: str, body: bytes) -> Iterable[bytes]:
    start_response(status, [("Content-Type", "application/problem+json"), ("Content-Length", str(len(body)))])
    return [body]
