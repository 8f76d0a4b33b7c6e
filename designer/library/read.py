"""Read a module's specification from its source, by the syntax tree only.

The source is text of unknown origin: it is parsed, never imported, compiled to run or evaluated. What cannot be read is a
finding with a line number, and all findings come at once.
"""

import ast
import hashlib
import re
import threading
import tomllib
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from designer.graph.environment import declare
from designer.graph.findings import Finding, Severity
from designer.graph.module import ModuleSpec, Parameter, ParameterKind, Port
from designer.graph.parameters import check_default
from designer.graph.porttypes import PORT_TYPES, PortType
from designer.library.literals import Literals, Unreadable, dotted

MAX_SOURCE = 256 * 1024
MAX_DEPTH = 200
MAX_MEMBERS = 500
MAX_BLOCK = 50_000
MAX_FINDINGS = 200
"""Limits of one source: bytes, how deep annotations and literals may be nested, how many ports, parameters and packages it
has, and how many findings are told. With them, the worst source is read in about a second."""

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")

_ports = {written: row.type for row in PORT_TYPES.values() for written in row.annotations}
_ports |= {written.rpartition(".")[2]: type_ for written, type_ in _ports.items()}

_KINDS = {
    "int": ParameterKind.INTEGER,
    "float": ParameterKind.NUMBER,
    "bool": ParameterKind.BOOLEAN,
    "str": ParameterKind.STRING,
    "date": ParameterKind.DATE,
    "Column": ParameterKind.COLUMN,
    "Columns": ParameterKind.COLUMNS,
    "Code": ParameterKind.CODE,
    "Secret": ParameterKind.SECRET,
    "Datastore": ParameterKind.DATASTORE,
}
_LISTS = ("list", "List", "Sequence", "tuple", "Tuple")
_WORDS = ("Label", "Help", "Range", "Pattern", "When", "Of")
_LANGUAGES = ("python", "sql", "r", "json", "javascript", "markdown", "text")
_NUMBERS = (ParameterKind.INTEGER, ParameterKind.NUMBER)
_TEXTS = (ParameterKind.STRING, ParameterKind.CODE)

_warnings = threading.Lock()


def read_module(
    source: str, name: str, version: int = 1, category: str = "Custom"
) -> tuple[ModuleSpec | None, tuple[Finding, ...]]:
    """The specification of a module, or None where a finding is an error; and all that is to be said about the source.

    Args:
        source: the text of the file.
        name: the file's name without suffix, as documents refer to it.
        version: what counts when the source has no `VERSION`.
        category: what counts when the source has no `CATEGORY`.
    """
    if source.startswith("$schema:"):  # no Python begins so
        from designer.library.component import read_component  # with a YAML reader, which few need

        return read_component(source, name, version, category)
    reader = _Reader(name, version, category)
    try:
        spec = reader.read(source)
    except _Enough:
        spec = None
    except (RecursionError, MemoryError):
        spec = None
        reader.findings = reader.findings[: MAX_FINDINGS - 1]
        reader.say("too_deep", "The source is nested too deeply to be read.", "Split long expressions.")
    findings = tuple(sorted(reader.findings, key=lambda finding: finding.line))
    broken = any(finding.severity is Severity.ERROR for finding in findings)
    return (None if broken else spec), findings


def digest_of(source: str) -> str:
    """The identity of a source: `sha256:...`, the same with any line ends."""
    text = source.replace("\r\n", "\n").replace("\r", "\n")
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass
class _Annotation:
    """An annotation taken apart."""

    node: ast.expr  # what is left: a name, a subscript of Literal, list or tuple, ...
    optional: bool = False
    label: str = ""
    help: str = ""
    pattern: str = ""
    of: str = ""
    when: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    range: dict[str, Any] = field(default_factory=dict)


class _Enough(Exception):
    """There are so many findings that more say nothing new."""


