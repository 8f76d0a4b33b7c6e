"""Reading scripts, notebooks and components into drafts: by reading only."""

import json
from pathlib import Path
from typing import Any

import pytest

from designer.graph.module import ModuleSpec, ParameterKind
from designer.graph.porttypes import PortType
from designer.library.draft import Draft
from designer.library.reading import candidates, checked, name_of, read_file

DIGEST = "sha256:" + "0" * 64


def read(folder: Path, entry: str, text: str, **others: str) -> tuple[Draft, ModuleSpec]:
    """The draft of a file among others, and the specification it makes."""
    found, spec, findings = look(folder, entry, text, **others)
    assert spec is not None, findings
    return found, spec


def look(folder: Path, entry: str, text: str, **others: str) -> tuple[Draft, ModuleSpec | None, list[str]]:
    files = {entry: text, **{name.replace("__", "."): content for name, content in others.items()}}
    for name, content in files.items():
        (folder / name).write_text(content)
    draft = read_file(
        folder, entry, sorted(files), lambda below: f"{DIGEST[: -len(below)]}{len(below) * '1'}" if below else DIGEST
    )
    _, spec, findings = checked(draft)
    return draft, spec, [f"{one.line}: {one.message}" for one in findings]


def arguments(folder: Path, calls: str, body: str = "", **more: Any) -> tuple[Draft, ModuleSpec]:
    head = "import argparse\nfrom pathlib import Path\nparser = argparse.ArgumentParser()\n"
    calls = "\n".join(f"parser.add_argument({call})" for call in calls.strip().splitlines())
    return read(folder, "script.py", f"{head}{calls}\nargs = parser.parse_args()\n{body}\n", **more)


def test_arguments_become_parameters_by_type_default_choices_and_action(tmp_path: Path) -> None:
    draft, spec = arguments(
        tmp_path,
        '"--rate", type=float, default=1, help="how fast (default: %(default)s)"\n'
        '"--epochs", "-e", type=int, required=True\n'
        '"--method", choices=["a", "b"], default="a"\n'
        '"--sizes", nargs="+", type=int, default=[1, 2]\n'
        '"--tag", action="append"\n'
        '"--verbose", action="store_true"\n'
        '"--no-cache", dest="cache", action="store_false"\n'
        '"--bar", action=argparse.BooleanOptionalAction, default=True\n'
        '"--note"\n'
        '"columns", nargs="*"',
    )
    by_name = {one.name: one for one in spec.parameters}
    assert {name: (one.kind, one.default, one.required, one.nullable) for name, one in by_name.items()} == {
        "rate": (ParameterKind.NUMBER, 1.0, False, False),
        "epochs": (ParameterKind.INTEGER, None, True, False),
        "method": (ParameterKind.CHOICE, "a", False, False),
        "sizes": (ParameterKind.LIST, [1, 2], False, False),
        "tag": (ParameterKind.LIST, None, False, True),
        "verbose": (ParameterKind.BOOLEAN, False, False, False),
        "cache": (ParameterKind.BOOLEAN, True, False, False),
        "bar": (ParameterKind.BOOLEAN, True, False, False),
        "note": (ParameterKind.STRING, None, False, True),
        "columns": (ParameterKind.LIST, None, False, True),
    }
    assert by_name["rate"].help == "how fast"
    assert spec.command is not None
    assert spec.command.line == (
        "python script.py $[[${{inputs.columns}}]] --rate ${{inputs.rate}} --epochs ${{inputs.epochs}} "
        "--method ${{inputs.method}} --sizes ${{inputs.sizes}} $[[${{inputs.tag}}]] ${{inputs.verbose}} ${{inputs.cache}} "
        "${{inputs.bar}} $[[--note ${{inputs.note}}]]"
    )
    assert spec.command.flags == {
        "inputs.verbose": ("--verbose", ""), "inputs.cache": ("", "--no-cache"), "inputs.bar": ("--bar", "--no-bar"),
    }  # fmt: skip
    assert spec.command.each == {"inputs.tag": "--tag"}
    assert spec.command.snapshot == DIGEST
    assert draft.lines["inputs.rate"] == 4


