"""The conductor: one thread that decides, a pool that does what was decided."""

import logging
import queue
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import suppress
from dataclasses import replace
from typing import Any

from designer.actions import answers, targets
from designer.actions.artifacts import settle_fresh
from designer.conductor.batch import Batch
from designer.conductor.environments import Waiting
from designer.conductor.follow import Follower
from designer.conductor.hands import Hands, StartOrder
from designer.conductor.housekeeping import Housekeeping
from designer.conductor.jobs import Jobs
from designer.conductor.leadership import Deposed, Leadership
from designer.conductor.live import Attempt, LiveRun, Work
from designer.conductor.messages import Again, End, Item, Message, Wake
from designer.conductor.queues import Queues, Turn
from designer.conductor.reuse import Place, Ready, Sharing, look_up
from designer.contract.events import Event, RunChanged, RunListed, StepChanged
from designer.engine import signals as on
from designer.engine.commands import Clean, Collect, Start, Stop, Supply
from designer.engine.decide import decide, wait_left
from designer.engine.run import Step, StepError
from designer.engine.status import FINAL, FINAL_RUN, RunIf, StepStatus
from designer.errors import DesignerError, Unavailable
from designer.faults import crashpoint
from designer.installation import LOCAL, Installation
from designer.logs import about
from designer.store import attempts, outbox, requests, runs, steps
from designer.store.attempts import StoredAttempt
from designer.store.database import StoreFault
from designer.store.outbox import Task
from designer.store.results import result_of
from designer.store.steps import StoredStep

log = logging.getLogger(__name__)

SWEEP_SECONDS = 2.0
SLACK_SECONDS = 30.0
"""How much later than it should a supervisor may end an attempt before it is ended without it."""

FAR_SLACK_SECONDS = 900.0
"""The same on a target elsewhere, from where its outputs must come first."""

STOP_SECONDS = 10.0
"""How long the end of what is being done is waited for, twice at most: a server that is told to end does so."""

BEGIN_SECONDS = 0.05
"""How long the word that a step began may wait for other news, so that both are kept in one commit."""

LOAD_SECONDS = 0.5
"""How often at most it is told what the targets have to do."""

COLLECT_TRIES = 5
MOST_PAUSE = 30.0
HANDS = 4
HOLDS_SLOT = (StepStatus.PREPARING, StepStatus.RUNNING)


class NotTaken(Exception):
    """Outputs could not be taken in whose step was said to be complete: the turn is to be taken anew, with what is true."""


def _subject(arguments: Iterable[object]) -> dict[str, str]:
    """What a command or a look is about, for the log."""
    for one in arguments:
        task = one.task if isinstance(one, StartOrder) else one
        if isinstance(task, Task):
            command = task.command
            return {"run": task.run, "node": command.node, "attempt": getattr(command, "attempt", "")}
        if isinstance(task, Attempt):
            return {"run": task.run, "node": task.node, "attempt": task.id}
    return {}


def _can_wait(item: Item) -> bool:
    """Whether news only says that something began: nothing is decided by it, and what began is found in its folder."""
    return (
        isinstance(item, Message)
        and item.told is not None
        and item.told.result is None
        and all(isinstance(signal, on.Started) for signal in item.signals)
        and bool(item.signals)
    )


