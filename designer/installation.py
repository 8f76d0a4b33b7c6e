"""The open connections of one installation: the first argument of every action, and all that a conductor needs.

Time and ids come only from here. What is shared and changes (database, artifacts, targets, library, bus) lives here and
nowhere else.
"""

import contextlib
import fcntl
import logging
import os
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from designer.artifacts import ArtifactStore
from designer.bundle import modules as bundled
from designer.contract.events import Event
from designer.contract.modules import SPEC
from designer.datastores.agents import Agents
from designer.environments import Environments, Known
from designer.environments.builder import network
from designer.errors import Conflict, Unavailable
from designer.library import snapshot
from designer.library.catalogue import Catalogue, Module
from designer.measures import Measures
from designer.settings import Settings
from designer.store import environments, modules
from designer.store import secrets as secret_store
from designer.store import targets as target_store
from designer.store.claims import Claims
from designer.store.copies import check, refusal
from designer.store.database import FILE, DamagedDatabase, Database, Transaction, is_sqlite, open_database
from designer.store.logs import LineIndexes
from designer.store.migrations import migrate, refuse_newer, revision
from designer.store.secrets import FILE as KEYS
from designer.store.secrets import Keyring
from designer.store.space import Space
from designer.store.swap import finish, is_begun
from designer.targets.process import ProcessTarget
from designer.targets.registry import Definition, Targets
from designer.targets.warm import grades_up_to

log = logging.getLogger(__name__)

LOCAL = "local"
"""The target that is always there: this machine."""

GHOST_SECONDS = 3.0
"""How long the lock of a home is waited for that a server left which has ended."""

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"


class Clock:
    """The time."""

    def now(self) -> float:
        """Seconds since 1970-01-01 UTC."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds that never jump."""
        return time.monotonic()


