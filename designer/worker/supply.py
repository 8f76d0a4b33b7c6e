"""What an attempt needs, brought to this machine: its files, what flows in (kept by digest), the software it runs in."""

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from designer.artifacts import ArtifactStore
from designer.environments import builder
from designer.environments.server import Server
from designer.errors import DesignerError, Unavailable
from designer.graph.environment import Declaration
from designer.launcher import supervisor
from designer.launcher.result import read_json, write_json
from designer.sdk import Client
from designer.settings import Settings
from designer.targets.base import Gone, Job, Running, Starting
from designer.targets.process import ProcessTarget

CACHE_BYTES = 20_000_000_000
"""Bytes of inputs that are kept for the next steps; the longest unused go first."""

BUILD_SECONDS = 1_800.0
POLL_SECONDS = 0.1


class NotSupplied(DesignerError):
    """What a step needs could not be brought here."""


class Supply:
    """Brings things here. Used from many threads.

    Args:
        home: the worker's folder.
        store: where this machine sees the server's own artifacts, if it does.
    """

    def __init__(self, home: Path, settings: Settings, target: ProcessTarget, store: Path | None = None) -> None:
        self._home, self._settings, self._target = home, settings, target
        self._shared = ArtifactStore(store) if store is not None else None
        self._cache = ArtifactStore(home / "artifacts")
        self._cache.tidy(0.0)
        (home / "environments").mkdir(exist_ok=True, mode=0o700)
        (home / "parts").mkdir(exist_ok=True, mode=0o700)
        self._server = Server()

    def file(self, client: Client, headers: Mapping[str, str], attempt: str, part: Mapping[str, Any], to: Path) -> None:
        """Fetch a file of an attempt's folder."""
        to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with to.open("wb") as file:
            for piece in client.download(f"/api/workers/attempts/{attempt}/files?path={quote(part['path'])}", headers):
                file.write(piece)

    def input(
        self, client: Client, headers: Mapping[str, str], attempt: str, port: str, flowing: Mapping[str, Any]
    ) -> Path:
        """Where what flows into a port lies here: in the shared store, in the cache, or fetched now. Raises `DesignerError`."""
        digest, size = str(flowing["digest"]), int(flowing["size"])
        for store in (self._shared, self._cache):
            if store is not None and store.exists(digest):
                path = store.local_path(digest, size)
                if store is self._cache:
                    os.utime(path)
                return path
        address = f"/api/workers/attempts/{attempt}/inputs/{quote(port, safe='')}"
        staged = self._home / "parts" / f"{attempt}-{digest[7:]}"
        if flowing["parts"] is None:
            self._fetch(client, headers, address, staged, size)
        else:
            staged.mkdir(exist_ok=True, mode=0o700)
            for part in flowing["parts"]:
                to = staged / part["path"]
                if staged not in to.resolve().parents:
                    raise NotSupplied("An input names files outside its folder.")
                to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._fetch(client, headers, f"{address}?path={quote(part['path'])}", to, int(part["size"]))
        self._cache.put_file(staged, digest)  # which looks at its digest
        return self._cache.local_path(digest, size)

    def _fetch(self, client: Client, headers: Mapping[str, str], address: str, to: Path, size: int) -> None:
        """Fetch a file; what is here of it already is not fetched again."""
        there = to.stat().st_size if to.exists() else 0
        if there < size or size == 0:
            with to.open("ab") as file:
                more = {"Range": f"bytes={there}-"} if there else {}
                for piece in client.download(address, {**headers, **more}):
                    file.write(piece)
        if to.stat().st_size != size:
            to.unlink()
            raise Unavailable("A download ended too early.")

    def tidy(self, used: frozenset[str]) -> None:
        """Remove the longest unused inputs where they are too many; never those in use."""
        found = []
        for digest in self._cache.iterate():
            path = self._cache.local_path(digest)
            found.append((path.stat().st_mtime, self._cache.size(digest), digest))
        total = sum(size for _, size, _ in found)
        for _, size, digest in sorted(found):
            if total <= CACHE_BYTES:
                return
            if digest not in used:
                self._cache.delete(digest)
                total -= size

    def interpreter(
        self, attempt: str, software: Mapping[str, Any] | None, wanted: Callable[[], bool], say: Callable[[str], None]
    ) -> str:
        """The Python that a step runs on: this worker's own where that is the same, else one built here. "" is its own.

        Raises `NotSupplied`; `wanted` says whether the step is still to run, `say` is told what goes on.
        """
        if software is None or software["digest"] == self._server.identity:
            return ""
        place = self._home / "environments"
        python = place / str(software["digest"]).removeprefix("sha256:") / "bin" / "python"
        if python.exists():
            return str(python)
        say("building its environment")
        folder = self._home / "attempts" / f"{attempt}.environment"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = {"digest": software["digest"], "python": software["python"], "text": software["lock"]}
        name = folder.name
        job = {
            "format": "designer.job/1", "name": name, "kind": "environment", "source": "", "module": "", "inputs": {},
            "parameters": {}, "outputs": [], "timeout": BUILD_SECONDS, "grace": 5.0,
            "options": builder.options(place, Declaration(), lock, again=False),
            "environment": builder.network(self._settings, os.environ),
        }  # fmt: skip
        write_json(str(folder / supervisor.JOB), job)
        handle = self._target.start(Job(name, folder))
        while isinstance(found := self._target.look(handle), Running | Starting):
            if not wanted():
                self._target.stop(handle)
            time.sleep(POLL_SECONDS)
        self._target.clean(handle)
        result = read_json(str(folder / supervisor.RESULT))
        if isinstance(found, Gone) or not isinstance(result, dict):
            raise NotSupplied("The environment could not be built on the worker: the build was lost.")
        if result.get("status") != "completed":
            error = result.get("error") or {}
            raise NotSupplied(
                f"The environment could not be built on the worker. {error.get('message', '')}",
                cure=str(error.get("cure", "")),
            )
        return str(python)
