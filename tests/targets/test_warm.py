"""Fork servers and their spares, with real processes."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from designer.launcher import processes
from designer.settings import Warm
from designer.targets import process as module
from designer.targets.base import Exited, Job
from designer.targets.process import ProcessTarget
from designer.targets.warm import GRADES, Grade, State, Warmth, grade_for, grades_up_to
from tests.targets.contract import ended, mark, result, until, write_job

PLAIN, TABLES, LEARNING = GRADES
TABLE = [{"name": "data", "type": "table"}]


def warmth(target: ProcessTarget, grade: str = "plain") -> Warmth:
    """How one fork server of the target does."""
    return next(one for one in target.warmth() if one.grade == grade)


def ready(target: ProcessTarget, grade: str = "plain") -> ProcessTarget:
    """Wait until the fork server serves, or will not."""
    until(lambda: warmth(target, grade).state in (State.READY, State.OFF), "the fork server", 60)
    return target


@pytest.fixture
def make() -> Iterator[Callable[..., ProcessTarget]]:
    """`make(grades)` is a target that watches; it is closed at the end."""
    made: list[ProcessTarget] = []

    def make(*grades: Grade, **options: Any) -> ProcessTarget:
        target = ProcessTarget("local", 2, grades=grades, **options)
        made.append(target)
        target.watch(lambda _: None)
        return target

    yield make
    for target in made:
        target.close()


@pytest.fixture(scope="module")
def tables() -> Iterator[ProcessTarget]:
    """A target as a server has it, with all its grades ready."""
    target = ProcessTarget("local", 2, grades=[replace(grade, standing=True) for grade in GRADES])
    target.watch(lambda _: None)
    for grade in GRADES:
        ready(target, grade.name)
    yield target
    target.close()


@pytest.fixture
def job(tmp_path: Path) -> Callable[..., Job]:
    """`job(source, ...)` writes a job folder."""
    counter = iter(range(1000))
    return lambda source, **changes: write_job(tmp_path / f"job{next(counter)}", source, **changes)


def is_cold(one: Job) -> bool:
    """Whether a launcher was started for this job as a program."""
    return (one.folder / "process.json").exists()


def run(target: ProcessTarget, one: Job) -> dict[str, Any]:
    """The result of a job."""
    ended(target, target.start(one))
    return result(one)


def test_the_canary_passes_here(tables: ProcessTarget) -> None:
    assert [(one.grade, one.state, one.notice) for one in tables.warmth()] == [
        ("plain", State.READY, ""), ("tables", State.READY, ""), ("learning", State.READY, ""),
    ]  # fmt: skip


USES = {
    "polars": "import polars as pl\n"
    "def run(): return pl.DataFrame({'a': [1, 2, 2]}).lazy().group_by('a').agg(pl.len()).sort('a').collect()",
    "pandas": "import pandas as pd\ndef run(): return pd.DataFrame({'a': [1, 2, 2]}).groupby('a', as_index=False).size()",
    "pyarrow": "import pyarrow as pa\nimport pyarrow.compute as pc\n"
    "def run():\n    pc.sum(pa.array(range(100_000)))\n    return pa.table({'a': [1, 2]})",
    "numpy": "import numpy as np, polars as pl\n"
    "def run():\n    np.linalg.inv(np.random.default_rng(0).random((300, 300)))\n    return pl.DataFrame({'a': [1]})",
}


@pytest.mark.parametrize("library", USES)
def test_libraries_compute_in_a_forked_step(tables: ProcessTarget, job: Callable[..., Job], library: str) -> None:
    one = job(
        "import sys\nprint('pandas' in sys.modules, 'sk' + 'learn' in sys.modules)\n" + USES[library], outputs=TABLE
    )

    assert run(tables, one)["status"] == "completed", result(one)["error"]

    assert not is_cold(one)
    assert (one.folder / "stdout.log").read_text() == "True False\n"


@pytest.mark.parametrize(
    "learner",
    [
        "from sklearn.ensemble import HistGradientBoostingRegressor\nLearner = lambda: HistGradientBoostingRegressor(max_iter=5)",
        "from sklearn.ensemble import RandomForestRegressor\nLearner = lambda: RandomForestRegressor(n_estimators=10, n_jobs=2)",
        "from sklearn.linear_model import LinearRegression as Learner",
        "from lightgbm import LGBMRegressor\nLearner = lambda: LGBMRegressor(n_estimators=5, verbose=-1)",
    ],
)
def test_learners_with_threads_of_their_own_work_in_a_forked_step(
    tables: ProcessTarget, job: Callable[..., Job], learner: str
) -> None:
    one = job(
        f"import sys\nprint('sklearn' in sys.modules)\nimport numpy as np\n{learner}\n"
        "def run():\n"
        "    x = np.random.default_rng(0).random((2000, 5))\n"
        "    fitted = Learner().fit(x, x.sum(axis=1))\n"
        "    assert fitted.score(x, x.sum(axis=1)) > 0.1\n"
    )

    assert run(tables, one)["status"] == "completed", result(one)["error"]

    assert not is_cold(one)
    assert (one.folder / "stdout.log").read_text() == "True\n"


FACTS = """
import gc, json, os, resource, signal, sys, tempfile, threading

