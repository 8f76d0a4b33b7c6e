"""The schema: made by migrations, the same as the tables say, never taken backwards."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from designer.errors import Conflict
from designer.store import migrations
from designer.store.database import Database, open_database
from designer.store.migrations import HEAD, KNOWN, migrate, revision, upgrade
from designer.store.tables import metadata


@pytest.fixture
def database(fresh_url: str, tmp_path: Path) -> Iterator[Database]:
    """A database that was made by this version."""
    found = open_database(fresh_url, tmp_path)
    migrate(found, tmp_path)
    yield found
    found.close()


@pytest.fixture
def migrated(fresh_url: str, tmp_path: Path) -> Iterator[Database]:
    """A database that all migrations ran on."""
    found = open_database(fresh_url, tmp_path)
    upgrade(found)
    yield found
    found.close()


def test_the_migrations_make_what_the_tables_say(migrated: Database) -> None:
    with migrated.read() as t:
        assert compare_metadata(MigrationContext.configure(t), metadata) == []
    assert revision(migrated) == HEAD


def test_on_sqlite_even_checks_and_conditions_are_the_same(tmp_path: Path) -> None:
    found = []
    for make in ("upgrade", "migrate"):
        folder = tmp_path / make
        folder.mkdir()
        database = open_database("", folder)
        if make == "upgrade":
            upgrade(database)
        else:
            migrate(database, folder)
        with database.read() as t:
            rows = t.execute(
                sa.text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'")
            )
            found.append({row.name: parts(row.sql) for row in rows})
        database.close()

    assert found[0] == found[1]


def parts(sql: str) -> list[str]:
    """The parts of a CREATE statement in any order, without differences of layout."""
    text = re.sub(r"\s+", " ", sql.replace('"', "")).strip()
    return sorted(part.strip() for part in re.split(r",(?![^()]*\))|\(|\)$", text))


def test_the_newest_migration_is_the_one_that_the_code_knows() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    scripts = ScriptDirectory.from_config(config)

    assert scripts.get_current_head() == HEAD
    assert {one.revision for one in scripts.walk_revisions()} == set(KNOWN)


def test_migrating_again_changes_nothing(database: Database, tmp_path: Path) -> None:
    migrate(database, tmp_path)

    assert revision(database) == HEAD


def test_a_newer_schema_is_refused_plainly(database: Database, tmp_path: Path) -> None:
    with database.write("turn") as t:
        t.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(Conflict, match=r"newer version of Designer \(schema 9999"):
        migrate(database, tmp_path)


def test_an_older_file_is_copied_before_it_is_migrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = open_database("", tmp_path)
    migrate(database, tmp_path)
    with database.write("turn") as t:
        t.execute(sa.text("UPDATE alembic_version SET version_num = '0000'"))
    monkeypatch.setattr(migrations, "KNOWN", ("0000", *KNOWN))
    monkeypatch.setattr("alembic.command.upgrade", lambda *_: None)

    migrate(database, tmp_path)

    (copy,) = tmp_path.glob("designer-schema-0000-*.db")
    with open_database(f"sqlite:///{copy}", tmp_path).read() as t:
        assert t.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() == "0000"


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = open_database("", tmp_path)
    versions = tmp_path / "migrations"
    versions.mkdir()
    here = Path(migrations.__file__).parent
    last = max(here.glob("versions/*.py"))
    for file in (here / "env.py", *here.glob("versions/*.py")):
        target = versions / file.relative_to(here)
        target.parent.mkdir(exist_ok=True)
        text = file.read_text()
        broken = text.replace(
            "def upgrade() -> None:",
            "def upgrade() -> None:\n    change()\n    raise ZeroDivisionError\n\n\ndef change() -> None:",
        )
        target.write_text(broken if file == last else text)
    monkeypatch.setattr(migrations, "__file__", str(versions / "__init__.py"))

    with pytest.raises(ZeroDivisionError):
        upgrade(database)

    with database.read() as t:
        assert sa.inspect(t).get_table_names() == []
