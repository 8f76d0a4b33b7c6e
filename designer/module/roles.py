"""Column roles: which column is a feature, the label, a score, a category. They travel with a table between steps.

Data-frame libraries carry no metadata per column, so roles of a frame in memory are remembered beside it, for as long
as that frame object lives. The launcher puts them into the Arrow schema when it writes an output and back when it
reads an input; a column of an output that names no roles inherits those of the same-named column of an input.
"""

import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

Frame = TypeVar("Frame")


@dataclass(frozen=True)
class Role:
    """What is known of one column besides its type.

    `kind` is "", "feature", "label", "score", "weight", "fold" or "id"; `score` says which score: "labels",
    "probabilities", "assignments" ...; `category` is the class a probability column belongs to.
    """

    kind: str = ""
    categorical: bool = False
    score: str = ""
    category: str = ""


_known: dict[int, tuple[weakref.ref[Any], dict[str, Role]]] = {}


def roles_of(frame: Any) -> dict[str, Role]:
    """The roles of the columns of `frame`, by column name; columns without any are absent."""
    entry = _known.get(id(frame))
    return dict(entry[1]) if entry is not None and entry[0]() is frame else {}


def with_roles(frame: Frame, roles: Mapping[str, Role]) -> Frame:
    """Remember `roles` as all that is known of the columns of `frame`, and return the same frame.

    An empty mapping says explicitly that no column has a role, so nothing is inherited from inputs.
    """
    key = id(frame)
    _known[key] = (weakref.ref(frame, lambda _: _known.pop(key, None)), dict(roles))
    return frame


def has_roles(frame: Any) -> bool:
    """Whether roles were given to this very frame (an empty mapping counts)."""
    entry = _known.get(id(frame))
    return entry is not None and entry[0]() is frame
