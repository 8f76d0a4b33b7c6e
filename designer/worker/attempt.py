"""One attempt at a worker: from its claim to the word that it has ended. A thread of its own."""

import logging
import secrets
import shutil
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

from designer.errors import Conflict, DesignerError, Forbidden, Invalid, NotFound, Unavailable
from designer.launcher import logs, processes, supervisor
from designer.launcher.failures import error
from designer.launcher.result import FORMAT, read_json, write_json
from designer.sdk import Client
from designer.targets.base import Exited, Gone, Handle, Job
from designer.targets.process import ProcessTarget
from designer.worker.keeper import clock
from designer.worker.supply import NotSupplied, Supply

log = logging.getLogger(__name__)

STREAMS = ("stdout.log", "stderr.log", "events.jsonl")
CLAIM = "claim.json"
PUSH_SECONDS = 0.2
"""How often is looked whether logs grew."""

PIECE = 4_000_000
"""Bytes that are sent at once."""

LONGEST_PAUSE = 5.0
MOST_SENDS = 3
"""How often an output is sent anew whose bytes arrived as others."""

BEGINNING, RUNNING, ENDED = "beginning", "", "ended"


class Dropped(Exception):
    """It is not ours any more, or must not go on."""


class Shop(Protocol):
    """What a worker lends its attempts."""

    id: str
    home: Path
    client: Client
    target: ProcessTarget
    supply: Supply

    def beat_now(self, attempt: "Attempt") -> bool:
        """Renew the claim of an attempt at once; whether it may go on."""

    def keep(self, attempt: "Attempt", until: float | None) -> None:
        """Have the keeper end its step at a moment, or forget it."""


