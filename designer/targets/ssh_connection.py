"""One connection to another machine by the system's `ssh`: how it is opened, and in whose words it says why it is not.

OpenSSH's own client is used, so that jump hosts, agents, hardware keys and the aliases of ~/.ssh/config work as a person knows
them. At its other end the launcher is carried over where its version is not there yet; then its agent takes over
(designer/launcher/agent.py).
"""

import base64
import errno
import hashlib
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
import threading
import zipfile
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import designer
from designer.errors import Unavailable
from designer.launcher import agent

CONNECT_SECONDS = 15
OPEN_SECONDS = 60.0
"""How long a machine may take to let the agent speak."""

ANSWER_SECONDS = 60.0
"""How long the answer to one small question may take."""

OLDEST = (3, 9)
"""The oldest Python that the agent runs on."""

PYTHONS = ("python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10", "python3.9")
BOOT = b"designer-boot:"
MOST_SAID = 1 << 20
ALIAS = "designer-target"
CARRIED = ("__init__.py", "step.py", "launcher", "module")


class Trouble(Unavailable):
    """The machine cannot be used. `lasting`: waiting alone does not mend it; `parameter`: the option it is about."""

    def __init__(self, message: str, cure: str = "", *, lasting: bool = False, parameter: str = "") -> None:
        super().__init__(message, cure=cure)
        self.lasting = lasting
        self.parameter = parameter


class Lost(Exception):
    """The line was cut before the answer came."""


class Refused(Exception):
    """The agent could not do what it was asked for."""

    def __init__(self, text: str, number: int = 0) -> None:
        super().__init__(text)
        self.number = number


@dataclass(frozen=True)
class Address:
    """Where a machine is, and how one gets in."""

    host: str
    port: int | None = None
    user: str = ""
    private_key: str = ""
    password: str = ""  # of the account, or of the key
    host_key: str = ""
    python: str = ""
    folder: str = "~/.designer-target"

    @property
    def shown(self) -> str:
        """As people write it."""
        return f"{self.user + '@' if self.user else ''}{self.host}{f':{self.port}' if self.port else ''}"


# What runs first at the other end, on whatever Python is there: it says what is wrong, or has the agent take its place.
_BOOT = r"""
import json, os, sys
asked = json.loads(%r)
def tell(**said):
    os.write(1, ("\n" + asked["mark"] + json.dumps(said) + "\n").encode("ascii"))
def read(size):
    found = b""
    while len(found) < size:
        more = os.read(0, min(65536, size - len(found)))
        if not more:
            os._exit(1)
        found += more
    return found
if list(sys.version_info[:2]) < asked["oldest"]:
    tell(problem="old", version=".".join(str(one) for one in sys.version_info[:3]), python=sys.executable)
    os._exit(0)
import io, shutil, zipfile
os.umask(0o077)
root = os.path.realpath(os.path.expanduser(asked["folder"]))
place = os.path.join(root, "launcher", asked["version"])
try:
    os.makedirs(os.path.dirname(place), exist_ok=True)
    probe = os.path.join(root, ".probe-%%d" %% os.getpid())
    with open(probe, "wb") as file:
        file.write(b"0" * 4096)
        file.flush()
        os.fsync(file.fileno())
    os.unlink(probe)
    if not os.path.isdir(place):
        tell(need=True)
        data = read(int(read(12)))
        staging = place + ".staging-%%d" %% os.getpid()
        zipfile.ZipFile(io.BytesIO(data)).extractall(staging)
        try:
            os.rename(staging, place)
        except OSError:
            shutil.rmtree(staging)
            if not os.path.isdir(place):
                raise
except OSError as problem:
    tell(problem="folder", number=problem.errno, text=problem.strerror or str(problem), root=root)
    os._exit(0)
tell(go=True)
door = os.path.join(place, "designer", "launcher", "__main__.py")
os.execv(sys.executable, [sys.executable, "-s", "-S", door, "--agent", root])
"""

