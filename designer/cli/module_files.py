"""`designer modules add`: files and folders become modules of your own."""

import argparse
import sys
import tempfile
import urllib.parse
import zipfile
from pathlib import Path
from typing import Any

from designer import cli
from designer.cli.embedded import connected
from designer.errors import Conflict, Invalid
from designer.sdk import Client
from designer.settings import Settings


def add_module(options: argparse.Namespace) -> int:
    """Read a file or folder, show what it is, and add it. Exit status 2 where it cannot be used."""
    with connected(Settings.read(home=options.home).home) as client:
        return add(client, options)


def add(client: Client, options: argparse.Namespace) -> int:
    """The same, by a server."""
    with tempfile.TemporaryDirectory(prefix="designer_") as place:
        file, entry = packed(options.path, Path(place) / "code.zip")
        query = {"file_name": file.name, "entry": options.entry or entry}
        draft = client.send_file(f"/api/modules/files?{urllib.parse.urlencode(query)}", file)
    show(draft)
    if draft["spec"] is None:
        raise Invalid("This cannot be used as a module.", cure="Mend what is named above.")
    if options.dry_run:
        print(draft["source"], end="")
        return cli.COMPLETED
    name = options.name or draft["name"]
    made = keep(client, name, draft["source"], options.note)
    print(f"Added {name}@{made['spec']['version']}")
    return cli.COMPLETED


def packed(path: Path, goal: Path) -> tuple[Path, str]:
    """What is sent: the file itself, or its folder as a zip file, with the name of the file that is meant in it."""
    from designer.library import snapshot

    if not path.exists():
        raise Invalid(f"There is no file or folder {path}.")
    if path.is_file() and path.suffix not in (".yaml", ".yml"):
        return path, ""
    folder = path if path.is_dir() else path.resolve().parent
    with zipfile.ZipFile(goal, "w", zipfile.ZIP_DEFLATED) as archive:
        for relative in snapshot.files_of(folder):
            archive.write(folder / relative, f"code/{relative}")
    return goal, "" if path.is_dir() else path.name


def show(draft: dict[str, Any]) -> None:
    """Print what was read, and why what was guessed is so."""
    print(f"{draft['entry']}: {draft['what']}, {len(draft['files'])} file{'s' if len(draft['files']) != 1 else ''}")
    spec = draft["spec"] or {"inputs": [], "outputs": [], "parameters": [], "dependencies": []}
    for title, side, entries in (("in", "inputs", spec["inputs"]), ("out", "outputs", spec["outputs"]),
                                 ("parameter", "inputs", spec["parameters"])):  # fmt: skip
        for one in entries:
            kind = one.get("type") or one["kind"]
            why = draft["guesses"].get(f"{side}.{one['name']}", "")
            print(f"  {title:9} {one['name']:24} {kind:10} {why}".rstrip())
    if spec["dependencies"]:
        print(f"  packages  {', '.join(spec['dependencies'])}")
    for one in draft["reach"]:
        print(f"  reaches   {one['what']}: {one['where']}")
    for finding in draft["findings"]:
        place = f"line {finding['line']}: " if finding["line"] else ""
        print(f"{place}{finding['message']} {finding['cure']}".rstrip(), file=sys.stderr)


def keep(client: Client, name: str, source: str, note: str) -> dict[str, Any]:
    """Add a module, or a new version of one that was made here."""
    try:
        made: dict[str, Any] = client.call("POST", "/api/modules", {"source": source, "name": name, "note": note})
    except Conflict:
        known = {one["name"]: one for one in client.call("GET", "/api/modules")["items"]}.get(name)
        if known is None or not known["own"]:
            raise
        body = {"source": source, "based_on": known["version"], "note": note}
        made = client.call("POST", f"/api/modules/{name}/versions", body)
    return made
