"""What people do with datasets."""

import re
from collections.abc import Set
from pathlib import Path
from typing import Any

from designer.actions import answers
from designer.actions.datastores import mark_of
from designer.contract.datasets import (
    Dataset,
    DatasetChange,
    DatasetFrom,
    DatasetList,
    DatasetStatus,
    DatasetVersion,
    ReadAgain,
    ReadOptions,
)
from designer.contract.events import DatasetChanged
from designer.errors import Invalid, NotFound
from designer.installation import Installation
from designer.store import artifacts, datasets, datastores, jobs, pipelines
from designer.store.database import Taken, Transaction
from designer.store.jobs import StoredJob
from designer.store.tables import JobStatus

MAX_NAME = 100


def list_datasets(inst: Installation, *, q: str = "", after: str | None = None, limit: int = 100) -> DatasetList:
    """Datasets, newest change first."""
    with inst.store.read() as t:
        found = datasets.find(t, q, answers.place(after), limit + 1)
    page = found[:limit]
    more = answers.next_place(page[-1].updated, page[-1].id) if len(found) > limit and page else None
    return DatasetList(items=page, next=more)


def get_dataset(inst: Installation, id_: str) -> Dataset:
    """A dataset with all its versions and who reads it. Raises `NotFound`."""
    with inst.store.read() as t:
        return _whole(t, id_)


def add_dataset(
    inst: Installation,
    *,
    name: str,
    file_name: str,
    staged: Path,
    size: int,
    digest: str,
    options: ReadOptions,
    dataset: str | None = None,
) -> Dataset:
    """Take an uploaded file in and have it read; answers at once, the version is "reading" until then.

    `staged` is moved away. With `dataset` (an id) it becomes a new version of that one. Raises `NotFound`.
    """
    if dataset is not None:
        with inst.store.read() as t:
            _get(t, dataset)
    inst.artifacts.put_file(staged, digest)
    answer: Dataset | None = None

    def kept(t: Transaction) -> bool:
        return _is_kept(t, answer)

    while True:
        try:
            with inst.store.write("add_dataset", kept) as t:
                now = inst.clock.now()
                artifacts.add(t, digest, size, now)
                wanted = options.model_dump(exclude_none=True)
                if dataset is None:
                    title = (name or Path(file_name).stem or "data").strip()[:200]
                    slug = free_name(title, datasets.names_like(t, slug_of(title)))
                    version = _version(1, now, file_name, digest, size, wanted)
                    fresh = Dataset(id=inst.ids("ds"), name=slug, title=title, description="", sample=False, created=now,
                                    updated=now, latest=version)  # fmt: skip
                    datasets.add(t, fresh, version)
                    id_ = fresh.id
                else:
                    id_ = dataset
                    number = _get(t, id_).latest.version + 1
                    version = _version(number, now, file_name, digest, size, wanted)
                    datasets.add_version(t, id_, version)
                _queue(inst, t, id_, version)
                answer = _whole(t, id_)
            break
        except Taken:  # someone took the name in between
            continue
    _tell(inst, answer)
    inst.wake()
    return answer


def add_from_datastore(inst: Installation, request: DatasetFrom) -> Dataset:
    """Make a file of a datastore a dataset; answers at once, the version is "reading" until it was fetched. Raises `NotFound`."""
    source = {"store": {"datastore": request.datastore}, "path": request.path}
    file_name = request.path.rstrip("/").rpartition("/")[2]
    title = (request.name or Path(file_name).stem or "data").strip()[:200]
    answer: Dataset | None = None

    def kept(t: Transaction) -> bool:
        return _is_kept(t, answer)

    while True:
        try:
            with inst.store.write("add_from_datastore", kept) as t:
                if datastores.get(t, request.datastore) is None:
                    raise NotFound(f'There is no datastore "{request.datastore}".')
                now = inst.clock.now()
                version = _version(1, now, file_name, "", 0, request.options.model_dump(exclude_none=True))
                version = version.model_copy(update={"source": source})
                slug = free_name(title, datasets.names_like(t, slug_of(title)))
                fresh = Dataset(id=inst.ids("ds"), name=slug, title=title, description="", sample=False, created=now,
                                updated=now, latest=version)  # fmt: skip
                datasets.add(t, fresh, version)
                _queue(inst, t, fresh.id, version)
                answer = _whole(t, fresh.id)
            break
        except Taken:
            continue
    _tell(inst, answer)
    inst.wake()
    return answer


