"""What all tests share: a clean environment, and real parts that are skipped on a laptop but must be there in CI."""

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples on every CI run, and no deadline: how long something takes is measured in benchmarks/.
settings.register_profile("laptop", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "laptop")

# Servers started by tests must hear these, also where the tests were started by `nohup` or in the background.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)

for name in [name for name in os.environ if name.startswith("DESIGNER_")]:
    del os.environ[name]


def missing(what: str) -> None:
    """End the test: as skipped on a laptop, as failed in CI, where every part must be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing")
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="session")
def need() -> Callable[..., str]:
    """`need("chromium", "/usr/bin/chromium")` gives the path of a program, or skips or fails the test."""

    def find(program: str, *places: str) -> str:
        found = shutil.which(program) or next((place for place in places if Path(place).exists()), None)
        if found is None:
            missing(program)
        return str(found)

    return find
