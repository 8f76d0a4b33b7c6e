"""Command modules: read from their declaration, a YAML text in the words of Azure ML's component files, and written as one.

The text is of unknown origin: it is parsed into plain values, and what is not known by name is refused, so that no word of it
can ask a compute target for anything (volumes, privileges, devices).
"""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from designer.graph.document import clean, shorten
from designer.graph.environment import declare
from designer.graph.findings import Finding, Severity
from designer.graph.module import Command, ModuleSpec, Parameter, ParameterKind, Port
from designer.graph.parameters import check_default
from designer.graph.porttypes import PortType
from designer.launcher import template
from designer.library.yaml_text import Text, YamlUnreadable

HEADER = "$schema: designer.command/1"
"""How a declaration begins; a Python source never does."""

AZURE = "azureml"
MAX_SOURCE = 256 * 1024
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
SUFFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")

PORTS = {
    **{type_.value: type_ for type_ in PortType},
    "uri_file": PortType.FILE, "uri_folder": PortType.FOLDER, "mltable": PortType.FOLDER,
    "mlflow_model": PortType.FOLDER, "custom_model": PortType.FOLDER, "triton_model": PortType.FOLDER,
    "anyfile": PortType.FILE, "anydirectory": PortType.FOLDER, "path": PortType.FOLDER,
    "dataframedirectory": PortType.FOLDER, "modeldirectory": PortType.FOLDER,
}  # fmt: skip
"""The types of ports: ours, those of Azure ML, and those of its first version in small letters."""

KINDS = {
    "integer": ParameterKind.INTEGER, "number": ParameterKind.NUMBER, "string": ParameterKind.STRING,
    "boolean": ParameterKind.BOOLEAN, "float": ParameterKind.NUMBER, "int": ParameterKind.INTEGER,
    "date": ParameterKind.DATE, "code": ParameterKind.CODE, "secret": ParameterKind.SECRET, "list": ParameterKind.LIST,
    "choice": ParameterKind.CHOICE, "enum": ParameterKind.CHOICE, "column": ParameterKind.COLUMN,
    "columns": ParameterKind.COLUMNS,
}  # fmt: skip
OUTPUTS = (
    PortType.TABLE,
    PortType.FILE,
    PortType.FOLDER,
    PortType.IMAGES,
    PortType.METRICS,
    PortType.FIGURE,
    PortType.MODEL,
)
FORMATS = ("csv", "parquet")

_TOP = (
    "$schema", "name", "version", "type", "display_name", "description", "category", "tags", "is_deterministic", "inputs",
    "outputs", "command", "notebook", "code", "dependencies", "python", "environment_variables",
)  # fmt: skip
_NOT_TAKEN = {
    "environment": "Name its packages below `dependencies:`, or choose an environment for the node.",
    "resources": "Choose a compute target for the node.", "limits": "Set the time limit at the node.",
    "distribution": "A step runs in one place.", "services": "", "identity": "", "properties": "", "author": "", "intellectual_property": "",
    "successful_return_code": "A command that ends with another code than 0 has failed.",
}  # fmt: skip
"""What other tools have, and is left out here with a word of what to do instead."""

_INPUT = ("type", "optional", "default", "enum", "min", "max", "description", "label", "format", "flag", "no_flag", "each",
          "item", "language", "port", "pattern", "mode", "path")  # fmt: skip
_OUTPUT = ("type", "description", "label", "format", "path", "optional", "mode")


def is_command(source: str) -> bool:
    """Whether a source is the declaration of a command."""
    return source.startswith(HEADER)


def write_component(declaration: Mapping[str, Any]) -> str:
    """The text of a declaration, always the same for the same one."""
    keys = [*_TOP[1:], *(key for key in declaration if key not in _TOP)]  # what is not known is told when it is read
    body = {key: declaration[key] for key in keys if declaration.get(key) not in (None, "", {}, [])}
    return f"{HEADER}\n" + "".join(_lines(key, value) for key, value in body.items())


def _lines(key: str, value: Any) -> str:
    """One key of a declaration; each port stands on a line of its own."""
    if key not in ("inputs", "outputs") or not isinstance(value, Mapping):
        return _yaml({key: value}, flow=False)
    return f"{key}:\n" + "".join(
        f"  {_yaml(str(name), flow=True)}: {_yaml(about, flow=True)}\n" for name, about in value.items()
    )


