"""The real server as a process, for tests that meet it from outside."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


@dataclass
class Server:
    """`designer up` in a home of its own; can be killed and started again on the same port."""

    home: Path
    port: int = 0
    process: subprocess.Popen[str] | None = None
    open_url: str = ""
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The address without path."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, and wait for the line with the address."""
        command = [
            sys.executable,
            "-m",
            "designer.cli",
            "up",
            "--home",
            str(self.home),
            "--port",
            str(self.port),
            "--no-browser",
        ]
        errors = self.home.parent.joinpath("server.log").open("a")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=ROOT,
                                        env={**os.environ, "DESIGNER_FREE_SPACE": "0", **self.environment})  # fmt: skip
        assert self.process.stdout
        line = self.process.stdout.readline()
        found = re.search(r"http://[^/\s]+:(\d+)/open\?code=\S+", line)
        assert found, f"no address in {line!r}; the server's log:\n{self.log()}"
        self.open_url, self.port = found[0], int(found[1])

    def log(self) -> str:
        """The end of what the server wrote."""
        return self.whole_log()[-4000:]

    def whole_log(self) -> str:
        """All that the server wrote."""
        return self.home.parent.joinpath("server.log").read_text()

    def end(self, kill: bool = False) -> None:
        """Stop it: as Ctrl+C does, or with -9."""
        if self.process is None:
            return
        if kill:
            self.process.kill()
        else:
            self.process.terminate()
        self.process.wait(20)
        self.process = None

    def token(self) -> str:
        """What lets a script in."""
        return (self.home / "token").read_text().strip()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the API, as a script would."""
        headers = {"Authorization": f"Bearer {self.token()}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")

    def wait_for(self, what: str, condition: Callable[[], Any], seconds: float = 60) -> Any:
        """Poll until `condition` gives something true; fail with the server's log after a deadline."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = condition()
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError(f"{what} did not happen within {seconds} s; the server's log:\n{self.log()}")
