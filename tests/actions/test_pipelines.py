"""What people do with pipelines."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from designer.actions import pipelines
from designer.contract.events import Event, PipelineChanged
from designer.contract.pipelines import CreatePipeline, Pipeline, SavePipeline, Validate
from designer.errors import Conflict, Invalid, NotFound
from designer.installation import Installation
from tests.home import chain, document


def create(inst: Installation, doc: dict[str, Any] | None = None, **more: Any) -> Pipeline:
    return pipelines.create_pipeline(inst, CreatePipeline(document=doc, **more))


def test_an_empty_pipeline_says_what_it_needs(inst: Installation, told: list[Event]) -> None:
    made = pipelines.create_pipeline(inst, CreatePipeline(name="Mine"), client="tab-1")

    assert (made.name, made.version, made.document["name"]) == ("Mine", 1, "Mine")
    assert [finding.code for finding in made.findings] == ["empty_pipeline"]
    assert pipelines.get_pipeline(inst, made.id) == made
    assert told == [PipelineChanged(id=made.id, version=1, client="tab-1")]


def test_a_document_of_a_wrong_shape_is_refused_with_all_findings(inst: Installation) -> None:
    with pytest.raises(Invalid) as caught:
        create(inst, {"format": "designer.pipeline/1", "nodes": {"a": {}}, "surprise": 1})

    assert [finding.pointer for finding in caught.value.findings] == ["/surprise", "/nodes/a"]
    assert pipelines.list_pipelines(inst).items == []


def test_a_save_goes_up_one_version_and_keeps_a_document_that_cannot_run(inst: Installation, told: list[Event]) -> None:
    made = create(inst, chain(2))
    broken = document({"a": {"module": "nope@1"}})

    saved = pipelines.save_pipeline(inst, made.id, SavePipeline(version=1, document=broken), client="me")

    assert (saved.version, [finding.code for finding in saved.findings]) == (2, ["unknown_module"])
    assert pipelines.get_pipeline(inst, made.id).document == broken
    assert told[-1] == PipelineChanged(id=made.id, version=2, client="me")


def test_a_stale_save_is_a_conflict_that_carries_the_current_draft(inst: Installation) -> None:
    made = create(inst, chain(1))
    pipelines.save_pipeline(inst, made.id, SavePipeline(version=1, document=chain(2)))

    with pytest.raises(Conflict) as caught:
        pipelines.save_pipeline(inst, made.id, SavePipeline(version=1, document=chain(3)))

    assert caught.value.details == {"current": {"version": 2, "document": chain(2)}}


def test_a_save_whose_answer_was_lost_may_be_sent_again(inst: Installation) -> None:
    made = create(inst, chain(1))
    request = SavePipeline(version=1, document=chain(2))

    first, again = pipelines.save_pipeline(inst, made.id, request), pipelines.save_pipeline(inst, made.id, request)

    assert first == again


def test_of_twenty_saves_at_once_one_wins(inst: Installation) -> None:
    made = create(inst, chain(1))
    outcomes: list[str] = []

    def save(number: int) -> None:
        try:
            pipelines.save_pipeline(inst, made.id, SavePipeline(version=1, document=chain(number + 2)))
            outcomes.append("saved")
        except Conflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=save, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(outcomes) == ["conflict"] * 19 + ["saved"]
    assert pipelines.get_pipeline(inst, made.id).version == 2


def test_a_list_is_read_page_by_page_newest_change_first(inst: Installation) -> None:
    made = [create(inst, chain(1), name=f"Pipeline {number}") for number in range(5)]
    pipelines.save_pipeline(inst, made[0].id, SavePipeline(version=1, document={**chain(2), "name": "Changed"}))

    first = pipelines.list_pipelines(inst, limit=2)
    second = pipelines.list_pipelines(inst, limit=2, after=first.next)
    third = pipelines.list_pipelines(inst, limit=2, after=second.next)

    names = [one.name for page in (first, second, third) for one in page.items]
    assert names == ["Changed", "Pipeline 4", "Pipeline 3", "Pipeline 2", "Pipeline 1"]
    assert third.next is None
    assert [one.name for one in pipelines.list_pipelines(inst, q="LINE 3").items] == ["Pipeline 3"]
    with pytest.raises(Invalid):
        pipelines.list_pipelines(inst, after="nan,x")


def test_an_outline_draws_the_thumbnail(inst: Installation) -> None:
    doc = {**chain(3), "layout": {"n0": [0, 0], "n1": [10, 20]}}
    create(inst, doc)

    (found,) = pipelines.list_pipelines(inst).items

    assert found.outline == [(0.0, 0.0, "Test"), (10.0, 20.0, "Test"), (0.0, 280.0, "Test")]
    assert found.wires == [(0, 1), (1, 2)]
    assert found.nodes == 3


def test_a_deleted_pipeline_is_gone_until_it_is_restored(inst: Installation, told: list[Event]) -> None:
    made = create(inst, chain(1))

    pipelines.delete_pipeline(inst, made.id)

    assert told[-1] == PipelineChanged(id=made.id, version=0)
    assert pipelines.list_pipelines(inst).items == []
    for action in (
        pipelines.get_pipeline,
        pipelines.delete_pipeline,
        pipelines.export_pipeline,
        pipelines.duplicate_pipeline,
    ):
        with pytest.raises(NotFound):
            action(inst, made.id)
    assert pipelines.restore_pipeline(inst, made.id).document == made.document


def test_a_copy_is_a_pipeline_of_its_own(inst: Installation) -> None:
    made = create(inst, chain(2))

    copy = pipelines.duplicate_pipeline(inst, made.id)

    assert (copy.name, copy.cloned_from, copy.version) == ("Test (copy)", made.id, 1)
    assert copy.document["nodes"] == made.document["nodes"]


def test_an_export_is_the_document_under_a_plain_name(inst: Installation) -> None:
    made = create(inst, {**chain(1), "name": "Zürich: Größe/2"})

    name, text = pipelines.export_pipeline(inst, made.id)

    assert name == "zurich-groe-2.pipeline.json"
    assert json.loads(text) == made.document


def test_any_document_can_be_validated(inst: Installation) -> None:
    wrong = pipelines.validate_document(inst, Validate(document={"x": 1}))
    unconnected = pipelines.validate_document(inst, Validate(document=document({"a": {"module": "add@1"}})))

    assert {finding.code for finding in wrong.findings} == {"document_shape"}
    assert [(one.code, one.port) for one in unconnected.findings] == [("input_not_connected", "value")]


def test_every_sample_becomes_a_pipeline_once_its_datasets_are_there(inst: Installation) -> None:
    samples = pipelines.list_samples(inst).items

    assert len(samples) >= 3
    for sample in samples:
        made = pipelines.create_pipeline(inst, CreatePipeline(sample=sample.name))
        assert {finding.code for finding in made.findings} <= {"unknown_dataset"}
        assert len(made.document["nodes"]) == sample.nodes


@pytest.mark.parametrize("name", ["../../secret", "nope", "a/b", "A"])
def test_a_sample_that_is_none_is_not_found(inst: Installation, name: str) -> None:
    with pytest.raises(NotFound):
        pipelines.create_pipeline(inst, CreatePipeline(sample=name))


def test_odd_names_are_kept_as_they_are(inst: Installation, tmp_path: Path) -> None:
    name = "'; DROP TABLE pipelines; -- \u202e😀 <b>"

    made = create(inst, chain(1), name=name)

    assert pipelines.get_pipeline(inst, made.id).name == name
    assert [one.name for one in pipelines.list_pipelines(inst, q="drop table").items] == [name]
