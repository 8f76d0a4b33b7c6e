"""The folder of a command module: which of its files count, and what may not be among them."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from designer.errors import Invalid, Limit
from designer.graph.findings import Finding
from designer.launcher import digests
from designer.library.ignoring import FILES, Ignored

MOST_FILES = 10_000
MOST_BYTES = 300_000_000
"""What a folder may have once the ignored files are left out."""

CURE = "Leave data and results out with a file .amlignore, and give them as datasets."


@dataclass(frozen=True)
class Snapshot:
    """The files of a folder as they were at one moment."""

    folder: Path  # which holds these files and nothing else
    digest: str
    size: int
    files: tuple[str, ...]


def files_of(folder: Path) -> list[str]:
    """The relative paths of the files of a folder that count, sorted. Raises `Invalid` for links that lead out, or `Limit`."""
    ignored = Ignored(_ignore_text(folder))
    root = folder.resolve()
    found: list[str] = []
    total = 0
    for relative, entry in _walk(folder, "", ignored):
        path = Path(entry.path)
        if entry.is_symlink():
            real = path.resolve()
            if not real.is_relative_to(root):
                raise _wrong("link", f"{relative} is a link that leads out of the folder.", "Copy the file into it.")
            if not real.is_file():
                raise _wrong("link", f"{relative} is a link to something that is not a file.", "Leave it out.")
        elif not entry.is_file(follow_symlinks=False):
            raise _wrong("not_a_file", f"{relative} is neither a file nor a folder.", "Leave it out.")
        total += entry.stat().st_size
        found.append(relative)
        if len(found) > MOST_FILES:
            raise Limit(f"The folder has more than {MOST_FILES:,} files.", cure=CURE)
        if total > MOST_BYTES:
            raise Limit(f"The folder has more than {MOST_BYTES / 1e6:,.0f} MB.", cure=CURE)
    return sorted(found)


def take(folder: Path, goal: Path) -> Snapshot:
    """Copy the files of a folder that count into a new one. Raises `Invalid` or `Limit`."""
    for relative in files_of(folder):
        copy = goal / relative
        copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copyfile(folder / relative, copy)
    return described(goal)


def described(folder: Path) -> Snapshot:
    """A folder that holds nothing but what counts."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size, _ = digests.of_folder(str(folder))
    return Snapshot(folder, digest, size, tuple(sorted(one.replace(os.sep, "/") for one in digests.files(str(folder)))))


def _ignore_text(folder: Path) -> str:
    for name in FILES:
        file = folder / name
        if file.is_file() and not file.is_symlink():
            return file.read_bytes()[:1_000_000].decode("utf-8", "replace")
    return ""


def _walk(folder: Path, below: str, ignored: Ignored) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """All files below a folder that count, folder by folder."""
    queue = [below]
    while queue:
        here = queue.pop()
        with os.scandir(folder / here) as entries:
            for entry in entries:
                relative = f"{here}/{entry.name}" if here else entry.name
                is_folder = entry.is_dir(follow_symlinks=False)
                if ignored(relative, folder=is_folder):
                    continue
                if is_folder:
                    queue.append(relative)
                else:
                    yield relative, entry


def _wrong(code: str, message: str, cure: str) -> Invalid:
    return Invalid(message, cure=cure, findings=[Finding(code, message, cure)])
