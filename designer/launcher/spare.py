"""A spare: a supervisor and its child, forked in advance by a fork server, that wait for the folder of a job.

Over its line (a SOCK_SEQPACKET socket) a spare says who it is (`{"pid", "start_time"}`) once its child can compute. One
order comes back, `{"name", "folder", "environment"}`; the answer is who holds the job's lock now, or `taken` when another
was quicker. `ended` follows when the result is there. When the server lets go of the line before the order, both end.
"""

import json
import os
import select
import signal
import socket
import sys

from designer.launcher import child, processes, supervisor
from designer.launcher.board import Board
from designer.launcher.result import read_json

TYPE_CHECKING = False  # the real one would import typing, which costs milliseconds
if TYPE_CHECKING:
    from typing import Any, NoReturn

LOG = "launcher.log"
TAKEN = b"taken"
ENDED = b"ended"
LONGEST_ORDER = 128 * 1024
"""Bytes; what a socket takes at once."""


def main(handle: int, room: int, probe: str) -> "NoReturn":
    """Be the supervisor of a spare, and then of a step; never returns."""
    signal.set_wakeup_fd(-1)
    for one in supervisor.HEARD:
        signal.signal(one, signal.SIG_DFL)
    os.setsid()
    os.closerange(3, handle)
    os.closerange(handle + 1, 4096)
    line = socket.socket(fileno=handle)
    processes.become_subreaper()
    board = Board()
    there, here = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    parent, pid = os.getpid(), os.fork()
    if pid == 0:
        try:
            child.detach(parent, there.fileno())
            _be_the_child(there, board, room, probe)
        finally:
            os._exit(70)
    there.close()
    heard, _, _ = select.select([here, line], [], [])
    if line in heard or not here.recv(1):
        os._exit(0)  # nobody wants it any more, or the child cannot compute
    line.send(json.dumps({"pid": parent, "start_time": processes.start_time(parent)}).encode())
    text = line.recv(LONGEST_ORDER)
    if not text or os.waitpid(pid, os.WNOHANG)[0]:
        os._exit(0)
    order = json.loads(text)
    folder = order["folder"]
    sys.stderr = _Log(os.path.join(folder, LOG))
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, supervisor.HEARD)
        os.chdir(folder)
        processes.wear(room, order["name"], folder)
        who = supervisor.take(folder)
        _say(line, TAKEN if who is None else json.dumps(who).encode())
        if who is not None:
            fork = supervisor.Fork(pid, board, lambda: _say(here, text))
            os._exit(supervisor.carry_out(folder, fork, lambda: _say(line, ENDED)))
    except BaseException:  # noqa: BLE001 - the last words of this process
        import traceback

        traceback.print_exc()
    os._exit(1)


def _say(line: socket.socket, text: bytes) -> None:
    try:  # noqa: SIM105 - contextlib would cost a step a millisecond
        line.send(text)
    except OSError:
        pass  # the server is gone, or the child; what is on disk counts


def _be_the_child(go: socket.socket, board: Board, room: int, probe: str) -> "NoReturn":
    """Wait for the order, become the process that a step started cold would find itself in, and do the job."""
    if probe in sys.modules:
        _PROBES[probe]()
    go.send(b".")
    text = go.recv(LONGEST_ORDER)
    if not text:
        os._exit(0)
    go.close()
    order = json.loads(text)
    os.environ.clear()
    os.environ.update(order["environment"])
    processes.wear(room, order["name"], order["folder"])
    _forget()
    child.main(read_json(os.path.join(order["folder"], supervisor.JOB)), order["folder"], board, warm=True)


def _probe_polars() -> None:
    import polars as pl

    pl.DataFrame({"a": [1]}).lazy().select(pl.col("a").sum()).collect()


_PROBES = {"polars": _probe_polars}
"""A first small computation, which shows that one can compute after the fork, and starts the library's threads."""


def _forget() -> None:
    """Chance and caches that all children of one fork server would share."""
    import gc

    gc.enable()
    random: Any = sys.modules.get("random")
    if random is not None:
        random.seed()
    numpy: Any = sys.modules.get("numpy.random")
    if numpy is not None:
        numpy.seed()
    tempfile: Any = sys.modules.get("tempfile")
    if tempfile is not None:
        tempfile.tempdir = None
    if "TZ" in os.environ:
        import time

        time.tzset()


class _Log:
    """The supervisor's own log, which is there only if it has something to say."""

    def __init__(self, path: str) -> None:
        self._path = path

    def write(self, text: str) -> int:
        """Append."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        handle = os.open(self._path, flags, 0o600)
        try:
            return os.write(handle, text.encode("utf-8", "replace"))
        finally:
            os.close(handle)

    def flush(self) -> None:
        """Nothing is held back."""
