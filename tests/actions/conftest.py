"""What tests of actions share: an installation on each database, without a conductor."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from designer.contract.events import Event
from designer.installation import Installation
from tests.databases import database_url, postgres_database
from tests.home import home

__all__ = ["database_url", "postgres_database"]


@pytest.fixture
def inst(tmp_path: Path, database_url: str) -> Iterator[Installation]:
    """An installation."""
    with home(tmp_path, database_url) as found:
        yield found


@pytest.fixture
def told(inst: Installation) -> list[Event]:
    """All events that are published, as they come."""
    found: list[Event] = []
    inst.bus.subscribe(found.extend)
    return found
