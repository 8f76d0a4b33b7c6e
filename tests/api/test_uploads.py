"""Files come in piece by piece, under a limit, from the form parser only."""

import errno
import hashlib
import http.client
import io
import os
import socket
import threading
import time
from pathlib import Path

import psutil
import pytest
from flask.testing import FlaskClient

from designer.api import uploads
from tests.api.conftest import Door
from tests.running import Server

CSV = b"a,b\n1,2\n"


@pytest.fixture(autouse=True)
def nothing_is_left(door: Door):
    """After each test the staging folder is empty."""
    yield
    assert list(door.inst.uploads.iterdir()) == []


def stored(door: Door, digest: str) -> bytes:
    return door.inst.artifacts.local_path(digest).read_bytes()


def test_a_form_becomes_a_dataset(door: Door, script: FlaskClient) -> None:
    form = {"file": (io.BytesIO(CSV), "my cars.csv"), "name": "Cars", "options": '{"delimiter": ","}'}

    answer = script.post("/api/datasets", data=form)

    assert answer.status_code == 201, answer.text
    latest = answer.json["latest"]
    assert answer.json["title"] == "Cars"
    assert (latest["file_name"], latest["file_size"], latest["status"]) == ("my cars.csv", len(CSV), "reading")
    assert latest["options"]["delimiter"] == ","
    assert latest["file_digest"] == "sha256:" + hashlib.sha256(CSV).hexdigest()
    assert stored(door, latest["file_digest"]) == CSV


def test_fields_may_come_before_or_after_the_file(script: FlaskClient) -> None:
    def part(name: str, value: str, file: str = "") -> str:
        about = f'; filename="{file}"' if file else ""
        return f'--b\r\nContent-Disposition: form-data; name="{name}"{about}\r\n\r\n{value}\r\n'

    for order in ((("name", "One"), ("file", "a\n1\n", "a.csv")), (("file", "a\n1\n", "a.csv"), ("name", "One"))):
        body = "".join(part(*one) for one in order) + "--b--\r\n"
        answer = script.post("/api/datasets", data=body.encode(), content_type="multipart/form-data; boundary=b")
        assert answer.status_code == 201, answer.text
        assert answer.json["title"] == "One"


def test_the_body_itself_becomes_a_dataset_and_a_version(door: Door, script: FlaskClient) -> None:
    first = script.post("/api/datasets?name=Raw&file_name=raw.csv", data=CSV, content_type="application/octet-stream")
    second = script.post(
        f"/api/datasets?dataset={first.json['id']}&file_name=raw2.csv", data=CSV * 2, content_type="text/csv"
    )

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json["id"] == first.json["id"]
    assert second.json["latest"]["version"] == 2
    assert len(stored(door, second.json["latest"]["file_digest"])) == 2 * len(CSV)


@pytest.mark.parametrize("size", [0, 1, uploads.PIECE - 1, uploads.PIECE, uploads.PIECE + 1, 1_000_000])
def test_every_size_arrives_whole(door: Door, script: FlaskClient, size: int) -> None:
    data = os.urandom(size)
    for answer in (
        script.post("/api/datasets", data={"file": (io.BytesIO(data), "x.bin")}),
        script.post("/api/datasets?file_name=x.bin", data=data, content_type="application/octet-stream"),
    ):
        assert answer.status_code == 201, answer.text
        assert stored(door, answer.json["latest"]["file_digest"]) == data


def test_line_ends_and_boundaries_in_the_file_stay(door: Door, script: FlaskClient) -> None:
    data = b"\r\n--b\r--b-\n\r\n--bb--\r\n" * 1000 + b"\r\n--"
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    tricky = data.replace(b"\r\n--b", b"\r\n-=b")
    answer = script.post(
        "/api/datasets", data=body + tricky + b"\r\n--b--\r\n", content_type="multipart/form-data; boundary=b"
    )

    assert answer.status_code == 201, answer.text
    assert stored(door, answer.json["latest"]["file_digest"]) == tricky


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b'{"files": {"file": {"filepath": "/etc/passwd"}}}', 415),
        ("application/json", b'{"file": "/etc/passwd", "path": "/etc/passwd"}', 415),
        ("application/vnd.api+json", b"{}", 415),
        ("application/x-www-form-urlencoded", b"file=/etc/passwd", 415),
        ("multipart/mixed; boundary=b", b"--b--", 415),
        ("", b"a", 415),
        ("multipart/form-data", b"--b--", 400),
        ("multipart/form-data; boundary=b", b"", 400),
        ("multipart/form-data; boundary=b", b"--b--\r\n", 400),
        ("multipart/form-data; boundary=b", b"nothing of the kind", 400),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n/etc/passwd\r\n--b--', 400),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nx\r\n--b--', 400),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx', 400),
        ("multipart/form-data; boundary=b", b"\r" * 500_000, 413),
        ("multipart/form-data; boundary=b", b'--b\r\nX-Long: ' + b"x" * 1_050_000, 413),
        ("application/octet-stream", b"x" * 1_000_001, 413),
        ("application/octet-stream", b"x" * 1_200_000, 413),
    ],
)  # fmt: skip
def test_what_is_no_upload_is_refused(script: FlaskClient, content_type: str, body: bytes, status: int) -> None:
    answer = script.post("/api/datasets", data=body, content_type=content_type)

    assert answer.status_code in {status, 400, 413} if status in (400, 413) else answer.status_code == status, (
        answer.text
    )
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    "fields",
    [{"options": "{"}, {"options": '{"delimiter": 1}'}, {"options": '{"x": 1}'}, {"dataset": "x"}, {"strange": "x"},
     {"name": "x" * 30_000}, {"name": "x" * 201}, {"path": "/etc/passwd"}, {"options": '{"delimiter": NaN}'}],
)  # fmt: skip
def test_wrong_fields_are_refused(script: FlaskClient, fields: dict[str, str]) -> None:
    answer = script.post("/api/datasets", data={"file": (io.BytesIO(CSV), "a.csv"), **fields})

    assert answer.status_code in (400, 413, 422), answer.text


