"""A browser's live connection, spoken by hand: Engine.IO 4 and Socket.IO 5 over a websocket or by polling."""

import http.client
import json
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import simple_websocket

from tests.running import Server


class Websocket(simple_websocket.Client):  # type: ignore[misc]
    """Names the port in its Host header, as browsers do."""

    def handshake(self) -> None:
        """Ask for the websocket."""
        self.host = f"{self.host}:{self.port}"
        super().handshake()
        self._handle_events()  # what came in the same packet


REFUSED = (simple_websocket.ConnectionError, simple_websocket.ConnectionClosed, OSError)


def sign_in(server: Server) -> str:
    """The cookie of a new session."""
    code = server.call("POST", "/api/codes")["code"]
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", f"/open?code={code}")
    answer = connection.getresponse()
    assert answer.status == 303, answer.read()
    return str(answer.headers["Set-Cookie"]).split(";")[0]


@dataclass
class Viewer:
    """One websocket, joined to Socket.IO."""

    server: Server
    cookie: str
    origin: str | None = ""
    socket: Any = None
    refusal: dict[str, Any] | None = None
    events: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[int, Any] = field(default_factory=dict)
    _number: int = 0

    def open(self) -> "Viewer":
        """Connect; `refusal` says if Socket.IO refused."""
        origin = self.server.url if self.origin == "" else self.origin
        headers = {"Cookie": self.cookie, **({"Origin": origin} if origin else {})}
        self.socket = Websocket(
            f"ws://127.0.0.1:{self.server.port}/socket.io/?EIO=4&transport=websocket", headers=headers
        )
        assert self.socket.receive(timeout=5).startswith("0{")
        self.socket.send("40")
        answer = self.socket.receive(timeout=5)
        if answer.startswith("44"):
            self.refusal = json.loads(answer[2:])
        else:
            assert answer.startswith("40{"), answer
        return self

    def send(self, name: str, *arguments: Any) -> int:
        """Send an event and ask for its answer."""
        self._number += 1
        self.socket.send(f"42{self._number}{json.dumps([name, *arguments])}")
        return self._number

    def ask(self, name: str, *arguments: Any, seconds: float = 5) -> Any:
        """Send an event and wait for its answer; None where none comes."""
        number = self.send(name, *arguments)
        self.read(seconds, lambda: number in self.answers)
        return self.answers.get(number)

    def read(self, seconds: float, enough: Any = lambda: False) -> "Viewer":
        """Take in what comes, for some time or until it is enough."""
        end = time.monotonic() + seconds
        while not enough() and time.monotonic() < end:
            text = self.socket.receive(timeout=max(0.0, min(0.2, end - time.monotonic())))
            if text is None:
                continue
            if text == "2":
                self.socket.send("3")
            elif text.startswith("42"):
                name, body = json.loads(text[2:])
                assert name == "event"
                self.events.append(body)
            elif text.startswith("43"):
                number, _, rest = text[2:].partition("[")
                self.answers[int(number)] = json.loads(f"[{rest}")[0]
        return self

    def kinds(self) -> list[str]:
        """Of all events so far."""
        return [event["kind"] for event in self.events]

    def close(self) -> None:
        """Leave."""
        with suppress(*REFUSED):
            self.socket.close()
