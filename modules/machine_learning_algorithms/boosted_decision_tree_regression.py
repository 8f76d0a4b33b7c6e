# /// script
# dependencies = ["lightgbm>=4.5", "scikit-learn>=1.6"]
# ///
"""Boosted Decision Tree Regression

Describes a learner that predicts a number with a chain of decision trees, each of which corrects the ones before it.
*Train Model* fits it.

Use it where a linear model is too simple: it finds curves and interplay by itself, takes missing values, and needs no scaling.

More leaves and more trees follow the data more closely, a lower learning rate with more trees generalises better, and
more samples per leaf guard against chance.

*Example:* Boosted Decision Tree Regression, Train Model with the label `price`, Score Model, Evaluate Model.
"""

from typing import Annotated, Any, Literal

from designer.module import Help, Label, ModuleError, Pattern, Range, UntrainedModel, When

CATEGORY = "Machine Learning Algorithms"
TAGS = ("regression", "lightgbm", "gradient boosting", "trees", "gbm")


def run(
    *,
    create_trainer_mode: Annotated[
        Literal["SingleParameter", "ParameterRange"],
        Label("Create trainer mode"),
        Help("With ranges, a sweep tries each combination; Train Model takes the first value of each."),
    ] = "SingleParameter",
    leaves: Annotated[
        int,
        Range(2, 131072),
        Label("Maximum number of leaves per tree"),
        When(create_trainer_mode="SingleParameter"),
    ] = 20,
    leaves_range: Annotated[
        str,
        Label("Maximum numbers of leaves per tree"),
        Help("Whole numbers, with a semicolon between them."),
        Pattern(r"\s*\d+\s*(;\s*\d+\s*)*"),
        When(create_trainer_mode="ParameterRange"),
    ] = "2; 8; 32; 128",
    min_samples_per_leaf: Annotated[
        int,
        Range(1),
        Label("Minimum number of samples per leaf"),
        Help("Rows of the training data that a leaf must stand for."),
        When(create_trainer_mode="SingleParameter"),
    ] = 10,
    min_samples_per_leaf_range: Annotated[
        str,
        Label("Minimum numbers of samples per leaf"),
        Help("Whole numbers, with a semicolon between them."),
        Pattern(r"\s*\d+\s*(;\s*\d+\s*)*"),
        When(create_trainer_mode="ParameterRange"),
    ] = "1; 10; 50",
    learning_rate: Annotated[
        float,
        Range(0, 1, exclusive_minimum=True),
        Label("Learning rate"),
        When(create_trainer_mode="SingleParameter"),
    ] = 0.2,
    learning_rate_range: Annotated[
        str,
        Label("Learning rates"),
        Help("Numbers, with a semicolon between them."),
        Pattern(r"\s*[0-9.eE+-]+\s*(;\s*[0-9.eE+-]+\s*)*"),
        When(create_trainer_mode="ParameterRange"),
    ] = "0.025; 0.05; 0.1; 0.2; 0.4",
    trees: Annotated[int, Range(1), Label("Total number of trees"), When(create_trainer_mode="SingleParameter")] = 100,
    trees_range: Annotated[
        str,
        Label("Total numbers of trees"),
        Help("Whole numbers, with a semicolon between them."),
        Pattern(r"\s*\d+\s*(;\s*\d+\s*)*"),
        When(create_trainer_mode="ParameterRange"),
    ] = "20; 100; 500",
    random_number_seed: Annotated[
        int | None,
        Range(0, 4294967295),
        Label("Random number seed"),
        Help("The same seed gives the same model; empty takes the library's own."),
    ] = None,
) -> Annotated[UntrainedModel, Label("Untrained model")]:
    values: dict[str, list[Any]] = {
        "num_leaves": [leaves],
        "min_child_samples": [min_samples_per_leaf],
        "learning_rate": [learning_rate],
        "n_estimators": [trees],
    }
    if create_trainer_mode == "ParameterRange":
        values = {
            "num_leaves": _numbers(leaves_range, 2, 131072),
            "min_child_samples": _numbers(min_samples_per_leaf_range, 1),
            "learning_rate": _numbers(learning_rate_range, 0, 1, whole=False),
            "n_estimators": _numbers(trees_range, 1),
        }
    # LightGBM takes a seed up to 2^31 - 1; the same result whatever the number of threads
    seed = None if random_number_seed is None else random_number_seed % 2**31

    def boosted_trees() -> Any:
        from lightgbm import LGBMRegressor

        first = {name: options[0] for name, options in values.items()}
        return LGBMRegressor(
            **first, random_state=seed, importance_type="gain", deterministic=True, force_col_wise=True, verbosity=-1
        )

    ranges = values if create_trainer_mode == "ParameterRange" else {}
    return UntrainedModel(boosted_trees, task="regression", name="Boosted Decision Tree Regression", ranges=ranges)


def _numbers(text: str, minimum: float, maximum: float = float("inf"), *, whole: bool = True) -> list[Any]:
    """The numbers of a range such as `20; 100; 500`."""
    try:
        numbers = [int(part) if whole else float(part) for part in text.split(";")]
    except ValueError as problem:
        raise ModuleError(2, f'"{text}" is not a list of numbers.', "Write 20; 100; 500") from problem
    for number in numbers:
        if not minimum <= number <= maximum or (not whole and number == minimum):
            raise ModuleError(8, f'{number} in the range "{text}" is outside {minimum} to {maximum}.', "Correct it.")
    return numbers
