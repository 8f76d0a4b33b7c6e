"""Modules are loaded by path, as the launcher does, and tried on real data."""

import importlib.util
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from designer.module import ModuleError
from designer.samples import datasets

MODULES = Path(__file__).parents[2] / "modules"


@cache
def _load(name: str) -> ModuleType:
    (path,) = MODULES.glob(f"*/{name}.py")
    spec = importlib.util.spec_from_file_location(f"designer_module_{name}", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def load() -> Callable[[str], ModuleType]:
    """`load("split_data")` gives the module of that file."""
    return _load


@pytest.fixture(scope="session")
def diabetes() -> pl.DataFrame:
    return datasets.load("diabetes")


@pytest.fixture(scope="session")
def breast_cancer() -> pl.DataFrame:
    return datasets.load("breast_cancer")


@pytest.fixture(scope="session")
def iris() -> pl.DataFrame:
    return datasets.load("iris")


@pytest.fixture(scope="session")
def wine() -> pl.DataFrame:
    return datasets.load("wine")


@pytest.fixture(scope="session")
def cars() -> pl.DataFrame:
    return datasets.load("automobile_prices")


@pytest.fixture(scope="session")
def customers() -> pl.DataFrame:
    return datasets.load("customer_churn")


@pytest.fixture
def refused() -> Callable[..., str]:
    """`refused(number, run, ...)` calls, expects a ModuleError of that number, and gives its text."""

    def call(number: int, function: Callable[..., object], /, *values: object, **named: object) -> str:
        with pytest.raises(ModuleError) as caught:
            function(*values, **named)
        assert caught.value.number == number, str(caught.value)
        return str(caught.value)

    return call
