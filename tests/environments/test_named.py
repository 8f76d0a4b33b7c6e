"""Environments that people name: made from texts, changed, shared, deleted when nothing uses them."""

import pytest

from designer.actions import environments as actions
from designer.actions import pipelines, runs
from designer.contract.environments import BuildEnvironment, ChangeEnvironment, Wanted
from designer.contract.events import EnvironmentChanged
from designer.contract.pipelines import CreatePipeline, Validate
from designer.errors import Conflict, Invalid, NotFound
from tests.conductor.conftest import Conducted, conducting
from tests.environments.conftest import Place, create, folders, forget_folder, until
from tests.environments.packages import slow, wheel
from tests.environments.test_steps import builds, read
from tests.home import document, wait_for

CONDA = """name: science
dependencies:
  - python>=3.10
  - scipy
  - pip:
    - tiny==1.0
"""


def test_a_node_runs_in_the_environment_it_names(place: Place) -> None:
    place.module("either", ["tiny"])
    with place.open() as inst, conducting(inst) as conducted:
        made = create(inst, "older", text="tiny==1.0  # as ever\n", description="As before")

        assert (made.names, made.description, made.status) == (["older"], "As before", "queued")
        assert made.requirements == ["cloudpickle", "numpy", "pyarrow", "tiny==1.0"]
        assert until(inst, "older", "ready").packages == 4
        nodes = {"own": {"module": "either@1"}, "named": {"module": "either@1", "environment": "older"}}
        run = conducted.run(document(nodes))
        assert read(conducted, run, "own") == '{"package": "tiny", "version": "2.0"}'
        assert read(conducted, run, "named") == '{"package": "tiny", "version": "1.0"}'
        told = [event for event in conducted.events if isinstance(event, EnvironmentChanged) and event.id == made.id]
        assert [event.item.status for event in told if event.item][:1] == ["queued"]
        assert [event.item.status for event in told if event.item][-1:] == ["ready"]


def test_an_environment_lives_on_either_database(place: Place, database_url: str) -> None:
    place.module("either", ["tiny"])
    with place.open(database=database_url) as inst, conducting(inst) as conducted:
        made = create(inst, "mine", requirements=["tiny==1.0"])
        until(inst, "mine", "ready")
        run = conducted.run(document({"a": {"module": "either@1", "environment": "mine"}, "b": {"module": "either@1"}}))
        assert run.status == "completed"

        def found(**asked) -> list[str]:
            return [one.names[0] if one.names else "-" for one in actions.list_environments(inst, **asked).items]

        assert sorted(found()) == ["-", "mine"]
        assert found(q="TINY==1") == ["mine"]
        first = actions.list_environments(inst, limit=1)
        assert first.next is not None
        assert sorted(found(limit=1) + found(after=first.next)) == ["-", "mine"]
        draft = pipelines.create_pipeline(
            inst, CreatePipeline(document=document({"a": {"module": "either@1", "environment": "mine"}}))
        )
        assert actions.get_environment(inst, "mine").pipelines == [{"id": draft.id, "name": "Test"}]
        pipelines.delete_pipeline(inst, draft.id)
        changed = actions.change_environment(inst, "mine", ChangeEnvironment(requirements=["little"]))
        assert until(inst, "mine", "ready").id == changed.id
        assert len(actions.remove_unused(inst, 0)) == 3
        for reference in ("mine", made.id):
            actions.delete_environment(inst, reference)
        assert found() == ["-"]
        assert folders(inst) == []


def test_a_conda_file_makes_the_same_environment_as_a_list(conducted: Conducted) -> None:
    first = create(conducted.inst, "conda", conda=CONDA)
    second = create(conducted.inst, "listed", requirements=["Tiny==1.0"], python=">=3.10")

    assert first.id == second.id
    assert second.names == ["conda", "listed"]
    assert [(finding.code, finding.line) for finding in first.findings] == [("conda_package", 4)]
    assert until(conducted.inst, "listed", "ready").python_version
    assert builds(conducted) == 1


def test_what_cannot_be_read_is_refused_with_all_findings(conducted: Conducted) -> None:
    with pytest.raises(Invalid) as caught:
        create(conducted.inst, text="tiny\n-e .\nlit tle\n")
    assert [finding.line for finding in caught.value.findings] == [2, 3]
    with pytest.raises(Invalid, match="asks for nothing"):
        create(conducted.inst)
    with pytest.raises(Invalid, match="only one of them"):
        create(conducted.inst, text="tiny", conda=CONDA)
    create(conducted.inst, requirements=["tiny"])
    with pytest.raises(Conflict, match='There is an environment "mine" already'):
        create(conducted.inst, requirements=["little"])


