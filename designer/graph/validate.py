"""Validation of a pipeline against the modules and datasets there are: all findings at once.

Pure: the caller looks modules and datasets up and hands the answers in.
"""

import difflib
from collections.abc import Callable, Mapping
from typing import Any

from designer.graph.document import Node, Pipeline, clean
from designer.graph.findings import Finding, Severity
from designer.graph.module import ModuleSpec
from designer.graph.order import in_cycle
from designer.graph.parameters import check_parameters, resolve
from designer.graph.porttypes import PORT_TYPES, PortType, fits

DATASET_OUTPUT = "data"
"""The one output port of a dataset node."""


def validate(
    pipeline: Pipeline,
    module: Callable[[str], ModuleSpec | None],
    dataset: Callable[[str], PortType | None],
    *,
    targets: frozenset[str] = frozenset(),
    environments: frozenset[str] | None = None,
    values: Mapping[str, Any] | None = None,
) -> tuple[Finding, ...]:
    """Everything there is to say about a pipeline.

    Args:
        module: gives the specification a node's reference means, or None.
        dataset: gives the port type of a dataset reference, or None.
        targets: the names of the compute targets there are; empty means any name is taken.
        environments: the names of the environments there are; None means any name is taken.
        values: values of the pipeline parameters for one run; None checks with their defaults.
    """
    findings: list[Finding] = []
    specs = {id_: module(node.module) for id_, node in pipeline.nodes.items() if node.module}
    given = {name: parameter.default for name, parameter in pipeline.parameters.items()}
    given |= {name: value for name, value in (values or {}).items() if name in given and _fits(pipeline, name, value)}
    if not pipeline.nodes:
        findings.append(Finding("empty_pipeline", "The pipeline has no nodes.", "Drag a dataset or a module onto it."))
    if values is not None:
        findings += _values(pipeline, values)
    for id_, node in pipeline.nodes.items():
        if node.dataset:
            if dataset(node.dataset) is None:
                findings.append(Finding("unknown_dataset", f'There is no dataset "{node.dataset}".',
                                        "Pick another one, or upload it.", node=id_))  # fmt: skip
        else:
            findings += _module_node(pipeline, node, specs[id_], given)
        findings += _wires(pipeline, node, specs, dataset)
        if targets and node.target and node.target not in targets:
            findings.append(Finding("unknown_target", f'There is no compute target "{node.target}".',
                                    f"Pick one of: {', '.join(sorted(targets))}.", node=id_))  # fmt: skip
        if environments is not None and node.environment and node.environment not in environments:
            findings.append(Finding("unknown_environment", f'There is no environment "{node.environment}".',
                                    _pick(environments, "Create it, or leave the choice to the module."), node=id_))  # fmt: skip
    if targets and pipeline.settings.target and pipeline.settings.target not in targets:
        findings.append(Finding("unknown_target", f'There is no compute target "{pipeline.settings.target}".',
                                f"Pick one of: {', '.join(sorted(targets))}."))  # fmt: skip
    for id_ in in_cycle({id_: pipeline.before(id_) for id_ in pipeline.nodes}):
        findings.append(Finding("cycle", f'"{pipeline.nodes[id_].title}" waits for itself through a circle of wires.',
                                "Remove one of the wires of the circle.", node=id_))  # fmt: skip
    return tuple(findings)


def _pick(names: frozenset[str], otherwise: str) -> str:
    return f"Pick one of: {', '.join(sorted(names)[:20])}. Or: {otherwise}" if names else otherwise


