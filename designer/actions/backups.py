"""Backups: everything a home remembers in one file, and putting it back."""

import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from designer import __version__
from designer.actions.storage import only_one
from designer.artifacts import ArtifactStore
from designer.errors import Conflict, Invalid, Unavailable
from designer.installation import Installation, lock_home
from designer.settings import Settings
from designer.store import archive, artifacts, attempts, migrations
from designer.store.archive import DUMP, SQLITE, Manifest
from designer.store.database import FILE, DamagedDatabase, Database, forget_sessions
from designer.store.swap import is_begun, swap

KEPT = ("job.json", "module.py", "module.yaml", "stdout.log", "stderr.log", "events.jsonl", "result.json")
"""What of an attempt's folder goes into a backup."""


@dataclass(frozen=True)
class Restored:
    """What was put back."""

    manifest: Manifest | None  # None of a bare copy of the database
    aside: Path | None  # where what was there before lies now


def back_up(inst: Installation) -> Iterator[bytes]:
    """A backup of an installation that is open, piece by piece; runs go on meanwhile.

    The database is copied first; artifacts never change, so those that the copy names belong to it; none is removed meanwhile.
    """
    with only_one(inst, shared=True):
        yield from _back_up(inst)


def _back_up(inst: Installation) -> Iterator[bytes]:
    copy = inst.backups / f".backup-{uuid.uuid4().hex}"
    kind = _copy_database(inst.store, copy)
    try:
        with inst.store.read() as t:
            digests, tries = artifacts.all_digests(t), attempts.all_ids(t)
        manifest = Manifest(inst.clock.now(), __version__, migrations.revision(inst.store) or "", kind)
        database = [(SQLITE if kind == "sqlite" else DUMP, copy)] if kind else []
        files = (*database, *_artifact_files(inst, digests, manifest), *_attempt_files(inst, tries))
        yield from archive.write(manifest, files)
    finally:
        copy.unlink(missing_ok=True)


