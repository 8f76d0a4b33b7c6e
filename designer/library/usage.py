"""How a script uses the values it is given: which it reads, which it writes, as which kind of file. By its syntax tree alone."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from designer.graph.porttypes import PortType
from designer.library.literals import dotted


@dataclass(frozen=True)
class Role:
    """What a value is taken for, and why."""

    side: str  # "input", "output" or "parameter"
    type: PortType | None = None
    format: str = ""
    why: str = ""


_TABLES = {"csv": "csv", "parquet": "parquet"}
READS = {
    **{f"{verb}_{form}": (PortType.TABLE, form) for form in _TABLES for verb in ("read", "scan")},
    "read_table": (PortType.TABLE, "parquet"),
    **dict.fromkeys(("read_excel", "read_json", "read_ndjson", "read_pickle", "read_feather", "read_ipc", "read_hdf", "read_text", "read_bytes", "loadtxt", "genfromtxt", "imread", "load_model", "read_file"), (PortType.FILE, "")),
    **dict.fromkeys(("listdir", "scandir", "walk", "iterdir", "rglob", "ImageFolder", "image_dataset_from_directory", "load_from_disk"), (PortType.FOLDER, "")),
}  # fmt: skip
WRITES = {
    "to_csv": (PortType.TABLE, "csv"), "write_csv": (PortType.TABLE, "csv"), "sink_csv": (PortType.TABLE, "csv"),
    "to_parquet": (PortType.TABLE, "parquet"), "write_parquet": (PortType.TABLE, "parquet"),
    "sink_parquet": (PortType.TABLE, "parquet"),
    **dict.fromkeys(("to_excel", "to_json", "to_pickle", "to_feather", "to_hdf", "write_text", "write_bytes", "savefig", "imsave", "imwrite", "save", "savetxt", "savez", "write_ipc", "write_excel", "write_json", "write_ndjson", "write_image", "write_html", "to_html"), (PortType.FILE, "")),
    **dict.fromkeys(("makedirs", "mkdir", "save_pretrained", "save_to_disk", "SummaryWriter"), (PortType.FOLDER, "")),
}  # fmt: skip
SAVERS = {"dump", "save_model"}
"""Functions whose last argument is what they write to."""

LOADERS = {"load"}


def uses(tree: ast.AST, name_of: Callable[[ast.AST], str]) -> dict[str, Role]:
    """What each value is used as, by name. `name_of` says which value an expression is, or "" for any other.

    The first telling use counts; writing tells more than reading.
    """
    found: dict[str, Role] = {}
    aliases = _aliases(tree, name_of)

    def name(node: ast.AST) -> str:
        return name_of(node) or (aliases.get(node.id, "") if isinstance(node, ast.Name) else "")

    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        for value, role in _of_call(call, name):
            known = found.get(value)
            if known is None or (known.side == "input" and role.side == "output"):
                found[value] = role
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            value = name(_bare(node.left))
            if value and (value not in found or found[value].type is PortType.FOLDER):
                found.setdefault(value, Role("input", PortType.FOLDER, why=f"line {node.lineno} joins a name to it"))
    return found


def _aliases(tree: ast.AST, name_of: Callable[[ast.AST], str]) -> dict[str, str]:
    """Names that stand for a value: `path = Path(args.data)`."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            value = name_of(_bare(node.value))
            if value:
                found[node.targets[0].id] = value
    return found


def _bare(node: ast.AST) -> ast.AST:
    """An expression without what only changes its form: `Path(x)`, `str(x)`, `x.resolve()`."""
    while isinstance(node, ast.Call):
        called = dotted(node.func).rpartition(".")[2]
        if called in ("Path", "str", "expanduser", "abspath", "fspath", "PurePath") and node.args:
            node = node.args[0]
        elif isinstance(node.func, ast.Attribute) and node.func.attr in ("resolve", "expanduser", "absolute"):
            node = node.func.value
        else:
            break
    return node


def _of_call(call: ast.Call, name: Callable[[ast.AST], str]) -> Iterator[tuple[str, Role]]:
    """What one call tells about values."""
    whole = dotted(call.func)
    last = whole.rpartition(".")[2] or (call.func.attr if isinstance(call.func, ast.Attribute) else "")
    first = [call.args[0]] if call.args else []
    given = [*first, *(one.value for one in call.keywords)]
    where = f"line {call.lineno}"
    if last == "open":
        yield from _of_open(call, name, where)
    elif last in ("join", "joinpath") and (whole.endswith("path.join") or last == "joinpath"):
        for value in filter(None, (name(_bare(one)) for one in first)):
            yield value, Role("input", PortType.FOLDER, why=f"{where} joins a name to it")
    elif last in WRITES:
        type_, form = WRITES[last]
        targets = call.args if last == "save" else given
        inner = [call.func.value] if isinstance(call.func, ast.Attribute) else []  # Path(x).write_text(...)
        for one in (*targets, *inner):
            yield from _told(one, name, "output", type_, form, f"{where} writes it with {last}")
    elif last in SAVERS:
        for one in (*call.args[1:], *(one.value for one in call.keywords)):
            yield from _told(one, name, "output", PortType.FILE, "", f"{where} writes it with {last}")
    elif last in READS or last in LOADERS:
        type_, form = READS.get(last, (PortType.FILE, ""))
        inner = [call.func.value] if isinstance(call.func, ast.Attribute) else []
        for one in (*given, *inner):
            yield from _told(one, name, "input", type_, form, f"{where} reads it with {last}")


