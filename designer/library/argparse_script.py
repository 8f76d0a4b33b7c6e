"""Reading a Python script with `argparse`: its arguments become ports and parameters. By the syntax tree, nothing is executed."""

import ast
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from designer.library.draft import Draft
from designer.library.literals import Literals, Unreadable, dotted
from designer.library.usage import Role, by_name, together, uses

NAMESPACES = {"args", "opt", "opts", "options", "arguments", "namespace", "flags", "cfg", "params", "parsed"}
"""Names under which the parsed arguments are known in functions that are given them."""

_KINDS = {"int": "integer", "float": "number", "bool": "boolean", "str": "string", "Decimal": "number"}
_BOOLEANS = re.compile(r"str_?to_?bool|str2bool|boolean|strtobool|bool_?arg|parse_bool", re.IGNORECASE)


@dataclass
class Argument:
    """One call of `add_argument`, taken apart."""

    names: list[str]
    line: int
    options: dict[str, Any] = field(default_factory=dict)  # what could be read of its keywords
    unread: set[str] = field(default_factory=set)
    type_name: str = ""
    file_mode: str = ""  # of FileType

    @property
    def flag(self) -> str:
        """The option as the command names it; "" of a positional one."""
        long = [name for name in self.names if name.startswith("--")]
        return (long or self.names)[0] if self.names[0].startswith("-") else ""

    @property
    def dest(self) -> str:
        """The name the script knows it by."""
        return str(self.options.get("dest") or self.flag.lstrip("-") or self.names[0]).replace("-", "_")

    @property
    def action(self) -> str:
        """What happens with it."""
        return str(self.options.get("action", "store"))


def has_arguments(tree: ast.AST) -> bool:
    """Whether a script has arguments of argparse."""
    return any(isinstance(node, ast.Call) and _called(node) == "add_argument" for node in ast.walk(tree))


def read_arguments(tree: ast.Module, draft: Draft, script: str) -> None:
    """Put the arguments of a script into the draft, and its command."""
    literals = Literals(_constants(tree))
    parsed = _namespaces(tree)

    def name_of(node: ast.AST) -> str:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in parsed:
            return node.attr
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id in parsed:
            return str(node.slice.value) if isinstance(node.slice, ast.Constant) else ""
        return ""

    used = uses(tree, name_of)
    positional: list[str] = []
    optional: list[str] = []
    for argument in _arguments(tree, draft, literals):
        piece = _put(argument, draft, used)
        if piece:
            (optional if argument.flag else positional).append(piece)
    draft.declaration["command"] = " ".join(["python", shlex.quote(script), *positional, *optional])


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    return {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
    }


def _namespaces(tree: ast.AST) -> set[str]:
    """Names that hold what was parsed."""
    found = set(NAMESPACES)
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            inner = node.value.args[0] if _called(node.value) == "vars" and node.value.args else node.value
            if isinstance(inner, ast.Call) and _called(inner) in ("parse_args", "parse_known_args"):
                for target in node.targets:
                    names = target.elts[:1] if isinstance(target, ast.Tuple) else [target]
                    found |= {one.id for one in names if isinstance(one, ast.Name)}
    return found


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else dotted(node.func).rpartition(".")[2]


def _arguments(tree: ast.AST, draft: Draft, literals: Literals) -> Iterator[Argument]:
    """The arguments, in the order of the file; those of sub-commands are named as left out."""
    sub: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _called(node.value) == "add_parser":
            sub |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _called(node) == "add_argument"]
    seen: set[str] = set()
    told = False
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        if isinstance(owner, ast.Name) and owner.id in sub:
            if not told:
                draft.say(
                    "sub_commands",
                    "Arguments of sub-commands are left out.",
                    "Write the command by hand, with the sub-command.",
                    call.lineno,
                )
            told = True
            continue
        argument = _read(call, literals, draft)
        if argument is None:
            continue
        if argument.dest in seen:
            draft.say("argument_twice", f"`{argument.dest}` is defined twice; the first one counts.", "", call.lineno)
            continue
        seen.add(argument.dest)
        yield argument


