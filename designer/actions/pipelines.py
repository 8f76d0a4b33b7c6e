"""What people do with pipelines."""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from designer.actions import answers
from designer.actions.checks import (
    check,
    dataset_names,
    find_modules,
    found_datasets,
    found_secrets,
    read_document,
    unaccepted,
)
from designer.actions.outline import outline
from designer.contract.events import PipelineChanged
from designer.contract.pipelines import (
    CreatePipeline,
    KnownColumn,
    KnownColumns,
    LastRun,
    Pipeline,
    PipelineList,
    PipelineSummary,
    Sample,
    SampleList,
    SavedPipeline,
    SavePipeline,
    Validate,
    Validation,
)
from designer.errors import Conflict, Invalid, NotFound
from designer.graph.document import EMPTY, MAX_NAME, read, write
from designer.graph.document import Pipeline as DocumentRead
from designer.graph.known_columns import Column
from designer.graph.known_columns import known_columns as columns_of
from designer.installation import Installation
from designer.store import garbage, imports, pipelines, runs, steps
from designer.store.database import Transaction
from designer.store.pipelines import StoredPipeline


def list_pipelines(inst: Installation, *, q: str = "", after: str | None = None, limit: int = 50) -> PipelineList:
    """Pipelines, newest change first."""
    with inst.store.read() as t:
        found = pipelines.find(t, q, answers.place(after), limit + 1)
        last = pipelines.last_runs(t, [one.id for one in found])
    page = found[:limit]
    more = answers.next_place(page[-1].updated, page[-1].id) if len(found) > limit and page else None
    return PipelineList(items=[_summary(one, last.get(one.id)) for one in page], next=more)


def create_pipeline(inst: Installation, request: CreatePipeline, *, client: str = "") -> Pipeline:
    """Make a pipeline: empty, from a document, or from a sample. Raises `Invalid` for a document of a wrong shape."""
    if request.document is not None and request.sample is not None:
        raise Invalid("Give a document or a sample, not both.")
    if request.document is not None:
        document = dict(request.document)
    elif request.sample is not None:
        document = _sample(inst, request.sample)
    else:
        document = dict(EMPTY)
    if request.name is not None:
        document["name"] = request.name
    return _create(inst, document, client=client)


def get_pipeline(inst: Installation, id_: str) -> Pipeline:
    """A pipeline with its findings. Raises `NotFound`."""
    with inst.store.read() as t:
        return _answer(inst, t, _get(t, id_))


def save_pipeline(inst: Installation, id_: str, request: SavePipeline, *, client: str = "") -> SavedPipeline:
    """Keep the whole draft.

    Raises `Conflict` with the current draft where it is based on another version, `Invalid` for a wrong shape. Sent a
    second time (because the answer was lost), it succeeds again.
    """
    pipeline = read_document(request.document)
    with inst.store.write("save_pipeline") as t:
        before = _get(t, id_)
        again = before.version == request.version + 1 and before.document == request.document
        if not again and before.version != request.version:
            raise _stale(before)
        if again:
            saved = before
        else:
            now = inst.clock.now()
            saved = replace(
                _described(inst, before, request.document, pipeline), version=before.version + 1, updated=now
            )
            if not pipelines.save(t, saved, dataset_names(pipeline)):
                raise _stale(_get(t, id_))
            garbage.take_marks_away(t, _pinned(pipeline))
        find_modules(inst, t, pipeline)
        findings = [
            *check(inst, pipeline, found_datasets(t, pipeline), found_secrets(t, pipeline)),
            *unaccepted(inst, t, pipeline, id_),
        ]
    inst.bus.publish([PipelineChanged(id=id_, version=saved.version, client=client)])
    return SavedPipeline(version=saved.version, updated=saved.updated, findings=findings)


def duplicate_pipeline(inst: Installation, id_: str, *, client: str = "") -> Pipeline:
    """Make a copy of a pipeline. Raises `NotFound`."""
    with inst.store.read() as t:
        original = _get(t, id_)
        if original.cloned_from in imports.waiting(t).imports:
            raise Conflict(
                "This pipeline was imported, and nobody has accepted it yet.", cure="Look at it, and accept it."
            )
    name = f"{original.name[: MAX_NAME - 7]} (copy)"
    return _create(inst, {**original.document, "name": name}, cloned_from=id_, client=client)


def delete_pipeline(inst: Installation, id_: str, *, client: str = "") -> None:
    """Put a pipeline away; its runs stay, and it can be restored. Raises `NotFound`."""
    with inst.store.write("delete_pipeline") as t:
        _get(t, id_)
        pipelines.mark(t, id_, inst.clock.now(), inst.clock.now())
    inst.bus.publish([PipelineChanged(id=id_, version=0, client=client)])


def restore_pipeline(inst: Installation, id_: str, *, client: str = "") -> Pipeline:
    """Take a deleted pipeline back. Raises `NotFound`."""
    with inst.store.write("restore_pipeline") as t:
        if not pipelines.mark(t, id_, None, inst.clock.now()):
            raise NotFound("There is no such pipeline.")
        answer = _answer(inst, t, _get(t, id_))
    inst.bus.publish([PipelineChanged(id=id_, version=answer.version, client=client)])
    return answer


def export_pipeline(inst: Installation, id_: str) -> tuple[str, str]:
    """A file name and the text of the document, fit for version control. Raises `NotFound`."""
    with inst.store.read() as t:
        found = _get(t, id_)
    return f"{file_name(found.name)}.pipeline.json", write(found.document)


