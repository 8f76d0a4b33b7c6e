"""How a resource declares its routes. A function's signature is the declaration:

    @routes.get("/api/runs/{id}/events")
    def run_events(inst: Installation, id_: Id, *, after: Seq = 0) -> RunEvents: ...

Parameters named in the path are path parameters, one that is a `Request` is the JSON body, one marked `Header` comes from
that header, one that is `OfWorker` is the target of the worker that asks, all others are query parameters. What it returns is the
answer: a `Response` as JSON, a `Download`, or None.
Every route needs a signed-in caller; there is no way to declare one that does not.
"""

import inspect
import re
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import Field, TypeAdapter, ValidationError

from designer.contract.base import Request, Response, plain_text
from designer.errors import Invalid
from designer.graph.findings import Finding

JSON = "application/json"


@dataclass(frozen=True)
class Header:
    """Marks a parameter that comes from a header."""

    name: str


class OfWorker(str):
    """Marks a route for workers alone: the parameter is the target whose token the caller shows."""


@dataclass(frozen=True)
class Upload:
    """A file that was sent, and lies complete in the staging folder. Who wants to keep it moves it away."""

    path: Path
    file_name: str
    size: int
    digest: str


@dataclass(frozen=True)
class Download:
    """Bytes for the user to keep: a text, a file or folder, or pieces made one after the other."""

    name: str
    media_type: str
    content: str | Path | Iterator[bytes]


Limit = Annotated[int, Field(ge=1, le=500, description="At most this many.")]
Place = Annotated[str, Field(max_length=200, description="The `next` of the page before.")]
Words = Annotated[str, Field(max_length=200, description="Only what contains this text.")]
Offset = Annotated[int, Field(ge=-(2**53), le=2**53, description="In bytes.")]
Seq = Annotated[int, Field(ge=0, le=2**53)]
Moment = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False, description="Seconds since 1970-01-01 UTC.")]
NodeId = Annotated[str, Field(min_length=1, max_length=200)]
Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Stream = Literal["stdout", "stderr"]
Client = Annotated[
    str | None,
    Field(max_length=100, description="Who asks, so that a live event can be told from an echo."),
    Header("X-Client"),
]


@dataclass(frozen=True)
class Argument:
    """One value of a request that is no body."""

    argument: str  # of the function
    name: str  # outside
    adapter: TypeAdapter[Any]
    is_text: bool
    is_list: bool
    required: bool


@dataclass(frozen=True)
class Route:
    """One method on one path."""

    method: str
    path: str
    resource: str
    status: int
    action: Callable[..., Any]
    paths: tuple[Argument, ...]
    queries: tuple[Argument, ...]
    headers: tuple[Argument, ...]
    body: tuple[str, type[Request]] | None
    upload: str  # the argument that takes an upload
    worker: str  # the argument that takes the target of the worker that asks; "" where people ask
    answer: type[Response] | type[Download] | None

    @property
    def name(self) -> str:
        """Unique: the operation's id."""
        return self.action.__name__.rstrip("_")


class Routes:
    """The routes of one resource, in the order of the file."""

    def __init__(self, resource: str) -> None:
        self.resource = resource
        self.all: list[Route] = []

    def get(self, path: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare a route that changes nothing."""
        return self._declare("GET", path, 200)

    def post(self, path: str, status: int = 200) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare a route that makes something or has something done."""
        return self._declare("POST", path, status)

    def put(self, path: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare a route that replaces something."""
        return self._declare("PUT", path, 200)

    def patch(self, path: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare a route that changes parts of something."""
        return self._declare("PATCH", path, 200)

    def delete(self, path: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare a route that takes something away."""
        return self._declare("DELETE", path, 204)

    def _declare(self, method: str, path: str, status: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def add(action: Callable[..., Any]) -> Callable[..., Any]:
            self.all.append(_read(method, path, status, self.resource, action))
            return action

        return add


def _read(method: str, path: str, status: int, resource: str, action: Callable[..., Any]) -> Route:
    hints = get_type_hints(action, include_extras=True)
    in_path = re.findall(r"\{(\w+)\}", path)
    paths, queries, headers = [], [], []
    body: tuple[str, type[Request]] | None = None
    upload = worker = ""
    for parameter in list(inspect.signature(action).parameters.values())[1:]:
        hint = hints[parameter.name]
        name = parameter.name.rstrip("_")
        header = next((one for one in get_args(hint) if isinstance(one, Header)), None)
        if name in in_path:
            paths.append(_argument(parameter, name, hint))
        elif hint is Upload:
            upload = parameter.name
        elif hint is OfWorker:
            worker = parameter.name
        elif isinstance(hint, type) and issubclass(hint, Request):
            body = (parameter.name, hint)
        elif header is not None:
            headers.append(_argument(parameter, header.name, hint))
        else:
            queries.append(_argument(parameter, name, hint))
    assert [one.name for one in paths] == in_path, f"{action.__name__} does not take what its path names"
    answer = hints["return"]
    return Route(
        method, path, resource, status, action, tuple(paths), tuple(queries), tuple(headers), body, upload, worker,
        None if answer is type(None) else answer,
    )  # fmt: skip


def _argument(parameter: inspect.Parameter, name: str, hint: Any) -> Argument:
    is_list = any(get_origin(one) is list for one in _parts(hint))
    is_text = all(issubclass(one, str) for one in _leaves(hint))
    return Argument(parameter.name, name, _adapter(hint), is_text, is_list, parameter.default is parameter.empty)


@cache
def _adapter(hint: Any) -> TypeAdapter[Any]:
    return TypeAdapter(hint)


def _parts(hint: Any) -> Iterator[Any]:
    """The alternatives of a type, without what annotates them."""
    if get_origin(hint) is Annotated:
        yield from _parts(get_args(hint)[0])
    elif get_origin(hint) in (Union, types.UnionType):
        for one in get_args(hint):
            yield from _parts(one)
    elif hint is not type(None):
        yield hint


def _leaves(hint: Any) -> Iterator[type]:
    for one in _parts(hint):
        if get_origin(one) is list:
            yield from _leaves(get_args(one)[0])
        elif get_origin(one) is Literal:
            yield from {type(value) for value in get_args(one)}
        else:
            yield one


def values(arguments: tuple[Argument, ...], given: Mapping[str, list[str]]) -> dict[str, Any]:
    """The values of arguments, from their texts; those not given are left to the function. Raises `Invalid`."""
    found: dict[str, Any] = {}
    for one in arguments:
        texts = given.get(one.name, [])
        if texts:
            found[one.argument] = _value(one, texts)
        elif one.required:
            raise _wrong(one, "is missing")
    return found


def _value(one: Argument, texts: list[str]) -> Any:
    if len(texts) > 1 and not one.is_list:
        raise _wrong(one, f"is given {len(texts)} times")
    try:
        for text in texts:
            plain_text(text)
        if one.is_text:
            return one.adapter.validate_python(texts if one.is_list else texts[0])
        value = one.adapter.validate_json(texts[0], strict=True)
    except ValidationError as error:
        raise _wrong(one, f"cannot be this: {error.errors()[0]['msg']}") from error
    except ValueError as error:
        raise _wrong(one, str(error)) from error
    if value is None:
        raise _wrong(one, "is null")
    return value


def _wrong(one: Argument, why: str) -> Invalid:
    return Invalid(
        f"{one.name} {why}.", where=one.name, findings=[Finding("argument", f"{one.name} {why}.", parameter=one.name)]
    )
