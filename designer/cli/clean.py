"""`designer clean`: what takes space, what may go, and removing it."""

import argparse
import json
import time
from typing import Any

from designer.cli.embedded import connected
from designer.settings import Settings


def clean(options: argparse.Namespace) -> int:
    """Clean up, or with `--dry-run` say what would go."""
    with connected(Settings.read(home=options.home).home) as client:
        storage = client.call("GET", "/api/storage")
        done = None if options.dry_run else client.call("POST", "/api/storage/clean", {"now": options.now})
    if options.json:
        print(json.dumps(storage if done is None else done))
        return 0
    for text in describe(storage):
        print(text)
    if done is not None:
        print(
            f"Deleted {done['deleted_runs']:,} runs; removed {done['removed_runs']:,} runs and {done['removed_artifacts']:,} "
            f"artifacts ({size(done['removed_bytes'])})."
        )
    return 0


def describe(storage: dict[str, Any]) -> list[str]:
    """The sizes, the rules, and the runs that go next."""
    days, count = storage["keep_runs_days"], storage["keep_runs_count"]
    rules = [
        f"{days:g} days" if days else "",
        f"the newest {count:,}" if count else "",
        f"{size(storage['keep_bytes'])} of outputs",
    ]
    lines = [
        f"{size(storage['free'])} of {size(storage['total'])} are free.",
        f"Database {size(storage['database'])}, {storage['artifacts']:,} artifacts {size(storage['artifact_bytes'])} "
        f"({size(storage['unused_bytes'])} unused), backups {size(storage['backup_bytes'])}.",
        f"Runs are kept for {', '.join(rule for rule in rules if rule)}; {storage['deleted_runs']:,} deleted runs can be brought "
        f"back for {storage['delete_after'] / 3600:g} hours.",
    ]
    for going in storage["going"]:
        when = time.strftime("%Y-%m-%d", time.localtime(going["ended"])) if going["ended"] else ""
        lines.append(f"  {going['run']}  {when}  {going['name']}: {going['why']}")
    return lines if storage["going"] else [*lines, "No run is to be deleted."]


def size(count: float) -> str:
    """Bytes for people."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:,.0f} {unit}" if unit == "bytes" else f"{count:,.1f} {unit}"
        count /= 1000
    return f"{count:,.1f} TB"
