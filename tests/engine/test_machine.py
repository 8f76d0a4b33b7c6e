"""Random pipelines in a world that reports late, twice, in any order, or not at all, and whose server begins anew now and then."""

from collections import Counter
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from designer.engine import signals as on
from designer.engine.commands import Clean, Collect, Start, Stop, Supply
from designer.engine.decide import MAX_RESTARTS, decide
from designer.engine.run import Output, Run, Step, StepError
from designer.engine.status import ACTIVE, DONE_WELL, FINAL, FINAL_RUN, NEXT, RunIf, StepStatus

COUNTED: Counter[str] = Counter()
ENDS = ["well", "well", "well", "badly", "lost", "never"]


class World(RuleBasedStateMachine):
    """The engine on one side; on the other attempts that start, end, vanish, and reports that linger."""

    @initialize(data=st.data())
    def submit(self, data: st.DataObject) -> None:
        size = data.draw(st.integers(1, 7))
        steps: dict[str, Step] = {}
        supplied, reused = {}, {}
        for place in range(size):
            node = f"n{place}"
            before = sorted(data.draw(st.sets(st.integers(0, place - 1), max_size=3))) if place else []
            kind = data.draw(st.sampled_from(["module"] * 6 + ["dataset", "off", "reused"]))
            run_if = data.draw(st.sampled_from([RunIf.SUCCESS] * 4 + [RunIf.ALWAYS, RunIf.FAILURE]))
            steps[node] = Step(
                node,
                dataset="d@1" if kind == "dataset" else "",
                before=frozenset() if kind == "dataset" else frozenset(f"n{one}" for one in before),
                needs=frozenset(f"n{one}" for one in before if data.draw(st.booleans())),
                run_if=run_if if kind in ("module", "off") else RunIf.SUCCESS,
                target="local",
                retries=data.draw(st.sampled_from([0, 0, 1, 2])),
                retry_delay=data.draw(st.sampled_from([0.0, 1.0])),
                retry_exit_codes=data.draw(st.sampled_from([frozenset(), frozenset(), frozenset({75})])),
                left_out="It is switched off." if kind == "off" else "",
            )
            if kind == "dataset" and data.draw(st.booleans()):
                supplied[node] = {"data": Output("d", "table")}
            if kind == "reused" and all(f"n{one}" in {*supplied, *reused} for one in before):
                reused[node] = {"result": Output("old", "table")}
        self.at = 0.0
        self.made = 0
        self.mail: list[Any] = []  # reports on their way
        self.heard: list[Any] = []  # every report there ever was: may come again
        self.doing: dict[str, Any] = {}  # commands that are not known to be carried out
        self.world: dict[str, Any] = {}  # attempt -> how it ended, None while it runs
        self.of: dict[str, str] = {}  # attempt -> node
        self.cleaned: Counter[str] = Counter()
        self.first: dict[str, Step] = {}  # node -> how it ended
        self.run = Run("run_1", steps, data.draw(st.booleans()))
        self.tell(on.Submitted(self.at, supplied, reused))
        COUNTED["examples"] += 1

    def tell(self, signal: Any) -> None:
        COUNTED["signals"] += 1
        before = self.run
        self.run, commands = decide(self.run, signal)
        for command in commands:
            self.doing[repr(command)] = command
        self.check_moves(before, signal, commands)
        if not isinstance(signal, on.Submitted):
            self.heard.append(signal)
        if not isinstance(signal, on.Submitted | on.CancelRun):  # a second cancel ends what always runs, too
            again, nothing = decide(self.run, signal)
            assert again == self.run, "the same report again changes nothing"
            assert nothing == (), "and calls for nothing"

    def check_moves(self, before: Run, signal: Any, commands: Any) -> None:
        """What one signal may do to the steps, and which commands that must call for."""
        wanted = []
        for node, old in before.steps.items():
            new = self.run.steps[node]
            assert old.status not in FINAL or new == old, "what is final stays as it is"
            assert new.status == old.status or reachable(old.status, new.status)
            if old.status in ACTIVE and (new.status not in ACTIVE or new.attempt != old.attempt):
                wanted.append(Clean(node, old.attempt))
            if new.status is StepStatus.PREPARING and old.attempt != new.attempt:
                wanted.append(Start(node, new.attempt))
            if new.status is StepStatus.FINALIZING and old.status is not StepStatus.FINALIZING:
                wanted.append(Collect(node, new.attempt))
            if new.stopping and not old.stopping and new.status in ACTIVE:
                wanted.append(Stop(node, new.attempt))
            if new.dataset and new.status is StepStatus.QUEUED and old.status is not StepStatus.QUEUED:
                wanted.append(Supply(node))
            if isinstance(signal, on.Lost) and signal.started:
                assert new.restarts == old.restarts, "what may have run is begun again only where it has retries"
            if old.status is StepStatus.WAITING and new.status is not StepStatus.WAITING:
                self.check_why(old, new, signal)
        assert Counter(map(repr, commands)) == Counter(map(repr, wanted)), "each change calls for its command, once"
        self.cleaned.update(one.attempt for one in commands if isinstance(one, Clean))

    def check_why(self, old: Step, new: Step, signal: Any) -> None:
        """A step that waited goes on, or is skipped, for the reason that its `run_if` says."""
        steps = self.run.steps
        ends = [steps[one].status for one in old.before]
        lacks = [one for one in old.needs & old.before if steps[one].status not in DONE_WELL]
        something_failed = any(step.status is StepStatus.FAILED for step in steps.values())
        gave_up = something_failed and not self.run.continue_on_step_failure
        if new.status is StepStatus.CANCELED:
            assert isinstance(signal, on.CancelRun | on.CancelStep)
        elif new.status is StepStatus.REUSED:
            assert all(one in DONE_WELL for one in ends)
        elif old.left_out:
            assert new.status is StepStatus.SKIPPED
        elif old.run_if is RunIf.SUCCESS:
            if new.status is StepStatus.SKIPPED:
                assert gave_up or any(one in FINAL - DONE_WELL for one in ends)
            else:
                assert all(one in DONE_WELL for one in ends)
        else:
            assert all(one in FINAL for one in ends), "it waits for all ends"
            wrong = StepStatus.FAILED in ends or (StepStatus.SKIPPED in ends and something_failed)
            if new.status is StepStatus.SKIPPED:
                assert lacks or (old.run_if is RunIf.FAILURE and not wrong) or (
                    old.run_if is RunIf.FAILURE and all(steps[one].left_out for one in old.before
                                                        if steps[one].status is StepStatus.SKIPPED)
                )  # fmt: skip
            else:
                assert not lacks
                assert old.run_if is RunIf.ALWAYS or wrong
        if new.status is StepStatus.SKIPPED:
            assert new.why

    def tick(self) -> float:
        self.at += 1.0
        return self.at

    # The world

    @rule(data=st.data())
    def claim(self, data: st.DataObject) -> None:
        node = data.draw(st.sampled_from(sorted(self.run.steps)))
        self.made += 1
        self.tell(on.Claimed(node, f"att_{self.made}", self.tick()))

    @rule(data=st.data(), held=st.booleans())
    def another_has_it_or_makes_it(self, data: st.DataObject, held: bool) -> None:
        node = data.draw(st.sampled_from(sorted(self.run.steps)))
        at = self.tick()
        self.tell(on.Held(node, "another run makes it", at) if held else
                  on.Reused(node, {"result": Output("other", "table")}, at))  # fmt: skip

    @precondition(lambda self: self.doing)
    @rule(data=st.data(), fate=st.sampled_from([*ENDS, "runs"]), known=st.booleans())
    def carry_out(self, data: st.DataObject, fate: str, known: bool) -> None:
        """Do what was decided. That it was done is `known` together with what came of it; else it is done again later."""
        name = data.draw(st.sampled_from(sorted(self.doing)))
        before = len(self.mail)
        self.do(self.doing[name], fate)
        if known:
            del self.doing[name]
            news, self.mail = self.mail[before:], self.mail[:before]
            for signal in news:
                self.tell(signal)

    def do(self, command: Any, fate: str) -> None:
        at = self.tick()
        match command:
            case Supply(node=node):
                self.mail.append(
                    on.NotSupplied(node, error(0), at) if fate == "badly" else
                    on.Supplied(node, {"data": Output("d", "table")}, at)
                )  # fmt: skip
            case Start(node=node, attempt=attempt):
                if attempt not in self.world:  # it is begun once, however often it is asked for
                    self.world[attempt], self.of[attempt] = None, node
                    if fate != "runs":
                        self.end(attempt, fate)
                if not isinstance(self.world[attempt], on.Lost) or self.world[attempt].started:
                    self.mail.append(on.Started(node, attempt, at))
                self.look(attempt)
            case Stop(attempt=attempt):
                if self.world.get(attempt, ...) is None:
                    self.end(attempt, fate if fate == "well" else "stopped")
                self.look(attempt)
            case Collect(node=node, attempt=attempt):
                outputs = {"result": Output(attempt, "table")}
                self.mail.append(
                    on.Failed(node, attempt, error(0), at)
                    if fate == "badly"
                    else on.Collected(node, attempt, outputs, at)
                )
            case Clean():
                pass

    def end(self, attempt: str, how: str) -> None:
        node, at = self.of[attempt], self.tick()
        self.world[attempt] = {
            "well": on.Succeeded(node, attempt, at),
            "badly": on.Failed(node, attempt, error(self.made % 2 * 75), at),
            "lost": on.Lost(node, attempt, True, "gone", at),
            "never": on.Lost(node, attempt, False, "never ran", at),
            "stopped": on.Stopped(node, attempt, at),
        }[how]

    def look(self, attempt: str) -> None:
        if self.world.get(attempt) is not None:
            self.mail.append(self.world[attempt])

    @precondition(lambda self: self.world)
    @rule(data=st.data(), how=st.sampled_from(ENDS), seen=st.booleans())
    def an_attempt_ends(self, data: st.DataObject, how: str, seen: bool) -> None:
        attempt = data.draw(st.sampled_from(sorted(self.world)))
        if self.world[attempt] is None:
            self.end(attempt, how)
        if seen:
            self.look(attempt)

    @precondition(lambda self: self.mail)
    @rule(data=st.data(), doubled=st.booleans())
    def deliver(self, data: st.DataObject, doubled: bool) -> None:
        place = data.draw(st.integers(0, len(self.mail) - 1))
        self.tell(self.mail[place] if doubled else self.mail.pop(place))

    @precondition(lambda self: self.mail)
    @rule(data=st.data())
    def lose(self, data: st.DataObject) -> None:
        self.mail.pop(data.draw(st.integers(0, len(self.mail) - 1)))

    @precondition(lambda self: self.heard)
    @rule(data=st.data())
    def hear_again(self, data: st.DataObject) -> None:
        before = self.run
        signal = data.draw(st.sampled_from(self.heard))
        if isinstance(signal, on.Claimed | on.Reused | on.Held | on.CancelRun | on.CancelStep):
            return
        self.tell(signal)
        if isinstance(signal, on.Started | on.Succeeded | on.Collected | on.Failed | on.Stopped | on.Lost):
            step = before.steps[signal.node]
            assert self.run == before or step.attempt == signal.attempt, (
                "an attempt that does not count changes nothing"
            )

    @rule()
    def the_server_begins_anew(self) -> None:
        """What was not heard is lost; the run is what its rows say."""
        self.mail.clear()
        self.run = Run(self.run.id, dict(self.run.steps), self.run.continue_on_step_failure, self.run.cancel_requested)
        COUNTED["restarts"] += 1

    # People

    @rule(data=st.data())
    def cancel_step(self, data: st.DataObject) -> None:
        self.tell(on.CancelStep(data.draw(st.sampled_from(sorted(self.run.steps))), self.tick()))

    @precondition(lambda self: self.at > 15)
    @rule()
    def cancel_run(self) -> None:
        before = self.run
        self.tell(on.CancelRun(self.tick()))
        for node, step in before.steps.items():
            now = self.run.steps[node]
            if step.run_if is RunIf.ALWAYS and not before.cancel_requested:
                assert now.status is not StepStatus.CANCELED or step.status is StepStatus.CANCELED, "it still runs"
            elif before.status not in FINAL_RUN:
                assert now.status in FINAL or now.stopping, "all else ends"

    # What must hold

    @invariant()
    def outputs_are_those_of_one_attempt(self) -> None:
        for node, step in self.run.steps.items():
            if step.status in FINAL:
                assert self.first.setdefault(node, step) == step
            if step.status is StepStatus.COMPLETED and not step.dataset:
                assert step.outputs["result"].digest == step.attempt
            if step.status is StepStatus.REUSED:
                assert step.outputs["result"].digest in ("old", "other")
            if step.status not in DONE_WELL:
                assert not step.outputs

    @invariant()
    def tries_are_bounded_and_cleaned_up_once(self) -> None:
        assert all(count == 1 for count in self.cleaned.values())
        counting = {step.attempt for step in self.run.steps.values() if step.status in ACTIVE}
        assert not counting & set(self.cleaned)
        for step in self.run.steps.values():
            assert 0 <= step.attempts <= step.retries + 1
            assert step.restarts <= MAX_RESTARTS

    @invariant()
    def nothing_runs_before_its_inputs(self) -> None:
        for step in self.run.steps.values():
            if step.status in ACTIVE or step.status in (StepStatus.QUEUED, StepStatus.COMPLETED):
                for one in step.before if step.run_if is RunIf.SUCCESS else step.needs & step.before:
                    assert self.run.steps[one].status in DONE_WELL
                assert all(self.run.steps[one].status in FINAL for one in step.before)
                assert not step.left_out

    @invariant()
    def what_is_not_over_goes_on(self) -> None:
        if self.run.status in FINAL_RUN:
            assert all(step.status in FINAL for step in self.run.steps.values())
            return
        for step in self.run.steps.values():
            if step.status is StepStatus.WAITING:
                assert any(self.run.steps[one].status not in FINAL for one in step.before)
        assert any(step.status in ACTIVE or step.status is StepStatus.QUEUED for step in self.run.steps.values())

    def teardown(self) -> None:
        """If the world answers from now on, the run ends."""
        if not hasattr(self, "run"):
            return
        for _ in range(200):
            if self.run.status in FINAL_RUN:
                return
            self.at += 1_000.0
            for command in list(self.doing.values()):
                self.do(command, "well")
            self.doing.clear()
            for attempt, ended in list(self.world.items()):
                if ended is None:
                    self.end(attempt, "well")
                self.look(attempt)
            while self.mail:
                self.tell(self.mail.pop(0))
            for node, step in self.run.steps.items():
                if step.status is StepStatus.QUEUED and not step.dataset:
                    self.made += 1
                    self.tell(on.Claimed(node, f"att_{self.made}", self.at))
        raise AssertionError(f"the run does not end: {self.run}")


def error(code: int) -> StepError:
    return StepError("ValueError", "no", exit_code=code)


def reachable(old: StepStatus, new: StepStatus) -> bool:
    """Whether one status may follow another within one signal: at most through the queue."""
    return new in NEXT[old] or any(new in NEXT[one] for one in NEXT[old])


def test_whatever_is_reported_in_whatever_order_a_run_ends_and_ends_once() -> None:
    COUNTED.clear()
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        World, settings=settings(max_examples=200, stateful_step_count=50, deadline=None)
    )
    print(f"\nthe engine: {dict(COUNTED)}")
