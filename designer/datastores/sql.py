"""A datastore that is a database: its tables and what a query gives, as Arrow tables, through SQLAlchemy."""

from designer.datastores.problems import StoreProblem, meaning

TYPE_CHECKING = False  # as in the launcher: this runs in steps
if TYPE_CHECKING:
    from typing import Any

    import pyarrow as pa

CONNECT_SECONDS = 8
ROWS = 10_000
"""Rows that are fetched or written at a time."""

DRIVERS = {"postgresql": "psycopg", "mysql": "pymysql", "mariadb": "pymysql", "mssql": "pyodbc"}


class Base:
    """An open database. `options` are those of its kind, secrets revealed."""

    def __init__(self, options: "dict[str, Any]") -> None:
        import sqlalchemy as sa

        try:
            url = sa.make_url(str(options["url"]))
            if "+" not in url.drivername and url.drivername in DRIVERS:
                url = url.set(drivername=f"{url.drivername}+{DRIVERS[url.drivername]}")
            if options.get("password"):
                url = url.set(password=options["password"])
            timeout = (
                {"connect_timeout": CONNECT_SECONDS}
                if url.get_backend_name() in ("postgresql", "mysql", "mariadb")
                else {}
            )
            self.schema: str | None = options.get("schema") or None
            self.engine = sa.create_engine(url, connect_args=timeout, pool_size=1)
        except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError) as problem:
            raise StoreProblem("bad_url", f"This is no address of a database: {problem}.", "Write it as dialect://user@host/database.", "url") from problem  # fmt: skip
        except ModuleNotFoundError as problem:
            raise StoreProblem("not_installed", f"The driver {problem.name} is not installed.", "Install it where the server runs.") from problem  # fmt: skip

    def tables(self) -> "list[str]":
        """The tables and views, by name. Raises `StoreProblem`."""
        import sqlalchemy as sa

        try:
            found = sa.inspect(self.engine)
            return sorted([*found.get_table_names(self.schema), *found.get_view_names(self.schema)])
        except Exception as problem:
            raise _meaning(problem) from problem

    def read(self, query: str = "", table: str = "") -> "pa.Table":
        """What a query gives, or a whole table. Raises `StoreProblem`."""
        import pyarrow as pa
        import sqlalchemy as sa

        if table:
            names = table.rpartition(".")
            asked: Any = sa.select(sa.text("*")).select_from(sa.table(names[2], schema=names[0] or self.schema))
        else:
            asked = sa.text(query.replace(":", "\\:"))
        try:
            with self.engine.connect().execution_options(stream_results=True, max_row_buffer=ROWS) as connection:
                result = connection.execute(asked)
                if not result.returns_rows:
                    raise StoreProblem("no_rows", "The query gives no rows.", "Write a SELECT.", "query")
                names_ = _distinct(list(result.keys()))
                columns: list[list[Any]] = [[] for _ in names_]
                for rows in result.partitions(ROWS):
                    for row in rows:
                        for column, value in zip(columns, row, strict=True):
                            column.append(value)
        except StoreProblem:
            raise
        except Exception as problem:
            raise _meaning(problem) from problem
        return pa.table([_array(column) for column in columns], names=names_)

    def write(self, table: str, data: "pa.Table", mode: str, rows: int = ROWS) -> int:
        """Write all rows, or none: "append" to a table, "replace" all it holds, or "fail" where it is there. How many.

        A table that is not there is made. Raises `StoreProblem`.
        """
        import sqlalchemy as sa

        place, _, name = table.rpartition(".")
        schema = place or self.schema
        try:
            there = sa.inspect(self.engine).has_table(name, schema=schema)
            if there and mode == "fail":
                raise StoreProblem(
                    "exists", f"There is a table {table} already.", "Append to it, replace it, or choose another name."
                )
            with self.engine.begin() as connection:
                if there and mode == "replace":
                    sa.Table(name, sa.MetaData(), schema=schema, autoload_with=connection).drop(connection)
                    there = False
                if there:
                    goal = sa.Table(name, sa.MetaData(), schema=schema, autoload_with=connection)
                    lacking = [column for column in data.column_names if column not in goal.c]
                    if lacking:
                        raise StoreProblem("no_column", f"The table {table} has no column {lacking[0]}.", "Rename or leave out that column, or replace the table.")  # fmt: skip
                else:
                    goal = sa.Table(
                        name, sa.MetaData(), *(sa.Column(f.name, _sql_type(f.type)) for f in data.schema), schema=schema
                    )
                    goal.create(connection)
                for batch in data.to_batches(max_chunksize=max(1, rows)):
                    if batch.num_rows:
                        connection.execute(goal.insert(), batch.to_pylist())
        except StoreProblem:
            raise
        except Exception as problem:
            raise _meaning(problem) from problem
        return int(data.num_rows)

    def close(self) -> None:
        """Let go of it."""
        self.engine.dispose()


def _distinct(names: "list[str]") -> "list[str]":
    found: list[str] = []
    for name in names:
        number, fresh = 2, name
        while fresh in found:
            fresh, number = f"{name}_{number}", number + 1
        found.append(fresh)
    return found


def _array(values: "list[Any]") -> "Any":
    """The values in the narrowest type that holds all; what Arrow has no type for as text."""
    import decimal

    import pyarrow as pa

    kinds = {type(value) for value in values if value is not None}
    if decimal.Decimal in kinds and kinds <= {decimal.Decimal, int, float}:
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    if kinds == {int, float}:
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        return pa.array([None if value is None else str(value) for value in values], pa.string())


def _sql_type(kind: "Any") -> "Any":
    import pyarrow as pa
    import sqlalchemy as sa

    if pa.types.is_boolean(kind):
        return sa.Boolean()
    if pa.types.is_integer(kind):
        return sa.BigInteger()
    if pa.types.is_floating(kind):
        return sa.Double()
    if pa.types.is_decimal(kind):
        return sa.Numeric(kind.precision, kind.scale)
    if pa.types.is_date(kind):
        return sa.Date()
    if pa.types.is_timestamp(kind):
        return sa.DateTime(timezone=kind.tz is not None)
    if pa.types.is_time(kind):
        return sa.Time()
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return sa.LargeBinary()
    return sa.Text()


def _meaning(problem: BaseException) -> StoreProblem:
    text = str(getattr(problem, "orig", None) or problem)
    for sign, code, message, cure in (
        ("does not exist", "not_found", "There is no such database, table or column.", "Look at the name."),
        ("no such table", "not_found", "There is no such table.", "Look at the name."),
        ("syntax error", "bad_query", "The query cannot be understood by the database.", "Mend it."),
    ):
        if sign in text:
            return StoreProblem(code, message, f"{cure} The database said: {' '.join(text.split())[:300]}")
    return meaning(problem)
