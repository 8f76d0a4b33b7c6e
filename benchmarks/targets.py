"""What a step costs on each kind of target, how a target with workers grows, and what many viewers of a run cost.

    python -m benchmarks.targets                               all of it
    python -m benchmarks.targets --only steps --kinds process,ssh
    python -m benchmarks.targets --only workers,viewers

Ratios hold between rows of one run only. All parts run on this one machine: the engine of Docker, the workers, and the machine
behind ssh (a real sshd in namespaces of its own) share its cores with the server.
"""

import argparse
import http.client
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from benchmarks import pipelines
from benchmarks.ours import salt
from benchmarks.server import Server, server
from benchmarks.tables import number, table
from designer.actions import runs
from designer.installation import LOCAL, Installation
from designer.store import targets
from designer.store.targets import StoredTarget
from tests import machine
from tests.conductor.conftest import Conducted, conducting
from tests.home import home

SLOTS = 2
CHAIN, FAN = 20, 50
ROUNDS = 3
WORKERS = (1, 2, 4)
MANY = 200
WAIT_MS = 200
VIEWERS = 200
WATCHED, WATCHED_MS = 30, 100
HOLD_MS = 4_000

MODULES = {
    "no_op": pipelines.NO_OP,
    "pause": '''"""Pause

Waits, as a step does whose work is done elsewhere.
"""
import time

from designer.module import Metrics

CATEGORY = "Benchmark"


def run(value: Metrics | None = None, *, number: int = 0, milliseconds: int = 200) -> Metrics:
    time.sleep(milliseconds / 1000)
    return {"number": number}
''',
}


@contextmanager
def installation(folder: Path) -> Iterator[Conducted]:
    """An installation whose runs are conducted, in this process."""
    with home(folder, modules=MODULES, slots=SLOTS) as inst, conducting(inst) as found:
        yield found


def add(inst: Installation, kind: str, options: dict[str, Any], slots: int = SLOTS) -> str:
    """A target of a kind."""
    now = inst.clock.now()
    with inst.store.write("begin_job") as t:
        targets.add(t, StoredTarget(kind, kind, now, now, options, slots))
    inst.targets.refresh()
    return kind


@contextmanager
def on_process(folder: Path) -> Iterator[tuple[Conducted, str]]:
    """This machine."""
    with installation(folder) as found:
        yield found, LOCAL


@contextmanager
def on_docker(folder: Path) -> Iterator[tuple[Conducted, str]]:
    """A Docker engine of its own, with the packages of its image."""
    from tests.docker_engine import IMAGE, engine

    docker = engine()
    with installation(folder) as found:
        yield (
            found,
            add(found.inst, "docker", {"engine": docker.url, "image": IMAGE, "pull": "never", "packages": "image"}),
        )


@contextmanager
def on_ssh(folder: Path) -> Iterator[tuple[Conducted, str]]:
    """A machine behind a real sshd, on the Python there that has all packages."""
    with machine.machine() as far, installation(folder) as found:
        yield found, add(found.inst, "ssh", far.options(python=machine.PYTHON))


@contextmanager
def on_workers(folder: Path, count: int = 1, slots: int = SLOTS) -> Iterator[tuple[Conducted, str]]:
    """Workers, with a Redis of their own."""
    from tests.redis import redis_server
    from tests.workers import NAME, farm

    with (
        redis_server("redis-server") as redis, installation(folder) as found,
        farm(found.inst, redis.url, folder) as made,
    ):  # fmt: skip
        for one in range(count):
            made.worker(f"worker{one}", slots)
        yield found, NAME


KINDS: dict[str, Callable[[Path], Any]] = {
    "process": on_process, "docker": on_docker, "celery": on_workers, "ssh": on_ssh,
}  # fmt: skip


def lacking(kind: str) -> str:
    """What has to be installed to measure a kind."""
    if kind == "ssh":
        return machine.lacking()
    programs = {"docker": ("dockerd", "debootstrap"), "celery": ("redis-server",)}.get(kind, ())
    return next((one for one in programs if not shutil.which(one)), "")


def on(document: dict[str, Any], target: str, **parameters: Any) -> dict[str, Any]:
    """A document whose steps run on a target."""
    for node in document["nodes"].values():
        node["parameters"] = {**node.get("parameters", {}), **parameters}
    return document | {"settings": {"target": target}}


def timed(found: Conducted, document: dict[str, Any]) -> float:
    """Seconds from the submission of a document to the end of its run. Raises `RuntimeError` where it did not complete."""
    begin = time.time()
    run = found.submit(document)
    end = time.monotonic() + 600
    while (now := runs.get_run(found.inst, run.id)).ended is None:
        if time.monotonic() > end:
            raise RuntimeError("the run does not end")
        time.sleep(0.05)
    if now.status != "completed":
        raise RuntimeError(f"the run {now.status}: {next((s.error for s in now.steps.values() if s.error), None)}")
    return now.ended - begin


def steps(kind: str) -> dict[str, float]:
    """Milliseconds a step on a kind of target: a chain, a fan."""
    with TemporaryDirectory(prefix="designer-bench-") as name, KINDS[kind](Path(name)) as (found, target):
        timed(found, on(pipelines.chain(3, salt=salt()), target))  # what is carried once is there
        chains = [timed(found, on(pipelines.chain(CHAIN, salt=salt()), target)) for _ in range(ROUNDS)]
        fans = [timed(found, on(pipelines.fan(FAN, salt=salt()), target)) for _ in range(ROUNDS)]
    return {"chain": median(chains) / CHAIN * 1000, "fan": median(fans) / (FAN + 2) * 1000}


