"""What people do with runs, before any of it runs."""

import threading
from typing import Any

import pytest

from designer.actions import datasets, experiments, pipelines, runs, steps, system
from designer.contract.datasets import ReadOptions
from designer.contract.events import Event
from designer.contract.pipelines import CreatePipeline
from designer.contract.runs import Run, RunChange, SubmitRun
from designer.engine.commands import Supply
from designer.errors import Conflict, Invalid, NotFound
from designer.installation import Installation
from designer.launcher.digests import of_file
from designer.store import outbox, requests
from tests.home import chain, document


def submit(inst: Installation, doc: dict[str, Any] | None = None, key: str | None = None, **more: Any) -> Run:
    return runs.submit_run(
        inst, SubmitRun(document=chain(2) if doc is None and "pipeline" not in more else doc, **more), key=key
    )


def test_a_run_freezes_what_it_runs(inst: Installation, told: list[Event]) -> None:
    doc = {**chain(2), "parameters": {"amount": {"type": "number", "default": 2}}}
    doc["nodes"]["n1"]["parameters"] = {"amount": {"parameter": "amount"}}

    run = submit(inst, doc, parameters={"amount": 7}, tags={"why": "test"}, description="Look")

    assert run.document["parameters"]["amount"]["default"] == 7
    assert (run.status, run.counts, run.seq) == ("queued", {"queued": 1, "waiting": 1}, 1)
    assert (run.experiment, run.name, run.tags, run.parameters) == ("Default", "Test", {"why": "test"}, {"amount": 7})
    assert {node: step.status for node, step in run.steps.items()} == {"n0": "queued", "n1": "waiting"}
    assert runs.get_run(inst, run.id) == run
    assert steps.get_step(inst, run.id, "n1").parameters == {"amount": 7.0}
    assert steps.get_step(inst, run.id, "n1").inputs == {"value": {"node": "n0", "output": "result"}}
    assert [event.kind for event in told] == ["run", "listed"]
    assert runs.run_events(inst, run.id, 0).items == [told[0]]
    sources = runs.run_sources(inst, run.id).items
    assert [(one.node, one.module) for one in sources] == [("n0", "number@1"), ("n1", "add@1")]
    assert "def run(" in sources[0].text


def test_a_pipeline_that_cannot_run_is_refused_with_all_findings(inst: Installation) -> None:
    doc = document(
        {
            "a": {"module": "add@1"},
            "b": {"module": "nope@1"},
            "c": {"module": "number@1", "parameters": {"number": "x"}},
        }
    )

    with pytest.raises(Invalid) as caught:
        submit(inst, doc)

    assert sorted(one.code for one in caught.value.findings) == [
        "input_not_connected",
        "parameter_kind",
        "unknown_module",
    ]
    assert runs.list_runs(inst).items == []


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"pipeline": "pip_x", "document": {}},
        {"document": {"format": "x"}},
        {"target": "moon"},
        {"parameters": {"ghost": 1}},
    ],
)
def test_a_request_that_makes_no_sense_is_refused(inst: Installation, request_: dict[str, Any]) -> None:
    doc = {"document": chain(1)} if request_ and "document" not in request_ and "pipeline" not in request_ else {}

    with pytest.raises(Invalid):
        runs.submit_run(inst, SubmitRun(**{**doc, **request_}))


def test_a_draft_is_run_at_the_version_that_was_looked_at(inst: Installation) -> None:
    made = pipelines.create_pipeline(inst, CreatePipeline(document=chain(1)))

    run = runs.submit_run(inst, SubmitRun(pipeline=made.id, version=1))

    assert (run.pipeline, run.pipeline_name) == (made.id, "Test")
    last = pipelines.get_pipeline(inst, made.id).last_run
    assert last is not None
    assert last.id == run.id
    with pytest.raises(Conflict):
        runs.submit_run(inst, SubmitRun(pipeline=made.id, version=2))
    with pytest.raises(NotFound):
        runs.submit_run(inst, SubmitRun(pipeline="pip_00000000000000000000"))


def test_the_same_key_gives_the_same_run(inst: Installation) -> None:
    first = submit(inst, key="k")

    assert submit(inst, key="k").id == first.id
    assert submit(inst, key="other").id != first.id
    with pytest.raises(Invalid, match="idempotency key"):
        submit(inst, chain(3), key="k")


def test_fifty_threads_with_one_key_make_one_run(inst: Installation) -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(submit(inst, key="k").id)) for _ in range(50)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(found) == 50
    assert len(set(found)) == 1
    assert len(runs.list_runs(inst).items) == 1


