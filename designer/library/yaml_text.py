"""YAML of unknown origin: plain values only, no aliases, no key twice, and where each stands."""

from collections.abc import Mapping
from typing import Any

import yaml

from designer.graph.document import clean, shorten

MAX_NODES = 20_000
MAX_DEPTH = 50


class YamlUnreadable(ValueError):
    """The text cannot be read."""

    def __init__(self, message: str, line: int = 0) -> None:
        self.message = message
        self.line = line
        super().__init__(message)


class Text:
    """A YAML text, read. Raises `YamlUnreadable`."""

    def __init__(self, text: str) -> None:
        self._lines: dict[tuple[str, ...], int] = {}
        self._count = 0
        try:
            for token in yaml.scan(text, Loader=yaml.SafeLoader):
                if isinstance(token, yaml.AliasToken | yaml.AnchorToken):
                    raise YamlUnreadable("Anchors and aliases (& and *) are not read.", token.start_mark.line + 1)
            root = yaml.compose(text, Loader=yaml.SafeLoader)
            self.value: Any = self._read(root, (), 0) if root is not None else None
        except YamlUnreadable:
            raise
        except (yaml.YAMLError, ValueError, OverflowError) as problem:
            mark = getattr(problem, "problem_mark", None)
            said = clean(shorten(str(getattr(problem, "problem", None) or problem), 200))
            raise YamlUnreadable(f"This is not YAML: {said}.", mark.line + 1 if mark else 0) from problem

    def line(self, at: tuple[str, ...]) -> int:
        """On which line something stands, from 1; where it is not there, the nearest that holds it."""
        while at and at not in self._lines:
            at = at[:-1]
        return self._lines.get(at, 0) if at else 0

    def _read(self, node: yaml.Node, at: tuple[str, ...], depth: int) -> Any:
        self._count += 1
        line = node.start_mark.line + 1
        if self._count > MAX_NODES or depth > MAX_DEPTH:
            raise YamlUnreadable("The text is too large or nested too deeply.", line)
        self._lines.setdefault(at, line)
        if isinstance(node, yaml.MappingNode):
            found: dict[str, Any] = {}
            for key, value in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    raise YamlUnreadable("A name must be a text.", key.start_mark.line + 1)
                name = str(key.value)
                if name in found:
                    raise YamlUnreadable(f"`{clean(shorten(name))}` stands there twice.", key.start_mark.line + 1)
                self._lines[(*at, name)] = key.start_mark.line + 1
                found[name] = self._read(value, (*at, name), depth + 1)
            return found
        if isinstance(node, yaml.SequenceNode):
            return [self._read(one, (*at, str(number)), depth + 1) for number, one in enumerate(node.value)]
        return _scalar(node)


def _scalar(node: yaml.Node) -> Any:
    if node.tag not in _TAGS:
        raise YamlUnreadable(f"The tag {clean(shorten(str(node.tag)))} is not read.", node.start_mark.line + 1)
    if node.tag == "tag:yaml.org,2002:timestamp":
        return str(node.value)
    value = yaml.SafeLoader("").construct_object(node)
    return value if not isinstance(value, Mapping) else str(node.value)


_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "timestamp", "merge")}
