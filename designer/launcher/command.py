"""Jobs of kind `command`: lay the module's folder out, hand inputs over as files, run the command, take its outputs.

The command runs in a copy of the module's folder, in the step's own process tree. Inputs and outputs are paths; parameters are
texts. Each is a variable of the environment, `DESIGNER_INPUT_<name>` or `DESIGNER_OUTPUT_<name>`, and the command's line
refers to these, so that no value can be read as a command.
"""

import os
import signal
import sys

from designer.launcher import parameters, tables, template, values
from designer.launcher.failures import Failure, show

TYPE_CHECKING = False  # the real one would import typing, which costs a step milliseconds
if TYPE_CHECKING:
    from typing import Any, NoReturn

SNAPSHOT = "@code"
"""Under which name the module's folder is among the inputs of the job: no port has it."""

SUFFIXES = {"csv": ".csv", "parquet": ".parquet", "model": ".pkl", "untrained_model": ".pkl", "transformation": ".pkl",
            "metrics": ".json", "figure": ".json"}  # fmt: skip

NOT_FOUND, NOT_A_PROGRAM = 127, 126
TAIL = 4096


class CommandFailed(Failure):
    """The command ended with an exit code, which the step ends with too."""

    def __init__(self, code: int, message: str, cure: str) -> None:
        super().__init__("CommandFailed", message, cure)
        self.exit_code = code


def run(job: "dict[str, Any]", folder: str) -> "dict[str, Any]":
    """Do the job; return the outcome."""
    told = job["command"]
    inputs = dict(job.get("inputs") or {})
    snapshot = inputs.pop(SNAPSHOT, None)
    laid = lay_out(str(snapshot["path"]), os.getcwd()) if snapshot else {}
    hand = _Hand(job, told, inputs, os.path.join(folder, "tmp"))
    hand.inputs()
    hand.parameters()
    hand.outputs()
    try:
        ended = hand.notebook(folder) if told.get("notebook") else hand.command()
        if ended:
            _fail(ended, os.path.join(folder, "stderr.log"))
        outputs = {port["name"]: made for port in hand.declared if (made := hand.take(port, folder))}
    finally:
        clear_up(os.getcwd(), laid)
    return {"outputs": outputs}


