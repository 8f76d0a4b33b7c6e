"""The values of a module's parameters: pipeline references, defaults, and what is wrong with them. Pure.

The order is: `resolve` what refers to pipeline parameters, `check_parameters`, `with_defaults`.
"""

import difflib
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from designer.graph.findings import Finding, Severity
from designer.graph.module import ModuleSpec, Parameter, ParameterKind, counts
from designer.graph.patterns import fits_pattern
from designer.graph.porttypes import PortType
from designer.module.columns import ROLES, TYPES

MAX_TEXT = 512_000
MAX_ITEMS = 10_000
"""Limits of one value."""

_KINDS = {
    ParameterKind.INTEGER: "a whole number",
    ParameterKind.NUMBER: "a number",
    ParameterKind.STRING: "text",
    ParameterKind.BOOLEAN: "true or false",
    ParameterKind.CHOICE: "one of its choices",
    ParameterKind.DATE: "a date such as 2026-11-20",
    ParameterKind.COLUMN: "one column",
    ParameterKind.COLUMNS: "a selection of columns",
    ParameterKind.CODE: "text",
    ParameterKind.SECRET: "the name of a secret",
    ParameterKind.DATASTORE: "the name of a datastore",
    ParameterKind.LIST: "a list",
}


def is_reference(value: Any) -> bool:
    """Whether a value is `{"parameter": "name"}`: it comes from a parameter of the pipeline."""
    return isinstance(value, Mapping) and value.keys() == {"parameter"} and isinstance(value["parameter"], str)


