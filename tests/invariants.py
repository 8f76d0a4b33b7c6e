"""What must hold whatever happened: one function that every test of faults calls, for all runs of an installation.

I1  A run's and a step's state is what its events fold to; their seq has no gap; what is final is never left.
I2  A step has at most one attempt that counts and lives: when it has ended, none of its attempts lives.
I3  A step is done if and only if its manifest is there, and every object in it has the size and digest it states.
I4  One run for each submit.
I5  Nothing that belongs to an attempt that has ended is left: no process, working folder, lock or staged object.
I6  What has not ended has an owner: nothing waits for something that nobody will do.
I7  A log is on disk as far as it was announced; what is announced only grows.
I8  A secret is nowhere: not in the database, a log, a job's folder, or what the server says.
I9  The server answers; nothing "runs" that is dead; every failure says what happened and what to do.
"""

import fcntl
import hashlib
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from designer.actions import runs, system
from designer.actions.sessions import token
from designer.contract.events import RunChanged, StepChanged
from designer.contract.runs import Run, Step
from designer.engine.status import DONE_WELL, FINAL, FINAL_RUN, NEXT, StepStatus
from designer.installation import Installation
from designer.launcher import digests, processes
from designer.store import outbox, requests
from designer.store.tables import attempts, idempotency, jobs, metadata, outputs
from designer.store.tables import runs as runs_table
from tests.home import wait_for

ANSWER_SECONDS = 2.0


def assert_invariants(
    inst: Installation, *, ended: bool = True, submitted: int | None = None, secrets: Iterable[str] = (), log: str = ""
) -> None:
    """Check I1 to I9 for every run that has ended; with `ended` all must have. `log` is what the server wrote."""
    if ended:
        everything_is_done(inst)
    with inst.store.read() as t:
        ids = list(t.execute(sa.select(runs_table.c.id)).scalars())
    everything = {id_: runs.get_run(inst, id_) for id_ in ids}
    found = {id_: run for id_, run in everything.items() if run.status in FINAL_RUN}
    with inst.store.read() as t:
        tries = [dict(row) for row in t.execute(sa.select(attempts)).mappings()]
        manifest: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
        for row in t.execute(sa.select(outputs)).mappings():
            manifest.setdefault((row["run"], row["node"]), {})[row["port"]] = dict(row)
        keys = [dict(row) for row in t.execute(sa.select(idempotency)).mappings()]
    for run in found.values():
        of_run = [one for one in tries if one["run"] == run.id]
        state_is_what_events_say(inst, run)
        for node, step in run.steps.items():
            outputs_are_what_they_state(inst, run, step, manifest.get((run.id, node), {}), of_run)
            failures_say_what_to_do(step)
        logs_are_on_disk(inst, run)
    one_run_for_each_submit(everything, keys, submitted)
    nothing_is_left_of_what_ended(inst, [one["id"] for one in tries if one["run"] in found], whole=ended)
    secrets_are_nowhere(inst, [*secrets, token(inst.settings.home)], log)
    the_server_answers(inst)


def state_is_what_events_say(inst: Installation, run: Run) -> None:
    """I1."""
    stored = runs.run_events(inst, run.id, 0, limit=1_000_000).items
    assert [event.seq for event in stored] == list(range(1, run.seq + 1)), "I1: seq has no gaps"
    before: dict[str, StepStatus] = {}
    status = None
    for event in stored:
        if isinstance(event, RunChanged):
            assert status not in FINAL_RUN, f"I1: {run.id} went on after {status}"
            status = event.status
        elif isinstance(event, StepChanged):
            node, new = event.step.node, event.step.status
            last = before.get(node)
            assert last is None or NEXT[last], f"I1: {node} went from {last} to {new}"
            before[node] = new
    assert status == run.status, "I1: the last event of a run is its status"
    folded = {event.step.node: event.step for event in stored if isinstance(event, StepChanged)}
    for node, step in folded.items():
        assert step == run.steps[node], f"I1: the last event of {node} is its state"
    for node in run.steps.keys() - folded.keys():  # it was decided at the submit, or nothing happened to it yet
        assert run.steps[node].attempts == 0, f"I1: {node} changed without an event"
    assert run.counts == Counter(step.status.value for step in run.steps.values()), "I1: the counts count the steps"
    finals = all(step.status in FINAL for step in run.steps.values())
    assert finals == (run.status in FINAL_RUN), f"I1: {run.id} is {run.status}, its steps are {run.counts}"


def outputs_are_what_they_state(
    inst: Installation, run: Run, step: Step, rows: dict[str, dict[str, Any]], tries: list[dict[str, Any]]
) -> None:
    """I3."""
    where = f"I3: {run.id} {step.node} ({step.status})"
    if step.status not in DONE_WELL:
        assert rows == {}, f"{where} has outputs"
        assert step.outputs == {}, where
        return
    assert rows.keys() == step.outputs.keys(), where
    assert rows or step.status is StepStatus.REUSED or step.module, f"{where} has no manifest"
    for port, row in rows.items():
        shown = step.outputs[port]
        assert (row["digest"], row["size"]) == (shown.digest, shown.size), f"{where} {port}"
        if step.status is StepStatus.COMPLETED and not step.dataset:
            assert row["attempt"] == step.attempt, f"{where} {port} is of {row['attempt']}"
            assert row["attempt"] in {one["id"] for one in tries}, where
        path = inst.artifacts.local_path(row["digest"])
        size, digest = measured(path)
        assert (size, digest) == (row["size"], row["digest"]), f"{where} {port} holds other bytes"


