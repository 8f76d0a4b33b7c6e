"""The tables. The first migration makes them; `tests/store` holds the two against each other."""

import json
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    false,
    text,
)
from sqlalchemy.types import TypeDecorator

from designer.contract.artifacts import PreviewStatus
from designer.contract.datasets import DatasetStatus
from designer.contract.environments import EnvironmentStatus
from designer.contract.modules import ModuleKind
from designer.engine.status import ACTIVE, FINAL_RUN, RunStatus, StepStatus


class Json(TypeDecorator[Any]):
    """JSON as ASCII text: any letter is safe in any database, and what is not JSON (NaN) is refused."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        """To the database."""
        return None if value is None else json.dumps(value, allow_nan=False, separators=(",", ":"))

    def process_result_value(self, value: Any, dialect: Any) -> Any:
        """From the database."""
        return None if value is None else json.loads(value)


class JobStatus(StrEnum):
    """Where a job is that is no step: reading an upload, making a preview or the samples."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


def one_of(column: str, statuses: type[StrEnum]) -> CheckConstraint:
    """The column holds one of the words of the enum."""
    words = ", ".join(f"'{status.value}'" for status in statuses)
    return CheckConstraint(f"{column} IN ({words})", name=column)


def _words(statuses: Any) -> str:
    return ", ".join(sorted(f"'{status.value}'" for status in statuses))


UNFINISHED_RUN = f"status IN ({_words(set(RunStatus) - FINAL_RUN)})"
BUSY_STEP = f"status IN ({_words(ACTIVE | {StepStatus.QUEUED})})"
UNFINISHED_JOB = f"status IN ({_words({JobStatus.QUEUED, JobStatus.RUNNING})})"


