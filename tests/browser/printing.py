"""Modules that print numbered lines, in a folder of a person's own."""

import re
from pathlib import Path

from playwright.sync_api import Locator, Page

PRINT_LINES = '''"""Print Lines

Prints numbered lines. With a gate it stops in the middle until that file is there.
"""

import os
import time
from typing import Annotated

import polars as pl

from designer.module import Label, Range

CATEGORY = "Printing"


def run(
    *, lines: Annotated[int, Range(1)] = 100, pause: float = 0.0, gate: str = ""
) -> Annotated[pl.DataFrame, Label("Lines")]:
    for number in range(1, lines + 1):
        print(f"line {number} of {lines}")
        if pause:
            time.sleep(pause)
        while gate and number == lines // 2 and not os.path.exists(gate):
            time.sleep(0.02)
    return pl.DataFrame({"lines": [lines]})
'''


def write_modules(folder: Path) -> Path:
    """A folder for `DESIGNER_MODULES`."""
    category = folder / "printing"
    category.mkdir(parents=True)
    (category / "print_lines.py").write_text(PRINT_LINES)
    return folder


def log(page: Page, step: str) -> Locator:
    """The lines of a step's output."""
    return page.get_by_role("log", name=f"Output of {step}")


def drawn(page: Page, step: str) -> list[tuple[int, str]]:
    """The rows that are drawn: number and text, from top to bottom."""
    found = log(page, step).evaluate(
        """(log) => [...log.querySelectorAll('[data-index]')].map((row) => [
          row.getBoundingClientRect().top, Number(row.querySelector('[data-line]').dataset.line), row.textContent])"""
    )
    return [(number, text) for _, number, text in sorted(found)]


def told(lines: int) -> list[re.Pattern[str]]:
    """What the rows of a whole log must say."""
    return [re.compile(f"^line {number} of {lines}$") for number in range(1, lines + 1)]
