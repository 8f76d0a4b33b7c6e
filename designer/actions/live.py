"""What someone who begins to watch has to know."""

from designer.errors import NotFound
from designer.installation import Installation
from designer.store import runs


def current_seq(inst: Installation, run: str) -> int:
    """The seq of the newest event of a run. Raises `NotFound`."""
    with inst.store.read() as t:
        found = runs.listed(t, run)
    if found is None:
        raise NotFound("There is no such run.")
    return found.seq
