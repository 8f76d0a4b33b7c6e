"""What every kind of compute target must do. Public: a third party's target can be held to it.

How to plug a kind in: write `tests/targets/test_<kind>.py` with

    class Test<Kind>(TargetContract):
        seconds = 60.0                      # how long a test waits for what must happen, on a slow kind

        @pytest.fixture
        def target(self, <daemon>) -> Iterator[Target]:
            one = <kind>.make("tested", <kind>.Options(...), Context(folder))
            one.slots = 2
            yield one
            one.close()

        @pytest.fixture
        def shared(self, ...) -> Path:      # only where steps do not see the files of this machine
            ...                             # a folder that steps and tests both write, under the same path (a mount)

The daemon (an engine, an sshd, a Redis) is a fixture of the session; where it is missing it skips on a laptop and fails in CI
(`need` in tests/conftest.py). The jobs of these tests need only the standard library and carry no `software`. A target may be
made anew from the same options (`again`): that is what a restart of the server does.
"""

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pytest

from designer.targets.base import Exited, Gone, Handle, Job, Running, Starting, Target

T = TypeVar("T")

SECONDS = 20.0
"""How long a test waits for what must happen, unless its kind is a slow one."""

_patience = SECONDS


def until(condition: Callable[[], T], what: str, seconds: float = 0.0) -> T:
    """Wait until the condition holds, and return what it gave; fail with `what` when it takes too long."""
    seconds = seconds or _patience
    limit = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < limit, f"{what} did not happen within {seconds} s"
        time.sleep(0.01)
    return found


def write_job(folder: Path, source: str, name: str = "", **changes: Any) -> Job:
    """A job folder with one module, ready to be started."""
    folder.mkdir(parents=True)
    job = {
        "format": "designer.job/1", "name": name or f"att_{folder.name}", "kind": "module", "source": "module.py",
        "module": "tested", "inputs": {}, "parameters": {}, "outputs": [], "timeout": None, "grace": 10.0, **changes,
    }  # fmt: skip
    (folder / "module.py").write_text(source)
    (folder / "job.json").write_text(json.dumps(job))
    return Job(job["name"], folder)


def result(job: Job) -> dict[str, Any]:
    """The result of a job."""
    found: dict[str, Any] = json.loads((job.folder / "result.json").read_text())
    return found


def ended(target: Target, handle: Handle) -> Exited | Gone:
    """Wait for the end."""

    def look() -> Exited | Gone | None:
        found = target.look(handle)
        return found if isinstance(found, Exited | Gone) else None

    found = until(look, "the end of the step")
    assert found is not None
    return found


def mark(path: Path) -> str:
    """Source of a module that leaves a line in a file each time it runs, and goes on until the file `go` is there."""
    return (
        "import os, time\n"
        "def run():\n"
        f"    with open({str(path)!r}, 'a') as file: file.write('ran\\n')\n"
        f"    while not os.path.exists({str(path) + '.go'!r}): time.sleep(0.01)\n"
    )


