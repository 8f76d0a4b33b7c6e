"""The images that steps run in: one that is named, or that one with the packages of an environment, built once and kept.

A build is a container in which the launcher installs exactly what a lock names. It becomes an image by one commit when all is there,
so a half-built one is never used. It is found by its name: whoever needs the same waits for it, also after a restart.
"""

import contextlib
import io
import json
import os
import platform
import re
import tarfile
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from designer.errors import Unavailable
from designer.launcher import environment, supervisor
from designer.launcher.failures import error
from designer.targets import docker_container as container
from designer.targets.base import Software
from designer.targets.docker_container import JOB, ROOT, Options, Place
from designer.targets.docker_engine import Engine, Refused
from designer.targets.docker_files import code, pack

REPOSITORY = "designer-environment"
GENERATION = "1"
"""Changes whenever the same lock would be built in another way."""

PLACE = "/opt"
BUILD_SECONDS = 1_800.0
LOOK_SECONDS = 0.5
BUNDLE = f"{JOB}/certificates.pem"
FOREIGN = {"aarch64": "arm64", "x86_64": "amd64"}


class NoImage(Unavailable):
    """There is no image for a step."""

    def __init__(self, about: dict[str, Any]) -> None:
        super().__init__(str(about["message"]), cure=str(about["cure"]))
        self.error = about


class GivenUp(Exception):
    """Nobody waits for it any more."""


