"""The peers: each is installed into a virtual environment of its own, outside this repository, and runs a script of peers/."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.usage import descendants, disk, peak_of, tree_pss

SCRIPTS = Path(__file__).parent / "peers"
CACHE = Path("~/.cache/designer-benchmarks").expanduser()
IDLE_SECONDS = 3.0
"""How long a server may come to rest before its memory is measured."""

SHOWN = 300
"""Characters of an error that a table shows."""


@dataclass(frozen=True)
class Peer:
    """A tool to be compared with."""

    name: str
    package: str
    also: tuple[str, ...] = ()
    """Further packages."""
    isolation: str = "proc"
    """fork: a forked child per step; proc: a new interpreter per step; worker: processes that take many steps."""
    history: str = "no"
    server: tuple[str, ...] = ()
    """The command of its server; `{bin}`, `{port}` and `{scripts}` are put in."""
    answers: str = "/"
    """The path that its server answers with 200."""


PEERS = (
    Peer(
        "prefect", "prefect", isolation="worker", history="yes", answers="/api/health",
        server=("{bin}/prefect", "server", "start", "--host", "127.0.0.1", "--port", "{port}"),
    ),
    Peer(
        "dagster", "dagster", ("dagster-webserver",), history="yes", answers="/server_info",
        server=("{bin}/dagster", "dev", "-h", "127.0.0.1", "-p", "{port}", "-f", "{scripts}/run_dagster.py"),
    ),
    Peer("luigi", "luigi", isolation="fork", server=("{bin}/luigid", "--address", "127.0.0.1", "--port", "{port}")),
    Peer("snakemake", "snakemake", history="files"),
    Peer("dvc", "dvc", history="git"),
    Peer("kfp", "kfp"),
)  # fmt: skip


class Unusable(Exception):
    """This peer cannot be installed or run here; the text says why."""


@dataclass(frozen=True)
class Installed:
    """A peer that is there."""

    peer: Peer
    place: Path
    version: str

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.place / "bin" / "python"


def install(peer: Peer, cache: Path) -> Installed:
    """Install a peer by uv, unless it is there. Raises `Unusable`."""
    place = cache / peer.name
    stamp = place / "installed.json"
    wanted = [peer.package, *peer.also, "pandas", "pyarrow"]
    if not stamp.exists() or json.loads(stamp.read_text())["packages"] != wanted:
        print(f"· Installing {peer.name} into {place}", flush=True)
        shutil.rmtree(place, ignore_errors=True)
        found = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
        if not found:
            raise Unusable("it needs uv to be installed")
        for command in (
            [found, "venv", "-q", "--python", sys.executable, str(place)],
            [found, "pip", "install", "-q", "--python", str(place / "bin" / "python"), *wanted],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
            if done.returncode:
                raise Unusable(f"it cannot be installed: {done.stderr.strip()[-SHOWN:]}")
        asked = f"import importlib.metadata as m; print(m.version({peer.package!r}))"
        version = subprocess.run(
            [place / "bin" / "python", "-c", asked], capture_output=True, text=True, check=True
        ).stdout.strip()
        subprocess.run([place / "bin" / "python", "-m", "compileall", "-q", place / "lib"], check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        stamp.write_text(json.dumps({"packages": wanted, "version": version}))
    return Installed(peer, place, json.loads(stamp.read_text())["version"])


def environment(home: Path) -> dict[str, str]:
    """The variables of a peer: all that it keeps lies below `home`, and it tells nobody that it was used."""
    (home / "dagster").mkdir(parents=True, exist_ok=True)
    (home / "dagster" / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "SSL_CERT_FILE", "TMPDIR") if name in os.environ}
    return kept | {
        "HOME": str(home), "DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120", "DAGSTER_HOME": str(home / "dagster"),
        "DVC_NO_ANALYTICS": "1", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONWARNINGS": "ignore",
    }  # fmt: skip


def run(
    command: list[str], folder: Path, deadline: float, memory: bool = False, more: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Run the command of a workload in its folder and return what it measured.

    With `memory` also the peak PSS of its tree and the bytes it left on the disk. Raises `Unusable`.
    """
    env = environment(folder) | dict(more or {})
    begin = time.time()
    with (folder / "output.txt").open("w") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=folder, env=env,
            start_new_session=True,
        )  # fmt: skip
        try:
            if memory:
                with peak_of(process.pid, str(folder)) as peak:
                    process.wait(deadline)
            else:
                process.wait(deadline)
        except subprocess.TimeoutExpired as late:
            raise Unusable(f"it was not done within {deadline:.0f} s") from late
        finally:
            end_tree(process, str(folder))
    output, result = folder / "output.txt", folder / "result.json"
    if process.returncode or not result.exists():
        raise Unusable(f"it failed: {' '.join(output.read_text(errors='replace')[-2000:].split())[-SHOWN:]}")
    found: dict[str, Any] = json.loads(result.read_text())
    if memory:
        output.unlink()
        found |= {"peak": peak.bytes, "disk": disk(str(folder))}
    moment = folder / "moment"
    if moment.exists():
        found["first"] = float(moment.read_text()) - begin
    return found


def end_tree(process: subprocess.Popen[Any], belongs: str) -> None:
    """End a process that we started, and all that it started."""
    left = descendants(process.pid, belongs)
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(15)
    for pid in left | descendants(process.pid, belongs):
        if pid != process.pid or process.poll() is None:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
    process.wait(15)


def workload(installed: Installed, name: str, folder: Path, deadline: float, memory: bool = False) -> dict[str, Any]:
    """Run a workload in a peer. Raises `Unusable`."""
    script = SCRIPTS / f"run_{installed.peer.name}.py"
    return run([str(installed.python), str(script), name, str(folder)], folder, deadline, memory)


@contextmanager
def listening(command: list[str], url: str, env: dict[str, str], folder: Path) -> Iterator[tuple[int, float]]:
    """A server, once it answers with 200: its pid, and the seconds that took. Raises `Unusable`."""
    begin = time.perf_counter()
    with (folder / "server.txt").open("w") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=folder, env=env,
            start_new_session=True,
        )  # fmt: skip
        try:
            while True:
                with suppress(OSError), urllib.request.urlopen(url, timeout=5):
                    break
                if process.poll() is not None or time.perf_counter() > begin + 120:
                    raise Unusable(f"its server did not start: {(folder / 'server.txt').read_text()[-SHOWN:]}")
                time.sleep(0.005)
            yield process.pid, time.perf_counter() - begin
        finally:
            end_tree(process, str(folder))


def free_port() -> int:
    """A port of the loopback interface that nobody uses."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def server(installed: Installed, folder: Path) -> dict[str, Any]:
    """How long the peer's server takes to answer, and what it holds when nothing happens. Raises `Unusable`."""
    peer, port = installed.peer, free_port()
    places = {"bin": str(installed.place / "bin"), "port": str(port), "scripts": str(SCRIPTS)}
    command = [part.format(**places) for part in peer.server]
    with listening(command, f"http://127.0.0.1:{port}{peer.answers}", environment(folder), folder) as (pid, seconds):
        time.sleep(IDLE_SECONDS)
        return {"answers": seconds, "idle": tree_pss(pid, str(folder))}
