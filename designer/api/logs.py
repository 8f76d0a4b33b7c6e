"""Logs of steps over HTTP."""

from collections.abc import Iterator
from itertools import chain
from typing import Annotated

from pydantic import Field

from designer.actions import logs as actions
from designer.api.declare import Download, NodeId, Offset, Routes, Stream
from designer.contract.base import Id
from designer.contract.runs import Log, LogIndex, LogMatches
from designer.installation import Installation

routes = Routes("logs")

WINDOW = 1_000_000

Window = Annotated[int, Field(ge=1, le=WINDOW, description="At most this many bytes.")]
Attempt = Annotated[str, Field(max_length=100, description="An earlier attempt; else the newest.")]
Sought = Annotated[str, Field(min_length=1, max_length=500)]
Found = Annotated[int, Field(ge=1, le=1000)]


@routes.get("/api/runs/{id}/steps/{node}/logs/{stream}")
def read_log(
    inst: Installation, id_: Id, node: NodeId, stream: Stream, *, offset: Offset = 0, limit: Window = 100_000,
    attempt: Attempt | None = None,
) -> Log:  # fmt: skip
    """Read a window of a log; a negative offset counts from the end."""
    return actions.read_log(inst, id_, node, stream, offset, limit, attempt)


@routes.get("/api/runs/{id}/steps/{node}/logs/{stream}/index")
def log_index(inst: Installation, id_: Id, node: NodeId, stream: Stream, *, attempt: Attempt | None = None) -> LogIndex:
    """Say where the lines of a log begin."""
    return actions.log_index(inst, id_, node, stream, attempt)


@routes.get("/api/runs/{id}/steps/{node}/logs/{stream}/search")
def search_log(
    inst: Installation, id_: Id, node: NodeId, stream: Stream, *, text: Sought, offset: Offset = 0, limit: Found = 100,
    attempt: Attempt | None = None,
) -> LogMatches:  # fmt: skip
    """Find lines that contain a text, in any case, from an offset on."""
    return actions.search_log(inst, id_, node, stream, text, offset, limit, attempt)


@routes.get("/api/runs/{id}/steps/{node}/logs/{stream}/download")
def download_log(
    inst: Installation, id_: Id, node: NodeId, stream: Stream, *, attempt: Attempt | None = None
) -> Download:
    """Download a whole log, as it is now."""
    first = actions.read_log(inst, id_, node, stream, 0, WINDOW, attempt)

    def rest() -> Iterator[bytes]:
        place = first.next
        while place < first.size:
            window = actions.read_log(inst, id_, node, stream, place, WINDOW, attempt)
            if window.next <= place:
                return
            yield window.text.encode()
            place = window.next

    return Download(f"{id_}-{stream}.log", "text/plain", chain([first.text.encode()], rest()))
