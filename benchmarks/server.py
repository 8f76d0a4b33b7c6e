"""A real server in a folder of its own, for the time of a benchmark."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.peer import end_tree

CLI = (sys.executable, "-m", "designer.cli")
POLL_SECONDS = 0.1
FINAL = ("completed", "failed", "canceled")


@dataclass(frozen=True)
class Server:
    """A running server: its address, its one-time address for a browser, its token, its folder and its process."""

    url: str
    open_url: str
    token: str
    home: Path
    pid: int

    def request(self, method: str, path: str, body: Any = None) -> Any:
        """Call the API and return the JSON it answers. Raises `urllib.error.HTTPError`."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)

    def run(self, document: dict[str, Any], deadline: float = 900) -> dict[str, Any]:
        """Submit a document, wait for its end and return the run, with the seconds from the request to the end.

        Raises `RuntimeError` where it did not complete.
        """
        begin = time.time()
        run = self.request("POST", "/api/runs", {"document": document})["id"]
        submitted = time.time() - begin
        end = time.monotonic() + deadline
        while time.monotonic() < end:
            # The list is small however large the run is, and the history tells the moment of the end: asking disturbs little.
            (now,) = self.request("GET", "/api/runs?limit=1")["items"]
            if now["status"] in FINAL:
                break
            time.sleep(POLL_SECONDS)
        else:
            raise TimeoutError(f"run {run} did not end within {deadline} s")
        found = dict(self.request("GET", f"/api/runs/{run}"))
        if found["status"] != "completed":
            errors = [step["error"]["message"] for step in found["steps"].values() if step["error"]]
            raise RuntimeError(f"the run {found['status']}: {errors[:1]}")
        return found | {"waited": found["ended"] - begin, "submitted": submitted}

    def plan(self, document: dict[str, Any]) -> float | None:
        """Seconds that the plan of a document takes; None where the server makes none."""
        begin = time.perf_counter()
        try:
            self.request("POST", "/api/plans", {"document": document})
        except urllib.error.HTTPError as problem:
            if problem.code in (404, 405):
                return None
            raise
        return time.perf_counter() - begin


def environment(modules: Path | None, slots: int) -> dict[str, str]:
    """The variables of a server of ours."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("DESIGNER_")}
    env |= {"DESIGNER_SAMPLES": "0", "DESIGNER_SLOTS": str(slots)}
    return env | ({"DESIGNER_MODULES": str(modules)} if modules else {})


def up(home: Path) -> list[str]:
    """What `designer` is to be told, to serve a home on a free port."""
    return ["up", "--home", str(home), "--port", "0", "--no-browser"]


@contextmanager
def server(
    modules: Path | None = None, slots: int = 2, command: Sequence[str] = CLI, home: Path | None = None
) -> Iterator[Server]:
    """Start `designer up` on a free port, without browser and samples; stop it at the end."""
    with tempfile.TemporaryDirectory(prefix="designer-bench-") as folder:
        home = home or Path(folder, "home")
        with Path(folder, "server.log").open("w") as errors:
            process = subprocess.Popen(
                [*command, *up(home)], stdout=subprocess.PIPE, stderr=errors, text=True, env=environment(modules, slots)
            )
        try:
            assert process.stdout
            line = process.stdout.readline()
            found = re.search(r"(http://[^/\s]+)(/open\?code=\S+)", line)
            if not found:
                raise RuntimeError(f"the server did not start: {line} {Path(folder, 'server.log').read_text()[-2000:]}")
            yield Server(found[1], found[1] + found[2], (home / "token").read_text().strip(), home, process.pid)
        finally:
            end_tree(process, str(home))
