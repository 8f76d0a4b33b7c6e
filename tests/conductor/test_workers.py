"""Runs whose steps are taken by workers: a real Redis, the real application, real worker processes that are killed and cut off."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from designer.actions import runs, work
from designer.launcher import processes
from designer.targets.queue import Sender
from tests import running
from tests.conductor.conftest import Conducted, conducting
from tests.home import document, home, wait_for
from tests.invariants import assert_invariants
from tests.network import machine
from tests.redis import Server, redis_server
from tests.workers import NAME, Farm, Worker, add_target, farm

TABLES = {
    "make": '''"""Make

Makes a table.
"""
import polars as pl

CATEGORY = "Test"


def run(*, rows: int = 3) -> pl.DataFrame:
    return pl.DataFrame({"n": list(range(rows))})
''',
    "double": '''"""Double

Doubles a column.
"""
import os

import polars as pl

CATEGORY = "Test"


def run(table: pl.DataFrame) -> pl.DataFrame:
    print("in", os.environ["DESIGNER_JOB"])
    return table.with_columns(pl.col("n") * 2)
''',
}


@pytest.fixture(scope="module")
def redis_of_module(need: Callable[..., str]) -> Iterator[Server]:
    """The one Redis of these tests."""
    with redis_server(need("redis-server")) as server:
        yield server


@pytest.fixture
def redis(redis_of_module: Server) -> Server:
    """That Redis, empty."""
    redis_of_module.empty()
    return redis_of_module


class Field:
    """A farm whose runs are conducted."""

    def __init__(self, farm: Farm, conducted: Conducted, redis: Server) -> None:
        self.farm, self.conducted, self.redis = farm, conducted, redis
        self.inst, self.folder = farm.inst, farm.folder

    def waits(self, name: str, **more: Any) -> dict[str, Any]:
        """A node on the farm that notes its start and waits for a file."""
        parameters = {
            "note": str(self.folder / f"{name}.txt"),
            "until": str(self.folder / f"{name}.go"),
            "seconds": 600.0,
        }
        return {"module": "wait@1", "target": NAME, "parameters": parameters, **more}

    def go(self, *names: str) -> None:
        """Let steps end."""
        for name in names:
            (self.folder / f"{name}.go").touch()

    def starts(self, name: str) -> int:
        """How often a step began."""
        file = self.folder / f"{name}.txt"
        return file.read_text().count("started") if file.exists() else 0

    def began(self, name: str, times: int = 1) -> None:
        """Wait until a step has begun."""
        wait_for(f"the start of {name}", lambda: self.starts(name) >= times)

    def processes(self) -> list[int]:
        """What runs below the workers' folders."""
        return below(self.folder)

    def good(self, run: Any) -> None:
        """What must hold at the end of a run, whatever happened."""
        self.conducted.assert_invariants(run)
        wait_for("the end of every process", lambda: not self.processes(), 30)
        wait_for(
            "the claims to be forgotten", lambda: not [one for one in self.names(run) if self.inst.claims.get(one)], 30
        )

    def names(self, run: Any) -> list[str]:
        """The attempts of a run that are known."""
        return [step.attempt for step in self.conducted.get(run).steps.values() if step.attempt]


def below(folder: Path) -> list[int]:
    """Processes of steps that run below a folder."""
    mark = f"{processes.FOLDER}={folder}".encode()
    found = []
    for pid in processes._pids():
        try:
            held = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            continue
        if any(line.startswith(mark) for line in held.split(b"\0")) and processes.start_time(pid) is not None:
            found.append(pid)
    return found


LEASE = 3.0


@pytest.fixture
def make(redis: Server, tmp_path: Path) -> Iterator[Callable[..., Field]]:
    """`make(lease=...)` is a farm, and no worker yet."""
    with ExitStack() as stack:

        def build(**options: Any) -> Field:
            inst = stack.enter_context(home(tmp_path, modules=TABLES, allowed_hosts=",".join(HOSTS)))
            found = stack.enter_context(farm(inst, redis.url, tmp_path, **{"lease": LEASE, **options}))
            return Field(found, stack.enter_context(conducting(inst)), redis)

        yield build


