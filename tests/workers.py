"""A target with workers: the application on a free port, and real `designer worker` processes."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from designer.actions import work
from designer.app import create_app
from designer.installation import Installation
from designer.store import targets
from designer.store.targets import StoredTarget
from designer.targets.celery import CeleryTarget
from tests.home import wait_for
from tests.running import ROOT

NAME = "farm"


class _Quiet(WSGIRequestHandler):
    def log(self, *_: Any, **__: Any) -> None:
        """Nothing."""


@contextmanager
def served(inst: Installation) -> Iterator[str]:
    """The application of an installation on a port; its address."""
    server = make_server("127.0.0.1", 0, create_app(inst), threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def add_target(inst: Installation, broker: str, slots: int = 100, **options: Any) -> CeleryTarget:
    """A target with workers, in the table."""
    now = inst.clock.now()
    with inst.store.write("begin_job") as t:
        targets.add(t, StoredTarget(NAME, "celery", now, now, {"broker": broker, **options}, slots))
    inst.targets.refresh()
    found = inst.targets[NAME]
    assert isinstance(found, CeleryTarget)
    return found


@dataclass
class Worker:
    """A worker as a process."""

    url: str
    token: str
    folder: Path
    slots: int = 2
    name: str = "one"
    more: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()  # how a program is started where the worker is to be: `ip netns exec ...`
    process: subprocess.Popen[bytes] | None = None
    environment: dict[str, str] = field(default_factory=dict)

    def start(self) -> "Worker":
        """Start it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [
            *self.inside, sys.executable, "-m", "designer.cli", "worker", "--target", NAME, "--server", self.url, "--name", self.name,
            "--slots", str(self.slots), "--home", str(self.folder / self.name), *self.more,
        ]  # fmt: skip
        kept = {key: value for key, value in os.environ.items() if not key.startswith("DESIGNER_")}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=ROOT,
                env={**kept, "DESIGNER_WORKER_TOKEN": self.token, "DESIGNER_WARM": "plain", **self.environment},
            )  # fmt: skip
        return self

    @property
    def log(self) -> Path:
        """What it says."""
        return self.folder / f"{self.name}.log"

    def said(self) -> str:
        """What it said."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    def end(self, how: signal.Signals = signal.SIGTERM, seconds: float = 60.0) -> int:
        """End it, and say how it ended."""
        if self.process is None:
            return 0
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(how)
        code = self.process.wait(seconds)
        self.process = None
        return code


@dataclass
class Farm:
    """An installation whose target has workers."""

    inst: Installation
    url: str
    folder: Path
    broker: str
    workers: list[Worker] = field(default_factory=list)
    token: str = ""

    @property
    def target(self) -> CeleryTarget:
        """The target as it is now."""
        found = self.inst.targets[NAME]
        assert isinstance(found, CeleryTarget)
        return found

    def worker(self, name: str = "one", slots: int = 2, *more: str, wait: bool = True, **about: Any) -> Worker:
        """Start a worker, and wait until it is there."""
        self.token = self.token or work.make_token(self.inst, NAME).token
        given = {"url": self.url, **about}
        made = Worker(token=self.token, folder=self.folder, name=name, slots=slots, more=more, **given).start()
        self.workers.append(made)
        if wait:
            self.there(made)
        return made

    def there(self, *found: Worker) -> None:
        """Wait until these workers take work."""
        names = {one.name for one in found}

        def look() -> bool:
            return names <= {one.name for one in self.target.taking(self.inst.claims.workers(NAME))}

        try:
            wait_for(f"workers {names}", look)
        except AssertionError as problem:
            raise AssertionError(f"{problem}: {[one.said() for one in found]}") from problem
        self.target.workers_changed()

    def end(self) -> None:
        """End all workers."""
        for one in self.workers:
            if one.process is not None:
                one.end(signal.SIGKILL)


@contextmanager
def farm(inst: Installation, broker: str, folder: Path, **options: Any) -> Iterator[Farm]:
    """A target with workers to come."""
    add_target(inst, broker, **options)
    with served(inst) as url:
        found = Farm(inst, url, folder, broker)
        try:
            yield found
        finally:
            found.end()
