"""What the steps of every peer do: the same as the modules that our own side runs. Nothing is imported before it is needed."""

import sys
import time
from pathlib import Path
from typing import Any

LINES = 200_000


def no_op(value: Any, number: int) -> dict[str, int]:
    """Hand on a number."""
    return {"number": number}


def make_floats(seed: int = 0) -> Any:
    """1,000,000 x 10 random floats."""
    import numpy as np
    import pandas as pd

    values = np.random.default_rng(seed).standard_normal((10, 1_000_000))
    return pd.DataFrame({f"c{i}": values[i] for i in range(10)})


def add_to_floats(data: Any, column: str, amount: float) -> Any:
    """Add a number to one column."""
    return data.assign(**{column: data[column] + amount})


def sum_floats(data: Any) -> Any:
    """Sum every column."""
    return data.sum().to_frame("sum").reset_index(names="column")


def print_lines(lines: int = LINES) -> dict[str, int]:
    """Print many lines."""
    for number in range(lines):
        print(f"line {number} of a log that is as long as lines of logs are, seed 0")
    sys.stdout.flush()
    return {"lines": lines}


def mark(place: str) -> dict[str, int]:
    """Say a line, and write down when that was."""
    moment = time.time()
    print("the first line", flush=True)
    Path(place).write_text(repr(moment))
    return {"number": 1}
