# /// script
# dependencies = ["polars>=1.30", "numpy", "scikit-learn>=1.6", "lightgbm>=4.5"]
# ///
"""Train Model

Fits a learner to a dataset, so that it predicts the label column from the other columns.

Use it with any regression or classification learner; connect the trained model to *Score Model*.

**Features** are the columns that *Edit Metadata* marked as such; without any mark, all columns but labels, scores, ids
and weights. Numbers, true/false and dates (as days) go in as numbers. Text and categorical columns become one column of
0 and 1 per value, for the 1,000 most frequent values. Rows without a label are left out. Rows with a missing feature
are left out too, unless the learner takes missing values, as the boosted trees do.

*Model explanations* keeps a figure and a table of how much each feature counts in the model.

*Example:* a *Two-Class Boosted Decision Tree*, the first output of *Split Data*, and the label `churned`.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import polars as pl

from designer import step
from designer.module import Column, Help, Label, Model, ModuleError, Of, UntrainedModel, roles_of

CATEGORY = "Model Training"
TAGS = ("fit", "learn", "regression", "classification")

TASKS = ("regression", "binary", "multiclass")
MOST_CATEGORIES = 1_000
MOST_CLASSES = 1_000


def run(
    untrained_model: Annotated[UntrainedModel, Label("Untrained model")],
    dataset: Annotated[pl.DataFrame, Label("Dataset")],
    *,
    label: Annotated[Column, Label("Label column"), Help("What the model is to predict."), Of("dataset")],
    model_explanations: Annotated[
        bool, Label("Model explanations"), Help("Keep a figure and a table of how much each feature counts.")
    ] = False,
) -> Annotated[Model, Label("Trained model")]:
    learner = untrained_model
    _check(learner, dataset, label)
    rows = _labelled(dataset, label)
    classes = _classes(rows[label], learner.task)
    _check_label(rows[label], learner.task, classes)
    estimator = learner.new()
    fitted = FittedModel(estimator, rows, _feature_names(dataset, label), classes, normalize=learner.normalize)

    step.progress(0.1, "reading the features")
    matrix = fitted.matrix(rows)
    complete = fitted.complete(matrix)
    if not complete.all():
        print(f"{(~complete).sum()} of {len(rows)} rows have missing features and are left out.")
        rows, matrix = rows.filter(pl.Series(complete)), matrix[complete]
        if not len(rows):
            raise ModuleError(21, f"No row has all features, which {learner.name or 'the learner'} needs.",
                              "Put Clean Missing Data before.")  # fmt: skip
        _check_label(rows[label], learner.task, _classes(rows[label], learner.task))

    step.progress(0.3, f"fitting {len(rows):,} rows with {matrix.shape[1]:,} numbers each")
    try:
        estimator.fit(matrix, fitted.target(rows[label]))
    except ValueError as problem:
        raise ModuleError(39, f"{learner.name or 'The learner'} could not be fitted: {problem}",
                          "Check its settings and the features.") from problem  # fmt: skip
    if learner.task == "regression" and hasattr(estimator, "coef_"):
        _check_not_run_away(estimator, matrix, fitted.target(rows[label]))
    print(f"Fitted {learner.name} to {len(rows)} rows with {len(fitted.features)} features.")
    if model_explanations:
        _explain(fitted, matrix)
    return Model(
        estimator=fitted,
        task=learner.task,
        features=list(fitted.features),
        label=label,
        classes=classes,
        name=learner.name,
        feature_types=dict(fitted.features),
    )


class FittedModel:
    """A fitted estimator together with the way from a table, of pandas or polars, to the numbers it was fitted on."""

    def __init__(
        self, estimator: Any, table: pl.DataFrame, names: Sequence[str], classes: Sequence[Any], *, normalize: bool
    ) -> None:
        self.estimator = estimator
        self.classes = list(classes)
        self.takes_missing = _takes_missing(estimator)
        self.features: dict[str, str] = {}
        self.categories: dict[str, list[str]] = {}
        self.scales: dict[str, tuple[float, float]] = {}
        roles = roles_of(table)
        for name in names:
            column = table[name]
            if column.null_count() == len(column):
                print(f'Column "{name}" has no values and is left out.')
            elif column.dtype in (pl.String, pl.Categorical, pl.Enum) or (name in roles and roles[name].categorical):
                self.features[name] = "category"
                self.categories[name] = _frequent(name, _text(column))
            else:
                self.features[name] = "number"
                if normalize:
                    self.scales[name] = _scale(_number(column))
        if not self.features:
            raise ModuleError(47, "There is no feature to learn from.", "Give the model a column besides the label.")

    @property
    def feature_of(self) -> list[str]:
        """For each column of the matrix, the column of the table that it comes from."""
        return [name for name in self.features for _ in self.categories.get(name, [name])]

    def matrix(self, table: Any) -> Any:
        """The features as a matrix of numbers; NaN is missing, and a category that is not known is 0 throughout."""
        import numpy as np

        if not isinstance(table, pl.DataFrame):
            table = pl.from_pandas(table)
        result = np.zeros((len(table), len(self.feature_of)))
        start = 0
        for name, kind in self.features.items():
            if kind == "number":
                middle, length = self.scales.get(name, (0.0, 1.0))
                result[:, start] = (_number(table[name]).to_numpy() - middle) / length
                start += 1
                continue
            known, text = self.categories[name], _text(table[name])
            codes = text.replace_strict(known, range(len(known)), default=None, return_dtype=pl.Int64)
            there = codes.is_not_null().to_numpy()
            result[there.nonzero()[0], start + codes.drop_nulls().to_numpy()] = 1
            if not self.takes_missing:
                result[text.is_null().to_numpy(), start] = np.nan
            start += len(known)
        return result

    def complete(self, matrix: Any) -> Any:
        """Which rows the estimator can work with."""
        import numpy as np

        if self.takes_missing:
            return np.ones(len(matrix), dtype=bool)
        infinite = np.isinf(matrix).any(axis=0)
        if infinite.any():
            raise ModuleError(33, f'Column "{self.feature_of[infinite.argmax()]}" holds an infinite value.',
                              "Remove it, for example with Apply SQL Transformation.")  # fmt: skip
        return ~np.isnan(matrix).any(axis=1)

    def target(self, label: pl.Series) -> Any:
        """The label as the estimator sees it: a number, or the place of the class."""
        if not self.classes:
            return label.cast(pl.Float64).to_numpy()
        return _plain(label).replace_strict(self.classes, range(len(self.classes)), return_dtype=pl.Int64).to_numpy()

    def predict(self, table: Any) -> Any:
        """The label of each row: a number or a class; NaN or None for a row with a missing feature that is needed."""
        import numpy as np

        matrix = self.matrix(table)
        complete = self.complete(matrix)
        found = self.estimator.predict(matrix[complete]) if complete.any() else np.zeros(0)
        result = np.full(len(matrix), None if self.classes else np.nan)
        result[complete] = np.array(self.classes, dtype=object)[found.astype(int)] if self.classes else found
        return result

    def predict_proba(self, table: Any) -> Any:
        """The probability of each class, in the order of `classes`, for each row."""
        import numpy as np

        matrix = self.matrix(table)
        complete = self.complete(matrix)
        result = np.full((len(matrix), len(self.classes)), np.nan)
        if complete.any():
            result[complete] = self.estimator.predict_proba(matrix[complete])
        return result


def _check(learner: Any, dataset: pl.DataFrame, label: str) -> None:
    if isinstance(learner, Model):
        raise ModuleError(13, f'"{learner.name or "The model"}" is trained already.', "Connect an untrained model.")
    if not isinstance(learner, UntrainedModel) or learner.task not in TASKS:
        task = getattr(learner, "task", type(learner).__name__)
        raise ModuleError(13, f"Train Model cannot fit a learner for {task}.",
                          "Connect a regression or classification learner.")  # fmt: skip
    if not len(dataset):
        raise ModuleError(3, "The dataset has no rows.", "Check the step before.")
    if label not in dataset.columns:
        raise ModuleError(1, f'The label column "{label}" was not found.',
                          f"The dataset has: {', '.join(dataset.columns[:12])}{', ...' if dataset.width > 12 else ''}.")  # fmt: skip


def _labelled(dataset: pl.DataFrame, label: str) -> pl.DataFrame:
    """The rows that have a label."""
    from designer.module import with_roles

    column = dataset[label]
    there = column.is_not_null() & column.is_not_nan() if column.dtype.is_float() else column.is_not_null()
    if not there.any():
        raise ModuleError(134, f'The label column "{label}" has no values.', "Choose another label column.")
    if there.all():
        return dataset
    print(f"{(~there).sum()} of {len(dataset)} rows have no label and are left out.")
    return with_roles(dataset.filter(there), roles_of(dataset))


def _classes(label: pl.Series, task: str) -> list[Any]:
    return [] if task == "regression" else _plain(label).unique().sort().to_list()


def _check_label(label: pl.Series, task: str, classes: Sequence[Any]) -> None:
    """Whether a learner for this task can learn this label."""
    kind = label.dtype
    if task == "regression" and not (kind.is_numeric() or kind == pl.Null):
        raise ModuleError(23, f'The label "{label.name}" holds {kind}; regression predicts numbers.',
                          "Use a classification learner, or Edit Metadata to make it a number.")  # fmt: skip
    if task == "regression" and label.is_infinite().any():
        raise ModuleError(33, f'The label "{label.name}" holds an infinite value.', "Leave such rows out.")
    if kind.is_nested() or kind.is_temporal():
        raise ModuleError(
            23, f'The label "{label.name}" holds {kind}, which are no classes.', "Choose another label column."
        )
    unique = label.n_unique()
    if unique < 2:
        raise ModuleError(23, f'The label "{label.name}" has the same value, {label[0]}, in all rows.',
                          "There is nothing to learn: check the rows and the label column.")  # fmt: skip
    if task == "binary" and len(classes) != 2:
        raise ModuleError(14, f'The label "{label.name}" has {len(classes):,} different values; a two-class learner needs two.',
                          "Use a regression or multiclass learner, or choose another label column.")  # fmt: skip
    fractions = task == "multiclass" and kind.is_float() and (label % 1 != 0).any()
    if len(classes) > MOST_CLASSES or fractions:
        raise ModuleError(14, f'The label "{label.name}" has {len(classes):,} different values, too many for classes.',
                          "Use a regression learner, or choose another label column.")  # fmt: skip


def _feature_names(dataset: pl.DataFrame, label: str) -> list[str]:
    """The columns that are marked as features, or else all that nothing speaks against."""
    roles = roles_of(dataset)
    kind = {name: roles[name].kind if name in roles else "" for name in dataset.columns if name != label}
    marked = [name for name in kind if kind[name] == "feature"]
    names = marked or [name for name in kind if not kind[name]]
    for name in names:
        if dataset[name].dtype.is_nested() or dataset[name].dtype in (pl.Binary, pl.Object):
            raise ModuleError(17, f'Column "{name}" holds {dataset[name].dtype}, which a learner cannot read.',
                              "Leave it out with Select Columns in Dataset.")  # fmt: skip
    return names


def _takes_missing(estimator: Any) -> bool:
    """Whether the estimator says, as scikit-learn's do, that it works with NaN."""
    tags = getattr(estimator, "__sklearn_tags__", None)
    return bool(tags and tags().input_tags.allow_nan)