def resolve(values: Mapping[str, Any], pipeline_values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with pipeline parameters put in; a reference to none of them stays, and will be a finding."""
    return {
        name: pipeline_values[value["parameter"]]
        if is_reference(value) and value["parameter"] in pipeline_values
        else value
        for name, value in values.items()
    }


def with_defaults(spec: ModuleSpec, values: Mapping[str, Any]) -> dict[str, Any]:
    """A value for every parameter of the module, in its order, in one form: what a step is given and known by.

    A parameter that does not count under the others takes its default (or None), whatever is still written there.
    One that is required and missing is left out.
    """
    given = {parameter.name: values.get(parameter.name, parameter.default) for parameter in spec.parameters}
    complete: dict[str, Any] = {}
    for parameter in spec.parameters:
        if not counts(parameter, given):
            complete[parameter.name] = _one_form(parameter, parameter.default)
        elif parameter.name in values or not parameter.required:
            complete[parameter.name] = _one_form(parameter, given[parameter.name])
    return complete


def _one_form(parameter: Parameter, value: Any) -> Any:
    if parameter.kind is ParameterKind.LIST and isinstance(value, list | tuple):
        return [_one_item(parameter.item or ParameterKind.STRING, item) for item in value]
    return _one_item(parameter.kind, value)


def _one_item(kind: ParameterKind, value: Any) -> Any:
    if kind is ParameterKind.COLUMN and isinstance(value, str):
        return {"columns": [value]}
    if kind is ParameterKind.COLUMNS and isinstance(value, str | list):
        return {"columns": [value] if isinstance(value, str) else value}
    if kind is ParameterKind.NUMBER and isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53:
        return float(value)
    return value


def check_parameters(
    spec: ModuleSpec, values: Mapping[str, Any], column_names_by_port: Mapping[str, Sequence[str]] | None = None
) -> tuple[Finding, ...]:
    """Everything that is wrong with these values; parameters that do not count are not looked at.

    Args:
        spec: the module.
        values: as a node has them, pipeline parameters resolved.
        column_names_by_port: the columns that are known to flow into table inputs; ports not named are not checked.
    """
    findings = [_unknown(spec, name) for name in values if spec.parameter(name) is None]
    given = {parameter.name: values.get(parameter.name, parameter.default) for parameter in spec.parameters}
    for parameter in spec.parameters:
        if not counts(parameter, given):
            continue
        if parameter.name not in values:
            if parameter.required:
                findings.append(_missing(parameter))
            continue
        findings += _check(parameter, values[parameter.name])
        names = (column_names_by_port or {}).get(_port(spec, parameter))
        if names is not None:
            findings += _check_columns(parameter, values[parameter.name], names)
    return tuple(findings)


def check_default(parameter: Parameter) -> tuple[Finding, ...]:
    """What is wrong with a parameter's own default."""
    return () if parameter.required else tuple(_check(parameter, parameter.default))


def _unknown(spec: ModuleSpec, name: Any) -> Finding:
    names = [parameter.name for parameter in spec.parameters]
    close = difflib.get_close_matches(str(name)[:100], names, 1)
    cure = f'Do you mean "{close[0]}"?' if close else f"It has: {', '.join(names) or 'none'}."
    return Finding(
        "unknown_parameter", f'"{spec.title}" has no parameter {_shown(name)}.', cure, parameter=str(name)[:200]
    )


def _missing(parameter: Parameter) -> Finding:
    return Finding(
        "parameter_required", f"“{parameter.label}” needs a value.", f"Give it {_KINDS[parameter.kind]}.",
        parameter=parameter.name,
    )  # fmt: skip


def _check(parameter: Parameter, value: Any) -> Iterable[Finding]:
    if value is None:
        if not parameter.nullable:
            yield _missing(parameter)
        return
    if is_reference(value):
        yield _finding(parameter, "unknown_pipeline_parameter",
                       f"“{parameter.label}” refers to the pipeline parameter {_shown(value['parameter'])}, which has no value.",
                       "Give that parameter a value, or detach this setting.")  # fmt: skip
        return
    if parameter.kind is not ParameterKind.LIST:
        yield from _check_one(parameter, parameter.kind, value, "")
        return
    if not isinstance(value, list | tuple):
        yield _wrong_kind(parameter, parameter.kind, value, "")
        return
    if len(value) > MAX_ITEMS:
        yield _finding(
            parameter, "parameter_range", f"“{parameter.label}” has {len(value):,} entries.", f"At most {MAX_ITEMS:,}."
        )
        return
    for position, item in enumerate(value, 1):
        yield from _check_one(parameter, parameter.item or ParameterKind.STRING, item, f", entry {position}")


def _check_one(parameter: Parameter, kind: ParameterKind, value: Any, at: str) -> Iterable[Finding]:
    if not _FORMS[kind](value):
        yield _wrong_kind(parameter, kind, value, at)
        return
    if kind in (ParameterKind.INTEGER, ParameterKind.NUMBER):
        yield from _check_range(parameter, value, at)
    elif isinstance(value, str) and len(value) > MAX_TEXT:
        yield _finding(parameter, "parameter_range", f"“{parameter.label}”{at} is {len(value):,} characters long.",
                       f"At most {MAX_TEXT:,}; put longer texts into a file.")  # fmt: skip
    elif parameter.pattern and isinstance(value, str) and not fits_pattern(parameter.pattern, value):
        yield _finding(parameter, "parameter_pattern",
                       f"“{parameter.label}”{at} is {_shown(value)}, which is not of its form.",
                       parameter.help or f"The whole text must match {parameter.pattern}")  # fmt: skip
    if (kind is ParameterKind.CHOICE or (at and parameter.choices)) and not any(
        _same(value, one) for one in parameter.choices
    ):
        shown = ", ".join(str(one) for one in parameter.choices[:20]) + (", ..." if len(parameter.choices) > 20 else "")
        close = difflib.get_close_matches(str(value)[:100], [str(one) for one in parameter.choices], 1)
        yield _finding(parameter, "parameter_choice",
                       f"“{parameter.label}”{at} is {_shown(value)}, which is none of its choices.",
                       (f'Do you mean "{close[0]}"? ' if close else "") + f"Choose one of: {shown}.")  # fmt: skip


def _check_range(parameter: Parameter, value: int | float, at: str) -> Iterable[Finding]:
    low, high = parameter.minimum, parameter.maximum
    below = low is not None and (value < low or (parameter.exclusive_minimum and value == low))
    above = high is not None and (value > high or (parameter.exclusive_maximum and value == high))
    if below or above:
        bounds = []
        if low is not None:
            bounds.append(f"{'more than' if parameter.exclusive_minimum else 'at least'} {low:g}")
        if high is not None:
            bounds.append(f"{'less than' if parameter.exclusive_maximum else 'at most'} {high:g}")
        yield _finding(parameter, "parameter_range", f"“{parameter.label}”{at} is {_shown(value)}, which is out of range.",
                       f"It must be {' and '.join(bounds)}.")  # fmt: skip


def _check_columns(parameter: Parameter, value: Any, names: Sequence[str]) -> Iterable[Finding]:
    if parameter.kind not in (ParameterKind.COLUMN, ParameterKind.COLUMNS):
        return
    for name in _named_columns(value):
        if name not in names:
            close = difflib.get_close_matches(name, names, 1)
            yield _finding(parameter, "unknown_column", f"“{parameter.label}”: there is no column {_shown(name)}.",
                           f'Do you mean "{close[0]}"?' if close else "Pick another column.", Severity.WARNING)  # fmt: skip


def _named_columns(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    named: list[Any] = []
    if isinstance(value, Mapping):
        columns = value.get("columns")
        named += columns if isinstance(columns, list) else []
        rules = value.get("rules")
        for rule in rules if isinstance(rules, list) else []:
            if isinstance(rule, Mapping) and rule.get("by") == "names" and isinstance(rule.get("values"), list):
                named += rule["values"]
    return [name for name in named if isinstance(name, str)]


def _port(spec: ModuleSpec, parameter: Parameter) -> str:
    if parameter.port:
        return parameter.port
    return next((port.name for port in spec.inputs if port.type is PortType.TABLE), "")


def _finding(
    parameter: Parameter, code: str, message: str, cure: str = "", severity: Severity = Severity.ERROR
) -> Finding:
    return Finding(code, message, cure, severity, parameter=parameter.name)


def _wrong_kind(parameter: Parameter, kind: ParameterKind, value: Any, at: str) -> Finding:
    cure = f"Give it {_KINDS[kind]}."
    if kind is ParameterKind.CHOICE:
        cure = f"Choose one of: {', '.join(str(one) for one in parameter.choices[:20])}."
    return _finding(
        parameter, "parameter_kind", f"“{parameter.label}”{at} is {_shown(value)}, which is not {_KINDS[kind]}.", cure
    )


def _shown(value: Any) -> str:
    """A value as people may read it: JSON, not too long."""
    try:
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**20:
            return "a huge number"
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = type(value).__name__
    return text if len(text) <= 80 else text[:79] + "…"


def _same(value: Any, choice: Any) -> bool:
    return (
        isinstance(value, bool) == isinstance(choice, bool)
        and isinstance(value, str) == isinstance(choice, str)
        and (value == choice)
    )


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return _is_integer(value) or (isinstance(value, float) and math.isfinite(value))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_date(value: Any) -> bool:
    if not isinstance(value, str) or len(value) != 10:
        return False
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_names(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) <= MAX_ITEMS and all(isinstance(one, str) for one in value)


def _is_column(value: Any) -> bool:
    if isinstance(value, Mapping):
        columns: Any = value.get("columns")
        return value.keys() == {"columns"} and _is_names(columns) and len(columns) == 1 and bool(columns[0])
    return isinstance(value, str) and bool(value)


def _is_columns(value: Any) -> bool:
    if isinstance(value, str):
        return bool(value)
    if not isinstance(value, Mapping):
        return _is_names(value)
    if "columns" in value:
        return value.keys() == {"columns"} and _is_names(value["columns"])
    rules = value.get("rules", [])
    return (
        value.keys() <= {"begin", "rules", "keep_duplicates"}
        and value.get("begin") in ("all", "none")
        and isinstance(value.get("keep_duplicates", False), bool)
        and isinstance(rules, list | tuple)
        and len(rules) <= MAX_ITEMS
        and all(_is_rule(rule) for rule in rules)
    )


def _is_rule(rule: Any) -> bool:
    if not isinstance(rule, Mapping) or not rule.keys() <= {"action", "by", "values"}:
        return False
    values, by = rule.get("values", []), rule.get("by")
    if rule.get("action") not in ("include", "exclude") or not _is_names(values):
        return False
    if by == "indices":
        return all(re.fullmatch(r"\s*[0-9]{1,9}\s*(-\s*[0-9]{1,9}\s*)?", one) for one in values)
    known = {"types": TYPES, "roles": ROLES}.get(by) if isinstance(by, str) else None
    return by == "names" or (known is not None and set(values) <= set(known))


def _is_secret(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and value.keys() == {"secret"}
        and isinstance(value["secret"], str)
        and bool(value["secret"])
    )


def _is_datastore(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and value.keys() == {"datastore"}
        and isinstance(value["datastore"], str)
        and bool(value["datastore"])
    )


_FORMS: dict[ParameterKind, Callable[[Any], bool]] = {
    ParameterKind.INTEGER: _is_integer,
    ParameterKind.NUMBER: _is_number,
    ParameterKind.STRING: _is_text,
    ParameterKind.BOOLEAN: lambda value: isinstance(value, bool),
    ParameterKind.CHOICE: lambda value: isinstance(value, str | int | float),
    ParameterKind.DATE: _is_date,
    ParameterKind.COLUMN: _is_column,
    ParameterKind.COLUMNS: _is_columns,
    ParameterKind.CODE: _is_text,
    ParameterKind.SECRET: _is_secret,
    ParameterKind.DATASTORE: _is_datastore,
    ParameterKind.LIST: lambda value: isinstance(value, list | tuple),
}
