"""The door to Redis: one channel that all servers of an installation publish to and hear."""

import logging
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

log = logging.getLogger(__name__)

SECONDS = 3.0
"""How long Redis may take to connect or to answer."""

BEAT_SECONDS = 5.0
SILENCE_SECONDS = 15.0
"""Each server hears its own beat; where nothing is heard for so long the connection is made anew."""

RETRY_SECONDS = 0.5
WAITING = 10_000
"""Messages that may wait to be sent; more are dropped, as hints may be."""

BEAT = ""


class Channel:
    """Sends and hears texts, in threads of its own. What Redis does not take is dropped: `trouble` says why."""

    def __init__(self, url: str, name: str, hear: Callable[[str], None], opened: Callable[[], None]) -> None:
        self._url, self._name = url, name
        self._hear, self._opened = hear, opened
        self._waiting: queue.Queue[str] = queue.Queue(WAITING)
        self._ended = threading.Event()
        self._troubles: dict[str, str] = {"hear": "it was not reached yet", "send": ""}
        self._threads = [
            threading.Thread(target=self._again, args=("hear", self._listen), name="broadcast-hear", daemon=True),
            threading.Thread(target=self._again, args=("send", self._send), name="broadcast-send", daemon=True),
        ]

    @property
    def trouble(self) -> str:
        """Why nothing gets through now; "" while all does."""
        return next(filter(None, self._troubles.values()), "")

    def start(self) -> None:
        """Begin to send and to hear."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End, without waiting for what was not sent."""
        self._ended.set()
        with suppress(queue.Full):
            self._waiting.put_nowait(BEAT)

    def send(self, text: str) -> None:
        """Send a text to all servers, this one too; returns at once."""
        with suppress(queue.Full):
            self._waiting.put_nowait(text)

    def _again(self, what: str, work: Callable[[Any], None]) -> None:
        """Work on a connection, and on the next one when that is lost."""
        import redis

        while not self._ended.is_set():
            try:
                with redis.Redis.from_url(
                    self._url, socket_connect_timeout=SECONDS, socket_timeout=SECONDS, decode_responses=True
                ) as client:
                    work(client)
            except (redis.RedisError, OSError, ValueError) as problem:
                if not self._troubles[what]:
                    log.warning("Redis does not answer: %s", problem)
                self._troubles[what] = str(problem) or type(problem).__name__
                self._ended.wait(RETRY_SECONDS)

    def _listen(self, client: Any) -> None:
        with client.pubsub() as heard:
            heard.subscribe(self._name)
            last = time.monotonic()
            while not self._ended.is_set():
                message = heard.get_message(timeout=1.0)
                now = time.monotonic()
                if message is None:
                    if now - last > SILENCE_SECONDS:
                        raise OSError("nothing is heard any more")
                    continue
                last = now
                if message["type"] == "subscribe":
                    if self._troubles["hear"]:
                        log.info("Redis answers")
                    self._troubles["hear"] = ""
                    self._opened()
                elif message["type"] == "message" and message["data"] != BEAT:
                    self._hear(message["data"])

    def _send(self, client: Any) -> None:
        while not self._ended.is_set():
            try:
                text = self._waiting.get(timeout=BEAT_SECONDS)
            except queue.Empty:
                text = BEAT
            client.publish(self._name, text)
            self._troubles["send"] = ""
