"""Train Model and Score Model, on real data and against the libraries behind them."""

import pickle
import subprocess
import sys
from datetime import date, timedelta

import cloudpickle
import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from designer.module import Model, Role, UntrainedModel, roles_of, with_roles

SCORES = ["Scored Labels", "Scored Probabilities"]


def trained(load, table, label, learner="linear_regression", **settings):
    return load("train_model").run(load(learner).run(**settings), table, label=label)


def multiclass() -> UntrainedModel:
    from sklearn.linear_model import LogisticRegression

    return UntrainedModel(LogisticRegression(max_iter=500), task="multiclass", name="Logistic", normalize=True)


def test_least_squares_predicts_what_scikit_learn_predicts(load, diabetes):
    from sklearn.linear_model import Ridge

    train, test = diabetes.head(300), diabetes.tail(142)
    model = trained(load, train, "target")
    scored = load("score_model").run(model, test)
    features = diabetes.columns[:-1]
    reference = Ridge(alpha=0.001).fit(train.select(features).to_numpy(), train["target"].to_numpy())
    np.testing.assert_allclose(scored["Scored Labels"].to_numpy(), reference.predict(test.select(features).to_numpy()))
    assert_frame_equal(scored.drop("Scored Labels"), test)
    assert roles_of(scored) == {"target": Role("label"), "Scored Labels": Role("score", score="labels")}
    assert (model.features, model.label, model.task) == (features, "target", "regression")
    assert model.feature_types == dict.fromkeys(features, "number")


def test_gradient_descent_comes_near_least_squares(load, diabetes):
    def error(**settings):
        scored = load("score_model").run(trained(load, diabetes, "target", **settings), diabetes)
        return float(((scored["target"] - scored["Scored Labels"]) ** 2).mean())

    best = error(l2_regularization_weight=0.0)
    assert (
        best
        <= error(
            solution_method="Online Gradient Descent", training_epochs=50, learning_rate=0.01, random_number_seed=1
        )
        < 1.05 * best
    )


def test_boosted_trees_predict_what_lightgbm_predicts(load, diabetes):
    from lightgbm import LGBMRegressor

    scored = load("score_model").run(
        trained(load, diabetes.head(300), "target", "boosted_decision_tree_regression", trees=30), diabetes.tail(142)
    )
    features = diabetes.drop("target")
    reference = LGBMRegressor(num_leaves=20, min_child_samples=10, learning_rate=0.2, n_estimators=30, deterministic=True,
                              force_col_wise=True, verbosity=-1)  # fmt: skip
    reference.fit(features.head(300).to_numpy(), diabetes["target"].head(300).to_numpy())
    np.testing.assert_allclose(scored["Scored Labels"].to_numpy(), reference.predict(features.tail(142).to_numpy()))


@pytest.mark.parametrize("learner", ["two_class_logistic_regression", "two_class_boosted_decision_tree"])
def test_two_classes_get_a_label_and_the_probability_of_the_second_one(load, breast_cancer, learner):
    train, test = breast_cancer.head(400), breast_cancer.tail(169)
    model = trained(load, train, "target", learner)
    scored = load("score_model").run(model, test)
    assert model.classes == ["benign", "malignant"]
    assert (scored["Scored Labels"] == test["target"]).mean() > 0.95
    assert ((scored["Scored Probabilities"] > 0.5) == (scored["Scored Labels"] == "malignant")).all()
    assert roles_of(scored) == {
        "target": Role("label"),
        "Scored Labels": Role("score", score="labels"),
        "Scored Probabilities": Role("score", score="probabilities", category="malignant"),
    }


def test_logistic_regression_weighs_standardised_features(load, breast_cancer):
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    model = trained(load, breast_cancer, "target", "two_class_logistic_regression")
    matrix = StandardScaler().fit_transform(breast_cancer.drop("target").to_numpy())
    reference = LogisticRegression(C=1.0, tol=1e-7, max_iter=1000).fit(
        matrix, (breast_cancer["target"] == "malignant").to_numpy()
    )
    np.testing.assert_allclose(model.estimator.estimator.coef_, reference.coef_, rtol=1e-4)


def test_more_classes_get_one_probability_each(load, iris):
    model = load("train_model").run(multiclass(), iris, label="target")
    scored = load("score_model").run(model, iris)
    names = [f"Scored Probabilities_{one}" for one in ("setosa", "versicolor", "virginica")]
    assert scored.columns == [*iris.columns, "Scored Labels", *names]
    np.testing.assert_allclose(scored.select(names).to_numpy().sum(axis=1), 1)
    assert (scored["Scored Labels"] == iris["target"]).mean() > 0.95
    assert roles_of(scored)[names[1]] == Role("score", score="probabilities", category="versicolor")


