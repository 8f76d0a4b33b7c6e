"""Scenes that are played again and again, from homes that are made once."""

import multiprocessing
import random
import shutil
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from designer.actions import datasets, pipelines, runs
from designer.faults import KILLED
from designer.installation import Installation
from tests.crash import scenes
from tests.crash.scenes import old_database
from tests.databases import create, server
from tests.home import home
from tests.invariants import assert_invariants

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.crash.scenes"])
"""Scenes begin in processes that have everything imported: hundreds of them would take as many seconds to begin."""

NOTES = ("flaky", "bad", "right", "long", "w")

COUNTED: Counter[str] = Counter()
"""How often what was done, over all tests of a session."""


def what_there_is(inst: Installation, folder: Path) -> dict[str, Any]:
    """Everything that must be the same whatever happened on the way: no ids, no times."""
    found = [runs.get_run(inst, one.id) for one in reversed(runs.list_runs(inst).items)]
    return {
        "runs": [
            (run.name, run.status.value, {
                node: (step.status.value, step.attempts, {port: one.digest for port, one in step.outputs.items()})
                for node, step in sorted(run.steps.items())
            })
            for run in found
        ],
        "pipelines": [(one.version, one.nodes) for one in pipelines.list_pipelines(inst).items],
        "datasets": sorted(
            (one.name, one.title, one.latest.version, one.latest.status.value, one.latest.digest)
            for one in datasets.list_datasets(inst).items
        ),
        "artifacts": sorted(inst.artifacts.iterate()),
        "starts": {name: (folder / f"{name}.txt").read_text().count("started")
                   for name in NOTES if (folder / f"{name}.txt").exists()},
    }  # fmt: skip


@dataclass
class Play:
    """One home in which a scene is played."""

    folder: Path
    scene: str
    database: str = ""

    def play(self, crash_at: str = "", seconds: float = 180.0) -> int:
        """Play the scene from where it was cut off; the exit code."""
        arguments = (self.scene, self.folder, self.database, crash_at, self.folder / "said")
        process = FORKS.Process(target=scenes.play, args=arguments)
        process.start()
        process.join(seconds)
        if process.exitcode is None:
            process.kill()
            process.join(20)
            raise AssertionError(f"the scene {self.scene} does not end:\n{self.log}")
        COUNTED["starts"] += 1
        COUNTED["kills"] += process.exitcode == KILLED
        return process.exitcode

    @property
    def log(self) -> str:
        said = self.folder / "said"
        return said.read_text() if said.exists() else ""

    def finds(self) -> dict[str, Any]:
        """What there is at the end; the invariants hold."""
        with home(self.folder, self.database, samples=self.scene == "samples") as inst:
            assert_invariants(inst, log=self.log)
            return what_there_is(inst, self.folder)


@dataclass
class Stage:
    """Where scenes are played, on one engine; what they need first is made once and copied."""

    engine: str
    folder: Path
    made: dict[str, Play] = field(default_factory=dict)
    undisturbed: dict[str, dict[str, Any]] = field(default_factory=dict)

    def begin(self, scene: str, folder: Path) -> Play:
        """A home for a scene; one that needs a dataset has it."""
        first = {"run": "upload", "cold": "upload", "old": "old"}.get(scene, "")
        play = Play(folder, "nothing" if scene == "old" else scene)
        if first == "old":
            old_database(folder)
            return play
        if self.engine == "postgresql":
            play.database = create() if not first else self.copied(self.prepared(first).database)
        if first:
            source = self.prepared(first).folder
            for name in ("home", "journal"):
                if (source / name).is_dir():
                    shutil.copytree(source / name, folder / name, symlinks=True)
                elif (source / name).exists():
                    shutil.copy(source / name, folder / name)
        return play

    def prepared(self, scene: str) -> Play:
        """A home in which a scene was played without a crash."""
        if scene not in self.made:
            folder = self.folder / f"prepared-{scene}"
            folder.mkdir(parents=True)
            play = self.made[scene] = self.begin(scene, folder)
            assert play.play() == 0, play.log
        return self.made[scene]

    def copied(self, url: str) -> str:
        """A copy of a database."""
        name, old = f"test_{uuid.uuid4().hex[:12]}", url.rsplit("/", 1)[1]
        admin = sa.create_engine(server(), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE {old}"))
        admin.dispose()
        return url.rsplit("/", 1)[0] + f"/{name}"

    def expected(self, scene: str) -> dict[str, Any]:
        """What there is after a scene that nothing disturbed."""
        if scene not in self.undisturbed:
            folder = self.folder / f"undisturbed-{scene}-{uuid.uuid4().hex[:6]}"
            folder.mkdir(parents=True)
            play = self.begin(scene, folder)
            assert play.play() == 0, play.log
            self.undisturbed[scene] = play.finds()
        return self.undisturbed[scene]


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Stage]:
    """The stage of an engine."""
    made: dict[str, Stage] = {}

    def of(engine: str) -> Stage:
        if engine not in made:
            made[engine] = Stage(engine, tmp_path_factory.mktemp(engine))
        return made[engine]

    return of


@pytest.fixture(scope="session", autouse=True)
def counts() -> Iterator[None]:
    """Say at the end how much was done."""
    yield
    if COUNTED:
        print("\ncrash suite: " + ", ".join(f"{count} {what}" for what, count in sorted(COUNTED.items())))


def seeded(*parts: object) -> random.Random:
    """The same chances for the same parts."""
    return random.Random("/".join(str(part) for part in parts))
