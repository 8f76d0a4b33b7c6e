"""What flows along wires besides tables and files."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NewType


@dataclass
class UntrainedModel:
    """A learner with its settings, not yet fitted.

    `estimator` follows scikit-learn's protocol (`fit`, `predict`, `predict_proba` for classifiers), or is a function
    without arguments that makes one, so that a step which only hands settings on need not import the library behind
    them. `ranges` lists, per estimator parameter, the values a sweep may try; empty means a single setting.
    """

    estimator: Any
    task: str  # "regression", "binary", "multiclass", "clustering" or "anomaly"
    name: str = ""
    ranges: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    normalize: bool = False  # features are standardised before they reach the estimator

    def new(self, **settings: Any) -> Any:
        """An estimator of its own, not fitted, with these settings in place of the learner's."""
        made = deepcopy(self.estimator) if hasattr(self.estimator, "fit") else self.estimator()
        return made.set_params(**settings) if settings else made


@dataclass
class Model:
    """A fitted model with what scoring needs to know: which columns it reads, what it predicts."""

    estimator: Any  # fitted; `predict` takes a table (pandas) that has the columns of `features`, in that order
    task: str
    features: Sequence[str]
    label: str = ""
    classes: Sequence[Any] = ()  # of a classifier, in the order of `predict_proba`'s columns
    name: str = ""
    feature_types: Mapping[str, str] = field(default_factory=dict)  # column -> "number" or "category", as fitted


@dataclass
class Transformation:
    """A fitted change of tables that can be applied to other tables: `apply(table) -> table`."""

    apply: Callable[[Any], Any]
    columns: Sequence[str] = ()  # the columns it needs
    description: str = ""


Metrics = dict[str, Any]
"""A JSON document of numbers and curves; `{"format": "designer.evaluation/1", ...}` is drawn as an evaluation."""

Figure = dict[str, Any]
"""A Vega-Lite specification."""

Images = NewType("Images", Path)
"""A folder of images; a sub-folder's name is the label of the images in it."""