def _plain(column: pl.Series) -> pl.Series:
    return column.cast(pl.String) if column.dtype in (pl.Categorical, pl.Enum) else column


def _text(column: pl.Series) -> pl.Series:
    """A category as text: 1 and 1.0 are the same one."""
    if column.dtype.is_float():
        column = column.fill_nan(None)
        if (column.drop_nulls() % 1 == 0).all():
            column = column.cast(pl.Int64)
    return column.cast(pl.String)


def _number(column: pl.Series) -> pl.Series:
    """A feature as numbers, NaN where it is missing; dates count in days."""
    if column.dtype in (pl.Date, pl.Datetime):
        column = column.cast(pl.Datetime("us")).to_physical() / 86_400_000_000
    elif column.dtype in (pl.Duration, pl.Time):
        column = column.to_physical()
    return column.cast(pl.Float64).fill_null(float("nan"))


def _frequent(name: str, text: pl.Series) -> list[str]:
    """The values of a category, in order; of too many, the most frequent ones."""
    counts = text.drop_nulls().value_counts(name="rows")
    if len(counts) > MOST_CATEGORIES:
        print(f'Column "{name}" has {len(counts):,} values; the {MOST_CATEGORIES:,} most frequent count.')
        counts = counts.sort("rows", name, descending=[True, False]).head(MOST_CATEGORIES)
    return counts[name].sort().to_list()


