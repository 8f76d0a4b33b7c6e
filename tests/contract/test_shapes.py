"""What crosses the wire: strict on the way in, whole on the way out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from designer.contract.base import Name, Text
from designer.contract.events import EVENT, LogGrew, PipelineChanged, PreviewReady, RunChanged, StepChanged
from designer.contract.runs import RunChange, Step, SubmitRun
from designer.engine.status import RunStatus, StepStatus

NAME: TypeAdapter[str] = TypeAdapter(Name)
TEXT: TypeAdapter[str] = TypeAdapter(Text)

STEP = Step(node="split", name="Split Data", status=StepStatus.RUNNING, progress=0.5)
EVENTS = [
    StepChanged(run="run_1", seq=3, at=1.5, step=STEP),
    RunChanged(run="run_1", seq=4, at=2.0, status=RunStatus.COMPLETED, ended=2.0),
    LogGrew(run="run_1", node="split", sizes={"stdout": 120}),
    PipelineChanged(id="pip_1", version=7, client="tab"),
    PreviewReady(digest="sha256:0"),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.kind)
def test_an_event_comes_back_as_what_it_was(event: object) -> None:
    assert EVENT.validate_json(EVENT.dump_json(event)) == event


def test_an_event_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValidationError):
        EVENT.validate_python({"kind": "surprise"})


@given(st.text())
def test_a_text_that_passes_can_be_stored_anywhere(text: str) -> None:
    try:
        accepted = TEXT.validate_python(text)
    except ValidationError:
        assert any(ord(letter) < 32 or ord(letter) == 127 or 0xD800 <= ord(letter) <= 0xDFFF for letter in text)
    else:
        assert accepted.encode("utf-8").decode() == text
        assert "\0" not in accepted


@pytest.mark.parametrize("name", ["", "a" * 201, "a\0b", "a\x1bb", "\ud800"])
def test_a_name_that_no_page_can_show_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        NAME.validate_python(name)


@pytest.mark.parametrize(
    "body",
    [
        {"document": {}, "code": "import os"},
        {"pipeline": 7},
        {"document": {}, "version": "1"},
        {"document": {}, "version": True},
        {"document": {}, "tags": {"a": 1}},
    ],
    ids=["unknown key", "number for a text", "text for a number", "boolean for a number", "number in a tag"],
)
def test_a_request_guesses_nothing(body: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SubmitRun.model_validate(body)


def test_a_change_says_only_what_changes() -> None:
    assert RunChange(name="New").model_dump(exclude_none=True) == {"name": "New"}
