"""What a server says about itself to those who run it."""

import json
import logging
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from designer.actions import health, sessions
from designer.app import create_app
from designer.errors import Unavailable
from designer.logs import Json, about
from designer.store.database import NoAnswer
from tests.api.conftest import Door
from tests.conductor.conftest import conducting
from tests.databases import database_url, postgres_database  # noqa: F401 - fixtures
from tests.home import chain, home, wait_for


def fine(answer: Any) -> dict[str, bool]:
    return {check["name"]: check["fine"] for check in answer.json["checks"]}


ALL = {"database": True, "schema": True, "disk": True, "artifacts": True}


def test_a_server_that_is_well_is_ready_and_tells_strangers_no_more(door: Door) -> None:
    answer = door.nobody().get("/readyz")

    assert (answer.status_code, answer.json["ready"], fine(answer)) == (200, True, ALL)
    assert {check["message"] for check in answer.json["checks"]} == {""}
    for said in (door.script().get("/readyz").json, door.script().get("/api/health").json):
        assert any(str(door.inst.settings.home) in check["message"] for check in said["checks"])
        assert all(check["message"] for check in said["checks"])


def test_what_is_wrong_is_named(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    door.inst.space.full = True
    shutil.rmtree(door.inst.settings.home / "artifacts")
    monkeypatch.setattr(door.inst.store, "fault", NoAnswer("The database does not answer: it is gone."))

    answer = door.script().get("/readyz")

    assert answer.status_code == 503
    assert fine(answer) == {"database": False, "disk": False, "artifacts": False}
    said = {check["name"]: check for check in answer.json["checks"]}
    assert said["database"]["message"] == "The database does not answer: it is gone."
    assert "designer clean" in said["disk"]["cure"]
    assert door.nobody().get("/readyz").status_code == 503
    assert door.nobody().get("/healthz").status_code == 200


def test_an_older_schema_is_not_ready(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("designer.store.health.HEAD", "9999")

    answer = door.script().get("/readyz")

    assert (answer.status_code, fine(answer)["schema"]) == (503, False)
    assert "this version needs 9999" in str(answer.json)


def test_an_artifact_store_that_hangs_or_fails_is_said_in_time(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    hangs = threading.Event()
    monkeypatch.setattr(health, "STORE_SECONDS", 0.05)
    monkeypatch.setattr(door.inst.artifacts, "is_there", lambda: hangs.wait(60))
    assert "nothing came within" in str(door.script().get("/api/health").json)
    hangs.set()

    def fails() -> None:
        raise Unavailable("The bucket is away.")

    monkeypatch.setattr(health, "STORE_SECONDS", 60.0)
    monkeypatch.setattr(door.inst.artifacts, "is_there", fails)
    assert "The bucket is away." in str(door.script().get("/api/health").json)


LABELS = ("target", "status", "kind", "le")


def values(text: str) -> dict[tuple[str, ...], float]:
    """The samples of a page, by name and labels."""
    return {
        (sample.name, *(sample.labels[name] for name in LABELS if name in sample.labels)): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@contextmanager
def served(folder: Path, database: str = "", **settings: Any) -> Iterator[Door]:
    with home(folder, database, **settings) as inst:
        yield Door(inst, None, create_app(inst))  # type: ignore[arg-type]


def test_metrics_count_what_runs_and_ran(tmp_path: Path, database_url: str) -> None:  # noqa: F811 - the fixture
    with served(tmp_path, database_url, open_metrics=True) as door, conducting(door.inst) as conducted:
        before = values(door.nobody().get("/metrics").text)
        assert conducted.run(chain(3)).status == "completed"
        done = ("designer_steps_ended_total", "local", "completed")
        wait_for("the steps to be counted", lambda: values(door.nobody().get("/metrics").text).get(done) == 3)
        found = values(door.nobody().get("/metrics").text)

    assert before["designer_runs", "completed"] == 0
    assert found["designer_runs", "completed"] == 1
    assert found["designer_steps", "local", "running"] == 0
    assert found["designer_target_slots", "local"] == 2
    assert found["designer_jobs", "preview"] == 0
    assert (found[("designer_leader",)], found[("designer_viewers",)], found[("designer_database_up",)]) == (1, 0, 1)
    for name in ("turn", "commit"):
        assert found[(f"designer_{name}_seconds_count",)] > before[(f"designer_{name}_seconds_count",)]
        assert found[f"designer_{name}_seconds_bucket", "+Inf"] == found[(f"designer_{name}_seconds_count",)]
        assert found[(f"designer_{name}_seconds_sum",)] > 0
    assert 0 < found[("designer_disk_free_bytes",)] <= found[("designer_disk_bytes",)]


def test_metrics_need_the_token_unless_they_are_opened(door: Door) -> None:
    assert door.nobody().get("/metrics").status_code == 401
    assert door.script().get("/metrics").status_code == 200
    assert door.browser().client.get("/metrics").status_code == 200
    assert door.script().post("/metrics").status_code == 405


def test_metrics_come_without_the_database_too(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise NoAnswer

    monkeypatch.setattr(door.inst.store, "read", away)

    found = values(door.script().get("/metrics").text)

    assert found[("designer_database_up",)] == 0
    assert ("designer_turn_seconds_count",) in found


def line(message: str, **more: Any) -> dict[str, str]:
    record = logging.LogRecord("designer.test", logging.WARNING, __file__, 1, message, (), more.get("exc_info"))
    found: dict[str, str] = json.loads(Json().format(record))
    return found


def test_a_line_of_the_log_is_an_object_that_names_what_it_is_about() -> None:
    run, attempt = "run_" + "0" * 20, "att_" + "1" * 20

    with about(run=run, node="a"), about(attempt=attempt):
        found = line('it "hangs"\nagain')
    assert set(found) == {"time", "level", "logger", "message", "run", "node", "attempt"}
    assert (found["message"], found["run"], found["node"], found["attempt"]) == ('it "hangs"\nagain', run, "a", attempt)
    assert found["time"].endswith("Z")

    assert line(f"what {attempt} reports")["attempt"] == attempt
    assert set(line("nothing special")) == {"time", "level", "logger", "message"}
    try:
        raise ValueError("broken")
    except ValueError:
        assert "ValueError: broken" in line("it failed", exc_info=sys.exc_info())["error"]


def test_behind_a_proxy_with_tls_the_public_address_is_our_own_origin(tmp_path: Path) -> None:
    with served(tmp_path, public_url="https://designer.example") as door:
        text = sessions.token(door.inst.settings.home)
        public = {"Host": "designer.example", "Origin": "https://designer.example"}

        into = door.nobody().post("/open", data={"token": text}, headers=public)
        strange = door.nobody().post(
            "/open", data={"token": text}, headers={**public, "Origin": "http://designer.example"}
        )
        local = door.nobody().post("/open", data={"token": text}, headers={"Origin": "http://localhost"})

        assert (into.status_code, strange.status_code, local.status_code) == (303, 403, 303)
        assert "Secure" in into.headers["Set-Cookie"]
        assert "Secure" not in local.headers["Set-Cookie"]
        assert door.nobody().get("/healthz", headers={"Host": "other.example"}).status_code == 421
