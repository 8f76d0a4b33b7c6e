"""Where the parts are that are not Python: in a checkout beside the package, in a wheel inside it."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_BUNDLE = _PACKAGE / "_bundle"


def front_end() -> Path:
    """The folder of the built front end."""
    return _BUNDLE / "static" if _BUNDLE.exists() else _PACKAGE.parent / "static" / "dist"


def templates() -> Path:
    """The folder of the page templates."""
    return _BUNDLE / "templates" if _BUNDLE.exists() else _PACKAGE.parent / "templates"


def modules() -> Path:
    """The folder of the prebuilt modules, `<category>/<module>.py`."""
    return _BUNDLE / "modules" if _BUNDLE.exists() else _PACKAGE.parent / "modules"
