"""The schema's history (Alembic), and bringing a database up to it."""

import time
from pathlib import Path

import sqlalchemy as sa

from designer.errors import Conflict
from designer.store.database import Database
from designer.store.tables import metadata

HEAD = "0003"
"""The newest migration: what this version of Designer reads and writes."""

ALONE = 7_362_119
"""The lock of PostgreSQL under which the schema is changed."""

KNOWN = ("0001", "0002", "0003")


def migrate(database: Database, backups: Path) -> None:
    """Bring the schema to `HEAD`, in one transaction. An SQLite file that holds data is copied into `backups` first.

    The copy of the migration before is removed then. Raises `Conflict` where the schema is newer than this version.
    """
    found = revision(database)
    if found == HEAD:
        return
    refuse_newer(found)
    if found is not None and database.file is not None:
        older = list(backups.glob("designer-schema-*.db"))
        database.copy(backups / f"designer-schema-{found}-{int(time.time())}.db")
        for file in older:
            file.unlink(missing_ok=True)
    if found is None:  # an empty database gets the tables of today; tests hold them against the migrations
        with database.write("create_schema") as transaction:
            if _revision_when_alone(transaction) is not None:  # another server was as quick
                return
            metadata.create_all(transaction)
            transaction.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
            transaction.execute(sa.text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})
    else:
        upgrade(database)


def refuse_newer(found: str | None) -> None:
    """Raise `Conflict` where a schema is one that this version of Designer does not know."""
    if found is not None and found not in KNOWN:
        raise Conflict(
            f"This data was last used by a newer version of Designer (schema {found}, this version knows {HEAD}).",
            cure="Install that version again, or go back to a backup.",
        )


def upgrade(database: Database, to: str = HEAD) -> None:
    """Run the migrations, in one transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    with database.write("migrate") as transaction:
        if _revision_when_alone(transaction) == to:
            return
        config.attributes["connection"] = transaction
        command.upgrade(config, to)


def revision(database: Database) -> str | None:
    """The migration a database is at; None for an empty one."""
    with database.read() as transaction:
        return _revision(transaction)


def _revision(transaction: sa.Connection) -> str | None:
    if not sa.inspect(transaction).has_table("alembic_version"):
        return None
    return transaction.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def _revision_when_alone(transaction: sa.Connection) -> str | None:
    """The migration, once no other server changes it: several may start at once on one PostgreSQL."""
    if transaction.dialect.name == "postgresql":
        transaction.execute(sa.select(sa.func.pg_advisory_xact_lock(ALONE)))
    return _revision(transaction)