@pytest.mark.parametrize("values", [[0, 1], [False, True], [0.0, 1.0], [-5, 7]])
def test_labels_keep_their_type(load, breast_cancer, values):
    no, yes = values
    label = pl.Series("target", [yes if one == "malignant" else no for one in breast_cancer["target"]])
    table = breast_cancer.with_columns(label)
    model = trained(load, table, "target", "two_class_boosted_decision_tree", trees=5)
    scored = load("score_model").run(model, table)
    assert (model.classes, scored["Scored Labels"].dtype) == (values, label.dtype)
    assert roles_of(scored)["Scored Probabilities"].category == str(yes)


def test_text_flags_dates_and_missing_values_are_learned_from(load, customers):
    train, test = customers.head(3500), customers.tail(1500)
    model = load("train_model").run(
        load("two_class_boosted_decision_tree").run(trees=60, learning_rate=0.1, leaves=8), train, label="churned"
    )
    assert "customer_id" in model.features  # its role as an id did not come along with head()
    kinds = model.feature_types
    assert [kinds[name] for name in ("contract", "streaming", "customer_since", "age")] == [
        "category",
        "number",
        "number",
        "number",
    ]
    scored = load("score_model").run(model, test)
    assert scored["Scored Labels"].null_count() == 0
    assert (scored["Scored Labels"] == test["churned"]).mean() > 0.75


def test_marked_features_are_the_only_ones_and_ids_are_none(load, diabetes):
    marked = with_roles(diabetes.clone(), {"bmi": Role("feature"), "s5": Role("feature"), "target": Role("label")})
    assert trained(load, marked, "target").features == ["bmi", "s5"]
    spoken_against = with_roles(
        diabetes.clone(), {"age": Role("id"), "sex": Role("label"), "bp": Role("score"), "s1": Role("weight")}
    )
    assert trained(load, spoken_against, "target").features == ["bmi", "s2", "s3", "s4", "s5", "s6"]


def test_a_category_is_the_same_as_whole_number_float_or_text(load, diabetes):
    table = with_roles(diabetes.clone(), {"sex": Role(categorical=True)})
    model = trained(load, table, "target")
    assert model.feature_types["sex"] == "category"
    score = load("score_model").run
    expected = score(model, diabetes)["Scored Labels"]
    for other in (pl.Float64, pl.Float32, pl.String, pl.Int8):
        changed = diabetes.with_columns(pl.col("sex").cast(pl.Int64).cast(other))
        np.testing.assert_allclose(score(model, changed)["Scored Labels"], expected)


def test_an_unseen_category_counts_as_none_of_the_known_ones(load):
    table = pl.DataFrame({"c": ["a", "b", "c"] * 10, "y": [1.0, 2.0, 6.0] * 10})
    model = trained(load, table, "y", l2_regularization_weight=0.0)
    scored = load("score_model").run(model, pl.DataFrame({"c": ["a", "c", "new"]}))
    assert scored["Scored Labels"].to_list() == pytest.approx([1.0, 6.0, 3.0])


def test_rows_with_holes_are_left_out_in_training_and_get_no_score_from_a_linear_model(load, cars, capsys):
    table = cars.select("make", "horsepower", "num-of-doors", "price")
    model = trained(load, table, "price")
    assert f"{table['price'].null_count()} of 205 rows have no label" in capsys.readouterr().out
    complete = trained(load, table.drop_nulls(), "price")
    scored = load("score_model").run(model, table)
    expected = load("score_model").run(complete, table)
    np.testing.assert_allclose(scored["Scored Labels"].to_numpy(), expected["Scored Labels"].to_numpy(), rtol=1e-7)
    holes = table.select(pl.any_horizontal(pl.col("make", "horsepower", "num-of-doors").is_null())).to_series()
    assert scored["Scored Labels"].is_null().to_list() == holes.to_list()


def test_a_classifier_without_a_score_for_a_row_gives_none(load, breast_cancer):
    model = trained(load, breast_cancer, "target", "two_class_logistic_regression")
    holed = breast_cancer.head(3).with_columns(pl.Series("mean radius", [1.0, None, float("nan")]))
    scored = load("score_model").run(model, holed)
    assert scored["Scored Labels"].is_null().to_list() == [False, True, True]
    assert scored["Scored Probabilities"].is_null().to_list() == [False, True, True]


