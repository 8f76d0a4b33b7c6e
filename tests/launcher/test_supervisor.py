"""The launcher as a program: one folder in, one result out."""

import errno
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import designer
from designer.launcher import logs, supervisor
from designer.launcher.result import read_json, write_json
from tests.targets.contract import mark, result, until, write_job

ROOT = Path(designer.__file__).parents[1]
SCRIPT = ROOT / "designer" / "launcher" / "__main__.py"


def launch(folder: Path, **more: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-s", str(SCRIPT), str(folder)], capture_output=True, check=False, **more)


def begin(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-s", str(SCRIPT), str(folder)], stderr=subprocess.DEVNULL)


def test_it_runs_as_a_module_too(tmp_path: Path) -> None:
    one = write_job(tmp_path / "job", "def run(): print('hello')")

    ended = subprocess.run([sys.executable, "-m", "designer.launcher", str(one.folder)], cwd=ROOT, check=False)

    assert ended.returncode == 0
    assert (one.folder / "stdout.log").read_text() == "hello\n"


def test_the_result_says_everything(tmp_path: Path) -> None:
    before = time.time()
    one = write_job(tmp_path / "job", "def run(): pass")

    assert launch(one.folder).returncode == 0

    found = result(one)
    assert {key: found.pop(key) for key in ("started", "ended", "seconds", "peak_memory")} != {}
    assert found == {
        "format": "designer.result/1", "status": "completed", "exit_code": 0, "signal": None, "error": None, "outputs": {},
        "stopped_processes": 0,
    }  # fmt: skip
    again = result(one)
    assert before - 1 < again["started"] <= again["ended"] < time.time() + 1
    assert 0 < again["seconds"] < 30
    assert again["peak_memory"] > 1_000_000
    assert sorted(path.name for path in one.folder.iterdir()) == [
        "job.json", "job.lock", "module.py", "out", "result.json", "stderr.log", "stdout.log",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "more", "code"),
    [
        ("pass", {}, 0),
        ("raise SystemExit(7)", {}, 7),
        ("raise ValueError", {}, 1),
        ("import os; os.kill(os.getpid(), 11)", {}, 139),
        ("pass", {"outputs": [{"name": "data", "type": "table"}]}, 1),
        ("import time; time.sleep(60)", {"timeout": 0.1, "grace": 0.1}, 124),
    ],
)
def test_its_exit_code_tells_the_end(tmp_path: Path, body: str, more: dict[str, Any], code: int) -> None:
    one = write_job(tmp_path / "job", f"def run():\n    {body}", **more)

    assert launch(one.folder).returncode == code


def test_sigterm_is_a_cancel(tmp_path: Path) -> None:
    one = write_job(tmp_path / "job", mark(tmp_path / "marks"))
    process = begin(one.folder)
    until((tmp_path / "marks").exists, "the start of the step")

    process.terminate()

    assert process.wait(20) == 143
    assert result(one)["status"] == "canceled"


def test_a_step_that_finishes_within_the_grace_has_finished_first(tmp_path: Path) -> None:
    source = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + mark(tmp_path / "marks")
    one = write_job(tmp_path / "job", source)
    process = begin(one.folder)
    until((tmp_path / "marks").exists, "the start of the step")

    process.terminate()
    (tmp_path / "marks.go").touch()

    assert process.wait(20) == 0
    assert result(one)["status"] == "completed"


def test_a_job_that_has_a_result_is_not_run_again(tmp_path: Path) -> None:
    one = write_job(tmp_path / "job", mark(tmp_path / "marks") + "    raise SystemExit(5)\n")
    (tmp_path / "marks.go").touch()
    assert launch(one.folder).returncode == 5
    first = result(one)

    assert launch(one.folder).returncode == 5

    assert result(one) == first
    assert (tmp_path / "marks").read_text() == "ran\n"


def test_a_job_that_runs_is_not_started_again(tmp_path: Path) -> None:
    one = write_job(tmp_path / "job", mark(tmp_path / "marks"))
    process = begin(one.folder)
    until((tmp_path / "marks").exists, "the start of the step")

    assert launch(one.folder).returncode == 75

    (tmp_path / "marks.go").touch()
    assert process.wait(20) == 0
    assert (tmp_path / "marks").read_text() == "ran\n"


def test_a_job_whose_launcher_died_is_not_run_again(tmp_path: Path) -> None:
    one = write_job(tmp_path / "job", mark(tmp_path / "marks"))
    process = begin(one.folder)
    until((tmp_path / "marks").exists, "the start of the step")
    process.kill()
    process.wait()

    assert launch(one.folder).returncode == 75

    assert not (one.folder / "result.json").exists()
    assert (tmp_path / "marks").read_text() == "ran\n"


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"name": "x", "kind": "unknown"}'])
def test_an_unreadable_job_is_a_failed_one(tmp_path: Path, text: str) -> None:
    (tmp_path / "job.json").write_text(text)

    assert launch(tmp_path).returncode == 1

    assert json.loads((tmp_path / "result.json").read_text())["error"]["kind"] == "JobUnreadable"


