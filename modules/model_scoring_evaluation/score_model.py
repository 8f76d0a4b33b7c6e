# /// script
# dependencies = ["polars>=1.30", "pandas", "pyarrow", "scikit-learn>=1.6", "lightgbm>=4.5"]
# ///
"""Score Model

Predicts the label of each row of a dataset with a trained model.

Use it on rows that the model has not seen, to measure it with *Evaluate Model*, or on new data.

It adds the column `Scored Labels`; for two classes also `Scored Probabilities`, the probability of the second class in
order; for more classes one column `Scored Probabilities_class` each. Earlier columns of these names are replaced. A row
with a missing feature that the model needs has no score. A category that was not there in training counts as none of
the known ones.

*Example:* the model from *Train Model* and the second output of *Split Data*.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import polars as pl

from designer.module import Help, Label, Model, ModuleError, Role, UntrainedModel, roles_of, with_roles

CATEGORY = "Model Scoring and Evaluation"
TAGS = ("predict", "inference", "probability")

LABELS = "Scored Labels"
PROBABILITIES = "Scored Probabilities"


def run(
    trained_model: Annotated[Model, Label("Trained model")],
    dataset: Annotated[pl.DataFrame, Label("Dataset")],
    *,
    append_score_columns: Annotated[
        bool, Label("Append score columns to output"), Help("Otherwise the output has the scores only.")
    ] = True,
) -> Annotated[pl.DataFrame, Label("Scored dataset")]:
    model = trained_model
    _check(model, dataset)
    features = dataset.select(_fitting(dataset[name], model.feature_types.get(name, "")) for name in model.features)
    table = features.to_pandas()
    columns, roles = _scores(model, table)

    kept = dataset.drop([name for name in dataset.columns if _is_score(name)])
    kept = with_roles(kept, {name: role for name, role in roles_of(dataset).items() if name in kept.columns})
    result = kept.hstack(columns) if append_score_columns else pl.DataFrame(columns)
    if append_score_columns:
        roles = _kept_roles(kept, model.label) | roles
    without = columns[0].null_count()
    print(
        f"Scored {len(dataset) - without} rows"
        + (f"; {without} have missing features and no score." if without else ".")
    )
    return with_roles(result, roles)


def _check(model: Any, dataset: pl.DataFrame) -> None:
    if isinstance(model, UntrainedModel):
        raise ModuleError(12, f'"{model.name or "The model"}" is not trained.', "Put Train Model between.")
    if not isinstance(model, Model) or model.task not in ("regression", "binary", "multiclass"):
        task = getattr(model, "task", type(model).__name__)
        cure = (
            "Use Assign Data to Clusters."
            if task == "clustering"
            else "Connect a model for regression or classification."
        )
        raise ModuleError(13, f"Score Model cannot score with a model for {task}.", cure)
    if not len(dataset):
        raise ModuleError(3, "The dataset has no rows.", "Check the step before.")
    missing = [name for name in model.features if name not in dataset.columns]
    if missing:
        listed = ", ".join(f'"{name}"' for name in missing[:5]) + (", ..." if len(missing) > 5 else "")
        raise ModuleError(10, f"The model was trained on columns that the dataset does not have: {listed}.",
                          "Give it the same columns, with the same steps before.")  # fmt: skip


def _kept_roles(kept: pl.DataFrame, label: str) -> dict[str, Role]:
    """The roles of the columns that stay, where the model's label is the only label."""
    roles = roles_of(kept)
    if label in kept.columns:
        for name, role in roles.items():
            if role.kind == "label":
                roles[name] = Role(categorical=role.categorical)
        roles[label] = Role("label", categorical=roles.get(label, Role()).categorical)
    return roles


def _fitting(column: pl.Series, kind: str) -> pl.Series:
    """The column in the type it had in training."""
    if kind == "category":
        return column if column.dtype == pl.String or column.dtype.is_float() else column.cast(pl.String)
    if kind == "number" and column.dtype in (pl.String, pl.Categorical, pl.Enum, pl.Null):
        text = column.cast(pl.String)
        numbers = text.cast(pl.Float64, strict=False)
        lost = text.filter(text.is_not_null() & numbers.is_null())
        if len(lost):
            raise ModuleError(17, f'Column "{column.name}" held numbers in training; here it holds "{lost[0]}".',
                              "Treat it the same way in both datasets.")  # fmt: skip
        return numbers
    return column.cast(pl.Float64) if column.dtype == pl.Boolean else column


def _scores(model: Model, table: Any) -> tuple[list[pl.Series], dict[str, Role]]:
    """The score columns and their roles."""
    predicted = model.estimator.predict(table)
    roles = {LABELS: Role("score", score="labels")}
    if model.task == "regression":
        return [pl.Series(LABELS, predicted, dtype=pl.Float64).fill_nan(None)], roles
    columns = [pl.Series(LABELS, predicted.tolist())]
    if not hasattr(model.estimator, "predict_proba"):
        return columns, roles
    probabilities = model.estimator.predict_proba(table)
    classes: Sequence[Any] = model.classes or list(model.estimator.classes_)
    for place, one in enumerate(classes):
        if len(classes) == 2 and place == 0:
            continue  # the other one says it too
        name = PROBABILITIES if len(classes) == 2 else f"{PROBABILITIES}_{one}"
        columns.append(pl.Series(name, probabilities[:, place], dtype=pl.Float64).fill_nan(None))
        roles[name] = Role("score", score="probabilities", category=str(one))
    return columns, roles


def _is_score(name: str) -> bool:
    return name in (LABELS, PROBABILITIES) or name.startswith(f"{PROBABILITIES}_")
