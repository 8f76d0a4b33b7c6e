"""The image that the Dockerfile makes: small rights, a page for who knows the password, and a run that completes."""

import io
import json
import socket
import tarfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest

from tests.docker_engine import IMAGE, Engine, engine
from tests.targets.contract import until

ROOT = Path(__file__).resolve().parents[2]
NAME = "designer:test"
PASSWORD = "the password of this test"
SECONDS = 180.0

DOCUMENT: dict[str, Any] = {
    "format": "designer.pipeline/1", "name": "In a container",
    "nodes": {
        "rows": {"module": "enter_data_manually@1", "parameters": {"data": "a,b\n1,2\n3,4\n5,6\n"}},
        "split": {"module": "split_data@1", "inputs": {"dataset": "rows.dataset"}},
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def image() -> Engine:
    """The engine, with the image built on the tests' base."""
    found = engine()
    context = io.BytesIO()
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    with tarfile.open(fileobj=context, mode="w") as archive:
        for name in ["Dockerfile", *kept]:
            archive.add(ROOT / name, name, filter=lambda one: None if _left_out(one.name) else one)
    context.seek(0)
    arguments = {"BASE": IMAGE, "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt"}
    with found.client() as client:
        said = list(client.build(fileobj=context, custom_context=True, tag=NAME, buildargs=arguments, network_mode="host", rm=True,
                                 forcerm=True, decode=True, timeout=1200))  # fmt: skip
        assert client.images(NAME), "".join(str(line.get("stream") or line.get("error") or "") for line in said)[-4000:]
    return found


def _left_out(name: str) -> bool:
    return any(part in ("node_modules", "fixtures-dist", "__pycache__") for part in Path(name).parts)


class Browser:
    """Keeps cookies, and answers with status and text."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def ask(self, path: str, data: bytes | None = None, **headers: str) -> tuple[int, str]:
        request = urllib.request.Request(self.url + path, data, {"Accept": "text/html", **headers})
        try:
            with self._opener.open(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as problem:
            return problem.code, problem.read().decode()


@pytest.fixture
def server(image: Engine, tmp_path: Path) -> Iterator[tuple[Engine, str, Browser]]:
    """A container of the image, and its address."""
    (tmp_path / "password").write_text(PASSWORD + "\n")
    (tmp_path / "password").chmod(0o644)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with image.client() as client:
        host = client.create_host_config(
            network_mode="host", binds=[f"{tmp_path / 'password'}:/run/secrets/designer_password:ro"], read_only=True,
            tmpfs={"/tmp": "size=256m,mode=1777"}, cap_drop=["ALL"], security_opt=["no-new-privileges:true"],
        )  # fmt: skip
        made = client.create_container(
            NAME, host_config=host, environment={"DESIGNER_PORT": str(port), "DESIGNER_FREE_SPACE": "0"}
        )["Id"]
        client.start(made)
        try:
            yield image, made, Browser(f"http://127.0.0.1:{port}")
        finally:
            client.remove_container(made, force=True, v=True)


def test_it_serves_a_page_and_completes_a_run(server: tuple[Engine, str, Browser]) -> None:
    engine_, container, browser = server
    with engine_.client() as client:

        def health() -> str:
            state = client.inspect_container(container)["State"]
            assert state["Running"], client.logs(container)[-4000:]
            return str(state["Health"]["Status"])

        until(lambda: health() == "healthy", "a healthy container", SECONDS)
        config = client.inspect_container(container)["Config"]
        parts, _ = client.get_archive(container, "/data/token")
        with tarfile.open(fileobj=io.BytesIO(b"".join(parts))) as archive:
            content = archive.extractfile("token")
            assert content
            token = content.read().decode().strip()
    assert config["User"] == "10001:10001"

    status, page = browser.ask("/")
    assert (status, "Password</label>" in page) == (401, True)
    form = urllib.parse.urlencode({"token": PASSWORD}).encode()
    status, page = browser.ask("/open", form, Origin=browser.url)
    assert status == 200, page
    assert '<div id="root"' in page or "/static/assets/" in page

    bearer = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    status, answer = browser.ask("/api/runs", json.dumps({"document": DOCUMENT}).encode(), **bearer)
    assert status in (200, 201), answer
    run = json.loads(answer)["id"]

    def ended() -> dict[str, Any] | None:
        found: dict[str, Any] = json.loads(browser.ask(f"/api/runs/{run}", **bearer)[1])
        return found if found["status"] in ("completed", "failed", "canceled") else None

    found = until(ended, "the end of the run", SECONDS)
    assert found
    assert found["status"] == "completed", found


def test_without_a_password_it_does_not_start(image: Engine) -> None:
    with image.client() as client:
        made = client.create_container(NAME, host_config=client.create_host_config(network_mode="none"))["Id"]
        client.start(made)
        assert client.wait(made, timeout=60)["StatusCode"] == 2
        assert b"/run/secrets/designer_password, cannot be read" in client.logs(made)
        client.remove_container(made, v=True)
