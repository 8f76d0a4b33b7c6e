"""`designer doctor`: look at this installation and say what is wrong, and what to do."""

import argparse
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from designer.bundle import front_end, modules
from designer.cli.clean import size
from designer.sdk import find_server
from designer.settings import Settings

OLD_SQLITE = (3, 51, 3)
FREE_SPACE = 1_000_000_000
PLACES = {
    "database": "designer.db*",
    "artifacts": "artifacts",
    "attempts": "attempts",
    "environments": "environments",
    "copies": "backups",
}


def doctor(options: argparse.Namespace) -> int:
    """Print a line per check; exit status 1 where something is wrong."""
    good = True
    for fine, text in checks(Settings.read(home=options.home)):
        print(f"{'✓' if fine else '✗'} {text}")
        good = good and fine
    return 0 if good else 1


def checks(settings: Settings) -> Iterator[tuple[bool, str]]:
    """Whether each thing is fine, and a sentence on it."""
    yield sys.version_info >= (3, 11), f"Python {sys.version.split()[0]}"
    note = "" if sqlite3.sqlite_version_info >= OLD_SQLITE else ", older than 3.51.3: checkpoints are kept under a lock"
    yield True, f"SQLite {sqlite3.sqlite_version}{note}"
    home = settings.home
    if home.exists():
        mode = stat.S_IMODE(home.stat().st_mode)
        yield (
            mode & 0o077 == 0,
            f"{home} is " + ("yours alone" if mode & 0o077 == 0 else f"open to others: chmod 700 {home}"),
        )
        free = shutil.disk_usage(home).free
        yield free > FREE_SPACE, f"{free / 1e9:.1f} GB free in {home}"
        yield True, ", ".join(f"{name} {size(_bytes(home, pattern))}" for name, pattern in PLACES.items())
        copies = [file.stat().st_mtime for file in home.glob("backups/designer-*.db")]
        made = time.strftime("%Y-%m-%d %H:%M", time.localtime(max(copies))) if copies else ""
        yield True, f"the newest copy of the database is of {made}" if made else "there is no copy of the database yet"
    else:
        yield True, f"{home} will be made at the first start"
    built = (front_end() / ".vite" / "manifest.json").exists()
    yield built, "the front end is built" if built else "the front end is not built: make run"
    count = len(list(modules().glob("*/*.py")))
    yield count > 0, f"{count} modules in the library"
    there = _uv()
    yield there is not None, there or "uv is not installed, so no environments can be built: pip install uv"
    running = find_server(home)
    yield True, f"a server runs at {running.url}" if running else "no server runs for this home"
    for check in running.call("GET", "/api/health")["checks"] if running else ():
        yield check["fine"], f"{check['message']} {check['cure']}".rstrip()
    nothing = {"targets": (), "notices": (), "engine": None}
    system: dict[str, Any] = running.call("GET", "/api/system") if running else nothing
    engine = system["engine"]
    if engine is not None and not engine["here"]:
        yield True, f"the server of {engine['host']}, pid {engine['pid']}, moves the runs; this one stands by"
    for target in system["targets"]:
        for notice in target["notices"]:
            yield False, notice
    for notice in system["notices"]:
        if notice["severity"] == "error":
            yield False, f"{notice['message']} {notice['cure']}".rstrip()


def _bytes(home: Path, pattern: str) -> int:
    """Bytes of all files below what fits a pattern."""
    total = 0
    for place in home.glob(pattern):
        for file in place.rglob("*") if place.is_dir() else (place,):
            with suppress(OSError):
                total += file.stat(follow_symlinks=False).st_blocks * 512
    return total


def _uv() -> str | None:
    """The version of uv, which builds environments."""
    try:
        import uv

        said = subprocess.run([uv.find_uv_bin(), "--version"], capture_output=True, text=True, timeout=20, check=True)
    except (ImportError, OSError, subprocess.SubprocessError):
        return None
    return said.stdout.strip()
