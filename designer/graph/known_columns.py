"""Which columns flow through a port, as far as that is known before a run: what column pickers offer."""

from collections.abc import Callable, Mapping
from typing import Any

from designer.graph.document import Pipeline
from designer.graph.module import ModuleSpec
from designer.graph.order import topological
from designer.graph.porttypes import PortType
from designer.graph.validate import DATASET_OUTPUT

Column = Mapping[str, Any]  # {"name", "type", "role"}


def known_columns(
    pipeline: Pipeline,
    module: Callable[[str], ModuleSpec | None],
    dataset: Callable[[str], list[Column] | None],
    made: Callable[[str, str], list[Column] | None],
) -> dict[str, dict[str, list[Column]]]:
    """The likely columns of every table output, by node and port.

    A dataset's are known; of a module, what the node made in an earlier run (`made`) counts, else it is taken to hand
    on the columns of its first connected table input, which holds for most of the library and is said to be a guess
    by nothing more than the picker accepting other names too.
    """
    known: dict[str, dict[str, list[Column]]] = {}
    order, _ = topological({id_: pipeline.before(id_) for id_ in pipeline.nodes})
    for id_ in order:
        node = pipeline.nodes[id_]
        if node.dataset:
            columns = dataset(node.dataset)
            known[id_] = {DATASET_OUTPUT: columns} if columns is not None else {}
            continue
        spec = module(node.module)
        known[id_] = {}
        if spec is None:
            continue
        handed = next(
            (
                known[source][output]
                for port in spec.inputs
                if port.type == PortType.TABLE and port.name in node.inputs
                for source, output in [node.inputs[port.name]]
                if output in known.get(source, {})
            ),
            None,
        )
        for port in spec.outputs:
            if port.type != PortType.TABLE:
                continue
            columns = made(id_, port.name)
            if columns is None:
                columns = handed
            if columns is not None:
                known[id_][port.name] = columns
    return known
