"""Modules and pipelines in one file: out of one installation, into another, and not run there before a person accepts it."""

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from designer.actions import imports, modules, pipelines, runs, sharing
from designer.contract.imports import Import
from designer.contract.modules import CreateModule
from designer.contract.pipelines import CreatePipeline
from designer.contract.runs import SubmitRun
from designer.errors import Conflict, DesignerError, Invalid, NotFound
from designer.launcher import digests
from tests.conductor.conftest import Conducted, conducting
from tests.conductor.test_module_files import SCRIPT, add, upload
from tests.home import home, wait_for

FUNCTION = '''# /// script
# dependencies = ["not-installed-anywhere>=1"]
# ///
"""Reach Out

Marks that it ran.
"""
import pathlib
import urllib.request

from designer.module import Metrics

pathlib.Path({marker!r}).touch()


def run(*, n: int = 1) -> Metrics:
    return {{"n": n}}
'''


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Conducted]:
    """Another installation."""
    (tmp_path / "elsewhere").mkdir()
    with home(tmp_path / "elsewhere") as inst, conducting(inst) as found:
        yield found


def written(pieces: Iterator[bytes], goal: Path) -> Path:
    goal.write_bytes(b"".join(pieces))
    return goal


def taken(conducted: Conducted, file: Path, name: str = "shared.designer.zip") -> Import:
    staged = file.with_suffix(".staged")
    staged.write_bytes(file.read_bytes())
    return imports.import_file(conducted.inst, staged, name, staged.stat().st_size, digests.of_file(str(staged)))


def shared(conducted: Conducted, tmp_path: Path) -> Path:
    """A file with a pipeline of a script with its folder."""
    draft = upload(conducted, tmp_path / "up", {"double.py": SCRIPT, "words.py": "WORD = 'hello'\n"})
    reference = add(conducted, draft, inputs__numbers={"type": "metrics"}, outputs__output={"type": "metrics"})
    document = {
        "format": "designer.pipeline/1", "name": "Doubling",
        "nodes": {"number": {"module": "number@1", "parameters": {"number": 21}},
                  "double": {"module": reference, "inputs": {"numbers": "number.result"}}},
    }  # fmt: skip
    made = pipelines.create_pipeline(conducted.inst, CreatePipeline(document=document))
    name, pieces = sharing.export_pipeline(conducted.inst, made.id)
    assert name == "doubling.designer.zip"
    return written(pieces, tmp_path / "doubling.designer.zip")


def test_what_is_imported_is_shown_refused_accepted_and_then_runs(
    conducted: Conducted, other: Conducted, tmp_path: Path
) -> None:
    file = shared(conducted, tmp_path)
    found = taken(other, file)
    (module,), (pipeline,) = [one for one in found.modules if one.here != "number@1"], found.pipelines
    assert (module.reference, module.here, module.files, module.known) == (
        "double@1",
        "double@1",
        ["double.py", "words.py"],
        False,
    )
    assert any(one.what == "files" for one in module.reach)
    draft = pipelines.get_pipeline(other.inst, pipeline.id)
    assert {(one.code, one.node) for one in draft.findings} >= {("not_accepted", ""), ("not_accepted", "double")}
    with pytest.raises(Invalid) as raised:
        runs.submit_run(other.inst, SubmitRun(pipeline=pipeline.id))
    assert any(one.code == "not_accepted" for one in raised.value.findings)
    with pytest.raises(Invalid):  # nor by another door
        runs.submit_run(
            other.inst,
            SubmitRun(document={"format": "designer.pipeline/1", "name": "x", "nodes": {"d": {"module": "double@1"}}}),
        )
    with pytest.raises(Conflict):
        pipelines.duplicate_pipeline(other.inst, pipeline.id)
    with pytest.raises(Conflict, match="not the file that was shown"):
        imports.accept_import(other.inst, found.id, "sha256:" + "0" * 64)
    accepted = imports.accept_import(other.inst, found.id, found.digest)
    assert accepted.accepted is not None
    run = runs.submit_run(other.inst, SubmitRun(pipeline=pipeline.id))
    ended = other.ended(run)
    assert ended.steps["double"].status == "completed", ended.steps["double"].error
    assert [one.id for one in imports.list_imports(other.inst).items] == [found.id]


def test_what_is_known_and_trusted_stays_so_and_other_names_are_found(
    conducted: Conducted, other: Conducted, tmp_path: Path
) -> None:
    file = shared(conducted, tmp_path)
    again = taken(conducted, file)  # the very code that is here already
    assert [(one.here, one.known) for one in again.modules if one.reference == "double@1"] == [("double@1", True)]
    modules.create_module(
        other.inst, CreateModule(source='"""Another"""\ndef run(*, x: int = 1) -> None: ...\n', name="double")
    )
    found = taken(other, file)
    (double,) = [one for one in found.modules if one.reference == "double@1"]
    assert double.here == "double_2@1"
    document = pipelines.get_pipeline(other.inst, found.pipelines[0].id).document
    assert document["nodes"]["double"]["module"] == "double_2@1"
    assert modules.get_module(other.inst, "double@1").spec.title == "Another"