def measured(path: Path) -> tuple[int, str]:
    """Size and digest, read from the disk."""
    if path.is_dir():
        size = sum(one.stat().st_size for one in path.rglob("*") if one.is_file())
        return size, digests.of_folder(str(path))[0]
    return path.stat().st_size, "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def one_run_for_each_submit(found: dict[str, Run], keys: list[dict[str, Any]], submitted: int | None) -> None:
    """I4."""
    assert len({key["run"] for key in keys}) == len(keys), "I4: two keys have one run"
    if submitted is not None:
        assert {key["run"] for key in keys} <= found.keys(), "I4: the run of a key is not there"
        assert len(found) == submitted, f"I4: {submitted} submits made {len(found)} runs"


def nothing_is_left_of_what_ended(inst: Installation, ended: list[str], whole: bool) -> None:
    """I5, and with it I2: of these attempts; `whole`: nothing else goes on, so nothing at all is left."""
    with_process: dict[str, int] = {}
    for pid in processes._pids():
        try:
            held = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            continue
        if str(inst.attempts.resolve()).encode() in held and processes.start_time(pid) is not None:
            for line in held.split(b"\0"):
                if line.startswith(processes.COOKIE.encode() + b"="):
                    with_process[line.partition(b"=")[2].decode()] = pid
    left = with_process if whole else {name: pid for name, pid in with_process.items() if name in ended}
    assert left == {}, f"I5: processes of attempts that have ended: {left}"
    for folder in inst.attempts.iterdir() if whole else [inst.attempts / name for name in ended]:
        for name in ("tmp", "work", "lib"):
            assert not (folder / name).exists(), f"I5: {folder.name} still has its {name}"
        lock = folder / "job.lock"
        if lock.exists():
            with lock.open() as handle:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)  # raises where someone still has it
    if whole and inst.artifacts.local is not None:
        assert list((inst.artifacts.local / "incoming").iterdir()) == [], "I5: something staged is left"


def everything_is_done(inst: Installation) -> None:
    """I6: nothing is open, or soon will be nothing."""

    def open_now() -> list[Any]:
        with inst.store.read() as t:
            unfinished = t.execute(
                sa.select(runs_table.c.id).where(runs_table.c.status.not_in([one.value for one in FINAL_RUN]))
            ).scalars()
            waiting = t.execute(sa.select(jobs.c.id).where(jobs.c.status.in_(["queued", "running"]))).scalars()
            return [*unfinished, *waiting, *outbox.open_tasks(t), *requests.waiting(t)]

    try:
        wait_for("everything to be done", lambda: not open_now(), 60)
    except AssertionError as late:
        raise AssertionError(f"I6: nobody sees to {open_now()}") from late


def logs_are_on_disk(inst: Installation, run: Run) -> None:
    """I7."""
    stored = runs.run_events(inst, run.id, 0, limit=1_000_000).items
    known: dict[tuple[str, str], int] = {}
    for event in stored:
        if not isinstance(event, StepChanged) or not event.step.attempt or event.step.status is StepStatus.REUSED:
            continue
        for stream, size in event.step.log_bytes.items():
            file = inst.attempts / event.step.attempt / f"{stream}.log"
            on_disk = file.stat().st_size if file.exists() else 0
            assert size <= on_disk, f"I7: {event.step.node} announced {size} bytes of {stream}, {on_disk} are there"
            before = known.get((event.step.attempt, stream), 0)
            assert size >= before, f"I7: {stream} of {event.step.node} went from {before} to {size}"
            known[event.step.attempt, stream] = size
    for step in run.steps.values():
        if step.status in (StepStatus.COMPLETED, StepStatus.FAILED) and step.log_bytes:
            for stream, size in step.log_bytes.items():
                file = inst.attempts / step.attempt / f"{stream}.log"
                assert size == (file.stat().st_size if file.exists() else 0), f"I7: {step.node} {stream}"


def secrets_are_nowhere(inst: Installation, secrets: Iterable[str], log: str) -> None:
    """I8: the token of the home, and what else must not be told."""
    needles = [secret.encode() for secret in secrets if secret]
    with inst.store.read() as t:
        for table in metadata.sorted_tables:
            rows = str(t.execute(sa.select(table)).all()).encode()
            assert not any(needle in rows for needle in needles), f"I8: a secret is in the table {table.name}"
    for file in inst.attempts.rglob("*"):
        if file.is_file() and not file.is_symlink():
            text = file.read_bytes()
            assert not any(needle in text for needle in needles), f"I8: a secret is in {file}"
    assert not any(needle in log.encode() for needle in needles), "I8: the server tells a secret"


def failures_say_what_to_do(step: Step) -> None:
    """I9, of a step."""
    if step.status is StepStatus.FAILED:
        assert step.error is not None, f"I9: {step.node} failed and does not say why"
        assert step.error.message, f"I9: {step.node} failed without a word"
        own = step.error.number or step.error.traceback or step.error.where  # of the module's own code
        assert step.error.cure or own, f"I9: {step.node} does not say what to do: {step.error.message}"
    if step.status in (StepStatus.SKIPPED, StepStatus.CANCELED):
        assert step.why, f"I9: {step.node} is {step.status} and does not say why"
    if step.status in (StepStatus.PREPARING, StepStatus.RUNNING):
        assert step.attempt, f"I9: {step.node} runs without an attempt"


def the_server_answers(inst: Installation) -> None:
    """I9, of the server."""
    began = time.monotonic()
    system.describe(inst)
    runs.list_runs(inst)
    assert time.monotonic() - began < ANSWER_SECONDS, "I9: the server answers late"