class Attempt:
    """One attempt. Its worker tells it what the server says."""

    def __init__(self, shop: Shop, id_: str) -> None:
        self._shop = shop
        self.id = id_
        self.claim = secrets.token_urlsafe(24)
        self.folder = shop.home / "attempts" / id_
        self.phase = BEGINNING
        self.taken = False
        self.until = 0.0  # by the keeper's clock: when its step must have ended, unless the claim is renewed before
        self.used: frozenset[str] = frozenset()  # digests
        self.told = ""  # how it ended, for the log
        self._stop: float | None = None
        self._dropped = False
        self._abandoned = ""
        self._news = threading.Event()
        self._sent = dict.fromkeys(STREAMS, 0)
        self._headers = {"X-Claim": self.claim}
        self._handle: Handle | None = None

    # What the worker tells it

    def renewed(self, until: float) -> None:
        """The claim holds until then."""
        if not self.lapsed:
            self.until = until
            if self._handle is not None and self.phase == RUNNING:
                self._shop.keep(self, until)

    def stop(self, grace: float) -> None:
        """It is to end."""
        if self._stop is None:
            self._stop = grace
            self._news.set()

    def drop(self) -> None:
        """It is not ours any more."""
        self._dropped = True
        self._news.set()

    def abandon(self, why: str) -> None:
        """End it without waiting for anything, and give it back."""
        self._abandoned = why
        self._dropped = True
        self._news.set()

    def look(self) -> None:
        """Its step may have ended."""
        self._news.set()

    @property
    def lapsed(self) -> bool:
        """Whether the claim could not be renewed in time."""
        return self.taken and self.phase != ENDED and clock() >= self.until

    # Its life

    def run(self) -> None:
        """All of it."""
        try:
            assignment = self._take()
            if assignment is None:
                return
            try:
                result = self._carry_out(assignment)
            except (DesignerError, OSError) as problem:
                self._check()
                result = _failed(problem)
            self._hand_over(result)
            self.told = str(result["status"])
        except Dropped:
            self.told = self._abandoned or "dropped: it is not this worker's any more"
            if self._abandoned:
                self._end_processes()
                with suppress(DesignerError):
                    self._release(self._abandoned, began=self.phase in (RUNNING, ENDED))
        finally:
            self._clean()

    def _take(self) -> dict[str, Any] | None:
        """Claim it; None where it is not to be had. In doubt it is asked again: the claim may have been made."""
        body = {"worker": self._shop.id, "claim": self.claim}
        pause = 0.2
        while True:
            sent = clock()
            try:
                found: dict[str, Any] = self._shop.client.call("POST", f"/api/workers/attempts/{self.id}/claim", body)
            except (Conflict, NotFound, Invalid, Forbidden) as problem:
                log.info("%s: %s", self.id, problem.message)
                return None
            except DesignerError:
                self._news.wait(pause)
                pause = min(LONGEST_PAUSE, 2 * pause)
                if self._dropped:
                    return None
                continue
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_json(str(self.folder / CLAIM), {"attempt": self.id, "claim": self.claim})
            self.until, self.taken = sent + found["lease"] - margin(found["lease"]), True
            if found["stop"] is not None:
                self.stop(found["stop"])
            return found

    def _carry_out(self, assignment: Mapping[str, Any]) -> dict[str, Any]:
        """Bring here what it needs, run it, and return its result."""
        shop, job = self._shop, dict(assignment["job"])
        self.used = frozenset(one["digest"] for one in assignment["inputs"].values())
        for part in assignment["files"]:
            self._again(partial(self._fetch_file, part))
        inputs = {}
        for count, (port, flowing) in enumerate(assignment["inputs"].items(), 1):
            self.phase = f"copying input {count} of {len(assignment['inputs'])}"
            fetch = partial(shop.supply.input, shop.client, self._headers, self.id, port, flowing)
            inputs[port] = {**job["inputs"][port], "path": str(self._again(fetch))}
        python = shop.supply.interpreter(self.id, assignment["software"], self._is_wanted, self._say)
        self._check()
        if self._stop is not None:
            return CANCELED
        write_json(str(self.folder / supervisor.JOB), {**job, "inputs": inputs})
        self.phase = RUNNING
        self._again(self._may_begin)
        shop.keep(self, self.until)
        self._handle = shop.target.start(Job(self.id, self.folder, python))
        return self._follow(self._handle)

    def _fetch_file(self, part: Mapping[str, Any]) -> None:
        to = self.folder / part["path"]
        if self.folder.resolve() not in to.resolve().parents:
            raise NotSupplied("The attempt names files outside its folder.")
        self._shop.supply.file(self._shop.client, self._headers, self.id, part, to)

    def _may_begin(self) -> None:
        """The server knows that it runs before it does: then an attempt of which it does not know has not begun."""
        if not self._shop.beat_now(self):
            raise Dropped

    def _follow(self, handle: Handle) -> dict[str, Any]:
        """Send what it prints and reports, until it has ended."""
        target, stopped = self._shop.target, False
        while True:
            found = target.look(handle)
            if isinstance(found, Exited | Gone):
                break
            self._check()
            if self._stop is not None and not stopped:
                stopped = True
                target.stop(handle, self._stop)
            with suppress(Unavailable):
                self._push()
            self._news.wait(PUSH_SECONDS)
            self._news.clear()
        if self.lapsed:
            raise Dropped
        self.phase = ENDED
        self._shop.keep(self, None)
        result = read_json(str(self.folder / supervisor.RESULT))
        if isinstance(found, Gone) or not isinstance(result, dict):
            why = found.why if isinstance(found, Gone) else "it ended and its result cannot be read"
            with suppress(Unavailable):
                self._push()
            self._again(lambda: self._release(f"on the worker, {why}", began=True))
            raise Dropped
        return result

    def _push(self) -> None:
        """Send what logs and events grew by."""
        for name in STREAMS:
            while True:
                start, data = logs.read(str(self.folder / name), self._sent[name], PIECE)
                if not data:
                    break
                self._send(name, start, data)
                self._sent[name] = start + len(data)

    def _send(self, path: str, offset: int, data: bytes, *, anew: bool = False) -> int:
        query = urlencode({"path": path, "offset": offset, "anew": "true" if anew else "false"})
        found = self._shop.client.send(f"/api/workers/attempts/{self.id}/files?{query}", data, self._headers)
        return int(found["size"])

    def _hand_over(self, result: dict[str, Any]) -> None:
        """Send all that it made, and last its result."""
        self.phase = ENDED
        self._again(self._push)
        outputs = dict(result.get("outputs") or {}) if result.get("status") == "completed" else {}
        result = {**result, "outputs": outputs}
        todo = list(outputs)
        for _ in range(MOST_SENDS):
            for port in todo:
                self._upload(self.folder / "out" / Path(str(outputs[port]["path"])).name)
            try:
                self._again(lambda: self._end(result))
                return
            except Invalid as problem:
                todo = [port for port in problem.details.get("damaged", ()) if port in outputs]
                if not todo:
                    break
        lost = error("OutputLost", "The outputs did not arrive at the server as they were.", "Run the step again.")
        self._again(lambda: self._end({**result, "status": "failed", "outputs": {}, "error": lost}))

    def _upload(self, path: Path) -> None:
        """Send an output, a file or a folder."""
        if not path.is_dir():
            self._upload_file(path)
            return
        for member in sorted(path.rglob("*")):
            if member.is_file():
                self._upload_file(member)

    def _upload_file(self, path: Path) -> None:
        name = path.relative_to(self.folder).as_posix()
        with path.open("rb") as file:
            place, anew = 0, True
            while True:
                file.seek(place)
                data = file.read(PIECE)
                if not data and not anew:
                    return

                def send(place: int = place, data: bytes = data, anew: bool = anew) -> int:
                    return self._send(name, place, data, anew=anew)

                self._again(send)
                place, anew = place + len(data), False

    def _end(self, result: Mapping[str, Any]) -> None:
        self._shop.client.call("POST", f"/api/workers/attempts/{self.id}/end", {"result": result}, self._headers)

    def _release(self, why: str, *, began: bool) -> None:
        body = {"began": began, "why": why}
        self._shop.client.call("POST", f"/api/workers/attempts/{self.id}/release", body, self._headers)

    def _again(self, do: Callable[[], Any]) -> Any:
        """Do something at the server; as long as it does not answer and the claim may still hold, again."""
        pause = 0.1
        while True:
            self._check()
            try:
                return do()
            except Unavailable:
                self._news.wait(pause)
                self._news.clear()
                pause = min(LONGEST_PAUSE, 2 * pause)
            except Conflict as problem:
                raise Dropped from problem

    def _is_wanted(self) -> bool:
        return not (self._dropped or self.lapsed or self._stop is not None)

    def _check(self) -> None:
        """Raises `Dropped` where it must not go on."""
        if self._dropped or self.lapsed:
            raise Dropped

    def _say(self, phase: str) -> None:
        self.phase = phase

    def _end_processes(self) -> None:
        if self._handle is not None:
            self._shop.target.clean(self._handle)
            processes.end_with_cookie(self.id, str(self.folder.resolve()), seconds=1.0)

    def _clean(self) -> None:
        """Leave nothing of it here."""
        self._end_processes()
        self._shop.keep(self, None)
        for folder in (self.folder, self.folder.with_name(f"{self.id}.environment")):
            shutil.rmtree(folder, ignore_errors=True)
        for part in (self._shop.home / "parts").glob(f"{self.id}-*"):
            shutil.rmtree(part, ignore_errors=True)
            part.unlink(missing_ok=True)


CANCELED = {
    "format": FORMAT, "status": "canceled", "exit_code": None, "signal": None, "outputs": {}, "peak_memory": 0, "seconds": 0.0,
    "error": error("Canceled", "Stopped by request, before it began."),
}  # fmt: skip


def margin(lease: float) -> float:
    """How long before the end of a lease a step is ended whose claim could not be renewed."""
    return min(10.0, 0.2 * lease)


def _failed(problem: Exception) -> dict[str, Any]:
    message = problem.message if isinstance(problem, DesignerError) else str(problem)
    cure = problem.cure if isinstance(problem, DesignerError) else "Look at the worker's free space and rights."
    kind = "environment" if isinstance(problem, NotSupplied) else "worker"
    return {
        "format": FORMAT, "status": "failed", "exit_code": None, "signal": None, "outputs": {}, "peak_memory": 0, "seconds": 0.0,
        "error": error(kind, f"The worker could not run the step: {message}", cure or "Run it again."),
    }  # fmt: skip