def errors(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Those that keep a pipeline from running."""
    return tuple(finding for finding in findings if finding.severity is Severity.ERROR)


def _values(pipeline: Pipeline, values: Mapping[str, Any]) -> list[Finding]:
    findings = []
    for name, value in values.items():
        if name not in pipeline.parameters:
            findings.append(Finding("unknown_pipeline_parameter", f'The pipeline has no parameter "{clean(name[:60])}".',
                                    "It has: " + (", ".join(pipeline.parameters) or "none") + "."))  # fmt: skip
        elif not _fits(pipeline, name, value):
            type_ = pipeline.parameters[name].type
            findings.append(Finding("pipeline_parameter_type", f'Parameter "{name}" takes a value of type {type_}.'))
    return findings


_TYPES: dict[str, tuple[type, ...]] = {"integer": (int,), "number": (int, float), "string": (str,), "boolean": (bool,)}


def _fits(pipeline: Pipeline, name: str, value: Any) -> bool:
    type_ = pipeline.parameters[name].type
    return isinstance(value, _TYPES[type_]) and isinstance(value, bool) == (type_ == "boolean")


def _module_node(pipeline: Pipeline, node: Node, spec: ModuleSpec | None, given: Mapping[str, Any]) -> list[Finding]:
    if spec is None:
        return [Finding("unknown_module", f'There is no module "{node.module}".',
                        "Pick another module, or add this one; its wires and settings are kept.", node=node.id)]  # fmt: skip
    if node.disabled:
        return []
    findings = []
    for port in spec.inputs:
        if not port.optional and port.name not in node.inputs:
            findings.append(Finding("input_not_connected", f"Port “{port.label}” is not connected.",
                                    f"Drag a {PORT_TYPES[port.type].title.lower()} here.", node=node.id, port=port.name))  # fmt: skip
    attached = {
        name: value["parameter"]
        for name, value in node.parameters.items()
        if isinstance(value, Mapping) and set(value) == {"parameter"} and isinstance(value["parameter"], str)
    }
    missing = {name for name, parameter in attached.items() if parameter not in pipeline.parameters}
    for name in missing:
        findings.append(Finding("unknown_pipeline_parameter", f'The pipeline has no parameter "{attached[name]}".',
                                "Add it to the pipeline, or detach this setting.", node=node.id, parameter=name))  # fmt: skip
    usable = {name: value for name, value in node.parameters.items() if name not in missing}
    for finding in check_parameters(spec, resolve(usable, given)):
        if finding.parameter not in missing:
            findings.append(_at(finding, node.id))
    return findings


def _at(finding: Finding, node: str) -> Finding:
    return Finding(finding.code, finding.message, finding.cure, finding.severity, node, finding.port,
                   finding.parameter, finding.line, finding.pointer)  # fmt: skip


def _wires(
    pipeline: Pipeline,
    node: Node,
    specs: Mapping[str, ModuleSpec | None],
    dataset: Callable[[str], PortType | None],
) -> list[Finding]:
    findings = []
    for other in node.after:
        if other not in pipeline.nodes:
            findings.append(Finding("unknown_node", f'"{node.title}" runs after "{other}", which is not there.',
                                    "Remove it from the list.", node=node.id))  # fmt: skip
    spec = specs.get(node.id)
    for name, (source, output) in node.inputs.items():
        port = spec.input(name) if spec else None
        if node.dataset or (spec and port is None):
            known = [one.name for one in spec.inputs] if spec else []
            close = difflib.get_close_matches(name, known, 1)
            findings.append(Finding("unknown_port", f'"{node.title}" has no input “{name}”.',
                                    f"Do you mean {close[0]}?" if close else "Remove the wire.", node=node.id, port=name))  # fmt: skip
            continue
        producer = pipeline.nodes.get(source)
        if producer is None:
            findings.append(Finding("unknown_node", f'A wire into “{port.label if port else name}” comes from "{source}", '
                                    "which is not there.", "Remove the wire.", node=node.id, port=name))  # fmt: skip
            continue
        made = _made(producer, output, specs, dataset)
        if made is None:
            if (not producer.dataset and specs.get(source) is not None) or (
                producer.dataset and output != DATASET_OUTPUT
            ):
                findings.append(Finding("unknown_port", f'"{producer.title}" has no output “{output}”.',
                                        "Remove the wire.", node=node.id, port=name))  # fmt: skip
        elif port is not None and not fits(made, port.type):
            findings.append(Finding(
                "type_mismatch",
                f"“{port.label}” needs {PORT_TYPES[port.type].title}, "
                f'"{producer.title}" gives {PORT_TYPES[made].title}.',
                "Connect another output.", node=node.id, port=name,
            ))  # fmt: skip
    return findings


def _made(
    producer: Node,
    output: str,
    specs: Mapping[str, ModuleSpec | None],
    dataset: Callable[[str], PortType | None],
) -> PortType | None:
    if producer.dataset:
        return dataset(producer.dataset) if output == DATASET_OUTPUT else None
    spec = specs.get(producer.id)
    port = spec.output(output) if spec else None
    return port.type if port else None