def test_dates_count_in_days(load):
    start = date(2024, 1, 1)
    table = pl.DataFrame({"day": [start + timedelta(days=i) for i in range(20)], "y": [2.0 * i for i in range(20)]})
    model = trained(load, table, "y", l2_regularization_weight=0.0)
    scored = load("score_model").run(model, pl.DataFrame({"day": [start + timedelta(days=100)]}))
    assert scored["Scored Labels"].to_list() == pytest.approx([200.0])


def test_only_the_most_frequent_of_very_many_categories_count(load, capsys):
    names = [f"n{number}" for number in range(1_200)] + ["often"] * 50
    table = pl.DataFrame({"name": names, "y": [float(place) for place in range(len(names))]})
    model = trained(load, table, "y", l2_regularization_weight=1.0)
    assert 'Column "name" has 1,201 values; the 1,000 most frequent count.' in capsys.readouterr().out
    assert "often" in model.estimator.categories["name"]
    assert len(model.estimator.categories["name"]) == 1_000


def test_a_model_travels_by_pickle_without_the_source_of_its_module(load, customers, tmp_path):
    for name in ("train_model", "two_class_boosted_decision_tree"):
        cloudpickle.register_pickle_by_value(load(name))
    learner = pickle.loads(cloudpickle.dumps(load("two_class_boosted_decision_tree").run(trees=5)))
    model = load("train_model").run(learner, customers.head(1000), label="churned")
    (tmp_path / "model.pkl").write_bytes(cloudpickle.dumps(model))
    test = customers.tail(50)
    test.write_ipc(tmp_path / "test.arrow")
    code = """
import pickle, runpy, sys
import polars as pl
folder = sys.argv[1]
with open(f"{folder}/model.pkl", "rb") as file:
    model = pickle.load(file)
runpy.run_path(sys.argv[2])["run"](model, pl.read_ipc(f"{folder}/test.arrow")).write_ipc(f"{folder}/scored.arrow")
"""
    subprocess.run([sys.executable, "-c", code, str(tmp_path), load("score_model").__file__], check=True)
    assert_frame_equal(pl.read_ipc(tmp_path / "scored.arrow"), load("score_model").run(model, test))


def test_a_trained_estimator_takes_tables_of_pandas_and_polars(load, diabetes):
    model = trained(load, diabetes, "target")
    np.testing.assert_array_equal(model.estimator.predict(diabetes), model.estimator.predict(diabetes.to_pandas()))


def test_a_model_of_another_making_is_scored_with_its_columns_as_pandas(load, iris):
    from sklearn.linear_model import LogisticRegression

    features = iris.columns[:-1]
    fitted = LogisticRegression(max_iter=500).fit(iris.select(features).to_pandas(), iris["target"].to_numpy())
    model = Model(fitted, "multiclass", features, label="target")
    scored = load("score_model").run(model, iris)
    assert scored["Scored Labels"].to_list() == fitted.predict(iris.select(features).to_pandas()).tolist()
    assert scored.columns[-1] == "Scored Probabilities_virginica"


def test_scores_can_come_alone_and_replace_earlier_ones(load, breast_cancer):
    model = trained(load, breast_cancer, "target", "two_class_boosted_decision_tree", trees=5)
    run = load("score_model").run
    alone = run(model, breast_cancer, append_score_columns=False)
    twice = run(model, run(model, breast_cancer))
    assert alone.columns == SCORES
    assert "target" not in roles_of(alone)
    assert twice.columns == [*breast_cancer.columns, *SCORES]
    assert_frame_equal(twice.select(SCORES), alone)


def test_the_model_s_label_is_the_only_label_of_scored_rows(load, diabetes):
    model = trained(load, diabetes, "target")
    table = with_roles(diabetes.clone(), {"age": Role("label"), "sex": Role("id")})
    roles = roles_of(load("score_model").run(model, table))
    assert [name for name, role in roles.items() if role.kind == "label"] == ["target"]
    assert roles["sex"] == Role("id")


