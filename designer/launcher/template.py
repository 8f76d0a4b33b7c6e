"""Command lines with places to fill: `${{inputs.data}}`, `${{outputs.model}}`, and `$[[ ... ]]` for what may be left out.

A value never becomes part of the line: each place becomes a reference to a variable of the environment, quoted as the place
asks, so that no value can be read as a command.
"""

import re

TYPE_CHECKING = False  # the real one would import typing, which costs a step milliseconds
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PLACE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
NAME = re.compile(r"\s*(inputs|outputs)\.([A-Za-z_][A-Za-z0-9_]*)\s*")


class Unreadable(ValueError):
    """The line is not of its form."""

    def __init__(self, message: str, at: int) -> None:
        self.message = message
        self.at = at  # the letter it is about
        super().__init__(message)


class Place:
    """Where a value stands: `inputs.data` is of side "inputs" and name "data"."""

    def __init__(self, side: str, name: str, at: int) -> None:
        self.side = side
        self.name = name
        self.at = at

    @property
    def key(self) -> str:
        """As it is written."""
        return f"{self.side}.{self.name}"


class Part:
    """Text, places, or what may be left out with all that is in it."""

    def __init__(self, pieces: "list[str | Place]", optional: bool) -> None:
        self.pieces = pieces
        self.optional = optional


def parse(line: str) -> "list[Part]":
    """The parts of a line. Raises `Unreadable`."""
    parts = []
    at = 0
    while at < len(line):
        begin = line.find("$[[", at)
        end = len(line) if begin < 0 else begin
        if end > at:
            parts.append(Part(_pieces(line[at:end], at), False))
        if begin < 0:
            break
        close = line.find("]]", begin)
        if close < 0:
            raise Unreadable("`$[[` has no end.", begin)
        inner = line[begin + 3 : close]
        if "$[[" in inner:
            raise Unreadable("`$[[` stands inside another one.", begin)
        pieces = _pieces(inner, begin + 3)
        if not any(isinstance(piece, Place) for piece in pieces):
            raise Unreadable("`$[[ ... ]]` has no `${{inputs.name}}` that could be left out.", begin)
        parts.append(Part(pieces, True))
        at = close + 2
    return parts


def places(parts: "list[Part]") -> "Iterator[tuple[Place, bool]]":
    """All places, and whether each stands in a part that may be left out."""
    for part in parts:
        for piece in part.pieces:
            if isinstance(piece, Place):
                yield piece, part.optional


def _pieces(text: str, offset: int) -> "list[str | Place]":
    pieces: list[str | Place] = []
    at = 0
    for found in PLACE.finditer(text):
        if found.start() > at:
            pieces.append(text[at : found.start()])
        named = NAME.fullmatch(found[1])
        if named is None:
            raise Unreadable(f"`{found[0][:60]}` is not known here.", offset + found.start())
        pieces.append(Place(named[1], named[2], offset + found.start()))
        at = found.end()
    if "${{" in text[at:]:
        raise Unreadable("`${{` has no end.", offset + at + text[at:].index("${{"))
    if at < len(text):
        pieces.append(text[at:])
    return pieces


class Words:
    """What stands at a place: variables of the environment one after the other, perhaps with a word before each; or plain words."""

    def __init__(self, variables: "tuple[str, ...]" = (), before: str = "", plain: str = "") -> None:
        self.variables = variables
        self.before = before
        self.plain = plain


def render(parts: "list[Part]", words: "Callable[[Place], Words | None]") -> str:
    """The line for the shell. `words` says what stands at a place; None is nothing, and takes an optional part away."""
    quotes = _Quotes()
    line = []
    for part in parts:
        found = {id(piece): words(piece) for piece in part.pieces if isinstance(piece, Place)}
        if part.optional and any(one is None for one in found.values()):
            continue
        for piece in part.pieces:
            if isinstance(piece, Place):
                line.append(quotes.put(found[id(piece)] or Words()))
            else:
                quotes.read(piece)
                line.append(piece)
    return "".join(line).strip()


class _Quotes:
    """Follows the quotes of a line for the shell."""

    def __init__(self) -> None:
        self.open = ""  # the quote that is open
        self._escaped = False
        self._comment = False
        self._before = " "

    def read(self, text: str) -> None:
        """Go on by a piece of the line."""
        for letter in text:
            if self._comment:
                self._comment = letter != "\n"
            elif self._escaped:
                self._escaped = False
            elif letter == "\\" and self.open != "'":
                self._escaped = True
            elif self.open:
                if letter == self.open:
                    self.open = ""
            elif letter in "'\"":
                self.open = letter
            elif letter == "#" and self._before.isspace():
                self._comment = True
            self._before = letter

    def put(self, words: Words) -> str:
        """How words are written here."""
        self._before = "x"
        if words.plain or not words.variables:
            return words.plain
        if self.open == '"':
            return " ".join(f"${{{name}}}" for name in words.variables)
        if self.open == "'":
            return "'" + " ".join(f'"${{{name}}}"' for name in words.variables) + "'"
        before = f"{words.before} " if words.before else ""
        return " ".join(f'{before}"${{{name}}}"' for name in words.variables)