# A shell chooses the Python: the first that is new enough. No quotes but these: any login shell hands it on as it is.
_CHOOSE = (
    'f=; for p in "$@"; do command -v "$p" >/dev/null 2>&1 || continue; f=$p; '
    f'"$p" -c "import sys; sys.exit(sys.version_info < {OLDEST})" 2>/dev/null && break; done; '
    '[ -n "$f" ] || { echo; echo "designer-boot:{\\"problem\\":\\"none\\"}"; exit 0; }; '
    'exec "$f" -s -S -c "import os,base64;exec(base64.b64decode(bytes().join(iter(lambda:os.read(0,1)or os._exit(1),'
    'bytes(bytearray([10]))))))"'
)


class Connection:
    """An open line to the agent of a machine. From many threads; `tell` is called by the one that reads."""

    def __init__(
        self, address: Address, tell: Callable[[Mapping[str, Any], bytes], None] = lambda head, data: None
    ) -> None:
        self.address = address
        self._tell = tell
        self._lock = threading.Lock()
        self._waiting: dict[int, Future[tuple[dict[str, Any], bytes]]] = {}
        self._count = 0
        self.down = threading.Event()
        self.interpreters: dict[str, Mapping[str, Any]] = {}  # by what is to run on them, as far as it was asked for
        self._folder = tempfile.TemporaryDirectory(prefix="designer-ssh-", ignore_cleanup_errors=True)
        try:
            self._process = self._begin(Path(self._folder.name))
            self._boot()
            for name in ("key", "askpass"):  # they are needed no more
                (Path(self._folder.name) / name).unlink(missing_ok=True)
            threading.Thread(target=self._read, name="ssh-read", daemon=True).start()
            self.machine = self.call("hello")
        except Refused as problem:
            self.close()
            raise Trouble(f"The agent on {address.host} cannot work: {problem}.", lasting=True) from problem
        except Lost as problem:
            self.close()
            raise self._why() from problem
        except BaseException:
            self.close()
            raise

    def _begin(self, folder: Path) -> "subprocess.Popen[bytes]":
        command, environment = ssh_command(self.address, folder)
        kind_of_key, _, _ = self.address.host_key.partition(" ")
        if not self.address.host_key:
            raise Trouble(
                f"Nobody has accepted the host key of {self.address.host} yet.",
                "Test the connection: it shows the key that the machine has.", lasting=True, parameter="host_key",
            )  # fmt: skip
        (folder / "known_hosts").write_text(f"{ALIAS} {self.address.host_key.strip()}\n", encoding="utf-8")
        algorithms = "rsa-sha2-512,rsa-sha2-256,ssh-rsa" if kind_of_key == "ssh-rsa" else kind_of_key
        command += ["-o", "StrictHostKeyChecking=yes", "-o", f"HostKeyAlgorithms={algorithms}"]
        python = [self.address.python] if self.address.python else PYTHONS
        chosen = " ".join(shlex.quote(one) for one in ("sh", "-c", _CHOOSE, "designer", *python))
        with open(folder / "said", "wb") as said:
            return subprocess.Popen(
                [*command, "--", self.address.host, f"exec {chosen}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=said, env=environment, bufsize=0, start_new_session=True,
            )  # fmt: skip

    def _boot(self) -> None:
        """Carry the launcher over where it is not there, and wait until its agent speaks. Raises `Trouble`."""
        limit = threading.Timer(OPEN_SECONDS, self._process.kill)
        limit.daemon = True
        limit.start()
        try:
            asked = {"folder": self.address.folder, "version": version(), "oldest": list(OLDEST), "mark": BOOT.decode()}
            self._write(base64.b64encode((_BOOT % json.dumps(asked)).encode()) + b"\n")
            said = self._until(BOOT)
            told = json.loads(self._until(b"\n"))
            if told.get("need"):
                data = carried()
                self._write(f"{len(data):012d}".encode() + data)
                self._until(BOOT)
                told = json.loads(self._until(b"\n"))
            if "problem" in told:
                raise _machine_trouble(self.address, told, said)
            self._until(agent.MARK)
        except (OSError, Lost) as problem:
            self._process.wait()
            raise self._why() from problem
        except ValueError as problem:
            raise Trouble(
                f"{self.address.host} says something that makes no sense: {problem}", lasting=True
            ) from problem
        finally:
            limit.cancel()

    def _until(self, mark: bytes) -> bytes:
        """What comes before a mark. Raises `Lost`."""
        assert self._process.stdout is not None
        found = b""
        while not found.endswith(mark):
            more = self._process.stdout.read(1)
            if not more or len(found) > MOST_SAID:
                raise Lost
            found += more
        return found[: -len(mark)]

    def _write(self, data: bytes) -> None:
        assert self._process.stdin is not None
        left = memoryview(data)
        while left:
            left = left[self._process.stdin.write(left) or 0 :]

    def _why(self) -> Trouble:
        return trouble(self.address, self.said(), self._process.poll())

    def said(self) -> str:
        """What ssh said on its standard error."""
        try:
            return (Path(self._folder.name) / "said").read_text("utf-8", "replace")
        except OSError:
            return ""

    def request(self, do: str, payload: bytes = b"", **asked: Any) -> "Future[tuple[dict[str, Any], bytes]]":
        """Ask for something; the answer comes in the future, or `Lost`, or `Refused`."""
        answer: Future[tuple[dict[str, Any], bytes]] = Future()
        with self._lock:
            if self.down.is_set():
                answer.set_exception(Lost())
                return answer
            self._count += 1
            number = self._count
            self._waiting[number] = answer
            text = json.dumps({"id": number, "do": do, **asked}, separators=(",", ":")).encode()
            try:
                self._write(agent.HEAD.pack(len(text), len(payload)) + text + payload)
            except OSError:
                self._waiting.pop(number, None)
                self._process.kill()
                answer.set_exception(Lost())
        return answer

    def call(self, do: str, payload: bytes = b"", *, seconds: float = ANSWER_SECONDS, **asked: Any) -> dict[str, Any]:
        """Ask, and wait for the answer's head. Raises `Lost`, `Refused`."""
        return self.wait(self.request(do, payload, **asked), seconds)[0]

    def wait(
        self, answer: "Future[tuple[dict[str, Any], bytes]]", seconds: float = ANSWER_SECONDS
    ) -> tuple[dict[str, Any], bytes]:
        """The answer; one that does not come means that the line is dead. Raises `Lost`, `Refused`."""
        try:
            return answer.result(seconds)
        except TimeoutError as problem:
            self._process.kill()
            raise Lost from problem

    def _read(self) -> None:
        try:
            with suppress(OSError, ValueError, Lost):
                self._hear()
        finally:  # whatever it was
            self._process.kill()
            self._process.wait()
            with self._lock:
                self.down.set()
                waiting, self._waiting = list(self._waiting.values()), {}
            for answer in waiting:
                answer.set_exception(Lost())

    def _hear(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None
        with io.BufferedReader(stdout, 1 << 20) as buffered:  # type: ignore[type-var]
            while True:
                length, size = agent.HEAD.unpack(_exactly(buffered, agent.HEAD.size))
                head = json.loads(_exactly(buffered, length))
                payload = _exactly(buffered, size)
                if "tell" in head:
                    self._tell(head, payload)
                    continue
                with self._lock:
                    answer = self._waiting.pop(head.pop("id", None), None)
                if answer is None:
                    continue
                if "problem" in head:
                    answer.set_exception(Refused(str(head["problem"]), int(head.get("number") or 0)))
                else:
                    answer.set_result((head, payload))

    def cut(self) -> None:
        """End the line; who reads notices."""
        self._process.kill()

    def close(self) -> None:
        """End the line and give back what it holds."""
        process = getattr(self, "_process", None)
        if process is not None:
            process.kill()
            process.wait()
            assert process.stdin is not None
            with suppress(OSError):
                process.stdin.close()
        self._folder.cleanup()


def _exactly(file: Any, size: int) -> bytes:
    data: bytes = file.read(size)
    if len(data) < size:
        raise Lost
    return data


def ssh_command(address: Address, folder: Path) -> tuple[list[str], dict[str, str]]:
    """`ssh` with all options but those about the host key, and its environment. Raises `Trouble`."""
    program = shutil.which("ssh")
    if program is None:
        raise Trouble("The server has no `ssh`.", "Install OpenSSH's client beside the server.", lasting=True)
    options = {
        "ConnectTimeout": CONNECT_SECONDS, "ServerAliveInterval": 10, "ServerAliveCountMax": 3, "ControlMaster": "no",
        "ControlPath": "none", "ClearAllForwardings": "yes", "ForwardAgent": "no", "ForwardX11": "no", "RequestTTY": "no",
        "RemoteCommand": "none", "PermitLocalCommand": "no", "UpdateHostKeys": "no", "LogLevel": "INFO",
        "HostKeyAlias": ALIAS, "CheckHostIP": "no", "UserKnownHostsFile": folder / "known_hosts",
        "GlobalKnownHostsFile": "/dev/null", "NumberOfPasswordPrompts": 1, "VisualHostKey": "no",
    }  # fmt: skip
    command = [program, "-T"]
    if address.port:
        command += ["-p", str(address.port)]
    if address.user:
        command += ["-l", address.user]
    environment = {**os.environ, "LC_ALL": "C"}
    for name in ("DISPLAY", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE"):
        environment.pop(name, None)
    if address.private_key:
        key = folder / "key"
        with open(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline="") as file:
            file.write(address.private_key.replace("\r\n", "\n").strip() + "\n")
        options |= {"IdentitiesOnly": "yes", "IdentityFile": key}
    if address.password:
        asked = folder / "askpass"
        with open(os.open(asked, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o700), "w", encoding="utf-8") as file:
            file.write('#!/bin/sh\nprintf "%s\\n" "$DESIGNER_SSH_PASSWORD"\n')
        environment |= {
            "SSH_ASKPASS": str(asked),
            "SSH_ASKPASS_REQUIRE": "force",
            "DESIGNER_SSH_PASSWORD": address.password,
        }
        if not address.private_key:
            options["PreferredAuthentications"] = "password,keyboard-interactive"
    else:
        options["BatchMode"] = "yes"
    for name, value in options.items():
        command += ["-o", f"{name}={value}"]
    return command, environment


def ask_host_key(address: Address) -> str:
    """The host key that the machine shows, "ssh-ed25519 AAAA...": asked before anybody signs in. Raises `Trouble`."""
    with tempfile.TemporaryDirectory(prefix="designer-ssh-") as place:
        folder = Path(place)
        bare = Address(address.host, address.port, address.user)
        command, environment = ssh_command(bare, folder)
        command += [
            "-o",
            "StrictHostKeyChecking=accept-new",
            "-o",
            "PreferredAuthentications=none",
            "-o",
            "HashKnownHosts=no",
        ]
        try:
            done = subprocess.run(
                [*command, "--", address.host, "exit"], stdin=subprocess.DEVNULL, capture_output=True, env=environment,
                timeout=OPEN_SECONDS, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as problem:
            raise Trouble(f"{address.host} does not answer.", _NETWORK, parameter="host") from problem
        known = folder / "known_hosts"
        lines = known.read_text("utf-8").splitlines() if known.exists() else []
        for line in lines:
            parts = line.split()
            if len(parts) >= 3 and parts[0] == ALIAS:
                return f"{parts[1]} {parts[2]}"
        raise trouble(address, done.stderr.decode("utf-8", "replace"), done.returncode)


def fingerprint(host_key: str) -> str:
    """A host key as ssh shows it to people: "SHA256:..."."""
    try:
        data = base64.b64decode(host_key.split()[1])
    except (IndexError, ValueError):
        return "?"
    return "SHA256:" + base64.b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")


_NETWORK = "Look whether it is switched on, at its name, its port and the firewalls between."


def trouble(address: Address, said: str, code: int | None) -> Trouble:
    """Why ssh ended, out of its words."""
    host, port = address.host, address.port or 22
    if found := re.search(r"Could not resolve hostname [^:]*: (.*)", said):
        return Trouble(
            f"There is no machine {host}: {found[1].strip()}.",
            "Look at the name and at the server's DNS.",
            parameter="host",
        )
    if re.search(r"IDENTIFICATION HAS CHANGED|Host key verification failed|no matching host key type", said):
        shown = re.search(r"SHA256:\S+", said)
        now = f" ({shown[0].rstrip('.')})" if shown else ""
        return Trouble(
            f"{host} shows another host key{now} than the one that was accepted ({fingerprint(address.host_key)}): it is another "
            "machine, was set up anew, or somebody stands between.",
            "Ask whoever looks after it. If the new key is right, empty the host key and test the connection.",
            lasting=True, parameter="host_key",
        )  # fmt: skip
    if found := re.search(r"Load key .*?: (.*)", said):
        why = "it is none, or is not whole" if re.search("libcrypto|format", found[1]) else found[1].strip()
        return Trouble(
            f"The private key cannot be read: {why}.",
            "Put in the whole key, from its BEGIN to its END line, and its password if it has one.",
            lasting=True, parameter="private_key",
        )  # fmt: skip
    if found := re.search(r"(\S+): Permission denied \(([^)]*)\)", said):
        with_ = (
            "the private key" if address.private_key else "the password" if address.password else "no key of the server"
        )
        return Trouble(
            f"{host} does not let {found[1].partition('@')[0]} in: {with_} was not accepted (it takes {found[2].replace(',', ', ')}).",
            "Look at the user and the key; its public half belongs into ~/.ssh/authorized_keys there.",
            lasting=True, parameter="private_key" if address.private_key else "password" if address.password else "user",
        )  # fmt: skip
    if "Too many authentication failures" in said:
        return Trouble(
            f"{host} ended the sign-in after too many tries.",
            "Name one private key.",
            lasting=True,
            parameter="private_key",
        )
    if "Connection refused" in said:
        return Trouble(
            f"{host} refuses connections on port {port}.", "Start its sshd, or mend the port.", parameter="port"
        )
    if re.search(r"timed out|No route to host|[Nn]etwork is unreachable|not responding", said):
        return Trouble(f"{host} does not answer on port {port}.", _NETWORK, parameter="host")
    if re.search(r"Connection (to \S+ )?(closed|reset)|kex_exchange_identification|Broken pipe|banner", said):
        return Trouble(f"The connection to {host} was cut.", _NETWORK, parameter="host")
    lines = [line for line in said.strip().splitlines() if line.strip()]
    last = (
        lines[-1].strip()[:300]
        if lines
        else f"ssh ended with exit status {code}"
        if code is not None
        else "the line was cut"
    )
    return Trouble(f"The connection to {host} ended: {last}", _NETWORK)


def _machine_trouble(address: Address, told: Mapping[str, Any], said: bytes) -> Trouble:
    """What the first words from the other end say is wrong there."""
    host = address.host
    oldest = ".".join(str(one) for one in OLDEST)
    if told["problem"] == "none":
        which = f"{address.python} is not there" if address.python else "there is no Python 3"
        return Trouble(f"On {host} {which}.", f"Install Python {oldest} or newer there, or name where it lies.",
                       lasting=True, parameter="python")  # fmt: skip
    if told["problem"] == "old":
        return Trouble(f"The Python on {host} is too old: {told['python']} is {told['version']}, {oldest} is needed.",
                       "Install a newer one there, or name where it lies.", lasting=True, parameter="python")  # fmt: skip
    if told.get("number") in (errno.ENOSPC, errno.EDQUOT):
        return Trouble(
            f"There is no room on {host}: {told['root']}: {told['text']}.", "Free some space there.", parameter="folder"
        )
    return Trouble(f"The folder {told['root']} on {host} cannot be used: {told['text']}.",
                   "Name a folder that this user may write.", lasting=True, parameter="folder")  # fmt: skip


@cache
def version() -> str:
    """The version of the launcher that is carried: a digest of its code."""
    return hashlib.sha256(carried()).hexdigest()[:20]


@cache
def carried() -> bytes:
    """The launcher and all it needs, as a zip file that is the same for the same code."""
    root = Path(designer.__file__).parent
    files = [
        path
        for name in CARRIED
        for path in (sorted((root / name).rglob("*.py")) if (root / name).is_dir() else [root / name])
    ]
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            about = zipfile.ZipInfo(f"designer/{path.relative_to(root).as_posix()}")
            about.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(about, path.read_bytes())
    return made.getvalue()
