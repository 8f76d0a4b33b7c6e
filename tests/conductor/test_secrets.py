"""A step is given its secrets, and nothing of them is left: not on disk, not in the database, not in what the server says."""

import base64
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from designer.actions import logs, pipelines, plans, runs, secrets
from designer.contract.pipelines import Validate
from designer.contract.plans import PlanRun
from designer.contract.secrets import PutSecret
from designer.errors import Invalid
from designer.installation import Installation
from designer.launcher.masking import spellings
from designer.store.tables import metadata
from designer.targets.process import ProcessTarget
from tests.conductor.conftest import Conducted, conducting
from tests.home import document, home, wait_for

CANARY = 'S3cr3t-"K\\a&n/a rie+n-4711'

CHATTY = '''"""Chatty

Says its secret in every way.
"""
import base64
import json
import os
import subprocess
import sys
import urllib.parse

from designer import step
from designer.module import Metrics, ModuleError, Secret

CATEGORY = "Test"


def run(*, key: Secret, other: Secret = "", end: str = "well", digest: str = "") -> Metrics:
    import hashlib

    assert hashlib.sha256(key.encode()).hexdigest() == digest
    here = os.listdir("..")
    assert "secrets.json" not in here, here
    print(key)
    print(repr(key), json.dumps({"key": key}), urllib.parse.quote(key), base64.b64encode(("user:" + key).encode()).decode())
    half = len(key) // 2
    os.write(1, key[:half].encode())
    os.write(1, key[half:].encode() + b"\\n")
    for letter in key:
        os.write(2, letter.encode())
    os.write(2, b"\\n")
    print(key, file=sys.stderr)
    subprocess.run([sys.executable, "-c", "import os; print('from a child:', os.environ['IT'])"], env={**os.environ, "IT": key})
    for at in range(2000):
        print("line", at, key if at % 100 == 0 else "")
    step.tag("key", key)
    step.tag(key, "value")
    step.progress(0.5, f"with {key}")
    step.log_metric(key, 1)
    step.log_figure("figure", {"title": key})
    step.log_table("table", {"keys": [key]})
    if end == "raise":
        raise ValueError("it does not work with " + key)
    if end == "module error":
        raise ModuleError(3, "No such thing: " + key, "Do without " + key)
    if end == "exit":
        sys.exit("leaving with " + key)
    if end == "huge":
        raise ValueError(key * 20_000)
    if end == "crash":
        os.kill(os.getpid(), 9)
    return {"ok": True}
'''


def digest() -> str:
    return hashlib.sha256(CANARY.encode()).hexdigest()


def chatty(**more: Any) -> dict[str, Any]:
    parameters = {"key": {"secret": "canary"}, "digest": digest(), **more}
    return document({"a": {"module": "chatty@1", "parameters": parameters}})


def found(data: bytes) -> list[bytes]:
    return [one for one in spellings(CANARY) if one in data]


def nowhere(inst: Installation, run: str) -> None:
    """Every file of the home, every row, and every answer about the run."""
    for file in inst.settings.home.rglob("*"):
        if file.is_file() and not file.is_symlink():
            assert found(file.read_bytes()) == [], file
    with inst.store.read() as t:
        for table in metadata.sorted_tables:
            for row in t.execute(sa.select(table)):
                assert found(json.dumps(list(row), default=str, ensure_ascii=False).encode()) == [], table.name
    said = [
        runs.get_run(inst, run).model_dump_json(),
        runs.run_events(inst, run, 0).model_dump_json(),
        *(logs.read_log(inst, run, "a", stream, 0, 1_000_000).model_dump_json() for stream in ("stdout", "stderr")),
    ]
    for text in said:
        assert found(text.encode()) == []


