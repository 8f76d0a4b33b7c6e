"""One step as a command, for tools whose steps are commands: `command.py STEP INPUT OUTPUT ARGUMENT`, "-" where there is none.

JSON files carry small values, Parquet files tables: what people would use there.
"""

import json
import sys
from pathlib import Path
from typing import Any

import steps


def read(path: str) -> Any:
    """What a file holds."""
    if path.endswith(".parquet"):
        import pandas as pd

        return pd.read_parquet(path)
    return json.loads(Path(path).read_text()) if path != "-" else None


def write(value: Any, path: str) -> None:
    """Keep a value."""
    if path.endswith(".parquet"):
        value.to_parquet(path)
    else:
        Path(path).write_text(json.dumps(value))


def main(name: str, source: str, goal: str, argument: str) -> None:
    """Do the step."""
    match name:
        case "no_op":
            value = steps.no_op(read(source), int(argument))
        case "make_floats":
            value = steps.make_floats()
        case "add_to_floats":
            value = steps.add_to_floats(read(source), argument, 1.5)
        case "sum_floats":
            value = steps.sum_floats(read(source))
        case "print_lines":
            value = steps.print_lines()
        case "mark":
            value = steps.mark(argument)
        case _:
            sys.exit(f"there is no step {name}")
    write(value, goal)


if __name__ == "__main__":
    main(*sys.argv[1:])
