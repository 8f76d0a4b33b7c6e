"""The reference page of the modules, made from their specifications: `python -m designer.library.reference`."""

from collections.abc import Iterator
from itertools import groupby

from designer.bundle import modules
from designer.graph.module import ModuleSpec, Parameter
from designer.graph.porttypes import PORT_TYPES
from designer.library.catalogue import Catalogue


def page(specs: list[ModuleSpec]) -> str:
    """The page, in Markdown."""
    lines = ["# Modules", "", "Made from the modules' sources by `make types`; do not edit.", ""]
    for category, group in groupby(specs, key=lambda spec: spec.category):
        lines += [f"## {category}", ""]
        for spec in group:
            lines += section(spec)
    return "\n".join(lines).rstrip() + "\n"


def section(spec: ModuleSpec) -> Iterator[str]:
    """One module."""
    yield from (f"### {spec.title}", "", f"`{spec.reference}`", "", spec.description.strip(), "")
    for title, ports in (("In", spec.inputs), ("Out", spec.outputs)):
        for port in ports:
            optional = ", optional" if port.optional else ""
            yield f"- {title}: **{port.label}** `{port.name}` ({PORT_TYPES[port.type].title.lower()}{optional}). {port.help}".rstrip()
    yield ""
    if spec.parameters:
        yield from ("| parameter | kind | default | what it is |", "| --- | --- | --- | --- |")
        for parameter in spec.parameters:
            yield row(parameter)
        yield ""


def row(parameter: Parameter) -> str:
    """One line of a module's table."""
    kind = parameter.kind.value
    if parameter.choices:
        kind = " · ".join(str(choice) for choice in parameter.choices)
    elif parameter.minimum is not None or parameter.maximum is not None:
        low = "" if parameter.minimum is None else f"{parameter.minimum:g}"
        high = "" if parameter.maximum is None else f"{parameter.maximum:g}"
        opening, closing = "(" if parameter.exclusive_minimum else "[", ")" if parameter.exclusive_maximum else "]"
        kind += f" {opening}{low}, {high}{closing}"
    default = "required" if parameter.required else shown(parameter.default)
    when = " and ".join(
        f"{name} is {' or '.join(str(value) for value in values)}" for name, values in parameter.when.items()
    )
    text = f"{parameter.label}. {parameter.help}".rstrip() + (f" Only when {when}." if when else "")
    return f"| `{parameter.name}` | {cell(kind)} | {cell(default)} | {cell(text)} |"


def shown(value: object) -> str:
    """A default as a person reads it."""
    match value:
        case None:
            return "not set"
        case {"begin": "all"}:
            return "all columns"
        case {"begin": "none"} | {"columns": []}:
            return "no columns"
        case {"columns": list(names)}:
            return ", ".join(str(name) for name in names)
        case str() if "\n" in value or len(value) > 40:
            return "a template"
        case str():
            return f"`{value}`" if value else "empty"
        case _:
            return str(value)


def cell(text: str) -> str:
    """A text that stays inside its cell."""
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    print(page([entry.spec for entry in Catalogue(modules()).all()]), end="")
