"""Modules from files, from the upload to a run of them."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from designer.actions import module_files, modules, storage
from designer.contract.modules import ComposeModule, CreateModule, ModuleDraft, ModuleKind
from designer.errors import Invalid
from designer.graph.findings import Severity
from designer.library.reading import READ
from tests.conductor.conftest import Conducted

SCRIPT = '''"""Double the numbers"""
import argparse
import json

import words

parser = argparse.ArgumentParser()
parser.add_argument("--numbers", required=True, help="a JSON file")
parser.add_argument("--factor", type=float, default=2.0)
parser.add_argument("--output", required=True)
args = parser.parse_args()
with open(args.numbers) as file:
    number = json.load(file)["number"]
with open(args.output, "w") as file:
    json.dump({"number": number * args.factor, "word": words.WORD}, file)
print("doubled", number)
'''


def upload(
    conducted: Conducted, folder: Path, files: dict[str, str], name: str = "code.zip", entry: str = ""
) -> ModuleDraft:
    """What the server says of an upload."""
    folder.mkdir(exist_ok=True)
    staged = folder / "staged"
    if name.endswith(".zip"):
        with zipfile.ZipFile(staged, "w") as archive:
            for path, text in files.items():
                archive.writestr(path, text)
    else:
        staged.write_text(files[name])
    return module_files.read_files(conducted.inst, staged, name, staged.stat().st_size, entry)


def add(conducted: Conducted, draft: ModuleDraft, **changes: Any) -> str:
    """Add what was read, with its ports changed; the reference of the module."""
    declaration = json.loads(json.dumps(draft.declaration))
    for key, entry in changes.items():
        side, _, name = key.partition("__")
        declaration[side][name] = entry
    composed = module_files.compose(ComposeModule(name=draft.name, declaration=declaration))
    assert composed.spec is not None, composed.findings
    return modules.create_module(conducted.inst, CreateModule(source=composed.source, name=draft.name)).spec.reference


def test_a_script_with_its_folder_becomes_a_module_that_runs_and_is_reused(
    conducted: Conducted, tmp_path: Path
) -> None:
    draft = upload(
        conducted, tmp_path / "up", {"code/double.py": SCRIPT, "code/words.py": "WORD = 'hello'\n", "code/x.pyc": "no"}
    )
    assert (draft.what, draft.entry, draft.files) == (
        "Python script with argparse",
        "double.py",
        ["double.py", "words.py"],
    )
    assert [one for one in draft.findings if one.severity is Severity.ERROR] == []
    assert [(one.what, one.where) for one in draft.reach] == [("files", "double.py, line 12: open(...)")]
    reference = add(conducted, draft, inputs__numbers={"type": "metrics"}, outputs__output={"type": "metrics"})
    document = {
        "format": "designer.pipeline/1", "name": "From a script",
        "nodes": {"number": {"module": "number@1", "parameters": {"number": 21}},
                  "double": {"module": reference, "inputs": {"numbers": "number.result"}}},
    }  # fmt: skip
    run = conducted.run(document)
    step = run.steps["double"]
    assert step.status == "completed", step.error
    with conducted.inst.artifacts.open(step.outputs["output"].digest) as file:
        assert json.load(file) == {"number": 42.0, "word": "hello"}
    conducted.assert_invariants(run)
    again = conducted.run(document)
    assert again.steps["double"].status == "reused"

    # The folder is part of its identity: another word in it makes another version, and the step runs again.
    draft = upload(conducted, tmp_path / "up2", {"double.py": SCRIPT, "words.py": "WORD = 'bye'\n"})
    composed = module_files.compose(ComposeModule(name=draft.name, declaration={
        **draft.declaration, "inputs": {**draft.declaration["inputs"], "numbers": {"type": "metrics"}},
        "outputs": {"output": {"type": "metrics"}}}))  # fmt: skip
    from designer.contract.modules import SaveModule

    newer = modules.save_module(conducted.inst, "double", SaveModule(source=composed.source, based_on=1))
    assert (newer.spec.version, newer.versions[0].kind) == (2, ModuleKind.COMMAND)
    document["nodes"]["double"]["module"] = "double@2"  # type: ignore[index]
    assert conducted.run(document).steps["double"].status == "completed"

    # A clean-up leaves the folders of all versions.
    storage.clean(conducted.inst, now=True)
    storage.sweep_bytes(conducted.inst)
    document["nodes"]["double"]["module"] = reference  # type: ignore[index]
    assert conducted.run(document, regenerate=True).steps["double"].status == "completed"


def test_a_command_that_fails_fails_its_step_with_code_and_last_word(conducted: Conducted, tmp_path: Path) -> None:
    draft = upload(
        conducted,
        tmp_path / "up",
        {"break_down.sh": "echo to the log\necho out of cheese >&2\nexit 41\n"},
        "break_down.sh",
    )
    reference = add(conducted, draft)
    run = conducted.run({"format": "designer.pipeline/1", "name": "x", "nodes": {"fail": {"module": reference}}})
    error = run.steps["fail"].error
    assert error is not None
    assert (run.steps["fail"].status, error.kind, error.exit_code) == ("failed", "CommandFailed", 41)
    assert "out of cheese" in error.message


def test_an_upload_with_nothing_to_read_says_what_can_be_read(conducted: Conducted, tmp_path: Path) -> None:
    for name, files in (("x.zip", {"data.csv": "a,b\n"}), ("movie.mp4", {"movie.mp4": "x"}), (".py", {".py": "x"})):
        with pytest.raises(Invalid, match="holds nothing that can be read") as raised:
            upload(conducted, tmp_path / "up", files, name)
        assert all(suffix in raised.value.cure for suffix in READ)
    with pytest.raises(Invalid, match="no file"):
        upload(conducted, tmp_path / "up", {"a.py": "x = 1"}, entry="../../etc/passwd")
    assert not list(conducted.inst.uploads.glob("unpacked_*"))


def test_a_declaration_cannot_borrow_the_bytes_of_something_else(conducted: Conducted) -> None:
    composed = module_files.compose(
        ComposeModule(name="thief", declaration={"command": "ls", "code": "sha256:" + "1" * 64})
    )
    with pytest.raises(Invalid, match="folder is missing"):
        modules.create_module(conducted.inst, CreateModule(source=composed.source, name="thief"))
    composed = module_files.compose(ComposeModule(name="thief", declaration={"command": "ls", "privileged": True}))
    assert composed.spec is None
