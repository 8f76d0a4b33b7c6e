# /// script
# dependencies = ["scikit-learn>=1.6"]
# ///
"""Linear Regression

Describes a learner that predicts a number as a weighted sum of the features. *Train Model* fits it.

Use it as the first model for a number: it is quick, and its weights can be read.

- **Ordinary Least Squares** finds the weights that make the sum of squared errors least, in one step. The L2 weight
  keeps them small; 0 takes the pure least squares.
- **Online Gradient Descent** goes through the rows one by one and improves the weights a little at each. Use it for
  data with very many rows; lower the learning rate if it runs away.

Rows with missing values are left out in training.

*Example:* Linear Regression, Train Model with the label `price`, Score Model, Evaluate Model.
"""

from typing import Annotated, Any, Literal

from designer.module import Help, Label, ModuleError, Pattern, Range, UntrainedModel, When

CATEGORY = "Machine Learning Algorithms"
TAGS = ("regression", "least squares", "ridge", "gradient descent", "sgd")


def run(
    *,
    solution_method: Annotated[
        Literal["Ordinary Least Squares", "Online Gradient Descent"], Label("Solution method")
    ] = "Ordinary Least Squares",
    create_trainer_mode: Annotated[
        Literal["SingleParameter", "ParameterRange"],
        Label("Create trainer mode"),
        Help("With ranges, a sweep tries each combination; Train Model takes the first value of each."),
    ] = "SingleParameter",
    l2_regularization_weight: Annotated[
        float, Range(0), Label("L2 regularization weight"), When(create_trainer_mode="SingleParameter")
    ] = 0.001,
    l2_regularization_weight_range: Annotated[
        str,
        Label("L2 regularization weights"),
        Help("Numbers, with a semicolon between them."),
        Pattern(r"\s*[0-9.eE+-]+\s*(;\s*[0-9.eE+-]+\s*)*"),
        When(create_trainer_mode="ParameterRange"),
    ] = "0.001; 0.01; 0.1",
    include_intercept_term: Annotated[
        bool, Label("Include intercept term"), When(solution_method="Ordinary Least Squares")
    ] = True,
    learning_rate: Annotated[
        float,
        Range(0, None, exclusive_minimum=True),
        Label("Learning rate"),
        When(solution_method="Online Gradient Descent", create_trainer_mode="SingleParameter"),
    ] = 0.1,
    learning_rate_range: Annotated[
        str,
        Label("Learning rates"),
        Help("Numbers, with a semicolon between them."),
        Pattern(r"\s*[0-9.eE+-]+\s*(;\s*[0-9.eE+-]+\s*)*"),
        When(solution_method="Online Gradient Descent", create_trainer_mode="ParameterRange"),
    ] = "0.025; 0.05; 0.1; 0.2",
    training_epochs: Annotated[
        int,
        Range(1),
        Label("Number of training epochs"),
        Help("How many times it goes through all rows."),
        When(solution_method="Online Gradient Descent", create_trainer_mode="SingleParameter"),
    ] = 10,
    training_epochs_range: Annotated[
        str,
        Label("Numbers of training epochs"),
        Help("Whole numbers, with a semicolon between them."),
        Pattern(r"\s*\d+\s*(;\s*\d+\s*)*"),
        When(solution_method="Online Gradient Descent", create_trainer_mode="ParameterRange"),
    ] = "1; 10; 100",
    normalize_features: Annotated[
        bool,
        Label("Normalize features"),
        Help("Brings each number feature to mean 0 and deviation 1 first."),
        When(solution_method="Online Gradient Descent"),
    ] = True,
    decrease_learning_rate: Annotated[
        bool, Label("Decrease learning rate"), When(solution_method="Online Gradient Descent")
    ] = True,
    random_number_seed: Annotated[
        int | None,
        Range(0, 4294967295),
        Label("Random number seed"),
        Help("The same seed gives the same model; empty draws one."),
        When(solution_method="Online Gradient Descent"),
    ] = None,
) -> Annotated[UntrainedModel, Label("Untrained model")]:
    sweep = create_trainer_mode == "ParameterRange"
    weights = _numbers(l2_regularization_weight_range) if sweep else [l2_regularization_weight]

    if solution_method == "Ordinary Least Squares":

        def least_squares() -> Any:
            from sklearn.linear_model import LinearRegression, Ridge

            if weights == [0]:
                return LinearRegression(fit_intercept=include_intercept_term)
            return Ridge(alpha=weights[0], fit_intercept=include_intercept_term)

        ranges = {"alpha": weights} if sweep and weights != [0] else {}
        return UntrainedModel(least_squares, task="regression", name="Linear Regression", ranges=ranges)

    rates = _numbers(learning_rate_range) if sweep else [learning_rate]
    epochs = [int(value) for value in _numbers(training_epochs_range)] if sweep else [training_epochs]

    def gradient_descent() -> Any:
        from sklearn.linear_model import SGDRegressor

        return SGDRegressor(
            alpha=weights[0],
            eta0=rates[0],
            max_iter=epochs[0],
            tol=None,
            learning_rate="invscaling" if decrease_learning_rate else "constant",
            random_state=random_number_seed,
        )

    ranges = {"alpha": weights, "eta0": rates, "max_iter": epochs} if sweep else {}
    return UntrainedModel(
        gradient_descent, task="regression", name="Linear Regression", ranges=ranges, normalize=normalize_features
    )


def _numbers(text: str) -> list[float]:
    """The numbers of a range such as `0.1; 0.2`."""
    try:
        numbers = [float(part) for part in text.split(";")]
    except ValueError as problem:
        raise ModuleError(2, f'"{text}" is not a list of numbers.', "Write 0.1; 0.2; 0.4") from problem
    for number in numbers:
        if not 0 <= number < float("inf"):
            raise ModuleError(5, f'{number} in the range "{text}" is below 0 or not finite.', "Correct it.")
    return numbers