def _read(call: ast.Call, literals: Literals, draft: Draft) -> Argument | None:
    names = []
    for one in call.args:
        try:
            names.append(literals.fold(one))
        except Unreadable:
            names.append(None)
    if not names or not all(
        isinstance(name, str) and re.fullmatch(r"-{0,2}[A-Za-z][A-Za-z0-9_-]{0,99}", name) for name in names
    ):
        draft.say(
            "argument_unread", "An argument whose name is computed cannot be read.", "Add it by hand.", call.lineno
        )
        return None
    argument = Argument([str(name) for name in names], call.lineno)
    for keyword in call.keywords:
        if keyword.arg is None:
            argument.unread.add("**")
        elif keyword.arg == "type":
            argument.type_name, argument.file_mode = _type(keyword.value)
        elif keyword.arg == "action" and not isinstance(keyword.value, ast.Constant):
            argument.options["action"] = dotted(keyword.value).rpartition(".")[2] or "?"
        elif keyword.arg == "nargs" and dotted(keyword.value):
            argument.options["nargs"] = {"OPTIONAL": "?", "ZERO_OR_MORE": "*", "ONE_OR_MORE": "+"}.get(
                dotted(keyword.value).rpartition(".")[2], "..."
            )
        else:
            try:
                argument.options[keyword.arg] = _folded(keyword.value, literals)
            except Unreadable:
                argument.unread.add(keyword.arg)
    return argument


def _folded(node: ast.expr, literals: Literals) -> Any:
    """A literal; also the few calls that stand for lists, and paths for their texts."""
    if isinstance(node, ast.Call):
        called = dotted(node.func).rpartition(".")[2]
        if called in ("Path", "str") and len(node.args) == 1:
            return _folded(node.args[0], literals)
        if called in ("list", "tuple", "sorted", "set") and len(node.args) == 1:
            return list(_folded(node.args[0], literals))
        if called == "range" and 1 <= len(node.args) <= 3:
            bounds = [literals.fold(one) for one in node.args]
            if all(isinstance(one, int) and abs(one) < 10_000 for one in bounds) and 0 not in bounds[2:]:
                return list(range(*bounds))[:1_000]
    if isinstance(node, ast.Set):
        return [literals.fold(one) for one in node.elts]
    return literals.fold(node)


def _type(node: ast.expr) -> tuple[str, str]:
    """The name of a `type=`, and the mode of a FileType."""
    if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] == "FileType":
        modes = [*node.args[:1], *(one.value for one in node.keywords if one.arg == "mode")]
        return "FileType", str(modes[0].value) if modes and isinstance(modes[0], ast.Constant) else "r"
    return dotted(node).rpartition(".")[2] or "?", ""


def _put(argument: Argument, draft: Draft, used: dict[str, Role]) -> str:
    """Put one argument into the draft; its piece of the command."""
    action = argument.action
    if action in ("help", "version"):
        return ""
    if action in ("store_const", "append_const", "count", "?") or action not in (
        "store", "store_true", "store_false", "append", "extend", "BooleanOptionalAction",
    ):  # fmt: skip
        draft.say(
            "argument_action",
            f"`{argument.dest}`: its action {action} is left out.",
            "Write it into the command by hand.",
            argument.line,
        )
        return ""
    if argument.options.get("nargs") in ("...", "A..."):
        draft.say("argument_rest", f"`{argument.dest}` takes the rest of the line, and is left out.", "", argument.line)
        return ""
    if action in ("store_true", "store_false", "BooleanOptionalAction"):
        return _switch(argument, draft)
    about = _about(argument, draft)
    role = _role(argument, about, used)
    for key in sorted(argument.unread & {"default", "choices", "nargs", "required"}):
        draft.say(
            "argument_unread",
            f"`{argument.dest}`: its {key} is computed, and cannot be read.",
            "Set it here.",
            argument.line,
        )
    place = draft.put(argument.dest, role, about, argument.line)
    piece = f"{argument.flag} {place}" if argument.flag and "each" not in about else place
    return f"$[[{piece}]]" if about.get("optional") else piece


