"""Artifacts: which bytes are known, and what they are."""

from dataclasses import dataclass

import sqlalchemy as sa

from designer.store.database import Transaction, insert
from designer.store.tables import artifacts, dataset_versions, outputs


@dataclass(frozen=True)
class StoredArtifact:
    """Immutable bytes, and the type under which some step or dataset has them."""

    digest: str
    size: int
    type: str
    name: str  # what to call a download, without a suffix


def add(t: Transaction, digest: str, size: int, now: float) -> None:
    """Remember that these bytes are kept."""
    t.execute(insert(t, artifacts).values(digest=digest, size=size, created=now).on_conflict_do_nothing())


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
