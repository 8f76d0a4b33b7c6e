"""Patterns of parameters: matched in the server, so that none may keep it busy without end.

A repeat inside a repeat, or a choice inside one, can take time that doubles with each character (`(a+)+$`). Such a pattern is
trusted where each round of the outer repeat must pass a character that nothing inside it can match: `(;\\s*\\d+\\s*)*`.
Repeats one after the other that can share characters (`.*.*`) take time by a power of the length, so the text's length is bounded.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from re import _constants as tokens  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

MAX_TEXT = (10_000, 10_000, 3_000, 300, 100, 50, 25)
MAX_RISKY_TEXT = 20
"""How long a text is matched, at most, by how many repeats share characters; and where time doubles with each character."""

_REPEATS = (tokens.MAX_REPEAT, tokens.MIN_REPEAT)
_CATEGORIES = {
    tokens.CATEGORY_DIGIT: r"\d", tokens.CATEGORY_NOT_DIGIT: r"\D", tokens.CATEGORY_SPACE: r"\s",
    tokens.CATEGORY_NOT_SPACE: r"\S", tokens.CATEGORY_WORD: r"\w", tokens.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip


def fits_pattern(pattern: str, value: str) -> bool:
    """Whether the whole text matches. What would take too long to find out counts as fitting: the step looks again."""
    if len(value) > MAX_TEXT[0]:
        return False
    try:
        return len(value) > longest(pattern) or re.fullmatch(pattern, value) is not None
    except (re.error, RecursionError, OverflowError):
        return True  # the module's fault, told when it is read


@lru_cache(maxsize=1024)
def longest(pattern: str) -> int:
    """How long a text may be so that matching ends in a moment. Raises `re.error`."""
    parsed = parser.parse(pattern)
    sharing = max((_sharing(part) for part in _sequences(parsed)), default=0)
    if sharing >= len(MAX_TEXT):
        return 0
    risky = any(_is_risky(body) for body in _repeated(parsed))
    return min(MAX_TEXT[sharing], MAX_RISKY_TEXT) if risky else MAX_TEXT[sharing]


def _sequences(part: Any) -> Iterator[list[Any]]:
    """All parts that stand one after the other, groups that are no repeats taken apart."""
    flat = list(_flat(part))
    yield flat
    for token, argument in flat:
        for inner in _inside(token, argument):
            yield from _sequences(inner)


def _flat(part: Any) -> Iterator[Any]:
    for token, argument in part:
        if token is tokens.SUBPATTERN:
            yield from _flat(argument[-1])
        else:
            yield (token, argument)


def _sharing(sequence: list[Any]) -> int:
    """The most repeats without a small end that can share characters, with nothing between them that keeps them apart."""
    best = 0
    chain: list[frozenset[int]] = []
    for token, argument in sequence:
        letters = _letters([(token, argument)])
        endless = token in _REPEATS and argument[1] > 8
        must = token not in (*_REPEATS, tokens.BRANCH, tokens.AT) or (token in _REPEATS and argument[0] > 0)
        if must:
            chain = [one for one in chain if one & letters]
        if endless:
            chain = [*chain, letters]
            best = max(best, sum(1 for one in chain if one & letters))
    return best if best > 1 else 0


def _letters(part: Iterable[Any]) -> frozenset[int]:
    """The ASCII characters that can be matched."""
    atoms = [atom for atom in _atoms(part) if atom[0] is not tokens.AT]
    return frozenset(letter for letter in range(128) if any(_matches(atom, letter) for atom in atoms))


def _repeated(part: Any) -> Iterator[list[Any]]:
    """The bodies of all repeats without a small end."""
    for token, argument in part:
        if token in _REPEATS and argument[1] > 8:
            yield list(argument[2])
        for inner in _inside(token, argument):
            yield from _repeated(inner)


def _inside(token: Any, argument: Any) -> Iterable[Any]:
    if token in _REPEATS:
        return [argument[2]]
    if token is tokens.SUBPATTERN:
        return [argument[-1]]
    if token is tokens.BRANCH:
        return list(argument[1])
    if token in (tokens.ASSERT, tokens.ASSERT_NOT):
        return [argument[1]]
    return []


def _is_risky(body: list[Any]) -> bool:
    while len(body) == 1 and body[0][0] is tokens.SUBPATTERN:
        body = list(body[0][1][-1])
    variable = [
        one for one in body if one[0] not in (tokens.LITERAL, tokens.NOT_LITERAL, tokens.IN, tokens.ANY, tokens.AT)
    ]
    if not variable:
        return False
    separators = [argument for token, argument in body if token is tokens.LITERAL]
    atoms = list(_atoms(variable))
    return not any(all(not _matches(atom, letter) for atom in atoms) for letter in separators)


def _atoms(part: Iterable[Any]) -> Iterator[Any]:
    for token, argument in part:
        inner = _inside(token, argument)
        if not inner:
            yield (token, argument)
        for one in inner:
            yield from _atoms(one)


def _matches(atom: Any, letter: int) -> bool:
    """Whether a single-character pattern can match; anything else may."""
    token, argument = atom
    if token is tokens.LITERAL:
        return bool(argument == letter)
    if token is tokens.IN:
        negated = argument[0][0] is tokens.NEGATE
        return any(_contains(one, letter) for one in argument[negated:]) != negated
    return True


def _contains(item: Any, letter: int) -> bool:
    token, argument = item
    if token is tokens.LITERAL:
        return bool(argument == letter)
    if token is tokens.RANGE:
        return bool(argument[0] <= letter <= argument[1])
    return re.match(_CATEGORIES.get(argument, "."), chr(letter)) is not None