def test_how_a_script_uses_a_path_says_what_it_is(tmp_path: Path) -> None:
    draft, spec = arguments(
        tmp_path,
        '"--a", required=True\n"--b", required=True\n"--c", required=True\n"--d", required=True\n"--e", required=True\n"--f", required=True',
        "import pandas as pd, os, joblib\nframe = pd.read_csv(args.a)\nother = pd.read_parquet(Path(args.b))\n"
        "os.makedirs(args.c, exist_ok=True)\njoblib.dump(frame, args.d)\n"
        "open(os.path.join(args.e, 'x.txt')).read()\nwith open(args.f, 'w') as file:\n    pass",
    )
    assert {one.name: one.type for one in spec.inputs} == {
        "a": PortType.TABLE,
        "b": PortType.TABLE,
        "e": PortType.FOLDER,
    }
    assert {one.name: one.type for one in spec.outputs} == {
        "c": PortType.FOLDER,
        "d": PortType.FILE,
        "f": PortType.FILE,
    }
    assert spec.command is not None
    assert spec.command.formats == {"inputs.a": "csv", "inputs.b": "parquet"}
    assert draft.guesses["inputs.a"] == "line 12 reads it with read_csv"
    assert draft.guesses["outputs.c"] == "line 14 writes it with makedirs"


def test_where_the_use_does_not_tell_names_defaults_and_types_do(tmp_path: Path) -> None:
    draft, spec = arguments(
        tmp_path,
        '"--train-data"\n"--output_dir"\n"--report", default="out/report.html", help="where the report is written"\n'
        '"--weights", type=Path, required=True\n"--log", type=argparse.FileType("w")\n"--label", default="y"\n'
        '"--data-format", default="csv"\n"--output_dim", type=int, default=3\n"--target", default="price"\n"--url", default="https://x/y.csv"',
    )
    assert {one.name: (one.type, one.optional) for one in spec.inputs} == {
        "train_data": (PortType.TABLE, True), "weights": (PortType.FILE, False),
    }  # fmt: skip
    assert {one.name: one.type for one in spec.outputs} == {
        "output_dir": PortType.FOLDER, "report": PortType.FILE, "log": PortType.FILE,
    }  # fmt: skip
    assert {one.name for one in spec.parameters} == {"label", "data_format", "output_dim", "target", "url"}
    assert "help says" in draft.guesses["outputs.report"]


def test_what_cannot_be_read_of_an_argument_is_said_with_its_line(tmp_path: Path) -> None:
    source = (
        "import argparse\nparser = argparse.ArgumentParser()\nfor name in ('a', 'b'):\n    parser.add_argument('--' + name)\n"
        "parser.add_argument('-v', action='count')\nparser.add_argument('--x', default=compute())\n"
        "sub = parser.add_subparsers()\none = sub.add_parser('one')\none.add_argument('--inner')\n"
        "parser.add_argument('--flag', type=bool, default=False)\n"
    )
    _, spec, findings = look(tmp_path, "script.py", source)
    assert spec is not None
    assert [one for one in findings if one.startswith(("4:", "5:", "6:", "9:", "10:"))] == [
        "4: An argument whose name is computed cannot be read.",
        "5: `v`: its action count is left out.",
        "6: `x`: its default is computed, and cannot be read.",
        "9: Arguments of sub-commands are left out.",
        "10: `flag` has type=bool, for which any text is true.",
    ]
    assert spec.command is not None
    assert spec.command.flags == {"inputs.flag": ("--flag True", "--flag ''")}


