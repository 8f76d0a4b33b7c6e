"""Datasets and their versions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from designer.contract.datasets import Dataset, DatasetStatus, DatasetVersion
from designer.contract.runs import StepError
from designer.store.database import Transaction, contains
from designer.store.tables import dataset_versions, datasets


@dataclass(frozen=True)
class FoundVersion:
    """What a reference such as "cars@2" means."""

    dataset: str  # id
    name: str
    version: DatasetVersion

    @property
    def reference(self) -> str:
        """The exact reference."""
        return f"{self.name}@{self.version.version}"


def get(t: Transaction, id_: str, *, deleted: bool = False) -> Dataset | None:
    """A dataset with all its versions, newest first; a deleted one only where asked for."""
    row = t.execute(sa.select(datasets).where(datasets.c.id == id_)).mappings().first()
    if row is None or (row["deleted"] is not None and not deleted):
        return None
    query = sa.select(dataset_versions).where(dataset_versions.c.dataset == id_)
    versions = [_version(one) for one in t.execute(query.order_by(dataset_versions.c.version.desc())).mappings()]
    return _dataset(row, versions[0], versions)


def find(t: Transaction, q: str, after: tuple[float, str] | None, limit: int) -> list[Dataset]:
    """Datasets whose name, title or description contains `q`, newest change first, after the given (updated, id)."""
    query = sa.select(datasets).where(datasets.c.deleted.is_(None))
    if q:
        parts = (contains(column, q) for column in (datasets.c.name, datasets.c.title, datasets.c.description))
        query = query.where(sa.or_(*parts))
    if after:
        updated, id_ = after
        query = query.where((datasets.c.updated < updated) | ((datasets.c.updated == updated) & (datasets.c.id < id_)))
    query = query.order_by(datasets.c.updated.desc(), datasets.c.id.desc()).limit(limit)
    rows = list(t.execute(query).mappings())
    latest = _latest(t, [row["id"] for row in rows])
    return [_dataset(row, latest[row["id"]], []) for row in rows]


def resolve(t: Transaction, references: Iterable[str], *, deleted: bool = False) -> dict[str, FoundVersion]:
    """What references mean: "name@2" that version, "name" the newest that did not fail. Unknown ones are left out."""
    wanted: dict[str, tuple[str, int]] = {}
    for reference in set(references):
        name, at, number = reference.rpartition("@")
        if not at:
            wanted[reference] = (reference, 0)
        elif number.isascii() and number.isdigit() and len(number) < 10:
            wanted[reference] = (name, int(number))
    if not wanted:
        return {}
    query = (
        sa.select(datasets.c.id, datasets.c.name, dataset_versions)
        .join(dataset_versions, dataset_versions.c.dataset == datasets.c.id)
        .where(datasets.c.name.in_(sorted({name for name, _ in wanted.values()})))
    )
    if not deleted:
        query = query.where(datasets.c.deleted.is_(None))
    known: dict[str, list[FoundVersion]] = {}
    for row in t.execute(query.order_by(dataset_versions.c.version.desc())).mappings():
        known.setdefault(row["name"], []).append(FoundVersion(row["id"], row["name"], _version(row)))
    found = {}
    for reference, (wanted_name, wanted_number) in wanted.items():
        versions = known.get(wanted_name, [])
        fit = [one for one in versions if one.version.version == wanted_number] if wanted_number else versions
        good = [one for one in fit if one.version.status is not DatasetStatus.FAILED]
        if fit:
            found[reference] = (good or fit)[0]
    return found


def names_like(t: Transaction, name: str) -> set[str]:
    """The taken names that are `name` or begin with it, those of deleted datasets too."""
    query = sa.select(datasets.c.name).where(datasets.c.name.startswith(name, autoescape=True))
    return set(t.execute(query).scalars())


def samples(t: Transaction) -> dict[str, tuple[str, DatasetStatus]]:
    """The sample datasets there are, or once were, by name: id and the status of their first version."""
    query = (
        sa.select(datasets.c.name, datasets.c.id, dataset_versions.c.status)
        .join(dataset_versions, dataset_versions.c.dataset == datasets.c.id)
        .where(datasets.c.sample, dataset_versions.c.version == 1)
    )
    return {row.name: (row.id, DatasetStatus(row.status)) for row in t.execute(query)}


def add(t: Transaction, dataset: Dataset, version: DatasetVersion) -> None:
    """Keep a new dataset with its first version."""
    columns = ("id", "name", "title", "description", "sample", "tags", "created", "updated")
    t.execute(datasets.insert(), {**{name: getattr(dataset, name) for name in columns}, "deleted": None})
    add_version(t, dataset.id, version)


def add_version(t: Transaction, dataset: str, version: DatasetVersion) -> None:
    """Keep a new version."""
    values = version.model_dump(mode="json")
    t.execute(dataset_versions.insert(), {**values, "dataset": dataset})
    t.execute(datasets.update().where(datasets.c.id == dataset).values(updated=version.created))


def change_version(t: Transaction, dataset: str, version: int, values: Mapping[str, Any], now: float) -> None:
    """Change columns of a version."""
    t.execute(
        dataset_versions.update()
        .where(dataset_versions.c.dataset == dataset, dataset_versions.c.version == version)
        .values(dict(values))
    )
    t.execute(datasets.update().where(datasets.c.id == dataset).values(updated=now))


def change(t: Transaction, id_: str, values: Mapping[str, Any]) -> bool:
    """Change columns of a dataset; whether there is such a one."""
    return t.execute(datasets.update().where(datasets.c.id == id_).values(dict(values))).rowcount == 1


def _latest(t: Transaction, ids: list[str]) -> dict[str, DatasetVersion]:
    newest = (
        sa.select(dataset_versions.c.dataset, sa.func.max(dataset_versions.c.version).label("newest"))
        .where(dataset_versions.c.dataset.in_(ids))
        .group_by(dataset_versions.c.dataset)
        .subquery()
    )
    query = sa.select(dataset_versions).join(
        newest, (newest.c.dataset == dataset_versions.c.dataset) & (newest.c.newest == dataset_versions.c.version)
    )
    return {row["dataset"]: _version(row) for row in t.execute(query).mappings()}


def _version(row: sa.RowMapping) -> DatasetVersion:
    names = ("version", "created", "file_name", "file_digest", "file_size", "options", "detected", "digest", "type", "rows",
             "columns", "size", "source")  # fmt: skip
    error = StepError(**row["error"]) if row["error"] else None
    return DatasetVersion(**{name: row[name] for name in names}, status=DatasetStatus(row["status"]), error=error)


def _dataset(row: sa.RowMapping, latest: DatasetVersion, versions: list[DatasetVersion]) -> Dataset:
    names = ("id", "name", "title", "description", "sample", "created", "updated", "tags")
    return Dataset(**{name: row[name] for name in names}, latest=latest, versions=versions)
