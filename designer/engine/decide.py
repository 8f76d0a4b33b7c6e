"""`decide`: what a run becomes when something is reported, and what is to be done."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import assert_never

from designer.engine import signals as on
from designer.engine.commands import Clean, Collect, Command, Start, Stop, Supply
from designer.engine.run import Output, Run, Step, StepError, move
from designer.engine.status import ACTIVE, DONE_WELL, FINAL, RunIf, StepStatus

MAX_RESTARTS = 3
"""How often a step that never ran is started anew, each time a second later; then the target is at fault."""

LONGEST_WAIT = 86_400.0
"""Seconds: no wait between two tries is longer, whatever the backoff."""


def decide(run: Run, signal: on.Signal) -> tuple[Run, tuple[Command, ...]]:
    """The run after a signal, and the commands it calls for.

    A signal that comes late, twice, or under an attempt that no longer counts changes nothing and calls for nothing.
    """
    changed, commands = _apply(run, signal)
    if changed is run:
        return run, tuple(commands)
    settled, more = _settle(changed, signal, signal.at)
    return settled, (*commands, *more)


def _apply(run: Run, signal: on.Signal) -> tuple[Run, Sequence[Command]]:
    match signal:
        case on.Submitted(at=at, supplied=supplied, reused=reused):
            return _begin(run, supplied, reused, at), ()
        case on.CancelRun(at=at):
            return _cancel_run(run, at)
        case on.CancelStep(node=node, at=at):
            step = run.steps.get(node)
            return (run, ()) if step is None else _cancel(run, step, at, "It was canceled.")
        case on.Supplied(node=node, outputs=outputs, at=at):
            step = run.steps.get(node)
            if step is None or not step.dataset or step.status is not StepStatus.QUEUED:
                return run, ()
            return run.with_step(move(step, StepStatus.COMPLETED, outputs=outputs, started=at, ended=at)), ()
        case on.NotSupplied(node=node, error=error, at=at):
            step = run.steps.get(node)
            if step is None or not step.dataset or step.status is not StepStatus.QUEUED:
                return run, ()
            return run.with_step(move(step, StepStatus.FAILED, error=error, ended=at)), ()
        case on.Reused(node=node, outputs=outputs, at=at):
            step = run.steps.get(node)
            if step is None or step.dataset or step.status is not StepStatus.QUEUED:
                return run, ()
            return run.with_step(_reused(step, outputs, at)), ()
        case on.Held(node=node, why=why):
            step = run.steps.get(node)
            if step is None or step.status is not StepStatus.QUEUED or step.why == why:
                return run, ()
            return run.with_step(replace(step, why=why)), ()
        case on.Claimed(node=node, attempt=attempt, at=at):
            step = run.steps.get(node)
            if step is None or step.dataset or step.status is not StepStatus.QUEUED or at < step.ready_at:
                return run, ()
            step = move(step, StepStatus.PREPARING, attempt=attempt, attempts=step.attempts + 1, stopping=False,
                        started=None, ended=None, error=None, why="")  # fmt: skip
            return run.with_step(step), (Start(node, attempt),)
        case on.Started() | on.Succeeded() | on.Collected() | on.Failed() | on.Stopped() | on.Lost():
            step = run.steps.get(signal.node)
            if step is None or step.attempt != signal.attempt or step.status not in ACTIVE:
                return run, ()
            return _report(run, step, signal)
        case _:
            assert_never(signal)


def _begin(
    run: Run, supplied: Mapping[str, Mapping[str, Output]], reused: Mapping[str, Mapping[str, Output]], at: float
) -> Run:
    """A run at its start: datasets that are there and results that serve need not be waited for."""
    steps = dict(run.steps)
    for node, outputs in supplied.items():
        queued = move(steps[node], StepStatus.QUEUED)
        steps[node] = move(queued, StepStatus.COMPLETED, outputs=outputs, started=at, ended=at)
    for node, outputs in reused.items():
        steps[node] = _reused(steps[node], outputs, at)
    return replace(run, steps=steps)


def _reused(step: Step, outputs: Mapping[str, Output], at: float) -> Step:
    return move(step, StepStatus.REUSED, outputs=outputs, ended=at, error=None, why="")


Report = on.Started | on.Succeeded | on.Collected | on.Failed | on.Stopped | on.Lost


def _report(run: Run, step: Step, signal: Report) -> tuple[Run, Sequence[Command]]:
    """What a report of the live attempt of a step changes."""
    clean = Clean(step.node, step.attempt)
    match signal:
        case on.Started(at=at):
            if step.status is not StepStatus.PREPARING:
                return run, ()
            return run.with_step(move(step, StepStatus.RUNNING, started=at)), ()
        case on.Succeeded(at=at):
            if step.status is StepStatus.FINALIZING:
                return run, ()
            step = move(step, StepStatus.FINALIZING, started=step.started or at)
            return run.with_step(step), (Collect(step.node, step.attempt),)
        case on.Collected(outputs=outputs, at=at):
            if step.status is not StepStatus.FINALIZING:
                return run, ()
            return run.with_step(move(step, StepStatus.COMPLETED, outputs=outputs, ended=at)), (clean,)
        case on.Stopped(at=at):
            return run.with_step(move(step, StepStatus.CANCELED, ended=at, why=step.why or "It was canceled.")), (
                clean,
            )
        case on.Failed(error=error, at=at):
            if step.stopping:
                return run.with_step(move(step, StepStatus.CANCELED, ended=at, why=step.why)), (clean,)
            return run.with_step(_failed(step, error, at)), (clean,)
        case on.Lost(started=started, why=why, at=at):
            if step.stopping:
                return run.with_step(move(step, StepStatus.CANCELED, ended=at, why=step.why)), (clean,)
            if not started and step.restarts < MAX_RESTARTS:
                # Never ran, so it may run again without being asked, and it does not count as a try.
                again = move(step, StepStatus.QUEUED, attempt="", attempts=step.attempts - 1, restarts=step.restarts + 1,
                             ready_at=at + step.restarts)  # fmt: skip
                return run.with_step(again), (clean,)
            error = StepError("lost", why, "Run it again; give the step retries if that is always safe.")
            return run.with_step(_failed(step, error, at)), (clean,)
        case _:
            assert_never(signal)


def _failed(step: Step, error: StepError, at: float) -> Step:
    """The step after a failed attempt: queued again while it has retries left."""
    again = not step.retry_exit_codes or error.exit_code in step.retry_exit_codes
    if again and step.attempts <= step.retries:
        return move(step, StepStatus.QUEUED, error=error, attempt="", ready_at=at + _retry_wait(step))
    return move(step, StepStatus.FAILED, error=error, ended=at)


def _retry_wait(step: Step) -> float:
    return min(LONGEST_WAIT, step.retry_delay * step.retry_backoff ** (step.attempts - 1))


def wait_left(step: Step, now: float) -> float:
    """Seconds that a queued step has still to wait: never more than was set, wherever the clock stands now."""
    longest = max(_retry_wait(step) if step.attempts else 0.0, float(MAX_RESTARTS))
    return min(max(0.0, step.ready_at - now), longest)


def _cancel_run(run: Run, at: float) -> tuple[Run, Sequence[Command]]:
    """End a run. Steps that run always still do, so that they can clean up; asked a second time, they end too."""
    if all(step.status in FINAL for step in run.steps.values()):
        return run, ()
    again = run.cancel_requested
    run = replace(run, cancel_requested=True)
    commands: list[Command] = []
    for step in list(run.steps.values()):
        if step.run_if is RunIf.ALWAYS and not again:
            continue
        run, more = _cancel(run, step, at, "The run was canceled.")
        commands += more
    return run, commands


def _cancel(run: Run, step: Step, at: float, why: str) -> tuple[Run, Sequence[Command]]:
    """End one step: at once where nothing of it runs, else by stopping its attempt."""
    if step.status in FINAL or step.stopping:
        return run, ()
    if step.status in ACTIVE:
        return run.with_step(replace(step, stopping=True, why=why)), (Stop(step.node, step.attempt),)
    return run.with_step(move(step, StepStatus.CANCELED, ended=at, why=why)), ()


def _settle(run: Run, signal: on.Signal, at: float) -> tuple[Run, Sequence[Command]]:
    """Carry the consequences of a change on: queue what can run, skip what cannot. Looks at followers only."""
    everything = isinstance(signal, on.Submitted | on.CancelRun)
    if not everything and run.steps[signal.node].status not in FINAL:  # type: ignore[union-attr]
        return run, ()  # nobody waits for anything but an end
    touched = tuple(run.steps) if everything else (signal.node,)  # type: ignore[union-attr]
    commands: list[Command] = []
    if not run.continue_on_step_failure:
        failed = next((node for node in touched if run.steps[node].status is StepStatus.FAILED), "")
        if failed:
            run, stops = _give_up(run, failed, at)
            commands += stops
            everything = True
    steps = dict(run.steps)
    todo: deque[tuple[str, str]] = deque()  # a waiting step, and which of those it waits for has ended ("" may be any)
    if everything:
        todo.extend((node, "") for node in steps)
    todo.extend((after, node) for node in touched if steps[node].status in FINAL for after in run.followers[node])
    while todo:
        node, ended = todo.popleft()
        step = steps[node]
        if step.status is not StepStatus.WAITING:
            continue
        settled = _ready(steps, step, ended, at)
        if settled is step:
            continue
        steps[node] = settled
        if settled.status is StepStatus.SKIPPED:
            todo.extend((after, node) for after in run.followers[node])
        elif settled.dataset:
            commands.append(Supply(node))
    return replace(run, steps=steps), commands


def _give_up(run: Run, failed: str, at: float) -> tuple[Run, Sequence[Command]]:
    """One step failed and the others are not to go on without it, but for those that see to just that."""
    commands: list[Command] = []
    why = f'"{run.steps[failed].called}" failed.'
    steps = dict(run.steps)
    for node, step in run.steps.items():
        if step.run_if is not RunIf.SUCCESS:
            continue
        if step.status in (StepStatus.WAITING, StepStatus.QUEUED):
            steps[node] = move(step, StepStatus.SKIPPED, ended=at, why=why)
        elif step.status in ACTIVE and not step.stopping:
            steps[node] = replace(step, stopping=True, why=why)
            commands.append(Stop(node, step.attempt))
    return replace(run, steps=steps), commands


_ENDED_AS = {StepStatus.FAILED: "failed", StepStatus.CANCELED: "was canceled", StepStatus.SKIPPED: "was skipped"}


def _ready(steps: Mapping[str, Step], step: Step, ended: str, at: float) -> Step:
    """A waiting step after a look at those it waits for; `ended` names the one that is news, "" all of them."""
    if step.left_out:
        return move(step, StepStatus.SKIPPED, ended=at, why=step.left_out)
    if step.run_if is not RunIf.SUCCESS:
        return _ready_if(steps, step, at)
    for node in (ended,) if ended else sorted(step.before):
        if steps[node].status in _ENDED_AS:
            why = f'"{steps[node].called}" {_ENDED_AS[steps[node].status]}, and this step needs it.'
            return move(step, StepStatus.SKIPPED, ended=at, why=why)
    if all(steps[node].status in DONE_WELL for node in step.before):
        return move(step, StepStatus.QUEUED)
    return step


def _ready_if(steps: Mapping[str, Step], step: Step, at: float) -> Step:
    """A waiting step that runs always, or only on failure: it waits for all ends."""
    before = [steps[node] for node in sorted(step.before)]
    if not all(one.status in FINAL for one in before):
        return step
    if step.run_if is RunIf.FAILURE and not _went_wrong(steps, before):
        return move(step, StepStatus.SKIPPED, ended=at, why="Nothing failed.")
    for one in before:
        if one.node in step.needs and one.status not in DONE_WELL:
            why = f'"{one.called}" {_ENDED_AS[one.status]}, and this step needs what it makes.'
            return move(step, StepStatus.SKIPPED, ended=at, why=why)
    return move(step, StepStatus.QUEUED)


def _went_wrong(steps: Mapping[str, Step], before: Sequence[Step]) -> bool:
    """Whether one of these failed, or was skipped in a run in which something failed."""
    if any(one.status is StepStatus.FAILED for one in before):
        return True
    skipped = any(one.status is StepStatus.SKIPPED and not one.left_out for one in before)
    return skipped and any(one.status is StepStatus.FAILED for one in steps.values())
