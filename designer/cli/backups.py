"""`designer backup` and `designer restore`: everything a home remembers in one file, and back."""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

from designer.actions import backups
from designer.errors import Conflict
from designer.installation import open_installation
from designer.sdk import find_server
from designer.settings import Settings


def backup(options: argparse.Namespace) -> int:
    """Write a backup and read it back; exit status 1 where something in it was damaged before."""
    settings = Settings.read(home=options.home)
    file: Path = options.file or Path(time.strftime("designer-%Y%m%d-%H%M%S.tar"))
    if file.exists():
        raise Conflict(f"{file} is there already.", cure="Name another file.")
    half = file.with_name(f".{file.name}.half")
    try:
        half.touch(mode=0o600)
        with half.open("wb") as out:
            for piece in _pieces(settings):
                out.write(piece)
        manifest = backups.check(half)
        half.replace(file)
    finally:
        half.unlink(missing_ok=True)
    print(f"{file}: {len(manifest.files):,} files, {manifest.size / 1e6:,.1f} MB, read back and whole.")
    if not manifest.database:
        print("The database is not in it: it is PostgreSQL, and pg_dump is not installed here. Dump it with pg_dump.")
    return _tell_damage(manifest.damaged)


def _pieces(settings: Settings) -> Iterator[bytes]:
    """From the server that runs, else from the home itself."""
    running = find_server(settings.home)
    if running is not None:
        yield from running.download("/api/backup")
        return
    inst = open_installation(settings, as_it_is=True)
    try:
        yield from backups.back_up(inst)
    finally:
        inst.close()


def restore(options: argparse.Namespace) -> int:
    """Put a backup in the place of what the home holds."""
    settings = Settings.read(home=options.home)
    done = backups.restore(settings, options.file, replace=options.replace)
    print(f"{options.file} was put back into {settings.home}. Start the server with `designer up`.")
    if done.aside is not None:
        print(f"What was there before lies in {done.aside}; remove it when you do not need it any more.")
    if done.manifest is not None and not done.manifest.database:
        print("The database was not in it: load the dump that belongs to it with pg_restore.")
    return _tell_damage(done.manifest.damaged if done.manifest else [])


def _tell_damage(damaged: list[str]) -> int:
    if damaged:
        print(f"{len(damaged)} files were damaged or missing when the backup was taken, such as {damaged[0]}.")
    return 1 if damaged else 0
