"""The target `celery`, with a real Redis, the real application and real workers."""

import itertools
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from designer.graph.findings import Severity
from designer.launcher import digests
from designer.targets.base import Exited, Job, Software, Target
from designer.targets.celery import CeleryTarget, Options
from designer.targets.celery import test as check
from designer.targets.kinds import Context
from tests.environments.packages import wheel
from tests.home import home
from tests.redis import Server, redis_server
from tests.targets.contract import TargetContract, ended, result, write_job
from tests.workers import NAME, Farm, farm


@pytest.fixture(scope="session")
def redis_of_session(need: Callable[..., str]) -> Iterator[Server]:
    """The one Redis of a session."""
    with redis_server(need("redis-server")) as server:
        yield server


COUNT = itertools.count()


@pytest.fixture(scope="module")
def one_farm(redis_of_session: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Farm]:
    """A target with one worker for all tests of the contract."""
    folder = tmp_path_factory.mktemp("farm")
    with home(folder) as inst, farm(inst, redis_of_session.url, folder, queue="contract", min_nodes=2) as found:
        packages = folder / "packages"
        packages.mkdir()
        wheel(packages, "tiny", "1.0", "SAID = 'built there'\n")
        offline = {"DESIGNER_PACKAGE_FOLDER": str(packages), "DESIGNER_PACKAGE_OFFLINE": "1"}
        found.worker("one", 4, environment=offline)
        yield found


class TestCeleryTarget(TargetContract):
    """All of the contract, with one worker that goes on from test to test."""

    seconds = 60.0

    @pytest.fixture
    def again(self, one_farm: Farm) -> Callable[[], Target]:
        def make() -> CeleryTarget:
            one_farm.inst.targets.close()  # and forget it, as the end of a server does
            return one_farm.target

        return make

    @pytest.fixture
    def target(self, again: Callable[[], Target]) -> Iterator[Target]:
        made = again()
        yield made
        made.close()

    @pytest.fixture
    def job(self, tmp_path: Path) -> Callable[..., Job]:
        def make(source: str, **changes: Any) -> Job:
            number = next(COUNT)
            return write_job(tmp_path / f"job{number}", source, f"att_{number:04d}", **changes)

        return make

    def test_its_card_says_what_there_is(self, target: CeleryTarget) -> None:
        assert target.slots == 5
        assert target.notices() == [
            f"1 worker is there, fewer than the minimum of 2: start more with “designer worker --target {NAME}”."
        ]
        load = target.load()
        assert load is not None
        assert load.memory_limit

    def test_software_is_built_there_and_shared(
        self, target: CeleryTarget, job: Callable[..., Job], one_farm: Farm
    ) -> None:
        software = Software("sha256:" + "5" * 64, f"{sys.version_info[0]}.{sys.version_info[1]}", "tiny==1.0\n")
        source = "import sys, tiny\ndef run():\n    print(tiny.SAID, sys.executable)"

        for _ in range(2):
            one = replace(job(source), software=software)
            handle = target.start(one)
            assert ended(target, handle) == Exited(0), result(one)
            python = one_farm.folder / "one" / "environments" / ("5" * 64) / "bin" / "python"
            assert target.logs(handle, "stdout", 0, 1000).decode() == f"built there {python}\n"

    def test_software_that_cannot_be_built_there_fails_the_step_and_says_why(
        self, target: CeleryTarget, job: Callable[..., Job]
    ) -> None:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        one = replace(job("def run(): pass"), software=Software("sha256:" + "6" * 64, version, "nowhere==1.0\n"))

        assert isinstance(ended(target, target.start(one)), Exited)

        found = result(one)["error"]
        assert found["message"].startswith(
            "The worker could not run the step: The environment could not be built on the worker."
        )
        assert "nowhere" in found["message"]
        assert found["cure"]

    def test_inputs_and_outputs_may_be_folders_and_are_copied_once(
        self, target: CeleryTarget, job: Callable[..., Job], tmp_path: Path, one_farm: Farm
    ) -> None:
        given = tmp_path / "given"
        (given / "deep").mkdir(parents=True)
        (given / "empty").touch()
        (given / "deep" / "a b.bin").write_bytes(bytes(range(256)) * 100)
        digest, size, _ = digests.of_folder(str(given))
        spec = {"path": str(given), "type": "folder", "digest": digest, "size": size}
        source = (
            "import shutil\nfrom pathlib import Path\n"
            "def run(data):\n    print(data)\n    shutil.copytree(data, 'made')\n    return Path('made')\n"
        )

        for _ in range(2):
            one = job(source, inputs={"data": spec}, outputs=[{"name": "copy", "type": "folder"}])
            handle = target.start(one)
            assert ended(target, handle) == Exited(0), result(one)
            assert result(one)["outputs"]["copy"]["digest"] == digest
            assert digests.of_folder(str(one.folder / "out" / "copy"))[0] == digest
            here = one_farm.folder / "one" / "artifacts" / digest[7:9] / digest[7:]
            assert target.logs(handle, "stdout", 0, 1000).decode() == f"{here}\n"

    def test_an_output_of_many_pieces_arrives_whole(self, target: CeleryTarget, job: Callable[..., Job]) -> None:
        source = (
            "from pathlib import Path\n"
            "def run():\n    Path('made').write_bytes(bytes(range(251)) * 50_000)\n    return Path('made')\n"
        )
        one = job(source, outputs=[{"name": "big", "type": "file"}])

        assert ended(target, target.start(one)) == Exited(0), result(one)

        made = result(one)["outputs"]["big"]
        assert digests.of_file(str(one.folder / "out" / Path(made["path"]).name)) == made["digest"]
        assert made["size"] == 251 * 50_000


def test_a_broker_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    options = Options(broker="redis://:canary-77@127.0.0.1:1/0")

    (found,) = check(options, Context(tmp_path))

    assert found.parameter == "broker"
    assert found.message.startswith("Redis at redis://127.0.0.1:1/0 does not answer: ")
    assert "canary" not in found.message + found.cure


def test_a_redis_that_throws_messages_away_is_warned_of(redis_of_session: Server, tmp_path: Path) -> None:
    options = Options(broker=redis_of_session.url)
    assert check(options, Context(tmp_path)) == []
    redis_of_session.client().config_set("maxmemory-policy", "allkeys-lru")
    try:
        (found,) = check(options, Context(tmp_path))
    finally:
        redis_of_session.client().config_set("maxmemory-policy", "noeviction")

    assert (found.severity, found.parameter) == (Severity.WARNING, "broker")
    assert "noeviction" in found.message


def test_a_target_without_workers_takes_nothing_and_says_so(one_farm: Farm) -> None:
    target = CeleryTarget("empty", Options(broker=one_farm.broker), one_farm.inst.claims)

    assert target.trouble() == "no worker is there."
    assert target.notices() == [
        "No worker is there, fewer than the minimum of 1: start more with “designer worker --target empty”."
    ]
    assert target.load() is None
    assert target.slots == 1
