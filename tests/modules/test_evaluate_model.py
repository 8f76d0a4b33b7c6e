"""Evaluate Model, against scikit-learn's metrics."""

import json

import numpy as np
import polars as pl
import pytest
from sklearn import metrics

from designer import step
from designer.module import Role, roles_of, with_roles

LABELS, PROBABILITIES = "Scored Labels", "Scored Probabilities"


def binary(actual, probability, positive="yes", label="churned"):
    table = pl.DataFrame({label: actual, PROBABILITIES: probability}).with_columns(
        pl.when(pl.col(PROBABILITIES) > 0.5).then(pl.lit("yes")).otherwise(pl.lit("no")).alias(LABELS)
    )
    return with_roles(
        table,
        {
            label: Role("label"),
            LABELS: Role("score", score="labels"),
            PROBABILITIES: Role("score", score="probabilities", category=positive),
        },
    )


def regression(actual, predicted):
    roles = {"price": Role("label"), LABELS: Role("score", score="labels")}
    return with_roles(pl.DataFrame({"price": actual, LABELS: predicted}), roles)


def strict(result):
    """The result as the JSON that is written: no NaN, no infinity, plain values only."""
    return json.loads(json.dumps(result, allow_nan=False))


@pytest.fixture(scope="module")
def scored_customers(load, customers):
    model = load("train_model").run(
        load("two_class_boosted_decision_tree").run(trees=20), customers.head(3000), label="churned"
    )
    return load("score_model").run(model, customers.tail(2000))


def test_binary_metrics_agree_with_scikit_learn(load, scored_customers):
    result = strict(load("evaluate_model").run(scored_customers))
    actual = (scored_customers["churned"] == "yes").to_numpy()
    probability = scored_customers[PROBABILITIES].to_numpy()
    predicted = (scored_customers[LABELS] == "yes").to_numpy()
    (model,) = result["models"]
    assert {key: result[key] for key in ("format", "kind", "label", "positive")} == {
        "format": "designer.evaluation/1", "kind": "binary", "label": "churned", "positive": "yes",
    }  # fmt: skip
    assert (model["name"], model["rows"]) == ("Scored dataset", 2000)
    assert list(model["metrics"]) == ["Accuracy", "Precision", "Recall", "F1 Score", "AUC", "Average Log Loss"]
    assert model["metrics"] == pytest.approx(
        {
            "Accuracy": metrics.accuracy_score(actual, predicted),
            "Precision": metrics.precision_score(actual, predicted),
            "Recall": metrics.recall_score(actual, predicted),
            "F1 Score": metrics.f1_score(actual, predicted),
            "AUC": metrics.roc_auc_score(actual, probability),
            "Average Log Loss": metrics.log_loss(actual, probability),
        }
    )
    assert model["confusion"]["labels"] == ["no", "yes"]
    assert model["confusion"]["matrix"] == metrics.confusion_matrix(actual, predicted).tolist()


def test_each_threshold_counts_what_lies_above_it(load, scored_customers):
    (model,) = load("evaluate_model").run(scored_customers)["models"]
    actual = (scored_customers["churned"] == "yes").to_numpy()
    probability = scored_customers[PROBABILITIES].to_numpy()
    assert [one["threshold"] for one in model["thresholds"]] == [round(place / 100, 2) for place in range(101)]
    for one in model["thresholds"][::7]:
        above = probability > one["threshold"]
        expected = {
            "tp": (above & actual).sum(),
            "fp": (above & ~actual).sum(),
            "tn": (~above & ~actual).sum(),
            "fn": (~above & actual).sum(),
        }
        assert {key: one[key] for key in expected} == expected


