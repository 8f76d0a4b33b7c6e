"""Keeping secrets out of what is written: each of their usual spellings becomes `***`, also where it comes in pieces.

This is a net under people's mistakes, not a wall: a step that encrypts or reverses a secret can still write it down.
"""

import base64
import json
import re
import urllib.parse

TYPE_CHECKING = False  # the real one would import typing, which costs a step milliseconds
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

SHORTEST = 6
"""Characters that a secret has at least: a shorter one would be found everywhere, or nowhere."""

SHORTEST_LINE = 16
"""Characters that a line of a secret of several lines (a private key) has at least to be masked by itself."""

MASK = b"***"


def spellings(value: str) -> "set[bytes]":
    """The ways in which a value is usually written."""
    found: set[bytes] = set()
    lines = [line.strip() for line in value.splitlines()]
    parts = [value, value.strip(), *(line for line in lines if len(line) >= SHORTEST_LINE and len(lines) > 1)]
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        found |= {data, repr(part)[1:-1].encode(), repr(data)[2:-1].encode()}
        found |= {json.dumps(part)[1:-1].encode(), json.dumps(part, ensure_ascii=False)[1:-1].encode()}
        found |= {urllib.parse.quote(data, safe=safe).encode() for safe in ("", "/")}
        found |= {urllib.parse.quote_plus(data).encode(), part.replace("'", "'\\''").encode(), data.hex().encode()}
        found |= {data.hex().upper().encode(), re.sub("%[0-9A-F]{2}", lambda one: one[0].lower(), urllib.parse.quote(data, safe="")).encode()}  # fmt: skip
        found |= _in_base64(data)
    return {one for one in found if len(one) >= SHORTEST}


def _in_base64(data: bytes) -> "set[bytes]":
    """What of its base64 does not depend on its neighbours, at each of the three places it may begin."""
    found = set()
    for ahead in range(3):
        text = base64.b64encode(bytes(ahead) + data)
        begin = (ahead * 8 + 5) // 6
        inner = text[begin : (ahead + len(data)) * 8 // 6]
        found |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return found


class Mask:
    """Replaces the secrets of one step."""

    def __init__(self, values: "Iterable[str]") -> None:
        found = {spelling for value in values for spelling in spellings(value)}
        ordered = sorted(found, key=len, reverse=True)
        self._pattern = re.compile(b"|".join(map(re.escape, ordered))) if ordered else None
        self._spellings = ordered
        self._longest = len(ordered[0]) if ordered else 0
        self._firsts = {one[0] for one in ordered}

    def data(self, data: bytes) -> bytes:
        """The data without secrets."""
        return self._pattern.sub(MASK, data) if self._pattern else data

    def text(self, text: str) -> str:
        """The text without secrets."""
        return self.data(text.encode("utf-8", "surrogatepass")).decode("utf-8", "replace") if self._pattern else text

    def value(self, value: "Any") -> "Any":
        """A JSON value whose texts are without secrets."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key) if isinstance(key, str) else key: self.value(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(one) for one in value]
        return value

    def stream(self) -> "Stream":
        """For what comes in pieces."""
        return Stream(self)

    def safe(self, data: bytes) -> int:
        """How many bytes from the start can be written: behind them may be the beginning of a secret."""
        if self._pattern is None:
            return len(data)
        cut = len(data)
        for place in range(max(0, len(data) - self._longest + 1), len(data)):
            if data[place] in self._firsts and any(one.startswith(data[place:]) for one in self._spellings):
                cut = place
                break
        if cut < len(data):
            for found in self._pattern.finditer(data):
                if found.start() < cut < found.end():
                    return found.start()
        return cut


class Stream:
    """A stream without secrets: holds back only what may become one."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """What can be written now."""
        data = self._held + data
        cut = self._mask.safe(data)
        self._held = data[cut:]
        return self._mask.data(data[:cut])

    def end(self) -> bytes:
        """What is left."""
        left, self._held = self._held, b""
        return self._mask.data(left)
