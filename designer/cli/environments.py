"""`designer environments`: list, look at, make, build and delete the software that steps run in."""

import argparse
import json
import sys
import time
from typing import Any

from designer import cli
from designer.cli.embedded import connected
from designer.errors import Invalid
from designer.sdk import Client
from designer.settings import Settings

PAUSE = 0.3


def environments(options: argparse.Namespace) -> int:
    """Do what was asked. Exit status 1 where a build failed."""
    with connected(Settings.read(home=options.home).home) as client:
        path = f"/api/environments/{getattr(options, 'name', '')}"
        match options.verb:
            case "show":
                found = client.call("GET", path)
                print(json.dumps(found) if options.json else whole(found))
            case "log":
                log(client, path)
            case "create":
                return follow(client, client.call("POST", "/api/environments", wanted(options)))
            case "build":
                return follow(client, client.call("POST", f"{path}/build", {"renew": options.renew}))
            case "delete":
                client.call("DELETE", path)
            case _:
                listing(client, as_json=options.json)
    return cli.COMPLETED


def wanted(options: argparse.Namespace) -> dict[str, Any]:
    """The request that makes an environment of a file. Raises `Invalid` where there is none."""
    try:
        text = options.file.read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError) as error:
        raise Invalid(f"There is no text file {options.file}.") from error
    kind = "conda" if options.file.suffix in (".yml", ".yaml") else "text"
    python = {"python": options.python} if options.python else {}
    return {"name": options.name, kind: text, **python}


def listing(client: Client, *, as_json: bool) -> None:
    """A line for each, the server's own first."""
    server = client.call("GET", "/api/environments?limit=1")["server"]
    if not as_json:
        print(f"{'(server)':24} {'ready':9} Python {server['python_version']:8} {len(server['packages'])} packages")
    for item in client.pages("/api/environments", {"limit": 100}):
        print(json.dumps(item) if as_json else line(item))


def line(item: dict[str, Any]) -> str:
    """One environment on one line."""
    name = ", ".join(item["names"]) or item["id"][7:19]
    python = item["python_version"] or item["python"] or "any"
    size = f"{item['size'] / 1e6:,.0f} MB" if item["size"] else ""
    return f"{name:24} {item['status']:9} Python {python:8} {size:>9}  {', '.join(item['requirements'])}"


def whole(item: dict[str, Any]) -> str:
    """One environment, for people."""
    lines = [line(item), item["id"]]
    lines += [f"used by {', '.join(item['modules'])}"] if item["modules"] else []
    if item["error"]:
        lines += [item["error"]["message"], item["error"]["cure"]]
    return "\n".join([*lines, "", item["lock_text"].rstrip()]).rstrip()


def log(client: Client, path: str) -> dict[str, Any]:
    """Print the log of a build to its end; the environment as it is then."""
    offset = 0
    while True:
        window = client.call("GET", f"{path}/log?offset={offset}&limit=200000")
        sys.stdout.write(window["text"])
        sys.stdout.flush()
        if window["next"] == offset:
            if window["ended"]:
                break
            time.sleep(PAUSE)
        offset = window["next"]
    found: dict[str, Any] = client.call("GET", path)
    return found


def follow(client: Client, made: dict[str, Any]) -> int:
    """Say what was left out, print the log of the build, and how it ended."""
    for finding in made["findings"]:
        print(f"line {finding['line']}: {finding['message']} {finding['cure']}".rstrip(), file=sys.stderr)
    found = log(client, f"/api/environments/{made['id']}")
    print(line(found))
    if found["status"] != "failed":
        return cli.COMPLETED
    print(f"designer: {found['error']['message']} {found['error']['cure']}", file=sys.stderr)
    return cli.FAILED