def renew_dataset(inst: Installation, id_: str) -> Dataset:
    """Look whether the file on the datastore changed since it was fetched; then it becomes a new version. Raises `NotFound`,
    `Invalid` where the dataset lies on no datastore, and what the store has against it."""
    with inst.store.read() as t:
        found = _get(t, id_)
    source = found.latest.source
    if not source:
        raise Invalid("This dataset does not lie on a datastore.")
    if found.latest.status is DatasetStatus.READY:
        mark = mark_of(inst, source["store"]["datastore"], source["path"])
        if mark == source.get("mark"):
            return get_dataset(inst, id_)
    answer: Dataset | None = None
    with inst.store.write("renew_dataset", lambda t: _is_kept(t, answer)) as t:
        newest = _get(t, id_).latest
        if newest.version == found.latest.version and newest.status is not DatasetStatus.READING:
            version = _version(newest.version + 1, inst.clock.now(), newest.file_name, "", 0, newest.options)
            version = version.model_copy(update={"source": {key: one for key, one in source.items() if key != "mark"}})
            datasets.add_version(t, id_, version)
            _queue(inst, t, id_, version)
        answer = _whole(t, id_)
    _tell(inst, answer)
    inst.wake()
    return answer


def read_again(inst: Installation, id_: str, request: ReadAgain) -> Dataset:
    """Read the file of a version again with other options: makes a new version. Raises `NotFound`."""
    answer: Dataset | None = None
    with inst.store.write("read_again", lambda t: _is_kept(t, answer)) as t:
        found = _get(t, id_)
        old = next((one for one in found.versions if one.version == request.version), None)
        if old is None:
            raise NotFound("There is no such version of this dataset.")
        if not old.file_digest:
            raise Invalid("This version was not made from a file, so it cannot be read again.")
        wanted = request.options.model_dump(exclude_none=True)
        number = found.latest.version + 1
        version = _version(number, inst.clock.now(), old.file_name, old.file_digest, old.file_size, wanted)
        datasets.add_version(t, id_, version)
        _queue(inst, t, id_, version)
        answer = _whole(t, id_)
    _tell(inst, answer)
    inst.wake()
    return answer


def change_dataset(inst: Installation, id_: str, request: DatasetChange) -> Dataset:
    """Change a dataset's title, description or tags. Raises `NotFound`."""
    with inst.store.write("change_dataset") as t:
        _get(t, id_)
        datasets.change(t, id_, {**request.model_dump(exclude_none=True), "updated": inst.clock.now()})
        answer = _whole(t, id_)
    _tell(inst, answer)
    return answer


def delete_dataset(inst: Installation, id_: str) -> None:
    """Put a dataset away: nothing new can use it, runs keep what they read, and it can be restored. Raises `NotFound`."""
    with inst.store.write("delete_dataset") as t:
        _get(t, id_)
        datasets.change(t, id_, {"deleted": inst.clock.now()})
    inst.bus.publish([DatasetChanged(id=id_, item=None)])


def restore_dataset(inst: Installation, id_: str) -> Dataset:
    """Take a deleted dataset back. Raises `NotFound`."""
    with inst.store.write("restore_dataset") as t:
        if not datasets.change(t, id_, {"deleted": None, "updated": inst.clock.now()}):
            raise NotFound("There is no such dataset.")
        answer = _whole(t, id_)
    _tell(inst, answer)
    return answer


def _is_kept(t: Transaction, made: Dataset | None) -> bool:
    """Whether the newest version of this answer is there."""
    found = datasets.get(t, made.id) if made is not None else None
    newest = (made.latest.version, made.latest.created) if made is not None else None
    return found is not None and any((one.version, one.created) == newest for one in found.versions)


def slug_of(title: str) -> str:
    """A title as a name: small letters, digits and dashes."""
    words = re.sub(r"[^\w]+", "-", title.lower(), flags=re.UNICODE).strip("-_")
    return words[:MAX_NAME].strip("-_") or "data"


def free_name(title: str, taken: Set[str]) -> str:
    """The slug of a title, with a number where it is taken."""
    slug = slug_of(title)
    number = 2
    name = slug
    while name in taken:
        name = f"{slug}-{number}"
        number += 1
    return name


def _get(t: Transaction, id_: str) -> Dataset:
    found = datasets.get(t, id_)
    if found is None:
        raise NotFound("There is no such dataset, or it was deleted.")
    return found


def _whole(t: Transaction, id_: str) -> Dataset:
    found = _get(t, id_)
    return found.model_copy(update={"used_by": pipelines.reading(t, found.name)})


def _version(
    number: int, now: float, file_name: str, digest: str, size: int, options: dict[str, Any]
) -> DatasetVersion:
    return DatasetVersion(
        version=number, status=DatasetStatus.READING, created=now, file_name=file_name[:200], file_digest=digest,
        file_size=size, options=options,
    )  # fmt: skip


def _queue(inst: Installation, t: Transaction, id_: str, version: DatasetVersion) -> None:
    body = {
        "dataset": id_, "version": version.version, "digest": version.file_digest, "size": version.file_size,
        "file_name": version.file_name, "options": version.options, **({"source": version.source} if version.source else {}),
    }  # fmt: skip
    job = StoredJob(inst.ids("job"), "ingest", f"{id_}@{version.version}", JobStatus.QUEUED, body, inst.clock.now())
    jobs.add(t, job)


def _tell(inst: Installation, answer: Dataset) -> None:
    item = answer.model_copy(update={"versions": [], "used_by": []})
    inst.bus.publish([DatasetChanged(id=answer.id, item=item)])
