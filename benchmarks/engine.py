"""What the engine costs, next to the floors and to its peers, in one run: ratios hold between rows of one run only.

Every workload runs in every tool: ours through the real server, the floors (a prototype that forks, bare interpreters),
and the peers, which are installed once, each into an environment of its own below --cache.

    python -m benchmarks.engine                         all of it
    python -m benchmarks.engine --only A,B --quick      two workloads, once each
    python -m benchmarks.engine --peers none            ours and the floors
"""

import argparse
import datetime as dt
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import designer
from benchmarks import ours
from benchmarks.goals import goals_table
from benchmarks.peer import CACHE, PEERS, Installed, Unusable, install, server, workload
from benchmarks.tables import (
    FLOORS,
    OURS,
    WORKLOADS,
    data_table,
    graphs_table,
    missing_table,
    start_table,
    steps_table,
)

ROUNDS = 5
PEER_ROUNDS = 3
PATIENCE = 20.0
"""A peer's workload is repeated while that took less, in seconds."""

DEADLINE = 900.0
MEASURED = "<!-- measured -->"

SCRIPTED = {"chain": "chain", "fan": "fan", "frames": "frames", "lines": "lines", "start": "first"}
"""What the script of a peer is asked for."""

BARE = {"chain": (50, 1), "fan": (102, ours.SLOTS), "start": (1, 1)}
"""Bare interpreters: how many, and how many at a time."""

Results = dict[tuple[str, str], dict[str, Any]]


