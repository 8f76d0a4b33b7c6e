"""Compute targets, as people add, change, try and remove them."""

from typing import Any

import pytest

from designer.actions import pipelines, runs, targets
from designer.actions.checks import check, read_document
from designer.contract.events import Event, TargetChanged
from designer.contract.pipelines import CreatePipeline
from designer.contract.runs import SubmitRun
from designer.contract.targets import AddTarget, ChangeTarget, TargetState, TestTarget
from designer.errors import Conflict, Invalid, NotFound
from designer.installation import Installation
from designer.store import secrets
from tests.home import document

SMALL = AddTarget(name="small", kind="process", options={"memory_limit_mb": 500}, slots=2, description="for trifles")


def node(**more: Any) -> dict[str, Any]:
    return {"module": "number@1", "parameters": {"number": 1}, **more}


def test_a_target_is_added_changed_and_removed_without_a_restart(inst: Installation, told: list[Event]) -> None:
    added = targets.add_target(inst, SMALL)
    assert (added.state, added.slots, added.options) == (TargetState.READY, 2, {"memory_limit_mb": 500})
    assert inst.targets["small"].slots == 2
    assert [one.name for one in targets.list_targets(inst).items] == ["local", "small"]

    changed = targets.change_target(inst, "small", ChangeTarget(slots=5, options={"memory_limit_mb": 600}))
    assert (changed.slots, changed.options, changed.description) == (5, {"memory_limit_mb": 600}, "for trifles")

    off = targets.change_target(inst, "small", ChangeTarget(disabled=True))
    assert off.state is TargetState.DISABLED
    assert targets.change_target(inst, "small", ChangeTarget(disabled=False)).state is TargetState.READY

    targets.delete_target(inst, "small")
    with pytest.raises(NotFound):
        targets.get_target(inst, "small")
    news = [event for event in told if isinstance(event, TargetChanged)]
    assert [event.item is None for event in news] == [False, False, False, False, True]


def test_of_this_machine_slots_and_the_switch_change(inst: Installation) -> None:
    changed = targets.change_target(inst, "local", ChangeTarget(slots=7))

    assert (changed.slots, changed.always) == (7, True)
    assert inst.targets["local"].slots == 7
    assert targets.change_target(inst, "local", ChangeTarget(disabled=True)).slots == 7
    with pytest.raises(Conflict, match="always there"):
        targets.delete_target(inst, "local")
    with pytest.raises(Invalid, match="no options"):
        targets.change_target(inst, "local", ChangeTarget(options={"memory_limit_mb": 500}))


def test_what_is_wrong_is_refused_with_findings(inst: Installation) -> None:
    with pytest.raises(Invalid, match="kind") as refused:
        targets.add_target(inst, SMALL.model_copy(update={"kind": "abacus"}))
    with pytest.raises(Invalid) as refused:
        targets.add_target(inst, SMALL.model_copy(update={"options": {"memory_limit_mb": 1, "colour": "red"}}))
    assert {finding.parameter for finding in refused.value.findings} == {"memory_limit_mb", "colour"}

    targets.add_target(inst, SMALL)
    for name in ("small", "local"):
        with pytest.raises(Conflict, match="already"):
            targets.add_target(inst, SMALL.model_copy(update={"name": name}))
    with pytest.raises(NotFound):
        targets.change_target(inst, "large", ChangeTarget(slots=1))
    with pytest.raises(NotFound):
        targets.delete_target(inst, "large")


def test_options_are_tried_without_being_kept(inst: Installation) -> None:
    assert targets.test_target(inst, TestTarget(kind="process", options={"memory_limit_mb": 500})).findings == []

    (finding,) = targets.test_target(inst, TestTarget(kind="process", options={"memory_limit_mb": "much"})).findings
    assert finding.parameter == "memory_limit_mb"
    assert [one.name for one in targets.list_targets(inst).items] == ["local"]


def test_a_target_in_use_is_not_removed(inst: Installation) -> None:
    targets.add_target(inst, SMALL)
    draft = pipelines.create_pipeline(inst, CreatePipeline(document=document({"a": node(target="small")}, name="Mine")))

    with pytest.raises(Conflict, match='"Mine"') as refused:
        targets.delete_target(inst, "small")
    assert refused.value.details == {"pipelines": [{"id": draft.id, "name": "Mine"}]}
    pipelines.delete_pipeline(inst, draft.id)

    run = runs.submit_run(inst, SubmitRun(document=document({"a": node(target="small")})))
    with pytest.raises(Conflict, match="Steps run"):
        targets.delete_target(inst, "small")
    shown = targets.get_target(inst, "small")
    assert (shown.queued, [(one.run, one.node) for one in shown.steps]) == (1, [(run.id, "a")])


def test_a_document_that_names_a_target_which_takes_nothing_says_so(inst: Installation) -> None:
    targets.add_target(inst, SMALL.model_copy(update={"name": "off"}))
    targets.change_target(inst, "off", ChangeTarget(disabled=True))

    def codes(**settings: Any) -> set[tuple[str, str, str]]:
        pipeline = read_document(document({"a": node(target="off"), "b": node(target="gone")}, settings=settings))
        return {(one.code, one.node, one.severity) for one in check(inst, pipeline, {}, {})}

    named = {("target_disabled", "a", "warning"), ("unknown_target", "b", "error")}
    assert codes() == named
    assert codes(target="off") == named | {("target_disabled", "", "warning")}


def test_a_secret_is_kept_in_the_secret_store_alone(inst: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    from pydantic import BaseModel, ConfigDict, Field

    from designer.targets import process

    class Options(BaseModel):
        model_config = ConfigDict(extra="forbid")
        memory_limit_mb: int | None = None
        password: str = Field(default="", description="of the door", json_schema_extra={"secret": True})

    monkeypatch.setattr(process, "Options", Options)
    asked = SMALL.model_copy(update={"options": {"password": "correct horse"}})

    added = targets.add_target(inst, asked)

    assert added.options == {"password": {"secret": "target.small.password", "version": 1}}
    with inst.store.read() as t:
        assert secrets.get(t, inst.keyring, "target.small.password") == "correct horse"
    first = inst.targets["small"]
    assert not first.trouble()

    same = targets.change_target(inst, "small", ChangeTarget(options=added.options | {"memory_limit_mb": 100}))
    assert same.options["password"] == added.options["password"]
    other = targets.change_target(inst, "small", ChangeTarget(options={"password": "battery staple"}))
    assert other.options["password"]["version"] == 2
    assert inst.targets["small"] is not first
    assert "horse" not in str([one.model_dump() for one in targets.list_targets(inst).items])

    targets.delete_target(inst, "small")
    with inst.store.read() as t:
        assert secrets.versions(t, ["target.small.password"]) == {}
