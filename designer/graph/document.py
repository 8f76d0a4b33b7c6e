"""The pipeline document: reading it from JSON, and writing it so that `git diff` reads well.

`read` never raises on any JSON. What is not of the document's shape becomes findings with JSON pointers.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from designer.graph.findings import Finding

FORMAT = "designer.pipeline/1"

MAX_NODES = 5_000
MAX_EDGES = 20_000
MAX_NAME = 200
MAX_TEXT = 20_000
MAX_PARAMETERS_BYTES = 512_000
"""Limits of one document; what is over them is refused by name."""


@dataclass(frozen=True)
class PipelineParameter:
    """A value asked for when the pipeline is run."""

    name: str
    type: str  # "integer", "number", "string" or "boolean"
    default: Any = None
    help: str = ""


@dataclass(frozen=True)
class Edge:
    """A wire: an output of `source` feeds an input of `target`."""

    source: str
    output: str
    target: str
    input: str


@dataclass(frozen=True)
class Node:
    """One node: either a dataset or a module with its settings."""

    id: str
    dataset: str = ""  # "diabetes@1", "diabetes" (newest) or "./cars.csv" on the command line
    module: str = ""  # "split_data@1"
    name: str = ""  # what the card says, when renamed
    inputs: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # port -> (node, output)
    after: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    target: str = ""
    environment: str = ""
    reuse: bool | None = None
    retries: int = 0
    retry_delay: float = 0.0  # seconds before the first retry; doubles each time
    timeout: float | None = None  # seconds
    disabled: str = ""  # "", "off" or "bypass"
    comment: str = ""
    pinned: Mapping[str, str] = field(default_factory=dict)  # output port -> artifact digest
    run_if: str = "success"  # of what it waits for: "success", "failure" of at least one, or "always"
    priority: int = 0  # of steps that wait for a slot, those of a higher priority start first
    retry_backoff: float = 2.0  # each wait between two tries is so many times the one before
    retry_exit_codes: tuple[int, ...] = ()  # those that are tried again; none: all

    @property
    def title(self) -> str:
        """What to call it in a sentence."""
        return self.name or self.id


@dataclass(frozen=True)
class Settings:
    """What holds for the whole pipeline."""

    target: str = ""
    continue_on_step_failure: bool = False


@dataclass(frozen=True)
class Pipeline:
    """A pipeline document, read."""

    name: str
    description: str = ""
    parameters: Mapping[str, PipelineParameter] = field(default_factory=dict)
    nodes: Mapping[str, Node] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)

    @property
    def edges(self) -> tuple[Edge, ...]:
        """All wires, in the order of the document."""
        return tuple(
            Edge(source, output, node.id, port)
            for node in self.nodes.values()
            for port, (source, output) in node.inputs.items()
        )

    def before(self, node: str) -> frozenset[str]:
        """The nodes that must be done before this one: those it reads from and those it runs after."""
        entry = self.nodes[node]
        return frozenset(source for source, _ in entry.inputs.values()) | frozenset(entry.after)


_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")

EMPTY: dict[str, Any] = {
    "format": FORMAT,
    "name": "Untitled pipeline",
    "description": "",
    "parameters": {},
    "nodes": {},
    "settings": {"continue_on_step_failure": False},
    "layout": {},
    "notes": [],
}

_TOP = ("format", "name", "description", "parameters", "nodes", "settings", "layout", "notes")
_NODE = (
    "dataset", "module", "name", "inputs", "after", "parameters", "target", "environment", "reuse", "run_if", "priority",
    "retries", "retry_delay", "retry_backoff", "retry_exit_codes", "timeout", "disabled", "comment", "pinned",
)  # fmt: skip
RUN_IF = ("success", "always", "failure")
_PARAMETER_TYPES = {"integer": int, "number": (int, float), "string": str, "boolean": bool}


class _Reader:
    """Collects findings while it walks one document."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def wrong(self, pointer: str, message: str, cure: str = "", node: str = "") -> None:
        self.findings.append(
            Finding("document_shape", clean(message), clean(cure), node=clean(node), pointer=clean(pointer))
        )

    def text(self, value: Any, pointer: str, limit: int = MAX_NAME, node: str = "") -> str:
        if not isinstance(value, str):
            self.wrong(pointer, f"Expected a text at {pointer}, found {kind(value)}.", node=node)
            return ""
        if len(value) > limit:
            self.wrong(pointer, f"The text at {pointer} is longer than {limit:,} characters.", "Shorten it.", node)
            return ""
        if not is_text(value):
            self.wrong(
                pointer, f"The text at {pointer} has characters that are not text.", "Remove control characters.", node
            )
            return ""
        return value

    def mapping(self, value: Any, pointer: str, node: str = "") -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            self.wrong(pointer, f"Expected an object at {pointer}, found {kind(value)}.", node=node)
            return {}
        return value

    def known(self, value: Mapping[str, Any], allowed: tuple[str, ...], pointer: str, node: str = "") -> None:
        for key in value:
            if key not in allowed:
                self.wrong(f"{pointer}/{escape(key)}", f'Unknown key "{shorten(key)}" at {pointer or "the top"}.',
                           f"Known are: {', '.join(allowed)}.", node)  # fmt: skip


