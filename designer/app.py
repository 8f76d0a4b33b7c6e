"""The web process: settings -> installation -> Flask, websocket, conductor, under one gunicorn worker with threads.

It is one process: gunicorn's master, which would only watch it, is left out, so nothing is forked, Ctrl+C and `kill`
reach the server itself, and a lock or a socket is free the moment it ends.
"""

import errno
import json
import logging
import os
import signal
import socket
import sys
import threading
import time
import urllib.request
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from designer import logs
from designer.actions import passwords, sessions
from designer.actions.module_folders import FolderWatch
from designer.api import auth, uploads, web
from designer.api.guard import Guard, is_loopback, same_origin
from designer.broadcast import Relay
from designer.conductor import Conductor
from designer.errors import Conflict, DesignerError
from designer.installation import Installation, open_installation
from designer.live import Live
from designer.sdk import find_server
from designer.settings import LogFormat, Settings
from designer.store.database import is_sqlite

log = logging.getLogger(__name__)

SPARE_THREADS = 50
"""Threads besides those that viewers hold."""

GRACE_SECONDS = 5
RETRY_SECONDS = 3.0
"""How long a start waits for an earlier server of this home that is ending."""

STARTED, FAILED, REFUSED = 0, 1, 2
"""Exit statuses."""


def create_app(inst: Installation) -> Any:
    """The WSGI application of an installation; `app.extensions["live"]` is its websocket."""
    app = web.create(inst)
    live = Live(app, inst, enter=lambda environ: auth.viewer(inst, environ), same_origin=same_origin)
    app.extensions["live"] = live
    app.wsgi_app = Guard(app.wsgi_app, inst.settings.allowed_hosts, inst.settings.public_url)  # type: ignore[method-assign]
    return app


def serve(settings: Settings, *, open_browser: bool = True) -> int:
    """Serve until Ctrl+C or SIGTERM. Returns the exit status; where it returns, nothing of the server runs any more."""
    if not is_loopback(settings.host) and not settings.password_file:
        return _say(
            f"Designer does not listen on {settings.host} without a password: everyone who reaches it could run code here. Write one "
            "into a file and name that in DESIGNER_PASSWORD_FILE; or leave --host away, and reach it through an SSH tunnel.",
            REFUSED,
        )
    try:
        if settings.password_file:
            passwords.read(Path(settings.password_file))
    except DesignerError as error:
        return _say(f"designer: {error.message} {error.cure}", REFUSED)
    os.umask(0o077)
    logs.configure(as_json=settings.log_format is LogFormat.JSON)
    with suppress(FileNotFoundError):
        settings.home.chmod(0o700)
    shared = not is_sqlite(settings.database)  # then this may be one of several servers
    if not shared and _join(settings, open_browser):
        return STARTED
    try:
        listener = _listen(settings.host, settings.port)
    except OSError as error:
        return _say(_cannot_listen(settings, error), FAILED)
    with listener:
        port = listener.getsockname()[1]
        try:
            inst = _open(replace(settings, port=port), shared)
        except Conflict as error:
            if not shared and _join(settings, open_browser):
                return STARTED
            return _say(f"designer: {error.message} {error.cure}", FAILED)
        except DesignerError as error:
            return _say(f"designer: {error.message} {error.cure}", FAILED)
        _serve(inst, listener, open_browser)
    _leave(STARTED)
    return STARTED


def _serve(inst: Installation, listener: socket.socket, open_browser: bool) -> None:
    sys.setswitchinterval(
        0.001
    )  # a step's end must not wait for the five milliseconds of a thread that answers a browser
    sessions.token(inst.settings.home)  # so that clients find one
    if not inst.shared:
        uploads.clean(inst)
    app = create_app(inst)
    live: Live = app.extensions["live"]
    conductor = Conductor(inst)
    folders = FolderWatch(inst)
    host = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(inst.settings.host, inst.settings.host)  # noqa: S104 - as this machine names it
    host = f"[{host}]" if ":" in host else host
    relay = Relay(inst) if inst.shared else None
    url = f"http://{host}:{inst.settings.port}"

    def ready() -> None:
        if relay is not None:
            relay.start()
        conductor.start()
        live.start()
        folders.start()
        _show(
            f"{url}/open?code={sessions.new_code(inst)}", open_browser, "Designer is running at {}  (Ctrl+C stops it)"
        )

    with _announced(inst, url):
        worker = _worker(app, listener, inst.settings.viewers + SPARE_THREADS, ready, live.stop)
        try:
            worker.init_process()
        finally:
            folders.stop()
            live.stop()
            conductor.stop()
            if relay is not None:
                relay.stop()
            inst.close()
    print("Designer has stopped. Steps that run go on; the next start takes them up.", flush=True)


