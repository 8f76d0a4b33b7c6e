"""The agent on another machine: it does there what a server asks over one line, and tells what becomes of the jobs there.

`python -m designer.launcher --agent FOLDER` speaks on its standard input and output: frames of a head in JSON and bytes. It
lives as long as the line does; jobs are sessions of their own and go on without it, and the next agent finds them by their
folders. Standard library only, and of Python 3.9, since it may run on a Python that no step can use.

Below FOLDER: `launcher/` (this code, by digest), `tools/` (uv), `environments/` (by lock), `cache/` (what flows into steps, by
digest), `incoming/` (what is not complete yet), `jobs/` (the job folders).
"""

import fcntl
import json
import os
import platform
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from designer.launcher import digests, environment, processes
from designer.launcher.agent_cache import Cache, Refused, below, key_of
from designer.launcher.agent_watch import CHUNK, HANDLE, LAUNCHER_LOG, RESULT, Watch, look, owners, send_signal
from designer.launcher.result import read_json, write_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

MARK = b"\0designer-agent\0"
"""What stands before the first frame: a shell may have said something before."""

HEAD = struct.Struct(">II")
MOST_HEAD = 64 << 20
MOST_BYTES = 1 << 20

SILENCE_SECONDS = 120.0
"""After so long without a word from the server, which asks often, the line is taken for dead."""

JOB, STOP = "job.json", "stop.json"

PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,200}")

KEPT = {
    "HOME", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "LOGNAME", "PATH", "R_HOME", "JAVA_HOME", "SPARK_HOME", "SHELL",
    "SSL_CERT_DIR", "SSL_CERT_FILE", "TEMP", "TMP", "TMPDIR", "TZ", "USER",
}  # fmt: skip
KEPT_PREFIXES = ("LC_", "CUDA_", "NVIDIA_", "OMP_", "OPENBLAS_", "MKL_", "POLARS_", "XDG_CACHE_")
"""The variables of the login that a step gets to see."""


_INSTALLED = """
import json, re, sys
from importlib.metadata import distributions
found = {}
for one in distributions():
    if one.metadata["Name"]:
        found.setdefault(re.sub("[-_.]+", "-", one.metadata["Name"]).lower(), one.version)
print(json.dumps({"python": "%d.%d" % sys.version_info[:2], "packages": found}))
"""


def main(arguments: "list[str]") -> "NoReturn":
    """Serve the folder that is named, until the line is gone."""
    os.umask(0o077)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    os.chdir("/")
    Agent(arguments[0]).serve(0, os.dup(1))
    os._exit(0)


