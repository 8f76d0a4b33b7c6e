"""What a running step can report: metrics, progress, figures, tables, tags. Outside a step the same calls print.

from designer import step
step.progress(0.4, "epoch 2 of 5")
step.log_metric("loss", 0.31)
"""

import json
import os
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

EVENTS_FILE = "DESIGNER_STEP_EVENTS"
"""Environment variable: the file a step's events are appended to, one JSON object a line."""

_lock = threading.Lock()


def log_metric(name: str, value: float, *, at: int | None = None) -> None:
    """Record a number. Logged again under the same name it becomes a series; `at` is the position (epoch, iteration)."""
    _report({"event": "metric", "name": str(name), "value": float(value), "at": at})


def progress(share: float, text: str = "") -> None:
    """Say how far the step is: a share from 0 to 1, and a word on what it does now."""
    _report({"event": "progress", "share": min(1.0, max(0.0, float(share))), "text": str(text)[:200]})


def log_figure(name: str, spec: Mapping[str, Any]) -> None:
    """Keep a figure: a Vega-Lite specification with its data inside."""
    _report({"event": "figure", "name": str(name), "spec": dict(spec)})


def log_table(name: str, columns: Mapping[str, Sequence[Any]]) -> None:
    """Keep a small table: a list of values per column name."""
    _report({"event": "table", "name": str(name), "columns": {key: list(values) for key, values in columns.items()}})


def tag(key: str, value: str = "") -> None:
    """Put a tag on the step."""
    _report({"event": "tag", "key": str(key), "value": str(value)})


def _report(event: dict[str, Any]) -> None:
    path = os.environ.get(EVENTS_FILE)
    if not path:
        print(" ".join(str(value) for value in event.values() if value not in (None, "")))
        return
    line = (json.dumps({"time": time.time(), **event}, allow_nan=True, default=str) + "\n").encode()
    with _lock:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)  # or a pipe that lies there
        try:
            while line:
                line = line[os.write(file, line) :]
        finally:
            os.close(file)
