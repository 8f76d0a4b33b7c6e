"""A server and the person who uses it, in one process that a crash point may end.

The person writes down what was acknowledged, and goes on from there when the scene is played again: what was not, they
look for, and ask for again. So a scene that was cut off anywhere must, played again, end as if nothing had happened.
"""

import json
import logging
import os
import signal
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from designer import faults
from designer.actions import (
    artifacts,
    datasets,
    datastores,
    environments,
    imports,
    modules,
    pipelines,
    runs,
    secrets,
    sessions,
    storage,
    work,
)
from designer.actions import targets as compute_targets
from designer.actions.artifacts import settle_fresh
from designer.actions.module_folders import FolderWatch
from designer.conductor import Conductor
from designer.conductor import conductor as conductor_module
from designer.conductor import leadership as leadership_module
from designer.contract.datasets import DatasetChange, DatasetFrom, ReadAgain, ReadOptions
from designer.contract.datastores import ChangeDatastore, RegisterDatastore
from designer.contract.environments import BuildEnvironment, ChangeEnvironment, CreateEnvironment
from designer.contract.modules import ChangeModule, CreateModule, SaveModule
from designer.contract.pipelines import CreatePipeline, SavePipeline
from designer.contract.runs import RunChange, SubmitRun
from designer.contract.secrets import PutSecret
from designer.contract.targets import AddTarget, ChangeTarget
from designer.contract.work import Beat, Held, JoinWork
from designer.engine.status import FINAL_RUN
from designer.errors import NotFound
from designer.graph.environment import ALL_NEEDED
from designer.installation import Installation
from designer.launcher import processes
from designer.launcher.digests import of_file
from designer.launcher.result import read_json
from designer.library import bundle_file
from designer.library.bundle_file import Bundle, SharedModule
from designer.store import outbox, targets
from designer.store.database import Locked
from designer.store.migrations import upgrade
from designer.store.targets import StoredTarget
from tests.environments.packages import wheel
from tests.home import document, home, wait_for

DATA = b"name;price\nA;1\nB;2\n"

COUNT = '''"""Count

Counts the rows of a table.
"""
import polars as pl

from designer.module import Metrics

CATEGORY = "Test"


def run(table: pl.DataFrame) -> Metrics:
    return {"rows": table.height}
'''


class Person:
    """Someone who remembers what they were told."""

    def __init__(self, inst: Installation, folder: Path) -> None:
        self.inst = inst
        self.folder = folder
        self.journal = folder / "journal"
        lines = self.journal.read_text().splitlines() if self.journal.exists() else []
        self.told: dict[str, Any] = dict(json.loads(line) for line in lines)

    def once(self, name: str, ask: Callable[[], Any]) -> Any:
        """Ask for something, unless it was acknowledged before; what was answered."""
        if name not in self.told:
            self.told[name] = ask()
            with self.journal.open("a") as file:
                file.write(json.dumps([name, self.told[name]]) + "\n")
                file.flush()
                os.fsync(file.fileno())
        return self.told[name]

    def ended(self, run: str) -> None:
        """Wait for the end of a run; one that was removed had ended."""

        def over() -> bool:
            try:
                return runs.get_run(self.inst, run).status in FINAL_RUN
            except NotFound:
                return True

        wait_for("the end of the run", over)


def gone(call: Callable[[], Any]) -> None:
    """Take something away; it may be gone."""
    try:
        call()
    except NotFound:
        return


def draw(person: Person) -> None:
    """A pipeline is made, changed, deleted and restored."""
    inst, nodes = person.inst, {"a": {"module": "number@1"}}

    def create() -> str:
        there = pipelines.list_pipelines(inst).items
        return there[0].id if there else pipelines.create_pipeline(inst, CreatePipeline(document=document(nodes))).id

    made = person.once("create", create)
    changed = document({**nodes, "b": {"module": "add@1", "inputs": {"value": "a.result"}}})
    person.once("save", lambda: pipelines.save_pipeline(inst, made, SavePipeline(version=1, document=changed)).version)
    person.once("delete", lambda: gone(lambda: pipelines.delete_pipeline(inst, made)))
    person.once("restore", lambda: pipelines.restore_pipeline(inst, made).version)