def test_a_text_can_be_looked_at_without_keeping_it(conducted: Conducted) -> None:
    checked = actions.check_environment(conducted.inst, Wanted(text="polars\nnope nope\n"))

    assert (checked.requirements, checked.server) == (["polars"], True)
    assert [finding.line for finding in checked.findings] == [2]
    assert actions.list_environments(conducted.inst).items == []


def test_what_a_module_asks_for_and_its_environment_lacks_is_a_warning(place: Place) -> None:
    place.module("both", ["tiny>=2", "little"], "tiny")
    with place.open() as inst, conducting(inst):
        create(inst, "older", requirements=["tiny==1.0"])
        until(inst, "older", "ready")
        asked = document({"a": {"module": "both@1", "environment": "older"}, "b": {"module": "both@1"}})

        found = pipelines.validate_document(inst, Validate(document=asked)).findings

        assert [(one.code, one.severity, one.node) for one in found] == [("environment_lacks", "warning", "a")] * 2
        assert [one.message.partition("; ")[2] for one in found] == [
            'the environment "older" does not have it.', 'the environment "older" has version 1.0.',
        ]  # fmt: skip


def test_changing_a_name_leaves_runs_with_what_they_were_submitted_with(place: Place) -> None:
    go = place.folder / "go"
    slow(place.packages, "slow", place.folder / "note", go)
    place.module("either", ["tiny"])
    with place.open() as inst, conducting(inst) as conducted:
        create(inst, "mine", requirements=["tiny==1.0", "slow"])
        run = conducted.submit(document({"a": {"module": "either@1", "environment": "mine"}}))
        wait_for("the build to begin", (place.folder / "note").exists)
        changed = actions.change_environment(inst, "mine", ChangeEnvironment(requirements=["tiny==2.0"]))
        assert until(inst, "mine", "ready").id == changed.id
        go.touch()

        run = conducted.ended(run)

        assert read(conducted, run, "a") == '{"package": "tiny", "version": "1.0"}'
        run = conducted.run(document({"a": {"module": "either@1", "environment": "mine"}}))
        assert read(conducted, run, "a") == '{"package": "tiny", "version": "2.0"}'
        described = actions.change_environment(inst, "mine", ChangeEnvironment(description="Mine"))
        assert (described.id, described.description) == (changed.id, "Mine")
        with pytest.raises(NotFound):
            actions.change_environment(inst, "other", ChangeEnvironment(description=""))


def test_what_a_draft_names_or_a_run_needs_is_not_deleted(place: Place) -> None:
    go = place.folder / "go"
    slow(place.packages, "slow", place.folder / "note", go)
    place.module("either", ["tiny"])
    with place.open() as inst, conducting(inst) as conducted:
        made = create(inst, "mine", requirements=["slow", "tiny"])
        asked = document({"a": {"module": "either@1", "environment": "mine"}})
        draft = pipelines.create_pipeline(inst, CreatePipeline(document=asked))
        with pytest.raises(Conflict, match='is used by "Test"'):
            actions.delete_environment(inst, "mine")
        assert actions.get_environment(inst, "mine").pipelines == [{"id": draft.id, "name": "Test"}]
        pipelines.delete_pipeline(inst, draft.id)
        run = conducted.submit(asked)
        with pytest.raises(Conflict, match="A run needs"):
            actions.delete_environment(inst, "mine")
        go.touch()
        conducted.ended(run)
        lock = actions.get_environment(inst, "mine").lock

        actions.delete_environment(inst, "mine")

        with pytest.raises(NotFound):
            actions.get_environment(inst, made.id)
        assert not inst.environments.path(lock).exists()
        assert folders(inst) == []
        assert conducted.events[-1] == EnvironmentChanged(id=made.id, item=None)
        assert runs.get_run(inst, run.id).status == "completed"


def test_one_of_two_names_can_go(conducted: Conducted) -> None:
    create(conducted.inst, "one", requirements=["tiny"])
    made = create(conducted.inst, "two", requirements=["tiny"])
    until(conducted.inst, "one", "ready")

    actions.delete_environment(conducted.inst, "one")

    assert actions.get_environment(conducted.inst, made.id).names == ["two"]
    assert len(folders(conducted.inst)) == 1


