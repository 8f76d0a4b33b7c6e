"""Nobody gets anything who is not signed in, and no page of another site can act for who is."""

import logging
import stat
from pathlib import Path

import pytest

from designer.actions import sessions
from designer.api.auth import PUBLIC
from designer.api.resources import ROUTES
from tests.api.conftest import ORIGIN, Door

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
PARTS = {"id": "run_00000000000000000000", "node": "a", "stream": "stdout", "port": "data", "name": "main.js",
         "digest": "sha256:" + "0" * 64, "reference": "split_data", "path": "runs/x", "attempt": "att_0"}  # fmt: skip


def addresses(door: Door) -> list[str]:
    """An address of every rule there is."""
    found = []
    for rule in door.app.url_map.iter_rules():
        _, address = rule.build({name: PARTS[name] for name in rule.arguments})
        found.append(address)
    return sorted(set(found))


def test_every_address_refuses_strangers_whatever_the_method(door: Door) -> None:
    let_in = set()
    found = addresses(door)
    assert len(found) > 35
    for address in [*found, "/api/nothing", "/api", "/static/../templates/app.html", "/nothing/at/all"]:
        for method in METHODS:
            answer = door.nobody().open(address, method=method, json={} if method in ("POST", "PUT", "PATCH") else None)
            path = address.split("?")[0]
            if answer.status_code not in (401, 403, 404, 405):
                let_in.add(("GET" if method == "HEAD" else method, path))
            elif answer.status_code != 401:
                assert path in {public for _, public in PUBLIC}
    assert let_in == {("GET", "/healthz"), ("GET", "/readyz")}
    assert len(PUBLIC) <= 6


def test_a_worker_is_let_in_where_workers_ask_and_nowhere_else(door: Door) -> None:
    worker = door.worker()
    for address in addresses(door):
        for method in METHODS:
            asked = {"json": {} if method in ("POST", "PUT", "PATCH") else None, "headers": worker}
            status = door.nobody().open(address, method=method, **asked).status_code
            if not address.startswith("/api/workers/"):
                assert status == 401 or ("GET" if method == "HEAD" else method, address) in PUBLIC
            else:
                assert status != 401
    for header in (door.bearer, {"Authorization": "Bearer dwt_x"}, {}):
        assert door.nobody().post("/api/workers/beat", json={}, headers=header).status_code == 401
    assert door.browser().client.post("/api/workers/beat", json={}).status_code == 401


def test_the_token_of_a_worker_goes_with_its_target(door: Door) -> None:
    client = door.script()
    body = {"name": "field", "kind": "celery", "options": {"broker": "redis://:canary@127.0.0.1:1/0"}}
    assert client.post("/api/targets", json=body).status_code == 201
    token = {"Authorization": f"Bearer {client.post('/api/targets/field/tokens').json['token']}"}
    joined = door.nobody().post(
        "/api/workers/join", json={"worker": "worker-one", "name": "w", "slots": 1}, headers=token
    )
    assert joined.json["broker"] == "redis://:canary@127.0.0.1:1/0"
    assert "canary" not in client.get("/api/targets/field").text

    assert client.delete("/api/targets/field").status_code == 204
    assert client.post("/api/targets", json=body).status_code == 201

    assert door.nobody().post("/api/workers/beat", json={"worker": "worker-one"}, headers=token).status_code == 401
    assert client.get("/api/targets/field/workers").json["items"] == []
    assert client.delete("/api/targets/field").status_code == 204


def test_the_token_of_a_worker_is_shown_once_and_can_be_taken_away(door: Door) -> None:
    client = door.script()
    worker = door.worker()
    (made, *_) = client.get("/api/targets/farm/tokens").json["items"]

    kept = b"".join(file.read_bytes() for file in door.inst.settings.home.glob("designer.db*"))
    assert worker["Authorization"].removeprefix("Bearer ").encode() not in kept
    assert made.keys() == {"id", "created"}
    body = {"worker": "worker-one"}
    assert door.nobody().post("/api/workers/beat", json=body, headers=worker).status_code == 200
    assert client.delete(f"/api/targets/farm/tokens/{made['id']}").status_code == 204
    assert client.delete(f"/api/targets/farm/tokens/{made['id']}").status_code == 404
    assert door.nobody().post("/api/workers/beat", json=body, headers=worker).status_code == 401


