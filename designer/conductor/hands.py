"""Carrying commands out, and looking at attempts. Each function runs in a pool thread and is safe to repeat."""

import errno
import logging
import os
import signal
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from designer.conductor.confidence import confided
from designer.conductor.environments import NotBuilt, interpreter, software
from designer.conductor.folders import Folders, tidy
from designer.conductor.live import Attempt
from designer.conductor.messages import Message, Taking, Told
from designer.conductor.tail import number, read_events
from designer.contract.datasets import DatasetStatus
from designer.engine import signals as on
from designer.engine.commands import Clean, Collect, Supply
from designer.engine.run import Output, StepError
from designer.errors import DesignerError, NotFound, Unavailable
from designer.faults import crashpoint
from designer.graph.document import clean
from designer.installation import Installation
from designer.launcher import private, supervisor
from designer.launcher.command import SNAPSHOT
from designer.launcher.result import read_json, write_json
from designer.store import artifacts, attempts, datasets, modules
from designer.store.database import Full, StoreFault
from designer.store.modules import StoredSource
from designer.store.outbox import Task
from designer.store.steps import StepPlan
from designer.targets.base import Exited, Gone, Job, Running, Starting

log = logging.getLogger(__name__)

GRACE = 10.0
"""Seconds between the word to end and the end by force."""

JUMP_SECONDS = 60.0
"""A difference of clocks up to which it is only the way of the news."""

SMALL_BYTES = 8_000_000
"""Outputs up to this size together are taken in as soon as they are there."""


@dataclass(frozen=True)
class StartOrder:
    """All that starting an attempt needs."""

    task: Task
    plan: StepPlan
    inputs: Mapping[str, Output]  # what flows into each port
    timeout: float
    environment: str  # the identity of the software its key names


