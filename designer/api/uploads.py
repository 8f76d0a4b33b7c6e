"""Taking files in: piece by piece into a staging file while they are hashed, never whole in memory.

Only the parser here makes file handles: no request can name a path of this machine.
"""

import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from flask import Request
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData, Preamble

from designer.actions.module_files import PREFIX as UNPACKED
from designer.api.declare import Upload
from designer.api.problems import WrongMediaType
from designer.errors import Limit, Malformed, Unavailable
from designer.installation import Installation

PIECE = 256 * 1024
MAX_FIELDS = 10
MAX_FIELD_BYTES = 20_000
OVERHEAD = 100_000
"""Bytes that the other parts of a form may have."""

RESERVE = 200_000_000
"""Bytes that stay free on the disk."""

LOOK_EVERY = 64_000_000
"""Bytes between two looks at the free space."""

PREFIX = "up_"
"""How staging files are called."""

REFUSED = frozenset({"application/json", "application/x-www-form-urlencoded", "application/problem+json"})
"""What is never a file: sent by mistake, or to pass for one."""


class Staging:
    """A file that is being written and hashed."""

    def __init__(self, folder: Path, limit: int) -> None:
        self.path = folder / f"{PREFIX}{secrets.token_hex(12)}"
        self.size = 0
        self._limit = limit
        self._looked = 0
        self._digest = hashlib.sha256()
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def write(self, data: bytes | bytearray) -> None:
        """Add bytes. Raises `Limit` or `Unavailable`."""
        self.size += len(data)
        if self.size > self._limit:
            raise too_large(self._limit)
        if self.size - self._looked >= LOOK_EVERY:
            self._looked = self.size
            check_space(self.path.parent, 0)
        self._digest.update(data)
        view = memoryview(data)
        while view:
            view = view[os.write(self._file, view) :]

    def close(self) -> None:
        """End writing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    @property
    def digest(self) -> str:
        """Of all bytes so far."""
        return f"sha256:{self._digest.hexdigest()}"


def clean(inst: Installation) -> None:
    """Remove what uploads left that ended with an earlier server."""
    for file in inst.uploads.glob(f"{PREFIX}*"):
        file.unlink(missing_ok=True)
    for folder in inst.uploads.glob(f"{UNPACKED}*"):
        shutil.rmtree(folder, ignore_errors=True)


def too_large(limit: int) -> Limit:
    """What is told of a file over the limit."""
    return Limit(f"The file is larger than the {limit:,} bytes that one upload may have.",
                 cure="Split it, compress it, or raise DESIGNER_UPLOAD_LIMIT.")  # fmt: skip


def check_space(folder: Path, coming: int) -> None:
    """Raises `Unavailable` where the disk would be full."""
    free = shutil.disk_usage(folder).free
    if free - coming < RESERVE:
        raise no_space(f"{free:,} bytes are free, {coming:,} more are coming")


def no_space(why: str) -> Unavailable:
    """What is told where the disk is full."""
    return Unavailable(f"The server's disk has too little space: {why}.", cure="Free some space, then upload it again.")


@contextmanager
def received(inst: Installation, asked: Request) -> Iterator[tuple[Upload, Mapping[str, list[str]]]]:
    """The uploaded file and the other fields of the form; what nobody took is removed afterwards.

    Raises `WrongMediaType`, `Malformed`, `Limit` or `Unavailable`.
    """
    media_type, options = parse_options_header(asked.headers.get("Content-Type", ""))
    if not media_type or media_type in REFUSED or media_type.endswith("+json"):
        raise WrongMediaType(cure="Send a form with one file `file`, or the bytes as application/octet-stream.")
    limit = inst.settings.upload_limit
    if asked.content_length is not None:
        if asked.content_length > limit + OVERHEAD:
            raise too_large(limit)
        check_space(inst.uploads, asked.content_length)
    staging = Staging(inst.uploads, limit)
    try:
        if media_type == "multipart/form-data":
            file_name, fields = _form(asked, staging, options.get("boundary", ""))
        elif media_type.startswith("multipart/"):
            raise WrongMediaType(cure="Send multipart/form-data.")
        else:
            for data in pieces(asked):
                staging.write(data)
            file_name, fields = "", {}
        staging.close()
        yield Upload(staging.path, file_name, staging.size, staging.digest), fields
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise no_space("writing failed") from error
        raise
    finally:
        staging.close()
        with suppress(FileNotFoundError):
            staging.path.unlink()


def pieces(asked: Request) -> Iterator[bytes]:
    """The body, piece by piece. Raises `Malformed` where it ends before it should."""
    expected, got = asked.content_length, 0
    stream = asked.environ["wsgi.input"]
    while expected is None or got < expected:
        try:
            data = stream.read(PIECE if expected is None else min(PIECE, expected - got))
        except (OSError, ValueError) as error:
            raise cut_off() from error
        if not data:
            break
        got += len(data)
        yield data
    if expected is not None and got < expected:
        raise cut_off()


def cut_off() -> Malformed:
    """What is told where a body ends too early."""
    return Malformed("The upload was cut off.", cure="Send it again.")


def _form(asked: Request, staging: Staging, boundary: str) -> tuple[str, dict[str, list[str]]]:
    """Read a form: its one file goes to the staging file; answers the file's name and the other fields."""
    if not boundary or len(boundary) > 200:
        raise Malformed("The form names no boundary.")
    decoder = MultipartDecoder(boundary.encode("latin-1", "replace"), 4 * PIECE, max_parts=MAX_FIELDS + 1)
    file_name: str | None = None
    fields: dict[str, list[str]] = {}
    current: bytearray | None = None  # the field that is being read, None while it is the file
    name = ""
    done = False
    body = pieces(asked)
    try:
        while not done:
            event = decoder.next_event()
            match event:
                case NeedData():
                    decoder.receive_data(next(body, None))
                case Preamble():
                    pass
                case File():
                    if event.name != "file" or file_name is not None:
                        raise Malformed("The form has to have one file, called `file`.", where=event.name[:100])
                    file_name = _base_name(event.filename)
                    current = None
                case Field():
                    if event.name == "file":
                        raise Malformed("`file` has to be a file, not a text.", where="file")
                    name, current = event.name, bytearray()
                case Data():
                    if current is None:
                        staging.write(event.data)
                        continue
                    current += event.data
                    if len(current) > MAX_FIELD_BYTES:
                        raise Limit(f"The field {name[:100]} is too long.")
                    if not event.more_data:
                        fields.setdefault(name, []).append(current.decode("utf-8"))
                case Epilogue():
                    done = True
    except (Malformed, Limit):
        raise
    except UnicodeDecodeError as error:
        raise Malformed(f"The field {name[:100]} is not UTF-8.") from error
    except ValueError as error:
        raise Malformed(f"This is not a form: {error}.") from error
    if file_name is None:
        raise Malformed("The form has no file.", cure="Add one, called `file`.")
    return file_name, fields


def _base_name(name: str) -> str:
    """The last part of a file name, whatever system it comes from; only shown, never opened."""
    plain = "".join(letter for letter in name if letter.isprintable() and not 0xD800 <= ord(letter) <= 0xDFFF)
    return plain.replace("\\", "/").rpartition("/")[2].strip()[:200]
