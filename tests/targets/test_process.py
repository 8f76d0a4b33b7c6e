"""The target `process`, with real processes."""

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from designer.errors import Unavailable
from designer.launcher import processes
from designer.settings import Warm
from designer.targets.base import Exited, Gone, Job, Running, Target
from designer.targets.kinds import Context
from designer.targets.process import Options, ProcessTarget, make
from designer.targets.process import test as check
from designer.targets.warm import State, grades_up_to
from tests.targets.contract import TargetContract, ended, mark, result, until

FAMILY = """
import os, signal, subprocess, sys, time

def run(*, folder, forever, ignore):
    if ignore:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    def write(name):
        with open(os.path.join(folder, name), "w") as file:
            file.write(str(os.getpid()))
    def wait():
        while True:
            time.sleep(60)
    if os.fork() == 0:                      # a plain child
        write("child"); wait()
    if os.fork() == 0:                      # one in a session of its own
        os.setsid(); write("session"); wait()
    if os.fork() == 0:                      # a daemon, as daemons are made
        os.setsid()
        if os.fork():
            os._exit(0)
        os.chdir("/"); write("daemon"); wait()
    subprocess.Popen([sys.executable, "-c",
        f"import os, time; open({os.path.join(folder, 'program')!r}, 'w').write(str(os.getpid())); time.sleep(600)"],
        start_new_session=True)
    write("step")
    while len(os.listdir(folder)) < 5:
        time.sleep(0.005)
    if forever:
        wait()
"""


def family(folder: Path) -> dict[str, int]:
    """The process ids that the family wrote down, once all are there."""
    names = ("child", "session", "daemon", "program", "step")
    texts: dict[str, str] = {}

    def complete() -> bool:
        texts.update({name: (folder / name).read_text() for name in names if (folder / name).exists()})
        return all(texts.get(name) for name in names)

    until(complete, "the start of the whole family")
    return {name: int(text) for name, text in texts.items()}


def alive(pids: dict[str, int]) -> list[str]:
    return [name for name, pid in pids.items() if processes.start_time(pid) is not None]