def test_it_says_how_it_is_used() -> None:
    ended = launch(Path("/nowhere"))

    assert ended.returncode == 2
    assert b"usage" in ended.stderr


def test_a_step_sees_the_package_designer_and_nothing_beside_it(tmp_path: Path) -> None:
    one = write_job(
        tmp_path / "job",
        "import importlib.util, sys\n"
        "from designer import step\n"
        "from designer.module import ModuleError\n"
        "def run():\n"
        f"    assert {str(ROOT)!r} not in sys.path, sys.path\n"
        f"    assert {str(SCRIPT.parent)!r} not in sys.path, sys.path\n"
        "    step.log_metric('loss', 0.5)\n"
        "    step.progress(0.25, 'quarter')\n",
    )

    assert launch(one.folder).returncode == 0, result(one)["error"]

    events = [json.loads(line) for line in (one.folder / "events.jsonl").read_text().splitlines()]
    assert [(event["event"], event.get("value"), event.get("share")) for event in events] == [
        ("metric", 0.5, None), ("progress", None, 0.25),
    ]  # fmt: skip


def test_programs_of_the_step_can_report_too(tmp_path: Path) -> None:
    one = write_job(
        tmp_path / "job",
        "import subprocess, sys\n"
        "def run():\n"
        "    program = 'from designer import step; step.log_metric(\"loss\", 1)'\n"
        "    subprocess.run([sys.executable, '-c', program], check=True)\n",
    )

    assert launch(one.folder).returncode == 0, result(one)["error"]
    assert json.loads((one.folder / "events.jsonl").read_text())["name"] == "loss"


def test_workers_of_the_step_can_be_started_afresh(tmp_path: Path) -> None:
    one = write_job(
        tmp_path / "job",
        "import multiprocessing\n"
        "from designer.module import ModuleError\n"
        "def run():\n"
        "    context = multiprocessing.get_context('spawn')\n"
        "    with context.Pool(1) as pool:\n"
        "        assert pool.map(abs, [-1, 2]) == [1, 2]\n",
    )

    assert launch(one.folder).returncode == 0, result(one)["error"]
    assert result(one)["stopped_processes"] == 0


def test_libraries_may_use_all_processors(tmp_path: Path) -> None:
    one = write_job(
        tmp_path / "job",
        "import joblib\n"
        "class Mine:\n"
        "    def square(self, number): return number * number\n"
        "def run():\n"
        "    found = joblib.Parallel(n_jobs=2)(joblib.delayed(Mine().square)(number) for number in range(4))\n"
        "    assert found == [0, 1, 4, 9]\n",
    )

    assert launch(one.folder).returncode == 0, result(one)["error"]


def test_the_launcher_imports_only_little(tmp_path: Path) -> None:
    script = "import sys; from designer.launcher import supervisor; print(' '.join(sys.modules))"

    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True
    ).stdout.split()

    heavy = {
        "typing",
        "inspect",
        "dataclasses",
        "subprocess",
        "tempfile",
        "asyncio",
        "pathlib",
        "threading",
        "hashlib",
        "shutil",
    }
    assert heavy & set(said) == set()


