"""Builds of environments as processes: two of one lock at once, and ones that are killed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import uv

from designer.launcher import __main__ as launcher
from designer.launcher import terminal
from tests.environments.packages import slow, wheel
from tests.home import wait_for


class Builds:
    """Starts builds of one wish in one place."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.packages = folder / "packages"
        self.place = folder / "place"
        self.note, self.go = folder / "note", folder / "go"
        for made in (self.packages, self.place):
            made.mkdir()
        wheel(self.packages, "tiny")
        slow(self.packages, "slow", self.note, self.go)

    def start(self, name: str, cache: str) -> subprocess.Popen[bytes]:
        """A build with a cache of its own, so that uv itself shares nothing."""
        job = self.folder / name
        job.mkdir()
        options = {"uv": uv.find_uv_bin(), "requirements": ["slow", "tiny"], "python": "", "server": sys.executable,
                   "place": str(self.place), "lock": None, "again": False}  # fmt: skip
        network = {"UV_OFFLINE": "1", "UV_NO_INDEX": "1", "UV_FIND_LINKS": str(self.packages),
                   "UV_CACHE_DIR": str(self.folder / cache)}  # fmt: skip
        (job / "job.json").write_text(json.dumps({
            "format": "designer.job/1", "name": name, "kind": "environment", "timeout": 60, "grace": 1, "outputs": [],
            "options": options, "environment": network,
        }))  # fmt: skip
        return subprocess.Popen([sys.executable, "-s", str(launcher.__file__), str(job)])

    def result(self, name: str) -> dict[str, Any]:
        return json.loads((self.folder / name / "result.json").read_text())

    def began(self) -> int:
        return self.note.read_text().count("began") if self.note.exists() else 0

    def there(self) -> list[str]:
        return [path.name for path in self.place.iterdir() if path.suffix != ".lock"]


@pytest.fixture
def builds(tmp_path: Path) -> Builds:
    return Builds(tmp_path)


def test_two_builds_of_one_lock_make_one_environment(builds: Builds) -> None:
    first = builds.start("first", "cache-1")
    wait_for("the first to install", lambda: builds.began() == 1)
    second = builds.start("second", "cache-2")
    progress = builds.folder / "second" / "progress.json"
    wait_for("the second to wait", lambda: progress.exists() and "another build" in progress.read_text())
    assert builds.began() == 1
    builds.go.touch()

    assert [first.wait(60), second.wait(60)] == [0, 0]
    found = [builds.result(name)["detected"] for name in ("first", "second")]
    assert found[0] == found[1]
    assert builds.there() == [found[0]["lock"].removeprefix("sha256:")]
    assert builds.began() == 1


@pytest.mark.parametrize("victim", ["supervisor", "builder", "uv"])
def test_whoever_is_killed_leaves_nothing_that_can_be_used(builds: Builds, victim: str) -> None:
    build = builds.start("first", "cache")
    wait_for("it to install", lambda: builds.began() == 1)
    tree = [build.pid]
    while children := [child for one in tree[-1:] for child in children_of(one)]:
        tree.append(children[0])
    os.kill(tree[["supervisor", "builder", "uv"].index(victim)], signal.SIGKILL)
    build.wait(60)

    assert [name for name in builds.there() if ".staging" not in name] == []
    if victim == "uv":
        assert "signal 9" in builds.result("first")["error"]["message"]
    builds.go.touch()
    again = builds.start("again", "cache")
    assert again.wait(60) == 0
    assert builds.there() == [builds.result("again")["detected"]["lock"].removeprefix("sha256:")]


def children_of(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


SHOW = r"""
import sys
sys.stderr.write("one\r\n\x1b[2m\u280b Preparing... (1/2)\x1b[0m\r\x1b[2K\u280b Preparing... (2/2)\r\x1b[2Ktwo \x1b[32mgreen\x1b[0m\n")
sys.stderr.write("\u00e4" * 3 + "\n" + "no end")
print("not heard")
sys.exit(3)
"""


def test_lines_and_progress_are_told_apart() -> None:
    lines: list[str] = []
    progress: list[str] = []

    code = terminal.run([sys.executable, "-X", "utf8", "-c", SHOW], lines.append, progress.append)

    assert code == 3
    assert lines == ["one", "two green", "äää", "no end"]
    assert [text[2:] for text in progress] == ["Preparing... (1/2)", "Preparing... (2/2)"]


def test_a_program_that_is_killed_has_a_negative_code() -> None:
    assert terminal.run([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"], print, print) == -9