def test_curves_are_thinned_but_keep_their_ends_and_shape(load, scored_customers):
    (model,) = load("evaluate_model").run(scored_customers)["models"]
    actual = (scored_customers["churned"] == "yes").to_numpy()
    probability = scored_customers[PROBABILITIES].to_numpy()
    roc = np.array(model["roc"])
    assert len(roc) <= 201
    assert roc[0].tolist() == [0, 0]
    assert roc[-1].tolist() == [1, 1]
    assert np.trapezoid(roc[:, 1], roc[:, 0]) == pytest.approx(metrics.roc_auc_score(actual, probability), abs=0.002)
    precision, recall, _ = metrics.precision_recall_curve(actual, probability)
    known = {(round(r, 9), round(p, 9)) for r, p in zip(recall, precision, strict=True)}
    assert {(round(r, 9), round(p, 9)) for r, p in model["precision_recall"]} <= known
    assert len(model["precision_recall"]) <= 201
    assert len(model["lift"]) <= 101
    assert model["lift"][-1] == pytest.approx([1, 1])
    assert model["lift"][0][1] > 1.5


def test_ties_in_the_probabilities_are_one_point(load):
    (model,) = load("evaluate_model").run(binary(["yes", "no", "yes", "no"], [0.5, 0.5, 0.5, 0.1]))["models"]
    assert model["roc"] == [[0, 0], [0.5, 1], [1, 1]]
    assert model["metrics"]["AUC"] == 0.75
    assert model["metrics"]["Accuracy"] == 0.5
    assert model["confusion"]["matrix"] == [[2, 0], [2, 0]]


def test_one_class_only_leaves_what_is_undefined_null(load):
    result = strict(load("evaluate_model").run(binary(["no", "no"], [0.2, 0.0])))
    (model,) = result["models"]
    assert model["metrics"] == {
        "Accuracy": 1.0, "Precision": None, "Recall": None, "F1 Score": None, "AUC": None,
        "Average Log Loss": pytest.approx(-np.log(0.8) / 2),
    }  # fmt: skip
    assert model["roc"] == [[0, None], [0.5, None], [1, None]]
    assert model["confusion"] == {"labels": ["no", "yes"], "matrix": [[2, 0], [0, 0]]}


@pytest.mark.parametrize(
    ("values", "positive"), [([0, 1], "1"), ([0.0, 1.0], "1.0"), ([False, True], "True"), ([0.0, 1.0], "1")]
)
def test_the_positive_class_is_found_however_it_is_written(load, values, positive):
    table = binary([values[1], values[0], values[1]], [0.9, 0.2, 0.4], positive)
    scored = pl.Series(LABELS, [values[1], values[0], values[0]])
    table = with_roles(table.with_columns(scored), roles_of(table))
    (model,) = load("evaluate_model").run(table)["models"]
    assert model["confusion"]["matrix"] == [[1, 0], [1, 1]]


def test_regression_metrics_agree_with_scikit_learn(load, diabetes):
    model = load("train_model").run(load("linear_regression").run(), diabetes.head(300), label="target")
    scored = load("score_model").run(model, diabetes.tail(142))
    result = strict(load("evaluate_model").run(scored))
    y, p = scored["target"].to_numpy(), scored[LABELS].to_numpy()
    (one,) = result["models"]
    assert (result["kind"], result["label"], "positive" in result) == ("regression", "target", False)
    assert list(one["metrics"]) == [
        "Mean Absolute Error", "Root Mean Squared Error", "Relative Absolute Error", "Relative Squared Error",
        "Coefficient of Determination",
    ]  # fmt: skip
    assert list(one["metrics"].values()) == pytest.approx(
        [
            metrics.mean_absolute_error(y, p),
            metrics.root_mean_squared_error(y, p),
            np.abs(y - p).sum() / np.abs(y - y.mean()).sum(),
            1 - metrics.r2_score(y, p),
            metrics.r2_score(y, p),
        ]
    )
    counts, edges = np.histogram(p - y, bins=20)
    assert one["errors"]["counts"] == counts.tolist()
    assert one["errors"]["edges"] == pytest.approx(edges.tolist())
    assert one["fit"] == [[pytest.approx(a), pytest.approx(b)] for a, b in zip(y, p, strict=True)]


def test_many_points_of_fit_are_sampled_evenly(load):
    values = [float(value) for value in range(10_000)]
    (model,) = load("evaluate_model").run(regression(values, values))["models"]
    actual = [point[0] for point in model["fit"]]
    assert (len(actual), actual[0], actual[-1]) == (500, 0, 9999)
    assert set(np.diff(actual)) == {20.0, 21.0}


