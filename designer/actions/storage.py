"""What takes space, what may go, and removing it: old runs, then what nothing refers to any more.

Two phases. A run that is too old is deleted so that it can be brought back, and an artifact that nothing refers to is
marked; a grace later both are looked at again and removed, rows first, bytes after the commit. All transactions are small.
"""

import fcntl
import os
import shutil
import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from designer.actions import answers
from designer.contract.events import RunListed
from designer.contract.storage import Cleaned, Going, Storage
from designer.errors import Conflict
from designer.faults import crashpoint
from designer.installation import Installation
from designer.store import garbage, idempotency, retention, runs
from designer.store.database import Transaction

SAFE_SECONDS = 600.0
"""An artifact that was put or marked later than this is never removed: between a put and its row there may be seconds."""

LEFT_SECONDS = 86_400.0
"""After which what belongs to nothing (uploads that were cut off, folders, bytes without a row) is removed."""

LOOKS_SECONDS = 30 * 86_400.0
JOBS_SECONDS = 7 * 86_400.0
PAGE = 200
RUNS_AT_ONCE = 20
PAUSE_SECONDS = 0.02
"""Between two transactions, so that others come first."""

DAY = 86_400.0


def describe(inst: Installation) -> Storage:
    """What there is, and what a clean-up would remove now."""
    free, total = inst.space.usage()
    with inst.store.read() as t:
        count, size, marked = garbage.bytes_kept(t)
        removing = retention.to_remove(t, inst.clock.now(), 10_000)
    settings = inst.settings
    file = inst.store.file
    return Storage(
        free=free, total=total, database=sum(_size(file.with_name(file.name + end)) for end in ("", "-wal")) if file else 0,
        artifacts=count, artifact_bytes=size, unused_bytes=marked, backup_bytes=sum(_size(one) for one in inst.backups.glob("*")),
        deleted_runs=len(removing), keep_runs_days=settings.keep_runs_days, keep_runs_count=settings.keep_runs_count,
        keep_bytes=_most_bytes(inst), delete_after=settings.delete_after, going=going(inst),
    )  # fmt: skip


def going(inst: Installation) -> list[Going]:
    """The runs that the next clean-up would delete, and why."""
    settings, now = inst.settings, inst.clock.now()
    found: dict[str, str] = {}
    with inst.store.read() as t:
        if settings.keep_runs_days:
            found |= dict.fromkeys(
                retention.old(t, now - settings.keep_runs_days * DAY, 1_000),
                f"older than {settings.keep_runs_days:g} days",
            )
        if settings.keep_runs_count:
            for id_ in retention.beyond(t, settings.keep_runs_count, 1_000):
                found.setdefault(id_, f"not among the newest {settings.keep_runs_count:,}")
        for id_ in _too_large(t, list(found), _most_bytes(inst)):
            found.setdefault(id_, f"outputs take more than {_most_bytes(inst) / 1e9:,.1f} GB")
        listed = [(runs.listed(t, id_), why) for id_, why in sorted(found.items())]
    return [Going(run=one.id, name=one.name, ended=one.ended, why=why) for one, why in listed if one is not None]


def _too_large(t: Transaction, chosen: list[str], most: int) -> list[str]:
    """The oldest runs without which, and without those that are chosen already, the outputs of the others fit into `most` bytes."""
    size = retention.bytes_in_use(t)
    if size <= most:
        return []
    others = [id_ for id_ in retention.oldest(t, 1_000) if id_ not in chosen]

    def left(count: int) -> int:
        return size - retention.bytes_only_of(t, [*chosen, *others[:count]])

    enough = max(most, left(len(others)))  # those that free nothing need not go
    return others[: bisect_left(range(len(others)), True, key=lambda count: left(count) <= enough)]


def clean(inst: Installation, *, now: bool = False) -> Cleaned:
    """Delete what is too old, mark what is unused, and remove what was deleted or marked a grace ago.

    With `now` the grace is as short as it can be. Raises `Conflict` where a backup or another clean-up goes on.
    """
    with only_one(inst):
        moment = inst.clock.now()
        grace = 0.0 if now else inst.settings.delete_after
        deleted = _hide(inst, [one.run for one in going(inst)], moment)
        removed = _remove_runs(inst, moment - grace)
        _remove_datasets(inst, moment - grace)
        _mark(inst)
        count, size = _collect(inst, moment - max(grace, SAFE_SECONDS))
        _forget(inst, moment)
        _sweep_folders(inst)
        return Cleaned(deleted_runs=deleted, removed_runs=removed, removed_artifacts=count, removed_bytes=size)


def sweep_bytes(inst: Installation) -> int:
    """Remove bytes that no row knows: of puts that were never kept. Reads all names of the store, so once a day is enough."""
    count = 0
    with only_one(inst):
        page: list[str] = []
        for digest in inst.artifacts.iterate():
            page.append(digest)
            if len(page) == PAGE:
                count += _sweep_page(inst, page)
                page = []
        count += _sweep_page(inst, page)
        inst.artifacts.tidy(LEFT_SECONDS)
    return count


