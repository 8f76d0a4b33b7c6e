"""The live server: viewers come in, join rooms, and are told what changes in them."""

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, request
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import SocketIO, join_room, leave_room

from designer.actions import live, sessions
from designer.contract.events import Event
from designer.errors import NotFound
from designer.installation import Installation
from designer.live.gate import MAX_MESSAGE, SESSION, Gate
from designer.live.pace import Pace
from designer.live.rooms import is_room, run_of
from designer.live.websocket import Websocket, cut

log = logging.getLogger(__name__)

Environ = dict[str, Any]

RECHECK_SECONDS = 60.0
LOOK_SECONDS = 1.0
LONG_QUEUE = 100
LONG_QUEUE_SECONDS = 10.0
FULL_QUEUE = 3000
"""Frames that wait for one viewer: so many for ten seconds, or so many at all, and it is cut off. It comes back and asks."""

MAX_ROOMS = 200
JOINS_A_SECOND = 100
SPARE = 20
"""Connections over the number of viewers, so that one who is too many can be told so."""


@dataclass
class Viewer:
    """One connection."""

    secret: str
    rooms: set[str] = field(default_factory=set)
    joins: deque[float] = field(default_factory=lambda: deque(maxlen=JOINS_A_SECOND))
    behind_since: float | None = None