def test_a_list_of_runs_is_filtered_and_read_page_by_page(inst: Installation) -> None:
    made = [
        submit(inst, experiment=f"E{number % 2}", name=f"Run {number}", tags={"n": f"tag{number}"})
        for number in range(5)
    ]

    first = runs.list_runs(inst, limit=3)
    second = runs.list_runs(inst, limit=3, after=first.next)

    assert [one.id for one in (*first.items, *second.items)] == [one.id for one in reversed(made)]
    assert (first.next, second.next) == (made[2].id, None)
    assert [one.name for one in runs.list_runs(inst, experiment="E1").items] == ["Run 3", "Run 1"]
    assert [one.name for one in runs.list_runs(inst, q="tag4").items] == ["Run 4"]
    assert runs.list_runs(inst, status=["completed"]).items == []
    assert len(runs.list_runs(inst, status=["queued", "failed"]).items) == 5
    assert [one.name for one in runs.list_runs(inst, since=made[3].created).items] == ["Run 4", "Run 3"]
    with pytest.raises(Invalid, match="no status"):
        runs.list_runs(inst, status=["odd"])
    assert [(one.name, one.runs) for one in experiments.list_experiments(inst).items] == [("E0", 3), ("E1", 2)]


def test_a_run_can_be_renamed_and_put_away(inst: Installation, told: list[Event]) -> None:
    run = submit(inst)

    changed = runs.change_run(inst, run.id, RunChange(name="Best", archived=True, tags={"a": "b"}))

    assert (changed.name, changed.archived, changed.tags) == ("Best", True, {"a": "b"})
    assert runs.list_runs(inst).items == []
    assert [one.name for one in runs.list_runs(inst, archived=True).items] == ["Best"]
    assert told[-1].kind == "listed"
    with pytest.raises(NotFound):
        runs.change_run(inst, "run_00000000000000000000", RunChange(name="x"))


def test_a_cancel_is_kept_until_the_conductor_hears_it(inst: Installation) -> None:
    run = submit(inst)

    answer = runs.cancel_run(inst, run.id)
    runs.cancel_step(inst, run.id, "n1")

    assert (answer.cancel_requested, answer.status) == (True, "canceling")
    with inst.store.read() as t:
        assert [(one.run, one.node) for one in requests.waiting(t)] == [(run.id, ""), (run.id, "n1")]
    with pytest.raises(NotFound):
        runs.cancel_step(inst, run.id, "ghost")


def test_a_clone_is_a_draft_of_what_ran(inst: Installation) -> None:
    run = submit(inst, {**chain(2), "parameters": {"p": {"type": "integer", "default": 1}}}, parameters={"p": 5})

    draft = runs.clone_run(inst, run.id)
    again = runs.submit_run(inst, SubmitRun(pipeline=draft.id))

    assert draft.cloned_from == run.id
    assert draft.document["parameters"]["p"]["default"] == 5
    assert again.cloned_from == run.id


def test_a_run_reads_the_exact_version_of_a_dataset_even_after_it_was_deleted(inst: Installation) -> None:
    upload(inst, "cars", b"a\n1\n")
    made = datasets.list_datasets(inst).items[0]

    run = submit(inst, document({"d": {"dataset": "cars"}}))
    datasets.delete_dataset(inst, made.id)

    assert run.document["nodes"]["d"]["dataset"] == "cars@1"
    assert run.steps["d"].dataset == "cars@1"
    with inst.store.read() as t:
        assert [task.command for task in outbox.open_tasks(t, run.id)] == [Supply("d")]
    with pytest.raises(Invalid):
        submit(inst, document({"d": {"dataset": "cars"}}))


def upload(inst: Installation, name: str, data: bytes) -> None:
    staged = inst.uploads / "part"
    staged.write_bytes(data)
    datasets.add_dataset(
        inst,
        name=name,
        file_name=f"{name}.csv",
        staged=staged,
        size=len(data),
        digest=of_file(str(staged)),
        options=ReadOptions(),
    )


def test_a_run_of_nothing_but_what_is_off_has_ended(inst: Installation) -> None:
    run = submit(inst, document({"a": {"module": "number@1", "disabled": "off"}}))

    assert (run.status, run.counts) == ("completed", {"skipped": 1})
    assert run.ended is not None


def test_the_description_of_the_server_counts_what_waits(inst: Installation) -> None:
    submit(inst)
    submit(inst)

    (target,) = system.describe(inst).targets

    assert (target.name, target.slots, target.queued, target.running) == ("local", 2, 2, 0)


def test_a_thousand_steps_are_submitted_in_a_second_or_so(inst: Installation) -> None:
    run = submit(inst, chain(1_000))

    assert len(run.steps) == 1_000
    assert run.counts == {"queued": 1, "waiting": 999}