class TestProcessTarget(TargetContract):
    """All of it twice: with launchers that are started as programs, and with spares of a fork server."""

    @pytest.fixture(params=[Warm.OFF, Warm.PLAIN])
    def make(self, request: pytest.FixtureRequest) -> Iterator[Callable[..., ProcessTarget]]:
        """`make(memory_limit_mb=...)` is a target; it is closed at the end."""
        made: list[ProcessTarget] = []

        def make(**options: Any) -> ProcessTarget:
            target = ProcessTarget("local", 2, grades=grades_up_to(request.param), **options)
            made.append(target)
            target.watch(lambda _: None)
            until(lambda: all(server.state is State.READY for server in target.warmth()[:1]), "the fork server")
            return target

        yield make
        for target in made:
            target.close()

    @pytest.fixture
    def target(self, make: Callable[..., ProcessTarget]) -> ProcessTarget:
        return make()

    @pytest.fixture
    def again(self, make: Callable[..., ProcessTarget]) -> Callable[[], Target]:
        return make

    @pytest.fixture
    def grown(self, tmp_path: Path) -> Path:
        folder = tmp_path / "family"
        folder.mkdir()
        return folder

    @pytest.mark.parametrize(
        ("body", "code", "name", "kind"),
        [
            ("import sys; sys.exit(3)", 3, None, "Exited"),
            ("import sys; sys.exit('words')", 1, None, "Exited"),
            ("import sys; sys.exit(0)", 0, None, "OutputMissing"),
            ("import os; os._exit(0)", 0, None, "OutputMissing"),
            ("import os; os._exit(256 + 4)", 4, None, "Exited"),
            ("import sys; sys.exit(139)", 139, None, "Exited"),
            ("import sys; sys.exit(-11)", 245, None, "Exited"),
            ("import sys; sys.exit(256)", 0, None, "OutputMissing"),
            ("import os; os.kill(os.getpid(), 9)", None, "SIGKILL", "Killed"),
            ("import os; os.kill(os.getpid(), 11)", None, "SIGSEGV", "Crashed"),
            ("import os; os.abort()", None, "SIGABRT", "Crashed"),
            ("import os; os.kill(os.getpid(), 15)", None, "SIGTERM", "Killed"),
            ("raise KeyboardInterrupt", 1, None, "KeyboardInterrupt"),
            ("raise MemoryError", 1, None, "MemoryError"),
        ],
    )
    def test_every_end_is_named(
        self, target: ProcessTarget, job: Callable[..., Job], body: str, code: int | None, name: str | None, kind: str
    ) -> None:
        one = job(f"def run():\n    {body}", outputs=[{"name": "data", "type": "table"}])

        assert ended(target, target.start(one)) == Exited(code)

        found = result(one)
        assert (found["status"], found["exit_code"], found["signal"]) == ("failed", code, name)
        assert found["error"]["kind"] == kind

    def test_a_killed_step_is_said_to_be_possibly_out_of_memory(
        self, target: ProcessTarget, job: Callable[..., Job]
    ) -> None:
        one = job("import os\ndef run():\n    held = bytearray(60_000_000)\n    os.kill(os.getpid(), 9)")

        ended(target, target.start(one))

        message = result(one)["error"]["message"]
        assert message.startswith("Killed by signal 9 (SIGKILL), possibly out of memory; peak memory ")
        assert result(one)["peak_memory"] > 60_000_000

    def test_a_step_may_not_hold_more_memory_than_its_limit(
        self, make: Callable[..., ProcessTarget], job: Callable[..., Job]
    ) -> None:
        limited = make(memory_limit_mb=200)
        one = job("def run():\n    held = bytearray(400_000_000)")

        assert ended(limited, limited.start(one)) == Exited(1)

        assert result(one)["error"]["kind"] == "MemoryError"

    def test_background_processes_end_with_the_step(
        self, target: ProcessTarget, job: Callable[..., Job], grown: Path
    ) -> None:
        one = job(FAMILY, parameters={"folder": str(grown), "forever": False, "ignore": False})

        assert ended(target, target.start(one)) == Exited(0)

        assert alive(family(grown)) == []
        assert result(one)["stopped_processes"] == 4
        assert "4 background processes were stopped" in (one.folder / "stderr.log").read_text()

    @pytest.mark.parametrize("ignore", [False, True])
    def test_a_cancel_ends_the_whole_tree(
        self, target: ProcessTarget, job: Callable[..., Job], grown: Path, ignore: bool
    ) -> None:
        one = job(FAMILY, parameters={"folder": str(grown), "forever": True, "ignore": ignore})
        handle = target.start(one)
        pids = family(grown)

        target.stop(handle, grace=0.3)

        ended(target, handle)
        assert alive(pids) == []
        assert result(one)["status"] == "canceled"

    def test_a_timeout_ends_the_whole_tree(self, target: ProcessTarget, job: Callable[..., Job], grown: Path) -> None:
        given = {"folder": str(grown), "forever": True, "ignore": True}
        one = job(FAMILY, parameters=given, timeout=1.0, grace=0.1)

        ended(target, target.start(one))

        assert alive(family(grown)) == []
        assert result(one)["status"] == "timeout"

    def test_nothing_survives_a_killed_supervisor(
        self, target: ProcessTarget, job: Callable[..., Job], grown: Path
    ) -> None:
        told: list[str] = []
        target.watch(told.append)
        one = job(FAMILY, parameters={"folder": str(grown), "forever": True, "ignore": True})
        handle = target.start(one)
        pids = family(grown)

        os.kill(handle["pid"], signal.SIGKILL)

        until(lambda: told == [one.name], "the news of the end")
        until(lambda: not alive(pids), "the end of the tree", 5)
        assert isinstance(target.look(handle), Gone)

    def test_a_step_that_kills_its_supervisor_is_gone(self, target: ProcessTarget, job: Callable[..., Job]) -> None:
        one = job("import os, time\ndef run():\n    os.kill(os.getppid(), 9)\n    time.sleep(60)")

        assert isinstance(ended(target, target.start(one)), Gone)

    def test_a_second_server_takes_running_steps_up(
        self, target: ProcessTarget, make: Callable[..., ProcessTarget], job: Callable[..., Job], tmp_path: Path
    ) -> None:
        one = job(mark(tmp_path / "marks"))
        handle = dict(target.start(one))
        until((tmp_path / "marks").exists, "the start of the step")
        target.close()

        told: list[str] = []
        with_new = make()
        with_new.watch(told.append)
        with_new.adopt(handle)

        assert isinstance(with_new.look(handle), Running)
        assert with_new.start(one) == handle
        (tmp_path / "marks.go").touch()
        until(lambda: told == [one.name], "the news of the end")
        assert with_new.look(handle) == Exited(0)

    def test_a_step_outlives_the_server_that_started_it(self, job: Callable[..., Job], tmp_path: Path) -> None:
        one = job(mark(tmp_path / "marks"))
        server = (
            "import sys, os\nfrom pathlib import Path\n"
            "from designer.targets.process import ProcessTarget\nfrom designer.targets.base import Job\n"
            f"ProcessTarget('local').start(Job({one.name!r}, Path({str(one.folder)!r})))\n"
            "os.kill(os.getpid(), 9)\n"
        )
        root = Path(processes.__file__).parents[2]
        subprocess.run([sys.executable, "-c", server], env={**os.environ, "PYTHONPATH": str(root)}, check=False)
        until((tmp_path / "marks").exists, "the start of the step")

        target = ProcessTarget("local")
        handle = target.start(one)

        assert isinstance(target.look(handle), Running)
        (tmp_path / "marks.go").touch()
        assert ended(target, handle) == Exited(0)
        assert (tmp_path / "marks").read_text() == "ran\n"
        target.close()

    def test_a_start_whose_handle_was_lost_is_found_by_the_lock(
        self, target: ProcessTarget, job: Callable[..., Job], tmp_path: Path
    ) -> None:
        one = job(mark(tmp_path / "marks"))
        first = target.start(one)
        until((tmp_path / "marks").exists, "the start of the step")
        (one.folder / "process.json").unlink(missing_ok=True)

        second = ProcessTarget("local").start(one)

        assert second["pid"] == first["pid"]
        (tmp_path / "marks.go").touch()
        assert ended(target, second) == Exited(0)
        assert (tmp_path / "marks").read_text() == "ran\n"

    def test_another_process_with_the_same_number_is_not_ours(
        self, target: ProcessTarget, job: Callable[..., Job]
    ) -> None:
        one = job("def run(): pass")
        stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        start_time = processes.start_time(stranger.pid)
        assert start_time is not None
        handle = {"name": one.name, "folder": str(one.folder), "pid": stranger.pid, "start_time": start_time - 1,
                  "boot_id": processes.boot_id()}  # fmt: skip

        assert isinstance(target.look(handle), Gone)
        target.stop(handle)
        target.clean(handle)

        assert stranger.poll() is None
        stranger.kill()
        stranger.wait()

    def test_after_a_restart_of_the_machine_everything_is_gone(
        self, target: ProcessTarget, job: Callable[..., Job]
    ) -> None:
        one = job("def run(): pass")
        handle = {"name": one.name, "folder": str(one.folder), "pid": os.getpid(),
                  "start_time": processes.start_time(os.getpid()), "boot_id": "another"}  # fmt: skip

        assert target.look(handle) == Gone("it was interrupted by a restart of the machine")
        target.stop(handle)

    def test_a_target_without_its_python_is_unavailable(self, job: Callable[..., Job]) -> None:
        target = ProcessTarget("broken", python="/nowhere/python")

        with pytest.raises(Unavailable, match="cannot start a step"):
            target.start(job("def run(): pass"))

    def test_a_python_that_fails_at_once_leaves_its_last_words(self, job: Callable[..., Job], tmp_path: Path) -> None:
        python = tmp_path / "python"
        python.write_text("#!/bin/sh\necho this is no Python >&2\nexit 3\n")
        python.chmod(0o700)
        target = ProcessTarget("broken", python=python)

        found = ended(target, target.start(job("def run(): pass")))

        assert found == Gone("the launcher ended without a result: this is no Python", never_ran=True)

    def test_a_step_sees_no_secret_of_the_server(
        self, target: ProcessTarget, job: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("DESIGNER_DATABASE", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "SOME_VARIABLE", "PYTHONPATH"):
            monkeypatch.setenv(name, "canary-5d1f")
        one = job(
            "import os, subprocess\n"
            "def run():\n"
            "    print(sorted(os.environ))\n"
            "    print(open('/proc/self/environ').read(), open(f'/proc/{os.getppid()}/environ').read())\n"
            "    subprocess.run(['env'])\n"
        )

        handle = target.start(one)
        ended(target, handle)

        said = target.logs(handle, "stdout", 0, 1_000_000)
        assert b"PATH" in said
        assert b"canary-5d1f" not in said

    def test_a_step_has_its_own_folder_session_and_streams(
        self, target: ProcessTarget, job: Callable[..., Job]
    ) -> None:
        one = job(
            "import os, resource, sys\n"
            "def run():\n"
            "    assert os.getcwd() == os.path.join(os.environ['DESIGNER_JOB'], 'work')\n"
            "    assert os.getsid(0) == os.getpid()\n"
            "    assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)\n"
            "    assert sys.stdin.read() == ''\n"
            "    open('made', 'w').close()\n"
            "    assert os.stat('made').st_mode & 0o777 == 0o600\n"
            "    assert sorted(map(int, os.listdir('/proc/self/fd')))[:3] == [0, 1, 2]\n"
            "    assert len(os.listdir('/proc/self/fd')) == 4\n"
        )

        assert ended(target, target.start(one)) == Exited(0), result(one)["error"]

    def test_a_flood_of_logs_is_kept(self, target: ProcessTarget, job: Callable[..., Job]) -> None:
        one = job(
            "import sys, time\n"
            "def run():\n"
            "    for number in range(2000):\n"
            "        print(f'{number:06d} ' + 'x' * 992)\n"
            "        sys.stderr.write('e' * 100)\n"
        )
        handle = target.start(one)
        ended(target, handle)

        assert len(target.logs(handle, "stdout", 0, 10_000_000)) == 2_000_000
        assert target.logs(handle, "stdout", 1_999_000, 6) == b"001999"
        assert len(target.logs(handle, "stderr", 0, 10_000_000)) == 200_000

    def test_nothing_is_left_behind(self, make: Callable[..., ProcessTarget], job: Callable[..., Job]) -> None:
        def handles() -> int:
            return len(os.listdir("/proc/self/fd"))

        first = make()
        ended(first, first.start(job("def run(): pass")))
        first.close()
        gc.collect()
        before, children = handles(), processes.descendants(os.getpid())

        target = make()
        told: list[str] = []
        target.watch(told.append)
        jobs = [job("def run(): pass") for _ in range(5)]
        started = [target.start(one) for one in jobs]
        until(lambda: len(told) == 5, "all ends")
        target.close()

        assert handles() <= before
        assert set(processes.descendants(os.getpid())) <= set(children)
        for handle in started:
            until(lambda who=handle: processes.start_time(who["pid"], zombie=True) != who["start_time"], "the last end")

    def test_a_listener_that_fails_does_not_end_the_watching(
        self, target: ProcessTarget, job: Callable[..., Job], caplog: pytest.LogCaptureFixture
    ) -> None:
        told: list[str] = []

        def listen(name: str) -> None:
            told.append(name)
            raise RuntimeError("listener")

        target.watch(listen)
        for one in (job("def run(): pass"), job("def run(): pass")):
            ended(target, target.start(one))

        until(lambda: len(told) == 2, "both ends")

    def test_a_step_starts_quickly(self, target: ProcessTarget, job: Callable[..., Job]) -> None:
        seconds: list[float] = []
        for _ in range(5):
            one = job("def run(): pass")
            before = time.monotonic()
            target.start(one)
            until((one.folder / "result.json").exists, "the result")
            seconds.append(time.monotonic() - before)

        assert min(seconds) < 0.5, seconds


def test_options_are_checked(tmp_path: Path) -> None:
    assert make("small", Options(memory_limit_mb=512), Context(tmp_path)).memory_limit_mb == 512
    assert check(Options(memory_limit_mb=512), Context(tmp_path)) == []
    (finding,) = check(Options(memory_limit_mb=10**9), Context(tmp_path))
    assert finding.parameter == "memory_limit_mb"
    with pytest.raises(ValueError, match="memory_limit_mb"):
        Options(memory_limit_mb=0)