def _worker(
    app: Any, listener: socket.socket, threads: int, ready: Callable[[], None], stop: Callable[[], None]
) -> Any:
    """A gunicorn worker, to be run in this very process."""
    connections: weakref.WeakSet[Any] = weakref.WeakSet()

    class Worker(ThreadWorker):  # type: ignore[misc]
        """Ends gracefully at each of the usual signals, and does not care who started it."""

        def init_signals(self) -> None:
            ignored = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN  # by nohup
            super().init_signals()
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
                signal.signal(number, self.handle_exit)
            signal.signal(signal.SIGHUP, signal.SIG_IGN if ignored else self.handle_exit)

        def enqueue_req(self, conn: Any) -> None:
            connections.add(conn)
            super().enqueue_req(conn)

        def handle_exit(self, sig: int, frame: Any) -> None:
            stop()
            for connection in list(connections):
                if not connection.initialized:  # browsers open some before they need them
                    with suppress(OSError):
                        connection.sock.shutdown(socket.SHUT_RD)
            super().handle_exit(sig, frame)

        def is_parent_alive(self) -> bool:
            return True

        def _cap_keepalive(self, deadline: float) -> None:
            super()._cap_keepalive(time.monotonic() + 0.1)

        def notify(self) -> None:
            """There is no master to be told."""

    config = Config()
    for name, value in {
        "threads": threads,
        "worker_connections": 4 * threads,
        "keepalive": 30,
        "graceful_timeout": GRACE_SECONDS,
        "loglevel": "error",
        "limit_request_line": 8190,
        "forwarded_allow_ips": "",
        "umask": 0o077,
        "post_worker_init": lambda _worker: ready(),
    }.items():
        config.set(name, value)

    class Application:
        """What the worker asks for its application."""

        cfg = config

        @staticmethod
        def wsgi() -> Any:
            """The application."""
            return app

    return Worker(1, os.getppid(), [listener], Application(), 0, config, Logger(config))


@contextmanager
def _announced(inst: Installation, url: str) -> Iterator[None]:
    """Tell clients of this home where the server is, as long as it is there."""
    own = f"server-{socket.gethostname()}-{os.getpid()}.json" if inst.shared else "server.json"
    file = inst.settings.home / own
    about = {"url": url, "pid": os.getpid(), "started": inst.clock.now()}
    fresh = file.with_name(f".{own}")
    fresh.write_text(json.dumps(about) + "\n")
    fresh.replace(file)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host.strip("[]"), port))
        listener.listen(512)
    except BaseException:
        listener.close()
        raise
    return listener


def _open(settings: Settings, shared: bool) -> Installation:
    """Open the installation; where an earlier server is just ending, wait for it. Raises `DesignerError`."""
    deadline = time.monotonic() + RETRY_SECONDS
    while True:
        try:
            return open_installation(settings)
        except Conflict:
            if time.monotonic() > deadline or (not shared and find_server(settings.home) is not None):
                raise
            time.sleep(0.1)


def _join(settings: Settings, open_browser: bool) -> bool:
    """Where a server of this home runs already, sign in to that one."""
    if not (settings.home / "server.json").exists():
        return False
    running = find_server(settings.home)
    if running is None:
        return False
    code = running.call("POST", "/api/codes")["code"]
    _show(f"{running.url}/open?code={code}", open_browser, "Designer is already running at {}")
    return True


def _cannot_listen(settings: Settings, error: OSError) -> str:
    if error.errno == errno.EACCES:
        return f"designer: Port {settings.port} is reserved; choose one above 1023 with --port."
    if error.errno != errno.EADDRINUSE:
        return f"designer: Cannot listen on {settings.host}:{settings.port}: {error.strerror}."
    who = "another program"
    with suppress(OSError, ValueError):
        request = urllib.request.Request(f"http://127.0.0.1:{settings.port}/healthz")
        with urllib.request.urlopen(request, timeout=1) as answer:  # noqa: S310 - a fixed http address
            if json.loads(answer.read(1000)) == {"status": "ok"}:
                who = "a Designer of another home folder"
    return f"designer: Port {settings.port} is used by {who}; choose another with --port, 0 takes a free one."


def _show(url: str, open_browser: bool, text: str) -> None:
    print(text.format(url), flush=True)
    if open_browser and _has_browser():
        threading.Thread(target=_browse, args=(url,), daemon=True).start()


def _browse(url: str) -> None:
    import webbrowser

    with suppress(webbrowser.Error):
        webbrowser.open(url)


def _has_browser() -> bool:
    """Whether there is a screen to open a browser on; one in the terminal would be in the way."""
    return sys.platform == "darwin" or any(os.environ.get(name) for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"))


def _say(text: str, status: int) -> int:
    print(text, file=sys.stderr)
    return status


def _leave(status: int) -> None:
    """End the process although threads of requests may hang; everything is closed by now."""
    if threading.active_count() > 1:
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
