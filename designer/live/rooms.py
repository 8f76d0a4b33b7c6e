"""Rooms: who joined one is told of its events."""

import re
from typing import assert_never

from designer.contract.events import (
    DatasetChanged,
    EnvironmentChanged,
    Event,
    LogGrew,
    ModuleChanged,
    PipelineChanged,
    PreviewReady,
    RunChanged,
    RunListed,
    StepChanged,
    TargetChanged,
)

_ID = r"[a-z]{2,4}_[0-9a-z]{20}"
_ROOM = re.compile(rf"runs|datasets|environments|modules|targets|(?:run|pipeline):{_ID}|artifact:sha256:[0-9a-f]{{64}}")


def is_room(name: object) -> bool:
    """Whether there can be such a room."""
    return isinstance(name, str) and _ROOM.fullmatch(name) is not None


def run_of(room: str) -> str | None:
    """The run that a room is about."""
    return room.removeprefix("run:") if room.startswith("run:") else None


def room_of(event: Event) -> str:
    """The room in which an event is told."""
    match event:
        case StepChanged() | RunChanged() | LogGrew():
            return f"run:{event.run}"
        case RunListed():
            return "runs"
        case DatasetChanged():
            return "datasets"
        case EnvironmentChanged():
            return "environments"
        case TargetChanged():
            return "targets"
        case PipelineChanged():
            return f"pipeline:{event.id}"
        case ModuleChanged():
            return "modules"
        case PreviewReady():
            return f"artifact:{event.digest}"
        case _:
            assert_never(event)
