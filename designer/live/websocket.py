"""The websocket of a viewer, with what the library leaves open: messages have a largest size, threads end with the
process, and a viewer that stopped reading can be cut off."""

import logging
import socket
import threading
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from engineio.async_drivers._websocket_wsgi import SimpleWebSocketWSGI

from designer.live.gate import MAX_MESSAGE

log = logging.getLogger(__name__)

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
        engine_socket = self.app.__self__
        raw = environ.get("gunicorn.socket") or environ.get("werkzeug.socket")
        if isinstance(raw, socket.socket):
            engine_socket.raw = raw
            with suppress(OSError, AttributeError):
                raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SEND_SECONDS * 1000)
        try:
            answer: Iterable[bytes] = super().__call__(environ, start_response)
        except (StopIteration, ConnectionError):  # how the library tells its server that there is nothing to answer
            raise
        except Exception as error:  # what came cannot be read
            log.info("a live connection sent what cannot be read: %s", error)
            raise StopIteration from error
        finally:
            engine_socket.queue.put(None)
            engine_socket.close(wait=False, abort=True)
            engine_socket.server.sockets.pop(engine_socket.sid, None)
        return answer

    def close(self) -> None:
        """End it; the other end may be gone."""
        with suppress(OSError):
            super().close()


def cut(engine_socket: Any) -> None:
    """End a connection at once, also one whose other end does not read."""
    raw = getattr(engine_socket, "raw", None)
    if raw is not None:
        with suppress(OSError):
            raw.shutdown(socket.SHUT_RDWR)
