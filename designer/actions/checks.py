"""Validation of documents against what this installation has."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from designer.contract.datasets import DatasetStatus
from designer.errors import Invalid
from designer.graph.document import Pipeline, read
from designer.graph.findings import Finding, Severity
from designer.graph.module import ModuleSpec
from designer.graph.parameters import resolve
from designer.graph.porttypes import PortType
from designer.graph.validate import validate
from designer.installation import Installation
from designer.launcher import private
from designer.store import datasets, datastores, imports, pipelines, secrets
from designer.store.database import Transaction
from designer.store.datasets import FoundVersion


def find_modules(inst: Installation, t: Transaction, pipeline: Pipeline) -> None:
    """Look for modules that another server may have made meanwhile, where the pipeline names some that are not known here."""
    named = (node.module for node in pipeline.nodes.values() if node.module)
    if any("@" not in one or inst.library.get(one) is None for one in named):
        inst.follow_modules(t)


def unaccepted(
    inst: Installation,
    t: Transaction,
    pipeline: Pipeline,
    id_: str = "",
    module: Callable[[str], ModuleSpec | None] | None = None,
) -> tuple[Finding, ...]:
    """What of a pipeline came from elsewhere in a file that nobody has accepted: it may not run yet."""
    waiting = imports.waiting(t)
    if not waiting:
        return ()
    findings = []
    spec = module or inst.library.spec
    draft = pipelines.get(t, id_) if id_ else None
    if draft is not None and draft.cloned_from in waiting.imports:
        file = waiting.imports[draft.cloned_from].file_name
        findings.append(Finding("not_accepted", f'This pipeline came with "{file}", which nobody has accepted yet.',
                                "Look at the import, and accept it."))  # fmt: skip
    for node in pipeline.nodes.values():
        found = spec(node.module) if node.module else None
        if found is not None and found.digest in waiting.sources:
            file = waiting.sources[found.digest].file_name
            findings.append(Finding("not_accepted", f'The module came with "{file}", which nobody has accepted yet.',
                                    "Look at the import, and accept it.", node=node.id))  # fmt: skip
    return tuple(findings)


def read_document(document: Mapping[str, Any]) -> Pipeline:
    """The pipeline of a document. Raises `Invalid` with findings where its shape is wrong."""
    pipeline, findings = read(document)
    if pipeline is None:
        raise Invalid("This is not a pipeline document.", findings=findings, cure="Mend what the findings name.")
    return pipeline


def dataset_names(pipeline: Pipeline) -> set[str]:
    """The names of the datasets a pipeline reads, without versions."""
    return {node.dataset.rpartition("@")[0] or node.dataset for node in pipeline.nodes.values() if node.dataset}


def found_datasets(t: Transaction, pipeline: Pipeline) -> dict[str, FoundVersion]:
    """What the dataset references of a pipeline mean."""
    references = [node.dataset for node in pipeline.nodes.values() if node.dataset]
    return datasets.resolve(t, references) if references else {}


def found_secrets(t: Transaction, pipeline: Pipeline, values: Mapping[str, Any] | None = None) -> dict[str, int]:
    """The versions of those secrets that a pipeline names, or the parameters of a run, and that are there."""
    given = {name: one.default for name, one in pipeline.parameters.items()} | dict(values or {})
    named = private.names([*(dict(node.parameters) for node in pipeline.nodes.values()), given])
    return secrets.versions(t, named) if named else {}


def check(
    inst: Installation,
    pipeline: Pipeline,
    found: Mapping[str, FoundVersion],
    known: Mapping[str, int],
    values: Mapping[str, Any] | None = None,
    module: Callable[[str], ModuleSpec | None] | None = None,
) -> tuple[Finding, ...]:
    """All findings of a pipeline; `known` are its secrets that are there, `values` those of one run's parameters.

    `module` knows the modules; else the library does.
    """
    spec = module or inst.library.spec

    def dataset(reference: str) -> PortType | None:
        version = found.get(reference)
        return PortType(version.version.type) if version else None

    findings = validate(
        pipeline, spec, dataset, targets=frozenset(inst.targets), environments=inst.environments.names(),
        values=values,
    )  # fmt: skip
    unread = tuple(
        Finding("dataset_failed", f'"{node.dataset}" could not be read: {_why(found[node.dataset])}',
                "Open the dataset and read it again with other options.", node=node.id)
        for node in pipeline.nodes.values()
        if node.dataset in found and found[node.dataset].version.status is DatasetStatus.FAILED
    )  # fmt: skip
    return (
        findings
        + unread
        + tuple(_lacking(inst, pipeline, spec))
        + tuple(_unknown_secrets(pipeline, known, values))
        + tuple(_disabled(inst, pipeline))
        + tuple(_unknown_stores(inst, pipeline, values))
    )


def _disabled(inst: Installation, pipeline: Pipeline) -> Iterator[Finding]:
    """Where a target is named that takes no steps now."""
    off = inst.targets.disabled()
    named = [(node.id, node.target) for node in pipeline.nodes.values() if node.target and not node.disabled]
    for node, target in [("", pipeline.settings.target), *named]:
        if target in off:
            yield Finding(
                "target_disabled", f'The compute target "{target}" is disabled: steps wait for it.',
                "Choose another target, or enable it.", Severity.WARNING, node,
            )  # fmt: skip


def _unknown_secrets(
    pipeline: Pipeline, known: Mapping[str, int], values: Mapping[str, Any] | None
) -> Iterator[Finding]:
    given = {name: one.default for name, one in pipeline.parameters.items()} | dict(values or {})
    for node in pipeline.nodes.values():
        for parameter, value in resolve(node.parameters, given).items():
            for name in private.names(value) - known.keys():
                yield Finding("unknown_secret", f'There is no secret "{name}".', f"Enter it (`PUT /api/secrets/{name}`), or choose another.",
                              node=node.id, parameter=parameter)  # fmt: skip


def _unknown_stores(inst: Installation, pipeline: Pipeline, values: Mapping[str, Any] | None) -> Iterator[Finding]:
    given = {name: one.default for name, one in pipeline.parameters.items()} | dict(values or {})
    named = [(node.id, parameter, name) for node in pipeline.nodes.values() if not node.disabled
             for parameter, value in resolve(node.parameters, given).items() for name in private.stores(value)]  # fmt: skip
    if not named:
        return
    with inst.store.read() as t:
        there = {one.name for one in datastores.all_(t)}
    for node, parameter, name in named:
        if name not in there:
            yield Finding("unknown_datastore", f'There is no datastore "{name}".', "Register it on the page Datastores, or choose another.",
                          node=node, parameter=parameter)  # fmt: skip


def _lacking(inst: Installation, pipeline: Pipeline, module: Callable[[str], ModuleSpec | None]) -> Iterator[Finding]:
    """Nodes whose environment does not have what their module declares."""
    for node in pipeline.nodes.values():
        spec = module(node.module) if node.environment and node.module and not node.disabled else None
        for asked, there in inst.environments.lacking(spec, node.environment) if spec else ():
            has = f"has version {there}" if there else "does not have it"
            yield Finding(
                "environment_lacks", f'The module asks for {asked}; the environment "{node.environment}" {has}.',
                "Add it to the environment, or leave the choice to the module.", Severity.WARNING, node.id,
            )  # fmt: skip


def _why(found: FoundVersion) -> str:
    return found.version.error.message if found.version.error else "no reason was given."
