"""Databases for tests: SQLite in a folder, and PostgreSQL where there is one. Each test gets a migrated one of its own.

A conftest takes these in by importing them.
"""

import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tests.conftest import missing
from tests.postgres import programs, shared, template


@pytest.fixture
def postgres_database() -> Iterator[str]:
    """The URL of a fresh, migrated database."""
    bin_ = programs()
    try:
        import psycopg  # noqa: F401
    except ImportError:
        missing("psycopg")
    if bin_ is None:
        missing("PostgreSQL")
    assert bin_ is not None
    url = shared(bin_)
    name = f"test_{uuid.uuid4().hex[:12]}"
    admin = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE {template(url)}"))
    yield url.rsplit("/", 1)[0] + f"/{name}"
    with admin.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database: of SQLite in the home folder ("") and of PostgreSQL."""
    return str(request.getfixturevalue("postgres_database")) if request.param == "postgresql" else ""