def author(person: Person) -> None:
    """A module is made, saved again, put away and brought back."""
    inst = person.inst

    def make() -> str:
        there = [one.name for one in modules.list_modules(inst).items if one.own]
        return there[0] if there else modules.create_module(inst, CreateModule(source=COUNT)).name

    name = person.once("make", make)
    again = SaveModule(source=COUNT.replace("rows", "lines"), based_on=1)
    assert person.once("save", lambda: modules.save_module(inst, name, again).spec.version) == 2
    person.once("archive", lambda: modules.change_module(inst, name, ChangeModule(archived=True)).name)
    person.once("back", lambda: modules.change_module(inst, name, ChangeModule(archived=False)).name)
    assert [one.version for one in modules.get_own(inst, name).versions] == [2, 1]


def upload(person: Person) -> None:
    """A file becomes a dataset."""
    inst = person.inst

    def add() -> str:
        there = datasets.list_datasets(inst).items
        if there:
            return there[0].id
        staged = inst.uploads / "part"
        staged.write_bytes(DATA)
        made = datasets.add_dataset(
            inst, name="Cars", file_name="cars.csv", staged=staged, size=len(DATA), digest=of_file(str(staged)),
            options=ReadOptions(),
        )  # fmt: skip
        return made.id

    person.once("upload", add)
    is_read(person)


def is_read(person: Person) -> None:
    """Wait until a file is read; one that was put away meanwhile had been."""

    def done() -> bool:
        try:
            return datasets.get_dataset(person.inst, person.told["upload"]).latest.status == "ready"
        except NotFound:
            return True

    wait_for("the file to be read", done)


def data(person: Person) -> None:
    """A dataset is read again, described, deleted and restored, and looked at."""
    upload(person)
    inst, made = person.inst, person.told["upload"]

    def again() -> int:
        if datasets.get_dataset(inst, made).latest.version == 1:
            datasets.read_again(inst, made, ReadAgain(version=1, options=ReadOptions(delimiter=";")))
        return 2

    person.once("again", again)
    is_read(person)
    person.once("change", lambda: datasets.change_dataset(inst, made, DatasetChange(title="All cars")).title)
    person.once("delete", lambda: gone(lambda: datasets.delete_dataset(inst, made)))
    person.once("restore", lambda: datasets.restore_dataset(inst, made).title)
    digest = datasets.get_dataset(inst, made).latest.digest
    wait_for("the preview", lambda: artifacts.get_preview(inst, digest).status == "ready")


def sign_in(person: Person) -> None:
    """Sessions begin and are used."""
    inst = person.inst
    sessions.TOUCH_SECONDS = -1.0
    code = sessions.new_code(inst)
    secret = sessions.begin(inst, code)
    assert secret is not None
    assert sessions.begin(inst, code) is None, "a code is good once"
    assert sessions.is_open(inst, secret)
    assert sessions.begin_with_token(inst, sessions.token(inst.settings.home)) is not None


def software(person: Person) -> None:
    """An environment is named, built, described, built again, and taken away."""
    inst, folder = person.inst, person.folder / "packages"
    if not folder.exists():
        folder.mkdir()
        for name in (*ALL_NEEDED, "tiny"):
            wheel(folder, name)

    def ready() -> bool:
        try:
            return environments.get_environment(inst, "mine").status.value in ("ready", "unbuilt")
        except NotFound:
            return True  # it was taken away already

    def create() -> str:
        there = environments.list_environments(inst).items
        return (
            there[0].id
            if there
            else environments.create_environment(inst, CreateEnvironment(name="mine", requirements=["tiny"])).id
        )

    person.once("create", create)
    wait_for("the environment", ready)
    change = ChangeEnvironment(description="Tiny")
    person.once("change", lambda: environments.change_environment(inst, "mine", change).description)
    person.once("build", lambda: environments.build_environment(inst, "mine", BuildEnvironment()).id)
    wait_for("the environment", ready)
    made = person.once("cancel", lambda: environments.cancel_build(inst, "mine").id)
    person.once("unused", lambda: environments.remove_unused(inst, -1.0))
    person.once("needed", lambda: environments.see_to(inst, [made]))
    wait_for("the environment", ready)
    person.once("delete", lambda: gone(lambda: environments.delete_environment(inst, "mine")))


