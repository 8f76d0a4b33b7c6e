"""What came from elsewhere in one file, on the wire: shown whole, and run only once a person has accepted it."""

from designer.contract.base import Page, Response, Timestamp
from designer.contract.modules import ModuleKind, Reach


class ImportedModule(Response):
    """A module of the file, and what it is here."""

    reference: str  # as the file has it
    here: str  # as pipelines here name it
    title: str
    kind: ModuleKind
    known: bool  # the very same code was here already, and was trusted
    source: str
    files: list[str] = []
    packages: list[str] = []
    reach: list[Reach] = []


class ImportedPipeline(Response):
    """A pipeline of the file."""

    id: str
    name: str
    nodes: int
    code: list[str] = []  # nodes that carry code in a parameter
    datasets: list[str] = []  # that it reads, and that are not in the file
    reach: list[Reach] = []


class Import(Response):
    """One file that was imported."""

    id: str
    file_name: str
    digest: str
    created: Timestamp
    accepted: Timestamp | None = None
    modules: list[ImportedModule]
    pipelines: list[ImportedPipeline]
    missing: list[str] = []  # modules that its pipelines need, and that are neither here nor in the file


class ImportList(Page):
    """What was imported, newest first."""

    items: list[Import]
