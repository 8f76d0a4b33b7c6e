"""The modules there are: files in one or more folders, and those that people made here.

A file is `<category>/<module>.py`, or for a command `<category>/<module>.yaml` or `<category>/<module>/component.yaml`.
"""

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from designer.graph.findings import Finding
from designer.graph.module import ModuleSpec
from designer.library.git import Git
from designer.library.read import MAX_SOURCE, read_module


@dataclass(frozen=True)
class Module:
    """A module that can be used: what it is, and its text."""

    spec: ModuleSpec
    source: str
    path: Path | None = None  # None of those that people made here
    archived: bool = False  # pipelines that name it go on; it is offered no more


@dataclass(frozen=True)
class Broken:
    """A file that is no usable module, and why."""

    path: str
    findings: tuple[Finding, ...]


class Catalogue:
    """All modules of the given folders, read once, and those that people made here. May be used from many threads.

    A file is named after its module; an older version may be kept beside it as `split_data@1.py`. The first folder that has a module
    of a name and version provides it. What people made keeps its name: a file that comes later with the same one is not used,
    and `broken` says so.
    """

    def __init__(self, *folders: Path | str, keep: Callable[[Path], str] | None = None) -> None:
        self.folders = tuple(Path(folder) for folder in folders)
        self._keep = keep  # keeps the folder of a command, and gives its digest
        self.changes = -1
        """The number of the newest change of people's modules that is known here."""
        self.git: Mapping[Path, Git] = {}
        """The working copies that folders belong to, as they were at the last look."""
        self._lock = threading.Lock()
        self._files: dict[tuple[str, int], Module] = {}
        self._unread: tuple[Broken, ...] = ()
        self._own: dict[tuple[str, int], Module] = {}
        self._modules: dict[tuple[str, int], Module] = {}
        self._newest: dict[str, Module] = {}
        self._broken: tuple[Broken, ...] = ()
        self.reload()

    def reload(self) -> None:
        """Read all files again."""
        modules: dict[tuple[str, int], Module] = {}
        places: dict[tuple[str, int], str] = {}
        broken: list[Broken] = []
        for folder in self.folders:
            for path in files_of(folder):
                shown = path.relative_to(folder).as_posix()
                module, findings = _load(path) if path.suffix == ".py" else _load_command(path, self._keep)
                if module is None:
                    broken.append(Broken(shown, findings))
                    continue
                key = (module.spec.name, module.spec.version)
                if key in modules:
                    message = f"{module.spec.reference} is also in {places[key]} of an earlier folder or category."
                    finding = Finding("duplicate_module", message, "Rename one, or raise its VERSION.")
                    broken.append(Broken(shown, (finding,)))
                    continue
                modules[key], places[key] = module, path.name
        with self._lock:
            self._files, self._unread = modules, tuple(broken)
            self._merge()

    def keep_own(self, changes: int, own: Iterable[Module]) -> None:
        """Take over the modules that people made, all versions of each, as they are after so many changes."""
        with self._lock:
            if changes <= self.changes:
                return
            self.changes, self._own = changes, {(one.spec.name, one.spec.version): one for one in own}
            self._merge()

    def _merge(self) -> None:
        mine = {name for name, _ in self._own}
        modules = {key: one for key, one in self._files.items() if key[0] not in mine} | self._own
        hidden = [
            Broken(one.path.name if one.path else name, (_hidden(name),))
            for (name, _), one in self._files.items()
            if name in mine
        ]
        newest: dict[str, Module] = {}
        for (name, _), module in sorted(modules.items(), key=lambda entry: entry[0]):
            newest[name] = module
        self._modules, self._newest, self._broken = modules, newest, (*self._unread, *hidden)

    def is_a_file(self, name: str) -> bool:
        """Whether a folder provides a module of this name."""
        return any(known == name for known, _ in self._files)

    def get(self, reference: str) -> Module | None:
        """The module of `split_data@1`, or the newest of `split_data`; None when there is none."""
        name, at, version = reference.partition("@")
        if not at:
            return self._newest.get(name)
        return self._modules.get((name, int(version))) if re.fullmatch(r"[1-9][0-9]{0,5}", version) else None

    def spec(self, reference: str) -> ModuleSpec | None:
        """The specification of `get`: what validation asks for."""
        module = self.get(reference)
        return module.spec if module else None

    def all(self) -> tuple[Module, ...]:
        """The newest version of every module that is offered, by category and title."""
        offered = (one for one in self._newest.values() if not one.archived)
        return tuple(sorted(offered, key=lambda one: (one.spec.category, one.spec.title, one.spec.name)))

    @property
    def broken(self) -> tuple[Broken, ...]:
        """The files that cannot be used."""
        return self._broken


COMPONENT = ("component.yaml", "component.yml")


def files_of(folder: Path) -> list[Path]:
    """The files of a folder that are modules, or are meant to be."""
    found = [*folder.glob("*/*.py"), *folder.glob("*/*.yaml"), *folder.glob("*/*.yml")]
    found += [path for name in COMPONENT for path in folder.glob(f"*/*/{name}")]
    return sorted(
        path for path in found if not any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)
    )


def _load_command(path: Path, keep: Callable[[Path], str] | None) -> tuple[Module | None, tuple[Finding, ...]]:
    """A command that is declared in a file, with its folder."""
    from designer.errors import DesignerError
    from designer.library import reading  # with a YAML reader, which few need

    alone = path.name not in COMPONENT
    stem, place = (path.stem, path.parent) if alone else (path.parent.name, path.parent.parent)

    def kept(below: str) -> str:
        if keep is None:
            raise DesignerError("Folders of commands are not kept here.")
        return keep(path.parent / below)

    try:
        draft = reading.read_file(path.parent, path.name, [path.name], kept)
        draft.name = reading.name_of(stem)
        source, spec, findings = reading.checked(draft, _category(place.name))
    except DesignerError as problem:
        return None, (Finding("code_folder", problem.message, problem.cure),)
    except OSError as problem:
        return None, (Finding("unreadable", f"The file cannot be read: {problem.strerror}."),)
    return (Module(spec, source, path) if spec else None), findings


def _category(name: str) -> str:
    return name.replace("_", " ").replace("-", " ").title()


def _hidden(name: str) -> Finding:
    return Finding("duplicate_module", f"There is a module {name} that was made here; this file is not used.",
                   "Rename the file, or copy your module under another name and archive this one.")  # fmt: skip


def _load(path: Path) -> tuple[Module | None, tuple[Finding, ...]]:
    name, _, version = path.stem.partition("@")
    category = _category(path.parent.name)
    try:
        if not path.is_file():
            return None, (Finding("not_a_file", "This is not a regular file."),)
        with path.open("rb") as file:
            data = file.read(MAX_SOURCE + 1)
        source = data.decode("utf-8-sig") if len(data) <= MAX_SOURCE else "#" * (MAX_SOURCE + 1)
    except OSError as problem:
        return None, (Finding("unreadable", f"The file cannot be read: {problem.strerror}."),)
    except UnicodeDecodeError as problem:
        line = problem.object.count(b"\n", 0, problem.start) + 1
        return None, (Finding("not_utf8", "The file is not UTF-8.", "Save it as UTF-8.", line=line),)
    known = int(version) if re.fullmatch(r"[1-9][0-9]{0,5}", version) else 1
    spec, findings = read_module(source, name, known, category)
    return (Module(spec, source, path) if spec else None), findings