def validate_document(inst: Installation, request: Validate) -> Validation:
    """All findings of a document, whatever is wrong with it."""
    with inst.store.read() as t:
        return Validation(findings=_findings(inst, t, request.document))


def known_columns(inst: Installation, id_: str) -> KnownColumns:
    """The likely columns of each table output, from the datasets and the newest run. Raises `NotFound`."""
    with inst.store.read() as t:
        pipeline = read_document(_get(t, id_).document)
        found = found_datasets(t, pipeline)
        newest = runs.newest_of(t, id_)
        made = steps.columns_made(t, newest) if newest else {}

    def of_dataset(reference: str) -> list[Column] | None:
        version = found.get(reference)
        return list(version.version.columns) if version else None

    def of_run(node: str, port: str) -> list[Column] | None:
        columns = made.get((node, port))
        return None if columns is None else list(columns)

    known = columns_of(pipeline, inst.library.spec, of_dataset, of_run)
    return KnownColumns(
        nodes={
            node: {port: [_column(column) for column in columns] for port, columns in ports.items()}
            for node, ports in known.items()
            if ports
        }
    )


def list_samples(inst: Installation) -> SampleList:
    """The pipelines that come with Designer."""
    items = []
    for file in sorted(inst.samples.glob("*.json")) if inst.samples.is_dir() else ():
        document = json.loads(file.read_text(encoding="utf-8"))
        pipeline, _ = read(document)
        if pipeline is None:
            continue
        places, wires = outline(pipeline, document.get("layout"), inst.library)
        items.append(
            Sample(name=file.stem, title=pipeline.name, description=pipeline.description, nodes=len(pipeline.nodes),
                   outline=places, wires=wires)
        )  # fmt: skip
    return SampleList(items=items)


def create_from(inst: Installation, document: Mapping[str, Any], cloned_from: str, *, client: str = "") -> Pipeline:
    """Make a pipeline of a frozen document."""
    return _create(inst, dict(document), cloned_from=cloned_from, client=client)


def file_name(name: str) -> str:
    """A name as a part of a file name."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-").lower()[:80] or "pipeline"


def _create(inst: Installation, document: dict[str, Any], *, cloned_from: str = "", client: str = "") -> Pipeline:
    pipeline = read_document(document)
    now = inst.clock.now()
    blank = StoredPipeline(inst.ids("pip"), "", "", 1, now, now, None, cloned_from, {}, 0, [], [])
    stored = _described(inst, blank, document, pipeline)
    with inst.store.write("create_pipeline", lambda t: pipelines.get(t, stored.id) is not None) as t:
        pipelines.add(t, stored, dataset_names(pipeline))
        garbage.take_marks_away(t, _pinned(pipeline))
        answer = _answer(inst, t, stored)
    inst.bus.publish([PipelineChanged(id=stored.id, version=1, client=client)])
    return answer


def _pinned(pipeline: DocumentRead) -> set[str]:
    """The artifacts that a document names itself."""
    return {digest for node in pipeline.nodes.values() for digest in node.pinned.values()}


def _get(t: Transaction, id_: str) -> StoredPipeline:
    found = pipelines.get(t, id_)
    if found is None:
        raise NotFound("There is no such pipeline, or it was deleted.")
    return found


def _stale(current: StoredPipeline) -> Conflict:
    details = {"current": {"version": current.version, "document": dict(current.document)}}
    return Conflict("The pipeline was changed elsewhere meanwhile.",
                    cure="Take over that state, or keep yours as a copy.", details=details)  # fmt: skip


def _described(
    inst: Installation, stored: StoredPipeline, document: Mapping[str, Any], pipeline: DocumentRead
) -> StoredPipeline:
    """The pipeline with this document, and with what lists show of it."""
    places, wires = outline(pipeline, document.get("layout"), inst.library)
    return replace(
        stored, name=pipeline.name, description=pipeline.description, document=document, nodes=len(pipeline.nodes),
        outline=[list(place) for place in places], wires=[list(wire) for wire in wires],
    )  # fmt: skip


def _findings(inst: Installation, t: Transaction, document: Mapping[str, Any], id_: str = "") -> list[Any]:
    pipeline, findings = read(document)
    if pipeline is None:
        return list(findings)
    find_modules(inst, t, pipeline)
    found = check(inst, pipeline, found_datasets(t, pipeline), found_secrets(t, pipeline))
    return [*found, *unaccepted(inst, t, pipeline, id_)]


def _answer(inst: Installation, t: Transaction, stored: StoredPipeline) -> Pipeline:
    return Pipeline(
        id=stored.id, name=stored.name, description=stored.description, version=stored.version, created=stored.created,
        updated=stored.updated, document=dict(stored.document), findings=_findings(inst, t, stored.document, stored.id),
        cloned_from=stored.cloned_from, last_run=pipelines.last_runs(t, [stored.id]).get(stored.id),
    )  # fmt: skip


def _summary(stored: StoredPipeline, last: LastRun | None) -> PipelineSummary:
    return PipelineSummary(
        id=stored.id, name=stored.name, description=stored.description, version=stored.version, created=stored.created,
        updated=stored.updated, nodes=stored.nodes, outline=stored.outline, wires=stored.wires, last_run=last,
    )  # fmt: skip


def _column(column: Mapping[str, Any]) -> KnownColumn:
    return KnownColumn(
        name=str(column.get("name", "")), type=str(column.get("type") or ""), role=str(column.get("role") or "")
    )


def _sample(inst: Installation, name: str) -> dict[str, Any]:
    file = inst.samples / f"{name}.json"
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name) or not file.is_file():
        raise NotFound(f'There is no sample "{name}".')
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return document