def read(document: Any) -> tuple[Pipeline | None, tuple[Finding, ...]]:
    """Read a document. The pipeline is None only where findings say why; unknown modules or cycles are not its matter."""
    reader = _Reader()
    if not isinstance(document, Mapping):
        reader.wrong("", f"A pipeline document is a JSON object, this is {kind(document)}.")
        return None, tuple(reader.findings)
    format_ = document.get("format")
    if format_ != FORMAT:
        newer = isinstance(format_, str) and format_.startswith("designer.pipeline/")
        reader.wrong(
            "/format",
            f'The format is {json.dumps(format_, default=str)[:80]}, this version reads "{FORMAT}".',
            "Open it with a newer version of Designer." if newer else f'Set "format": "{FORMAT}".',
        )
    reader.known(document, _TOP, "")
    name = reader.text(document.get("name", ""), "/name")
    description = reader.text(document.get("description", ""), "/description", MAX_TEXT)
    parameters = _parameters(reader, document.get("parameters", {}))
    nodes = _nodes(reader, document.get("nodes", {}))
    settings = _settings(reader, document.get("settings", {}))
    _layout(reader, document.get("layout", {}))
    _notes(reader, document.get("notes", []))
    if reader.findings:
        return None, tuple(reader.findings)
    return Pipeline(name, description, parameters, nodes, settings), ()


