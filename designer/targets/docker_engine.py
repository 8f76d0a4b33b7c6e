"""The door to the package `docker`: what this target asks an engine, and what went wrong there in sentences.

The address is always given: the package's own defaults follow the context of Docker's command line, which may be someone's server.
"""

import contextlib
import getpass
import os
import re
import threading
from collections.abc import Iterator, Mapping
from typing import IO, TYPE_CHECKING, Any

from designer.errors import Unavailable

if TYPE_CHECKING:
    from docker import APIClient

ANSWER_SECONDS = 30
WORK_SECONDS = 1_800
"""How long an engine may take over what moves bytes: images, archives."""

OUTPUT_LINES = 20
NOTHING = "Start Docker (`systemctl start docker`), or write the address of the engine into the target's option “Engine”: `docker context ls` shows it."


class Away(Unavailable):
    """The Docker engine does not answer."""


class Refused(Unavailable):
    """The Docker engine refused."""


class Engine:
    """One engine. May be used from many threads; connects when it is asked first."""

    def __init__(self, url: str, certificates: str = "") -> None:
        self.url = url
        self._certificates = certificates
        self._clients: dict[int, APIClient] = {}  # by their patience
        self._lock = threading.Lock()

    def info(self) -> dict[str, Any]:
        """What it says about itself: `OperatingSystem`, `NCPU`, `SecurityOptions` ... Raises `Away`."""
        with self._asking() as client:
            return dict(client.info())

    def inspect(self, name: str) -> dict[str, Any] | None:
        """A container as it is now; None where there is none of this name."""
        with self._asking() as client:
            return _found(lambda: client.inspect_container(name))

    def create(self, name: str, config: Mapping[str, Any]) -> bool:
        """Create a container; False where one of this name is there already. Raises `Refused` for a config that cannot be."""
        with self._asking() as client:
            try:
                client.create_container_from_config(dict(config), name)  # type: ignore[no-untyped-call]
            except _api_error() as problem:
                if _status(problem) == 409:
                    return False
                raise
            return True

    def start(self, name: str) -> None:
        """Start a container; nothing happens where it runs. Raises `Refused` with the engine's own words."""
        with self._asking() as client:
            client.start(name)

    def kill(self, name: str, signal: str = "SIGKILL") -> None:
        """Send a signal to the first process of a container; nothing happens where it does not run."""
        with self._asking() as client, _ignoring(404, 409):
            client.kill(name, signal)

    def remove(self, name: str) -> None:
        """Take a container away, with its volumes, whatever it does."""
        with self._asking() as client, _ignoring(404, 409):  # 409: it is being taken away
            client.remove_container(name, v=True, force=True)

    def output(self, name: str) -> str:
        """The last lines of what the first process of a container wrote itself."""
        text = b""
        with self._asking() as client, _ignoring(404, 409):
            text = client.logs(name, stdout=True, stderr=True, tail=OUTPUT_LINES)
        return text.decode("utf-8", "replace").strip()

    def has_network(self, name: str) -> bool:
        """Whether it has a network of this name."""
        with self._asking() as client:
            return _found(lambda: client.inspect_network(name)) is not None

    def put(self, name: str, path: str, archive: bytes | IO[bytes]) -> None:
        """Unpack a tar archive into a folder of a container."""
        with self._asking(WORK_SECONDS) as client:
            client.put_archive(name, path, archive)

    def get(self, name: str, path: str) -> Iterator[bytes]:
        """A file or folder of a container as a tar archive, in pieces; nothing where it is not there."""
        with self._asking(WORK_SECONDS) as client, _ignoring(404):
            yield from client.get_archive(name, path)[0]

    def image(self, reference: str) -> dict[str, Any] | None:
        """An image of the engine; None where it is not there."""
        with self._asking() as client:
            return _found(lambda: client.inspect_image(reference))  # type: ignore[no-untyped-call]

    def pull(self, reference: str) -> Iterator[dict[str, Any]]:
        """Fetch an image, telling how far that is. Raises `Refused` where the registry does not give it."""
        repository, _, tag = (
            reference.rpartition(":") if re.search(r":[^/]+$", reference) else (reference, "", "latest")
        )
        if "@" in reference:
            repository, tag = reference, ""
        with self._asking(WORK_SECONDS) as client:
            for line in client.pull(repository, tag or None, stream=True, decode=True):
                if "error" in line:
                    raise Refused(f'The image "{reference}" cannot be fetched: {line["error"]}')
                yield line

    def commit(self, name: str, repository: str, tag: str, config: Mapping[str, Any]) -> None:
        """Make an image of what a container has become; it is there whole or not at all."""
        with self._asking(WORK_SECONDS) as client:
            client.commit(name, repository, tag, conf=dict(config))

    def containers(self, labels: Mapping[str, str]) -> list[dict[str, Any]]:
        """All containers with these labels, ended ones too."""
        with self._asking() as client:
            return list(
                client.containers(all=True, filters={"label": [f"{key}={value}" for key, value in labels.items()]})
            )

    def events(self, labels: Mapping[str, str], since: float, until: float) -> Iterator[dict[str, Any]]:
        """What happens to containers with these labels between two times, which may lie ahead."""
        filters = {"type": ["container"], "label": [f"{key}={value}" for key, value in labels.items()]}
        with self._asking() as client:
            # whole seconds are all that the package can say; one that is told twice does no harm
            yield from client.events(since=int(since), until=int(until) + 1, filters=filters, decode=True)

    def close(self) -> None:
        """Let go of it."""
        with self._lock:
            clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            client.close()

    @contextlib.contextmanager
    def _asking(self, seconds: int = ANSWER_SECONDS) -> Iterator["APIClient"]:
        """A client; what the package raises comes out as `Away` or `Refused`."""
        try:
            yield self._connected(seconds)
        except (Away, Refused):
            raise
        except Exception as problem:
            raise self._sentence(problem) from problem

    def _connected(self, seconds: int) -> "APIClient":
        with self._lock:
            if seconds not in self._clients:
                import docker

                tls: Any = False
                if self._certificates:
                    at = self._certificates
                    tls = docker.tls.TLSConfig(
                        (os.path.join(at, "cert.pem"), os.path.join(at, "key.pem")),
                        os.path.join(at, "ca.pem"),
                        verify=True,
                    )
                self._clients[seconds] = docker.APIClient(
                    self.url,
                    version="auto",
                    timeout=seconds,
                    tls=tls,
                    use_ssh_client=self.url.startswith("ssh:"),
                )
            return self._clients[seconds]

    def _sentence(self, problem: Exception) -> Away | Refused:
        """What went wrong, in a sentence that says what to do."""
        if isinstance(problem, ImportError):
            return Away(
                f"Targets of kind docker need the Python package “docker”, and it cannot be imported: {problem}.",
                cure="Install it beside Designer: `pip install docker`.",
            )
        if _status(problem):
            return Refused(_words(problem))
        chain = list(_causes(problem))
        where = f"at {self.url}"
        for one in chain:
            if isinstance(one, FileNotFoundError):
                return Away(f"There is no Docker engine {where}: that file is not there.", cure=NOTHING)
            if isinstance(one, PermissionError):
                return Away(
                    f"Designer may not use the Docker engine {where}: permission denied.",
                    cure=f"Add the user to Docker's group (`sudo usermod -aG docker {_user()}`) and start Designer in a new session, or use "
                    "rootless Docker.",
                )
            if isinstance(one, ConnectionRefusedError):
                return Away(f"No Docker engine answers {where}: the connection was refused.", cure=NOTHING)
        text = " ".join(str(one) for one in chain)
        if "paramiko" in text:
            return Away(
                "To reach a Docker engine over ssh, the Python package “paramiko” is needed.",
                cure="Install it beside Designer: `pip install paramiko`.",
            )
        if re.search(r"timed? ?out", text, re.I):
            return Away(
                f"The Docker engine {where} did not answer within {ANSWER_SECONDS} seconds.",
                cure="Look at its log (`journalctl -u docker`) and at the load of its machine.",
            )
        if re.search(r"name resolution|Name or service|getaddrinfo", text):
            return Away(f"The machine of the Docker engine {where} is not known by that name.", cure=NOTHING)
        if re.search(r"certificate|SSL|TLS", text):
            return Away(
                f"The Docker engine {where} could not be reached safely: {_short(problem)}.",
                cure="Look at the folder with the certificates: ca.pem, cert.pem and key.pem, made for this engine.",
            )
        if re.search(
            r"unsupported|Invalid bind address|No connection adapters|Invalid URL|Failed to parse|base_url", text, re.I
        ):
            return Away(
                f"“{self.url}” is not the address of a Docker engine.",
                cure="Write unix:///var/run/docker.sock, ssh://user@machine, or tcp://machine:2376 with certificates.",
            )
        if re.search(r"JSON|Expecting value|ApiVersion|BadStatusLine", text):
            return Away(f"What answers {where} is not a Docker engine.", cure=NOTHING)
        return Away(f"The Docker engine {where} does not answer: {_short(problem)}.", cure=NOTHING)


