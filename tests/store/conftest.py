"""What tests of the store share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from designer.store.database import Database, open_database
from designer.store.migrations import migrate
from tests.databases import database_url, fresh_url, postgres_database

__all__ = ["database_url", "fresh_url", "postgres_database"]


@pytest.fixture
def database(database_url: str, tmp_path: Path) -> Iterator[Database]:
    """A migrated, empty database."""
    found = open_database(database_url, tmp_path)
    migrate(found, tmp_path)
    yield found
    found.close()
