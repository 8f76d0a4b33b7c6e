"""What a build of an environment is told, and how environments are taken away again."""

import fcntl
import os
import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import uv

from designer.graph.environment import Declaration
from designer.settings import Settings

STAGING = ".staging"
"""Marks a folder that is not, or not any more, an environment."""

_PASSED = {"NETRC", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "GIT_SSL_CAINFO"}
_PROXIES = {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}
_OURS = (
    "UV_PYTHON",
    "UV_PROJECT",
    "UV_WORKING",
    "UV_REQUIRE",
    "UV_CONSTRAINT",
    "UV_BUILD_CONSTRAINT",
    "UV_OVERRIDE",
    "UV_NO_PROGRESS",
)
"""Variables of uv that would change what is built, or where."""


def options(place: Path, declaration: Declaration, lock: Mapping[str, str] | None, *, again: bool) -> dict[str, Any]:
    """The `options` of a job of kind `environment`. Raises `FileNotFoundError` where uv is not there."""
    return {
        "uv": os.fsdecode(uv.find_uv_bin()), "requirements": list(declaration.requirements), "python": declaration.python,
        "server": sys.executable, "place": str(place), "lock": dict(lock) if lock else None, "again": again,
    }  # fmt: skip


def network(settings: Settings, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables with which uv finds packages: those of the server that concern it, and above them the settings."""
    found = {
        name: value
        for name, value in environment.items()
        if (name.startswith("UV_") and not name.startswith(_OURS)) or name in _PASSED or name.lower() in _PROXIES
    }
    if settings.package_index:
        found["UV_DEFAULT_INDEX"] = settings.package_index
        for name in ("UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL"):
            found.pop(name, None)
    if settings.package_folder:
        found["UV_FIND_LINKS"] = settings.package_folder
    if settings.package_offline:
        found["UV_OFFLINE"] = "1"
        if settings.package_folder and not settings.package_index:
            found["UV_NO_INDEX"] = "1"
    return found


def remove(path: Path) -> bool:
    """Take an environment away; False where it is being built at this moment, or is not there."""
    lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        gone = path.with_name(f"{path.name}{STAGING}-removed")
        shutil.rmtree(gone, ignore_errors=True)
        try:
            path.rename(gone)
        except FileNotFoundError:
            return False
        shutil.rmtree(gone, ignore_errors=True)
        return True
    finally:
        os.close(lock)


def clean(place: Path) -> int:
    """Remove what builds that were killed left behind; how many folders that were."""
    count = 0
    for left in sorted(place.glob(f"*{STAGING}*")):
        digest = left.name.partition(".")[0]
        lock = os.open(place / f"{digest}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            with suppress(OSError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
                count += 1
        finally:
            os.close(lock)
    return count