def _told(
    node: ast.AST, name: Callable[[ast.AST], str], side: str, type_: PortType, form: str, why: str
) -> Iterator[tuple[str, Role]]:
    value = name(_bare(node))
    if value:
        yield value, Role(side, type_, form, why)
        return
    folder = _joined(node)
    if folder is not None and (value := name(_bare(folder))):  # a file inside it
        yield value, Role(side, PortType.FOLDER, why=f"{why}, as a folder")


def _joined(node: ast.AST) -> ast.AST | None:
    """The first part of `os.path.join(x, ...)`, `x / "name"` or `f"{x}/name"`."""
    if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in ("join", "joinpath") and node.args:
        return node.args[0]
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        node = node.left
        if not isinstance(node, ast.BinOp):
            return node
    if isinstance(node, ast.JoinedStr) and len(node.values) > 1 and isinstance(node.values[0], ast.FormattedValue):
        rest = node.values[1]
        if isinstance(rest, ast.Constant) and str(rest.value).startswith("/"):
            return node.values[0].value
    return None


def _of_open(call: ast.Call, name: Callable[[ast.AST], str], where: str) -> Iterator[tuple[str, Role]]:
    inner = call.func.value if isinstance(call.func, ast.Attribute) else None  # Path(x).open("w")
    method = inner is not None and name(_bare(inner)) != ""
    target = inner if method else call.args[0] if call.args else None
    modes = [*(call.args[:1] if method else call.args[1:2]), *(one.value for one in call.keywords if one.arg == "mode")]
    mode = next((str(one.value) for one in modes if isinstance(one, ast.Constant)), "r")
    side, verb = ("output", "writes") if re.search(r"[wax]", mode) else ("input", "reads")
    if target is not None:
        yield from _told(target, name, side, PortType.FILE, "", f"{where} {verb} it with open")


# By name

_OUT = {"out", "output", "outputs", "outdir", "outfile", "outpath", "save", "saved", "dest", "destination", "export"}
_PATHS = {"path", "file", "filename", "filepath", "filepaths", "csv", "parquet", "infile", "outfile"}
_FOLDERS = {"dir", "folder", "directory", "outdir", "indir", "root", "folders", "dirs"}
_DATA = {"data", "dataset", "input", "inputs", "in", "train", "test", "valid", "validation", "images", "corpus"}
_NO_PATH = {"format", "type", "name", "column", "columns", "col", "mode", "prefix", "suffix", "size", "dim", "level", "label",
            "encoding", "separator", "sep", "delimiter", "split", "ratio", "frac", "fraction", "key", "id"}  # fmt: skip
_LOOKS = re.compile(r"(?:\.{0,2}/|~/)?[\w./-]*(?:/|\.(csv|tsv|parquet|json|jsonl|txt|pkl|pickle|joblib|h5|hdf5|pt|pth|onnx|zip|png|jpg|"
                    r"xlsx|npy|npz|feather|html|md|yaml|yml|db))")  # fmt: skip


def words_of(name: str) -> list[str]:
    """The words of a name: `trainData_path` is train, data, path."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    return [word for word in re.split(r"[^a-z0-9]+", spaced.lower()) if word]


def by_name(name: str, default: object = None, help_: str = "", *, is_path: bool = False) -> Role:
    """What a value is taken for by its name, its default and its help, where nothing else tells; `is_path`: that is certain."""
    words = words_of(name)
    last = words[-1] if words else ""
    looks = (
        _LOOKS.fullmatch(default)
        if isinstance(default, str) and default and not re.match(r"[a-z]+://", default)
        else None
    )
    out = bool(set(words) & _OUT)
    certain = is_path or looks is not None or last in _PATHS or last in _FOLDERS
    if not certain and (last in _NO_PATH or not (out or last in _DATA)):
        return Role("parameter")
    writes = re.search(r"\b(sav|writ|stor|export|output)", help_, re.I) is not None
    side = "output" if out or (writes and not set(words) & _DATA) else "input"
    why = (
        f"its name says {next(iter(set(words) & _OUT))}" if out
        else "its help says that it is written" if side == "output"
        else f'its default "{default}" is a path' if looks
        else "it is a path" if is_path
        else f"its name says {last}"
    )  # fmt: skip
    suffix = (looks[1] if looks and looks[1] else "") or next((word for word in words if word in _TABLES), "")
    hint = re.search(r"\b(csv|parquet|folder|directory)\b", help_, re.I)
    told = hint[1].lower() if hint else ""
    if (
        last in _FOLDERS
        or set(words) & _FOLDERS
        or told in ("folder", "directory")
        or (looks and str(default).endswith("/"))
    ):
        return Role(side, PortType.FOLDER, why=why)
    form = suffix or (told if told in _TABLES else "")
    if form in _TABLES:
        return Role(side, PortType.TABLE, form, why)
    if (
        side == "input"
        and not form
        and set(words) & {"data", "dataset", "train", "test", "valid", "validation"}
        and not is_path
    ):
        return Role(side, PortType.TABLE, "csv", f"{why}; tables are handed over as CSV")
    return Role(side, PortType.FILE, form, why)


def together(used: Mapping[str, Role], name: str, guessed: Role) -> Role:
    """What a value is taken for: what its use tells, completed by what its name does."""
    role = used.get(name)
    if role is None:
        return guessed
    if role.type is PortType.FILE and not role.format and guessed.type is PortType.FILE and guessed.format:
        return Role(role.side, role.type, guessed.format, role.why)
    return role
