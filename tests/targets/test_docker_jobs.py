"""All that jobs can be in containers, with the engine here and elsewhere: commands, folders, secrets; and images that are built for them."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from designer.launcher import private
from designer.targets.base import Exited, Job, Software
from designer.targets.docker import DockerTarget
from designer.targets.docker_container import Place
from designer.targets.docker_files import Bound
from tests.docker_engine import Engine
from tests.targets.contract import ended, result, until, write_job

Make = Callable[..., DockerTarget]
SECONDS = 60.0


@pytest.fixture(params=["here", "elsewhere"])
def target(request: pytest.FixtureRequest, make_docker: Make, docker: Engine) -> DockerTarget:
    return make_docker(engine=docker.url if request.param == "here" else docker.far_url, folders="")


def _folder(path: Path) -> Path:
    """A folder as the artifact store keeps it: for its owner alone, read-only."""
    (path / "below").mkdir(parents=True, mode=0o700)
    (path / "main.sh").write_text("cat below/words ${{inputs.more}}/one\n")
    (path / "below" / "words").write_text("words\n")
    for file in (path / "main.sh", path / "below" / "words"):
        file.chmod(0o400)
    path.chmod(0o700)
    return path


def test_a_command_has_its_folder_and_its_inputs(target: DockerTarget, tmp_path: Path) -> None:
    code = _folder(tmp_path / "code")
    more = tmp_path / "more"
    more.mkdir(mode=0o700)
    (more / "one").write_text("more\n")
    (more / "one").chmod(0o400)
    inputs = {"@code": {"path": str(code), "type": "folder"}, "more": {"path": str(more), "type": "folder"}}
    command = {"line": "cat below/words ${{inputs.more}}/one && cp below/words ${{outputs.made}}"}
    job = write_job(
        tmp_path / "job", "", kind="command", command=command, inputs=inputs,
        outputs=[{"name": "made", "type": "file"}],
    )  # fmt: skip
    handle = target.start(job)

    assert ended(target, handle) == Exited(0), result(job)["error"]
    assert target.logs(handle, "stdout", 0, 10_000).endswith(b"words\nmore\n")
    made = result(job)["outputs"]["made"]
    assert (job.folder / "out" / Path(made["path"]).name).read_text() == "words\n"


def test_a_folder_that_a_step_makes_comes_back_whole(target: DockerTarget, tmp_path: Path) -> None:
    source = (
        "from pathlib import Path\ndef run():\n    Path('made/below').mkdir(parents=True)\n"
        "    Path('made/below/one').write_text('1')\n    Path('made/two').write_text('2')\n    return Path('made')\n"
    )
    job = write_job(tmp_path / "job", source, outputs=[{"name": "made", "type": "folder"}])

    assert ended(target, target.start(job)) == Exited(0), result(job)["error"]
    place = job.folder / "out" / Path(result(job)["outputs"]["made"]["path"]).name
    assert {str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()} == {"below/one", "two"}


def test_secrets_reach_the_step_and_nothing_else(target: DockerTarget, docker: Engine, tmp_path: Path) -> None:
    source = (
        "import hashlib, os\ndef run(*, key):\n    print('it is', key)\n    print(hashlib.sha256(key.encode()).hexdigest())\n"
        "    print(os.listdir('..'))\n"
    )
    job = write_job(tmp_path / "job", source, parameters={"key": {"secret": "name"}}, secrets=["name"])
    (job.folder / private.FILE).write_text(json.dumps({"name": "hidden-0815"}))
    handle = target.start(job)
    assert ended(target, handle) == Exited(0), result(job)["error"]

    said = target.logs(handle, "stdout", 0, 1000).decode()
    assert "hidden-0815" not in said
    assert len(said.splitlines()[1]) == 64
    assert private.FILE not in said
    with docker.client() as client:
        assert "hidden-0815" not in json.dumps(client.inspect_container(job.name))
    target.clean(handle)
    for file in job.folder.rglob("*"):
        assert not file.is_file() or b"hidden-0815" not in file.read_bytes(), file


def test_an_engine_that_does_not_see_the_servers_folders_is_sent_the_files(
    make_docker: Make, docker: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Bound, "prepare", lambda *_: Place([("/nosuch/folder", "/designer/job", True)]))
    target = make_docker(folders="")
    job = write_job(tmp_path / "job", "def run(): print('here')")
    handle = target.start(job)

    assert ended(target, handle) == Exited(0), result(job)["error"]
    assert target.logs(handle, "stdout", 0, 100) == b"here\n"


def test_a_folder_that_is_shared_and_not_there_is_named(make_docker: Make, tmp_path: Path) -> None:
    target = make_docker(folders="/nosuch/folder")
    job = write_job(tmp_path / "job", "def run(): pass")

    ended(target, target.start(job))

    assert "/nosuch/folder" in result(job)["error"]["message"]


def test_an_input_that_is_gone_is_named(target: DockerTarget, tmp_path: Path) -> None:
    given = {"data": {"path": str(tmp_path / "gone"), "type": "file"}}
    job = write_job(tmp_path / "job", "def run(data): pass", inputs=given)

    ended(target, target.start(job))

    assert result(job)["error"]["message"] == "Input “data”: its file is not there."


def test_a_server_with_no_target_of_this_kind_does_not_load_its_library() -> None:
    code = "import sys, designer.app\nfrom designer.targets.kinds import KINDS\nKINDS['docker'].schema()\nassert 'docker' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_build_that_a_server_began_is_taken_up_by_the_next(make_docker: Make, docker: Engine, tmp_path: Path) -> None:
    software = Software("sha256:" + f"{time.time_ns():064d}", "3.11", "# python 3.11\n")
    first = make_docker()
    plain = write_job(tmp_path / "job", "import sys\ndef run(): print(sys.prefix)")
    job = Job(plain.name, plain.folder, software=software)
    handle = first.start(job)
    until(lambda: "Building" in getattr(first.look(handle), "text", "Building"), "the begin of the build", SECONDS)
    first.close()
    assert len(_builds(docker)) <= 1

    later = make_docker()
    later.adopt(handle)

    until(lambda: isinstance(later.look(handle), Exited), "the end of the step", SECONDS)
    assert result(job)["status"] == "completed", result(job)["error"]
    assert software.digest.partition(":")[2] in later.logs(handle, "stdout", 0, 1000).decode()
    assert _builds(docker) == []
    with docker.client() as client:
        client.remove_container(job.name, force=True)
        for image in client.images("designer-environment"):
            client.remove_image(image["Id"], force=True)


def _builds(docker: Engine) -> list[dict[str, Any]]:
    return [one for one in docker.containers() if "designer-build" in one["Names"][0]]
