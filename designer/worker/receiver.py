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


def main() -> None:
    """Listen until the worker closes the pipe."""
    about = json.loads(sys.stdin.readline())
    threading.Thread(target=_hear_hints, args=(about["broker"], about["queue"]), daemon=True).start()
    if not _room():
        os._exit(0)
    app = application(about["broker"], about["queue"], about["own"])

    @app.task(name=TASK, ignore_result=True)  # type: ignore[untyped-decorator]
    def attempt(id_: Any = None, *_: Any, **__: Any) -> None:
        """Hand the id on, and hear nothing more until there is room again."""
        if isinstance(id_, str) and NAME.fullmatch(id_):
            say(f"take {id_}")
            if not _room():
                os._exit(0)

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
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def _room() -> bool:
    """Wait until there is room; False where the worker is gone."""
    return sys.stdin.readline() == "go\n"


def _ping(app: Any, queue: str, seconds: float) -> None:
    """Send messages to this very process, through Redis."""
    while True:
        with suppress(Exception):
            app.send_task(PING, (), exchange="", routing_key=queue, declare=[], retry=False, ignore_result=True,
                          expires=2 * seconds)  # fmt: skip
        time.sleep(seconds)


def _hear_hints(broker: str, queue: str) -> None:
    """Pass on that the server has news."""
    while True:
        with suppress(Exception):
            listener = connect(broker, read_seconds=None).pubsub(ignore_subscribe_messages=True)
            listener.subscribe(hints(queue))
            for _ in listener.listen():
                say("look")
        time.sleep(REST_SECONDS)


if __name__ == "__main__":
    main()
