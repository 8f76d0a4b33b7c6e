"""What a step runs in: the server's own Python where that has everything, else the environment of a lock."""

from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from designer.environments import Environments, Known
from designer.environments.server import Server
from designer.graph.environment import Declaration, declare
from designer.graph.module import ModuleSpec, Port
from designer.graph.porttypes import PortType

PLAIN = ModuleSpec("plain", 1, "Plain", "Test", "sha256:plain")
FITS = replace(PLAIN, digest="sha256:fits", dependencies=("polars>=1", "scikit-learn"))
TABLES = (Port("data", PortType.TABLE, "Data"),)
OLD = replace(PLAIN, digest="sha256:old", dependencies=("pandas==1.5.3",), inputs=TABLES)


def asked(*requirements: str, python: str = "") -> Declaration:
    return declare([(0, text) for text in requirements], python)[0]


def test_the_server_has_what_is_installed_in_a_version_that_fits() -> None:
    server = Server()

    assert server.has(asked())
    assert server.has(asked("Scikit_Learn>=1.0", "polars", f"pandas=={version('pandas')}"))
    assert not server.has(asked("pandas==1.5.3"))
    assert not server.has(asked("surely-not-installed"))
    assert server.has(asked("surely-not-installed; sys_platform == 'none'"))
    assert server.has(asked(python=">=3.10"))
    assert not server.has(asked(python="==3.99.*"))


def test_an_extra_counts_as_what_it_needs() -> None:
    server = Server()

    assert server.has(asked("polars[surely-not-an-extra]"))
    assert not server.has(asked("flask[async]"))  # needs asgiref, which nothing else does


def test_the_identity_of_the_server_is_the_same_each_time_and_leaves_designer_out() -> None:
    assert Server().identity == Server().identity
    assert "designer" not in Server().packages
    assert Server().packages["pandas"] == version("pandas")


def test_a_module_that_asks_for_nothing_new_runs_on_the_server(tmp_path: Path) -> None:
    environments = Environments(tmp_path, Known)

    assert environments.declaration(PLAIN) is None
    assert environments.declaration(FITS) is None
    assert environments.identity(PLAIN) == environments.identity(FITS) == environments.server.identity


def test_a_module_that_asks_for_more_gets_what_the_launcher_needs_besides(tmp_path: Path) -> None:
    wanted = Environments(tmp_path, Known).declaration(OLD)

    assert wanted == Declaration(("numpy", "pandas==1.5.3", "pyarrow"))


def test_the_identity_of_an_environment_is_its_lock_once_there_is_one(tmp_path: Path) -> None:
    locks: dict[str, str] = {}
    environments = Environments(tmp_path, lambda: Known({}, dict(locks)))
    wanted = environments.declaration(OLD)
    assert wanted is not None

    assert environments.identity(OLD) is None
    locks[wanted.digest] = "sha256:aa"
    environments.refresh()

    assert environments.identity(OLD) == environments.identity_of(wanted.digest) == "sha256:aa"
    assert environments.python("sha256:aa") is None
    assert environments.path("sha256:aa") == tmp_path / "aa"


def test_a_named_environment_decides_alone(tmp_path: Path) -> None:
    other = asked("polars==0.20")
    environments = Environments(tmp_path, lambda: Known({"other": other}, {other.digest: "sha256:bb"}))

    assert environments.declaration(OLD, "other") == other
    assert environments.identity(PLAIN, "other") == "sha256:bb"
    assert environments.identity(PLAIN, "unknown") is None
    assert environments.names() == {"other"}


def test_it_answers_from_memory_so_that_it_may_be_asked_in_a_transaction(tmp_path: Path) -> None:
    asked_times = []
    environments = Environments(tmp_path, lambda: asked_times.append(1) or Known())
    specs = [replace(OLD, digest=f"sha256:{number % 50}") for number in range(5_000)]

    assert {environments.identity(spec) for spec in specs} == {None}
    assert asked_times == [1]
