# /// script
# dependencies = ["scikit-learn>=1.8"]
# ///
"""Two-Class Logistic Regression

Describes a learner that tells two classes apart: it weighs the features and turns their sum into a probability.
*Train Model* fits it.

Use it as the first model for a yes or no: it is quick, its probabilities are honest, and its weights can be read.
The label must have exactly two values. Rows with missing values are left out in training, and number features are
brought to mean 0 and deviation 1, so that the weights are comparable.

The L2 weight keeps all weights small; the L1 weight sets the least useful ones to 0. The larger, the simpler the model.

*Example:* Two-Class Logistic Regression, Train Model with the label `diagnosis`, Score Model, Evaluate Model.
"""

from typing import Annotated, Any, Literal

from designer.module import Help, Label, ModuleError, Pattern, Range, UntrainedModel, When

CATEGORY = "Machine Learning Algorithms"
TAGS = ("classification", "binary", "logit", "linear")


def run(
    *,
    create_trainer_mode: Annotated[
        Literal["SingleParameter", "ParameterRange"],
        Label("Create trainer mode"),
        Help("With ranges, a sweep tries each combination; Train Model takes the first value of each."),
    ] = "SingleParameter",
    optimization_tolerance: Annotated[
        float,
        Range(0, None, exclusive_minimum=True),
        Label("Optimization tolerance"),
        Help("The search ends when it improves by less."),
        When(create_trainer_mode="SingleParameter"),
    ] = 0.0000001,
    optimization_tolerance_range: Annotated[
        str,
        Label("Optimization tolerances"),
        Help("Numbers, with a semicolon between them."),
        Pattern(r"\s*[0-9.eE+-]+\s*(;\s*[0-9.eE+-]+\s*)*"),
        When(create_trainer_mode="ParameterRange"),
    ] = "0.00001; 0.00000001",
    l1_regularization_weight: Annotated[
        float, Range(0), Label("L1 regularization weight"), When(create_trainer_mode="SingleParameter")
    ] = 0.0,
    l2_regularization_weight: Annotated[
        float, Range(0), Label("L2 regularization weight"), When(create_trainer_mode="SingleParameter")
    ] = 1.0,
    l2_regularization_weight_range: Annotated[
        str,
        Label("L2 regularization weights"),
        Help("Numbers above 0, with a semicolon between them."),
        Pattern(r"\s*[0-9.eE+-]+\s*(;\s*[0-9.eE+-]+\s*)*"),
        When(create_trainer_mode="ParameterRange"),
    ] = "0.01; 0.1; 1.0",
    random_number_seed: Annotated[
        int | None,
        Range(0, 4294967295),
        Label("Random number seed"),
        Help("Counts with an L1 weight only; the same seed gives the same model."),
    ] = None,
) -> Annotated[UntrainedModel, Label("Untrained model")]:
    tolerances, l1, l2 = [optimization_tolerance], l1_regularization_weight, [l2_regularization_weight]
    if create_trainer_mode == "ParameterRange":
        tolerances, l1, l2 = _numbers(optimization_tolerance_range), 0.0, _numbers(l2_regularization_weight_range)

    def logistic_regression() -> Any:
        from sklearn.linear_model import LogisticRegression

        total = l1 + l2[0]
        return LogisticRegression(
            C=1 / total if total else float("inf"),
            l1_ratio=l1 / total if total else 0,
            tol=tolerances[0],
            solver="saga" if l1 else "lbfgs",
            max_iter=5000 if l1 else 1000,
            random_state=random_number_seed,
        )

    ranges = {"tol": tolerances, "C": [1 / weight for weight in l2]} if create_trainer_mode == "ParameterRange" else {}
    return UntrainedModel(
        logistic_regression, task="binary", name="Two-Class Logistic Regression", ranges=ranges, normalize=True
    )


def _numbers(text: str) -> list[float]:
    """The numbers of a range such as `0.1; 0.2`."""
    try:
        numbers = [float(part) for part in text.split(";")]
    except ValueError as problem:
        raise ModuleError(2, f'"{text}" is not a list of numbers.', "Write 0.1; 0.2; 0.4") from problem
    for number in numbers:
        if not 0 < number < float("inf"):
            raise ModuleError(4, f'{number} in the range "{text}" is not above 0.', "Correct it.")
    return numbers
