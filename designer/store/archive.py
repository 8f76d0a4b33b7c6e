"""Backups: one tar file of a database's copy, the artifacts and what attempts left; its list of contents comes last.

Every file stands in that list (`manifest.json`) with size and sha256, so an archive that was cut off, or changed
anywhere, is known before anything is put back. Nothing secret is in it: no token, no keys, no sessions.
"""

import hashlib
import json
import os
import re
import tarfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from designer.errors import Invalid

FORMAT = "designer.backup/1"
MANIFEST = "manifest.json"
SQLITE, DUMP = "designer.db", "database.dump"
PIECE = 1 << 20

NAME = re.compile(
    r"manifest\.json|designer\.db|database\.dump|artifacts/[0-9a-f]{2}/[0-9a-f]{64}(/.+)?|attempts/[a-z]+_[0-9a-z]+/[\w.-]+",
    re.DOTALL,
)
"""The names that an archive may hold; nothing else is ever written."""


@dataclass
class Manifest:
    """What an archive holds."""

    created: float
    version: str  # of Designer
    schema: str  # the database's migration
    database: str  # "sqlite", "postgresql", or "" where the archive holds none
    format: str = FORMAT
    files: dict[str, tuple[int, str]] = field(default_factory=dict)  # size and sha256
    damaged: list[str] = field(default_factory=list)  # artifacts that were missing, or not what they should be

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(size for size, _ in self.files.values())


def write(manifest: Manifest, files: Iterable[tuple[str, Path]]) -> Iterator[bytes]:
    """An archive of these files, piece by piece. What vanishes on the way, and artifacts that are not what their name
    says, are noted as damaged; a file that grows meanwhile (a log) is taken as far as it was when its turn came."""
    for name, path in files:
        try:
            file = path.open("rb")
        except OSError:
            manifest.damaged.append(name)
            continue
        with file:
            size = os.fstat(file.fileno()).st_size
            yield _header(name, size)
            digest, left = hashlib.sha256(), size
            while left:
                data = _read(file, min(PIECE, left))
                digest.update(data)
                left -= len(data)
                yield data
            yield bytes(-size % tarfile.BLOCKSIZE)
        manifest.files[name] = (size, digest.hexdigest())
        if name.startswith("artifacts/") and name.count("/") == 2 and name.rpartition("/")[2] != digest.hexdigest():
            manifest.damaged.append(name)
    data = json.dumps(asdict(manifest)).encode()
    yield _header(MANIFEST, len(data)) + data + bytes(-len(data) % tarfile.BLOCKSIZE)
    yield bytes(2 * tarfile.BLOCKSIZE)


def _read(file: IO[bytes], size: int) -> bytes:
    """So many bytes; zeros where the file became shorter or cannot be read any more."""
    try:
        data = file.read(size)
    except OSError:
        data = b""
    return data or bytes(size)


def _header(name: str, size: int) -> bytes:
    about = tarfile.TarInfo(name)
    about.size, about.mode = size, 0o600
    return about.tobuf(tarfile.PAX_FORMAT, errors="surrogateescape")


def read(archive: Path, place: Callable[[str], Path | None]) -> Manifest:
    """Read an archive whole, and compare all of it with its list; files go where `place` says, if anywhere.

    Raises `Invalid` where it is no archive, was cut off, or differs from its list.
    """
    found: dict[str, tuple[int, str]] = {}
    listed: Any = None
    try:
        with tarfile.open(archive, "r|", errorlevel=2) as tar:
            for about in tar:
                if not about.isreg() or not NAME.fullmatch(about.name) or _leaves(about.name):
                    raise _wrong(archive, f"it holds {about.name[:100]!r}, which no backup has")
                source = tar.extractfile(about)
                assert source is not None
                if about.name == MANIFEST:
                    listed = json.load(source)
                    continue
                goal = place(about.name)
                found[about.name] = (about.size, _take(source, about.size, goal))
    except (tarfile.TarError, EOFError, ValueError, RecursionError) as problem:
        raise _wrong(archive, f"it cannot be read to its end ({problem})") from problem
    manifest = _manifest(archive, listed)
    if found != manifest.files:
        names = sorted(set(found.items()) ^ set(manifest.files.items()))
        raise _wrong(archive, f"{names[0][0]} is not what the list says")
    return manifest


def _take(source: IO[bytes], size: int, goal: Path | None) -> str:
    """Copy a file out, if it goes anywhere; its sha256. Stretches of zeros become holes again."""
    digest = hashlib.sha256()
    handle = -1
    if goal is not None:
        goal.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(goal, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        while data := source.read(PIECE):
            digest.update(data)
            if handle >= 0:
                if data.count(0) == len(data):
                    os.lseek(handle, len(data), os.SEEK_CUR)
                    continue
                view = memoryview(data)
                while view:
                    view = view[os.write(handle, view) :]
        if handle >= 0:
            os.ftruncate(handle, size)
            os.fsync(handle)
    finally:
        if handle >= 0:
            os.close(handle)
    return digest.hexdigest()


def _leaves(name: str) -> bool:
    """Whether a name could lead out of its folder."""
    return "\0" in name or any(part in ("", ".", "..") for part in name.split("/"))


def _manifest(archive: Path, listed: Any) -> Manifest:
    if listed is None:
        raise _wrong(archive, "its list of contents, which comes last, is missing: it was cut off")
    if not isinstance(listed, dict) or listed.get("format") != FORMAT:
        raise _wrong(archive, "its list of contents is of a format that this version does not know")
    try:
        listed["files"] = {name: (int(size), str(digest)) for name, (size, digest) in listed["files"].items()}
        return Manifest(**listed)
    except (TypeError, ValueError, KeyError, AttributeError) as problem:
        raise _wrong(archive, "its list of contents cannot be read") from problem


def _wrong(archive: Path, why: str) -> Invalid:
    return Invalid(f"{archive} is not a whole backup: {why}.", cure="Take another backup.")
