"""Environments: what is asked for, the names people gave, and the locks that came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from designer.contract.environments import EnvironmentStatus
from designer.graph.environment import Declaration
from designer.store.database import Transaction, insert
from designer.store.tables import environment_locks, environment_names, environments

WORKING = (EnvironmentStatus.QUEUED, EnvironmentStatus.LOCKING, EnvironmentStatus.BUILDING)


@dataclass(frozen=True)
class StoredLock:
    """Exact versions of everything, and whether they lie built in a folder."""

    digest: str
    python: str  # "3.11"
    text: str
    packages: int
    created: float
    built: float | None = None
    size: int = 0


@dataclass(frozen=True)
class StoredEnvironment:
    """What was asked for, with what came of it."""

    declaration: Declaration
    status: EnvironmentStatus
    created: float
    progress: float | None = None
    progress_text: str = ""
    error: Mapping[str, Any] | None = None
    lock: StoredLock | None = None  # without its text in lists
    job: str = ""
    used: float | None = None
    names: tuple[str, ...] = ()
    description: str = ""

    @property
    def needed(self) -> float:
        """When it was needed last: what lists are sorted by."""
        return self.created if self.used is None else self.used

    @property
    def digest(self) -> str:
        """Its identity: that of the declaration."""
        return self.declaration.digest


def keep(t: Transaction, declaration: Declaration, now: float) -> None:
    """Remember that this is asked for; a known one stays as it is."""
    values = {
        "digest": declaration.digest, "requirements": list(declaration.requirements), "python": declaration.python,
        "status": EnvironmentStatus.UNBUILT.value, "progress": None, "progress_text": "", "error": None, "lock": "",
        "job": "", "created": now, "used": None,
    }  # fmt: skip
    t.execute(insert(t, environments).values(values).on_conflict_do_nothing())


def begin(t: Transaction, digest: str, job: str) -> bool:
    """Let this job build an environment; False where another is at it."""
    working = environments.c.status.in_([status.value for status in WORKING])
    values = {
        "status": EnvironmentStatus.QUEUED.value,
        "job": job,
        "progress": None,
        "progress_text": "",
        "error": None,
    }
    return t.execute(environments.update().where(environments.c.digest == digest, ~working).values(values)).rowcount > 0


def hand_over(t: Transaction, digest: str, job: str, to: str) -> bool:
    """Let another job go on with a build; False where it is not this one's any more."""
    mine = (environments.c.digest == digest) & (environments.c.job == job)
    values = {"status": EnvironmentStatus.QUEUED.value, "job": to, "progress": None, "progress_text": ""}
    return t.execute(environments.update().where(mine).values(values)).rowcount > 0


def tell(t: Transaction, digest: str, job: str, status: EnvironmentStatus, progress: float | None, text: str) -> bool:
    """Note how far a build is; False where it has ended, or is not this job's any more."""
    working = environments.c.status.in_([status.value for status in WORKING])
    mine = (environments.c.digest == digest) & (environments.c.job == job) & working
    values = {"status": status.value, "progress": progress, "progress_text": text}
    return t.execute(environments.update().where(mine).values(values)).rowcount > 0


def set_ready(t: Transaction, digest: str, lock: str) -> None:
    """Note that an environment is there, under this lock; and so are others that have the same."""
    values = {"status": EnvironmentStatus.READY.value, "progress": None, "progress_text": "", "error": None}
    t.execute(environments.update().where(environments.c.digest == digest).values(**values, lock=lock))
    idle = environments.c.status == EnvironmentStatus.UNBUILT.value
    t.execute(environments.update().where(environments.c.lock == lock, idle).values(values))


def set_unbuilt(t: Transaction, lock: str) -> None:
    """Note that the folder of a lock is to go."""
    ready = environments.c.status == EnvironmentStatus.READY.value
    values = {"status": EnvironmentStatus.UNBUILT.value}
    t.execute(environments.update().where(environments.c.lock == lock, ready).values(values))


def end(t: Transaction, digest: str, job: str, error: Mapping[str, Any]) -> None:
    """Note that a build failed."""
    mine = (environments.c.digest == digest) & (environments.c.job == job)
    values = {"status": EnvironmentStatus.FAILED.value, "progress": None, "progress_text": "", "error": dict(error)}
    t.execute(environments.update().where(mine).values(values))


def use(t: Transaction, digests: Sequence[str], now: float) -> None:
    """Note that steps need these now."""
    t.execute(environments.update().where(environments.c.digest.in_(digests)).values(used=now))


def get(t: Transaction, digest: str) -> StoredEnvironment | None:
    """One environment, with the text of its lock."""
    found = _find(t, environments.c.digest == digest, limit=1, text=True)
    return found[0] if found else None


def named(t: Transaction, name: str) -> StoredEnvironment | None:
    """The environment of a name, with the text of its lock."""
    digest = t.execute(
        sa.select(environment_names.c.environment).where(environment_names.c.name == name)
    ).scalar_one_or_none()
    return get(t, digest) if digest else None


_needed = sa.func.coalesce(environments.c.used, environments.c.created)
"""What lists are sorted by: when it was needed last."""


