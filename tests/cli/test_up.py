"""`designer up` as a process: what it prints, how fast it is there, how it ends, and what it refuses."""

import http.client
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import ROOT, Server

HEAVY = ("pandas", "polars", "sklearn", "numpy", "scipy", "pyarrow", "lightgbm", "networkx", "alembic")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server that is started by the test."""
    made = Server(tmp_path / "home", environment={"DESIGNER_SAMPLES": "0"})
    yield made
    made.end()


def up(home: Path, *arguments: str, environment: dict[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """`designer up` that is expected to end by itself."""
    command = [sys.executable, "-m", "designer.cli", "up", "--home", str(home), "--no-browser", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "DESIGNER_SAMPLES": "0", **(environment or {})},
    )  # fmt: skip


def get(server: Server, path: str, **headers: str) -> tuple[int, "http.client.HTTPMessage", bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


def test_it_prints_one_line_and_lets_the_browser_in_once(server: Server) -> None:
    began = time.monotonic()
    server.start()
    assert get(server, "/healthz")[0] == 200
    print(f"from start to the first 200: {time.monotonic() - began:.2f} s")
    assert re.fullmatch(rf"http://127\.0\.0\.1:{server.port}/open\?code=[\w-]{{43}}", server.open_url)
    path = server.open_url.removeprefix(server.url)

    status, headers, _ = get(server, path, Accept="text/html")
    again, _, page = get(server, path, Accept="text/html")

    assert (status, headers["Location"], again) == (303, "/", 401)
    assert b"used before" in page
    cookie = headers["Set-Cookie"].split(";")[0]
    assert get(server, "/api/runs", Cookie=cookie)[0] == 200
    assert server.process is not None
    process = server.process
    server.end()
    assert process.stdout is not None
    assert process.stdout.read().count("\n") == 1  # that it has stopped


def test_what_it_keeps_is_for_the_owner_alone(server: Server) -> None:
    server.home.mkdir(mode=0o755)
    server.start()

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [server.home, *server.home.iterdir()]}

    assert modes.pop("home") == 0o700
    assert all(mode & 0o077 == 0 for mode in modes.values()), modes
    about = json.loads((server.home / "server.json").read_text())
    assert server.process is not None
    assert (about["url"], about["pid"]) == (server.url, server.process.pid)


def test_the_server_loads_no_science() -> None:
    code = f"import sys, designer.app, designer.conductor; print([name for name in {HEAVY} if name in sys.modules])"

    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_way_to_end_it_is_quick_and_clean(server: Server, number: signal.Signals) -> None:
    server.start()
    assert server.process is not None
    process = server.process
    idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(3)]
    kept = http.client.HTTPConnection("127.0.0.1", server.port)
    kept.request("GET", "/healthz")
    kept.getresponse().read()
    process.send_signal(number)
    process.wait(10)

    assert process.returncode == 0
    assert not (server.home / "server.json").exists()
    assert "Traceback" not in server.log()
    for one in idle:
        one.close()


def test_after_a_kill_it_starts_again_at_once(server: Server) -> None:
    server.start()
    token = (server.home / "token").read_text()
    for _ in range(2):
        server.end(kill=True)
        server.start()

    assert (server.home / "token").read_text() == token
    assert server.call("GET", "/api/runs")["items"] == []


def test_a_session_outlives_the_server(server: Server) -> None:
    server.start()
    cookie = get(server, server.open_url.removeprefix(server.url))[1]["Set-Cookie"].split(";")[0]
    server.end()
    server.start()

    assert get(server, "/api/runs", Cookie=cookie)[0] == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.com", ""])
def test_it_does_not_listen_to_the_world(tmp_path: Path, host: str) -> None:
    done = up(tmp_path / "home", "--host", host, "--port", "0")

    assert done.returncode == 2
    assert done.stdout == ""
    assert "password" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "home").exists()


def test_it_listens_on_the_newer_loopback_too(tmp_path: Path) -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    command = [
        sys.executable,
        "-m",
        "designer.cli",
        "up",
        "--home",
        str(tmp_path / "home"),
        "--no-browser",
        "--host",
        "::1",
        "--port",
        "0",
    ]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env={**os.environ, "DESIGNER_SAMPLES": "0"})  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            assert process.stderr is not None
            assert "Cannot listen" in process.stderr.read()
            return
        assert "http://[::1]:" in line
    finally:
        process.terminate()
        process.communicate(timeout=20)


def test_a_second_start_signs_in_to_the_first(server: Server) -> None:
    server.start()

    done = up(server.home, "--port", "0")

    assert done.returncode == 0, done.stderr
    found = re.fullmatch(r"Designer is already running at (http://\S+)\n", done.stdout)
    assert found is not None, done.stdout
    assert get(server, found[1].removeprefix(server.url))[0] == 303


def test_a_port_in_use_is_told(server: Server, tmp_path: Path) -> None:
    server.start()
    by_us = up(tmp_path / "other", "--port", str(server.port))
    with socket.create_server(("127.0.0.1", 0)) as other:
        by_others = up(tmp_path / "third", "--port", str(other.getsockname()[1]))

    assert (by_us.returncode, by_others.returncode) == (1, 1)
    assert "a Designer of another home folder" in by_us.stderr
    assert "another program" in by_others.stderr
    assert "--port" in by_us.stderr
    assert "Traceback" not in by_us.stderr + by_others.stderr


def test_a_stale_note_of_a_dead_server_does_not_matter(server: Server) -> None:
    server.home.mkdir()
    (server.home / "server.json").write_text('{"url": "http://127.0.0.1:1", "pid": 999999999}')
    server.start()

    assert server.call("GET", "/api/runs")["items"] == []


def test_odd_settings_are_told_plainly(tmp_path: Path) -> None:
    done = up(tmp_path / "home", environment={"DESIGNER_PORT": "many"})

    assert done.returncode == 2
    assert "DESIGNER_PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_home_that_cannot_be_is_told_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    done = up(tmp_path / "file" / "home")

    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()


RAW = {
    "no request": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 10,
    "a long line": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    + b"".join(b"X-%d: 1\r\n" % one for one in range(500))
    + b"\r\n",
    "a long header": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
    "two hosts": b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n",
    "two lengths": b"POST /open HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    "length and chunks": b"POST /open HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a bad chunk": b"POST /open HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "an absolute address": b"GET http://evil.example/healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    "no host": b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n",
}


def test_odd_bytes_do_not_harm(server: Server) -> None:
    server.start()
    for name, data in RAW.items():
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
            raw.sendall(data)
            raw.shutdown(socket.SHUT_WR)
            answer = b""
            try:
                while piece := raw.recv(65536):
                    answer += piece
            except ConnectionResetError:
                pass
        assert not answer.startswith(b"HTTP/1.1 2"), (name, answer[:300])
        assert not answer.startswith(b"HTTP/1.1 5"), (name, answer[:300])
    assert server.call("GET", "/api/runs")["items"] == []
    assert "Traceback" not in server.log()