class Line:
    """The way back: whole frames, from any thread."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._lock = threading.Lock()

    def send(self, head: "dict[str, Any]", payload: bytes = b"") -> None:
        """Send one frame; where nobody listens any more, end."""
        text = json.dumps(head, ensure_ascii=True, separators=(",", ":")).encode()
        with self._lock:
            self.write(HEAD.pack(len(text), len(payload)) + text + payload)

    def write(self, data: bytes) -> None:
        """Bytes as they are."""
        left = memoryview(data)
        try:
            while left:
                left = left[os.write(self._handle, left) :]
        except OSError:
            os._exit(0)


class Agent:
    """The verbs. Each takes the head and the bytes of a frame and returns the answer's head, perhaps with bytes."""

    def __init__(self, root: str) -> None:
        self.root = os.path.realpath(os.path.expanduser(root))
        self.boot = processes.boot_id()
        self.line = Line(-1)
        self.cache = Cache(self.root)
        for name in ("jobs", "environments", "tools"):
            os.makedirs(os.path.join(self.root, name), mode=0o700, exist_ok=True)
        self.watch = Watch(os.path.join(self.root, "jobs"), self.boot, self.cache, self.send)
        self._installed: dict[str, Any] = {}

    def send(self, head: "dict[str, Any]", payload: bytes = b"") -> None:
        """Tell the server something."""
        self.line.send(head, payload)

    def serve(self, input_: int, output: int) -> None:
        """Answer until the line is gone."""
        self.line = Line(output)
        self.line.write(MARK)
        threading.Thread(target=self.watch.run, daemon=True).start()
        at_once = {"ping": self.ping, "part": self.part, "put": self.put, "follow": self.follow}
        slow = {
            "hello": self.hello, "seal": self.seal, "start": self.start, "stop": self.stop, "clean": self.clean,
            "list": self.list, "read": self.read, "trim": self.trim, "look": self.look, "software": self.software,
        }  # fmt: skip
        with ThreadPoolExecutor(6) as pool:
            while (frame := self._receive(input_)) is not None:
                head, payload = frame
                verb = str(head.get("do"))
                if verb in at_once:
                    self._answer(at_once[verb], head, payload)
                elif verb in slow:
                    pool.submit(self._answer, slow[verb], head, payload)
                else:
                    self.line.send({"id": head.get("id"), "problem": f"the agent knows no {verb!r}", "number": 0})
            os._exit(0)

    def _receive(self, input_: int) -> "tuple[dict[str, Any], bytes] | None":
        first = _exactly(input_, HEAD.size)
        if first is None:
            return None
        length, size = HEAD.unpack(first)
        if length > MOST_HEAD or size > MOST_BYTES:
            return None
        text, payload = _exactly(input_, length), _exactly(input_, size)
        if text is None or payload is None:
            return None
        return json.loads(text), payload

    def _answer(self, verb: "Callable[..., Any]", head: "dict[str, Any]", payload: bytes) -> None:
        try:
            made = verb(head, payload)
            answer, data = made if isinstance(made, tuple) else (made, b"")
        except Refused as problem:
            answer, data = {"problem": str(problem), "number": 0}, b""
        except OSError as problem:
            what = os.path.basename(str(problem.filename)) if problem.filename else ""
            text = f"{problem.strerror or problem}{': ' + what if what else ''}"
            answer, data = {"problem": text, "number": problem.errno or 0}, b""
        except Exception as problem:  # noqa: BLE001 - the server hears of it
            answer, data = {"problem": f"{type(problem).__name__}: {problem}", "number": 0}, b""
        self.line.send({"id": head.get("id"), **answer}, data)

    def hello(self, head: "dict[str, Any]", payload: bytes) -> "dict[str, Any]":
        """Who this machine is."""
        libc = platform.libc_ver()[0]
        return {
            "root": self.root, "python": sys.executable, "version": list(sys.version_info[:3]), "boot_id": self.boot,
            "system": sys.platform, "machine": platform.machine(), "libc": libc, "cores": os.cpu_count() or 1,
            "node": platform.node(), **self.ping(head, payload),
        }  # fmt: skip

    def ping(self, head: "dict[str, Any]", payload: bytes) -> "dict[str, Any]":
        """How it does: free bytes of the folder, and what /proc says of processors and memory."""
        space = os.statvfs(self.root)
        return {"free": space.f_bavail * space.f_frsize, "stat": _text("/proc/stat"), "meminfo": _text("/proc/meminfo")}

    def part(self, head: "dict[str, Any]", payload: bytes) -> "dict[str, Any]":
        """How much of something is there: all of it (-1), or the first bytes of a file."""
        key = key_of(head["digest"])
        return {"size": -1 if self.cache.has(key) else self.cache.begun(key)}

    def put(self, head: "dict[str, Any]", payload: bytes) -> "dict[str, Any]":
        """Bytes of a file, or of a file in a folder (`member`)."""
        self.cache.put(key_of(head["digest"]), str(head.get("member") or ""), int(head["offset"]), payload)
        return {}

    def seal(self, head: "dict[str, Any]", payload: bytes) -> "dict[str, Any]":
        """All bytes of it were put: keep it, if it is what was announced."""
        self.cache.seal(key_of(head["digest"]), bool(head.get("folder")))
        return {}

    def trim(self, head: "dict[str, Any]", payload: bytes) -> "dict[str, Any]":
        """Bring the cache under a size in bytes."""
        return {"removed": self.cache.trim(int(head["most"]), self._in_use())}

    def _in_use(self) -> "set[str]":
        used: set[str] = set()
        for name in os.listdir(os.path.join(self.root, "jobs")):
            told = read_json(os.path.join(self.root, "jobs", name, HANDLE))
            if isinstance(told, dict):
                used.update(told.get("inputs") or ())
        return used

    def folder(self, name: str) -> str:
        """The folder of a job."""
        if not PLAIN.fullmatch(name) or name.startswith("."):
            raise Refused(f"{name!r} is not the name of a job")
        return os.path.join(self.root, "jobs", name)

    def start(self, head: "dict[str, Any]", payload: bytes) -> "dict[str, Any]":
        """Start a job, once; or say which of its inputs are `missing` here.

        `job` is what its job.json says, `files` are those beside it ([path, size, mode], their bytes in the payload),
        `inputs` are the digests by port, `python` its interpreter.
        """
        name = str(head["name"])
        folder = self.folder(name)
        with _locked(folder + ".lock"):
            told = read_json(os.path.join(folder, HANDLE))
            if not isinstance(told, dict):
                ports = {port: key_of(digest) for port, digest in (head.get("inputs") or {}).items()}
                blobs = {path: key_of(digest) for path, digest in (head.get("blobs") or {}).items()}
                missing = sorted({key for key in (*ports.values(), *blobs.values()) if not self.cache.has(key)})
                if missing:
                    return {"missing": ["sha256:" + key for key in missing]}
                self._write_folder(folder, head, payload, ports, blobs)
                told = self._spawn(folder, head)
                told["inputs"] = sorted(ports.values())
                write_json(os.path.join(folder, HANDLE), told)
        self.watch.add(name, {})
        return {"started": told}

    def _write_folder(
        self, folder: str, head: "dict[str, Any]", payload: bytes, ports: "dict[str, str]", blobs: "dict[str, str]"
    ) -> None:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        at = 0
        for path, size, mode in head.get("files") or ():
            place = below(folder, path)
            os.makedirs(os.path.dirname(place), mode=0o700, exist_ok=True)
            with open(place, "wb") as file:
                file.write(payload[at : at + size])
            os.chmod(place, mode & 0o700)
            at += size
        for path, key in blobs.items():
            place = below(folder, path)
            os.makedirs(os.path.dirname(place), mode=0o700, exist_ok=True)
            if os.path.isdir(self.cache.path(key)):
                shutil.copytree(self.cache.path(key), place, copy_function=shutil.copyfile, dirs_exist_ok=True)
            else:
                shutil.copyfile(self.cache.path(key), place)
                os.chmod(place, 0o700)
        job = dict(head["job"])
        inputs = job.get("inputs") or {}
        job["inputs"] = {
            port: {**spec, "path": self.cache.path(ports[port])} if port in ports else spec
            for port, spec in inputs.items()
        }
        write_json(os.path.join(folder, JOB), job)

    def _spawn(self, folder: str, head: "dict[str, Any]") -> "dict[str, Any]":
        """Start the launcher of a job, in a session of its own."""
        name, python = str(head["name"]), str(head.get("python") or sys.executable)
        all_ = bool(head.get("whole_login"))  # of a build, which may need proxies and indexes
        variables = {
            key: value for key, value in os.environ.items() if all_ or key in KEPT or key.startswith(KEPT_PREFIXES)
        }
        variables |= {processes.COOKIE: name, processes.FOLDER: folder, "PYTHONHASHSEED": "0"}
        if head.get("environment"):  # what it installed as commands is found by name
            commands = os.path.dirname(python)
            variables["VIRTUAL_ENV"] = os.path.dirname(commands)
            variables["PATH"] = os.pathsep.join(filter(None, (commands, variables.get("PATH"))))
        if head.get("memory_limit_mb"):
            variables[processes.MEMORY] = str(int(head["memory_limit_mb"]))
        launcher = os.path.join(os.path.dirname(os.path.abspath(__file__)), "__main__.py")
        log = os.open(os.path.join(folder, LAUNCHER_LOG), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            process = subprocess.Popen(
                [python, "-s", launcher, folder], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder,
                env=variables, start_new_session=True,
            )  # fmt: skip
        except OSError as problem:
            raise Refused(f"{python} cannot be started: {problem.strerror}") from problem
        finally:
            os.close(log)
        process.returncode = 0  # Popen need not care: `look` waits for it, or init when this agent is gone
        return {
            "pid": process.pid, "start_time": processes.start_time(process.pid, zombie=True), "boot_id": self.boot,
        }  # fmt: skip

    def follow(self, head: "dict[str, Any]", payload: bytes) -> "dict[str, Any]":
        """Tell of a job from now on, its streams from the given offsets; `there` says whether there is such a job."""
        name = str(head["name"])
        there = os.path.exists(os.path.join(self.folder(name), HANDLE))
        if there:
            self.watch.add(name, {str(key): int(value) for key, value in (head.get("offsets") or {}).items()})
        return {"there": there}

    def stop(self, head: "dict[str, Any]", payload: bytes) -> "dict[str, Any]":
        """Have the launcher of a job end its step; where that is dead, end what it left."""
        name = str(head["name"])
        folder = self.folder(name)
        if os.path.exists(os.path.join(folder, RESULT)) or not os.path.isdir(folder):
            return {}
        write_json(os.path.join(folder, STOP), {"grace": float(head.get("grace", 10.0))})
        if not any(send_signal(who, signal.SIGTERM) for who in owners(folder)):
            processes.end_with_cookie(name, folder)
        return {}

    def clean(self, head: "dict[str, Any]", payload: bytes) -> "dict[str, Any]":
        """End what is left of a job, and remove its folder."""
        name = str(head["name"])
        folder = self.folder(name)
        self.watch.forget(name)
        if os.path.isdir(folder):
            with _locked(folder + ".lock"):
                if not os.path.exists(os.path.join(folder, RESULT)):
                    for who in owners(folder):
                        send_signal(who, signal.SIGKILL)
                    processes.end_with_cookie(name, folder)
                shutil.rmtree(folder)
        if os.path.exists(folder + ".lock"):
            os.unlink(folder + ".lock")
        return {}

    def look(self, head: "dict[str, Any]", payload: bytes) -> "dict[str, Any]":
        """What has become of a job that nobody follows (`found`), and what it says of its progress."""
        folder = self.folder(str(head["name"]))
        return {"found": look(folder, self.boot), "progress": read_json(os.path.join(folder, environment.PROGRESS))}

    def software(self, head: "dict[str, Any]", payload: bytes) -> "dict[str, Any]":
        """The interpreter for a lock; where that has to be built, what the build needs to know.

        Where nothing is locked, any Python does that the launcher runs on. One that was named does where it has all
        packages of the lock, in the same versions: then nothing is built.
        """
        named = str(head.get("named") or "")
        if not head.get("digest"):
            return {"python": self._any_python(named)}
        place = os.path.join(self.root, "environments", key_of(head["digest"]), "bin", "python")
        if os.path.exists(place):
            return {"python": place, "environment": True}
        if named and self._has(named, str(head["python"]), dict(head["packages"])):
            return {"python": named, "environment": True}
        return {"build": os.path.join(self.root, "environments"), "uv": _find_uv(), "server": sys.executable}

    def _any_python(self, named: str) -> str:
        for python in filter(None, (named, sys.executable)):
            found = environment.ask(python)
            if found is not None and found >= environment.OLDEST:
                return python
        fitting: dict[tuple[int, int, int], str] = {}
        for path in environment.candidates():
            found = environment.ask(path)
            if found is not None and found >= environment.OLDEST:
                fitting.setdefault(found, path)
        if not fitting:
            raise Refused(
                f"steps need Python {'.'.join(str(part) for part in environment.OLDEST)} or newer, and there is none"
            )
        return str(fitting[max(fitting)])

    def _has(self, python: str, version: str, packages: "dict[str, list[str]]") -> bool:
        """Whether an interpreter has exactly these packages, and perhaps more."""
        if python not in self._installed:
            asked = [python, "-s", "-c", _INSTALLED]
            try:
                said = subprocess.run(
                    asked, capture_output=True, text=True, timeout=60, check=True, stdin=subprocess.DEVNULL
                )
                self._installed[python] = json.loads(said.stdout)
            except (OSError, ValueError, subprocess.SubprocessError):
                return False
        found = self._installed[python]
        return bool(
            found["python"] == version
            and all(found["packages"].get(name) in versions for name, versions in packages.items())
        )

    def list(self, head: "dict[str, Any]", payload: bytes) -> "dict[str, Any]":
        """The files of a folder of a job, with their sizes."""
        place = below(self.folder(str(head["name"])), str(head["path"]))
        return {"files": [[path, os.stat(os.path.join(place, path)).st_size] for path in digests.files(place)]}

    def read(self, head: "dict[str, Any]", payload: bytes) -> "tuple[dict[str, Any], bytes]":
        """Bytes of a file of a job."""
        place = below(self.folder(str(head["name"])), str(head["path"]))
        handle = os.open(place, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            return {}, os.pread(handle, min(int(head["limit"]), CHUNK), int(head["offset"]))
        finally:
            os.close(handle)


class _locked:
    """Hold the lock of a path."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> None:
        while True:
            self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            fcntl.flock(self._handle, fcntl.LOCK_EX)
            try:  # a clean-up removes it
                if os.stat(self._path).st_ino == os.fstat(self._handle).st_ino:
                    return
            except FileNotFoundError:
                pass
            os.close(self._handle)

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)


def _exactly(handle: int, size: int) -> "bytes | None":
    """So many bytes; None where the line ends, or is silent for too long."""
    parts: list[bytes] = []
    while size > 0:
        ready, _, _ = select.select([handle], [], [], SILENCE_SECONDS)
        data = os.read(handle, min(size, 1 << 20)) if ready else b""
        if not data:
            return None
        parts.append(data)
        size -= len(data)
    return b"".join(parts)


def _find_uv() -> str:
    """A uv of this machine; empty where there is none."""
    home = os.path.expanduser("~")
    places = (shutil.which("uv"), os.path.join(home, ".local", "bin", "uv"), os.path.join(home, ".cargo", "bin", "uv"))
    return next((place for place in places if place and os.access(place, os.X_OK)), "")


def _text(path: str) -> str:
    """The text of a file of /proc; empty where there is none."""
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read(8192)
    except OSError:
        return ""
