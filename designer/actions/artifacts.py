"""Looking at artifacts. The bytes are never opened here: a preview is made by a job."""

from pathlib import Path

from designer.contract.artifacts import Preview, PreviewStatus
from designer.errors import NotFound
from designer.installation import Installation
from designer.store import artifacts, jobs, previews
from designer.store.jobs import StoredJob
from designer.store.tables import JobStatus

KIND = "default"
"""The kind of preview there is; further kinds come beside it."""

PASSING = ("lost", "target", "store")
"""Kinds of errors that say nothing about the artifact: after a while the preview is tried again."""

RETRY_SECONDS = 30.0

_FORMS = {
    "table": (".arrow", "application/vnd.apache.arrow.file"),
    "metrics": (".json", "application/json"),
    "figure": (".json", "application/json"),
    "model": (".pkl", "application/octet-stream"),
    "untrained_model": (".pkl", "application/octet-stream"),
    "transformation": (".pkl", "application/octet-stream"),
}


def suffix_and_type(type_: str) -> tuple[str, str]:
    """How a download of this type is called and what it is."""
    return _FORMS.get(type_, ("", "application/octet-stream"))


def get_preview(inst: Installation, digest: str) -> Preview:
    """A look at an artifact; where there is none yet, have it made and answer that it is pending. Raises `NotFound`."""
    with inst.store.read() as t:
        known = previews.get(t, digest, KIND)
    passing = known is not None and known.error is not None and known.error.kind in PASSING
    if known is not None and not passing:
        return known
    with inst.store.write("want_preview") as t:
        artifact = artifacts.get(t, digest)
        if artifact is None:
            raise NotFound("There is no such artifact.")
        now = inst.clock.now()
        if passing:
            previews.forget_failed(t, digest, KIND, now - RETRY_SECONDS)
        if previews.begin(t, digest, KIND, now):
            body = {"digest": digest, "type": artifact.type, "size": artifact.size}
            jobs.add(t, StoredJob(inst.ids("job"), "preview", digest, JobStatus.QUEUED, body, now))
        elif known is not None:
            return known
    inst.wake()
    return Preview(digest=digest, status=PreviewStatus.PENDING)


def open_artifact(inst: Installation, digest: str) -> tuple[Path, str, str]:
    """The path of an artifact's bytes (a file or a folder), a file name and a media type. Raises `NotFound`, also where it is damaged."""
    with inst.store.read() as t:
        found = artifacts.get(t, digest)
    if found is None:
        raise NotFound("There is no such artifact.")
    suffix, media = suffix_and_type(found.type)
    return inst.artifacts.local_path(digest, found.size), f"{found.name}{suffix}", media


def settle_fresh(inst: Installation) -> None:
    """Have the disk take small artifacts whose bytes the database keeps until then. Raises `Unavailable`."""
    with inst.store.read() as t:
        found = artifacts.fresh(t)
    if not found:
        return
    for digest, content in found.items():
        inst.artifacts.make_durable(digest, content)
    with inst.store.write("settle_fresh") as t:
        artifacts.settle_fresh(t, found)
