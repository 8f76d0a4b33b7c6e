"""Running a program as if in a terminal, so that it shows its progress; lines and progress are told apart."""

import codecs
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

WIDTH = 1_000
"""Letters in a line of the terminal: enough that no message is broken."""

_ENDS = re.compile(r"(\r*\n)|\r(?=[^\r\n])|\x1b\[[0-9;?]*[A-HJKSTf]", re.S)
"""Where a piece ends: with a line's end, or with a move of the cursor, after which it is drawn over."""

_CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07|[\x00-\x08\x0b-\x1f]")
_BAR = re.compile(r"[\u2800-\u28ff]|[░█]{4}|-{12}")
LONGEST = 100_000


def run(command: "list[str]", line: "Callable[[str], None]", progress: "Callable[[str], None]") -> int:
    """Run it to its end; its exit code, -N of a signal. `line` hears what stays on the screen, `progress` what is drawn over.

    Only its errors and progress (stderr) are heard; what it gives (stdout) is dropped.
    """
    ours, theirs = pty.openpty()
    try:
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, WIDTH, 0, 0))
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": str(WIDTH)}
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs, env=environment
        )
        os.close(theirs)
        _read(ours, line, progress)
        return process.wait()
    finally:
        os.close(ours)


def _read(terminal: int, line: "Callable[[str], None]", progress: "Callable[[str], None]") -> None:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest = ""
    while True:
        try:
            data = os.read(terminal, 65536)
        except OSError:  # how a terminal says that nobody writes to it any more
            data = b""
        rest += decoder.decode(data, final=not data)
        rest = _pieces(rest if data else rest + "\n", line, progress)[-LONGEST:]
        if not data:
            return


def _pieces(text: str, line: "Callable[[str], None]", progress: "Callable[[str], None]") -> str:
    """Hand on all that has ended; what has not."""
    begin = 0
    for end in _ENDS.finditer(text):
        piece = _CODES.sub("", text[begin : end.start()]).rstrip()
        begin = end.end()
        if piece.strip():
            (line if end[1] and not _BAR.search(piece) else progress)(piece)
    return text[begin:]