def test_explanations_keep_a_figure_and_a_table_whose_shares_add_up(load, customers, monkeypatch):
    from designer import step

    kept = {}
    monkeypatch.setattr(step, "log_table", lambda name, columns: kept.update(table=columns))
    monkeypatch.setattr(step, "log_figure", lambda name, spec: kept.update(figure=spec))
    table = customers.drop("customer_id", "age", "total_charges")
    for learner in ("two_class_logistic_regression", "two_class_boosted_decision_tree"):
        load("train_model").run(load(learner).run(), table, label="churned", model_explanations=True)
        assert set(kept["table"]["Feature"]) == set(table.columns) - {"churned"}
        assert sum(kept["table"]["Importance"]) == pytest.approx(1)
        assert kept["table"]["Importance"] == sorted(kept["table"]["Importance"], reverse=True)
        assert "contract" in kept["table"]["Feature"][:4]
        assert len(kept["figure"]["data"]["values"]) == len(table.columns) - 1


def test_training_twice_from_one_learner_gives_two_models(load, diabetes, cars):
    learner = load("boosted_decision_tree_regression").run(trees=5)
    first = load("train_model").run(learner, diabetes, label="target")
    before = load("score_model").run(first, diabetes)
    load("train_model").run(learner, cars, label="price")
    assert_frame_equal(load("score_model").run(first, diabetes), before)


def test_what_cannot_be_trained_is_refused(load, refused, diabetes, breast_cancer, iris):
    run, linear, trees = (
        load("train_model").run,
        load("linear_regression").run(),
        load("two_class_boosted_decision_tree").run(),
    )
    assert 'label column "prize" was not found. The dataset has: age, sex' in refused(
        1, run, linear, diabetes, label="prize"
    )
    refused(3, run, linear, diabetes.head(0), label="target")
    assert "is trained already" in refused(13, run, trained(load, diabetes, "target"), diabetes, label="target")
    clusters = UntrainedModel(object(), task="clustering")
    assert "learner for clustering" in refused(13, run, clusters, diabetes, label="target")
    assert "214 different values; a two-class learner needs two" in refused(14, run, trees, diabetes, label="target")
    assert "holds String; regression predicts numbers" in refused(23, run, linear, iris, label="target")
    one = breast_cancer.filter(pl.col("target") == "benign")
    assert "has the same value, benign, in all rows" in refused(23, run, trees, one, label="target")
    assert "has the same value, 5, in all rows" in refused(
        23, run, linear, diabetes.with_columns(target=5), label="target"
    )
    empty = diabetes.with_columns(target=pl.lit(None, dtype=pl.Float64))
    refused(134, run, linear, empty, label="target")
    refused(47, run, linear, diabetes.select("target"), label="target")
    refused(14, run, multiclass(), diabetes.with_columns(pl.col("target") + 0.5), label="target")
    assert "No row has all features" in refused(21, run, linear, diabetes.select("target", "age").with_columns(
        age=pl.when(pl.int_range(pl.len()) == 0).then(pl.lit(float("nan"))), x=pl.when(pl.int_range(pl.len()) > 0).then(1)), label="target")  # fmt: skip
    assert 'Column "age" holds an infinite value' in refused(
        33, run, linear, diabetes.with_columns(age=pl.lit(float("inf"))), label="target"
    )
    refused(17, run, linear, diabetes.with_columns(age=pl.lit([1])), label="target")


def test_a_learning_rate_that_runs_away_is_said_so(load, refused, diabetes):
    learner = load("linear_regression").run(
        solution_method="Online Gradient Descent", learning_rate=10.0, decrease_learning_rate=False, training_epochs=100,
        random_number_seed=1,
    )  # fmt: skip
    assert "Lower the learning rate" in refused(39, load("train_model").run, learner, diabetes, label="target")


def test_what_cannot_be_scored_is_refused(load, refused, diabetes):
    run, model = load("score_model").run, trained(load, diabetes, "target")
    assert '"Linear Regression" is not trained' in refused(12, run, load("linear_regression").run(), diabetes)
    assert "Assign Data to Clusters" in refused(13, run, Model(object(), "clustering", ["age"]), diabetes)
    refused(13, run, "no model", diabetes)
    refused(3, run, model, diabetes.head(0))
    assert 'does not have: "bmi", "s5".' in refused(10, run, model, diabetes.drop("bmi", "s5"))
    changed = diabetes.with_columns(bmi=pl.lit("high"))
    assert 'Column "bmi" held numbers in training; here it holds "high"' in refused(17, run, model, changed)
    as_text = diabetes.with_columns(pl.col("bmi").cast(pl.String))
    np.testing.assert_allclose(run(model, as_text)["Scored Labels"], run(model, diabetes)["Scored Labels"])
