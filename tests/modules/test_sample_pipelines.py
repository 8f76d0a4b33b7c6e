"""Every module file has the shape that the library reads, and every sample pipeline runs and gives sensible results."""

import ast
import inspect
import json
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import polars as pl
import pytest

from designer.graph import document
from designer.graph.order import topological
from designer.graph.parameters import resolve
from designer.graph.porttypes import PortType
from designer.graph.validate import validate
from designer.launcher import parameters
from designer.library.read import read_module
from designer.module import Label, roles_of, with_roles
from designer.module.roles import has_roles
from designer.samples import datasets

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "modules").glob("*/*.py"))
PIPELINES = sorted((ROOT / "designer" / "samples" / "pipelines").glob("*.json"))
NODE_WIDTH, NODE_HEIGHT, GRID = 200, 64, 16


def snake(label: str) -> str:
    """The name of an output: its label in snake case."""
    return re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")


def label_of(annotation: Any) -> str:
    return next(word.text for word in annotation.__metadata__ if isinstance(word, Label))


def outputs_of(run: Callable[..., Any]) -> list[str]:
    returned = get_type_hints(run, include_extras=True)["return"]
    annotations = get_args(returned) if get_origin(returned) is tuple else [returned]
    return [snake(label_of(annotation)) for annotation in annotations]