HOSTILE = "__import__('pathlib').Path(r'{marker}').touch()"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.py", "import argparse\n{run}\np = argparse.ArgumentParser()\np.add_argument('--x', default={run}, type=lambda v: {run})\n"),
        ("a.py", "def f(x={run}): pass\n@({run})\ndef run(x: {run} = {run}) -> {run}: pass\n"),
        ("a.py", "import argparse\nclass P(argparse.ArgumentParser, metaclass={run}): pass\nP().add_argument(f'--{{{run}}}')\n"),
        ("a.ipynb", json.dumps({"nbformat": 4, "metadata": {}, "cells": [
            {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": ["x = {run}\n", "{run}"]}]})),
        ("a.yaml", "type: command\ncommand: echo\ninputs:\n  x: !!python/object/apply:os.system ['{run}']\n"),
        ("a.yaml", "type: command\ncommand: \"{run}\"\n"),
        ("a.sh", "# /// designer\n# inputs:\n#   x: !!python/name:os.system\n# ///\n{run}\n"),
    ],
)  # fmt: skip
def test_reading_never_runs_anything(tmp_path: Path, name: str, text: str) -> None:
    marker = tmp_path / "ran"
    look(tmp_path, name, text.replace("{run}", HOSTILE.format(marker=marker)).replace("{{", "{").replace("}}", "}"))
    assert not marker.exists()


def test_packages_are_those_a_script_names_else_those_it_imports(tmp_path: Path) -> None:
    source = "import os, json\nimport numpy as np, cv2\nfrom sklearn.linear_model import Ridge\nfrom mine import x\nimport argparse\n"
    draft, spec = read(tmp_path, "script.py", source, mine__py="")
    assert spec.dependencies == ("numpy", "opencv-python-headless", "scikit-learn")
    assert draft.guesses["dependencies"] == "the file imports them"
    _, spec = read(
        tmp_path,
        "script.py",
        '# /// script\n# dependencies = ["numpy>=2"]\n# requires-python = ">=3.11"\n# ///\n' + source,
    )
    assert (spec.dependencies, spec.requires_python) == (("numpy>=2",), ">=3.11")
    draft, spec = read(tmp_path, "script.py", source, requirements__txt="numpy==2.1\n-r other.txt\n")
    assert (spec.dependencies, draft.guesses["dependencies"]) == (("numpy==2.1",), "they stand in requirements.txt")


def test_a_script_may_say_itself_what_it_takes_and_gives(tmp_path: Path) -> None:
    source = (
        "#!/usr/bin/env Rscript\n# /// designer\n# display_name: Draw a Plot\n# inputs:\n#   data: {type: table, format: csv}\n"
        "#   bins: {type: integer, default: 20, min: 1}\n# outputs:\n#   plot: {type: file, format: png}\n# ///\nargs <- commandArgs()\n"
    )
    _, spec = read(tmp_path, "draw_plot.R", source)
    assert (spec.title, spec.name) == ("Draw a Plot", "draw_plot")
    assert spec.command is not None
    assert spec.command.line == "Rscript draw_plot.R ${{inputs.data}} ${{inputs.bins}} ${{outputs.plot}}"
    assert (spec.command.formats, spec.parameters[0].minimum) == ({"inputs.data": "csv", "outputs.plot": "png"}, 1.0)
    _, spec, findings = look(
        tmp_path, "x.sh", "# /// designer\n# inputs: {a: {type: nothing}}\n# privileged: true\n# ///\n"
    )
    assert spec is None
    assert any("privileged" in one for one in findings)
    _, spec, findings = look(tmp_path, "y.sh", "echo hello\n")
    assert spec is not None
    assert spec.command is not None
    assert (spec.command.line, "does not say what it takes" in findings[0]) == ("bash y.sh", True)


COMPONENT = """\
$schema: https://azuremlschemas.azureedge.net/latest/commandComponent.schema.json
name: train-model
display_name: Train a model
version: 0.0.7
type: command
is_deterministic: false
inputs:
  training_data: {type: uri_folder, description: rows}
  max_epochs: {type: integer, optional: true, min: 1}
  rate: {type: number, default: 0.01}
  schedule: {type: string, default: time, enum: [time, step]}
  table: {type: table, format: csv, optional: true}
outputs:
  model_output: {type: mlflow_model, mode: rw_mount}
code: ./src
environment:
  image: mcr.microsoft.com/azureml/openmpi
  conda_file: {dependencies: [python=3.11, pip, {pip: ["scikit-learn>=1.5"]}]}
environment_variables: {SEED: 7}
resources: {instance_count: 2}
command: >-
  python train.py --training_data ${{inputs.training_data}}
  $[[--max_epochs ${{inputs.max_epochs}}]] --rate ${{inputs.rate}} --schedule ${{inputs.schedule}}
  --model ${{outputs.model_output}} --table $[[inputs.table]]
"""


def test_a_component_of_azure_ml_is_read_with_its_environment(tmp_path: Path) -> None:
    _, none, findings = look(tmp_path, "component.yaml", COMPONENT)
    assert none is None
    assert findings[-1] == "15: `code: ./src` names a folder that is not there."
    (tmp_path / "src").mkdir()
    draft, spec = read(tmp_path, "component.yaml", COMPONENT)
    assert spec.command is not None
    assert spec.command.snapshot.endswith("0111")
    assert (spec.name, spec.title, spec.reuse, spec.version) == ("train_model", "Train a model", False, 1)
    assert {one.name: (one.type, one.optional) for one in spec.inputs} == {
        "training_data": (PortType.FOLDER, False), "table": (PortType.TABLE, True),
    }  # fmt: skip
    assert {one.name: (one.kind, one.default, one.nullable) for one in spec.parameters} == {
        "max_epochs": (ParameterKind.INTEGER, None, True),
        "rate": (ParameterKind.NUMBER, 0.01, False),
        "schedule": (ParameterKind.CHOICE, "time", False),
    }
    assert [(one.name, one.type) for one in spec.outputs] == [("model_output", PortType.FOLDER)]
    assert (spec.dependencies, spec.requires_python) == (("scikit-learn>=1.5",), "==3.11.*")
    assert spec.command is not None
    assert spec.command.variables == {"SEED": "7"}
    assert "$[[--table ${{inputs.table}}]]" in spec.command.line  # as one of the samples has it
    left_out = [one.message for one in draft.findings]
    assert any("image" in one for one in left_out)
    assert any("`resources`" in one for one in left_out)


def test_a_component_of_the_first_version_is_read_where_it_is_simple(tmp_path: Path) -> None:
    text = (
        "$schema: http://azureml/sdk-2-0/CommandComponent.json\nname: microsoft.com.score\nversion: 0.0.1\ntype: CommandComponent\n"
        "inputs:\n  data: {type: AnyDirectory}\n  limit: {type: Integer, optional: true}\noutputs:\n  scored: {type: AnyDirectory}\n"
        "command: python score.py --data {inputs.data} [--limit {inputs.limit}] --out {outputs.scored}\n"
    )
    _, spec = read(tmp_path, "module.yaml", text)
    assert spec.command is not None
    assert (
        spec.command.line
        == "python score.py --data ${{inputs.data}} $[[--limit ${{inputs.limit}}]] --out ${{outputs.scored}}"
    )


@pytest.mark.parametrize(
    "more",
    [
        "privileged: true", "volumes: [/:/host]", "mounts: [{source: /var/run/docker.sock}]", "devices: [/dev/kmem]",
        "pid_mode: host", "cap_add: [SYS_ADMIN]", "security_opt: [seccomp=unconfined]", "network_mode: host",
        "container: {binds: [/:/host]}", "environment_variables: {PATH: /evil}", "environment_variables: {LD_PRELOAD: /x.so}",
        "code: /etc", "code: ../..", "extra: &a [1]", "name: x\nname: y", "type: pipeline", "inputs: [1, 2]", "inputs: {a b: {type: string}}",
        "inputs: {a: {type: table, format: exe}}", "inputs: {v: {type: boolean, default: false, flag: '; rm -rf /'}}",
        "outputs: {o: {type: file, path: ../../x}}", "outputs: {o: {type: any}}", "python: [1]", "dependencies: {a: b}",
        "dependencies: ['evil @ https://example.com/evil.whl']", "inputs: {a: {type: string, volumes: [/]}}",
    ],
)  # fmt: skip
def test_a_declaration_that_asks_for_more_than_it_may_is_refused(tmp_path: Path, more: str) -> None:
    from designer.library.component import HEADER, read_component

    spec, findings = read_component(f"{HEADER}\ncommand: echo\n{more}\n", "hostile")
    assert spec is None
    assert all(one.message for one in findings)


def notebook(*cells: tuple[str, list[str]], **metadata: Any) -> str:
    listed = [{"cell_type": "code", "metadata": {"tags": tags}, "source": text.splitlines(True), "outputs": [], "execution_count": None}
              for text, tags in cells]  # fmt: skip
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": listed})


def test_the_parameters_cell_of_a_notebook_becomes_ports_and_parameters(tmp_path: Path) -> None:
    text = notebook(
        ("import pandas as pd\n%matplotlib inline\n!ls", []),
        ("data = 'rows.csv'\nout_path = 'model.pkl'\nrate: float = 0.5\nnames = ['a']\nseed = 3\nloud = True\nlabel = 'y'\nlate = rate * x", ["parameters"]),
        ("frame = pd.read_csv(data)\nopen(out_path, 'w')", []),
    )  # fmt: skip
    draft, spec = read(tmp_path, "My Notebook.ipynb", text)
    assert spec.name == "my_notebook"
    assert [(one.name, one.type) for one in spec.inputs] == [("data", PortType.TABLE)]
    assert [(one.name, one.type) for one in spec.outputs] == [("out_path", PortType.FILE), ("notebook", PortType.FILE)]
    assert {one.name: one.default for one in spec.parameters} == {
        "rate": 0.5,
        "names": ["a"],
        "seed": 3,
        "loud": True,
        "label": "y",
    }
    assert spec.dependencies == ("pandas", "ipykernel", "nbclient")
    assert spec.command is not None
    assert spec.command.notebook == "My Notebook.ipynb"
    assert any("`late` is computed" in one.message for one in draft.findings)


def test_notebooks_that_cannot_be_run_say_why(tmp_path: Path) -> None:
    for text, message in (("{", "not a notebook"), ("[]", "not a notebook"), (notebook(kernelspec={"language": "R"}), "in r;"),
                          (notebook(("x = (", ["parameters"])), "cannot be read")):  # fmt: skip
        _, spec, findings = look(tmp_path, "x.ipynb", text)
        assert spec is None
        assert message in findings[0]
    _, spec, findings = look(tmp_path, "x.ipynb", notebook(("print(1)", [])))
    assert spec is not None
    assert "No cell is tagged" in findings[0]


def test_a_function_module_stays_one(tmp_path: Path) -> None:
    draft, spec = read(tmp_path, "split.py", "def run(*, n: int = 1) -> None: ...\n")
    assert (draft.kind, spec.command, spec.parameters[0].name) == ("function", None, "n")


def test_the_likeliest_file_of_a_folder_comes_first() -> None:
    files = ["src/deep.py", "helpers.py", "train.py", "component.yaml", "notes.md", "a.ipynb"]
    assert candidates(files) == ["component.yaml", "train.py", "helpers.py", "a.ipynb", "src/deep.py"]


def test_names_of_files_become_names_of_modules() -> None:
    assert [name_of(one) for one in ("Train-Model v2", "2fast", "trainModel", "__", "Größe")] == [
        "train_model_v2", "module_2fast", "train_model", "my_module", "gr_e",
    ]  # fmt: skip
