"""A PostgreSQL server of the tests' own, on a free port, in a temporary folder."""

import atexit
import os
import shutil
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


@contextmanager
def postgres(bin_: Path) -> Iterator[str]:
    """Run a server; gives the URL of its maintenance database. As root it runs as the user `postgres`."""
    with tempfile.TemporaryDirectory(prefix="designer-pg-") as folder:
        user = []
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
            user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        data = Path(folder, "data")
        log = Path(folder, "log")
        init = [
            *user,
            str(bin_ / "initdb"),
            "-D",
            str(data),
            "-U",
            "designer",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
        ]
        subprocess.run(init, check=True, stdout=subprocess.DEVNULL, cwd=folder)
        serve = [*user, str(bin_ / "postgres"), "-D", str(data), "-p", str(port), "-k", folder, "-c", "fsync=off",
                 "-c", "listen_addresses=127.0.0.1"]  # fmt: skip
        with log.open("w") as out:
            process = subprocess.Popen(serve, stdout=out, stderr=out, cwd=folder)
        try:
            ready = [str(bin_ / "pg_isready"), "-h", "127.0.0.1", "-p", str(port)]
            end = time.monotonic() + 30
            while subprocess.run(ready, stdout=subprocess.DEVNULL, check=False).returncode:
                if process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"PostgreSQL does not start: {log.read_text()[-2000:]}")
                time.sleep(0.05)
            yield f"postgresql+psycopg://designer@127.0.0.1:{port}/postgres"
        finally:
            process.terminate()
            process.wait(30)


@cache
def shared(bin_: Path) -> str:
    """The one server of this test process; it ends with it."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(postgres(bin_))
