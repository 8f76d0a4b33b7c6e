"""Digests of files and folders: what artifacts are known by."""

import hashlib
import json
import os

from designer.launcher.failures import Failure

TYPE_CHECKING = False  # the real one would import typing, which costs a step milliseconds
if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 1 << 20

MOST_FILES = 1_000_000


def of_file(path: str) -> str:
    """`sha256:...` of the bytes of a file."""
    with open(path, "rb", buffering=0) as file:
        whole, room = hashlib.sha256(), memoryview(bytearray(CHUNK // 4))
        while count := file.readinto(room):
            whole.update(room[:count])
        return "sha256:" + whole.hexdigest()


def of_folder(path: str) -> tuple[str, int, int]:
    """Digest, bytes and number of files of a folder: sha256 over one line of JSON per file (path, size, sha256), by path.

    Names, contents and nothing else count: not times, modes, owners, empty folders or the order of a listing.
    Raises `Failure` for anything that is neither a regular file nor a folder.
    """
    total, count = 0, 0
    whole = hashlib.sha256(b"designer.folder/1\n")
    for relative in sorted(files(path), key=lambda name: name.encode("utf-8", "surrogateescape")):
        full = os.path.join(path, relative)
        size = os.stat(full, follow_symlinks=False).st_size
        line = json.dumps([relative.replace(os.sep, "/"), size, of_file(full)[7:]])
        whole.update(line.encode("utf-8", "backslashreplace") + b"\n")
        total += size
        count += 1
    return "sha256:" + whole.hexdigest(), total, count


def files(path: str) -> "Iterator[str]":
    """The relative paths of all regular files below a folder, in no order."""
    queue = [""]
    count = 0
    while queue:
        below = queue.pop()
        with os.scandir(os.path.join(path, below)) as entries:
            for entry in entries:
                relative = os.path.join(below, entry.name)
                if entry.is_symlink() or not (
                    entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False)
                ):
                    raise Failure(
                        "OutputWrong", f"{relative!r} is neither a regular file nor a folder.",
                        "Leave links, sockets and devices out of the folder.",
                    )  # fmt: skip
                if entry.is_dir(follow_symlinks=False):
                    queue.append(relative)
                    continue
                count += 1
                if count > MOST_FILES:
                    raise Failure("OutputWrong", f"The folder holds more than {MOST_FILES:,} files.", "Pack them.")
                yield relative
