"""What git says of a folder: repository, branch, commit, and whether something is not committed."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

SECONDS = 5.0
QUIET = (
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.untrackedCache=false",
    "-c",
    "credential.helper=",
)
"""Settings of a repository that would have git run something."""


@dataclass(frozen=True)
class Git:
    """The state of a working copy."""

    folder: str
    repository: str = ""
    branch: str = ""
    commit: str = ""
    dirty: bool = False


def look(folder: Path) -> Git | None:
    """What git says of a folder; None where it is in no working copy, or git does not answer."""
    if not any((above / ".git").exists() for above in (folder, *folder.parents)):
        return None
    head = _git(folder, "rev-parse", "--show-toplevel", "--abbrev-ref", "HEAD")
    if head is None:
        return None
    top, _, branch = head.partition("\n")
    status = _git(folder, "status", "--porcelain", "--untracked-files=normal", "--", ".")
    return Git(
        Path(top).name,
        _plain(_git(folder, "config", "--get", "remote.origin.url") or ""),
        "" if branch == "HEAD" else branch,
        _git(folder, "rev-parse", "HEAD") or "",
        bool(status),
    )


def _git(folder: Path, *arguments: str) -> str | None:
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *QUIET, *arguments],  # noqa: S607 - the one of the machine
            capture_output=True, text=True, timeout=SECONDS, env=environment, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired, UnicodeError):
        return None
    return done.stdout.strip()[:2_000] if done.returncode == 0 else None


def _plain(address: str) -> str:
    """An address without user and password."""
    return re.sub(r"^([a-z+]+://)[^/@]*@", r"\1", address)
