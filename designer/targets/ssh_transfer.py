"""What goes to another machine and what comes back: inputs and outputs by digest, and environments by their locks."""

import os
import platform
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import cache
from pathlib import Path
from typing import Any

from designer.graph.environment import locked
from designer.launcher import agent_watch, digests, private, supervisor
from designer.targets.ssh_connection import Connection, Refused

WINDOW = 16
"""Chunks that are on their way at a time."""

LITTLE = 512 * 1024
"""Bytes of a job folder that go with the order to start it."""

BUILD_SECONDS = 1_800.0
POLL_SECONDS = 0.5

OURS = {
    supervisor.JOB, supervisor.RESULT, supervisor.LOCK, supervisor.STOP, *agent_watch.STREAMS, agent_watch.HANDLE, agent_watch.LAUNCHER_LOG,
    "process.lock", "ssh.json", "target.json", "out", "work", "tmp",
}  # fmt: skip
"""What lies in a job folder and is not carried."""


class Damaged(Exception):
    """Something is not what it should be; a sentence. `kind` and `cure` where it is the error of the step."""

    def __init__(self, text: str, kind: str = "", cure: str = "") -> None:
        super().__init__(text)
        self.kind = kind
        self.cure = cure


class Sending:
    """A job on its way to a machine."""

    def __init__(
        self,
        connection: Connection,
        folder: Path,
        described: Mapping[str, Any],
        alone: Callable[[str], threading.Lock],
        say: Callable[[str], None],
    ) -> None:
        self._connection = connection
        self._folder = folder
        self._described = described
        self._alone = alone  # of several that send the same, one does
        self._say = say
        self._sources: dict[str, Path] = {}
        self.payload = b""

    def order(self, name: str, software: Mapping[str, Any], memory_limit_mb: int | None = None) -> dict[str, Any]:
        """What starts the job; its inputs are named by digest."""
        inputs = {}
        for port, spec in (self._described.get("inputs") or {}).items():
            path = Path(str(spec["path"]))
            digest = str(
                spec.get("digest") or (digests.of_folder(str(path))[0] if path.is_dir() else digests.of_file(str(path)))
            )
            inputs[port] = digest
            self._sources[digest] = path
        files, blobs, parts, total = [], {}, [], 0
        for path in sorted(self._folder.rglob("*"), key=lambda path: (path.name != private.FILE, path)):
            relative = path.relative_to(self._folder).as_posix()
            if relative.split("/")[0] in OURS or path.is_symlink() or not path.is_file():
                continue
            about = path.stat()
            if total + about.st_size <= LITTLE or path.name == private.FILE:  # that one goes into no cache
                parts.append(path.read_bytes())
                files.append([relative, len(parts[-1]), about.st_mode & 0o777])
                total += len(parts[-1])
            else:
                blobs[relative] = digests.of_file(str(path))
                self._sources[blobs[relative]] = path
        self.payload = b"".join(parts)
        return {
            "name": name, "job": dict(self._described), "files": files, "inputs": inputs, "blobs": blobs,
            "memory_limit_mb": memory_limit_mb, **software,
        }  # fmt: skip

    def carry(self, digest: str, path: Path) -> None:
        """Send something that the job names itself."""
        self._sources[digest] = path
        self.send([digest])

    def send(self, missing: list[str]) -> None:
        """Send what is missing over there. Raises `Lost`, `Damaged`."""
        for number, digest in enumerate(missing, 1):
            what = f"Copying {number} of {len(missing)} inputs to {self._connection.address.host}"
            self._say(what)
            with self._alone(digest):
                for again in (False, True):
                    try:
                        self._send(digest, self._sources[digest], what)
                        break
                    except Refused as problem:
                        if again or problem.number:
                            raise

    def _send(self, digest: str, path: Path, what: str) -> None:
        part = int(self._connection.call("part", digest=digest)["size"])
        if part < 0:
            return
        folder = path.is_dir()
        stream = Stream(self._connection)
        if folder:
            for relative in digests.files(str(path)):
                self._send_file(
                    stream, path / relative, 0, {"digest": digest, "member": relative.replace(os.sep, "/")}, what
                )
        else:
            self._send_file(stream, path, part, {"digest": digest}, what)
        stream.drain()
        self._connection.call("seal", seconds=3_600.0, digest=digest, folder=folder)

    def _send_file(self, stream: "Stream", path: Path, offset: int, about: Mapping[str, Any], what: str) -> None:
        size, told = path.stat().st_size, time.monotonic()
        with path.open("rb") as file:
            file.seek(offset)
            while True:
                data = file.read(agent_watch.CHUNK)
                if data or (size == 0 and offset == 0):
                    stream.put(self._connection.request("put", data, offset=offset, **about))
                offset += len(data)
                if not data:
                    return
                if time.monotonic() > told + 1.0:
                    told = time.monotonic()
                    self._say(f"{what}: {offset / max(1, size):.0%}")


