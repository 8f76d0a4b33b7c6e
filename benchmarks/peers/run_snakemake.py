"""Snakemake: a rule and a command per step, files between them; a rule whose file is newer than its inputs is done."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import steps
from workloads import CHAIN, FAN, WIDTH, Nodes, answer, chain, fan, timed, without_start

COMMAND = f"{sys.executable} {Path(__file__).with_name('command.py')}"


def rule(name: str, step: str, inputs: list[str], output: str, argument: str, log: str = "") -> str:
    """The text of a rule."""
    lines = [f"rule {name}:"]
    if inputs:
        lines.append(f"    input: {', '.join(map(repr, inputs))}")
    lines.append(f"    output: {output!r}")
    if log:
        lines.append(f"    log: {log!r}")
    source = inputs[0] if inputs and step != "last" else "-"
    step = "no_op" if step == "last" else step
    lines.append(f"    shell: {f'{COMMAND} {step} {source} {output} {argument}' + (f' > {log} 2>&1' if log else '')!r}")
    return "\n".join(lines) + "\n\n"


def snakemake(file: Path, text: str) -> None:
    """Run a workflow."""
    if not file.exists():
        file.write_text(text)
    command = [Path(sys.executable).with_name("snakemake"), "--snakefile", file, "--cores", str(WIDTH), "--nocolor"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stdout[-2000:])


def run(name: str, nodes: Nodes) -> None:
    """Run a graph of no-ops."""
    Path(name).mkdir(exist_ok=True)
    text = ""
    for number, (node, (inputs, after)) in reversed(
        list(enumerate(nodes.items()))
    ):  # the last one is what is asked for
        before = [f"{name}/{one}.json" for one in (*inputs, *after)]
        text += rule(f"{name}_{node}", "last" if after else "no_op", before, f"{name}/{node}.json", str(number))
    snakemake(Path(f"{name}.smk"), text)


def run_frames(_: Path) -> dict[str, Any]:
    """Five steps over a large table; the start of the command is taken away."""
    text = rule("sum", "sum_floats", ["add2.parquet"], "sum.parquet", "-")
    for i in (2, 1, 0):
        before = f"add{i - 1}.parquet" if i else "make.parquet"
        text += rule(f"add{i}", "add_to_floats", [before], f"add{i}.parquet", f"c{i}")
    text += rule("make", "make_floats", [], "make.parquet", "-")
    return {"seconds": timed(lambda: snakemake(Path("frames.smk"), text))}


def run_lines(folder: Path) -> dict[str, Any]:
    """Lines, into the log that the rule names."""
    text = rule("print", "print_lines", [], "lines.json", "-", log="lines.log")
    seconds = timed(lambda: snakemake(Path("lines.smk"), text))
    if (folder / "lines.log").read_bytes().count(b"\n") != steps.LINES:
        raise RuntimeError("not all lines were kept")
    return {"seconds": seconds, "lines": steps.LINES, "kept": "a file"}


if __name__ == "__main__":
    answer({
        "chain": lambda _: without_start(run, chain(CHAIN), reuses=True, warm=True),
        "fan": lambda _: without_start(run, fan(FAN), reuses=True, warm=True), "frames": run_frames, "lines": run_lines,
        "first": lambda _: snakemake(Path("first.smk"), rule("mark", "mark", [], "first.json", "moment")),
    })  # fmt: skip
