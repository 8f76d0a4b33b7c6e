"""Which packages a Python source asks for: what it says itself (PEP 723), else what it imports."""

import ast
import re
import sys
from collections.abc import Collection, Iterable, Mapping

PACKAGES = {
    "sklearn": "scikit-learn", "skimage": "scikit-image", "cv2": "opencv-python-headless", "PIL": "pillow", "yaml": "pyyaml",
    "bs4": "beautifulsoup4", "dateutil": "python-dateutil", "dotenv": "python-dotenv", "umap": "umap-learn",
    "Crypto": "pycryptodome", "serial": "pyserial", "OpenSSL": "pyopenssl", "jwt": "pyjwt", "attr": "attrs",
    "psycopg2": "psycopg2-binary", "MySQLdb": "mysqlclient", "docx": "python-docx", "pptx": "python-pptx",
    "fitz": "pymupdf", "faiss": "faiss-cpu", "git": "gitpython", "google": "", "azureml": "", "pkg_resources": "setuptools",
    "designer": "",
}  # fmt: skip
"""By the name that is imported, the package it comes with where that has another name; "" is not guessed."""


def imported(trees: Iterable[ast.AST]) -> dict[str, int]:
    """The top-level names that are imported, with the line of the first."""
    found: dict[str, int] = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    found.setdefault(alias.name.partition(".")[0], node.lineno)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.setdefault(node.module.partition(".")[0], node.lineno)
    return found


def packages(names: Mapping[str, int], local: Collection[str]) -> list[str]:
    """The packages of imported names, without the standard library and without files of the folder."""
    found = {
        PACKAGES.get(name, name.replace("_", "-"))
        for name in names
        if name not in sys.stdlib_module_names and name not in local and re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name)
    }
    return sorted(found - {""})


def local_names(files: Iterable[str]) -> set[str]:
    """The names under which files of a folder can be imported from its top."""
    return {file.split("/")[0].removesuffix(".py") for file in files if file.endswith(".py")}
