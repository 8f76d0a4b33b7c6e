# /// script
# dependencies = ["polars>=1.30"]
# ///
"""Apply Transformation

Applies a transformation that was fitted elsewhere, such as by *Normalize Data* or *Clean Missing Data*, to a dataset.

Use it so that test data and new data are treated with the means, bounds and replacements found in the training data.

*Example:* connect *Transformation function* of *Normalize Data*, which saw the training rows, and the test rows.
"""

from typing import Annotated

import polars as pl

from designer.module import Label, ModuleError, Transformation

CATEGORY = "Data Transformation"
TAGS = ("transform", "reuse", "fitted")


def run(
    transformation: Annotated[Transformation, Label("Transformation")],
    dataset: Annotated[pl.DataFrame, Label("Dataset")],
) -> Annotated[pl.DataFrame, Label("Transformed dataset")]:
    if not isinstance(transformation, Transformation):
        raise ModuleError(13, f"The first input is a {type(transformation).__name__}, not a transformation.",
                          "Connect the transformation output of Normalize Data or Clean Missing Data.")  # fmt: skip
    missing = [name for name in transformation.columns if name not in dataset.columns]
    if missing:
        listed = ", ".join(f'"{name}"' for name in missing[:5]) + (" ..." if len(missing) > 5 else "")
        raise ModuleError(10, f"The dataset has no column {listed}, which the transformation was fitted on.",
                          "Give it a dataset with the same column names.")  # fmt: skip
    return transformation.apply(dataset)