def test_many_parts_are_refused(script: FlaskClient) -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n\r\n'

    answer = script.post("/api/datasets", data=part * 10_000 + b"--b--", content_type="multipart/form-data; boundary=b")

    assert answer.status_code in (400, 413)


def test_an_unknown_dataset_gets_no_version(script: FlaskClient) -> None:
    answer = script.post("/api/datasets?dataset=ds_00000000000000000000", data=CSV, content_type="text/csv")

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("../../etc/passwd", "passwd"), ("C:\\data\\a.csv", "a.csv"), ("a\x00b.csv", "ab.csv"), ("größe 漢字.csv", "größe 漢字.csv"),
     ("x" * 500, "x" * 200), ("‮csv.exe", "csv.exe")],
)  # fmt: skip
def test_a_file_name_is_only_a_name(script: FlaskClient, sent: str, kept: str) -> None:
    body = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{sent}"\r\n\r\na\r\n--b--\r\n'.encode()

    answer = script.post("/api/datasets", data=body, content_type="multipart/form-data; boundary=b")

    assert answer.status_code == 201, answer.text
    assert answer.json["latest"]["file_name"] == kept or "\\" in sent


def test_a_full_disk_is_told(script: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(uploads.Staging, "write", full)
    answer = script.post("/api/datasets?file_name=a.csv", data=CSV, content_type="text/csv")
    monkeypatch.undo()
    monkeypatch.setattr(uploads, "RESERVE", 10**18)
    early = script.post("/api/datasets?file_name=a.csv", data=CSV, content_type="text/csv")

    assert (answer.status_code, early.status_code) == (503, 503)
    assert "Free some space" in answer.json["cure"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    """The real server."""
    running = Server(tmp_path_factory.mktemp("uploads") / "home", environment={"DESIGNER_SAMPLES": "0"})
    running.start()
    yield running
    running.end()


def test_a_large_upload_takes_no_memory(server: Server, tmp_path: Path) -> None:
    size, piece = 200_000_000, os.urandom(1_000_000)
    token = (server.home / "token").read_text().strip()
    assert server.process is not None
    process = psutil.Process(server.process.pid)
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="large.bin"\r\n\r\n'
    tail = b"\r\n--b--\r\n"
    before = most = process.memory_info().rss
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    connection.putrequest("POST", "/api/datasets")
    for name, value in (("Authorization", f"Bearer {token}"), ("Content-Type", "multipart/form-data; boundary=b"),
                        ("Content-Length", str(len(head) + size + len(tail)))):  # fmt: skip
        connection.putheader(name, value)
    connection.endheaders(head)
    for _ in range(size // len(piece)):
        connection.send(piece)
        most = max(most, process.memory_info().rss)
    connection.send(tail)
    answer = connection.getresponse()
    most = max(most, process.memory_info().rss)

    assert answer.status == 201, answer.read()
    print(f"200 MB: {before / 1e6:.0f} MB before, {most / 1e6:.0f} MB at most")
    assert most - before < 25_000_000


def test_an_upload_that_is_cut_off_leaves_nothing(server: Server) -> None:
    token = (server.home / "token").read_text().strip()
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(
            f"POST /api/datasets?file_name=a.csv HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: text/csv\r\nContent-Length: 1000000\r\n\r\na,b\n".encode()
        )
        time.sleep(0.3)
        assert len(list((server.home / "uploads").iterdir())) == 1
    server.wait_for("the staging file to go", lambda: not list((server.home / "uploads").iterdir()), 10)
    assert not [one for one in server.call("GET", "/api/datasets")["items"] if one["title"] == "a"]


def test_an_upload_that_the_server_did_not_survive_leaves_nothing(tmp_path: Path) -> None:
    running = Server(tmp_path / "home", environment={"DESIGNER_SAMPLES": "0"})
    running.start()
    token = (running.home / "token").read_text().strip()
    with socket.create_connection(("127.0.0.1", running.port)) as connection:
        connection.sendall(
            f"POST /api/datasets?file_name=a.csv HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: text/csv\r\nContent-Length: 1000000\r\n\r\na,b\n".encode()
        )
        running.wait_for("the staging file", lambda: list((running.home / "uploads").glob("up_*")), 10)
        running.end(kill=True)
    running.start()
    running.end()

    assert not list((running.home / "uploads").glob("up_*"))


def test_a_chunked_upload_is_taken(server: Server) -> None:
    token = (server.home / "token").read_text().strip()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/csv"}
    connection.request(
        "POST", "/api/datasets?file_name=c.csv", iter([b"a,b\n", b"1,2\n"]), headers, encode_chunked=True
    )
    answer = connection.getresponse()

    assert answer.status == 201, answer.read()


def test_slow_uploads_do_not_stop_others(server: Server) -> None:
    token = (server.home / "token").read_text().strip()
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(30)]
    for one in slow:
        one.sendall(
            f"POST /api/datasets?file_name=a.csv HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: text/csv\r\nContent-Length: 1000000\r\n\r\na".encode()
        )
    began = time.perf_counter()
    assert server.call("GET", "/api/runs") is not None
    assert time.perf_counter() - began < 20
    for one in slow:
        one.close()
    assert threading.active_count() < 100
