"""A Redis server of the tests' own, on a free port, in a temporary folder, without persistence."""

import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import redis


class Server:
    """A server; it can be killed, and started again on the same port with nothing in it."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program, self._folder = program, folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start, and wait until it answers."""
        command = [self._program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                   "--dir", str(self._folder), "--maxmemory-policy", "noeviction"]  # fmt: skip
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        end = time.monotonic() + 30
        while True:
            with suppress(redis.ConnectionError):
                self.client().ping()
                return
            assert self._process.poll() is None, (self._folder / "log").read_text()[-2000:]
            assert time.monotonic() < end, "Redis does not start"
            time.sleep(0.02)

    def client(self) -> Any:
        """A connection."""
        return redis.Redis(port=self.port, decode_responses=True)

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it; with SIGKILL as a crash would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(how)
            self._process.wait(30)
            self._process = None

    def empty(self) -> None:
        """Start it where it was ended, and take everything away that tests left."""
        if self._process is None or self._process.poll() is not None:
            self.start()
        client = self.client()
        client.config_set("maxmemory", "0")
        client.flushall()


@contextmanager
def redis_server(program: str) -> Iterator[Server]:
    """Run a server."""
    with tempfile.TemporaryDirectory(prefix="designer-redis-") as folder:
        server = Server(program, Path(folder))
        try:
            server.start()
            yield server
        finally:
            server.end(signal.SIGKILL)
