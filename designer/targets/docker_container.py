"""What a step's container may do: the owner's options, and the configuration that is made of them. Pure.

It is built field by field from the options alone; nothing that a pipeline or a module says gets in.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from designer.launcher import processes

ROOT = "/designer"
JOB = f"{ROOT}/job"
INPUTS = f"{ROOT}/inputs"
CODE = f"{ROOT}/code"
LAUNCHER = f"{CODE}/designer/launcher/__main__.py"
TEMPORARY = "/tmp"  # noqa: S108 - the container's own
OPEN_FILES = 4_096
SHARED_MEMORY = 512 * 1024**2

INSTALLATION = "designer.installation"
ATTEMPT = "designer.attempt"
FOLDER = "designer.folder"
BUILD = "designer.build"
ENVIRONMENT = "designer.environment"


class Options(BaseModel):
    """What its owner chooses about a Docker engine as a target."""

    model_config = ConfigDict(extra="forbid")

    engine: str = Field(
        default="unix:///var/run/docker.sock", title="Engine", pattern=r"^(unix:///|tcp://|ssh://).+",
        description="The address of the Docker engine: unix:///var/run/docker.sock, tcp://machine:2376 or ssh://user@machine. "
        "Who may use an engine is as powerful as the administrator of its machine.",
    )  # fmt: skip
    image: str = Field(
        default="python:{python}-slim", min_length=1, title="Image",
        description="The image that steps run in. {python} in its name stands for the version of Python that a step wants. It needs Python 3.10 or newer.",
    )  # fmt: skip
    packages: Literal["install", "image"] = Field(
        default="install", title="Packages",
        description="install: the packages that a step wants are installed into the image once, and the result is kept. "
        "image: steps take the packages that the image has.",
    )  # fmt: skip
    memory_limit_mb: int | None = Field(
        default=None, ge=64, title="Memory (MB)", description="What one step may hold; a step that needs more is ended.",
    )  # fmt: skip
    cpus: float | None = Field(
        default=None, gt=0, le=1024, title="Processors", description="How many processors one step may use."
    )
    network: str = Field(
        default="none", min_length=1, title="Network",
        description="none: steps reach nothing. bridge: they reach what the engine's machine reaches. Or the name of a network of the engine.",
    )  # fmt: skip
    gpus: int = Field(
        default=0, ge=-1, le=64, title="GPUs", description="How many GPUs one step gets; -1 is all of them."
    )
    folders: str = Field(
        default="", title="Folders", json_schema_extra={"multiline": True},
        description="Folders of the engine's machine that steps see under the same path, one a line; they may write to those with :rw behind.",
    )  # fmt: skip
    pull: Literal["missing", "never"] = Field(
        default="missing", title="Fetch images", description="Whether an image that the engine does not have is fetched.",
    )  # fmt: skip
    process_limit: int = Field(
        default=512, ge=16, le=1_000_000, title="Processes", description="How many processes and threads one step may have.",
    )  # fmt: skip
    time_limit: float | None = Field(
        default=None, gt=0, title="Time (seconds)", description="After which any step is ended, whatever it asks for.",
    )  # fmt: skip
    temporary_mb: int = Field(
        default=1024, ge=16, title="Space in /tmp (MB)", description="It lies in memory and counts as the step's.",
    )  # fmt: skip
    build_network: str = Field(
        default="bridge", min_length=1, title="Network of builds", description="The network that packages are installed over.",
    )  # fmt: skip
    certificates: str = Field(
        default="", title="Certificates",
        description="For tcp: a folder with ca.pem, cert.pem and key.pem. Without them anyone on the network can use that engine.",
    )  # fmt: skip

    @field_validator("folders")
    @classmethod
    def _absolute(cls, text: str) -> str:
        for path, _ in shares(text):
            if not path.startswith("/") or ".." in path.split("/"):
                raise ValueError(f"“{path}” is not a whole path: write it from / on.")
            if path == "/" or path.startswith(ROOT):
                raise ValueError(f"“{path}” cannot be shared.")
        return text


def shares(text: str) -> list[tuple[str, bool]]:
    """The folders that are shared with steps, and whether these may write there."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return [(line.removesuffix(":rw"), line.endswith(":rw")) for line in lines]


