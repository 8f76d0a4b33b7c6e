"""What a peer's script is asked for on its command line (`WORKLOAD FOLDER`), and how it answers: by FOLDER/result.json.

chain, fan    {"steps": n, "seconds": s, "again": s or None}   again: the same once more, nothing changed
frames        {"seconds": s}
lines         {"seconds": s, "lines": n, "kept": where a person finds them afterwards, or ""}
first         nothing is timed here: the step writes the moment of its first line into FOLDER/moment
"""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

WIDTH = 2
"""How many steps may run at the same time."""

NOISE = 0.05
"""A difference of two times that is a smaller share of them says nothing."""

CHAIN = 50
FAN = 100

Nodes = dict[str, tuple[tuple[str, ...], tuple[str, ...]]]
"""Per step of a graph of no-ops: the steps whose results it takes, and those it only waits for."""


def chain(length: int) -> Nodes:
    """Steps in a row."""
    return {f"step{i}": ((f"step{i - 1}",) if i else (), ()) for i in range(length)}


def fan(width: int) -> Nodes:
    """One step, many that take its result, one after all of them."""
    wide = [f"wide{i}" for i in range(width)]
    return {"first": ((), ()), **dict.fromkeys(wide, (("first",), ())), "last": ((), tuple(wide))}


def timed(function: Callable[[], Any]) -> float:
    """Seconds that a call takes."""
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


def without_start(
    run: Callable[[str, Nodes], Any], graph: Nodes, reuses: bool, warm: bool = False
) -> dict[str, float | int | None]:
    """Seconds that the steps of a graph take, less those of a graph of one step, so that a tool's own start is not counted.

    `run` gets a name for the graph, so that the two do not meet. With `warm` one more graph is run before, for what a tool
    does once per process. `again` is whole: it is what a person waits for when nothing changed.
    """
    if warm:
        run("warm", chain(1))
    alone = timed(lambda: run("alone", chain(1)))
    whole = timed(lambda: run("whole", graph))
    again = timed(lambda: run("whole", graph)) if reuses else None
    seconds = whole - alone
    return {"steps": len(graph) - 1, "seconds": seconds if seconds > NOISE * whole else None, "again": again}


def answer(workloads: Mapping[str, Callable[[Path], Mapping[str, Any] | None]]) -> None:
    """Do the workload that the command line names, in its folder, and write down what was measured."""
    name, folder = sys.argv[1], Path(sys.argv[2]).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    found = workloads[name](folder)
    (folder / "result.json").write_text(json.dumps(found or {}))
