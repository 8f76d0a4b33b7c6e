"""Between this server and the others: what is published here is told to them, what they tell is handed to those who listen here."""

import json
import logging
import secrets
import threading
from collections.abc import Sequence

from pydantic import ValidationError

from designer.actions import sessions
from designer.broadcast.channel import Channel
from designer.broadcast.order import Order
from designer.broadcast.poll import Poll
from designer.contract.events import EVENT, Event
from designer.errors import DesignerError
from designer.installation import Installation

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""Between two looks into the database while nobody tells what is new."""

QUIET_SECONDS = 5.0
"""The same while Redis does: then a look only finds what was lost on the way."""


class Relay:
    """Tells and hears, from `start` to `stop`. An installation that no other server can have open needs none."""

    def __init__(self, inst: Installation) -> None:
        self._inst = inst
        self._me = secrets.token_hex(8)
        self._lock = threading.Lock()
        self._order = Order()
        self._poll = Poll(inst, self._order)
        self._ended = threading.Event()
        self._soon = threading.Event()
        url = inst.settings.redis
        self._channel = Channel(url, f"designer:{sessions.instance(inst)}", self._hear, self._soon.set) if url else None
        self._thread = threading.Thread(target=self._look_again, name="broadcast-poll", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._look()
        self._inst.bus.outlet = self._publish
        self._inst.bell.outlet = self._ring
        if self._channel is not None:
            self._channel.start()
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._inst.bus.outlet = None
        self._inst.bell.outlet = None
        self._ended.set()
        self._soon.set()
        if self._channel is not None:
            self._channel.stop()

    def _publish(self, events: Sequence[Event]) -> Sequence[Event]:
        """Tell the others; what of it was not told here yet, in the right order."""
        if self._channel is not None:
            bodies = [event.model_dump_json() for event in events]
            self._channel.send(json.dumps({"from": self._me, "events": bodies}))
        with self._lock:
            return self._order.new(self._whole(events))

    def _ring(self) -> None:
        if self._channel is not None:
            self._channel.send(json.dumps({"from": self._me, "wake": True}))

    def _hear(self, text: str) -> None:
        """What another server said."""
        try:
            said = json.loads(text)
            if said["from"] == self._me:
                return
            events = [EVENT.validate_json(body) for body in said.get("events", ())]
        except (ValueError, KeyError, TypeError, ValidationError) as problem:  # a server of another version
            log.warning("what another server said cannot be read: %s", problem)
            self._soon.set()
            return
        if said.get("wake"):
            self._inst.bell.ring_here()
        with self._lock:
            self._inst.bus.deliver(self._order.new(self._whole(events)))

    def _whole(self, events: Sequence[Event]) -> Sequence[Event]:
        """The same events, after those that must come first and never came; the lock is held."""
        runs = self._order.gaps(events)
        if not runs:
            return events
        try:
            return [*self._poll.missing(runs), *events]
        except DesignerError as problem:  # viewers see by the seq that they miss some
            log.warning("what was not told cannot be looked up: %s", problem.message)
            return events

    def _look_again(self) -> None:
        while not self._ended.is_set():
            trouble = self._channel.trouble if self._channel is not None else ""
            self._inst.bus.trouble = trouble
            self._soon.wait(QUIET_SECONDS if self._channel is not None and not trouble else LOOK_SECONDS)
            self._soon.clear()
            self._look()

    def _look(self) -> None:
        try:
            found = self._poll.look()
            with self._lock:
                for run, seq in found.known:
                    self._order.tell(run, seq)
                self._inst.bus.deliver(self._order.new(self._whole(found.events)))
        except DesignerError as problem:
            log.warning("what other servers did cannot be looked up: %s", problem.message)
        except Exception:  # the door of a thread
            log.exception("what other servers did could not be told")