def _yaml(value: Any, *, flow: bool) -> str:
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1_000_000 if flow else 110,
                          default_flow_style=flow)  # fmt: skip
    return text.removesuffix("\n").removesuffix("\n...") if flow else text


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]
    """Long texts in blocks; everything below one port on one line where it fits."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write everything out."""
        return True


def _long(dumper: yaml.SafeDumper, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _long)


def read_component(
    source: str, name: str, version: int = 1, category: str = "Custom"
) -> tuple[ModuleSpec | None, tuple[Finding, ...]]:
    """The specification of a command module, or None where a finding is an error; and all that is to be said about it."""
    reader = _Reader(name, version, category)
    try:
        spec = reader.read(source)
    except RecursionError:
        spec = None
        reader.say("too_deep", "The text is nested too deeply to be read.")
    findings = tuple(sorted(reader.findings, key=lambda finding: finding.line))
    broken = any(finding.severity is Severity.ERROR for finding in findings)
    return (None if broken else spec), findings


class _Reader:
    """Reads one declaration. `say` notes a finding and reading goes on."""

    def __init__(self, name: str, version: int, category: str) -> None:
        self.name = name
        self.version = version
        self.category = category
        self.findings: list[Finding] = []
        self.text = Text("")
        self.formats: dict[str, str] = {}
        self.paths: dict[str, str] = {}
        self.flags: dict[str, tuple[str, str]] = {}
        self.each: dict[str, str] = {}

    def say(
        self, code: str, message: str, cure: str = "", at: tuple[str, ...] = (), severity: Severity = Severity.ERROR,
    ) -> None:  # fmt: skip
        self.findings.append(Finding(code, clean(message), clean(cure), severity, line=self.text.line(at)))

    def read(self, source: str) -> ModuleSpec | None:
        if not NAME.fullmatch(self.name):
            self.say("module_name", f'"{self.name[:60]}" cannot be a module\'s name.', "Use letters, digits and _.")
        if len(source.encode("utf-8", "surrogatepass")) > MAX_SOURCE:
            self.say("source_too_large", f"The text has more than {MAX_SOURCE:,} bytes.")
            return None
        try:
            self.text = Text(source)
        except YamlUnreadable as problem:
            self.findings.append(Finding("not_yaml", problem.message, line=problem.line))
            return None
        found = self.text.value
        if not isinstance(found, Mapping):
            self.say(
                "component_shape", "This is not the declaration of a command.", "Begin with `inputs:` and `command:`."
            )
            return None
        for key in found:
            if key in _NOT_TAKEN:
                self.say("not_taken", f"`{key}` is left out.", _NOT_TAKEN[key], (key,), Severity.WARNING)
            elif key not in _TOP:
                self.say(
                    "unknown_key",
                    f"`{shorten(str(key))}` is not known here.",
                    f"Known are: {', '.join(_TOP[1:])}.",
                    (str(key),),
                )
        if found.get("type", "command") not in ("command", "CommandComponent"):
            self.say("component_type", f"A component of type {shorten(str(found['type']))} cannot be read.",
                     "Only components of type command can.", ("type",))  # fmt: skip
        inputs, parameters = self._inputs(found)
        outputs = self._outputs(found)
        line = self._line(found, inputs, parameters, outputs)
        dependencies, python = self._software(found)
        description = self._str(found, "description", limit=20_000)
        title = self._str(found, "display_name") or self.name.replace("_", " ").title()
        command = Command(
            line, self._str(found, "notebook"), self._snapshot(found), self.formats, self.paths, self.flags, self.each,
            self._variables(found),
        )  # fmt: skip
        if bool(command.line) == bool(command.notebook):
            self.say("no_command", "A module runs either a `command` or a `notebook`.",
                     "Write `command: python train.py --data ${{inputs.data}}`.")  # fmt: skip
        return ModuleSpec(
            self.name, self._number(found), title, self._str(found, "category") or self.category, digest_of(source),
            description, tuple(inputs), tuple(outputs), tuple(parameters), dependencies, self._tags(found), python,
            found.get("is_deterministic") is not False, command=command,
        )  # fmt: skip

    # Single values

    def _str(self, found: Mapping[str, Any], key: str, *at: str, limit: int = 1_000) -> str:
        value = found.get(key)
        if value is None:
            return ""
        if not isinstance(value, str) or len(value) > limit:
            self.say("component_shape", f"`{key}` must be a text of at most {limit:,} letters.", "", (*at, key))
            return ""
        return clean(value).strip()

    def _mapping(self, found: Mapping[str, Any], key: str, *at: str) -> Mapping[str, Any]:
        value = found.get(key)
        if value is None:
            return {}
        if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
            self.say(
                "component_shape",
                f"`{key}` must name its entries.",
                "Write `name: {type: table}` below it.",
                (*at, key),
            )
            return {}
        return value

    def _number(self, found: Mapping[str, Any]) -> int:
        value = found.get("version")
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value < 1_000_000:
            return value
        return self.version  # Azure ML's are texts such as "0.0.1", and say nothing here

    def _tags(self, found: Mapping[str, Any]) -> tuple[str, ...]:
        value = found.get("tags") or []
        names = list(value) if isinstance(value, list | Mapping) else []
        return tuple(clean(shorten(str(name))) for name in names[:50])

    def _snapshot(self, found: Mapping[str, Any]) -> str:
        code = self._str(found, "code")
        if code and not DIGEST.fullmatch(code):
            self.say("code_folder", f"`code: {shorten(code)}` names a folder, which is not here.",
                     "Add the file together with its folder, or take the line out.", ("code",))  # fmt: skip
            return ""
        return code

    def _variables(self, found: Mapping[str, Any]) -> dict[str, str]:
        variables = {}
        for name, value in self._mapping(found, "environment_variables").items():
            if not VARIABLE.fullmatch(name) or name.startswith(("DESIGNER_", "LD_")) or name in ("PATH", "PYTHONPATH"):
                self.say(
                    "variable", f"The variable {shorten(name)} cannot be set.", "", ("environment_variables", name)
                )
            elif isinstance(value, bool | int | float | str):
                variables[name] = str(value)
            else:
                self.say(
                    "variable", f"The variable {shorten(name)} must be a text.", "", ("environment_variables", name)
                )
        return variables

    def _software(self, found: Mapping[str, Any]) -> tuple[tuple[str, ...], str]:
        asked = found.get("dependencies") or []
        python = found.get("python")
        python = str(python) if isinstance(python, int | float) else self._str(found, "python")
        if not isinstance(asked, list) or not all(isinstance(one, str) for one in asked):
            self.say(
                "requirement", "`dependencies` must be a list of texts.", 'Write `- "numpy>=2"`.', ("dependencies",)
            )
            return (), ""
        lines = [(self.text.line(("dependencies", str(number))), one) for number, one in enumerate(asked)]
        _, findings = declare(lines, python, self.text.line(("python",)))
        self.findings += findings
        return tuple(asked), python

    # Ports and parameters

    def _inputs(self, found: Mapping[str, Any]) -> tuple[list[Port], list[Parameter]]:
        ports: list[Port] = []
        parameters: list[Parameter] = []
        for name, entry in self._mapping(found, "inputs").items():
            at = ("inputs", name)
            about = self._entry(name, entry, _INPUT, at)
            if about is None:
                continue
            type_ = self._str(about, "type", *at)
            label, help_ = (
                self._str(about, "label", *at) or _label(name),
                self._str(about, "description", *at, limit=5_000),
            )
            if type_.lower() in PORTS:
                port = PORTS[type_.lower()]
                self._format(f"inputs.{name}", port, about, at)
                ports.append(Port(name, port, label, about.get("optional") is True, help_))
            elif type_.lower() in KINDS:
                parameters.append(self._parameter(name, KINDS[type_.lower()], about, label, help_, at))
            else:
                self.say("unknown_type", f"`{shorten(name)}`: {shorten(type_) or 'nothing'} is not a type.",
                         f"Ports: {', '.join(PortType)}, uri_file, uri_folder. Parameters: string, integer, number, boolean, ...", at)  # fmt: skip
        tables = [port.name for port in ports if port.type is PortType.TABLE]
        for parameter in parameters:
            if parameter.port and parameter.port not in tables:
                self.say("of_unknown_port", f"`{parameter.name}`: there is no table input {shorten(parameter.port)}.", "",
                         ("inputs", parameter.name))  # fmt: skip
        return ports, parameters

    def _entry(self, name: str, entry: Any, known: tuple[str, ...], at: tuple[str, ...]) -> Mapping[str, Any] | None:
        if not NAME.fullmatch(name):
            self.say(
                "port_name", f'"{shorten(name)}" cannot name a port or parameter.', "Use letters, digits and _.", at
            )
            return None
        if isinstance(entry, str):
            entry = {"type": entry}
        if not isinstance(entry, Mapping):
            self.say("component_shape", f"`{name}` must say its type.", f"Write `{name}: {{type: table}}`.", at)
            return None
        for key in entry:
            if key not in known:
                self.say(
                    "unknown_key",
                    f"`{name}`: `{shorten(str(key))}` is not known here.",
                    f"Known are: {', '.join(known)}.",
                    (*at, str(key)),
                )
        return entry

    def _format(self, key: str, type_: PortType, about: Mapping[str, Any], at: tuple[str, ...]) -> None:
        form = self._str(about, "format", *at).lower().lstrip(".")
        if not form:
            return
        if type_ is PortType.TABLE and form not in FORMATS:
            self.say("table_format", f"A table is handed over as {' or '.join(FORMATS)}, not as {shorten(form)}.",
                     "Take one of these, or let the port be a file.", (*at, "format"))  # fmt: skip
        elif not SUFFIX.fullmatch(form):
            self.say(
                "table_format",
                f"`{shorten(form)}` is not the suffix of a file.",
                "Write `format: csv`.",
                (*at, "format"),
            )
        else:
            self.formats[key] = form

    def _parameter(
        self, name: str, kind: ParameterKind, about: Mapping[str, Any], label: str, help_: str, at: tuple[str, ...]
    ) -> Parameter:
        choices = about.get("enum") or []
        if not isinstance(choices, list) or not all(isinstance(one, str | int | float) for one in choices):
            self.say("choices", f"`{name}`: `enum` must be a list of texts or numbers.", "", (*at, "enum"))
            choices = []
        item = KINDS.get(self._str(about, "item", *at) or "string") if kind is ParameterKind.LIST else None
        if choices:
            if kind is ParameterKind.LIST:
                item = ParameterKind.CHOICE
            elif kind is not ParameterKind.CHOICE:
                kind = ParameterKind.CHOICE
        elif kind is ParameterKind.CHOICE:
            self.say("choices", f"`{name}` has no choices.", "Write `enum: [a, b]`.", at)
            kind = ParameterKind.STRING
        default = about.get("default")
        if kind is ParameterKind.NUMBER and isinstance(default, int) and not isinstance(default, bool):
            default = float(default)
        if kind is ParameterKind.STRING and default is not None and not isinstance(default, str):
            default = str(default)
        if kind in (ParameterKind.COLUMN, ParameterKind.COLUMNS) and isinstance(default, str | list):
            default = {"columns": [default] if isinstance(default, str) else default}
        optional = about.get("optional") is True
        parameter = Parameter(
            name, kind, label, default, required=default is None and not optional, nullable=optional, help=help_,
            minimum=self._bound(about, "min", at), maximum=self._bound(about, "max", at),
            pattern=self._str(about, "pattern", *at), choices=tuple(choices), item=item,
            port=self._str(about, "port", *at), language=self._str(about, "language", *at) or ("text" if kind is ParameterKind.CODE else ""),
        )  # fmt: skip
        self._words(name, kind, about, at)
        for finding in check_default(parameter) if default is not None else ():
            self.say(
                "default_wrong",
                f"`{name}`: its default does not fit. {finding.message}",
                finding.cure,
                (*at, "default"),
            )
        return parameter

    def _bound(self, about: Mapping[str, Any], key: str, at: tuple[str, ...]) -> float | None:
        value = about.get(key)
        if value is None:
            return None
        if isinstance(value, str) and re.fullmatch(r"-?[0-9.eE+-]{1,30}", value):
            try:
                value = float(value)  # Azure ML writes these as texts too
            except ValueError:
                value = None
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e300:
            self.say("bound", f"`{key}` must be a number.", "", (*at, key))
            return None
        return float(value)

    def _words(self, name: str, kind: ParameterKind, about: Mapping[str, Any], at: tuple[str, ...]) -> None:
        """The words that stand in the command for a boolean, and before each value of a list."""
        words = {key: self._str(about, key, *at) for key in ("flag", "no_flag", "each") if key in about}
        for key, word in list(words.items()):
            fits = kind is ParameterKind.LIST if key == "each" else kind is ParameterKind.BOOLEAN
            if not fits or not re.fullmatch(r"[A-Za-z0-9_=./+-]{1,100}(?: [A-Za-z0-9_=./+'-]{1,100})?", word):
                self.say("flag", f"`{name}`: `{key}: {shorten(word)}` cannot stand here.",
                         "`flag` and `no_flag` belong to a boolean, `each` to a list; write one word such as --verbose.", (*at, key))  # fmt: skip
                return
        if "flag" in words or "no_flag" in words:
            self.flags[f"inputs.{name}"] = (words.get("flag", ""), words.get("no_flag", ""))
        if "each" in words:
            self.each[f"inputs.{name}"] = words["each"]

    def _outputs(self, found: Mapping[str, Any]) -> list[Port]:
        outputs = []
        for name, entry in self._mapping(found, "outputs").items():
            at = ("outputs", name)
            about = self._entry(name, entry, _OUTPUT, at)
            if about is None:
                continue
            written = self._str(about, "type", *at).lower()
            type_ = PORTS.get(written)
            if type_ is None or type_ not in OUTPUTS:
                self.say("unknown_type", f"`{shorten(name)}`: {shorten(written) or 'nothing'} is not the type of a command's output.",
                         f"Use {', '.join(OUTPUTS)}, uri_file or uri_folder.", at)  # fmt: skip
                continue
            self._format(f"outputs.{name}", type_, about, at)
            self._path(name, about, at)
            outputs.append(Port(name, type_, self._str(about, "label", *at) or _label(name), about.get("optional") is True,
                                self._str(about, "description", *at, limit=5_000)))  # fmt: skip
        return outputs

    def _path(self, name: str, about: Mapping[str, Any], at: tuple[str, ...]) -> None:
        path = self._str(about, "path", *at)
        if not path:
            return
        if "://" in path or "${{" in path:
            self.say(
                "not_taken",
                f"`{name}`: its `path` is left out: outputs are kept by Designer.",
                "",
                (*at, "path"),
                Severity.WARNING,
            )
            return
        parts = path.split("/")
        if path.startswith("/") or "\\" in path or any(part in ("", "..") for part in parts if part != "."):
            self.say(
                "output_path",
                f"`{name}`: `{shorten(path)}` leads out of the working folder.",
                "Write a path inside it.",
                (*at, "path"),
            )
            return
        self.paths[f"outputs.{name}"] = path

    # The command

    def _line(
        self, found: Mapping[str, Any], inputs: list[Port], parameters: list[Parameter], outputs: list[Port]
    ) -> str:
        line = self._str(found, "command", limit=50_000)
        if "CommandComponent" in str(found.get("$schema", "")):  # of the first version
            line = re.sub(r"(?<![{$])\{((?:inputs|outputs)\.\w+)\}(?!\})", r"${{\1}}", line)
            line = re.sub(r"\[([^\[\]]*\$\{\{[^\[\]]*)\]", r"$[[\1]]", line)
        line, count = re.subn(r"(\S+[ \t]+)?\$\[\[\s*(inputs\.\w+)\s*\]\]", r"$[[\1${{\2}}]]", line)
        if count:
            self.say("template", "`$[[inputs.name]]` is read as `$[[--name ${{inputs.name}}]]`.", "Write it so.",
                     ("command",), Severity.WARNING)  # fmt: skip
        try:
            parts = template.parse(line)
        except template.Unreadable as problem:
            self.say("template", f"The command cannot be read: {problem.message}",
                     "Known are ${{inputs.name}}, ${{outputs.name}} and $[[ ... ]].", ("command",))  # fmt: skip
            return line
        names = {f"inputs.{port.name}" for port in inputs} | {f"inputs.{one.name}" for one in parameters}
        names |= {f"outputs.{one.name}" for one in outputs}
        may_lack = {f"inputs.{one.name}" for one in inputs if one.optional} | {
            f"inputs.{one.name}" for one in parameters if one.nullable
        }
        for place, optional in template.places(parts):
            if place.key not in names:
                self.say("template", f"The command names {place.key}, which is not declared.",
                         f"Declared are: {', '.join(sorted(names)) or 'none'}.", ("command",))  # fmt: skip
            elif place.key in may_lack and not optional:
                self.say("template", f"{place.key} is optional, but the command always names it.",
                         f"Write $[[--{place.name} ${{{{{place.key}}}}}]].", ("command",), Severity.WARNING)  # fmt: skip
        return line


def _label(name: str) -> str:
    text = name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def digest_of(source: str) -> str:
    """The identity of a declaration; the digest of its folder is part of the text."""
    from designer.library.read import digest_of as of_text

    return of_text(source)
