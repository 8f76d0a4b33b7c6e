"""Datasets on the wire."""

from enum import StrEnum

from pydantic import Field

from designer.contract.base import Json, Name, Page, Request, Response, Text, Timestamp
from designer.contract.runs import StepError


class DatasetStatus(StrEnum):
    """Whether a version of a dataset can be used."""

    READING = "reading"  # being read and checked
    READY = "ready"
    FAILED = "failed"


class ReadOptions(Request):
    """How to read an uploaded file; what is None is detected."""

    format: str | None = None  # "csv", "tsv", "parquet", "jsonl", "excel", "arrow"
    delimiter: str | None = None
    encoding: str | None = None
    header: bool | None = None
    quote: str | None = None
    sheet: str | None = None
    skip_rows: int = 0


class DatasetVersion(Response):
    """One version: a file as it was uploaded, how it was read, and the table it gave."""

    version: int
    status: DatasetStatus
    created: Timestamp
    file_name: str = ""
    file_digest: str = ""
    file_size: int = 0
    options: dict[str, Json] = {}  # as asked for
    detected: dict[str, Json] = {}  # as found: format, delimiter, encoding, header, sheet(s), notes
    digest: str = ""  # of the table
    type: str = "table"
    rows: int | None = None
    columns: list[dict[str, Json]] = []  # {"name", "type", "dtype", "role"}
    size: int = 0
    error: StepError | None = None
    source: dict[str, Json] = {}  # of one that lies on a datastore: {"store": {"datastore"}, "path", "mark"}


class Dataset(Response):
    """A named pointer to data; `latest` is its newest version."""

    id: str
    name: str
    title: str
    description: str
    sample: bool
    created: Timestamp
    updated: Timestamp
    tags: dict[str, str] = {}
    latest: DatasetVersion
    versions: list[DatasetVersion] = []  # only where one dataset is asked for; newest first
    used_by: list[dict[str, str]] = []  # likewise: {"id", "name"} of pipelines


class DatasetFrom(Request):
    """A file of a datastore, to be a dataset."""

    datastore: str = Field(max_length=100)
    path: str = Field(min_length=1, max_length=2_000)
    name: str = Field("", max_length=200)
    options: ReadOptions = ReadOptions()


class DatasetList(Page):
    """A page of datasets."""

    items: list[Dataset]


class DatasetChange(Request):
    """What may change about a dataset."""

    title: Name | None = None
    description: Text | None = None
    tags: dict[str, str] | None = None


class ReadAgain(Request):
    """Read the file of a version again with other options: makes a new version."""

    version: int
    options: ReadOptions
