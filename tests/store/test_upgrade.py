"""A database of every release comes up to the newest schema, on both databases; cut off anywhere it is still the old one."""

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from designer.actions import runs
from designer.errors import Conflict
from designer.faults import KILLED
from designer.store.database import Database
from designer.store.migrations import HEAD, revision, upgrade
from designer.store.tables import metadata
from tests.home import home

RELEASES = Path(__file__).parent / "releases"
FIRST = (RELEASES / "0001.sql").read_text()
"""A home of the first release: a run of three steps that completed, one that failed, and a draft."""


def sqlite_file(file: Path) -> None:
    """The first release's SQLite database."""
    file.parent.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(file)
    database.executescript(FIRST)
    database.execute("PRAGMA journal_mode=wal")
    database.close()


def postgres_rows(url: str) -> None:
    """The first release's rows in PostgreSQL: its own migration makes the tables, each value in the column's type."""
    source = sqlite3.connect(":memory:")
    source.executescript(FIRST)
    source.row_factory = sqlite3.Row
    database = Database(url)
    upgrade(database, "0001")
    with database.write("migrate") as t:
        tables = sa.MetaData()
        tables.reflect(t)
        for table in tables.sorted_tables:
            if table.name == "alembic_version":
                continue
            rows = [dict(row) for row in source.execute(f"SELECT * FROM {table.name}")]
            for row in rows:
                for column in table.columns:
                    if isinstance(column.type, sa.Boolean) and row[column.name] is not None:
                        row[column.name] = bool(row[column.name])
            if rows:
                t.execute(table.insert(), rows)
    database.close()
    source.close()


def test_the_first_release_comes_up_to_date_and_its_runs_still_load(tmp_path: Path, fresh_url: str) -> None:
    if fresh_url:
        postgres_rows(fresh_url)
    else:
        sqlite_file(tmp_path / "home" / "designer.db")

    with home(tmp_path, fresh_url) as inst:
        assert revision(inst.store) == HEAD
        with inst.store.read() as t:
            assert compare_metadata(MigrationContext.configure(t), metadata) == []
        found = {one.status: runs.get_run(inst, one.id) for one in runs.list_runs(inst).items}
        assert set(found) == {"completed", "failed"}
        good, bad = found["completed"], found["failed"]
        assert (good.name, good.experiment, good.tags) == ("A run of the first release", "First", {"kind": "golden"})
        assert {node: step.status for node, step in good.steps.items()} == dict.fromkeys(
            ("n0", "n1", "n2"), "completed"
        )
        assert all(step.outputs["result"].digest.startswith("sha256:") for step in good.steps.values())
        assert (good.kept, good.deleted) == (False, None)
        error = bad.steps["f"].error
        assert error is not None
        assert error.message == "The number is not there."
        assert [event.seq for event in runs.run_events(inst, good.id, 0).items] == list(range(1, good.seq + 1))
    if not fresh_url:
        (copy,) = (tmp_path / "home" / "backups").glob("designer-schema-0001-*.db")
        with sqlite3.connect(copy) as old:
            assert old.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
            assert old.execute("SELECT count(*) FROM runs").fetchone() == (2,)


def test_a_migration_that_is_killed_leaves_the_old_schema_and_the_next_start_finishes_it(tmp_path: Path) -> None:
    file = tmp_path / "home" / "designer.db"
    sqlite_file(file)
    environment = {**os.environ, "DESIGNER_CRASH_AT": "migrate.before_commit"}
    code = "from pathlib import Path; import sys; from tests.home import home; home(Path(sys.argv[1])).__enter__()"

    ended = subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=environment, check=False, timeout=60,
                           cwd=Path(__file__).parents[2])  # fmt: skip

    assert ended.returncode == KILLED
    with sqlite3.connect(file) as old:
        assert old.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
        assert "deleted" not in [row[1] for row in old.execute("PRAGMA table_info(runs)")]
    with home(tmp_path) as inst:
        assert revision(inst.store) == HEAD
        assert len(runs.list_runs(inst).items) == 2


@pytest.mark.parametrize("command", ["up", "runs", "backup"])
def test_every_command_refuses_a_newer_schema_and_names_both(tmp_path: Path, command: str) -> None:
    with home(tmp_path) as inst, inst.store.write("migrate") as t:
        t.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    more = ["--port", "0", "--no-browser"] if command == "up" else []

    ended = subprocess.run([sys.executable, "-m", "designer.cli", command, *more, "--home", str(tmp_path / "home")],
                           capture_output=True, text=True, timeout=60, check=False, cwd=Path(__file__).parents[2])  # fmt: skip

    assert ended.returncode == 1
    assert re.search(f"schema 9999, this version knows {HEAD}", ended.stderr)
    assert "Traceback" not in ended.stderr


def test_a_backup_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    from designer.actions import backups

    with home(tmp_path) as inst:
        with inst.store.write("migrate") as t:
            t.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        inst.store.copy(tmp_path / "newer.db")
        settings = inst.settings

    with pytest.raises(Conflict, match="schema 9999"):
        backups.restore(settings, tmp_path / "newer.db", replace=True)
