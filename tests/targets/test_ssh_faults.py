"""What goes wrong between a server and a machine: the target `ssh` against a real sshd, behind a proxy that cuts."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from designer.launcher import processes
from designer.targets import ssh_target
from designer.targets.base import Exited, Gone, Handle, Job, Running
from designer.targets.ssh_target import SshTarget
from tests.machine import Machine
from tests.targets.contract import ended, mark, result, until, write_job
from tests.targets.test_ssh import machine, make_target, session_machine, shared, target

__all__ = ["machine", "make_target", "session_machine", "shared", "target"]

SECONDS = 60.0
MEGABYTES = 24


@pytest.fixture
def job(tmp_path: Path) -> Callable[..., Job]:
    """`job(source, ...)` writes a job folder."""
    counter = iter(range(1_000))
    return lambda source, **changes: write_job(tmp_path / f"job{next(counter)}", source, **changes)


def wait(condition: Callable[[], Any], what: str) -> Any:
    return until(condition, what, SECONDS)


def end(target: SshTarget, handle: Handle) -> Exited | Gone:
    """Wait for the end."""
    wait(lambda: isinstance(target.look(handle), Exited | Gone), "the end of the step")
    return ended(target, handle)


def some_input(folder: Path, megabytes: int = MEGABYTES) -> dict[str, Any]:
    """An input of random bytes, as job.json names it."""
    data = os.urandom(megabytes << 20)
    path = folder / f"input{len(list(folder.iterdir()))}"
    path.write_bytes(data)
    return {
        "path": str(path),
        "type": "file",
        "digest": "sha256:" + hashlib.sha256(data).hexdigest(),
        "size": len(data),
    }


COPY = """
import shutil
from pathlib import Path
def run(data):
    shutil.copyfile(data, "made")
    return Path("made")
