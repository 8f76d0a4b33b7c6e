"""A client of a running server: what the browser does, from Python."""

import http.client
import json
import os
import time
import urllib.parse
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from designer.errors import (
    Conflict,
    DesignerError,
    Forbidden,
    Invalid,
    Limit,
    Malformed,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from designer.graph.findings import Finding, Severity

Json = dict[str, Any]

ERRORS: dict[str, type[DesignerError]] = {
    error.code: error
    for error in (NotFound, Invalid, Malformed, Conflict, Forbidden, Unauthenticated, Unavailable, Limit)
}
"""The class to raise for a problem's code: the same classes that the server raised."""

FINAL = ("completed", "failed", "canceled")


class Client:
    """Talks to one server.

    Args:
        url: its address, such as `http://127.0.0.1:8765`.
        token: the text of `DESIGNER_HOME/token`.
        timeout: seconds to wait for an answer.
    """

    def __init__(self, url: str, token: str, *, timeout: float = 60.0) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Invalid(f'"{url}" is not the address of a server.', cure="Write http://host:port, or https://.")
        self.url = url.rstrip("/")
        self._safe = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port or (443 if self._safe else 80)
        self._token = token
        self._timeout = timeout

    def call(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        """Send JSON, and return the JSON answered. Raises the class of `designer.errors` that the server's problem names."""
        data = None if body is None else json.dumps(body, allow_nan=False).encode()
        sent = {"Content-Type": "application/json"} if data is not None else {}
        return self._send(method, path, data, {**sent, **(headers or {})})

    def pages(self, path: str, query: Mapping[str, str | int] | None = None) -> Iterator[Json]:
        """All items of a list, page after page."""
        after: str | None = None
        while True:
            asked = {**(query or {}), **({"after": after} if after else {})}
            page = self.call("GET", f"{path}?{urllib.parse.urlencode(asked)}")
            yield from page["items"]
            after = page.get("next")
            if not after:
                return

    def submit(self, document: Json, parameters: Json | None = None, **settings: Any) -> Json:
        """Run a document; safe to repeat only through the idempotency key it makes for this one call."""
        body = {"document": document, "parameters": parameters or {}}
        body |= {name: value for name, value in settings.items() if value is not None}
        run: Json = self.call("POST", "/api/runs", body, {"Idempotency-Key": uuid.uuid4().hex})
        return run

    def plan(self, document: Json, parameters: Json | None = None, **settings: Any) -> Json:
        """What a run of a document would do, and why."""
        body = {"document": document, "parameters": parameters or {}}
        plan: Json = self.call(
            "POST", "/api/plans", body | {key: value for key, value in settings.items() if value is not None}
        )
        return plan

    def run(self, run: str) -> Json:
        """A run, whole."""
        answer: Json = self.call("GET", f"/api/runs/{run}")
        return answer

    def watch(self, run: str, pause: float = 0.25) -> Iterator[Json]:
        """The run again and again, at most every `pause` seconds, the last time when it has ended."""
        while True:
            state = self.run(run)
            yield state
            if state["status"] in FINAL:
                return
            time.sleep(pause)

    def cancel(self, run: str) -> Json:
        """Ask a run to end."""
        answer: Json = self.call("POST", f"/api/runs/{run}/cancel", {})
        return answer

    def upload(self, file: Path, name: str, pause: float = 0.1) -> Json:
        """Make a file a dataset, and wait until it was read. Raises `Invalid` with the reason when it cannot be read."""
        query = urllib.parse.urlencode({"name": name, "file_name": file.name})
        dataset = self.send_file(f"/api/datasets?{query}", file)
        while dataset["latest"]["status"] == "reading":
            time.sleep(pause)
            dataset = self.call("GET", f"/api/datasets/{dataset['id']}")
        if dataset["latest"]["status"] == "failed":
            error = dataset["latest"]["error"] or {}
            raise Invalid(f"{file}: {error.get('message', 'it could not be read.')}", cure=error.get("cure", ""))
        return dataset

    def send_file(self, path: str, file: Path) -> Json:
        """Send the bytes of a file, and return the JSON answered."""
        with file.open("rb") as data:
            headers = {"Content-Type": "application/octet-stream", "Content-Length": str(file.stat().st_size)}
            answer: Json = self._send("POST", path, data, headers)
        return answer

    def send(self, path: str, data: bytes, headers: Mapping[str, str] | None = None) -> Any:
        """Send bytes, and return the JSON answered."""
        return self._send("POST", path, data, {"Content-Type": "application/octet-stream", **(headers or {})})

    def download(self, path: str, headers: Mapping[str, str] | None = None) -> Iterator[bytes]:
        """The bytes at an address, piece by piece. Raises `Unavailable` where they end too early."""
        connection = self._connection()
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {self._token}", **(headers or {})})
            answer = connection.getresponse()
            if answer.status >= 400:
                raise _problem(answer.status, answer.read())
            while piece := answer.read(1 << 20):
                yield piece
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(
                f"The server at {self.url} ended the download: {error}.", cure="Look at its log."
            ) from error
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        if self._safe:
            return http.client.HTTPSConnection(self._host, self._port, timeout=self._timeout)
        return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)

    def _send(self, method: str, path: str, data: Any, headers: Mapping[str, str]) -> Any:
        connection = self._connection()
        try:
            connection.request(method, path, data, {"Authorization": f"Bearer {self._token}", **headers})
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(
                f"No server answers at {self.url}: {error}.", cure="Start one with `designer up`."
            ) from error
        finally:
            connection.close()
        if answer.status >= 400:
            raise _problem(answer.status, text)
        return json.loads(text) if text else None


def find_server(home: Path, timeout: float = 2.0) -> Client | None:
    """A running server of a home folder, or None where none answers."""
    files = [home / "server.json", *sorted(home.glob("server-*.json"))]  # several where they share a database
    return next((found for file in files if (found := _answering(home, file, timeout)) is not None), None)


def _answering(home: Path, file: Path, timeout: float) -> Client | None:
    try:
        about = json.loads(file.read_text())
        token = (home / "token").read_text().strip()
        os.kill(int(about["pid"]), 0)
        client = Client(about["url"], token, timeout=timeout)
        client.call("GET", "/api/system")
    except (OSError, ValueError, KeyError, DesignerError):
        return None
    return Client(about["url"], token)


def _problem(status: int, text: bytes) -> DesignerError:
    """The error that a problem document stands for."""
    try:
        problem = json.loads(text)
    except ValueError:
        return DesignerError(f"The server answered {status}: {text[:200].decode(errors='replace')}")
    findings = [
        Finding(**{**finding, "severity": Severity(finding.get("severity", "error"))})
        for finding in problem.get("findings", ())
    ]
    kind = ERRORS.get(problem.get("code", ""), DesignerError)
    about = {"cure": problem.get("cure", ""), "where": problem.get("where", ""), "details": problem.get("details")}
    if issubclass(kind, Invalid):
        return kind(problem.get("title"), findings=findings, **about)
    return kind(problem.get("title"), **about)
