"""What workers elsewhere ask for: attempts to run, what these need, and a place for what they make.

A worker shows the token of its target with every request, and the claim's secret with all that concerns an attempt. Who does not
hold the claim any more changes nothing.
"""

import logging
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from designer.contract.work import (
    Assignment,
    Beat,
    Flowing,
    Joined,
    JoinWork,
    Needed,
    NewWorkerToken,
    Order,
    Orders,
    Part,
    Received,
    Verdict,
    WorkerShown,
    WorkersShown,
    WorkerToken,
    WorkerTokens,
)
from designer.errors import Conflict, Invalid, Limit, NotFound
from designer.installation import Installation
from designer.launcher import digests, logs, private, supervisor
from designer.launcher.result import make_durable, read_json, write_json
from designer.store.claims import Claim
from designer.targets.celery import CeleryTarget
from designer.targets.registry import FILE as DEFINITION

log = logging.getLogger(__name__)

TOKEN = "dwt_"  # noqa: S105 - how tokens of workers begin
STREAMS = ("stdout.log", "stderr.log", "events.jsonl")
"""Files that grow while a step runs."""

LONGEST_HOLE = 1 << 40
MOST_PARTS = 100_000
OUTPUT = re.compile(r"out/[^/\0\\]{1,200}(?:/[^/\0\\]{1,255}){0,50}")


# Tokens


def make_token(inst: Installation, target: str) -> NewWorkerToken:
    """Make a token for the workers of a target; it is shown this once. Raises `NotFound`, or `Invalid` where it has no workers."""
    _target(inst, target)
    id_, now, secret = inst.ids("tok"), inst.clock.now(), TOKEN + secrets.token_urlsafe(32)
    inst.claims.add_token(id_, target, secret, now)
    return NewWorkerToken(id=id_, created=now, token=secret)


def list_tokens(inst: Installation, target: str) -> WorkerTokens:
    """The tokens of a target."""
    _target(inst, target)
    return WorkerTokens(items=[WorkerToken(id=one.id, created=one.created) for one in inst.claims.tokens(target)])


def revoke_token(inst: Installation, target: str, id_: str) -> None:
    """Let no worker in any more that shows this token; its attempts end with their leases. Raises `NotFound`."""
    if not inst.claims.revoke(id_, target):
        raise NotFound(f'The target "{target}" has no such token.')


def target_of(inst: Installation, token: str) -> str | None:
    """The target whose worker shows this token; None where it is none."""
    return inst.claims.target_of(token) if token.startswith(TOKEN) and len(token) < 100 else None


def list_workers(inst: Installation, target: str) -> WorkersShown:
    """The workers of a target that were heard lately."""
    found, now = _target(inst, target), []
    taking = {one.id for one in found.taking(inst.claims.workers(target))}
    for one in inst.claims.workers(target):
        alive = found.is_alive(one)
        now.append(
            WorkerShown(id=one.id, name=one.name, slots=one.slots, busy=one.busy, draining=one.draining, alive=alive,
                        standing_by=alive and not one.draining and one.id not in taking, heard=one.silent)
        )  # fmt: skip
    return WorkersShown(items=now)


# What a worker asks for


def join(inst: Installation, target: str, asked: JoinWork) -> Joined:
    """A worker is there: what it needs to know."""
    found = _target(inst, target)
    inst.claims.join(asked.worker, target, asked.name, asked.slots)
    found.workers_changed()
    inst.wake()
    return Joined(target=target, broker=found.options.broker, queue=found.queue, lease=found.options.lease)


def leave(inst: Installation, target: str, worker: str) -> None:
    """A worker goes; what it still has ends with its lease."""
    inst.claims.leave(worker, target)
    _target(inst, target).workers_changed()
    inst.wake()


