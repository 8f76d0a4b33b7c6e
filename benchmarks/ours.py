"""Our own side of every workload: the real server or the real command, with an SQLite file in a folder of its own."""

import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import pipelines
from benchmarks.peer import IDLE_SECONDS, free_port, listening
from benchmarks.peer import run as run_workload
from benchmarks.peers.steps import LINES
from benchmarks.server import CLI, Server, environment, server
from benchmarks.usage import busy_cores, disk, peak_of, processor, pss, tree_pss
from benchmarks.watched_server import ask

SLOTS = 2
WORK_MS = 50
GRAPHS = (1000, 5000)
ROOT = Path(__file__).resolve().parent.parent

_salts = itertools.count(1)


def salt() -> int:
    """A number that makes a pipeline another one, so that nothing is reused that should not be."""
    return next(_salts) * 1_000_000


@contextmanager
def serving() -> Iterator[Server]:
    """A server with the benchmark's modules that has been up for a while: its fork servers have imported what they import."""
    with TemporaryDirectory(prefix="designer-bench-") as folder:
        modules = pipelines.write_modules(Path(folder, "modules"))
        with server(modules, SLOTS) as running:
            running.run(pipelines.chain(2, salt=salt()))
            settle(running)
            yield running


SETTLED = 0.05
"""The share of one core that a server with all its processes takes at most when it has nothing more to do."""


def settle(running: Server) -> None:
    """Wait until the server does nothing any more. Raises `TimeoutError`."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        before = processor(running.pid, str(running.home))
        time.sleep(1)
        if processor(running.pid, str(running.home)) - before < SETTLED:
            return
    raise TimeoutError("the server did not come to rest within 60 s")


def reused(run: dict[str, Any]) -> int:
    """How many steps of a run were reused."""
    return int(run["counts"].get("reused", 0))


def graph(kind: str, rounds: int) -> dict[str, Any]:
    """A chain or a fan of no-ops, and each again with nothing changed: medians."""
    whole, again, used, known = [], [], [], 0
    make = pipelines.chain if kind == "chain" else pipelines.fan
    size = 50 if kind == "chain" else 100
    with serving() as running:
        running.run(make(size, salt=salt()))  # not counted, as nothing is of the others' own start
        for _ in range(rounds):
            document = make(size, salt=salt())
            before = processor(running.pid, str(running.home))
            whole.append(running.run(document)["waited"])
            used.append(processor(running.pid, str(running.home)) - before)
            second = running.run(document)
            again.append(second["waited"])
            known = reused(second)
    steps = len(document["nodes"])
    found: dict[str, Any] = {"steps": steps, "seconds": median(whole), "again": median(again), "used": median(used)}
    return found if known == steps else found | {"again": None, "note": f"{known} of {steps} steps were reused"}


def work(rounds: int) -> dict[str, Any]:
    """A fan whose steps work: the share of time both cores are busy, and the share that is the steps' own work."""
    shares, useful = [], []
    with serving() as running:
        for _ in range(rounds):
            document = pipelines.fan(100, "work", salt=salt())
            busy, all_ = busy_cores()
            run = running.run(document)
            busy, all_ = busy_cores()[0] - busy, busy_cores()[1] - all_
            shares.append(busy / all_)
            useful.append(len(document["nodes"]) * WORK_MS / 1000 / (run["waited"] * SLOTS))
    return {"busy": median(shares), "useful": median(useful)}


def kept(home: Path) -> int:
    """Bytes that a home takes on the disk, without the space that it keeps free for bad times."""
    return disk(str(home)) - disk(str(home / "reserve"))


def frames(rounds: int) -> dict[str, Any]:
    """Five steps over a large table: seconds, peak PSS of the server and all its processes, bytes on the disk."""
    seconds, peaks, disks = [], [], []
    for _ in range(rounds):
        with serving() as running:
            before = kept(running.home)
            with peak_of(running.pid, str(running.home)) as peak:
                seconds.append(running.run(pipelines.frames(salt=salt()))["waited"])
            peaks.append(peak.bytes)
            disks.append(kept(running.home) - before)
    return {"seconds": median(seconds), "peak": median(peaks), "disk": median(disks)}


def lines(rounds: int) -> dict[str, Any]:
    """200,000 lines, until the history serves the last one."""
    seconds = []
    with serving() as running:
        for _ in range(rounds):
            run = running.run(pipelines.lines(salt=salt()))
            begin = time.perf_counter()
            index = running.request("GET", f"/api/runs/{run['id']}/steps/print/logs/stdout/index")
            if index["lines"] < LINES:
                raise RuntimeError(f"the log has {index['lines']} lines")
            seconds.append(run["waited"] + time.perf_counter() - begin)
    return {"seconds": median(seconds), "lines": LINES, "kept": "a file, in its UI"}