class Ids:
    """Ids that sort by the time they were made: a prefix, `_`, ten letters of time and ten that nobody can guess."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last = (0, 0)

    def __call__(self, prefix: str) -> str:
        """A new id. No two are equal, and a later one sorts after an earlier one, even if the clock goes back."""
        with self._lock:
            moment, count = int(self._clock.now() * 1000), secrets.randbits(49)
            if moment <= self._last[0]:
                moment, count = self._last[0], self._last[1] + 1 + secrets.randbits(24)
            self._last = (moment, count)
        return f"{prefix}_{_spell(moment)}{_spell(count)}"


def _spell(number: int) -> str:
    return "".join(_LETTERS[number >> shift & 31] for shift in range(45, -1, -5))


Callback = Callable[[Sequence[Event]], None]


class Bus:
    """Publish and subscribe inside this process. A callback must return at once; what it raises is logged and dropped."""

    def __init__(self) -> None:
        self._callbacks: tuple[Callback, ...] = ()
        self._lock = threading.Lock()
        self.outlet: Callable[[Sequence[Event]], Sequence[Event]] | None = None
        """Tells other servers what is published here; gives what is new to those who listen here."""
        self.trouble = ""
        """Why what other servers tell comes late; "" while it does not."""

    def subscribe(self, callback: Callback) -> Callable[[], None]:
        """Have `callback` called with every list of events, from any thread; call what this returns to end it."""
        with self._lock:
            self._callbacks = (*self._callbacks, callback)

        def unsubscribe() -> None:
            with self._lock:
                self._callbacks = tuple(one for one in self._callbacks if one is not callback)

        return unsubscribe

    def publish(self, events: Sequence[Event]) -> None:
        """Hand events to all who listen, here and in the other servers of the installation."""
        if events and self.outlet is not None:
            events = self.outlet(events)
        self.deliver(events)

    def deliver(self, events: Sequence[Event]) -> None:
        """Hand events to all who listen here."""
        if not events:
            return
        for callback in self._callbacks:
            try:
                callback(events)
            except Exception:  # a listener's fault is not the publisher's
                log.exception("a listener of the bus failed")


class Bell:
    """What pokes the conductor."""

    def __init__(self) -> None:
        self._answers: Callable[[], None] | None = None
        self.outlet: Callable[[], None] | None = None
        """Pokes the conductors of other servers: one of all conducts."""

    def answer(self, callback: Callable[[], None] | None) -> None:
        """Have `callback` called whenever someone rings."""
        self._answers = callback

    def ring(self) -> None:
        """Poke whoever answers, here and in the other servers of the installation."""
        self.ring_here()
        if self.outlet is not None:
            self.outlet()

    def ring_here(self) -> None:
        """Poke whoever answers here."""
        callback = self._answers
        if callback is not None:
            callback()


@dataclass(frozen=True)
class Installation:
    """One installation, open."""

    settings: Settings
    store: Database
    artifacts: ArtifactStore
    targets: Targets
    library: Catalogue
    environments: Environments
    space: Space
    keyring: Keyring
    datastores: Agents
    clock: Clock = field(default_factory=Clock)
    ids: Callable[[str], str] = field(default_factory=lambda: Ids(Clock()))
    bus: Bus = field(default_factory=Bus)
    bell: Bell = field(default_factory=Bell)
    measures: Measures = field(default_factory=Measures)
    lines: LineIndexes = field(default_factory=LineIndexes)
    lock: int = -1  # the descriptor of the lock file
    samples: Path = Path()  # the folder of the sample pipelines

    @property
    def attempts(self) -> Path:
        """The folder of the attempts' folders."""
        return self.settings.home / "attempts"

    @property
    def uploads(self) -> Path:
        """The folder where uploads are put together."""
        return self.settings.home / "uploads"

    @property
    def backups(self) -> Path:
        """The folder of the database's daily copies."""
        return self.settings.home / "backups"

    @property
    def shared(self) -> bool:
        """Whether other servers may have this installation open at the same time: all but an SQLite file allows that."""
        return not self.store.is_sqlite

    @property
    def paused(self) -> bool:
        """Whether steps wait because nothing can be recorded now: the disk is full, or the database refuses."""
        return self.space.full or self.store.fault is not None

    def follow_modules(self, t: Transaction) -> None:
        """Take over what was changed about people's modules, here or by another server. Cheap where nothing was."""
        changes = modules.changes(t)
        if changes <= self.library.changes:
            return
        archived = {one.name for one in modules.all_made_here(t) if one.archived is not None}
        self.library.keep_own(
            changes,
            [
                Module(replace(SPEC.validate_python(one.spec), own=True), one.source, archived=one.module in archived)
                for one in modules.versions(t)
            ],
        )

    @property
    def claims(self) -> Claims:
        """Attempts that workers elsewhere take."""
        return Claims(self.store)

    def wake(self) -> None:
        """Poke the conductor: there is something to do."""
        self.bell.ring()

    def close(self) -> None:
        """Let go of everything; running steps go on."""
        self.targets.close()
        self.datastores.close()
        self.store.close()
        if self.lock >= 0:
            os.close(self.lock)


@contextlib.contextmanager
def lock_home(home: Path) -> Iterator[None]:
    """Have a home folder for oneself. Raises `Conflict` where a server has it."""
    handle = _lock(home / "server.lock")
    try:
        yield
    finally:
        os.close(handle)