def descriptors():
    for one in os.listdir("/proc/self/fd"):
        if os.path.lexists("/proc/self/fd/" + one):
            yield one, os.path.basename(os.readlink("/proc/self/fd/" + one))

def run():
    environment = dict(os.environ)
    for name in ("DESIGNER_ATTEMPT", "DESIGNER_JOB", "DESIGNER_STEP_EVENTS", "TMPDIR"):
        environment.pop(name, None)
    print(json.dumps({
        "environment": environment,
        "cwd": os.path.basename(os.getcwd()),
        "umask": os.umask(0),
        "descriptors": {one: name for one, name in descriptors() if not name.startswith("anon_inode:")},
        "input": sys.stdin.read(),
        "signals": {str(one): str(signal.getsignal(one)) for one in signal.valid_signals()},
        "masked": [str(one) for one in signal.pthread_sigmask(signal.SIG_BLOCK, [])],
        "limits": [resource.getrlimit(one) for one in (resource.RLIMIT_CORE, resource.RLIMIT_DATA, resource.RLIMIT_NOFILE)],
        "arguments": sys.argv,
        "path": sys.path,
        "set": list({"one", "two", "three", "four", "five", "six", "seven"}),
        "leader": os.getsid(0) == os.getpid() == os.getpgid(0),
        "threads": threading.active_count(),
        "native": len(os.listdir("/proc/self/task")),
        "encoding": [sys.stdout.encoding, sys.stdout.errors, sys.getfilesystemencoding(), sys.flags.hash_randomization],
        "collects": gc.isenabled(),
        "priority": os.nice(0),
        "temporary": tempfile.gettempdir() == os.environ.get("TMPDIR", "/tmp"),
        "flags": str(sys.flags),
        "main": os.path.basename(sys.modules["__main__"].__file__),
    }))
