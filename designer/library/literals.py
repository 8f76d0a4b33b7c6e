"""Values that stand in a module's source: literals, folded in place. Nothing is executed."""

import ast
import textwrap
from collections.abc import Mapping
from datetime import date
from typing import Any

MAX_TEXT = 256_000
MAX_NUMBER = 10**30
MAX_WORK = 300_000
"""How many expressions of one source are folded: constants that double each other would never end."""


class Unreadable(Exception):
    """What stands here is not a literal."""

    def __init__(self, node: ast.AST, message: str, code: str = "not_a_literal") -> None:
        self.line = getattr(node, "lineno", 0)
        self.message = message
        self.code = code
        super().__init__(message)


def dotted(node: ast.AST) -> str:
    """`pl.DataFrame` for a name or a chain of attributes; empty for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    parts.append(node.id)
    return ".".join(reversed(parts))


class Literals:
    """Folds the expressions of one module.

    Args:
        names: constants of the module, by name, which may be referred to.
    """

    def __init__(self, names: Mapping[str, ast.expr]) -> None:
        self.names = names
        self._open: set[str] = set()
        self._work = 0

    def fold(self, node: ast.AST) -> Any:
        """The JSON-like value an expression stands for; tuples stay tuples. Raises `Unreadable`."""
        self._work += 1
        if self._work > MAX_WORK:
            raise Unreadable(node, "There is too much to read in this module.", "too_large")
        match node:
            case ast.Constant(value=value) if value is None or isinstance(value, str | bool | int | float):
                return value
            case ast.Name(id=name) if name in self.names and name not in self._open:
                self._open.add(name)
                try:
                    return self.fold(self.names[name])
                finally:
                    self._open.discard(name)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
                number = self.fold(operand)
                if isinstance(number, bool) or not isinstance(number, int | float):
                    raise Unreadable(node, "A sign stands before something that is not a number.")
                return -number if isinstance(sign, ast.USub) else number
            case ast.BinOp(left=left, op=op, right=right):
                return _operation(node, op, self.fold(left), self.fold(right))
            case ast.Tuple(elts=items):
                return tuple(self._items(items))
            case ast.List(elts=items):
                return self._items(items)
            case ast.Dict(keys=keys, values=values):
                if any(key is None for key in keys):
                    raise Unreadable(node, "`**` cannot be read here.")
                folded = [(self.fold(key), self.fold(value)) for key, value in zip(keys, values, strict=True) if key]
                if not all(isinstance(key, str) for key, _ in folded):
                    raise Unreadable(node, "Keys must be texts.")
                return dict(folded)
            case ast.Call():
                if any(keyword.arg is None for keyword in node.keywords):
                    raise Unreadable(node, "`**` cannot be read here.")
                keywords = {str(keyword.arg): self.fold(keyword.value) for keyword in node.keywords}
                return _call(node, self._items(node.args), keywords)
        raise Unreadable(
            node, "Only literals can be read here: numbers, texts, true, false, None, tuples and lists of them."
        )

    def _items(self, items: list[ast.expr]) -> list[Any]:
        found: list[Any] = []
        for item in items:
            if isinstance(item, ast.Starred):
                more = self.fold(item.value)
                if not isinstance(more, tuple | list):
                    raise Unreadable(item, "`*` stands before something that is not a tuple or list.")
                found += more
            else:
                found.append(self.fold(item))
            if len(found) > 100_000:
                raise Unreadable(item, "Too many values.")
        return found


def _operation(node: ast.AST, op: ast.operator, left: Any, right: Any) -> Any:
    if isinstance(op, ast.Add) and type(left) is type(right) and isinstance(left, str | tuple | list):
        if len(left) + len(right) > MAX_TEXT:
            raise Unreadable(node, "Too long.")
        return left + right
    if (
        isinstance(left, bool)
        or isinstance(right, bool)
        or not (isinstance(left, int | float) and isinstance(right, int | float))
    ):
        raise Unreadable(node, "This cannot be computed without running the module.")
    try:
        match op:
            case ast.Add():
                value = left + right
            case ast.Sub():
                value = left - right
            case ast.Mult() if abs(left) < MAX_NUMBER and abs(right) < MAX_NUMBER:
                value = left * right
            case ast.Div():
                value = left / right
            case ast.Pow() if abs(left) <= 1000 and 0 <= right <= 64:
                value = left**right
            case _:
                raise Unreadable(node, "This cannot be computed without running the module.")
    except (ArithmeticError, ValueError) as problem:
        raise Unreadable(node, f"This cannot be computed: {problem}.") from problem
    return value


def _call(node: ast.Call, arguments: list[Any], keywords: Mapping[str, Any]) -> Any:
    """The few calls that are literals in spirit: column selectors, dates, dedent."""
    called = dotted(node.func)
    last = called.rpartition(".")[2]
    if called.endswith("Columns.all") and not arguments and not keywords:
        return {"begin": "all", "rules": []}
    if called.endswith("Columns.by_name") and not keywords and all(isinstance(one, str) for one in arguments):
        return {"columns": arguments}
    if called.endswith("Columns.from_json") and len(arguments) == 1 and not keywords:
        return arguments[0]
    if last == "Columns" and not arguments and not keywords:
        return {"begin": "none", "rules": []}
    if last in ("Column", "Code", "Secret", "Path") and len(arguments) == 1 and not keywords:
        return arguments[0]
    if last == "dedent" and len(arguments) == 1 and isinstance(arguments[0], str):
        return textwrap.dedent(arguments[0])
    if last == "date" and not keywords and len(arguments) == 3:
        try:
            return date(*arguments).isoformat()
        except (ValueError, TypeError, OverflowError) as problem:
            raise Unreadable(node, f"Not a date: {problem}.") from problem
    raise Unreadable(node, f"`{called or 'this call'}(...)` cannot be read without running the module.")
