"""Putting restored data in the place of what is there, so that a crash in between leaves no half of each.

What is to be done is written down first; whoever opens the home next finishes it.
"""

import os
import shutil
from pathlib import Path

from designer.launcher.result import read_json, sync_folder, write_json

PLAN = "restore.json"


def swap(home: Path, fresh: Path, aside: Path, names: list[str]) -> None:
    """Move what has these names in `home` to `aside`, and what has them in `fresh` to `home`; both folders lie in `home`."""
    aside.mkdir(mode=0o700)
    away = [[name, f"{aside.name}/{name}"] for name in names if (home / name).exists()]
    here = [[f"{fresh.name}/{name}", name] for name in names if (fresh / name).exists()]
    write_json(str(home / PLAN), {"moves": [*away, *here], "staged": fresh.name}, durable=True)
    finish(home)


def is_begun(home: Path) -> bool:
    """Whether a swap was begun and not finished."""
    return (home / PLAN).exists()


def finish(home: Path) -> None:
    """Finish a swap that was begun. Safe to repeat."""
    plan = read_json(str(home / PLAN))
    if not isinstance(plan, dict):
        return
    for source, goal in plan["moves"]:
        if (home / source).exists() and not (home / goal).exists():
            os.rename(home / source, home / goal)
    for folder in {str(Path(goal).parent) for _, goal in plan["moves"]}:
        sync_folder(str(home / folder))
    shutil.rmtree(home / plan["staged"], ignore_errors=True)
    (home / PLAN).unlink()
    sync_folder(str(home))
