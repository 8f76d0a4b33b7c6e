"""Attempts that workers elsewhere take: who has which, for how long, and which worker is there.

A lease ends by the database's own clock, so the clocks of workers and servers do not matter. A claim's secret is its fencing
token: only its digest is kept, and a report under another one changes nothing.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from designer.store.database import Database, Transaction, insert_new, the_time
from designer.store.tables import claims, worker_tokens, workers

LEAVES_AFTER = 2.0
"""Leases after which a worker that says nothing counts as gone."""

ENDED_LEASES = 5.0
"""Leases that an attempt may be away whose step has ended: nothing runs any more, only its outputs are still to come."""

REST_SECONDS = 600.0
"""How long a worker that went is still listed."""


@dataclass(frozen=True)
class Claim:
    """An attempt that waits for a worker, or has one."""

    attempt: str
    target: str
    folder: str  # the attempt's folder on this side
    software: Mapping[str, Any] | None
    worker: str  # "" while nobody has it
    worker_name: str
    digest: str  # of the secret of who has it
    left: float  # seconds of its lease; what it is while nobody has it means nothing
    phase: str  # what its worker does before the step runs
    running: bool
    stop: float | None  # seconds of grace, once it is to end
    over: str  # why nobody may do anything for it any more; "" while that is not so
    unpublished: float | None  # seconds since the queue was told; None where it was not


@dataclass(frozen=True)
class Worker:
    """A worker, as it last said of itself."""

    id: str
    target: str
    name: str
    slots: int
    busy: int
    draining: bool
    silent: float  # seconds since it was heard
    cpu: float | None
    memory: int | None
    memory_limit: int | None


@dataclass(frozen=True)
class Token:
    """What lets workers of one target in; the secret itself is not kept."""

    id: str
    target: str
    created: float
    used: float | None


def secret_digest(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(f"worker:{secret}".encode("utf-8", "replace")).hexdigest()


def forget_target(t: Transaction, target: str) -> None:
    """Nothing of a target is left, above all no token that would open a later one of its name."""
    for table in (claims, workers, worker_tokens):
        t.execute(table.delete().where(table.c.target == target))


class Claims:
    """The claims of an installation. Each method is one transaction."""

    def __init__(self, store: Database) -> None:
        self._store = store

    # What the target does

    def add(self, attempt: str, target: str, folder: str, software: Mapping[str, Any] | None) -> None:
        """An attempt waits for a worker from now on. Safe to repeat."""
        with self._store.write("add_claim") as t:
            t.execute(
                insert_new(t, claims).values(
                    attempt=attempt, target=target, folder=folder, software=dict(software) if software else None,
                    created=the_time(t), worker="", worker_name="", digest="", phase="", running=False, over="",
                )
            )  # fmt: skip

    def get(self, attempt: str) -> Claim | None:
        """An attempt's claim; None where there is none."""
        with self._store.read() as t:
            return _get(t, attempt)

    def due(self, attempts: Collection[str], seconds: float) -> list[str]:
        """Which of these wait for a worker while the queue was not told for some seconds; they count as told now."""
        with self._store.read() as t:
            if not t.execute(_due(t, attempts, seconds).limit(1)).first():
                return []
        with self._store.write("publish_claims") as t:
            found = list(t.execute(_due(t, attempts, seconds)).scalars())
            t.execute(claims.update().where(claims.c.attempt.in_(found)).values(published=the_time(t)))
        return found

    def not_told(self, attempts: Sequence[str]) -> None:
        """The queue could not be told of these after all."""
        with self._store.write("unpublish_claims") as t:
            t.execute(claims.update().where(claims.c.attempt.in_(attempts)).values(published=None))

    def waiting(self, target: str) -> int:
        """How many attempts wait for a worker."""
        with self._store.read() as t:
            query = sa.select(sa.func.count()).select_from(claims).where(claims.c.target == target, *_FREE)
            return int(t.execute(query).scalar() or 0)

    def stop(self, attempt: str, grace: float) -> Claim | None:
        """An attempt is to end; one that nobody has is over at once. What it is now."""
        with self._store.write("stop_claim") as t:
            t.execute(
                claims.update().where(claims.c.attempt == attempt, *_FREE).values(over="It was stopped.", stop=grace)
            )
            t.execute(
                claims.update()
                .where(claims.c.attempt == attempt, claims.c.over == "", claims.c.stop.is_(None))
                .values(stop=grace)
            )
            return _get(t, attempt)

    def remove(self, attempt: str) -> bool:
        """Forget an attempt: whatever is reported of it from now on is refused. Whether it was there."""
        with self._store.write("remove_claim") as t:
            return bool(t.execute(claims.delete().where(claims.c.attempt == attempt)).rowcount)

    def reap(self, target: str) -> list[str]:
        """Give up attempts whose worker let its lease end; which those are. One that did not run yet waits for another worker."""
        with self._store.read() as t:
            if not t.execute(_lapsed(t, target).limit(1)).first():
                return []
        with self._store.write("reap_claims") as t:
            found = list(t.execute(_lapsed(t, target)).mappings())
            for row in found:
                lost = {"over": f'worker "{row["worker_name"]}" stopped answering'}
                values = lost if row["running"] else _freed()
                t.execute(claims.update().where(claims.c.attempt == row["attempt"]).values(values))
            return [row["attempt"] for row in found]

    def workers(self, target: str) -> list[Worker]:
        """The workers of a target that were heard lately, oldest first."""
        with self._store.read() as t:
            return _workers(t, target)

    # What workers do

    def join(self, worker: str, target: str, name: str, slots: int) -> None:
        """A worker is there, and has nothing. Safe to repeat."""
        with self._store.write("join_worker") as t:
            now = the_time(t)
            t.execute(workers.delete().where(workers.c.heard < now - REST_SECONDS))
            t.execute(
                insert_new(t, workers).values(
                    id=worker, target=target, name=name, slots=slots, busy=0, draining=False, joined=now, heard=now
                )
            )

    def leave(self, worker: str, target: str) -> None:
        """A worker goes."""
        with self._store.write("leave_worker") as t:
            t.execute(workers.delete().where(workers.c.id == worker, workers.c.target == target))

    def take(self, attempt: str, worker: Worker, secret: str, lease: float) -> Claim | None:
        """Give an attempt to a worker, where nobody has it but perhaps this very claim; None where it is not to be had."""
        digest = secret_digest(secret)
        with self._store.write("take_claim") as t:
            mine = sa.and_(claims.c.digest == digest, claims.c.worker == worker.id, claims.c.over == "")
            changed = t.execute(
                claims.update()
                .where(claims.c.attempt == attempt, claims.c.target == worker.target, sa.or_(sa.and_(*_FREE), mine))
                .values(
                    worker=worker.id,
                    worker_name=worker.name,
                    digest=digest,
                    until=the_time(t) + lease,
                    phase="beginning",
                )
            )
            return _get(t, attempt) if changed.rowcount else None

    def renew(
        self, worker: str, target: str, about: Mapping[str, Any], held: Sequence[tuple[str, str, str]], lease: float
    ) -> dict[str, Claim]:
        """A worker says how it is, and renews what it has: attempt, secret, phase. Answers those that are still its own."""
        found = {}
        with self._store.write("renew_claims") as t:
            now = the_time(t)
            t.execute(
                workers.update().where(workers.c.id == worker, workers.c.target == target).values(**about, heard=now)
            )
            for attempt, secret, phase in held:
                ended = phase == "ended"
                until = now + lease * (ENDED_LEASES if ended else 1.0)
                changed = t.execute(
                    claims.update()
                    .where(
                        claims.c.attempt == attempt, claims.c.digest == secret_digest(secret),
                        claims.c.target == target, claims.c.over == "", claims.c.until >= now,
                    )
                    .values(until=until, phase=phase, running=phase in ("", "ended"))
                )  # fmt: skip
                claim = _get(t, attempt) if changed.rowcount else None
                if claim is not None:
                    found[attempt] = claim
        return found

    def held(self, attempt: str, secret: str, target: str) -> Claim | None:
        """The claim of an attempt, where this secret still holds it."""
        claim = self.get(attempt)
        good = claim is not None and claim.target == target and claim.digest == secret_digest(secret)
        return claim if good and claim is not None and not claim.over and claim.left >= 0 else None

    def release(self, attempt: str, secret: str, target: str, why: str, *, began: bool) -> bool:
        """A worker gives an attempt up: it waits again where it did not begin, else it is over. Whether it had it."""
        with self._store.write("release_claim") as t:
            mine = (
                claims.c.attempt == attempt, claims.c.digest == secret_digest(secret), claims.c.target == target,
                claims.c.over == "",
            )  # fmt: skip
            values = {"over": why} if began else _freed()
            return bool(t.execute(claims.update().where(*mine).values(values)).rowcount)

    # Tokens

    def add_token(self, id_: str, target: str, secret: str, now: float) -> None:
        """Let workers of a target in that show this secret."""
        with self._store.write("make_worker_token") as t:
            t.execute(worker_tokens.insert().values(id=id_, target=target, digest=secret_digest(secret), created=now))

    def tokens(self, target: str) -> list[Token]:
        """The tokens of a target, newest first."""
        query = sa.select(worker_tokens).where(worker_tokens.c.target == target).order_by(worker_tokens.c.id.desc())
        with self._store.read() as t:
            return [Token(row.id, row.target, row.created, row.used) for row in t.execute(query)]

    def target_of(self, secret: str) -> str | None:
        """The target whose workers show this secret; None where nobody does."""
        query = sa.select(worker_tokens.c.target).where(worker_tokens.c.digest == secret_digest(secret))
        with self._store.read() as t:
            found = t.execute(query).scalar()
        return None if found is None else str(found)

    def revoke(self, id_: str, target: str) -> bool:
        """Take a token away; whether it was there."""
        with self._store.write("revoke_worker_token") as t:
            gone = worker_tokens.delete().where(worker_tokens.c.id == id_, worker_tokens.c.target == target)
            return bool(t.execute(gone).rowcount)


