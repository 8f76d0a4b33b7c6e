"""Which Python an environment gets, and where its packages come from."""

import http.server
import socket
import sys
import threading
from pathlib import Path

import pytest

from designer.actions import environments as actions
from designer.conductor import builds, jobs
from designer.environments.builder import network
from designer.launcher.environment import count, find_python, unsaid
from designer.launcher.failures import Failure
from designer.settings import Settings
from tests.conductor.conftest import conducting
from tests.environments.conftest import Place, create, folders, until
from tests.home import document

SERVER = f"{sys.version_info[0]}.{sys.version_info[1]}"

MODULE = '''# /// script
# requires-python = "=={python}.*"
# dependencies = ["tiny"]
# ///
"""Which"""
import platform
import tiny
from designer import step
from designer.module import Metrics, roles_of


def run(value: Metrics | None = None) -> Metrics:
    step.log_metric("one", 1)
    return {{"python": platform.python_version(), "roles": roles_of({{}})}}
'''


@pytest.mark.parametrize("python", [one for one in ("3.10", "3.11", "3.12", "3.13", "3.14") if one != SERVER])
def test_a_module_runs_on_the_python_it_asks_for(place: Place, python: str) -> None:
    try:
        find_python(f"=={python}.*", sys.executable)
    except Failure:
        pytest.skip(f"Python {python} is missing")
    library = place.folder / "library" / "test"
    library.mkdir(parents=True)
    (library / "which.py").write_text(MODULE.format(python=python))
    with place.open() as inst, conducting(inst) as conducted:
        run = conducted.run(document({"a": {"module": "which@1"}, "b": {"module": "number@1"}}))

        assert run.status == "completed", run.steps["a"].error
        made = inst.artifacts.local_path(run.steps["a"].outputs["result"].digest).read_text()
        assert f'"python": "{python}.' in made
        assert actions.list_environments(inst).items[0].python_version == python
        assert [metric.name for metric in run.steps["a"].metrics] == ["one"]


def test_a_python_that_is_not_there_is_named_with_those_that_are(place: Place) -> None:
    with place.open() as inst, conducting(inst):
        create(inst, requirements=["tiny"], python="3.99")
        error = until(inst, "mine", "failed").error

    assert error is not None
    assert "no Python ==3.99.*" in error.message
    assert ".".join(str(part) for part in sys.version_info[:3]) in error.message
    assert "Install one" in error.cure


def test_the_servers_own_python_is_taken_where_it_fits() -> None:
    assert find_python("", sys.executable) == (sys.executable, SERVER)
    assert find_python(f"=={SERVER}.*", sys.executable) == (sys.executable, SERVER)


def test_without_network_and_folder_the_failure_says_what_to_do(place: Place) -> None:
    with place.open(package_folder="") as inst, conducting(inst):
        create(inst, requirements=["tiny"])
        error = until(inst, "mine", "failed").error

    assert error is not None
    assert "network" in error.message
    assert "DESIGNER_PACKAGE_FOLDER" in error.cure


def test_an_index_that_does_not_answer_fails_with_its_password_hidden(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    index = "http://someone:very-secret@127.0.0.1:9/simple"
    with place.open(package_index=index, package_offline=False, package_folder="") as inst, conducting(inst):
        create(inst, requirements=["tiny"])
        failed = until(inst, "mine", "failed")
        log = actions.read_build_log(inst, "mine", 0, 100_000).text

        assert failed.error is not None
        assert "DESIGNER_PACKAGE_INDEX" in failed.error.cure
        for text in (failed.error.message, log):
            assert "127.0.0.1" in text
            assert "very-secret" not in text
        kept = [file for file in inst.attempts.rglob("*") if file.is_file() and b"very-secret" in file.read_bytes()]
        assert kept == []


def test_packages_come_from_an_index(place: Place) -> None:
    class Index(http.server.SimpleHTTPRequestHandler):
        """The simple index of packages, over the files of a folder."""

        def do_GET(self) -> None:
            name = self.path.strip("/").removeprefix("simple/")
            if self.path.startswith("/files/"):
                body, kind = (place.packages / self.path.removeprefix("/files/")).read_bytes(), "application/zip"
            else:
                files = sorted(place.packages.glob(f"{name}-*"))
                body = "".join(f'<a href="/files/{file.name}">{file.name}</a>' for file in files).encode()
                kind = "text/html"
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        index = f"http://127.0.0.1:{server.server_port}/simple"
        with place.open(package_index=index, package_folder="", package_offline=False) as inst, conducting(inst):
            create(inst, requirements=["tiny"])
            found = until(inst, "mine", "ready", "failed")
        server.shutdown()

    assert found.status == "ready", found.error
    assert "tiny==2.0" in found.lock_text
    assert index not in found.lock_text, "a lock names no registry"


def test_a_build_that_hangs_is_stopped_after_its_time(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(jobs.TIMEOUTS, builds.KIND, 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        index = f"http://127.0.0.1:{silent.getsockname()[1]}/simple"
        with place.open(package_index=index, package_folder="", package_offline=False) as inst, conducting(inst):
            create(inst, requirements=["tiny"])
            error = until(inst, "mine", "failed").error
            left = folders(inst)

    assert error is not None
    assert error.kind == "Timeout"
    assert "DESIGNER_PACKAGE_INDEX" in error.cure
    assert left == []


def test_the_settings_stand_above_the_variables_of_uv() -> None:
    there = {
        "UV_INDEX_URL": "http://a.example",
        "UV_PYTHON": "3.9",
        "HTTPS_PROXY": "http://p.example",
        "HOME": "/home/x",
    }

    def found(**given) -> dict[str, str]:
        return network(Settings.read({}, **given), there)

    assert found() == {"UV_INDEX_URL": "http://a.example", "HTTPS_PROXY": "http://p.example"}
    assert found(package_index="http://b.example") == {
        "UV_DEFAULT_INDEX": "http://b.example", "HTTPS_PROXY": "http://p.example",
    }  # fmt: skip
    assert found(package_folder="/wheels", package_offline=True).items() >= {
        ("UV_FIND_LINKS", "/wheels"), ("UV_OFFLINE", "1"), ("UV_NO_INDEX", "1"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("lock", "more"),
    [
        ("numpy==2.4.6 ; python_full_version < '3.12' \\\nnumpy==2.5.5 \\\npandas==1.5.3\n", ["numpy<2"]),
        ("numpy==1.26.4 \\\npandas==1.5.3\npyarrow==26.0.1\n", ["pyarrow<26"]),
        ("numpy==1.26.4\npyarrow==25.0.0\npandas==2.2.1\n", []),
        ("numpy==2.1.0\npandas==2.2.2\n", []),
        ("pandas[excel]==1.5.3\nnumpy==2.0.0\n", ["numpy<2"]),
        ("humanize==4.0\n", []),
    ],
)
def test_what_packages_do_not_say_of_themselves_is_asked_for(lock: str, more: list[str]) -> None:
    assert unsaid(lock) == more


def test_packages_of_a_lock_are_counted_once_each() -> None:
    assert count("# python 3.11\na==1 ; x \\\n    --hash=sha256:0\na==2\nb-c[d]==3\n") == 2


def test_the_folder_of_environments_belongs_to_the_home(place: Place) -> None:
    with place.open() as inst:
        assert inst.environments.folder == inst.settings.home / "environments"
        assert isinstance(inst.environments.folder, Path)
