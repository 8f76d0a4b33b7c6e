"""What the target `docker` makes of a bad day: limits reached, an engine away, restarted or cut off, things left behind."""

import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from designer.targets import docker as kind
from designer.targets.base import Exited, Gone, Running, Starting
from designer.targets.docker import OLD_BUILD_SECONDS, ORPHAN_SECONDS, DockerTarget
from designer.targets.docker_container import BUILD, INSTALLATION
from designer.targets.docker_engine import Away, Engine
from tests.docker_engine import IMAGE
from tests.docker_engine import Engine as Daemon
from tests.targets.contract import ended, mark, result, until, write_job

Make = Callable[..., DockerTarget]
SECONDS = 60.0


def started(path: Path) -> None:
    until(path.exists, "the start of the step", SECONDS)


def text(target: DockerTarget, handle: Any) -> str:
    """What its card says while it does not run yet."""
    found = target.look(handle)
    return found.text if isinstance(found, Starting) else ""


def test_a_step_that_needs_too_much_memory_is_told_its_limit(make_docker: Make, tmp_path: Path) -> None:
    target = make_docker(memory_limit_mb=96)
    job = write_job(tmp_path / "job", "def run():\n    print('before')\n    bytearray(10**9)")
    handle = target.start(job)

    assert isinstance(ended(target, handle), Exited)

    found = result(job)["error"]
    assert (found["kind"], found["message"]) == ("OutOfMemory", "Out of memory: limit 96 MB.")
    assert found["cure"]
    assert target.logs(handle, "stdout", 0, 100) == b"before\n"


def test_a_step_that_makes_too_many_processes_harms_no_other(make_docker: Make, tmp_path: Path) -> None:
    target = make_docker(process_limit=32)
    bomb = "import os, time\ndef run():\n    for _ in range(200):\n        if os.fork() == 0:\n            time.sleep(600)\n"
    job = write_job(tmp_path / "bomb", bomb)

    ended(target, target.start(job))
    assert result(job)["error"]["kind"] == "BlockingIOError"
    assert result(job)["stopped_processes"] > 10

    after = write_job(tmp_path / "after", "def run(): pass")
    assert ended(target, target.start(after)) == Exited(0)


def test_daemons_of_a_step_end_with_it(make_docker: Make, tmp_path: Path) -> None:
    target = make_docker()
    daemon = (
        "import os, time\ndef run():\n    if os.fork() == 0:\n        os.setsid()\n        if os.fork():\n            os._exit(0)\n"
        f"        open({str(tmp_path / 'daemon')!r}, 'w').close()\n        time.sleep(987654)\n"
        f"    while not os.path.exists({str(tmp_path / 'daemon')!r}): time.sleep(0.01)\n"
    )
    job = write_job(tmp_path / "job", daemon)

    assert ended(target, target.start(job)) == Exited(0)
    assert result(job)["stopped_processes"] == 1


def test_the_time_limit_of_the_target_holds_for_all_steps(make_docker: Make, tmp_path: Path) -> None:
    target = make_docker(time_limit=0.4)
    job = write_job(tmp_path / "job", mark(tmp_path / "marks"), timeout=3600, grace=0.5)

    ended(target, target.start(job))

    assert result(job)["error"]["message"] == "Stopped after its time limit of 0.4 seconds."