def pipeline(person: Person) -> dict[str, Any]:
    """A dataset, a step that must be tried twice, two at once, a branch that fails, and one that has to be canceled."""

    def noted(name: str, **more: Any) -> dict[str, Any]:
        return {"note": str(person.folder / f"{name}.txt"), **more}

    nodes = {
        "cars": {"dataset": "cars"},
        "rows": {"module": "count@1", "inputs": {"table": "cars.data"}},
        "flaky": {"module": "fail@1", "parameters": noted("flaky", tries=2), "retries": 1, "retry_delay": 0.1},
        "left": {"module": "number@1", "parameters": {"number": 3}},
        "right": {"module": "wait@1", "parameters": noted("right", seconds=0.3)},
        "sum": {"module": "add@1", "inputs": {"value": "left.result"}, "after": ["right"]},
        "bad": {"module": "fail@1", "parameters": noted("bad")},
        "after_bad": {"module": "add@1", "inputs": {"value": "bad.result"}},
        "long": {"module": "wait@1", "parameters": noted("long", seconds=600.0)},
    }
    return document(nodes, settings={"continue_on_step_failure": True})


def started(person: Person, name: str) -> bool:
    """Whether a step of the pipeline has begun."""
    return (person.folder / f"{name}.txt").exists()


def run(person: Person) -> None:
    """The pipeline is run; one step of it and another run are canceled."""
    inst = person.inst
    request = SubmitRun(document=pipeline(person))
    first = person.once("first", lambda: runs.submit_run(inst, request, key="first").id)
    wait_for("the long step", lambda: started(person, "long"))
    person.once("cancel step", lambda: runs.cancel_step(inst, first, "long").id)
    other = document(
        {"w": {"module": "wait@1", "parameters": {"note": str(person.folder / "w.txt"), "seconds": 600.0}}}
    )
    second = person.once("second", lambda: runs.submit_run(inst, SubmitRun(document=other), key="second").id)
    wait_for("the step of the other run", lambda: started(person, "w"))
    person.once("cancel", lambda: runs.cancel_run(inst, second).id)
    person.once("change", lambda: runs.change_run(inst, first, RunChange(name="First")).name)
    person.ended(first)
    person.ended(second)
    settle_fresh(inst)


def cold(person: Person) -> None:
    """The same, and no step is begun by a fork."""
    run(person)


def garbage(person: Person) -> None:
    """Of three runs one is deleted, brought back and deleted again, one is too old; what only they had is removed."""
    inst = person.inst
    storage.SAFE_SECONDS = storage.LEFT_SECONDS = -1.0

    def submit(name: str, number: int) -> str:
        nodes: dict[str, Any] = {"a": {"module": "number@1", "parameters": {"number": number}}}
        nodes["b"] = {"module": "add@1", "inputs": {"value": "a.result"}}
        made = person.once(name, lambda: runs.submit_run(inst, SubmitRun(document=document(nodes)), key=name).id)
        person.ended(made)
        return str(made)

    first = submit("first", 1)
    submit("second", 2)
    submit("third", 3)
    person.once("delete", lambda: gone(lambda: runs.delete_run(inst, first)))
    person.once("restore", lambda: gone(lambda: runs.restore_run(inst, first)))
    person.once("delete again", lambda: gone(lambda: runs.delete_run(inst, first)))
    wait_for("every command to be done", lambda: nothing_is_open(inst))
    for _ in range(4):  # what one marks the next removes
        storage.clean(inst, now=True)
    storage.sweep_bytes(inst)


def stuck(person: Person) -> None:
    """A run is canceled whose supervisor does not answer."""
    inst = person.inst
    parameters = {"note": str(person.folder / "w.txt"), "seconds": 600.0}
    doc = document({"w": {"module": "wait@1", "parameters": parameters}})
    made = person.once("submit", lambda: runs.submit_run(inst, SubmitRun(document=doc), key="stuck").id)
    wait_for("the step", lambda: started(person, "w"))
    attempt = runs.get_run(inst, made).steps["w"].attempt
    supervisor = read_json(str(inst.attempts / attempt / "job.lock"))
    if processes.start_time(supervisor["pid"]) == supervisor["start_time"]:
        os.kill(supervisor["pid"], signal.SIGSTOP)
    person.once("cancel", lambda: runs.cancel_run(inst, made).id)
    person.ended(made)


def refused(person: Person) -> None:
    """The database refused a write, and is found to work again."""
    person.inst.store.fault = Locked()
    wait_for("writing to go again", lambda: person.inst.store.fault is None)
    draw(person)


def hold_on(person: Person) -> None:
    """Nothing happens for as long as a lease lasts."""
    lead = person.inst.store
    names: list[str] = []
    real = lead._write

    def write(name: Any) -> Any:
        names.append(name)
        return real(name)

    lead._write = write  # type: ignore[method-assign]
    wait_for("the lease to be renewed", lambda: "lead_on" in names)


