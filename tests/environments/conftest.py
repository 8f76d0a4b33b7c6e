"""What tests of environments share: an installation whose packages come from a folder, without network."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from designer.actions import environments as actions
from designer.contract.environments import CreateEnvironment, EnvironmentDetail
from designer.graph.environment import ALL_NEEDED
from designer.installation import Installation
from tests.conductor.conftest import Conducted, conducting
from tests.databases import database_url, postgres_database
from tests.environments.packages import wheel
from tests.home import home, wait_for

__all__ = ["database_url", "postgres_database"]

MODULE = '''# /// script
# dependencies = [{dependencies}]
# ///
"""{title}"""
import {package}
from designer.module import Metrics


def run(value: Metrics | None = None) -> Metrics:
    return {{"package": {package}.__name__, "version": getattr({package}, "__version__", "")}}
'''


@dataclass
class Place:
    """A folder with packages and modules, and the installation that uses them."""

    folder: Path

    @property
    def packages(self) -> Path:
        return self.folder / "packages"

    def module(self, name: str, dependencies: list[str], package: str = "") -> None:
        """Write a module that imports a package."""
        place = self.folder / "library" / "test"
        place.mkdir(parents=True, exist_ok=True)
        listed = ", ".join(f'"{one}"' for one in dependencies)
        text = MODULE.format(dependencies=listed, title=name, package=package or dependencies[0].split("=")[0])
        (place / f"{name}.py").write_text(text)

    def open(self, **settings: Any) -> Any:
        offline = {"package_folder": str(self.packages), "package_offline": True}
        return home(self.folder, **{**offline, **settings})


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A folder with two small packages; uv keeps its cache in it."""
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    made = Place(tmp_path)
    made.packages.mkdir()
    wheel(made.packages, "tiny", "1.0")
    wheel(made.packages, "tiny", "2.0", requires=["little>=1"])
    wheel(made.packages, "little", "1.5")
    for name in ALL_NEEDED:  # what every named environment gets besides
        wheel(made.packages, name, "99.0")
    return made


@pytest.fixture
def conducted(place: Place) -> Iterator[Conducted]:
    """The installation with its conductor at work."""
    with place.open() as inst, conducting(inst) as found:
        yield found


def create(inst: Installation, name: str = "mine", **asked: Any) -> EnvironmentDetail:
    """Name an environment."""
    return actions.create_environment(inst, CreateEnvironment(name=name, **asked))


def until(inst: Installation, reference: str, *statuses: str) -> EnvironmentDetail:
    """Wait until an environment has one of these statuses."""

    def look() -> EnvironmentDetail | None:
        found = actions.get_environment(inst, reference)
        return found if found.status.value in statuses else None

    found: EnvironmentDetail = wait_for(f"{reference} to be {statuses}", look)
    return found


def folders(inst: Installation) -> list[str]:
    """What lies where environments lie, without the locks of builds."""
    return sorted(path.name for path in inst.environments.folder.iterdir() if path.suffix != ".lock")


def forget_folder(inst: Installation, lock: str) -> None:
    """Take the folder of an environment away by hand."""
    shutil.rmtree(inst.environments.path(lock))
