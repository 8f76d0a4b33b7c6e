"""What the target `ssh` says is wrong with a machine, and the environments that it has built there."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from designer.targets.base import Exited, Job, Software
from designer.targets.kinds import Context
from designer.targets.ssh import Options
from designer.targets.ssh import test as check
from designer.targets.ssh_connection import fingerprint
from designer.targets.ssh_target import SshTarget
from tests.environments.packages import wheel
from tests.machine import PASSWORD, UID, USER, Machine, free_port
from tests.targets.contract import result, until, write_job
from tests.targets.test_ssh import machine, make_target, session_machine, shared, target
from tests.targets.test_ssh_faults import end, job

__all__ = ["job", "machine", "make_target", "session_machine", "shared", "target"]

OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBq2bcrmsGyf1VqzqyOXZVJ1ZDWEp8JFvqQOvJwVvPpl"

OLD_PYTHON = """#!/usr/bin/python3
import sys
sys.version_info = (3, 6, 8, "final", 0)
exec(sys.argv[-1])
"""


@pytest.fixture
def say(machine: Machine, tmp_path: Path) -> Callable[..., tuple[str, str]]:
    """`say(port=...)` is the option that the one finding is about, and its message."""

    def found(**changes: object) -> tuple[str, str]:
        findings = check(Options.model_validate(machine.options(**changes)), Context(tmp_path))
        assert all(finding.cure for finding in findings)
        return (findings[0].parameter, findings[0].message) if findings else ("", "")

    return found


def test_a_machine_that_works_has_no_findings(say: Callable[..., tuple[str, str]]) -> None:
    assert say() == ("", "")
    assert say(private_key="", password=PASSWORD) == ("", "")


def test_the_host_key_is_shown_before_anybody_signs_in(machine: Machine, tmp_path: Path) -> None:
    (finding,) = check(Options.model_validate(machine.options(host_key="", private_key="")), Context(tmp_path))

    assert finding.parameter == "host_key"
    assert fingerprint(machine.host_key) in finding.message
    assert machine.host_key in finding.cure


def test_every_trouble_is_named_with_its_option(machine: Machine, say: Callable[..., tuple[str, str]]) -> None:
    closed = free_port()
    assert say(port=closed) == ("port", f"127.0.0.1 refuses connections on port {closed}.")
    parameter, message = say(host="no-such-machine.invalid")
    assert (parameter, message.partition(":")[0]) == ("host", "There is no machine no-such-machine.invalid")
    parameter, message = say(host_key=OTHER_KEY)
    assert parameter == "host_key"
    assert message.startswith(
        f"127.0.0.1 shows another host key ({fingerprint(machine.host_key)}) than the one that was accepted ({fingerprint(OTHER_KEY)})"
    )
    assert say(private_key="no key") == ("private_key", "The private key cannot be read: it is none, or is not whole.")
    other = machine.make_key("other")
    takes = "publickey, password, keyboard-interactive"
    assert say(private_key=other) == (
        "private_key", f"127.0.0.1 does not let {USER} in: the private key was not accepted (it takes {takes}).",
    )  # fmt: skip
    assert say(private_key="", password="wrong") == (
        "password", f"127.0.0.1 does not let {USER} in: the password was not accepted (it takes {takes}).",
    )  # fmt: skip
    assert say(python="/no/python") == ("python", "On 127.0.0.1 /no/python is not there.")
    old = machine.home / "old-python"
    old.write_text(OLD_PYTHON)
    old.chmod(0o755)
    parameter, message = say(python=f"/home/{USER}/old-python")
    assert parameter == "python"
    assert message.endswith("is 3.6.8, 3.9 is needed.")
    assert say(folder="/etc/designer") == (
        "folder", "The folder /etc/designer on 127.0.0.1 cannot be used: Permission denied.",
    )  # fmt: skip


def test_a_full_disk_is_named(machine: Machine, say: Callable[..., tuple[str, str]]) -> None:
    place = f"/home/{USER}/full"
    mounted = f"mkdir -p {place} && mount -t tmpfs -o size=64k,uid={UID} tmpfs {place} && head -c 64k /dev/zero > {place}/all; echo ok"
    assert machine.run(mounted).strip() == "ok"

    assert say(folder=place) == ("folder", f"There is no room on 127.0.0.1: {place}: No space left on device.")


def test_a_machine_that_nobody_accepted_is_not_signed_in_to(make_target: Callable[..., SshTarget]) -> None:
    target = make_target(host_key="")
    target.watch(lambda _: None)

    until(target.trouble, "the trouble", 30)

    assert target.trouble() == "Nobody has accepted the host key of 127.0.0.1 yet."


TINY = "import tiny\ndef run():\n    print(tiny.__version__, tiny.__file__)"


@pytest.fixture
def packages(machine: Machine) -> Path:
    """A folder with a package, which is all that uv sees over there."""
    folder = machine.home / "packages"
    folder.mkdir(exist_ok=True)
    configuration = machine.home / ".config" / "uv"
    configuration.mkdir(parents=True, exist_ok=True)
    (configuration / "uv.toml").write_text(f'no-index = true\noffline = true\nfind-links = ["/home/{USER}/packages"]\n')
    shutil.chown(machine.home, UID, UID)
    return folder


def lock_of(path: Path, version: str = "1.0") -> Software:
    """A lock with one package."""
    import hashlib
    import sys

    hashed = hashlib.sha256(path.read_bytes()).hexdigest()
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    text = f"# python {python}\ntiny=={version} \\\n    --hash=sha256:{hashed}\n"
    return Software("sha256:" + hashlib.sha256(text.encode()).hexdigest(), python, text)


def test_an_environment_is_built_there_once(
    machine: Machine, target: SshTarget, tmp_path: Path, packages: Path
) -> None:
    software = lock_of(wheel(packages, "tiny"))
    jobs = []
    for number in range(3):
        made = write_job(tmp_path / f"job{number}", TINY)
        jobs.append(Job(made.name, made.folder, software=software))

    handles = [target.start(one) for one in jobs]

    for one, handle in zip(jobs, handles, strict=True):
        assert end(target, handle) == Exited(0), result(one)
        assert "/environments/" in (one.folder / "stdout.log").read_text()
    left = machine.run(f"ls /home/{USER}/{target.address.folder[2:]}/environments").split()
    assert [name for name in left if not name.endswith(".lock")] == [software.digest[7:]]


def test_an_environment_that_cannot_be_built_is_said_why(
    machine: Machine, target: SshTarget, tmp_path: Path, packages: Path
) -> None:
    made = write_job(tmp_path / "job", TINY)
    software = lock_of(wheel(packages, "tiny"), "7.0")

    found = end(target, target.start(Job(made.name, made.folder, software=software)))

    assert found == Exited(None)
    error = result(made)["error"]
    assert error["kind"] == "environment"
    assert error["message"].startswith(
        "Its environment could not be built on 127.0.0.1. The packages could not be installed"
    )
    assert error["cure"]
