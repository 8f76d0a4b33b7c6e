"""The target `docker`, with a real engine: what every target owes, here and elsewhere, and what a container may do."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from designer.store import targets
from designer.store.targets import StoredTarget
from designer.targets import docker as kind
from designer.targets.base import Exited, Job, Software
from designer.targets.docker import DockerTarget, Options
from designer.targets.docker_container import JOB, ROOT
from designer.targets.kinds import KINDS, Context
from tests.conductor.conftest import conducting
from tests.docker_engine import IMAGE, Engine
from tests.environments.packages import wheel
from tests.home import home, wait_for
from tests.targets.contract import TargetContract, ended, mark, result, until, write_job

Make = Callable[..., DockerTarget]


class TestContract(TargetContract):
    """The public tests, over this kind."""

    seconds = 60.0

    @pytest.fixture
    def target(self, make_docker: Make) -> DockerTarget:
        return make_docker()

    @pytest.fixture
    def again(self, make_docker: Make) -> Make:
        return make_docker


class TestContractElsewhere(TargetContract):
    """The same, where files have to be sent and fetched."""

    seconds = 60.0

    @pytest.fixture
    def target(self, make_docker: Make, docker: Engine) -> DockerTarget:
        return make_docker(engine=docker.far_url)

    @pytest.fixture
    def again(self, make_docker: Make, docker: Engine) -> Callable[[], DockerTarget]:
        return lambda: make_docker(engine=docker.far_url)


LOOK_AROUND = """
import json, os, socket
def run():
    def tried(what, *arguments):
        try:
            return str(what(*arguments))
        except OSError as problem:
            return type(problem).__name__
    def reach(*address):
        with socket.socket() as one:
            one.settimeout(2)
            one.connect(address)
    status = dict(line.split(":\\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\\t" in line)
    print(json.dumps({
        "user": os.getuid(), "group": os.getgid(), "capabilities": status["CapEff"], "no_new": status["NoNewPrivs"],
        "root": tried(open, "/here", "w"), "code": tried(open, "/designer/code/designer/step.py", "a"),
        "job": tried(open, "/designer/job/job.json", "a"), "input": tried(open, "/designer/inputs/data/input", "a"),
        "devices": sorted(set(os.listdir("/dev")) & {"sda", "vda", "kmsg", "mem"}),
        "net": [tried(reach, host, port) for host, port in [("169.254.169.254", 80), ("192.168.65.7", 2375), ("10.0.0.1", 2375), ("1.1.1.1", 53)]],
        "interfaces": os.listdir("/sys/class/net"), "environment": sorted(os.environ),
    }))
"""

HOSTILE: dict[str, Any] = {
    "volumes": {"/": "/host"}, "mounts": [{"Type": "bind", "Source": "/", "Target": "/host"}], "privileged": True, "devices": ["/dev/mem"],
    "pid_mode": "host", "cap_add": ["ALL"], "security_opt": ["seccomp=unconfined"], "HostConfig": {"Privileged": True}, "network": "host",
    "image": "other", "user": "0", "options": {"privileged": True, "binds": ["/var/run/docker.sock:/var/run/docker.sock"]},
}  # fmt: skip


def test_a_container_may_do_nothing_but_its_job_whatever_the_job_says(
    make_docker: Make, docker: Engine, tmp_path: Path
) -> None:
    (tmp_path / "input").write_text("data")
    target = make_docker(folders="", cpus=1.5, memory_limit_mb=256, process_limit=64)
    given = {"data": {"path": str(tmp_path / "input"), "type": "file"}}
    source = LOOK_AROUND.replace("def run():", "def run(data):")
    job = write_job(tmp_path / "job", source, inputs=given, **HOSTILE)
    handle = target.start(job)
    assert ended(target, handle) == Exited(0), result(job)

    seen = json.loads(target.logs(handle, "stdout", 0, 10_000))
    assert seen["user"] == seen["group"] == 65_532
    assert (int(seen["capabilities"], 16), seen["no_new"]) == (0, "1")
    assert all(seen[where] in ("OSError", "PermissionError") for where in ("root", "code", "job", "input")), "read-only"
    assert seen["devices"] == []
    assert seen["interfaces"] == ["lo"]
    assert set(seen["net"]) <= {"OSError", "TimeoutError"}

    with docker.client() as client:
        found = client.inspect_container(job.name)
    host = found["HostConfig"]
    assert (host["Privileged"], host["CapDrop"], host["CapAdd"], host["Devices"]) == (False, ["ALL"], None, None)
    assert (host["PidMode"], host["NetworkMode"], host["IpcMode"], host["ReadonlyRootfs"]) == (
        "",
        "none",
        "private",
        True,
    )
    assert (host["Memory"], host["MemorySwap"], host["NanoCpus"], host["PidsLimit"]) == (
        2**28,
        2**28,
        1_500_000_000,
        64,
    )
    assert host["SecurityOpt"] == ["no-new-privileges:true"]
    assert not host["Binds"]
    assert [one["Destination"] for one in found["Mounts"] if one["RW"]] == [JOB]
    assert all(one["Destination"].startswith(ROOT) for one in found["Mounts"])
    assert found["Config"]["Image"] == found["Image"], "it runs in the image that was looked up, by its digest"


def test_what_a_step_leaves_in_place_of_its_files_is_not_followed(make_docker: Make, tmp_path: Path) -> None:
    target = make_docker()
    (tmp_path / "theirs").write_text("not the step's")
    leave = (
        "import atexit, os, shutil\nfrom pathlib import Path\n"
        "def leave():\n"
        f"    os.unlink('{JOB}/stdout.log'); os.symlink({str(tmp_path / 'theirs')!r}, '{JOB}/stdout.log')\n"
        f"    os.mkfifo('{JOB}/events.jsonl')\n"
        f"    shutil.rmtree('{JOB}/out'); os.symlink({str(tmp_path)!r}, '{JOB}/out')\n"
        "def run():\n"
        "    atexit.register(leave)\n"
        "    Path('theirs').write_text('mine')\n"
        "    return Path('theirs')\n"
    )
    job = write_job(tmp_path / "job", leave, outputs=[{"name": "file", "type": "file"}])
    handle = target.start(job)

    assert isinstance(ended(target, handle), Exited)
    assert result(job)["error"]["message"] == "The folder with the step's outputs is not a folder."
    assert target.logs(handle, "stdout", 0, 100) == b""


def test_an_output_that_is_not_what_was_announced_is_refused(make_docker: Make, tmp_path: Path) -> None:
    target = make_docker()
    source = (
        "import atexit\nfrom pathlib import Path\n"
        f"def run():\n    atexit.register(lambda: next(Path('{JOB}/out').iterdir()).write_text('another'))\n"
        "    Path('one').write_text('one')\n    return Path('one')\n"
    )
    job = write_job(tmp_path / "job", source, outputs=[{"name": "file", "type": "file"}])

    ended(target, target.start(job))

    assert result(job)["error"]["message"] == "Output “file” is not what the step announced: its digest differs."


def test_packages_are_installed_into_an_image_once(make_docker: Make, docker: Engine, tmp_path: Path) -> None:
    (tmp_path / "packages").mkdir()
    wheel(tmp_path / "packages", "tiny", "1.0")
    wheel(tmp_path / "packages", "other", "1.0")
    software = Software("sha256:" + "1" * 64, "3.11", "# python 3.11\ntiny==1.0\n")
    target = make_docker()
    offline = {"UV_FIND_LINKS": str(tmp_path / "packages"), "UV_OFFLINE": "1", "UV_NO_INDEX": "1", "PASSWORD": "s3cret"}
    target.images._network.update(offline)
    jobs = [
        Job(one.name, one.folder, software=software)
        for one in (
            write_job(tmp_path / f"job{number}", "import tiny\ndef run(): print(tiny.__version__)")
            for number in range(3)
        )
    ]
    texts: list[str] = []
    handles = {}
    target.watch(
        lambda name: texts.append(getattr(target.look(handles[name]), "text", "")) if name in handles else None
    )
    for job in jobs:
        handles[job.name] = target.start(job)

    for job in jobs:
        assert ended(target, handles[job.name]) == Exited(0), result(job)["error"]
        assert target.logs(handles[job.name], "stdout", 0, 100) == b"1.0\n"
    assert any(text.startswith("Building its environment") for text in texts), texts
    with docker.client() as client:
        (image,) = client.images("designer-environment")
        about, layers = client.inspect_image(image["Id"]), client.history(image["Id"])
        assert "s3cret" not in json.dumps([about, layers])
        assert not [one for one in client.containers(all=True) if "build" in one["Names"][0]]
        client.remove_image(image["Id"], force=True)


def test_packages_that_cannot_be_installed_fail_the_step_with_the_reason(make_docker: Make, tmp_path: Path) -> None:
    target = make_docker()
    target.images._network.update({"UV_OFFLINE": "1", "UV_NO_INDEX": "1"})
    plain = write_job(tmp_path / "job", "def run(): pass")
    job = Job(plain.name, plain.folder, software=Software("sha256:" + "2" * 64, "3.11", "nosuchpackage==1.0\n"))

    ended(target, target.start(job))

    found = result(job)["error"]
    assert found["kind"] == "environment"
    assert found["message"].startswith(f"Its environment could not be built on the image {IMAGE}: ")
    assert "nosuchpackage" in found["message"]
    assert found["cure"]


def test_a_python_that_the_image_does_not_have_is_named(make_docker: Make, tmp_path: Path) -> None:
    target = make_docker()
    plain = write_job(tmp_path / "job", "def run(): pass")
    job = Job(plain.name, plain.folder, software=Software("sha256:" + "3" * 64, "3.13", "tiny==1.0\n"))

    ended(target, target.start(job))

    assert f"There is no Python ==3.13.* in the image {IMAGE}" in result(job)["error"]["message"]


@pytest.mark.parametrize("far", [False, True], ids=["here", "elsewhere"])
def test_tables_go_from_a_step_here_to_a_container_and_back(
    docker: Engine, tables: dict[str, Any], tmp_path: Path, far: bool
) -> None:
    made = {
        "make": '"""Make"""\nimport polars as pl\n\ndef run() -> pl.DataFrame:\n    return pl.DataFrame({"a": [1, 2, 3]})\n',
        "double": '"""Double"""\nimport os\nimport polars as pl\n\n\ndef run(table: pl.DataFrame) -> pl.DataFrame:\n'
        "    print('in a container:', os.path.exists('/.dockerenv'))\n    return table.with_columns(pl.col('a') * 2)\n",
        "total": '"""Total"""\nimport polars as pl\nfrom designer.module import Metrics\n\n\ndef run(table: pl.DataFrame) -> Metrics:\n'
        "    return {'total': int(table['a'].sum())}\n",
    }
    library = tmp_path / "library" / "test"
    library.mkdir(parents=True)
    for name, text in made.items():
        (library / f"{name}.py").write_text(text)
    document = {
        "format": "designer.pipeline/1", "name": "There and back",
        "nodes": {
            "make": {"module": "make@1"},
            "double": {"module": "double@1", "inputs": {"table": "make.result"}, "target": "box"},
            "total": {"module": "total@1", "inputs": {"table": "double.result"}},
        },
    }  # fmt: skip
    with home(tmp_path) as inst:
        options = {"engine": docker.far_url if far else docker.url, "pull": "never", **tables}
        with inst.store.write("probe") as t:
            targets.add(t, StoredTarget("box", "docker", 0.0, 0.0, options))
        inst.targets.refresh()
        with conducting(inst) as conducted:
            run = conducted.ended(conducted.submit(document), 120)

            assert {node: step.status for node, step in run.steps.items()} == dict.fromkeys(
                document["nodes"], "completed"
            ), run
            attempts = {node: step.attempt for node, step in run.steps.items()}
            logs = {node: (inst.attempts / id_ / "stdout.log").read_text() for node, id_ in attempts.items()}
            assert "in a container: True" in logs["double"]
            assert json.loads(inst.artifacts.local_path(run.steps["total"].outputs["result"].digest).read_text()) == {
                "total": 12
            }
            wait_for("the containers to be gone", lambda: not docker.containers())
            conducted.assert_invariants(run)


def test_its_options_are_a_form_and_say_what_is_wrong(docker: Engine, tmp_path: Path) -> None:
    properties = KINDS["docker"].schema()["properties"]
    assert all(one.get("title") for one in properties.values())

    def wrong(**options: Any) -> dict[str, str]:
        found = kind.test(
            Options(**{"engine": docker.url, "image": IMAGE, "pull": "never", "build_network": "none", **options}),
            Context(tmp_path),
        )
        assert all(one.cure for one in found)
        return {str(one.parameter): one.message for one in found}

    assert wrong() == {}
    assert wrong(image="nosuch:1") == {
        "image": 'The engine does not have the image "nosuch:1", and it may not fetch images.'
    }
    assert wrong(network="nosuch") == {"network": 'The engine has no network "nosuch".'}
    assert "processors" in wrong(cpus=1000)["cpus"]
    assert "MB" in wrong(memory_limit_mb=10**9)["memory_limit_mb"]
    assert wrong(gpus=1) == {"gpus": "The engine knows no GPUs."}
    nothing = tmp_path / "nothing.sock"
    assert wrong(engine=f"unix://{nothing}") == {
        "engine": f"There is no Docker engine at unix://{nothing}: that file is not there."
    }
    assert "refused" in wrong(engine="tcp://127.0.0.1:1")["engine"]
    assert wrong(engine="tcp://nosuch.invalid:1")["engine"].endswith("is not known by that name.")


def test_a_removed_or_killed_container_is_a_lost_step(make_docker: Make, docker: Engine, tmp_path: Path) -> None:
    target = make_docker()
    jobs = [write_job(tmp_path / f"job{number}", mark(tmp_path / f"marks{number}")) for number in range(2)]
    handles = [target.start(job) for job in jobs]
    for number in range(2):
        until((tmp_path / f"marks{number}").exists, "the start of the step", 60)

    with docker.client() as client:
        client.remove_container(jobs[0].name, force=True)
        client.kill(jobs[1].name)

    whys = [getattr(ended(target, handle), "why", "") for handle in handles]
    assert whys[0].startswith(("its container was removed by someone else", "its container was killed from outside"))
    assert whys[1].startswith("its container was killed from outside")