def _copy_database(store: Database, to: Path) -> str:
    """Copy the database, where that can be done from here; its kind, "" where not."""
    if store.file is not None:
        store.copy(to)
        forget_sessions(to)
        return "sqlite"
    program = shutil.which("pg_dump")
    if program is None:
        return ""
    url = store.url.set(drivername="postgresql", password=None).render_as_string()
    environment = {**os.environ, **({"PGPASSWORD": str(store.url.password)} if store.url.password else {})}
    command = [
        program,
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        "--exclude-table-data=sessions",
        "--file",
        str(to),
        "--dbname",
        url,
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        to.unlink(missing_ok=True)
        raise Unavailable(f"pg_dump cannot copy the database: {done.stderr.strip()[-300:]}", cure="See what it says.")
    return "postgresql"


def _artifact_files(inst: Installation, digests: list[str], manifest: Manifest) -> Iterator[tuple[str, Path]]:
    for digest in digests:
        key = digest.removeprefix("sha256:")
        name = f"artifacts/{key[:2]}/{key}"
        try:
            path = inst.artifacts.local_path(digest)
            members = inst.artifacts.files(digest) if path.is_dir() else [""]
        except Exception:  # noqa: BLE001 - one that cannot be had must not cost all the others
            manifest.damaged.append(name)
            continue
        for member in members:
            yield (f"{name}/{member}", path / member) if member else (name, path)


def _attempt_files(inst: Installation, tries: list[str]) -> Iterator[tuple[str, Path]]:
    for one in tries:
        for name in KEPT:
            path = inst.attempts / one / name
            if path.is_file() and not path.is_symlink():
                yield f"attempts/{one}/{name}", path


def check(file: Path) -> Manifest:
    """Read a backup whole. Raises `Invalid` where it is not whole."""
    return archive.read(file, lambda _: None)


def restore(settings: Settings, file: Path, *, replace: bool = False) -> Restored:
    """Put a backup, or a bare copy of the database, in the place of what a home holds; no server may run on it.

    All of it is checked before anything is replaced, and what is replaced is moved aside, not removed. Raises `Conflict`
    where a server runs, where the home holds data and `replace` is not given, or where the backup is of a newer version.
    """
    if not file.is_file():
        raise Invalid(f"There is no file {file}.")
    home = settings.home
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with lock_home(home), _staging(home) as fresh:
        names = [FILE] if _is_sqlite(file) else [FILE, "artifacts", "attempts"]
        there = [name for name in names if _holds(home / name)]
        if there and not replace:
            raise Conflict(
                f"{home} holds data already ({', '.join(there)}).",
                cure="Add --replace to put the backup in its place (what is there is moved aside), or choose another --home.",
            )
        manifest = None
        if _is_sqlite(file):
            shutil.copyfile(file, fresh / FILE)
            (fresh / FILE).chmod(0o600)
        else:
            manifest = archive.read(file, lambda name: fresh / (DUMP if name == DUMP else name))
            _check_artifacts(fresh, manifest)
        if (fresh / FILE).exists():
            _check_database(fresh / FILE)
        if (fresh / DUMP).exists():
            _load_dump(settings, fresh / DUMP)
        aside = home / time.strftime("before-restore-%Y%m%d-%H%M%S")
        swap(home, fresh, aside, [*names, f"{FILE}-wal", f"{FILE}-shm"])
        with suppress(OSError):
            aside.rmdir()  # where nothing was there
    return Restored(manifest, aside if aside.exists() else None)


@contextmanager
def _staging(home: Path) -> Iterator[Path]:
    for old in home.glob(".restoring-*"):
        shutil.rmtree(old, ignore_errors=True)
    fresh = home / f".restoring-{uuid.uuid4().hex[:8]}"
    fresh.mkdir(mode=0o700)
    try:
        yield fresh
    finally:
        if not is_begun(home):  # else whoever opens this home next finishes it
            shutil.rmtree(fresh, ignore_errors=True)


def _is_sqlite(file: Path) -> bool:
    with file.open("rb") as data:
        return data.read(16) == b"SQLite format 3\0"


def _holds(path: Path) -> bool:
    if not path.is_dir():
        return path.exists()
    return any(one.name not in ("incoming", "lock") for one in path.iterdir())


def _check_artifacts(fresh: Path, manifest: Manifest) -> None:
    """Leave out artifacts that were damaged when the backup was taken, and make the others read-only."""
    for name in manifest.damaged:
        with suppress(OSError):
            (fresh / name).unlink()
    if not (fresh / "artifacts").is_dir():
        return
    store = ArtifactStore(fresh / "artifacts")
    for digest in list(store.iterate()):
        if store.is_folder(digest) and store.verify(digest) is None:
            key = digest.removeprefix("sha256:")
            manifest.damaged.append(f"artifacts/{key[:2]}/{key}")
            store.delete(digest)
        else:
            store.seal(digest)


def _check_database(file: Path) -> None:
    """Raises `Invalid` where the copy is damaged, `Conflict` where it is of a newer version."""
    database = Database(f"sqlite:///{file}")
    try:
        database.quick_check()
        migrations.refuse_newer(migrations.revision(database))
    except DamagedDatabase as problem:
        raise Invalid(f"The backup's database is damaged: {problem.message}", cure="Take another backup.") from problem
    finally:
        database.close()


def _load_dump(settings: Settings, file: Path) -> None:
    """Load a PostgreSQL dump into the database of the settings, all of it or nothing."""
    command = "pg_restore --clean --if-exists --single-transaction --no-owner --no-privileges"
    program = shutil.which("pg_restore")
    if not settings.database or program is None:
        raise Invalid(
            "The backup holds a dump of a PostgreSQL database.",
            cure=f"Set DESIGNER_DATABASE, and have pg_restore installed: Designer calls `{command}`.",
        )
    database = Database(settings.database)
    url = database.url
    database.close()
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    address = url.set(drivername="postgresql", password=None).render_as_string()
    done = subprocess.run([program, *command.split()[1:], "--dbname", address, str(file)],
                          env=environment, capture_output=True, text=True, check=False)  # fmt: skip
    if done.returncode:
        raise Unavailable(f"pg_restore failed: {done.stderr.strip()[-300:]}", cure="The database is as it was.")
