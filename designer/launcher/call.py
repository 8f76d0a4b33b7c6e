"""Jobs of kind `module`: load the module's file, hand inputs and parameters to `run`, take what it returns."""

import os
import sys

from designer.launcher import parameters, values
from designer.launcher.failures import Failure

TYPE_CHECKING = False  # the real one would import typing, which costs a step milliseconds
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


MODULE = "designer_module"
"""Under which name the step's processes import its module (importable/designer_module.py); one that no package has."""


def run(job: "dict[str, Any]", folder: str, source: str) -> "dict[str, Any]":
    """Do the job; return the outcome."""
    module = load(source)
    function = getattr(module, "run", None)
    if not callable(function):
        raise Failure("ModuleUnreadable", "The module has no function `run`.", "Define `def run(...)`.")
    annotations = _annotations(function)
    arguments: dict[str, Any] = {}
    known = values.Roles()
    for name, spec in (job.get("inputs") or {}).items():
        arguments[name] = values.read(name, spec, annotations.get(name), known)
    _require_inputs(function, arguments)
    secrets = job.get("secrets") or {}
    for name, value in (job.get("parameters") or {}).items():
        if isinstance(value, dict) and value.keys() == {"datastore"}:
            arguments[name] = parameters.datastore(name, value["datastore"], job.get("datastores") or {}, secrets)
            continue
        arguments[name] = parameters.convert(name, parameters.reveal(name, value, secrets), annotations.get(name))
    returned = function(**arguments)
    return {"outputs": hand_over(job.get("outputs") or [], returned, folder, module, known)}


def load(source: str) -> "ModuleType":
    """The module of this file, under its real file name, registered so that pickles carry its classes by value."""
    from types import ModuleType

    module = ModuleType(MODULE)
    module.__file__ = source
    try:
        with open(source, "rb") as file:
            text = file.read()
    except OSError as problem:
        raise Failure("ModuleUnreadable", f"The module's file cannot be read: {problem.strerror}.") from problem
    sys.modules[module.__name__] = module
    code = compile(text, source, "exec", dont_inherit=True)
    exec(code, module.__dict__)  # noqa: S102 - this is the step's own process, which is there to run it
    return module


def _annotations(function: "Any") -> "dict[str, Any]":
    found: dict[str, Any] = dict(getattr(function, "__annotations__", {}))
    if any(isinstance(value, str) for value in found.values()):
        import typing

        try:
            found = typing.get_type_hints(function, include_extras=True)
        except Exception:  # noqa: BLE001 - a name that exists only for type checkers: the values' own types decide
            found = {name: value for name, value in found.items() if not isinstance(value, str)}
    return found


def _require_inputs(function: "Any", arguments: "dict[str, Any]") -> None:
    """Name the first port that has neither a wire nor a default."""
    code = getattr(function, "__code__", None)
    if code is None:
        return
    ports = code.co_varnames[: code.co_argcount]
    needed = ports[: len(ports) - len(function.__defaults__ or ())]
    for name in needed:
        if name not in arguments:
            raise Failure(
                "InputMissing", f"Input “{name}” is not connected.", "Connect it, or give it a default of None."
            )


def hand_over(
    declared: "list[dict[str, Any]]", returned: "Any", folder: str, module: "ModuleType | None", known: "values.Roles"
) -> "dict[str, Any]":
    """Write each declared output; raise `Failure` naming the first one that is missing or of the wrong type."""
    if not declared:
        return {}
    items = (returned,) if len(declared) == 1 else _items(declared, returned)
    outputs = {}
    for port, item in zip(declared, items, strict=True):
        name = str(port["name"])
        if not name.isidentifier():
            raise Failure("JobUnreadable", f'"{name}" is not the name of an output.')
        if item is None and port.get("optional"):
            continue
        outputs[name] = values.write(name, str(port["type"]), item, os.path.join(folder, "out"), module, known)
    return outputs


def _items(declared: "list[dict[str, Any]]", returned: "Any") -> "tuple[Any, ...]":
    names = [str(port["name"]) for port in declared]
    wanted = f"{len(names)} outputs: {', '.join(names)}"
    if isinstance(returned, dict) and set(returned) == set(names):
        return tuple(returned[name] for name in names)
    if not isinstance(returned, tuple | list):
        what = "nothing (None)" if returned is None else f"one value ({type(returned).__name__})"
        missing = names[0] if returned is None else names[1]
        raise Failure(
            "OutputMissing", f"Output “{missing}” was not returned: `run` returned {what}, but has {wanted}.",
            "Return a tuple with one value per output, in that order.",
        )  # fmt: skip
    if len(returned) != len(names):
        missing = names[len(returned)] if len(returned) < len(names) else names[-1]
        problem = (
            f"Output “{missing}” was not returned: `run` returned {len(returned)} values"
            if len(returned) < len(names)
            else f"`run` returned {len(returned)} values"
        )
        raise Failure("OutputMissing", f"{problem}, but has {wanted}.", "Return one value per output, in that order.")
    return tuple(returned)