@pytest.mark.parametrize(("network", "reaches"), [("none", False), ("host", True)])
def test_the_network_is_off_unless_the_target_turns_it_on(
    make_docker: Make, tmp_path: Path, network: str, reaches: bool
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        source = f"import socket\ndef run(): socket.create_connection(('127.0.0.1', {port}), 5).close()"
        job = write_job(tmp_path / "job", source)
        target = make_docker(network=network)

        ended(target, target.start(job))

    assert (result(job)["status"] == "completed") is reaches, result(job)["error"]


def test_an_image_that_is_not_there_is_named(make_docker: Make, tmp_path: Path) -> None:
    job = write_job(tmp_path / "never", "def run(): pass")
    target = make_docker(image="nosuch:1")
    ended(target, target.start(job))
    found = result(job)["error"]
    assert found["message"] == 'The engine does not have the image "nosuch:1", and this target may not fetch images.'
    assert "docker pull nosuch:1" in found["cure"]

    job = write_job(tmp_path / "missing", "def run(): pass")
    target = make_docker(image="127.0.0.1:1/nosuch:1", pull="missing")
    ended(target, target.start(job))
    found = result(job)["error"]
    assert found["message"].startswith(
        'The engine does not have the image "127.0.0.1:1/nosuch:1" and could not fetch it: '
    )
    assert "refused" in found["message"]


def test_what_the_engine_says_of_an_image_without_python_reaches_the_person(
    make_docker: Make, docker: Daemon, tmp_path: Path
) -> None:
    with docker.client() as client:
        client.import_image_from_data(_archive(), repository="designer-empty", tag="test")
    target = make_docker(image="designer-empty:test")
    job = write_job(tmp_path / "job", "def run(): pass")

    ended(target, target.start(job))

    found = result(job)["error"]
    assert '"python3": executable file not found' in found["message"]
    assert found["cure"] == "The image has no Python under this name: take one with Python 3.10 or newer."


def test_steps_wait_for_an_engine_that_is_away_and_say_why(make_docker: Make, docker: Daemon, tmp_path: Path) -> None:
    place = tmp_path / "late.sock"
    target = make_docker(engine=f"unix://{place}")
    job = write_job(tmp_path / "job", "def run(): pass")
    why = f"There is no Docker engine at unix://{place}: that file is not there."

    handle = target.start(job)
    until(lambda: text(target, handle) == why, "the reason", SECONDS)
    until(lambda: target.trouble().startswith(why), "the trouble", SECONDS)
    place.symlink_to(docker.url.removeprefix("unix://"))

    until(lambda: isinstance(target.look(handle), Exited), "the end of the step", SECONDS)
    assert result(job)["status"] == "completed"
    until(lambda: not target.trouble(), "the end of the trouble", SECONDS)


def test_a_step_that_waits_for_the_engine_can_be_stopped(make_docker: Make, docker: Daemon, tmp_path: Path) -> None:
    place = tmp_path / "late.sock"
    target = make_docker(engine=f"unix://{place}")
    job = write_job(tmp_path / "job", mark(tmp_path / "marks"))
    handle = target.start(job)

    target.stop(handle)
    place.symlink_to(docker.url.removeprefix("unix://"))

    until(lambda: isinstance(target.look(handle), Exited), "the end of the step", SECONDS)
    assert result(job)["status"] == "canceled"
    assert not (tmp_path / "marks").exists()


def test_an_engine_that_may_not_be_used_says_what_to_do(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(tmp_path / "closed.sock"))  # nobody listens
        with pytest.raises(Away, match="the connection was refused") as found:
            Engine(f"unix://{tmp_path}/closed.sock").info()
    assert "docker context ls" in found.value.cure

    denied = Engine("unix:///nowhere")._sentence(
        ConnectionError("Connection aborted.", PermissionError(13, "Permission denied"))
    )
    assert denied.message == "Designer may not use the Docker engine at unix:///nowhere: permission denied."
    assert "usermod -aG docker" in denied.cure


class Proxy:
    """Sits between a target and its engine; does not hand on the first answer to a request whose first line has `what` in it."""

    def __init__(self, folder: Path, engine: str, what: bytes, always: bool = False) -> None:
        self.url = f"unix://{folder}/proxy.sock"
        self.cut = 0
        self._engine, self._what, self._always = engine.removeprefix("unix://"), what, always
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(f"{folder}/proxy.sock")
        self._server.listen(64)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(self._engine)
            threading.Thread(target=self._requests, args=(near, far), daemon=True).start()
            threading.Thread(target=self._copy, args=(far, near), daemon=True).start()

    def _requests(self, near: socket.socket, far: socket.socket) -> None:
        try:
            while data := near.recv(65536):
                if self._what in data.split(b"\r\n", 1)[0] and (self._always or not self.cut):
                    self.cut += 1
                    near.shutdown(socket.SHUT_RDWR)  # it never hears the answer
                far.sendall(data)
        except OSError:
            pass

    def _copy(self, one: socket.socket, other: socket.socket) -> None:
        try:
            while data := one.recv(65536):
                other.sendall(data)
        except OSError:
            pass
        finally:
            other.close()

    def close(self) -> None:
        self._server.close()


@pytest.mark.parametrize("what", [b"/containers/create", b"/start HTTP", b"/json HTTP", b"/kill"])
def test_an_answer_that_is_lost_starts_nothing_twice(
    make_docker: Make, docker: Daemon, tmp_path: Path, what: bytes
) -> None:
    proxy = Proxy(tmp_path, docker.url, what)
    target = make_docker(engine=proxy.url)
    job = write_job(tmp_path / "job", mark(tmp_path / "marks"))

    handle = target.start(job)
    started(tmp_path / "marks")
    if what == b"/kill":
        target.stop(handle)
    (tmp_path / "marks.go").touch()

    until(lambda: isinstance(target.look(handle), Exited), "the end of the step", SECONDS)
    assert (tmp_path / "marks").read_text() == "ran\n"
    assert proxy.cut == 1
    assert len(docker.containers()) == 1
    proxy.close()


def test_the_end_is_found_without_the_engines_events(make_docker: Make, docker: Daemon, tmp_path: Path) -> None:
    proxy = Proxy(tmp_path, docker.url, b"/events", always=True)
    target = make_docker(engine=proxy.url)
    job = write_job(tmp_path / "job", "def run(): pass")

    until(lambda: isinstance(target.look(target.start(job)), Exited), "the end of the step", SECONDS)

    assert result(job)["status"] == "completed"
    proxy.close()


@pytest.fixture
def restarted(docker: Daemon) -> Iterator[Daemon]:
    """The engine, which is as it was again afterwards."""
    yield docker
    docker.stop()
    docker.start()


def test_steps_go_on_while_an_engine_that_allows_it_is_restarted(
    make_docker: Make, restarted: Daemon, tmp_path: Path
) -> None:
    restarted.stop()
    restarted.start("--live-restore")
    target = make_docker()
    job = write_job(tmp_path / "job", mark(tmp_path / "marks"))
    handle = target.start(job)
    started(tmp_path / "marks")

    restarted.stop()
    until(target.trouble, "the trouble", SECONDS)
    assert isinstance(target.look(handle), Running)
    restarted.start("--live-restore")
    (tmp_path / "marks.go").touch()

    until(lambda: isinstance(target.look(handle), Exited), "the end of the step", SECONDS)
    assert result(job)["status"] == "completed"
    assert (tmp_path / "marks").read_text() == "ran\n"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_step_that_the_engine_ends_when_it_restarts_is_lost(
    make_docker: Make, restarted: Daemon, tmp_path: Path, how: signal.Signals
) -> None:
    target = make_docker()
    job = write_job(tmp_path / "job", mark(tmp_path / "marks"))
    handle = target.start(job)
    started(tmp_path / "marks")

    restarted.stop(how)
    restarted.start()

    until(lambda: isinstance(target.look(handle), Gone), "the loss of the step", SECONDS)
    assert (tmp_path / "marks").read_text() == "ran\n"


def test_what_is_left_behind_is_removed_and_nothing_else(make_docker: Make, docker: Daemon, tmp_path: Path) -> None:
    target, other = make_docker(), make_docker()
    other.installation = "another"
    jobs = {
        name: write_job(tmp_path / name, mark(tmp_path / f"{name}.marks"))
        for name in ("ended", "gone", "runs", "theirs")
    }
    for name, job in jobs.items():
        (other if name == "theirs" else target).start(job)
        started(tmp_path / f"{name}.marks")
    (tmp_path / "ended.marks.go").touch()
    until((tmp_path / "ended" / "result.json").exists, "the end of a step", SECONDS)
    target.close()
    other.close()
    (tmp_path / "gone").rename(tmp_path / "elsewhere")

    later = make_docker()
    later.sweep(time.time())
    assert len(docker.containers()) == 4, "they are young"
    until(lambda: not _running(docker, jobs["ended"].name), "the end of the container", SECONDS)
    with docker.client() as client:
        labels = {INSTALLATION: later.installation, BUILD: "1"}
        client.create_container(IMAGE, ["true"], name="designer-build-1", labels=labels)
    later.sweep(time.time() + ORPHAN_SECONDS + 60)
    assert len(docker.containers()) == 3, "what is built may take longer"
    later.sweep(time.time() + OLD_BUILD_SECONDS + 60)

    assert {one["Names"][0].strip("/") for one in docker.containers()} == {jobs["runs"].name, jobs["theirs"].name}
    assert {one["Labels"][INSTALLATION] for one in docker.containers()} == {later.installation, "another"}


def test_what_could_not_be_removed_is_removed_later(
    make_docker: Make, docker: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kind, "EVENTS_SECONDS", 0.5)
    place = tmp_path / "moving.sock"
    place.symlink_to(docker.url.removeprefix("unix://"))
    target = make_docker(engine=f"unix://{place}")
    job = write_job(tmp_path / "job", "def run(): pass")
    handle = target.start(job)
    until(lambda: isinstance(target.look(handle), Exited), "the end of the step", SECONDS)

    place.unlink()
    target.engine.close()
    target.clean(handle)
    assert len(docker.containers()) == 1
    place.symlink_to(docker.url.removeprefix("unix://"))

    until(lambda: not docker.containers(), "the removal", SECONDS)


def test_a_container_of_that_name_that_is_not_ours_is_left_alone(
    make_docker: Make, docker: Daemon, tmp_path: Path
) -> None:
    job = write_job(tmp_path / "job", "def run(): pass")
    with docker.client() as client:
        client.create_container(IMAGE, ["true"], name=job.name)
    target = make_docker()

    ended(target, target.start(job))

    assert "is not of this server" in result(job)["error"]["message"]
    assert len(docker.containers()) == 1


def _running(docker: Daemon, name: str) -> bool:
    with docker.client() as client:
        return bool(client.inspect_container(name)["State"]["Running"])


def _archive() -> bytes:
    import io
    import tarfile

    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        about = tarfile.TarInfo("etc/empty")
        archive.addfile(about)
    return made.getvalue()
