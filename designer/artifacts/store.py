"""The artifact store: write once, read-only, one place per digest: `<2 hex>/<64 hex>`, a file or a folder.

In a local folder an artifact appears by one rename; nobody ever sees half of one. Before that its bytes are on disk, or they
are kept in the database until they are (`put_file`). What lies behind a URL (S3, Blob, ...) is fetched into a local cache where a step needs a path. Listings never decide anything.
"""

import errno
import fcntl
import hashlib
import os
import re
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, cast

import fsspec

from designer.errors import Invalid, NotFound, Unavailable
from designer.faults import crashpoint
from designer.launcher import digests
from designer.launcher.failures import Failure
from designer.launcher.result import make_durable, sync_folder

DIGEST = re.compile(r"sha256:([0-9a-f]{64})")

INCOMING = "incoming"
"""The folder, beside the artifacts, where what is not complete yet lies."""

LOCK = "lock"

NOTHING = "sha256:" + "0" * 64
"""A digest that nothing has."""


class Damaged(NotFound):
    """The stored bytes are not what they were."""

    code: ClassVar[str] = "artifact_damaged"


class ArtifactStore:
    """Artifacts below one folder or URL. Safe to use from many threads and processes.

    Args:
        url: a local path, or an fsspec URL such as `s3://bucket/designer`; chains (`::`) are refused.
        cache: where artifacts from behind a URL are kept for steps; not needed for a local path.
        now: the time, in seconds since 1970-01-01 UTC.
    """

    def __init__(self, url: str | Path, cache: Path | None = None, now: Callable[[], float] = time.time) -> None:
        text = str(url)
        if "::" in text:
            raise Invalid("The address of an artifact store cannot be a chain (`::`).")
        self._fs, root = fsspec.core.url_to_fs(text, use_listings_cache=False, skip_instance_cache=True)
        self._root = root.rstrip("/")
        self.local = Path(self._root) if "file" in _protocols(self._fs.protocol) else None
        """The folder of a local store; None behind a URL."""
        self._now = now
        self._cache = None if self.local else ArtifactStore(cache, now=now) if cache else None
        if self.local:
            (self.local / INCOMING).mkdir(parents=True, exist_ok=True, mode=0o700)

    def put_file(self, path: Path | str, digest: str, *, move: bool = True, durable: bool = True) -> None:
        """Take the file (or folder) in under its digest. Safe to repeat, also when an earlier call was cut off.

        The caller vouches for the digest: the launcher computed it while it wrote. `verify` looks again. A file that is
        copied, because it lies on another file system or shall stay (`move=False`), is checked on the way. What lies
        there already is replaced, so a damaged artifact is mended by making it again. Of a file that is not put `durable` in a
        local folder the caller keeps the bytes elsewhere until it was given to `make_durable`.
        """
        key, source = _key(digest), os.fspath(path)
        if not os.path.lexists(source):
            if (not self.local or self.verify(digest) is not None) and self._renew(digest):
                if self.local:
                    self.seal(digest)  # the call before may have been cut off by a power cut's width
                return
            raise NotFound(f"There is nothing at {os.path.basename(source)} to take in.")
        if os.path.islink(source) or not (os.path.isfile(source) or os.path.isdir(source)):
            raise Invalid(f"{os.path.basename(source)} is neither a regular file nor a folder.")
        try:
            if self.local:
                self._put_local(source, key, digest, move, durable)
            else:
                self._put_remote(source, key, move)
        except OSError as problem:
            raise Unavailable(
                f"The artifact store cannot take a file in: {problem.strerror or problem}.",
                cure="Look at its free space and its rights; the step's own copy is kept.",
            ) from problem

    def prepare(self) -> None:
        """Make the folders that artifacts will lie in, so that nobody who puts one waits for that."""
        if self.local:
            for number in range(256):
                (self.local / f"{number:02x}").mkdir(exist_ok=True, mode=0o700)

    def open(self, digest: str, member: str = "") -> BinaryIO:
        """Read a file; of a folder, the file `member` in it. Raises `NotFound`."""
        try:
            return cast(BinaryIO, self._fs.open(self._path(digest, member), "rb"))
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as problem:
            raise NotFound(
                f"There is no artifact {digest[:19]}{' with ' + member[:100] if member else ''}."
            ) from problem

    def local_path(self, digest: str, size: int | None = None) -> Path:
        """Where a step can read or map it. Raises `NotFound`, or `Damaged` when its size is not the given one."""
        if self.local:
            path = Path(self._path(digest))
            if not path.exists():
                raise NotFound(f"There is no artifact {digest[:19]}.")
        else:
            path = self._fetch(digest)
        if size is not None and _size(path) != size:
            raise Damaged(f"Artifact {digest[:19]} has {_size(path):,} bytes instead of {size:,}.", cure=AGAIN)
        return path

    def is_there(self) -> None:
        """Ask the store something. Raises what its library raises where it does not answer, `Unavailable` where a folder is gone."""
        if self.local is None:
            self._fs.exists(self._path(NOTHING))
        elif not os.access(self.local / INCOMING, os.W_OK):
            raise Unavailable(f"The folder {self.local} is gone, or cannot be written to.")

    def exists(self, digest: str) -> bool:
        """Whether it is there."""
        return bool(self._fs.exists(self._path(digest)))

    def is_folder(self, digest: str) -> bool:
        """Whether it is a folder."""
        return bool(self._fs.isdir(self._path(digest)))

    def files(self, digest: str) -> list[str]:
        """The relative paths of the files of a folder, sorted."""
        path = self._path(digest)
        return sorted(found[len(path) + 1 :] for found in self._fs.find(path) if len(found) > len(path))

    def size(self, digest: str) -> int:
        """Bytes of the file, or of all files of the folder. Raises `NotFound`."""
        path = self._path(digest)
        if self.local:
            if not os.path.exists(path):
                raise NotFound(f"There is no artifact {digest[:19]}.")
            return _size(Path(path))
        if not self._fs.exists(path):
            raise NotFound(f"There is no artifact {digest[:19]}.")
        return int(self._fs.du(path))

    def stat(self, digest: str) -> str:
        """A short text that changes when the stored bytes do: size, time and inode of every file. Raises `NotFound`."""
        try:
            if not self.local:
                return self._remote_stat(digest)
            path = self._path(digest)
            if not os.path.isdir(path):
                return _file_stat(path)
            lines = sorted(f"{member[len(path) :]} {_file_stat(member)}" for member in _members(path))
        except FileNotFoundError as problem:
            raise NotFound(f"There is no artifact {digest[:19]}.") from problem
        return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()

    def verify(self, digest: str, known: str = "") -> str | None:
        """Its `stat` where its bytes are what they were; None where they are not, or it is gone.

        The bytes are read again only where `known`, the stat of the last time, is another one. Raises `Unavailable` where
        the place behind a URL does not answer.
        """
        try:
            stat = self.stat(digest)
            return stat if stat == known or self._found_digest(digest) == digest else None
        except (NotFound, Invalid):
            return None
        except OSError as problem:
            if self.local or isinstance(problem, FileNotFoundError):
                return None
            raise Unavailable(f"The artifact store does not answer: {problem}.") from problem

    def seal(self, digest: str) -> None:
        """Make what was laid in its place by other means read-only and durable."""
        _seal(self._path(digest), self._now())

    def make_durable(self, digest: str, content: bytes) -> None:
        """Make a small artifact survive a power cut; where one has taken it, or a part of it, put it back.

        Raises `Unavailable` where the store cannot be written to.
        """
        try:
            if self.verify(digest) is not None:
                make_durable(self._path(digest))
                return
            staged = self._incoming()
            Path(staged).write_bytes(content)
        except OSError as problem:
            raise Unavailable(f"The artifact store cannot be written to: {problem.strerror or problem}.") from problem
        self.put_file(staged, digest)

    def delete(self, digest: str, unless_put_after: float | None = None) -> bool:
        """Remove it, unless it was put after a time; whether it is gone. Safe to repeat.

        A put and a removal exclude each other in a local folder. Behind a URL they do not: there `unless_put_after` must
        lie hours back.
        """
        path = self._path(digest)
        if self.local:
            with self._locked(fcntl.LOCK_EX):
                try:
                    if unless_put_after is not None and os.stat(path).st_mtime > unless_put_after:
                        return False
                    gone = self._incoming()
                    os.rename(path, gone)
                except FileNotFoundError:
                    return True
            _remove(gone)
        elif self._fs.exists(path):
            if unless_put_after is not None and self._remote_time(path) > unless_put_after:
                return False
            self._fs.rm(path, recursive=True)
        if self._cache:
            self._cache.delete(digest)
        return True

    def iterate(self) -> Iterator[str]:
        """The digests of all artifacts, in no order; for audits and clean-ups, never to decide that one is complete."""
        for folder in self._fs.ls(self._root, detail=False) if self._fs.exists(self._root) else ():
            if re.fullmatch(r"[0-9a-f]{2}", folder.rstrip("/").rpartition("/")[2]):
                for path in self._fs.ls(folder, detail=False):
                    name = "sha256:" + path.rstrip("/").rpartition("/")[2]
                    if DIGEST.fullmatch(name):
                        yield name

    def tidy(self, older_than: float = 86_400.0) -> int:
        """Remove what cut-off calls left behind; how many things that were."""
        count = 0
        if self.local:
            for entry in os.scandir(self.local / INCOMING):
                if entry.stat(follow_symlinks=False).st_mtime < self._now() - older_than:
                    _remove(entry.path)
                    count += 1
        return count

    def _path(self, digest: str, member: str = "") -> str:
        key = _key(digest)
        parts = member.split("/") if member else []
        if any(part in ("", ".", "..") or "\0" in part or "\\" in part for part in parts):
            raise NotFound("There is no such file in the artifact.")
        return "/".join([self._root, key[:2], key, *parts])

    def _incoming(self) -> str:
        assert self.local
        return str(self.local / INCOMING / uuid.uuid4().hex)

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        """Hold the lock of a local store: shared to put something in its place, alone to take something away."""
        assert self.local
        handle = os.open(self.local / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, how)
            yield
        finally:
            os.close(handle)

    def _renew(self, digest: str) -> bool:
        """Make an artifact as young as one that is put now; whether it is there."""
        if not self.local:
            return self.exists(digest)
        with self._locked(fcntl.LOCK_SH):
            try:
                os.utime(self._path(digest), (self._now(), self._now()))
            except FileNotFoundError:
                return False
        return True

    def _put_local(self, source: str, key: str, digest: str, move: bool, durable: bool) -> None:
        assert self.local
        folder = self.local / key[:2]
        folder.mkdir(exist_ok=True, mode=0o700)
        final = str(folder / key)
        staged = source
        if not move or not _same_file_system(source, str(folder)):
            staged = self._incoming()
            _copy(source, staged)
            if _digest(Path(staged)) != digest:
                _remove(staged)
                raise Damaged("The file is not the one that was announced: its digest differs.", cure=AGAIN)
        crashpoint("artifact.before")
        if not os.path.isdir(staged):
            _seal(staged, self._now(), durable or os.path.exists(final))
            with self._locked(fcntl.LOCK_SH):
                os.rename(staged, final)  # takes the place of a damaged or an equal one
        else:
            self._put_folder(staged, final, digest)
        crashpoint("artifact.after")
        if durable:
            sync_folder(str(folder))
        if staged != source and move:
            _remove(source)

    def _put_folder(self, staged: str, final: str, digest: str) -> None:
        """A folder cannot take the place of another one in one step: a good one stays."""
        if os.path.isdir(final) and self.verify(digest) is not None and self._renew(digest):
            _remove(staged)
            return
        _seal(staged, self._now())
        for _ in range(2):
            try:
                with self._locked(fcntl.LOCK_SH):
                    os.rename(staged, final)
                return
            except OSError as problem:
                if problem.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
            if self.verify(digest) is not None and self._renew(digest):  # another call was quicker
                _remove(staged)
                return
            self.delete(digest)
        raise OSError(errno.EEXIST, "something else lies in its place")

    def _put_remote(self, source: str, key: str, move: bool) -> None:
        final = f"{self._root}/{key[:2]}/{key}"
        if os.path.isdir(source):
            for relative in digests.files(source):
                self._fs.put_file(os.path.join(source, relative), f"{final}/{relative}")
        else:
            self._fs.put_file(source, final)
        if int(self._fs.du(final)) != _size(Path(source)):
            raise OSError(errno.EIO, "the stored size differs")
        if move:
            _remove(source)

    def _found_digest(self, digest: str) -> str:
        """The digest of the bytes that are stored."""
        if self.local or self.is_folder(digest):
            return _digest(self.local_path(digest))
        whole = hashlib.sha256()
        with self.open(digest) as file:
            while chunk := file.read(digests.CHUNK):
                whole.update(chunk)
        return "sha256:" + whole.hexdigest()

    def _remote_stat(self, digest: str) -> str:
        path = self._path(digest)
        if not self._fs.exists(path):
            raise FileNotFoundError(path)
        found = self._fs.find(path, detail=True) if self.is_folder(digest) else {path: self._fs.info(path)}
        lines = [f"{name[len(path) :]} {_remote_mark(about)}" for name, about in sorted(found.items())]
        return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()

    def _remote_time(self, path: str) -> float:
        """When it was put: the newest of its files."""
        found = self._fs.find(path) or [path]
        return max(float(self._fs.modified(one).timestamp()) for one in found)

    def _fetch(self, digest: str) -> Path:
        """A checked local copy of what lies behind the URL."""
        if self._cache is None:
            raise Unavailable("This artifact store has no local cache.", cure="Give it a cache folder.")
        if not self._cache.exists(digest):
            staged, path = self._cache._incoming(), self._path(digest)
            if not self._fs.exists(path):
                raise NotFound(f"There is no artifact {digest[:19]}.")
            for member in self.files(digest) if self.is_folder(digest) else [""]:
                goal = os.path.join(staged, member) if member else staged
                os.makedirs(os.path.dirname(goal), exist_ok=True)
                self._fs.get_file(self._path(digest, member), goal)
            if _digest(Path(staged)) != digest:
                _remove(staged)
                raise Damaged(f"Artifact {digest[:19]} is damaged.", cure=AGAIN)
            self._cache.put_file(staged, digest)
        return self._cache.local_path(digest)


