"""Another machine of the tests' own: a real sshd that sees neither the files nor the processes of this one.

It has namespaces of its own for mounts and processes, its own home, /tmp and users, and its own boot id; what lies in `shared` is
there under the same path. A proxy stands before it, which can cut, hold and refuse connections.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
USER, UID = "remote", 64_321
PASSWORD = "correct horse"
HASHED = "$6$nq27ZRbN.Y5d0Z4I$7bMK.JWqFSSYOcfFssHKAXQ7dWkdA0Fk2akENN59OjLDKHyflDadtwq0x927TwvLBWgt3n6KApOMun4C6ZPSH0"
PYTHON = "/srv/python/bin/python"
"""The Python of the tests' own environment, as the machine sees it."""


def lacking() -> str:
    """What a machine needs and is not here; empty where all is."""
    if os.geteuid() != 0:
        return "root, for a machine of its own"
    for program in ("ssh", "ssh-keygen", "unshare", "nsenter"):
        if not shutil.which(program):
            return program
    return "" if Path("/usr/sbin/sshd").exists() else "sshd"


class Machine:
    """The machine. `folder` is its disk, as this machine sees it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shared = folder / "shared"
        self.home = folder / "home" / USER
        self.proxy = Proxy()
        self._init: subprocess.Popen[bytes] | None = None
        self._sshd: subprocess.Popen[bytes] | None = None
        folder.chmod(0o755)
        for name in ("home", "etc", "ssh", "srv", "shared"):
            (folder / name).mkdir()
        self.shared.chmod(0o777)
        self.home.mkdir()
        (folder / "etc" / "passwd").write_text(
            Path("/etc/passwd").read_text() + f"{USER}:x:{UID}:{UID}::/home/{USER}:/bin/sh\n"
        )
        (folder / "etc" / "shadow").write_text(
            f"root:*:19000:0:99999:7:::\n{USER}:{HASHED}:19000:0:99999:7:::\nsshd:!:19000::::::\n"
        )
        (folder / "etc" / "shadow").chmod(0o600)
        self.private_key = self.make_key("user")
        keys = self.home / ".ssh"
        keys.mkdir(mode=0o700)
        shutil.copy(folder / "ssh" / "user.pub", keys / "authorized_keys")
        for path in (self.home, keys, keys / "authorized_keys"):
            os.chown(path, UID, UID)
        self.make_key("host")
        (folder / "ssh" / "config").write_text(
            f"HostKey {folder}/ssh/host\nListenAddress 127.0.0.1\nUsePAM no\nUseDNS no\nPasswordAuthentication yes\n"
            "MaxStartups 100\nPidFile none\nStrictModes no\nLogLevel ERROR\n"
        )

    def make_key(self, name: str) -> str:
        """A new pair of keys; the private one."""
        path = self.folder / "ssh" / name
        for old in (path, path.with_suffix(".pub")):
            old.unlink(missing_ok=True)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)], check=True)
        return path.read_text()

    @property
    def host_key(self) -> str:
        """Its host key, as a target pins it."""
        return " ".join((self.folder / "ssh" / "host.pub").read_text().split()[:2])

    def options(self, **changes: Any) -> dict[str, Any]:
        """The options of a target on it."""
        return {
            "host": "127.0.0.1", "port": self.proxy.port, "user": USER, "private_key": self.private_key,
            "host_key": self.host_key, **changes,
        }  # fmt: skip

    def boot(self) -> None:
        """Switch it on, as after a restart: all processes are gone."""
        (self.folder / "boot_id").write_text(f"{uuid.uuid4()}\n")
        base = sys.base_prefix  # of the Python that the environment stands on
        tops = {"/" + Path(path).parts[1] for path in (ROOT, base, Path.home())}
        hidden = sorted(tops - {"/usr", "/opt", "/home", "/tmp", "/srv"})
        lines = [
            "set -e", f"cd {self.folder}",
            "mount --bind etc/passwd /etc/passwd", "mount --bind etc/shadow /etc/shadow",
            "mount --bind boot_id /proc/sys/kernel/random/boot_id",
            "mkdir -p srv/python srv/machine srv/base && mount --bind srv /srv", f"mount --bind {ROOT}/.venv /srv/python",
            f"mount --bind {base} /srv/base",
            "mount --rbind . /srv/machine", "mount --bind home /home", "mount -t tmpfs -o mode=755 tmpfs /run", "mkdir /run/sshd",
            "cd /", *(f"mount -t tmpfs -o mode=1777 tmpfs {place}" for place in ("/tmp", "/var/tmp", *hidden)),
            *([] if base.startswith("/usr") else [f"mkdir -p {base}", f"mount --bind /srv/base {base}"]),
            f"mkdir -p {self.folder}/ssh {self.shared}", f"mount --bind /srv/machine/ssh {self.folder}/ssh",
            f"mount --bind /srv/machine/shared {self.shared}", "echo ready",
            "trap : TERM HUP INT", "while :; do sleep 1000000 & wait $!; done",
        ]  # fmt: skip
        command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private"]
        self._init = subprocess.Popen([*command, "sh", "-c", "\n".join(lines)], stdout=subprocess.PIPE, cwd="/")
        assert self._init.stdout is not None
        assert self._init.stdout.readline() == b"ready\n", "the machine does not start"
        self.start_sshd()

    def _pid(self) -> int:
        assert self._init is not None
        return int(Path(f"/proc/{self._init.pid}/task/{self._init.pid}/children").read_text().split()[0])

    def inside(self, *command: str) -> list[str]:
        """A command on the machine, as root."""
        return ["nsenter", "--mount", "--pid", "--target", str(self._pid()), "--", *command]

    def run(self, command: str) -> str:
        """What a shell command on the machine says."""
        return subprocess.run(self.inside("sh", "-c", command), capture_output=True, text=True, check=False).stdout

    def processes(self, name: str) -> list[int]:
        """Its processes whose command line has this in it, by the ids they have here."""
        first, found = self._pid(), list[int]()
        place = os.readlink(f"/proc/{first}/ns/pid")
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                there = entry.name.isdigit() and entry.name != str(first) and os.readlink(entry / "ns" / "pid") == place
                if there and name in (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode():
                    found.append(int(entry.name))
        return found

    def start_sshd(self) -> None:
        """Start its sshd, and wait until it answers."""
        port = free_port()
        command = self.inside("/usr/sbin/sshd", "-D", "-e", "-f", f"{self.folder}/ssh/config", "-p", str(port))
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LANG": "C.UTF-8"}
        with (self.folder / "sshd.log").open("ab") as log:
            self._sshd = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment, cwd="/"
            )
        end = time.monotonic() + 30
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as probe:
                if probe.recv(4) == b"SSH-":
                    break
            assert time.monotonic() < end, (self.folder / "sshd.log").read_text()
            time.sleep(0.02)
        self.proxy.to = port

    def kill_sshd(self) -> None:
        """End sshd and all its sessions; other processes go on."""
        self.proxy.to = 0
        for pid in self.processes("sshd"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self._sshd is not None:
            self._sshd.wait(30)
            self._sshd = None

    def restart(self) -> None:
        """Pull the plug and switch it on again."""
        self.shut_down()
        self.boot()

    def shut_down(self) -> None:
        """Pull the plug."""
        self.proxy.to = 0
        if self._init is not None:
            with contextlib.suppress(ProcessLookupError, IndexError):
                os.kill(self._pid(), signal.SIGKILL)
            self._init.kill()
            self._init.wait(30)
            self._init = None
        if self._sshd is not None:
            self._sshd.wait(30)
            self._sshd = None

    def close(self) -> None:
        """Take it away."""
        self.shut_down()
        self.proxy.close()


@contextlib.contextmanager
def machine() -> Iterator[Machine]:
    """A machine that runs."""
    with tempfile.TemporaryDirectory(prefix="designer-machine-") as folder:
        made = Machine(Path(folder))
        try:
            made.boot()
            yield made
        finally:
            made.close()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Proxy:
    """Hands connections on to port `to` of this machine; 0 refuses them."""

    def __init__(self) -> None:
        self.to = 0
        self.held = threading.Event()  # while it is set nothing passes
        self.passed = 0  # bytes in both directions
        self.cut_after: int | None = None  # cut all when so many bytes more have passed
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                try:
                    if not self.to:
                        raise OSError
                    server = socket.create_connection(("127.0.0.1", self.to), 5)
                    server.settimeout(None)
                except OSError:
                    client.close()
                    continue
                with self._lock:
                    self._open |= {client, server}
                for from_, to in ((client, server), (server, client)):
                    threading.Thread(target=self._pass, args=(from_, to), daemon=True).start()

    def _pass(self, from_: socket.socket, to: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := from_.recv(65536):
                while self.held.is_set():
                    time.sleep(0.01)
                self.passed += len(data)
                if self.cut_after is not None:
                    self.cut_after -= len(data)
                    if self.cut_after <= 0:
                        self.cut_after = None
                        self.cut()
                        return
                to.sendall(data)
        for one in (from_, to):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
            with self._lock:
                self._open.discard(one)

    def cut(self) -> None:
        """Cut all connections."""
        with self._lock:
            open_, self._open = list(self._open), set()
        for one in open_:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def close(self) -> None:
        """End."""
        self.held.clear()
        self._listener.close()
        self.cut()


def wait_until(condition: Callable[[], Any], what: str, seconds: float = 60.0) -> Any:
    """Wait until the condition holds, and return what it gave."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"{what} did not happen within {seconds} s"
        time.sleep(0.02)
    return found


if __name__ == "__main__":  # for a look by hand
    with machine() as one:
        print(one.options(), one.folder, file=sys.stderr)
        signal.pause()
