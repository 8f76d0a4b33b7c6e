"""The fork server: a program that imports what steps need, computes nothing, and forks spares (spare.py), which become steps.

It is two processes. The one that is started imports and then only forks the second; the second, which has no thread but
the one that runs it, forks the spares. After `MOST_FORKS` it ends, and the first forks the next one from its clean state.

Over the descriptor given as first argument (a SOCK_SEQPACKET socket) the server asks with one byte per spare it wants. Back
come messages of JSON: `{"state": "ready"}` once the canary has passed, `{"state": "unfit", "text": why}`, `{"state":
"outdated"}` when packages were installed or removed, and `{"spare": pid}` with the descriptor of the spare's own line.
The fork server ends when the server lets go of the socket; spares end when it lets go of their lines.
"""

import gc
import json
import os
import select
import signal
import socket
import sys
import time

from designer.launcher import processes, spare

TYPE_CHECKING = False  # the real one would import typing, which costs milliseconds
if TYPE_CHECKING:
    from typing import Any, NoReturn

MOST_FORKS = 200
"""After so many forks the forking process is replaced."""

RECYCLE = 3
ASK = b"+"

LAUNCHER = (
    "designer.launcher.call", "designer.launcher.parameters", "designer.launcher.tables", "designer.launcher.values",
    "designer.module", "designer.step", "ctypes", "faulthandler", "hashlib", "pathlib", "random", "resource", "typing",
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
    packages = _packages()
    gc.disable()
    room = processes.find_room()
    for name in (*LAUNCHER, *settings["libraries"]):
        try:
            __import__(name)
        except ImportError as problem:
            if name in settings["libraries"] and problem.name == name.partition(".")[0]:
                continue  # this Python does not have it: a step that asks for it is told so
            _resign(line, {"state": "unfit", "text": f"{name} cannot be imported: {problem}"})
    gc.collect()
    gc.freeze()
    why = "" if room else "there is no room for the cookie"
    why = why or _refusal() or (_canary(settings["canary"]) if settings["canary"] else "")
    if why:
        _resign(line, {"state": "unfit", "text": why})
    _say(line, {"state": "ready"})
    status = RECYCLE
    while status == RECYCLE:
        parent, generation = os.getpid(), os.fork()
        if generation == 0:
            try:
                processes.die_with_parent(parent)
                _serve(line, packages, room, settings)
            finally:
                os._exit(1)
        status = _wait(generation)
    os._exit(0)


def _say(line: socket.socket, message: "dict[str, Any]", handles: "list[int] | None" = None) -> None:
    try:
        socket.send_fds(line, [json.dumps(message).encode()], handles or [])
    except OSError:
        os._exit(0)  # nobody listens any more


def _resign(line: socket.socket, message: "dict[str, Any]") -> "NoReturn":
    """Say something last. It is lost if the socket is closed while something lies there unread, so the other end closes it."""
    _say(line, message)
    line.settimeout(10.0)
    try:
        while line.recv(4096):
            pass
    except OSError:
        pass
    os._exit(0)


def _wait(generation: int) -> int:
    """Collect all that end, spares of earlier generations too, until this process has ended; its exit code, or -1."""
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == generation:
            return os.WEXITSTATUS(status) if os.WIFEXITED(status) else -1


def _refusal() -> str:
    """Why this process must not fork now; empty when it may."""
    threading = sys.modules.get("threading")
    if threading is not None and threading.active_count() != 1:
        return "a library has started a thread while it was imported"
    return ""


def _packages() -> "dict[str, frozenset[str]]":
    """What lies in the folders that packages are installed in; each package has a name there that tells its version."""
    found = {}
    for path in sys.path:
        if path.endswith(("site-packages", "dist-packages")):
            try:
                found[path] = frozenset(os.listdir(path)) - {"__pycache__"}
            except OSError:
                continue
    return found


def _canary(seconds: float) -> str:
    """Have a forked child compute with what was imported; why that does not work, empty when it does."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.nice(10)
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


def _serve(
    line: socket.socket, packages: "dict[str, frozenset[str]]", room: int, settings: "dict[str, Any]"
) -> "NoReturn":
    """Fork a spare for every byte that comes, until there were enough."""
    wake = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake[1], warn_on_full_buffer=False)
    forks = 0
    while forks < MOST_FORKS:
        heard, _, _ = select.select([line.fileno(), wake[0]], [], [])
        if wake[0] in heard:
            os.read(wake[0], 4096)
            _collect()
        if line.fileno() not in heard:
            continue
        if not line.recv(len(ASK)):
            _leave()
        why = _refusal() or _threads()
        if why:
            _resign(line, {"state": "unfit", "text": why})
        if _packages() != packages:
            _resign(line, {"state": "outdated"})
        theirs, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        pid = os.fork()
        if pid == 0:
            try:
                spare.main(ours.fileno(), room, settings["probe"])
            finally:
                os._exit(1)
        forks += 1
        _say(line, {"spare": pid}, [theirs.fileno()])
        theirs.close()
        ours.close()
    os._exit(RECYCLE)


def _threads() -> str:
    count = len(os.listdir("/proc/self/task"))
    return "" if count == 1 else f"the process that forks has {count} threads"


def _collect() -> bool:
    """Collect the children that have ended; whether there are others."""
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
