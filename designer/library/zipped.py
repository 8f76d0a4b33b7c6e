"""Taking a zip file of unknown origin apart: every name and every byte is looked at, and nothing is trusted of what it says of itself."""

import os
import stat
import unicodedata
import zipfile
from pathlib import Path

from designer.errors import Invalid, Limit
from designer.graph.findings import Finding

MOST_FILES = 10_000
MOST_BYTES = 300_000_000
MOST_NAME = 400
MOST_RATIO = 200
"""How much larger a file may be than what it takes in the archive, once it has some size."""

CHUNK = 1 << 20
SMALL = 1_000_000


def unpack(archive: Path, goal: Path) -> list[str]:
    """Unpack into a new folder; the relative paths of the files. Raises `Invalid` for anything odd and `Limit` for too much."""
    try:
        with zipfile.ZipFile(archive) as opened:
            members = _checked(opened)
            total = 0
            for info, name in members:
                total = _write(opened, info, goal / name, total)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, UnicodeError) as problem:
        raise refused("bad_archive", f"This is no zip file that can be read: {problem}.") from problem
    return [name for _, name in members]


def _checked(opened: zipfile.ZipFile) -> list[tuple[zipfile.ZipInfo, str]]:
    """The files of an archive with their names, all of which are harmless."""
    entries = opened.infolist()
    if len(entries) > 2 * MOST_FILES:
        raise Limit(f"The archive has more than {MOST_FILES:,} files.")
    found: list[tuple[zipfile.ZipInfo, str]] = []
    seen: set[str] = set()
    folders: set[str] = set()
    declared = 0
    for info in entries:
        name = _name(info)
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind and kind not in (stat.S_IFREG, stat.S_IFDIR):
            raise refused("archive_link", f"{name} is a link or a device.", "Pack the file itself.")
        if info.is_dir():
            continue
        if info.flag_bits & 1:
            raise refused("archive_secret", f"{name} is encrypted.", "Pack it without a password.")
        same = unicodedata.normalize("NFC", name).casefold()
        parents = {"/".join(same.split("/")[:depth]) for depth in range(1, same.count("/") + 1)}
        if same in seen or same in folders or parents & seen:
            raise refused("archive_twice", f"{name} is in the archive twice.", "Pack each file once.")
        seen.add(same)
        folders |= parents
        declared += info.file_size
        if declared > MOST_BYTES or len(seen) > MOST_FILES:
            raise Limit(f"The archive holds more than {MOST_BYTES / 1e6:,.0f} MB or {MOST_FILES:,} files.")
        if info.file_size > SMALL and info.file_size > MOST_RATIO * max(1, info.compress_size):
            raise refused("archive_bomb", f"{name} is packed more than {MOST_RATIO}:1.", "Leave it out.")
        found.append((info, name))
    return found


def _name(info: zipfile.ZipInfo) -> str:
    name = info.filename.rstrip("/") if info.is_dir() else info.filename
    parts = name.split("/")
    odd = (
        not name
        or len(name.encode("utf-8", "surrogatepass")) > MOST_NAME
        or "\\" in info.orig_filename
        or ":" in parts[0]
        or any(part in ("", ".", "..") or part != part.strip() for part in parts)
        or not name.isprintable()
        or "\0" in info.orig_filename
    )
    if odd:
        raise refused(
            "archive_path", f"The archive has a file with the name {info.filename[:80]!r}.", "Pack a plain folder."
        )
    return name


def _write(opened: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path, total: int) -> int:
    """Unpack one file, and count what really comes."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    count = 0
    with opened.open(info) as source, os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        while data := source.read(CHUNK):
            count += len(data)
            if count > info.file_size or total + count > MOST_BYTES:
                raise refused("archive_bomb", f"{info.filename[:80]} holds more than it says.", "Leave it out.")
            file.write(data)
    return total + count


def refused(code: str, message: str, cure: str = "") -> Invalid:
    """What is told of an archive that is not taken."""
    return Invalid(message, cure=cure, findings=[Finding(code, message, cure)])
