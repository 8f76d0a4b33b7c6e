"""`designer export` and `designer import`: pipelines and modules in one file."""

import argparse
import urllib.parse
from pathlib import Path
from typing import Any

from designer import cli
from designer.cli.embedded import connected
from designer.errors import Invalid
from designer.sdk import Client
from designer.settings import Settings


def export(options: argparse.Namespace) -> int:
    """Write a pipeline (by id or name) or a module to a file."""
    with connected(Settings.read(home=options.home).home) as client:
        path, name = wanted(client, options.what)
        goal: Path = options.file or Path(f"{name}.designer.zip")
        if goal.exists():
            raise Invalid(f"{goal} is there already.", cure="Name another file, or remove it.")
        with goal.open("wb") as file:
            for piece in client.download(path):
                file.write(piece)
    print(f"Wrote {goal}")
    return cli.COMPLETED


def wanted(client: Client, what: str) -> tuple[str, str]:
    """The address of what is to be exported, and a name for its file. Raises `Invalid`."""
    for item in client.pages("/api/pipelines", {"limit": 100}):
        if what in (item["id"], item["name"]):
            return f"/api/pipelines/{item['id']}/bundle", "".join(
                letter if letter.isalnum() else "-" for letter in item["name"].lower()
            ).strip("-") or "pipeline"
    name = what.partition("@")[0]
    if any(item["name"] == name for item in client.call("GET", "/api/modules")["items"]):
        return f"/api/modules/{urllib.parse.quote(what, safe='@')}/bundle", name
    raise Invalid(
        f'There is no pipeline and no module "{what}".', cure="See `designer modules`, or give a pipeline's id."
    )


def bring(options: argparse.Namespace) -> int:
    """Take a file in, show what is in it, and accept it where that was asked for or is answered with yes."""
    with connected(Settings.read(home=options.home).home) as client:
        query = urllib.parse.urlencode({"file_name": options.file.name})
        found = client.send_file(f"/api/imports?{query}", options.file)
        show(found)
        if options.accept:
            accept = True
        else:
            print("Nothing of it runs before it is accepted.")
            accept = ask()
        if accept:
            client.call("POST", f"/api/imports/{found['id']}/accept?digest={found['digest']}")
            print("Accepted.")
        else:
            print(f"Not accepted. Look at it in the browser, under /imports/{found['id']}")
    return cli.COMPLETED


def ask() -> bool:
    """Whether a person at the terminal says yes."""
    try:
        return input("Accept it? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def show(found: dict[str, Any]) -> None:
    """Print what is in an import."""
    for module in found["modules"]:
        known = ", known and trusted" if module["known"] else ""
        print(f"module    {module['here']:32} {module['title']}{known}")
        for title, entries in (("files", module["files"]), ("packages", module["packages"])):
            if entries:
                print(f"  {title:9} {', '.join(entries[:20])}{' ...' if len(entries) > 20 else ''}")
        reached(module["reach"])
    for pipeline in found["pipelines"]:
        print(f"pipeline  {pipeline['name']:32} {pipeline['nodes']} nodes, {pipeline['id']}")
        if pipeline["code"]:
            print(f"  code in   {', '.join(pipeline['code'])}")
        if pipeline["datasets"]:
            print(f"  reads     {', '.join(pipeline['datasets'])}")
        reached(pipeline["reach"])
    if found["missing"]:
        print(f"missing   {', '.join(found['missing'])}")


def reached(reach: list[dict[str, str]]) -> None:
    """Print what code seems to reach for."""
    for one in reach:
        print(f"  reaches   {one['what']}: {one['where']}")
