"""Artifacts: which bytes are known, and what they are."""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from designer.store.database import Transaction, insert_new, insert_of
from designer.store.tables import artifacts, dataset_versions, fresh_artifacts, outputs


@dataclass(frozen=True)
class StoredArtifact:
    """Immutable bytes, and the type under which some step or dataset has them."""

    digest: str
    size: int
    type: str
    name: str  # what to call a download, without a suffix


def add(t: Transaction, digest: str, size: int, now: float) -> None:
    """Remember that these bytes are kept, and that something in this transaction refers to them."""
    refer(t, {digest: size}, now)


def refer(t: Transaction, sizes: Mapping[str, int], now: float) -> None:
    """Remember that bytes are kept that this transaction begins to refer to; a mark that nothing does is taken away.

    Every transaction that writes a digest somewhere calls this: it takes the rows' locks, so that a clean-up
    (`store/garbage.py`) either sees the new reference or comes first and has taken the row away.
    """
    rows = [{"digest": digest, "size": sizes[digest], "created": now} for digest in sorted(sizes)]
    if rows:
        t.execute(_refer(t.dialect.name), rows)


@functools.cache
def _refer(dialect: str) -> Any:
    return insert_of(dialect, artifacts).on_conflict_do_update(index_elements=["digest"], set_={"marked": None})


MOST_AT_ONCE = 5_000

MOST_FRESH = 32_000
"""Bytes of an artifact that is kept here until the disk has it: to write it twice is quicker than to wait for that."""


def keep_fresh(t: Transaction, found: Mapping[str, bytes]) -> None:
    """Keep the bytes of small artifacts that the disk may not have yet."""
    if found:
        rows = [{"digest": digest, "content": found[digest]} for digest in sorted(found)]
        t.execute(insert_new(t, fresh_artifacts), rows)


def fresh(t: Transaction) -> dict[str, bytes]:
    """The bytes of artifacts that the disk may not have yet; of many, some."""
    query = sa.select(fresh_artifacts.c.digest, fresh_artifacts.c.content).limit(MOST_AT_ONCE)
    return {row.digest: bytes(row.content) for row in t.execute(query)}


_SETTLE = fresh_artifacts.delete().where(fresh_artifacts.c.digest == sa.bindparam("of"))


def settle_fresh(t: Transaction, digests: Iterable[str]) -> None:
    """The disk has these artifacts."""
    t.execute(_SETTLE, [{"of": digest} for digest in sorted(digests)])


def stats(t: Transaction, digests: Iterable[str]) -> dict[str, str]:
    """The stat under which each of these artifacts was last seen whole (`ArtifactStore.verify`); "" where never."""
    wanted = sorted(set(digests))
    found: dict[str, str] = {}
    for begin in range(0, len(wanted), MOST_AT_ONCE):
        some = wanted[begin : begin + MOST_AT_ONCE]
        query = sa.select(artifacts.c.digest, artifacts.c.stat).where(artifacts.c.digest.in_(some))
        found |= {row.digest: row.stat for row in t.execute(query)}
    return found


_STAT = artifacts.update().where(artifacts.c.digest == sa.bindparam("of")).values(stat=sa.bindparam("new_stat"))


def set_stats(t: Transaction, found: Mapping[str, str]) -> None:
    """Remember under which stats artifacts were whole."""
    if found:
        t.execute(_STAT, [{"of": digest, "new_stat": found[digest]} for digest in sorted(found)])


def all_digests(t: Transaction) -> list[str]:
    """The digests of all artifacts."""
    return list(t.execute(sa.select(artifacts.c.digest).order_by(artifacts.c.digest)).scalars())


def get(t: Transaction, digest: str) -> StoredArtifact | None:
    """What is known of an artifact that an output or a dataset has."""
    size = t.execute(sa.select(artifacts.c.size).where(artifacts.c.digest == digest)).scalar()
    if size is None:
        return None
    made = t.execute(
        sa.select(outputs.c.type, outputs.c.node, outputs.c.port)
        .where(outputs.c.digest == digest).order_by(outputs.c.run.desc()).limit(1)
    ).first()  # fmt: skip
    if made is not None:
        return StoredArtifact(digest, size, made.type, f"{made.node}-{made.port}")
    version = t.execute(sa.select(dataset_versions.c.type).where(dataset_versions.c.digest == digest).limit(1)).scalar()
    return StoredArtifact(digest, size, version or "file", "data")
