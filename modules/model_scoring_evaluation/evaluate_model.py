# /// script
# dependencies = ["polars>=1.30", "numpy"]
# ///
"""Evaluate Model

Measures how well scores fit the labels, for one scored dataset or for two side by side.

Use it after *Score Model*, on rows that the model has not seen. What it measures follows from the columns:

| Columns | Measures |
| --- | --- |
| a number as label and score | regression: MAE, RMSE, relative errors, R2, a histogram of errors |
| one column of probabilities | two classes: accuracy, precision, recall, F1, AUC, log loss, and curves over the threshold |
| several, or labels that are text | more classes: accuracy, precision, recall and F1 averaged over classes, confusion matrix |

Label and scores are found by their roles, which *Score Model* sets, else scores by their names. Rows without a label or score do not count.

*Example:* the scored test rows of two learners, to see which one is better.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import polars as pl

from designer import step
from designer.module import Help, Label, Metrics, ModuleError, Role, roles_of

CATEGORY = "Model Scoring and Evaluation"
TAGS = ("metrics", "accuracy", "roc", "auc", "rmse", "confusion matrix", "compare")

SHORT = {
    "Mean Absolute Error": "MAE",
    "Root Mean Squared Error": "RMSE",
    "Relative Absolute Error": "RAE",
    "Relative Squared Error": "RSE",
    "Coefficient of Determination": "R2",
    "F1 Score": "F1",
    "Macro F1 Score": "Macro F1",
    "Average Log Loss": "Log Loss",
}


def run(
    scored_dataset: Annotated[pl.DataFrame, Label("Scored dataset")],
    scored_dataset_to_compare: Annotated[
        pl.DataFrame | None, Label("Scored dataset to compare"), Help("The scores of a second model.")
    ] = None,
) -> Annotated[Metrics, Label("Evaluation results")]:
    first = _evaluate("Scored dataset", scored_dataset)
    evaluations = [first]
    if scored_dataset_to_compare is not None:
        second = _evaluate("Scored dataset to compare", scored_dataset_to_compare)
        for key, word in (("kind", "is scored for"), ("positive", "has the positive class")):
            if first.get(key) != second.get(key):
                raise ModuleError(62, f"The two datasets cannot be compared: the first {word} {first[key]}, "
                                  f"the second {word} {second[key]}.", "Compare scores for one and the same label.")  # fmt: skip
        evaluations.append(second)
    for suffix, evaluation in zip(("", " (2)"), evaluations, strict=False):
        for name, value in evaluation["model"]["metrics"].items():
            if value is not None:
                step.log_metric(SHORT.get(name, name) + suffix, value)
    head = {key: first[key] for key in ("kind", "label", "positive") if key in first}
    return {"format": "designer.evaluation/1", **head, "models": [one["model"] for one in evaluations]}


def _evaluate(name: str, table: pl.DataFrame) -> dict[str, Any]:
    """Kind, label and positive class of one scored dataset, and what is measured of its model."""
    if not len(table):
        raise ModuleError(3, f'"{name}" has no rows.', "Check the step before.")
    roles = _score_roles(table)
    label = _label_column(name, table)
    scored = next((column for column, role in roles.items() if role.score == "labels"), None)
    if scored is None:
        raise ModuleError(25, f'"{name}" has no column of scored labels.', "Put Score Model before.")
    probabilities = {column: role.category for column, role in roles.items() if role.score == "probabilities"}

    needed = [label, scored, *probabilities]
    complete = ~pl.any_horizontal(_missing(table[column]) for column in needed)
    rows = table.filter(complete)
    if len(rows) < len(table):
        print(f"{name}: {len(table) - len(rows)} of {len(table)} rows have no label or score and do not count.")
    if not len(rows):
        raise ModuleError(
            134, f'"{name}" has no row with both a label and a score.', "Evaluate rows whose label is known."
        )

    found: dict[str, Any] = {"label": label}
    numbers = all(rows[column].dtype.is_numeric() for column in (label, scored))
    if not probabilities and numbers:
        found |= {"kind": "regression", "model": _regression(rows[label], rows[scored])}
    elif len(probabilities) == 1:
        (column, positive), *_ = probabilities.items()
        actual, predicted = _texts(rows[label]), _texts(rows[scored])
        positive = _same_word(positive, actual, predicted)
        found |= {"kind": "binary", "positive": positive,
                  "model": _binary(actual, rows[column].to_numpy(), positive)}  # fmt: skip
    else:
        found |= {
            "kind": "multiclass",
            "model": _multiclass(_texts(rows[label]), _texts(rows[scored]), rows, probabilities),
        }
    found["model"] = {"name": name, "rows": len(rows), **found["model"]}
    return found


def _score_roles(table: pl.DataFrame) -> dict[str, Role]:
    """The score columns: by role, or else by the names that Score Model gives."""
    roles = {name: role for name, role in roles_of(table).items() if role.kind == "score" and name in table.columns}
    if roles:
        return roles
    prefix = "Scored Probabilities"
    for name in table.columns:
        if name == "Scored Labels":
            roles[name] = Role("score", score="labels")
        elif name == prefix or name.startswith(f"{prefix}_"):
            roles[name] = Role("score", score="probabilities", category=name.removeprefix(prefix).removeprefix("_"))
    return roles


def _label_column(name: str, table: pl.DataFrame) -> str:
    labels = [column for column, role in roles_of(table).items() if role.kind == "label" and column in table.columns]
    if len(labels) == 1:
        return labels[0]
    if labels:
        raise ModuleError(
            37, f'"{name}" has several label columns: {", ".join(labels)}.', "Clear all but one with Edit Metadata."
        )
    raise ModuleError(24, f'"{name}" has no label column.', "Score rows that have it, or mark it with Edit Metadata.")


def _missing(column: pl.Series) -> pl.Series:
    return column.is_null() | column.is_nan().fill_null(False) if column.dtype.is_float() else column.is_null()


def _texts(column: pl.Series) -> list[str]:
    """The classes as text, the same for 1 and 1.0."""
    if column.dtype.is_float() and (column % 1 == 0).all():
        column = column.cast(pl.Int64)
    return [str(value) for value in column.to_list()]


def _same_word(positive: str, actual: Sequence[str], predicted: Sequence[str]) -> str:
    """The positive class as the labels write it; without a known one, the last in order."""
    values = sorted({*actual, *predicted})
    if positive in values or not values:
        return positive
    whole = positive.removesuffix(".0")
    return whole if whole in values or positive else values[-1]


def _regression(actual: pl.Series, predicted: pl.Series) -> dict[str, Any]:
    import numpy as np

    y, p = actual.cast(pl.Float64).to_numpy(), predicted.cast(pl.Float64).to_numpy()
    error = p - y
    spread = y - y.mean()
    squared = _ratio((error**2).sum(), (spread**2).sum())
    metrics = {
        "Mean Absolute Error": np.abs(error).mean(),
        "Root Mean Squared Error": np.sqrt((error**2).mean()),
        "Relative Absolute Error": _ratio(np.abs(error).sum(), np.abs(spread).sum()),
        "Relative Squared Error": squared,
        "Coefficient of Determination": None if squared is None else 1 - squared,
    }
    finite = error[np.isfinite(error)]
    counts, edges = np.histogram(finite, bins=20) if len(finite) else (np.zeros(0, int), np.zeros(0))
    some = _spread_out(len(y), 500)
    return {
        "metrics": _numbers(metrics),
        "errors": {"edges": _list(edges), "counts": counts.tolist()},
        "fit": [[_number(one), _number(other)] for one, other in zip(y[some], p[some], strict=True)],
    }


def _binary(actual: Sequence[str], probability: Any, positive: str) -> dict[str, Any]:
    """Measures of two classes; a row is predicted positive if its probability is above the threshold."""
    import numpy as np

    is_positive = np.array([value == positive for value in actual])
    positives, negatives = int(is_positive.sum()), int((~is_positive).sum())
    rest = sorted({value for value in actual if value != positive})
    if len(rest) > 1:
        raise ModuleError(14, f"The label has {len(rest) + 1} values, but there is one column of probabilities.",
                          "Score with the model that was trained on this label.")  # fmt: skip
    negative = rest[0] if rest else f"not {positive}"

    order = np.argsort(-probability, kind="stable")
    descending, found = probability[order], np.concatenate([[0], np.cumsum(is_positive[order])])
    ends = np.append(np.nonzero(np.diff(descending))[0], len(order) - 1) + 1  # equal probabilities stay together
    chosen = np.concatenate([[0], ends])
    hits = found[chosen]
    misses = chosen - hits

    thresholds = []
    for threshold in np.linspace(0, 1, 101):
        above = int(np.searchsorted(-descending, -threshold, side="left"))
        tp = int(found[above])
        fp = above - tp
        thresholds.append(
            {"threshold": round(float(threshold), 2), "tp": tp, "fp": fp, "tn": negatives - fp, "fn": positives - tp}
        )
    half = thresholds[50]
    tp, fp, tn, fn = half["tp"], half["fp"], half["tn"], half["fn"]
    area = float(np.trapezoid(hits, misses) / (positives * negatives)) if positives and negatives else None
    certain = np.clip(np.where(is_positive, probability, 1 - probability), 1e-15, 1)
    metrics = {
        "Accuracy": (tp + tn) / len(actual),
        "Precision": _ratio(tp, tp + fp),
        "Recall": _ratio(tp, tp + fn),
        "F1 Score": _ratio(2 * tp, 2 * tp + fp + fn),
        "AUC": area,
        "Average Log Loss": float(-np.log(certain).mean()),
    }
    some = _spread_out(len(chosen), 201)
    roc = [[_ratio(x, negatives), _ratio(y, positives)] for x, y in zip(misses[some], hits[some], strict=True)]
    hits, chosen = hits[1:], chosen[1:]
    some = _spread_out(len(chosen), 201)
    curve = [[_ratio(y, positives), _ratio(y, n)] for y, n in zip(hits[some], chosen[some], strict=True)]
    some = _spread_out(len(chosen), 101)
    base = positives / len(actual)
    lift = [[float(n / len(actual)), _ratio(y / n, base)] for y, n in zip(hits[some], chosen[some], strict=True)]
    return {
        "metrics": _numbers(metrics),
        "thresholds": thresholds,
        "roc": roc,
        "precision_recall": curve,
        "lift": lift,
        "confusion": {"labels": [negative, positive], "matrix": [[tn, fp], [fn, tp]]},
    }


def _multiclass(
    actual: Sequence[str], predicted: Sequence[str], rows: pl.DataFrame, probabilities: Mapping[str, str]
) -> dict[str, Any]:
    import numpy as np

    classes = _in_order({*actual, *predicted})
    place = {name: number for number, name in enumerate(classes)}
    matrix = np.zeros((len(classes), len(classes)), dtype=int)
    np.add.at(matrix, ([place[value] for value in actual], [place[value] for value in predicted]), 1)
    right = matrix.diagonal()
    precision = [_ratio(hit, total) for hit, total in zip(right, matrix.sum(axis=0), strict=True)]
    recall = [_ratio(hit, total) for hit, total in zip(right, matrix.sum(axis=1), strict=True)]
    f1 = [_ratio(2 * hit, total) for hit, total in zip(right, matrix.sum(axis=0) + matrix.sum(axis=1), strict=True)]
    metrics: dict[str, Any] = {
        "Accuracy": right.sum() / len(actual),
        "Macro Precision": _mean(precision),
        "Macro Recall": _mean(recall),
        "Macro F1 Score": _mean(f1),
    }
    column_of = {category.removesuffix(".0"): column for column, category in probabilities.items()}
    if probabilities and {*actual} <= {*column_of}:
        columns = {category: rows[column].to_numpy() for category, column in column_of.items()}
        certain = np.array([columns[value][row] for row, value in enumerate(actual)])
        metrics["Average Log Loss"] = float(-np.log(np.clip(certain, 1e-15, 1)).mean())
    return {"metrics": _numbers(metrics), "confusion": {"labels": classes, "matrix": matrix.tolist()}}


def _in_order(values: set[str]) -> list[str]:
    """Numbers by size, texts by the alphabet."""
    try:
        return sorted(values, key=float)
    except ValueError:
        return sorted(values)


def _mean(values: Sequence[float | None]) -> float | None:
    """The mean over classes; a class that was never predicted or never there counts as 0."""
    return sum(value or 0.0 for value in values) / len(values) if values else None


def _ratio(part: Any, whole: Any) -> float | None:
    return float(part / whole) if whole else None


def _number(value: Any) -> float | None:
    """A number that JSON can carry."""
    return float(value) if value is not None and abs(value) < float("inf") else None


def _numbers(metrics: Mapping[str, Any]) -> dict[str, float | None]:
    return {name: _number(value) for name, value in metrics.items()}


def _list(values: Any) -> list[float | None]:
    return [_number(value) for value in values]


def _spread_out(count: int, most: int) -> Any:
    """At most so many places out of `count`, evenly spread, the first and the last among them."""
    import numpy as np

    return np.arange(count) if count <= most else np.linspace(0, count - 1, most).round().astype(int)