def samples(person: Person) -> None:
    """The first start of a server that makes sample datasets."""
    inst = person.inst
    there = wait_for("the samples", lambda: datasets.list_datasets(inst).items)
    wait_for("their data", lambda: all(datasets.get_dataset(inst, one.id).latest.status == "ready" for one in there))


def share(person: Person) -> None:
    """A folder of modules has a command; a file from elsewhere is imported, and accepted."""
    inst = person.inst
    command = person.folder / "library" / "words" / "say"
    command.mkdir(parents=True, exist_ok=True)
    (command / "say.sh").write_text("echo hello\n")
    (command / "component.yaml").write_text("command: bash say.sh\ncode: .\n")
    inst.library.reload()
    FolderWatch(inst).look()
    file = inst.uploads / "shared"
    theirs = document({"a": {"module": "theirs@1"}})
    bundle_file.write(file, Bundle([theirs], [SharedModule("theirs@1", COUNT.replace("Count", "Theirs"))]), json.dumps)

    def bring() -> list[str]:
        there = [one for one in imports.list_imports(inst).items if one.pipelines]
        if not there:
            for left in pipelines.list_pipelines(inst).items:  # of one that was cut off
                gone(partial(pipelines.delete_pipeline, inst, left.id))
            there = [imports.import_file(inst, file, "theirs.zip", file.stat().st_size, of_file(str(file)))]
        return [there[0].id, there[0].digest]

    id_, digest = person.once("import", bring)
    person.once("accept", lambda: imports.accept_import(inst, id_, digest).id)
    made = imports.get_import(inst, id_)
    assert made.accepted is not None
    draft = pipelines.get_pipeline(inst, made.pipelines[0].id)
    assert [one.code for one in draft.findings if one.code == "not_accepted"] == []


def hide(person: Person) -> None:
    """A secret is entered, changed and deleted; another stays."""
    inst = person.inst
    put = PutSecret(value="correct horse")
    person.once("enter", lambda: secrets.put_secret(inst, "mine", put).version)
    person.once("change", lambda: secrets.put_secret(inst, "mine", PutSecret(value="battery staple")).version)
    person.once("delete", lambda: gone(lambda: secrets.delete_secret(inst, "mine")))
    person.once("other", lambda: secrets.put_secret(inst, "other", put).version)

    def register() -> str:
        new = RegisterDatastore(
            name="bucket", kind="s3", options={"bucket": "b", "access_key": "a", "secret_key": "correct"}
        )
        there = datastores.list_datastores(inst).items
        return there[0].name if there else datastores.register_datastore(inst, new).name

    person.once("register", register)
    files = person.folder / "files"
    files.mkdir(exist_ok=True)
    cars = files / "cars.csv"
    if not cars.exists():
        cars.write_bytes(DATA)
    local = RegisterDatastore(name="files", kind="local", options={"folder": str(files)})
    if "files" not in {one.name for one in datastores.list_datastores(inst).items}:
        datastores.register_datastore(inst, local)

    def add() -> str:
        there = datasets.list_datasets(inst).items
        return (
            there[0].id
            if there
            else datasets.add_from_datastore(inst, DatasetFrom(datastore="files", path="cars.csv")).id
        )

    person.once("upload", add)
    is_read(person)

    def renew() -> int:
        if cars.read_bytes() == DATA:  # else it was changed, and a second change were another one
            cars.write_bytes(DATA * 2)
        return datasets.renew_dataset(inst, person.told["upload"]).latest.version

    person.once("renew", renew)
    is_read(person)
    more = ChangeDatastore(options={"secret_key": "another horse"})
    person.once("change store", lambda: gone(lambda: datastores.change_datastore(inst, "bucket", more)))
    person.once("unregister", lambda: gone(lambda: datastores.unregister_datastore(inst, "bucket")))
    assert [one.name for one in secrets.list_secrets(inst).items] == ["other"]


