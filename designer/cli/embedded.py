"""A server for one command: the running one of a home folder, else one of its own for as long as the command lasts."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from designer.errors import Unavailable
from designer.sdk import Client, find_server


@contextmanager
def connected(home: Path) -> Iterator[Client]:
    """A client of the server of `home`, started here where none runs. Raises `Unavailable` where it does not start."""
    running = find_server(home)
    if running is not None:
        yield running
        return
    command = [sys.executable, "-m", "designer.cli", "up", "--home", str(home), "--port", "0", "--no-browser"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        client = find_server(home, timeout=20.0)
        if client is None:
            process.terminate()
            _, errors = process.communicate(timeout=20)
            raise Unavailable(f"The server did not start: {errors.strip()[-500:] or 'it said nothing'}.")
        yield client
    finally:
        process.terminate()
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
