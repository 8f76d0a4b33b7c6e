"""Metrics, figures and small tables that steps report."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from designer.store.database import Transaction, insert, insert_new
from designer.store.tables import metrics, reports


@dataclass(frozen=True)
class Point:
    """One value of a metric. `line` says where the attempt wrote it, so that reading it twice keeps it once."""

    attempt: str
    line: int
    name: str
    position: int
    value: float | None
    at: float


@dataclass(frozen=True)
class Report:
    """A figure or a small table."""

    attempt: str
    kind: str  # "figure" or "table"
    name: str
    body: Any


def add(t: Transaction, points: Sequence[Point]) -> None:
    """Keep points; those known stay as they are."""
    if points:
        t.execute(insert_new(t, metrics), [vars(point) for point in points])


def keep_reports(t: Transaction, found: Sequence[Report]) -> None:
    """Keep figures and tables; one of the same name is replaced."""
    if found:
        statement = insert(t, reports)
        replace = statement.on_conflict_do_update(
            index_elements=["attempt", "kind", "name"], set_={"body": statement.excluded.body}
        )
        t.execute(replace, [vars(one) for one in found])


def of_attempt(t: Transaction, attempt: str) -> list[Point]:
    """The points of an attempt, in the order they were reported."""
    query = sa.select(metrics).where(metrics.c.attempt == attempt).order_by(metrics.c.line)
    return [Point(**row) for row in t.execute(query).mappings()]


def reports_of(t: Transaction, attempt: str) -> list[Report]:
    """The figures and tables of an attempt."""
    query = sa.select(reports).where(reports.c.attempt == attempt).order_by(reports.c.kind, reports.c.name)
    return [Report(**row) for row in t.execute(query).mappings()]