"""


def counting(folder: Path, lines: int = 200) -> str:
    """A module that says its numbers slowly, in both streams and as metrics."""
    return textwrap.dedent(f"""
        import sys, time
        from designer import step
        def run():
            for number in range({lines}):
                print("line", number)
                print("error", number, file=sys.stderr)
                step.log_metric("number", number)
                if number == {lines // 2}:
                    open({str(folder / "half")!r}, "w").close()
                time.sleep(0.01)
    """)


def assert_counted(one: Job, lines: int = 200) -> None:
    """Nothing is missing, and nothing is there twice."""
    assert (one.folder / "stdout.log").read_text() == "".join(f"line {number}\n" for number in range(lines))
    assert (one.folder / "stderr.log").read_text() == "".join(f"error {number}\n" for number in range(lines))
    events = [json.loads(line) for line in (one.folder / "events.jsonl").read_text().splitlines()]
    assert [event["value"] for event in events if event["event"] == "metric"] == list(range(lines))


def test_sshd_is_killed_and_comes_back_while_a_step_runs(
    machine: Machine, target: SshTarget, job: Callable[..., Job], shared: Path
) -> None:
    one = job(counting(shared))
    handle = target.start(one)
    wait((shared / "half").exists, "half of the step")

    machine.kill_sshd()
    wait(target.trouble, "the trouble")
    assert target.trouble() == "The connection to 127.0.0.1 was cut."
    assert isinstance(target.look(handle), Running)
    machine.start_sshd()

    assert end(target, handle) == Exited(0)
    assert target.trouble() == ""
    assert_counted(one)


def test_a_line_that_is_cut_again_and_again_loses_and_doubles_nothing(
    machine: Machine, target: SshTarget, job: Callable[..., Job], shared: Path
) -> None:
    one = job(counting(shared, 400))
    handle = target.start(one)
    wait(lambda: isinstance(target.look(handle), Running), "the start of the step")
    chance = random.Random(7)

    cuts = 0
    while cuts < 4 and not isinstance(target.look(handle), Exited | Gone):
        machine.proxy.cut_after = 12_000 + chance.randrange(20_000)  # so that the line comes up in between
        wait(lambda: machine.proxy.cut_after is None or isinstance(target.look(handle), Exited | Gone), "a cut")
        cuts += 1
    machine.proxy.cut_after = None

    assert end(target, handle) == Exited(0)
    assert cuts > 1
    assert_counted(one, 400)


def test_an_upload_that_is_cut_goes_on_where_it_was(
    machine: Machine, target: SshTarget, job: Callable[..., Job], tmp_path: Path
) -> None:
    given = some_input(tmp_path)
    one = job(COPY, inputs={"data": given}, outputs=[{"name": "copy", "type": "file"}])
    before = machine.proxy.passed
    machine.proxy.cut_after = MEGABYTES << 19  # half of it

    handle = target.start(one)

    assert end(target, handle) == Exited(0)
    assert machine.proxy.cut_after is None
    assert result(one)["outputs"]["copy"]["digest"] == given["digest"]
    assert machine.proxy.passed - before < (MEGABYTES << 20) * 2 + (MEGABYTES << 18), "it was sent, and came back, once"


def test_a_download_that_is_cut_goes_on_where_it_was(
    machine: Machine, target: SshTarget, job: Callable[..., Job], tmp_path: Path
) -> None:
    source = f"import os\nfrom pathlib import Path\ndef run():\n    Path('made').write_bytes(os.urandom({MEGABYTES << 20}))\n    return Path('made')"
    one = job(source, outputs=[{"name": "made", "type": "file"}])
    before = machine.proxy.passed
    machine.proxy.cut_after = MEGABYTES << 19

    handle = target.start(one)

    assert end(target, handle) == Exited(0)
    assert machine.proxy.cut_after is None
    made = (one.folder / "out" / "made").read_bytes()
    assert result(one)["outputs"]["made"]["digest"] == "sha256:" + hashlib.sha256(made).hexdigest()
    assert machine.proxy.passed - before < (MEGABYTES << 20) * 1.5
    assert sorted(path.name for path in (one.folder / "out").iterdir()) == ["made"]


def test_an_order_that_is_cut_at_any_byte_starts_a_step_at_most_once(
    machine: Machine, target: SshTarget, job: Callable[..., Job], shared: Path
) -> None:
    target.watch(lambda _: None)
    outcomes = []
    for number in range(10):
        one = job(mark(shared / f"marks{number}"))
        (shared / f"marks{number}.go").touch()
        wait(lambda: target.load() is not None, "the line")
        machine.proxy.cut_after = 40 + number * 200  # somewhere between the first question and the last answer
        handle = target.start(one)
        found = end(target, handle)
        machine.proxy.cut_after = None
        marks = shared / f"marks{number}"
        times = marks.read_text().count("ran") if marks.exists() else 0
        outcomes.append((type(found).__name__, times))
        assert times == (1 if found == Exited(0) else 0), outcomes
        assert found == Exited(0) or (isinstance(found, Gone) and found.never_ran), outcomes
    assert ("Exited", 1) in outcomes


def test_two_servers_that_start_one_job_start_it_once(
    make_target: Callable[..., SshTarget], job: Callable[..., Job], shared: Path
) -> None:
    one = job(mark(shared / "marks"))
    first, second = make_target(), make_target()

    handle, again = first.start(one), second.start(one)
    wait((shared / "marks").exists, "the start of the step")
    (shared / "marks.go").touch()

    assert handle == again
    assert end(first, handle) == end(second, handle) == Exited(0)
    assert (shared / "marks").read_text() == "ran\n"


SERVER = """
import sys, time
from pathlib import Path
from designer.targets.base import Job
from designer.targets.kinds import Context
from designer.targets.ssh import Options, make
import json
target = make("far", Options(**json.loads(sys.argv[1])), Context(Path(sys.argv[2])))
for folder in sys.argv[3:]:
    target.start(Job("att_" + Path(folder).name, Path(folder)))
print("started", flush=True)
time.sleep(600)
"""


def test_a_server_that_is_killed_while_steps_run_and_wait_loses_none(
    machine: Machine, make_target: Callable[..., SshTarget], job: Callable[..., Job], shared: Path, tmp_path: Path
) -> None:
    target = make_target()
    running = job(counting(shared))
    carried = job(COPY, inputs={"data": some_input(tmp_path)}, outputs=[{"name": "copy", "type": "file"}])
    given = machine.options(folder=target.address.folder)
    machine.proxy.cut_after = None
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, json.dumps(given), str(tmp_path / "target"), str(running.folder), str(carried.folder)],
        stdout=subprocess.PIPE, cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip
    assert server.stdout is not None
    with server.stdout:
        assert server.stdout.readline() == b"started\n"
    wait((shared / "half").exists, "half of the step")

    server.send_signal(signal.SIGKILL)
    server.wait()
    handles = [
        {"name": one.name, "folder": str(one.folder), "software": "", "python": ""} for one in (running, carried)
    ]
    for handle in handles:
        target.adopt(handle)

    assert [end(target, handle) for handle in handles] == [Exited(0), Exited(0)]
    assert_counted(running)


def test_a_launcher_that_is_killed_is_gone_and_leaves_nothing(
    machine: Machine, target: SshTarget, job: Callable[..., Job], shared: Path
) -> None:
    one = job(mark(shared / "marks"))
    handle = target.start(one)
    wait((shared / "marks").exists, "the start of the step")

    launcher, *_ = sorted(machine.processes(f"jobs/{one.name}"))
    os.kill(launcher, signal.SIGKILL)

    found = end(target, handle)
    assert isinstance(found, Gone)
    assert found.why.startswith("the launcher ended without a result")
    assert not found.never_ran
    wait(lambda: not machine.processes(f"jobs/{one.name}"), "the end of its processes")


def test_a_step_whose_folder_is_removed_is_gone_and_ended(
    machine: Machine, target: SshTarget, job: Callable[..., Job], shared: Path
) -> None:
    one = job(mark(shared / "marks"))
    handle = target.start(one)
    wait((shared / "marks").exists, "the start of the step")

    machine.run(f"rm -rf /home/remote/{target.address.folder[2:]}/jobs/{one.name}")

    assert end(target, handle) == Gone("its folder on the machine is not there any more")
    wait(lambda: not machine.processes(f"jobs/{one.name}"), "the end of its processes")


def test_after_a_restart_of_the_machine_what_ran_is_lost_and_what_had_ended_is_taken_in(
    machine: Machine, target: SshTarget, job: Callable[..., Job], shared: Path
) -> None:
    runs, ends = job(mark(shared / "marks")), job(mark(shared / "other"))
    handles = [target.start(one) for one in (runs, ends)]
    wait(lambda: (shared / "marks").exists() and (shared / "other").exists(), "the start of both steps")

    machine.proxy.to, port = 0, machine.proxy.to
    machine.proxy.cut()
    (shared / "other.go").touch()
    wait(lambda: not machine.processes(f"jobs/{ends.name}"), "the end of the other step")
    assert port
    machine.restart()

    assert end(target, handles[0]) == Gone("it was interrupted by a restart of the machine")
    assert end(target, handles[1]) == Exited(0)
    assert processes.boot_id() != (machine.folder / "boot_id").read_text().strip()


def test_a_partition_shorter_than_the_patience_changes_nothing(
    machine: Machine, target: SshTarget, job: Callable[..., Job], shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssh_target, "PING_SECONDS", 0.1)
    monkeypatch.setattr(ssh_target, "ANSWER_SECONDS", 0.5)
    one = job(counting(shared))
    handle = target.start(one)
    wait((shared / "half").exists, "half of the step")
    first = target._connection

    machine.proxy.held.set()
    wait(lambda: target._connection is not first, "the line to be taken for dead")
    assert isinstance(target.look(handle), Running)
    machine.proxy.held.clear()

    assert end(target, handle) == Exited(0)
    assert_counted(one)


def test_a_partition_longer_than_the_patience_loses_the_step_and_ends_it_when_it_is_over(
    machine: Machine, target: SshTarget, job: Callable[..., Job], shared: Path
) -> None:
    one = job(mark(shared / "marks"))
    handle = target.start(one)
    wait((shared / "marks").exists, "the start of the step")
    target.patience = 0.5

    machine.kill_sshd()

    found = end(target, handle)
    assert isinstance(found, Gone)
    assert found.why.startswith("127.0.0.1 could not be reached for 0.00833333 minutes")
    assert not found.never_ran
    target.clean(handle)
    assert machine.processes(f"jobs/{one.name}")
    machine.start_sshd()
    wait(lambda: not machine.processes(f"jobs/{one.name}"), "the end of its processes")
    (shared / "marks.go").touch()
    assert not (one.folder / "result.json").exists()


def test_a_job_for_a_machine_that_is_away_never_ran(
    machine: Machine, make_target: Callable[..., SshTarget], job: Callable[..., Job]
) -> None:
    machine.kill_sshd()
    target = make_target()
    handle = target.start(job("def run(): pass"))

    found = end(target, handle)
    machine.start_sshd()

    assert found == Gone("The connection to 127.0.0.1 was cut", never_ran=True)
    wait(lambda: not target.trouble(), "the machine to be there again")


def test_a_stop_while_the_machine_is_away_is_heard_when_it_is_back(
    machine: Machine, target: SshTarget, job: Callable[..., Job], shared: Path
) -> None:
    one = job(mark(shared / "marks"))
    handle = target.start(one)
    wait((shared / "marks").exists, "the start of the step")

    machine.kill_sshd()
    wait(target.trouble, "the trouble")
    target.stop(handle)
    machine.start_sshd()

    assert isinstance(end(target, handle), Exited)
    assert result(one)["status"] == "canceled"


def test_a_machine_with_another_key_is_refused_while_steps_run(
    machine: Machine, target: SshTarget, job: Callable[..., Job], shared: Path
) -> None:
    one = job(mark(shared / "marks"))
    handle = target.start(one)
    wait((shared / "marks").exists, "the start of the step")
    key = (machine.folder / "ssh" / "host").read_text(), (machine.folder / "ssh" / "host.pub").read_text()

    machine.kill_sshd()
    machine.make_key("host")
    machine.start_sshd()
    wait(lambda: "shows another host key" in target.trouble(), "the trouble")
    (shared / "marks.go").touch()
    assert isinstance(target.look(handle), Running)

    machine.kill_sshd()
    (machine.folder / "ssh" / "host").write_text(key[0])
    (machine.folder / "ssh" / "host.pub").write_text(key[1])
    machine.start_sshd()
    target._wanted.set()

    assert end(target, handle) == Exited(0)


def test_an_input_is_sent_once_and_again_where_a_step_changed_it(
    machine: Machine, target: SshTarget, job: Callable[..., Job], tmp_path: Path
) -> None:
    given = some_input(tmp_path)
    whole = "import hashlib\ndef run(data):\n    print(hashlib.sha256(data.read_bytes()).hexdigest())"
    spoils = "import os\ndef run(data):\n    os.chmod(data, 0o600)\n    with open(data, 'r+b') as file: file.write(b'spoilt')"
    passed = []
    for source in (whole, whole, spoils, whole):
        before = machine.proxy.passed
        one = job(source, inputs={"data": given})
        assert end(target, target.start(one)) == Exited(0), result(one)
        passed.append(machine.proxy.passed - before)
        if source is whole:
            assert (one.folder / "stdout.log").read_text().strip() == given["digest"][7:]

    sent = [size > MEGABYTES << 20 for size in passed]
    assert sent == [True, False, False, True]
