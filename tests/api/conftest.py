"""The real application on a real installation, called without a socket."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from designer.actions import sessions, work
from designer.app import create_app
from designer.installation import Clock, Installation, open_installation
from designer.settings import Settings
from tests.workers import add_target

ORIGIN = "http://localhost"


class MovedClock(Clock):
    """A clock that a test can put forward."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> float:
        return super().now() + self.ahead


@dataclass
class Door:
    """The application, and ways to come in."""

    inst: Installation
    clock: MovedClock
    app: Any = None
    token: str = ""
    bearer: dict[str, str] = field(default_factory=dict)

    def nobody(self) -> FlaskClient:
        """A client that is not signed in."""
        client: FlaskClient = self.app.test_client()
        return client

    def script(self) -> FlaskClient:
        """A client that sends the token."""
        client = self.nobody()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {self.token}"
        return client

    def worker(self) -> dict[str, str]:
        """What a worker of the target `farm` sends: a new token."""
        return {"Authorization": f"Bearer {work.make_token(self.inst, 'farm').token}"}

    def browser(self) -> "Browser":
        """A browser that signed in by a one-time address."""
        client = self.nobody()
        answer = client.get(f"/open?code={sessions.new_code(self.inst)}")
        assert answer.status_code == 303
        cookie = client.get_cookie(sessions.cookie_name(self.inst))
        assert cookie is not None
        return Browser(client, sessions.page_token(cookie.value))


@dataclass
class Browser:
    """A signed-in browser, with what its pages send."""

    client: FlaskClient
    page_token: str

    @property
    def headers(self) -> dict[str, str]:
        """What our own page sends with a change."""
        return {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin", "X-CSRF-Token": self.page_token}


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """One installation and its application for the tests of a file. No conductor runs."""
    home: Path = tmp_path_factory.mktemp("api") / "home"
    settings = Settings.read({}, home=home, samples=False, upload_limit=1_000_000, body_limit=200_000)
    clock = MovedClock()
    opened = replace(open_installation(settings), clock=clock)
    made = Door(opened, clock, create_app(opened), sessions.token(home))
    made.bearer = {"Authorization": f"Bearer {made.token}"}
    add_target(opened, "redis://127.0.0.1:1/0")
    yield made
    opened.close()


@pytest.fixture
def script(door: Door) -> FlaskClient:
    """A client with the token."""
    return door.script()
