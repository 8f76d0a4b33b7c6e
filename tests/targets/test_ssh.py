"""The target `ssh`, against a real sshd on a machine that shares nothing with this one."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from designer.targets.base import Target
from designer.targets.kinds import Context
from designer.targets.ssh import Options, make
from designer.targets.ssh_target import SshTarget
from tests.conftest import missing
from tests.machine import Machine, lacking
from tests.machine import machine as running_machine
from tests.targets.contract import TargetContract

counter = iter(range(1_000_000))


@pytest.fixture(scope="session")
def session_machine() -> Iterator[Machine]:
    """One machine for all tests that leave it whole."""
    if why := lacking():
        missing(why)
    with running_machine() as found:
        yield found


@pytest.fixture
def machine(session_machine: Machine) -> Machine:
    return session_machine


@pytest.fixture
def shared(machine: Machine) -> Path:
    """A folder that steps and tests both write."""
    folder = machine.shared / f"test{next(counter)}"
    folder.mkdir()
    folder.chmod(0o777)
    return folder


@pytest.fixture
def make_target(machine: Machine, tmp_path: Path) -> Iterator[Callable[..., SshTarget]]:
    """`make_target(user=...)` is a target on the machine, each time as the next server would have it."""
    made: list[SshTarget] = []
    place = f"~/target{next(counter)}"

    def make_one(**changes: Any) -> SshTarget:
        options = Options(**machine.options(**{"folder": place, **changes}))
        target = make("far", options, Context(tmp_path / "target"))
        target.slots = 2
        made.append(target)
        return target

    yield make_one
    for target in made:
        target.close()


@pytest.fixture
def target(make_target: Callable[..., SshTarget]) -> SshTarget:
    return make_target()


class TestSshTarget(TargetContract):
    """What every kind must do."""

    seconds = 60.0

    @pytest.fixture
    def target(self, make_target: Callable[..., SshTarget]) -> Target:
        return make_target()

    @pytest.fixture
    def again(self, make_target: Callable[..., SshTarget]) -> Callable[[], Target]:
        return make_target

    @pytest.fixture
    def shared(self, shared: Path) -> Path:
        return shared
