"""The server's own Python: what it has, and the identity of all that together."""

import hashlib
import json
import sys
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib.metadata import PackageNotFoundError, distribution, distributions

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from designer.graph.environment import OWN, Declaration

MOST_EXTRAS = 50
"""How many extras of extras are followed."""


class Server:
    """What is installed beside the server. Looked at once; a package that is changed meanwhile counts from the next start."""

    @cached_property
    def packages(self) -> Mapping[str, str]:
        """Versions by name. Designer itself is left out: the format number in a step's key stands for it."""
        found: dict[str, str] = {}
        for one in distributions():
            name = one.metadata["Name"]
            if name and canonicalize_name(name) != OWN:
                found.setdefault(str(canonicalize_name(name)), one.version)  # the first is the one that is imported
        return dict(sorted(found.items()))

    @property
    def python(self) -> str:
        """The version of Python, whole."""
        return ".".join(str(part) for part in sys.version_info[:3])

    @cached_property
    def identity(self) -> str:
        """One digest over the Python and every package."""
        text = json.dumps([sys.implementation.name, self.python, self.packages], separators=(",", ":"))
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

    def has(self, declaration: Declaration) -> bool:
        """Whether everything that is asked for is there, in a version that fits."""
        if declaration.python and not SpecifierSet(declaration.python).contains(self.python, prereleases=True):
            return False
        return self._have((Requirement(text) for text in declaration.requirements), set())

    def _have(self, requirements: Iterable[Requirement], seen: set[tuple[str, str]]) -> bool:
        return all(self._fits(one, seen) for one in requirements)

    def _fits(self, requirement: Requirement, seen: set[tuple[str, str]], extra: str = "") -> bool:
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            return True
        name = str(canonicalize_name(requirement.name))
        version = self.packages.get(name)
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            return False
        return all(self._has_extra(name, one, seen) for one in requirement.extras)

    def _has_extra(self, name: str, extra: str, seen: set[tuple[str, str]]) -> bool:
        """Whether what an extra of an installed package needs is there too."""
        if (name, extra) in seen or len(seen) >= MOST_EXTRAS:
            return (name, extra) in seen
        seen.add((name, extra))
        try:
            texts = distribution(name).requires or []
            asked = [Requirement(text) for text in texts]
        except (PackageNotFoundError, InvalidRequirement):
            return False
        return all(self._fits(one, seen, extra) for one in asked if one.marker and "extra" in str(one.marker))
