"""The outline of a pipeline: enough to draw its thumbnail in a list."""

from typing import Any

from designer.graph.document import Pipeline
from designer.library.catalogue import Catalogue

MOST_NODES = 200
MOST_WIRES = 400
STEP_DOWN = 140.0

Outline = tuple[list[tuple[float, float, str]], list[tuple[int, int]]]


def outline(pipeline: Pipeline, layout: Any, library: Catalogue) -> Outline:
    """Place and category of the first nodes, and the wires between them as pairs of positions in that list."""
    nodes = list(pipeline.nodes.values())[:MOST_NODES]
    places = {}
    for position, node in enumerate(nodes):
        place = layout.get(node.id) if isinstance(layout, dict) else None
        x, y = place if isinstance(place, list) and len(place) == 2 else (0.0, position * STEP_DOWN)
        spec = library.spec(node.module) if node.module else None
        category = "Dataset" if node.dataset else spec.category if spec else ""
        places[node.id] = (position, (float(x), float(y), category))
    wires = [
        (places[edge.source][0], places[edge.target][0])
        for edge in pipeline.edges
        if edge.source in places and edge.target in places
    ]
    return [place for _, place in places.values()], list(dict.fromkeys(wires))[:MOST_WIRES]