HOSTS = [
    f"10.{net}.{part}.{4 * number + 1}"
    for net in [200 + os.getpid() // 250 % 50]
    for part in [os.getpid() % 250]
    for number in range(1, 60)
]


@pytest.fixture
def field(make: Callable[..., Field]) -> Field:
    """A farm with short leases, and no worker yet."""
    return make()


def test_a_table_goes_to_a_worker_and_back(field: Field) -> None:
    field.farm.worker()
    nodes = {
        "made": {"module": "make@1", "parameters": {"rows": 4}},
        "there": {"module": "double@1", "inputs": {"table": "made.result"}, "target": NAME},
        "here": {"module": "double@1", "inputs": {"table": "there.result"}},
        "again": {"module": "double@1", "inputs": {"table": "here.result"}, "target": NAME},
    }

    run = field.conducted.run(document(nodes))

    assert run.status == "completed", {name: step.error for name, step in run.steps.items()}
    assert [step.outputs["result"].rows for step in run.steps.values()] == [4] * 4
    log = (field.inst.attempts / run.steps["there"].attempt / "stdout.log").read_text()
    assert log == f"in {field.folder.resolve()}/one/attempts/{run.steps['there'].attempt}\n"
    field.good(run)


def failed(step: Any) -> str:
    """What a failed step says."""
    assert step.status == "failed", step
    assert step.error is not None
    assert step.error.cure
    return str(step.error.message)


def test_a_killed_worker_loses_its_step_which_is_tried_again_only_where_that_is_safe(field: Field) -> None:
    one = field.farm.worker("one")
    nodes = {"once": field.waits("once"), "again": field.waits("again", retries=1)}
    run = field.conducted.submit(document(nodes, settings={"continue_on_step_failure": True}))
    field.began("once")
    field.began("again")

    one.end(signal.SIGKILL)

    wait_for("the end of its steps", lambda: not field.processes(), 30)
    other = field.farm.worker("other")
    field.go("again")
    ended = field.conducted.ended(run)
    assert failed(ended.steps["once"]) == 'The step was lost: worker "one" stopped answering.'
    assert ended.steps["again"].status == "completed"
    assert (field.starts("once"), field.starts("again")) == (1, 2)
    assert other.process is not None
    field.good(run)


def test_a_worker_that_is_started_again_gives_back_what_it_had(make: Callable[..., Field]) -> None:
    field = make(lease=600.0)
    one = field.farm.worker("one")
    run = field.conducted.submit(document({"step": field.waits("step", retries=1)}))
    field.began("step")

    one.end(signal.SIGKILL)
    field.farm.workers.clear()
    field.farm.worker("one")

    field.began("step", 2)  # the lease is not waited for
    field.go("step")
    assert field.conducted.ended(run).status == "completed"
    field.good(run)


def test_a_step_that_is_killed_on_a_worker_says_by_what(field: Field) -> None:
    field.farm.worker()
    run = field.conducted.submit(document({"step": field.waits("step")}))
    field.began("step")
    attempt = field.conducted.get(run).steps["step"].attempt

    lock = field.folder / "one" / "attempts" / attempt / "job.lock"
    supervisor = json.loads(lock.read_text())["pid"]
    for pid in processes.descendants(supervisor):
        os.kill(pid, signal.SIGKILL)

    assert "signal 9" in failed(field.conducted.ended(run).steps["step"])
    assert field.starts("step") == 1
    field.good(run)


def test_a_supervisor_that_is_killed_on_a_worker_loses_the_step_at_once(make: Callable[..., Field]) -> None:
    field = make(lease=600.0)
    field.farm.worker()
    run = field.conducted.submit(document({"step": field.waits("step")}))
    field.began("step")
    attempt = field.conducted.get(run).steps["step"].attempt

    os.kill(json.loads((field.folder / "one" / "attempts" / attempt / "job.lock").read_text())["pid"], signal.SIGKILL)

    assert "on the worker, the launcher ended" in failed(field.conducted.ended(run).steps["step"])
    field.good(run)


def test_a_paused_worker_loses_its_step_and_changes_nothing_when_it_wakes(field: Field) -> None:
    one = field.farm.worker("one", 1)
    run = field.conducted.submit(document({"step": field.waits("step", retries=1)}))
    field.began("step")

    one.send(signal.SIGSTOP)
    wait_for("the end of its step, though it is paused", lambda: not field.processes(), 30)
    field.farm.worker("other", 1)
    field.began("step", 2)
    one.send(signal.SIGCONT)
    wait_for("the word that it has it no more", lambda: "dropped" in one.said())
    field.go("step")

    assert field.conducted.ended(run).status == "completed"
    assert field.starts("step") == 2
    field.good(run)


def test_redis_may_be_killed_and_lose_everything(field: Field) -> None:
    field.farm.worker("one", 2)
    nodes = {f"n{number}": field.waits(f"n{number}") for number in range(8)}
    run = field.conducted.submit(document(nodes))
    wait_for("two steps", lambda: sum(field.starts(name) for name in nodes) == 2)

    field.redis.end(signal.SIGKILL)
    wait_for("the word that Redis is away", lambda: "The queue is reconnecting" in field.farm.target.trouble())
    field.go(*nodes)
    wait_for("the end of the steps that ran", lambda: field.conducted.get(run).counts.get("completed", 0) == 2)
    field.redis.start()

    assert field.conducted.ended(run).status == "completed"
    assert [field.starts(name) for name in nodes] == [1] * 8
    field.good(run)


def test_redis_may_forget_everything_and_be_full(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("designer.targets.celery.TELL_AGAIN_SECONDS", 1.0)
    field.farm.worker("one", 1)
    nodes = {f"n{number}": field.waits(f"n{number}") for number in range(4)}
    run = field.conducted.submit(document(nodes))
    wait_for("a step", lambda: sum(field.starts(name) for name in nodes) == 1)
    wait_for("a message that waits", lambda: field.redis.client().keys("*"))

    field.redis.client().config_set("maxmemory", "1")
    wait_for("the word that Redis is full", lambda: "The queue is full" in field.farm.target.trouble())
    field.redis.client().flushall()
    field.redis.client().config_set("maxmemory", "0")
    wait_for("the word that all is well", lambda: not field.farm.target.trouble())
    field.redis.client().flushall()
    field.go(*nodes)

    assert field.conducted.ended(run).status == "completed"
    assert [field.starts(name) for name in nodes] == [1] * 4
    field.good(run)


def test_messages_that_come_three_times_start_a_step_once(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    send = Sender.send

    def thrice(sender: Sender, attempt: str) -> None:
        for _ in range(3):
            send(sender, attempt)

    monkeypatch.setattr(Sender, "send", thrice)
    field.farm.worker("one", 2)
    field.farm.worker("other", 2)
    nodes = {f"n{number}": field.waits(f"n{number}") for number in range(12)}
    field.go(*nodes)

    run = field.conducted.run(document(nodes))

    assert run.status == "completed"
    assert [field.starts(name) for name in nodes] == [1] * 12
    field.good(run)


def test_forged_and_old_messages_do_nothing(field: Field) -> None:
    worker = field.farm.worker()
    field.go("first", "second")
    first = field.conducted.run(document({"first": field.waits("first")}))
    (old,) = field.names(first)
    client, queue = field.redis.client(), field.farm.target.queue
    sender = Sender(field.redis.url, queue)
    pickled = {
        "body": "gASVCg==", "content-type": "application/x-python-serialize", "content-encoding": "binary",
        "headers": {"task": "designer.attempt", "id": "x", "lang": "py"},
        "properties": {"delivery_info": {"exchange": "", "routing_key": queue}, "delivery_tag": "1", "body_encoding": "base64"},
    }  # fmt: skip
    for text in ("not JSON", "[]", json.dumps({"body": "x", "headers": {}, "properties": {}}), json.dumps(pickled)):
        client.lpush(queue, text)
    for attempt in (old, "att_00000000000000000000", "../../etc/passwd", "x" * 500):
        sender.send(attempt)
    sender.close()

    run = field.conducted.run(document({"second": field.waits("second")}))

    assert run.status == "completed"
    assert (field.starts("first"), field.starts("second")) == (1, 1)
    assert worker.process is not None
    assert worker.process.poll() is None
    assert not (field.folder / "one" / "attempts" / old).exists()
    field.good(run)


def test_a_step_is_canceled_wherever_it_is(make: Callable[..., Field]) -> None:
    field = make(lease=600.0)  # so that nothing but the hint is heard
    field.farm.worker("one", 1)
    nodes = {"runs": field.waits("runs"), "waits": field.waits("waits"), "later": field.waits("later")}
    run = field.conducted.submit(document(nodes))
    wait_for("one that runs", lambda: sum(field.starts(name) for name in nodes) == 1)
    (now,) = [name for name in nodes if field.starts(name)]
    wait_for("one that waits for the worker", lambda: [
        step for step in field.conducted.get(run).steps.values() if step.progress_text == "Waits for a worker"])  # fmt: skip

    runs.cancel_run(field.inst, run.id)

    ended = field.conducted.ended(run)
    assert {name: step.status for name, step in ended.steps.items()} == dict.fromkeys(nodes, "canceled")
    assert [field.starts(name) for name in nodes] == [int(name == now) for name in nodes]
    field.good(run)


def test_a_worker_that_drains_ends_what_it_has_and_takes_nothing_new(field: Field) -> None:
    one = field.farm.worker("one", 1)
    run = field.conducted.submit(document({"first": field.waits("first"), "second": field.waits("second")}))
    wait_for("a step", lambda: field.starts("first") + field.starts("second") == 1)

    one.send(signal.SIGTERM)
    wait_for("the word that it drains", lambda: any("drains" in text for text in field.farm.target.notices()))
    field.go("first", "second")
    assert one.process is not None
    assert one.process.wait(60) == 0
    one.process = None
    assert field.starts("first") + field.starts("second") == 1
    assert "no worker is there" in field.farm.target.trouble()
    field.farm.worker("other", 1)

    assert field.conducted.ended(run).status == "completed"
    assert (field.starts("first"), field.starts("second")) == (1, 1)
    field.good(run)


def test_more_workers_than_may_take_work_stand_by(make: Callable[..., Field]) -> None:
    field = make(max_nodes=1)
    one = field.farm.worker("one", 1)
    field.farm.worker("other", 1, wait=False)
    wait_for("the other", lambda: any("stand by" in text for text in field.farm.target.notices()))
    run = field.conducted.submit(document({"first": field.waits("first"), "second": field.waits("second")}))
    wait_for("a step", lambda: field.starts("first") + field.starts("second") == 1)
    shown = {each.name: each for each in work.list_workers(field.inst, NAME).items}
    assert (shown["one"].standing_by, shown["other"].standing_by) == (False, True)

    field.go("first", "second")
    one.end()

    assert field.conducted.ended(run).status == "completed"
    assert (field.starts("first"), field.starts("second")) == (1, 1)


def test_machines_whose_cable_is_pulled(make: Callable[..., Field]) -> None:
    """For less than a lease nothing happens; for longer the step has ended there before it is given up here."""
    field = make(lease=8.0)
    with machine() as here, machine() as there:
        for name, place in (("here", here), ("there", there)):
            broker = f"redis://{place.address}:{place.door(field.redis.port)}/0"
            port = place.door(int(field.farm.url.rpartition(":")[2]))
            field.farm.worker(name, 1, "--broker", broker, inside=place.inside, url=f"http://{place.address}:{port}")
        run = field.conducted.submit(
            document(
                {name: field.waits(name) for name in ("first", "second")}, settings={"continue_on_step_failure": True}
            )
        )
        field.began("first")
        field.began("second")
        found = {name: field.conducted.get(run).steps[name].attempt for name in ("first", "second")}
        (lost,) = [name for name, attempt in found.items() if field.inst.claims.get(attempt).worker_name == "there"]  # type: ignore[union-attr]
        (kept,) = {"first", "second"} - {lost}

        here.cut()
        time.sleep(2.0)  # shorter than a lease
        here.mend()
        there.cut()
        wait_for("the loss of the step", lambda: field.conducted.get(run).steps[lost].status == "failed")
        assert not below(field.folder / "there"), "it has ended there before it is given up here"
        there.mend()
        field.go(lost, kept)

        ended = field.conducted.ended(run)
        assert 'worker "there" stopped answering' in failed(ended.steps[lost])
        assert (field.starts("first"), field.starts("second")) == (1, 1)
        field.good(run)


def test_a_server_that_is_killed_finds_its_workers_at_work(redis: Server, tmp_path: Path) -> None:
    with home(tmp_path) as inst:
        add_target(inst, redis.url, lease=120.0)
        token = work.make_token(inst, NAME).token
    server = running.Server(
        tmp_path / "home", environment={"DESIGNER_MODULES": str(tmp_path / "library"), "DESIGNER_SAMPLES": "0", "DESIGNER_WARM": "off"}
    )  # fmt: skip
    server.start()
    worker = Worker(server.url, token, tmp_path).start()
    try:
        nodes = {}
        for name in ("short", "long", "later"):
            parameters = {
                "note": str(tmp_path / f"{name}.txt"),
                "until": str(tmp_path / f"{name}.go"),
                "seconds": 600.0,
            }
            nodes[name] = {"module": "wait@1", "target": NAME, "parameters": parameters}
        run = server.call("POST", "/api/runs", {"document": document(nodes)})["id"]
        server.wait_for("two steps", lambda: len(list(tmp_path.glob("*.txt"))) == 2)

        server.end(kill=True)
        first = next(tmp_path.glob("*.txt")).stem
        (tmp_path / f"{first}.go").touch()  # it ends while the server is away
        wait_for("the end of that step", lambda: len(_steps(tmp_path)) == 1)
        server.start()
        for name in nodes:
            (tmp_path / f"{name}.go").touch()
        server.wait_for(
            "the end of the run", lambda: server.call("GET", f"/api/runs/{run}")["status"] == "completed", 120
        )

        assert worker.end() == 0, worker.said()
    finally:
        worker.end(signal.SIGKILL)
        server.end()
    assert [(tmp_path / f"{name}.txt").read_text().count("started") for name in nodes] == [1, 1, 1]
    with home(tmp_path) as inst, conducting(inst):
        assert_invariants(inst, submitted=1, secrets=[token], log=server.whole_log())


def _steps(folder: Path) -> set[str]:
    """The attempts whose processes run below a folder."""
    found = set()
    for pid in below(folder):
        with suppress(OSError):
            for line in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                if line.startswith(processes.COOKIE.encode()):
                    found.add(line.decode())
    return found
