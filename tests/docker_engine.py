"""A Docker engine of the tests' own: its data in a temporary folder, its socket there too, and one image from Debian's packages.

The image is made by debootstrap once and kept in ~/.cache/designer-tests; every engine imports it anew.
"""

import atexit
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path
from typing import Any

import docker

from tests.conftest import missing

IMAGE = "designer-base:test"
PACKAGES = "python3,python3-venv,ca-certificates"
SUITE = "bookworm"
MIRROR = "http://deb.debian.org/debian"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
USELESS = ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale")
CACHE = Path.home() / ".cache" / "designer-tests"
START_SECONDS = 60


class Engine:
    """A `dockerd`; it can be stopped as its service would be, or killed, and started again with the same data."""

    def __init__(self, folder: Path, program: str) -> None:
        self.folder, self.url = folder, f"unix://{folder}/docker.sock"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.far_url = f"tcp://127.0.0.1:{probe.getsockname()[1]}"  # as an engine elsewhere is reached
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *more: str) -> None:
        """Start it, and wait until it answers. There is no bridge: a container has the machine's network or none."""
        command = [
            self._program, "--data-root", str(self.folder / "data"), "--exec-root", str(self.folder / "exec"), "--host", self.url,
            "--host", self.far_url, "--pidfile", str(self.folder / "pid"), "--iptables=false", "--ip6tables=false", "--bridge=none", *more,
        ]  # fmt: skip
        for left in ("pid", "exec/containerd/containerd.pid"):  # of one that was killed: with it goes its containerd
            (self.folder / left).unlink(missing_ok=True)
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"dockerd does not start: {(self.folder / 'log').read_text()[-2000:]}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        client = docker.APIClient(self.url, version="1.41", timeout=5)
        try:
            return bool(client.ping())
        except (OSError, docker.errors.DockerException):
            return False
        finally:
            client.close()

    def client(self) -> docker.APIClient:
        """A client of it, for what a test wants to see."""
        return docker.APIClient(self.url, version="auto", timeout=60)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop it: as its service does, which ends all containers, or with SIGKILL, which leaves them."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(60)
            self._process = None

    def containers(self) -> list[dict[str, Any]]:
        """All containers there are."""
        with self.client() as client:
            return list(client.containers(all=True))

    def end(self) -> None:
        """Remove the containers and stop it."""
        with suppress(Exception), self.client() as client:
            for one in client.containers(all=True):
                client.remove_container(one["Id"], force=True, v=True)
        self.stop()
        mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
        for one in (
            one for one in reversed(mounts) if one.startswith(f"{self.folder}/")
        ):  # it mounts its data on itself
            subprocess.run(["umount", one], check=False)


def base_image() -> Path:
    """The archive of the image; made when it is not there, which takes a minute."""
    made_of = "\0".join((SUITE, MIRROR, PACKAGES, *USELESS, "1"))
    place = CACHE / f"docker-{hashlib.sha256(made_of.encode()).hexdigest()[:16]}.tar"
    if place.exists():
        return place
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="designer-base-", dir=CACHE) as folder:
        root = Path(folder) / "root"
        subprocess.run(
            ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, str(root), MIRROR],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        for useless in USELESS:
            shutil.rmtree(root / useless, ignore_errors=True)
        if CERTIFICATES.exists():
            shutil.copyfile(CERTIFICATES, root / CERTIFICATES.relative_to("/"))
        made = Path(folder) / "image.tar"
        subprocess.run(["tar", "-C", str(root), "-cf", str(made), "."], check=True)
        made.rename(place)
    return place


@cache
def engine() -> Engine:
    """The one engine of this test process; it ends with it. Skips the test, or fails it in CI, where that cannot be."""
    program, bootstrap = shutil.which("dockerd"), shutil.which("debootstrap")
    if os.geteuid() != 0:
        missing("the right to start a Docker engine (root)")
    if program is None or bootstrap is None:
        missing("dockerd" if program is None else "debootstrap")
    assert program is not None
    archive = base_image()
    stack = ExitStack()
    atexit.register(stack.close)
    folder = Path(
        stack.enter_context(tempfile.TemporaryDirectory(prefix="designer-docker-", ignore_cleanup_errors=True))
    )
    found = Engine(folder, program)
    stack.callback(found.end)
    found.start()
    with found.client() as client, archive.open("rb") as data:
        name, _, tag = IMAGE.partition(":")
        client.import_image_from_data(data, repository=name, tag=tag)
    return found
