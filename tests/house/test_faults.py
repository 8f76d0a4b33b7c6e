"""No transaction and no outside effect without its crash points: `tests/crash` can only end what has a name."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from designer.faults import WRITES, Point

ROOT = Path(__file__).resolve().parents[2]

EFFECTS = {
    "designer/artifacts/store.py": ["self._put_folder("],
    "designer/conductor/conductor.py": ["self._inst.bus.publish(found)"],
    "designer/conductor/hands.py": ["targets.start(", ".stop(", ".clean(", "self._write_folder(", "take_in("],
    "designer/conductor/jobs.py": [".start(Job(", ".clean(", "self._inst.bus.publish(", "write_json("],
    "designer/targets/process.py": ["subprocess.Popen(", "write_json(os.path.join(folder, HANDLE)"],
}
"""Calls that do something outside, by a part of their text: a point stands before and after each."""


def calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield node


def literal(call: ast.Call) -> str:
    assert call.args, ast.unparse(call)
    assert isinstance(call.args[0], ast.Constant), f"the name of {ast.unparse(call)} is written out"
    return str(call.args[0].value)


def test_every_transaction_has_a_name_of_its_own() -> None:
    names = Counter(
        literal(call)
        for path in sorted(ROOT.glob("designer/**/*.py"))
        for call in calls(path)
        if ast.unparse(call.func).endswith(("store.write", "database.write"))
    )

    assert set(names) == set(WRITES)
    assert [name for name, count in names.items() if count > 1] == []


def test_every_point_stands_in_one_place() -> None:
    names = Counter(
        literal(call)
        for path in sorted(ROOT.glob("designer/**/*.py"))
        if path.name != "faults.py"
        for call in calls(path)
        if ast.unparse(call.func) == "crashpoint"
    )

    assert set(names) == set(get_args(Point))
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize(("file", "effect"), [(file, effect) for file, found in EFFECTS.items() for effect in found])
def test_every_effect_has_a_point_before_and_after(file: str, effect: str) -> None:
    tree = ast.parse((ROOT / file).read_text())
    done = 0
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        inside = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
        points = [call.lineno for call in inside if ast.unparse(call.func) == "crashpoint"]
        for call in inside:
            name = ast.unparse(call.func)
            if name.endswith(effect.partition("(")[0]) and effect in ast.unparse(call):
                done += 1
                assert min(points, default=1 << 30) < call.lineno < max(points, default=0), f"{file}:{call.lineno}"
    assert done, f"{file} does not do {effect} any more: bring this table up to date"