def execute(
    pipeline: document.Pipeline, load: Callable[[str], Any], values: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """Run a pipeline in this process: nodes in order, outputs into inputs, roles inherited as the launcher does."""
    order, _ = topological({id_: pipeline.before(id_) for id_ in pipeline.nodes})
    given = {name: parameter.default for name, parameter in pipeline.parameters.items()} | dict(values)
    results: dict[str, dict[str, Any]] = {}
    for id_ in order:
        node = pipeline.nodes[id_]
        if node.dataset:
            results[id_] = {"data": datasets.load(node.dataset.partition("@")[0])}
            continue
        run = load(node.module.partition("@")[0]).run
        inputs = {port: results[source][output] for port, (source, output) in node.inputs.items()}
        settings = {
            name: parameters.convert(name, value, run.__annotations__[name])
            for name, value in resolve(node.parameters, given).items()
        }
        returned = run(**inputs, **settings)
        names = outputs_of(run)
        results[id_] = dict(zip(names, [returned] if len(names) == 1 else returned, strict=True))
        known: dict[str, Any] = {}
        for table in inputs.values():
            known = roles_of(table) | known if isinstance(table, pl.DataFrame) else known
        for table in results[id_].values():
            if isinstance(table, pl.DataFrame) and not has_roles(table):
                with_roles(table, {name: role for name, role in known.items() if name in table.columns})
    return results


@pytest.fixture
def run_sample(load, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(name: str, **values: object) -> dict[str, dict[str, Any]]:
        text = (ROOT / "designer" / "samples" / "pipelines" / f"{name}.json").read_text()
        pipeline, findings = document.read(json.loads(text))
        assert findings == ()
        assert pipeline
        return execute(pipeline, load, values)

    return run


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_can_be_read_without_running_it(path):
    tree = ast.parse(path.read_text())
    title, blank, *description = (ast.get_docstring(tree) or "").split("\n")
    assert path.stem == snake(title)
    assert blank == ""
    assert len("\n".join(description)) > 100
    assert "*Example" in "\n".join(description)
    constants = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id in ("CATEGORY", "TAGS")
    }
    assert path.parent.name == snake(constants["CATEGORY"]).replace("_and_", "_")
    assert constants["TAGS"]
    assert path.read_text().startswith("# /// script\n# dependencies = [")
    (run,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "run"]
    assert run.returns
    for argument in [*run.args.args, *run.args.kwonlyargs]:
        assert "Label(" in ast.unparse(argument.annotation), argument.arg
    for default in [*run.args.defaults, *filter(None, run.args.kw_defaults)]:
        if not isinstance(default, ast.Call):
            ast.literal_eval(default)
        else:
            assert ast.unparse(default).startswith("Columns.")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_the_library_reads_a_module_without_findings_and_its_outputs_are_named_by_their_labels(path, load):
    spec, findings = read_module(path.read_text(), path.stem)
    assert findings == ()
    assert spec
    assert [port.name for port in spec.outputs] == outputs_of(load(path.stem).run)
    assert [port.name for port in spec.inputs] + [parameter.name for parameter in spec.parameters] == list(
        inspect.signature(load(path.stem).run).parameters
    )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_module_imports_only_light_things_at_the_top(path):
    found = {
        name.name.partition(".")[0] if isinstance(node, ast.Import) else str(node.module).partition(".")[0]
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    assert not found & {"numpy", "pandas", "sklearn", "lightgbm", "scipy", "pyarrow", "matplotlib"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_conditions_of_a_module_name_parameters_that_can_have_those_values(path, load):
    hints = get_type_hints(load(path.stem).run, include_extras=True)
    for name, hint in hints.items():
        for word in getattr(hint, "__metadata__", ()):
            for other, wanted in getattr(word, "conditions", {}).items():
                kind = hints[other].__origin__ if get_origin(hints[other]) is Annotated else hints[other]
                allowed = {True, False} if kind is bool else set(get_args(kind))
                assert set(wanted if isinstance(wanted, tuple) else (wanted,)) <= allowed, (name, other)


def test_the_library_has_the_modules_it_promises():
    assert {path.stem for path in MODULES} >= {
        "enter_data_manually", "clean_missing_data", "edit_metadata", "join_data", "normalize_data", "select_columns_in_dataset",
        "split_data", "summarize_data", "apply_sql_transformation", "apply_transformation", "linear_regression",
        "boosted_decision_tree_regression", "two_class_logistic_regression", "two_class_boosted_decision_tree", "train_model",
        "score_model", "evaluate_model", "execute_python_script",
    }  # fmt: skip


@pytest.mark.parametrize("path", PIPELINES, ids=lambda path: path.stem)
def test_a_sample_pipeline_is_written_as_documents_are_and_uses_a_pipeline_parameter(path):
    content = json.loads(path.read_text())
    pipeline, findings = document.read(content)
    assert findings == ()
    assert path.read_text() == document.write(content)
    assert pipeline
    assert set(content) == {"format", "name", "description", "parameters", "nodes", "settings", "layout", "notes"}
    used = {value["parameter"] for node in pipeline.nodes.values() for value in node.parameters.values()
            if isinstance(value, dict) and value.keys() == {"parameter"}}  # fmt: skip
    assert used == set(pipeline.parameters)
    assert used


@pytest.mark.parametrize("path", PIPELINES, ids=lambda path: path.stem)
def test_a_sample_pipeline_has_no_findings_against_the_library(path):
    pipeline, _ = document.read(json.loads(path.read_text()))
    assert pipeline
    specs = {module.stem: read_module(module.read_text(), module.stem)[0] for module in MODULES}
    findings = validate(
        pipeline,
        lambda reference: specs.get(reference.partition("@")[0]),
        lambda reference: PortType.TABLE if reference.partition("@")[0] in datasets.SAMPLES else None,
    )
    assert findings == ()


@pytest.mark.parametrize("path", PIPELINES, ids=lambda path: path.stem)
def test_the_cards_and_notes_of_a_sample_lie_on_the_grid_and_cover_nothing(path):
    content = json.loads(path.read_text())
    assert content["layout"].keys() == content["nodes"].keys()
    boxes = [(id_, x, y, NODE_WIDTH, NODE_HEIGHT) for id_, (x, y) in content["layout"].items()]
    boxes += [(note["id"], note["x"], note["y"], note["width"], note["height"]) for note in content["notes"]]
    assert len(content["notes"]) in (2, 3, 4)
    assert all(value % GRID == 0 for _, x, y, *_ in boxes for value in (x, y))
    for place, (one, x, y, width, height) in enumerate(boxes):
        for other, x2, y2, width2, height2 in boxes[place + 1 :]:
            apart = x + width <= x2 or x2 + width2 <= x or y + height <= y2 or y2 + height2 <= y
            assert apart, (one, other)
    for id_, node in content["nodes"].items():
        for source in node.get("inputs", {}).values():
            assert content["layout"][source.partition(".")[0]][1] < content["layout"][id_][1], (source, id_)


def test_the_regression_sample_compares_two_good_models(run_sample):
    results = run_sample("regression_two_learners")
    assert len(results["clean"]["cleaned_dataset"]) == len(results["split"]["results_dataset1"]) + len(
        results["split"]["results_dataset2"]
    )
    evaluation = results["evaluate"]["evaluation_results"]
    assert (evaluation["kind"], evaluation["label"]) == ("regression", "price")
    accuracy = [model["metrics"]["Coefficient of Determination"] for model in evaluation["models"]]
    assert len(accuracy) == 2
    assert min(accuracy) > 0.7


def test_the_share_of_training_rows_of_the_regression_sample_is_a_parameter(run_sample):
    results = run_sample("regression_two_learners", train_share=0.5)
    first, second = results["split"]["results_dataset1"], results["split"]["results_dataset2"]
    assert abs(len(first) - len(second)) <= 1


def test_the_classification_sample_ranks_customers_well_above_chance(run_sample):
    results = run_sample("binary_classification")
    evaluation = results["evaluate"]["evaluation_results"]
    assert (evaluation["kind"], evaluation["label"], evaluation["positive"]) == ("binary", "churned", "yes")
    assert [model["rows"] for model in evaluation["models"]] == [1500, 1500]
    assert min(model["metrics"]["AUC"] for model in evaluation["models"]) > 0.8
    assert "customer_id" not in results["train_trees"]["trained_model"].features
    assert len(results["summary"]["results_dataset"]) == 14


def test_the_script_sample_predicts_the_second_half_of_the_last_year(run_sample):
    results = run_sample("python_script", trees=60)
    assert results["split"]["results_dataset2"]["date"].min().isoformat() == "2024-07-01T00:00:00"
    (model,) = results["evaluate"]["evaluation_results"]["models"]
    assert model["metrics"]["Coefficient of Determination"] > 0.6
    assert results["weekdays"]["results_dataset"]["store"].to_list() == ["Harbour", "Market Square", "Old Town"]
    assert set(results["weekdays"]["results_dataset"]["best_day"]) <= {"Friday", "Saturday"}


def test_evaluations_of_the_samples_are_strict_json(run_sample):
    for name in ("regression_two_learners", "binary_classification"):
        evaluation = run_sample(name)["evaluate"]["evaluation_results"]
        assert json.loads(json.dumps(evaluation, allow_nan=False)) == evaluation
        assert all(math.isfinite(value) for model in evaluation["models"] for value in model["metrics"].values())
