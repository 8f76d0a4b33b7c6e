"""PostgreSQL restarts or drops its connections while runs go on: requests are told to come again, nothing is lost."""

import signal
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from designer.actions import sessions, system
from designer.app import create_app
from designer.contract.runs import Run
from designer.errors import Unavailable
from tests.conductor.conftest import Conducted, conducting
from tests.conftest import missing
from tests.home import chain, home, wait_for
from tests.postgres import Server, postgres, programs


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server of this module's own, since it is ended again and again."""
    bin_ = programs()
    if bin_ is None:
        missing("PostgreSQL")
    assert bin_ is not None
    with postgres(bin_) as found:
        yield found


@pytest.fixture
def conducted(server: Server, tmp_path: Path) -> Iterator[Conducted]:
    name = f"away_{uuid.uuid4().hex[:8]}"
    admin = sa.create_engine(server.url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    admin.dispose()
    with home(tmp_path, server.url.rsplit("/", 1)[0] + f"/{name}") as inst, conducting(inst) as found:
        yield found


def persist(ask: Callable[[], Run]) -> Run:
    """What a client does that is told to come again."""

    def try_once() -> Run | None:
        try:
            return ask()
        except Unavailable:
            return None

    found: Run = wait_for("an answer", try_once)
    return found


def check(conducted: Conducted, made: list[Run]) -> None:
    """All runs completed, each step in one attempt, and all that was said of them holds."""
    for run in made:
        ended = persist(lambda run=run: conducted.ended(run, 120))
        assert ended.status == "completed"
        assert {step.attempts for step in ended.steps.values()} == {1}
        conducted.assert_invariants(ended)


def test_ten_restarts_under_load_lose_nothing(conducted: Conducted, server: Server) -> None:
    made = [conducted.submit(chain(12), regenerate=True) for _ in range(3)]

    for _ in range(10):
        server.end(signal.SIGQUIT)
        server.start()
        made.append(persist(lambda: conducted.submit(chain(2), regenerate=True)))

    check(conducted, made)
    wait_for(
        "the notice to go", lambda: [one for one in system.notices(conducted.inst) if one.code == "database"] == []
    )


def test_connections_that_are_dropped_again_and_again_lose_nothing(conducted: Conducted, server: Server) -> None:
    ended = threading.Event()
    dropped: list[int] = []

    def drop() -> None:
        admin = sa.create_engine(server.url, isolation_level="AUTOCOMMIT")
        query = sa.text(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname LIKE 'away_%' AND pid <> pg_backend_pid()"
        )
        while not ended.wait(0.3):
            with admin.connect() as connection:
                dropped.append(connection.execute(query).scalar_one())
        admin.dispose()

    thread = threading.Thread(target=drop)
    thread.start()
    try:
        made = [persist(lambda: conducted.submit(chain(4), regenerate=True)) for _ in range(3)]
        wait_for("connections to be dropped", lambda: sum(dropped) > 10)
    finally:
        ended.set()
        thread.join(30)

    check(conducted, made)


def test_requests_are_told_to_come_again_while_it_is_away(conducted: Conducted, server: Server) -> None:
    run = conducted.run(chain(1))
    client = create_app(conducted.inst).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {sessions.token(conducted.inst.settings.home)}"
    server.end(signal.SIGQUIT)

    answer = client.get(f"/api/runs/{run.id}")

    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) <= 10
    assert "does not answer" in answer.get_json()["title"]
    server.start()
    wait_for("an answer", lambda: client.get(f"/api/runs/{run.id}").status_code == 200)
