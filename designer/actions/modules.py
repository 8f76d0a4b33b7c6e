"""What people see of modules, and what they do with those that they make here.

A source is text of unknown origin: it is read by its syntax tree, never imported or run. A version never changes; what pipelines
pin goes on meaning the same.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from designer.contract.events import ModuleChanged
from designer.contract.modules import (
    SPEC,
    ArchivedModule,
    BrokenModule,
    ChangeModule,
    CreateModule,
    ModuleKind,
    ModuleList,
    ModuleReading,
    ModuleSource,
    ModuleUse,
    ModuleUses,
    ModuleVersion,
    OwnModule,
    ReadModule,
    RollBackModule,
    SaveModule,
)
from designer.errors import Conflict, Invalid, NotFound
from designer.graph.findings import Finding, Severity
from designer.graph.module import ModuleSpec
from designer.graph.porttypes import PORT_TYPES
from designer.installation import Installation
from designer.library.read import read_module
from designer.store import artifacts, modules
from designer.store.database import Taken, Transaction
from designer.store.modules import StoredVersion

UNNAMED = "my_module"
MOST_VERSIONS = 999_999


def list_modules(inst: Installation) -> ModuleList:
    """The newest version of every module, the port types, the files that are no modules, and what was put away."""
    with inst.store.read() as t:
        inst.follow_modules(t)
        archived = {one.name: one.archived for one in modules.all_made_here(t) if one.archived is not None}
    away = [(since, inst.library.spec(name)) for name, since in archived.items()]
    return ModuleList(
        items=[module.spec for module in inst.library.all()],
        port_types=list(PORT_TYPES.values()),
        broken=[BrokenModule(path=one.path, findings=list(one.findings)) for one in inst.library.broken],
        archived=[
            ArchivedModule(name=spec.name, title=spec.title, category=spec.category, version=spec.version, archived=since)
            for since, spec in away
            if spec is not None
        ],
    )  # fmt: skip


def get_module(inst: Installation, reference: str) -> ModuleSource:
    """A module with its source. Raises `NotFound`."""
    module = inst.library.get(reference)
    if module is None or "@" not in reference:
        with inst.store.read() as t:
            inst.follow_modules(t)
        module = inst.library.get(reference)
    if module is None:
        raise NotFound(f'There is no module "{reference}".')
    return ModuleSource(spec=module.spec, source=module.source, archived=module.archived)


def read_source(inst: Installation, request: ReadModule) -> ModuleReading:
    """What a source is, without keeping it."""
    name = request.name or name_for(request.source) or UNNAMED
    spec, findings = read_own(request.source, name, _next(inst, name))
    return ModuleReading(spec=spec, findings=list(findings))


def read_own(source: str, name: str, version: int) -> tuple[ModuleSpec | None, tuple[Finding, ...]]:
    """The specification of a source as that version of a module, or None; and all that is to be said about it."""
    spec, findings = read_module(source, name, version)
    if spec is None:
        return None, findings
    if spec.version != version:
        findings += (
            Finding("version_ignored", "VERSION says nothing here: each save counts one further.", "Remove the line.",
                    Severity.WARNING, line=_line_of(source, "VERSION")),
        )  # fmt: skip
    return replace(spec, version=version, own=True), findings


def create_module(inst: Installation, request: CreateModule) -> OwnModule:
    """Make a module: its first version. Raises `Invalid` with findings, `Conflict` where its name is taken."""
    title_name = name_for(request.source) or UNNAMED
    tries = 0
    while True:
        name = request.name or _free(inst, title_name)
        try:
            return _keep(inst, name, request.source, request.note, based_on=0)
        except Taken:  # someone was quicker with this name
            tries += 1
            if request.name is not None or tries > 20:
                raise _taken(name) from None
        except Conflict:
            if request.name is not None:
                raise
            tries += 1
            if tries > 20:
                raise


def save_module(inst: Installation, name: str, request: SaveModule) -> OwnModule:
    """Keep a new version.

    Raises `NotFound`, `Invalid` with findings where the source is no module, `Conflict` with the newest version where it is
    based on an older one. What is the newest version already stays that version, so that a save may be sent again.
    """
    return _keep(inst, name, request.source, request.note, based_on=request.based_on)


def roll_back(inst: Installation, name: str, request: RollBackModule) -> OwnModule:
    """Make an older version the newest again. Raises `NotFound`."""
    own = get_own(inst, name)
    with inst.store.read() as t:
        found = next((one for one in modules.versions(t, name) if one.version == request.version), None)
    if found is None:
        raise NotFound(f"There is no version {request.version} of {name}.")
    return _keep(inst, name, found.source, f"Version {found.version} again", based_on=own.spec.version, stored=found)


def get_own(inst: Installation, name: str) -> OwnModule:
    """A module that people made here, with all its versions. Raises `NotFound`."""
    with inst.store.read() as t:
        inst.follow_modules(t)
        return _answer(t, name)


def change_module(inst: Installation, name: str, request: ChangeModule) -> OwnModule:
    """Put a module away, or bring it back. Raises `NotFound`."""
    with inst.store.write("change_module") as t:
        found = modules.made_here(t, name, to_change=True)
        if found is None:
            raise _not_here(inst, name)
        if request.archived != (found.archived is not None):
            now = inst.clock.now()
            modules.archive(t, name, now if request.archived else None, now)
        answer = _answer(t, name)
    _tell(inst, answer)
    return answer


def module_uses(inst: Installation, name: str) -> ModuleUses:
    """The pipelines that use a module, newest change first. Raises `NotFound`."""
    if inst.library.get(name) is None:
        get_module(inst, name)
    with inst.store.read() as t:
        found = modules.naming(t, name)
    items = [ModuleUse(id=id_, name=title, nodes=nodes) for id_, title, document in found
             if (nodes := _nodes_of(document, name))]  # fmt: skip
    return ModuleUses(items=items)


def name_for(source: str) -> str:
    """The name that a source's title gives, as documents will say it; empty where it has none."""
    spec, _ = read_module(source, UNNAMED)
    title = spec.title if spec is not None else ""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:60].strip("_")
    return f"module_{name}" if name[:1].isdigit() else name


