"""Runs over HTTP."""

from typing import Annotated

from pydantic import Field

from designer.actions import pipelines
from designer.actions import runs as actions
from designer.api.declare import JSON, Client, Download, Header, Limit, Moment, Place, Routes, Seq, Words
from designer.contract.base import Id
from designer.contract.events import RunEvents
from designer.contract.pipelines import Pipeline
from designer.contract.runs import Run, RunChange, RunList, Sources, SubmitRun
from designer.engine.status import RunStatus
from designer.graph.document import write
from designer.installation import Installation

routes = Routes("runs")

Key = Annotated[
    str | None,
    Field(min_length=1, max_length=255, description="The same key with the same request answers with the same run."),
    Header("Idempotency-Key"),
]
Many = Annotated[int, Field(ge=1, le=2000)]
Label = Annotated[str, Field(max_length=200)]


@routes.get("/api/runs")
def list_runs(
    inst: Installation,
    *,
    status: list[RunStatus] | None = None,
    q: Words = "",
    experiment: Label | None = None,
    pipeline: Id | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    archived: bool = False,
    deleted: bool = False,
    after: Place | None = None,
    limit: Limit = 50,
) -> RunList:
    """List runs that fit everything given, newest first."""
    return actions.list_runs(
        inst, status=status, q=q, experiment=experiment, pipeline=pipeline, since=since, until=until, archived=archived,
        deleted=deleted, after=after, limit=limit,
    )  # fmt: skip


@routes.post("/api/runs", status=201)
def submit_run(inst: Installation, request: SubmitRun, *, key: Key = None) -> Run:
    """Run a pipeline's draft, or a document."""
    return actions.submit_run(inst, request, key=key)


@routes.get("/api/runs/{id}")
def get_run(inst: Installation, id_: Id) -> Run:
    """Read a run with all its steps."""
    return actions.get_run(inst, id_)


@routes.patch("/api/runs/{id}")
def change_run(inst: Installation, id_: Id, request: RunChange) -> Run:
    """Change a run's name, description, tags, or whether it is archived or kept."""
    return actions.change_run(inst, id_, request)


@routes.delete("/api/runs/{id}")
def delete_run(inst: Installation, id_: Id) -> None:
    """Delete a run that has ended; it can be brought back for a while."""
    actions.delete_run(inst, id_)


@routes.post("/api/runs/{id}/restore")
def restore_run(inst: Installation, id_: Id) -> Run:
    """Bring a deleted run back."""
    return actions.restore_run(inst, id_)


@routes.post("/api/runs/{id}/cancel")
def cancel_run(inst: Installation, id_: Id) -> Run:
    """Ask a run to end; it does so soon."""
    return actions.cancel_run(inst, id_)


@routes.post("/api/runs/{id}/clone", status=201)
def clone_run(inst: Installation, id_: Id, *, client: Client = None) -> Pipeline:
    """Make a draft of exactly what a run ran."""
    return actions.clone_run(inst, id_, client=client or "")


@routes.get("/api/runs/{id}/events")
def run_events(inst: Installation, id_: Id, *, after: Seq = 0, limit: Many = 500) -> RunEvents:
    """Read the events of a run after a seq."""
    return actions.run_events(inst, id_, after, limit)


@routes.get("/api/runs/{id}/sources")
def run_sources(inst: Installation, id_: Id) -> Sources:
    """Read the source of every step, as it was when the run was submitted."""
    return actions.run_sources(inst, id_)


@routes.get("/api/runs/{id}/document")
def run_document(inst: Installation, id_: Id) -> Download:
    """Download the frozen document of a run."""
    run = actions.get_run(inst, id_)
    return Download(f"{pipelines.file_name(run.name)}-{id_}.pipeline.json", JSON, write(run.document))