class Stream:
    """Requests whose answers are not waited for one by one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._open: deque[Future[tuple[dict[str, Any], bytes]]] = deque()

    def put(self, answer: "Future[tuple[dict[str, Any], bytes]]") -> None:
        """One more; where many are open, the oldest is waited for. Raises `Lost`, `Refused`."""
        self._open.append(answer)
        if len(self._open) >= WINDOW:
            self._connection.wait(self._open.popleft())

    def drain(self) -> None:
        """Wait for all."""
        while self._open:
            self._connection.wait(self._open.popleft())


class Fetching:
    """What a job made, on its way here."""

    def __init__(self, connection: Connection, name: str, folder: Path) -> None:
        self._connection = connection
        self._name = name
        self._out = folder / "out"

    def fetch(self, outputs: Mapping[str, Any]) -> None:
        """Fetch all outputs of a result. Raises `Lost`, `Refused`, and `Damaged` where one is not what the result says."""
        self._out.mkdir(mode=0o700, exist_ok=True)
        for port, entry in outputs.items():
            name = os.path.basename(str(entry["path"]))
            if str(entry["path"]) != f"out/{name}" or name in ("", ".", ".."):
                raise Damaged(f"{port} lies outside of the folder of outputs")
            digest, place = str(entry["digest"]), self._out / name
            if place.exists() and _digest(place) == digest:
                continue
            for _ in range(2):
                made = self._fetch(name, entry)
                if _digest(made) == digest:
                    os.replace(made, place)
                    break
                _remove(made)
            else:
                raise Damaged(f"{port} has another digest")

    def unpack(self, inline: Sequence[tuple[str, int]], data: bytes) -> None:
        """Put small outputs that came with the news where `fetch` finds them begun, and whole."""
        at = 0
        self._out.mkdir(mode=0o700, exist_ok=True)
        for name, size in inline:
            if os.path.basename(name) != name or name in ("", ".", ".."):
                raise Damaged(f"{name!r} is not the name of an output")
            place = self._out / f".{name}.part"
            place.unlink(missing_ok=True)
            handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            with open(handle, "wb") as file:
                file.write(data[at : at + size])
            at += size

    def _fetch(self, name: str, entry: Mapping[str, Any]) -> Path:
        made = self._out / f".{name}.part"
        if "files" not in entry:
            self._fetch_file(f"out/{name}", made, int(entry["size"]))
            return made
        made.mkdir(mode=0o700, exist_ok=True)
        listed = self._connection.call("list", seconds=600.0, name=self._name, path=f"out/{name}")["files"]
        for relative, size in listed:
            if any(part in ("", ".", "..") or "\0" in part for part in str(relative).split("/")):
                raise Damaged(f"{relative!r} lies outside of its folder")
            place = made / relative
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._fetch_file(f"out/{name}/{relative}", place, int(size))
        return made

    def _fetch_file(self, remote: str, place: Path, size: int) -> None:
        """The bytes of a file; what came before a line was cut is not asked for again."""
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            asked = done = min(os.fstat(handle).st_size, size)
            answers: deque[Future[tuple[dict[str, Any], bytes]]] = deque()
            while done < size:
                while asked < size and len(answers) < WINDOW:
                    answers.append(self._connection.request(
                        "read", name=self._name, path=remote, offset=asked, limit=min(agent_watch.CHUNK, size - asked)
                    ))  # fmt: skip
                    asked += min(agent_watch.CHUNK, size - asked)
                data = self._connection.wait(answers.popleft())[1]
                if not data:
                    raise Damaged(f"{remote} is shorter than it was")
                os.pwrite(handle, data, done)  # in order, so that its size says how much is there
                done += len(data)
        finally:
            os.close(handle)


def build(
    connection: Connection,
    lock: Mapping[str, str],
    named: str,
    alone: Callable[[str], threading.Lock],
    say: Callable[[str], None],
) -> Mapping[str, Any]:
    """The interpreter of a lock's environment over there; it is built first where it is not there. Raises `Lost`, `Damaged`."""
    host, text = connection.address.host, str(lock["text"])
    asked: dict[str, Any] = {"digest": lock["digest"], "python": lock["python"], "named": "", "packages": {}}
    if "--hash=" not in text:  # of what is installed beside the server
        asked |= {"named": named, "packages": locked(text)}
    found = connection.call("software", **asked)
    if "python" in found:
        return found
    name = f"env-{str(lock['digest']).removeprefix('sha256:')[:24]}"
    if (connection.call("look", name=name)["found"] or {}).keys():  # of a build that failed, or of none
        connection.call("clean", name=name)
    say(f"Building its environment on {host}")
    uv = _uv(connection, found)
    options = {
        "uv": str(uv) if isinstance(uv, str) else f"{connection.machine['root']}/jobs/{name}/uv", "requirements": [],
        "python": "", "server": found["server"], "place": found["build"], "lock": dict(lock), "again": False,
    }  # fmt: skip
    described = {
        "format": "designer.job/1", "name": name, "kind": "environment", "source": "", "module": "", "inputs": {},
        "parameters": {}, "outputs": [], "timeout": BUILD_SECONDS, "grace": 5.0, "options": options,
    }  # fmt: skip
    order: dict[str, Any] = {
        "name": name, "job": described, "whole_login": True, **connection.call("software", named=named),
    }  # fmt: skip
    if isinstance(uv, Path):
        digest = _digest_of_uv(uv)
        order["blobs"] = {"uv": digest}
        Sending(connection, Path(), described, alone, lambda _: say(f"Carrying uv to {host}")).carry(digest, uv)
    told = connection.call("start", **order)
    if "started" not in told:
        raise Damaged("uv could not be carried there")
    while not (ended := connection.call("look", name=name)["found"]):
        progress = connection.call("look", name=name)["progress"]
        if isinstance(progress, dict) and progress.get("text"):
            say(f"Building its environment on {host}: {progress['text']}")
        time.sleep(POLL_SECONDS)
    result = ended.get("result") or {}
    if result.get("status") != "completed":
        error = result.get("error") or {}
        message = str(error.get("message") or ended.get("gone") or "it did not say why")
        raise Damaged(
            f"Its environment could not be built on {host}. {message}", "environment",
            str(error.get("cure") or "Look whether the machine reaches a package index."),
        )  # fmt: skip
    connection.call("clean", name=name)
    return connection.call("software", **asked)


def _uv(connection: Connection, found: Mapping[str, Any]) -> Path | str:
    """The server's own uv, where it runs on that machine too; else the path of one over there. Raises `Damaged`."""
    machine = connection.machine
    here = (sys.platform, platform.machine(), platform.libc_ver()[0])
    if here == (machine["system"], machine["machine"], machine["libc"]):
        import uv

        return Path(os.fsdecode(uv.find_uv_bin()))
    if found["uv"]:
        return str(found["uv"])
    raise Damaged(
        f"{connection.address.host} is another kind of machine than the server ({machine['system']} {machine['machine']}), and has no uv",
        "environment", "Install uv there.",
    )  # fmt: skip


@cache
def _digest_of_uv(path: Path) -> str:
    return digests.of_file(str(path))


def _digest(path: Path) -> str:
    return digests.of_folder(str(path))[0] if path.is_dir() else digests.of_file(str(path))


def _remove(path: Path) -> None:
    if path.is_dir():
        import shutil

        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
