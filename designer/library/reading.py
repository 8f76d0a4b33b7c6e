"""Reading whatever file a person gives, into a draft of a module. By reading only: nothing is imported, run or installed."""

import ast
import re
import shlex
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from designer.graph.conda import from_conda
from designer.graph.environment import from_requirements
from designer.graph.findings import Finding, Severity
from designer.library import argparse_script
from designer.library.component import read_component, write_component
from designer.library.draft import Draft
from designer.library.imports import imported, local_names, packages
from designer.library.notebook_file import read_notebook
from designer.library.read import read_module
from designer.library.yaml_text import Text, YamlUnreadable

RUNNERS = {
    ".R": "Rscript",
    ".r": "Rscript",
    ".sh": "bash",
    ".bash": "bash",
    ".jl": "julia",
    ".pl": "perl",
    ".js": "node",
}
"""By suffix, the program that runs a script."""

READ = (".py", ".ipynb", ".yaml", ".yml", *RUNNERS)
MOST_TEXT = 1_000_000
BLOCK = re.compile(r"^(#|//|--)[ ]/// designer[ ]*$")


def candidates(files: Sequence[str]) -> list[str]:
    """The files of a folder that can be a module, the likeliest first."""

    def rank(path: str) -> tuple[int, int, str]:
        name = PurePosixPath(path).name.lower()
        likely = ("component.yaml", "component.yml", "module.yaml", "main.py", "train.py", "run.py", "main.r", "run.sh")
        place = likely.index(name) if name in likely else len(likely) + READ.index(PurePosixPath(path).suffix)
        return path.count("/"), place, path

    return sorted((path for path in files if PurePosixPath(path).suffix in READ), key=rank)


def read_file(folder: Path, entry: str, files: Sequence[str], keep: Callable[[str], str]) -> Draft:
    """What a file of a folder is as a module.

    Args:
        folder: holds the file and nothing that does not count.
        entry: the file.
        files: all files of the folder.
        keep: gives the digest of the folder (""), or of one inside it, for the module to have as its own.
    """
    data = (folder / entry).read_bytes()
    name = name_of(PurePosixPath(entry).stem)
    suffix = PurePosixPath(entry).suffix
    draft = Draft("command", "", name, entry)
    if suffix == ".ipynb":
        draft.what = "notebook"
        _name(draft)
        read_notebook(data, draft, local_names(files))
    else:
        text = _text(data, draft)
        if text is None:
            return draft
        if suffix == ".py":
            _python(text, draft, files)
        elif suffix in (".yaml", ".yml"):
            _component(text, draft, folder, keep)
        else:
            draft.what = "script"
            _name(draft)
            _declared(text, draft, RUNNERS.get(suffix, "sh"))
    if draft.kind == "command":
        _software(draft, folder, files)
        if draft.what != "component":
            draft.declaration["code"] = keep("")
    return draft


def checked(draft: Draft, category: str = "Custom") -> tuple[str, Any, tuple[Finding, ...]]:
    """The text of a draft, the specification it makes, and all findings."""
    if draft.kind == "function":
        spec, findings = read_module(draft.source, draft.name, 1, category)
        return draft.source, spec, (*draft.findings, *findings)
    if any(finding.severity is Severity.ERROR for finding in draft.findings):
        return "", None, tuple(draft.findings)
    text = write_component(draft.declaration)
    spec, findings = read_component(text, draft.name, 1, category)
    findings = tuple(
        Finding(one.code, one.message, one.cure, one.severity) for one in findings
    )  # lines of our own text
    known = {one.message for one in draft.findings}
    return text, spec, (*draft.findings, *(one for one in findings if one.message not in known))


