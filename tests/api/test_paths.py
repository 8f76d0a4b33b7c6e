"""What stands in a path names a thing of ours or nothing: never a file, never a fault."""

from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.api.conftest import Door

CANARY = "canary-7c1f"
ODD_NODES = ["plain", "with space", "größe 漢字 😀", "a/b", "/", "a//b/", "%2F", "a%2Fb", "+", "?x=1", "#", "a&b=c", "~", ":", "@", ";",
             "\\", '"', "<script>", "‮rtl", "CON", "__proto__", "a" * 200]  # fmt: skip


@pytest.fixture(scope="module")
def run(door: Door) -> str:
    """A run whose nodes have odd names."""
    node = {"module": "enter_data_manually@1", "parameters": {"data": "a,b\n1,2"}}
    body = {"document": {"format": "designer.pipeline/1", "name": "Odd", "nodes": dict.fromkeys(ODD_NODES, node)}}
    answer = door.script().post("/api/runs", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json["id"])


@pytest.mark.parametrize("node", ODD_NODES)
def test_a_node_of_any_name_has_an_address(script: FlaskClient, run: str, node: str) -> None:
    address = f"/api/runs/{run}/steps/{quote(node, safe='')}"

    assert script.get(address).json["node"] == node
    assert script.get(f"{address}/metrics").json == {"items": []}
    assert script.get(f"{address}/logs/stdout").json["text"] == ""
    assert script.get(f"{address}/logs/stderr/index").json["size"] == 0
    assert script.get(f"{address}/logs/stdout/search?text=x").json["items"] == []
    download = script.get(f"{address}/logs/stdout/download")
    assert download.status_code == 200
    assert download.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in download.headers["Content-Security-Policy"]
    assert script.get(f"{address}/outputs/data").status_code == 404
    assert script.post(f"{address}/cancel").status_code == 200


def test_an_export_is_a_file_to_keep(script: FlaskClient, run: str) -> None:
    answer = script.get(f"/api/runs/{run}/document")

    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert set(answer.json["nodes"]) == set(ODD_NODES)


@pytest.fixture(scope="module")
def canary(door: Door) -> Path:
    """A file outside of everything, and one in the home folder."""
    file = door.inst.settings.home.parent / "secret.txt"
    file.write_text(CANARY)
    (door.inst.settings.home / "secret.txt").write_text(CANARY)
    return file


PARTS = st.lists(
    st.sampled_from(["..", ".", "/", "\\", "%2e", "%2e%2e", "%2f", "%5c", "%00", "%0a", "secret.txt", "token", "designer.db", "etc",
                     "passwd", "C:", "file:", "//", "~", "\u2024", "\uff0e", "%c0%ae", "%252e", "stdout", "x", "sha256:" + "0" * 64])
    | st.text(max_size=5),
    min_size=1, max_size=8,
).map("".join)  # fmt: skip

TEMPLATES = ["/api/pipelines/{}", "/api/pipelines/{}/export", "/api/modules/{}", "/api/runs/{}", "/api/runs/{}/events",
             "/api/runs/{run}/steps/{}", "/api/runs/{run}/steps/{}/logs/stdout", "/api/runs/{run}/steps/plain/logs/{}",
             "/api/runs/{run}/steps/plain/logs/{}/download", "/api/runs/{run}/steps/plain/outputs/{}", "/api/datasets/{}",
             "/api/artifacts/{}/preview", "/api/artifacts/{}/download", "/static/assets/{}", "/static/{}", "/{}"]  # fmt: skip


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@example("../../secret.txt")
@example("..%2f..%2f..%2fsecret.txt")
@example("%2e%2e/%2e%2e/token")
@example("....//....//token")
@given(PARTS)
def test_no_path_reaches_a_file(script: FlaskClient, run: str, canary: Path, door: Door, part: str) -> None:
    for template in TEMPLATES:
        for text in {part, quote(part, safe="")}:
            address = template.replace("{run}", run).replace("{}", text)
            # As a server hands it over, since the test client would take what begins with two slashes for a host.
            path = unquote_to_bytes(address.encode("utf-8", "replace")).decode("latin-1")
            answer = script.get("/", headers={"Accept": "application/json"}, environ_overrides={"PATH_INFO": path})
            assert answer.status_code < 500 or answer.status_code == 503, (address, answer.text)
            assert CANARY not in answer.text
            assert door.token not in answer.text
            assert "root:" not in answer.text


def test_a_link_among_the_assets_leads_nowhere(script: FlaskClient) -> None:
    for name in (
        "../index.html",
        "..%2f.vite%2fmanifest.json",
        "%2e%2e/.vite/manifest.json",
        ".vite/manifest.json",
        "/etc/passwd",
    ):
        answer = script.get(f"/static/assets/{name}")
        assert answer.status_code == 404, name
