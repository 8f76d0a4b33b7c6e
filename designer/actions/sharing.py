"""Sharing: modules and pipelines go out in one file, with their sources, folders and locks."""

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from designer.actions.modules import get_module
from designer.actions.pipelines import file_name
from designer.bundle import modules as bundled
from designer.errors import NotFound
from designer.graph.document import read
from designer.graph.document import write as write_document
from designer.installation import Installation
from designer.library import bundle_file
from designer.library.bundle_file import Bundle, SharedModule
from designer.library.catalogue import Module
from designer.store import environments, pipelines

CHUNK = 1 << 18


def export_pipeline(inst: Installation, id_: str) -> tuple[str, Iterator[bytes]]:
    """A file name and the bytes of a pipeline with all modules that do not come with Designer. Raises `NotFound`."""
    with inst.store.read() as t:
        found = pipelines.get(t, id_)
        inst.follow_modules(t)
    if found is None:
        raise NotFound("There is no such pipeline, or it was deleted.")
    document, _ = read(found.document)
    references = sorted({node.module for node in document.nodes.values() if node.module}) if document else []
    modules = [
        module for one in references if (module := inst.library.get(one)) is not None and not _comes_along(module)
    ]
    return f"{file_name(found.name)}{bundle_file.SUFFIX}", _packed(
        inst, Bundle([found.document], _shared(inst, modules)), modules
    )


def export_module(inst: Installation, reference: str) -> tuple[str, Iterator[bytes]]:
    """A file name and the bytes of a module. Raises `NotFound`."""
    get_module(inst, reference)
    module = inst.library.get(reference)
    assert module is not None
    return f"{module.spec.name}{bundle_file.SUFFIX}", _packed(inst, Bundle([], _shared(inst, [module])), [module])


def _comes_along(module: Module) -> bool:
    """Whether every installation has it."""
    return module.path is not None and module.path.is_relative_to(bundled())


def _shared(inst: Installation, modules: Iterable[Module]) -> list[SharedModule]:
    return [
        SharedModule(one.spec.reference, one.source, one.spec.folder,
                     inst.artifacts.local_path(one.spec.folder) if one.spec.folder else None)
        for one in modules
    ]  # fmt: skip


def _packed(inst: Installation, bundle: Bundle, modules: Iterable[Module]) -> Iterator[bytes]:
    """The file, piece by piece; its name is gone before the first."""
    for module in modules:
        declared = inst.environments.declaration(module.spec)
        lock = inst.environments.identity_of(declared.digest) if declared is not None else None
        if lock:
            with inst.store.read() as t:
                stored = environments.get_lock(t, lock)
            if stored is not None:
                bundle.locks.setdefault(stored.text, []).append(module.spec.reference)
    with tempfile.NamedTemporaryFile(prefix="up_", dir=inst.uploads, delete=False) as file:
        place = Path(file.name)
    try:
        bundle_file.write(place, bundle, write_document)
        opened = place.open("rb")
    finally:
        place.unlink()

    def pieces() -> Iterator[bytes]:
        with opened:
            while data := opened.read(CHUNK):
                yield data

    return pieces()