def test_a_huge_log_is_bounded_while_the_step_runs(tmp_path: Path) -> None:
    one = write_job(
        tmp_path / "job",
        "import os, time\n"
        "def run():\n"
        "    line = b'x' * 1023 + b'\\n'\n"
        "    os.write(1, b'first line\\n')\n"
        "    for _ in range(40):\n"
        "        for _ in range(512):\n"
        "            os.write(1, line)\n"
        "        time.sleep(0.02)\n"
        "    os.write(1, b'last line\\n')\n",
    )
    script = (
        "import sys; from designer.launcher import logs, supervisor; logs.CAP = 4_000_000; supervisor.CHECK_SECONDS = 0.02\n"
        "supervisor.main(sys.argv[1:])"
    )

    ended = subprocess.run([sys.executable, "-c", script, str(one.folder)], cwd=ROOT, check=False)

    assert ended.returncode == 0
    path = one.folder / "stdout.log"
    found = path.stat()
    assert found.st_size == 40 * 512 * 1024 + len(b"first line\nlast line\n")
    assert found.st_blocks * 512 < 6_000_000
    start, data = logs.read(str(path), 0, 10_000_000)
    assert start == 0
    assert data.startswith(b"first line\n")
    assert b"[Log cut: of more than " in data
    start, data = logs.read(str(path), len(data) + 1000, 10_000_000)
    assert start > 10_000_000
    assert data.endswith(b"last line\n")


def test_a_log_below_the_cap_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"x" * 100_000)

    assert not logs.limit(str(path), 1_000_000)
    assert not logs.limit(str(tmp_path / "nothing"), 10)

    assert logs.read(str(path), 99_990, 100) == (99_990, b"x" * 10)
    assert logs.read(str(path), 100_000, 100) == (100_000, b"")
    assert logs.read(str(tmp_path / "nothing"), 5, 100) == (5, b"")


def test_a_log_is_cut_where_the_file_system_has_no_holes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"a" * 3_000_000)
    monkeypatch.setattr(logs, "_punch", lambda *_: False)

    assert logs.limit(str(path), 1_000_000)

    assert path.stat().st_size < 600_000
    assert b"Log cut" in path.read_bytes()


def test_exit_handlers_run_but_cannot_hold_the_step(tmp_path: Path) -> None:
    one = write_job(
        tmp_path / "job",
        "import atexit, threading, time\n"
        "def run():\n"
        "    atexit.register(lambda: print('cleaned'))\n"
        "    threading.Thread(target=time.sleep, args=(60,)).start()\n",
    )
    before = time.monotonic()

    assert launch(one.folder).returncode == 0

    assert time.monotonic() - before < 30
    assert (one.folder / "stdout.log").read_text() == "cleaned\n"


def test_no_step_can_make_the_result_by_itself_appear_completed(tmp_path: Path) -> None:
    one = write_job(
        tmp_path / "job",
        "import os\ndef run():\n    os._exit(0)",
        outputs=[{"name": "data", "type": "table"}, {"name": "more", "type": "table", "optional": True}],
    )

    assert launch(one.folder).returncode == 1

    found = result(one)["error"]
    assert found["kind"] == "OutputMissing"
    assert found["message"] == "The step ended (exit code 0) before it handed over its outputs: data."


def test_the_files_of_a_job_are_private(tmp_path: Path) -> None:
    one = write_job(tmp_path / "job", "def run(): print(1)")
    launch(one.folder)

    for name in ("result.json", "stdout.log", "stderr.log", "job.lock"):
        assert (one.folder / name).stat().st_mode & 0o077 == 0, name
    assert os.access(one.folder / "out", os.R_OK)


def test_a_result_waits_for_room_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = [2]
    waited: list[float] = []

    def write(path: str, value: Any) -> None:
        if failing[0]:
            failing[0] -= 1
            raise OSError(errno.ENOSPC, "No space left on device")
        write_json(path, value)

    monkeypatch.setattr(supervisor, "write_json", write)
    monkeypatch.setattr(supervisor.time, "sleep", waited.append)

    told: list[str] = []
    supervisor._write_result(str(tmp_path), {"status": "completed"}, lambda: told.append("it is there"), True)

    assert read_json(str(tmp_path / "result.json")) == {"status": "completed"}
    assert len(waited) == 2
    assert told == ["it is there"]