class Live:
    """The websocket of an installation, put around a Flask application.

    Args:
        enter: the session of a request that may open a connection, None of one that may not.
        same_origin: whether an Origin is this server, as seen by a request.
    """

    def __init__(
        self,
        app: Flask,
        inst: Installation,
        *,
        enter: Callable[[Environ], str | None],
        same_origin: Callable[[str, Environ], bool],
    ) -> None:
        self._inst = inst
        self._viewers: dict[str, Viewer] = {}
        self._lock = threading.Lock()
        self._news: deque[Event] = deque()
        self._poke = threading.Event()
        self._ended = False
        self._unsubscribe: Callable[[], None] = lambda: None
        self._threads: list[threading.Thread] = []
        self.socketio = SocketIO(
            app,
            async_mode="threading",
            async_handlers=False,
            manage_session=False,
            cors_allowed_origins=lambda origin, environ: same_origin(origin or "", environ),
            cors_credentials=False,
            max_http_buffer_size=MAX_MESSAGE,
            http_compression=False,
            ping_interval=25,
            ping_timeout=20,
            monitor_clients=True,
            logger=False,
            engineio_logger=False,
        )
        self._engine = self.socketio.server.eio
        self._engine._async = {**self._engine._async, "websocket": Websocket}
        self._engine.handlers["message"] = self._packet(self._engine.handlers["message"])
        self.socketio.on_event("connect", self._connect)
        self.socketio.on_event("disconnect", self._disconnect)
        self.socketio.on_event("join", _answering(self._join))
        self.socketio.on_event("leave", _answering(self._leave))
        app.wsgi_app = Gate(app.wsgi_app, enter, self._is_full)  # type: ignore[method-assign]

    def start(self) -> None:
        """Begin to tell."""
        self._unsubscribe = self._inst.bus.subscribe(self._hear)
        self._inst.measures.viewers = lambda: len(self._viewers)
        self._threads = [
            threading.Thread(target=self._relay, name="live-relay", daemon=True),
            threading.Thread(target=self._watch, name="live-watch", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End all connections at once."""
        self._unsubscribe()
        self._ended = True
        self._poke.set()
        for one in list(self._engine.sockets.values()):
            cut(one)

    @property
    def viewers(self) -> int:
        """How many watch."""
        return len(self._viewers)

    # What clients send. Everything else they may send is ignored.

    def _packet(self, read: Callable[[str, Any], Any]) -> Callable[[str, Any], None]:
        """Reads packets; the connection that sends one which cannot be read is ended."""

        def message(engine_sid: str, data: Any) -> None:
            try:
                read(engine_sid, data)
            except Exception as error:  # noqa: BLE001 - whatever the library makes of odd bytes
                log.info("a live connection sent what cannot be read: %s", error)
                cut(self._engine.sockets.get(engine_sid))

        return message

    def _connect(self, _auth: object = None) -> None:
        secret = request.environ.get(SESSION)
        if not secret or not sessions.is_open(self._inst, secret):
            raise Refused("sign in first")
        with self._lock:
            if len(self._viewers) >= self._inst.settings.viewers:
                raise Refused("live updates busy, polling")
            self._viewers[_sid()] = Viewer(secret)

    def _disconnect(self, _reason: object = None) -> None:
        with self._lock:
            self._viewers.pop(_sid(), None)

    def _join(self, message: object = None, *_more: object) -> dict[str, Any]:
        viewer, room = self._viewers.get(_sid()), _room(message)
        if viewer is None or room is None:
            return {"error": "There is no such room."}
        now = self._inst.clock.monotonic()
        if len(viewer.joins) == JOINS_A_SECOND and now - viewer.joins[0] < 1.0:
            self._drop(_sid())
            return {"error": "Too many joins."}
        viewer.joins.append(now)
        if room not in viewer.rooms and len(viewer.rooms) >= MAX_ROOMS:
            return {"error": "Leave a room first."}
        run = run_of(room)
        join_room(room)  # before looking: what happens from here on is told
        try:
            seq = live.current_seq(self._inst, run) if run else None
        except NotFound:
            leave_room(room)
            return {"error": "There is no such run."}
        viewer.rooms.add(room)
        return {"room": room, "seq": seq}

    def _leave(self, message: object = None, *_more: object) -> dict[str, Any]:
        viewer, room = self._viewers.get(_sid()), _room(message)
        if viewer is None or room is None:
            return {"error": "There is no such room."}
        viewer.rooms.discard(room)
        leave_room(room)
        return {"room": room}

    # What they are told.

    def _hear(self, events: Sequence[Event]) -> None:
        self._news.extend(events)
        self._poke.set()

    def _relay(self) -> None:
        pace = Pace()
        while not self._ended:
            self._poke.wait(pace.next(time.monotonic()))
            self._poke.clear()
            while self._news:
                pace.take([self._news.popleft()])
            for room, events in pace.due(time.monotonic()):
                try:
                    self._tell(room, events)
                except Exception:  # one room's fault is not the others'
                    log.exception("telling the room %s failed", room)

    def _tell(self, room: str, events: Sequence[Event]) -> None:
        if room not in self.socketio.server.manager.rooms.get("/", {}):
            return
        for event in events:
            self.socketio.emit("event", json.loads(event.model_dump_json()), to=room)

    def _watch(self) -> None:
        """Cut off who does not read, and who is not signed in any more."""
        rechecked = time.monotonic()
        while not self._ended:
            time.sleep(LOOK_SECONDS)
            now = time.monotonic()
            with self._lock:
                viewers = dict(self._viewers)
            again = now - rechecked >= RECHECK_SECONDS
            rechecked = now if again else rechecked
            for sid, viewer in viewers.items():
                try:
                    if self._is_behind(sid, viewer, now) or (again and not sessions.is_open(self._inst, viewer.secret)):
                        self._drop(sid)
                except Exception:
                    log.exception("looking after a viewer failed")

    def _is_behind(self, sid: str, viewer: Viewer, now: float) -> bool:
        waiting = self._engine_socket(sid)
        length = waiting.queue.qsize() if waiting is not None else 0
        if length <= LONG_QUEUE:
            viewer.behind_since = None
            return False
        if viewer.behind_since is None:
            viewer.behind_since = now
        return length > FULL_QUEUE or now - viewer.behind_since > LONG_QUEUE_SECONDS

    def _drop(self, sid: str) -> None:
        one = self._engine_socket(sid)
        with self._lock:
            self._viewers.pop(sid, None)
        if one is None:
            return
        with suppress(Exception):
            one.close(wait=False, abort=True)
        while True:
            with suppress(Exception):
                one.queue.get_nowait()
                continue
            break
        one.queue.put(None)
        cut(one)

    def _engine_socket(self, sid: str) -> Any:
        engine_sid = self.socketio.server.manager.eio_sid_from_sid(sid, "/")
        return self._engine.sockets.get(engine_sid)

    def _is_full(self) -> bool:
        return len(self._engine.sockets) >= self._inst.settings.viewers + SPARE


def _answering(handler: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """A handler that answers also where something of ours goes wrong."""

    def answer(*arguments: object) -> dict[str, Any]:
        try:
            return handler(*arguments)
        except Exception:
            log.exception("answering a live connection failed")
            return {"error": "Something went wrong in the server."}

    return answer


def _sid() -> str:
    return str(request.sid)  # type: ignore[attr-defined]


def _room(message: object) -> str | None:
    room = message.get("room") if isinstance(message, dict) else None
    return room if is_room(room) else None
