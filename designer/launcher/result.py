"""Files of a job folder that others read: written whole or not at all."""

import json
import os

TYPE_CHECKING = False  # the real one would import typing, which costs a step milliseconds
if TYPE_CHECKING:
    from typing import Any

FORMAT = "designer.result/1"


def write_json(path: str, value: "Any", *, durable: bool = False) -> None:
    """Write `value` so that a reader finds either the whole file or none; `durable`: also after a power cut."""
    temporary = f"{path}.{os.getpid()}"
    data = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")
    handle = os.open(
        temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600
    )
    try:
        with open(handle, "wb", buffering=0) as file:
            file.write(data)
            if durable:
                os.fsync(handle)
        os.replace(temporary, path)
    except OSError:
        os.unlink(temporary)
        raise
    if durable:
        sync_folder(os.path.dirname(path))


def make_durable(path: str) -> None:
    """Make a file that was renamed to its place survive a power cut, with its name.

    A cut before this may leave an empty file there; who reads it takes it for none.
    """
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        os.fsync(handle)  # the journal of most file systems takes the new name along, so that the folder costs nothing
    finally:
        os.close(handle)
    sync_folder(os.path.dirname(path))


def sync_folder(path: str) -> None:
    """Make renames in a folder durable."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_json(path: str) -> "Any":
    """What a JSON file holds; `None` when it is not there, is no file (a step may have left a link or a pipe there) or is damaged."""
    try:
        with open(path, "rb", opener=plainly) as file:
            return json.loads(file.read())
    except (OSError, ValueError, RecursionError):
        return None


def plainly(path: str, flags: int) -> int:
    """An opener for files that a step could have replaced: it follows no link and waits for no pipe."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