def test_a_label_that_does_not_vary_has_no_relative_errors(load):
    (model,) = strict(load("evaluate_model").run(regression([2.0, 2.0], [1.0, 3.0])))["models"]
    assert list(model["metrics"].values()) == [1.0, 1.0, None, None, None]


def test_multiclass_metrics_agree_with_scikit_learn(load, wine):
    from sklearn.tree import DecisionTreeClassifier

    from designer.module import UntrainedModel

    learner = UntrainedModel(DecisionTreeClassifier(max_depth=2, random_state=0), task="multiclass")
    model = load("train_model").run(learner, wine[::2], label="target")
    scored = load("score_model").run(model, wine[1::2])
    result = strict(load("evaluate_model").run(scored))
    y, p = scored["target"].to_list(), scored[LABELS].to_list()
    names = ["class_0", "class_1", "class_2"]
    probabilities = scored.select([f"{PROBABILITIES}_{name}" for name in names]).to_numpy()
    (one,) = result["models"]
    assert result["kind"] == "multiclass"
    assert one["metrics"] == pytest.approx(
        {
            "Accuracy": metrics.accuracy_score(y, p),
            "Macro Precision": metrics.precision_score(y, p, average="macro"),
            "Macro Recall": metrics.recall_score(y, p, average="macro"),
            "Macro F1 Score": metrics.f1_score(y, p, average="macro"),
            "Average Log Loss": metrics.log_loss(y, np.clip(probabilities, 1e-15, 1), labels=names),
        }
    )
    assert one["confusion"] == {"labels": names, "matrix": metrics.confusion_matrix(y, p).tolist()}


def test_scores_without_roles_are_found_by_their_names(load):
    table = with_roles(pl.DataFrame({"y": [1, 0], LABELS: [1, 0], PROBABILITIES: [0.9, 0.1]}), {"y": Role("label")})
    result = load("evaluate_model").run(table)
    assert (result["kind"], result["positive"]) == ("binary", "1")


def test_two_models_stand_side_by_side_and_their_numbers_are_logged(load, monkeypatch):
    logged = {}
    monkeypatch.setattr(step, "log_metric", lambda name, value: logged.update({name: value}))
    first, second = regression([1.0, 2.0, 3.0], [1.0, 2.0, 4.0]), regression([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    result = load("evaluate_model").run(first, second)
    assert [model["name"] for model in result["models"]] == ["Scored dataset", "Scored dataset to compare"]
    assert logged == pytest.approx(
        {
            "MAE": 1 / 3, "RMSE": 3**-0.5, "RAE": 0.5, "RSE": 0.5, "R2": 0.5,
            "MAE (2)": 0, "RMSE (2)": 0, "RAE (2)": 0, "RSE (2)": 0, "R2 (2)": 1,
        }
    )  # fmt: skip


def test_rows_without_label_or_score_do_not_count(load, capsys):
    result = load("evaluate_model").run(regression([1.0, None, 3.0, 4.0], [1.0, 2.0, float("nan"), None]))
    assert result["models"][0]["rows"] == 1
    assert "3 of 4 rows have no label or score and do not count" in capsys.readouterr().out


def test_what_cannot_be_evaluated_is_refused(load, refused, iris):
    run = load("evaluate_model").run
    assert "no column of scored labels" in refused(25, run, with_roles(iris.clone(), {"target": Role("label")}))
    assert "has no label column" in refused(24, run, pl.DataFrame({LABELS: [1.0]}))
    two = with_roles(pl.DataFrame({"a": [1], "b": [1], LABELS: [1]}), {"a": Role("label"), "b": Role("label")})
    assert "several label columns: a, b" in refused(37, run, two)
    refused(3, run, iris.head(0))
    refused(134, run, regression([None, 1.0], [1.0, None]))
    text = refused(62, run, regression([1.0, 2.0], [1.0, 2.0]), binary(["yes", "no"], [0.9, 0.1]))
    assert "the first is scored for regression, the second is scored for binary" in text
    refused(62, run, binary(["yes", "no"], [0.9, 0.1]), binary(["yes", "no"], [0.9, 0.1], positive="no"))
    refused(14, run, binary(["yes", "no", "maybe"], [0.9, 0.1, 0.2]))