def _keep(
    inst: Installation, name: str, source: str, note: str, *, based_on: int, stored: StoredVersion | None = None
) -> OwnModule:
    """Keep the version after `based_on`; a stored one again just as it was."""
    spec, findings = read_own(source, name, based_on + 1) if stored is None else (None, ())
    if stored is None and spec is None:
        raise Invalid("This is not a module yet.", findings=findings, cure="Mend what the findings name.")
    digest = stored.digest if stored is not None else spec.digest if spec is not None else ""
    if based_on >= MOST_VERSIONS:
        raise Conflict("A module has at most a million versions.", cure="Save it under another name.")
    now = inst.clock.now()
    with inst.store.write("save_module") as t:
        there = modules.made_here(t, name, to_change=True)
        known = modules.versions(t, name) if there is not None else []
        newest = known[-1] if known else None
        if there is None and based_on:
            raise _not_here(inst, name)
        if newest is not None and not based_on:
            raise _taken(name)
        if there is None and inst.library.is_a_file(name):
            raise Conflict(f'There is a built-in module "{name}".', cure="Take another name.")
        again = newest is not None and newest.digest == digest and based_on
        if not again:
            if newest is not None and newest.version != based_on:
                raise _stale(newest)
            if there is None:
                modules.add(t, name, now)
            written = SPEC.dump_python(spec, mode="json") if spec is not None else {}
            folder = spec.folder if spec is not None else ""
            kind = ModuleKind.COMMAND if spec is not None and spec.command is not None else ModuleKind.FUNCTION
            version = StoredVersion(name, based_on + 1, kind, digest, source, written, folder, note, now)
            if stored is not None:
                version = replace(
                    stored, version=based_on + 1, note=note, created=now, spec={**stored.spec, "version": based_on + 1}
                )
            if version.folder:
                artifacts.refer(t, {version.folder: _size_of(inst, version.folder)}, now)
            modules.add_version(t, version)
        answer = _answer(t, name)
    _tell(inst, answer)
    return answer


def _size_of(inst: Installation, folder: str) -> int:
    """The bytes of a module's folder. Raises `Invalid` where it is not kept here."""
    if not inst.artifacts.exists(folder) or not inst.artifacts.is_folder(folder):
        finding = Finding("code_folder", "The folder of the module is not kept here any more.", "Add its files again.")
        raise Invalid("The module's folder is missing.", findings=[finding])
    return inst.artifacts.size(folder)


def _tell(inst: Installation, answer: OwnModule) -> None:
    """Have this server know it, and tell everybody."""
    with inst.store.read() as t:
        inst.follow_modules(t)
    inst.bus.publish([ModuleChanged(name=answer.name, version=answer.spec.version)])


def _answer(t: Transaction, name: str) -> OwnModule:
    found, known = modules.made_here(t, name), modules.versions(t, name)
    if found is None or not known:
        raise NotFound(f'There is no module "{name}" that was made here.')
    newest = known[-1]
    return OwnModule(
        name=name,
        spec=replace(SPEC.validate_python(newest.spec), own=True),
        source=newest.source,
        versions=[
            ModuleVersion(version=one.version, kind=one.kind, digest=one.digest, note=one.note, created=one.created)
            for one in reversed(known)
        ],
        created=found.created,
        updated=found.updated,
        archived=found.archived,
    )  # fmt: skip


def _next(inst: Installation, name: str) -> int:
    """The version that a save of this module would make."""
    module = inst.library.get(name)
    return module.spec.version + 1 if module is not None and module.spec.own else 1


def _free(inst: Installation, name: str) -> str:
    """The name, or the first with a number behind it that nothing has."""
    with inst.store.read() as t:
        taken = {one.name for one in modules.all_made_here(t)}
    free, number = name, 1
    while free in taken or inst.library.is_a_file(free):
        number += 1
        free = f"{name}_{number}"
    return free


def _nodes_of(document: Mapping[str, Any], name: str) -> dict[str, int]:
    nodes = {}
    for node, entry in document.get("nodes", {}).items():
        named, _, version = str(entry.get("module", "")).partition("@")
        if named == name:
            nodes[node] = int(version) if version.isascii() and version.isdigit() and len(version) < 7 else 0
    return nodes


def _line_of(source: str, word: str) -> int:
    lines = source.splitlines()
    return next((number for number, line in enumerate(lines, 1) if line.startswith(word)), 0)


def _not_here(inst: Installation, name: str) -> NotFound:
    if inst.library.is_a_file(name):
        return NotFound(f'"{name}" comes with Designer and cannot be changed.', cure="Make a copy of your own.")
    return NotFound(f'There is no module "{name}" that was made here.')


def _taken(name: str) -> Conflict:
    return Conflict(
        f'There is a module "{name}" already.', cure="Take another name, or save a new version of that one."
    )


def _stale(newest: StoredVersion) -> Conflict:
    details = {"current": {"version": newest.version, "source": newest.source}}
    return Conflict(f"The module was saved elsewhere meanwhile: its newest version is {newest.version}.",
                    cure="Look at that version; then save yours after it, or under another name.", details=details)  # fmt: skip
