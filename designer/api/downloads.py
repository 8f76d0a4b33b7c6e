"""Handing bytes out: always as a file to keep, never as a page; a folder as a zip file made on the way."""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from flask import Response, request
from werkzeug.utils import send_file

from designer.api.declare import Download

SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"
KNOWN_TYPES = frozenset({
    "application/json", "application/octet-stream", "application/vnd.apache.arrow.file", "application/vnd.apache.parquet",
    "application/zip", "text/csv", "text/plain",
})  # fmt: skip
PIECE = 256 * 1024


def answer(download: Download) -> Response:
    """The answer that makes a browser keep the bytes."""
    name, media_type, content = download.name, download.media_type, download.content
    if media_type not in KNOWN_TYPES:
        media_type = "application/octet-stream"
    made: Response
    if not isinstance(content, Path):
        made = Response(content, mimetype=media_type)
    elif content.is_dir():
        name, made = f"{name}.zip", Response(zipped(content), mimetype="application/zip")
    else:
        made = send_file(content, request.environ, mimetype=media_type, conditional=True, etag=False, last_modified=None,
                         response_class=Response)  # type: ignore[assignment] # fmt: skip
    made.headers["Content-Disposition"] = disposition(name)
    made.headers["Content-Security-Policy"] = SANDBOX
    made.headers["Cache-Control"] = "no-store"
    return made


def disposition(name: str) -> str:
    """The header that names a file to keep (RFC 6266)."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name)[:150] or "file"
    encoded = quote(name[:150].encode("utf-8", "replace"), safe="")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"


class _Pipe(io.RawIOBase):
    """Takes what the zip writer writes, until it is fetched."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Take bytes."""
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """What was written since."""
        data, self._parts = b"".join(self._parts), []
        return data


def zipped(folder: Path) -> Iterator[bytes]:
    """A folder's regular files as a zip file, piece by piece."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_symlink() or not path.is_file():
                continue
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix())
            entry.external_attr = 0o644 << 16
            with path.open("rb") as file, archive.open(entry, "w", force_zip64=True) as out:
                while data := file.read(PIECE):
                    out.write(data)
                    yield pipe.taken()
            yield pipe.taken()
    yield pipe.taken()