def beat(inst: Installation, target: str, asked: Beat) -> Orders:
    """Renew what a worker has, and say what it is to do."""
    found = _target(inst, target)
    about = {name: getattr(asked, name) for name in ("busy", "draining", "cpu", "memory", "memory_limit")}
    held = [(one.attempt, one.claim, one.phase) for one in asked.held]
    before = {one.id: one for one in inst.claims.workers(target)}.get(asked.worker)
    kept = inst.claims.renew(asked.worker, target, about, held, found.options.lease)
    for one in asked.held:
        if one.attempt in kept and one.phase == "":
            private.remove(kept[one.attempt].folder)  # the worker has them, and it runs
        found.changed(one.attempt, one.phase if one.attempt in kept else None)
    if before is not None and before.draining != asked.draining:
        found.workers_changed()
        inst.wake()
    orders = []
    for one in asked.held:
        claim = kept.get(one.attempt)
        verdict = Verdict.DROP if claim is None else Verdict.GO_ON if claim.stop is None else Verdict.STOP
        orders.append(Order(attempt=one.attempt, verdict=verdict, grace=claim.stop if claim else None))
    taking = {one.id for one in found.taking(inst.claims.workers(target))}
    return Orders(known=before is not None, take=asked.worker in taking, lease=found.options.lease, orders=orders)


def take(inst: Installation, target: str, attempt: str, worker: str, claim: str) -> Assignment:
    """Give an attempt to a worker, with all it needs to run it. Raises `Conflict` where it is not to be had."""
    found = _target(inst, target)
    who = {one.id: one for one in found.taking(inst.claims.workers(target))}.get(worker)
    if who is None:
        raise Conflict("This worker may not take work now.", cure="It waits until others have gone.")
    taken = inst.claims.take(attempt, who, claim, found.options.lease)
    if taken is None:
        log.warning("worker %s asked for %s, which is not to be had by it", who.name, attempt)
        raise Conflict("This attempt is not to be had: it is unknown, over, or another worker has it.")
    found.changed(attempt, None)
    folder = Path(taken.folder)
    job = read_json(str(folder / supervisor.JOB))
    if not isinstance(job, dict):
        inst.claims.release(attempt, claim, target, "its job cannot be read", began=True)
        found.changed(attempt, None)
        raise Conflict("The job of this attempt cannot be read.")
    needed = Needed(**taken.software) if taken.software else None
    return Assignment(
        job=job, files=_parts(folder, apart=(supervisor.JOB, DEFINITION, *STREAMS)), inputs=_inputs(job), software=needed,
        lease=found.options.lease, stop=taken.stop,
    )  # fmt: skip


def _inputs(job: Mapping[str, Any]) -> dict[str, Flowing]:
    found = {}
    for port, spec in (job.get("inputs") or {}).items():
        path = Path(str(spec["path"]))
        parts = _parts(path) if path.is_dir() else None
        found[port] = Flowing(digest=str(spec["digest"]), size=int(spec["size"]), parts=parts)
    return found


def _parts(folder: Path, apart: tuple[str, ...] = ()) -> list[Part]:
    """The regular files of a folder."""
    found = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name not in apart and path.is_file() and not path.is_symlink():
            found.append(Part(path=name, size=path.stat().st_size))
            if len(found) > MOST_PARTS:
                raise Limit(f"More than {MOST_PARTS:,} files are too many for a worker.", cure="Pack them into one.")
    return found


def open_file(inst: Installation, target: str, attempt: str, claim: str, path: str) -> Path:
    """A file of the attempt's folder, such as its module. Raises `Conflict`, `NotFound`."""
    held = _held(inst, target, attempt, claim)
    return _inside(Path(held.folder), path)


def open_input(inst: Installation, target: str, attempt: str, claim: str, port: str, path: str) -> Path:
    """What flows into a port, or one file of it. Raises `Conflict`, `NotFound`."""
    held = _held(inst, target, attempt, claim)
    job = read_json(str(Path(held.folder) / supervisor.JOB))
    spec = (job.get("inputs") or {}).get(port) if isinstance(job, dict) else None
    if spec is None:
        raise NotFound("The attempt has no such input.")
    place = Path(str(spec["path"]))
    if not place.is_dir():
        if path or not place.is_file():
            raise NotFound("The input has no such file.")
        return place
    return _inside(place, path)


def _inside(folder: Path, path: str) -> Path:
    parts = path.split("/")
    found = folder.joinpath(*parts)
    if any(part in ("", ".", "..") or "\0" in part for part in parts) or found.is_symlink() or not found.is_file():
        raise NotFound("There is no such file.")
    return found


