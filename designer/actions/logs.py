"""Reading the logs of steps."""

from pathlib import Path

from designer.actions.steps import made_by
from designer.contract.runs import Log, LogIndex, LogMatch, LogMatches
from designer.engine.status import FINAL
from designer.errors import Invalid, NotFound
from designer.installation import Installation
from designer.store import attempts, logs, steps

STREAMS = ("stdout", "stderr")
MOST_BYTES = 1_000_000
MOST_MATCHES = 1_000


def read_log(
    inst: Installation, run: str, node: str, stream: str, offset: int, limit: int, attempt: str | None = None
) -> Log:
    """A window of a log: from `offset` (negative counts from the end), at most `limit` bytes. Raises `NotFound`."""
    path, ended = _file(inst, run, node, stream, attempt)
    found = logs.window(path, offset, min(limit, MOST_BYTES), ended)
    return Log(text=found.text, offset=found.offset, next=found.next, size=found.size, ended=ended)


def log_index(inst: Installation, run: str, node: str, stream: str, attempt: str | None = None) -> LogIndex:
    """Where the lines of a log begin. Raises `NotFound`."""
    path, ended = _file(inst, run, node, stream, attempt)
    offsets, lines, size = inst.lines.get(path)
    return LogIndex(every=logs.EVERY, offsets=offsets, lines=lines, size=size, ended=ended)


def search_log(
    inst: Installation,
    run: str,
    node: str,
    stream: str,
    text: str,
    from_offset: int = 0,
    limit: int = 100,
    attempt: str | None = None,
) -> LogMatches:
    """Lines of a log that contain a text in any case, from an offset on. Raises `NotFound`."""
    path, _ = _file(inst, run, node, stream, attempt)
    if not text:
        raise Invalid("Say what to search for.", where="text")
    found, more = logs.search(path, text, max(0, from_offset), max(1, min(limit, MOST_MATCHES)), inst.lines)
    return LogMatches(items=[LogMatch(line=one.line, offset=one.offset, text=one.text) for one in found], more=more)


def _file(inst: Installation, run: str, node: str, stream: str, attempt: str | None) -> tuple[Path, bool]:
    """The log's file, and whether nothing will be added to it."""
    if stream not in STREAMS:
        raise NotFound(f'A step has no log "{stream}".', cure=f"There are: {', '.join(STREAMS)}.")
    with inst.store.read() as t:
        step = steps.get(t, run, node)
        if step is None:
            raise NotFound("There is no such step in this run.")
        maker = made_by(t, run, step)
        wanted = attempt or maker.attempt
        tries = attempts.of_step(t, *maker.place)
    chosen = next((one for one in tries if one.id == wanted), None)
    if chosen is None:
        if attempt is not None:
            raise NotFound("There is no such attempt of this step.")
        if not tries:  # nothing of it has run
            return inst.attempts / "none" / "none.log", step.state.status in FINAL
        chosen = tries[-1]  # it waits for its next try
    ended = chosen.result is not None or step.state.status in FINAL or maker.attempt != chosen.id
    return logs.stream_path(inst.attempts, chosen.id, stream), ended
