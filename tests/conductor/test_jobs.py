"""Jobs that are no steps: uploads, previews, samples."""

from pathlib import Path
from typing import Any

from designer.actions import artifacts, datasets, pipelines, runs, system
from designer.contract.artifacts import Preview
from designer.contract.datasets import Dataset, DatasetStatus, ReadAgain, ReadOptions
from designer.contract.events import DatasetChanged, PreviewReady
from designer.contract.pipelines import CreatePipeline
from designer.launcher.digests import of_file
from tests.conductor.conftest import Conducted, conducting
from tests.conductor.test_runs import wait_node
from tests.home import document, home, wait_for


def upload(
    conducted: Conducted, data: bytes, name: str = "Cars", file_name: str = "cars.csv", **options: Any
) -> Dataset:
    staged = conducted.inst.uploads / "part"
    staged.write_bytes(data)
    return datasets.add_dataset(
        conducted.inst, name=name, file_name=file_name, staged=staged, size=len(data), digest=of_file(str(staged)),
        options=ReadOptions(**options),
    )  # fmt: skip


def read(conducted: Conducted, made: Dataset) -> Dataset:
    def done() -> Any:
        now = datasets.get_dataset(conducted.inst, made.id)
        return now.latest.status is not DatasetStatus.READING and now

    return wait_for("the file to be read", done)


def preview(conducted: Conducted, digest: str) -> Preview:
    return wait_for(
        "the preview", lambda: (p := artifacts.get_preview(conducted.inst, digest)).status != "pending" and p
    )


def test_an_upload_becomes_a_table_that_can_be_looked_at(conducted: Conducted) -> None:
    made = read(conducted, upload(conducted, b"name;price\nA;1\nB;2\n"))

    version = made.latest
    assert (version.status, version.rows, version.detected["delimiter"]) == ("ready", 2, ";")
    assert [column["name"] for column in version.columns] == ["name", "price"]
    shown = preview(conducted, version.digest)
    assert (shown.status, shown.error) == ("ready", None)
    assert shown.content is not None
    assert shown.content["rows"] == 2
    wait_for("the preview to be told", lambda: PreviewReady(digest=version.digest) in conducted.events)
    told = [event for event in conducted.events if isinstance(event, DatasetChanged)]
    assert [event.item.latest.status for event in told if event.item] == ["reading", "ready"]
    assert len(list(conducted.inst.attempts.glob("job_*"))) == 2, "a second look takes no second job"


def test_a_file_that_cannot_be_read_says_why_and_can_be_read_again(conducted: Conducted) -> None:
    made = read(conducted, upload(conducted, b"\x89PNG\r\n\x1a\n0000"))

    assert made.latest.status == "failed"
    assert made.latest.error is not None
    assert made.latest.error.message
    datasets.read_again(conducted.inst, made.id, ReadAgain(version=1, options=ReadOptions(format="csv", header=False)))
    assert read(conducted, made).latest.version == 2


def test_a_run_waits_for_the_file_it_reads(conducted: Conducted) -> None:
    made = upload(conducted, b"a,b\n" + b"1,2\n" * 1_000)

    run = conducted.run(document({"d": {"dataset": made.name}}))

    assert run.status == "completed"
    assert run.steps["d"].outputs["data"].rows == 1_000
    known = pipelines.create_pipeline(conducted.inst, CreatePipeline(document=document({"d": {"dataset": made.name}})))
    columns = pipelines.known_columns(conducted.inst, known.id).nodes["d"]["data"]
    assert [column.name for column in columns] == ["a", "b"]
    conducted.assert_invariants(run)


def test_a_run_of_a_dataset_that_cannot_be_read_fails_with_the_reason(conducted: Conducted) -> None:
    made = upload(conducted, b"")

    run = conducted.run(document({"d": {"dataset": made.name}}))

    error = run.steps["d"].error
    assert error is not None
    assert (run.status, error.kind) == ("failed", "dataset")
    assert "cars@1" in error.message


def test_a_preview_does_not_wait_for_long_steps(conducted: Conducted, tmp_path: Path) -> None:
    made = read(conducted, upload(conducted, b"a\n1\n"))
    run = conducted.submit(document({name: wait_node(tmp_path, name) for name in ("x", "y", "z")}))
    conducted.until(run, "y", "running")

    assert preview(conducted, made.latest.digest).status == "ready"
    runs.cancel_run(conducted.inst, run.id)
    conducted.ended(run)


def test_an_upload_of_an_earlier_server_is_read_by_the_next(tmp_path: Path) -> None:
    with home(tmp_path) as inst:
        made = upload(Conducted(inst), b"a\n1\n")

    with home(tmp_path) as inst, conducting(inst) as conducted:
        assert read(conducted, made).latest.status == "ready"


def test_the_samples_are_made_once_at_the_first_start(tmp_path: Path) -> None:
    with home(tmp_path, samples=True) as inst, conducting(inst) as conducted:
        assert not system.describe(inst).samples_ready
        wait_for("the samples", lambda: system.describe(inst).samples_ready)
        found = datasets.list_datasets(inst).items
        assert len(found) >= 6
        assert all(one.sample and one.latest.status == "ready" and one.title for one in found)
        for sample in pipelines.list_samples(inst).items:
            assert pipelines.create_pipeline(inst, CreatePipeline(sample=sample.name)).findings == []
        datasets.delete_dataset(inst, found[0].id)
        assert conducted.events

    with home(tmp_path, samples=True) as inst, conducting(inst):
        assert system.describe(inst).samples_ready
        assert len(datasets.list_datasets(inst).items) == len(found) - 1
