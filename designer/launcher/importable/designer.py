"""Stands for the package `designer` in the Python programs that a step starts: they see it, and nothing of the place it lies in."""

import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec

spec = PathFinder.find_spec("designer", [__file__.rsplit("/", 4)[0]])
assert spec is not None
assert spec.loader is not None
module = sys.modules["designer"] = module_from_spec(spec)
spec.loader.exec_module(module)
