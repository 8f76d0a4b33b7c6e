"""Databases for tests: SQLite in a folder, and PostgreSQL where there is one. Each test gets an empty one.

A conftest takes these in by importing them.
"""

import uuid
from functools import cache
from pathlib import Path

import pytest
import sqlalchemy as sa

from designer.store.database import Database
from designer.store.migrations import migrate
from designer.store.tables import metadata
from tests.conftest import missing
from tests.postgres import programs, shared


def server() -> str:
    """The URL of the maintenance database of this process's server."""
    bin_ = programs()
    try:
        import psycopg  # noqa: F401
    except ImportError:
        missing("psycopg")
    if bin_ is None:
        missing("PostgreSQL")
    assert bin_ is not None
    return shared(bin_)


def create() -> str:
    """Make an empty database; its URL."""
    url, name = server(), f"test_{uuid.uuid4().hex[:12]}"
    admin = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    admin.dispose()
    return url.rsplit("/", 1)[0] + f"/{name}"


@cache
def used_again() -> str:
    """A migrated database that is emptied for each test."""
    url = create()
    database = Database(url)
    migrate(database, Path())
    database.close()
    return url


@pytest.fixture
def postgres_database() -> str:
    """The URL of an empty, migrated database."""
    url = used_again()
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("TRUNCATE " + ", ".join(metadata.tables) + " CASCADE"))
    engine.dispose()
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database: of SQLite in the home folder (""), and of PostgreSQL."""
    return str(request.getfixturevalue("postgres_database")) if request.param == "postgresql" else ""


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database without any table, for this test alone."""
    return create() if request.param == "postgresql" else ""
