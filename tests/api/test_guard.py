"""The outermost layer: hosts and headers, for every address alike."""

import re

import pytest

from tests.api.conftest import Door
from tests.api.test_auth import addresses

EVIL_HOSTS = ("evil.example", "evil.example:8765", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "0.0.0.0",
              "", "localhost@evil.example", "[::2]", "127.0.0.1:x", "localhost evil", "local\u212aost")  # fmt: skip
ASKED = ("/", "/api/runs", "/healthz", "/open", "/static/assets/x.js", "/socket.io/?EIO=4&transport=polling",
         "/socket.io/?EIO=4&transport=websocket")  # fmt: skip


@pytest.mark.parametrize("host", EVIL_HOSTS)
@pytest.mark.parametrize("address", ASKED)
def test_a_strange_host_is_told_nothing(door: Door, host: str, address: str) -> None:
    headers = {"Host": host.encode("ascii", "replace").decode(), "Origin": f"http://{host.encode('ascii', 'replace').decode()}",
               **door.bearer}  # fmt: skip
    if "websocket" in address:
        headers |= {"Connection": "Upgrade", "Upgrade": "websocket"}

    answer = door.nobody().get(address, headers=headers)

    assert answer.status_code == 421
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8765", "127.0.0.1:1", "127.9.9.9", "[::1]:8765", "LOCALHOST", "localhost."]
)
def test_the_names_of_this_machine_are_known(door: Door, host: str) -> None:
    assert door.nobody().get("/healthz", headers={"Host": host}).status_code == 200


def test_forwarded_hosts_mean_nothing(door: Door) -> None:
    strange = {"X-Forwarded-Host": "localhost", "X-Forwarded-Proto": "https", "Forwarded": "host=localhost"}

    assert door.nobody().get("/healthz", headers={"Host": "evil.example", **strange}).status_code == 421
    assert door.nobody().get("/healthz", headers=strange).status_code == 200


NEEDED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.mark.parametrize("who", ["nobody", "browser"])
def test_every_answer_has_the_headers(door: Door, who: str) -> None:
    client = door.nobody() if who == "nobody" else door.browser().client
    asked = [*addresses(door), "/api/nothing", "/socket.io/?EIO=3", "/socket.io/?EIO=4&transport=polling&sid=x"]
    for address in asked:
        answer = client.get(address)
        needed = {**NEEDED, "Referrer-Policy": "same-origin"} if address == "/open" and who == "nobody" else NEEDED
        assert {name: answer.headers.get(name) for name in needed} == needed, address
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "Permissions-Policy" in answer.headers
        assert answer.headers["Cache-Control"] in ("no-store", "private, max-age=31536000, immutable", "no-cache"), (
            address
        )
        if address.startswith("/api/"):
            assert answer.headers["Cache-Control"] == "no-store"


def test_a_page_has_a_nonce_of_its_own(door: Door) -> None:
    pages = [door.nobody().get("/", headers={"Accept": "text/html"}) for _ in range(2)]

    nonces = set()
    for page in pages:
        found = re.search(r"'nonce-([\w-]+)'", page.headers["Content-Security-Policy"])
        assert found is not None
        assert f'nonce="{found[1]}"' in page.text
        nonces.add(found[1])
    assert len(nonces) == 2


def test_the_page_of_the_front_end(door: Door, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = door.browser()
    built = browser.client.get("/pipelines/pip_00000000000000000000", headers={"Accept": "text/html"})

    if built.status_code == 503:
        assert "make run" in built.text
        return
    assert built.status_code == 200
    assert f'<meta name="csrf-token" content="{browser.page_token}">' in built.text
    script = re.search(r'<script type="module" src="(/static/[^"]+)">', built.text)
    assert script is not None
    asset = browser.client.get(script[1])
    assert asset.status_code == 200
    assert asset.mimetype == "text/javascript"
    assert "immutable" in asset.headers["Cache-Control"]
    assert "<script>" not in built.text
