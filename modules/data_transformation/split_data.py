# /// script
# dependencies = ["polars>=1.30", "numpy"]
# ///
"""Split Data

Divides the rows of a dataset into two.

Use it to keep some rows back for testing a model, or to part a dataset by what a column says. Rows keep their order.

- **Split Rows** puts a share of the rows into the first output: at random, or from the top. *Stratified* keeps the
  share of each value of a column the same in both outputs. The same seed gives the same split.
- **Regular Expression** puts the rows into the first output where a text column matches: `\\"city" ^New` searches
  the column `city`, `(\\1) ^[a-f]` the second column (places count from 0).
- **Relative Expression** puts the rows into the first output where a column compares: `\\"year" > 2010`,
  `\\"price" >= 5000 & < 20000`, `(\\0)<=30 & !=20`, `\\"make" == "audi" | == "bmw"`, `\\"day" < 2024-02-01`.
  `&` binds more tightly than `|`; there are no parentheses; text compares with `==` and `!=` only.

A missing value matches nothing, so that its row goes to the second output.

*Example:* fraction 0.7 gives 143 of 205 rows for training and 62 for testing.
"""

import operator
import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

import polars as pl

from designer.module import Column, Help, Label, ModuleError, Range, When

CATEGORY = "Data Transformation"
TAGS = ("train", "test", "sample", "filter", "partition", "stratify")


def run(
    dataset: Annotated[pl.DataFrame, Label("Dataset")],
    *,
    mode: Annotated[
        Literal["Split Rows", "Regular Expression", "Relative Expression"], Label("Splitting mode")
    ] = "Split Rows",
    fraction: Annotated[
        float, Range(0, 1), Label("Fraction of rows in the first output dataset"), When(mode="Split Rows")
    ] = 0.5,
    randomized: Annotated[bool, Label("Randomized split"), When(mode="Split Rows")] = True,
    seed: Annotated[int, Range(0, 4294967295), Label("Random seed"), When(mode="Split Rows", randomized=True)] = 0,
    stratified: Annotated[bool, Label("Stratified split"), When(mode="Split Rows")] = False,
    stratification_column: Annotated[
        Column | None,
        Label("Stratification key column"),
        Help("Each of its values is divided in the same share."),
        When(mode="Split Rows", stratified=True),
    ] = None,
    regular_expression: Annotated[
        str, Label("Regular expression"), Help('\\"column name" pattern'), When(mode="Regular Expression")
    ] = '\\"column name" ^start',
    relational_expression: Annotated[
        str, Label("Relational expression"), Help('\\"column name" > 3'), When(mode="Relative Expression")
    ] = '\\"column name" > 3',
) -> tuple[
    Annotated[pl.DataFrame, Label("Results dataset1"), Help("Rows of the fraction, or rows that match.")],
    Annotated[pl.DataFrame, Label("Results dataset2"), Help("The other rows.")],
]:
    if mode == "Regular Expression":
        first = _matches(dataset, regular_expression)
    elif mode == "Relative Expression":
        first = _compares(dataset, relational_expression)
    else:
        first = _drawn(dataset, fraction, randomized, seed, stratified, stratification_column)
    print(f"{first.sum()} of {len(dataset)} rows go to the first output.")
    return dataset.filter(first), dataset.filter(~first)


def _drawn(
    dataset: pl.DataFrame, fraction: float, randomized: bool, seed: int, stratified: bool, key: str | None
) -> pl.Series:
    """Which rows are drawn."""
    import numpy as np

    if not 0 <= fraction <= 1:
        raise ModuleError(8, f"The fraction is {fraction}, outside 0 to 1.", "Write 0.7 for 70 percent.")
    if not len(dataset):
        raise ModuleError(3, "The dataset has no rows.", "Check the step before.")
    order = np.random.default_rng(seed).permutation(len(dataset)) if randomized else np.arange(len(dataset))
    wanted = round(len(dataset) * fraction)
    drawn = np.zeros(len(dataset), dtype=bool)
    if not stratified:
        drawn[order[:wanted]] = True
        return pl.Series(drawn)
    if not key:
        raise ModuleError(3, "A stratified split needs a column.", "Choose the stratification key column.")
    if key not in dataset.columns:
        raise ModuleError(1, f'Column "{key}" was not found.', f"The dataset has: {', '.join(dataset.columns[:12])}.")
    stratum = dataset[key].rank("dense").fill_null(0).to_numpy()[order]
    strata, sizes = np.unique(stratum, return_counts=True)
    takes = np.floor(sizes * fraction + 1e-9).astype(int)
    largest = np.argsort(takes - sizes * fraction, kind="stable")
    takes[largest[: wanted - takes.sum()]] += 1
    for value, take in zip(strata, takes, strict=True):
        drawn[order[stratum == value][:take]] = True
    return pl.Series(drawn)


_COLUMN = re.compile(r'\s*(?:\\?"(?P<name>(?:[^"]|"")+)"|\(\s*\\(?P<place>\d+)\s*\))\s*')


