"""What code seems to reach for: the network, files, secrets, other programs. By reading only, so it is a hint and no proof."""

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

NETWORK = {"socket", "ssl", "http", "urllib", "urllib3", "requests", "httpx", "aiohttp", "ftplib", "smtplib", "imaplib", "telnetlib",
           "xmlrpc", "websocket", "websockets", "paramiko", "boto3", "botocore", "azure", "google", "fsspec", "s3fs", "adlfs", "gcsfs",
           "kaggle", "huggingface_hub", "mlflow", "wandb", "grpc", "redis", "psycopg", "psycopg2", "pymongo", "sqlalchemy"}  # fmt: skip
SHELL = {"subprocess", "pty", "pexpect", "sh", "plumbum", "multiprocessing"}
NATIVE = {"ctypes", "cffi", "importlib", "runpy", "marshal", "pickle", "dill", "shelve", "code", "codeop"}
CALLS = {
    "eval": "native", "exec": "native", "compile": "native", "__import__": "native", "system": "shell", "popen": "shell",
    "execv": "shell", "execve": "shell", "execvp": "shell", "spawnv": "shell", "spawnl": "shell", "fork": "shell", "kill": "shell",
    "open": "files", "remove": "files", "unlink": "files", "rmtree": "files", "rename": "files", "chmod": "files",
    "write_text": "files", "write_bytes": "files", "symlink_to": "files", "getenv": "secrets",
}  # fmt: skip
WORDS = (
    ("network", re.compile(r"\b(curl|wget|ssh|scp|rsync|nc|git clone|pip install|https?://)")),
    ("shell", re.compile(r"\b(sudo|eval|exec|system|shell|system2|rm -rf|chmod|bash -c)\b")),
    ("secrets", re.compile(r"\b(Sys\.getenv|\$[A-Z_]*(?:TOKEN|SECRET|PASSWORD|KEY)|~/\.(?:ssh|aws|azure))")),
)
MOST = 200
SCRIPTS = {".sh", ".bash", ".r", ".jl", ".pl", ".js", ".bat", ".ps1"}


@dataclass(frozen=True)
class Reached:
    """One thing that code seems to reach for."""

    what: str
    where: str


def reach(files: dict[str, str]) -> list[Reached]:
    """What the texts of these files reach for, each thing once a file."""
    found: dict[tuple[str, str], Reached] = {}
    for path, text in files.items():
        for what, word, line in _of(path, text):
            key = (f"{path}:{what}", word)
            if key not in found and len(found) < MOST:
                found[key] = Reached(what, f"{path}, line {line}: {word}" if line else f"{path}: {word}")
    return list(found.values())


def _of(path: str, text: str) -> Iterator[tuple[str, str, int]]:
    suffix = PurePosixPath(path).suffix.lower()
    if suffix == ".ipynb":
        import json

        try:
            cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
            text = "\n".join("".join(cell["source"]) for cell in cells)
        except (ValueError, KeyError, TypeError, RecursionError):
            return
        if re.search(r"(?m)^\s*[!%]", text):
            yield "shell", "lines that begin with ! or %", 0
        text = re.sub(r"(?m)^\s*[!%].*$", "", text)
        yield from _python(text)
    elif suffix == ".py":
        yield from _python(text)
    elif suffix in SCRIPTS or text.startswith("#!"):
        yield "shell", "a script of its own", 0
        for number, line in enumerate(text.splitlines(), 1):
            for what, pattern in WORDS:
                if seen := pattern.search(line):
                    yield what, seen[0], number


def _python(text: str) -> Iterator[tuple[str, str, int]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        yield "native", "text that cannot be read as Python", 0
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            for name in names:
                top = name.partition(".")[0]
                what = "network" if top in NETWORK else "shell" if top in SHELL else "native" if top in NATIVE else ""
                if what:
                    yield what, f"import {name}", node.lineno
        elif isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in CALLS:
                yield CALLS[name], f"{name}(...)", node.lineno
        elif isinstance(node, ast.Attribute) and node.attr == "environ":
            yield "secrets", "environ", node.lineno
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.match(r"https?://|s3://|abfss?://", node.value)
        ):
            yield "network", node.value[:80], node.lineno
