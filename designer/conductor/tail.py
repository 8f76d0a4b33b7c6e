"""Reading what a step reports while it runs: metrics, progress, tags, figures, tables. Hostile lines change nothing."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from designer.conductor.live import Attempt
from designer.launcher.result import plainly
from designer.store.metrics import Point, Report
from designer.store.steps import SeenMetric

MOST_AT_ONCE = 1 << 20
LONGEST_LINE = 4 << 20
RECENT = 50
MOST_NAMES = 500
MOST_POINTS = 200_000
"""Points of one metric that are kept; its newest value goes on being shown."""

MOST_REPORTS = 100
MOST_TAGS = 100
LONGEST_NAME = 200
LONGEST_TEXT = 1_000


@dataclass
class News:
    """What was read since the last time."""

    points: list[Point] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    changed: bool = False


def read_events(attempt: Attempt, *, final: bool = False) -> News:
    """Read on in the attempt's events, from its `offset`; brings `offset`, `seen` and `positions` forward."""
    news = News()
    try:
        with open(attempt.folder / "events.jsonl", "rb", opener=plainly) as file:
            while True:
                file.seek(attempt.offset)
                data = file.read(MOST_AT_ONCE)
                end = data.rfind(b"\n") + 1
                if end == 0 and len(data) == MOST_AT_ONCE:
                    data = file.read(LONGEST_LINE)
                    attempt.offset += MOST_AT_ONCE + (data.find(b"\n") + 1 or len(data))  # too long to be read
                    continue
                _read_lines(attempt, data[:end], news)
                attempt.offset += end
                if not final or end == 0:
                    return news
    except OSError:
        return news


def _read_lines(attempt: Attempt, data: bytes, news: News) -> None:
    at = attempt.offset
    for line in data.split(b"\n"):
        if line:
            try:
                event = json.loads(line)
            except (ValueError, RecursionError):
                event = None
            if isinstance(event, dict):
                _take(attempt, event, at, news)
        at += len(line) + 1


def _take(attempt: Attempt, event: Mapping[str, Any], at: int, news: News) -> None:
    seen = attempt.seen
    match event.get("event"):
        case "metric":
            _metric(attempt, event, at, news)
            return
        case "progress":
            share = number(event.get("share"))
            attempt.seen = replace(seen, progress=share, progress_text=text(event.get("text"), LONGEST_TEXT))
        case "tag":
            name = text(event.get("key"))
            if name and (name in seen.tags or len(seen.tags) < MOST_TAGS):
                attempt.seen = replace(seen, tags={**seen.tags, name: text(event.get("value"), LONGEST_TEXT)})
        case "figure" | "table" as kind:
            body = event.get("spec" if kind == "figure" else "columns")
            if isinstance(body, dict) and attempt.reports < MOST_REPORTS:
                attempt.reports += 1
                news.reports.append(Report(attempt.id, kind, text(event.get("name")) or kind, plain(body)))
    news.changed = news.changed or attempt.seen is not seen


def _metric(attempt: Attempt, event: Mapping[str, Any], at: int, news: News) -> None:
    name, seen = text(event.get("name")), attempt.seen
    if not name or (name not in seen.metrics and len(seen.metrics) >= MOST_NAMES):
        return
    value = number(event.get("value"))
    count = attempt.positions.get(name, 0)
    position = event.get("at")
    if not isinstance(position, int) or isinstance(position, bool) or abs(position) > 2**53:
        position = count
    attempt.positions[name] = count + 1
    if count < MOST_POINTS:
        moment = number(event.get("time")) or 0.0
        news.points.append(Point(attempt.id, at, name, position, value, moment))
    old = seen.metrics.get(name)
    recent = ((*old.recent, value) if old else (value,))[-RECENT:]
    attempt.seen = replace(seen, metrics={**seen.metrics, name: SeenMetric(value, count + 1, recent)})
    news.changed = True


def number(value: Any) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if math.isfinite(found) else None


def text(value: Any, limit: int = LONGEST_NAME) -> str:
    """A text that any store and page can hold."""
    if not isinstance(value, str):
        return ""
    return "".join(
        letter if letter >= " " and letter != "\x7f" and not "\ud800" <= letter <= "\udfff" else " "
        for letter in value[:limit]
    ).strip()


def plain(value: Any) -> Any:
    """JSON without NaN, infinities and half characters."""
    match value:
        case float() if not math.isfinite(value):
            return None
        case str():
            return value.encode("utf-8", "replace").decode()
        case dict():
            return {plain(key): plain(item) for key, item in value.items()}
        case list():
            return [plain(item) for item in value]
        case _:
            return value


def progress_interval(age: float) -> float:
    """Seconds between two notices of a step's progress: ten a second at first, one in two seconds when it runs long."""
    return min(2.0, max(0.1, age / 100))
