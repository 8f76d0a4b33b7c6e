"""The queue between a target and its workers: Celery over Redis. It carries ids of attempts and nothing else.

What is lost in it, doubled or forged does no harm: who takes an attempt is decided by the server, which tells the queue again of
those that nobody took.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit, urlunsplit

TASK = "designer.attempt"
"""The name of the only task."""

PING = "designer.ping"
"""What a receiver sends itself, to know that it still hears."""

NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
"""What can be the id of an attempt."""

VISIBILITY_SECONDS = 21_600
"""How long Redis waits for the word that a message arrived. It is given at once, so this is never met while all goes well."""

CONNECT_SECONDS = 3.0
NO_EVICTION = "noeviction"


def hints(queue: str) -> str:
    """The channel on which workers are told to ask the server at once."""
    return f"{queue}.hints"


def shown(url: str) -> str:
    """The address of a broker without its password."""
    parts = urlsplit(url)
    host = (parts.hostname or "") + (f":{parts.port}" if parts.port else "")
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def application(url: str, *queues: str) -> Any:
    """The Celery application of these queues: JSON alone, early acknowledgement, one message at a time, no results, no remote control."""
    from celery import Celery
    from kombu.entity import Queue

    app = Celery("designer", broker=url, set_as_current=False, fixups=[])
    app.conf.update(
        accept_content=["json"], task_serializer="json", task_protocol=2,
        result_backend=None, task_ignore_result=True,
        task_acks_late=False, worker_prefetch_multiplier=1, worker_disable_prefetch=True,
        worker_enable_remote_control=False, worker_send_task_events=False, task_send_sent_event=False,
        task_queues=[Queue(name, exchange="", routing_key=name) for name in queues],  # type: ignore[no-untyped-call]
        task_default_queue=queues[0], task_default_exchange="", task_default_routing_key=queues[0],
        task_create_missing_queues=False, worker_hijack_root_logger=False, worker_redirect_stdouts=False,
        broker_connection_retry_on_startup=True, broker_connection_max_retries=None, broker_connection_timeout=CONNECT_SECONDS,
        broker_transport_options={
            "visibility_timeout": VISIBILITY_SECONDS, "socket_connect_timeout": CONNECT_SECONDS, "socket_keepalive": True,
        },
    )  # fmt: skip
    return app


class Sender:
    """Tells a queue of attempts, and workers to ask the server. Used by one thread."""

    def __init__(self, url: str, queue: str) -> None:
        self._url, self._queue = url, queue
        self._app: Any = None
        self._producer: Any = None
        self._redis: Any = None

    def send(self, attempt: str) -> None:
        """Tell of an attempt. Raises `OSError` with what Redis says."""
        with _plainly():
            if self._producer is None:
                self._app = application(self._url, self._queue)
                connection = self._app.connection_for_write(transport_options={
                    "socket_timeout": CONNECT_SECONDS, "socket_connect_timeout": CONNECT_SECONDS,
                })  # fmt: skip
                connection.connect()
                self._producer = self._app.amqp.Producer(connection, auto_declare=False)
            self._app.send_task(
                TASK, (attempt,), producer=self._producer, exchange="", routing_key=self._queue, declare=[], retry=False,
                ignore_result=True,
            )  # fmt: skip

    def hint(self) -> None:
        """Have all workers of the queue ask the server now. Raises `OSError`."""
        with _plainly():
            self._connected().publish(hints(self._queue), "look")

    def look(self) -> str:
        """What is wrong with Redis that a person should know, "" where nothing is. Raises `OSError` where it does not answer."""
        with _plainly():
            found = self._connected().info("memory")
            policy = str(found.get("maxmemory_policy", NO_EVICTION))
        if policy != NO_EVICTION:
            return f"Redis may throw messages away (maxmemory-policy {policy}): set it to {NO_EVICTION}."
        return ""

    def close(self) -> None:
        """Let go of every connection."""
        producer, self._producer, redis, self._redis = self._producer, None, self._redis, None
        with suppress(Exception):
            if producer is not None:
                producer.connection.release()
        with suppress(Exception):
            if redis is not None:
                redis.close()
        self._app = None

    def _connected(self) -> Any:
        if self._redis is None:
            self._redis = connect(self._url)
        return self._redis


def connect(url: str, read_seconds: float | None = CONNECT_SECONDS) -> Any:
    """A connection to Redis itself."""
    import redis

    return redis.Redis.from_url(url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=read_seconds)


@contextmanager
def _plainly() -> Iterator[None]:
    """Whatever the client or the broker raise becomes an `OSError` of one sentence."""
    try:
        yield
    except Exception as problem:
        raise OSError(_first_line(problem)) from problem


def _first_line(problem: Exception) -> str:
    text = str(problem).strip() or type(problem).__name__
    return text.splitlines()[0][:300]
