"""The learners: which estimator they describe, for one setting and for ranges."""

import pickle
import subprocess
import sys

import cloudpickle
import pytest

from designer.module import UntrainedModel


def settings(learner: UntrainedModel, *names: str) -> dict[str, object]:
    given = learner.new().get_params()
    return {name: given[name] for name in names}


def test_linear_regression_is_ridge_by_default_and_plain_without_a_penalty(load):
    run = load("linear_regression").run
    learner = run()
    assert (learner.task, learner.name, learner.ranges, learner.normalize) == (
        "regression",
        "Linear Regression",
        {},
        False,
    )
    assert type(learner.new()).__name__ == "Ridge"
    assert settings(learner, "alpha", "fit_intercept") == {"alpha": 0.001, "fit_intercept": True}
    plain = run(l2_regularization_weight=0, include_intercept_term=False).new()
    assert (type(plain).__name__, plain.fit_intercept) == ("LinearRegression", False)


def test_gradient_descent_takes_its_settings(load):
    learner = load("linear_regression").run(
        solution_method="Online Gradient Descent", learning_rate=0.05, training_epochs=3, random_number_seed=5,
        decrease_learning_rate=False,
    )  # fmt: skip
    assert learner.normalize
    assert settings(learner, "alpha", "eta0", "max_iter", "learning_rate", "random_state", "tol") == {
        "alpha": 0.001, "eta0": 0.05, "max_iter": 3, "learning_rate": "constant", "random_state": 5, "tol": None,
    }  # fmt: skip


def test_ranges_are_kept_for_a_sweep_and_their_first_values_are_used(load):
    learner = load("linear_regression").run(
        solution_method="Online Gradient Descent", create_trainer_mode="ParameterRange"
    )
    assert learner.ranges == {
        "alpha": [0.001, 0.01, 0.1],
        "eta0": [0.025, 0.05, 0.1, 0.2],
        "max_iter": [1, 10, 100],
    }
    assert settings(learner, "alpha", "eta0", "max_iter") == {"alpha": 0.001, "eta0": 0.025, "max_iter": 1}
    assert learner.new(eta0=0.2).eta0 == 0.2
    squares = load("linear_regression").run(create_trainer_mode="ParameterRange")
    assert squares.ranges == {"alpha": [0.001, 0.01, 0.1]}


@pytest.mark.parametrize(
    ("name", "task", "kind"),
    [
        ("boosted_decision_tree_regression", "regression", "LGBMRegressor"),
        ("two_class_boosted_decision_tree", "binary", "LGBMClassifier"),
    ],
)
def test_boosted_trees_take_their_settings_and_ranges(load, name, task, kind):
    learner = load(name).run(
        leaves=7, min_samples_per_leaf=3, learning_rate=0.5, trees=11, random_number_seed=2**32 - 1
    )
    assert (learner.task, type(learner.new()).__name__) == (task, kind)
    assert settings(learner, "num_leaves", "min_child_samples", "learning_rate", "n_estimators", "random_state") == {
        "num_leaves": 7, "min_child_samples": 3, "learning_rate": 0.5, "n_estimators": 11, "random_state": 2**31 - 1,
    }  # fmt: skip
    ranges = {
        "num_leaves": [2, 8, 32, 128],
        "min_child_samples": [1, 10, 50],
        "learning_rate": [0.025, 0.05, 0.1, 0.2, 0.4],
        "n_estimators": [20, 100, 500],
    }
    sweep = load(name).run(create_trainer_mode="ParameterRange")
    assert sweep.ranges == ranges
    assert settings(sweep, *ranges) == {name: values[0] for name, values in ranges.items()}


def test_logistic_regression_turns_weights_into_the_inverse_strength(load):
    run = load("two_class_logistic_regression").run
    assert settings(run(), "C", "l1_ratio", "tol", "solver") == {
        "C": 1.0,
        "l1_ratio": 0.0,
        "tol": 1e-7,
        "solver": "lbfgs",
    }
    assert settings(run(l1_regularization_weight=3, l2_regularization_weight=1), "C", "l1_ratio", "solver") == {
        "C": 0.25, "l1_ratio": 0.75, "solver": "saga",
    }  # fmt: skip
    assert settings(run(l2_regularization_weight=0), "C") == {"C": float("inf")}
    sweep = run(create_trainer_mode="ParameterRange")
    assert sweep.ranges == {"tol": [1e-5, 1e-8], "C": [100.0, 10.0, 1.0]}


def test_ranges_that_cannot_be_read_are_refused(load, refused):
    trees, linear = load("two_class_boosted_decision_tree").run, load("linear_regression").run
    assert '"2; few" is not a list of numbers' in refused(
        2, trees, create_trainer_mode="ParameterRange", leaves_range="2; few"
    )
    assert "outside 2 to 131072" in refused(8, trees, create_trainer_mode="ParameterRange", leaves_range="1; 8")
    refused(8, trees, create_trainer_mode="ParameterRange", learning_rate_range="0; 0.5")
    refused(5, linear, create_trainer_mode="ParameterRange", l2_regularization_weight_range="-1")
    refused(4, load("two_class_logistic_regression").run, create_trainer_mode="ParameterRange",
            l2_regularization_weight_range="0; 1")  # fmt: skip


def test_a_learner_travels_by_pickle_and_each_estimator_is_its_own(load):
    module = load("boosted_decision_tree_regression")
    cloudpickle.register_pickle_by_value(module)
    learner = pickle.loads(cloudpickle.dumps(module.run(trees=5)))
    assert learner.new().n_estimators == 5
    assert learner.new() is not learner.new()


@pytest.mark.parametrize(
    "name",
    [
        "linear_regression",
        "boosted_decision_tree_regression",
        "two_class_logistic_regression",
        "two_class_boosted_decision_tree",
    ],
)
def test_describing_a_learner_imports_none_of_the_heavy_libraries(load, name):
    code = (
        "import runpy, sys; runpy.run_path(sys.argv[1])['run']();"
        "print(sorted({'sklearn', 'lightgbm', 'pandas', 'numpy', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, load(name).__file__], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
