"""Modules that people make here."""

import threading
from pathlib import Path

import pytest

from designer.actions import modules, pipelines
from designer.contract.events import Event, ModuleChanged
from designer.contract.modules import ChangeModule, CreateModule, OwnModule, ReadModule, RollBackModule, SaveModule
from designer.contract.pipelines import CreatePipeline, Validate
from designer.errors import Conflict, Invalid, NotFound
from designer.graph.findings import Severity
from designer.installation import Installation
from tests.home import document, home

SOURCE = '''"""Clean Names

Makes the names of columns plain.
"""
import polars as pl

CATEGORY = "Mine"


def run(dataset: pl.DataFrame, *, upper: bool = False) -> pl.DataFrame:
    return dataset
'''
SECOND = SOURCE.replace("upper: bool = False", "upper: bool = False, keep: int = 3")


def make(inst: Installation, source: str = SOURCE, name: str | None = None) -> OwnModule:
    return modules.create_module(inst, CreateModule(source=source, name=name))


def save(inst: Installation, name: str, based_on: int, source: str = SECOND, note: str = "") -> OwnModule:
    return modules.save_module(inst, name, SaveModule(source=source, based_on=based_on, note=note))


def listed(inst: Installation) -> list[str]:
    return [one.reference for one in modules.list_modules(inst).items if one.own]


def test_a_new_module_is_named_after_its_title_and_in_the_catalogue_at_once(
    inst: Installation, told: list[Event]
) -> None:
    made = make(inst)

    assert (made.name, made.spec.reference, made.spec.category) == ("clean_names", "clean_names@1", "Mine")
    assert made.spec.own
    assert listed(inst) == ["clean_names@1"]
    assert modules.get_module(inst, "clean_names@1").source == SOURCE
    assert told == [ModuleChanged(name="clean_names", version=1)]


def test_each_save_makes_a_version_and_the_older_ones_stay_as_they_were(inst: Installation) -> None:
    name = make(inst).name

    second = save(inst, name, 1, note="Keeps some")

    assert [(one.version, one.note) for one in second.versions] == [(2, "Keeps some"), (1, "")]
    assert [one.name for one in second.spec.parameters] == ["upper", "keep"]
    assert listed(inst) == ["clean_names@2"]
    first = modules.get_module(inst, "clean_names@1")
    assert (first.source, [one.name for one in first.spec.parameters]) == (SOURCE, ["upper"])


def test_a_save_whose_answer_was_lost_may_be_sent_again(inst: Installation) -> None:
    name = make(inst).name

    assert save(inst, name, 1) == save(inst, name, 1)


def test_a_save_based_on_an_older_version_is_a_conflict_that_carries_the_newest(inst: Installation) -> None:
    name = make(inst).name
    save(inst, name, 1)

    with pytest.raises(Conflict) as caught:
        save(inst, name, 1, SOURCE + "\n# mine")

    assert caught.value.details == {"current": {"version": 2, "source": SECOND}}


def test_of_many_saves_at_once_one_wins(inst: Installation) -> None:
    name = make(inst).name
    outcomes: list[str] = []

    def one(number: int) -> None:
        try:
            save(inst, name, 1, f"{SOURCE}\n# {number}")
            outcomes.append("saved")
        except Conflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(outcomes) == ["conflict"] * 7 + ["saved"]


