"""Importing what others made: it is read and shown, and nothing of it runs before a person has accepted it.

Its modules and pipelines are kept at once, so that they can be looked at like any other; whoever submits one is refused with a
finding until then. Nothing here builds, installs or runs anything.
"""

import copy
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from designer.actions.module_files import MOST_UPLOAD, PREFIX
from designer.actions.modules import create_module, read_own
from designer.actions.pipelines import create_from
from designer.contract.events import ModuleChanged, PipelineChanged
from designer.contract.imports import Import, ImportedModule, ImportedPipeline, ImportList
from designer.contract.modules import CreateModule, ModuleKind, Reach
from designer.errors import Conflict, Invalid, Limit, NotFound
from designer.graph.document import read
from designer.graph.findings import Finding, Severity
from designer.graph.module import ModuleSpec, ParameterKind
from designer.installation import Installation
from designer.library import bundle_file
from designer.library.bundle_file import Bundle, SharedModule
from designer.library.reach import reach
from designer.store import imports, modules, pipelines
from designer.store.imports import StoredImport

MOST_TRIES = 50


def import_file(
    inst: Installation, staged: Path, file_name: str, size: int, digest: str, *, client: str = ""
) -> Import:
    """Take in what `designer export` made. Raises `Invalid` with findings for anything that is not as it should be, and `Limit`."""
    if size > MOST_UPLOAD:
        raise Limit(f"A file to import has at most {MOST_UPLOAD / 1e6:,.0f} MB.")
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=inst.uploads) as place:
        bundle = bundle_file.read(staged, Path(place) / "files")
        specs = {one.reference: _checked(one) for one in bundle.modules}
        for pipeline in bundle.pipelines:
            _refuse_shape(pipeline)
        with inst.store.read() as t:
            inst.follow_modules(t)
            known = {one.spec.digest: one.spec.reference for one in inst.library.all() if not one.spec.own}
            known |= {one.digest: f"{one.module}@{one.version}" for one in modules.versions(t)}
            untrusted = set(imports.waiting(t).sources)
        fresh = {specs[one.reference].digest for one in bundle.modules} - (set(known) - untrusted)
        stored = StoredImport(inst.ids("imp"), file_name[:200], digest, inst.clock.now(), None, {}, [], sorted(fresh))
        with inst.store.write("begin_import") as t:  # first of all: from here on nothing of it runs
            imports.add(t, stored)
        return _take_in(inst, stored, bundle, specs, known, fresh, client)


def _take_in(
    inst: Installation, stored: StoredImport, bundle: Bundle, specs: Mapping[str, ModuleSpec], known: Mapping[str, str],
    fresh: set[str], client: str,
) -> Import:  # fmt: skip
    """Keep the modules and pipelines of a file, under names that are free."""
    here: dict[str, str] = {}
    shown: list[ImportedModule] = []
    for one in sorted(
        bundle.modules, key=lambda module: (module.reference.partition("@")[0], int(module.reference.partition("@")[2]))
    ):
        spec = specs[one.reference]
        if one.path is not None:
            inst.artifacts.put_file(one.path, one.folder, move=False)
        here[one.reference] = known.get(spec.digest) or _create(inst, spec.name, one.source, stored.file_name)
        shown.append(_shown_module(one, spec, here[one.reference], trusted=spec.digest not in fresh))
    made: list[ImportedPipeline] = []
    for document in bundle.pipelines:
        renamed = _renamed(document, here)
        draft = create_from(inst, renamed, stored.id, client=client)
        stored = replace(stored, pipelines=[*stored.pipelines, draft.id])
        _keep(inst, stored)
        made.append(_shown_pipeline(inst, draft.id, renamed))
    missing = sorted({
        node["module"] for document in bundle.pipelines for node in _renamed(document, here)["nodes"].values()
        if node.get("module") and inst.library.get(node["module"]) is None
    })  # fmt: skip
    answer = Import(id=stored.id, file_name=stored.file_name, digest=stored.digest, created=stored.created, modules=shown,
                    pipelines=made, missing=missing)  # fmt: skip
    stored = replace(stored, contents=answer.model_dump(mode="json"))
    _keep(inst, stored)
    return answer


def _keep(inst: Installation, stored: StoredImport) -> None:
    with inst.store.write("keep_import") as t:
        imports.change(t, stored)


def list_imports(inst: Installation, *, after: str | None = None, limit: int = 50) -> ImportList:
    """What was imported, newest first."""
    with inst.store.read() as t:
        found = imports.newest(t, after, limit + 1)
    page = found[:limit]
    return ImportList(items=[_answer(one) for one in page], next=page[-1].id if len(found) > limit and page else None)


def get_import(inst: Installation, id_: str) -> Import:
    """One file that was imported. Raises `NotFound`."""
    with inst.store.read() as t:
        found = imports.get(t, id_)
    if found is None:
        raise NotFound("There is no such import.")
    return _answer(found)


