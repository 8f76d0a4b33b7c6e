"""Which files of a folder count: `.amlignore`, else `.gitignore`, in the rules of git; and what never does."""

import fnmatch
import re
from functools import lru_cache

FILES = (".amlignore", ".gitignore")
"""The first that is there counts, as Azure ML has it."""

NEVER = frozenset({".git", ".hg", ".svn", "__pycache__", ".venv", "venv", "node_modules", ".ipynb_checkpoints", ".mypy_cache",
                   ".ruff_cache", ".pytest_cache", ".DS_Store", ".amlignore", ".gitignore"})  # fmt: skip
"""Names that are left out wherever they are."""

MAX_LINES = 10_000


class Ignored:
    """The rules of one ignore file."""

    def __init__(self, text: str = "") -> None:
        self._rules = [rule for line in text.splitlines()[:MAX_LINES] if (rule := _rule(line))]

    def __call__(self, path: str, *, folder: bool) -> bool:
        """Whether a relative path, with `/`, is left out. Of an ignored folder nothing counts: who walks does not go in."""
        parts = path.split("/")
        if parts[-1] in NEVER or parts[-1].endswith((".pyc", ".pyo")):
            return True
        ignored = False
        for pattern, only_folders, negated in self._rules:
            if (folder or not only_folders) and _fits(parts, pattern):
                ignored = not negated
        return ignored


def _rule(line: str) -> tuple[tuple[str, ...], bool, bool] | None:
    """The parts of a pattern between slashes; whether it is for folders only; whether it takes back what others left out."""
    line = re.sub(r"(?<!\\)\s+$", "", line)
    if not line or line.startswith("#") or len(line) > 1_000:
        return None
    negated = line.startswith("!")
    line = line[1:] if negated else line.removeprefix("\\")
    only_folders = line.endswith("/")
    line = line.rstrip("/")
    if not line:
        return None
    anchored = "/" in line  # without one inside it fits at any depth
    parts = tuple(line.removeprefix("/").split("/"))
    return parts if anchored else ("**", *parts), only_folders, negated


def _fits(parts: list[str], pattern: tuple[str, ...]) -> bool:
    """Whether a whole path fits: `**` takes any number of its parts, everything else one. By steps, never backwards."""
    reached = {0}
    for place, one in enumerate(pattern):
        if one == "**":
            least = min(reached) + (place == len(pattern) - 1)  # at the end it is what lies inside
            reached = set(range(least, len(parts) + 1))
        else:
            reached = {at + 1 for at in reached if at < len(parts) and _compiled(one).match(parts[at])}
        if not reached:
            return False
    return len(parts) in reached


@lru_cache(maxsize=4_096)
def _compiled(pattern: str) -> re.Pattern[str]:
    pattern = re.sub(r"\[\^", "[!", re.sub(r"\*+", "*", pattern))
    pattern = re.sub(r"\\(.)", lambda found: f"[{found[1]}]" if found[1] in "*?[" else found[1], pattern)
    return re.compile(fnmatch.translate(pattern))
