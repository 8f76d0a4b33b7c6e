"""DVC: a stage and a command per step, one after the other, outputs copied into its cache; reuse by digests, without git."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import steps
from workloads import CHAIN, FAN, Nodes, answer, chain, fan, timed, without_start

COMMAND = f"{sys.executable} {Path(__file__).with_name('command.py')}"
DVC = str(Path(sys.executable).with_name("dvc"))


def stage(step: str, inputs: list[str], output: str, argument: str) -> dict[str, Any]:
    """A stage."""
    source = inputs[0] if inputs and step != "last" else "-"
    command = f"{COMMAND} {'no_op' if step == 'last' else step} {source} {output} {argument}"
    return {"cmd": command, **({"deps": inputs} if inputs else {}), "outs": [output]}


def reproduce(place: Path, stages: dict[str, Any]) -> None:
    """Run a pipeline in a project of its own."""
    if not place.exists():
        prepare(place, stages)
    done = subprocess.run(
        [DVC, "repro", "--quiet"], cwd=place, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stdout[-2000:])


def prepare(place: Path, stages: dict[str, Any]) -> None:
    """Make the project."""
    place.mkdir()
    subprocess.run([DVC, "init", "--no-scm", "--quiet"], cwd=place, check=True, stdout=subprocess.DEVNULL)
    (place / "dvc.yaml").write_text(json.dumps({"stages": stages}))  # JSON is YAML


def no_ops(nodes: Nodes) -> dict[str, Any]:
    """The stages of a graph of no-ops."""
    return {
        node: stage("last" if after else "no_op", [f"{one}.json" for one in (*inputs, *after)], f"{node}.json", str(number))
        for number, (node, (inputs, after)) in enumerate(nodes.items())
    }  # fmt: skip


def run_graph(nodes: Nodes) -> dict[str, Any]:
    """A graph, and again; the projects are made before."""
    prepare(Path("alone"), no_ops(chain(1)))
    prepare(Path("whole"), no_ops(nodes))
    return without_start(lambda name, _: reproduce(Path(name), {}), nodes, reuses=True)


def run_frames(_: Path) -> dict[str, Any]:
    """Five steps over a large table."""
    stages = {"make": stage("make_floats", [], "make.parquet", "-")}
    for i in range(3):
        before = f"add{i - 1}.parquet" if i else "make.parquet"
        stages[f"add{i}"] = stage("add_to_floats", [before], f"add{i}.parquet", f"c{i}")
    stages["sum"] = stage("sum_floats", ["add2.parquet"], "sum.parquet", "-")
    prepare(Path("frames"), stages)
    return {"seconds": timed(lambda: reproduce(Path("frames"), stages))}


def run_lines(_: Path) -> dict[str, Any]:
    """Lines; they go to the terminal."""
    prepare(Path("lines"), {"print": stage("print_lines", [], "lines.json", "-")})
    return {"seconds": timed(lambda: reproduce(Path("lines"), {})), "lines": steps.LINES, "kept": ""}


def run_first(folder: Path) -> None:
    """One step that says when it began; the harness has the project made before it looks at the clock."""
    reproduce(Path("first"), {"mark": stage("mark", [], "first.json", str(folder / "moment"))})


if __name__ == "__main__":
    answer({
        "chain": lambda _: run_graph(chain(CHAIN)), "fan": lambda _: run_graph(fan(FAN)), "frames": run_frames,
        "lines": run_lines, "first": run_first,
    })  # fmt: skip
