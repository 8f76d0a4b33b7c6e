"""Random pipelines in a world that reports late, twice, in any order, or not at all."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from designer.engine import signals as on
from designer.engine.commands import Clean, Collect, Start, Stop, Supply
from designer.engine.decide import MAX_RESTARTS, decide
from designer.engine.run import Output, Run, Step, StepError
from designer.engine.status import ACTIVE, DONE_WELL, FINAL, FINAL_RUN, StepStatus

ERROR = StepError("ValueError", "no")


class World(RuleBasedStateMachine):
    """The engine on one side; on the other attempts that start, end, vanish, and reports that linger."""

    @initialize(data=st.data())
    def submit(self, data: st.DataObject) -> None:
        size = data.draw(st.integers(1, 7))
        steps = {}
        for place in range(size):
            before = data.draw(st.sets(st.integers(0, place - 1), max_size=3)) if place else set()
            kind = data.draw(st.sampled_from(["module"] * 6 + ["dataset", "off"]))
            steps[f"n{place}"] = Step(
                f"n{place}",
                dataset="d@1" if kind == "dataset" else "",
                before=frozenset() if kind == "dataset" else frozenset(f"n{one}" for one in before),
                target="local",
                retries=data.draw(st.sampled_from([0, 0, 1, 2])),
                retry_delay=data.draw(st.sampled_from([0.0, 1.0])),
                left_out="It is switched off." if kind == "off" else "",
            )
        self.at = 0.0
        self.made = 0
        self.heard: list[Any] = []  # every report there ever was: may come again
        self.doing: dict[str, Any] = {}  # commands that are not carried out
        self.started: dict[str, int] = {}  # attempt -> how often it was started
        self.first: dict[str, dict[str, Output]] = {}  # node -> the outputs it was completed with
        self.run = Run("run_1", steps, data.draw(st.booleans()))
        self.tell(on.Submitted(self.at))

    def tell(self, signal: Any) -> None:
        before = self.run
        self.run, commands = decide(self.run, signal)
        for command in commands:
            self.doing[repr(command)] = command
        for node, step in before.steps.items():
            if step.status in FINAL:
                assert self.run.steps[node] == step, "what is final stays as it is"
        if not isinstance(signal, on.Submitted):
            self.heard.append(signal)
        again, nothing = decide(self.run, signal)
        if not isinstance(signal, on.Submitted | on.Claimed):
            assert again == self.run, "the same report again changes nothing"
            assert nothing == (), "and calls for nothing"

    def tick(self) -> float:
        self.at += 1.0
        return self.at

    @rule(data=st.data())
    def claim(self, data: st.DataObject) -> None:
        node = data.draw(st.sampled_from(sorted(self.run.steps)))
        self.made += 1
        self.tell(on.Claimed(node, f"att_{self.made}", self.tick()))

    @precondition(lambda self: self.doing)
    @rule(data=st.data(), fate=st.sampled_from(["well", "well", "well", "badly", "lost", "never", "silent"]))
    def carry_out(self, data: st.DataObject, fate: str) -> None:
        name = data.draw(st.sampled_from(sorted(self.doing)))
        self.do(self.doing.pop(name), fate)

    def do(self, command: Any, fate: str) -> None:
        at = self.tick()
        match command:
            case Supply(node=node):
                self.tell(
                    on.NotSupplied(node, ERROR, at)
                    if fate == "badly"
                    else on.Supplied(node, {"data": Output("d", "table")}, at)
                )
            case Start(node=node, attempt=attempt):
                assert all(self.run.steps[one].status in DONE_WELL for one in self.run.steps[node].before)
                self.started[attempt] = self.started.get(attempt, 0) + 1
                if fate == "never":
                    self.tell(on.Lost(node, attempt, False, "never ran", at))
                    return
                if fate != "silent":
                    self.tell(on.Started(node, attempt, at))
                if fate == "badly":
                    self.tell(on.Failed(node, attempt, ERROR, self.tick()))
                elif fate == "lost":
                    self.tell(on.Lost(node, attempt, True, "gone", self.tick()))
                else:
                    self.tell(on.Succeeded(node, attempt, self.tick()))
            case Stop(node=node, attempt=attempt):
                self.tell(on.Succeeded(node, attempt, at) if fate == "well" else on.Stopped(node, attempt, at))
            case Collect(node=node, attempt=attempt):
                if fate == "badly":
                    self.tell(on.Failed(node, attempt, ERROR, at))
                else:
                    self.tell(on.Collected(node, attempt, {"result": Output(attempt, "table")}, at))
            case Clean():
                pass

    @precondition(lambda self: self.heard)
    @rule(data=st.data())
    def hear_again(self, data: st.DataObject) -> None:
        before = self.run
        signal = data.draw(st.sampled_from(self.heard))
        if isinstance(signal, on.Claimed):
            return
        self.run, commands = decide(self.run, signal)
        for command in commands:
            self.doing[repr(command)] = command
        if not isinstance(signal, on.CancelRun | on.CancelStep):
            assert self.run == before

    @rule(data=st.data())
    def cancel_step(self, data: st.DataObject) -> None:
        self.tell(on.CancelStep(data.draw(st.sampled_from(sorted(self.run.steps))), self.tick()))

    @precondition(lambda self: self.at > 8)
    @rule()
    def cancel_run(self) -> None:
        self.tell(on.CancelRun(self.tick()))

    @invariant()
    def outputs_are_those_of_one_attempt(self) -> None:
        for node, step in self.run.steps.items():
            if step.status in DONE_WELL:
                assert self.first.setdefault(node, dict(step.outputs)) == step.outputs
                assert step.dataset or step.outputs["result"].digest == step.attempt

    @invariant()
    def no_attempt_starts_twice_and_tries_are_bounded(self) -> None:
        assert all(count == 1 for count in self.started.values())
        for step in self.run.steps.values():
            assert 0 <= step.attempts <= step.retries + 1
            assert step.restarts <= MAX_RESTARTS

    @invariant()
    def nothing_runs_before_its_inputs(self) -> None:
        for step in self.run.steps.values():
            if step.status in ACTIVE or step.status in (StepStatus.QUEUED, StepStatus.COMPLETED):
                assert all(self.run.steps[one].status in DONE_WELL for one in step.before)

    @invariant()
    def what_is_not_over_goes_on(self) -> None:
        if self.run.status in FINAL_RUN:
            return
        for step in self.run.steps.values():
            if step.status is StepStatus.WAITING:
                assert any(self.run.steps[one].status not in FINAL for one in step.before)
        assert any(step.status in ACTIVE or step.status is StepStatus.QUEUED for step in self.run.steps.values())

    def teardown(self) -> None:
        """If the world answers from now on, the run ends."""
        for _ in range(400):
            if self.run.status in FINAL_RUN:
                return
            self.at += 1_000.0
            if self.doing:
                self.do(self.doing.pop(sorted(self.doing)[0]), "well")
                continue
            for node, step in list(self.run.steps.items()):
                if step.status is StepStatus.QUEUED:
                    self.made += 1
                    self.tell(on.Claimed(node, f"att_{self.made}", self.at))
                elif step.status is StepStatus.RUNNING or step.status is StepStatus.PREPARING:
                    self.tell(on.Lost(node, step.attempt, True, "it said nothing", self.at))
                elif step.status is StepStatus.FINALIZING:
                    self.do(Collect(node, step.attempt), "well")
        raise AssertionError(f"the run does not end: {self.run}")


TestWorld = World.TestCase
TestWorld.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