def name_of(stem: str) -> str:
    """A file's name as a module's."""
    name = re.sub(r"[^a-z0-9]+", "_", re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", stem).lower()).strip("_")[:60]
    return (f"module_{name}" if name[:1].isdigit() else name) or "my_module"


def _name(draft: Draft, title: str = "", description: str = "") -> None:
    draft.declaration["name"] = draft.name
    draft.declaration["display_name"] = title or draft.name.replace("_", " ").capitalize()
    if description:
        draft.declaration["description"] = description


def _text(data: bytes, draft: Draft) -> str | None:
    if len(data) > MOST_TEXT:
        draft.say("source_too_large", f"The file has more than {MOST_TEXT:,} bytes.", severity=Severity.ERROR)
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        draft.say("not_utf8", "The file is not UTF-8.", "Save it as UTF-8.", line, Severity.ERROR)
        return None


# Python


def _python(text: str, draft: Draft, files: Sequence[str]) -> None:
    """A function module, a script with a declaration of its own, one with argparse, or any other."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as problem:
        line = getattr(problem, "lineno", 0) or 0
        draft.what = "Python script"
        draft.say(
            "syntax_error",
            f"The source cannot be read: {getattr(problem, 'msg', None) or problem}.",
            "",
            line,
            Severity.ERROR,
        )
        return
    block = _block(text)
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    spec, _findings = read_module(text, draft.name) if "run" in functions and block is None else (None, ())
    if "run" in functions and block is None and (spec is not None or not argparse_script.has_arguments(tree)):
        draft.kind, draft.what, draft.source = "function", "function module", text
        return
    title, _, rest = (ast.get_docstring(tree) or "").strip().partition("\n")
    short = title.strip().rstrip(".")
    _name(
        draft,
        short if 0 < len(short) <= 50 else "",
        (rest.strip() if len(short) <= 50 else f"{title}\n{rest}".strip())[:5_000],
    )
    dependencies, python = _script_block(text)
    draft.declaration["dependencies"] = dependencies or packages(imported([tree]), local_names(files))
    if python:
        draft.declaration["python"] = python
    if block is not None:
        draft.what = "script with a declaration"
        _declared(text, draft, "python")
    elif argparse_script.has_arguments(tree):
        draft.what = "Python script with argparse"
        argparse_script.read_arguments(tree, draft, draft.entry)
    else:
        draft.what = "Python script"
        draft.declaration["command"] = f"python {shlex.quote(draft.entry)}"
        others = {"click", "typer", "fire", "docopt", "absl"} & set(imported([tree]))
        draft.say("no_arguments", f"Arguments of {others.pop()} are not read." if others else "The script has no arguments of argparse.",
                  "Add its ports and parameters, and name them in the command.")  # fmt: skip


def _script_block(text: str) -> tuple[list[str], str]:
    """What a PEP 723 block asks for."""
    spec, _ = read_module(f"{_pep723(text)}\ndef run() -> None: ...\n", "script")
    return (list(spec.dependencies), spec.requires_python) if spec else ([], "")


def _pep723(text: str) -> str:
    found = re.search(r"(?m)^# /// script\s*$\n(?:#(?: .*)?\n)+?# ///\s*$", text)
    return found[0] if found else ""


# Scripts that say themselves what they are


def _block(text: str) -> tuple[str, int] | None:
    """The YAML in the comments between `# /// designer` and `# ///`, and the line it begins on."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        begin = BLOCK.match(line)
        if begin is None:
            continue
        mark = begin[1]
        found: list[str] = []
        for inner in lines[number + 1 :]:
            if inner.rstrip() == f"{mark} ///":
                return "\n".join(found), number + 1
            if not inner.startswith(mark):
                break
            found.append(inner[len(mark) :].removeprefix(" "))
        return "\n".join(found), number + 1
    return None


def _declared(text: str, draft: Draft, runner: str) -> None:
    """A script with a declaration in its comments, or none."""
    block = _block(text)
    script = f"{runner} {shlex.quote(draft.entry)}"
    if block is None:
        draft.declaration["command"] = script
        draft.say("no_declaration", "The script does not say what it takes and gives.",
                  "Add its ports and parameters here, or in comments between `# /// designer` and `# ///`.")  # fmt: skip
        return
    try:
        found = Text(block[0]).value
    except YamlUnreadable as problem:
        draft.say("not_yaml", problem.message, "", block[1] + problem.line, Severity.ERROR)
        return
    if not isinstance(found, Mapping):
        draft.say(
            "not_yaml", "The declaration names nothing.", "Write `inputs:` and `outputs:`.", block[1], Severity.ERROR
        )
        return
    draft.declaration |= found
    if "command" not in found:
        draft.declaration["command"] = " ".join([script, *_all_places(found)])


def _all_places(found: Mapping[str, Any]) -> list[str]:
    """Inputs first, then outputs, in their order."""
    sides = [(side, found.get(side)) for side in ("inputs", "outputs")]
    return [f"${{{{{side}.{name}}}}}" for side, entries in sides if isinstance(entries, Mapping) for name in entries]


# Components


def _component(text: str, draft: Draft, folder: Path, keep: Callable[[str], str]) -> None:
    """A component file of Azure ML, or our own."""
    draft.what = "component"
    try:
        found = Text(text)
    except YamlUnreadable as problem:
        draft.say("not_yaml", problem.message, "", problem.line, Severity.ERROR)
        return
    if not isinstance(found.value, Mapping):
        draft.say("component_shape", "This is not the declaration of a command.", severity=Severity.ERROR)
        return
    value = dict(found.value)
    if isinstance(value.get("name"), str):
        draft.name = name_of(value["name"])
    spec, findings = read_component(text, draft.name)
    draft.findings += [one for one in findings if one.code not in ("code_folder", "not_taken")]
    _azure_environment(value, draft, folder, found)
    for key in ("environment", "resources", "limits", "distribution", "services", "identity", "properties"):
        if value.pop(key, None) is not None and key != "environment":
            draft.say("not_taken", f"`{key}` is left out.", "Set it at the node.", found.line((key,)))
    code = value.pop("code", None)
    if code is not None:
        value["code"] = _code(code, draft, folder, keep, found.line(("code",)))
    if isinstance(value.get("version"), str):  # Azure ML's; here each save counts one further
        value.pop("version")
    value |= {
        "name": draft.name,
        "display_name": value.get("display_name") or draft.name.replace("_", " ").capitalize(),
    }
    if spec is not None and spec.command is not None:
        value["command"] = spec.command.line or value.get("command")
    for side in ("inputs", "outputs"):
        for name in value[side] if isinstance(value.get(side), Mapping) else ():
            draft.lines[f"{side}.{name}"] = found.line((side, name))
    draft.declaration = value


def _code(code: Any, draft: Draft, folder: Path, keep: Callable[[str], str], line: int) -> str:
    """The digest of the folder that a component names, beside itself."""
    place = (PurePosixPath(draft.entry).parent / str(code)).as_posix()
    inside = (folder / place).resolve()
    if not isinstance(code, str) or not inside.is_relative_to(folder.resolve()) or not inside.is_dir():
        draft.say("code_folder", f"`code: {str(code)[:100]}` names a folder that is not there.",
                  "Pack the file together with its folder into a zip file, and add that.", line, Severity.ERROR)  # fmt: skip
        return ""
    relative = inside.relative_to(folder.resolve()).as_posix()
    return keep("" if relative == "." else relative)


def _azure_environment(value: dict[str, Any], draft: Draft, folder: Path, found: Text) -> None:
    """The packages of an `environment:` of Azure ML, where they are there."""
    environment = value.get("environment")
    line = found.line(("environment",))
    if isinstance(environment, str):
        draft.say(
            "environment_name",
            f"The environment {environment[:100]} is not there.",
            "Check the packages below, which are guessed.",
            line,
        )
        return
    if not isinstance(environment, Mapping):
        return
    conda = environment.get("conda_file")
    text = ""
    if isinstance(conda, str):
        path = (folder / conda).resolve()
        if path.is_relative_to(folder.resolve()) and path.is_file():
            text = path.read_bytes()[:MOST_TEXT].decode("utf-8", "replace")
        else:
            draft.say(
                "conda_file", f"The file {conda[:100]} is not in the folder.", "Add it, or name the packages.", line
            )
    elif isinstance(conda, Mapping):
        import yaml

        text = yaml.safe_dump(conda)
    if text:
        declaration, findings = from_conda(text)
        draft.findings += [Finding(one.code, one.message, one.cure, one.severity) for one in findings]
        value["dependencies"] = list(declaration.requirements)
        if declaration.python:
            value["python"] = declaration.python
    if environment.get("image"):
        draft.say("environment_image", f"The image {str(environment['image'])[:100]} is left out.",
                  "Choose a compute target that runs steps in it.", line)  # fmt: skip


def _software(draft: Draft, folder: Path, files: Sequence[str]) -> None:
    """Packages that a file of the folder names count more than what is guessed from imports."""
    declared = draft.declaration
    top = PurePosixPath(draft.entry).parent.as_posix()
    places = [
        f"{base}{name}"
        for base in ({"" if top == "." else f"{top}/", ""})
        for name in ("requirements.txt", "conda.yaml", "conda.yml", "environment.yml")
    ]
    place = next((one for one in places if one in files), None)
    if place is not None and draft.what != "component" and not _pep723(_safe(folder / draft.entry)):
        text = _safe(folder / place)
        found, findings = from_requirements(text) if place.endswith(".txt") else from_conda(text)
        draft.findings += [Finding(one.code, f"{place}: {one.message}", one.cure, Severity.WARNING) for one in findings]
        extra = [one for one in declared.get("dependencies", []) if one in ("ipykernel", "nbclient")]
        declared["dependencies"] = sorted({*found.requirements, *extra})
        if found.python:
            declared["python"] = found.python
        draft.guesses["dependencies"] = f"they stand in {place}"
    elif declared.get("dependencies") and draft.what.startswith(("Python", "notebook")):
        draft.guesses.setdefault("dependencies", "the file imports them")


def _safe(path: Path) -> str:
    return path.read_bytes()[:MOST_TEXT].decode("utf-8", "replace")
