"""What people do with datasets."""

import pytest

from designer.actions import datasets, pipelines
from designer.actions.datasets import free_name, slug_of
from designer.contract.datasets import Dataset, DatasetChange, ReadAgain, ReadOptions
from designer.contract.events import Event
from designer.contract.pipelines import CreatePipeline
from designer.errors import Invalid, NotFound
from designer.installation import Installation
from designer.launcher.digests import of_file
from designer.store import datasets as stored
from designer.store import jobs
from tests.home import document


def add(inst: Installation, name: str = "Cars", data: bytes = b"a,b\n1,2\n", dataset: str | None = None) -> Dataset:
    staged = inst.uploads / "part"
    staged.write_bytes(data)
    return datasets.add_dataset(
        inst, name=name, file_name="cars.csv", staged=staged, size=len(data), digest=of_file(str(staged)),
        options=ReadOptions(delimiter=","), dataset=dataset,
    )  # fmt: skip


def test_an_upload_is_there_at_once_and_is_read_later(inst: Installation, told: list[Event]) -> None:
    made = add(inst)

    assert (made.name, made.title, made.latest.status, made.latest.version) == ("cars", "Cars", "reading", 1)
    assert made.latest.options == {"delimiter": ",", "skip_rows": 0}
    assert inst.artifacts.size(made.latest.file_digest) == 8
    assert not (inst.uploads / "part").exists()
    with inst.store.read() as t:
        (job,) = jobs.unfinished(t)
    assert (job.kind, job.subject) == ("ingest", f"{made.id}@1")
    assert [event.kind for event in told] == ["dataset"]


def test_a_second_upload_of_a_name_is_another_dataset_and_a_new_version_only_when_asked(inst: Installation) -> None:
    first, second = add(inst), add(inst)
    third = add(inst, dataset=first.id, data=b"a,b\n3,4\n")

    assert (first.name, second.name) == ("cars", "cars-2")
    assert (third.id, third.latest.version, [one.version for one in third.versions]) == (first.id, 2, [2, 1])
    with pytest.raises(NotFound):
        add(inst, dataset="ds_00000000000000000000")


def test_a_name_of_a_deleted_dataset_is_not_given_again(inst: Installation) -> None:
    datasets.delete_dataset(inst, add(inst).id)

    assert add(inst).name == "cars-2"


@pytest.mark.parametrize(
    ("title", "slug"),
    [("Cars", "cars"), ("My cars (2024).csv", "my-cars-2024-csv"), ("Größe Ä", "größe-ä"), ("!!!", "data"), ("__a__", "a"),
     ("x" * 300, "x" * 100), ("a@2", "a-2"), ("../../etc", "etc")],
)  # fmt: skip
def test_a_title_becomes_a_name(title: str, slug: str) -> None:
    assert slug_of(title) == slug


def test_a_taken_name_gets_the_next_free_number() -> None:
    assert free_name("Cars", {"cars", "cars-2", "cars-4"}) == "cars-3"


def test_a_file_is_read_again_with_other_options_as_a_new_version(inst: Installation) -> None:
    made = add(inst)

    again = datasets.read_again(inst, made.id, ReadAgain(version=1, options=ReadOptions(delimiter=";")))

    assert [one.version for one in again.versions] == [2, 1]
    assert again.latest.options == {"delimiter": ";", "skip_rows": 0}
    assert again.latest.file_digest == made.latest.file_digest
    with pytest.raises(NotFound):
        datasets.read_again(inst, made.id, ReadAgain(version=9, options=ReadOptions()))


def test_references_mean_a_version_or_the_newest_that_did_not_fail(inst: Installation) -> None:
    made = add(inst)
    add(inst, dataset=made.id, data=b"a\n1\n")
    add(inst, dataset=made.id, data=b"broken")
    with inst.store.write("turn") as t:
        stored.change_version(t, made.id, 3, {"status": "failed"}, 0.0)

    with inst.store.read() as t:
        found = stored.resolve(t, ["cars", "cars@1", "cars@3", "cars@4", "cars@x", "@1", "ships", "cars@9999999999"])

    assert {reference: one.reference for reference, one in found.items()} == {
        "cars": "cars@2",
        "cars@1": "cars@1",
        "cars@3": "cars@3",
    }


def test_what_people_may_change_is_changed(inst: Installation) -> None:
    made = add(inst)

    changed = datasets.change_dataset(inst, made.id, DatasetChange(title="Autos", description="New", tags={"a": "b"}))

    assert (changed.name, changed.title, changed.description, changed.tags) == ("cars", "Autos", "New", {"a": "b"})
    with pytest.raises(NotFound):
        datasets.change_dataset(inst, "ds_00000000000000000000", DatasetChange(title="x"))


def test_a_dataset_names_the_pipelines_that_read_it(inst: Installation) -> None:
    made = add(inst)
    pipeline = pipelines.create_pipeline(
        inst, CreatePipeline(document=document({"d": {"dataset": "cars@1"}}), name="Reader")
    )

    assert datasets.get_dataset(inst, made.id).used_by == [{"id": pipeline.id, "name": "Reader"}]


def test_a_deleted_dataset_is_gone_until_it_is_restored(inst: Installation) -> None:
    made = add(inst)

    datasets.delete_dataset(inst, made.id)

    assert datasets.list_datasets(inst).items == []
    with pytest.raises(NotFound):
        datasets.get_dataset(inst, made.id)
    assert datasets.restore_dataset(inst, made.id).name == "cars"


def test_a_list_is_searched_and_read_page_by_page(inst: Installation) -> None:
    for number in range(4):
        add(inst, f"Set {number}")

    first = datasets.list_datasets(inst, limit=3)
    second = datasets.list_datasets(inst, limit=3, after=first.next)

    assert [one.title for one in (*first.items, *second.items)] == ["Set 3", "Set 2", "Set 1", "Set 0"]
    assert [one.name for one in datasets.list_datasets(inst, q="SET-2").items] == ["set-2"]
    assert second.next is None


def test_a_dataset_that_failed_cannot_be_run(inst: Installation) -> None:
    made = add(inst)
    with inst.store.write("turn") as t:
        stored.change_version(
            t, made.id, 1, {"status": "failed", "error": {"kind": "x", "message": "Row 3 is odd."}}, 0.0
        )

    draft = pipelines.create_pipeline(inst, CreatePipeline(document=document({"d": {"dataset": "cars"}})))

    assert [(one.code, one.node) for one in draft.findings] == [("dataset_failed", "d")]
    assert "Row 3 is odd." in draft.findings[0].message


def test_only_what_was_a_file_can_be_read_again(inst: Installation) -> None:
    made = add(inst)
    with inst.store.write("turn") as t:
        stored.change_version(t, made.id, 1, {"file_digest": ""}, 0.0)

    with pytest.raises(Invalid):
        datasets.read_again(inst, made.id, ReadAgain(version=1, options=ReadOptions()))
