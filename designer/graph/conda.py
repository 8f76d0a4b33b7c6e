"""Reading conda environment files: of those, the pip part and the Python count.

A file of its own, since nothing else needs a YAML reader, which takes a server some of its start.
"""

import re

import yaml

from designer.graph.document import clean, shorten
from designer.graph.environment import MAX_TEXT, OPTIONS, Declaration, Line, declare, too_long
from designer.graph.findings import Finding, Severity


def from_conda(text: str, python: str = "") -> tuple[Declaration, list[Finding]]:
    """Of the text of a conda environment file: its pip part and its `python`. Other conda packages are named as left out."""
    findings: list[Finding] = too_long(text)
    entries = _dependencies(text[:MAX_TEXT], findings)
    lines: list[Line] = []
    wanted, wanted_line = python, 0
    for entry in entries:
        line = entry.start_mark.line + 1
        if isinstance(entry, yaml.MappingNode):
            lines += _pip(entry, findings)
        elif isinstance(entry, yaml.ScalarNode):
            name, version = _match(str(entry.value))
            if name == "python":
                if not python:
                    wanted, wanted_line = _version(version), line
            elif name != "pip":
                asked = f"{name}{_version(version)}"
                findings.append(Finding(
                    "conda_package", f'The conda package "{clean(shorten(str(entry.value)))}" is left out.',
                    f'If it is on a Python index, add "{clean(shorten(asked))}" below `- pip:`.', Severity.WARNING, line=line,
                ))  # fmt: skip
        else:
            findings.append(Finding("conda_file", "This is not a package.", "Write `- name=version`.", line=line))
    declaration, more = declare(lines, wanted, wanted_line)
    return declaration, [*findings, *more]


def _dependencies(text: str, findings: list[Finding]) -> list[yaml.Node]:
    """The entries of `dependencies`."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as problem:
        mark = getattr(problem, "problem_mark", None)
        said = getattr(problem, "problem", None) or "it is not YAML"
        findings.append(Finding("conda_file", f"The conda file cannot be read: {clean(shorten(str(said), 200))}.",
                                line=mark.line + 1 if mark else 0))  # fmt: skip
        return []
    entries = _value(root, "dependencies")
    if not isinstance(entries, yaml.SequenceNode):
        findings.append(Finding("conda_file", "The conda file has no list `dependencies`.",
                                "Write `dependencies:` and below it `- python=3.11` and `- pip:`."))  # fmt: skip
        return []
    return list(entries.value)


def _pip(entry: yaml.MappingNode, findings: list[Finding]) -> list[Line]:
    """The lines below `- pip:`."""
    listed = _value(entry, "pip")
    if not isinstance(listed, yaml.SequenceNode):
        findings.append(
            Finding("conda_file", "Only `pip:` can hold a list of its own.", line=entry.start_mark.line + 1)
        )
        return []
    lines: list[Line] = []
    for one in listed.value:
        line = one.start_mark.line + 1
        if not isinstance(one, yaml.ScalarNode):
            findings.append(Finding("conda_file", "This is not a package.", "Write `- name==version`.", line=line))
        elif str(one.value).startswith("-"):
            option = str(one.value).split()[0].partition("=")[0]
            cure = OPTIONS.get(option, "Name the packages themselves.")
            findings.append(Finding("requirement", f"The option {clean(shorten(option))} is not read here.", cure, line=line))  # fmt: skip
        else:
            lines.append((line, str(one.value).strip()))
    return lines


def _value(node: yaml.Node | None, key: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for name, value in node.value if isinstance(name, yaml.ScalarNode) and name.value == key), None)


def _match(text: str) -> tuple[str, str]:
    """Name and version of `channel::name=1.2=build`, `name >=1.2` or `name==1.2`."""
    text = text.rpartition("::")[2].strip()
    found = re.match(r"([A-Za-z0-9_.-]+)\s*(.*)", text)
    return (found[1].lower(), found[2].strip()) if found else (text.lower(), "")


def _version(text: str) -> str:
    """A conda version as a specifier: `=3.11` is any 3.11, `==3.11.2` exactly that."""
    if text.startswith(("==", ">", "<", "!=", "~=")):
        return text.replace(" ", "")
    version = text.lstrip("=").partition("=")[0].strip().removesuffix(".*")
    return f"=={version}.*" if version and version != "*" else ""
