"""The target `docker`, with a real engine."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from designer.targets.docker import DockerTarget, Options
from designer.targets.docker_container import Share
from designer.targets.kinds import Context
from tests.docker_engine import IMAGE, Engine, engine
from tests.targets.contract import TargetContract


@pytest.fixture(scope="module")
def docker() -> Engine:
    """The engine."""
    return engine()


@pytest.fixture
def make(docker: Engine, tmp_path: Path) -> Iterator[Callable[..., DockerTarget]]:
    """`make(memory_limit_mb=64)` gives a target; at the end all its containers are removed."""
    made: list[DockerTarget] = []
    tmp_path.chmod(0o777)

    def make(**options: Any) -> DockerTarget:
        options = {"engine": docker.url, "image": IMAGE, "pull": "never", "build_network": "host",
                   "folders": [Share(path=str(tmp_path), writable=True)], **options}  # fmt: skip
        made.append(DockerTarget("docker", Options(**options), Context(tmp_path / "docker"), slots=4))
        made[-1].watch(lambda name: None)
        return made[-1]

    yield make
    for one in made:
        one.close()
    with docker.client() as client:
        for found in client.containers(all=True):
            client.remove_container(found["Id"], force=True, v=True)


class TestContract(TargetContract):
    """The public tests, over this kind."""

    @pytest.fixture
    def target(self, make: Callable[..., DockerTarget]) -> DockerTarget:
        return make()

    @pytest.fixture
    def again(self, make: Callable[..., DockerTarget]) -> Callable[[], DockerTarget]:
        return make


class TestContractElsewhere(TargetContract):
    """The same, where files have to be sent and fetched."""

    @pytest.fixture
    def target(self, make: Callable[..., DockerTarget], docker: Engine) -> DockerTarget:
        return make(engine=docker.far_url)

    @pytest.fixture
    def again(self, make: Callable[..., DockerTarget], docker: Engine) -> Callable[[], DockerTarget]:
        return lambda: make(engine=docker.far_url)
