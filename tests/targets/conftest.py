"""What tests of the docker target share."""

import io
import sysconfig
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from designer.targets.docker import DockerTarget, Options
from designer.targets.kinds import Context
from tests.docker_engine import IMAGE, Engine, engine

TABLES = "designer-tables:test"


@pytest.fixture(scope="session")
def docker() -> Engine:
    """The engine."""
    return engine()


@pytest.fixture
def make_docker(docker: Engine, tmp_path: Path) -> Iterator[Callable[..., DockerTarget]]:
    """`make_docker(memory_limit_mb=64)` gives a target that is watched; at the end all containers are removed."""
    made: list[DockerTarget] = []
    tmp_path.chmod(0o777)

    def make(**options: Any) -> DockerTarget:
        options = {"engine": docker.url, "image": IMAGE, "pull": "never", "build_network": "none",
                   "folders": f"{tmp_path}:rw", **options}  # fmt: skip
        made.append(DockerTarget("docker", Options(**options), Context(tmp_path / "docker"), slots=4))
        made[-1].watch(lambda name: None)
        return made[-1]

    yield make
    for one in made:
        one.close()
    with docker.client() as client:
        for found in client.containers(all=True):
            client.remove_container(found["Id"], force=True, v=True)


@pytest.fixture
def tables(docker: Engine) -> dict[str, Any]:
    """Options for an image whose Python sees the libraries of these tests, in a folder that it is given: nothing is installed."""
    packages = sysconfig.get_path("purelib")
    with docker.client() as client:
        name, _, tag = TABLES.partition(":")
        if not client.images(TABLES):
            container = client.create_container(IMAGE, ["true"])["Id"]
            made = io.BytesIO()
            with tarfile.open(fileobj=made, mode="w") as archive:
                about = tarfile.TarInfo("usr/lib/python3/dist-packages/shared.pth")
                about.size, about.mode = len(packages) + 1, 0o644
                archive.addfile(about, io.BytesIO(f"{packages}\n".encode()))
            client.put_archive(container, "/", made.getvalue())
            client.commit(container, name, tag)
            client.remove_container(container)
    return {"image": TABLES, "packages": "image", "folders": packages}
