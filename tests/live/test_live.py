"""The live connection of a real server: who may come in, what is told, and what cannot harm it."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.live.watching import REFUSED, Viewer, sign_in
from tests.running import Server

SLOW = '''"""Talk

Says something every now and then.
"""
import time

from designer.module import Metrics
from designer import step

CATEGORY = "Test"


def run(*, seconds: float = 1.0) -> Metrics:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        print("word " * 20, flush=True)
        step.progress(1 - (end - time.monotonic()) / seconds)
        time.sleep(0.01)
    return {"done": True}
'''


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("live")
    (folder / "library" / "test").mkdir(parents=True)
    (folder / "library" / "test" / "talk.py").write_text(SLOW)
    settings = {"DESIGNER_SAMPLES": "0", "DESIGNER_MODULES": str(folder / "library"), "DESIGNER_VIEWERS": "12"}
    running = Server(folder / "home", environment=settings)
    running.start()
    yield running
    running.end()
    assert "Traceback" not in (folder / "server.log").read_text()


@pytest.fixture
def cookie(server: Server) -> str:
    return sign_in(server)


@pytest.fixture
def viewer(server: Server, cookie: str) -> Iterator[Viewer]:
    made = Viewer(server, cookie).open()
    assert made.refusal is None
    yield made
    made.close()


def rss(server: Server) -> float:
    assert server.process is not None
    return float(psutil.Process(server.process.pid).memory_info().rss / 1e6)


STRANGERS = [
    ("no cookie", "", ""),
    ("an empty cookie", "designer=", ""),
    ("a wrong cookie", "{name}=" + "x" * 43, ""),
    ("no Origin", "{good}", None),
    ("Origin null", "{good}", "null"),
    ("another site", "{good}", "http://evil.example"),
    ("another port", "{good}", "http://127.0.0.1:3000"),
    ("another scheme", "{good}", "https://127.0.0.1:{port}"),
    ("another name", "{good}", "http://localhost:{port}"),
    ("a longer name", "{good}", "http://127.0.0.1:{port}.evil.example"),
]


@pytest.mark.parametrize(("cookies", "origin"), [row[1:] for row in STRANGERS], ids=[row[0] for row in STRANGERS])
def test_strangers_get_no_websocket(server: Server, cookie: str, cookies: str, origin: str | None) -> None:
    given = cookies.format(good=cookie, name=cookie.split("=")[0])
    named = origin.format(port=server.port) if origin else origin

    with pytest.raises(REFUSED):
        Viewer(server, given, named).open()


def poll(server: Server, method: str, path: str, headers: dict[str, str], body: str | None = None) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


@pytest.mark.parametrize(("cookies", "origin"), [row[1:] for row in STRANGERS if row[0] != "no Origin"])
def test_strangers_get_no_poll(server: Server, cookie: str, cookies: str, origin: str) -> None:
    headers = {
        "Cookie": cookies.format(good=cookie, name=cookie.split("=")[0]),
        "Origin": (origin or server.url).format(port=server.port),
    }
    for method in ("GET", "POST", "OPTIONS", "DELETE"):
        status, text = poll(
            server, method, "/socket.io/?EIO=4&transport=polling", headers, "40" if method == "POST" else None
        )
        assert (status, "sid" in text) == (401, False)


def test_the_token_opens_no_live_connection(server: Server) -> None:
    token = (server.home / "token").read_text().strip()
    headers = {"Authorization": f"Bearer {token}", "Origin": server.url}

    assert poll(server, "GET", "/socket.io/?EIO=4&transport=polling", headers)[0] == 401


def test_a_strange_host_gets_no_websocket(server: Server, cookie: str) -> None:
    headers = {"Cookie": cookie, "Host": "evil.example", "Origin": "http://evil.example"}
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "x" * 22 + "==",
        "Sec-WebSocket-Version": "13",
    }

    assert poll(server, "GET", "/socket.io/?EIO=4&transport=polling", headers)[0] == 421
    assert poll(server, "GET", "/socket.io/?EIO=4&transport=websocket", headers | upgrade)[0] == 421


def test_polling_works_as_browsers_do_it(server: Server, cookie: str) -> None:
    asking = {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}
    changing = {"Cookie": cookie, "Origin": server.url}
    status, text = poll(server, "GET", "/socket.io/?EIO=4&transport=polling", asking)
    assert status == 200
    address = f"/socket.io/?EIO=4&transport=polling&sid={json.loads(text[1:])['sid']}"

    assert poll(server, "POST", address, changing, "40") == (200, "OK")
    assert poll(server, "GET", address, asking)[1].startswith("40{")
    assert poll(server, "POST", address, changing, '421["join",{"room":"runs"}]')[0] == 200
    assert "43" in poll(server, "GET", address, asking)[1]
    assert poll(server, "POST", address, {"Cookie": cookie}, '422["join",{"room":"runs"}]')[0] == 401
    assert poll(server, "POST", address, changing, "41")[0] == 200


def test_a_run_is_told_without_a_gap(server: Server, viewer: Viewer) -> None:
    viewer.ask("join", {"room": "runs"})
    document = {
        "format": "designer.pipeline/1",
        "name": "Told",
        "nodes": {"a": {"module": "talk@1", "parameters": {"seconds": 1.5}}},
    }
    run = server.call("POST", "/api/runs", {"document": document})
    joined = viewer.ask("join", {"room": f"run:{run['id']}"})
    assert joined["seq"] >= 1
    viewer.read(30, lambda: any(one["kind"] == "run" and one["status"] == "completed" for one in viewer.events))
    viewer.read(0.6)

    known = server.call("GET", f"/api/runs/{run['id']}/events?after={joined['seq']}")["items"]
    told = [one for one in viewer.events if one["kind"] in ("step", "run")]
    assert [one["seq"] for one in told if one["seq"] > joined["seq"]] == [one["seq"] for one in known]
    assert [one for one in told if one["seq"] > joined["seq"]] == known
    assert {"step", "run", "log", "listed"} <= set(viewer.kinds())
    listed = [
        one["item"]["status"] for one in viewer.events if one["kind"] == "listed" and one["item"]["id"] == run["id"]
    ]
    assert listed[-1] == "completed"
    logs = [one for one in viewer.events if one["kind"] == "log"]
    assert len(logs) <= 4 * 3 + 2


def test_who_joins_late_is_told_where_things_stand(server: Server, cookie: str) -> None:
    document = {
        "format": "designer.pipeline/1",
        "name": "Late",
        "nodes": {"a": {"module": "talk@1", "parameters": {"seconds": 0.1}}},
    }
    run = server.call("POST", "/api/runs", {"document": document})["id"]
    server.wait_for("the end", lambda: server.call("GET", f"/api/runs/{run}")["status"] == "completed")
    late = Viewer(server, cookie).open()

    assert late.ask("join", {"room": f"run:{run}"})["seq"] == server.call("GET", f"/api/runs/{run}")["seq"]
    assert late.ask("leave", {"room": f"run:{run}"}) == {"room": f"run:{run}"}
    late.close()


def test_drafts_and_datasets_are_told(server: Server, viewer: Viewer) -> None:
    made = server.call("POST", "/api/pipelines", {"name": "Watched"})
    viewer.ask("join", {"room": f"pipeline:{made['id']}"})
    viewer.ask("join", {"room": "datasets"})
    saved = {"version": 1, "document": {**made["document"], "name": "Renamed"}}
    server.call("PUT", f"/api/pipelines/{made['id']}", saved)
    token = (server.home / "token").read_text().strip()
    poll(
        server,
        "POST",
        "/api/datasets?name=w",
        {"Authorization": f"Bearer {token}", "Content-Type": "text/csv"},
        "a,b\n1,2\n",
    )
    viewer.read(
        20,
        lambda: any(one["kind"] == "dataset" and one["item"]["latest"]["status"] == "ready" for one in viewer.events),
    )

    assert {"kind": "pipeline", "id": made["id"], "version": 2, "client": ""} in viewer.events
    assert viewer.kinds().count("dataset") >= 2


@pytest.mark.parametrize(
    "arguments",
    [[], [None], [{}], [{"room": 1}], [{"room": ""}], [{"room": "everything"}], [{"room": "run:x"}], [{"room": ["runs"]}],
     ["runs"], [{"room": "run:run_00000000000000000000"}], [{"room": "pipeline:../../x"}], [[["deep"]]], [{"room": "runs"}, 1, 2]],
)  # fmt: skip
def test_odd_joins_get_an_answer_and_no_room(viewer: Viewer, arguments: list[Any]) -> None:
    answer = viewer.ask("join", *arguments)

    if arguments and isinstance(arguments[0], dict) and arguments[0].get("room") == "runs":
        assert answer == {"room": "runs", "seq": None}
    else:
        assert "error" in answer
    viewer.ask("leave", *arguments)
    assert viewer.ask("join", {"room": "runs"}) == {"room": "runs", "seq": None}


def test_unknown_events_are_ignored(server: Server, viewer: Viewer, cookie: str) -> None:
    for name in ("message", "json", "event", "run", "submit", "__class__", "emit", "disconnecting"):
        assert viewer.ask(name, {"room": "runs"}, seconds=0.2) is None
    for raw in ("42", "42[", "42[]", '42{"a":1}', "42[1]", "45-x", "451-[", "4", "9", "", "47", "40/admin,", '42["join"', "43[]", "431[]",
                '4299999999999["join",{"room":"runs"}]'):  # fmt: skip
        other = Viewer(server, cookie).open()
        other.socket.send(raw)
        with suppress(*REFUSED):
            other.read(0.05)
        other.close()

    assert viewer.ask("join", {"room": "runs"}) == {"room": "runs", "seq": None}


def test_nothing_is_told_to_who_did_not_join(server: Server, viewer: Viewer) -> None:
    made = server.call("POST", "/api/pipelines", {"name": "Unwatched"})
    server.call("POST", f"/api/pipelines/{made['id']}/duplicate")
    viewer.read(0.5)

    assert viewer.events == []


def upgrade(server: Server, cookie: str) -> bytes:
    """What asks for a websocket."""
    return (
        f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nCookie: {cookie}\r\n"
        f"Origin: {server.url}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: {'x' * 22}==\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


def test_a_huge_frame_is_refused_and_takes_no_memory(server: Server, cookie: str) -> None:
    before = most = rss(server)
    taken = False
    with suppress(OSError), socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
        raw.sendall(upgrade(server, cookie))
        assert b"101" in raw.recv(4096)
        raw.sendall(b"\x81\xff" + (300_000_000).to_bytes(8, "big") + b"\x00\x00\x00\x00")
        piece = b"4" * 1_000_000
        for _ in range(300):
            raw.sendall(piece)
            most = max(most, rss(server))
        taken = True

    assert not taken, "300 MB were taken"
    print(f"300 MB frame: {before:.0f} MB before, {most:.0f} MB at most")
    assert most - before < 15


def test_a_strangers_huge_frame_does_not_even_begin(server: Server) -> None:
    before = rss(server)
    for _ in range(5):
        with pytest.raises(REFUSED):
            Viewer(server, "", "http://evil.example").open()
    big = "4" * 2_000_000
    cookie = sign_in(server)
    status, _ = poll(server, "POST", "/socket.io/?EIO=4&transport=polling", {"Origin": "http://evil.example"}, big)
    assert status == 401
    status, text = poll(server, "GET", "/socket.io/?EIO=4&transport=polling", {"Cookie": cookie, "Origin": server.url})
    sid = json.loads(text[1:])["sid"]
    address = f"/socket.io/?EIO=4&transport=polling&sid={sid}"
    assert poll(server, "POST", address, {"Cookie": cookie, "Origin": server.url}, big)[0] == 413
    assert rss(server) - before < 15


def test_joins_without_end_end_the_connection(server: Server, cookie: str) -> None:
    noisy = Viewer(server, cookie).open()

    def make_noise() -> None:
        for _ in range(5000):
            noisy.send("join", {"room": "runs"})
        noisy.read(5)

    with pytest.raises(REFUSED):
        make_noise()
    quiet = Viewer(server, cookie).open()
    assert quiet.ask("join", {"room": "runs"}) == {"room": "runs", "seq": None}
    quiet.close()


def test_one_viewer_too_many_is_told_so(server: Server, cookie: str) -> None:
    server.wait_for("earlier viewers to go", lambda: free_places(server, cookie) >= 12, 20)
    many = [Viewer(server, cookie).open() for _ in range(12)]
    over = Viewer(server, cookie).open()

    assert all(one.refusal is None for one in many)
    assert over.refusal is not None
    assert "polling" in over.refusal["message"]
    assert server.call("GET", "/api/runs") is not None
    for one in [*many, over]:
        one.close()
    server.wait_for("places to be free", lambda: free_places(server, cookie) >= 12, 20)


def free_places(server: Server, cookie: str) -> int:
    opened = []
    for _ in range(12):
        try:
            one = Viewer(server, cookie).open()
        except REFUSED:
            break
        opened.append(one)
        if one.refusal is not None:
            break
    for one in opened:
        one.close()
    time.sleep(0.3)
    return sum(one.refusal is None for one in opened)


def test_who_does_not_read_is_cut_off_and_the_others_are_not(server: Server, cookie: str) -> None:
    token = (server.home / "token").read_text().strip()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/csv"}
    made = json.loads(poll(server, "POST", "/api/datasets?name=long", headers, "a\n1\n")[1])
    reader = Viewer(server, cookie).open()
    reader.ask("join", {"room": "datasets"})

    def got_all() -> bool:
        return bool(reader.events) and str(reader.events[-1]["item"]["description"]).startswith("599 ")

    reading = threading.Thread(target=reader.read, args=(60, got_all), daemon=True)
    reading.start()
    with socket.socket() as stuck:
        stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stuck.connect(("127.0.0.1", server.port))
        stuck.sendall(upgrade(server, cookie))
        assert b"101" in stuck.recv(4096)
        for text in (b"40", b'421["join",{"room":"datasets"}]'):
            stuck.sendall(b"\x81" + bytes([0x80 | len(text)]) + b"\0\0\0\0" + text)
        server.wait_for("the stuck viewer to be in", lambda: b"43" in stuck.recv(4096), 5)
        before = most = rss(server)
        for count in range(600):
            server.call("PATCH", f"/api/datasets/{made['id']}", {"description": f"{count} " + "x" * 19_000})
            most = max(most, rss(server))
        reading.join(60)
        assert got_all()
        end = time.monotonic() + 30
        stuck.settimeout(1)
        ended = False
        time.sleep(12)
        while time.monotonic() < end and not ended:
            try:
                ended = stuck.recv(1_000_000) == b""
            except TimeoutError:
                continue
            except OSError:
                ended = True
        assert ended, "the viewer that does not read is still connected"
    print(f"a stuck viewer: {before:.0f} MB before, {most:.0f} MB at most, {rss(server):.0f} MB after")
    assert most - before < 40
    reader.close()


def test_ending_the_server_ends_open_connections_at_once(tmp_path: Path) -> None:
    running = Server(tmp_path / "home", environment={"DESIGNER_SAMPLES": "0"})
    running.start()
    assert running.process is not None
    process, cookie = running.process, sign_in(running)
    viewers = [Viewer(running, cookie).open() for _ in range(5)]
    waiting = http.client.HTTPConnection("127.0.0.1", running.port, timeout=30)
    waiting.request("GET", "/socket.io/?EIO=4&transport=polling", headers={"Cookie": cookie, "Origin": running.url})
    sid = json.loads(waiting.getresponse().read().decode()[1:])["sid"]
    address = f"/socket.io/?EIO=4&transport=polling&sid={sid}"

    def wait() -> None:
        with suppress(OSError, http.client.HTTPException):
            poll(running, "GET", address, {"Cookie": cookie, "Origin": running.url})

    polling = threading.Thread(target=wait, daemon=True)
    polling.start()
    time.sleep(0.3)
    began = time.monotonic()
    running.end()

    assert time.monotonic() - began < 15
    assert process.returncode == 0
    assert not (running.home / "server.json").exists()
    for one in viewers:
        with pytest.raises(REFUSED):
            one.read(5)
