"""`designer plan FILE`: say what a run would do and why, without running anything."""

import argparse
import json
from typing import Any

from designer.cli.embedded import connected
from designer.cli.run import bring_files, what
from designer.settings import Settings

WORDS = {"reused": "reused", "runs": "will run", "maybe": "may be reused", "dataset": "data", "left_out": "left out"}


def plan(options: argparse.Namespace) -> int:
    """Print what would happen to each node, and the sum of it."""
    document, settings = what(options)
    with connected(Settings.read(home=options.home).home) as client:
        bring_files(client, document, options.file.parent)
        found = client.plan(document, **settings)
    if options.json:
        print(json.dumps(found))
        return 0
    for step in found["steps"].values():
        if step["verdict"] != "dataset":
            print(f"  {step['name']:40} {WORDS[step['verdict']]:14} {why(step)}".rstrip())
    print(total(found))
    return 0


def why(step: dict[str, Any]) -> str:
    """The reasons of one step on one line."""
    if step["verdict"] == "reused":
        return f"from {step['reused_from']}"
    seconds = f" (about {step['seconds']:.1f} s)" if step["seconds"] else ""
    return ", ".join(reason["text"] for reason in step["reasons"]) + seconds


def total(found: dict[str, Any]) -> str:
    """The plan in one sentence."""
    counts = found["counts"]
    parts = [
        f"{counts[verdict]} {WORDS[verdict]}"
        for verdict in ("reused", "runs", "maybe", "left_out")
        if verdict in counts
    ]
    expected = f"; about {found['seconds']:.1f} s" if found["seconds"] else ""
    saved = f", {found['saved']:.1f} s saved" if found["saved"] else ""
    return f"{', '.join(parts) or 'nothing to do'}{expected}{saved}"
