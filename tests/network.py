"""Other machines, for tests: network namespaces with a cable that can be pulled, and doors to what listens on this machine alone."""

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count

from tests.conftest import missing

NUMBERS = count(1)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


class Door:
    """Takes connections at an address and carries them to a port of this machine."""

    def __init__(self, address: str, port: int) -> None:
        self._port = port
        self._listener = socket.create_server((address, 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            try:
                inner = socket.create_connection(("127.0.0.1", self._port), 5)
            except OSError:
                caller.close()
                continue
            inner.settimeout(None)
            self._open |= {caller, inner}
            for source, sink in ((caller, inner), (inner, caller)):
                threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for one in (source, sink):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
            self._open.discard(one)

    def close(self) -> None:
        """Let nobody through any more."""
        self._listener.close()
        for one in list(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


class Machine:
    """A network namespace that reaches this machine by one cable."""

    def __init__(self) -> None:
        number = next(NUMBERS)
        self.space = f"dsg{os.getpid()}x{number}"
        self._cable = f"dv{os.getpid() % 100_000}x{number}"
        net = f"10.{200 + os.getpid() // 250 % 50}.{os.getpid() % 250}"
        self.address, self._own = (
            f"{net}.{4 * number + 1}",
            f"{net}.{4 * number + 2}",
        )  # of this machine, and of that one
        self._doors: list[Door] = []

    def start(self) -> None:
        """Make it."""
        _ip("netns", "add", self.space)
        _ip("link", "add", self._cable, "type", "veth", "peer", "name", "eth0", "netns", self.space)
        _ip("addr", "add", f"{self.address}/30", "dev", self._cable)
        _ip("link", "set", self._cable, "up")
        for words in (f"addr add {self._own}/30 dev eth0", "link set eth0 up", "link set lo up"):
            _ip("-n", self.space, *words.split())

    @property
    def inside(self) -> tuple[str, ...]:
        """How a program is started there."""
        return ("ip", "netns", "exec", self.space)

    def door(self, port: int) -> int:
        """Let it reach a port of this machine; the port it finds it at."""
        self._doors.append(Door(self.address, port))
        return self._doors[-1].port

    def cut(self) -> None:
        """Pull the cable: what is sent is lost, and nobody is told."""
        _ip("link", "set", self._cable, "down")

    def mend(self) -> None:
        """Put it back."""
        _ip("link", "set", self._cable, "up")

    def end(self) -> None:
        """Take it away."""
        for door in self._doors:
            door.close()
        subprocess.run(["ip", "link", "del", self._cable], check=False, capture_output=True)
        subprocess.run(["ip", "netns", "del", self.space], check=False, capture_output=True)


@contextmanager
def machine() -> Iterator[Machine]:
    """Another machine, where namespaces can be made."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        missing("the right to make network namespaces")
    made = Machine()
    try:
        try:
            made.start()
        except subprocess.CalledProcessError as problem:
            missing(f"a network namespace ({problem.stderr.decode().strip()})")
        yield made
    finally:
        made.end()
