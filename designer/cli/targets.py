"""`designer targets`: list, add, change, try, switch and delete the places where steps run."""

import argparse
import getpass
import json
import sys
from typing import Any

from designer import cli
from designer.cli.embedded import connected
from designer.errors import Invalid
from designer.sdk import Client
from designer.settings import Settings


def targets(options: argparse.Namespace) -> int:
    """Do what was asked. Exit status 1 where a test found something wrong."""
    with connected(Settings.read(home=options.home).home) as client:
        path = f"/api/targets/{getattr(options, 'name', '')}"
        match options.verb:
            case "add":
                asked = {"name": options.name, "kind": options.kind, "options": chosen(options)}
                print(line(client.call("POST", "/api/targets", asked | about(options))))
            case "change":
                changed = chosen(options)
                more = {"options": client.call("GET", path)["options"] | changed} if changed else {}
                print(line(client.call("PATCH", path, more | about(options))))
            case "test":
                return test(client, path, options.name)
            case "disable" | "enable":
                print(line(client.call("PATCH", path, {"disabled": options.verb == "disable"})))
            case "token":
                print(client.call("POST", f"{path}/tokens")["token"])
            case "delete":
                client.call("DELETE", path)
            case _:
                listing(client, as_json=options.json)
    return cli.COMPLETED


def chosen(options: argparse.Namespace) -> dict[str, Any]:
    """The options of a kind: `--set name=value` as JSON where it is some, secrets from the terminal or a line of stdin each."""
    found: dict[str, Any] = {}
    for text in options.set:
        name, sign, value = text.partition("=")
        if not sign:
            raise Invalid(f'"{text}" is no option.', cure="Write --set name=value.")
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    for name in options.secret:
        found[name] = getpass.getpass(f"{name}: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    return found


def about(options: argparse.Namespace) -> dict[str, Any]:
    """What every target has."""
    given = {"slots": options.slots, "description": options.description}
    return {name: value for name, value in given.items() if value is not None}


def test(client: Client, path: str, name: str) -> int:
    """Say exactly what is wrong with a target."""
    found = client.call("GET", path)
    asked = {"kind": found["kind"], "options": found["options"], "name": name}
    tested = client.call("POST", "/api/targets/test", asked)
    for finding in tested["findings"]:
        print(f"{finding['severity']}: {finding['message']} {finding['cure']}".rstrip(), file=sys.stderr)
    if any(finding["severity"] == "error" for finding in tested["findings"]):
        return cli.FAILED
    print(f"Steps can run on {name} (tested in {tested['seconds']:.1f} s).")
    return cli.COMPLETED


def listing(client: Client, *, as_json: bool) -> None:
    """A line for each."""
    for item in client.call("GET", "/api/targets")["items"]:
        print(json.dumps(item) if as_json else line(item))


def line(item: dict[str, Any]) -> str:
    """One target on one line."""
    taken = f"{item['running']} of {item['slots']}"
    return f"{item['name']:20} {item['kind']:9} {item['state']:12} {taken:>9} taken {item['queued']:>5} waiting  {item['why']}".rstrip()
