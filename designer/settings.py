"""The one table of settings: name, type, default, help. Environment variables, flags and docs come from it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any


class Warm(StrEnum):
    """What is kept imported, so that steps start at once."""

    OFF = "off"
    PLAIN = "plain"
    TABLES = "tables"


class LogFormat(StrEnum):
    """How the server's own log looks."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True)
class Setting:
    """One row: read from `DESIGNER_<NAME>`, from the flag `--<name>` of `designer up` where `flag`, else `default`."""

    name: str
    type: type
    default: Any
    help: str
    flag: bool = False


SETTINGS: tuple[Setting, ...] = (
    Setting("home", Path, Path("~/.designer"), "The folder where everything is kept.", flag=True),
    Setting("host", str, "127.0.0.1", "The address to listen on; anything but loopback needs a password.", flag=True),
    Setting("port", int, 8765, "The port to listen on; 0 takes a free one.", flag=True),
    Setting("database", str, "", "The database's URL; empty is SQLite inside the home folder."),
    Setting(
        "redis", str, "",
        "The URL of a Redis through which servers of one PostgreSQL database tell each other at once what changed.",
    ),
    Setting("artifacts", str, "", "Where artifacts are kept: a folder, or a URL such as s3://bucket/designer; empty is inside the home folder."),
    Setting("artifacts_cache", str, "", "The folder where artifacts from behind such a URL are kept for steps; empty is inside the home folder."),
    Setting(
        "allowed_hosts", str, "", "Host names, separated by commas, that requests may carry besides loopback ones."
    ),
    Setting("password_file", str, "", "A file with the password that people sign in with; needed to listen on more than loopback."),
    Setting("slots", int, 0, "Steps that run at the same time on this machine; 0 is one per processor, at least two."),
    Setting("modules", str, "", "Further folders with modules, separated as PATH is."),
    Setting("upload_limit", int, 20_000_000_000, "Bytes that one uploaded file may have."),
    Setting("body_limit", int, 5_000_000, "Bytes that the body of any other request may have."),
    Setting("viewers", int, 250, "Browsers that may watch live at the same time."),
    Setting("step_timeout", float, 86_400.0, "Seconds after which a step is ended that names no timeout of its own."),
    Setting(
        "package_index",
        str,
        "",
        "The index (or mirror) that packages of environments come from; empty leaves it to uv's own settings.",
    ),
    Setting("package_folder", str, "", "A folder (or page of links) with wheels, looked at besides the index."),
    Setting(
        "package_offline",
        bool,
        False,
        "Whether environments are built without network: from that folder and uv's cache.",
    ),
    Setting(
        "warm",
        Warm,
        Warm.TABLES,
        "What is kept imported so that steps start at once: off, plain (Python alone) or tables (polars, pyarrow, pandas).",
    ),
    Setting(
        "log_format", LogFormat, LogFormat.TEXT, "How the server's own log looks: text, or json (one object a line)."
    ),
    Setting("open_metrics", bool, False, "Whether `/metrics` may be read without signing in."),
    Setting("public_url", str, "", "The address that people open where a proxy stands in front, such as https://designer.example."),
    Setting("samples", bool, True, "Whether the sample datasets are made at the first start."),
    Setting(
        "free_space", int, 1_000_000_000,
        "Bytes that must be free for a new run, on a small disk 2 % of it; 0 looks at nothing.",
    ),
    Setting("keep_runs_days", float, 90.0, "Days after which a run that ended is deleted; 0 keeps all."),
    Setting("keep_runs_count", int, 10_000, "Runs that are kept; the oldest are deleted. 0 keeps all."),
    Setting("keep_bytes", int, 0, "Bytes of outputs that are kept; the oldest runs are deleted. 0 is half of the disk."),
    Setting(
        "keep_environments_days", float, 30.0, "Days after which an environment that no step needed is removed; 0 keeps all."
    ),
    Setting(
        "allow_link_local", bool, False,
        "Whether datastores may lead to link-local addresses, where cloud providers keep the credentials of the machine.",
    ),
    Setting("delete_after", float, 86_400.0, "Seconds for which what was deleted can be brought back."),
    Setting("keep_copies", int, 7, "Daily copies of the SQLite database that are kept; 0 makes none."),
)  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """The settings of one installation, read."""

    home: Path
    host: str
    port: int
    database: str
    redis: str
    artifacts: str
    artifacts_cache: str
    allowed_hosts: str
    password_file: str
    slots: int
    modules: str
    upload_limit: int
    body_limit: int
    viewers: int
    step_timeout: float
    package_index: str
    package_folder: str
    package_offline: bool
    warm: Warm
    log_format: LogFormat
    open_metrics: bool
    public_url: str
    samples: bool
    free_space: int
    keep_runs_days: float
    keep_runs_count: int
    keep_bytes: int
    keep_environments_days: float
    allow_link_local: bool
    delete_after: float
    keep_copies: int

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None, **given: Any) -> "Settings":
        """Settings from the environment, overridden by what is given (None counts as not given).

        Raises `ValueError` naming the variable where its text is not of the setting's type.
        """
        environment = os.environ if environment is None else environment
        values = {}
        for setting in SETTINGS:
            value = given.get(setting.name)
            if value is None:
                variable = f"DESIGNER_{setting.name.upper()}"
                text = environment.get(variable)
                value = setting.default if text is None else _parse(setting, variable, text)
            values[setting.name] = value
        values["home"] = Path(values["home"]).expanduser().absolute()
        return cls(**values)


def _parse(setting: Setting, variable: str, text: str) -> Any:
    if setting.type is bool:
        if text.lower() in ("1", "true", "yes", "on"):
            return True
        if text.lower() in ("0", "false", "no", "off"):
            return False
        raise ValueError(f"{variable} is {text!r}; write 1 or 0.")
    if issubclass(setting.type, StrEnum) and text not in list(setting.type):
        raise ValueError(f"{variable} is {text!r}; write one of {', '.join(setting.type)}.")
    try:
        return setting.type(text)
    except ValueError as error:
        raise ValueError(f"{variable} is {text!r}, which is not of type {setting.type.__name__}.") from error


assert [field.name for field in fields(Settings)] == [setting.name for setting in SETTINGS]