_FREE = (claims.c.worker == "", claims.c.over == "", claims.c.stop.is_(None))
"""Nobody has it, and somebody may."""


def _freed() -> dict[str, Any]:
    """What becomes of a claim whose step did not begin: it is to be had again, but where it was stopped it is over."""
    return {
        "worker": "", "worker_name": "", "digest": "", "phase": "", "running": False, "published": None,
        "over": sa.case((claims.c.stop.is_not(None), "It was stopped."), else_=""),
    }  # fmt: skip


def _due(t: Transaction, attempts: Collection[str], seconds: float) -> sa.Select[Any]:
    old = sa.or_(claims.c.published.is_(None), claims.c.published < the_time(t) - seconds)
    return sa.select(claims.c.attempt).where(claims.c.attempt.in_(attempts), *_FREE, old).order_by(claims.c.created)


def _lapsed(t: Transaction, target: str) -> sa.Select[Any]:
    held = (claims.c.target == target, claims.c.worker != "", claims.c.over == "")
    return sa.select(claims.c.attempt, claims.c.worker_name, claims.c.running).where(
        *held, claims.c.until < the_time(t)
    )


def _get(t: Transaction, attempt: str) -> Claim | None:
    query = sa.select(claims, the_time(t).label("now")).where(claims.c.attempt == attempt)
    row = t.execute(query).mappings().first()
    if row is None:
        return None
    return Claim(
        row["attempt"], row["target"], row["folder"], row["software"], row["worker"], row["worker_name"], row["digest"],
        (row["until"] or 0.0) - row["now"], row["phase"], row["running"], row["stop"], row["over"],
        None if row["published"] is None else row["now"] - row["published"],
    )  # fmt: skip


def _workers(t: Transaction, target: str) -> list[Worker]:
    now = the_time(t)
    query = (
        sa.select(workers, now.label("now"))
        .where(workers.c.target == target, workers.c.heard > now - REST_SECONDS)
        .order_by(workers.c.joined, workers.c.id)
    )
    names = ("id", "target", "name", "slots", "busy", "draining", "cpu", "memory", "memory_limit")
    return [
        Worker(**{name: row[name] for name in names}, silent=row["now"] - row["heard"])
        for row in t.execute(query).mappings()
    ]