def steps_table(kinds: list[str]) -> str:
    """Each kind, beside `process`."""
    rows, floor = [], {}
    for kind in kinds:
        print(f"... {kind}", file=sys.stderr)
        try:
            if why := lacking(kind):
                raise RuntimeError(f"{why} is missing")
            found = steps(kind)
        except Exception as problem:  # noqa: BLE001 - one kind that cannot be measured here must not end the others
            rows.append([kind, f"not measured: {type(problem).__name__}: {str(problem)[:90]}", "", "", ""])
            continue
        floor = floor or found
        rows.append([kind, number(found["chain"]), f"{found['chain'] / floor['chain']:.1f}×",
                     number(found["fan"]), f"{found['fan'] / floor['fan']:.1f}×"])  # fmt: skip
    titles = ["target", f"chain of {CHAIN}, ms a step", f"to {kinds[0]}", f"fan of {FAN}, ms a step", f"to {kinds[0]}"]
    return table(titles, rows)


def workers_table() -> str:
    """A fan over more and more workers with one slot each."""
    rows, first = [], 0.0
    if why := lacking("celery"):
        return f"not measured: {why} is missing"
    for count in WORKERS:
        print(f"... {count} workers", file=sys.stderr)
        with TemporaryDirectory(prefix="designer-bench-") as name, on_workers(Path(name), count, 1) as (found, target):
            timed(found, on(pipelines.fan(4, "pause", salt=salt()), target, milliseconds=WAIT_MS))
            seconds = timed(found, on(pipelines.fan(MANY, "pause", salt=salt()), target, milliseconds=WAIT_MS))
        first = first or seconds
        ideal = (MANY / count + 2) * WAIT_MS / 1000
        rows.append([str(count), f"{seconds:.1f}", f"{first / seconds:.2f}×", f"{ideal:.1f}"])
        print(f"... {count}: {seconds:.1f} s", file=sys.stderr, flush=True)
    return table(["workers", f"fan of {MANY} steps of {WAIT_MS} ms, s", "speed-up", "the steps alone, s"], rows)


def cookie_of(running: Server) -> str:
    """The cookie of a new session."""
    code = running.request("POST", "/api/codes")["code"]
    connection = http.client.HTTPConnection(urlsplit(running.url).netloc, timeout=10)
    connection.request("GET", f"/open?code={code}")
    return str(connection.getresponse().headers["Set-Cookie"]).split(";")[0]


def watched() -> dict[str, Any]:
    """A run whose first step waits until all viewers are there, then a chain of short ones."""
    document = pipelines.chain(WATCHED + 1, "pause", salt=salt())
    for place, node in enumerate(document["nodes"].values()):
        node["parameters"]["milliseconds"] = WATCHED_MS if place else HOLD_MS
    return document


def seconds_of(running: Server, run: str) -> float:
    """How long the chain behind the first step took."""
    end = time.monotonic() + 300
    while time.monotonic() < end:
        (now,) = running.request("GET", "/api/runs?limit=1")["items"]
        if now["status"] in ("completed", "failed", "canceled"):
            break
        time.sleep(0.2)
    found = running.request("GET", f"/api/runs/{run}")
    if found["status"] != "completed":
        raise RuntimeError(f"the run {found['status']}")
    return float(found["ended"]) - float(found["steps"]["step0"]["ended"])


def viewers_table() -> str:
    """The same run without viewers and with many."""
    with TemporaryDirectory(prefix="designer-bench-") as name:
        place = Path(name, "modules", "benchmark")
        place.mkdir(parents=True)
        for module, text in MODULES.items():
            (place / f"{module}.py").write_text(text)
        with server(place.parent, SLOTS) as running:
            running.run(pipelines.chain(3, salt=salt()))
            alone, among, told = [], [], []
            port = urlsplit(running.url).port
            for _ in range(ROUNDS):
                alone.append(seconds_of(running, running.request("POST", "/api/runs", {"document": watched()})["id"]))
            for _ in range(ROUNDS):
                command = [sys.executable, "-m", "benchmarks.viewers", str(port), cookie_of(running), str(VIEWERS)]
                with subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
                ) as watching:
                    assert watching.stdin is not None
                    assert watching.stdout is not None
                    assert watching.stdout.readline() == "ready\n"
                    run = running.request("POST", "/api/runs", {"document": watched()})["id"]
                    watching.stdin.write(f"{run}\n")
                    assert watching.stdout.readline() == "joined\n"
                    among.append(seconds_of(running, run))
                    watching.stdin.write("end\n")
                    told.append(json.loads(watching.stdout.readline()))
    p50, p95 = (median([one[key] for one in told]) * 1000 for key in ("p50", "p95"))
    most = max(one["most"] for one in told) * 1000
    slower = median(among) / median(alone) - 1
    rows = [
        ["0", f"{median(alone):.2f}", "", "", "", ""],
        [str(VIEWERS), f"{median(among):.2f}", f"{slower:+.1%}", number(p50), number(p95), number(most)],
    ]
    return table(
        [
            "viewers",
            f"chain of {WATCHED} steps of {WATCHED_MS} ms, s",
            "the run",
            "an update p50, ms",
            "p95, ms",
            "most, ms",
        ],
        rows,
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="steps,workers,viewers")
    parser.add_argument("--kinds", default=",".join(KINDS))
    given = parser.parse_args()
    parts = {"steps": lambda: steps_table(given.kinds.split(",")), "workers": workers_table, "viewers": viewers_table}
    titles = {"steps": "A step on each target", "workers": "More workers", "viewers": "Many viewers"}
    for part in given.only.split(","):
        load = os.getloadavg()
        print(
            f"\n## {titles[part]}\n\n{parts[part]()}\n\nload before and after: {load[0]:.1f}, {os.getloadavg()[0]:.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
