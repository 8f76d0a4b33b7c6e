"""The target `docker`: each step is a container of a Docker engine, named after its attempt, in which the launcher runs.

Everything is found again by that name: a server that comes back, or a second start of the same job, takes up the container that is
there. A thread follows each job, by the engine's events, and by looking every few seconds where these fail.
"""

import contextlib
import hashlib
import logging
import os
import platform
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from designer.graph.findings import Finding
from designer.launcher import logs, private, processes, supervisor
from designer.launcher.result import write_json
from designer.targets import docker_container as container
from designer.targets.base import Handle, Job, Load, Look
from designer.targets.docker_container import Options
from designer.targets.docker_engine import Away, Engine, Refused
from designer.targets.docker_images import BUILD_SECONDS, Images
from designer.targets.docker_job import AWAY_SECONDS, SOFTWARE, Follower
from designer.targets.kinds import Context

__all__ = ["DockerTarget", "Options", "make", "test"]

log = logging.getLogger(__name__)

UNKNOWN = 65_532
"""The user and group that steps run as where the server is root: "nobody" of the images without a distribution."""

EVENTS_SECONDS = 10.0
ORPHAN_SECONDS = 600.0
OLD_BUILD_SECONDS = 2 * BUILD_SECONDS
SWEEP_SECONDS = 300.0


def make(name: str, options: Options, context: Context) -> "DockerTarget":
    """The target that these options describe."""
    return DockerTarget(name, options, context)


def test(options: Options, context: Context) -> list[Finding]:
    """What is wrong with these options."""
    engine = Engine(options.engine, options.certificates)
    try:
        return _test(options, engine)
    except (Away, Refused) as problem:
        return [Finding("engine", problem.message, cure=problem.cure, parameter="engine")]
    finally:
        engine.close()


def _test(options: Options, engine: Engine) -> list[Finding]:
    findings = []
    info = engine.info()
    if info.get("OSType") != "linux":
        said = f"This engine runs containers of {info.get('OSType')}; steps need Linux."
        findings.append(Finding("engine", said, cure="Switch it to Linux containers.", parameter="engine"))
    if options.cpus is not None and options.cpus > int(info.get("NCPU") or options.cpus):
        said = f"A step may use {options.cpus:g} processors, but the machine of the engine has {info['NCPU']}."
        findings.append(Finding("option", said, cure="Write a smaller number.", parameter="cpus"))
    total = int(info.get("MemTotal") or 0)
    if options.memory_limit_mb is not None and total and options.memory_limit_mb * 1024**2 > total:
        said = f"A step may hold {options.memory_limit_mb} MB, but the machine of the engine has {total // 1024**2} MB."
        findings.append(Finding("option", said, cure="Write a smaller number.", parameter="memory_limit_mb"))
    image = options.image.replace("{python}", ".".join(platform.python_version_tuple()[:2]))
    if options.pull == "never" and engine.image(image) is None:
        said = f'The engine does not have the image "{image}", and it may not fetch images.'
        findings.append(
            Finding(
                "image", said, cure=f"Load it there (`docker pull {image}`), or let it be fetched.", parameter="image"
            )
        )
    for number, option in ((options.network, "network"), (options.build_network, "build_network")):
        if number != "none" and number not in ("host", "default") and not engine.has_network(number):
            said = f'The engine has no network "{number}".'
            findings.append(
                Finding(
                    "option",
                    said,
                    cure=f"Make it (`docker network create {number}`), or write another.",
                    parameter=option,
                )
            )
    if options.gpus and "nvidia" not in (info.get("Runtimes") or {}) and not (info.get("DiscoveredDevices") or []):
        said = "The engine knows no GPUs."
        findings.append(
            Finding("option", said, cure="Install the NVIDIA Container Toolkit on its machine.", parameter="gpus")
        )
    return findings


