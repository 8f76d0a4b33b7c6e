"""What steps report, however they write it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from designer.actions import steps
from designer.conductor import tail
from designer.conductor.live import Attempt
from designer.conductor.tail import read_events
from tests.conductor.conftest import Conducted
from tests.graph.documents import any_json
from tests.home import document


@pytest.fixture
def attempt(tmp_path: Path) -> Attempt:
    return Attempt("att_1", "run_1", "a", "local", tmp_path)


def write(attempt: Attempt, *events: Any) -> None:
    with (attempt.folder / "events.jsonl").open("a") as file:
        for event in events:
            file.write(event if isinstance(event, str) else json.dumps(event) + "\n")


def metric(name: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"event": "metric", "name": name, "value": value, "time": 5.0, **more}


def test_metrics_are_points_and_a_newest_value(attempt: Attempt) -> None:
    write(attempt, metric("loss", 0.5), metric("loss", 0.25), metric("loss", float("nan")), metric("auc", 1, at=7))

    news = read_events(attempt)

    assert [(one.name, one.position, one.value) for one in news.points] == [
        ("loss", 0, 0.5),
        ("loss", 1, 0.25),
        ("loss", 2, None),
        ("auc", 7, 1.0),
    ]
    assert len({one.line for one in news.points}) == 4
    assert attempt.seen.metrics["loss"].recent == (0.5, 0.25, None)
    assert read_events(attempt).points == []


def test_half_a_line_waits_for_its_other_half(attempt: Attempt) -> None:
    write(attempt, metric("a", 1), '{"event": "metric", "na')
    assert len(read_events(attempt).points) == 1

    write(attempt, 'me": "a", "value": 2}\n')

    assert [one.value for one in read_events(attempt).points] == [2.0]


def test_read_again_from_the_beginning_the_points_have_the_same_places(attempt: Attempt, tmp_path: Path) -> None:
    write(attempt, *[metric("a", number) for number in range(50)])
    again = Attempt("att_1", "run_1", "a", "local", tmp_path)

    assert read_events(attempt).points == read_events(again).points


def test_what_is_said_is_cut_to_a_bearable_size(attempt: Attempt) -> None:
    write(
        attempt,
        *[metric(f"m{number}", 1) for number in range(tail.MOST_NAMES + 5)],
        *[{"event": "tag", "key": f"t{number}", "value": "x" * 5_000} for number in range(tail.MOST_TAGS + 5)],
        *[{"event": "figure", "name": f"f{number}", "spec": {}} for number in range(tail.MOST_REPORTS + 5)],
        {"event": "progress", "share": 0.5, "text": "a\x00b\ud800" + "x" * 9_000},
    )

    news = read_events(attempt)

    assert len(attempt.seen.metrics) == tail.MOST_NAMES
    assert len(attempt.seen.tags) == tail.MOST_TAGS
    assert {len(value) for value in attempt.seen.tags.values()} == {tail.LONGEST_TEXT}
    assert len(news.reports) == tail.MOST_REPORTS
    assert attempt.seen.progress_text.startswith("a b xx")
    assert len(attempt.seen.progress_text) == tail.LONGEST_TEXT


def test_a_line_without_end_is_passed_over(attempt: Attempt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "MOST_AT_ONCE", 100)
    monkeypatch.setattr(tail, "LONGEST_LINE", 1_000)
    write(attempt, metric("a", 1), '{"event": "metric", "name": "' + "x" * 5_000 + '"}\n', metric("a", 2))
    found = []

    for _ in range(20):
        found += read_events(attempt).points

    assert [one.value for one in found] == [1.0, 2.0]


@given(st.lists(any_json | st.fixed_dictionaries(
    {"event": st.sampled_from(["metric", "progress", "figure", "table", "tag", "odd"])},
    optional=dict.fromkeys(("name", "value", "at", "share", "text", "spec", "columns", "key", "time"), any_json),
), max_size=5))  # fmt: skip
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_event_is_too_odd(tmp_path_factory: pytest.TempPathFactory, events: list[Any]) -> None:
    attempt = Attempt("att_1", "run_1", "a", "local", tmp_path_factory.mktemp("attempt"))
    write(attempt, *events)

    news = read_events(attempt)

    for report in news.reports:
        json.dumps(report.body, allow_nan=False, ensure_ascii=False).encode()
    json.dumps([vars(point) for point in news.points], allow_nan=False, ensure_ascii=False).encode()
    json.dumps(
        [attempt.seen.progress, attempt.seen.progress_text, dict(attempt.seen.tags)],
        allow_nan=False,
        ensure_ascii=False,
    ).encode()


def test_a_step_that_writes_rubbish_into_its_events_is_not_hurt_by_it(conducted: Conducted, tmp_path: Path) -> None:
    (tmp_path / "library" / "test" / "rubbish.py").write_text('''"""Rubbish

Writes what it likes.
"""
import os

from designer import step
from designer.module import Metrics

CATEGORY = "Test"


def run() -> Metrics:
    with open(os.environ["DESIGNER_STEP_EVENTS"], "ab") as file:
        file.write(b"\\xff\\xfe\\n{}\\n[1]\\nnull\\n" + b"[" * 100_000 + b"\\n" + b'{"event": "metric", "name": "x", "value": 1e999}\\n')
    step.log_metric("good", 1)
    step.log_figure("line", {"mark": "line", "data": {"values": [{"x": float("nan")}]}})
    step.log_table("small", {"a": [1, 2]})
    step.tag("kind", "odd \\ud800")
    print("\\x1b[31mred\\x00")
    return {}
''')
    conducted.inst.library.reload()

    run = conducted.run(document({"a": {"module": "rubbish@1"}}))

    assert run.status == "completed", run.error
    detail = steps.get_step(conducted.inst, run.id, "a")
    assert {one.name: one.value for one in detail.metrics} == {"x": None, "good": 1.0}
    assert detail.figures == [{"name": "line", "spec": {"mark": "line", "data": {"values": [{"x": None}]}}}]
    assert detail.tables == [{"name": "small", "columns": {"a": [1, 2]}}]
    assert list(detail.tags) == ["kind"]
    assert detail.model_dump_json()
    conducted.assert_invariants(run)
