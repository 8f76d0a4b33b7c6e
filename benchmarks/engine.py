"""What a step costs: a 50-step chain and a 1-100-1 fan of steps that do nothing, through the real server.

Floor: a bare Python interpreter per step, one after the other (chain) or as many at a time as there are slots (fan).
"""

import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.server import Server, server

SLOTS = 2
ROUNDS = 3

NOOP = '''"""No-op

Hands on a number.
"""
from designer.module import Metrics

CATEGORY = "Benchmark"


def run(value: Metrics | None = None, *, number: int = 0) -> Metrics:
    return {"number": number}
'''


def document(nodes: dict[str, Any]) -> dict[str, Any]:
    """A pipeline document of these nodes."""
    return {"format": "designer.pipeline/1", "name": "Benchmark", "nodes": nodes}


def chain(length: int) -> dict[str, Any]:
    """Steps in a row."""
    return document({
        f"step{i}": {"module": "no_op@1", "parameters": {"number": i},
                     **({"inputs": {"value": f"step{i - 1}.result"}} if i else {})}
        for i in range(length)
    })  # fmt: skip


def fan(width: int) -> dict[str, Any]:
    """One step, `width` that read it, one after all of them."""
    nodes: dict[str, Any] = {"first": {"module": "no_op@1"}}
    for i in range(width):
        nodes[f"wide{i}"] = {"module": "no_op@1", "inputs": {"value": "first.result"}, "parameters": {"number": i}}
    nodes["last"] = {"module": "no_op@1", "after": [f"wide{i}" for i in range(width)]}
    return document(nodes)


def bare(steps: int, width: int) -> float:
    """Seconds a step for `steps` bare interpreters, `width` at a time."""

    def one(_: int) -> None:
        subprocess.run([sys.executable, "-c", "pass"], check=True)

    begin = time.perf_counter()
    with ThreadPoolExecutor(width) as pool:
        list(pool.map(one, range(steps)))
    return (time.perf_counter() - begin) / steps


def engine(running: Server, nodes: dict[str, Any]) -> float:
    """Seconds a step, from the submission to the end of the run as the history tells it."""
    run = running.run(nodes)
    if run["status"] != "completed":
        raise RuntimeError(f"the run {run['status']}: {run['error']}")
    return float(run["ended"] - run["created"]) / len(nodes["nodes"])


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "benchmark")
        place.mkdir()
        (place / "no_op.py").write_text(NOOP)
        with server(Path(folder), SLOTS) as running:
            engine(running, chain(2))  # warm the file cache
            rows = []
            for name, steps, width, nodes in (
                ("50-step chain", 50, 1, chain(50)),
                (f"1-100-1 fan, {SLOTS} slots", 102, SLOTS, fan(100)),
            ):
                ours = median(engine(running, nodes) for _ in range(ROUNDS))
                floor = median(bare(steps, width) for _ in range(ROUNDS))
                rows.append((name, floor, ours))
    print(f"\n{'engine':32} {'bare interpreter':>18} {'Designer':>14} {'ratio':>8}")
    for name, floor, ours in rows:
        print(f"{name:32} {floor * 1000:>12.1f} ms/st {ours * 1000:>8.1f} ms/st {ours / floor:>7.1f}x")


if __name__ == "__main__":
    main()