class _Reader:
    """Reads one source. `say` notes a finding and reading goes on."""

    def __init__(self, name: str, version: int, category: str) -> None:
        self.name = name
        self.version = version
        self.category = category
        self.findings: list[Finding] = []
        self.constants: dict[str, ast.expr] = {}
        self.literals = Literals(self.constants)
        self.renamed: dict[str, str] = {}  # by `from x import y as z`: z -> y
        self.subject: dict[str, str] = {}  # what findings are about at the moment: a port or a parameter

    def say(self, code: str, message: str, cure: str = "", line: int = 0, severity: Severity = Severity.ERROR) -> None:
        if len(self.findings) >= MAX_FINDINGS:
            raise _Enough
        self.findings.append(Finding(code, message, cure, severity, line=line, **self.subject))

    def read(self, source: str) -> ModuleSpec | None:
        if not NAME.fullmatch(self.name):
            self.say("module_name", f'"{self.name[:60]}" cannot be a module\'s name.', "Use letters, digits and _.")
        tree = self._parse(source)
        if tree is None:
            return None
        self._collect(tree)
        title, description = self._describe(tree)
        values = self._constants()
        dependencies, python = self._script(source)
        run = self._find_run(tree)
        if run is None or self._too_many(run):
            return None
        inputs = self._inputs(run)
        parameters = self._parameters(run, inputs)
        outputs = self._outputs(run)
        return ModuleSpec(
            self.name, values["VERSION"], title, values["CATEGORY"], digest_of(source), description,
            tuple(inputs), tuple(outputs), tuple(parameters), dependencies, values["TAGS"], python, values["REUSE"],
        )  # fmt: skip

    # The file

    def _parse(self, source: str) -> ast.Module | None:
        size = len(source.encode("utf-8", "surrogatepass"))
        if size > MAX_SOURCE:
            self.say("source_too_large", f"The source has {size:,} bytes.", f"At most {MAX_SOURCE:,}.")
            return None
        if "\0" in source:
            line = source.count("\n", 0, source.index("\0")) + 1
            self.say("source_nul", "The source contains a NUL character.", "Remove it.", line)
            return None
        try:
            with _warnings, warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(source)
        except SyntaxError as problem:
            self.say(
                "syntax_error", f"Syntax error: {problem.msg}.", "", min(problem.lineno or 0, source.count("\n") + 1)
            )
        except (ValueError, OverflowError, UnicodeError) as problem:
            self.say("syntax_error", f"The source cannot be read: {str(problem)[:200]}.")
        return None

    def _collect(self, tree: ast.Module) -> None:
        """Note constants and renamed imports."""
        twice: set[str] = set()
        for statement in tree.body:
            match statement:
                case (
                    ast.Assign(targets=[ast.Name(id=name)], value=value)
                    | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
                ):
                    if name in self.constants:
                        twice.add(name)
                    self.constants[name] = value
                case ast.ImportFrom(names=names):
                    self.renamed |= {alias.asname: alias.name for alias in names if alias.asname}
        for name in twice:
            del self.constants[name]

    def _describe(self, tree: ast.Module) -> tuple[str, str]:
        title, _, rest = (ast.get_docstring(tree) or "").strip().partition("\n")
        return title.strip().rstrip(".") or self.name.replace("_", " ").title(), rest.strip()

    def _constants(self) -> dict[str, Any]:
        """CATEGORY, TAGS, REUSE and VERSION."""
        values: dict[str, Any] = {"CATEGORY": self.category, "TAGS": (), "REUSE": True, "VERSION": self.version}
        for name in values:
            if name not in self.constants:
                continue
            value = self._fold(self.constants[name])
            line = self.constants[name].lineno
            if isinstance(value, Unreadable):
                self.say(value.code, f"{name}: {value.message}", "", value.line)
            elif name == "CATEGORY":
                if isinstance(value, str) and value.strip():
                    values[name] = value.strip()[:100]
                else:
                    self.say("constant_wrong", "CATEGORY must be a text.", 'CATEGORY = "Data Transformation"', line)
            elif name == "TAGS":
                if isinstance(value, tuple | list) and all(isinstance(tag, str) for tag in value):
                    values[name] = tuple(value)
                else:
                    self.say("constant_wrong", "TAGS must be texts.", 'TAGS = ("split", "sample")', line)
            elif name == "REUSE":
                if isinstance(value, bool):
                    values[name] = value
                else:
                    self.say("constant_wrong", "REUSE must be True or False.", "REUSE = False", line)
            elif isinstance(value, int) and not isinstance(value, bool) and 1 <= value < 1_000_000:
                values[name] = value
            else:
                self.say("constant_wrong", "VERSION must be a whole number from 1.", "VERSION = 2", line)
        return values

    def _script(self, source: str) -> tuple[tuple[str, ...], str]:
        """`dependencies` and `requires-python` of the PEP 723 block `# /// script`."""
        block: list[str] | None = None
        begins = 0
        found: tuple[tuple[str, ...], str] = ((), "")
        for number, line in enumerate(source.splitlines(), 1):
            if block is None:
                if line.rstrip() == "# /// script":
                    if begins:
                        self.say("script_block", "There are two `# /// script` blocks.", "Keep one.", number)
                        return found
                    block, begins = [], number
            elif line.rstrip() == "# ///":
                found, block = self._read_block(block, begins), None
            elif line == "#" or line.startswith("# "):
                block.append(line[2:])
            else:
                break
        if block is not None:
            self.say("script_block", "The `# /// script` block has no end.", "Close it with a line `# ///`.", begins)
        return found

    def _read_block(self, block: Sequence[str], line: int) -> tuple[tuple[str, ...], str]:
        if len("".join(block)) > MAX_BLOCK or any(text.count(".") > MAX_MEMBERS for text in block):
            self.say("script_block", "The `# /// script` block is too long to be read.", "Name packages only.", line)
            return (), ""
        try:
            table = tomllib.loads("\n".join(block))
        except (ValueError, RecursionError) as problem:
            self.say("script_block", f"The `# /// script` block is not TOML: {str(problem)[:200]}.", "", line)
            return (), ""
        found, python = table.get("dependencies", []), table.get("requires-python", "")
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            self.say("script_block", "`dependencies` must be a list of texts.", 'dependencies = ["numpy>=2"]', line)
            return (), ""
        if not isinstance(python, str):
            self.say("script_block", "`requires-python` must be a text.", 'requires-python = ">=3.11"', line)
            return (), ""

        if len(found) > MAX_MEMBERS:
            self.say("too_many", f"`dependencies` has {len(found):,} packages.", f"At most {MAX_MEMBERS}.", line)
            return (), ""

        def at(text: str) -> int:
            return next((line + 1 + place for place, written in enumerate(block) if text in written), line)

        _, findings = declare(((at(text), text) for text in found), python, at("requires-python"))
        self.findings += findings
        return tuple(found), python

    def _find_run(self, tree: ast.Module) -> ast.FunctionDef | None:
        runs = [
            one for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and one.name == "run"
        ]
        if not runs:
            self.say("no_run", "The module has no function `run`.",
                     "Write `def run(dataset: pl.DataFrame, *, ...) -> pl.DataFrame:` at the top level.")  # fmt: skip
            return None
        if len(runs) > 1:
            self.say("run_twice", "`run` is defined more than once.", "Keep one.", runs[1].lineno)
        run = runs[-1]
        if isinstance(run, ast.AsyncFunctionDef):
            self.say(
                "run_async", "`run` is an async function.", "Write `def run`; call asyncio.run inside it.", run.lineno
            )
            return None
        return run

    def _too_many(self, run: ast.FunctionDef) -> bool:
        arguments = run.args
        counts = {
            "inputs": len(arguments.posonlyargs) + len(arguments.args), "parameters": len(arguments.kwonlyargs),
            "outputs": max((len(one.elts) for one in ast.walk(run.returns) if isinstance(one, ast.Tuple)), default=0)
            if run.returns is not None else 0,
        }  # fmt: skip
        for what, count in counts.items():
            if count > MAX_MEMBERS:
                self.say("too_many", f"`run` has {count:,} {what}.", f"At most {MAX_MEMBERS} can be shown.", run.lineno)
        return any(count > MAX_MEMBERS for count in counts.values())

    # Arguments

    def _inputs(self, run: ast.FunctionDef) -> list[Port]:
        arguments = run.args
        for argument, stars in ((arguments.vararg, "*"), (arguments.kwarg, "**")):
            if argument is not None:
                self.say("star_arguments", f"`{stars}{argument.arg}` cannot become ports or parameters.",
                         "Name each port before `*` and each parameter after it.", argument.lineno)  # fmt: skip
        for argument in arguments.posonlyargs:
            self.say("positional_only", f"`{argument.arg}` stands before `/`, but `run` is called by names.",
                     "Remove the `/`.", argument.lineno)  # fmt: skip
        positional = [*arguments.posonlyargs, *arguments.args]
        defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
        defaults += arguments.defaults
        inputs = []
        for argument, default in zip(positional, defaults, strict=True):
            self.subject = {"port": argument.arg}
            port = self._input(argument, default)
            if port is not None:
                inputs.append(port)
        self.subject = {}
        return inputs

    def _input(self, argument: ast.arg, default: ast.expr | None) -> Port | None:
        name, line = argument.arg, argument.lineno
        if argument.annotation is None:
            self.say("no_annotation", f"`{name}` has no type.", f"Write `{name}: pl.DataFrame`, or another port type; "
                     "parameters stand after `*`.", line)  # fmt: skip
            return None
        annotation = self._peel(argument.annotation)
        type_ = self._port_type(annotation.node)
        if type_ is None:
            if self._kind_name(annotation.node):
                self.say("parameter_before_star", f"`{name}` is a parameter, but stands where ports stand.",
                         "Put `*` before it in the list of arguments.", line)  # fmt: skip
            else:
                self.say("unknown_annotation", f"`{name}`: `{_text(annotation.node)}` is not the type of a port.",
                         _known_ports(), line)  # fmt: skip
            return None
        optional = annotation.optional
        if default is not None:
            optional = True
            if not (isinstance(default, ast.Constant) and default.value is None):
                self.say(
                    "port_default", f"`{name}` is a port; its only possible default is None.", "Write `= None`.", line
                )
        self._misplaced(annotation, line, "Range", "Pattern", "When", "Of")
        return Port(name, type_, annotation.label or _label(name), optional, annotation.help)

    def _parameters(self, run: ast.FunctionDef, inputs: Sequence[Port]) -> list[Parameter]:
        parameters: list[Parameter] = []
        lines: dict[str, int] = {}
        for argument, default in zip(run.args.kwonlyargs, run.args.kw_defaults, strict=True):
            self.subject = {"parameter": argument.arg}
            parameter = self._parameter(argument, default, inputs)
            if parameter is not None:
                parameters.append(parameter)
                lines[parameter.name] = argument.lineno
        self._check_conditions(parameters, lines, {argument.arg for argument in run.args.kwonlyargs})
        self.subject = {}
        return parameters

    def _parameter(self, argument: ast.arg, default: ast.expr | None, inputs: Sequence[Port]) -> Parameter | None:
        name, line = argument.arg, argument.lineno
        if argument.annotation is None:
            self.say("no_annotation", f"`{name}` has no type.", f"Write `{name}: int`, or another type.", line)
            return None
        annotation = self._peel(argument.annotation)
        kind = self._kind_name(annotation.node)
        if not kind:
            if self._port_type(annotation.node) is not None:
                self.say("port_after_star", f"`{name}` is a port, but stands where parameters stand.",
                         "Put it before the `*`.", line)  # fmt: skip
            else:
                self.say("unknown_annotation", f"`{name}`: `{_text(annotation.node)}` is not the type of a parameter.",
                         "Use int, float, bool, str, Literal, date, Column, Columns, Code, Secret, Datastore, or a list of one.", line)  # fmt: skip
            return None
        item: ParameterKind | None = None
        choices: tuple[Any, ...] = ()
        if kind in _LISTS:
            whole = ParameterKind.LIST
            item, choices = self._item(annotation, line)
            if item is None:
                return None
        elif kind == "Literal":
            whole, choices = ParameterKind.CHOICE, self._choices(annotation)
            if not choices:
                return None
        else:
            whole = _KINDS[kind]
        self._check_words(annotation, item or whole, whole, inputs, line)
        selects = whole in (ParameterKind.COLUMN, ParameterKind.COLUMNS) or item in (
            ParameterKind.COLUMN,
            ParameterKind.COLUMNS,
        )
        first = next((port.name for port in inputs if port.type is PortType.TABLE), "")
        value = self._default(whole, item, default)
        language, help_ = _language(annotation, name, value) if whole is ParameterKind.CODE else ("", annotation.help)
        parameter = Parameter(
            name, whole, annotation.label or _label(name),
            default=None if isinstance(value, Unreadable) else value,
            required=default is None,
            nullable=annotation.optional or (whole is ParameterKind.SECRET and default is not None),
            help=help_, pattern=annotation.pattern, choices=choices, item=item, when=annotation.when,
            port=(annotation.of or first) if selects else "", language=language, **annotation.range,
        )  # fmt: skip
        if isinstance(value, Unreadable):
            self.say("default_unreadable", f"`{name}`: its default cannot be read. {value.message}",
                     "Write a literal, or None and compute it inside `run`.", value.line or line)  # fmt: skip
        else:
            self._check_default(parameter, line)
        return parameter

    def _check_default(self, parameter: Parameter, line: int) -> None:
        if parameter.default is None and not parameter.required and not parameter.nullable:
            self.say("default_wrong", f"`{parameter.name}`: its default is None, which its type does not allow.",
                     "Add `| None` to the type, or give another default.", line)  # fmt: skip
            return
        for finding in check_default(parameter):
            self.say(
                "default_wrong", f"`{parameter.name}`: its default does not fit. {finding.message}", finding.cure, line
            )

    def _default(self, kind: ParameterKind, item: ParameterKind | None, default: ast.expr | None) -> Any:
        """The default in its JSON form, or `Unreadable`."""
        if default is None:
            return None
        value = self._fold(default)
        if isinstance(value, tuple | list):
            value = [_json_form(item, one) for one in value] if kind is ParameterKind.LIST else list(value)
        return _json_form(kind, value)

    def _item(self, annotation: _Annotation, line: int) -> tuple[ParameterKind | None, tuple[Any, ...]]:
        """The kind of a list's items, and their choices."""
        inner = annotation.node.slice if isinstance(annotation.node, ast.Subscript) else None
        if isinstance(inner, ast.Tuple) and len(inner.elts) == 2 and _is_ellipsis(inner.elts[1]):
            inner = inner.elts[0]
        if inner is None or isinstance(inner, ast.Tuple):
            self.say("unknown_annotation", f"`{_text(annotation.node)}` does not say what its items are.",
                     "Write `list[str]`, `list[float]` or the like.", line)  # fmt: skip
            return None, ()
        item = self._peel(inner)
        kind = self._kind_name(item.node)
        if not kind or kind in _LISTS:
            self.say("unknown_annotation", f"`{_text(inner)}` is not what a list parameter can hold.",
                     "Use int, float, bool, str, Literal, date or Column.", line)  # fmt: skip
            return None, ()
        annotation.range = annotation.range or item.range
        annotation.pattern = annotation.pattern or item.pattern
        if kind == "Literal":
            choices = self._choices(item)
            return (ParameterKind.CHOICE if choices else None), choices
        return _KINDS[kind], ()

    def _choices(self, annotation: _Annotation) -> tuple[Any, ...]:
        node = annotation.node
        assert isinstance(node, ast.Subscript)
        inner = node.slice if isinstance(node.slice, ast.Tuple) else ast.Tuple(elts=[node.slice], ctx=ast.Load())
        values = self._fold(ast.copy_location(inner, node))
        if isinstance(values, Unreadable):
            self.say("unknown_annotation", f"`{_text(node)}`: {values.message}", "", node.lineno)
            return ()
        flat = [one for value in values for one in (value if isinstance(value, tuple | list) else (value,))]
        if None in flat:
            annotation.optional = True
        choices = tuple(value for value in flat if isinstance(value, str | int | float))
        if not choices or len(choices) + flat.count(None) != len(flat):
            self.say(
                "unknown_annotation", f"`{_text(node)}` has no usable choices.", "List texts or numbers.", node.lineno
            )
            return ()
        if len({(type(choice), choice) for choice in choices}) != len(choices):
            self.say("duplicate_choice", f"`{_text(node)}` names a choice twice.", "Name each once.", node.lineno)
        return choices

    def _check_words(
        self, annotation: _Annotation, kind: ParameterKind, whole: ParameterKind, inputs: Sequence[Port], line: int
    ) -> None:
        if kind not in _NUMBERS:
            self._misplaced(annotation, line, "Range")
        if kind not in _TEXTS:
            self._misplaced(annotation, line, "Pattern")
        if kind not in (ParameterKind.COLUMN, ParameterKind.COLUMNS):
            self._misplaced(annotation, line, "Of")
        elif annotation.of and not any(port.name == annotation.of and port.type is PortType.TABLE for port in inputs):
            tables = [port.name for port in inputs if port.type is PortType.TABLE]
            self.say("of_unknown_port", f'`Of("{annotation.of[:60]}")` names no table input.',
                     f"The table inputs are: {', '.join(tables) or 'none'}.", line)  # fmt: skip

    def _misplaced(self, annotation: _Annotation, line: int, *words: str) -> None:
        held = {"Range": annotation.range, "Pattern": annotation.pattern, "When": annotation.when, "Of": annotation.of}
        for word in words:
            if held[word]:
                self.say("word_misplaced", f"`{word}` says nothing about this type.", "Remove it.", line)

    def _check_conditions(self, parameters: Sequence[Parameter], lines: Mapping[str, int], names: set[str]) -> None:
        by_name = {parameter.name: parameter for parameter in parameters}
        for parameter in parameters:
            self.subject = {"parameter": parameter.name}
            for other, values in parameter.when.items():
                line = lines[parameter.name]
                if other not in names or other == parameter.name:
                    others = sorted(names - {parameter.name})
                    self.say("when_unknown", f"`When({other}=...)` names no other parameter.",
                             f"There are: {', '.join(others) or 'none'}.", line)  # fmt: skip
                elif other in by_name and by_name[other].choices:
                    for value in values:
                        if value is not None and value not in by_name[other].choices:
                            self.say("when_unknown_value", f"`When({other}={value!r:.60})`: {other} has no such choice.",
                                     f"Its choices are: {', '.join(map(str, by_name[other].choices[:20]))}.", line)  # fmt: skip

    # Outputs

    def _outputs(self, run: ast.FunctionDef) -> list[Port]:
        if run.returns is None:
            self.say("no_return_annotation", "`run` does not say what it returns, so the module has no outputs.",
                     "Write `-> pl.DataFrame:`, or `-> None:`.", run.lineno, Severity.WARNING)  # fmt: skip
            return []
        whole = self._peel(run.returns)
        if isinstance(whole.node, ast.Constant) and whole.node.value is None:
            return []
        written: list[ast.expr] = [run.returns]
        several = isinstance(whole.node, ast.Subscript) and self._last(whole.node.value) in ("tuple", "Tuple")
        if several:
            assert isinstance(whole.node, ast.Subscript)
            inner = whole.node.slice
            written = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        outputs: list[Port] = []
        for position, item in enumerate(written, 1):
            annotation = self._peel(item)
            name = _snake(annotation.label) or (f"result{position}" if several else "result")
            self.subject = {"port": name}
            type_ = self._port_type(annotation.node)
            line = getattr(item, "lineno", run.lineno)
            if type_ is None:
                self.say(
                    "unknown_annotation",
                    f"`{_text(annotation.node)}` is not the type of an output port.",
                    _known_ports(),
                    line,
                )
            elif any(port.name == name for port in outputs):
                self.say("duplicate_output", f'Two outputs are named "{name}".', "Give each its own Label.", line)
            else:
                self._misplaced(annotation, line, "Range", "Pattern", "When", "Of")
                outputs.append(
                    Port(name, type_, annotation.label or _label(name), annotation.optional, annotation.help)
                )
        self.subject = {}
        return outputs

    # Annotations

    def _peel(self, node: ast.expr, depth: int = 0) -> _Annotation:
        """Take `Annotated`, `Optional`, `| None`, quotes and aliases off."""
        if depth > MAX_DEPTH:
            raise RecursionError
        match node:
            case ast.Constant(value=str() as text):
                try:
                    inner = ast.parse(text.strip(), mode="eval").body
                except (SyntaxError, ValueError):
                    return _Annotation(node)
                for one in ast.walk(inner):
                    ast.copy_location(one, node)
                return self._peel(inner, depth + 1)
            case ast.Name(id=name) if name in self.constants and not self._known_name(name):
                return self._peel(ast.copy_location(self.constants[name], node), depth + 1)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return self._union(node, [left, right], depth)
            case ast.Subscript(value=value, slice=inner):
                items = inner.elts if isinstance(inner, ast.Tuple) else [inner]
                match self._last(value):
                    case "Optional" if len(items) == 1:
                        found = self._peel(items[0], depth + 1)
                        found.optional = True
                        return found
                    case "Union":
                        return self._union(node, items, depth)
                    case "Annotated" if items:
                        found = self._peel(items[0], depth + 1)
                        for word in items[1:]:
                            self._word(word, found)
                        return found
        return _Annotation(node)

    def _union(self, node: ast.expr, items: Sequence[ast.expr], depth: int) -> _Annotation:
        kept = [one for one in items if not (isinstance(one, ast.Constant) and one.value is None)]
        found = self._peel(kept[0], depth + 1) if len(kept) == 1 else _Annotation(node)
        found.optional = found.optional or len(kept) < len(items)
        return found

    def _word(self, node: ast.expr, found: _Annotation) -> None:
        """One of the words inside `Annotated[...]`."""
        if not isinstance(node, ast.Call):
            return
        word = self._last(node.func)
        if word not in _WORDS:
            self.say("unknown_word", f"`{word or _text(node)}` inside Annotated is not known and says nothing here.",
                     f"The words are: {', '.join(_WORDS)}.", node.lineno, Severity.WARNING)  # fmt: skip
            return
        values = self._fold(ast.copy_location(ast.Tuple(elts=node.args, ctx=ast.Load()), node))
        keywords: dict[str, Any] = {str(one.arg): self._fold(one.value) for one in node.keywords}
        bad = next((one for one in (values, *keywords.values()) if isinstance(one, Unreadable)), None)
        if bad is not None or "None" in keywords:
            message = bad.message if bad else "`**` cannot be read here."
            self.say("word_unreadable", f"`{word}`: {message}", "Write literals.", node.lineno)
            return
        problem = self._apply(word, list(values), keywords, found)
        if problem:
            self.say("word_wrong", f"`{_text(node)}`: {problem}", "", node.lineno)

    def _apply(self, word: str, values: list[Any], keywords: dict[str, Any], found: _Annotation) -> str:
        """Put a word's content into the annotation; what is wrong with it, else nothing."""
        if word == "When":
            if values or not keywords:
                return 'name parameters: `When(mode="Split Rows")`.'
            for name, value in keywords.items():
                found.when[name] = tuple(value) if isinstance(value, tuple | list) else (value,)
            return ""
        if word == "Range":
            return self._apply_range(values, keywords, found)
        fields = {"Label": "text", "Help": "text", "Pattern": "expression", "Of": "port"}
        if fields[word] in keywords and not values and len(keywords) == 1:
            values = [keywords[fields[word]]]
        elif keywords:
            return "it takes one text."
        if len(values) != 1 or not isinstance(values[0], str) or not values[0].strip():
            return "it takes one text."
        text = values[0]
        if word == "Pattern":
            try:
                with _warnings, warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    re.compile(text)
            except (re.error, RecursionError, OverflowError) as problem:
                return f"not a regular expression: {str(problem)[:200]}."
        setattr(found, {"Label": "label", "Help": "help", "Pattern": "pattern", "Of": "of"}[word], text)
        return ""

    def _apply_range(self, values: list[Any], keywords: dict[str, Any], found: _Annotation) -> str:
        names = ("minimum", "maximum", "exclusive_minimum", "exclusive_maximum")
        if len(values) > len(names) or not set(keywords) <= set(names[len(values) :]):
            return "it takes minimum, maximum, exclusive_minimum, exclusive_maximum."
        given = dict(zip(names, values, strict=False)) | keywords
        for name in names[:2]:
            value = given.get(name)
            if value is not None and (
                isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e300
            ):
                return f"{name} must be a number or None."
        if not all(isinstance(given.get(name, False), bool) for name in names[2:]):
            return "exclusive_minimum and exclusive_maximum are True or False."
        low, high = given.get("minimum"), given.get("maximum")
        if low is not None and high is not None and low > high:
            return f"the minimum {low:g} is above the maximum {high:g}."
        found.range = given
        return ""

    def _last(self, node: ast.AST) -> str:
        """The last part of a dotted name, as it was called where it comes from."""
        name = dotted(node)
        return self.renamed.get(name, name).rpartition(".")[2]

    def _known_name(self, name: str) -> bool:
        return name in _ports or name in _KINDS

    def _port_type(self, node: ast.expr) -> PortType | None:
        name = dotted(node)
        return _ports.get(name) or _ports.get(self._last(node)) if name else None

    def _kind_name(self, node: ast.expr) -> str:
        """The name that decides a parameter's kind: of _KINDS, _LISTS or "Literal"; empty for anything else."""
        name = self._last(node)
        if name in _KINDS or name in _LISTS:
            return name
        if isinstance(node, ast.Subscript):
            name = self._last(node.value)
            return name if name in _LISTS or name == "Literal" else ""
        return ""

    def _fold(self, node: ast.expr) -> Any:
        """The value of a literal, or `Unreadable`."""
        try:
            return self.literals.fold(node)
        except Unreadable as problem:
            return problem


