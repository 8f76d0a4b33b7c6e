"""The server's side of agents: a process per store that is in use, a time limit on everything, nothing of a library in the server."""

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from designer.datastores.problems import StoreProblem

SECONDS = 30.0
"""How long a store may take for an answer, and for each piece of a stream."""

MOST_IDLE = 4
"""Agents that are kept for the next question; each ends by itself when it is not asked for a minute."""

PIECE = 1 << 18

KEPT = {"HOME", "LANG", "LC_ALL", "PATH", "SSL_CERT_DIR", "SSL_CERT_FILE", "TMPDIR", "TZ", "VIRTUAL_ENV", "PYTHONPATH"}
"""The variables of the server that an agent gets to see: no credentials."""


class Agent:
    """A process that speaks to one store."""

    def __init__(self, kind: str, options: Mapping[str, Any], guard: bool) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "designer.datastores.agent"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, env={key: value for key, value in os.environ.items() if key in KEPT},
            start_new_session=True,
        )  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        self._held = b""
        self._send(json.dumps({"kind": kind, "options": dict(options), "guard": guard}).encode() + b"\n")

    @property
    def lives(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def ask(self, what: str, seconds: float = SECONDS, **more: Any) -> Any:
        """Ask one thing. Raises `StoreProblem`."""
        self._send(json.dumps({"do": what, **more}).encode() + b"\n")
        return self.answer(seconds)

    def answer(self, seconds: float = SECONDS) -> Any:
        """The next answer. Raises `StoreProblem`."""
        said = json.loads(self._line(seconds))
        if "problem" in said:
            raise StoreProblem(**said["problem"])
        return said["found"]

    def pieces(self) -> Iterator[bytes]:
        """The bytes of an answer. Raises `StoreProblem` where they end too early."""
        while True:
            line = self._line(SECONDS)
            if not line[:1].isdigit():  # it could not be read to its end
                raise StoreProblem(**json.loads(line)["problem"])
            size = int(line)
            if size == 0:
                return
            yield self._take(size)

    def send(self, pieces: Iterable[bytes]) -> Any:
        """Send bytes, and have the answer. Raises `StoreProblem`."""
        for piece in pieces:
            if piece:
                self._send(b"%d\n" % len(piece) + piece)
        self._send(b"0\n")
        return self.answer()

    def end(self) -> None:
        """End it, whatever it does."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                if stream is not None:
                    stream.close()

    def _send(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            try:
                if not select.select([], [self._in], [], SECONDS)[1]:
                    raise _silent(SECONDS)
                view = view[os.write(self._in, view[:65_536]) :]
            except BlockingIOError:
                continue
            except BrokenPipeError as problem:
                with suppress(StoreProblem):
                    self.answer(1.0)  # perhaps it said why
                raise _died() from problem

    def _line(self, seconds: float) -> bytes:
        while b"\n" not in self._held:
            self._fill(seconds)
        line, _, self._held = self._held.partition(b"\n")
        return line

    def _take(self, size: int) -> bytes:
        while len(self._held) < size:
            self._fill(SECONDS)
        data, self._held = self._held[:size], self._held[size:]
        return data

    def _fill(self, seconds: float) -> None:
        if not select.select([self._out], [], [], seconds)[0]:
            raise _silent(seconds)
        data = os.read(self._out, PIECE)
        if not data:
            raise _died()
        self._held += data


def _silent(seconds: float) -> StoreProblem:
    return StoreProblem(
        "timeout", f"The store does not answer within {seconds:g} seconds.", "Try again; look at the network between."
    )


def _died() -> StoreProblem:
    return StoreProblem("died", "The process that speaks to the store has ended.", "Try again.")


class Agents:
    """Agents by store: one is taken for each question, and given back."""

    def __init__(self, guard: bool) -> None:
        self._guard = guard
        self._lock = threading.Lock()
        self._idle: list[tuple[str, float, Agent]] = []

    @contextmanager
    def of(self, kind: str, options: Mapping[str, Any]) -> Iterator[Agent]:
        """An agent for one question; after a problem in between it is not used again. Raises `StoreProblem`."""
        key = json.dumps([kind, options], sort_keys=True)
        agent = self._take(key) or Agent(kind, options, self._guard)
        try:
            yield agent
        except StoreProblem as problem:
            if problem.code in ("timeout", "died"):
                agent.end()
            else:
                self._give_back(key, agent)
            raise
        except BaseException:
            agent.end()
            raise
        self._give_back(key, agent)

    def close(self) -> None:
        """End all."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, _, agent in idle:
            agent.end()

    def _take(self, key: str) -> Agent | None:
        with self._lock:
            for at, (whose, since, agent) in reversed(list(enumerate(self._idle))):
                if not agent.lives or time.monotonic() - since > 50:
                    del self._idle[at]
                    agent.end()
                elif whose == key:
                    del self._idle[at]
                    return agent
        return None

    def _give_back(self, key: str, agent: Agent) -> None:
        with self._lock:
            self._idle.append((key, time.monotonic(), agent))
            old = self._idle[:-MOST_IDLE]
            del self._idle[:-MOST_IDLE]
        for _, _, one in old:
            one.end()
