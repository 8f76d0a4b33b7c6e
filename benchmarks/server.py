"""A real server in a folder of its own, for the time of a benchmark."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Server:
    """A running server: its address, its one-time address for a browser, its token and its folder."""

    url: str
    open_url: str
    token: str
    home: Path

    def request(self, method: str, path: str, body: Any = None) -> Any:
        """Call the API and return the JSON it answers. Raises `urllib.error.HTTPError`."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def run(self, document: dict[str, Any], deadline: float = 300) -> dict[str, Any]:
        """Submit a document, wait for its end and return the run."""
        run = self.request("POST", "/api/runs", {"document": document})
        end = time.monotonic() + deadline
        while time.monotonic() < end:
            now = self.request("GET", f"/api/runs/{run['id']}")
            if now["status"] in ("completed", "failed", "canceled"):
                return dict(now)
            time.sleep(0.05)
        raise TimeoutError(f"run {run['id']} did not end within {deadline} s")


@contextmanager
def server(modules: Path | None = None, slots: int = 2) -> Iterator[Server]:
    """Start `designer up` on a free port, without browser and samples; stop it at the end."""
    with tempfile.TemporaryDirectory(prefix="designer-bench-") as folder:
        home = Path(folder, "home")
        env = {key: value for key, value in os.environ.items() if not key.startswith("DESIGNER_")}
        env |= {"DESIGNER_SAMPLES": "0", "DESIGNER_SLOTS": str(slots)}
        if modules:
            env["DESIGNER_MODULES"] = str(modules)
        command = [sys.executable, "-m", "designer.cli", "up", "--home", str(home), "--port", "0", "--no-browser"]
        with Path(folder, "server.log").open("w") as errors:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=env)
        try:
            assert process.stdout
            line = process.stdout.readline()
            found = re.search(r"(http://[^/\s]+)(/open\?code=\S+)", line)
            if not found:
                raise RuntimeError(f"the server did not start: {line} {Path(folder, 'server.log').read_text()[-2000:]}")
            yield Server(found[1], found[1] + found[2], (home / "token").read_text().strip(), home)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