def test_what_is_public_tells_nothing(door: Door) -> None:
    assert door.nobody().get("/healthz").json == {"status": "ok"}
    assert {check["message"] for check in door.nobody().get("/readyz").json["checks"]} == {""}


def test_every_route_is_described_with_its_problems(script) -> None:
    described = script.get("/api/openapi.json").json

    for route in ROUTES:
        operation = described["paths"][route.path][route.method.lower()]
        assert operation["responses"]["4XX"] == {"$ref": "#/components/responses/Problem"}
        assert operation["summary"].endswith(".")
    assert len({route.name for route in ROUTES}) == len(ROUTES)


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer x", "Basic {}", "Bearer {}x", "{}", "Bearer \xff"])
def test_a_wrong_token_is_refused_also_beside_a_good_cookie(door: Door, header: str) -> None:
    browser = door.browser()

    answer = browser.client.get("/api/runs", headers={"Authorization": header.format(door.token)})

    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert "WWW-Authenticate" in answer.headers


def test_the_token_never_works_in_an_address(door: Door) -> None:
    for name in ("token", "access_token", "code"):
        assert door.nobody().get(f"/api/runs?{name}={door.token}").status_code == 401
    assert door.nobody().get(f"/open?code={door.token}").status_code == 401


def test_the_token_and_its_folder_are_for_the_owner_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    first, again = sessions.token(tmp_path), sessions.token(tmp_path)
    (tmp_path / "token").chmod(0o644)
    third = sessions.token(tmp_path)

    assert first == again == third
    assert len(first) == 43
    assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600
    (tmp_path / "other").mkdir()
    assert sessions.token(tmp_path / "other") != first


def test_a_code_is_good_once(door: Door) -> None:
    code = sessions.new_code(door.inst)

    first, second = door.nobody().get(f"/open?code={code}"), door.nobody().get(f"/open?code={code}")

    assert first.status_code == 303
    assert first.headers["Location"] == "/"
    assert second.status_code == 401
    assert "Set-Cookie" not in second.headers
    assert "used before" in second.text


def test_a_code_is_good_for_a_minute(door: Door) -> None:
    code = sessions.new_code(door.inst)
    door.clock.ahead += 61
    try:
        assert door.nobody().get(f"/open?code={code}").status_code == 401
    finally:
        door.clock.ahead -= 61


def test_the_cookie_is_for_this_installation_and_no_script(door: Door) -> None:
    answer = door.nobody().get(f"/open?code={sessions.new_code(door.inst)}")

    cookie = answer.headers["Set-Cookie"]
    name = cookie.split("=")[0]
    assert name == f"designer_{sessions.instance(door.inst)}"
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie


def test_the_database_keeps_no_secret_of_a_session(door: Door) -> None:
    browser = door.browser()
    cookie = browser.client.get_cookie(sessions.cookie_name(door.inst))
    assert cookie is not None
    code = sessions.new_code(door.inst)

    kept = b"".join(file.read_bytes() for file in door.inst.settings.home.glob("designer.db*"))

    assert cookie.value.encode() not in kept
    assert code.encode() not in kept
    assert door.token.encode() not in kept


def test_a_session_ends_when_it_is_old_or_unused(door: Door) -> None:
    browser = door.browser()
    assert browser.client.get("/api/runs").status_code == 200
    for ahead in (sessions.IDLE_SECONDS + 1, sessions.SESSION_SECONDS + 1):
        door.clock.ahead += ahead
        try:
            assert browser.client.get("/api/runs").status_code == 401
        finally:
            door.clock.ahead -= ahead


def test_use_keeps_a_session_up_to_its_end(door: Door) -> None:
    browser = door.browser()
    step = sessions.IDLE_SECONDS - 1
    before = door.clock.ahead
    try:
        for _ in range(4):
            door.clock.ahead += step
            assert browser.client.get("/api/runs").status_code == 200
        door.clock.ahead += step
        assert browser.client.get("/api/runs").status_code == 401
    finally:
        door.clock.ahead = before


def test_pasting_the_token_signs_in(door: Door) -> None:
    client = door.nobody()

    wrong = client.post("/open", data={"token": "x"}, headers={"Origin": ORIGIN})
    strange = client.post("/open", data={"token": door.token}, headers={"Origin": "http://evil.example"})
    right = client.post("/open", data={"token": f" {door.token}\n"}, headers={"Origin": ORIGIN})

    assert (wrong.status_code, strange.status_code, right.status_code) == (401, 403, 303)
    assert client.get("/api/runs").status_code == 200