def accept_import(inst: Installation, id_: str, digest: str) -> Import:
    """A person has looked at it: from now on it may run. Raises `NotFound`, and `Conflict` where another file was looked at."""
    with inst.store.write("accept_import") as t:
        found = imports.get(t, id_)
        if found is None:
            raise NotFound("There is no such import.")
        if found.digest != digest:
            raise Conflict("This is not the file that was shown.", cure="Look at it again.")
        found = imports.accept(t, id_, inst.clock.now())
        assert found is not None
        drafts = [draft for one in found.pipelines if (draft := pipelines.get(t, one)) is not None]
    inst.bus.publish([PipelineChanged(id=one.id, version=one.version, client="") for one in drafts])
    for module in _answer(found).modules:
        name, _, version = module.here.partition("@")
        inst.bus.publish([ModuleChanged(name=name, version=int(version))])
    return _answer(found)


def _answer(found: StoredImport) -> Import:
    if not found.contents:  # it was cut off
        return Import(id=found.id, file_name=found.file_name, digest=found.digest, created=found.created,
                      accepted=found.accepted, modules=[], pipelines=[])  # fmt: skip
    return Import.model_validate({**found.contents, "accepted": found.accepted})


def _checked(module: SharedModule) -> ModuleSpec:
    """What a module of the file is. Raises `Invalid` with findings where it cannot be used, or is not what the file says."""
    name, _, version = module.reference.partition("@")
    spec, findings = read_own(module.source, name, int(version))
    if spec is None:
        wrong = [one for one in findings if one.severity is Severity.ERROR]
        raise Invalid(f"The module {module.reference} of the file cannot be used.", findings=wrong)
    if spec.folder != module.folder:
        finding = Finding("bundle_folder", f"The folder of {module.reference} is not the one it names.")
        raise Invalid(finding.message, findings=[finding])
    return spec


def _refuse_shape(document: Mapping[str, Any]) -> None:
    pipeline, findings = read(document)
    if pipeline is None:
        raise Invalid("A pipeline of the file cannot be read.", findings=findings)


def _create(inst: Installation, name: str, source: str, file_name: str) -> str:
    """Make a module under this name, or the next that is free; its reference here."""
    for number in range(1, MOST_TRIES):
        tried = name if number == 1 else f"{name}_{number}"
        try:
            made = create_module(inst, CreateModule(source=source, name=tried, note=f"From {file_name}"))
        except Conflict:
            continue
        return made.spec.reference
    raise Conflict(f"There are {MOST_TRIES} modules named {name} already.", cure="Archive some.")


def _renamed(document: Mapping[str, Any], here: Mapping[str, str]) -> dict[str, Any]:
    """The document with the names that its modules have here, and without artifacts that it cannot have seen."""
    changed: dict[str, Any] = copy.deepcopy(dict(document))
    for node in changed.get("nodes", {}).values():
        if node.get("module") in here:
            node["module"] = here[node["module"]]
        node.pop("pinned", None)
    return changed


def _shown_module(one: SharedModule, spec: ModuleSpec, reference: str, *, trusted: bool) -> ImportedModule:
    files: list[str] = []
    texts: dict[str, str] = {}
    if one.path is not None:
        from designer.actions.module_files import texts_of
        from designer.launcher import digests

        files = sorted(digests.files(str(one.path)))
        texts = texts_of(one.path, files)
    else:
        texts = {f"{spec.name}.py": one.source}
    command = {f"{spec.name}.sh": spec.command.line} if spec.command is not None and spec.command.line else {}
    return ImportedModule(
        reference=one.reference, here=reference, title=spec.title, known=trusted, source=one.source, files=files[:500],
        kind=ModuleKind.COMMAND if spec.command is not None else ModuleKind.FUNCTION, packages=list(spec.dependencies),
        reach=[Reach(what=found.what, where=found.where) for found in reach({**texts, **command})],
    )  # fmt: skip


def _shown_pipeline(inst: Installation, id_: str, document: Mapping[str, Any]) -> ImportedPipeline:
    pipeline, _ = read(document)
    assert pipeline is not None
    code: dict[str, str] = {}
    for node in pipeline.nodes.values():
        spec = inst.library.spec(node.module) if node.module else None
        for parameter in spec.parameters if spec else ():
            text = node.parameters.get(parameter.name)
            if parameter.kind is ParameterKind.CODE and isinstance(text, str) and text.strip():
                code[f"{node.title}.{'py' if parameter.language == 'python' else parameter.language or 'txt'}"] = text
    return ImportedPipeline(
        id=id_, name=pipeline.name, nodes=len(pipeline.nodes), code=sorted(name.rpartition(".")[0] for name in code),
        datasets=sorted({node.dataset for node in pipeline.nodes.values() if node.dataset}),
        reach=[Reach(what=found.what, where=found.where) for found in reach(code)],
    )  # fmt: skip