def _role(argument: Argument, about: dict[str, Any], used: dict[str, Role]) -> Role:
    """What an argument is: a port where it is certain or likely that it is a path, else a parameter."""
    plain = about["type"] == "string" and "enum" not in about
    if (
        not plain
        or argument.action == "append"
        or isinstance(argument.options.get("nargs"), int)
        or argument.options.get("nargs") in ("*", "+")
    ):
        return Role("parameter")
    default = argument.options.get("default")
    help_ = str(argument.options.get("help") or "")
    if argument.type_name == "FileType":
        side = "output" if re.search(r"[wax]", argument.file_mode) else "input"
        guessed = Role(
            side,
            by_name(argument.dest, default, help_, is_path=True).type,
            "",
            f"its type is FileType({argument.file_mode!r})",
        )
        return together(used, argument.dest, guessed)
    guessed = by_name(argument.dest, default, help_, is_path=argument.type_name in ("Path", "PurePath", "PosixPath"))
    return together(used, argument.dest, guessed)


def _about(argument: Argument, draft: Draft) -> dict[str, Any]:
    """The declaration of an argument that takes a value."""
    options = argument.options
    type_ = _KINDS.get(argument.type_name, "string")
    if _BOOLEANS.search(argument.type_name):
        type_ = "boolean"
    default, choices = options.get("default"), options.get("choices")
    about: dict[str, Any] = {"type": type_}
    if isinstance(choices, list | tuple) and choices and all(isinstance(one, str | int | float) for one in choices):
        about = {"type": "choice", "enum": list(choices)}
    if argument.type_name == "bool":
        draft.say("argument_bool", f"`{argument.dest}` has type=bool, for which any text is true.",
                  "False is handed over as an empty text. Better: action=argparse.BooleanOptionalAction.", argument.line)  # fmt: skip
        about |= (
            {"flag": f"{argument.flag} True".strip(), "no_flag": f"{argument.flag} ''".strip()} if argument.flag else {}
        )
    several = (
        argument.action in ("append", "extend")
        or options.get("nargs") in ("*", "+")
        or isinstance(options.get("nargs"), int)
    )
    if several:
        item = "choice" if "enum" in about else about["type"]
        about = {"type": "list", **({"enum": about["enum"]} if "enum" in about else {"item": item})}
        if argument.action == "append" and argument.flag:
            about["each"] = argument.flag
        default = [default] if default is not None and not isinstance(default, list | tuple) else default
        default = list(default) if default is not None else None
    elif type_ == "number" and isinstance(default, int) and not isinstance(default, bool):
        default = float(default)
    elif type_ == "string" and default is not None and "enum" not in about:
        default = str(default)
    elif type_ == "integer" and isinstance(default, float):
        about["type"] = "number"
    if default is not None:
        about["default"] = default
    required = options.get("required") is True or (not argument.flag and options.get("nargs") not in ("?", "*"))
    if not required and default is None:
        about["optional"] = True
    elif (
        not required
        and type_ == "string"
        and "enum" not in about
        and not several
        and by_name(argument.dest, default).side == "input"
    ):
        about["optional"] = True  # as a port: without a wire the script takes its own default
    text = re.sub(r"\s*\(?default:?\s*%\(default\)s\)?", "", str(options.get("help") or "")).replace("%%", "%").strip()
    if text:
        about["description"] = text[:1_000]
    if about.get("flag") is not None and "default" not in about:
        about["default"] = False
        about.pop("optional", None)
    return about


def _switch(argument: Argument, draft: Draft) -> str:
    """A boolean that is there or not."""
    off = argument.action == "store_false"
    flags = {"flag": argument.flag, "no_flag": ""}
    if off:
        flags = {"flag": "", "no_flag": argument.flag}
    elif argument.action == "BooleanOptionalAction":
        flags = {"flag": argument.flag, "no_flag": f"--no-{argument.flag.lstrip('-')}"}
    default = argument.options.get("default")
    about: dict[str, Any] = {"type": "boolean", "default": default if isinstance(default, bool) else off}
    about |= {key: word for key, word in flags.items() if word}
    if argument.options.get("help"):
        about["description"] = str(argument.options["help"])[:1_000]
    return draft.put(argument.dest, Role("parameter"), about, argument.line)
