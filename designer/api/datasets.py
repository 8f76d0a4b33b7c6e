"""Datasets over HTTP."""

from typing import Annotated

from pydantic import Field

from designer.actions import datasets as actions
from designer.api.bodies import parse, shaped
from designer.api.declare import Limit, Place, Routes, Upload, Words
from designer.contract.base import Id
from designer.contract.datasets import Dataset, DatasetChange, DatasetFrom, DatasetList, ReadAgain, ReadOptions
from designer.installation import Installation

routes = Routes("datasets")

Title = Annotated[str, Field(max_length=200)]
Options = Annotated[str, Field(max_length=5000, description="`ReadOptions` as JSON; what is left out is detected.")]


@routes.get("/api/datasets")
def list_datasets(inst: Installation, *, q: Words = "", after: Place | None = None, limit: Limit = 100) -> DatasetList:
    """List datasets, newest change first."""
    return actions.list_datasets(inst, q=q, after=after, limit=limit)


@routes.post("/api/datasets", status=201)
def add_dataset(
    inst: Installation,
    upload: Upload,
    *,
    name: Title = "",
    file_name: Title = "",
    options: Options = "{}",
    dataset: Id | None = None,
) -> Dataset:
    """Upload a file: it becomes a dataset, or with `dataset` a new version of one, and is then read.

    Either as a form with one file `file`, whose other fields are the parameters, or as the body itself.
    """
    return actions.add_dataset(
        inst, name=name, file_name=file_name or upload.file_name, staged=upload.path, size=upload.size,
        digest=upload.digest, options=shaped(ReadOptions, parse(options)), dataset=dataset,
    )  # fmt: skip


@routes.post("/api/datasets/from-datastore", status=201)
def add_from_datastore(inst: Installation, request: DatasetFrom) -> Dataset:
    """Make a file of a datastore a dataset."""
    return actions.add_from_datastore(inst, request)


@routes.post("/api/datasets/{id}/renew")
def renew_dataset(inst: Installation, id_: Id) -> Dataset:
    """Look whether the file on the datastore changed since it was fetched; then it becomes a new version."""
    return actions.renew_dataset(inst, id_)


@routes.get("/api/datasets/{id}")
def get_dataset(inst: Installation, id_: Id) -> Dataset:
    """Read a dataset with all its versions and who uses it."""
    return actions.get_dataset(inst, id_)


@routes.patch("/api/datasets/{id}")
def change_dataset(inst: Installation, id_: Id, request: DatasetChange) -> Dataset:
    """Change a dataset's title, description or tags."""
    return actions.change_dataset(inst, id_, request)


@routes.delete("/api/datasets/{id}")
def delete_dataset(inst: Installation, id_: Id) -> None:
    """Put a dataset away: nothing new can use it, runs keep what they read, and it can be restored."""
    actions.delete_dataset(inst, id_)


@routes.post("/api/datasets/{id}/read-again", status=201)
def read_again(inst: Installation, id_: Id, request: ReadAgain) -> Dataset:
    """Read the file of a version again with other options: makes a new version."""
    return actions.read_again(inst, id_, request)


@routes.post("/api/datasets/{id}/restore")
def restore_dataset(inst: Installation, id_: Id) -> Dataset:
    """Take a deleted dataset back."""
    return actions.restore_dataset(inst, id_)