def some(condition: str) -> dict[str, Any]:
    """An index over the rows of a condition only, on both databases."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


metadata = MetaData(
    naming_convention={
        "ix": "%(table_name)s_by_%(column_0_N_name)s",
        "uq": "%(table_name)s_one_%(column_0_N_name)s",
        "ck": "%(table_name)s_%(constraint_name)s",
        "fk": "%(table_name)s_%(column_0_N_name)s_exists",
        "pk": "%(table_name)s_key",
    }
)

pipelines = Table(
    "pipelines", metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created", Double, nullable=False),
    Column("updated", Double, nullable=False),
    Column("deleted", Double),
    Column("cloned_from", Text, nullable=False),
    Column("document", Json, nullable=False),
    Column("nodes", Integer, nullable=False),
    Column("outline", Json, nullable=False),
    Column("wires", Json, nullable=False),
    Index(None, "updated", "id"),
)  # fmt: skip

pipeline_datasets = Table(
    "pipeline_datasets", metadata,
    Column("pipeline", Text, ForeignKey("pipelines.id", ondelete="CASCADE"), primary_key=True),
    Column("dataset", Text, primary_key=True),  # its name
    Index(None, "dataset"),
)  # fmt: skip

runs = Table(
    "runs", metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("pipeline", Text, nullable=False),  # "" where a document was run; may be removed meanwhile
    Column("pipeline_name", Text, nullable=False),
    Column("experiment", Text, nullable=False),
    Column("created", Double, nullable=False),
    Column("started", Double),
    Column("ended", Double),
    Column("parameters", Json, nullable=False),
    Column("tags", Json, nullable=False),
    Column("counts", Json, nullable=False),
    Column("failed_step", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("archived", Boolean, nullable=False),
    Column("cancel_requested", Boolean, nullable=False),
    Column("continue_on_step_failure", Boolean, nullable=False),
    Column("cloned_from", Text, nullable=False),
    Column("seq", Integer, nullable=False),  # of the newest event
    Column("document", Json, nullable=False),  # frozen
    Column("kept", Boolean, nullable=False, server_default=false()),  # whatever its age
    Column("deleted", Double),  # since when it is hidden: it goes after a grace
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("resumed_from", Text, nullable=False, server_default=""),
    Column("git", Json),  # the working copies that its modules and its document came from
    one_of("status", RunStatus),
    Index(None, "pipeline", "id"),
    Index(None, "experiment", "id"),
    Index("runs_unfinished", "status", **some(UNFINISHED_RUN)),
    Index("runs_deleted", "deleted", **some("deleted IS NOT NULL")),
)  # fmt: skip

sources = Table(
    "sources", metadata,
    Column("digest", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("spec", Json, nullable=False),
    Column("created", Double, nullable=False),
    Column("folder", Text, nullable=False, server_default=""),  # digest of the files that go with it
    Index("sources_folder", "folder", **some("folder <> ''")),
)  # fmt: skip

modules = Table(
    "modules", metadata,  # those that people made here; those of folders are files
    Column("name", Text, primary_key=True),
    Column("created", Double, nullable=False),
    Column("updated", Double, nullable=False),
    Column("archived", Double),
    Column("changes", Integer, nullable=False),  # goes up with each; by their sum other servers notice one
)  # fmt: skip

module_versions = Table(
    "module_versions", metadata,  # never changed
    Column("module", Text, ForeignKey("modules.name", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("spec", Json, nullable=False),
    Column("folder", Text, nullable=False),  # digest of the files that go with it; "" where the source is all
    Column("note", Text, nullable=False),
    Column("created", Double, nullable=False),
    one_of("kind", ModuleKind),
    Index("module_versions_folder", "folder", **some("folder <> ''")),
)  # fmt: skip

imports = Table(
    "imports", metadata,  # what came from elsewhere in one file; it runs once a person has accepted it
    Column("id", Text, primary_key=True),
    Column("file_name", Text, nullable=False),
    Column("digest", Text, nullable=False),  # of the file
    Column("created", Double, nullable=False),
    Column("accepted", Double),
    Column("contents", Json, nullable=False),  # what a person is shown
    Column("pipelines", Json, nullable=False),  # ids
    Column("sources", Json, nullable=False),  # digests of the modules that came with it
)  # fmt: skip

steps = Table(
    "steps", metadata,
    Column("run", Text, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("node", Text, primary_key=True),
    Column("plan", Json, nullable=False),  # what does not change: see store/steps.py
    Column("status", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("attempt", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("restarts", Integer, nullable=False),
    Column("stopping", Boolean, nullable=False),
    Column("ready_at", Double, nullable=False),
    Column("started", Double),
    Column("ended", Double),
    Column("error", Json),
    Column("why", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("reused_from", Text, nullable=False),
    Column("seen", Json, nullable=False),  # progress, newest metrics, tags, sizes of the logs: see store/steps.py
    Column("reused_node", Text, nullable=False, server_default=""),
    Column("verdict", Text, nullable=False, server_default=""),
    Column("reasons", Json, nullable=False, server_default="[]"),
    Column("compared_with", Text, nullable=False, server_default=""),
    Column("flowed", Json, nullable=False, server_default="{}"),
    Column("environment", Text, nullable=False, server_default=""),
    one_of("status", StepStatus),
    Index("steps_busy", "target", "status", **some(BUSY_STEP)),
    Index("steps_reused", "reused_from", **some("reused_from <> ''")),
    Index(None, "key"),
)  # fmt: skip

attempts = Table(
    "attempts", metadata,
    Column("id", Text, primary_key=True),
    Column("run", Text, nullable=False),
    Column("node", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("target", Text, nullable=False),
    Column("created", Double, nullable=False),
    Column("handle", Json),  # where it runs
    Column("offset", BigInteger, nullable=False),  # how far its events are read
    Column("result", Json),  # how it ended
    ForeignKeyConstraint(["run", "node"], ["steps.run", "steps.node"], ondelete="CASCADE"),
    Index(None, "run", "node"),
)  # fmt: skip

fresh_artifacts = Table(
    "fresh_artifacts", metadata,
    Column("digest", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)  # fmt: skip
"""Small artifacts that a power cut could still take from the disk: kept here by the commit that refers to them."""

artifacts = Table(
    "artifacts", metadata,
    Column("digest", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("created", Double, nullable=False),
    Column("stat", Text, nullable=False, server_default=""),  # by which the store knows that its bytes are still the same
    Column("marked", Double),  # since when nothing refers to it: it goes after a grace
    Index("artifacts_marked", "marked", **some("marked IS NOT NULL")),
)  # fmt: skip

outputs = Table(
    "outputs", metadata,  # the manifest: a row here is what makes an output exist
    Column("run", Text, primary_key=True),
    Column("node", Text, primary_key=True),
    Column("port", Text, primary_key=True),
    Column("attempt", Text, nullable=False),  # "" of a dataset's data
    Column("digest", Text, ForeignKey("artifacts.digest"), nullable=False),
    Column("type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("rows", BigInteger),
    Column("columns", Json, nullable=False),
    ForeignKeyConstraint(["run", "node"], ["steps.run", "steps.node"], ondelete="CASCADE"),
    Index(None, "digest"),
)  # fmt: skip

results = Table(
    "results", metadata,  # what may be reused: the newest completed step of each key
    Column("key", Text, primary_key=True),
    Column("run", Text, nullable=False),
    Column("node", Text, nullable=False),
    Column("attempt", Text, nullable=False),
    Column("module", Text, nullable=False),  # "split_data@1"
    Column("created", Double, nullable=False),
    Column("seconds", Double),
    Column("outputs", Json, nullable=False),  # by port, as in `outputs`
    Column("seen", Json, nullable=False),
    ForeignKeyConstraint(["run", "node"], ["steps.run", "steps.node"], ondelete="CASCADE"),
    Index(None, "run", "node"),
    Index(None, "module", "created"),
)  # fmt: skip

events = Table(
    "events", metadata,
    Column("run", Text, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("body", Text, nullable=False),
)  # fmt: skip

outbox = Table(
    "outbox", metadata,  # commands that are decided and not known to be carried out
    Column("run", Text, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("node", Text, primary_key=True),
    Column("attempt", Text, primary_key=True),  # "" of a dataset's supply
    Column("command", Text, primary_key=True),  # the class, in lower case
    Column("created", Double, nullable=False),
)  # fmt: skip

leadership = Table(
    "leadership", metadata,  # who conducts: see store/leadership.py
    Column("name", Text, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("machine", Text, nullable=False),
    Column("started", BigInteger, nullable=False),
    Column("turn", BigInteger, nullable=False),  # the newest of its turns that was kept
    Column("until", Double, nullable=False),  # by the database's clock; 0 was released
)  # fmt: skip

requests = Table(
    "requests", metadata,  # what people asked of running runs, until the conductor has taken it in
    Column("id", Text, primary_key=True),
    Column("run", Text, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("node", Text, nullable=False),  # "" of the whole run
    Column("created", Double, nullable=False),
)  # fmt: skip

metrics = Table(
    "metrics", metadata,
    Column("attempt", Text, ForeignKey("attempts.id", ondelete="CASCADE"), primary_key=True),
    Column("line", BigInteger, primary_key=True),  # where the line begins in the attempt's events: read twice, kept once
    Column("name", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("value", Double),  # NULL is NaN or infinite
    Column("at", Double, nullable=False),
)  # fmt: skip

reports = Table(
    "reports", metadata,  # figures and small tables that steps keep
    Column("attempt", Text, ForeignKey("attempts.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("body", Json, nullable=False),
    CheckConstraint("kind IN ('figure', 'table')", name="kind"),
)  # fmt: skip

experiments = Table(
    "experiments", metadata,
    Column("name", Text, primary_key=True),
    Column("runs", Integer, nullable=False),
    Column("last_run", Text, nullable=False),
)  # fmt: skip

datasets = Table(
    "datasets", metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("sample", Boolean, nullable=False),
    Column("tags", Json, nullable=False),
    Column("created", Double, nullable=False),
    Column("updated", Double, nullable=False),
    Column("deleted", Double),
    Index(None, "updated", "id"),
)  # fmt: skip

dataset_versions = Table(
    "dataset_versions", metadata,
    Column("dataset", Text, ForeignKey("datasets.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("status", Text, nullable=False),
    Column("created", Double, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("file_digest", Text, nullable=False),
    Column("file_size", BigInteger, nullable=False),
    Column("options", Json, nullable=False),
    Column("detected", Json, nullable=False),
    Column("digest", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("rows", BigInteger),
    Column("columns", Json, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("error", Json),
    Column("source", Json, nullable=False, server_default="{}"),  # of one that lies on a datastore: see contract/datasets.py
    one_of("status", DatasetStatus),
    Index(None, "digest"),
    Index(None, "file_digest"),
)  # fmt: skip

previews = Table(
    "previews", metadata,
    Column("digest", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("content", Json),
    Column("error", Json),
    Column("created", Double, nullable=False),
    one_of("status", PreviewStatus),
)  # fmt: skip

jobs = Table(
    "jobs", metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),  # what it is about: a dataset version, a digest
    Column("status", Text, nullable=False),
    Column("body", Json, nullable=False),  # what it is told
    Column("created", Double, nullable=False),
    Column("handle", Json),
    Column("ended", Double),
    Column("error", Json),
    one_of("status", JobStatus),
    Index("jobs_unfinished", "status", **some(UNFINISHED_JOB)),
    Index(None, "kind", "subject"),
)  # fmt: skip

environments = Table(
    "environments", metadata,  # what modules and people ask for, and how far it is
    Column("digest", Text, primary_key=True),
    Column("requirements", Json, nullable=False),
    Column("python", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("progress", Double),
    Column("progress_text", Text, nullable=False),
    Column("error", Json),
    Column("lock", Text, nullable=False),  # digest of the newest; "" before there is one
    Column("job", Text, nullable=False),  # of the newest build: where its log is
    Column("created", Double, nullable=False),
    Column("used", Double),
    one_of("status", EnvironmentStatus),
    Index(None, "lock"),
)  # fmt: skip

environment_names = Table(
    "environment_names", metadata,
    Column("name", Text, primary_key=True),
    Column("environment", Text, ForeignKey("environments.digest"), nullable=False),
    Column("description", Text, nullable=False),
    Column("created", Double, nullable=False),
    Column("updated", Double, nullable=False),
    Index(None, "environment"),
)  # fmt: skip

environment_locks = Table(
    "environment_locks", metadata,  # exact versions; kept for the runs that used them
    Column("digest", Text, primary_key=True),
    Column("python", Text, nullable=False),  # "3.11"
    Column("text", Text, nullable=False),
    Column("packages", Integer, nullable=False),
    Column("created", Double, nullable=False),
    Column("built", Double),  # NULL while its folder is not there
    Column("size", BigInteger, nullable=False),
)  # fmt: skip

targets = Table(
    "targets", metadata,  # where steps run, besides this machine; of "local" only what was changed
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("options", Json, nullable=False),  # as the kind's own model; a secret is named, never held
    Column("slots", Integer, nullable=False),
    Column("description", Text, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("created", Double, nullable=False),
    Column("updated", Double, nullable=False),
)  # fmt: skip

idempotency = Table(
    "idempotency", metadata,
    Column("key", Text, primary_key=True),
    Column("body", Text, nullable=False),  # digest of what was asked
    Column("run", Text, nullable=False),
    Column("created", Double, nullable=False),
)  # fmt: skip

datastores = Table(
    "datastores", metadata,  # places outside for files and tables
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("options", Json, nullable=False),  # a secret one is {"secret": name}
    Column("description", Text, nullable=False),
    Column("is_default", Boolean, nullable=False),
    Column("created", Double, nullable=False),
    Column("updated", Double, nullable=False),
)  # fmt: skip

secrets = Table(
    "secrets", metadata,
    Column("name", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("token", Text),  # the encrypted value; NULL of a deleted one, whose number stays taken
    Column("key", Text, nullable=False),  # which key it was encrypted with
    Column("description", Text, nullable=False),
    Column("created", Double, nullable=False),
    Column("updated", Double, nullable=False),
)  # fmt: skip

sessions = Table(
    "sessions", metadata,
    Column("digest", Text, primary_key=True),
    Column("created", Double, nullable=False),
    Column("expires", Double, nullable=False),
    Column("last_used", Double, nullable=False),
)  # fmt: skip

claims = Table(
    "claims", metadata,  # attempts for workers elsewhere: see store/claims.py
    Column("attempt", Text, primary_key=True),
    Column("target", Text, nullable=False),
    Column("folder", Text, nullable=False),
    Column("software", Json),
    Column("created", Double, nullable=False),
    Column("published", Double),  # when the queue was told
    Column("worker", Text, nullable=False),  # "" while nobody has it
    Column("worker_name", Text, nullable=False),
    Column("digest", Text, nullable=False),  # of the secret of who has it
    Column("until", Double),  # by the database's clock
    Column("phase", Text, nullable=False),
    Column("running", Boolean, nullable=False),
    Column("stop", Double),  # seconds of grace, once it is to end
    Column("over", Text, nullable=False),  # why nothing of it counts any more
    Index(None, "target"),
)  # fmt: skip

workers = Table(
    "workers", metadata,
    Column("id", Text, primary_key=True),
    Column("target", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("slots", Integer, nullable=False),
    Column("busy", Integer, nullable=False),
    Column("draining", Boolean, nullable=False),
    Column("joined", Double, nullable=False),
    Column("heard", Double, nullable=False),  # by the database's clock
    Column("cpu", Double),
    Column("memory", BigInteger),
    Column("memory_limit", BigInteger),
    Index(None, "target"),
)  # fmt: skip

worker_tokens = Table(
    "worker_tokens", metadata,
    Column("id", Text, primary_key=True),
    Column("target", Text, nullable=False),
    Column("digest", Text, nullable=False, unique=True),
    Column("created", Double, nullable=False),
    Column("used", Double),
    Index(None, "target"),
)  # fmt: skip
