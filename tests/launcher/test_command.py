"""What the launcher makes of a command: real processes, but for the supervisor over them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from designer.launcher import command, tables, template
from designer.launcher.failures import Failure
from designer.launcher.values import Roles, write

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("out", "work", "tmp"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "work")
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(signal, "signal", lambda *_: before)  # this process hears what pytest wants it to
    return tmp_path


@pytest.fixture
def run(folder: Path) -> Run:
    """`run(line, outputs={"model": "file"}, inputs=..., files=..., rate=3)` does a job and returns its outputs."""

    def do(
        line: str, outputs: dict[str, str] | None = None, inputs: dict[str, Any] | None = None,
        files: dict[str, str] | None = None, told: dict[str, Any] | None = None, optional: tuple[str, ...] = (), **given: Any,
    ) -> dict[str, Any]:  # fmt: skip
        flowing = {name: {"type": type_, "path": str(path)} for name, (type_, path) in (inputs or {}).items()}
        if files is not None:
            for name, text in files.items():
                (folder / "code" / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / "code" / name).write_text(text)
            flowing[command.SNAPSHOT] = {"type": "folder", "path": str(folder / "code")}
        job = {
            "command": {"line": line, **(told or {})}, "parameters": given, "inputs": flowing,
            "outputs": [{"name": name, "type": type_, "optional": name in optional} for name, type_ in (outputs or {}).items()],
        }  # fmt: skip
        found: dict[str, Any] = command.run(job, str(folder))["outputs"]
        return found

    return do


@pytest.fixture
def table(folder: Path) -> Path:
    write("t", "table", pl.DataFrame({"name": ["a", "b c", None], "n": [1, 2, 3]}), str(folder / "out"), None, Roles())
    return (folder / "out" / "t.arrow").rename(folder / "t.arrow")


def test_a_table_goes_in_as_csv_or_parquet_and_comes_out_as_a_table(run: Run, folder: Path, table: Path) -> None:
    script = (
        "import sys, polars as pl\n"
        "frame = (pl.read_csv if sys.argv[1].endswith('.csv') else pl.read_parquet)(sys.argv[1])\n"
        "frame.with_columns(twice=pl.col('n') * 2).write_csv(sys.argv[2])\n"
    )
    for form in ("csv", "parquet"):
        (folder / "out" / "result.arrow").unlink(missing_ok=True)
        made = run(
            "python twice.py ${{inputs.data}} ${{outputs.result}}", {"result": "table"}, {"data": ("table", table)},
            {"twice.py": script}, {"formats": {"inputs.data": form, "outputs.result": "csv"}},
        )  # fmt: skip
        assert (made["result"]["rows"], [one["name"] for one in made["result"]["columns"]]) == (
            3,
            ["name", "n", "twice"],
        )
        read = tables.open_table(str(folder / "out" / "result.arrow")).to_pylist()
        assert read[1] == {"name": "b c", "n": 2, "twice": 4}
        assert read[2]["name"] is None
        (folder / "tmp" / f"in/data.{form}").unlink()


def test_parameters_are_texts_that_no_shell_reads_again(run: Run, folder: Path) -> None:
    nasty = "a'b\"c $(touch /tmp/pwned-by-a-parameter) `id`; exit 3\n\\ ${HOME} *"
    script = "import json, sys\njson.dump(sys.argv[1:], open('args.json', 'w'))\n"
    run(
        "python show.py --plain ${{inputs.text}} --quoted \"x ${{inputs.text}} y\" --single 'x ${{inputs.text}} y' "
        "$[[--absent ${{inputs.absent}}]] ${{inputs.loud}} ${{inputs.quiet}} --many ${{inputs.many}} ${{inputs.tags}}",
        files={"show.py": script}, told={"flags": {"inputs.loud": ("--loud", ""), "inputs.quiet": ("", "--noise")},
                                         "each": {"inputs.tags": "--tag"}},
        text=nasty, absent=None, loud=True, quiet=False, many=[1.5, "b c"], tags=["x", "y z"],
    )  # fmt: skip
    assert json.loads((folder / "work" / "args.json").read_text()) == [
        "--plain", nasty, "--quoted", f"x {nasty} y", "--single", f"x {nasty} y", "--loud", "--noise",
        "--many", "1.5", "b c", "--tag", "x", "--tag", "y z",
    ]  # fmt: skip
    assert not Path("/tmp/pwned-by-a-parameter").exists()


def test_a_parameter_inside_a_substitution_is_still_only_a_text(run: Run, folder: Path) -> None:
    run('echo "$(printf %s ${{inputs.text}})" > said', text="a;echo-no-such-program;b")
    assert (folder / "work" / "said").read_text() == "a;echo-no-such-program;b\n"


def test_the_folder_is_laid_out_and_only_what_the_command_left_stays(run: Run, folder: Path) -> None:
    files = {"run.sh": "#!/bin/sh\ncat lib/words.txt > made.txt\necho changed >> changed.txt\n",
             "lib/words.txt": "words", "changed.txt": "as it was\n"}  # fmt: skip
    run("./run.sh", files=files)
    left = sorted(str(path.relative_to(folder / "work")) for path in (folder / "work").rglob("*") if path.is_file())
    assert left == ["changed.txt", "made.txt"]
    assert (folder / "work" / "made.txt").read_text() == "words"
    assert (folder / "code" / "changed.txt").read_text() == "as it was\n"


def test_a_missing_output_is_named_and_an_optional_one_is_not_missed(run: Run) -> None:
    with pytest.raises(
        Failure, match=r"Output “model” is missing: the command ended well, but did not write model\.pkl"
    ):
        run("true", {"model": "file"}, told={"formats": {"outputs.model": "pkl"}})
    with pytest.raises(Failure, match=r"Output “plots” is missing: .* wrote nothing into its folder"):
        run("true", {"plots": "folder"})
    assert run("true", {"model": "file"}, optional=("model",)) == {}


def test_an_output_may_be_taken_from_a_place_in_the_working_folder(run: Run, folder: Path) -> None:
    made = run("echo '{\"loss\": 0.5}' > results/metrics.json", {"metrics": "metrics"},
               told={"paths": {"outputs.metrics": "results/metrics.json"}})  # fmt: skip
    assert made["metrics"]["type"] == "metrics"
    assert json.loads((folder / "out" / "metrics.json").read_text()) == {"loss": 0.5}
    with pytest.raises(Failure, match="leads out of the working folder"):
        run("true", {"model": "file"}, told={"paths": {"outputs.model": "../../etc"}})


def test_files_folders_and_objects_are_paths(run: Run, folder: Path) -> None:
    (folder / "in").mkdir()
    (folder / "in" / "a.txt").write_text("a")
    (folder / "digest").write_text("content")
    made = run(
        "test -f ${{inputs.images}}/a.txt && cp ${{inputs.file}} ${{outputs.copy}} && cp -r ${{inputs.images}}/. ${{outputs.all}} "
        "&& case ${{inputs.file}} in *.tsv) ;; *) exit 9;; esac && echo x > ${{outputs.model}}",
        {"copy": "file", "all": "folder", "model": "model"}, {"images": ("images", folder / "in"), "file": ("file", folder / "digest")},
        told={"formats": {"inputs.file": "tsv", "outputs.copy": "tsv"}},
    )  # fmt: skip
    assert (made["copy"]["path"], made["all"]["files"], made["model"]["path"]) == ("out/copy.tsv", 1, "out/model.pkl")


def test_a_command_that_fails_says_with_which_code_and_what_it_said_last(run: Run) -> None:
    with pytest.raises(command.CommandFailed, match=r"ended with exit code 7\.") as raised:
        run("exit 7")
    assert raised.value.exit_code == 7
    with pytest.raises(command.CommandFailed) as raised:
        run("no-such-program-here")
    assert (raised.value.exit_code, "not there" in raised.value.cure) == (127, True)


def test_a_secret_is_not_shown_in_the_log(folder: Path) -> None:
    """In a process of its own: what it prints is what the log would hold."""
    job = {
        "format": "designer.job/1", "name": "att_1", "kind": "command", "source": "module.yaml", "module": "tested",
        "command": {"line": "test ${{inputs.key}} = hidden-12 && echo ${{inputs.name}}"},
        "inputs": {}, "outputs": [], "timeout": None, "grace": 1.0, "options": {},
        "parameters": {"key": {"secret": "key"}, "name": "shown"}, "secrets": ["key"],
    }  # fmt: skip
    home = folder / "attempt"
    home.mkdir()
    (home / "secrets.json").write_text(json.dumps({"key": "hidden-12"}))
    (home / "job.json").write_text(json.dumps(job))
    ended = subprocess.run([sys.executable, "-m", "designer.launcher", str(home)], timeout=60)
    assert ended.returncode == 0
    assert (home / "stdout.log").read_text() == "$ test '***' = *** && echo shown\nshown\n"


def test_a_command_that_is_killed_or_stopped_ends_with_its_whole_tree(folder: Path) -> None:
    for line, stop, expected in (
        ("kill -9 $$", False, ("failed", "SIGKILL")),
        ("sleep 300 & sleep 300", True, ("canceled", None)),
    ):
        home = folder / f"attempt{stop}"
        home.mkdir()
        job = {"format": "designer.job/1", "name": "att_2", "kind": "command", "source": "module.yaml", "module": "tested",
               "command": {"line": line}, "inputs": {}, "outputs": [], "parameters": {}, "timeout": None, "grace": 5.0,
               "options": {}}  # fmt: skip
        (home / "job.json").write_text(json.dumps(job))
        process = subprocess.Popen([sys.executable, "-m", "designer.launcher", str(home)])
        if stop:
            while not (home / "stdout.log").exists() or not (home / "stdout.log").read_text():
                assert process.poll() is None
                os.sched_yield()
            process.send_signal(signal.SIGTERM)
        process.wait(60)
        result = json.loads((home / "result.json").read_text())
        assert (result["status"], result["signal"] if not stop else None) == expected


def test_a_line_that_cannot_be_read_says_where() -> None:
    for line, message in (("a ${{inputs.x", "no end"), ("$[[--x", "no end"), ("$[[ $[[ ${{inputs.x}} ]]", "inside another"),
                          ("$[[--x]]", "no `"), ("${{name}}", "not known"), ("${{parent.inputs.x}}", "not known")):  # fmt: skip
        with pytest.raises(template.Unreadable, match=message):
            template.parse(line)


def test_values_stand_in_a_cell_of_their_own_behind_the_parameters() -> None:
    from types import SimpleNamespace

    from designer.launcher import notebook

    def cell(source: str, *tags: str) -> dict[str, Any]:
        return {"source": source, "metadata": {"tags": list(tags)}}

    read = SimpleNamespace(
        metadata={"kernelspec": {"name": "my-conda", "language": "python"}},
        cells=[cell("old", "injected-parameters"), cell("x = 1", "parameters"), cell("print(x)")],
    )
    notebook.inject(
        read,
        {"x": 2.5, "path": "a'b", "not a name": 1},
        lambda source, metadata: {"source": source, "metadata": metadata},
    )
    assert [one["source"] for one in read.cells] == ["x = 1", '# Parameters\nx = 2.5\npath = "a\'b"', "print(x)"]
    assert notebook.kernel(read) == "python3"
