"""An installation in a folder of its own, with small modules, for tests."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from designer.installation import Installation, open_installation
from designer.settings import Settings, Warm

MODULES = {
    "number": '''"""Number

Gives a number.
"""
from designer.module import Metrics

CATEGORY = "Test"


def run(*, number: int = 1, seed: int = 0) -> Metrics:
    print("number", number)
    return {"number": number}
''',
    "add": '''"""Add

Adds one to the number it is given.
"""
from designer.module import Metrics

CATEGORY = "Test"


def run(value: Metrics, *, amount: float = 1.0) -> Metrics:
    return {"number": value["number"] + amount}
''',
    "wait": '''"""Wait

Waits until a file is there, and notes every start.
"""
import pathlib
import time

from designer import step
from designer.module import Metrics

CATEGORY = "Test"


def run(value: Metrics | None = None, *, note: str = "", until: str = "", seconds: float = 60.0) -> Metrics:
    if note:
        with open(note, "a") as file:
            file.write("started\\n")
    end = time.monotonic() + seconds
    count = 0
    while time.monotonic() < end and not (until and pathlib.Path(until).exists()):
        count += 1
        print("waiting", count, flush=True)
        step.progress(min(1.0, count / 100), f"round {count}")
        step.log_metric("round", count)
        time.sleep(0.02)
    return {"number": 1}
''',
    "fail": '''"""Fail

Fails until it was tried often enough.
"""
import pathlib

from designer.module import Metrics, ModuleError

CATEGORY = "Test"


def run(value: Metrics | None = None, *, tries: int = 1_000_000, note: str = "") -> Metrics:
    done = 0
    if note:
        with open(note, "a") as file:
            file.write("started\\n")
        done = pathlib.Path(note).read_text().count("started")
    if done < tries:
        raise ModuleError(3, "The number is not there.", "Give it one.")
    return {"number": 1}
''',
}


def write_modules(folder: Path, more: Mapping[str, str] | None = None) -> Path:
    """Write the test modules below a folder, as a library; with `more`, or in their place."""
    place = folder / "library" / "test"
    place.mkdir(parents=True, exist_ok=True)
    for name, text in {**MODULES, **(more or {})}.items():
        (place / f"{name}.py").write_text(text)
    return folder / "library"


@contextmanager
def home(
    folder: Path, database: str = "", modules: Mapping[str, str] | None = None, **settings: Any
) -> Iterator[Installation]:
    """Open the installation in a folder; close it at the end."""
    given = {
        "modules": str(write_modules(folder, modules)),
        "samples": False,
        "slots": 2,
        "free_space": 0,
        "keep_copies": 0,
        "warm": Warm.PLAIN,
        **settings,
    }
    inst = open_installation(Settings.read({}, home=folder / "home", database=database, **given))
    try:
        yield inst
    finally:
        inst.close()


def document(nodes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A document of these nodes."""
    return {"format": "designer.pipeline/1", "name": "Test", "nodes": nodes, **more}


def chain(length: int) -> dict[str, Any]:
    """A number, and steps that each add one."""
    nodes: dict[str, Any] = {"n0": {"module": "number@1", "parameters": {"number": 0}}}
    for place in range(1, length):
        nodes[f"n{place}"] = {"module": "add@1", "inputs": {"value": f"n{place - 1}.result"}}
    return document(nodes)


def wait_for(what: str, condition: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Ask until the answer is true, and give it back; fail after a deadline."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < end, f"{what} did not happen within {seconds:g} s"
        time.sleep(0.02)
