"""The worker: joins a server, takes attempts as long as it has slots, renews what it has, and ends well when it is told to."""

import fcntl
import json
import logging
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from designer.errors import Conflict, DesignerError, Forbidden, Unavailable
from designer.launcher import processes
from designer.launcher.result import read_json
from designer.sdk import Client
from designer.settings import Settings
from designer.targets.machine import Gauge
from designer.targets.process import ProcessTarget
from designer.targets.queue import NAME, shown
from designer.targets.warm import grades_up_to
from designer.worker.attempt import CLAIM, Attempt, margin
from designer.worker.keeper import clock
from designer.worker.supply import Supply

log = logging.getLogger(__name__)

BEATS = 4.5
"""Heartbeats in one lease."""

HASTE = 0.05
"""Seconds between two heartbeats, at least."""

DRAIN_BEAT_SECONDS = 2.0
REST_SECONDS = 0.5
PING_SECONDS = 60.0
SILENT_PINGS = 3
"""A receiver that waits for messages and did not hear its own for so many pings is started anew."""

ENDED, REFUSED = 0, 1
"""Exit statuses."""


@dataclass(frozen=True)
class Plan:
    """What a worker is told when it is started."""

    server: str
    token: str
    target: str
    slots: int
    home: Path
    broker: str = ""  # "" is what the server says
    name: str = ""
    store: Path | None = None
    ping: float = PING_SECONDS


def work(plan: Plan, settings: Settings) -> int:
    """Work until SIGTERM or SIGINT. Returns the exit status. Raises `DesignerError` where it cannot begin."""
    os.umask(0o077)
    with _alone(plan.home):
        service = Service(plan, settings)
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, lambda *_: service.drain())
        return service.run()


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Have a worker's folder for oneself. Raises `Conflict`."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(home / "worker.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            raise Conflict(
                f"Another worker uses {home}.", cure="Give this one a folder of its own with --home."
            ) from problem
        yield
    finally:
        os.close(handle)


