"""Logs: files that a step writes straight into. Windows of them by bytes, where their lines begin, and search."""

import os
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from designer.launcher import logs

CHUNK = 1 << 20
EVERY = 500
"""The index knows where each so-manyth line begins."""

KEPT = 64
LONGEST_LINE = 2_000


@dataclass(frozen=True)
class Window:
    """Some bytes of a log as text."""

    text: str
    offset: int
    next: int
    size: int


@dataclass(frozen=True)
class Found:
    """A line that a search found."""

    line: int
    offset: int
    text: str


@dataclass
class _Index:
    offsets: list[int] = field(default_factory=list)
    lines: int = 0  # whole ones
    scanned: int = 0
    at_start: bool = True  # of a line
    lock: threading.Lock = field(default_factory=threading.Lock)


def size_of(path: Path) -> int:
    """Bytes of a log; 0 where there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def window(path: Path, offset: int, limit: int, ended: bool) -> Window:
    """Text from `offset` (negative counts from the end), at most `limit` bytes, cut between letters."""
    size = size_of(path)
    limit = max(limit, 8)
    begin = max(0, size + offset) if offset < 0 else min(offset, size)
    start, data = logs.read(str(path), begin, limit)
    skip = 0
    if start > 0:  # a window may begin inside a letter
        while skip < min(3, len(data)) and data[skip] & 0xC0 == 0x80:
            skip += 1
    data = data[skip:]
    begin = start + skip
    if begin + len(data) < size or not ended:
        data = data[: len(data) - _open_letter(data)]
    return Window(data.decode("utf-8", "replace"), begin, begin + len(data), size)


def _open_letter(data: bytes) -> int:
    """How many bytes at the end begin a letter that is not complete."""
    for back in range(1, min(3, len(data)) + 1):
        byte = data[-back]
        if byte & 0xC0 == 0x80:
            continue
        needs = 4 if byte >= 0xF0 else 3 if byte >= 0xE0 else 2 if byte >= 0xC0 else 1
        return back if needs > back else 0
    return 0


class LineIndexes:
    """Where the lines of logs begin: counted once, and on from there when a log has grown."""

    def __init__(self) -> None:
        self._known: OrderedDict[Path, _Index] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, path: Path) -> tuple[list[int], int, int]:
        """The offset of each `EVERY`-th line, the number of lines, and the bytes that were looked at."""
        with self._lock:
            index = self._known.setdefault(path, _Index())
            self._known.move_to_end(path)
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        with index.lock:
            size = size_of(path)
            if size < index.scanned:  # another file by now
                index.offsets, index.lines, index.scanned, index.at_start = [], 0, 0, True
            for start, data in _chunks(path, index.scanned, size):
                _count(index, start, data)
            return list(index.offsets), index.lines + (0 if index.at_start else 1), index.scanned

    def line_at(self, path: Path, offset: int) -> int:
        """The number of the line that begins at `offset`."""
        offsets, _, _ = self.get(path)
        before = bisect_right(offsets, offset) - 1
        if before < 0:
            return 0
        return before * EVERY + sum(data.count(b"\n") for _, data in _chunks(path, offsets[before], offset))


def search(path: Path, text: str, begin: int, limit: int, indexes: LineIndexes) -> tuple[list[Found], bool]:
    """Lines that begin at or behind `begin` and contain the text in any case; whether there may be more."""
    wanted = text.encode("utf-8", "replace").lower()
    size = size_of(path)
    found: list[Found] = []
    number = -1
    rest, at = b"", begin
    whole = begin == 0
    if begin > 0:
        _, before = logs.read(str(path), begin - 1, 1)
        whole = before == b"\n"
    for start, data in _chunks(path, begin, size):
        if start > at + len(rest):  # a hole between them
            rest, at = b"", start
        data = rest + data
        if not whole:
            cut = data.find(b"\n") + 1
            if not cut:
                at, rest = at + len(data), b""
                continue
            at, data, whole = at + cut, data[cut:], True
        if number < 0:
            number = indexes.line_at(path, at)
        last = at + len(data) >= size
        end = len(data) if last else data.rfind(b"\n") + 1
        if end == 0 and len(data) > CHUNK:
            end = len(data)  # one very long line: look at it in pieces
        low = data[:end].lower()
        place = 0
        while True:
            hit = low.find(wanted, place)
            if hit < 0:
                break
            line = low.rfind(b"\n", 0, hit) + 1
            stop = low.find(b"\n", hit)
            stop = end if stop < 0 else stop
            if len(found) >= limit:
                return found, True
            shown = data[line:stop].decode("utf-8", "replace").rstrip("\r")
            found.append(Found(number + low.count(b"\n", 0, line), at + line, shown[:LONGEST_LINE]))
            place = stop
        number += low.count(b"\n")
        rest, at = data[end:], at + end
    return found, False


def _chunks(path: Path, begin: int, end: int) -> Iterator[tuple[int, bytes]]:
    """The bytes of a file between two offsets, with where they begin; holes are left out."""
    while begin < end:
        start, data = logs.read(str(path), begin, min(CHUNK, end - begin))
        if not data or start >= end:
            return
        yield start, data[: end - start]
        begin = start + len(data)


def _count(index: _Index, start: int, data: bytes) -> None:
    if index.at_start and index.lines % EVERY == 0 and len(index.offsets) == index.lines // EVERY:
        index.offsets.append(start)
    newlines = data.count(b"\n")
    if index.lines // EVERY != (index.lines + newlines) // EVERY:
        place = -1
        for number in range(index.lines + 1, index.lines + newlines + 1):
            place = data.find(b"\n", place + 1)
            if number % EVERY == 0 and place + 1 < len(data):
                index.offsets.append(start + place + 1)
    index.lines += newlines
    index.scanned = start + len(data)
    index.at_start = data.endswith(b"\n")


def stream_path(attempts: Path, attempt: str, stream: str) -> Path:
    """The file of a stream of an attempt."""
    return attempts / os.path.basename(attempt) / f"{stream}.log"