@dataclass(frozen=True)
class Place:
    """How a job's files come into its container."""

    binds: Sequence[tuple[str, str, bool]] = ()  # (path on the engine's machine, path inside, writable)
    volumes: Sequence[str] = ()  # paths inside that are volumes of this container alone


def step(
    options: Options, name: str, image: str, python: str, user: str, labels: Mapping[str, str], place: Place
) -> dict[str, Any]:
    """The configuration of a step's container."""
    shared = [(path, path, writable) for path, writable in shares(options.folders)]
    host = _host(options, options.network, Place([*place.binds, *shared], place.volumes))
    host |= {
        "ReadonlyRootfs": True,
        "CapDrop": ["ALL"],
        "Tmpfs": {TEMPORARY: f"rw,nosuid,nodev,size={options.temporary_mb}m,mode=1777"},
        "PidsLimit": options.process_limit,
    }
    if options.gpus:
        host["DeviceRequests"] = [{"Driver": "", "Count": options.gpus, "Capabilities": [["gpu"]]}]
    environment = {
        "HOME": TEMPORARY,
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        processes.COOKIE: name,
        processes.FOLDER: JOB,
    }
    if options.cpus is not None:  # libraries count the machine's processors, not the container's share of them
        threads = str(max(1, round(options.cpus)))
        environment |= {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads, "POLARS_MAX_THREADS": threads}
    if "/" in python:
        environment |= {
            "VIRTUAL_ENV": str(PurePosixPath(python).parents[1]),
            "PATH": f"{PurePosixPath(python).parent}:{_PATH}",
        }
    return _container(image, python, user, environment, labels, options.network, host)


def build(options: Options, image: str, python: str, labels: Mapping[str, str], place: Place) -> dict[str, Any]:
    """The configuration of the container in which packages are installed, to be kept as an image. No step's code runs in it."""
    host = _host(options, options.build_network, place)
    host["CapDrop"] = ["ALL"]
    host["CapAdd"] = ["CHOWN", "DAC_OVERRIDE", "FOWNER"]
    return _container(image, python, "0:0", {"HOME": "/root", "LANG": "C.UTF-8"}, labels, options.build_network, host)


_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def _host(options: Options, network: str, place: Place) -> dict[str, Any]:
    host: dict[str, Any] = {
        "Privileged": False,
        "NetworkMode": network,
        "IpcMode": "private",
        "SecurityOpt": ["no-new-privileges:true"],
        "RestartPolicy": {"Name": "no"},
        "AutoRemove": False,
        "ShmSize": SHARED_MEMORY,
        "Ulimits": [{"Name": "nofile", "Soft": OPEN_FILES, "Hard": OPEN_FILES}, {"Name": "core", "Soft": 0, "Hard": 0}],
        "LogConfig": {"Type": "json-file", "Config": {"max-size": "1m", "max-file": "1"}},
        "Mounts": [
            {"Type": "bind", "Source": source, "Target": target, "ReadOnly": not writable, "BindOptions": {"Propagation": "rprivate"}}
            for source, target, writable in place.binds
        ]
        + [{"Type": "volume", "Target": target} for target in place.volumes],
    }  # fmt: skip
    if options.memory_limit_mb is not None:
        host["Memory"] = host["MemorySwap"] = options.memory_limit_mb * 1024**2
    if options.cpus is not None:
        host["NanoCpus"] = int(options.cpus * 1_000_000_000)
    return host


def _container(
    image: str, python: str, user: str, environment: Mapping[str, str], labels: Mapping[str, str], network: str,
    host: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    return {
        "Image": image,
        "User": user,
        "Hostname": "step",
        "WorkingDir": JOB,
        "Entrypoint": [python, "-s", LAUNCHER],  # first process of its container: it reaps, and hears SIGTERM
        "Cmd": [JOB],
        "Env": [f"{key}={value}" for key, value in environment.items()],
        "Labels": dict(labels),
        "StopSignal": "SIGTERM",
        "StopTimeout": 15,
        "NetworkDisabled": network == "none",
        "Healthcheck": {"Test": ["NONE"]},
        "HostConfig": dict(host),
    }


def tag(software: str, base: str, generation: str) -> str:
    """The tag of the image with some packages on some base."""
    return hashlib.sha256("\0".join((software, base, generation)).encode()).hexdigest()[:32]
