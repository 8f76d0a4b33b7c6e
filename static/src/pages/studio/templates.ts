/** What a new module may begin with: each is whole, and runs as it stands. */

export const TEMPLATES = ["function", "join", "train", "figure", "file"] as const;
export type Template = (typeof TEMPLATES)[number];

const FUNCTION = `"""My Module

Says in one line what it does.

What people should know about it stands here, in Markdown.
"""
from typing import Annotated, Literal

import polars as pl

from designer import step
from designer.module import Columns, Label, Range

CATEGORY = "My Modules"


def run(
    dataset: Annotated[pl.DataFrame, Label("Dataset")],
    *,
    columns: Annotated[Columns, Label("Columns")] = Columns.all(),
    keep: Annotated[Literal["First", "Last"], Label("Which rows to keep")] = "First",
    rows: Annotated[int, Range(1, None), Label("Number of rows")] = 100,
) -> Annotated[pl.DataFrame, Label("Result")]:
    chosen = dataset.select(columns.of(dataset))
    result = chosen.head(rows) if keep == "First" else chosen.tail(rows)
    step.log_metric("rows", result.height)
    return result
`;

const JOIN = `"""Two Tables

Adds what the second table says to the rows of the first.
"""
from typing import Annotated

import polars as pl

from designer.module import Column, Label, Of

CATEGORY = "My Modules"


def run(
    left: Annotated[pl.DataFrame, Label("Left")],
    right: Annotated[pl.DataFrame, Label("Right")],
    *,
    left_key: Annotated[Column, Label("Key of the left table"), Of("left")],
    right_key: Annotated[Column, Label("Key of the right table"), Of("right")],
) -> Annotated[pl.DataFrame, Label("Result")]:
    return left.join(right, left_on=left_key, right_on=right_key, how="left")
`;

const TRAIN = `# /// script
# dependencies = ["scikit-learn>=1.5"]
# ///
"""Train My Model

Trains a model that predicts one column from the others.
"""
from typing import Annotated

import polars as pl
import polars.selectors as cs
from sklearn.ensemble import RandomForestRegressor

from designer import step
from designer.module import Column, Label, Metrics, Range

CATEGORY = "My Modules"


def run(
    dataset: Annotated[pl.DataFrame, Label("Training data")],
    *,
    label: Annotated[Column, Label("Column to predict")],
    trees: Annotated[int, Range(1, 1000), Label("Number of trees")] = 100,
    seed: Annotated[int, Label("Random seed")] = 0,
) -> tuple[Annotated[pl.DataFrame, Label("Scored data")], Annotated[Metrics, Label("Metrics")]]:
    features = dataset.drop(label).select(cs.numeric()).fill_null(0)
    model = RandomForestRegressor(trees, random_state=seed, n_jobs=1)
    model.fit(features.to_numpy(), dataset[label].to_numpy())
    score = float(model.score(features.to_numpy(), dataset[label].to_numpy()))
    step.log_metric("r2", score)
    scored = dataset.with_columns(pl.Series("Scored Labels", model.predict(features.to_numpy())))
    return scored, {"r2": score}
`;

const FIGURE = `"""My Figure

Draws two columns against each other.
"""
from typing import Annotated

import polars as pl

from designer.module import Column, Figure, Label

CATEGORY = "My Modules"


def run(
    dataset: Annotated[pl.DataFrame, Label("Dataset")],
    *,
    x: Annotated[Column, Label("Across")],
    y: Annotated[Column, Label("Up")],
) -> Annotated[Figure, Label("Figure")]:
    values = dataset.select(x=pl.col(x), y=pl.col(y)).head(2000)
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": values.to_dicts()},
        "mark": {"type": "point", "filled": True},
        "encoding": {
            "x": {"field": "x", "type": "quantitative", "title": x},
            "y": {"field": "y", "type": "quantitative", "title": y},
        },
    }
`;

const FILE = `"""Read My File

Reads a file that is there for the step into a table.
"""
from pathlib import Path
from typing import Annotated

import polars as pl

from designer.module import Help, Label

CATEGORY = "My Modules"


def run(
    *,
    path: Annotated[str, Label("Path"), Help("As the machine knows it that runs the step.")] = "/etc/os-release",
) -> Annotated[pl.DataFrame, Label("Lines")]:
    lines = Path(path).read_text(errors="replace").splitlines()
    print(f"{path}: {len(lines)} lines")
    return pl.DataFrame({"line": range(1, len(lines) + 1), "text": lines})
`;

export const SOURCES: Readonly<Record<Template, string>> = {
  function: FUNCTION,
  join: JOIN,
  train: TRAIN,
  figure: FIGURE,
  file: FILE,
};

/** Whether nothing was written yet: the text is a template as it came. */
export const isTemplate = (source: string): boolean => TEMPLATES.some((one) => SOURCES[one] === source);
