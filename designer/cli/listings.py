"""`designer runs`, `modules`, `datasets`, `logs`: lists and texts on the terminal."""

import argparse
import itertools
import json
import sys
import time
import urllib.parse
from typing import Any

from designer.cli.embedded import connected
from designer.settings import Settings


def show(options: argparse.Namespace) -> int:
    """Print a list."""
    with connected(Settings.read(home=options.home).home) as client:
        if options.noun == "modules":
            items = client.call("GET", "/api/modules")["items"]
        else:
            items = list(
                itertools.islice(
                    client.pages(f"/api/{options.noun}", {"limit": min(options.limit, 100)}), options.limit
                )
            )
    for item in items:
        print(json.dumps(item) if options.json else line(options.noun, item))
    return 0


def module(options: argparse.Namespace) -> int:
    """Print a module's source."""
    with connected(Settings.read(home=options.home).home) as client:
        found = client.call("GET", f"/api/modules/{urllib.parse.quote(options.reference, safe='@')}")
    sys.stdout.write(json.dumps(found) + "\n" if options.json else found["source"])
    return 0


def line(noun: str, item: dict[str, Any]) -> str:
    """One item on one line."""
    match noun:
        case "runs":
            when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(item["created"]))
            seconds = "" if item["seconds"] is None else f"{item['seconds']:.1f} s"
            return f"{item['id']}  {item['status']:10} {when}  {seconds:>10}  {item['name']}"
        case "datasets":
            latest = item["latest"]
            rows = "" if latest["rows"] is None else f"{latest['rows']:,} rows"
            return f"{item['name']}@{latest['version']:<4} {latest['status']:8} {rows:>16}  {item['title']}"
        case _:
            return f"{item['name']}@{item['version']:<4} {item['category']:32} {item['title']}"


def logs(options: argparse.Namespace) -> int:
    """Print a step's log; while it runs, follow it to its end."""
    node = urllib.parse.quote(options.step, safe="")
    offset = 0
    with connected(Settings.read(home=options.home).home) as client:
        while True:
            path = f"/api/runs/{options.run}/steps/{node}/logs/{options.stream}?offset={offset}&limit=200000"
            window = client.call("GET", path)
            sys.stdout.write(window["text"])
            sys.stdout.flush()
            if window["next"] == offset:
                if window["ended"]:
                    return 0
                time.sleep(0.5)
            offset = window["next"]
