"""How a job's files come to its container: bound, where the engine sees the server's folders, or carried there and back.

A container may write its job's folder, so whatever lies there afterwards is not to be trusted: a link is never followed.
"""

import io
import os
import shutil
import stat
import tarfile
import tempfile
import time
from collections.abc import Callable, Mapping
from typing import IO, Any, Protocol

import designer
from designer.errors import NotFound, Unavailable
from designer.launcher import private, supervisor
from designer.launcher.failures import error
from designer.launcher.result import read_json, write_json
from designer.targets.docker_container import CODE, INPUTS, JOB, ROOT, Place
from designer.targets.docker_engine import Engine

DESCRIPTION = "container.json"
"""In the attempt's folder: its job as the container sees it."""

SOURCES = ("__init__.py", "step.py", "launcher", "module")
"""What of Designer's package a step needs: the standard library is all that these stand on."""

GROWING = ("stdout.log", "stderr.log", "events.jsonl")
CARRY_SECONDS = 1.0


class InputGone(Unavailable):
    """An input of the step is not there any more."""

    def __init__(self, port: str) -> None:
        self.error = error(
            "InputDamaged", f"Input “{port}”: its file is not there.", "Run the step that made it again."
        )
        super().__init__(str(self.error["message"]), cure=str(self.error["cure"]))


class Files(Protocol):
    """A way for files to come there and back."""

    pace: float
    """Seconds after which it wants to look again."""

    def prepare(self, folder: str, limit: float | None, owner: int | None) -> Place:
        """Make the folder ready; what the container's configuration has to say of it. Safe to repeat."""

    def send(self, engine: Engine, name: str, folder: str, say: Callable[[str], None]) -> None:
        """Bring the files into a container that was created and not started. Safe to repeat."""

    def tell_stop(self, engine: Engine, name: str, folder: str, owner: int | None) -> None:
        """Let the launcher see `stop.json`."""

    def follow(self, engine: Engine, name: str, folder: str) -> None:
        """Make the logs in the folder grow."""

    def collect(self, engine: Engine, name: str, folder: str) -> None:
        """Bring back all there is; the result last."""


class Bound:
    """The engine sees the server's folders."""

    pace = 60.0

    def prepare(self, folder: str, limit: float | None, owner: int | None) -> Place:
        """Give the folder to the user of the step; let that one read the inputs."""
        job, inputs = describe(folder, limit)
        write_json(os.path.join(folder, DESCRIPTION), job)
        if owner is not None:
            for entry in os.scandir(folder):
                os.chown(entry.path, owner, owner, follow_symlinks=False)
            os.chown(folder, owner, owner, follow_symlinks=False)
            for source in inputs.values():  # they lie in a folder that only the server may enter
                _let_read(source)
        package = os.path.dirname(os.path.realpath(designer.__file__))
        binds = [(os.path.join(package, one), f"{CODE}/designer/{one}", False) for one in SOURCES]
        binds += [(folder, JOB, True), (os.path.join(folder, DESCRIPTION), f"{JOB}/{supervisor.JOB}", False)]
        binds += [(os.path.realpath(source), inside, False) for inside, source in inputs.items()]
        return Place(binds)

    def send(self, engine: Engine, name: str, folder: str, say: Callable[[str], None]) -> None:
        """They are there."""

    def tell_stop(self, engine: Engine, name: str, folder: str, owner: int | None) -> None:
        """It is there; the step's user has to be able to read it."""
        if owner is not None:
            os.chown(os.path.join(folder, supervisor.STOP), owner, owner, follow_symlinks=False)

    def follow(self, engine: Engine, name: str, folder: str) -> None:
        """They grow there."""

    def collect(self, engine: Engine, name: str, folder: str) -> None:
        """It is there."""