def test_importing_runs_builds_and_installs_nothing(conducted: Conducted, other: Conducted, tmp_path: Path) -> None:
    marker = tmp_path / "it-ran"
    source = FUNCTION.format(marker=str(marker))
    made = modules.create_module(conducted.inst, CreateModule(source=source))
    name, pieces = sharing.export_module(conducted.inst, made.spec.reference)
    assert name == "reach_out.designer.zip"
    file = written(pieces, tmp_path / name)
    assert (
        written(sharing.export_module(conducted.inst, made.spec.reference)[1], tmp_path / "again").read_bytes()
        == file.read_bytes()
    )
    found = taken(other, file)
    (module,) = found.modules
    assert module.packages == ["not-installed-anywhere>=1"]
    assert {one.what for one in module.reach} >= {"network"}
    with pytest.raises(Invalid) as raised:
        other.submit({"format": "designer.pipeline/1", "name": "x", "nodes": {"a": {"module": module.here}}})
    assert [one.code for one in raised.value.findings] == ["not_accepted"]
    with other.inst.store.read() as t:
        from designer.store import environments, jobs

        assert jobs.unfinished(t) == []
        assert not environments.known(t)[1]
    assert not marker.exists()


def rebuilt(file: Path, goal: Path, change: Callable[[dict[str, Any], dict[str, bytes]], None]) -> Path:
    """The file again with something changed."""
    with zipfile.ZipFile(file) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(content.pop("manifest.json"))
    change(manifest, content)
    with zipfile.ZipFile(goal, "w") as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        for name, data in content.items():
            archive.writestr(name, data)
    return goal


def _swap(manifest: dict[str, Any], content: dict[str, bytes]) -> None:
    name = next(one for one in content if one.endswith("words.py"))
    content[name] = b"WORD = 'evil'\n"


def _swap_and_sign(manifest: dict[str, Any], content: dict[str, bytes]) -> None:
    import hashlib

    name = next(one for one in content if one.endswith("words.py"))
    content[name] = b"WORD = 'evil'\n"
    manifest["files"][name] = {"sha256": hashlib.sha256(content[name]).hexdigest(), "size": len(content[name])}


def _add(manifest: dict[str, Any], content: dict[str, bytes]) -> None:
    content["extra.py"] = b"x"


def _drop(manifest: dict[str, Any], content: dict[str, bytes]) -> None:
    del content[next(one for one in content if one.endswith("words.py"))]


def _escape(manifest: dict[str, Any], content: dict[str, bytes]) -> None:
    manifest["modules"][0]["path"] = "../../../etc/passwd"


def _folder(manifest: dict[str, Any], content: dict[str, bytes]) -> None:
    manifest["modules"][0]["folder"] = "../../.."


def _name(manifest: dict[str, Any], content: dict[str, bytes]) -> None:
    manifest["modules"][0]["reference"] = "../evil@1"


def _twice(manifest: dict[str, Any], content: dict[str, bytes]) -> None:
    manifest["modules"] *= 2


def _format(manifest: dict[str, Any], content: dict[str, bytes]) -> None:
    manifest["format"] = "designer.bundle/9"


def _shapes(manifest: dict[str, Any], content: dict[str, bytes]) -> None:
    manifest["modules"] = {"a": 1}


def _no_files(manifest: dict[str, Any], content: dict[str, bytes]) -> None:
    manifest["files"] = []


@pytest.mark.parametrize(
    "change", [_swap, _swap_and_sign, _add, _drop, _escape, _folder, _name, _twice, _format, _shapes, _no_files]
)
def test_a_file_that_is_not_what_it_says_is_refused_and_leaves_nothing(
    conducted: Conducted, other: Conducted, tmp_path: Path, change: Callable[[dict[str, Any], dict[str, bytes]], None]
) -> None:
    file = rebuilt(shared(conducted, tmp_path), tmp_path / "bad.zip", change)
    with pytest.raises(DesignerError) as raised:
        taken(other, file)
    assert raised.value.message
    assert imports.list_imports(other.inst).items == []
    with pytest.raises(NotFound):
        modules.get_module(other.inst, "double@1")
    assert pipelines.list_pipelines(other.inst).items == []


@pytest.mark.parametrize("key", ["privileged", "volumes", "mounts", "devices", "pid_mode", "cap_add", "security_opt"])
def test_a_module_that_asks_for_more_than_it_may_is_refused(
    conducted: Conducted, other: Conducted, tmp_path: Path, key: str
) -> None:
    import hashlib

    def hostile(manifest: dict[str, Any], content: dict[str, bytes]) -> None:
        path = manifest["modules"][0]["path"]
        content[path] += f"{key}: [/var/run/docker.sock]\n".encode()
        manifest["files"][path] = {"sha256": hashlib.sha256(content[path]).hexdigest(), "size": len(content[path])}

    with pytest.raises(Invalid) as raised:
        taken(other, rebuilt(shared(conducted, tmp_path), tmp_path / "bad.zip", hostile))
    assert any(key in one.message for one in raised.value.findings)


def test_an_import_that_was_cut_off_is_never_trusted(
    conducted: Conducted, other: Conducted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = shared(conducted, tmp_path)

    def stop(*_: Any, **__: Any) -> None:
        raise OSError("the server went away here")

    monkeypatch.setattr(imports, "create_from", stop)
    with pytest.raises(OSError, match="went away"):
        taken(other, file)
    wait_for("the module", lambda: other.inst.library.get("double@1"), 10)
    with pytest.raises(Invalid) as raised:
        other.submit({"format": "designer.pipeline/1", "name": "x", "nodes": {"a": {"module": "double@1"}}})
    assert any(one.code == "not_accepted" for one in raised.value.findings)