@pytest.mark.parametrize("warm", [True, False], ids=["warm", "cold"])
@pytest.mark.parametrize("end", ["well", "raise", "module error", "exit", "huge", "crash"])
def test_a_secret_that_is_said_in_every_way_is_nowhere(tmp_path: Path, end: str, warm: bool) -> None:
    with home(tmp_path, modules={"chatty": CHATTY}) as inst:
        target = inst.targets["local"]
        assert isinstance(target, ProcessTarget)
        if not warm:
            target._fork_servers.clear()
        secrets.put_secret(inst, "canary", PutSecret(value=CANARY))
        with conducting(inst) as conducted:
            run = conducted.run(chatty(end=end))
            step = run.steps["a"]
            assert step.status == ("completed" if end == "well" else "failed"), str(step.error)
            log = logs.read_log(inst, run.id, "a", "stdout", 0, 1_000_000).text
            assert log.startswith("***\n")
            assert "from a child: ***\n" in log
            assert "line 1999" in log
            assert step.tags["key"] == "***"
            if end == "raise":
                assert step.error is not None
                assert step.error.message == "it does not work with ***"
            conducted.assert_invariants(run)
            nowhere(inst, run.id)
            folder = inst.attempts / step.attempt
            assert [one for one in os.listdir(folder) if one.endswith(".pipe") or one == "secrets.json"] == []
            assert json.loads((folder / "job.json").read_text())["secrets"] == ["canary"]


def test_a_run_that_names_an_unknown_secret_is_refused_with_what_to_do(conducted: Conducted, tmp_path: Path) -> None:
    with home(tmp_path / "other", modules={"chatty": CHATTY}) as inst:
        with pytest.raises(Invalid) as refused:
            plans.plan_run(inst, PlanRun(document=chatty()))
        said = pipelines.validate_document(inst, Validate(document=chatty()))

    assert [(one.code, one.node, one.parameter) for one in refused.value.findings] == [("unknown_secret", "a", "key")]
    assert [one.code for one in said.findings] == ["unknown_secret"]


def test_a_step_is_known_by_the_version_of_its_secret(tmp_path: Path) -> None:
    with home(tmp_path, modules={"chatty": CHATTY}) as inst, conducting(inst) as conducted:
        secrets.put_secret(inst, "canary", PutSecret(value=CANARY))
        first = conducted.run(chatty())
        again = conducted.run(chatty())
        secrets.put_secret(inst, "canary", PutSecret(value=CANARY))
        other = conducted.run(chatty())
        job = json.loads((inst.attempts / other.steps["a"].attempt / "job.json").read_text())

    assert [run.steps["a"].status for run in (first, again, other)] == ["completed", "reused", "completed"]
    assert job["parameters"]["key"] == {"secret": "canary", "version": 2}


def test_a_secret_deleted_before_a_step_starts_fails_it_with_what_to_do(tmp_path: Path) -> None:
    nodes = {
        "w": {"module": "wait@1", "parameters": {"until": str(tmp_path / "go")}},
        "a": {"module": "chatty@1", "parameters": {"key": {"secret": "canary"}, "digest": digest()}, "after": ["w"]},
    }
    with home(tmp_path, modules={"chatty": CHATTY}) as inst, conducting(inst) as conducted:
        secrets.put_secret(inst, "canary", PutSecret(value=CANARY))
        run = conducted.submit(document(nodes))
        conducted.until(run, "w", "running")
        secrets.delete_secret(inst, "canary")
        (tmp_path / "go").touch()
        error = conducted.ended(run).steps["a"].error

    assert error is not None
    assert 'There is no secret "canary"' in error.message
    assert "PUT /api/secrets/canary" in error.cure


def test_what_a_step_was_given_is_not_on_disk_while_it_runs(tmp_path: Path) -> None:
    source = CHATTY.replace(
        "    print(key)\n", "    import pathlib, time\n    while not pathlib.Path(end).exists(): time.sleep(0.02)\n", 1
    )
    with home(tmp_path, modules={"chatty": source}) as inst, conducting(inst) as conducted:
        secrets.put_secret(inst, "canary", PutSecret(value=CANARY))
        run = conducted.submit(chatty(end=str(tmp_path / "go")))
        attempt = conducted.until(run, "a", "running").steps["a"].attempt
        wait_for("the values to be taken", lambda: not (inst.attempts / attempt / "secrets.json").exists())
        nowhere(inst, run.id)
        (tmp_path / "go").touch()
        assert conducted.ended(run).status == "completed"


def test_base64_is_found_at_every_place() -> None:
    for ahead in ("", "u", "us", "use"):
        assert found(base64.b64encode(f"{ahead}{CANARY}".encode()))