@dataclass(frozen=True)
class Facts:
    """What an engine said about itself."""

    user: str  # that steps run as
    owner: int | None  # to whom the attempt's folder is given; None where it is theirs already
    carried: bool  # whether files are sent, since the engine does not see the server's folders
    architecture: str

    @classmethod
    def of(cls, info: Mapping[str, Any], url: str, *, carried: bool = False) -> "Facts":
        """From the engine's answer."""
        security = " ".join(info.get("SecurityOptions") or [])
        elsewhere = info.get("Name") != platform.node()  # or this server is in a container, and has folders of its own
        carried = carried or not url.startswith("unix:") or elsewhere or "name=userns" in security
        me = os.geteuid()
        if carried:
            user, owner = f"{UNKNOWN}:{UNKNOWN}", None
        elif "name=rootless" in security:
            user, owner = "0:0", None  # root in there is the user who runs the engine
        elif me == 0:
            user, owner = f"{UNKNOWN}:{UNKNOWN}", UNKNOWN
        else:
            user, owner = f"{me}:{os.getegid()}", None
        return cls(user, owner, carried, str(info.get("Architecture", "")))


class DockerTarget:
    """Steps as containers of one engine. One instance may be used from many threads."""

    here = False

    def __init__(self, name: str, options: Options, context: Context, *, slots: int = 2) -> None:
        self.name = name
        self.slots = slots
        self.options = options
        self.engine = Engine(options.engine, options.certificates)
        where = f"{platform.node()}\0{os.path.realpath(context.folder)}"
        self.installation = hashlib.sha256(where.encode()).hexdigest()[:16]
        self.images = Images(self.engine, options, self.installation, context.uv)
        self._changed: Callable[[str], None] = lambda name: None
        self._lock = threading.Lock()
        self._followed: dict[str, Follower] = {}
        self._left: set[str] = set()  # containers that could not be removed yet
        self._trouble = ""
        self._facts: Facts | None = None
        self._carries = False
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, job: Job) -> Handle:
        """Take the job; its container is made behind that. A job that was taken before is only returned."""
        handle = {"name": job.name, "folder": os.path.realpath(job.folder), "boot_id": processes.boot_id()}
        if job.software is not None and not os.path.exists(os.path.join(handle["folder"], SOFTWARE)):
            write_json(os.path.join(handle["folder"], SOFTWARE), asdict(job.software))
        self._follow(handle)
        return handle

    def adopt(self, handle: Handle) -> None:
        """Follow a job that was taken before. Safe to repeat."""
        self._follow(handle)

    def look(self, handle: Handle) -> Look:
        """What has become of it, from memory; asks the engine only where nobody follows it."""
        if self._closed.is_set():
            return Follower(self, handle).glance()
        return self._follow(handle).seen

    def stop(self, handle: Handle, grace: float = 10.0) -> None:
        """Have the launcher end the step; it escalates by itself."""
        write_json(os.path.join(handle["folder"], supervisor.STOP), {"grace": grace})
        self._follow(handle).stop()

    def logs(self, handle: Handle, stream: str, offset: int, limit: int) -> bytes:
        """Bytes of `stdout` or `stderr` from `offset`, at most `limit`; the cut middle of a huge log reads as zero bytes."""
        if stream not in ("stdout", "stderr"):
            raise ValueError(f"a step has no stream {stream!r}")
        start, data = logs.read(os.path.join(handle["folder"], f"{stream}.log"), offset, limit)
        return b"\0" * min(limit, start - offset) if start > offset else data

    def clean(self, handle: Handle) -> None:
        """Remove its container, whatever that does, and its working folders; logs, outputs and result stay."""
        with self._lock:
            follower = self._followed.pop(handle["name"], None)
        if follower is not None:
            follower.give_up()
        try:
            self.engine.remove(handle["name"])
        except (Away, Refused) as problem:
            log.warning("the container of %s cannot be removed now: %s", handle["name"], problem.message)
            self._left.add(handle["name"])
        private.remove(handle["folder"])
        for name in ("work", "tmp"):
            shutil.rmtree(os.path.join(handle["folder"], name), ignore_errors=True)

    def watch(self, changed: Callable[[str], None]) -> None:
        """Call `changed(job name)` whenever `look` may answer differently; see to the engine from now on."""
        self._changed = changed
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name=f"docker-{self.name}", daemon=True)
                self._thread.start()

    def trouble(self) -> str:
        """Why no step can start now."""
        return self._trouble

    def load(self) -> Load | None:
        """An engine does not say how busy its machine is."""
        return None

    def notices(self) -> list[str]:
        """What a person should know."""
        if self.options.engine.startswith("tcp:") and not self.options.certificates:
            return ["This engine is asked without certificates: anyone on its network can use it, and so its machine."]
        return []

    def close(self) -> None:
        """Follow nothing any more; containers go on."""
        self._closed.set()
        with self._lock:
            followers = list(self._followed.values())
        for one in followers:
            one.poke()
        for one in followers:
            one.join()
        self.engine.close()

    @property
    def closed(self) -> bool:
        """Whether this target was let go of."""
        return self._closed.is_set()

    def told(self, name: str) -> None:
        """Something may have changed about a job."""
        try:
            self._changed(name)
        except Exception:  # a listener's fault must not end the following
            log.exception("the news of %s could not be told", name)

    def reached(self, problem: Away | None) -> None:
        """The engine answered, or did not."""
        self._trouble = "" if problem is None else f"{problem.message} {problem.cure}".strip()

    def facts(self) -> Facts:
        """What the engine is. Raises `Away`."""
        if self._facts is None:
            self._facts = Facts.of(self.engine.info(), self.options.engine, carried=self._carries)
        return self._facts

    def carry(self) -> None:
        """The engine does not see the server's folders after all: it is one beside the server, in a container with the same name."""
        self._carries, self._facts = True, None

    def labels(self, handle: Handle) -> dict[str, str]:
        """What marks the container of a job."""
        return {
            container.INSTALLATION: self.installation,
            container.ATTEMPT: handle["name"],
            container.FOLDER: handle["folder"],
        }

    def _follow(self, handle: Handle) -> "Follower":
        with self._lock:
            found = self._followed.get(handle["name"])
            if found is None:
                found = Follower(self, handle)
                if not self.closed:
                    self._followed[handle["name"]] = found
                    found.begin()
            return found

    def _watch(self) -> None:
        """Hear the engine's events, and say what troubles it; remove what is left over."""
        since = swept = 0.0
        while not self.closed:
            try:
                info = self.engine.info()
                self._facts = Facts.of(info, self.options.engine, carried=self._carries)
                self.reached(None)
                now = _seconds(str(info.get("SystemTime", "")))
                if self._left or not swept or time.monotonic() > swept + SWEEP_SECONDS:
                    swept = time.monotonic()
                    self.sweep(now)
                for event in self.engine.events(
                    {container.INSTALLATION: self.installation}, since or now, now + EVENTS_SECONDS
                ):
                    self._hear(event)
                    if self._closed.is_set():
                        return
                since = now + EVENTS_SECONDS
            except Away as problem:
                self.reached(problem)
                self._closed.wait(AWAY_SECONDS)
            except (Refused, OSError, ValueError) as problem:  # the events are only the quicker way
                log.warning("the events of %s cannot be heard: %s", self.options.engine, problem)
                self._closed.wait(EVENTS_SECONDS)

    def _hear(self, event: Mapping[str, Any]) -> None:
        name = (event.get("Actor") or {}).get("Attributes", {}).get(container.ATTEMPT)
        with self._lock:
            follower = self._followed.get(str(name))
        if follower is not None:
            follower.poke()

    def sweep(self, now: float) -> None:
        """Remove containers of this installation that nobody needs: their attempt has ended, or its folder is gone."""
        for name in list(self._left):
            self.engine.remove(name)
            self._left.discard(name)
        for one in self.engine.containers({container.INSTALLATION: self.installation}):
            name, folder = one["Labels"].get(container.ATTEMPT, ""), one["Labels"].get(container.FOLDER, "")
            with self._lock:
                followed = name in self._followed
            age, runs = now - float(one["Created"]), one["State"] == "running"
            if followed or age < (ORPHAN_SECONDS if name else OLD_BUILD_SECONDS):
                continue
            ended = os.path.exists(os.path.join(folder, supervisor.RESULT)) if name else True
            if (not runs and ended) or (name and not os.path.isdir(folder)):
                log.warning("removing the container %s, which nobody needs any more", one["Names"][0].strip("/"))
                self.engine.remove(one["Id"])


def _seconds(text: str) -> float:
    """The time of an engine, which writes nine digits of a second's fraction; ours where it says none."""
    from datetime import datetime

    with contextlib.suppress(ValueError):
        return datetime.fromisoformat(text[:26].rstrip("Z") + "+00:00" if text.endswith("Z") else text).timestamp()
    return time.time()
