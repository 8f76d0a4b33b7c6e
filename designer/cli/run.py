"""`designer run FILE`: run a pipeline document from the shell, and say with the exit status how it ended."""

import argparse
import hashlib
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from designer import cli
from designer.cli.embedded import connected
from designer.errors import Invalid, Malformed
from designer.graph.document import read
from designer.sdk import Client
from designer.settings import Settings

MARKS = {"completed": "✓", "reused": "✓", "failed": "✗", "canceled": "■", "skipped": "–", "running": "▶"}
EXIT = {"completed": cli.COMPLETED, "failed": cli.FAILED, "canceled": cli.CANCELED}


def run(options: argparse.Namespace) -> int:
    """Submit, follow and report. Ctrl+C cancels the run."""
    document, settings = what(options)
    with connected(Settings.read(home=options.home).home) as client:
        bring_files(client, document, options.file.parent)
        submitted = client.submit(
            document,
            **settings,
            experiment=options.experiment,
            priority=options.priority,
            git=working_copy(options.file),
        )
        state = follow(client, submitted["id"], quiet=options.json)
    if options.json:
        print(json.dumps(summary(state)))
    return EXIT[state["status"]]


def working_copy(file: Path) -> list[dict[str, Any]] | None:
    """The git working copy that a file is in; None where it is in none."""
    from designer.library import git

    found = git.look(file.resolve().parent)
    return [asdict(found)] if found else None


def what(options: argparse.Namespace) -> tuple[dict[str, Any], dict[str, Any]]:
    """The document that the flags name, and how it is to be run. Raises `Invalid` and `Malformed`."""
    document = load(options.file)
    pipeline, findings = read(document)
    if pipeline is None:
        raise Invalid(f"{options.file} is not a pipeline document.", findings=findings)
    given = {name: pipeline.parameters[name].type for name in pipeline.parameters}
    parameters = dict(assignment(text, given) for text in options.set)
    names = ("target", "regenerate", "to_nodes", "from_nodes", "only_nodes", "resume")
    return document, {"parameters": parameters, **{name: getattr(options, name) for name in names}}


def load(file: Path) -> dict[str, Any]:
    """The JSON of a file. Raises `Malformed` naming line and column."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise Malformed(f"There is no file {file}.") from error
    except json.JSONDecodeError as error:
        raise Malformed(f"{file} is not JSON: line {error.lineno}, column {error.colno}: {error.msg}.") from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"{file} is not JSON in UTF-8.") from error
    return document if isinstance(document, dict) else {"format": document}


def assignment(text: str, types: dict[str, str]) -> tuple[str, Any]:
    """`name=value` with the value in the type of the pipeline's parameter. Raises `Invalid`."""
    name, equals, value = text.partition("=")
    if not equals:
        raise Invalid(f'"{text}" is not NAME=VALUE.')
    if name not in types:
        raise Invalid(f'The pipeline has no parameter "{name}".', cure=f"It has: {', '.join(types) or 'none'}.")
    try:
        match types[name]:
            case "integer":
                return name, int(value)
            case "number":
                return name, float(value)
            case "boolean":
                return name, {"true": True, "1": True, "false": False, "0": False}[value.lower()]
            case _:
                return name, value
    except (ValueError, KeyError) as error:
        raise Invalid(f'Parameter "{name}" takes a value of type {types[name]}, not "{value}".') from error


def bring_files(client: Client, document: dict[str, Any], folder: Path) -> None:
    """Upload the files that dataset nodes name ("./cars.csv"), and put the datasets they became in their place."""
    for node in document.get("nodes", {}).values():
        reference = node.get("dataset", "")
        if not reference.startswith(("./", "../", "/")):
            continue
        file = (folder / reference).resolve()
        if not file.is_file():
            raise Invalid(f"There is no file {file}.", cure="A dataset node names it.")
        dataset = known_dataset(client, file) or client.upload(file, file.stem)
        node["dataset"] = f"{dataset['name']}@{dataset['latest']['version']}"


def known_dataset(client: Client, file: Path) -> dict[str, Any] | None:
    """The dataset that an earlier run made of a file with these bytes."""
    with file.open("rb") as data:
        digest = f"sha256:{hashlib.file_digest(data, 'sha256').hexdigest()}"
    for dataset in client.pages("/api/datasets", {"q": file.stem[:200], "limit": 100}):
        latest = dataset["latest"]
        if latest["file_digest"] == digest and latest["status"] == "ready" and not any(latest["options"].values()):
            return dataset
    return None


def follow(client: Client, run_id: str, quiet: bool) -> dict[str, Any]:
    """Print each step as it ends, until the run has; Ctrl+C cancels it and waits for its end."""
    shown: set[str] = set()
    state: dict[str, Any] = {}
    canceled = False
    while state.get("status") not in EXIT:
        try:
            for state in client.watch(run_id):
                if not quiet:
                    report(state, shown)
        except KeyboardInterrupt:
            if canceled:
                raise
            canceled = True
            print("Canceling; press Ctrl+C again to leave at once.", file=sys.stderr)
            client.cancel(run_id)
    if not quiet:
        seconds = state.get("seconds") or 0.0
        steps = [step for step in state["steps"].values() if step["module"] and step["status"] != "skipped"]
        reused = sum(step["status"] == "reused" for step in steps)
        share = f", {reused} of {len(steps)} steps reused" if reused else ""
        print(
            f"{MARKS.get(state['status'], '')} {state['name']}: {state['status']} in {seconds:.1f} s{share} ({run_id})"
        )
    return state


def report(state: dict[str, Any], shown: set[str]) -> None:
    """A line for each step that ended since."""
    for node, step in state["steps"].items():
        if step["status"] not in ("completed", "reused", "failed", "canceled", "skipped") or node in shown:
            continue
        shown.add(node)
        seconds = f"{step['seconds']:.1f} s" if step.get("seconds") is not None else ""
        why = (
            ", ".join(reason["text"] for reason in step["reasons"])
            if step["status"] != "reused"
            else step["reused_from"]
        )
        print(
            f"  {MARKS[step['status']]} {step['name'] or node:40} {step['status']:10} {seconds:>9}  {why}".rstrip(),
            flush=True,
        )
        error = step.get("error")
        if error and step["status"] == "failed":
            print(f"      {error['message']} {error['cure']}".rstrip())


def summary(state: dict[str, Any]) -> dict[str, Any]:
    """What `--json` prints of a run."""
    steps = {
        node: {
            "status": step["status"],
            "seconds": step["seconds"],
            "reused_from": step["reused_from"] or None,
            "error": step["error"],
        }
        for node, step in state["steps"].items()
    }
    return {"id": state["id"], "status": state["status"], "steps": steps}