class Hands:
    """Does what was decided and says what came of it."""

    def __init__(self, inst: Installation, tell: Callable[[Message], None]) -> None:
        self._inst = inst
        self._tell = tell
        self._sources: dict[str, StoredSource] = {}
        self._folders = Folders(inst.attempts)

    def supply(self, task: Task, reference: str) -> bool:
        """Find a dataset's data; False while its file is still being read."""
        assert isinstance(task.command, Supply)
        node, now = task.command.node, self._inst.clock.now()
        with self._inst.store.read() as t:
            found = datasets.resolve(t, [reference], deleted=True).get(reference)
        if found is not None and found.version.status is DatasetStatus.READING:
            return False
        signal: on.Supplied | on.NotSupplied
        if found is None:
            signal = on.NotSupplied(node, StepError("dataset", f'There is no dataset "{reference}" any more.'), now)
        elif found.version.status is DatasetStatus.FAILED:
            why = found.version.error.message if found.version.error else "it could not be read"
            error = StepError(
                "dataset", f'Dataset "{reference}" cannot be used: {why}', "Read its file again with other options."
            )
            signal = on.NotSupplied(node, error, now)
        else:
            version = found.version
            output = Output(version.digest, version.type, version.size, version.rows, tuple(version.columns))
            signal = on.Supplied(node, {"data": output}, now)
        self._tell(Message(task.run, (signal,), (task,)))
        return True

    def start(self, order: StartOrder, attempt: Attempt) -> None:
        """Write the attempt's folder and start it."""
        with attempt.lock:
            now = self._inst.clock.now
            if attempt.stopping and attempt.handle is None:  # it never ran
                attempt.ended = True
                tidy(attempt.folder)
                self._tell(Message(attempt.run, (on.Stopped(attempt.node, attempt.id, now()),), (order.task,)))
                return
            try:
                crashpoint("folder.before")
                self._write_folder(order, attempt)
                crashpoint("folder.after")
                crashpoint("start.before")
                target = self._inst.targets[attempt.target]
                handle = self._inst.targets.start(attempt.target, self._job(order, attempt, here=target.here))
                crashpoint("start.after")
            except (DesignerError, OSError, KeyError) as problem:
                if isinstance(problem, StoreFault):
                    raise  # it comes again
                if says_full(problem):
                    self._inst.space.found_full()
                    raise Full from problem
                attempt.ended = True
                tidy(attempt.folder)
                self._tell(Message(attempt.run, (self._not_started(problem, attempt),), (order.task,)))
                return
            attempt.handle = handle
            told = Told(attempt.id, attempt.node, handle=handle)
            if target.here:
                attempt.started = now()
                begun = (on.Started(attempt.node, attempt.id, attempt.started),)
                self._tell(Message(attempt.run, begun, (order.task,), told))
            else:  # it tells when it runs
                self._tell(Message(attempt.run, (), (order.task,), told))
            if attempt.hasty or not target.here:
                self.look(attempt)
        self._folders.refill()

    def _job(self, order: StartOrder, attempt: Attempt, *, here: bool) -> Job:
        """What a target is given; elsewhere an environment is built from its lock. Raises `NotBuilt`."""
        if here:
            return Job(attempt.id, attempt.folder, interpreter(self._inst, order.plan, order.environment))
        return Job(attempt.id, attempt.folder, software=software(self._inst, order.plan, order.environment))

    def _not_started(self, problem: Exception, attempt: Attempt) -> on.Failed | on.Lost:
        """A target that cannot be reached now gets the step again when it can."""
        now = self._inst.clock.now()
        if isinstance(problem, Unavailable) and (trouble := self._inst.targets.trouble(attempt.target)):
            return on.Lost(attempt.node, attempt.id, False, trouble, now)
        return on.Failed(attempt.node, attempt.id, self._cannot_start(problem, attempt), now)

    def _cannot_start(self, problem: Exception, attempt: Attempt) -> StepError:
        log.warning("attempt %s of %s cannot be started: %s", attempt.id, attempt.run, problem)
        if isinstance(problem, NotBuilt):
            return problem.error
        if isinstance(problem, KeyError):
            return StepError(
                "target", f'There is no compute target "{attempt.target}" any more.', "Choose another target."
            )
        if isinstance(problem, NotFound):
            return StepError(
                "store", f"An input is not there any more: {problem.message}", "Run the step that made it again."
            )
        message = problem.message if isinstance(problem, DesignerError) else str(problem)
        cure = (
            problem.cure
            if isinstance(problem, DesignerError)
            else "Look at the free space and the rights of the data folder."
        )
        return StepError("target", f"The step could not be started: {message}", cure)

    def _write_folder(self, order: StartOrder, attempt: Attempt) -> None:
        folder, plan = attempt.folder, order.plan
        if (folder / supervisor.JOB).exists():
            return
        source = self._source(plan.source)
        command = source.spec.get("command")
        file = "module.yaml" if command else "module.py"
        inputs = {
            port: {"path": str(self._inst.artifacts.local_path(made.digest, made.size)), "type": made.type,
                   "digest": made.digest, "size": made.size}
            for port, made in order.inputs.items()
        }  # fmt: skip
        if command and command["snapshot"]:  # goes where the inputs go, whatever the target
            digest = command["snapshot"]
            inputs[SNAPSHOT] = {"path": str(self._inst.artifacts.local_path(digest)), "type": "folder", "digest": digest,
                                "size": self._inst.artifacts.size(digest)}  # fmt: skip
        job = {
            "format": "designer.job/1", "name": attempt.id, "kind": "module", "source": file,
            "module": plan.module.partition("@")[0], "inputs": inputs, "parameters": dict(plan.parameters),
            "outputs": [{"name": name, "type": type_, **more} for name, type_, more in _declared(plan)],
            "timeout": order.timeout, "grace": GRACE, "options": {},
        }  # fmt: skip
        if command:
            job |= {"kind": "command", "command": dict(command)}
        values, said = confided(self._inst, dict(plan.parameters))

        def fill(place: Path) -> None:
            (place / file).write_text(source.text, encoding="utf-8", newline="")
            crashpoint("folder.half")
            if values:  # beside the job, which removes them first of all
                write_json(str(place / private.FILE), values)
            write_json(str(place / supervisor.JOB), job | said)

        self._folders.make(folder, fill)

    def _source(self, digest: str) -> StoredSource:
        source = self._sources.get(digest)
        if source is None:
            with self._inst.store.read() as t:
                found = modules.get(t, [digest])
            if digest not in found:
                raise Unavailable("The module's source is missing from the history.")
            if len(self._sources) > 256:
                self._sources.clear()
            source = self._sources[digest] = found[digest]
        return source

    def stop(self, task: Task, attempt: Attempt) -> None:
        """Tell an attempt to end."""
        with attempt.lock:
            attempt.stopping = True
            if attempt.stop_asked is None:
                attempt.stop_asked = self._inst.clock.monotonic()
            if attempt.handle is not None and not attempt.ended:
                try:
                    crashpoint("stop.before")
                    self._inst.targets.holding(attempt.target, attempt.handle).stop(attempt.handle, GRACE)
                    crashpoint("stop.after")
                except (DesignerError, OSError, KeyError) as problem:
                    log.warning("attempt %s cannot be told to end: %s", attempt.id, problem)
        self._tell(Message(attempt.run, (), (task,)))

    def look(self, attempt: Attempt) -> None:
        """See what has become of an attempt, and tell its end."""
        with attempt.lock:
            if attempt.ended or attempt.handle is None:
                attempt.hasty = True
                return
            try:
                found = self._inst.targets.holding(attempt.target, attempt.handle).look(attempt.handle)
            except KeyError:
                found = Gone("its compute target is not there any more")
            if isinstance(found, Starting):
                self._prepares(attempt, found.text)
            elif isinstance(found, Running) and attempt.started is None:
                self._runs(attempt, self._inst.clock.now())
            elif isinstance(found, Exited):
                result = found.result or read_json(str(attempt.folder / supervisor.RESULT))
                if isinstance(result, dict):
                    self._exited(attempt, result)
                    return
                found = Gone("it ended and its result cannot be read")
            if isinstance(found, Gone):
                self._tell_end(attempt, (self._lost(attempt, found),), {"status": "lost"})

    def _prepares(self, attempt: Attempt, text: str) -> None:
        """Say what an attempt waits for that does not run yet."""
        if attempt.started is None and attempt.seen.progress_text != text:
            attempt.seen = replace(attempt.seen, progress_text=text)
            self._tell(Message(attempt.run, (), (), Told(attempt.id, attempt.node, attempt.seen)))

    def _runs(self, attempt: Attempt, at: float) -> None:
        """An attempt on a target elsewhere has begun to run."""
        attempt.started, attempt.since = at, self._inst.clock.monotonic()
        attempt.seen = replace(attempt.seen, progress_text="")
        told = Told(attempt.id, attempt.node, attempt.seen)
        self._tell(Message(attempt.run, (on.Started(attempt.node, attempt.id, at),), (), told))

    def _exited(self, attempt: Attempt, result: Mapping[str, Any]) -> None:
        """Tell how an attempt ended. Small outputs are taken in at once: that is safe to repeat, and saves a commit."""
        if attempt.started is None:  # elsewhere, between two looks
            self._runs(attempt, self._inst.clock.now() - max(0.0, number(result.get("seconds")) or 0.0))
        now = self._ended_at(attempt, result)
        if result.get("status") == "completed":
            succeeded = on.Succeeded(attempt.node, attempt.id, now)
            if sum(_size(entry) for entry in (result.get("outputs") or {}).values()) <= SMALL_BYTES:
                self._take_in_early(attempt, succeeded, result)
            else:
                self._tell_end(attempt, (succeeded,), result)
        elif result.get("status") == "canceled":
            self._tell_end(attempt, (on.Stopped(attempt.node, attempt.id, now),), result, self._cleaned(attempt))
        else:
            failed = on.Failed(attempt.node, attempt.id, step_error(result.get("error"), exit_code(result)), now)
            self._tell_end(attempt, (failed,), result, self._cleaned(attempt))

    def _take_in_early(self, attempt: Attempt, succeeded: on.Succeeded, result: Mapping[str, Any]) -> None:
        """Tell that an attempt succeeded and has been collected, and meanwhile take its outputs in.

        Where that cannot be done now, only the first is told: the command to collect says why, and tries again.
        """
        try:
            outputs = {port: output_of(entry) for port, entry in (result.get("outputs") or {}).items()}
        except (KeyError, TypeError, ValueError):
            self._tell_end(attempt, (succeeded,), result)
            return
        taking = Taking()
        done = (Task(attempt.run, Collect(attempt.node, attempt.id)),)
        collected = on.Collected(attempt.node, attempt.id, outputs, succeeded.at)
        message = self._end(attempt, (succeeded, collected), result, done, taking)
        instead: Message | None = replace(message, signals=(succeeded,), done=(), taking=None)
        try:
            if self._inst.artifacts.local is not None:  # quick: nobody waits for it longer than for the database
                self._tell(message)
            signal, stats = self._collected(attempt, result, taking.fresh)
            taking.stats.update(stats)
            taking.done += self._cleaned(attempt)
            taken = isinstance(signal, on.Collected)
            instead = None if taken else replace(message, signals=(succeeded, signal), taking=None)
        except Unavailable as problem:
            log.warning("outputs of attempt %s cannot be taken in now: %s", attempt.id, problem.message)
        finally:
            taking.over(instead)
            if self._inst.artifacts.local is None:
                self._tell(message)

    def _ended_at(self, attempt: Attempt, result: Mapping[str, Any]) -> float:
        """When it ended: now, but where that and the seconds its supervisor counted are far apart, as those say.

        So neither a clock that jumped, nor the sleep of a laptop, nor the time until a server came back counts as the step's.
        """
        now, seconds = self._inst.clock.now(), number(result.get("seconds"))
        if attempt.started is None or seconds is None:
            return now
        expected = attempt.started + max(0.0, seconds)
        return now if abs(now - expected) <= JUMP_SECONDS else expected

    def _cleaned(self, attempt: Attempt) -> tuple[Task, ...]:
        """Clean up at once, since its end will call for that: the command, carried out before it is written down."""
        if attempt.handle is None or not self._clean(attempt.handle, attempt.target, attempt.id):
            return ()
        return (Task(attempt.run, Clean(attempt.node, attempt.id)),)

    def _clean(self, handle: Mapping[str, Any], target: str, attempt: str) -> bool:
        try:
            crashpoint("clean.before")
            self._inst.targets.holding(target, handle).clean(handle)
            crashpoint("clean.after")
        except (DesignerError, OSError, KeyError) as problem:
            log.warning("attempt %s cannot be cleaned up: %s", attempt, problem)
            return False
        tidy(self._inst.attempts / attempt)
        return True

    def give_up(self, attempt: Attempt, error: StepError | None) -> None:
        """End an attempt whose supervisor does not answer; with an error where it was not told to end."""
        with attempt.lock:
            if attempt.ended or attempt.handle is None:
                return
            try:
                crashpoint("give_up.before")
                self._inst.targets.holding(attempt.target, attempt.handle).clean(attempt.handle)
                crashpoint("give_up.after")
            except (DesignerError, OSError, KeyError) as problem:
                log.warning("attempt %s cannot be cleaned up: %s", attempt.id, problem)
            now = self._inst.clock.now()
            signal = (
                on.Failed(attempt.node, attempt.id, error, now) if error else on.Stopped(attempt.node, attempt.id, now)
            )
            self._tell_end(attempt, (signal,), {"status": "failed" if error else "canceled"})

    def _tell_end(
        self,
        attempt: Attempt,
        signals: tuple[on.Signal, ...],
        result: Mapping[str, Any],
        done: tuple[Task, ...] = (),
    ) -> None:
        self._tell(self._end(attempt, signals, result, done))

    def _end(
        self,
        attempt: Attempt,
        signals: tuple[on.Signal, ...],
        result: Mapping[str, Any],
        done: tuple[Task, ...],
        taking: Taking | None = None,
    ) -> Message:
        """The news of an attempt's end."""
        attempt.ended = True
        news = read_events(attempt, final=True)
        if attempt.unsaid is not None:
            news.points[:0], news.reports[:0] = attempt.unsaid.points, attempt.unsaid.reports
            attempt.unsaid = None
        peak = result.get("peak_memory")
        attempt.seen = replace(
            attempt.seen,
            log_bytes=log_sizes(attempt.folder),
            peak_memory=peak if isinstance(peak, int) and peak > 0 else None,
        )
        kept = {key: value for key, value in result.items() if key not in ("format", "outputs", "detected")}
        told = Told(
            attempt.id, attempt.node, attempt.seen, tuple(news.points), tuple(news.reports), attempt.offset, result=kept,
            stats=taking.stats if taking else {},
        )  # fmt: skip
        return Message(attempt.run, signals, done, told, taking)

    def _lost(self, attempt: Attempt, found: Gone) -> on.Lost:
        now, why = self._inst.clock.now(), f"The step was lost: {found.why}."
        return on.Lost(attempt.node, attempt.id, not found.never_ran, why, now)

    def collect(self, task: Task, attempt: Attempt) -> None:
        """Take the outputs in. Raises `Unavailable` where the store cannot; then it may be tried again."""
        assert isinstance(task.command, Collect)
        with attempt.lock:
            result = read_json(str(attempt.folder / supervisor.RESULT))
            signal, stats = self._collected(attempt, result if isinstance(result, dict) else {})
            self._tell(Message(attempt.run, (signal,), (task,), Told(attempt.id, attempt.node, stats=stats)))

    def _collected(
        self, attempt: Attempt, result: Mapping[str, Any], fresh: dict[str, bytes] | None = None
    ) -> tuple[on.Collected | on.Failed, dict[str, str]]:
        """Take the outputs of a result in; Failed where they are not what they should be. Raises `Unavailable`.

        With it the stats of what was taken in: the launcher has just read these bytes for their digests. Small ones need not
        be on the disk already where there is `fresh` for their bytes.
        """
        try:
            crashpoint("collect.before")
            outputs = {
                port: take_in(self._inst, attempt.folder, entry, fresh)
                for port, entry in (result.get("outputs") or {}).items()
            }
            crashpoint("collect.after")
            stats = {made.digest: self._inst.artifacts.stat(made.digest) for made in outputs.values()}
        except Unavailable:
            raise
        except (DesignerError, OSError, KeyError, TypeError, ValueError) as problem:
            error = StepError("store", f"An output could not be taken in: {problem}", "Run the step again.")
            return on.Failed(attempt.node, attempt.id, error, self._ended_at(attempt, result)), {}
        return on.Collected(attempt.node, attempt.id, outputs, self._ended_at(attempt, result)), stats

    def cannot_collect(self, task: Task, attempt: Attempt, problem: Unavailable) -> None:
        """Give up taking outputs in."""
        error = StepError("store", f"The outputs could not be kept: {problem.message}", problem.cure)
        self._tell(Message(attempt.run, (on.Failed(attempt.node, attempt.id, error, self._inst.clock.now()),), (task,)))

    def clean(self, task: Task, attempt: Attempt | None) -> None:
        """Remove what is left of an attempt; its logs and its result stay."""
        assert isinstance(task.command, Clean)
        if attempt is not None:
            handle, target = attempt.handle, attempt.target
        else:  # of an earlier server
            with self._inst.store.read() as t:
                stored = attempts.get(t, task.command.attempt)
            handle, target = (stored.handle, stored.target) if stored else (None, "")
        if handle is not None:
            self._clean(handle, target, task.command.attempt)
        else:  # it never ran
            tidy(self._inst.attempts / task.command.attempt)
        self._tell(Message(task.run, (), (task,)))