class Images:
    """The images of one target. May be used from many threads."""

    def __init__(self, engine: Engine, options: Options, installation: str, network: Mapping[str, str]) -> None:
        self._engine, self._options, self._installation = engine, options, installation
        self._network = dict(network)
        self._lock = threading.Lock()
        self._busy: dict[str, threading.Lock] = {}

    def ready(
        self, software: Software | None, say: Callable[[str], None], is_over: Callable[[], bool]
    ) -> tuple[str, str]:
        """The id of the image that a step runs in, and the Python in it; fetched or built where it is missing.

        It says how far that is. Returns empty texts when `is_over` says that nobody waits any more. Raises `NoImage`, `Away`, `Refused`.
        """
        version = software.python if software else ".".join(platform.python_version_tuple()[:2])
        name = self._options.image.replace("{python}", version)
        try:
            base = self._base(name, say, is_over)
            if software is None or self._options.packages == "image":
                return base, "python3"
            tag = container.tag(software.digest, base, GENERATION)
            python = f"{PLACE}/{software.digest.partition(':')[2]}/bin/python"
            with self._waiting(tag, say, is_over):
                found = self._engine.image(f"{REPOSITORY}:{tag}")
                if found is None:
                    self._build(tag, software, base, name, say, is_over)
                    found = self._engine.image(f"{REPOSITORY}:{tag}")
            if found is None:
                raise Refused("the image that was just built is not there.")
            return str(found["Id"]), python
        except GivenUp:
            return "", ""

    def _base(self, name: str, say: Callable[[str], None], is_over: Callable[[], bool]) -> str:
        found = self._engine.image(name)
        if found is None:
            if self._options.pull == "never":
                raise NoImage(error("image", f'The engine does not have the image "{name}", and this target may not fetch images.',
                                    f"Load it there (`docker pull {name}`), or let the target fetch missing images."))  # fmt: skip
            with self._waiting(name, say, is_over):
                self._pull(name, say, is_over)
            found = self._engine.image(name)
        if found is None:
            raise NoImage(
                error("image", f'The image "{name}" was fetched and is not there.', "Look at the engine's log.")
            )
        return str(found["Id"])

    def _pull(self, name: str, say: Callable[[str], None], is_over: Callable[[], bool]) -> None:
        say(f"Fetching the image {name}")
        layers: dict[str, tuple[int, int]] = {}
        try:
            for line in self._engine.pull(name):
                if is_over():
                    raise GivenUp
                detail = line.get("progressDetail") or {}
                if line.get("status") == "Downloading" and detail.get("total"):
                    layers[str(line.get("id"))] = (int(detail["current"]), int(detail["total"]))
                    done, all_ = (sum(part) for part in zip(*layers.values(), strict=True))
                    say(f"Fetching the image {name}: {done // 1_000_000} of {all_ // 1_000_000} MB")
        except Refused as problem:
            raise NoImage(error("image", f'The engine does not have the image "{name}" and could not fetch it: {problem.message}',
                                f"Look at its name and at the network of the engine's machine; `docker pull {name}` there says the same.")) from problem  # fmt: skip

    def _build(
        self,
        tag: str,
        software: Software,
        base: str,
        name: str,
        say: Callable[[str], None],
        is_over: Callable[[], bool],
    ) -> None:
        """Build, or go on with a build that was begun; the image is there when this returns."""
        builder = f"designer-build-{tag}"
        engine = self._engine
        until = time.monotonic() + BUILD_SECONDS
        while True:
            if is_over():
                raise GivenUp
            found = engine.inspect(builder)
            if found is None:
                say("Building its environment: beginning")
                engine.create(
                    builder, container.build(self._options, base, "python3", self._labels(tag), Place(volumes=(ROOT,)))
                )
            elif found["State"]["Status"] == "created":
                self._send(builder, software)
                engine.start(builder)
            elif found["State"]["Running"]:
                if time.monotonic() > until:
                    engine.remove(builder)
                    raise NoImage(error("environment", f"Its environment could not be built within {BUILD_SECONDS / 60:g} minutes.",
                                        "Ask for versions that have wheels, or name a nearer index in DESIGNER_PACKAGE_INDEX."))  # fmt: skip
                told = self._read(builder, environment.PROGRESS) or {}
                text = str(told.get("text") or "beginning")
                say(f"Building its environment: {text[:1].lower()}{text[1:]}")
                time.sleep(LOOK_SECONDS)
            else:
                say("Building its environment: keeping it as an image")
                self._keep(builder, tag, software, name, found)
                return

    def _send(self, builder: str, software: Software) -> None:
        import uv

        binary = os.fsdecode(uv.find_uv_bin())
        wanted = str(self._engine.info().get("Architecture", ""))
        if platform.machine() != wanted and FOREIGN.get(platform.machine()) != wanted:
            raise NoImage(error("environment", f"The engine's machine is {wanted}, the server's is {platform.machine()}: packages cannot be installed there.",
                                "Name an image that has them, and choose “image” for packages."))  # fmt: skip
        variables = {**self._network, "UV_CACHE_DIR": f"{JOB}/cache", "UV_LINK_MODE": "copy"}
        files: dict[str, str | bytes] = {"uv": binary}
        bundle = next(
            (
                os.environ[one]
                for one in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
                if os.path.isfile(os.environ.get(one, ""))
            ),
            "",
        )
        for one in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
            variables.pop(one, None)
        if bundle:  # a proxy's certificate that the server trusts is trusted there, too
            files["certificates.pem"] = bundle
            variables["SSL_CERT_FILE"] = BUNDLE
        place = variables.get("UV_FIND_LINKS", "").removeprefix("file://")
        if place.startswith("/"):  # a folder of the server
            variables["UV_FIND_LINKS"] = f"{JOB}/packages"
            files |= {f"packages/{name}": path for name, path in _named(place, software.lock)}
        job = {
            "format": "designer.job/1", "name": builder, "kind": "environment", "source": "", "module": "", "inputs": {}, "parameters": {},
            "outputs": [], "timeout": BUILD_SECONDS, "grace": 5.0, "environment": variables,
            "options": {"uv": f"{JOB}/uv", "requirements": [], "python": f"=={software.python}.*", "server": "python3", "place": PLACE,
                        "lock": {"digest": software.digest, "python": software.python, "text": software.lock}, "again": False, "shared": True},
        }  # fmt: skip
        files[supervisor.JOB] = json.dumps(job).encode()
        self._engine.put(builder, ROOT, code())
        with tempfile.TemporaryDirectory(prefix="designer-build-") as folder, pack(folder, files, owner=0) as archive:
            self._engine.put(builder, ROOT, archive)

    def _keep(self, builder: str, tag: str, software: Software, name: str, found: Mapping[str, Any]) -> None:
        """Make the image of a build that ended well; say why there is none of one that did not."""
        result = self._read(builder, supervisor.RESULT)
        if isinstance(result, dict) and result.get("status") == "completed":
            labels = {**self._labels(tag), container.ENVIRONMENT: software.digest}
            self._engine.commit(
                builder,
                REPOSITORY,
                tag,
                {"Cmd": ["python3"], "Labels": labels, "User": "65532:65532", "WorkingDir": "/"},
            )
            self._engine.remove(builder)
            return
        said = self._engine.output(builder) or str(found["State"].get("Error") or "")
        code, killed = found["State"].get("ExitCode"), found["State"].get("OOMKilled")
        self._engine.remove(builder)
        about = (result or {}).get("error")
        if not isinstance(about, dict):
            what = "there was not enough memory" if killed else f"its container ended with exit code {code}"
            about = error("environment", what + (f": {said}" if said else ""), "Run the step again.")
        message = str(about.get("message", "")).replace("on this machine", f"in the image {name}")
        raise NoImage(
            error(
                "environment",
                f"Its environment could not be built on the image {name}: {message}",
                str(about.get("cure", "")),
            )
        )

    def _read(self, builder: str, file: str) -> dict[str, Any] | None:
        """A JSON file of a build's folder; None while it is not there."""
        data = b"".join(self._engine.get(builder, f"{JOB}/{file}"))
        if not data:
            return None
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            member = archive.next()
            content = archive.extractfile(member) if member and member.isreg() else None
            try:
                found = json.loads(content.read()) if content else None
            except ValueError:
                return None
        return found if isinstance(found, dict) else None

    def _labels(self, tag: str) -> dict[str, str]:
        return {container.INSTALLATION: self._installation, container.BUILD: tag}

    def _waiting(self, what: str, say: Callable[[str], None], is_over: Callable[[], bool]) -> "_Turn":
        with self._lock:
            lock = self._busy.setdefault(what, threading.Lock())
        return _Turn(lock, say, is_over)


def _named(place: str, lock: str) -> Iterator[tuple[str, str]]:
    """The files of a folder that a lock names: names and where they lie."""
    wanted = set(re.findall(r"^([A-Za-z0-9_.-]+==[^\s;\\]+)", lock, re.M))
    wanted = {re.sub(r"[-_.]+", "-", one).lower() for one in wanted}
    with contextlib.suppress(OSError):
        for entry in os.scandir(place):
            found = re.match(r"(.+?)-(\d[^-]*?)(-.*\.whl|\.tar\.gz|\.zip)$", entry.name)
            if found and re.sub(r"[-_.]+", "-", f"{found[1]}=={found[2]}").lower() in wanted:
                yield entry.name, entry.path


class _Turn:
    """A lock that is waited for as long as someone wants it."""

    def __init__(self, lock: threading.Lock, say: Callable[[str], None], is_over: Callable[[], bool]) -> None:
        self._lock, self._say, self._is_over = lock, say, is_over

    def __enter__(self) -> None:
        while not self._lock.acquire(timeout=LOOK_SECONDS):
            self._say("Waiting for another step that prepares the same image")
            if self._is_over():
                raise GivenUp

    def __exit__(self, *_: object) -> None:
        self._lock.release()