def find(t: Transaction, q: str, after: tuple[float, str] | None, limit: int) -> list[StoredEnvironment]:
    """Environments with a name or a requirement that contains `q`, last used first, after the given (moment, digest)."""
    conditions: list[Any] = []
    if q:
        mine = environment_names.c.environment == environments.c.digest
        has_name = sa.exists().where(mine, sa.func.lower(environment_names.c.name).contains(q.lower(), autoescape=True))
        asked = sa.func.lower(sa.cast(environments.c.requirements, sa.Text)).contains(q.lower(), autoescape=True)
        conditions.append(has_name | asked)
    if after:
        moment, digest = after
        conditions.append((_needed < moment) | ((_needed == moment) & (environments.c.digest < digest)))
    return _find(t, *conditions, limit=limit)


def sharing(t: Transaction, lock: str) -> list[str]:
    """The digests of all that have this lock."""
    return list(t.execute(sa.select(environments.c.digest).where(environments.c.lock == lock)).scalars())


def known(t: Transaction) -> tuple[dict[str, Declaration], dict[str, str]]:
    """What each name means, and the lock of each environment that has one."""
    rows = t.execute(
        sa.select(environment_names.c.name, environments.c.requirements, environments.c.python).join(
            environments, environments.c.digest == environment_names.c.environment
        )
    )
    names = {name: Declaration(tuple(requirements), python) for name, requirements, python in rows}
    locks = t.execute(sa.select(environments.c.digest, environments.c.lock).where(environments.c.lock != ""))
    return names, {digest: lock for digest, lock in locks}  # noqa: C416 - rows are no pairs to the type checker


def name(t: Transaction, name_: str, digest: str, description: str, now: float) -> None:
    """Give an environment a new name. Raises `Taken` where it is another's."""
    t.execute(environment_names.insert().values(name=name_, environment=digest, description=description, created=now,
                                                updated=now))  # fmt: skip


def rename(t: Transaction, name_: str, now: float, **values: Any) -> None:
    """Let a name mean another environment, or change its description."""
    t.execute(environment_names.update().where(environment_names.c.name == name_).values(updated=now, **values))


def unname(t: Transaction, name_: str) -> None:
    """Take a name away."""
    t.execute(environment_names.delete().where(environment_names.c.name == name_))


def remove(t: Transaction, digest: str) -> None:
    """Forget an environment that has no name; its lock stays for the runs that used it."""
    t.execute(environments.delete().where(environments.c.digest == digest))


def keep_lock(t: Transaction, lock: StoredLock) -> None:
    """Remember a lock; a known one stays as it is."""
    t.execute(insert(t, environment_locks).values(vars(lock)).on_conflict_do_nothing())


def get_lock(t: Transaction, digest: str) -> StoredLock | None:
    """A lock with its text, whatever environment had it."""
    row = t.execute(sa.select(environment_locks).where(environment_locks.c.digest == digest)).mappings().first()
    return None if row is None else StoredLock(**row)


def set_built(t: Transaction, digest: str, built: float | None, size: int) -> None:
    """Note that a lock's folder is there, or (None) is not any more."""
    t.execute(environment_locks.update().where(environment_locks.c.digest == digest).values(built=built, size=size))


def unused(t: Transaction, before: float) -> list[tuple[str, list[str]]]:
    """Locks that are built and that nothing needed since a moment, each with the environments that have it now."""
    query = (
        sa.select(environment_locks.c.digest, environments.c.digest, environments.c.used, environments.c.status)
        .outerjoin(environments, environments.c.lock == environment_locks.c.digest)
        .where(environment_locks.c.built.is_not(None), environment_locks.c.built < before)
    )
    found: dict[str, list[str]] = {}
    kept: set[str] = set()
    for digest, environment, used, status in t.execute(query):
        mine = found.setdefault(digest, [])
        if environment is not None:
            mine.append(environment)
            if (used is not None and used >= before) or status in WORKING:
                kept.add(digest)
    return [(digest, mine) for digest, mine in found.items() if digest not in kept]


def _find(t: Transaction, *conditions: Any, limit: int | None = None, text: bool = False) -> list[StoredEnvironment]:
    locks = [column for column in environment_locks.columns if text or column.name != "text"]
    query = (
        sa.select(environments, *[column.label(f"lock_{column.name}") for column in locks])
        .outerjoin(environment_locks, environment_locks.c.digest == environments.c.lock)
        .where(*conditions)
        .order_by(_needed.desc(), environments.c.digest.desc())
        .limit(limit)
    )
    rows = list(t.execute(query).mappings())
    names = _names(t, [row["digest"] for row in rows])
    return [_stored(row, names.get(row["digest"], [])) for row in rows]


def _names(t: Transaction, digests: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    query = sa.select(environment_names.c.environment, environment_names.c.name, environment_names.c.description)
    query = query.where(environment_names.c.environment.in_(digests)).order_by(environment_names.c.name)
    found: dict[str, list[tuple[str, str]]] = {}
    for digest, name_, description in t.execute(query):
        found.setdefault(digest, []).append((name_, description))
    return found


def _stored(row: sa.RowMapping, names: Sequence[tuple[str, str]]) -> StoredEnvironment:
    found = None
    if row["lock_digest"]:
        found = StoredLock(row["lock_digest"], row["lock_python"], row.get("lock_text", ""), row["lock_packages"],
                           row["lock_created"], row["lock_built"], row["lock_size"])  # fmt: skip
    return StoredEnvironment(
        Declaration(tuple(row["requirements"]), row["python"]), EnvironmentStatus(row["status"]), row["created"],
        row["progress"], row["progress_text"], row["error"], found, row["job"], row["used"],
        tuple(name_ for name_, _ in names), next((text for _, text in names if text), ""),
    )  # fmt: skip
