"""Real stores for tests: an S3 server, Azurite, a web server, and what cuts, slows and refuses between. Ports are free ones."""

import contextlib
import http.server
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from tests.conftest import missing

PLACE = Path(__file__).parent / "azurite"
AZURE_ACCOUNT, AZURE_KEY = (
    "devstoreaccount1",
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Wait until something listens."""
    end = time.monotonic() + 60
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert process.poll() is None, "the server ended"
        assert time.monotonic() < end, "the server does not begin to listen"
        time.sleep(0.05)


@contextlib.contextmanager
def s3_server(folder: Path) -> Iterator[str]:
    """A server that speaks S3, and checks who asks; its address."""
    port = free_port()
    script = "from moto.server import main; main()"
    environment = {**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": "4"}
    with (folder / "s3.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", script, "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log, env=environment
        )
    try:
        answers(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def s3_key(url: str, bucket: str) -> tuple[str, str]:
    """Make a bucket and someone who may use it: the first four questions to the server are free."""
    import botocore.session

    made = botocore.session.get_session()
    about: dict[str, Any] = {
        "endpoint_url": url,
        "aws_access_key_id": "first",
        "aws_secret_access_key": "first",
        "region_name": "us-east-1",
    }
    made.create_client("s3", **about).create_bucket(Bucket=bucket)
    iam = made.create_client("iam", **about)
    iam.create_user(UserName="tester")
    policy = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
    iam.put_user_policy(UserName="tester", PolicyName="all", PolicyDocument=policy)
    key = iam.create_access_key(UserName="tester")["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def azurite_program() -> Path:
    """Azurite, installed from its lock where it is missing."""
    program = PLACE / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
    if not program.exists():
        npm = shutil.which("npm")
        if npm is None:
            missing("npm, for Azurite")
        command = [str(npm), "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        done = subprocess.run(command, cwd=PLACE, capture_output=True, text=True, check=False)
        if done.returncode:
            missing(f"Azurite ({done.stderr.strip()[-200:]})")
    return program


@contextlib.contextmanager
def azure_server(folder: Path) -> Iterator[str]:
    """Azurite with a container `data`; the address of its account."""
    port = free_port()
    command = ["node", str(azurite_program()), "--blobHost", "127.0.0.1", "--blobPort", str(port), "--silent",
               "--skipApiVersionCheck", "--inMemoryPersistence"]  # fmt: skip
    with (folder / "azurite.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        answers(port, process)
        url = f"http://127.0.0.1:{port}/{AZURE_ACCOUNT}"
        from azure.storage.blob import BlobServiceClient

        text = f"AccountName={AZURE_ACCOUNT};AccountKey={AZURE_KEY};BlobEndpoint={url};"
        BlobServiceClient.from_connection_string(text).create_container("data")
        yield url
    finally:
        process.kill()
        process.wait()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextlib.contextmanager
def web_server(folder: Path, handler: Any = None) -> Iterator[str]:
    """A web server over a folder; its address."""
    made = handler or partial(_Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), made)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


class Between:
    """A proxy of TCP before a server: lets so many bytes through to the server, then breaks off, or holds still."""

    def __init__(self, port: int) -> None:
        self.most: int | None = None
        self._goal = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                there, _ = self._listener.accept()
                here = socket.create_connection(("127.0.0.1", self._goal))
            except OSError:
                return
            threading.Thread(target=self._carry, args=(there, here, True), daemon=True).start()
            threading.Thread(target=self._carry, args=(here, there, False), daemon=True).start()

    def _carry(self, source: socket.socket, goal: socket.socket, counted: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if counted and self.most is not None:
                    if len(data) > self.most:
                        break
                    self.most -= len(data)
                goal.sendall(data)
        for one in (source, goal):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


def fetched(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        data: bytes = answer.read()
        return data


Maker = Callable[[], Any]