def test_building_again_mends_a_damaged_environment(place: Place) -> None:
    place.module("either", ["tiny"])
    with place.open() as inst, conducting(inst) as conducted:
        made = create(inst, "mine", requirements=["tiny==1.0"])
        lock = until(inst, "mine", "ready").lock
        (damaged,) = inst.environments.path(lock).glob("lib/*/site-packages/tiny.py")
        damaged.unlink()
        asked = document({"a": {"module": "either@1", "environment": "mine"}})
        assert conducted.run(asked).status == "failed"

        assert actions.build_environment(inst, made.id, BuildEnvironment()).status == "queued"
        assert until(inst, "mine", "ready", "failed").lock == lock

        assert conducted.run(asked).status == "completed"
        assert folders(inst) == [lock.removeprefix("sha256:")]


def test_environments_that_nothing_needed_for_long_are_removed_and_come_back(place: Place) -> None:
    place.module("either", ["tiny"])
    with place.open() as inst, conducting(inst) as conducted:
        assert conducted.run(document({"a": {"module": "either@1"}})).status == "completed"
        (found,) = actions.list_environments(inst).items
        (inst.environments.folder / "00.staging-job").mkdir()

        assert actions.remove_unused(inst, 30) == []
        assert folders(inst) == [found.lock.removeprefix("sha256:")], "only what a killed build left is gone"
        assert actions.remove_unused(inst, 0) == [found.lock]

        gone = actions.get_environment(inst, found.id)
        assert (gone.status, gone.size, gone.lock) == ("unbuilt", 0, found.lock)
        assert folders(inst) == []
        assert conducted.run(document({"a": {"module": "either@1"}}), regenerate=True).status == "completed"
        assert actions.get_environment(inst, found.id).status == "ready"


def test_what_a_run_needs_is_not_removed_however_old_it_is(place: Place) -> None:
    go = place.folder / "go"
    slow(place.packages, "slow", place.folder / "note", go)
    place.module("either", ["tiny"])
    place.module("later", ["slow"])
    nodes = {"a": {"module": "later@1"}, "b": {"module": "either@1", "inputs": {"value": "a.result"}}}
    with place.open() as inst, conducting(inst) as conducted:
        assert conducted.run(document({"x": {"module": "either@1"}})).status == "completed"
        run = conducted.submit(document(nodes))
        wait_for("the build to begin", (place.folder / "note").exists)

        assert actions.remove_unused(inst, 0) == []

        go.touch()
        assert conducted.ended(run).status == "completed"


def test_the_list_finds_by_name_and_by_package_and_has_pages(conducted: Conducted) -> None:
    for name, package in (("one", "tiny==1.0"), ("two", "tiny==2.0"), ("three", "little")):
        create(conducted.inst, name, requirements=[package])
        until(conducted.inst, name, "ready")

    def names(**asked) -> list[list[str]]:
        return [one.names for one in actions.list_environments(conducted.inst, **asked).items]

    assert names() == [["three"], ["two"], ["one"]]
    assert names(q="TINY") == [["two"], ["one"]]
    assert names(q="thr") == [["three"]]
    first = actions.list_environments(conducted.inst, limit=2)
    assert first.next is not None
    assert names(after=first.next) == [["one"]]
    assert first.server.packages["polars"]


def test_the_log_of_a_build_is_read_by_offset(conducted: Conducted) -> None:
    create(conducted.inst, requirements=["tiny==1.0"])
    size = until(conducted.inst, "mine", "ready").log_bytes

    whole = actions.read_build_log(conducted.inst, "mine", 0, 100_000)
    assert whole.ended
    assert whole.size == size
    assert "+ tiny==1.0" in whole.text
    assert "--hash" not in whole.text
    part = actions.read_build_log(conducted.inst, "mine", -20, 100_000)
    assert whole.text.endswith(part.text)
    assert part.offset == size - 20


def test_a_lock_that_is_gone_from_the_folder_is_not_a_ready_environment(place: Place) -> None:
    wheel(place.packages, "other")
    place.module("either", ["other"])
    with place.open() as inst, conducting(inst) as conducted:
        conducted.run(document({"a": {"module": "either@1"}}))
        (found,) = actions.list_environments(inst).items
        forget_folder(inst, found.lock)
        (place.packages / "other-1.0-py3-none-any.whl").unlink()
        (place.folder / "cache").rename(place.folder / "old-cache")

        run = conducted.run(document({"a": {"module": "either@1"}}), regenerate=True)

        assert run.steps["a"].error is not None
        assert run.steps["a"].error.kind == "environment"
        assert "other" in run.steps["a"].error.message
