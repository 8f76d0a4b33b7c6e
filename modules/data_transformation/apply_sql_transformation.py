# /// script
# dependencies = ["polars>=1.30"]
# ///
"""Apply SQL Transformation

Runs an SQL query over up to three datasets, which it knows as the tables `t1`, `t2` and `t3`.

Use it to filter, group, join and compute where SQL says it shortest. The dialect is SQLite's, with its date and window
functions. Several statements may follow each other, each ended by `;`; the result is that of the last one. Column names with
blanks or dashes stand in double quotes. Dates are ISO texts to SQL, and dates again in the result.

Roles of columns (feature, label, score) are lost; mark them again with *Edit Metadata*.

*Example:*

    SELECT make, count(*) AS cars, avg(price) AS mean_price
    FROM t1 WHERE "fuel-type" = 'gas' GROUP BY make ORDER BY mean_price DESC
"""

import sqlite3
from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any

import polars as pl

from designer.module import Code, Help, Label, ModuleError, with_roles

CATEGORY = "Data Transformation"
TAGS = ("sql", "query", "group by", "filter", "aggregate", "sqlite")


def run(
    t1: Annotated[pl.DataFrame, Label("t1")],
    t2: Annotated[pl.DataFrame | None, Label("t2")] = None,
    t3: Annotated[pl.DataFrame | None, Label("t3")] = None,
    *,
    query: Annotated[Code, Label("SQL query script"), Help("sql")] = "SELECT * FROM t1",
) -> Annotated[pl.DataFrame, Label("Results dataset")]:
    tables = {name: table for name, table in (("t1", t1), ("t2", t2), ("t3", t3)) if table is not None}
    database = sqlite3.connect(":memory:", detect_types=sqlite3.PARSE_DECLTYPES)
    try:
        for name, table in tables.items():
            _store(database, name, table)
        names, rows = _execute(database, query, tables)
    finally:
        database.close()
    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    result = [_series(name, values, tables) for name, values in zip(_each_its_own(names), columns, strict=True)]
    return with_roles(pl.DataFrame(result), {})


def _store(database: sqlite3.Connection, name: str, table: pl.DataFrame) -> None:
    """Make the table; booleans are kept as 0 and 1, dates as ISO text, under a type that brings them back."""
    if not table.width:
        raise ModuleError(3, f"Table {name} has no columns.", "Check the step before.")
    columns = [_stored(column) for column in table]
    definition = ", ".join(f"{_quoted(column.name)} {_sql_type(table[column.name].dtype)}" for column in columns)
    places = ", ".join("?" * len(columns))
    try:
        database.execute(f"CREATE TABLE {name} ({definition})")
        database.executemany(f"INSERT INTO {name} VALUES ({places})", pl.DataFrame(columns).iter_rows())
    except (sqlite3.Error, OverflowError) as problem:
        raise ModuleError(2, f"Table {name} does not fit into SQLite: {problem}.",
                          "It takes up to 2,000 columns, whose names differ not only in case, and whole numbers below 2^63.") from problem  # fmt: skip


def _sql_type(kind: pl.DataType) -> str:
    if kind.is_integer():
        return "INTEGER"
    if kind.is_float() or kind.is_decimal():
        return "REAL"
    return {pl.Boolean: "BOOLEAN", pl.Date: "DAY", pl.Datetime: "MOMENT", pl.Binary: "BLOB"}.get(
        kind.base_type(), "TEXT"
    )


def _stored(column: pl.Series) -> pl.Series:
    kind = column.dtype
    if kind == pl.Date:
        return column.dt.strftime("%Y-%m-%d")
    if kind == pl.Datetime:
        if kind.time_zone:
            column = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        return column.dt.cast_time_unit("us").dt.strftime("%Y-%m-%d %H:%M:%S%.f")
    if kind.is_decimal():
        return column.cast(pl.Float64)
    if kind in (pl.Categorical, pl.Enum, pl.Time):
        return column.cast(pl.String)
    if kind.is_nested() or kind in (pl.Duration, pl.Object):
        raise ModuleError(17, f'Column "{column.name}" holds {kind}, which SQL cannot keep.', "Leave it out.")
    return column


