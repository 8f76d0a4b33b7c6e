"""The websocket of a viewer, with what the library leaves open: messages have a largest size, threads end with the
process, and a viewer that stopped reading can be cut off."""

import socket
import threading
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from engineio.async_drivers._websocket_wsgi import SimpleWebSocketWSGI

MAX_MESSAGE = 1_000_000
SEND_SECONDS = 30


class DaemonThread(threading.Thread):
    """A thread that does not keep the process alive."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs, daemon=True)


class Websocket(SimpleWebSocketWSGI):  # type: ignore[misc]
    """Made by Engine.IO for each connection."""

    def __init__(self, handler: Any, server: Any) -> None:
        super().__init__(handler, server, max_message_size=MAX_MESSAGE, thread_class=DaemonThread)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Serve one connection to its end."""
        raw = environ.get("gunicorn.socket") or environ.get("werkzeug.socket")
        if isinstance(raw, socket.socket):
            self.app.__self__.raw = raw  # of the Engine.IO socket that this belongs to
            with suppress(OSError, AttributeError):
                raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SEND_SECONDS * 1000)
        answer: Iterable[bytes] = super().__call__(environ, start_response)
        return answer


def cut(engine_socket: Any) -> None:
    """End a connection at once, also one whose other end does not read."""
    raw = getattr(engine_socket, "raw", None)
    if raw is not None:
        with suppress(OSError):
            raw.shutdown(socket.SHUT_RDWR)