"""


def test_a_forked_step_finds_itself_in_the_same_place_as_a_cold_one(
    tables: ProcessTarget, make: Callable[..., ProcessTarget], job: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_TIME", "C")  # changed after the fork servers were started
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary-5d1f")
    told = {}
    for name, target, source in (
        ("cold", make(), FACTS), ("plain", tables, FACTS), ("tables", tables, "# polars\n" + FACTS),
    ):  # fmt: skip
        one = job(source, parameters={})
        handle = target.start(one)
        assert ended(target, handle) == Exited(0), result(one)["error"]
        assert is_cold(one) == (name == "cold")
        told[name] = json.loads(target.logs(handle, "stdout", 0, 100_000))

    assert told["cold"]["environment"]["LC_TIME"] == "C"
    assert told["cold"]["native"] == 1
    native = told["tables"].pop("native")
    assert native > 1, "the spare has shown that polars computes"
    for name in ("plain", "tables"):
        told[name]["native"] = 1
        assert told[name] == told["cold"], name


def test_no_two_forked_steps_draw_the_same_numbers(tables: ProcessTarget, job: Callable[..., Job]) -> None:
    source = (
        "import random, uuid, numpy as np, pandas as pd, polars as pl\n"
        "def run():\n"
        "    print(random.random(), np.random.random(), uuid.uuid4(), pl.Series(range(1000)).sample(5).to_list(),"
        " pd.Series(range(1000)).sample(5).to_list(), sep='|')\n"
    )
    drawn = []
    for one in [job(source) for _ in range(3)]:
        handle = tables.start(one)
        ended(tables, handle)
        drawn.append(tables.logs(handle, "stdout", 0, 1000).decode().strip().split("|"))

    for column in zip(*drawn, strict=True):
        assert len(set(column)) == 3, column


def test_what_a_step_changes_no_other_step_sees(tables: ProcessTarget, job: Callable[..., Job]) -> None:
    first = job(
        "import os, sys, polars as pl\n"
        "def run():\n"
        "    os.environ['LEFT'] = '1'\n"
        "    sys.left = True\n"
        "    pl.left = True\n"
        "    pl.Config.set_tbl_rows(3)\n"
    )
    second = job(
        "import os, sys, polars as pl\n"
        "def run():\n"
        "    assert 'LEFT' not in os.environ and not hasattr(sys, 'left') and not hasattr(pl, 'left')\n"
        "    assert 'POLARS_FMT_MAX_ROWS' not in os.environ\n"
    )

    assert run(tables, first)["status"] == "completed"
    assert run(tables, second)["status"] == "completed", result(second)["error"]


def test_memory_that_is_shared_is_not_held_against_a_step(
    make: Callable[..., ProcessTarget], job: Callable[..., Job]
) -> None:
    limited = ready(make(replace(TABLES, canary=0.0), memory_limit_mb=200), "tables")
    within = job("import polars\ndef run():\n    held = bytearray(100_000_000)")
    beyond = job("import polars\ndef run():\n    held = bytearray(300_000_000)")

    assert run(limited, within)["status"] == "completed", result(within)["error"]
    assert run(limited, beyond)["error"]["kind"] == "MemoryError"

    assert not is_cold(within)
    assert 100_000_000 < result(within)["peak_memory"] < 150_000_000


POISON = "import polars\npolars.DataFrame({'a': range(100_000)}).lazy().group_by('a').agg(polars.len()).collect()\n"


@pytest.fixture
def poison(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A library that computes while it is imported."""
    folder = tmp_path / "libraries"
    folder.mkdir()
    (folder / "poison.py").write_text(POISON)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    monkeypatch.setattr(module, "KEPT", module.KEPT | {"PYTHONPATH"})
    return "poison"


def test_where_the_canary_hangs_steps_are_started_cold_and_it_is_said(
    make: Callable[..., ProcessTarget], job: Callable[..., Job], poison: str
) -> None:
    target = ready(make(Grade("poisoned", (poison,), canary=1.0)), "poisoned")

    assert warmth(target, "poisoned").state is State.OFF
    assert target.notices() == [
        "Steps of the grade “poisoned” are started without a fork server: a forked process did not compute within 1 seconds. "
        "It is tried again in 10 minutes."
    ]
    one = job("def run(): pass")
    assert run(target, one)["status"] == "completed"
    assert is_cold(one)


def test_a_process_that_hangs_at_the_fork_is_killed_and_the_step_is_started_cold(
    make: Callable[..., ProcessTarget], job: Callable[..., Job], poison: str, tmp_path: Path
) -> None:
    target = ready(make(Grade("poisoned", (poison,), probe="polars", canary=0.0, patience=0.5)), "poisoned")
    one = job(mark(tmp_path / "marks"))
    (tmp_path / "marks.go").touch()

    assert run(target, one)["status"] == "completed"

    assert is_cold(one)
    assert (tmp_path / "marks").read_text() == "ran\n"
    until(lambda: warmth(target, "poisoned").state is State.OFF, "the second hang")
    assert warmth(target, "poisoned").hangs == 2
    assert "forked processes hang" in target.notices()[0]


def test_a_library_that_starts_a_thread_is_not_forked_from(
    make: Callable[..., ProcessTarget], job: Callable[..., Job], poison: str, tmp_path: Path
) -> None:
    (tmp_path / "libraries" / "poison.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
    )
    target = ready(make(Grade("poisoned", (poison,), canary=0.0)), "poisoned")

    assert "has started a thread" in warmth(target, "poisoned").notice
    assert run(target, job("def run(): pass"))["status"] == "completed"