def first(rounds: int) -> dict[str, Any]:
    """Seconds from the command to a step's first line: in a new home, embedded, with a running server, by the API alone."""
    found: dict[str, list[float]] = {"new": [], "embedded": [], "running": [], "request": []}
    with TemporaryDirectory(prefix="designer-bench-") as name:
        folder = Path(name)
        modules = pipelines.write_modules(folder / "modules")

        def once(home: Path) -> float:
            moment = folder / f"moment{salt()}"
            file = folder / "mark.json"
            file.write_text(json.dumps(pipelines.mark(moment)))
            begin = time.time()
            subprocess.run(
                [*CLI, "run", str(file), "--home", str(home)], check=True, env=environment(modules, SLOTS),
                stdout=subprocess.DEVNULL,
            )  # fmt: skip
            return float(moment.read_text()) - begin

        for number in range(rounds):
            found["new"].append(once(folder / f"home{number}"))
            found["embedded"].append(once(folder / f"home{number}"))
        with server(modules, SLOTS, home=folder / "home") as running:
            once(running.home)  # warm
            for _ in range(rounds):
                found["running"].append(once(running.home))
                moment = folder / f"moment{salt()}"
                begin = time.time()
                running.run(pipelines.mark(moment))
                found["request"].append(float(moment.read_text()) - begin)
    return {f"first_{kind}": median(seconds) for kind, seconds in found.items()} | {"first": median(found["embedded"])}


def idle(rounds: int) -> dict[str, Any]:
    """Seconds until a server answers, and its memory: alone, and with all its processes after a step."""
    answers, alone, whole = [], [], []
    for _ in range(rounds):
        with TemporaryDirectory(prefix="designer-bench-") as name:
            folder = Path(name)
            modules = pipelines.write_modules(folder / "modules")
            port = free_port()
            command = [*CLI, "up", "--home", str(folder / "home"), "--port", str(port), "--no-browser"]
            env = environment(modules, SLOTS)
            with listening(command, f"http://127.0.0.1:{port}/healthz", env, folder) as (pid, seconds):
                answers.append(seconds)
                token = (folder / "home" / "token").read_text().strip()
                running = Server(f"http://127.0.0.1:{port}", "", token, folder / "home", pid)
                running.run(pipelines.chain(1, salt=salt()))
                time.sleep(IDLE_SECONDS)
                alone.append(pss(pid))
                whole.append(tree_pss(pid, str(folder)))
    return {"answers": median(answers), "alone": median(alone), "idle": median(whole)}


def large(steps: int) -> dict[str, Any]:
    """A graph of many no-ops: plan, submission, the conductor's longest turn, writes a step, the whole, and all again."""
    with TemporaryDirectory(prefix="designer-bench-") as name:
        folder = Path(name)
        modules = pipelines.write_modules(folder / "modules")
        report = folder / "report.json"
        command = [sys.executable, "-m", "benchmarks.watched_server", str(report)]
        with server(modules, SLOTS, command) as running:
            small = pipelines.chain(2, salt=salt())
            running.run(small)
            reuses = reused(running.run(small)) > 0
            document = pipelines.layers(steps, salt=salt())
            found: dict[str, Any] = {"steps": steps, "plan": running.plan(document)}
            ask(report)
            run = running.run(document)
            found |= ask(report) | {"seconds": run["waited"], "submitted": run["submitted"]}
            again = running.run(document) if reuses else None
            seen = ask(report)
            if again is not None and reused(again) == steps:
                found |= {
                    "again": again["waited"],
                    "again_longest": seen["longest"],
                    "plan_again": running.plan(document),
                }
            return found


def proto(name: str, folder: Path, memory: bool = False) -> dict[str, Any]:
    """A workload in the floor's prototype."""
    command = [sys.executable, "-m", "benchmarks.proto", name, str(folder)]
    return run_workload(command, folder, 120, memory, {"PYTHONPATH": str(ROOT)})


def bare(steps: int, width: int) -> dict[str, Any]:
    """Bare interpreters, `width` at a time."""

    def one(_: int) -> None:
        subprocess.run([sys.executable, "-c", "pass"], check=True)

    begin, before = time.perf_counter(), os.times()
    with ThreadPoolExecutor(width) as pool:
        list(pool.map(one, range(steps)))
    seconds, after = time.perf_counter() - begin, os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return {"steps": steps, "seconds": seconds, "used": used, "first": seconds}
