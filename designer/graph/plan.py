"""What a run of a pipeline consists of: which nodes run, and what flows into each after bypassed nodes are drawn through."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from designer.graph.document import Node, Pipeline
from designer.graph.module import ModuleSpec
from designer.graph.order import downstream
from designer.graph.porttypes import PortType, fits


@dataclass(frozen=True)
class PlannedStep:
    """One node as it will run."""

    node: Node
    inputs: Mapping[str, tuple[str, str]]  # port -> (node, output), never a bypassed node
    before: frozenset[str]
    off: bool = False


def plan(pipeline: Pipeline, module: Callable[[str], ModuleSpec | None]) -> dict[str, PlannedStep]:
    """The steps of a run, by node. Bypassed nodes are no steps: what reads them reads what they would have read."""

    def drawn_through(source: str, output: str, seen: frozenset[str]) -> tuple[str, str] | None:
        node = pipeline.nodes.get(source)
        if node is None or source in seen:  # a circle of bypassed nodes leads nowhere
            return None
        if node.disabled != "bypass":
            return source, output
        spec = module(node.module) if node.module else None
        made = spec.output(output) if spec else None
        type_ = made.type if made else PortType.ANY
        for port in spec.inputs if spec else ():
            if port.name in node.inputs and fits(port.type, type_):
                return drawn_through(*node.inputs[port.name], seen | {source})
        return None

    def waits_for(name: str, seen: frozenset[str] = frozenset()) -> frozenset[str]:
        node = pipeline.nodes.get(name)
        if node is None or name in seen:
            return frozenset()
        if node.disabled != "bypass":
            return frozenset({name})
        return frozenset(other for before in pipeline.before(name) for other in waits_for(before, seen | {name}))

    steps = {}
    for id_, node in pipeline.nodes.items():
        if node.disabled == "bypass":
            continue
        inputs = {}
        for port, (source, output) in node.inputs.items():
            through = drawn_through(source, output, frozenset())
            if through is not None:
                inputs[port] = through
        before = frozenset(other for name in pipeline.before(id_) for other in waits_for(name))
        steps[id_] = PlannedStep(node, inputs, before, off=node.disabled == "off")
    ordinary = frozenset(id_ for id_, step in steps.items() if step.node.run_if == "success")
    waits = {id_: step.before for id_, step in steps.items()}
    for id_, step in steps.items():
        if step.node.run_if != "success" and not step.before:  # a clean-up step without wires looks at the whole run
            steps[id_] = replace(step, before=ordinary - downstream(waits, frozenset({id_})))
    return steps
