"""How the server's own log looks: lines for people, or one JSON object a line for programs."""

import json
import logging
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

_ABOUT: ContextVar[Mapping[str, str]] = ContextVar("about", default=MappingProxyType({}))
_IDS = {"run": re.compile(r"\brun_[0-9a-z]{20}\b"), "attempt": re.compile(r"\batt_[0-9a-z]{20}\b")}


@contextmanager
def about(**known: str) -> Iterator[None]:
    """What is logged meanwhile, by this thread, is about this run, node or attempt."""
    token = _ABOUT.set({**_ABOUT.get(), **{name: text for name, text in known.items() if text}})
    try:
        yield
    finally:
        _ABOUT.reset(token)


class Json(logging.Formatter):
    """One object a line: time (UTC), level, logger, message; run, node, attempt where known; error with its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        message = record.getMessage()
        line: dict[str, str] = {
            "time": f"{moment}.{int(record.msecs):03d}Z", "level": record.levelname.lower(), "logger": record.name,
            "message": message,
        }  # fmt: skip
        for name, pattern in _IDS.items():
            found = pattern.search(message)
            if found is not None:
                line[name] = found[0]
        line.update(_ABOUT.get())
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def configure(*, as_json: bool) -> None:
    """Log warnings and worse to stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(Json() if as_json else logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.setLevel(logging.WARNING)
    root.handlers[:] = [handler]