class _Hand:
    """Turns what the job says into variables, and files into outputs."""

    def __init__(self, job: "dict[str, Any]", told: "dict[str, Any]", inputs: "dict[str, Any]", place: str) -> None:
        self.job = job
        self.told = told
        self.files = inputs
        self.place = place
        self.declared: list[dict[str, Any]] = list(job.get("outputs") or [])
        self.variables: dict[str, str] = {}
        self.words: dict[str, template.Words | None] = {}
        self.shown: dict[str, str] = {}  # what a variable shows in the log
        self.paths: dict[str, str] = {}  # of outputs
        self.values: dict[str, Any] = {}  # of all, for a notebook

    def inputs(self) -> None:
        """Hand each input over as a file or a folder."""
        for name, spec in self.files.items():
            self._set("INPUT", f"inputs.{name}", name, self._file(name, str(spec["type"]), str(spec["path"])))

    def _file(self, name: str, type_: str, path: str) -> str:
        """The path of an input, in the form that is asked for."""
        if not os.path.exists(path):
            raise Failure("InputDamaged", f"Input “{name}”: its file is not there.", "Run the step that made it again.")
        form = str(self.told.get("formats", {}).get(f"inputs.{name}", ""))
        if type_ == "table":
            return _write_table(name, path, form or "parquet", self._made(f"in/{name}"))
        suffix = f".{form.lstrip('.')}" if form else SUFFIXES.get(type_, "")
        if suffix and os.path.isfile(path):
            link = self._made(f"in/{name}{suffix}")
            os.symlink(path, link)
            return link
        return path

    def _made(self, path: str) -> str:
        """A path of ours, whose folder is there."""
        whole = os.path.join(self.place, path)
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        return whole

    def parameters(self) -> None:
        """Make each parameter a text, or several."""
        flags, each = self.told.get("flags", {}), self.told.get("each", {})
        for name, given in (self.job.get("parameters") or {}).items():
            key = f"inputs.{name}"
            secret = isinstance(given, dict) and given.keys() == {"secret"}
            value = parameters.reveal(name, given, self.job.get("secrets") or {})
            self.values[name] = value
            if value is None:
                self.words[key] = None
            elif key in flags:
                self._set("INPUT", key, name, _text(value))
                self.words[key] = template.Words(plain=str(flags[key][0 if value else 1])) if any(flags[key]) else None
                if not flags[key][0 if value else 1]:
                    self.words[key] = None
            elif isinstance(value, list):
                self._list(key, name, [_text(one) for one in value], str(each.get(key, "")))
            else:
                self._set("INPUT", key, name, _text(value), "***" if secret else "")

    def _list(self, key: str, name: str, texts: "list[str]", before: str) -> None:
        variables = []
        self.variables[f"DESIGNER_INPUT_{name}"] = " ".join(texts)
        for number, one in enumerate(texts, 1):
            variable = f"DESIGNER_INPUT_{name}_{number}"
            self.variables[variable] = self.shown[variable] = one
            variables.append(variable)
        self.words[key] = template.Words(tuple(variables), before) if texts else None

    def _set(self, side: str, key: str, name: str, text: str, shown: str = "") -> None:
        if "\0" in text:
            raise Failure("ParameterWrong", f'Parameter "{name}" has a NUL character, which no command can be given.')
        variable = f"DESIGNER_{side}_{name}"
        self.variables[variable] = text
        self.shown[variable] = shown or text
        self.words[key] = template.Words((variable,))
        if side == "OUTPUT" or name not in self.values:
            self.values[name] = text

    def outputs(self) -> None:
        """Say where each output is to be written; folders are made."""
        for port in self.declared:
            name, type_ = str(port["name"]), str(port["type"])
            key = f"outputs.{name}"
            form = str(self.told.get("formats", {}).get(key, ""))
            told = str(self.told.get("paths", {}).get(key, ""))
            if told:
                path = os.path.normpath(os.path.join(os.getcwd(), told))
                if not path.startswith(os.getcwd() + os.sep):
                    raise Failure("JobUnreadable", f"Output “{name}”: {told!r} leads out of the working folder.")
                os.makedirs(os.path.dirname(path), exist_ok=True)
            else:
                suffix = f".{form.lstrip('.')}" if form and type_ == "file" else SUFFIXES.get(form or type_, "")
                suffix = suffix or (".parquet" if type_ == "table" else "")
                path = self._made(f"made/{name}{suffix}")
            if type_ in values.FOLDERS:
                os.makedirs(path, exist_ok=True)
            self.paths[name] = path
            self._set("OUTPUT", key, name, path)

    def command(self) -> int:
        """Run the line in a shell; how it ended, as `subprocess` says it."""
        try:
            line = template.render(template.parse(str(self.told.get("line", ""))), self._words_at)
        except template.Unreadable as problem:
            raise Failure("JobUnreadable", f"The command cannot be read: {problem.message}") from problem
        shell = "/bin/bash" if os.path.exists("/bin/bash") else "/bin/sh"
        self._say(line)
        return self._wait([shell, "-c", line])

    def _words_at(self, place: template.Place) -> "template.Words | None":
        return self.words.get(place.key)

    def notebook(self, folder: str) -> int:
        """Run the notebook in a process of its own."""
        import json

        about = os.path.join(self.place, "notebook.json")
        path = self.paths.get("notebook", os.path.join(folder, "work", "notebook.ipynb"))
        plain = {name: value for name, value in self.values.items() if name != "notebook"}
        with open(about, "w", encoding="utf-8") as file:
            json.dump({"notebook": self.told["notebook"], "to": path, "values": plain}, file)
        runner = os.path.join(os.path.dirname(os.path.abspath(__file__)), "notebook.py")
        self._say(f"notebook {self.told['notebook']}")
        return self._wait([sys.executable, runner, about])

    def _say(self, line: str) -> None:
        """Show in the log what is run, with its values."""
        import re
        import shlex

        def value(found: "re.Match[str]") -> str:
            return shlex.quote(self.shown.get(found[1], found[0]))

        shown = re.sub(r'"?\$\{(DESIGNER_(?:INPUT|OUTPUT)_\w+)\}"?', value, line)
        print(f"$ {shown}", flush=True)

    def _wait(self, arguments: "list[str]") -> int:
        import subprocess

        environment = {**os.environ, **self.told.get("variables", {}), **self.variables, "PATH": _path(self.place)}
        started = subprocess.Popen(arguments, env=environment, stdin=subprocess.DEVNULL)
        signal.signal(
            signal.SIGTERM, lambda *_: None
        )  # the whole group hears a cancel; this waits for the command's end
        return started.wait()

    def take(self, port: "dict[str, Any]", folder: str) -> "dict[str, Any] | None":
        """Take an output from its place; None for an optional one that is not there. Raises `Failure`."""
        name, type_ = str(port["name"]), str(port["type"])
        path, out = self.paths[name], os.path.join(folder, "out")
        there = any(os.scandir(path)) if os.path.isdir(path) and not os.path.islink(path) else os.path.lexists(path)
        if not there:
            if port.get("optional"):
                return None
            what = "wrote nothing into its folder" if type_ in values.FOLDERS else f"did not write {_short(path)}"
            raise Failure("OutputMissing", f"Output “{name}” is missing: the command ended well, but {what}.",
                          "Let the command write it there, or declare the output as optional.")  # fmt: skip
        if type_ == "table":
            table = _read_table(name, path)
            return values.write(name, "table", table, out, None, values.Roles())
        if type_ in values.JSONS:
            return values.write(name, type_, _read_json(name, path), out, None, values.Roles())
        if type_ in values.MODELS:
            return values.keep_object(name, type_, path, out)
        from pathlib import Path

        return values.write(name, type_, Path(path), out, None, values.Roles())