def _sweep_page(inst: Installation, page: list[str]) -> int:
    with inst.store.read() as t:
        unknown = garbage.unknown(t, page)
    return sum(inst.artifacts.delete(digest, unless_put_after=inst.clock.now() - LEFT_SECONDS) for digest in unknown)


@contextmanager
def only_one(inst: Installation, *, shared: bool = False) -> Iterator[None]:
    """Have nothing removed meanwhile (`shared`), or remove things oneself. Raises `Conflict` where that must wait."""
    handle = os.open(inst.settings.home / "clean.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if shared:
            fcntl.flock(handle, fcntl.LOCK_SH)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as problem:
        os.close(handle)
        raise Conflict("A backup or another clean-up goes on.", cure="Wait for its end, then try again.") from problem
    try:
        yield
    finally:
        os.close(handle)


def _most_bytes(inst: Installation) -> int:
    return inst.settings.keep_bytes or inst.space.usage()[1] // 2


def _hide(inst: Installation, ids: list[str], now: float) -> int:
    count = 0
    for begin in range(0, len(ids), RUNS_AT_ONCE):
        with inst.store.write("retire_runs") as t:
            gone = retention.hide(t, ids[begin : begin + RUNS_AT_ONCE], now)
        with inst.store.read() as t:
            listed = [runs.listed(t, id_) for id_ in gone]
        inst.bus.publish([RunListed(item=answers.summary(one)) for one in listed if one is not None])
        count += len(gone)
        _pause()
    return count


def _remove_runs(inst: Installation, before: float) -> int:
    count = 0
    while True:
        with inst.store.read() as t:
            ids = retention.to_remove(t, before, RUNS_AT_ONCE)
        for id_ in ids:
            gone = False
            while not gone:
                with inst.store.write("remove_run") as t:
                    gone, tries = retention.remove_piece(t, id_, before)
                crashpoint("attempts_gone.before")
                for attempt in tries:
                    shutil.rmtree(inst.attempts / os.path.basename(attempt), ignore_errors=True)
                crashpoint("attempts_gone.after")
                _pause()
            count += 1
        if len(ids) < RUNS_AT_ONCE:
            return count


def _remove_datasets(inst: Installation, before: float) -> None:
    while True:
        with inst.store.write("remove_datasets") as t:
            gone = retention.remove_datasets(t, before, RUNS_AT_ONCE)
        if len(gone) < RUNS_AT_ONCE:
            return
        _pause()


def _mark(inst: Installation) -> None:
    after: str | None = ""
    with inst.store.read() as t:
        pinned = garbage.pinned(t)
    while after is not None:
        with inst.store.read() as t:
            found, after = garbage.unused(t, after, PAGE)
        found = [digest for digest in found if digest not in pinned]
        if found:
            with inst.store.write("mark_unused") as t:
                garbage.mark(t, found, inst.clock.now())
            _pause()


def _collect(inst: Installation, before: float) -> tuple[int, int]:
    """Remove artifacts that were marked before a time; how many, and their bytes."""
    count = size = 0
    skipped: set[str] = set()
    while True:
        with inst.store.read() as t:
            found = garbage.marked(t, before, RUNS_AT_ONCE + len(skipped))
            skipped = garbage.pinned(t) & set(found)
        chosen = [digest for digest in found if digest not in skipped]
        if not chosen:
            return count, size
        with inst.store.write("collect_unused") as t:
            gone = garbage.collect(t, chosen, before)
        remove_bytes(inst, gone, before)
        count += len(gone)
        size += sum(found[digest] for digest in gone)
        if not gone:
            return count, size
        _pause()


def remove_bytes(inst: Installation, digests: Iterable[str], before: float) -> None:
    """Remove the bytes of artifacts whose rows went, unless they were put again since."""
    for digest in digests:
        crashpoint("bytes_gone.before")
        inst.artifacts.delete(digest, unless_put_after=before)
        crashpoint("bytes_gone.after")


def _forget(inst: Installation, now: float) -> None:
    while True:
        with inst.store.write("forget_old") as t:
            count = garbage.forget_old(
                t, keys=now - idempotency.KEPT_SECONDS, over=now, looks=now - LOOKS_SECONDS, ended_jobs=now - JOBS_SECONDS,
                limit=PAGE,
            )  # fmt: skip
        if count < PAGE:
            return
        _pause()


def _sweep_folders(inst: Installation) -> None:
    """Remove what belongs to nothing: folders of attempts and jobs, uploads that were cut off."""
    old = time.time() - LEFT_SECONDS
    with os.scandir(inst.attempts) as entries:
        names = [
            entry.name for entry in entries if entry.name[0] != "." and entry.stat(follow_symlinks=False).st_mtime < old
        ]
    for begin in range(0, len(names), PAGE):
        with inst.store.read() as t:
            unknown = garbage.unknown_folders(t, names[begin : begin + PAGE])
        for name in unknown:
            shutil.rmtree(inst.attempts / name, ignore_errors=True)
    for file in inst.uploads.iterdir():
        with suppress(OSError):
            if file.stat(follow_symlinks=False).st_mtime < old:
                file.unlink()


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _pause() -> None:
    time.sleep(PAUSE_SECONDS)
