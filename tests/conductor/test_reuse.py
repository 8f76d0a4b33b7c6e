"""What was done is not done again: reuse, the plan, parts of a pipeline, taking a run up again, clean-up steps."""

import json
from pathlib import Path
from typing import Any

import pytest

from designer.actions import logs, plans, runs, steps
from designer.contract.plans import PlanRun
from designer.contract.runs import Run
from designer.errors import Invalid, NotFound
from designer.store import results
from tests.conductor.conftest import Conducted, conducting
from tests.home import MODULES, chain, document, home, wait_for


def statuses(run: Run) -> dict[str, str]:
    return {node: step.status.value for node, step in run.steps.items()}


def reasons(of: Any) -> list[str]:
    return [reason.text for reason in of.reasons]


def verdicts(conducted: Conducted, doc: dict[str, Any], **more: Any) -> dict[str, str]:
    plan = plans.plan_run(conducted.inst, PlanRun(document=doc, **more))
    return {node: step.verdict.value for node, step in plan.steps.items()}


def number(run: Run, conducted: Conducted, node: str) -> float:
    path = conducted.inst.artifacts.local_path(run.steps[node].outputs["result"].digest)
    return float(json.loads(path.read_text())["number"])


def test_an_unchanged_pipeline_is_not_run_again_on_either_database(tmp_path: Path, database_url: str) -> None:
    with home(tmp_path, database_url) as inst, conducting(inst) as conducted:
        first = conducted.run(chain(3))
        assert verdicts(conducted, chain(3)) == {"n0": "reused", "n1": "reused", "n2": "reused"}

        second = conducted.submit(chain(3))

        assert second.status == "completed", "it is over before it was answered"
        assert statuses(second) == {"n0": "reused", "n1": "reused", "n2": "reused"}
        step = second.steps["n1"]
        assert (step.reused_from, step.reused_node, reasons(step)) == (first.id, "n1", ["nothing changed"])
        assert step.outputs == first.steps["n1"].outputs
        assert conducted.get(second).steps == second.steps
        conducted.assert_invariants(second)