def workers(person: Person) -> None:
    """Workers come, take attempts, renew them, give them up and go; nobody listens to the queue."""
    inst, claims, farm = person.inst, person.inst.claims, "farm"
    with inst.store.read() as t:
        there = targets.get(t, farm) is not None
    if not there:
        now = inst.clock.now()
        with inst.store.write("begin_job") as t:
            targets.add(t, StoredTarget(farm, "celery", now, now, {"broker": "redis://127.0.0.1:1/0"}, 4))
    inst.targets.refresh()
    token = person.once("token", lambda: work.make_token(inst, farm).id)
    names = [f"att_{letter}" for letter in "abcdef"]
    for name in names:
        folder = person.folder / "work" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "job.json").write_text("{}")
        person.once(f"add {name}", partial(claims.add, name, farm, str(folder), None))
    claims.due(names, -1.0)
    claims.not_told(names)
    work.join(inst, farm, JoinWork(worker="worker-one", name="one", slots=4))
    secret = "s" * 24
    person.once("take", lambda: len(work.take(inst, farm, "att_a", "worker-one", secret).files))
    held = Held(attempt="att_a", claim=secret, phase="")
    orders = work.beat(inst, farm, Beat(worker="worker-one", held=[held]))
    assert orders.orders[0].verdict == "go_on"
    person.once("other", lambda: work.take(inst, farm, "att_b", "worker-one", secret).stop)
    person.once("release", lambda: work.release(inst, farm, "att_b", secret, "no", began=False))
    person.once("stop", lambda: claims.stop("att_c", 1.0) is not None)
    person.once("remove", lambda: claims.remove("att_d"))
    (one,) = claims.workers(farm)
    person.once("late", lambda: claims.take("att_e", one, secret, -1.0) is not None)
    wait_for("the ended lease", lambda: "att_e" in claims.reap(farm) or not claims.get("att_e").worker)  # type: ignore[union-attr]
    work.leave(inst, farm, "worker-one")
    person.once("revoke", lambda: gone(lambda: work.revoke_token(inst, farm, token)))
    found = {name: claims.get(name) for name in names}
    assert found["att_d"] is None
    assert {name: bool(one.over) for name, one in found.items() if one} == {
        "att_a": False, "att_b": False, "att_c": True, "att_e": False, "att_f": False,
    }  # fmt: skip


def machines(person: Person) -> None:
    """A target is added, changed and removed; another stays."""
    inst = person.inst
    small = AddTarget(name="small", kind="process", slots=2)

    def added(wanted: AddTarget) -> str:  # perhaps before a crash kept the answer from being heard
        there = wanted.name in {one.name for one in compute_targets.list_targets(inst).items}
        return wanted.name if there else compute_targets.add_target(inst, wanted).name

    person.once("add", lambda: added(small))
    person.once("change", lambda: compute_targets.change_target(inst, "small", ChangeTarget(slots=3)).slots)
    person.once("delete", lambda: gone(lambda: compute_targets.delete_target(inst, "small")))
    person.once("other", lambda: added(small.model_copy(update={"name": "other"})))
    assert [one.name for one in compute_targets.list_targets(inst).items] == ["local", "other"]


def nothing(person: Person) -> None:
    """A server starts and ends."""


def nothing_is_open(inst: Installation) -> bool:
    """Whether every command was carried out."""
    with inst.store.read() as t:
        return not outbox.open_tasks(t)


SCENES: dict[str, Callable[[Person], None]] = {
    one.__name__: one
    for one in (
        draw,
        author,
        upload,
        data,
        sign_in,
        software,
        run,
        cold,
        garbage,
        stuck,
        refused,
        hold_on,
        samples,
        workers,
        hide,
        share,
        machines,
        nothing,
    )
}


def old_database(folder: Path) -> None:
    """Make the database of an earlier release."""
    from designer.store.database import open_database

    (folder / "home").mkdir()
    store = open_database("", folder / "home")
    upgrade(store, "0001")
    store.close()


def play(scene: str, folder: Path, database: str, crash_at: str, log: Path) -> None:
    """Play a scene and end this process: with 0, with 137 at the crash point, with 1 where something went wrong."""
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(out, 1)
    os.dup2(out, 2)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    point, _, count = crash_at.partition(":")
    faults._at, faults._left = point, int(count or 1)
    conductor_module.SLACK_SECONDS = 0.5
    if scene == "hold_on":
        leadership_module.RENEW_SECONDS = 0.5
    library = folder / "library" / "test"
    library.mkdir(parents=True, exist_ok=True)
    (library / "count.py").write_text(COUNT)
    more = {"keep_runs_count": 1} if scene == "garbage" else {}
    offline = {"package_folder": str(folder / "packages"), "package_offline": True} if scene == "software" else {}
    code = 1
    try:
        with home(folder, database, slots=4, samples=scene == "samples", **offline, **more) as inst:
            if scene == "cold":
                inst.targets["local"]._fork_servers.clear()  # type: ignore[attr-defined]
            conductor = Conductor(inst)
            conductor.start()
            SCENES[scene](Person(inst, folder))
            wait_for("every command to be done", lambda: nothing_is_open(inst))
            conductor.stop()
        code = 0
    finally:
        if code:
            traceback.print_exc()
        os._exit(code)
