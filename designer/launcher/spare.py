"""A spare: a supervisor that was forked by a fork server, with a child of its own, waits for the folder of a job.

Over its line (a SOCK_SEQPACKET socket) it says who it is (`{"pid", "start_time"}`) once its child can compute. One order
comes back, `{"name", "folder", "environment"}`; the answer is who holds the job's lock now, or `taken` when another was
quicker. `ended` follows when the result is there; then it forks another child and says again who it is.

It has one thread, also in the eyes of the kernel, so that forking is safe. After some forks it ends (`{"spent": true}`); it ends too when the
server lets go of the line, when packages were installed or removed (`{"outdated": true}`), and after anything unexpected.
While it has a job it carries the job's cookie, by which others know that it is still that job's supervisor.
"""

import json
import os
import select
import socket
import sys
import time

from designer.launcher import child, processes, supervisor
from designer.launcher.board import Board
from designer.launcher.result import make_durable, read_json

TYPE_CHECKING = False  # the real one would import typing, which costs milliseconds
if TYPE_CHECKING:
    from typing import Any, NoReturn

LOG = "launcher.log"
TAKEN = b"taken"
ENDED = b"ended"
SAFE_SECONDS = 0.5
"""How long a result that others can read may wait until it survives a power cut."""

LONGEST_ORDER = 128 * 1024
"""Bytes; what a socket takes at once."""


def main(handle: int, room: int, probe: str, forks: int, installed: "dict[str, frozenset[str]]") -> "NoReturn":
    """Run one job after the other, at most `forks`; never returns."""
    os.setsid()
    os.closerange(3, handle)
    os.closerange(handle + 1, 4096)
    line = socket.socket(fileno=handle)
    processes.become_subreaper()
    own = Spare(line, room, probe)
    for _ in range(forks):
        why = refusal(1)
        if why:
            _tell(line, {"unfit": why})
            break
        if packages() != installed:
            _tell(line, {"outdated": True})
            break
        if not own.serve():
            break
    else:
        _tell(line, {"spent": True})
    own.make_safe()
    os._exit(0)


def packages() -> "dict[str, frozenset[str]]":
    """What lies in the folders that packages are installed in; each package has a name there that tells its version."""
    found = {}
    for path in sys.path:
        if path.endswith(("site-packages", "dist-packages")):
            try:
                found[path] = frozenset(os.listdir(path)) - {"__pycache__"}
            except OSError:
                continue
    return found


def native_threads() -> int:
    """How many threads the kernel knows of in this process."""
    return len(os.listdir("/proc/self/task"))


def refusal(native: int) -> str:
    """Why this process must not fork now; empty when it may. `native` is how many threads libraries may have."""
    threading = sys.modules.get("threading")
    if threading is not None and threading.active_count() != 1:
        return "a library has started a thread while it was imported"
    if native_threads() > native:
        return "a library computes in the process that forks"
    return ""


class Spare:
    """The supervisor of one job after the other."""

    def __init__(self, line: socket.socket, room: int, probe: str) -> None:
        self.line = line
        self.room = room
        self.probe = probe
        self.board = Board()
        self.ear = supervisor.Ear()
        self.who = {**supervisor.myself(), "spare": True}
        self._unsafe: list[str] = []  # results that a power cut could still take away
        self._unsafe_since = 0.0

    def serve(self) -> bool:
        """Wait for one job and run it; whether that went as it should, so that there may be another."""
        self.board.clear()
        there, here = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        pid = supervisor.fork()
        if pid == 0:
            try:
                child.detach(self.who["pid"] or 0, there.fileno())
                self._be_the_child(there)
            finally:
                os._exit(70)
        there.close()
        if self._unsafe and time.monotonic() > self._unsafe_since + SAFE_SECONDS:
            self.make_safe()
        with here:
            heard, _, _ = select.select([here, self.line], [], [], SAFE_SECONDS if self._unsafe else None)
            if not heard:
                self.make_safe()
                heard, _, _ = select.select([here, self.line], [], [])
            if self.line in heard or not here.recv(1):
                return False  # nobody wants it any more, or the child cannot compute
            _tell(self.line, self.who)
            if self._unsafe and not select.select([self.line], [], [], SAFE_SECONDS)[0]:
                self.make_safe()
            text = self.line.recv(LONGEST_ORDER)
            if not text or os.waitpid(pid, os.WNOHANG)[0]:
                return False
            order = json.loads(text)
            usual, sys.stderr = sys.stderr, _Log(os.path.join(order["folder"], LOG))
            try:
                return self._run(pid, order["name"], order["folder"], lambda: _say(here, text))
            except BaseException:  # noqa: BLE001 - the last words of this process
                import traceback

                traceback.print_exc()
                return False
            finally:
                sys.stderr = usual

    def make_safe(self) -> None:
        """See to it that the results of the last jobs survive a power cut.

        That waits for the disk, and few ever need it: the server has written most of them down by then.
        """
        for path in self._unsafe:
            try:  # noqa: SIM105 - contextlib would cost a step a millisecond
                make_durable(path)
            except OSError:
                pass  # it is not there any more
        self._unsafe.clear()

    def _run(self, pid: int, name: str, folder: str, go: "Any") -> bool:
        os.chdir(folder)
        processes.wear(self.room, name, folder)
        self.ear.canceled = False
        taken = supervisor.take(folder, self.who)
        if taken is None:
            _say(self.line, TAKEN)
            return False
        who, lock = taken
        _tell(self.line, who)
        begun: list[bool] = []
        told: list[bool] = []

        def begin() -> None:
            begun.append(True)
            go()

        def tell() -> None:
            processes.wear(self.room, "", "")
            os.close(lock)
            told.append(True)
            _say(self.line, ENDED)

        supervisor.carry_out(folder, self.ear, supervisor.Fork(pid, self.board, begin), tell)
        os.chdir("/")
        if not self._unsafe:
            self._unsafe_since = time.monotonic()
        self._unsafe.append(os.path.join(folder, supervisor.RESULT))
        return bool(begun and told)

    def _be_the_child(self, go: socket.socket) -> "NoReturn":
        """Wait for the order, become the process that a step started cold would find itself in, and do the job."""
        if self.probe in sys.modules:
            _PROBES[self.probe]()
        _forget()
        child.prepare()
        go.send(b".")
        text = go.recv(LONGEST_ORDER)
        if not text:
            os._exit(0)
        go.close()
        order = json.loads(text)
        environment = order["environment"]
        for key in os.environ.keys() - environment.keys():
            del os.environ[key]
        for key, value in environment.items():  # most are as they were: a change costs a call of the C library
            if os.environ.get(key) != value:
                os.environ[key] = value
        processes.wear(self.room, order["name"], order["folder"])
        if "TZ" in os.environ:
            time.tzset()
        child.main(read_json(os.path.join(order["folder"], supervisor.JOB)), order["folder"], self.board, warm=True)


def _tell(line: socket.socket, message: "dict[str, Any]") -> None:
    _say(line, json.dumps(message).encode())


def _say(line: socket.socket, text: bytes) -> None:
    try:  # noqa: SIM105 - contextlib would cost a step a millisecond
        line.send(text)
    except OSError:
        pass  # the server is gone, or the child; what is on disk counts


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
