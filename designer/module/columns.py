"""The column selector: which columns of a table a parameter means, independent of any one table.

As JSON either `{"columns": ["age", "bmi"]}` or rules that add up in order:

    {"begin": "all", "rules": [{"action": "exclude", "by": "types", "values": ["String"]},
                               {"action": "include", "by": "indices", "values": ["8", "1-4"]}], "keep_duplicates": false}
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from designer.module.errors import ModuleError
from designer.module.roles import Role, roles_of

TYPES = ("Integer", "Double", "Numeric", "String", "Boolean", "DateTime", "Categorical")
"""What a rule may name as a column type; `Numeric` is `Integer` or `Double`, `Categorical` is a role or dtype."""

ROLES = ("features", "labels", "scores")


@dataclass(frozen=True)
class Rule:
    """One line of a selector: include or exclude columns by names, 1-based indices (`"3"`, `"1-4"`), types or roles."""

    action: str
    by: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Columns:
    """A selection of columns. `names` when picked by name; else `begin` and `rules`."""

    names: tuple[str, ...] | None = None
    begin: str = "none"
    rules: tuple[Rule, ...] = ()
    keep_duplicates: bool = False
    default: bool = field(default=False, compare=False)

    @classmethod
    def all(cls) -> "Columns":
        """Every column."""
        return cls(begin="all")

    @classmethod
    def by_name(cls, *names: str) -> "Columns":
        """These columns, in this order."""
        return cls(names=names)

    @classmethod
    def from_json(cls, value: Mapping[str, Any] | Sequence[str] | str) -> "Columns":
        """Read the JSON form. Raises `ModuleError` 2 where it is not one."""
        if isinstance(value, str):
            return cls(names=(value,))
        if isinstance(value, Sequence):
            return cls(names=tuple(str(item) for item in value))
        if "columns" in value:
            return cls(names=tuple(str(item) for item in value["columns"]))
        if value.get("begin") not in ("all", "none"):
            raise ModuleError(2, "A column selection needs `columns`, or `begin` with `all` or `none`.")
        rules = []
        for item in value.get("rules", ()):
            rule = Rule(str(item.get("action")), str(item.get("by")), tuple(str(one) for one in item.get("values", ())))
            if rule.action not in ("include", "exclude") or rule.by not in ("names", "indices", "types", "roles"):
                raise ModuleError(
                    2, f"A column rule is `include` or `exclude` by names, indices, types or roles, not {item}."
                )
            rules.append(rule)
        return cls(begin=value["begin"], rules=tuple(rules), keep_duplicates=bool(value.get("keep_duplicates", False)))

    def of(self, table: Any) -> list[str]:
        """The names of the columns of `table` (polars or pandas) that are meant, in order.

        Raises `ModuleError` 1 for a name that is not there, 2 for an index that is not a number or an open range,
        8 for an index beyond the last column.
        """
        present = [str(name) for name in table.columns]
        if self.names is not None:
            return self._named(self.names, present)
        chosen = list(present) if self.begin == "all" else []
        roles = roles_of(table)
        kinds = {name: type_of(table, name, roles.get(name)) for name in present} if self.rules else {}
        for rule in self.rules:
            match = self._matching(rule, present, kinds, roles)
            if rule.action == "exclude":
                chosen = [name for name in chosen if name not in match]
            elif self.keep_duplicates:
                chosen += match
            else:
                chosen += [name for name in match if name not in chosen]
        return chosen if self.keep_duplicates else [name for name in present if name in set(chosen)]

    @staticmethod
    def _named(names: Sequence[str], present: Sequence[str]) -> list[str]:
        for name in names:
            if name not in present:
                shown = ", ".join(present[:12]) + (", ..." if len(present) > 12 else "")
                raise ModuleError(1, f'Column "{name}" was not found.', f"The table has: {shown}.")
        return list(names)

    def _matching(
        self, rule: Rule, present: Sequence[str], kinds: Mapping[str, set[str]], roles: Mapping[str, Role]
    ) -> list[str]:
        if rule.by == "names":
            return self._named(rule.values, present)
        if rule.by == "indices":
            return [present[index] for text in rule.values for index in indices(text, len(present))]
        if rule.by == "types":
            return [name for name in present if kinds[name] & set(rule.values)]
        wanted = {value.rstrip("s") for value in rule.values}
        return [name for name in present if effective_kind(roles, name) in wanted]


def effective_kind(roles: Mapping[str, Role], name: str) -> str:
    """The role of a column; a column that is neither label nor score nor marked otherwise counts as a feature."""
    role = roles.get(name)
    return (role.kind or "feature") if role else "feature"


def indices(text: str, count: int) -> list[int]:
    """0-based indices that `"3"` or `"1-4"` (1-based, both ends in) name in a table of `count` columns."""
    found = re.fullmatch(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?", text)
    if not found:
        raise ModuleError(2, f'"{text}" is not a column index.', "Write 8, or 1-4; open ranges are not accepted.")
    first = int(found[1])
    last = int(found[2] or first)
    if not 1 <= first <= last <= count:
        raise ModuleError(8, f'Column index "{text}" is outside 1 to {count}.')
    return list(range(first - 1, last))


def type_of(table: Any, name: str, role: Role | None = None) -> set[str]:
    """The selector types a column has, such as `{"Integer", "Numeric"}`; works on polars and pandas by dtype name."""
    dtype = str(table[name].dtype)
    lower = dtype.lower()
    kinds: set[str] = set()
    if lower.startswith(("int", "uint")):
        kinds |= {"Integer", "Numeric"}
    elif lower.startswith(("float", "decimal", "double")):
        kinds |= {"Double", "Numeric"}
    elif lower.startswith("bool"):
        kinds.add("Boolean")
    elif lower.startswith(("date", "time", "duration")):
        kinds.add("DateTime")
    elif lower.startswith(("cat", "enum")):
        kinds |= {"Categorical", "String"}
    else:
        kinds.add("String")
    if role and role.categorical:
        kinds.add("Categorical")
    return kinds
