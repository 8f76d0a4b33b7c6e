"""What flows through ports, as files: one way to read and one to write per port type."""

import json
import math
import os

from designer.launcher import tables
from designer.launcher.failures import Failure
from designer.launcher.parameters import bare

TYPE_CHECKING = False  # the real one would import typing, which costs a step milliseconds
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

MODELS = {"model": "Model", "untrained_model": "UntrainedModel", "transformation": "Transformation"}

FOLDERS = ("folder", "images")

JSONS = ("metrics", "figure")


class Roles:
    """The column roles of the table inputs of this call, by column name; of two inputs the first one's count."""

    def __init__(self) -> None:
        self.by_name: dict[str, Any] = {}

    def add(self, roles: "dict[str, Any]") -> None:
        """Remember the roles of one more input."""
        for name, role in roles.items():
            self.by_name.setdefault(name, role)

    def of(self, frame: "Any") -> "dict[str, Any]":
        """The roles of an output: those it was given, else those that same-named columns of inputs had."""
        import sys

        if "designer.module.roles" in sys.modules:
            from designer.module.roles import has_roles, roles_of

            if has_roles(frame):
                return roles_of(frame)
        return self.by_name


def read(port: str, spec: "dict[str, Any]", annotation: "Any", known: Roles) -> "Any":
    """The value of an input, in the type the annotation asks for, else the natural one of the artifact's type."""
    path, type_ = str(spec["path"]), str(spec["type"])
    if not os.path.exists(path):
        raise Failure("InputDamaged", f"Input “{port}”: its file is not there.", "Run the step that made it again.")
    kind = bare(annotation)
    if getattr(kind, "__name__", "") == "Path" or type_ == "file" or type_ in FOLDERS:
        from pathlib import Path

        return Path(path)
    try:
        if type_ == "table":
            frame, roles = tables.read(path, tables.flavour(kind) or tables.natural())
            if roles:
                from designer.module.roles import with_roles

                known.add(roles)
                with_roles(frame, roles)
            return frame
        if type_ in JSONS:
            with open(path, "rb") as file:
                return json.loads(file.read())
        return unpickle(path)
    except Failure as problem:
        raise Failure(problem.kind, f"Input “{port}”: {problem.message}", problem.cure) from problem


def unpickle(path: str) -> "Any":
    """The object in a pickle. This runs code: only ever in a step's process."""
    import pickle

    try:
        with open(path, "rb") as file:
            return pickle.load(file)  # noqa: S301 - this is the step's own process
    except ModuleNotFoundError:
        raise
    except Exception as problem:  # a pickle can fail with anything
        raise Failure(
            "InputDamaged", f"The object cannot be read: {type(problem).__name__}: {problem}",
            "Run the step that made it again, with the same package versions as this step.",
        ) from problem  # fmt: skip


def write(port: str, type_: str, value: "Any", out: str, module: "ModuleType | None", known: Roles) -> "dict[str, Any]":
    """Write an output; return its entry in the result. Raises `Failure` where the value does not fit the port type."""
    found = kind_of(value)
    if value is None:
        raise Failure("OutputMissing", f"Output “{port}” was not returned (it is None).", "Return a value for it.")
    plainly = isinstance(value, dict | list)
    if type_ == "any":
        plainly = plainly or isinstance(value, str | int | float)
        type_ = found or ("metrics" if plainly else "model")
    fits = (
        found == type_ or (type_ in (*FOLDERS, "file") and found in (*FOLDERS, "file")) or (type_ in JSONS and plainly)
    )
    if not fits and not (type_ in MODELS and not found):
        raise Failure(
            "OutputWrong", f"Output “{port}” should be {_title(type_)}, but `run` returned {_title_of(value)}.",
            _cure(type_),
        )  # fmt: skip
    path = os.path.join(out, port)
    if type_ == "table":
        entry = tables.write(port, value, path + ".arrow", known.of(value))
        path += ".arrow"
    elif type_ in JSONS:
        path += ".json"
        entry = write_json(value, path)
    elif type_ in MODELS:
        path += ".pkl"
        entry = _pickle(port, value, path, module)
    elif type_ == "file":
        path, entry = _keep_file(port, value, path)
    else:
        entry = _keep_folder(port, value, path)
    return {"type": type_, "path": os.path.join("out", os.path.basename(path)), **entry}


def kind_of(value: "Any") -> str:
    """The port type that a value is of, by its class; empty where that says nothing."""
    if tables.flavour(type(value)):
        return "table"
    for kind in type(value).__mro__:
        if kind.__module__ == "designer.module.values":
            for type_, name in MODELS.items():
                if kind.__name__ == name:
                    return type_
    if hasattr(value, "__fspath__"):
        return "folder" if os.path.isdir(value) else "file"
    return "metrics" if isinstance(value, dict) else ""


_TITLES = {
    "table": "a table", "file": "a file (Path)", "folder": "a folder (Path)", "images": "a folder of images (Path)",
    "model": "a Model", "untrained_model": "an UntrainedModel", "transformation": "a Transformation",
    "metrics": "metrics (dict)", "figure": "a figure (dict)",
}  # fmt: skip