def open_installation(settings: Settings, *, as_it_is: bool = False) -> Installation:
    """Open an installation, and make it where there is none yet.

    With `as_it_is` an older schema stays, and only what looks at the data works. Raises `Conflict` where another server has it, or where its data is of a newer version, and `Unavailable` where its
    folder or its database cannot be used.
    """
    home, clock = settings.home, Clock()
    try:
        for folder in (home, home / "attempts", home / "environments", home / "uploads", home / "backups"):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = _lock(home / "server.lock", shared=not is_sqlite(settings.database))
    except OSError as problem:
        raise Unavailable(
            f"The data folder {home} cannot be written to: {problem.strerror or problem}.",
            cure="Look at its rights, its disk's free space, and whether that is mounted for reading only.",
        ) from problem
    measures = Measures()
    space = Space(home, settings.free_space, clock.monotonic)
    try:
        try:
            store = open_database(settings.database, home)
        except DamagedDatabase as problem:
            raise refusal(problem.message, home / FILE, home / "backups") from problem
        try:
            store.when_full = space.found_full
            store.commits = measures.commits
            check(store, home / "backups")
            if as_it_is:
                refuse_newer(revision(store))
            else:
                migrate(store, home / "backups")
            artifacts = ArtifactStore(
                settings.artifacts or home / "artifacts",
                Path(settings.artifacts_cache or home / "artifacts-cache"),
                now=clock.now,
            )
            library = Catalogue(
                *[Path(one) for one in settings.modules.split(os.pathsep) if one], bundled(),
                keep=lambda folder: _keep_folder(artifacts, home / "uploads", folder),
            )  # fmt: skip
        except BaseException:
            store.close()
            raise
    except BaseException:
        os.close(lock)
        raise
    slots = settings.slots or max(2, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2)
    local = ProcessTarget(LOCAL, slots, grades=grades_up_to(settings.warm))
    keyring = Keyring(home / KEYS)
    known = tuple if as_it_is else lambda: _definitions(store)
    uv = network(settings, os.environ)
    targets = Targets(
        {LOCAL: local}, known, lambda name: _secret(store, keyring, name), home / "targets", uv, Claims(store)
    )
    inst = Installation(
        settings, store, artifacts, targets, library,
        Environments(home / "environments", lambda: _known(store), lambda lock: _lock_text(store, lock)),
        space, keyring, Agents(guard=not settings.allow_link_local), clock, Ids(clock), lock=lock,
        measures=measures,
        samples=Path(__file__).parent / "samples" / "pipelines",
    )  # fmt: skip
    if not as_it_is:
        with store.read() as t:
            inst.follow_modules(t)
    return inst


def _definitions(store: Database) -> list[Definition]:
    with store.read() as t:
        found = target_store.all_(t)
    return [Definition(one.name, one.kind, one.options, one.slots, one.disabled) for one in found]


def _secret(store: Database, keyring: Keyring, name: str) -> str:
    with store.read() as t:
        return secret_store.get(t, keyring, name)


def _keep_folder(artifacts: ArtifactStore, staging: Path, folder: Path) -> str:
    """Keep the files of a module's folder that count; their digest."""
    with tempfile.TemporaryDirectory(prefix="unpacked_", dir=staging) as place:
        taken = snapshot.take(folder, Path(place) / "files")
        if not artifacts.exists(taken.digest):
            artifacts.put_file(taken.folder, taken.digest, move=False)
        return taken.digest


def _known(store: Database) -> Known:
    with store.read() as t:
        return Known(*environments.known(t))


def _lock_text(store: Database, digest: str) -> str:
    with store.read() as t:
        found = environments.get_lock(t, digest)
    return found.text if found else ""


def _lock(path: Path, *, shared: bool = False) -> int:
    """Take the lock of a home folder: for oneself, or beside other servers. A restore that was cut off is finished first.

    The system gives it back when this process ends, however it ends. Raises `Conflict`.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        alone = _flock(handle, fcntl.LOCK_EX)
        until = time.monotonic() + GHOST_SECONDS
        while not alone and not shared and _owner_is_dead(handle) and time.monotonic() < until:
            time.sleep(0.05)
            alone = _flock(handle, fcntl.LOCK_EX)
        if not alone and not (shared and _flock(handle, fcntl.LOCK_SH)):
            raise _taken(handle, path.parent)
        if alone:
            finish(path.parent)
            if shared and not _flock(handle, fcntl.LOCK_SH):  # it is given back for a moment
                raise _taken(handle, path.parent)
        elif is_begun(path.parent):  # a restore ended between the two tries, and was cut off
            raise _taken(handle, path.parent)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
    except BaseException:
        os.close(handle)
        raise
    return handle


def _flock(handle: int, how: int) -> bool:
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _owner(handle: int) -> str:
    """The pid that a lock file names; empty where there is none."""
    with contextlib.suppress(OSError):
        return os.pread(handle, 100, 0).decode(errors="replace").strip()
    return ""


def _owner_is_dead(handle: int) -> bool:
    """Whether the server that had the lock has ended: a child that it was just starting keeps the lock for a moment longer."""
    owner = _owner(handle)
    if not owner.isdigit():
        return False
    try:
        os.kill(int(owner), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _taken(handle: int, home: Path) -> Conflict:
    owner = _owner(handle)
    return Conflict(
        f"Another server is running on {home} (pid {owner or 'unknown'}).",
        cure="Use that one, end it, or give this one a folder of its own with --home.",
    )