def test_a_reused_step_shows_what_its_origin_told(conducted: Conducted, tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    doc = document({"w": {"module": "wait@1", "parameters": {"until": str(tmp_path / "go"), "seconds": 1.0}}})
    made = conducted.run({**doc, "nodes": {"w": {"module": "number@1", "parameters": {"number": 7}}}})

    again = conducted.run({**doc, "nodes": {"other": {"module": "number@1", "parameters": {"number": 7}}}})

    assert again.steps["other"].status == "reused"
    assert again.steps["other"].reused_node == "w", "the key counts, not the name"
    assert logs.read_log(conducted.inst, again.id, "other", "stdout", 0, 100).text == "number 7\n"
    detail = steps.get_step(conducted.inst, again.id, "other")
    assert [one["id"] for one in detail.attempts_list] == [made.steps["w"].attempt]
    assert detail.peak_memory == made.steps["w"].peak_memory


def test_a_changed_parameter_runs_its_step_and_what_follows_and_says_why(conducted: Conducted) -> None:
    first = conducted.run(chain(4))
    doc = chain(4)
    doc["nodes"]["n2"]["parameters"] = {"amount": 5.0}

    plan = plans.plan_run(conducted.inst, PlanRun(document=doc))
    run = conducted.run(doc)

    assert {node: step.verdict.value for node, step in plan.steps.items()} == {
        "n0": "reused", "n1": "reused", "n2": "runs", "n3": "maybe",
    }  # fmt: skip
    assert reasons(plan.steps["n2"]) == ["parameter amount 1.0 → 5.0"]
    assert reasons(plan.steps["n3"]) == ["depends on what the steps before it make"]
    assert plan.steps["n2"].compared_with == first.id
    assert plan.steps["n2"].seconds is not None
    assert statuses(run) == {"n0": "reused", "n1": "reused", "n2": "completed", "n3": "completed"}
    assert reasons(run.steps["n2"]) == ["parameter amount 1.0 → 5.0"]
    assert reasons(run.steps["n3"]) == ["input value changed"]
    assert number(run, conducted, "n3") == 7.0
    conducted.assert_invariants(run)


def test_a_step_that_makes_the_same_bytes_cuts_the_rest_off(conducted: Conducted) -> None:
    first = conducted.run(chain(3))
    doc = chain(3)
    doc["nodes"]["n0"]["parameters"] = {"number": 0, "seed": 1}  # prints the same number

    run = conducted.run(doc)

    assert statuses(run) == {"n0": "completed", "n1": "reused", "n2": "reused"}
    assert run.steps["n1"].reused_from == first.id
    assert reasons(run.steps["n1"]) == ["nothing changed"]
    conducted.assert_invariants(run)


def test_changed_code_runs_again(tmp_path: Path) -> None:
    with home(tmp_path) as inst, conducting(inst) as conducted:
        conducted.run(chain(2))
    changed = MODULES["add"].replace("+ amount}", "+ amount + 100}")
    assert changed != MODULES["add"]

    with home(tmp_path, modules={"add": changed}) as inst, conducting(inst) as conducted:
        run = conducted.run(chain(2))

        assert statuses(run) == {"n0": "reused", "n1": "completed"}
        assert reasons(run.steps["n1"]) == ["code changed"]
        assert number(run, conducted, "n1") == 101.0


def test_reuse_can_be_refused_by_a_node_by_a_module_and_by_a_run(conducted: Conducted) -> None:
    doc = document(
        {"a": {"module": "number@1", "reuse": False}, "b": {"module": "number@1", "parameters": {"seed": 1}}}
    )
    conducted.run(doc)

    again = conducted.run(doc)
    everything = conducted.run(doc, regenerate=True)

    assert statuses(again) == {"a": "completed", "b": "reused"}
    assert reasons(again.steps["a"]) == ["reuse is off for this step"]
    assert statuses(everything) == {"a": "completed", "b": "completed"}
    assert reasons(everything.steps["b"]) == ["everything is run again"]
    newest = conducted.run(doc)
    assert newest.steps["b"].reused_from == everything.id, "what was made anew serves from then on"


def test_a_module_may_say_that_it_is_never_reused_unless_a_node_says_otherwise(tmp_path: Path) -> None:
    clock = MODULES["number"].replace('CATEGORY = "Test"', 'CATEGORY = "Test"\nREUSE = False')

    with home(tmp_path, modules={"clock": clock}) as inst, conducting(inst) as conducted:
        doc = document(
            {"a": {"module": "clock@1"}, "b": {"module": "clock@1", "parameters": {"seed": 1}, "reuse": True}}
        )
        conducted.run(doc)

        assert statuses(conducted.run(doc)) == {"a": "completed", "b": "reused"}


def test_damaged_results_are_not_reused_and_are_made_again(conducted: Conducted) -> None:
    first = conducted.run(chain(2))
    path = conducted.inst.artifacts.local_path(first.steps["n1"].outputs["result"].digest)
    path.chmod(0o600)
    path.write_text('{"number": 666}')

    assert verdicts(conducted, chain(2)) == {"n0": "reused", "n1": "runs"}
    run = conducted.run(chain(2))

    assert statuses(run) == {"n0": "reused", "n1": "completed"}
    assert reasons(run.steps["n1"]) == ["its earlier results are not there any more"]
    assert number(run, conducted, "n1") == 1.0
    assert statuses(conducted.run(chain(2))) == {"n0": "reused", "n1": "reused"}


def test_two_runs_that_need_one_key_share_one_attempt(conducted: Conducted, tmp_path: Path) -> None:
    note, go = tmp_path / "note.txt", tmp_path / "go"
    doc = document({"w": {"module": "wait@1", "parameters": {"note": str(note), "until": str(go)}}})
    first = conducted.submit(doc)
    conducted.until(first, "w", "running")
    second = conducted.submit(doc)
    wait_for("the second to wait", lambda: conducted.get(second).steps["w"].why)
    assert conducted.get(second).steps["w"].why == f"Waits for run {first.id}, which does the same."

    go.touch()
    done = conducted.ended(second)

    assert (done.steps["w"].status, done.steps["w"].reused_from) == ("reused", first.id)
    assert note.read_text().count("started") == 1
    conducted.assert_invariants(conducted.ended(first))
    conducted.assert_invariants(done)


def test_a_step_that_waits_for_another_run_runs_itself_when_that_is_canceled(
    conducted: Conducted, tmp_path: Path
) -> None:
    note, go = tmp_path / "note.txt", tmp_path / "go"
    doc = document({"w": {"module": "wait@1", "parameters": {"note": str(note), "until": str(go)}}})
    first = conducted.submit(doc)
    conducted.until(first, "w", "running")
    second = conducted.submit(doc)
    wait_for("the second to wait", lambda: conducted.get(second).steps["w"].why)

    runs.cancel_run(conducted.inst, first.id)
    conducted.until(second, "w", "running")
    go.touch()

    assert conducted.ended(second).steps["w"].status == "completed"
    assert conducted.ended(first).status == "canceled"
    assert note.read_text().count("started") == 2


def test_equal_steps_of_one_run_share_one_attempt(conducted: Conducted) -> None:
    run = conducted.run(document({name: {"module": "number@1"} for name in "abc"}))

    assert sorted(statuses(run).values()) == ["completed", "reused", "reused"]
    conducted.assert_invariants(run)


def test_steps_that_share_are_taken_up_by_the_next_server(tmp_path: Path) -> None:
    note, go = tmp_path / "note.txt", tmp_path / "go"
    doc = document({"w": {"module": "wait@1", "parameters": {"note": str(note), "until": str(go)}}})
    with home(tmp_path) as inst, conducting(inst) as conducted:
        first = conducted.submit(doc)
        conducted.until(first, "w", "running")
        second = conducted.submit(doc)
        wait_for("the second to wait", lambda: conducted.get(second).steps["w"].why)

    with home(tmp_path) as inst, conducting(inst) as conducted:
        go.touch()

        assert conducted.ended(first).steps["w"].status == "completed"
        assert conducted.ended(second).steps["w"].status == "reused"
        assert note.read_text().count("started") == 1


def test_only_a_part_runs(conducted: Conducted) -> None:
    doc = chain(4)

    to = conducted.run(doc, to_nodes=["n1"])
    assert statuses(to) == {"n0": "completed", "n1": "completed", "n2": "skipped", "n3": "skipped"}
    assert to.steps["n2"].why == "It is not part of what was asked for."
    assert to.status == "completed"

    start = conducted.run(doc, from_nodes=["n2"])
    assert statuses(start) == {"n0": "reused", "n1": "reused", "n2": "completed", "n3": "completed"}
    start = conducted.run(doc, from_nodes=["n2"])
    assert statuses(start) == {"n0": "reused", "n1": "reused", "n2": "completed", "n3": "completed"}
    assert reasons(start.steps["n3"]) == ["it was asked for"]

    only = conducted.run(doc, only_nodes=["n1"])
    assert statuses(only) == {"n0": "reused", "n1": "completed", "n2": "skipped", "n3": "skipped"}

    with pytest.raises(Invalid, match='Node "n9" is not there'):
        conducted.submit(doc, to_nodes=["n9"])


def test_a_failed_run_is_taken_up_again_after_mending(conducted: Conducted, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    doc = chain(2)
    doc["nodes"]["n0"]["reuse"] = False
    doc["nodes"]["f"] = {
        "module": "fail@1", "inputs": {"value": "n1.result"}, "parameters": {"note": str(note), "tries": 2},
    }  # fmt: skip
    doc["nodes"]["last"] = {"module": "add@1", "inputs": {"value": "f.result"}}
    failed = conducted.run(doc)
    assert statuses(failed) == {"n0": "completed", "n1": "completed", "f": "failed", "last": "skipped"}
    assert verdicts(conducted, doc)["n0"] == "runs", "a new run would do it again, since its reuse is off"

    doc["nodes"]["last"]["parameters"] = {"amount": 9.0}  # mended meanwhile
    assert verdicts(conducted, doc, resume=failed.id) == {"n0": "reused", "n1": "reused", "f": "runs", "last": "maybe"}
    resumed = conducted.run(doc, resume=failed.id)

    assert statuses(resumed) == {"n0": "reused", "n1": "reused", "f": "completed", "last": "completed"}
    assert resumed.resumed_from == failed.id
    assert resumed.steps["n0"].reused_from == failed.id
    assert reasons(resumed.steps["f"]) == ["did not complete the last time"]
    with pytest.raises(NotFound):
        conducted.submit(doc, resume="run_00000000000000000000")


def test_a_run_is_taken_up_again_as_it_was_where_nothing_else_is_given(conducted: Conducted, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    failed = conducted.run(document({"f": {"module": "fail@1", "parameters": {"note": str(note), "tries": 2}}}))

    resumed = conducted.ended(conducted.submit(None, resume=failed.id))

    assert resumed.status == "completed"
    assert resumed.name == failed.name


def test_clean_up_steps_run_however_the_others_end(conducted: Conducted, tmp_path: Path) -> None:
    note = tmp_path / "cleaned.txt"
    clean = {"module": "wait@1", "parameters": {"note": str(note), "seconds": 0.0}, "run_if": "always"}
    tell = {"module": "number@1", "run_if": "failure", "after": ["f"]}
    good = document({"a": {"module": "number@1"}, "clean": clean, "tell": {**tell, "after": ["a"]}})
    bad = document({"f": {"module": "fail@1"}, "b": {"module": "add@1", "inputs": {"value": "f.result"}},
                    "clean": clean, "tell": tell})  # fmt: skip

    well, failed = conducted.run(good), conducted.run(bad)

    assert (well.status, statuses(well)) == ("completed", {"a": "completed", "clean": "completed", "tell": "skipped"})
    assert well.steps["tell"].why == "Nothing failed."
    assert failed.status == "failed"
    assert statuses(failed) == {"f": "failed", "b": "skipped", "clean": "completed", "tell": "completed"}
    assert note.read_text().count("started") == 2, "it is never reused"
    conducted.assert_invariants(failed)


def test_clean_up_runs_after_a_cancel_and_a_second_cancel_ends_it(conducted: Conducted, tmp_path: Path) -> None:
    clean = {"module": "wait@1", "parameters": {"until": str(tmp_path / "go")}, "run_if": "always"}
    run = conducted.submit(document({"w": {"module": "wait@1"}, "clean": clean}))
    conducted.until(run, "w", "running")

    runs.cancel_run(conducted.inst, run.id)
    conducted.until(run, "clean", "running")
    runs.cancel_run(conducted.inst, run.id)

    done = conducted.ended(run)
    assert (done.status, statuses(done)) == ("canceled", {"w": "canceled", "clean": "canceled"})


def test_only_some_exit_codes_are_tried_again(tmp_path: Path) -> None:
    source = (
        '"""Leave\n\nLeaves with a code.\n"""\nimport sys\n\n\ndef run(*, code: int = 3) -> None:\n    sys.exit(code)\n'
    )

    with home(tmp_path, modules={"leave": source}) as inst, conducting(inst) as conducted:
        node = {"module": "leave@1", "retries": 1, "retry_exit_codes": [75]}
        run = conducted.run(
            document({"once": node, "twice": {**node, "parameters": {"code": 75}}},
                     settings={"continue_on_step_failure": True})
        )  # fmt: skip

        assert {node: step.attempts for node, step in run.steps.items()} == {"once": 1, "twice": 2}
        assert run.steps["once"].error is not None
        assert run.steps["once"].error.exit_code == 3


def test_of_waiting_steps_the_one_of_higher_priority_starts_first(tmp_path: Path) -> None:
    with home(tmp_path, slots=1) as inst, conducting(inst) as conducted:
        blocked = conducted.submit(document({"w": {"module": "wait@1", "parameters": {"until": str(tmp_path / "go")}}}))
        conducted.until(blocked, "w", "running")
        low = conducted.submit(document({"a": {"module": "number@1", "parameters": {"number": 2}}}))
        high = conducted.submit(
            document({"b": {"module": "number@1", "parameters": {"number": 3}},
                      "c": {"module": "number@1", "parameters": {"number": 4}, "priority": 1}}),
            priority=5,
        )  # fmt: skip
        (tmp_path / "go").touch()

        first, second = conducted.ended(low), conducted.ended(high)

        order = {"a": first.steps["a"], **second.steps}
        assert sorted(order, key=lambda node: order[node].started or 0.0) == ["c", "b", "a"]


def test_the_results_there_are_name_the_step_that_made_them(conducted: Conducted) -> None:
    run = conducted.run(chain(2))

    with conducted.inst.store.read() as t:
        key = steps.get_step(conducted.inst, run.id, "n1").key
        found = results.find(t, [key])[key]

    assert (found.run, found.node, found.attempt) == (run.id, "n1", run.steps["n1"].attempt)
    assert found.module == "add@1"
    assert found.seconds == pytest.approx(run.steps["n1"].seconds)
