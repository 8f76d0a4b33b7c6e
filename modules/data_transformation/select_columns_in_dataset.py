# /// script
# dependencies = ["polars>=1.30"]
# ///
"""Select Columns in Dataset

Keeps the chosen columns of a dataset and leaves the others out.

Use it to drop what a model must not see, or to bring columns into another order. Columns are chosen by name, by place,
by type or by role; a rule such as "all, without the text columns" fits any dataset.

*Example:* begin with all columns and exclude `normalized-losses`, of which most values are missing.
"""

from typing import Annotated

import polars as pl

from designer.module import Columns, Help, Label, ModuleError, roles_of, with_roles

CATEGORY = "Data Transformation"
TAGS = ("project", "drop", "exclude", "keep", "reorder")


def run(
    dataset: Annotated[pl.DataFrame, Label("Dataset")],
    *,
    columns: Annotated[Columns, Label("Select columns"), Help("A column that is chosen by name must be there.")],
) -> Annotated[pl.DataFrame, Label("Results dataset")]:
    chosen = columns.of(dataset)
    if not chosen:
        raise ModuleError(11, "The selection fits no column of the dataset.", "Choose at least one column.")
    names = _each_its_own(chosen)
    result = dataset.select(pl.col(old).alias(new) for old, new in zip(chosen, names, strict=True))
    roles = roles_of(dataset)
    return with_roles(result, {new: roles[old] for old, new in zip(chosen, names, strict=True) if old in roles})


def _each_its_own(names: list[str]) -> list[str]:
    """The names, where one that is there again gets `_2`, `_3` ..."""
    result: list[str] = []
    for name in names:
        number, own = 1, name
        while own in result or (number > 1 and own in names):
            number += 1
            own = f"{name}_{number}"
        result.append(own)
    return result