def write(document: Mapping[str, Any]) -> str:
    """The text of a document: known keys in their fixed order, two spaces, a place on one line, a newline at the end."""
    parts = []
    for key in _TOP:
        if key not in document:
            continue
        value = document[key]
        if key == "nodes" and isinstance(value, Mapping):
            value = {
                id_: {part: node[part] for part in _NODE if part in node} if isinstance(node, Mapping) else node
                for id_, node in value.items()
            }
        if key == "layout" and isinstance(value, Mapping) and value:
            places = (f"    {_text(id_)}: {_text(place)}" for id_, place in value.items())
            text = "{\n" + ",\n".join(places) + "\n  }"
        else:
            text = _text(value, indent=2).replace("\n", "\n  ")
        parts.append(f"  {_text(key)}: {text}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _text(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False)


def kind(value: Any) -> str:
    """What JSON calls this value."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case Mapping():
            return "an object"
        case _:
            return "a list"


def shorten(text: str, limit: int = 60) -> str:
    """A text fit for a message."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def escape(key: str) -> str:
    """A key as a part of a JSON pointer."""
    return shorten(key).replace("~", "~0").replace("/", "~1")


def is_text(value: str) -> bool:
    """Whether every store and page can hold it: no control characters but tab and line ends, no lone surrogates."""
    return not _NO_TEXT.search(value)


def clean(text: str) -> str:
    """A text with what is not text replaced, fit for a message."""
    return _NO_TEXT.sub("\ufffd", text)


def is_number(value: Any) -> bool:
    """Whether it is a finite number and not a boolean."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15


def _parameters(reader: _Reader, value: Any) -> dict[str, PipelineParameter]:
    result = {}
    for name, entry in reader.mapping(value, "/parameters").items():
        pointer = f"/parameters/{escape(name)}"
        entry = reader.mapping(entry, pointer)
        reader.known(entry, ("type", "default", "help"), pointer)
        type_ = entry.get("type", "string")
        if not isinstance(type_, str) or type_ not in _PARAMETER_TYPES:
            reader.wrong(f"{pointer}/type", f"A parameter's type is one of {', '.join(_PARAMETER_TYPES)}.")
            continue
        default = entry.get("default")
        expected = _PARAMETER_TYPES[type_]
        fit = isinstance(default, expected) and (type_ == "boolean" or not isinstance(default, bool))  # type: ignore[arg-type]
        if default is not None and (not fit or (type_ in ("number", "integer") and not is_number(default))):
            reader.wrong(f"{pointer}/default", f'The default of parameter "{shorten(name)}" is not of type {type_}.')
        if not name.isidentifier() or len(name) > MAX_NAME:
            reader.wrong(pointer, f'"{shorten(name)}" cannot name a parameter.', "Use letters, digits and underscores.")
        help_ = reader.text(entry.get("help", ""), f"{pointer}/help", MAX_TEXT)
        result[name] = PipelineParameter(name, type_, default, help_)
    return result


def _nodes(reader: _Reader, value: Any) -> dict[str, Node]:
    entries = reader.mapping(value, "/nodes")
    if len(entries) > MAX_NODES:
        reader.wrong("/nodes", f"{len(entries):,} nodes are more than {MAX_NODES:,}.", "Split the pipeline.")
        return {}
    nodes: dict[str, Node] = {}
    edges = 0
    for id_, entry in entries.items():
        node = _node(reader, id_, entry)
        if node is not None:
            nodes[id_] = node
            edges += len(node.inputs)
    if edges > MAX_EDGES:
        reader.wrong("/nodes", f"{edges:,} wires are more than {MAX_EDGES:,}.", "Split the pipeline.")
    return nodes


def _node(reader: _Reader, id_: str, value: Any) -> Node | None:
    pointer = f"/nodes/{escape(id_)}"
    found = len(reader.findings)
    if not id_ or len(id_) > MAX_NAME or "." in id_ or not is_text(id_) or any(letter in "\t\r\n" for letter in id_):
        reader.wrong(pointer, f'"{shorten(id_)}" cannot name a node.', "Use up to 200 characters without a dot.")
    entry = reader.mapping(value, pointer, id_)
    reader.known(entry, _NODE, pointer, id_)
    dataset = reader.text(entry.get("dataset", ""), f"{pointer}/dataset", node=id_)
    module = reader.text(entry.get("module", ""), f"{pointer}/module", node=id_)
    if len(reader.findings) == found and bool(dataset) == bool(module):
        reader.wrong(pointer, f'Node "{shorten(id_)}" needs a module or a dataset, and only one of them.', node=id_)
    inputs = {}
    for port, source in reader.mapping(entry.get("inputs", {}), f"{pointer}/inputs", id_).items():
        place = f"{pointer}/inputs/{escape(port)}"
        text = reader.text(source, place, 2 * MAX_NAME + 1, id_)
        if text:
            producer, dot, output = text.partition(".")
            if not (producer and dot and output):
                reader.wrong(place, f'"{shorten(text)}" does not name an output.', 'Write "node.output".', id_)
            inputs[port] = (producer, output)
    after = entry.get("after", [])
    if not isinstance(after, list) or not all(
        isinstance(one, str) and len(one) <= MAX_NAME and is_text(one) for one in after
    ):
        reader.wrong(f"{pointer}/after", "Expected a list of node names.", node=id_)
        after = []
    parameters = reader.mapping(entry.get("parameters", {}), f"{pointer}/parameters", id_)
    try:
        size = len(json.dumps(parameters, allow_nan=False, ensure_ascii=False).encode())
    except (ValueError, TypeError, RecursionError):
        reader.wrong(
            f"{pointer}/parameters",
            "A parameter is not plain JSON (NaN, an infinite number, or half a character).",
            node=id_,
        )
        size = 0
    if size > MAX_PARAMETERS_BYTES:
        reader.wrong(f"{pointer}/parameters", f"The parameters take {size:,} bytes, more than {MAX_PARAMETERS_BYTES:,}.",
                     "Put large values into a dataset.", id_)  # fmt: skip
    retries = entry.get("retries", 0)
    if not isinstance(retries, int) or isinstance(retries, bool) or not 0 <= retries <= 100:
        reader.wrong(f"{pointer}/retries", "Retries are a whole number from 0 to 100.", node=id_)
        retries = 0
    delay = entry.get("retry_delay", 0)
    if not is_number(delay) or not 0 <= delay <= 86_400:
        reader.wrong(f"{pointer}/retry_delay", "The retry delay is a number of seconds from 0 to 86,400.", node=id_)
        delay = 0
    timeout = entry.get("timeout")
    if timeout is not None and (not is_number(timeout) or not 0 < timeout <= 31_536_000):
        reader.wrong(f"{pointer}/timeout", "The timeout is a positive number of seconds.", node=id_)
        timeout = None
    backoff = entry.get("retry_backoff", 2)
    if not is_number(backoff) or not 1 <= backoff <= 10:
        reader.wrong(f"{pointer}/retry_backoff", "The retry backoff is a factor from 1 to 10.", node=id_)
        backoff = 2
    codes = entry.get("retry_exit_codes", [])
    if not isinstance(codes, list) or len(codes) > 255 or not all(_is_exit_code(code) for code in codes):
        reader.wrong(
            f"{pointer}/retry_exit_codes", "Retry exit codes are a list of whole numbers from 1 to 255.", node=id_
        )
        codes = []
    run_if = entry.get("run_if", "success")
    if run_if not in RUN_IF:
        reader.wrong(f"{pointer}/run_if", f"run_if is one of {', '.join(RUN_IF)}.", node=id_)
        run_if = "success"
    priority = entry.get("priority", 0)
    if not isinstance(priority, int) or isinstance(priority, bool) or not -100 <= priority <= 100:
        reader.wrong(f"{pointer}/priority", "The priority is a whole number from -100 to 100.", node=id_)
        priority = 0
    reuse = entry.get("reuse")
    if reuse is not None and not isinstance(reuse, bool):
        reader.wrong(f"{pointer}/reuse", "Reuse is true or false.", node=id_)
        reuse = None
    disabled = entry.get("disabled", "") or ""
    if disabled not in ("", "off", "bypass"):
        reader.wrong(f"{pointer}/disabled", 'Disabled is "off" or "bypass".', node=id_)
        disabled = ""
    pinned = {
        port: reader.text(digest, f"{pointer}/pinned/{escape(port)}", node=id_)
        for port, digest in reader.mapping(entry.get("pinned", {}), f"{pointer}/pinned", id_).items()
    }
    name, comment, target, environment = (
        reader.text(entry.get(key, ""), f"{pointer}/{key}", limit, id_)
        for key, limit in (("name", MAX_NAME), ("comment", MAX_TEXT), ("target", MAX_NAME), ("environment", MAX_NAME))
    )
    if len(reader.findings) > found:
        return None
    return Node(
        id_, dataset, module, name, inputs, tuple(after), parameters, target, environment, reuse,
        retries, float(delay), timeout, disabled, comment, pinned, run_if, priority, float(backoff), tuple(codes),
    )  # fmt: skip


def _is_exit_code(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 255


def _settings(reader: _Reader, value: Any) -> Settings:
    entry = reader.mapping(value, "/settings")
    reader.known(entry, ("target", "continue_on_step_failure"), "/settings")
    go_on = entry.get("continue_on_step_failure", False)
    if not isinstance(go_on, bool):
        reader.wrong("/settings/continue_on_step_failure", "continue_on_step_failure is true or false.")
        go_on = False
    return Settings(reader.text(entry.get("target", ""), "/settings/target"), go_on)


def _layout(reader: _Reader, value: Any) -> None:
    for id_, place in reader.mapping(value, "/layout").items():
        if not isinstance(place, list) or len(place) != 2 or not all(is_number(one) for one in place):
            reader.wrong(f"/layout/{escape(id_)}", "A place is a list of two numbers, [x, y].", node=id_)


def _notes(reader: _Reader, value: Any) -> None:
    if not isinstance(value, list) or len(value) > 1_000:
        reader.wrong("/notes", "Notes are a list of at most 1,000.")
        return
    for index, note in enumerate(value):
        pointer = f"/notes/{index}"
        entry = reader.mapping(note, pointer)
        reader.known(entry, ("id", "text", "x", "y", "width", "height"), pointer)
        reader.text(entry.get("text", ""), f"{pointer}/text", MAX_TEXT)
        reader.text(entry.get("id", ""), f"{pointer}/id")
        for key in ("x", "y", "width", "height"):
            if key in entry and not is_number(entry[key]):
                reader.wrong(f"{pointer}/{key}", f"{key} is a number.")