def lay_out(source: str, goal: str) -> "dict[str, tuple[int, int]]":
    """Copy the module's folder to where the command works; what was laid there, with time and size."""
    import shutil

    from designer.launcher import digests

    laid = {}
    for relative in digests.files(source):
        path = os.path.join(goal, relative)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copyfile(os.path.join(source, relative), path, follow_symlinks=False)
        with open(path, "rb") as file:
            os.chmod(path, 0o700 if file.read(2) == b"#!" else 0o600)
        seen = os.stat(path)
        laid[relative] = (seen.st_mtime_ns, seen.st_size)
    return laid


def clear_up(goal: str, laid: "dict[str, tuple[int, int]]") -> None:
    """Take away again what was laid there and not changed; what the command left there stays."""
    import shutil

    folders = set()
    for relative, seen in laid.items():
        path = os.path.join(goal, relative)
        try:
            now = os.stat(path, follow_symlinks=False)
            if (now.st_mtime_ns, now.st_size) == seen:
                os.unlink(path)
        except OSError:
            continue
        folder = os.path.dirname(path)
        shutil.rmtree(os.path.join(folder, "__pycache__"), ignore_errors=True)
        while len(folder) > len(goal):
            folders.add(folder)
            folder = os.path.dirname(folder)
    for folder in sorted(folders, key=len, reverse=True):
        try:
            os.rmdir(folder)
        except OSError:
            continue


def _text(value: "Any") -> str:
    """A parameter as the command is given it."""
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, dict) and value.keys() == {"columns"}:
        return ",".join(value["columns"])
    if isinstance(value, dict | list):
        import json

        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _path(place: str) -> str:
    """The PATH of the command: its `python` is the one of this step's environment."""
    folder = os.path.dirname(sys.executable)
    if not os.path.exists(os.path.join(folder, "python")):
        programs = os.path.join(place, "bin")
        os.makedirs(programs, exist_ok=True)
        with open(os.path.join(programs, "python"), "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        os.chmod(file.name, 0o700)
        folder = f"{programs}{os.pathsep}{folder}"
    return f"{folder}{os.pathsep}{os.environ.get('PATH') or os.defpath}"


def _write_table(name: str, path: str, form: str, goal: str) -> str:
    table = tables.open_table(path)
    goal += SUFFIXES[form]
    try:
        if form == "csv":
            import pyarrow.csv

            pyarrow.csv.write_csv(table, goal)
        else:
            import pyarrow.parquet

            pyarrow.parquet.write_table(table, goal)
    except Exception as problem:  # what a format cannot hold, each library says in its own way
        raise Failure(
            "InputWrong", f"Input “{name}” cannot be written as {form}: {problem}", "Let the module ask for parquet."
        ) from problem
    return goal


def _read_table(name: str, path: str) -> "Any":
    try:
        if path.endswith(".csv"):
            import pyarrow.csv

            options = pyarrow.csv.ConvertOptions(strings_can_be_null=True, quoted_strings_can_be_null=False)
            return pyarrow.csv.read_csv(path, convert_options=options)
        import pyarrow.parquet

        return pyarrow.parquet.read_table(path)
    except ModuleNotFoundError:
        raise
    except Exception as problem:  # a damaged file is told by each library in its own way
        raise Failure(
            "OutputWrong", f"Output “{name}”: {_short(path)} is not a table: {problem}",
            f"Let the command write {'CSV' if path.endswith('.csv') else 'Parquet'} there.",
        ) from problem  # fmt: skip


def _read_json(name: str, path: str) -> "Any":
    import json

    try:
        with open(path, "rb") as file:
            found = json.loads(file.read())
    except (OSError, ValueError, RecursionError) as problem:
        raise Failure("OutputWrong", f"Output “{name}”: {_short(path)} is not JSON: {problem}") from problem
    if not isinstance(found, dict | list):
        raise Failure("OutputWrong", f"Output “{name}”: {_short(path)} is neither an object nor a list.")
    return found


def _short(path: str) -> str:
    return os.path.basename(path)


def _fail(ended: int, log: str) -> "NoReturn":
    """Raise what says how the command ended: by a signal this process ends so too."""
    last = _last_line(log)
    said = f" It said: {last}" if last else ""
    if ended < 0:
        show(f"The command was ended by signal {-ended}.")
        if -ended != signal.SIGKILL:
            signal.signal(-ended, signal.SIG_DFL)
        os.kill(os.getpid(), -ended)
        signal.pause()
    cure = "Its log may say why."
    if ended == NOT_FOUND:
        cure = "A program is not there: choose an environment or a compute target that has it."
    elif ended == NOT_A_PROGRAM:
        cure = "A file is no program: begin it with a line `#!`, or name the program that runs it."
    elif ended > 128:
        cure = f"Signal {ended - 128} ended a program of it" + (
            ", perhaps for want of memory." if ended == 137 else "."
        )
    raise CommandFailed(ended, f"The command ended with exit code {ended}.{said}", cure)


def _last_line(log: str) -> str:
    try:
        with open(log, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL))
            lines = file.read().decode("utf-8", "replace").split("\n")
    except OSError:
        return ""
    return next((line.strip()[:500] for line in reversed(lines) if line.strip()), "")
