"""The pipelines that are measured, and the modules they are made of."""

from pathlib import Path
from typing import Any

NO_OP = '''"""No-op

Hands on a number.
"""
from designer.module import Metrics

CATEGORY = "Benchmark"


def run(value: Metrics | None = None, *, number: int = 0) -> Metrics:
    return {"number": number}
'''

WORK = '''"""Work

Keeps one core busy for some milliseconds of processor time.
"""
import time

from designer.module import Metrics

CATEGORY = "Benchmark"


def run(value: Metrics | None = None, *, number: int = 0, milliseconds: int = 50) -> Metrics:
    end = time.process_time() + milliseconds / 1000
    while time.process_time() < end:
        pass
    return {"number": number}
'''

MAKE_FLOATS = '''"""Make floats

Makes a table of random floats.
"""
import numpy as np
import pandas as pd

CATEGORY = "Benchmark"


def run(*, rows: int = 1_000_000, columns: int = 10, seed: int = 0) -> pd.DataFrame:
    values = np.random.default_rng(seed).standard_normal((columns, rows))
    return pd.DataFrame({f"c{i}": values[i] for i in range(columns)})
'''

ADD_TO_FLOATS = '''"""Add to floats

Adds a number to one column.
"""
import pandas as pd

CATEGORY = "Benchmark"


def run(data: pd.DataFrame, *, column: str = "c0", amount: float = 1.0) -> pd.DataFrame:
    return data.assign(**{column: data[column] + amount})
'''

SUM_FLOATS = '''"""Sum floats

Sums every column.
"""
import pandas as pd

CATEGORY = "Benchmark"


def run(data: pd.DataFrame) -> pd.DataFrame:
    return data.sum().to_frame("sum").reset_index(names="column")
'''

PRINT_LINES = '''"""Print lines

Prints many lines.
"""
import sys

from designer.module import Metrics

CATEGORY = "Benchmark"


def run(*, lines: int = 200_000, seed: int = 0) -> Metrics:
    for number in range(lines):
        print(f"line {number} of a log that is as long as lines of logs are, seed {seed}")
    return {"lines": lines}
'''

MARK = '''"""Mark

Says a line, and writes down when that was.
"""
import time
from pathlib import Path

from designer.module import Metrics

CATEGORY = "Benchmark"


def run(*, place: str = "moment") -> Metrics:
    moment = time.time()
    print("the first line", flush=True)
    Path(place).write_text(repr(moment))
    return {"number": 1}
'''

MODULES = {
    "no_op": NO_OP, "work": WORK, "make_floats": MAKE_FLOATS, "add_to_floats": ADD_TO_FLOATS, "sum_floats": SUM_FLOATS,
    "print_lines": PRINT_LINES, "mark": MARK,
}  # fmt: skip


def write_modules(folder: Path) -> Path:
    """Write the modules below a folder, as a library; return it."""
    place = folder / "benchmark"
    place.mkdir(parents=True, exist_ok=True)
    for name, text in MODULES.items():
        (place / f"{name}.py").write_text(text)
    return folder


def document(nodes: dict[str, Any]) -> dict[str, Any]:
    """A pipeline document of these nodes."""
    return {"format": "designer.pipeline/1", "name": "Benchmark", "nodes": nodes}


def chain(length: int, module: str = "no_op", salt: int = 0) -> dict[str, Any]:
    """Steps in a row; another `salt` makes other steps, so that nothing of an earlier run fits."""
    return document({
        f"step{i}": {"module": f"{module}@1", "parameters": {"number": salt + i},
                     **({"inputs": {"value": f"step{i - 1}.result"}} if i else {})}
        for i in range(length)
    })  # fmt: skip


def fan(width: int, module: str = "no_op", salt: int = 0) -> dict[str, Any]:
    """One step, `width` that read it, one after all of them."""
    nodes: dict[str, Any] = {"first": {"module": f"{module}@1", "parameters": {"number": salt}}}
    for i in range(width):
        nodes[f"wide{i}"] = {"module": f"{module}@1", "inputs": {"value": "first.result"},
                             "parameters": {"number": salt + i + 1}}  # fmt: skip
    nodes["last"] = {"module": f"{module}@1", "after": [f"wide{i}" for i in range(width)],
                     "parameters": {"number": salt + width + 1}}  # fmt: skip
    return document(nodes)


def layers(steps: int, width: int = 50, salt: int = 0) -> dict[str, Any]:
    """Layers of `width` steps; each step reads one of the layer before and waits for another."""
    nodes: dict[str, Any] = {}
    for i in range(steps):
        node: dict[str, Any] = {"module": "no_op@1", "parameters": {"number": salt + i}}
        if i >= width:
            node["inputs"] = {"value": f"step{i - width}.result"}
            node["after"] = [f"step{i - width - i % width + (i * 7 + 1) % width}"]
        nodes[f"step{i}"] = node
    return document(nodes)


def frames(salt: int = 0) -> dict[str, Any]:
    """Five steps over 1,000,000 x 10 floats: made, three times changed, summed."""
    nodes: dict[str, Any] = {"make": {"module": "make_floats@1", "parameters": {"seed": salt}}}
    for i in range(3):
        nodes[f"add{i}"] = {
            "module": "add_to_floats@1", "inputs": {"data": f"add{i - 1}.result" if i else "make.result"},
            "parameters": {"column": f"c{i}", "amount": 1.5},
        }  # fmt: skip
    nodes["sum"] = {"module": "sum_floats@1", "inputs": {"data": "add2.result"}}
    return document(nodes)


def lines(salt: int = 0) -> dict[str, Any]:
    """One step that prints 200,000 lines."""
    return document({"print": {"module": "print_lines@1", "parameters": {"seed": salt}}})


def mark(place: Path) -> dict[str, Any]:
    """One step that writes down when it began."""
    return document({"mark": {"module": "mark@1", "parameters": {"place": str(place)}}})
