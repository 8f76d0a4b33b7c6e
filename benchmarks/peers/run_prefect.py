"""Prefect: tasks in its process pool, results persisted, reuse by inputs and source; a server of its own keeps the history.

Only the cold start goes without a server, by the server that Prefect starts by itself, and with its default task runner.
"""

import os
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import steps
from prefect import flow, task
from prefect.cache_policies import INPUTS, NO_CACHE, TASK_SOURCE
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.task_runners import ProcessPoolTaskRunner
from workloads import CHAIN, FAN, WIDTH, Nodes, answer, chain, fan, timed

LINES = 20_000
"""Fewer than the others print, whose time is scaled: all of them take minutes."""


@task(cache_policy=INPUTS + TASK_SOURCE, persist_result=True)
def no_op(value: Any, number: int) -> Any:
    """Hand on a number."""
    return steps.no_op(value, number)


@task(cache_policy=NO_CACHE)
def wake(seconds: float) -> None:
    """Keep one process of the pool, so that the next one is started too."""
    time.sleep(seconds)


@task(persist_result=True)
def make_floats() -> Any:
    """Many floats."""
    return steps.make_floats()


@task(persist_result=True)
def add_to_floats(data: Any, column: str) -> Any:
    """Add a number to one column."""
    return steps.add_to_floats(data, column, 1.5)


@task(persist_result=True)
def sum_floats(data: Any) -> Any:
    """Sum every column."""
    return steps.sum_floats(data)


@task(log_prints=True, cache_policy=NO_CACHE)
def print_lines(lines: int) -> Any:
    """Print many lines."""
    return steps.print_lines(lines)


@task(cache_policy=NO_CACHE)
def mark(place: str) -> Any:
    """Say a line."""
    return steps.mark(place)


@flow(task_runner=ProcessPoolTaskRunner(max_workers=WIDTH))
def graph(nodes: dict[str, Any]) -> float:
    """A graph of no-ops: the seconds it takes once the processes of the pool are there."""
    for future in [wake.submit(0.5) for _ in range(WIDTH)]:
        future.result()
    begin = time.perf_counter()
    made: dict[str, Any] = {}
    for number, (node, (inputs, after)) in enumerate(nodes.items()):
        value = made[inputs[0]] if inputs else None
        made[node] = no_op.submit(value, number, wait_for=[made[one] for one in after])
    for future in made.values():
        future.result()
    return time.perf_counter() - begin


@flow(task_runner=ProcessPoolTaskRunner(max_workers=WIDTH))
def frames() -> None:
    """Five steps over a large table."""
    data: Any = make_floats.submit()
    for i in range(3):
        data = add_to_floats.submit(data, f"c{i}")
    sum_floats.submit(data).result()


@flow(task_runner=ProcessPoolTaskRunner(max_workers=WIDTH))
def lines(count: int) -> None:
    """One step that prints."""
    print_lines.submit(count).result()


@flow
def first(place: str) -> None:
    """One step that says when it began."""
    mark.submit(place).result()


@contextmanager
def serving() -> Iterator[None]:
    """A server of this workload's own, on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [Path(sys.executable).with_name("prefect"), "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        end = time.monotonic() + 120
        while time.monotonic() < end and server.poll() is None:
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health", timeout=5):
                break
            time.sleep(0.1)
        os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{port}/api"
        with temporary_settings({PREFECT_API_URL: os.environ["PREFECT_API_URL"]}):
            yield
    finally:
        server.terminate()
        server.wait(30)


def with_server(workload: Callable[[Path], dict[str, Any]]) -> Callable[[Path], dict[str, Any]]:
    """A workload with a server for its time."""

    def run(folder: Path) -> dict[str, Any]:
        with serving():
            return workload(folder)

    return run


def run_graph(nodes: Nodes) -> dict[str, Any]:
    """A graph, and again."""
    return {"steps": len(nodes), "seconds": graph(nodes), "again": graph(nodes)}


def run_frames(_: Path) -> dict[str, Any]:
    """Five steps over a large table."""
    graph(chain(1))
    return {"seconds": timed(frames)}


def run_lines(folder: Path) -> dict[str, Any]:
    """Lines, until the server has kept all of them."""
    graph(chain(1))
    begin = time.perf_counter()
    lines(LINES)
    end = time.monotonic() + 240
    while time.monotonic() < end:
        with sqlite3.connect(f"file:{folder}/prefect/prefect.db?mode=ro", uri=True) as database:
            (kept,) = database.execute("SELECT count(*) FROM log WHERE message LIKE 'line %'").fetchone()
        if kept >= LINES:
            return {"seconds": time.perf_counter() - begin, "lines": LINES, "kept": "database, in its UI"}
        time.sleep(0.2)
    raise TimeoutError("the lines were not kept within 4 minutes")


if __name__ == "__main__":
    answer({
        "chain": with_server(lambda _: run_graph(chain(CHAIN))),
        "fan": with_server(lambda _: run_graph(fan(FAN))), "frames": with_server(run_frames),
        "lines": with_server(run_lines), "first": lambda folder: first(str(folder / "moment")),
    })  # fmt: skip
