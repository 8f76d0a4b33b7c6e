"""Reading JSON that others wrote: size, depth, doubles and odd numbers are looked at before anything uses it."""

import json
import re
from typing import Any, TypeVar

from pydantic import ValidationError

from designer.contract.base import Request
from designer.errors import Invalid, Malformed
from designer.graph.findings import Finding

MAX_DEPTH = 64
MAX_INTEGER = 2**63

_TOKENS = re.compile(r'"(?:[^"\\]++|\\.?)*+"?|[\[{]|[\]}]', re.DOTALL)
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")

Shape = TypeVar("Shape", bound=Request)


def decode(body: bytes) -> str:
    """The text of a JSON body, which is UTF-8. Raises `Malformed`."""
    if body.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise Malformed("The body begins with a byte order mark.", cure="Send plain UTF-8.", where="byte 0")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("The body is not UTF-8.", cure="Send UTF-8.", where=f"byte {error.start}") from error


def parse(text: str) -> Any:
    """The value of a JSON text. Raises `Malformed`, which says where."""
    _check_depth(text)
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer, parse_float=_float
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Malformed(f"This is not JSON: {error.msg}.", where=where) from error
    _check_texts(value)
    return value


def shaped(shape: type[Shape], value: Any) -> Shape:
    """The value as this shape. Raises `Invalid` with a finding for each thing that does not fit."""
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        findings = [
            _finding(one) for one in error.errors(include_url=False, include_context=False, include_input=False)
        ]
        raise Invalid(f"The request is not a {shape.__name__}: {findings[0].message}", findings=findings,
                      where=findings[0].pointer, cure=findings[0].cure) from error  # fmt: skip


CURES = {
    "missing": "Add it.",
    "extra_forbidden": "Leave it out, or look for a typing error.",
}


def _finding(error: Any) -> Finding:
    pointer = "".join(f"/{_escape(str(part))}" for part in error["loc"])
    message = str(error["msg"]).removeprefix("Value error, ")
    return Finding("shape", f"{pointer or 'the body'}: {message}.", CURES.get(error["type"], ""), pointer=pointer)


def _escape(key: str) -> str:
    return key[:100].replace("~", "~0").replace("/", "~1")


def _check_depth(text: str) -> None:
    depth = 0
    for token in _TOKENS.finditer(text):
        letter = token[0][0]
        if letter in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise Malformed(f"This is nested deeper than {MAX_DEPTH} levels.", where=f"character {token.start()}")
        elif letter in "]}":
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        key = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise Malformed(f"The key {json.dumps(key)[:100]} is there twice in one object.", cure="Keep one of them.")
    return result


def _constant(text: str) -> Any:
    raise Malformed(f"{text} is not a number in JSON.")


def _integer(text: str) -> int:
    if len(text) > 20 or not -MAX_INTEGER <= int(text) < MAX_INTEGER:
        raise Malformed(f"The number {text[:30]} has too many digits.")
    return int(text)


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise Malformed(f"The number {text[:30]} is too large.")
    return value


def _check_texts(value: Any) -> None:
    """Raises `Malformed` with a JSON pointer where a text holds what no database keeps."""
    waiting: list[tuple[Any, tuple[str, ...]]] = [(value, ())]
    while waiting:
        found, place = waiting.pop()
        if isinstance(found, str):
            _check_text(found, place)
        elif isinstance(found, dict):
            for key, inner in found.items():
                _check_text(key, place)
                if isinstance(inner, str | dict | list):
                    waiting.append((inner, (*place, key)))
        elif isinstance(found, list):
            for index, inner in enumerate(found):
                if isinstance(inner, str | dict | list):
                    waiting.append((inner, (*place, str(index))))


def _check_text(text: str, place: tuple[str, ...]) -> None:
    wrong = None if text.isascii() and "\x00" not in text else _NOT_TEXT.search(text)
    if wrong is not None:
        pointer = "".join(f"/{_escape(part)}" for part in place)
        raise Malformed(f"A text holds U+{ord(wrong[0]):04X}, which is no character.", where=pointer)
