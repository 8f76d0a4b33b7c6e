"""Daily copies of an SQLite database, and looking for damage: at the start, and once a day."""

import time
from pathlib import Path

from designer.errors import Unavailable
from designer.store.database import DamagedDatabase, Database, Full

DAY = 86_400.0
CHECK_AT_ONCE_BYTES = 200_000_000
"""A file up to this size is looked through before the start, some tenths of a second; a larger one soon after it."""

SUSPECT = "designer.db.damaged"
"""A file beside the database: damage was found while a server ran, so the next start looks first."""


def check(database: Database, backups: Path) -> None:
    """Look for damage before the database is used. Raises `Unavailable` that names the newest copy, and the command."""
    if database.file is None:
        return
    suspect = database.file.with_name(SUSPECT)
    if database.file.stat().st_size > CHECK_AT_ONCE_BYTES and not suspect.exists():
        return
    try:
        database.quick_check()
    except DamagedDatabase as problem:
        raise refusal(problem.message, database.file, backups) from problem
    suspect.unlink(missing_ok=True)


def check_later(database: Database, backups: Path) -> None:
    """Look for damage while the database is used; where there is some nothing is written any more. Raises `Unavailable`."""
    if database.file is None:
        return
    try:
        database.quick_check()
    except DamagedDatabase as problem:
        database.file.with_name(SUSPECT).touch()
        database.fault = DamagedDatabase(problem.message, cure=refusal("", database.file, backups).cure)
        raise


def refusal(why: str, file: Path, backups: Path) -> Unavailable:
    """What to say of a damaged database."""
    newest = next(iter(found(backups)), None)
    if newest is None:
        cure = f"There is no copy of it in {backups}; put a backup of your own back: `designer restore FILE --replace`."
    else:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(newest.stat().st_mtime))
        cure = f"The last good copy is of {when}. Put it back: `designer restore {newest} --replace`."
    return Unavailable(f"{why} ({file})", cure=cure)


def found(backups: Path) -> list[Path]:
    """The copies there are, newest first."""
    return sorted(backups.glob("designer-*.db"), key=lambda file: (file.stat().st_mtime, file.name), reverse=True)


def daily(backups: Path) -> list[Path]:
    """The daily ones of them: not those made before a migration."""
    return [file for file in found(backups) if not file.name.startswith("designer-schema-")]


def due(backups: Path, now: float) -> bool:
    """Whether the newest daily copy is a day old, or from the future."""
    newest = next(iter(daily(backups)), None)
    return newest is None or not now - DAY < newest.stat().st_mtime <= now + 3_600


def make(database: Database, backups: Path, keep: int, free: int, now: float) -> None:
    """Make a copy, and remove the oldest but so many. Raises `Full` where there is too little space for it."""
    assert database.file is not None
    size = database.file.stat().st_size
    if free < 2 * size:
        raise Full(
            f"The daily copy of the database needs {2 * size / 1e6:,.0f} MB of free space, {free / 1e6:,.0f} are there."
        )
    database.copy(backups / time.strftime("designer-%Y%m%d-%H%M%S.db", time.gmtime(now)))
    for old in daily(backups)[keep:]:
        old.unlink(missing_ok=True)