def _title(type_: str) -> str:
    return _TITLES.get(type_, type_)


def _title_of(value: "Any") -> str:
    kind = type(value)
    root = kind.__module__.partition(".")[0]
    return kind.__name__ if root == "builtins" else f"{root}.{kind.__name__}"


def _cure(type_: str) -> str:
    if type_ == "table":
        return "Return a polars or pandas DataFrame, or a pyarrow Table."
    return f"Return {_title(type_)}, or change the return annotation of `run`."


def plain(value: "Any") -> "Any":
    """A value as strict JSON: numbers of other libraries become Python's, NaN and infinities become null."""
    if value is None or isinstance(value, str | bool):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(plain(key)) if not isinstance(key, str) else key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):  # numpy scalars and arrays, series
        return plain(value.tolist())
    if hasattr(value, "to_list"):
        return plain(value.to_list())
    if hasattr(value, "isoformat"):
        return value.isoformat()
    raise TypeError(f"{_title_of(value)} is not JSON")


def write_json(value: "Any", path: str) -> "dict[str, Any]":
    """Write strict JSON; return size and digest."""
    try:
        text = json.dumps(plain(value), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as problem:
        raise Failure(
            "OutputWrong", f"The value cannot be written as JSON: {problem}.", "Return plain numbers and texts."
        ) from (problem)
    return _write(path, [text.encode("utf-8", "backslashreplace")])


def _write(path: str, parts: "list[Any]") -> "dict[str, Any]":
    file = tables.HashingFile(path)
    try:
        for part in parts:
            file.write(part)
    finally:
        file.close()
    return {"size": file.size, "digest": "sha256:" + file.hash.hexdigest()}


def _pickle(port: str, value: "Any", path: str, module: "ModuleType | None") -> "dict[str, Any]":
    """By cloudpickle, with the classes and functions of the module inside: no other step has its source."""
    import cloudpickle

    if module is not None:
        cloudpickle.register_pickle_by_value(module)
    file = tables.HashingFile(path)
    try:
        cloudpickle.dump(value, file, protocol=5)
    except Exception as problem:  # an object can fail to be pickled with anything
        raise Failure(
            "OutputWrong", f"Output “{port}” cannot be stored: {type(problem).__name__}: {problem}",
            "Keep open files, locks, connections and generators out of it.",
        ) from problem  # fmt: skip
    finally:
        file.close()
    return {"size": file.size, "digest": "sha256:" + file.hash.hexdigest()}


def _keep_file(port: str, value: "Any", path: str) -> "tuple[str, dict[str, Any]]":
    """Move (from the step's own folders) or copy the file to its place; it keeps its suffix."""
    from designer.launcher import digests

    source = os.path.abspath(value)
    if os.path.islink(source) or not os.path.isfile(source):
        there = (
            "is a folder"
            if os.path.isdir(source)
            else "is not a regular file"
            if os.path.lexists(source)
            else "is not there"
        )
        raise Failure(
            "OutputWrong", f"Output “{port}”: the file {source!r} {there}.", "Write the file, then return its path."
        )
    import re

    name = os.path.basename(source)
    suffix = re.search(r"(\.tar)?\.[A-Za-z0-9_]{1,16}$", name)
    path += suffix[0] if suffix else ""
    if _is_own(source, path):
        os.rename(source, path)
    else:
        import shutil

        shutil.copyfile(source, path, follow_symlinks=False)
    os.chmod(path, 0o600)
    return path, {"size": os.stat(path).st_size, "digest": digests.of_file(path), "name": name}


def keep_object(port: str, type_: str, path: str, out: str) -> "dict[str, Any]":
    """Take a file that holds an object, as a command wrote it; return its entry in the result."""
    path, entry = _keep_file(port, path, os.path.join(out, port))
    return {"type": type_, "path": os.path.join("out", os.path.basename(path)), **entry}


def _keep_folder(port: str, value: "Any", path: str) -> "dict[str, Any]":
    from designer.launcher import digests

    source = os.path.abspath(value)
    if os.path.islink(source) or not os.path.isdir(source):
        there = "is a file" if os.path.isfile(source) else "is not there"
        raise Failure(
            "OutputWrong", f"Output “{port}”: the folder {source!r} {there}.", "Make the folder, then return its path."
        )
    try:
        if _is_own(source, path) and os.path.dirname(source) != os.path.dirname(os.path.dirname(path)):
            os.rename(source, path)
        else:
            import shutil

            list(digests.files(source))
            shutil.copytree(source, path, symlinks=True)
        digest, size, count = digests.of_folder(path)
    except Failure as problem:
        raise Failure(problem.kind, f"Output “{port}”: {problem.message}", problem.cure) from problem
    return {"size": size, "digest": digest, "files": count}


def _is_own(source: str, path: str) -> bool:
    """Whether the source lies in the job folder's `work` or `tmp`, so that it may be moved."""
    folder = os.path.dirname(os.path.dirname(path))
    return any(source.startswith(os.path.join(folder, name) + os.sep) for name in ("work", "tmp"))