def take_in(
    inst: Installation, folder: Path, entry: Mapping[str, Any], fresh: dict[str, bytes] | None = None
) -> Output:
    """Move one output of a job into the artifact store."""
    source, digest = folder / "out" / os.path.basename(str(entry["path"])), str(entry["digest"])
    small = fresh is not None and inst.artifacts.local is not None and _is_small_file(source)
    inst.artifacts.put_file(source, digest, durable=not small)
    if fresh is not None and small:
        fresh[digest] = inst.artifacts.local_path(digest).read_bytes()
    return output_of(entry)


def _is_small_file(path: Path) -> bool:
    try:
        found = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size <= artifacts.MOST_FRESH


def output_of(entry: Mapping[str, Any]) -> Output:
    """An output as a result names it."""
    rows = entry.get("rows")
    return Output(
        str(entry["digest"]), str(entry["type"]), int(entry.get("size") or 0), int(rows) if rows is not None else None,
        tuple(entry.get("columns") or ()),
    )  # fmt: skip


def says_full(problem: BaseException) -> bool:
    """Whether something could not be done because the disk is full."""
    causes = (problem, problem.__cause__)
    return any(isinstance(one, OSError) and one.errno in (errno.ENOSPC, errno.EDQUOT) for one in causes)


def _size(entry: Any) -> int:
    size = entry.get("size") if isinstance(entry, dict) else 0
    return size if isinstance(size, int) else 0