def _read_as(convert: Any) -> Any:
    """A reader of stored values; what a query made of them since may not fit, and is text then."""

    def read(value: bytes) -> Any:
        try:
            return convert(value.decode())
        except ValueError:
            return value.decode(errors="replace")

    return read


sqlite3.register_converter("BOOLEAN", _read_as(lambda text: bool(int(text))))
sqlite3.register_converter("DAY", _read_as(date.fromisoformat))
sqlite3.register_converter("MOMENT", _read_as(datetime.fromisoformat))


def _execute(database: sqlite3.Connection, query: str, tables: dict[str, pl.DataFrame]) -> tuple[list[str], list[Any]]:
    """Run each statement; return the column names and rows of the last one that gives rows."""
    names: list[str] | None = None
    rows: list[Any] = []
    try:
        for statement in _statements(query):
            cursor = database.execute(statement)
            if cursor.description is not None:
                names, rows = [column[0] for column in cursor.description], cursor.fetchall()
    except (sqlite3.Error, sqlite3.Warning, OverflowError) as problem:
        known = "; ".join(f"{name}({', '.join(table.columns[:20])})" for name, table in tables.items())
        raise ModuleError(2, f"The query failed: {problem}.", f"The tables are {known}.") from problem
    if names is None:
        raise ModuleError(2, "The query gives no rows.", "End it with a SELECT.")
    return names, rows


def _statements(query: str) -> Iterable[str]:
    """The statements of a script, cut at each `;` that ends one."""
    begun = ""
    for part in query.split(";"):
        begun += part + ";"
        if sqlite3.complete_statement(begun):
            if begun.strip(" \t\r\n;"):
                yield begun
            begun = ""
    if begun.strip(" \t\r\n;"):
        yield begun.removesuffix(";")


def _series(name: str, values: Iterable[Any], tables: dict[str, pl.DataFrame]) -> pl.Series:
    """The column in the type of its values; without any, in that of the column of this name."""
    values = list(values)
    kinds = {type(value) for value in values} - {type(None)}
    if not kinds:
        known = [table[name].dtype for table in tables.values() if name in table.columns]
        return pl.Series(name, values, dtype=known[0] if known else pl.String)
    for kind, dtype in (
        ({bool}, pl.Boolean), ({int}, pl.Int64), ({int, bool}, pl.Int64), ({int, float}, pl.Float64), ({float}, pl.Float64),
        ({bytes}, pl.Binary), ({date}, pl.Date), ({datetime}, pl.Datetime("us")),
    ):  # fmt: skip
        if kinds == kind:
            return pl.Series(name, values, dtype=dtype, strict=False)
    text = [None if value is None else value if isinstance(value, str) else str(value) for value in values]
    return _dates_again(pl.Series(name, text, dtype=pl.String), tables) if kinds == {str} else pl.Series(name, text)


def _dates_again(text: pl.Series, tables: dict[str, pl.DataFrame]) -> pl.Series:
    """What `max(day)` and the like gave as text is a date, if all of it stands in one date column of the tables."""
    for table in tables.values():
        for column in table:
            if column.dtype in (pl.Date, pl.Datetime) and text.is_in(_stored(column).implode()).all():
                kind = column.dtype
                return (
                    text.str.to_date()
                    if kind == pl.Date
                    else text.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us")
                )
    return text


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _each_its_own(names: list[str]) -> list[str]:
    """The names, where one that is there again gets `_2`, `_3` ..."""
    result: list[str] = []
    for name in names:
        own, number = name, 1
        while own in result or (number > 1 and own in names):
            number += 1
            own = f"{name}_{number}"
        result.append(own)
    return result
