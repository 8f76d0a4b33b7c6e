"""What a run becomes when something is reported: single stories."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from designer.engine import signals as on
from designer.engine.commands import Clean, Collect, Start, Stop, Supply
from designer.engine.decide import MAX_RESTARTS, decide
from designer.engine.run import Output, Run, Step, StepError
from designer.engine.signals import Signal
from designer.engine.status import RunIf, RunStatus, StepStatus

ERROR = StepError("ValueError", "no")
OUT = {"result": Output("sha256:1", "table")}


def run_of(edges: Mapping[str, str], **settings: Any) -> Run:
    """A run of modules from {"b": "a"}: b waits for the nodes named, by letters."""
    steps = {node: Step(node, before=frozenset(before), target="local") for node, before in edges.items()}
    run, commands = decide(Run("run_1", steps, **settings), on.Submitted(0.0))
    assert commands == ()
    return run


def after(run: Run, *signals: Signal) -> tuple[Run, list[Any]]:
    """The run after these signals, and all commands."""
    found: list[Any] = []
    for signal in signals:
        run, commands = decide(run, signal)
        found += commands
    return run, found


def statuses(run: Run) -> dict[str, str]:
    return {node: step.status.value for node, step in run.steps.items()}


def completed(node: str, attempt: str = "") -> list[Signal]:
    attempt = attempt or f"att_{node}"
    return [
        on.Claimed(node, attempt, 1.0),
        on.Started(node, attempt, 2.0),
        on.Succeeded(node, attempt, 3.0),
        on.Collected(node, attempt, OUT, 4.0),
    ]


def test_a_chain_runs_to_its_end_one_after_the_other() -> None:
    run = run_of({"a": "", "b": "a"})
    assert statuses(run) == {"a": "queued", "b": "waiting"}

    run, commands = after(run, *completed("a"))

    assert statuses(run) == {"a": "completed", "b": "queued"}
    assert commands == [Start("a", "att_a"), Collect("a", "att_a"), Clean("a", "att_a")]
    assert run.steps["a"].outputs == OUT

    run, _ = after(run, *completed("b"))

    assert run.status is RunStatus.COMPLETED


def test_a_dataset_is_supplied_and_a_missing_one_fails() -> None:
    steps = {"d": Step("d", dataset="cars@1"), "a": Step("a", before=frozenset("d"))}
    run, commands = decide(Run("run_1", steps), on.Submitted(0.0))
    assert commands == (Supply("d"),)

    supplied, _ = after(run, on.Supplied("d", OUT, 1.0))
    missing, _ = after(run, on.NotSupplied("d", ERROR, 1.0))

    assert statuses(supplied) == {"d": "completed", "a": "queued"}
    assert statuses(missing) == {"d": "failed", "a": "skipped"}
    assert after(supplied, on.Supplied("d", {}, 2.0))[0] is supplied
    assert after(missing, on.Claimed("d", "x", 2.0), on.Supplied("a", OUT, 2.0))[0] is missing


def test_a_failure_ends_all_others_unless_they_are_to_go_on() -> None:
    edges = {"a": "", "b": "a", "c": "", "d": "", "e": "d"}
    begin = [on.Claimed("a", "att_a", 1), on.Claimed("c", "att_c", 1), on.Started("c", "att_c", 2)]
    failed = [*begin, on.Failed("a", "att_a", ERROR, 3)]

    strict, commands = after(run_of(edges), *failed)
    lenient, _ = after(run_of(edges, continue_on_step_failure=True), *failed)

    assert statuses(strict) == {"a": "failed", "b": "skipped", "c": "running", "d": "skipped", "e": "skipped"}
    assert commands[2:] == [Clean("a", "att_a"), Stop("c", "att_c")]
    assert strict.steps["b"].why == '"a" failed.'
    assert statuses(after(strict, on.Stopped("c", "att_c", 4))[0])["c"] == "canceled"
    assert after(strict, on.Stopped("c", "att_c", 4))[0].status is RunStatus.FAILED
    assert statuses(lenient) == {"a": "failed", "b": "skipped", "c": "running", "d": "queued", "e": "waiting"}
    assert lenient.steps["b"].why == '"a" failed, and this step needs it.'


def test_steps_are_called_what_their_cards_say() -> None:
    steps = {"a": Step("a", name="Split Data"), "b": Step("b", before=frozenset("a"))}
    begin = [on.Claimed("a", "1", 1), on.Failed("a", "1", ERROR, 2)]

    for lenient in (False, True):
        run, _ = decide(Run("run_1", steps, continue_on_step_failure=lenient), on.Submitted(0.0))
        run, _ = after(run, *begin)

        assert run.steps["b"].why.startswith('"Split Data" failed')


def test_what_is_behind_a_skipped_step_is_skipped_too() -> None:
    run = run_of({"a": "", "b": "a", "c": "b", "d": "c", "x": ""}, continue_on_step_failure=True)

    run, _ = after(run, on.Claimed("a", "1", 1), on.Failed("a", "1", ERROR, 2))

    assert statuses(run) == {"a": "failed", "b": "skipped", "c": "skipped", "d": "skipped", "x": "queued"}
    assert run.steps["d"].why == '"c" was skipped, and this step needs it.'


def test_a_step_that_is_off_is_skipped_with_all_that_needs_it() -> None:
    steps = {"a": Step("a", left_out="It is switched off."), "b": Step("b", before=frozenset("a")), "c": Step("c")}

    run, _ = decide(Run("run_1", steps), on.Submitted(0.0))

    assert statuses(run) == {"a": "skipped", "b": "skipped", "c": "queued"}
    assert run.steps["a"].why == "It is switched off."


def test_retries_wait_longer_each_time_and_then_it_failed() -> None:
    step = Step("a", target="local", retries=2, retry_delay=10.0)
    run, _ = decide(Run("run_1", {"a": step}), on.Submitted(0.0))

    run, _ = after(run, on.Claimed("a", "1", 1), on.Failed("a", "1", ERROR, 2))

    assert (run.steps["a"].status, run.steps["a"].ready_at) == (StepStatus.QUEUED, 12.0)
    assert decide(run, on.Claimed("a", "2", 11.9)) == (run, ())

    run, _ = after(run, on.Claimed("a", "2", 12.0), on.Failed("a", "2", ERROR, 13))

    assert run.steps["a"].ready_at == 33.0

    run, _ = after(run, on.Claimed("a", "3", 33), on.Failed("a", "3", ERROR, 34))

    assert (run.steps["a"].status, run.steps["a"].attempts) == (StepStatus.FAILED, 3)


def test_a_step_that_never_ran_starts_anew_but_not_for_ever() -> None:
    run = run_of({"a": ""})

    for number in range(MAX_RESTARTS):
        claimed, _ = after(run, on.Claimed("a", f"{number}", 100.0 * number))
        run, commands = after(claimed, on.Lost("a", f"{number}", False, "gone", 100.0 * number + 1))
        assert (run.steps["a"].status, run.steps["a"].attempts) == (StepStatus.QUEUED, 0)
        assert commands == [Clean("a", f"{number}")]
    run, _ = after(run, on.Claimed("a", "last", 900), on.Lost("a", "last", False, "gone", 901))

    assert run.steps["a"].status is StepStatus.FAILED
    assert run.steps["a"].error == StepError("lost", "gone", run.steps["a"].error.cure)


def test_a_step_that_ran_and_was_lost_fails_unless_it_has_retries() -> None:
    run = run_of({"a": ""})
    lost = [on.Claimed("a", "1", 1), on.Started("a", "1", 2), on.Lost("a", "1", True, "gone", 3)]
    safe = replace(run, steps={"a": replace(run.steps["a"], retries=1)})

    assert statuses(after(run, *lost)[0]) == {"a": "failed"}
    assert statuses(after(safe, *lost)[0]) == {"a": "queued"}


def test_cancel_ends_what_waits_at_once_and_tells_what_runs() -> None:
    run = run_of({"a": "", "b": "a", "c": ""})
    run, _ = after(run, on.Claimed("a", "1", 1), on.Started("a", "1", 2))

    run, commands = after(run, on.CancelRun(3))

    assert statuses(run) == {"a": "running", "b": "canceled", "c": "canceled"}
    assert (commands, run.status) == ([Stop("a", "1")], RunStatus.CANCELING)
    assert decide(run, on.CancelRun(4)) == (run, ())

    run, _ = after(run, on.Failed("a", "1", ERROR, 5))

    assert (statuses(run)["a"], run.status) == ("canceled", RunStatus.CANCELED)
    assert run.steps["a"].why == "The run was canceled."


@pytest.mark.parametrize(
    ("reached", "ends_as"),
    [
        ([], "canceled"),
        ([on.Claimed("a", "1", 1)], "canceled"),
        ([on.Claimed("a", "1", 1), on.Started("a", "1", 2)], "canceled"),
        ([on.Claimed("a", "1", 1), on.Succeeded("a", "1", 2)], "completed"),
        (completed("a", "1"), "completed"),
    ],
    ids=["queued", "preparing", "running", "finalizing", "completed"],
)
def test_a_step_canceled_in_any_state_ends_canceled_or_finished_first(reached: list[Signal], ends_as: str) -> None:
    run, _ = after(run_of({"a": "", "b": "a"}), *reached, on.CancelStep("a", 5))

    run, _ = after(run, on.Collected("a", "1", OUT, 6), on.Stopped("a", "1", 6))

    assert statuses(run)["a"] == ends_as
    assert statuses(run)["b"] == ("queued" if ends_as == "completed" else "skipped")


@pytest.mark.parametrize("late", [
    on.Started("a", "old", 9), on.Succeeded("a", "old", 9), on.Collected("a", "old", OUT, 9), on.Failed("a", "old", ERROR, 9),
    on.Stopped("a", "old", 9), on.Lost("a", "old", True, "", 9), on.Lost("a", "old", False, "", 9),
    on.CancelStep("nobody", 9), on.Claimed("nobody", "x", 9), on.Supplied("a", OUT, 9), on.NotSupplied("a", ERROR, 9),
], ids=lambda signal: type(signal).__name__)  # fmt: skip
def test_a_report_under_another_attempt_changes_nothing(late: Signal) -> None:
    run, _ = after(run_of({"a": ""}), on.Claimed("a", "1", 1), on.Started("a", "1", 2))

    assert decide(run, late) == (run, ())


@pytest.mark.parametrize("place", range(4))
def test_a_report_that_comes_twice_changes_nothing_more(place: int) -> None:
    signals = completed("a")
    run, _ = after(run_of({"a": ""}), *signals[: place + 1])

    again, commands = decide(run, signals[place])

    assert (again, commands) == (run, ())


def test_a_cancel_after_the_end_changes_nothing() -> None:
    run, _ = after(run_of({"a": ""}), *completed("a"))

    assert decide(run, on.CancelRun(9)) == (run, ())


def test_a_thousand_steps_that_wait_for_one_are_queued_in_one_decision() -> None:
    edges = {"a": ""} | {f"b{i}": "a" for i in range(1_000)}

    run, _ = after(run_of(edges), *completed("a"))

    assert set(statuses(run).values()) == {"completed", "queued"}


def cleaning(**settings: Any) -> Run:
    """a, then b; `clean` runs however they end, `tell` only if something failed."""
    steps = {
        "a": Step("a", target="local"),
        "b": Step("b", before=frozenset("a"), target="local"),
        "clean": Step("clean", before=frozenset("ab"), run_if=RunIf.ALWAYS, target="local"),
        "tell": Step("tell", before=frozenset("ab"), run_if=RunIf.FAILURE, target="local"),
    }
    return decide(Run("run_1", steps, **settings), on.Submitted(0.0))[0]


def test_after_success_only_what_runs_always_runs() -> None:
    run, _ = after(cleaning(), *completed("a"), *completed("b"))

    assert statuses(run) == {"a": "completed", "b": "completed", "clean": "queued", "tell": "skipped"}
    assert run.steps["tell"].why == "Nothing failed."


@pytest.mark.parametrize("go_on", [True, False])
def test_after_a_failure_what_cleans_up_and_what_tells_runs(go_on: bool) -> None:
    run, _ = after(cleaning(continue_on_step_failure=go_on), on.Claimed("a", "1", 1), on.Failed("a", "1", ERROR, 2))

    assert statuses(run) == {"a": "failed", "b": "skipped", "clean": "queued", "tell": "queued"}
    assert run.status is RunStatus.RUNNING
    run, _ = after(run, *completed("clean"), *completed("tell"))
    assert run.status is RunStatus.FAILED


def test_a_cancel_leaves_the_clean_up_and_a_second_one_does_not() -> None:
    run, commands = after(cleaning(), on.Claimed("a", "1", 1), on.CancelRun(2))
    assert commands == [Start("a", "1"), Stop("a", "1")]
    assert statuses(run) == {"a": "preparing", "b": "canceled", "clean": "waiting", "tell": "canceled"}

    ended, _ = after(run, on.Stopped("a", "1", 3))
    assert statuses(ended)["clean"] == "queued"
    assert ended.status is RunStatus.CANCELING

    assert statuses(after(ended, on.CancelRun(4))[0])["clean"] == "canceled"


def test_a_step_that_watches_is_skipped_without_what_it_needs() -> None:
    steps = {
        "a": Step("a", target="local"),
        "clean": Step("clean", before=frozenset("a"), needs=frozenset("a"), run_if=RunIf.ALWAYS, target="local"),
    }
    run, _ = decide(Run("run_1", steps), on.Submitted(0.0))

    run, _ = after(run, on.Claimed("a", "1", 1), on.Failed("a", "1", ERROR, 2))

    assert run.steps["clean"].why == '"a" failed, and this step needs what it makes.'


def test_what_is_known_at_the_start_is_not_waited_for() -> None:
    steps = {
        "d": Step("d", dataset="cars@1"),
        "a": Step("a", before=frozenset("d"), target="local"),
        "b": Step("b", before=frozenset("a"), target="local"),
    }

    run, commands = decide(Run("run_1", steps), on.Submitted(5.0, {"d": OUT}, {"a": OUT}))

    assert statuses(run) == {"d": "completed", "a": "reused", "b": "queued"}
    assert commands == ()
    assert run.steps["a"].outputs == OUT


def test_a_queued_step_is_reused_and_its_followers_go_on() -> None:
    run = run_of({"a": "", "b": "a"})

    run, commands = after(
        run, on.Held("a", "Waits for run x.", 1.0), on.Reused("a", OUT, 2.0), on.Reused("a", OUT, 3.0)
    )

    assert statuses(run) == {"a": "reused", "b": "queued"}
    assert (commands, run.steps["a"].why, run.steps["a"].ended) == ([], "", 2.0)


def test_waits_between_tries_grow_by_the_backoff_and_only_listed_exit_codes_are_tried_again() -> None:
    step = Step("a", target="local", retries=9, retry_delay=10.0, retry_backoff=3.0, retry_exit_codes=frozenset({75}))
    run, _ = decide(Run("run_1", {"a": step}), on.Submitted(0.0))
    again = replace(ERROR, exit_code=75)

    run, _ = after(run, on.Claimed("a", "1", 0), on.Failed("a", "1", again, 0))
    assert run.steps["a"].ready_at == 10.0
    run, _ = after(run, on.Claimed("a", "2", 10), on.Failed("a", "2", again, 10))
    assert run.steps["a"].ready_at == 40.0
    run, _ = after(run, on.Claimed("a", "3", 40), on.Failed("a", "3", replace(ERROR, exit_code=1), 40))
    assert statuses(run) == {"a": "failed"}
