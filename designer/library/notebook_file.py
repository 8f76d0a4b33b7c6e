"""Reading a notebook: the cell tagged `parameters` becomes ports and parameters. Its code is parsed, never executed."""

import ast
import json
import re
from typing import Any

from designer.graph.findings import Severity
from designer.library.draft import Draft
from designer.library.imports import imported, packages
from designer.library.literals import Literals, Unreadable
from designer.library.usage import Role, by_name, together, uses

TAG = "parameters"
RUNNER = ("ipykernel", "nbclient")
"""What a notebook is run with."""

MOST_BYTES = 50_000_000


def read_notebook(data: bytes, draft: Draft, local: set[str]) -> None:
    """Put the parameters of a notebook into the draft."""
    cells = _cells(data, draft)
    if cells is None:
        return
    trees = [tree for source, _ in cells if (tree := _parsed(source)) is not None]
    whole = ast.Module([statement for tree in trees for statement in tree.body], [])
    tagged = next(((number, source) for number, (source, tags) in enumerate(cells, 1) if TAG in tags), None)
    names: dict[str, ast.expr] = {}
    if tagged is None:
        draft.say("no_parameters", f"No cell is tagged `{TAG}`, so the notebook has no ports and parameters.",
                  f"Add the tag `{TAG}` to the cell that sets them.")  # fmt: skip
    else:
        draft.lines["parameters cell"] = tagged[0]
        tree = _parsed(tagged[1])
        if tree is None:
            draft.say(
                "syntax_error",
                f"The cell tagged `{TAG}` (code cell {tagged[0]}) cannot be read.",
                severity=Severity.ERROR,
            )
        else:
            names = _assigned(tree, draft)
    used = uses(whole, lambda node: node.id if isinstance(node, ast.Name) and node.id in names else "")
    constants: dict[str, ast.expr] = {}
    literals = Literals(constants)
    for name, value in names.items():
        try:
            folded = literals.fold(value)
        except Unreadable as problem:
            draft.say(
                "default_unreadable",
                f"`{name}` is computed, and is no parameter. {problem.message}",
                "Write a literal.",
                problem.line,
            )
            continue
        constants[name] = value
        _put(name, folded, value.lineno, draft, used)
    draft.declaration.setdefault("outputs", {})["notebook"] = {
        "type": "file",
        "format": "ipynb",
        "label": "Notebook as executed",
    }
    draft.declaration["notebook"] = draft.entry
    draft.declaration["dependencies"] = [*packages(imported([whole]), local), *RUNNER]


def _cells(data: bytes, draft: Draft) -> list[tuple[str, list[str]]] | None:
    """The sources and tags of the code cells."""
    try:
        if len(data) > MOST_BYTES:
            raise ValueError("it is too large")
        found = json.loads(data)
        if found.get("nbformat", 4) < 4:
            draft.say(
                "notebook_old",
                "The notebook has the format of before 2015.",
                "Save it again with a newer Jupyter.",
                severity=Severity.ERROR,
            )
            return None
        language = str((found.get("metadata") or {}).get("kernelspec", {}).get("language", "python")).lower()
        cells = [
            ("".join(cell["source"]) if isinstance(cell["source"], list) else str(cell["source"]),
             [str(tag) for tag in (cell.get("metadata") or {}).get("tags") or []])
            for cell in found["cells"]
            if cell.get("cell_type") == "code"
        ]  # fmt: skip
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as problem:
        draft.say("not_a_notebook", f"This is not a notebook: {str(problem)[:200]}.", severity=Severity.ERROR)
        return None
    if language != "python":
        draft.say(
            "notebook_language",
            f"The notebook is in {language[:40]}; only those in Python can be run.",
            severity=Severity.ERROR,
        )
        return None
    return cells


def _parsed(source: str) -> ast.Module | None:
    """The tree of a cell, without its magic lines."""
    if source.lstrip().startswith("%%"):
        return None
    plain = "\n".join("" if re.match(r"\s*[%!?]", line) else line for line in source.split("\n"))
    try:
        return ast.parse(plain)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _assigned(tree: ast.Module, draft: Draft) -> dict[str, ast.expr]:
    """What the cell sets."""
    names: dict[str, ast.expr] = {}
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                names[name] = value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                names[name] = value
            case ast.Expr() | ast.Import() | ast.ImportFrom():
                pass
            case _:
                draft.say(
                    "not_an_assignment",
                    "A statement of the parameters cell is no plain assignment, and is left out.",
                    "",
                    node.lineno,
                )
    return names


def _put(name: str, value: Any, line: int, draft: Draft, used: dict[str, Role]) -> None:
    about: dict[str, Any]
    match value:
        case bool():
            about = {"type": "boolean", "default": value}
        case int():
            about = {"type": "integer", "default": value}
        case float():
            about = {"type": "number", "default": value}
        case list() | tuple():
            kinds = {type(one) for one in value}
            item = {int: "integer", float: "number", bool: "boolean"}.get(
                kinds.pop() if len(kinds) == 1 else str, "string"
            )
            about = {"type": "list", "item": item, "default": [str(one) if item == "string" else one for one in value]}
        case str() | None:
            about = {"type": "string", "optional": True} if value is None else {"type": "string", "default": value}
            role = together(used, name, by_name(name, value))
            draft.put(name, role, about | ({"optional": False} if role.type else {}), line)
            return
        case _:
            draft.say(
                "default_unreadable",
                f"`{name}` holds a value that cannot be edited here, and is no parameter.",
                "",
                line,
            )
            return
    draft.put(name, Role("parameter"), about, line)
