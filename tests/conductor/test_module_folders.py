"""Folders of modules beside the server, under git: what changes is taken in, and where it came from is kept."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from designer.actions import module_folders, runs, storage
from designer.actions.module_folders import FolderWatch
from designer.contract.runs import SentCopy, SubmitRun
from designer.library import git
from tests.conductor.conftest import Conducted, conducting
from tests.home import home, wait_for

DECLARATION = """display_name: Say a Word
outputs:
  word: {type: metrics}
command: bash say.sh ${{outputs.word}}
code: .
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """The folder of modules, a working copy of git."""
    folder = tmp_path / "server" / "library"
    (folder / "words" / "say").mkdir(parents=True)
    (folder / "words" / "say" / "component.yaml").write_text(DECLARATION)
    (folder / "words" / "say" / "say.sh").write_text('echo \'{"word": "first"}\' > $1\n')
    (folder / "words" / "plain.py").write_text(
        "from designer.module import Metrics\ndef run() -> Metrics: return {'n': 1}\n"
    )
    return folder


@pytest.fixture
def watched(tmp_path: Path, mine: Path) -> Iterator[Conducted]:
    with home(tmp_path / "server") as inst, conducting(inst) as found:
        yield found


def commit(folder: Path, message: str) -> None:
    if shutil.which("git") is None:
        pytest.skip("git is missing")
    who = ("-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "init.defaultBranch=trunk")
    if not (folder / ".git").exists():
        subprocess.run(["git", "-C", folder, *who, "init", "-q"], check=True)
        address = "https://someone:secret@example.com/team/words.git"
        subprocess.run(["git", "-C", folder, "remote", "add", "origin", address], check=True)
    subprocess.run(["git", "-C", folder, "add", "-A"], check=True)
    subprocess.run(["git", "-C", folder, *who, "commit", "-q", "-m", message], check=True)


DOCUMENT = {
    "format": "designer.pipeline/1",
    "name": "x",
    "nodes": {"say": {"module": "say@1"}, "plain": {"module": "plain@1"}},
}


def test_a_changed_file_is_taken_in_and_a_run_knows_where_it_came_from(watched: Conducted, mine: Path) -> None:
    commit(mine, "first")
    watch = FolderWatch(watched.inst)
    assert watch.look()
    assert not watch.look()
    run = watched.run(DOCUMENT)
    assert {one.status for one in run.steps.values()} == {"completed"}, [one.error for one in run.steps.values()]
    (copy,) = run.git
    assert (copy.folder, copy.repository, copy.branch, copy.dirty) == (
        "library", "https://example.com/team/words.git", "trunk", False,
    )  # fmt: skip
    assert len(copy.commit) == 40
    before = watched.inst.library.spec("say")
    (mine / "words" / "say" / "say.sh").write_text('echo \'{"word": "second"}\' > $1\n')
    (mine / "words" / "new.py").write_text("def run() -> None: ...\n")
    assert watch.look()
    after = watched.inst.library.spec("say")
    assert before is not None
    assert after is not None
    assert before.digest != after.digest
    assert watched.inst.library.spec("new@1") is not None
    assert {one.name for one in watched.events if one.kind == "module"} >= {"say", "new"}
    again = watched.run(DOCUMENT)
    assert (again.steps["say"].status, again.steps["plain"].status) == ("completed", "reused")
    assert again.git[0].dirty
    commit(mine, "second")
    assert watch.look()
    storage.clean(watched.inst, now=True)
    storage.sweep_bytes(watched.inst)
    last = watched.run(DOCUMENT, regenerate=True)
    assert (last.steps["say"].status, last.git[0].dirty, last.git[0].commit != copy.commit) == (
        "completed",
        False,
        True,
    )
    (mine / "words" / "new.py").unlink()
    assert watch.look()
    assert watched.inst.library.spec("new") is None


def test_the_watch_notices_by_itself(watched: Conducted, mine: Path) -> None:
    watch = FolderWatch(watched.inst)
    watch.start()
    try:
        wait_for("the first look", lambda: watch._seen, 20)
        (mine / "words" / "later.py").write_text("def run() -> None: ...\n")
        wait_for("the new module", lambda: watched.inst.library.spec("later"), 20)
    finally:
        watch.stop()


def test_a_broken_declaration_is_listed_with_the_rest(watched: Conducted, mine: Path) -> None:
    (mine / "words" / "bad.yaml").write_text("command: ls\nprivileged: true\n")
    (mine / "words" / "say" / "leak").symlink_to("/etc/passwd")
    watched.inst.library.reload()
    said = {one.path: one.findings[0].message for one in watched.inst.library.broken}
    assert "privileged" in said["words/bad.yaml"]
    assert "leads out of the folder" in said["words/say/component.yaml"]


def test_a_document_says_where_it_comes_from_itself(watched: Conducted) -> None:
    sent = SentCopy(folder="pipelines", branch="main", commit="a" * 40, dirty=True)
    run = runs.submit_run(
        watched.inst, SubmitRun(document={**DOCUMENT, "nodes": {"plain": {"module": "plain@1"}}}, git=[sent])
    )
    assert [(one.folder, one.commit, one.dirty) for one in run.git] == [("pipelines", "a" * 40, True)]


def test_git_runs_nothing_that_a_repository_asks_for(tmp_path: Path) -> None:
    folder = tmp_path / "hostile"
    folder.mkdir()
    (folder / "a.txt").write_text("x")
    commit(folder, "x")
    marker = tmp_path / "ran"
    hook = folder / "hook.sh"
    hook.write_text(f"#!/bin/sh\ntouch {marker}\n")
    hook.chmod(0o755)
    for key in ("core.fsmonitor", "core.editor", "core.pager"):
        subprocess.run(["git", "-C", folder, "config", key, str(hook)], check=True)
    found = git.look(folder)
    assert found is not None
    assert found.dirty
    assert not marker.exists()
    assert module_folders.SECONDS > 0