def middle(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Of several rounds the median of each number."""
    return {
        key: median([one[key] for one in found])
        if all(isinstance(one.get(key), int | float) for one in found) and key not in ("steps", "lines")
        else value
        for key, value in found[-1].items()
    }


def repeated(once: Callable[[Path], dict[str, Any]], rounds: int) -> dict[str, Any]:
    """A workload some times, each in a folder of its own, as long as there is patience."""
    found: list[dict[str, Any]] = []
    begin = time.monotonic()
    while len(found) < rounds and (not found or time.monotonic() < begin + PATIENCE):
        with TemporaryDirectory(prefix="designer-bench-") as folder:
            found.append(once(Path(folder)))
    return middle(found)


def measure(results: Results, name: str, tool: str, function: Callable[[], dict[str, Any]]) -> None:
    """Keep what a function measures, or why it could not; tell that it is going on."""
    begin = time.monotonic()
    try:
        found = function()
    except Exception as problem:  # noqa: BLE001 - one tool's trouble must not end the others' measurements
        found = {"why": f"{type(problem).__name__ if not isinstance(problem, Unusable) else ''} {problem}".strip()}
    results[name, tool] = results.get((name, tool), {}) | found
    said = found.get("why") or ", ".join(f"{key} {_short(one)}" for key, one in found.items() if one not in (None, ""))
    print(f"· {name:22} {tool:18} {time.monotonic() - begin:6.1f} s   {said[:150]}", flush=True)


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def measure_ours(results: Results, name: str, rounds: int, graphs: Sequence[int]) -> None:
    """Our own side of a workload."""
    few = min(rounds, 3)
    match name:
        case "chain" | "fan":
            measure(results, name, OURS, partial(ours.graph, name, rounds))
        case "work":
            measure(results, name, OURS, partial(ours.work, few))
        case "frames":
            measure(results, name, OURS, partial(ours.frames, few))
        case "lines":
            measure(results, name, OURS, partial(ours.lines, rounds))
        case "start":
            measure(results, name, OURS, partial(ours.first, rounds))
            measure(results, name, OURS, partial(ours.idle, few))
        case "graphs":
            for steps in graphs:
                measure(results, f"graph of {steps:,} steps", OURS, partial(ours.large, steps))


def measure_floors(results: Results, name: str, rounds: int) -> None:
    """The floors of a workload."""
    if name in SCRIPTED:
        once = partial(ours.proto, SCRIPTED[name], memory=name == "frames")
        measure(results, name, "proto", partial(repeated, once, rounds))
    if name in BARE:
        measure(results, name, "bare interpreter", partial(repeated, lambda _: ours.bare(*BARE[name]), rounds))


def measure_peer(results: Results, name: str, found: Installed, rounds: int) -> None:
    """A workload in a peer."""
    tool = found.peer.name
    if name in SCRIPTED:
        once = partial(workload, found, SCRIPTED[name], deadline=DEADLINE, memory=name == "frames")
        measure(results, name, tool, partial(repeated, once, rounds))
    if name == "start" and found.peer.server:
        measure(results, name, tool, partial(repeated, partial(server, found), rounds))


def machine(peers: Sequence[Installed]) -> str:
    """Where and when this was measured, and what."""
    text = Path("/proc/cpuinfo").read_text(errors="replace") if Path("/proc/cpuinfo").exists() else ""
    processor = next(
        (line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")), ""
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ours.ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    versions = ", ".join(f"{found.peer.name} {found.version}" for found in peers) or "no peers"
    return (
        f"{dt.date.today().isoformat()}, {os.cpu_count()} cores ({processor or platform.machine()}), {memory:.0f} GiB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}; "
        f"Designer {designer.__version__} ({commit}), {versions}."
    )


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    letters = ", ".join(f"{letter} {name}" for letter, name in WORKLOADS.items())
    parser.add_argument("--only", default=",".join(WORKLOADS), help=f"which workloads, by their letters: {letters}")
    parser.add_argument("--peers", default="all", help="all, none, or names: " + ", ".join(one.name for one in PEERS))
    parser.add_argument("--quick", action="store_true", help="each once, and no graph of 5,000 steps")
    parser.add_argument("--cache", type=Path, default=CACHE, help=f"where the peers are installed ({CACHE})")
    parser.add_argument(
        "--markdown", type=Path, help=f"also write the tables into this file, below its line {MEASURED}"
    )
    options = parser.parse_args(arguments)
    options.only = [letter.strip().upper() for letter in options.only.split(",") if letter.strip()]
    unknown = [letter for letter in options.only if letter not in WORKLOADS]
    names = [one.name for one in PEERS]
    options.peers = {"all": names, "none": []}.get(options.peers, options.peers.split(","))
    unknown += [name for name in options.peers if name not in names]
    if unknown:
        parser.error(f"there is no {unknown[0]}")
    return options


def tables(results: Results, tools: Sequence[str], installed: Sequence[Installed], only: Sequence[str]) -> str:
    """All tables of what was measured."""
    about = {OURS: ("fork", "yes"), "proto": ("fork", "no"), "bare interpreter": ("proc", "no")}
    about |= {one.name: (one.isolation, one.history) for one in PEERS}
    parts = []
    if {"A", "B"} & set(only):
        parts += ["### Steps that do nothing", steps_table(results, tools, about)]
    if "W" in only and "busy" in results.get(("work", OURS), {}):
        found = results["work", OURS]
        parts.append(
            f"B with steps that work {ours.WORK_MS} ms each: both cores busy {found['busy']:.0%} of the time, the steps' own work "
            f"is {found['useful']:.0%} of what two cores could do."
        )
    if "G" in only:
        parts += ["### Large graphs", graphs_table(results)]
    if {"D", "F"} & set(only):
        parts += ["### Tables and logs", data_table(results, tools)]
    if "S" in only:
        parts += ["### Starts and servers", start_table(results, tools)]
        found = results.get(("start", OURS), {})
        if "first_new" in found:
            parts.append(
                f"Ours to the first line: {found['first_new']:.2f} s in a new home, {found['first_embedded']:.2f} s in one that is there, "
                f"{found['first_running'] * 1000:.0f} ms by the command with a running server, "
                f"{found['first_request'] * 1000:.0f} ms by a request to it."
            )
    parts += ["### Goals", goals_table(results, len(only) == len(WORKLOADS))]
    why = missing_table(results)
    return "\n\n".join([*parts, *(["### Not measured", why] if why else [])])


def keep(file: Path, text: str) -> None:
    """Write the tables into a file: below its line `MEASURED` where it has one."""
    before = file.read_text().partition(MEASURED)[0] if file.exists() and MEASURED in file.read_text() else ""
    file.write_text(f"{before}{MEASURED}\n\n{text}")


def main(arguments: Sequence[str]) -> int:
    """Measure, print the tables, and write them where asked."""
    options = parse(arguments)
    rounds, peer_rounds = (1, 1) if options.quick else (ROUNDS, PEER_ROUNDS)
    names = [WORKLOADS[letter] for letter in WORKLOADS if letter in options.only]
    results: Results = {}
    installed: list[Installed] = []
    begin = time.monotonic()
    for peer in PEERS:
        if peer.name in options.peers:
            try:
                installed.append(install(peer, options.cache.expanduser()))
            except (Unusable, OSError, subprocess.SubprocessError) as problem:
                results["installation", peer.name] = {"why": str(problem)}
    for name in names:  # all tools of a workload close together: what else the machine does then meets all of them
        measure_ours(results, name, rounds, ours.GRAPHS[:1] if options.quick else ours.GRAPHS)
        measure_floors(results, name, rounds)
        for found in installed:
            measure_peer(results, name, found, peer_rounds)
    tools = [OURS, *FLOORS, *options.peers]
    about = f"{machine(installed)} Load at the end {os.getloadavg()[0]:.1f}; {time.monotonic() - begin:.0f} s in all."
    text = f"{about}\n\n{tables(results, tools, installed, options.only)}\n"
    print(f"\n{text}")
    if options.markdown:
        keep(options.markdown, text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
