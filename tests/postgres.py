"""A PostgreSQL server of the tests' own, on a free port, in a temporary folder."""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def programs() -> Path | None:
    """The folder with `initdb` and `postgres`, if there is one."""
    found = shutil.which("pg_ctl")
    places = [*([Path(found).resolve().parent] if found else []), *PLACES]
    needed = ("initdb", "postgres", "pg_isready")
    return next((place for place in places if all((place / name).exists() for name in needed)), None)


class Server:
    """A server in a folder; it can be ended as a power cut would, and started again on the same port."""

    def __init__(self, bin_: Path, folder: Path) -> None:
        self._bin, self._folder = bin_, folder
        self._user: list[str] = []
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
            self._user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        init = [*self._user, str(bin_ / "initdb"), "-D", str(folder / "data"), "-U", "designer", "-A", "trust", "-E", "UTF8",
                "--no-sync"]  # fmt: skip
        subprocess.run(init, check=True, stdout=subprocess.DEVNULL, cwd=folder)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The URL of its maintenance database."""
        return f"postgresql+psycopg://designer@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start, and wait until it answers."""
        serve = [*self._user, str(self._bin / "postgres"), "-D", str(self._folder / "data"), "-p", str(self.port),
                 "-k", str(self._folder), "-c", "fsync=off", "-c", "listen_addresses=127.0.0.1"]  # fmt: skip
        log = self._folder / "log"
        with log.open("a") as out:
            self._process = subprocess.Popen(serve, stdout=out, stderr=out, cwd=self._folder)
        ready = [str(self._bin / "pg_isready"), "-h", "127.0.0.1", "-p", str(self.port)]
        end = time.monotonic() + 30
        while subprocess.run(ready, stdout=subprocess.DEVNULL, check=False).returncode:
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"PostgreSQL does not start: {log.read_text()[-2000:]}")
            time.sleep(0.05)

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it: with SIGQUIT at once (`immediate`), so that it has to recover."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(30)
            self._process = None


@contextmanager
def postgres(bin_: Path) -> Iterator[Server]:
    """Run a server. As root it runs as the user `postgres`."""
    with tempfile.TemporaryDirectory(prefix="designer-pg-") as folder:
        server = Server(bin_, Path(folder))
        try:
            server.start()
            yield server
        finally:
            server.end()


@cache
def shared(bin_: Path) -> str:
    """The one server of this test process; it ends with it."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(postgres(bin_)).url
