"""The schema's history (Alembic), and bringing a database up to it."""

import time
from pathlib import Path

import sqlalchemy as sa

from designer.errors import Conflict
from designer.store.database import Database

HEAD = "0001"
"""The newest migration: what this version of Designer reads and writes."""

KNOWN = ("0001",)


def migrate(database: Database) -> None:
    """Bring the schema to `HEAD`, in one transaction. An SQLite file that holds data is copied first.

    Raises `Conflict` where the schema is newer than this version of Designer.
    """
    found = revision(database)
    if found == HEAD:
        return
    if found is not None and found not in KNOWN:
        raise Conflict(
            f"This data was last used by a newer version of Designer (schema {found}, this version knows {HEAD}).",
            cure="Install that version again, or go back to a backup.",
        )
    if found is not None and database.file is not None:
        database.copy(database.file.with_name(f"{database.file.stem}-{found}-{int(time.time())}.db"))
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    with database.write() as transaction:
        config.attributes["connection"] = transaction
        command.upgrade(config, HEAD)


def revision(database: Database) -> str | None:
    """The migration a database is at; None for an empty one."""
    with database.read() as transaction:
        if not sa.inspect(transaction).has_table("alembic_version"):
            return None
        return transaction.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