def _json_form(kind: ParameterKind | None, value: Any) -> Any:
    """How a value stands in a document."""
    if kind is ParameterKind.COLUMN and isinstance(value, str):
        return {"columns": [value]}
    if kind is ParameterKind.COLUMNS and isinstance(value, str | list):
        return {"columns": [value] if isinstance(value, str) else value}
    if kind is ParameterKind.NUMBER and isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53:
        return float(value)
    if kind is ParameterKind.SECRET and value == "":
        return None
    return value


def _language(annotation: _Annotation, name: str, default: Any) -> tuple[str, str]:
    """The language of a code parameter, and its help: what Help names, else what name or default look like."""
    if annotation.help.lower() in _LANGUAGES:
        return annotation.help.lower(), ""
    text = default if isinstance(default, str) else ""
    if re.search(r"sql|query", name, re.I) or re.match(r"\s*(--.*\n\s*)*(select|with)\s", text, re.I):
        language = "sql"
    elif re.search(r"(^|_)r(_|$)", name) or re.search(r"<-\s*function\s*\(|\blibrary\(", text):
        language = "r"
    elif re.search(r"^\s*(def|import|from|class)\s", text, re.M) or "python" in name or "script" in name:
        language = "python"
    else:
        language = "text"
    return language, annotation.help


def _is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


def _label(name: str) -> str:
    text = name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def _snake(label: str) -> str:
    """A label as a name; empty when nothing of it can stand in a name."""
    name = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")
    return f"output_{name}" if name[:1].isdigit() else name


def _text(node: ast.AST) -> str:
    """An expression as it was written, not too long."""
    try:
        text = ast.unparse(node)
    except (ValueError, AttributeError):
        text = "this"
    return text if len(text) <= 80 else text[:79] + "…"


def _known_ports() -> str:
    return "Use " + ", ".join(row.annotations[0] for row in PORT_TYPES.values()) + "."
