"""Modules from files: what an upload is as a module, looked at and perhaps changed before it is added. Nothing of it is run."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from designer.contract.modules import ComposedModule, ComposeModule, ModuleDraft, ModuleKind, Reach
from designer.errors import Invalid, Limit
from designer.graph.findings import Finding, Severity
from designer.installation import Installation
from designer.library import snapshot, zipped
from designer.library.reach import reach

MOST_UPLOAD = 300_000_000
"""Bytes that an upload of a module may have."""

PREFIX = "unpacked_"
MOST_SHOWN = 500


def read_files(inst: Installation, staged: Path, file_name: str, size: int, entry: str = "") -> ModuleDraft:
    """What a file, or a zip file with a folder, is as a module. Its folder is kept for a day, and longer once it is added.

    Raises `Invalid` with findings where nothing can be read, or where an archive is odd; `Limit` where it is too large.
    """
    from designer.library import reading  # with a YAML reader, which few need

    if size > MOST_UPLOAD:
        raise Limit(
            f"A module's files have at most {MOST_UPLOAD / 1e6:,.0f} MB together.", cure="Give data as datasets."
        )
    with laid_out(inst, staged, file_name) as folder:
        taken = _taken(folder)
        entries = reading.candidates(taken.files)
        if entry and entry not in taken.files:
            raise Invalid(f'There is no file "{entry[:200]}" in the upload.', where="entry")
        if not entries and not entry:
            raise _nothing(file_name)
        digests = {"": taken.digest}

        def keep(below: str) -> str:
            if below and below not in digests:
                digests[below] = _keep_folder(inst, taken.folder / below)
            return digests[below]

        draft = reading.read_file(taken.folder, entry or entries[0], taken.files, keep)
        source, spec, findings = reading.checked(draft)
        reached = reach(texts_of(taken.folder, taken.files))
        if draft.kind == "command":
            _keep_folder(inst, taken.folder, taken.digest)
        return ModuleDraft(
            kind=ModuleKind(draft.kind), what=draft.what, name=draft.name, entry=draft.entry, entries=entries,
            files=list(taken.files[:MOST_SHOWN]), size=taken.size, declaration=draft.declaration, source=source,
            guesses=draft.guesses, lines=draft.lines, spec=spec, findings=list(findings),
            reach=[Reach(what=one.what, where=one.where) for one in reached],
        )  # fmt: skip


def compose(request: ComposeModule) -> ComposedModule:
    """The text of a changed declaration, and all that is to be said about it. Nothing is kept."""
    from designer.library.component import read_component, write_component

    try:
        text = write_component(_plain(request.declaration))
    except (ValueError, TypeError, RecursionError) as problem:
        raise Invalid(f"The declaration cannot be written: {str(problem)[:200]}.") from problem
    spec, findings = read_component(text, request.name)
    return ComposedModule(source=text, spec=spec, findings=list(findings))


def _plain(value: Any, depth: int = 0) -> Any:
    """A JSON value as YAML holds it. Raises `ValueError` where it is nested too deeply."""
    if depth > 20:
        raise ValueError("it is nested too deeply")
    if isinstance(value, Mapping):
        return {str(key): _plain(one, depth + 1) for key, one in value.items()}
    return [_plain(one, depth + 1) for one in value] if isinstance(value, list) else value


@contextmanager
def laid_out(inst: Installation, staged: Path, file_name: str) -> Iterator[Path]:
    """An upload as a folder, for as long as it is looked at. Raises `Invalid` for an odd archive, `Limit` for a large one."""
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=inst.uploads) as place:
        folder = Path(place) / "files"
        if file_name.lower().endswith(".zip"):
            names = zipped.unpack(staged, folder)
            tops = {name.split("/")[0] for name in names}
            if len(tops) == 1 and all("/" in name for name in names):  # a folder that was packed as one
                folder = folder / tops.pop()
        else:
            name = Path(file_name).name or "module.py"
            if name.startswith(".") or len(name.encode()) > 200 or not name.isprintable():
                raise _nothing(file_name)
            folder.mkdir(mode=0o700)
            shutil.copyfile(staged, folder / name)
        yield folder


def _taken(folder: Path) -> snapshot.Snapshot:
    goal = folder.parent / "counted"
    while goal.exists():
        goal = goal.with_name(goal.name + "_")
    return snapshot.take(folder, goal)


def _keep_folder(inst: Installation, folder: Path, digest: str = "") -> str:
    """Keep a folder by its digest. What refers to it comes later: until then it is kept for a day."""
    digest = digest or snapshot.described(folder).digest
    inst.artifacts.put_file(folder, digest, move=False)
    return digest


def texts_of(folder: Path, files: Sequence[str]) -> dict[str, str]:
    """The texts of the files that hold code."""
    code = (".py", ".ipynb", ".r", ".sh", ".bash", ".jl", ".pl", ".js", ".bat", ".ps1")
    chosen = [name for name in files if name.lower().endswith(code)][:200]
    return {name: (folder / name).read_bytes()[:1_000_000].decode("utf-8", "replace") for name in chosen}


def _nothing(file_name: str) -> Invalid:
    from designer.library.reading import READ

    message = f'"{file_name[:100]}" holds nothing that can be read as a module.'
    cure = f"Give a file that ends with {', '.join(READ)}, or a zip file with one."
    return Invalid(message, cure=cure, findings=[Finding("nothing_to_read", message, cure, Severity.ERROR)])
