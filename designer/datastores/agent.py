"""A process that speaks to one store for the server: what hangs, crashes or grows in a store's library does so here.

    python -m designer.datastores.agent

The first line on standard input says which store: `{"kind", "options", "guard"}`. Each further line asks one thing, each answer is
one line, `{"found": ...}` or `{"problem": {...}}`. Bytes go as frames: a line with their number, then they; `0` is the end, `-1` on
the way in says that there will be no end. It ends with its standard input, and when nothing was asked for a minute.
"""

import json
import os
import select
import sys

from designer.datastores import guard
from designer.datastores.place import Place
from designer.datastores.problems import StoreProblem, meaning
from designer.datastores.sql import Base

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any

IDLE_SECONDS = 60.0
PIECE = 1 << 18
PROBE = ".designer-test"


def main() -> None:
    """Serve."""
    read: IO[bytes] = os.fdopen(os.dup(0), "rb", buffering=0)
    out: IO[bytes] = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print is not an answer
    about = json.loads(_line(read))
    if about.get("guard", True):
        guard.install()
    agent = Agent(about["kind"], about["options"], read, out)
    while True:
        if not select.select([read], [], [], IDLE_SECONDS)[0]:
            break
        line = _line(read)
        if not line:
            break
        agent.answer(json.loads(line))
    os._exit(0)  # so that no library writes anything at the end that was given up


def _line(read: "IO[bytes]") -> bytes:
    parts: list[bytes] = []
    while True:
        letter = read.read(1)
        if not letter:
            return b""
        if letter == b"\n":
            return b"".join(parts)
        parts.append(letter)


class Agent:
    """One store, opened when first asked."""

    def __init__(self, kind: str, options: "dict[str, Any]", read: "IO[bytes]", out: "IO[bytes]") -> None:
        self._kind, self._options = kind, options
        self._in, self._out = read, out
        self._place: Place | None = None
        self._base: Base | None = None

    def answer(self, asked: "dict[str, Any]") -> None:
        """Do what is asked, and say what came of it."""
        try:
            found = getattr(self, f"_do_{asked.pop('do')}")(**asked)
        except Exception as problem:  # noqa: BLE001 - whatever a library raises is told
            self._say({"problem": meaning(problem).as_json()})
            return
        self._say({"found": found})

    def _say(self, value: "dict[str, Any]") -> None:
        self._out.write(json.dumps(value).encode() + b"\n")
        self._out.flush()

    def _files(self) -> Place:
        if self._place is None:
            self._place = Place(self._kind, self._options)
        return self._place

    def _tables(self) -> Base:
        if self._base is None:
            self._base = Base(self._options)
        return self._base

    def _do_list(self, path: str, after: int, limit: int, q: str) -> "dict[str, Any]":
        if self._kind == "sql":
            names = [name for name in self._tables().tables() if q.lower() in name.lower()]
            entries = [{"path": name, "name": name, "folder": False, "size": None, "changed": None} for name in names]
        else:
            entries = [one.as_json() for one in self._files().entries(path) if q.lower() in one.name.lower()]
        return {"entries": entries[after : after + limit], "total": len(entries)}

    def _do_info(self, path: str) -> "dict[str, Any]":
        return self._files().info(path).as_json()

    def _do_mark(self, path: str) -> str:
        return self._files().mark(path)

    def _do_test(self) -> "dict[str, Any]":
        if self._kind == "sql":
            return {"entries": len(self._tables().tables()), "writable": None}
        place = self._files()
        count = len(place.entries())
        if not place.writable:
            return {"entries": count, "writable": False}
        name = f"{PROBE}-{os.urandom(6).hex()}"
        try:
            with place.write(name) as file:
                file.write(b"test")
            with place.open(name) as file:
                if file.read() != b"test":
                    raise StoreProblem("failed", "What was written reads otherwise.", "Look at the store.")
            place.remove(name)
        except StoreProblem as problem:
            return {"entries": count, "writable": False, "problem": problem.as_json()}
        return {"entries": count, "writable": True}

    def _do_read(self, path: str) -> None:
        with self._files().open(path) as file:
            data = file.read(PIECE)
            self._say({"found": "bytes"})
            while data:
                self._out.write(b"%d\n" % len(data) + data)
                self._out.flush()
                data = file.read(PIECE)
            self._out.write(b"0\n")

    def _do_write(self, path: str, overwrite: bool) -> "dict[str, Any]":
        writer = self._files().write(path, overwrite=overwrite)
        self._say({"found": "go"})
        while True:
            line = _line(self._in)
            size = int(line or -1)
            if size < 0:
                writer.abandon()
                os._exit(0)
            if size == 0:
                break
            while size:
                data = self._in.read(min(size, PIECE))
                if not data:
                    writer.abandon()
                    os._exit(0)
                writer.write(data)
                size -= len(data)
        writer.close()
        return self._files().info(path).as_json()


if __name__ == "__main__":
    main()
    sys.exit(0)
