"""What software a module asks for: a declaration, read from PEP 723 metadata or a requirements file (conda.py: a conda file).

Every way of writing it comes to one normal form, so that equal wishes have equal digests and share one environment.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from designer.graph.document import clean, shorten
from designer.graph.findings import Finding
from designer.graph.module import ModuleSpec, Port
from designer.graph.porttypes import PortType

MAX_REQUIREMENTS = 500
MAX_TEXT = 256_000

OWN = "designer"
"""Is there in every step, whatever its environment holds."""


@dataclass(frozen=True)
class Declaration:
    """The packages and the Python that are asked for, in normal form: build it with `declare`."""

    requirements: tuple[str, ...] = ()
    python: str = ""  # a version specifier such as ">=3.11", "" takes any

    @property
    def digest(self) -> str:
        """Its identity, `sha256:...`."""
        text = json.dumps([list(self.requirements), self.python], separators=(",", ":"))
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

    def __bool__(self) -> bool:
        """Whether it asks for anything at all."""
        return bool(self.requirements or self.python)


Line = tuple[int, str]
"""A requirement and the line it stands on, from 1; 0 where there are no lines."""


def declare(requirements: Iterable[Line], python: str = "", python_line: int = 0) -> tuple[Declaration, list[Finding]]:
    """The normal form of these requirements, and what is wrong with any of them; those are left out."""
    findings: list[Finding] = []
    found: dict[str, None] = {}
    for line, text in requirements:
        requirement = _requirement(text, line, findings)
        if requirement is not None and canonicalize_name(requirement.name) != OWN:
            found[_normal(requirement)] = None
    if len(found) > MAX_REQUIREMENTS:
        findings.append(Finding("requirement", f"{len(found):,} requirements are more than {MAX_REQUIREMENTS}."))
    wanted = _python(python, python_line, findings)
    return Declaration(tuple(sorted(found)[:MAX_REQUIREMENTS]), wanted), findings


def from_requirements(text: str, python: str = "") -> tuple[Declaration, list[Finding]]:
    """Of the text of a requirements file."""
    findings: list[Finding] = []
    lines: list[Line] = []
    for number, line in _logical_lines(text[:MAX_TEXT]):
        if line.startswith("-"):
            option = line.split()[0].partition("=")[0]
            findings.append(Finding("requirement", f"The option {clean(shorten(option))} is not read here.", OPTIONS.get(
                option, "Name the packages themselves, one on each line."), line=number))  # fmt: skip
            continue
        lines.append((number, re.split(r"\s--?[a-z]", line, maxsplit=1)[0].strip()))
    declaration, more = declare(lines, python)
    return declaration, [*findings, *too_long(text), *more]


_INDEX = "Which index packages come from is a setting of the server (DESIGNER_PACKAGE_INDEX)."
OPTIONS = {
    **dict.fromkeys(("-i", "--index-url", "--extra-index-url", "--trusted-host"), _INDEX),
    **dict.fromkeys(("-f", "--find-links", "--no-index"),
                    "A folder with packages is a setting of the server (DESIGNER_PACKAGE_FOLDER)."),
    **dict.fromkeys(("-r", "--requirement", "-c", "--constraint"), "Copy the lines of that file into this one."),
    **dict.fromkeys(("-e", "--editable"), "Build a wheel of it, and put that where the server finds packages."),
}  # fmt: skip
"""What to do instead of an option."""


def needed(inputs: Sequence[Port], outputs: Sequence[Port]) -> tuple[str, ...]:
    """What the launcher itself imports to read and write ports of these types."""
    types = {port.type for port in (*inputs, *outputs)}
    names: set[str] = set()
    for type_ in types:
        names.update(NEEDED.get(type_, ()))
    return tuple(sorted(names))


_TABLES = ("numpy", "pyarrow")
_OBJECTS = ("cloudpickle",)

NEEDED = {
    PortType.TABLE: _TABLES,
    PortType.MODEL: _OBJECTS,
    PortType.UNTRAINED_MODEL: _OBJECTS,
    PortType.TRANSFORMATION: _OBJECTS,
    PortType.ANY: (*_TABLES, *_OBJECTS),
}
"""By port type, the packages the launcher imports; those of other types need the standard library alone."""

ALL_NEEDED = tuple(sorted({name for names in NEEDED.values() for name in names}))


def completed(declaration: Declaration, names: Iterable[str]) -> Declaration:
    """The declaration with these packages in any version, unless it names them itself."""
    named = {canonicalize_name(Requirement(text).name) for text in declaration.requirements}
    more = (name for name in names if name not in named)
    return Declaration(tuple(sorted({*declaration.requirements, *more})), declaration.python)


def of_module(spec: ModuleSpec) -> Declaration:
    """What a module asks for itself; nothing where it declares nothing."""
    return declare(((0, text) for text in spec.dependencies), spec.requires_python)[0]


def lacking(declaration: Declaration, packages: Mapping[str, Collection[str]]) -> tuple[tuple[str, str], ...]:
    """What is asked for and not among these packages (versions by name): each requirement, with the version there is instead."""
    found = []
    for text in declaration.requirements:
        requirement = Requirement(text)
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        versions = packages.get(canonicalize_name(requirement.name), ())
        if not any(requirement.specifier.contains(version, prereleases=True) for version in versions):
            found.append((text, next(iter(versions), "")))
    return tuple(found)


def locked(text: str) -> dict[str, list[str]]:
    """The packages of a lock: versions by name, several where platforms differ."""
    found: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", text, re.M):
        found.setdefault(canonicalize_name(name), []).append(version)
    return found


def _requirement(text: str, line: int, findings: list[Finding]) -> Requirement | None:
    shown = clean(shorten(text))
    try:
        requirement = Requirement(text)
    except (InvalidRequirement, RecursionError):
        path = text.startswith((".", "/", "file:")) or text.endswith((".whl", ".tar.gz", ".zip"))
        cure = (
            "Put the file where the server finds packages (DESIGNER_PACKAGE_FOLDER), and name the package."
            if path
            else 'Write a name and versions, such as "pandas>=1.5,<2".'
        )
        findings.append(Finding("requirement", f'"{shown}" is not a package.', cure, line=line))
        return None
    if requirement.url:
        findings.append(Finding("requirement", f'"{shown}" names an address.',
                                "Name a version of an index, or put the file where the server finds packages.", line=line))  # fmt: skip
        return None
    return requirement


def _normal(requirement: Requirement) -> str:
    """One spelling: `name[extra,...]>=1,<2 ; marker`."""
    extras = f"[{','.join(sorted(canonicalize_name(one) for one in requirement.extras))}]" if requirement.extras else ""
    marker = f" ; {requirement.marker}" if requirement.marker else ""
    return f"{canonicalize_name(requirement.name)}{extras}{_specifiers(requirement.specifier)}{marker}"


def _specifiers(found: SpecifierSet) -> str:
    return ",".join(sorted(str(one) for one in found))


def _python(text: str, line: int, findings: list[Finding]) -> str:
    """A Python version or specifier in normal form: "3.11" means any 3.11."""
    text = text.strip()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        text = f"=={text}.*"
    elif re.fullmatch(r"\d+\.\d+\.\d+", text):
        text = f"=={text}"
    try:
        return _specifiers(SpecifierSet(text))
    except InvalidSpecifier:
        findings.append(Finding("python_version", f'"{clean(shorten(text))}" is not a Python version.',
                                'Write "3.11" or ">=3.10,<3.13".', line=line))  # fmt: skip
        return ""


def _logical_lines(text: str) -> Iterable[Line]:
    """The lines without comments, joined where one ends with a backslash."""
    joined, begins = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        begins = begins or number
        line = re.sub(r"(^|\s)#.*$", "", line).rstrip()
        if line.endswith("\\"):
            joined += line[:-1] + " "
            continue
        joined += line
        if joined.strip():
            yield begins, joined.strip()
        joined, begins = "", 0
    if joined.strip():
        yield begins, joined.strip()


def too_long(text: str) -> list[Finding]:
    """A finding where a text is longer than anyone writes."""
    if len(text) <= MAX_TEXT:
        return []
    return [Finding("requirement", f"The text has {len(text):,} letters, more than {MAX_TEXT:,}.")]