def fork_server(target: ProcessTarget, grade: str = "plain") -> int:
    """The process id of the fork server that runs now."""
    found = until(lambda: warmth(target, grade).pid, "the fork server")
    assert found is not None
    return found


def test_a_killed_fork_server_only_delays_starts(
    make: Callable[..., ProcessTarget], job: Callable[..., Job], tmp_path: Path
) -> None:
    target = ready(make(PLAIN))
    (tmp_path / "marks.go").touch()
    jobs = [job(mark(tmp_path / "marks")) for _ in range(50)]

    handles = []
    for number, one in enumerate(jobs):
        if number in (5, 25):
            os.kill(fork_server(target), signal.SIGKILL)
        handles.append(target.start(one))

    assert [ended(target, handle) for handle in handles] == [Exited(0)] * 50
    assert (tmp_path / "marks").read_text() == "ran\n" * 50
    assert warmth(target).deaths == 2
    assert warmth(target).state is State.OFF
    assert "died twice" in target.notices()[0]
    assert is_cold(jobs[-1])


def test_a_fork_server_that_is_killed_once_is_started_again(
    make: Callable[..., ProcessTarget], job: Callable[..., Job]
) -> None:
    target = ready(make(PLAIN))
    first = fork_server(target)
    os.kill(first, signal.SIGKILL)
    until(lambda: warmth(target).pid not in (None, first), "another fork server")
    ready(target)
    one = job("def run(): pass")

    assert run(target, one)["status"] == "completed"

    assert not is_cold(one)
    assert target.notices() == []


def test_a_step_outlives_the_fork_server_it_was_forked_from(
    make: Callable[..., ProcessTarget], job: Callable[..., Job], tmp_path: Path
) -> None:
    target = ready(make(PLAIN))
    one = job(mark(tmp_path / "marks"))
    handle = target.start(one)
    until((tmp_path / "marks").exists, "the start of the step")

    os.kill(fork_server(target), signal.SIGKILL)
    until(lambda: warmth(target).deaths == 1, "its death")

    (tmp_path / "marks.go").touch()
    assert ended(target, handle) == Exited(0)


def test_killed_spares_are_replaced(make: Callable[..., ProcessTarget], job: Callable[..., Job]) -> None:
    target = ready(make(PLAIN))
    root = fork_server(target)
    until(lambda: len(processes.descendants(root)) == 2, "a spare with its child")
    for pid in processes.descendants(root):
        processes.end(pid)
    one = job("def run(): pass")

    assert run(target, one)["status"] == "completed"

    assert not is_cold(one)
    assert (warmth(target).deaths, target.notices()) == (0, [])


def test_the_forking_process_is_replaced_after_some_forks(
    make: Callable[..., ProcessTarget], job: Callable[..., Job]
) -> None:
    target = ready(make(replace(PLAIN, forks=3)))
    parents = []
    for one in [job("import os\ndef run(): print(os.getppid())") for _ in range(12)]:
        handle = target.start(one)
        ended(target, handle)
        parents.append(target.logs(handle, "stdout", 0, 100))
        assert not is_cold(one)

    assert {parents.count(one) for one in parents} <= {1, 2, 3}
    assert len(set(parents)) >= 4
    assert PLAIN.forks == 200
    assert (warmth(target).deaths, target.notices()) == (0, [])


def test_after_a_change_of_packages_the_libraries_are_imported_anew(
    make: Callable[..., ProcessTarget], job: Callable[..., Job], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = tmp_path / "site-packages"
    packages.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(packages))
    monkeypatch.setattr(module, "KEPT", module.KEPT | {"PYTHONPATH"})
    (packages / "changing.py").write_text("VERSION = 1\n")
    target = ready(make(Grade("changing", ("changing",), canary=0.0)), "changing")
    source = "import changing\ndef run(): print(changing.VERSION)"
    first, second, third = job(source), job(source), job(source)
    assert run(target, first)["status"] == "completed"
    before = fork_server(target, "changing")

    (packages / "changing.py").unlink()
    shutil.rmtree(packages / "__pycache__", ignore_errors=True)
    (packages / "changing.py").write_text("VERSION = 22\n")
    (packages / "changing-22.dist-info").mkdir()
    run(target, second)  # may still be forked from the old one
    until(lambda: warmth(target, "changing").pid not in (None, before), "another fork server")
    ready(target, "changing")

    assert run(target, third)["status"] == "completed"
    assert not is_cold(third)
    assert (third.folder / "stdout.log").read_text() == "22\n"
    assert warmth(target, "changing").deaths == 0


