"""A registered datastore of each kind, on a real server, with ways to look at it and to put things there from outside."""

import contextlib
import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from designer.actions import datastores
from designer.contract.datastores import Datastore, RegisterDatastore
from designer.datastores.place import Place
from designer.installation import Installation
from tests.conftest import missing
from tests.databases import create
from tests.datastores.servers import (
    AZURE_ACCOUNT,
    AZURE_KEY,
    answers,
    azure_server,
    free_port,
    s3_key,
    s3_server,
    web_server,
)
from tests.home import home

WRITABLE = ("local", "s3", "azure", "sftp")


@dataclass
class Store:
    """A store of a kind, as a person would describe it."""

    kind: str
    options: dict[str, Any]
    secrets: tuple[str, ...] = ()
    folder: Path | None = None  # where its files lie on this machine, of kinds that read only

    def place(self) -> Place:
        """The store, opened here."""
        return Place(self.kind, self.options)

    def put(self, path: str, data: bytes) -> None:
        """Put a file there from outside."""
        if self.folder is not None:
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_bytes(data)
            return
        with self.place().write(path) as file:
            file.write(data)

    def read(self, path: str) -> bytes:
        with self.place().open(path) as file:
            return file.read()


@dataclass
class Servers:
    """Servers of this session, each started when it is first needed."""

    folder: Path
    stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    made: dict[str, Any] = field(default_factory=dict)

    def store(self, kind: str) -> Store:
        """A store of its own, empty."""
        inside = uuid.uuid4().hex[:10]
        return getattr(self, f"_{kind}")(inside)  # type: ignore[no-any-return]

    def once(self, name: str, make: Any) -> Any:
        if name not in self.made:
            self.made[name] = make()
        return self.made[name]

    def _local(self, inside: str) -> Store:
        folder = self.folder / inside
        folder.mkdir()
        return Store("local", {"folder": str(folder)})

    def _s3(self, inside: str) -> Store:
        url = self.once("s3", lambda: self.stack.enter_context(s3_server(self.folder)))
        access, secret = self.once("s3 key", lambda: s3_key(url, "data"))
        options = {
            "bucket": "data",
            "folder": inside,
            "endpoint": url,
            "access_key": access,
            "secret_key": secret,
            "region": "us-east-1",
        }
        return Store("s3", options, ("secret_key",))

    def _azure(self, inside: str) -> Store:
        url = self.once("azure", lambda: self.stack.enter_context(azure_server(self.folder)))
        options = {
            "account": AZURE_ACCOUNT,
            "container": "data",
            "folder": inside,
            "endpoint": url,
            "account_key": AZURE_KEY,
        }
        return Store("azure", options, ("account_key",))

    def _sftp(self, inside: str) -> Store:
        port, key, host_key = self.once("sftp", self._sshd)
        folder = self.folder / "sftp" / inside
        folder.mkdir(parents=True)
        options = {
            "host": "127.0.0.1",
            "port": port,
            "user": "root",
            "folder": str(folder),
            "private_key": key,
            "host_key": host_key,
        }
        return Store("sftp", options, ("private_key",))

    def _http(self, inside: str) -> Store:
        folder = self.folder / "web" / inside
        folder.mkdir(parents=True)
        url = self.once("http", lambda: self.stack.enter_context(web_server(self.folder / "web")))
        return Store("http", {"url": f"{url}/{inside}"}, folder=folder)

    def _sshd(self) -> tuple[int, str, str]:
        program = next((one for one in (shutil.which("sshd"), "/usr/sbin/sshd") if one and Path(one).exists()), None)
        if program is None or not shutil.which("ssh-keygen"):
            missing("sshd")
        if os.geteuid() != 0:
            missing("root, for sshd")
        place = self.folder / "sshd"
        place.mkdir()
        for name in ("host", "user"):
            make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(place / name)]
            subprocess.run(make, check=True)
        port = free_port()
        (place / "authorized").write_text((place / "user.pub").read_text())
        (place / "config").write_text(
            f"ListenAddress 127.0.0.1:{port}\nHostKey {place}/host\nAuthorizedKeysFile {place}/authorized\nPidFile none\n"
            "StrictModes no\nUsePAM no\nPermitRootLogin yes\nPasswordAuthentication no\nSubsystem sftp internal-sftp\n"
        )
        Path("/run/sshd").mkdir(exist_ok=True)
        with (place / "log").open("wb") as log:
            process = subprocess.Popen([str(program), "-D", "-e", "-f", str(place / "config")], stdout=log, stderr=log)
        self.stack.callback(process.wait)
        self.stack.callback(process.terminate)
        answers(port, process)
        return port, (place / "user").read_text(), (place / "host.pub").read_text().rsplit(" ", 1)[0]

    def sql(self) -> str:
        """The address of an empty PostgreSQL database."""
        return create()


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """The servers of this session."""
    found = Servers(tmp_path_factory.mktemp("stores"))
    with found.stack:
        yield found


@pytest.fixture
def inst(tmp_path: Path) -> Iterator[Installation]:
    """An installation without a conductor."""
    with home(tmp_path) as found:
        yield found


def register(inst: Installation, store: Store, name: str = "store") -> Datastore:
    """Register a store."""
    return datastores.register_datastore(inst, RegisterDatastore(name=name, kind=store.kind, options=store.options))