CHANGES = [
    ("our own page", {}, 201),
    ("without Origin", {"Origin": None}, 403),
    ("null", {"Origin": "null"}, 403),
    ("another site", {"Origin": "http://evil.example"}, 403),
    ("another port", {"Origin": "http://localhost:3000"}, 403),
    ("another scheme", {"Origin": "https://localhost"}, 403),
    ("another name of the same host", {"Origin": "http://127.0.0.1"}, 403),
    ("a longer name", {"Origin": "http://localhost.evil.example"}, 403),
    ("a name in capitals", {"Origin": "HTTP://LOCALHOST"}, 403),
    ("from another site", {"Sec-Fetch-Site": "cross-site"}, 403),
    ("from another port", {"Sec-Fetch-Site": "same-site"}, 403),
    ("typed by hand", {"Sec-Fetch-Site": "none"}, 403),
    ("an old browser", {"Sec-Fetch-Site": None}, 201),
    ("without page token", {"X-CSRF-Token": None}, 403),
    ("an empty page token", {"X-CSRF-Token": ""}, 403),
    ("a wrong page token", {"X-CSRF-Token": "0" * 64}, 403),
]


@pytest.mark.parametrize(("headers", "status"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_only_our_own_page_changes_anything(door: Door, headers: dict[str, str | None], status: int) -> None:
    browser = door.browser()
    sent = {name: value for name, value in {**browser.headers, **headers}.items() if value is not None}

    answer = browser.client.post("/api/pipelines", json={"name": "Mine"}, headers=sent)

    assert answer.status_code == status


def test_each_session_has_its_own_page_token(door: Door) -> None:
    one, other = door.browser(), door.browser()

    answer = one.client.post("/api/pipelines", json={}, headers={**one.headers, "X-CSRF-Token": other.page_token})

    assert answer.status_code == 403


def test_every_changing_route_is_behind_the_page_token(door: Door) -> None:
    browser = door.browser()
    for route in ROUTES:
        if route.method == "GET" or route.worker:  # a session opens nothing there
            continue
        address = route.path
        for name, value in PARTS.items():
            address = address.replace(f"{{{name}}}", value)
        without = {"Origin": ORIGIN}
        assert browser.client.open(address, method=route.method, json={}, headers=without).status_code == 403, address


def test_other_sites_cannot_even_ask(door: Door) -> None:
    browser = door.browser()
    for site in ("cross-site", "same-site"):
        answer = browser.client.get("/api/runs", headers={"Sec-Fetch-Site": site})
        assert answer.status_code == 403


def test_no_answer_allows_other_origins(door: Door) -> None:
    browser = door.browser()
    asked = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    for address in ("/", "/api/runs", "/healthz", "/socket.io/?EIO=4&transport=polling"):
        for method in ("GET", "OPTIONS"):
            answer = browser.client.open(address, method=method, headers=asked)
            assert not [name for name, _ in answer.headers if name.lower().startswith("access-control-")]


def test_a_script_needs_no_page_token(door: Door) -> None:
    answer = door.nobody().post("/api/pipelines", json={}, headers=door.bearer)

    assert answer.status_code == 201


def test_a_fault_is_told_without_secrets(
    door: Door, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the fault itself")

    monkeypatch.setattr("designer.actions.pipelines.list_pipelines", fail)
    browser = door.browser()
    cookie = browser.client.get_cookie(sessions.cookie_name(door.inst))
    assert cookie is not None
    with caplog.at_level(logging.DEBUG):
        by_script = door.script().get("/api/pipelines?q=from-the-query")
        by_browser = browser.client.get("/api/pipelines", headers={"X-CSRF-Token": browser.page_token})

    assert by_script.status_code == by_browser.status_code == 500
    told = by_script.json
    assert told["code"] == "fault"
    assert told["request_id"] in caplog.text
    assert "the fault itself" in caplog.text
    assert "the fault itself" not in by_script.text
    for secret in (door.token, cookie.value, browser.page_token, "from-the-query"):
        assert secret not in caplog.text


def test_a_visit_is_told_how_to_get_in(door: Door) -> None:
    answer = door.nobody().get("/runs/x", headers={"Accept": "text/html,*/*;q=0.8"})

    assert answer.status_code == 401
    assert answer.mimetype == "text/html"
    assert 'action="/open"' in answer.text
    assert "designer up" in answer.text
    assert door.token not in answer.text