def _column(dataset: pl.DataFrame, expression: str, example: str) -> tuple[pl.Series, int]:
    """The column that an expression begins with, and where its text goes on."""
    found = _COLUMN.match(expression)
    if not found:
        raise ModuleError(2, f"The expression does not begin with a column: {expression}", f"Write {example}")
    name, place = found["name"], found["place"]
    if place is not None and int(place) >= dataset.width:
        raise ModuleError(8, f"Column place {place} is outside 0 to {dataset.width - 1}.", "Places count from 0.")
    name = dataset.columns[int(place)] if place is not None else name.replace('""', '"')
    if name not in dataset.columns:
        raise ModuleError(1, f'Column "{name}" was not found.', f"The dataset has: {', '.join(dataset.columns[:12])}.")
    return dataset[name], found.end()


def _matches(dataset: pl.DataFrame, expression: str) -> pl.Series:
    """Which rows a regular expression finds something in."""
    column, position = _column(dataset, expression, r'\"column name" ^start')
    try:
        pattern = re.compile(expression[position:].rstrip())
    except re.error as problem:
        raise ModuleError(2, f"The regular expression cannot be read: {problem}.", "Check its brackets.") from problem
    values = column.cast(pl.String)
    matching = [value for value in values.drop_nulls().unique() if pattern.search(value)]
    return values.is_in(matching).fill_null(False)


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "<=": operator.le, ">=": operator.ge, "==": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt,
}  # fmt: skip
_OPERATOR = re.compile(r"\s*(<=|>=|==|!=|<|>)\s*")
_VALUE = re.compile(r"""\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^&|<>=!"']+))\s*""")
_AND_OR = re.compile(r"\s*(&&?|\|\|?)\s*")


def _compares(dataset: pl.DataFrame, expression: str) -> pl.Series:
    """Which rows fit: comparisons of one column, joined by & (first) and | (then)."""
    column, position = _column(dataset, expression, r'\"column name" > 3')
    text = expression.rstrip()
    rows, group = None, None
    while True:
        again = _COLUMN.match(text, position)
        if again:
            other, _ = _column(dataset, text[position:], r'\"column name" > 3')
            if other.name != column.name:
                raise ModuleError(2, f'The expression names two columns, "{column.name}" and "{other.name}".',
                                  "Use one column, or two Split Data steps, or Apply SQL Transformation.")  # fmt: skip
            position = again.end()
        sign = _OPERATOR.match(text, position)
        if not sign:
            raise _unexpected(text, position, "a comparison (<, <=, >, >=, == or !=)")
        value = _VALUE.match(text, sign.end())
        if not value:
            raise _unexpected(text, sign.end(), "a value")
        fits = _compare(column, sign[1], next(part for part in value.groups() if part is not None).strip())
        group = fits if group is None else group & fits
        position = value.end()
        if position == len(text):
            return (group if rows is None else rows | group).fill_null(False)
        joint = _AND_OR.match(text, position)
        if not joint:
            raise _unexpected(text, position, "& or |")
        if joint[1][0] == "|":
            rows, group = (group if rows is None else rows | group), None
        position = joint.end()


def _unexpected(text: str, position: int, expected: str) -> ModuleError:
    there = f'found "{text[position : position + 10]}"' if position < len(text) else "the expression ends there"
    return ModuleError(2, f"At character {position + 1} of the expression should be {expected}; {there}.",
                       r'Write, for example, \"column name" > 3 & <= 10')  # fmt: skip


def _compare(column: pl.Series, sign: str, text: str) -> pl.Series:
    """Which values of the column compare so; null where a value is missing."""
    kind = column.dtype
    if kind in (pl.Categorical, pl.Enum, pl.String, pl.Boolean):
        if sign not in ("==", "!="):
            raise ModuleError(2, f'Column "{column.name}" holds {kind}, which compares with == and != only, not {sign}.',
                              "Choose a number or date column, or Apply SQL Transformation.")  # fmt: skip
        if kind != pl.Boolean:
            return _OPERATORS[sign](column.cast(pl.String), text)
        if text.lower() not in ("true", "false"):
            raise ModuleError(2, f'Column "{column.name}" is true or false; "{text}" is neither.')
        return _OPERATORS[sign](column, text.lower() == "true")
    if kind in (pl.Date, pl.Datetime):
        values = column.dt.replace_time_zone(None) if kind == pl.Datetime else column.cast(pl.Datetime("us"))
        return _OPERATORS[sign](values, _moment(column.name, text))
    if not kind.is_numeric():
        raise ModuleError(17, f'Column "{column.name}" holds {kind}, which does not compare.', "Choose another column.")
    try:
        number = int(text) if kind.is_integer() and re.fullmatch(r"[+-]?\d{1,18}", text) else float(text)
    except ValueError:
        raise ModuleError(2, f'Column "{column.name}" holds numbers; "{text}" is not one.') from None
    return _OPERATORS[sign](column.fill_nan(None) if kind.is_float() else column, number)


def _moment(name: str, text: str) -> datetime:
    for form in ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%m/%d/%Y", "%m/%d/%Y %H:%M"):
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    raise ModuleError(2, f'Column "{name}" holds dates; "{text}" is not one.', "Write 2024-01-31 or 2024-01-31 12:30.")
