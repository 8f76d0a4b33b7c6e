"""What a step is given in confidence: the values of its secrets, and pipes in place of its files, so that nothing it writes
reaches the disk before they are replaced.

The values come in a file beside the job (0600). The step's process removes it before it runs anything of the module. The
supervisor holds the other ends of the pipes and writes `stdout.log`, `stderr.log` and `events.jsonl` itself. Only a step that
has secrets pays for this.
"""

import os

from designer.launcher import logs
from designer.launcher.masking import Mask
from designer.launcher.result import read_json

TYPE_CHECKING = False  # the real one would import typing, which costs a step milliseconds
if TYPE_CHECKING:
    from typing import Any

FILE = "secrets.json"
"""`{name: value}`, for the secrets that `job.json` names under "secrets"."""

EVENTS = "events.jsonl"
STREAMS = (*logs.NAMES, EVENTS)
PIECE = 65_536


def pipe(stream: str) -> str:
    """The name of the pipe that stands in the place of a file."""
    return f"{stream}.pipe"


def names(value: "Any") -> "set[str]":
    """The names of the secrets that a value refers to, however deep."""
    if isinstance(value, dict):
        if isinstance(value.get("secret"), str) and value.keys() <= {"secret", "version"}:
            return {value["secret"]}
        return {name for one in value.values() for name in names(one)}
    if isinstance(value, list | tuple):
        return {name for one in value for name in names(one)}
    return set()


def stores(value: "Any") -> "set[str]":
    """The names of the datastores that a value refers to, however deep."""
    if isinstance(value, dict):
        if isinstance(value.get("datastore"), str) and value.keys() == {"datastore"}:
            return {value["datastore"]}
        return {name for one in value.values() for name in stores(one)}
    if isinstance(value, list | tuple):
        return {name for one in value for name in stores(one)}
    return set()


def read(folder: str) -> "dict[str, str]":
    """The values that lie beside the job."""
    found = read_json(os.path.join(folder, FILE))
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def take(folder: str) -> "dict[str, str]":
    """The values that lie beside the job, which are there no longer."""
    found = read(folder)
    remove(folder)
    return found


def remove(folder: str) -> None:
    """Leave no values on disk."""
    try:  # noqa: SIM105 - contextlib would cost a step a millisecond
        os.unlink(os.path.join(folder, FILE))
    except (FileNotFoundError, NotADirectoryError):
        pass


class Streams:
    """The supervisor's ends of the pipes of one step."""

    def __init__(self, folder: str, values: "dict[str, str]") -> None:
        self._folder = folder
        mask = Mask(values.values())
        self.readers: list[int] = []
        self._writers: list[int] = []
        self._files = []
        for name in logs.NAMES:
            os.close(
                os.open(os.path.join(folder, name), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            )
        for name in STREAMS:
            path = os.path.join(folder, pipe(name))
            os.mkfifo(path, 0o600)
            self.readers.append(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))
            self._writers.append(
                os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            )  # else it ends with its first writer
            self._files.append((os.path.join(folder, name), mask.stream()))

    def pump(self) -> None:
        """Write down what has come."""
        for reader, (path, stream) in zip(self.readers, self._files, strict=True):
            while True:
                try:
                    data = os.read(reader, PIECE)
                except BlockingIOError:
                    break
                if not data:
                    break
                _append(path, stream.feed(data))

    def close(self) -> None:
        """Write down what is left, and let go."""
        self.pump()
        for path, stream in self._files:
            _append(path, stream.end())
        for handle in (*self.readers, *self._writers):
            os.close(handle)
        self.readers = []
        for name in STREAMS:
            os.unlink(os.path.join(self._folder, pipe(name)))
        remove(self._folder)


def _append(path: str, data: bytes) -> None:
    if not data:
        return
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            while data:
                data = data[os.write(handle, data) :]
        finally:
            os.close(handle)
    except OSError:
        pass  # no room: what does not fit is lost, as where the step writes by itself and does not look
