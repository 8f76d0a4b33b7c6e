"""A server that others can reach has a password: whoever knows it signs in, and nobody may guess for long."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from designer.actions import passwords
from designer.app import create_app
from designer.errors import Limit, Unavailable
from designer.installation import Installation, open_installation
from designer.settings import Settings
from tests.api.conftest import ORIGIN

RIGHT = "a long enough password"


@pytest.fixture
def inst(tmp_path: Path) -> Iterator[Installation]:
    (tmp_path / "password").write_text(RIGHT + "\n")
    settings = Settings.read({}, home=tmp_path / "home", samples=False, password_file=str(tmp_path / "password"))
    opened = open_installation(settings)
    yield opened
    opened.close()


@pytest.fixture
def client(inst: Installation) -> FlaskClient:
    made: FlaskClient = create_app(inst).test_client()
    return made


def sign_in(client: FlaskClient, given: str) -> int:
    return client.post("/open", data={"token": given}, headers={"Origin": ORIGIN}).status_code


def test_who_knows_the_password_signs_in_and_no_other(client: FlaskClient) -> None:
    page = client.get("/", headers={"Accept": "text/html", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"})
    assert page.status_code == 401
    assert ">Password</label>" in page.text

    assert sign_in(client, "a long enough passwore") == 401
    assert client.get("/api/runs").status_code == 401
    assert sign_in(client, RIGHT) == 303
    assert client.get("/api/runs").status_code == 200


def test_the_password_is_no_token_for_scripts(client: FlaskClient) -> None:
    assert client.get("/api/runs", headers={"Authorization": f"Bearer {RIGHT}"}).status_code == 401


def test_after_ten_wrong_guesses_even_the_right_one_has_to_wait(client: FlaskClient) -> None:
    assert [sign_in(client, f"wrong guess number {number}") for number in range(11)] == [401] * 10 + [429]
    assert sign_in(client, RIGHT) == 429


def test_guesses_count_for_a_minute_and_by_address() -> None:
    now = [0.0]
    door = passwords.Door(RIGHT, lambda: now[0])
    for _ in range(passwords.MOST_GUESSES):
        assert not door.lets_in("wrong", "10.0.0.1")
    with pytest.raises(Limit):
        door.lets_in(RIGHT, "10.0.0.1")
    assert door.lets_in(RIGHT, "10.0.0.2")

    now[0] += passwords.PERIOD + 1
    assert door.lets_in(RIGHT, "10.0.0.1")


def test_without_a_password_nothing_is_one() -> None:
    door = passwords.Door("", lambda: 0.0)
    assert not door.open
    assert not door.lets_in("", "10.0.0.1")


@pytest.mark.parametrize(
    ("text", "why"), [("short\n", "has 5 characters"), ("", "has 0 characters"), (None, "cannot be read")]
)
def test_a_password_that_is_none_is_refused(tmp_path: Path, text: str | None, why: str) -> None:
    if text is not None:
        (tmp_path / "password").write_text(text)
    with pytest.raises(Unavailable, match=why):
        passwords.read(tmp_path / "password")
