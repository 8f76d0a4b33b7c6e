"""The modules there are: files `<category>/<module>.py` in one or more folders."""

import re
from dataclasses import dataclass
from pathlib import Path

from designer.graph.findings import Finding
from designer.graph.module import ModuleSpec
from designer.library.read import MAX_SOURCE, read_module


@dataclass(frozen=True)
class Module:
    """A module that can be used: what it is, and its text."""

    spec: ModuleSpec
    source: str
    path: Path


@dataclass(frozen=True)
class Broken:
    """A file that is no usable module, and why."""

    path: str
    findings: tuple[Finding, ...]


class Catalogue:
    """All modules of the given folders, read once. The first folder that has a module of a name and version provides it.

    A file is named after its module; an older version may be kept beside it as `split_data@1.py`.
    """

    def __init__(self, *folders: Path | str) -> None:
        self.folders = tuple(Path(folder) for folder in folders)
        self._modules: dict[tuple[str, int], Module] = {}
        self._newest: dict[str, Module] = {}
        self._broken: tuple[Broken, ...] = ()
        self.reload()

    def reload(self) -> None:
        """Read all files again."""
        modules: dict[tuple[str, int], Module] = {}
        broken: list[Broken] = []
        for folder in self.folders:
            for path in sorted(folder.glob("*/*.py")):
                if path.name.startswith((".", "_")) or path.parent.name.startswith((".", "_")):
                    continue
                shown = path.relative_to(folder).as_posix()
                module, findings = _load(path)
                if module is None:
                    broken.append(Broken(shown, findings))
                    continue
                key = (module.spec.name, module.spec.version)
                if key in modules:
                    message = (
                        f"{module.spec.reference} is also in {modules[key].path.name} of an earlier folder or category."
                    )
                    finding = Finding("duplicate_module", message, "Rename one, or raise its VERSION.")
                    broken.append(Broken(shown, (finding,)))
                    continue
                modules[key] = module
        newest: dict[str, Module] = {}
        for (name, _), module in sorted(modules.items(), key=lambda entry: entry[0]):
            newest[name] = module
        self._modules, self._newest, self._broken = modules, newest, tuple(broken)

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
        """The newest version of every module, by category and title."""
        return tuple(sorted(self._newest.values(), key=lambda one: (one.spec.category, one.spec.title, one.spec.name)))

    @property
    def broken(self) -> tuple[Broken, ...]:
        """The files that cannot be used."""
        return self._broken


def _load(path: Path) -> tuple[Module | None, tuple[Finding, ...]]:
    name, _, version = path.stem.partition("@")
    category = path.parent.name.replace("_", " ").replace("-", " ").title()
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