def _scale(numbers: pl.Series) -> tuple[float, float]:
    """Mean and standard deviation, which is 1 where all values are equal."""
    values = numbers.fill_nan(None).drop_nulls()
    return float(values.mean()), float(values.std(ddof=0)) or 1.0


def _check_not_run_away(estimator: Any, matrix: Any, target: Any) -> None:
    """Gradient descent with too high a learning rate ends in weights that are worse than none."""
    errors = (estimator.predict(matrix) - target) ** 2
    if not errors.mean() <= 100 * (target**2).mean():
        raise ModuleError(39, "The fit ran away: the errors grew instead of shrinking.",
                          "Lower the learning rate, or let it decrease; normalize the features.")  # fmt: skip


def _explain(fitted: FittedModel, matrix: Any) -> None:
    """Keep a figure and a table of the weight of each feature: the gain of trees, or coefficient times deviation."""
    import numpy as np

    estimator = fitted.estimator
    if hasattr(estimator, "feature_importances_"):
        weights = np.asarray(estimator.feature_importances_, dtype=float)
    elif hasattr(estimator, "coef_"):
        weights = np.abs(np.atleast_2d(estimator.coef_)).mean(axis=0) * matrix.std(axis=0)
    else:
        print(f"A {type(estimator).__name__} does not tell how much its features count.")
        return
    total = weights.sum() or 1.0
    share: dict[str, float] = dict.fromkeys(fitted.features, 0.0)
    for name, weight in zip(fitted.feature_of, weights, strict=True):
        share[name] += float(weight / total)
    ordered = sorted(share.items(), key=lambda pair: -pair[1])
    step.log_table(
        "Feature importance", {"Feature": [name for name, _ in ordered], "Importance": [part for _, part in ordered]}
    )
    step.log_figure("Feature importance", _bars(dict(ordered[:30])))


def _bars(share: Mapping[str, float]) -> dict[str, Any]:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"values": [{"feature": name, "importance": part} for name, part in share.items()]},
        "mark": "bar",
        "encoding": {
            "y": {"field": "feature", "type": "nominal", "sort": "-x", "title": None},
            "x": {"field": "importance", "type": "quantitative", "title": "Share of the total"},
        },
    }