def _found(ask: Any) -> dict[str, Any] | None:
    try:
        return dict(ask())
    except _api_error() as problem:
        if _status(problem) == 404:
            return None
        raise


@contextlib.contextmanager
def _ignoring(*statuses: int) -> Iterator[None]:  # may leave out what follows in the block
    try:
        yield
    except _api_error() as problem:
        if _status(problem) not in statuses:
            raise


def _api_error() -> type[Exception]:
    from docker.errors import APIError

    return APIError


def _status(problem: Exception) -> int:
    """The HTTP status that the engine answered with; 0 where it did not answer."""
    response = getattr(problem, "response", None)
    return int(getattr(response, "status_code", 0) or 0)


def _words(problem: Exception) -> str:
    """The engine's own words."""
    text = str(getattr(problem, "explanation", "") or problem).strip()
    return re.sub(r":? unknown$", "", text)[:2_000]


def _causes(problem: BaseException) -> Iterator[BaseException]:
    """An exception and all that are inside it: as causes, or as arguments, as urllib3 has them."""
    todo, seen = [problem], set()
    while todo:
        one = todo.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        todo += [
            more
            for more in (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
            if isinstance(more, BaseException)
        ]


def _short(problem: Exception) -> str:
    return (str(problem) or type(problem).__name__).strip().rstrip(".")[:300]


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "NAME"