class Service:
    """One worker."""

    def __init__(self, plan: Plan, settings: Settings) -> None:
        self.plan = plan
        self.id = f"wrk-{secrets.token_urlsafe(12)}"
        self.name = plan.name or f"{socket.gethostname()}:{os.getpid()}"
        self.home = plan.home.resolve()
        self.client = Client(plan.server, plan.token, timeout=120.0)
        self._quick = Client(plan.server, plan.token, timeout=10.0)
        self.target = ProcessTarget(plan.target, plan.slots, grades=grades_up_to(settings.warm))
        self.supply = Supply(self.home, settings, self.target, plan.store)
        self._gauge = Gauge()
        self._lock = threading.RLock()
        self._attempts: dict[str, Attempt] = {}
        self._draining = threading.Event()
        self._hurry = threading.Event()
        self._ended = threading.Event()
        self._signals = 0
        self._may_take = False
        self._lease = 45.0
        self._joined: dict[str, Any] = {}
        self._receiver: subprocess.Popen[str] | None = None
        self._asked = False  # whether the receiver may take one more
        self._heard = 0.0
        self._keeper: subprocess.Popen[bytes] | None = None
        self._kept: dict[str, tuple[str, float]] = {}
        self._beating = threading.Lock()
        self._refused = ""

    def run(self) -> int:
        """Work."""
        self._start_keeper()
        self._join()
        self._sweep()
        self.target.watch(self._changed)
        threads = [
            threading.Thread(target=self._beat, name="worker-beat", daemon=True),
            threading.Thread(target=self._receive, name="worker-receive", daemon=True),
        ]
        print(
            f'Worker {self.name} takes work of "{self._joined["target"]}" from {self.plan.server} (Ctrl+C drains it).',
            flush=True,
        )
        for thread in threads:
            thread.start()
        while not (self._draining.is_set() and not self._attempts) and not self._refused:
            self._ended.wait(0.2)
        self._ended.set()
        self._hurry.set()
        self._stop_receiver()
        for attempt in list(self._attempts.values()):
            attempt.drop()
        for thread in threads:
            thread.join(timeout=10)
        with suppress(DesignerError):
            self._quick.call("POST", "/api/workers/leave", {"worker": self.id})
        self.target.close()
        self._stop_keeper()
        if self._refused:
            print(f"designer worker: {self._refused}", file=sys.stderr)
            return REFUSED
        print(f"Worker {self.name} has ended.", flush=True)
        return ENDED

    def drain(self) -> None:
        """Take nothing new, and end with the last step; asked again, end the steps as well."""
        self._signals += 1
        self._draining.set()
        self._hurry.set()
        if self._signals > 1:
            for attempt in list(self._attempts.values()):
                attempt.abandon("its worker was ended")

    # The server

    def _join(self) -> None:
        """Say that this worker is there, until the server answers. Raises what it refuses it with."""
        body = {"worker": self.id, "name": self.name, "slots": self.plan.slots}
        said = False
        while not self._draining.is_set():
            try:
                self._joined = self._quick.call("POST", "/api/workers/join", body)
                break
            except Unavailable as problem:
                if not said:
                    log.warning("%s It is tried again.", problem.message)
                said = True
                self._draining.wait(2.0)
        if self._joined and self._joined["target"] != self.plan.target:
            raise Forbidden(f'The token is one of the target "{self._joined["target"]}", not of "{self.plan.target}".')
        self._lease = float(self._joined.get("lease", self._lease))
        self._quick = Client(self.plan.server, self.plan.token, timeout=min(10.0, max(1.0, self._lease / 5)))
        self._may_take = bool(self._joined)

    def _beat(self) -> None:
        """Renew what this worker has, again and again."""
        fine = True
        while not self._ended.is_set():
            wait = self._lease / BEATS
            if self._draining.is_set():
                wait = min(wait, DRAIN_BEAT_SECONDS)
            self._hurry.wait(wait if fine else min(2.0, self._lease / 10))
            self._hurry.clear()
            if self._ended.is_set():
                return
            try:
                self._beat_once()
                fine = True
            except Forbidden as problem:
                fine = False
                if not self._attempts:
                    self._refused = f"{problem.message} {problem.cure}"
            except DesignerError as problem:
                if fine:
                    log.warning("no heartbeat: %s", problem.message)
                fine = False
            except Exception:  # the door of this thread
                log.exception("a heartbeat failed")
            self._grant()
            self._ended.wait(HASTE)

    def beat_now(self, attempt: Attempt) -> bool:
        """Renew everything at once; whether this attempt may go on. Raises `DesignerError`."""
        orders = self._beat_once()
        return orders.get(attempt.id, "drop") != "drop"

    def _beat_once(self) -> dict[str, str]:
        with self._beating:
            with self._lock:
                held = {one.id: one for one in self._attempts.values() if one.taken}
            load = self._gauge.here()
            body = {
                "worker": self.id, "busy": len(held), "draining": self._draining.is_set(),
                "cpu": load.cpu if load else None, "memory": load.memory if load else None,
                "memory_limit": load.memory_limit if load else None,
                "held": [{"attempt": one.id, "claim": one.claim, "phase": one.phase[:200]} for one in held.values()],
            }  # fmt: skip
            sent = clock()
            answer = self._quick.call("POST", "/api/workers/beat", body)
        self._lease = float(answer["lease"])
        self._may_take = bool(answer["take"])
        until = sent + self._lease - margin(self._lease)
        found = {}
        for order in answer["orders"]:
            attempt = held.get(order["attempt"])
            found[order["attempt"]] = order["verdict"]
            if attempt is None:
                continue
            if order["verdict"] == "drop":
                attempt.drop()
                continue
            attempt.renewed(until)
            if order["verdict"] == "stop":
                attempt.stop(float(order["grace"]))
        if not answer["known"] and not self._draining.is_set():
            self._join()
        return found

    # Attempts

    def _take(self, id_: str) -> None:
        """An attempt is to be had; one that is here already is not taken twice."""
        with self._lock:
            if self._draining.is_set() or id_ in self._attempts or len(self._attempts) >= self.plan.slots:
                return
            attempt = self._attempts[id_] = Attempt(self, id_)
        threading.Thread(target=self._see_to, args=(attempt,), name=f"worker-{id_}", daemon=True).start()

    def _see_to(self, attempt: Attempt) -> None:
        began = time.monotonic()
        try:
            attempt.run()
        except Exception:  # the door of this thread
            log.exception("%s failed", attempt.id)
        finally:
            with self._lock:
                self._attempts.pop(attempt.id, None)
            if attempt.told:
                print(f"{attempt.id} {attempt.told} ({time.monotonic() - began:.1f} s)", flush=True)
            self._grant()
            with suppress(DesignerError, OSError):
                if not self._attempts:
                    self.supply.tidy(frozenset())

    def _changed(self, name: str) -> None:
        attempt = self._attempts.get(name)
        if attempt is not None:
            attempt.look()

    def _sweep(self) -> None:
        """End what an earlier worker of this folder left, and give it back, so that nobody has to wait for its leases."""
        folder = self.home / "attempts"
        folder.mkdir(exist_ok=True, mode=0o700)
        for left in sorted(folder.iterdir()):
            processes.end_with_cookie(left.name, str(left))
            found = read_json(str(left / CLAIM))
            if isinstance(found, dict):
                body = {"began": (left / "job.json").exists(), "why": "its worker was started anew"}
                with suppress(DesignerError):
                    address = f"/api/workers/attempts/{found['attempt']}/release"
                    self._quick.call("POST", address, body, {"X-Claim": found["claim"]})
            shutil.rmtree(left, ignore_errors=True)
        for part in (self.home / "parts").iterdir():
            shutil.rmtree(part, ignore_errors=True)
            part.unlink(missing_ok=True)

    # The receiver

    def _receive(self) -> None:
        """Have a receiver, and hear what it says; where it dies, have another one."""
        while not self._draining.is_set():
            try:
                self._start_receiver()
                receiver = self._receiver
                assert receiver is not None
                assert receiver.stdout is not None
                for line in receiver.stdout:
                    self._hear(line.strip())
                receiver.wait()
            except Exception:  # the door of this thread
                log.exception("the receiver could not be heard")
            self._asked = False
            if not self._draining.wait(REST_SECONDS):
                log.warning("the receiver of %s is started anew", self.name)

    def _hear(self, line: str) -> None:
        self._heard = time.monotonic()
        word, _, rest = line.partition(" ")
        if word == "take" and NAME.fullmatch(rest):
            self._asked = False
            self._take(rest)
            self._grant()
        elif word == "look":
            self._hurry.set()

    def _start_receiver(self) -> None:
        queue = self._joined["queue"]
        about = {
            "broker": self.plan.broker or self._joined["broker"], "queue": queue, "own": f"{queue}.{self.id}",
            "ping": self.plan.ping,
        }  # fmt: skip
        command = [sys.executable, "-s", "-m", "designer.worker.receiver"]
        receiver = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True, cwd=self.home
        )
        assert receiver.stdin is not None
        with suppress(OSError):
            receiver.stdin.write(json.dumps(about) + "\n")
            receiver.stdin.flush()
        with self._lock:
            self._receiver, self._heard, self._asked = receiver, time.monotonic(), False
        log.info("listening to %s", shown(about["broker"]))
        self._grant()
        if self._draining.is_set():
            self._stop_receiver()

    def _grant(self) -> None:
        """Let the receiver take one more, where there is room; end one that is deaf."""
        if self._draining.is_set():
            self._stop_receiver()
            return
        with self._lock:
            receiver = self._receiver
            if receiver is None or receiver.stdin is None:
                return
            if self._asked and time.monotonic() > self._heard + SILENT_PINGS * self.plan.ping:
                log.warning("the receiver hears nothing, not even itself")
                receiver.kill()
                return
            if not self._asked and self._may_take and len(self._attempts) < self.plan.slots:
                self._asked, self._heard = True, time.monotonic()
                with suppress(OSError, ValueError):
                    receiver.stdin.write("go\n")
                    receiver.stdin.flush()

    def _stop_receiver(self) -> None:
        receiver = self._receiver
        if receiver is not None and receiver.poll() is None:
            receiver.kill()

    # The keeper

    def keep(self, attempt: Attempt, until: float | None) -> None:
        """Have the keeper end a step at a moment, unless it is told otherwise before."""
        with self._lock:
            if until is None:
                if self._kept.pop(attempt.id, None) is None:
                    return
            else:
                self._kept[attempt.id] = (str(attempt.folder.resolve()), until)
            self._say_to_keeper(attempt.id, str(attempt.folder.resolve()), until)

    def _say_to_keeper(self, name: str, folder: str, until: float | None) -> None:
        line = (json.dumps({"name": name, "folder": folder, "until": until}) + "\n").encode()
        try:
            assert self._keeper is not None
            assert self._keeper.stdin is not None
            self._keeper.stdin.write(line)
            self._keeper.stdin.flush()
        except (OSError, ValueError):
            log.warning("the keeper died, another one takes its place")
            self._start_keeper()

    def _start_keeper(self) -> None:
        command = [sys.executable, "-s", "-m", "designer.worker.keeper"]
        self._keeper = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True, cwd=self.home)
        for name, (folder, until) in self._kept.items():
            self._say_to_keeper(name, folder, until)

    def _stop_keeper(self) -> None:
        if self._keeper is not None and self._keeper.stdin is not None:
            with suppress(OSError):
                self._keeper.stdin.close()
            self._keeper.wait(30)