def receive(
    inst: Installation, target: str, attempt: str, claim: str, path: str, offset: int, data: Path, *, anew: bool
) -> Received:
    """Add bytes to a file of an attempt: what is there already is not added twice, and nothing is left out in between.

    Raises `Conflict` where the claim is over, or where bytes before `offset` are missing; its details tell the `size`.
    """
    held = _held(inst, target, attempt, claim)
    folder = Path(held.folder)
    grows = path in STREAMS
    if not grows and not (OUTPUT.fullmatch(path) and not {".", ".."} & set(path.split("/"))):
        raise Invalid("Files of that name are not taken.", where="path")
    if (folder / supervisor.RESULT).exists():
        raise Conflict("The attempt has ended.")
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | (os.O_TRUNC if anew and not grows else 0)
    try:
        handle = os.open(file, flags, 0o600)
    except OSError as problem:
        raise Invalid(f"The file cannot be written: {problem.strerror}.", where="path") from problem
    try:
        size = os.fstat(handle).st_size
        if offset > size and not (grows and offset - size <= LONGEST_HOLE):  # the middle of a huge log is not kept
            raise Conflict("Bytes before these are missing.", details={"size": size})
        with data.open("rb") as source:
            source.seek(max(0, size - offset))
            place = max(size, offset)
            while piece := source.read(1 << 20):
                place += os.pwrite(handle, piece, place)
        size = os.fstat(handle).st_size
    finally:
        os.close(handle)
    if grows and path != "events.jsonl":
        logs.limit(str(file))
    return Received(size=size)


def end(inst: Installation, target: str, attempt: str, claim: str, result: Any) -> None:
    """An attempt has ended, and everything it made is here: it is checked, and counts from now on. Safe to repeat.

    Raises `Conflict` where the claim is over; `Invalid` where outputs are not what the result says, with their names in its details.
    """
    held = _held(inst, target, attempt, claim)
    folder = Path(held.folder)
    if not isinstance(result, dict) or not isinstance(result.get("status"), str):
        raise Invalid("This is not a result.", where="result")
    if not (folder / supervisor.RESULT).exists():
        wrong = _damaged(folder, result)
        if wrong:
            raise Invalid(f"Outputs did not arrive as they were: {', '.join(wrong)}.", details={"damaged": wrong},
                          cure="Send them again.")  # fmt: skip
        if not inst.claims.held(attempt, claim, target):  # checking takes a while
            raise Conflict("This claim is over.")
        write_json(str(folder / supervisor.RESULT), result)
        make_durable(str(folder / supervisor.RESULT))
    _target(inst, target).changed(attempt, None, ended=True)


def _damaged(folder: Path, result: Mapping[str, Any]) -> list[str]:
    """The outputs whose bytes are not here, or other ones."""
    found = []
    outputs = result.get("outputs") or {}
    if not isinstance(outputs, dict):
        raise Invalid("The outputs of this result cannot be read.", where="result")
    for port, entry in outputs.items():
        path = folder / "out" / os.path.basename(str(entry.get("path", "")))
        try:
            digest = digests.of_folder(str(path))[0] if path.is_dir() else digests.of_file(str(path))
        except Exception:  # noqa: BLE001 - whatever is wrong with it, it is to be sent again
            digest = ""
        if digest != entry.get("digest"):
            found.append(str(port))
    return found


def release(inst: Installation, target: str, attempt: str, claim: str, why: str, *, began: bool) -> None:
    """A worker gives an attempt up: another one may take it where it did not begin."""
    if inst.claims.release(attempt, claim, target, why, began=began):
        log.info("%s was given up: %s", attempt, why)
        _target(inst, target).changed(attempt, None, ended=True)


def _held(inst: Installation, target: str, attempt: str, claim: str) -> Claim:
    held = inst.claims.held(attempt, claim, target)
    if held is None:
        raise Conflict("This claim is over.", cure="End the step, and report nothing of it.")
    return held


def _target(inst: Installation, name: str) -> CeleryTarget:
    """A target with workers. Raises `NotFound` or `Invalid`."""
    found = inst.targets.get(name)
    if found is None:
        raise NotFound(f'There is no compute target "{name}".')
    if not isinstance(found, CeleryTarget):
        raise Invalid(f'The target "{name}" has no workers.', cure="Add one of the kind `celery`.")
    return found