class Carried:
    """The engine is on another machine, or sees other folders: files travel as archives, into volumes of the container."""

    def __init__(self) -> None:
        self.pace = CARRY_SECONDS

    def prepare(self, folder: str, limit: float | None, owner: int | None) -> Place:
        """A volume to send to."""
        job, _ = describe(folder, limit)
        write_json(os.path.join(folder, DESCRIPTION), job)
        return Place(volumes=(ROOT,))

    def send(self, engine: Engine, name: str, folder: str, say: Callable[[str], None]) -> None:
        """Designer's part, the inputs, the job."""
        _, inputs = describe(folder, None)
        say("Sending the step to the Docker engine")
        engine.put(name, ROOT, code())
        for number, (inside, source) in enumerate(inputs.items(), 1):
            say(f"Copying {number} of {len(inputs)} inputs")
            with tempfile.TemporaryFile(dir=folder) as made:
                with tarfile.open(fileobj=made, mode="w") as sent:
                    sent.add(source, os.path.relpath(inside, ROOT), filter=_readable)
                made.seek(0)
                engine.put(name, ROOT, made)
        files = {
            entry.name: entry.path
            for entry in os.scandir(folder)
            if entry.is_file(follow_symlinks=False) and entry.name not in (supervisor.JOB, supervisor.LOCK, *GROWING)
        }
        files[supervisor.JOB] = files.pop(DESCRIPTION)
        with pack(folder, files) as archive:
            engine.put(name, ROOT, archive)

    def tell_stop(self, engine: Engine, name: str, folder: str, owner: int | None) -> None:
        """Send it."""
        with pack(folder, {supervisor.STOP: os.path.join(folder, supervisor.STOP)}) as archive:
            engine.put(name, ROOT, archive)

    def follow(self, engine: Engine, name: str, folder: str) -> None:
        """Fetch what was added; the whole of a file travels each time, so a long one is fetched less often."""
        private.remove(folder)  # the step has them
        began = time.monotonic()
        for file in GROWING:
            with _fetched(engine, name, f"{JOB}/{file}", folder) as archive:
                for member in archive or ():
                    _grow(archive, member, os.path.join(folder, file))
        self.pace = max(CARRY_SECONDS, 10 * (time.monotonic() - began))

    def collect(self, engine: Engine, name: str, folder: str) -> None:
        """Fetch the whole folder beside this one, then let its parts appear, the result last."""
        staging = tempfile.mkdtemp(prefix=".fetched-", dir=folder)
        try:
            with _fetched(engine, name, JOB, folder) as archive:
                if archive is None:
                    return
                archive.extractall(staging, filter=_plain)  # noqa: S202 - which lets nothing out of the folder
            came = os.path.join(staging, os.path.basename(JOB))
            shutil.rmtree(os.path.join(folder, "out"), ignore_errors=True)
            for part in ("out", supervisor.LOCK, *GROWING, supervisor.RESULT):
                if os.path.lexists(os.path.join(came, part)):
                    os.replace(os.path.join(came, part), os.path.join(folder, part))
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def describe(folder: str, limit: float | None) -> tuple[dict[str, Any], dict[str, str]]:
    """A job as its container sees it; and where its inputs come from, by their paths in there. Raises `NotFound`, `InputGone`."""
    job = read_json(os.path.join(folder, supervisor.JOB))
    if not isinstance(job, dict):
        raise NotFound("The job's description is not there or is not JSON.")
    sources: dict[str, str] = {}
    inputs: dict[str, Mapping[str, Any]] = {}
    for port, spec in (job.get("inputs") or {}).items():
        if not os.path.exists(str(spec["path"])):
            raise InputGone(str(port))
        inside = f"{INPUTS}/{port}/{os.path.basename(str(spec['path']))}"
        sources[inside] = str(spec["path"])
        inputs[port] = {**spec, "path": inside}
    timeout = min((one for one in (job.get("timeout"), limit) if one), default=None)
    return {**job, "inputs": inputs, "timeout": timeout}, sources


def code() -> bytes:
    """What of Designer a step needs, as an archive for `ROOT`."""
    package = os.path.dirname(os.path.realpath(designer.__file__))
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for one in SOURCES:
            archive.add(os.path.join(package, one), os.path.relpath(f"{CODE}/designer/{one}", ROOT), filter=_source)
    return made.getvalue()


def pack(folder: str, files: Mapping[str, str | bytes], owner: int = 65_532) -> IO[bytes]:
    """Files (by name: where they lie, or their bytes) as an archive for `ROOT`: the job's folder, which belongs to its user.

    The archive is a file without a name in `folder`, open at its begin; who closes it removes it.
    """
    made: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - whoever asked closes it
    base = os.path.relpath(JOB, ROOT)
    with tarfile.open(fileobj=made, mode="w") as archive:
        for inside in ("", *sorted({os.path.dirname(name) for name in files if "/" in name})):
            about = tarfile.TarInfo(os.path.join(base, inside).rstrip("/"))
            about.type, about.mode, about.uid, about.gid = tarfile.DIRTYPE, 0o700, owner, owner
            archive.addfile(about)
        for name, source in files.items():
            about = tarfile.TarInfo(os.path.join(base, name))
            about.mode, about.uid, about.gid, about.mtime = 0o700, owner, owner, int(time.time())
            with io.BytesIO(source) if isinstance(source, bytes) else open(source, "rb") as data:
                about.size = data.seek(0, os.SEEK_END)
                data.seek(0)
                archive.addfile(about, data)
    made.seek(0)
    return made


def _let_read(path: str) -> None:
    """Let everyone read a file, or a folder with all that is in it."""
    found = os.stat(path, follow_symlinks=False)
    if stat.S_ISDIR(found.st_mode):
        for entry in os.scandir(path):
            _let_read(entry.path)
        os.chmod(path, found.st_mode | 0o555)  # noqa: S103 - below the server's own folder, which is 0700
    elif stat.S_ISREG(found.st_mode) and not found.st_mode & 0o004:
        os.chmod(path, found.st_mode | 0o444)


def _readable(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.mode = 0o555 if member.isdir() else 0o444
    return member


def _source(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if "__pycache__" in member.name else _readable(member)


def _plain(member: tarfile.TarInfo, path: str) -> tarfile.TarInfo | None:
    """Files and folders that stay inside; a step's links and devices stay behind."""
    if not (member.isreg() or member.isdir()):
        return None
    safe = tarfile.data_filter(member, path)
    return safe.replace(mode=0o700 if member.isdir() else 0o600, deep=False) if safe else None


class _fetched:
    """A file or folder of a container as an open archive; None where it is not there."""

    def __init__(self, engine: Engine, name: str, path: str, folder: str) -> None:
        self._parts = engine.get(name, path)
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - __exit__ closes it

    def __enter__(self) -> tarfile.TarFile | None:
        for part in self._parts:
            self._file.write(part)
        if not self._file.tell():
            return None
        self._file.seek(0)
        return tarfile.open(fileobj=self._file, mode="r:")

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _grow(archive: tarfile.TarFile | None, member: tarfile.TarInfo, path: str) -> None:
    """Add to a file what is new in a member of an archive."""
    assert archive is not None
    content = archive.extractfile(member) if member.isreg() else None
    if content is None:
        return
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with open(handle, "ab") as file:
        content.seek(file.tell())
        shutil.copyfileobj(content, file)