def test_fork_server_and_spares_die_with_the_server(tmp_path: Path) -> None:
    server = (
        "import time\n"
        "from designer.settings import Warm\n"
        "from designer.targets.process import ProcessTarget\n"
        "from designer.targets.warm import State, grades_up_to\n"
        "target = ProcessTarget('local', 2, grades=grades_up_to(Warm.PLAIN))\n"
        "target.watch(print)\n"
        "while target.warmth()[0].state is not State.READY: time.sleep(0.01)\n"
        "print(target.warmth()[0].pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    root = Path(processes.__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", server], env={**os.environ, "PYTHONPATH": str(root)}, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    until(lambda: len(processes.descendants(pid)) == 2, "a spare with its child")
    family = [pid, *processes.descendants(pid)]

    process.kill()
    process.wait()

    until(lambda: all(processes.start_time(one) is None for one in family), "the end of all of them")


def test_a_job_with_another_python_gets_it(
    make: Callable[..., ProcessTarget], job: Callable[..., Job], tmp_path: Path
) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -X another "$@"\n')
    python.chmod(0o700)
    target = ready(make(PLAIN))
    one = job("import sys\ndef run(): assert 'another' in sys._xoptions")

    assert run(target, replace(one, python=str(python)))["status"] == "completed", result(one)["error"]
    assert is_cold(one)


@pytest.mark.parametrize(
    ("source", "changes", "grade"),
    [
        ("def run(): pass", {}, "plain"),
        ("import polars as pl", {}, "tables"),
        ("from pandas import DataFrame", {}, "tables"),
        ("import polarsomething", {}, "plain"),
        ("def run(): pass", {"outputs": TABLE}, "tables"),
        ("def run(): pass", {"inputs": {"data": {"path": "/nowhere", "type": "table"}}}, "tables"),
        ("import polars, lightgbm", {}, "learning"),
        ("def run(): pass", {"inputs": {"model": {"path": "/nowhere", "type": "model"}}}, "learning"),
        ("", {"kind": "preview"}, "tables"),
        ("import polars", {"environment": {"OMP_NUM_THREADS": "1"}}, "plain"),
        ("import polars", {"environment": {"PYTHONOPTIMIZE": "1"}}, None),
    ],
)
def test_a_job_gets_the_grade_it_needs(
    job: Callable[..., Job], source: str, changes: dict[str, Any], grade: str | None
) -> None:
    assert grade_for(str(job(source, **changes).folder)) == grade


def test_a_variable_of_the_job_counts_for_the_libraries_it_imports(
    tables: ProcessTarget, job: Callable[..., Job]
) -> None:
    one = job(
        "import polars\ndef run(): assert polars.thread_pool_size() == 3, polars.thread_pool_size()",
        environment={"POLARS_MAX_THREADS": "3"},
    )

    assert run(tables, one)["status"] == "completed", result(one)["error"]
    assert not is_cold(one)


def test_a_spare_that_finds_the_job_taken_leaves_it_alone(
    make: Callable[..., ProcessTarget], job: Callable[..., Job], tmp_path: Path
) -> None:
    target, other = ready(make(PLAIN)), ready(make(PLAIN))
    one = job(mark(tmp_path / "marks"))
    first = target._fork_servers["plain"].start(one.name, str(one.folder), {})
    until((tmp_path / "marks").exists, "the start of the step")

    second = other._fork_servers["plain"].start(one.name, str(one.folder), {})

    assert first is not None
    assert second is not None
    assert second.spare is None
    assert second.who == first.who
    (tmp_path / "marks.go").touch()
    until((one.folder / "result.json").exists, "the end of the step")
    assert (tmp_path / "marks").read_text() == "ran\n"


def test_without_the_setting_nothing_is_kept() -> None:
    assert grades_up_to(Warm.OFF) == ()
    assert grades_up_to(Warm.PLAIN) == (PLAIN,)
    assert [grade.name for grade in grades_up_to(Warm.TABLES) if grade.standing] == ["plain", "tables"]
