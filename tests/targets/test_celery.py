"""The target `celery`, with a real Redis, the real application and real workers."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from designer.targets.base import Job, Target
from designer.targets.celery import CeleryTarget
from tests.home import home
from tests.redis import Server, redis_server
from tests.targets.contract import TargetContract, write_job
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
        found.worker("one", 4)
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
            f"1 worker is there, fewer than the minimum of 2: start more with `designer worker --target {NAME}`."
        ]
        load = target.load()
        assert load is not None
        assert load.memory_limit