class TargetContract:
    """The tests."""

    seconds = SECONDS

    @pytest.fixture(autouse=True)
    def _patient(self) -> Iterator[None]:
        global _patience
        _patience, before = self.seconds, _patience
        yield
        _patience = before

    @pytest.fixture
    def target(self) -> Target:
        """The target to test, empty."""
        raise NotImplementedError

    @pytest.fixture
    def again(self, target: Target) -> Callable[[], Target]:
        """`again()` makes the target anew, as the next server does."""
        raise NotImplementedError

    @pytest.fixture
    def shared(self, tmp_path: Path) -> Path:
        """A folder that steps and tests both write, under the same path."""
        return tmp_path

    @pytest.fixture
    def job(self, tmp_path: Path) -> Callable[..., Job]:
        """`job(source, name=..., timeout=...)` writes a job folder."""
        counter = iter(range(1000))

        def make(source: str, **changes: Any) -> Job:
            return write_job(tmp_path / f"job{next(counter)}", source, **changes)

        return make

    def test_started_twice_it_runs_once(self, target: Target, job: Callable[..., Job], shared: Path) -> None:
        one = job(mark(shared / "marks"))

        first = target.start(one)
        until((shared / "marks").exists, "the start of the step")
        second = target.start(one)
        (shared / "marks.go").touch()

        assert dict(first) == dict(second)
        assert isinstance(ended(target, first), Exited)
        assert target.start(one) == first
        assert isinstance(ended(target, first), Exited)
        assert (shared / "marks").read_text() == "ran\n"

    def test_many_threads_that_start_one_job_start_it_once(
        self, target: Target, job: Callable[..., Job], shared: Path
    ) -> None:
        one = job(mark(shared / "marks"))
        (shared / "marks.go").touch()
        handles: list[Mapping[str, Any]] = []

        threads = [threading.Thread(target=lambda: handles.append(target.start(one))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(handles) == 8
        assert isinstance(ended(target, handles[0]), Exited)
        assert (shared / "marks").read_text() == "ran\n"

    def test_a_handle_is_json(self, target: Target, job: Callable[..., Job]) -> None:
        handle = target.start(job("def run(): pass"))

        again = json.loads(json.dumps(dict(handle)))

        assert isinstance(ended(target, again), Exited)

    def test_a_step_that_returns_has_completed(self, target: Target, job: Callable[..., Job]) -> None:
        one = job("def run(*, word): print(word)", parameters={"word": "hello"})

        handle = target.start(one)

        assert ended(target, handle) == Exited(0)
        assert result(one)["status"] == "completed"
        assert target.logs(handle, "stdout", 0, 100) == b"hello\n"

    def test_a_step_that_raises_has_failed(self, target: Target, job: Callable[..., Job]) -> None:
        one = job("def run():\n    raise ValueError('no good')")

        assert ended(target, target.start(one)) == Exited(1)

        found = result(one)
        assert found["status"] == "failed"
        assert found["error"]["kind"] == "ValueError"
        assert found["error"]["message"] == "no good"
        assert found["error"]["where"] == "module.py, line 2, in run"

    def test_it_runs_until_it_has_ended(self, target: Target, job: Callable[..., Job], shared: Path) -> None:
        handle = target.start(job(mark(shared / "marks")))
        until((shared / "marks").exists, "the start of the step")

        until(lambda: isinstance(target.look(handle), Running), "the look that sees it run")

        (shared / "marks.go").touch()
        assert ended(target, handle) == Exited(0)

    def test_a_stopped_step_is_canceled(self, target: Target, job: Callable[..., Job], shared: Path) -> None:
        one = job(mark(shared / "marks"))
        handle = target.start(one)
        until((shared / "marks").exists, "the start of the step")

        target.stop(handle)
        target.stop(handle)

        assert isinstance(ended(target, handle), Exited)
        assert result(one)["status"] == "canceled"
        target.stop(handle)

    def test_a_step_that_ignores_the_stop_is_killed_after_the_grace(
        self, target: Target, job: Callable[..., Job], shared: Path
    ) -> None:
        one = job("import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + mark(shared / "marks"))
        handle = target.start(one)
        until((shared / "marks").exists, "the start of the step")

        before = time.monotonic()
        target.stop(handle, grace=2.0)
        assert time.monotonic() - before < 2.0, "stop must not wait"

        assert isinstance(ended(target, handle), Exited)
        assert time.monotonic() - before >= 2.0
        assert result(one)["status"] == "canceled"

    def test_a_step_over_its_time_is_stopped(self, target: Target, job: Callable[..., Job], shared: Path) -> None:
        one = job(mark(shared / "marks"), timeout=0.3, grace=0.3)

        ended(target, target.start(one))

        assert result(one)["status"] == "timeout"
        assert result(one)["error"]["message"] == "Stopped after its time limit of 0.3 seconds."

    def test_logs_are_read_by_byte_offset(self, target: Target, job: Callable[..., Job]) -> None:
        handle = target.start(job("import sys\ndef run():\n    print('abcdef')\n    print('ghi', file=sys.stderr)"))
        ended(target, handle)

        assert target.logs(handle, "stdout", 2, 3) == b"cde"
        assert target.logs(handle, "stdout", 7, 100) == b""
        assert target.logs(handle, "stdout", 700, 100) == b""
        assert target.logs(handle, "stderr", 0, 100) == b"ghi\n"

    def test_what_a_step_prints_is_there_while_it_runs(
        self, target: Target, job: Callable[..., Job], shared: Path
    ) -> None:
        source = mark(shared / "marks").replace("def run():\n", "def run():\n    print('now')\n")
        handle = target.start(job(source))

        until(lambda: target.logs(handle, "stdout", 0, 100) == b"now\n", "the first line of the log")

        assert isinstance(target.look(handle), Running)
        (shared / "marks.go").touch()
        ended(target, handle)

    def test_the_end_is_told_to_the_one_who_watches(self, target: Target, job: Callable[..., Job]) -> None:
        told: list[str] = []
        target.watch(told.append)

        handles = {one.name: target.start(one) for one in [job("def run(): pass") for _ in range(3)]}

        def all_ended() -> bool:
            return all(isinstance(target.look(handle), Exited) for handle in handles.values())

        until(lambda: set(told) >= set(handles) and all_ended(), "the news of the end")

    def test_cleaning_ends_what_runs_and_can_be_repeated(
        self, target: Target, job: Callable[..., Job], shared: Path
    ) -> None:
        one = job(mark(shared / "marks"))
        handle = target.start(one)
        until((shared / "marks").exists, "the start of the step")

        target.clean(handle)
        target.clean(handle)

        until(lambda: not isinstance(target.look(handle), Running | Starting), "the end of the step")

    def test_closing_leaves_jobs_running(
        self, target: Target, again: Callable[[], Target], job: Callable[..., Job], shared: Path
    ) -> None:
        one = job(mark(shared / "marks"))
        handle = target.start(one)
        until((shared / "marks").exists, "the start of the step")

        target.close()

        assert isinstance(target.look(handle), Running)
        (shared / "marks.go").touch()
        assert ended(again(), handle) == Exited(0)
        assert (one.folder / "result.json").exists()

    def test_a_target_that_works_takes_jobs(self, target: Target) -> None:
        until(lambda: not target.trouble(), "the target to take jobs")

    def test_what_flows_in_comes_out_in_the_same_bytes(
        self, target: Target, job: Callable[..., Job], tmp_path: Path
    ) -> None:
        data = bytes(range(256)) * 2_000
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        (tmp_path / "input").write_bytes(data)
        given = {"path": str(tmp_path / "input"), "type": "file", "digest": digest, "size": len(data)}
        one = job(
            "from pathlib import Path\ndef run(data):\n    Path('made').write_bytes(data.read_bytes())\n    return Path('made')",
            inputs={"data": given}, outputs=[{"name": "copy", "type": "file"}],
        )  # fmt: skip

        assert ended(target, target.start(one)) == Exited(0)

        made = result(one)["outputs"]["copy"]
        assert made["digest"] == digest
        assert (one.folder / "out" / Path(made["path"]).name).read_bytes() == data
        assert (tmp_path / "input").read_bytes() == data

    def test_what_it_reports_is_there_when_it_has_ended(self, target: Target, job: Callable[..., Job]) -> None:
        one = job("from designer import step\ndef run():\n    step.log_metric('loss', 0.25)\n    step.progress(0.5)")

        ended(target, target.start(one))

        events = [json.loads(line) for line in (one.folder / "events.jsonl").read_text().splitlines()]
        assert {event["event"] for event in events} >= {"metric", "progress"}

    def test_jobs_side_by_side_do_not_mix(self, target: Target, job: Callable[..., Job]) -> None:
        jobs = [job("def run(*, word): print(word)", parameters={"word": f"word {number}"}) for number in range(4)]

        handles = [target.start(one) for one in jobs]

        for number, handle in enumerate(handles):
            assert isinstance(ended(target, handle), Exited)
            assert target.logs(handle, "stdout", 0, 100) == f"word {number}\n".encode()

    def test_an_earlier_job_is_taken_up_again(
        self, target: Target, again: Callable[[], Target], job: Callable[..., Job], shared: Path
    ) -> None:
        one = job(mark(shared / "marks"))
        handle = target.start(one)
        until((shared / "marks").exists, "the start of the step")
        target.close()

        later = again()
        told: list[str] = []
        later.watch(told.append)
        later.adopt(handle)
        later.adopt(handle)
        (shared / "marks.go").touch()

        assert isinstance(ended(later, handle), Exited)
        assert result(one)["status"] == "completed"
        assert later.start(one) == handle
        assert (shared / "marks").read_text() == "ran\n"
