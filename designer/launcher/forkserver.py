"""The fork server: a program that imports what steps need, computes nothing, and forks spares (spare.py), which run steps.

Over the descriptor given as first argument (a SOCK_SEQPACKET socket) the server asks with one byte per spare it wants. Back
come messages of JSON: `{"state": "ready"}` once the canary has passed, `{"state": "unfit", "text": why}`, and `{"spare": pid}`
with the descriptor of the spare's own line. The fork server ends when the server lets go of the socket; spares end when it
lets go of their lines.
"""

import gc
import json
import os
import select
import signal
import socket
import time

from designer.launcher import processes, spare

TYPE_CHECKING = False  # the real one would import typing, which costs milliseconds
if TYPE_CHECKING:
    from typing import Any, NoReturn

ASK = b"+"

LAUNCHER = (
    "designer.launcher.call", "designer.launcher.parameters", "designer.launcher.tables", "designer.launcher.values",
    "designer.module", "designer.step", "atexit", "ctypes", "encodings.ascii", "encodings.latin_1", "faulthandler",
    "hashlib", "pathlib", "random", "resource", "typing",
)  # fmt: skip
"""What the launcher itself and nearly every module use."""


def main(arguments: list[str]) -> "NoReturn":
    """Serve until the other end of the socket is closed. Arguments: the descriptor, and settings as JSON."""
    line = socket.socket(fileno=int(arguments[0]))
    settings = json.loads(arguments[1])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.umask(0o077)
    os.chdir("/")
    processes.become_subreaper()
    packages = spare.packages()
    gc.disable()
    room = processes.find_room()
    for name in (*LAUNCHER, *settings["libraries"]):
        try:
            __import__(name)
        except ImportError as problem:
            if name in settings["libraries"] and problem.name == name.partition(".")[0]:
                continue  # this Python does not have it: a step that asks for it is told so
            _resign(line, f"{name} cannot be imported: {problem}")
    gc.collect()
    gc.freeze()
    threads = spare.native_threads()
    why = "" if room else "there is no room for the cookie"
    why = why or spare.refusal(threads) or (_canary(settings["canary"]) if settings["canary"] else "")
    if why:
        _resign(line, why)
    _say(line, {"state": "ready"})
    wake = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake[1], warn_on_full_buffer=False)
    while True:
        heard, _, _ = select.select([line.fileno(), wake[0]], [], [])
        if wake[0] in heard:
            os.read(wake[0], 4096)
            _collect()
        if line.fileno() not in heard:
            continue
        if not line.recv(len(ASK)):
            _leave()
        why = spare.refusal(threads)
        if why:
            _resign(line, why)
        theirs, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        pid = os.fork()
        if pid == 0:
            try:
                spare.main(ours.fileno(), room, settings["probe"], settings["forks"], packages)
            finally:
                os._exit(1)
        _say(line, {"spare": pid}, [theirs.fileno()])
        theirs.close()
        ours.close()


def _say(line: socket.socket, message: "dict[str, Any]", handles: "list[int] | None" = None) -> None:
    try:
        socket.send_fds(line, [json.dumps(message).encode()], handles or [])
    except OSError:
        os._exit(0)  # nobody listens any more


def _resign(line: socket.socket, why: str) -> "NoReturn":
    """Say why, and end. What was said is lost if the socket is closed while something lies there unread: let the server close it."""
    _say(line, {"state": "unfit", "text": why})
    line.settimeout(10.0)
    try:
        while line.recv(4096):
            pass
    except OSError:
        pass
    os._exit(0)


def _canary(seconds: float) -> str:
    """Have a forked child compute with what was imported; why that does not work, empty when it does."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            _compute()
            code = 0
        finally:
            os._exit(code)
    until = time.monotonic() + seconds
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            break
        if time.monotonic() > until:
            processes.end(pid)
            os.waitpid(pid, 0)
            return f"a forked process did not compute within {seconds:g} seconds"
        time.sleep(0.02)
    if os.WIFSIGNALED(status):
        return f"a forked process that computed died of signal {os.WTERMSIG(status)}"
    return "" if os.WEXITSTATUS(status) == 0 else "a forked process could not compute"


def _compute() -> None:
    """A little with each library that has threads of its own, where it is installed."""
    try:
        import numpy as np

        square = np.arange(10_000.0).reshape(100, 100) + np.eye(100) * 1000
        np.linalg.inv(square)
    except ImportError:
        return
    try:
        import polars as pl

        pl.DataFrame({"a": range(10_000)}).lazy().group_by(pl.col("a") % 7).agg(pl.len()).collect()
    except ImportError:
        pass
    try:
        from sklearn.ensemble import HistGradientBoostingRegressor

        HistGradientBoostingRegressor(max_iter=2).fit(square, square[:, 0])
    except ImportError:
        pass


def _collect() -> bool:
    """Collect the children that have ended, and orphans of theirs; whether there are others."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def _leave() -> "NoReturn":
    """End; but first collect those that are just ending, for nobody else may do so."""
    until = time.monotonic() + 0.2
    while _collect() and time.monotonic() < until:
        time.sleep(0.002)
    os._exit(0)