def test_many_new_modules_of_one_title_get_names_of_their_own(inst: Installation) -> None:
    names: list[str] = []
    threads = [threading.Thread(target=lambda: names.append(make(inst).name)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(names) == ["clean_names", "clean_names_2", "clean_names_3", "clean_names_4"]


def test_no_module_takes_the_name_of_a_built_in_one(inst: Installation) -> None:
    with pytest.raises(Conflict, match='built-in module "add"'):
        make(inst, name="add")

    assert make(inst, SOURCE.replace("Clean Names", "Add")).name == "add_2"
    with pytest.raises(NotFound, match="comes with Designer"):
        save(inst, "add", 1)


def test_a_file_that_comes_later_does_not_take_the_name_of_a_module_made_here(
    tmp_path: Path, database_url: str
) -> None:
    with home(tmp_path, database_url) as inst:
        make(inst, name="later")
    with home(tmp_path, database_url, modules={"later": '"""Later"""\ndef run() -> None: ...'}) as inst:
        assert modules.get_module(inst, "later").source == SOURCE
        (broken,) = modules.list_modules(inst).broken
        assert (broken.path, broken.findings[0].code) == ("later.py", "duplicate_module")


def test_a_source_that_is_no_module_is_not_kept_and_says_why_with_lines(inst: Installation) -> None:
    with pytest.raises(Invalid) as caught:
        make(inst, SOURCE.replace("upper: bool", "upper"))

    assert [(one.code, one.line) for one in caught.value.findings] == [("no_annotation", 10)]
    assert listed(inst) == []


def test_reading_a_source_keeps_nothing_and_names_what_it_would_become(inst: Installation) -> None:
    found = modules.read_source(inst, ReadModule(source=SOURCE))
    assert found.spec is not None
    assert (found.spec.reference, found.findings) == ("clean_names@1", [])

    make(inst)
    again = modules.read_source(inst, ReadModule(source="VERSION = 7\n" + SOURCE, name="clean_names"))
    assert again.spec is not None
    assert again.spec.version == 2
    assert [(one.code, one.severity, one.line) for one in again.findings] == [("version_ignored", Severity.WARNING, 1)]
    broken = modules.read_source(inst, ReadModule(source="def run(x): ..."))
    assert (broken.spec, [one.code for one in broken.findings]) == (None, ["no_annotation", "no_return_annotation"])
    assert listed(inst) == ["clean_names@1"]


def test_an_archived_module_is_offered_no_more_and_pipelines_that_name_it_go_on(inst: Installation) -> None:
    name = make(inst).name

    away = modules.change_module(inst, name, ChangeModule(archived=True))

    assert away.archived is not None
    assert listed(inst) == []
    assert [(one.name, one.title) for one in modules.list_modules(inst).archived] == [(name, "Clean Names")]
    assert modules.get_module(inst, "clean_names@1").archived
    doc = document({"a": {"module": "clean_names@1"}})
    assert [one.code for one in pipelines.validate_document(inst, Validate(document=doc)).findings] == [
        "input_not_connected"
    ]
    assert modules.change_module(inst, name, ChangeModule(archived=False)).archived is None
    assert listed(inst) == ["clean_names@1"]


def test_rolling_back_makes_an_older_version_the_newest(inst: Installation) -> None:
    name = make(inst).name
    save(inst, name, 1)

    back = modules.roll_back(inst, name, RollBackModule(version=1))

    assert (back.spec.version, back.source) == (3, SOURCE)
    assert [(one.version, one.note) for one in back.versions] == [(3, "Version 1 again"), (2, ""), (1, "")]
    assert back.versions[0].digest == back.versions[2].digest
    with pytest.raises(NotFound):
        modules.roll_back(inst, name, RollBackModule(version=9))


def test_which_pipelines_use_a_module_and_at_which_version(inst: Installation) -> None:
    name = make(inst).name
    save(inst, name, 1)
    make(inst, name="clean_names_too")
    old = document({"a": {"module": "clean_names@1"}, "b": {"module": "clean_names@2"}, "c": {"module": "add@1"}})
    made = pipelines.create_pipeline(inst, CreatePipeline(name="Old", document=old))
    other = document({"a": {"module": "clean_names_too@1"}, "b": {"module": "number@1"}})
    pipelines.create_pipeline(inst, CreatePipeline(document=other))

    uses = modules.module_uses(inst, name).items

    assert [(one.id, one.name, one.nodes) for one in uses] == [(made.id, "Old", {"a": 1, "b": 2})]
    assert modules.module_uses(inst, "number").items[0].nodes == {"b": 1}


def test_another_server_on_the_same_database_follows(tmp_path: Path, database_url: str) -> None:
    with home(tmp_path / "one", database_url) as one:
        if one.store.is_sqlite:
            pytest.skip("one process opens the file")
        with home(tmp_path / "two", database_url) as two:
            name = make(one).name
            doc = document({"a": {"module": "clean_names@1"}})
            codes = [found.code for found in pipelines.validate_document(two, Validate(document=doc)).findings]
            assert codes == ["input_not_connected"]
            save(one, name, 1)
            assert listed(two) == ["clean_names@2"]
            modules.change_module(two, name, ChangeModule(archived=True))
            assert listed(one) == []


def test_modules_are_there_after_a_restart(tmp_path: Path, database_url: str) -> None:
    with home(tmp_path, database_url) as inst:
        save(inst, make(inst).name, 1)
    with home(tmp_path, database_url) as inst:
        assert listed(inst) == ["clean_names@2"]
        assert modules.get_module(inst, "clean_names@1").source == SOURCE