def step_error(found: Any, exit_code: int | None = None) -> StepError:
    """The error of a result."""
    if not isinstance(found, dict):
        return StepError("Failed", "The step failed and did not say why.", "Its log may say why.", exit_code=exit_code)
    number = found.get("number")
    texts = {name: clean(str(found.get(name) or "")) for name in ("kind", "message", "cure", "where", "traceback")}
    kind, message = texts.pop("kind") or "Failed", texts.pop("message") or "The step failed."
    return StepError(kind, message, number=number if isinstance(number, int) else 0, exit_code=exit_code, **texts)


def exit_code(result: Mapping[str, Any]) -> int | None:
    """The exit code of a step's process, as a shell would say it: 128 + n where signal n ended it, 124 for a timeout."""
    if result.get("status") == "timeout":
        return supervisor.TIMEOUT
    name, code = result.get("signal"), result.get("exit_code")
    if isinstance(name, str):
        number = getattr(signal, name, None)
        return 128 + number if isinstance(number, int) else None
    return code if isinstance(code, int) else None


def log_sizes(folder: Path) -> dict[str, int]:
    """Bytes of both logs."""
    sizes = {}
    for stream in ("stdout", "stderr"):
        try:
            sizes[stream] = os.stat(folder / f"{stream}.log").st_size
        except OSError:
            sizes[stream] = 0
    return sizes


def _declared(plan: StepPlan) -> list[tuple[str, str, dict[str, Any]]]:
    return [(name, type_, {"optional": True} if name in plan.optional else {}) for name, type_ in plan.outputs]
