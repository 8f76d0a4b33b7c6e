"""The process of a worker that listens to Redis: it hands ids on and knows nothing else. `python -m designer.worker.receiver`

Celery lives here alone. When it is stuck or dies, another one is started and no step notices. It takes a message only when it was
told that there is room; the message is acknowledged at once, because the server knows better than Redis what is still to be done.

In: a line `{"broker", "queue", "own", "ping"}`, then `go` for each attempt that there is room for. Out: `take ID`, `pong`, `look`.
The password of Redis comes over the pipe, so that no list of processes shows it.
"""

import json
import os
import sys
import threading
import time
from contextlib import suppress
from typing import Any

from designer.targets.queue import NAME, PING, TASK, application, connect, hints

REST_SECONDS = 1.0
_writing = threading.Lock()
_rooms = threading.Semaphore(0)
_busy = threading.Event()
_stale = threading.Event()


def main() -> None:
    """Listen until the worker closes the pipe."""
    about = json.loads(sys.stdin.readline())
    threading.Thread(target=_hear_hints, args=(about["broker"], about["queue"]), daemon=True).start()
    threading.Thread(target=_hear_worker, daemon=True).start()
    _rooms.acquire()
    app = application(about["broker"], about["queue"], about["own"])

    @app.task(name=TASK, ignore_result=True)  # type: ignore[untyped-decorator]
    def attempt(id_: Any = None, *_: Any, **__: Any) -> None:
        """Hand the id on, and hear nothing more until there is room again."""
        if isinstance(id_, str) and NAME.fullmatch(id_):
            _busy.set()
            say(f"take {id_}")
            _rooms.acquire()
            if _stale.is_set():
                os._exit(0)
            _busy.clear()

    @app.task(name=PING, ignore_result=True)  # type: ignore[untyped-decorator]
    def ping(*_: Any, **__: Any) -> None:
        """What was sent has come back."""
        say("pong")

    app.finalize()
    threading.Thread(target=_ping, args=(app, about["own"], float(about["ping"])), daemon=True).start()
    worker = app.WorkController(
        app=app, hostname=f"designer@{os.getpid()}", pool_cls="solo", concurrency=1, queues=[about["queue"], about["own"]],
        without_gossip=True, without_mingle=True, without_heartbeat=True, loglevel="WARNING",
    )  # fmt: skip
    worker.start()
    os._exit(1)


def say(line: str) -> None:
    """Tell the worker."""
    with _writing:
        try:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        except OSError:
            os._exit(0)


def _hear_worker() -> None:
    """Hear how much room there is. A worker that is gone must not keep messages from others: end at once."""
    for line in sys.stdin:
        if line == "go\n":
            _rooms.release()
    os._exit(0)


def _ping(app: Any, queue: str, seconds: float) -> None:
    """Send messages to this very process, through Redis."""
    while True:
        with suppress(Exception):
            app.send_task(PING, (), exchange="", routing_key=queue, declare=[], retry=False, ignore_result=True,
                          expires=2 * seconds)  # fmt: skip
        time.sleep(seconds)


def _hear_hints(broker: str, queue: str) -> None:
    """Pass on that the server has news. Where Redis was away, end: who listened to it before may hear nothing any more."""
    was_away = False
    while True:
        with suppress(Exception):
            listener = connect(broker, read_seconds=None).pubsub(ignore_subscribe_messages=True)
            listener.subscribe(hints(queue))
            if was_away:
                _stale.set()
                if not _busy.is_set():
                    os._exit(0)
            for _ in listener.listen():
                say("look")
        was_away = True
        time.sleep(REST_SECONDS)


if __name__ == "__main__":
    main()