class Conductor:
    """Moves the runs of an installation. `start` takes up what an earlier server left."""

    def __init__(self, inst: Installation) -> None:
        self._inst = inst
        self._lead = Leadership(inst)
        self._leads = False
        self._inbox: queue.SimpleQueue[Item] = queue.SimpleQueue()
        self._runs: dict[str, LiveRun] = {}
        self._queues = Queues()
        self._attempts: dict[str, Attempt] = {}
        self._in_hand: set[Task] = set()
        self._tries: dict[Task, int] = {}
        self._done_later: list[Task] = []
        self._again: list[tuple[float, Task]] = []
        self._hands = Hands(inst, self._inbox.put)
        self._waiting = Waiting(inst)
        self._jobs = Jobs(inst, self._submit, self._sweep_soon, self._lead.check, self._built)
        self._doing: set[Future[None]] = set()
        self._housekeeping = Housekeeping(inst)
        self._pool: ThreadPoolExecutor | None = None
        self._threads: list[threading.Thread] = []
        self._ended = threading.Event()
        self._follower = Follower(inst, self._attempts, self._inbox.put)
        self._sharing = Sharing()
        self._swept = float("-inf")
        self._loads: Mapping[str, tuple[int, int, int, str]] = {}
        self._loads_told = float("-inf")

    def start(self) -> None:
        """Take up what there is, and begin."""
        self._pool = ThreadPoolExecutor(HANDS, thread_name_prefix="conductor-hand")
        self._inst.bell.answer(self.wake)
        self._inst.targets.watch(self._changed)
        self._threads = [
            threading.Thread(target=self._decide, name="conductor", daemon=True),
            threading.Thread(target=self._follower.run, name="conductor-follow", daemon=True),
        ]
        if self._lead.ensure():
            self._begin()
        for thread in self._threads:
            thread.start()
        self._housekeeping.start()
        self.wake()

    def stop(self) -> None:
        """End deciding and following; steps go on and are taken up by the next server."""
        self._inst.bell.answer(None)
        self._housekeeping.stop()
        self._ended.set()
        self._follower.stop()
        self._inbox.put(End())
        for thread in self._threads:
            thread.join(timeout=STOP_SECONDS)
        self._jobs.close()
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            wait_for(list(self._doing), timeout=STOP_SECONDS)
        self._threads = []
        self._lead.resign()

    def wake(self) -> None:
        """Look into the database soon: there is something new."""
        self._inbox.put(Wake())

    def _built(self) -> None:
        """An environment is further than it was: steps may wait for it."""
        self._waiting.look_again()
        self._inbox.put(Wake())

    def _sweep_soon(self) -> None:
        """Look at everything that waits, now: a file was read that runs may wait for."""
        self._swept = float("-inf")
        self._inbox.put(Wake())

    def _changed(self, name: str) -> None:
        """A target says that a job may have ended."""
        if name.startswith("job_"):
            self._submit(self._jobs.look, name)
            return
        attempt = self._attempts.get(name)
        if attempt is not None and self._inst.artifacts.local is not None and attempt.target == LOCAL:
            self._door(
                self._hands.look, attempt
            )  # here and now: a hand over to another thread costs more than the look
        elif attempt is not None:
            self._submit(self._hands.look, attempt)

    def _door(self, function: Any, *arguments: Any) -> None:
        """Do something in a thread that is not the deciding one; what it raises is logged, and the sweep tries again."""
        try:
            with about(**_subject(arguments)):
                if self._lead.may_act():
                    function(*arguments)
            return
        except DesignerError as problem:
            log.warning("%s: %s", getattr(function, "__name__", "a command"), problem.message)
        except Exception:  # the door of a thread: nothing above would hear of it
            log.exception("%s failed", getattr(function, "__name__", "a command"))
        for one in arguments:  # a command comes again, a look comes with the next sweep
            if isinstance(one, Task | StartOrder):
                self._inbox.put(Again(one if isinstance(one, Task) else one.task))

    def _submit(self, function: Any, *arguments: Any) -> None:
        """Have a pool thread do something."""
        if self._pool is not None and not self._ended.is_set():
            try:
                future = self._pool.submit(self._door, function, *arguments)
            except RuntimeError:  # it is being shut down
                return
            self._doing.add(future)
            future.add_done_callback(self._doing.discard)

    # Deciding

    def _decide(self) -> None:
        """The thread that decides."""
        left: list[Item] | None = []
        while left is not None:
            left = self._round(left)

    def _round(self, left: list[Item]) -> list[Item] | None:
        """Gather, decide, save, commit, do. What could not be heard, to be heard again; None at the end."""
        items = [*left, *self._gather(wait=not left)]
        if any(isinstance(item, End) for item in items):
            return None
        if not self._lead.ensure():
            self._stand_by()
            self._inst.targets.refresh()
            return []
        try:
            if not self._leads:
                self._begin()
                items = [Wake()]
            self._turn(items)
        except Deposed as problem:
            self._lead.lost(problem.message)
            self._stand_by()
        except DesignerError as problem:
            log.error("nothing could be kept: %s", problem.message)
            return self._forget(items)
        except NotTaken:
            return self._forget(items, pause=0.0)
        except Exception:  # the door of this thread: without it no run would ever move again
            log.exception("a turn failed")
            self._one_by_one(self._forget(items))
        return []

    def _begin(self) -> None:
        """This engine conducts from now on."""
        self._leads = True
        settle_fresh(self._inst)
        self._jobs.want_samples()

    def _stand_by(self) -> None:
        """Another engine conducts: all that is known here is out of date."""
        if self._leads:
            self._leads = False
            self._forget([], pause=0.0)
            self._attempts.clear()
            self._tries.clear()
            self._again.clear()
            self._jobs.forget()

    def _gather(self, wait: bool = True) -> list[Item]:
        """All that waits in the inbox; nothing where it is only time for the sweep or a retry."""
        items: list[Item] = []
        with suppress(queue.Empty):
            if wait:
                items.append(self._inbox.get(timeout=self._patience()))
            while True:
                items.append(self._inbox.get_nowait())
        until = self._inst.clock.monotonic() + BEGIN_SECONDS
        while items and all(map(_can_wait, items)):  # a short step ends meanwhile, and one commit tells both
            left = until - self._inst.clock.monotonic()
            try:
                items.append(self._inbox.get(timeout=max(0.0, left)))
            except queue.Empty:
                break
        return items

    def _patience(self) -> float:
        if not self._leads:
            return self._lead.patience
        now = self._inst.clock.monotonic()
        wait = min(self._swept + SWEEP_SECONDS - now, self._lead.patience)
        retry = self._queues.next_time()
        if retry is not None:
            wait = min(wait, retry - now)
        for at, _ in self._again:
            wait = min(wait, at - now)
        return max(0.0, min(wait, SWEEP_SECONDS))

    def _forget(self, items: list[Item], pause: float = 1.0) -> list[Item]:
        """After a failed commit the database alone is right: read it anew, then hear the same news again."""
        self._runs.clear()
        self._queues = Queues()
        self._sharing = Sharing()
        self._in_hand.clear()
        self._done_later.clear()
        self._swept = float("-inf")
        self._ended.wait(pause)
        return [Wake(), *(item for item in items if not isinstance(item, Wake))]

    def _one_by_one(self, items: list[Item]) -> None:
        """Hear news one at a time, so that one that cannot be heard keeps no other from being heard."""
        for item in items:
            bare = replace(item, told=None) if isinstance(item, Message) and item.told else None
            for part in (item, bare):
                try:
                    if part is not None:
                        self._turn([part])
                    break
                except (StoreFault, NotTaken) as problem:  # nothing is wrong with it
                    log.error("nothing could be kept: %s", problem)
                    self._forget([])
                    self._inbox.put(item)
                    break
                except Exception:  # what it reported is dropped, its signals are heard without it
                    log.exception(
                        "news of %s could not be kept", item.run if isinstance(item, Message) else "the database"
                    )
                    self._forget([])

    def _turn(self, items: list[Item]) -> None:
        began = self._inst.clock.monotonic()
        sweep = self._inst.clock.monotonic() >= self._swept + SWEEP_SECONDS
        batch = Batch()
        works: dict[str, Work] = {}
        if sweep:
            self._inst.targets.refresh()
        if sweep or any(isinstance(item, Wake) for item in items):
            self._take_up()
            self._hear_requests(works, batch)
        for item in items:
            if isinstance(item, Message):
                self._hear(item.now(), works, batch)
            elif isinstance(item, Again):
                self._later(item.task)
        self._waiting.settle(self._sharing.look_again, lambda run: self._work(run, works), all_=sweep)
        self._settle_queues(works, batch)
        self._claim(works, batch)
        changes = [self._write_down(work, batch) for work in works.values()]
        if not all(taking.wait() for taking in batch.taking):
            raise NotTaken
        batch.done += [task for taking in batch.taking for task in taking.done]
        batch.done = [*self._done_later, *batch.done]
        self._done_later = []
        batch.drop_what_is_done()
        if batch.matters() or (sweep and batch.done):
            self._commit(batch)
        else:
            self._done_later, batch.done = batch.done, []
        for work, head, counts, changed in changes:
            work.live.head, work.live.counts, work.live.state = head, counts, work.state
            work.live.steps.update(changed)
        self._after(works, batch)
        self._tell_load(always=sweep)
        if sweep:
            self._sweep()
            self._swept = self._inst.clock.monotonic()
        self._do_again()
        self._inst.measures.turns.note(self._inst.clock.monotonic() - began)

    def _take_up(self) -> None:
        """Load the runs that are not in memory yet, and find work for jobs."""
        with self._inst.store.read() as t:
            for id_ in runs.unfinished(t):
                if id_ not in self._runs:
                    self._load(t, id_)
        self._jobs.take_up()

    def _load(self, t: Any, id_: str) -> None:
        head = runs.get(t, id_)
        if head is None or head.status in FINAL_RUN:
            return
        live = LiveRun.of(head, steps.of_run(t, id_))
        self._runs[id_] = live
        mono = self._inst.clock.monotonic()
        for stored in attempts.live(t, id_):
            step = live.steps[stored.node]
            if step.state.status in FINAL:
                continue
            known = self._attempts.get(stored.id)
            if known is None:
                self._attempts[stored.id] = attempt = self._attempt(stored, step)
                attempt.since = mono
                attempt.stop_asked = mono if attempt.stopping else None
                attempt.ended = step.state.status is StepStatus.FINALIZING
                if stored.handle is not None and not attempt.ended:
                    self._submit(self._adopt, attempt)
            if step.state.status in HOLDS_SLOT:
                self._queues.hold(stored.id, stored.target)
            self._sharing.lead(step.key, (id_, stored.node))
        for node, step in live.steps.items():
            if step.state.status is StepStatus.QUEUED and not step.plan.dataset:
                self._sharing.look_again((id_, node))
        for task in outbox.open_tasks(t, id_):
            self._carry_out(task)

    def _attempt(self, stored: StoredAttempt, step: StoredStep) -> Attempt:
        positions = {name: one.count for name, one in step.seen.metrics.items()}
        return Attempt(
            stored.id, stored.run, stored.node, stored.target, self._inst.attempts / stored.id, stored.handle,
            self._timeout(step), step.state.stopping, None, 0.0, False, stored.offset, step.seen, positions,
            started=step.state.started,
        )  # fmt: skip

    def _timeout(self, step: StoredStep) -> float:
        return step.plan.timeout or self._inst.settings.step_timeout

    def _adopt(self, attempt: Attempt) -> None:
        if attempt.handle is not None:
            with suppress(KeyError):  # a kind there is no more, which the look says
                self._inst.targets.holding(attempt.target, attempt.handle).adopt(attempt.handle)
        self._hands.look(attempt)

    def _hear_requests(self, works: dict[str, Work], batch: Batch) -> None:
        with self._inst.store.read() as t:
            waiting = requests.waiting(t)
        for request in waiting:
            batch.requests.append(request.id)
            work = self._work(request.run, works)
            if work is not None:
                at = self._inst.clock.now()
                signal = on.CancelStep(request.node, at) if request.node else on.CancelRun(at)
                self._apply(work, signal, batch)

    def _hear(self, message: Message, works: dict[str, Work], batch: Batch) -> None:
        batch.done += message.done
        if message.taking is not None:
            batch.taking.append(message.taking)
        if message.told is not None:
            batch.told.append(message.told)
        work = self._work(message.run, works) if message.signals or message.told else None
        if work is None:
            return
        for signal in message.signals:
            self._apply(work, signal, batch)
        told = message.told
        if told is not None and told.seen is not None and work.state.steps[told.node].attempt == told.attempt:
            work.seen[told.node] = told.seen

    def _work(self, run: str, works: dict[str, Work]) -> Work | None:
        work = works.get(run)
        if work is None and run in self._runs:
            work = works[run] = Work(self._runs[run], self._runs[run].state)
        return work

    def _apply(self, work: Work, signal: on.Signal, batch: Batch) -> None:
        work.state, commands = decide(work.state, signal)
        batch.tasks += [Task(work.state.id, command) for command in commands]

    def _settle_queues(self, works: dict[str, Work], batch: Batch) -> None:
        """Steps that became ready are reused, or wait; those that ended give back their slots and free their followers."""
        settled: set[Place] = set()
        while ready := self._newly_ready(works, settled, batch):
            found = look_up(self._inst, ready, batch.results)
            for one in ready:
                result = found.get(one.place)
                if result is not None:
                    one.work.note(one.node, reused_from=result.run, reused_node=result.node, seen=result.seen)
                    batch.reused[one.place] = result.attempt
                    self._apply(one.work, on.Reused(one.node, result.outputs, self._inst.clock.now()), batch)
                else:
                    self._line_up(one, batch)

    def _newly_ready(self, works: dict[str, Work], settled: set[Place], batch: Batch) -> list[Ready]:
        """The steps that could run since this turn, or whose leader has ended. Sees to those that ended as well."""
        for work in list(works.values()):
            for node in work.changed():
                state, before = work.state.steps[node], work.live.state.steps[node]
                place = (work.state.id, node)
                if state.status is StepStatus.QUEUED:
                    if before.status is not StepStatus.QUEUED or before.attempts != state.attempts:
                        self._release(before, state)
                        if place not in settled:
                            self._sharing.look_again(place)
                elif place not in settled:
                    self._release(before, state)
                    if state.status in FINAL:
                        settled.add(place)
                        step = work.step(node)
                        if state.status is StepStatus.COMPLETED and step.key and step.plan.run_if == RunIf.SUCCESS:
                            batch.results.append(result_of(work.state.id, step))
                        self._sharing.end(place)
        found = []
        for place in dict.fromkeys(self._sharing.take()):
            owner = self._work(place[0], works)
            if owner is None or owner.state.steps[place[1]].status is not StepStatus.QUEUED:
                continue
            settled.add(place)
            plan = owner.live.steps[place[1]].plan
            if plan.dataset:
                continue
            software = self._inst.environments.identity_of(plan.software)
            parts = owner.parts(place[1], f"unlocked {plan.software}" if software is None else software)
            owner.note(place[1], key=parts.key, flowed=parts.inputs, environment=parts.environment)
            found.append(Ready(owner, place[1], parts))
        return found

    def _release(self, before: Step, state: Step) -> None:
        if before.status in HOLDS_SLOT and (state.status not in HOLDS_SLOT or state.attempt != before.attempt):
            self._queues.release(before.attempt)

    def _line_up(self, ready: Ready, batch: Batch) -> None:
        """A step waits for a slot of its target; or for the step of another run, or its own, that does the same."""
        work, node, now = ready.work, ready.node, self._inst.clock.now()
        if not self._sharing.lead(ready.parts.key, ready.place) and ready.may_be_reused:
            run, other = self._sharing.follow(ready.parts.key, ready.place)
            where = f"run {run}" if run != work.state.id else f'"{work.state.steps[other].called}"'
            self._apply(work, on.Held(node, f"Waits for {where}, which does the same.", now), batch)
            return
        self._apply(work, on.Held(node, self._queues.closed.get(work.state.steps[node].target, ""), now), batch)
        head, plan, state = work.live.head, work.live.steps[node].plan, work.state.steps[node]
        turn = (-head.priority - plan.priority, head.created, head.id, plan.position, node)
        self._queues.put(state.target, turn, wait_left(state, now), self._inst.clock.monotonic())

    def _claim(self, works: dict[str, Work], batch: Batch) -> None:
        """Give free slots to the steps that have waited longest."""
        if self._inst.paused:
            return
        now = self._inst.clock.now()
        self._queues.ripen(self._inst.clock.monotonic())
        for name in list(self._queues.ready):
            target = self._inst.targets.get(name)
            slots = target.slots if target is not None else 1_000_000  # without a target it fails, and says so
            why = self._inst.targets.trouble(name)
            if why != self._queues.closed.get(name, ""):
                self._hold_queue(name, why, now, works, batch)
            while not why and self._queues.counts[name] < slots:
                turn = self._queues.take(name)
                if turn is None:
                    break
                self._claim_one(turn, now, works, batch, here=target is None or target.here)

    def _hold_queue(self, name: str, why: str, now: float, works: dict[str, Work], batch: Batch) -> None:
        """A target takes no steps now, or does again: those that wait for it say so."""
        self._queues.closed[name] = why
        for *_, run, _, node in self._queues.ready[name]:
            work = self._work(run, works)
            if work is not None and work.state.steps[node].status is StepStatus.QUEUED:
                self._apply(work, on.Held(node, why, now), batch)

    def _claim_one(self, turn: Turn, now: float, works: dict[str, Work], batch: Batch, *, here: bool) -> None:
        *_, run, _, node = turn
        work = self._work(run, works)
        if work is None:
            return
        state = work.state.steps[node]
        if state.status is not StepStatus.QUEUED or not self._waiting.lets(work.step(node), (run, node), here=here):
            return
        attempt = self._inst.ids("att")
        self._apply(work, on.Claimed(node, attempt, max(now, state.ready_at)), batch)  # its wait is over
        claimed = work.state.steps[node]
        if claimed.attempt == attempt:
            self._queues.hold(attempt, claimed.target)
            batch.attempts.append(StoredAttempt(attempt, run, node, claimed.attempts, claimed.target, now))

    def _write_down(self, work: Work, batch: Batch) -> tuple[Work, Any, Any, dict[str, StoredStep]]:
        """Put what changed in a run into the batch, with its events."""
        live = work.live
        now = self._inst.clock.now()
        news = [node for node, seen in work.seen.items() if seen != live.steps[node].seen]
        nodes = list(dict.fromkeys([*work.changed(), *news, *work.noted()]))
        changed = {node: work.step(node) for node in nodes}
        head, counts = work.head(changed) if changed or work.state is not live.state else (live.head, live.counts)
        seq = live.head.seq
        for node, step in changed.items():
            seq += 1
            batch.steps.append((head.id, step))
            batch.events.append(StepChanged(run=head.id, seq=seq, at=now, step=answers.step(step, head.created)))
            state = step.state
            if state.status in FINAL and live.state.steps[node].status not in FINAL:
                batch.ended.append((state.target, state.status.value))
            if state.status is StepStatus.COMPLETED and live.state.steps[node].status is not StepStatus.COMPLETED:
                batch.made.append((head.id, node, state.attempt, state.outputs))
            elif (head.id, node) in batch.reused:
                batch.made.append((head.id, node, batch.reused[head.id, node], state.outputs))
        if head.status is not live.head.status:
            seq += 1
            batch.events.append(RunChanged(run=head.id, seq=seq, at=now, status=head.status, ended=head.ended))
        head = replace(head, seq=seq)
        if head != live.head:
            batch.heads.append(head)
        return work, head, counts, changed

    def _commit(self, batch: Batch) -> None:
        with self._inst.store.write("turn", self._lead.was_kept) as t:
            self._lead.sign(t)
            batch.write(t, self._inst.clock.now())

    # After the commit

    def _after(self, works: Mapping[str, Work], batch: Batch) -> None:
        """Tell what changed and see to what is to be done."""
        self._in_hand.difference_update(batch.done)
        self._inst.measures.ended.update(batch.ended)
        for stored in batch.attempts:
            step = self._runs[stored.run].steps[stored.node]
            self._attempts[stored.id] = attempt = self._attempt(stored, step)
            attempt.since = self._inst.clock.monotonic()
        found: list[Event] = list(batch.events)
        listed = {event.run for event in batch.events if isinstance(event, RunChanged)}
        if listed:
            found += self._list(listed)
        crashpoint("told.before")
        self._inst.bus.publish(found)
        crashpoint("told.after")
        for task in batch.tasks:
            self._carry_out(task)
        for task in (*batch.done, *batch.early):
            self._tries.pop(task, None)
            if isinstance(task.command, Clean):
                self._attempts.pop(task.command.attempt, None)
        for id_ in works:
            live = self._runs.get(id_)
            if live is not None and live.head.status in FINAL_RUN:
                del self._runs[id_]
        if self._queues.held:
            self._follower.busy()

    def _tell_load(self, *, always: bool) -> None:
        """Tell clients of targets that have more or less to do than they were told, not too often."""
        now = self._inst.clock.monotonic()
        if not always and now < self._loads_told + LOAD_SECONDS:
            return
        begun = Counter(
            one.target for one in list(self._attempts.values()) if one.started is not None and not one.ended
        )
        load = self._queues.load(begun)
        if load != self._loads:
            different = {name for name in load.keys() | self._loads.keys() if load.get(name) != self._loads.get(name)}
            self._loads, self._loads_told = load, now
            targets.announce(self._inst, sorted(different))

    def _list(self, ids: Iterable[str]) -> list[Event]:
        """What the list of runs shows of these runs now."""
        found: list[Event] = []
        with self._inst.store.read() as t:
            for id_ in ids:
                stored = runs.listed(t, id_)
                if stored is not None:
                    found.append(RunListed(item=answers.summary(stored)))
                if id_ in self._runs:
                    self._runs[id_].listed = self._runs[id_].head.counts
        return found

    def _carry_out(self, task: Task) -> None:
        """Have a command carried out, unless that is going on."""
        live = self._runs.get(task.run)
        if task in self._in_hand:
            return
        self._in_hand.add(task)
        command = task.command
        match command:
            case Supply(node=node):
                if live is not None:
                    self._submit(self._supply, task, live.steps[node].plan.dataset)
                else:
                    self._inbox.put(Message(task.run, (), (task,)))
            case Start(node=node, attempt=attempt):
                holder = self._attempts.get(attempt)
                if live is None or holder is None or live.steps[node].state.attempt != attempt:
                    self._inbox.put(Message(task.run, (), (task,)))
                    return
                self._submit(self._hands.start, self._order(task, live, node), holder)
            case Stop(attempt=attempt):
                holder = self._attempts.get(attempt)
                if holder is None:
                    self._inbox.put(Message(task.run, (), (task,)))
                    return
                holder.stopping = True
                self._submit(self._hands.stop, task, holder)
            case Collect(attempt=attempt):
                holder = self._attempts.get(attempt)
                if holder is None:
                    self._inbox.put(Message(task.run, (), (task,)))
                    return
                self._submit(self._collect, task, holder)
            case Clean(attempt=attempt):
                self._submit(self._hands.clean, task, self._attempts.get(attempt))

    def _order(self, task: Task, live: LiveRun, node: str) -> StartOrder:
        step = live.steps[node]
        inputs = {}
        for port, (source, output) in step.plan.inputs.items():
            made = live.steps[source].state.outputs.get(output)
            if made is not None:
                inputs[port] = made
        return StartOrder(task, step.plan, inputs, self._timeout(step), step.environment)

    def _supply(self, task: Task, reference: str) -> None:
        if not self._hands.supply(task, reference):
            self._in_hand.discard(task)  # asked again when the file has been read, and by every sweep

    def _collect(self, task: Task, attempt: Attempt) -> None:
        try:
            self._hands.collect(task, attempt)
        except Unavailable as problem:
            if self._inst.paused or self._tries.get(task, 0) + 1 < COLLECT_TRIES:
                raise
            self._hands.cannot_collect(task, attempt, problem)

    def _later(self, task: Task) -> None:
        """Try a command again after a while; tries while everything is paused do not count."""
        tries = self._tries.get(task, 0) + (0 if self._inst.paused else 1)
        self._tries[task] = tries
        self._again.append((self._inst.clock.monotonic() + min(2.0**tries, MOST_PAUSE), task))

    def _do_again(self) -> None:
        """Repeat what could not be done, once its time has come."""
        if not self._again:
            return
        now = self._inst.clock.monotonic()
        due = [task for at, task in self._again if at <= now]
        self._again = [(at, task) for at, task in self._again if at > now]
        for task in due:
            self._in_hand.discard(task)
            self._carry_out(task)

    def _sweep(self) -> None:
        """The backstop: what was missed is found here."""
        now = self._inst.clock.monotonic()
        waiting = {task for _, task in self._again}
        with self._inst.store.read() as t:
            undone = outbox.open_tasks(t)
        for task in undone:
            if task not in waiting:
                self._carry_out(task)
        for attempt in list(self._attempts.values()):
            if attempt.ended or attempt.handle is None:
                continue
            self._submit(self._hands.look, attempt)
            self._watch_deadline(attempt, now)
        self._jobs.sweep()
        changed = [id_ for id_, live in self._runs.items() if live.listed != live.head.counts]
        if changed:
            self._inst.bus.publish(self._list(changed))

    def _watch_deadline(self, attempt: Attempt, now: float) -> None:
        """End an attempt that its supervisor should have ended long ago."""
        if attempt.stop_asked is not None and now > attempt.stop_asked + SLACK_SECONDS:
            self._submit(self._hands.give_up, attempt, None)
        elif (
            attempt.timeout is not None
            and attempt.started is not None
            and now
            > attempt.since + attempt.timeout + (SLACK_SECONDS if attempt.target == LOCAL else FAR_SLACK_SECONDS)
        ):
            message = f"Stopped after its time limit of {attempt.timeout:g} seconds."
            self._submit(
                self._hands.give_up, attempt, StepError("Timeout", message, "Raise the time limit of the step.")
            )
