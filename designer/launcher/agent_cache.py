"""What flows into steps on another machine, kept there by digest (agent.py). Standard library only, and of Python 3.9."""

import errno
import os
import re
import shutil
import threading
import time

from designer.launcher import digests

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SEALED = 0
"""The modification time of what lies whole in the cache: whoever changes it changes this too."""

DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})")

LEFT_SECONDS = 86_400.0
"""How long what is not complete is kept."""


class Refused(Exception):
    """What was asked for cannot be done; a sentence."""


class Cache:
    """What flows into steps, by digest; a file or a folder each."""

    def __init__(self, root: str) -> None:
        self._whole = os.path.join(root, "cache")
        self._parts = os.path.join(root, "incoming")
        for folder in (self._whole, self._parts):
            os.makedirs(folder, mode=0o700, exist_ok=True)

    def path(self, key: str) -> str:
        """Where something lies, or will."""
        return os.path.join(self._whole, key)

    def has(self, key: str) -> bool:
        """Whether it is there, as it was kept; then it counts as used now."""
        path = self.path(key)
        try:
            found = os.stat(path)
            if os.path.isdir(path):
                for relative in digests.files(path):
                    if os.stat(os.path.join(path, relative)).st_mtime_ns != SEALED:
                        return False
            elif found.st_mtime_ns != SEALED:
                return False
            os.utime(path, (time.time(), SEALED))
        except OSError:
            return False
        return True

    def begun(self, key: str) -> int:
        """Bytes of a file that came before a line was cut."""
        path = os.path.join(self._parts, key)
        if os.path.isdir(path):
            shutil.rmtree(path)
        try:
            return os.stat(path).st_size
        except FileNotFoundError:
            return 0

    def put(self, key: str, member: str, offset: int, data: bytes) -> None:
        """Take bytes of something that comes."""
        path = os.path.join(self._parts, key)
        if member:
            path = below(path, member)
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            left = memoryview(data)
            while left:
                done = os.pwrite(handle, left, offset)
                left, offset = left[done:], offset + done
        finally:
            os.close(handle)

    def seal(self, key: str, folder: bool) -> None:
        """Keep what came, if it is what was announced; else drop it."""
        path = os.path.join(self._parts, key)
        if self.has(key):
            return
        if folder:
            os.makedirs(path, mode=0o700, exist_ok=True)  # it may have no files at all
        found = digests.of_folder(path)[0] if folder else digests.of_file(path)
        if found != "sha256:" + key:
            shutil.rmtree(path) if folder else os.unlink(path)
            raise Refused("what came is not what was announced: its digest differs")
        self._keep(path, key)

    def link(self, place: str, digest: str) -> None:
        """Keep an output of a step here too: the next step on this machine may read it."""
        key = key_of(digest)
        if self.has(key) or not os.path.exists(place):
            return
        path = f"{os.path.join(self._parts, key)}.{os.getpid()}.{threading.get_ident()}"
        if os.path.isdir(place):
            shutil.copytree(place, path, copy_function=os.link)
        else:
            os.link(place, path)
        self._keep(path, key)

    def _keep(self, path: str, key: str) -> None:
        if os.path.isdir(path):
            for relative in digests.files(path):
                self._seal(os.path.join(path, relative))
        else:
            self._seal(path)
        os.utime(path, (time.time(), SEALED))
        final = self.path(key)
        try:
            os.rename(path, final)
        except OSError as problem:
            if problem.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR, errno.EISDIR):
                raise
            if self.has(key):
                shutil.rmtree(path)
            else:  # a damaged folder is not replaced in one step
                _remove(final)
                os.rename(path, final)

    def _seal(self, path: str) -> None:
        os.chmod(path, 0o400)
        os.utime(path, (time.time(), SEALED))

    def trim(self, most: int, used: "set[str]") -> int:
        """Remove what was not used for the longest time, until no more than `most` bytes are left; how many things."""
        entries = []
        now = time.time()
        for name in os.listdir(self._parts):
            path = os.path.join(self._parts, name)
            if os.stat(path).st_mtime < now - LEFT_SECONDS:
                _remove(path)
        for name in os.listdir(self._whole):
            path = os.path.join(self._whole, name)
            found = os.stat(path)
            size = sum(os.stat(os.path.join(path, one)).st_size for one in digests.files(path)) if os.path.isdir(path) else found.st_size  # fmt: skip
            entries.append((found.st_atime, size, name))
        total, removed = sum(size for _, size, _ in entries), 0
        for _, size, name in sorted(entries):
            if total <= most:
                break
            if name not in used:
                _remove(os.path.join(self._whole, name))
                total, removed = total - size, removed + 1
        return removed


def key_of(digest: "Any") -> str:
    found = DIGEST.fullmatch(str(digest))
    if not found:
        raise Refused(f"{str(digest)[:80]!r} is not a digest")
    return found[1]


def below(folder: str, path: str) -> str:
    """A path below a folder."""
    parts = path.split("/")
    if any(part in ("", ".", "..") or "\0" in part for part in parts):
        raise Refused(f"{path[:200]!r} does not lie below the folder")
    return os.path.join(folder, *parts)


def _remove(path: str) -> None:
    if os.path.isdir(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)