AGAIN = "Run the step that made it again."


def _protocols(protocol: str | tuple[str, ...]) -> tuple[str, ...]:
    return (protocol,) if isinstance(protocol, str) else tuple(protocol)


def _key(digest: str) -> str:
    found = DIGEST.fullmatch(digest)
    if not found:
        raise NotFound("That is not the digest of an artifact.")
    return found[1]


def _digest(path: Path) -> str:
    try:
        return digests.of_folder(str(path))[0] if path.is_dir() else digests.of_file(str(path))
    except Failure as problem:
        raise Invalid(problem.message, cure=problem.cure) from problem


def _members(path: str) -> Iterator[str]:
    """The paths of the file, or of the files of the folder."""
    if not os.path.isdir(path):
        yield path
        return
    try:
        for relative in digests.files(path):
            yield os.path.join(path, relative)
    except Failure as problem:
        raise Invalid(problem.message, cure=problem.cure) from problem


def _size(path: Path) -> int:
    return sum(os.stat(one, follow_symlinks=False).st_size for one in _members(str(path)))


def _file_stat(path: str) -> str:
    found = os.stat(path, follow_symlinks=False)
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ino}"


def _remote_mark(about: dict[str, Any]) -> str:
    """Size, and whatever the place has that changes with the bytes."""
    marks = (
        about.get(name) for name in ("ETag", "etag", "md5Hash", "LastModified", "last_modified", "mtime", "created")
    )
    return f"{about.get('size')} {next((mark for mark in marks if mark), '')}"


def _seal(path: str, now: float, durable: bool = True) -> None:
    """Make every file read-only, and the bytes durable; the time of the whole says when it was put."""
    if not os.path.isdir(path):
        os.utime(path, (now, now), follow_symlinks=False)
    for member in _members(path):
        handle = os.open(member, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            os.fchmod(handle, 0o400)
            if durable:
                os.fsync(handle)
        finally:
            os.close(handle)
    if os.path.isdir(path):
        os.utime(path, (now, now))
        for folder, _, _ in os.walk(path):
            sync_folder(folder)


def _same_file_system(first: str, second: str) -> bool:
    return os.stat(first, follow_symlinks=False).st_dev == os.stat(second).st_dev


def _copy(source: str, goal: str) -> None:
    if os.path.isdir(source):
        list(_members(source))  # refuses links and devices
        shutil.copytree(source, goal, symlinks=True)
    else:
        shutil.copyfile(source, goal, follow_symlinks=False)


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)
