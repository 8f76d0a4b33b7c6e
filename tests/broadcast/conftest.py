"""A team: two real servers of one home and one PostgreSQL, and a Redis between them."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.databases import postgres_database  # noqa: F401 - a fixture
from tests.home import write_modules
from tests.live.watching import Viewer, sign_in
from tests.redis import Server as Redis
from tests.redis import redis_server
from tests.running import Server


@pytest.fixture(scope="session")
def redis_program(need: Callable[..., str]) -> str:
    return need("redis-server")


@pytest.fixture(scope="session")
def one_redis(redis_program: str) -> Iterator[Redis]:
    with redis_server(redis_program) as server:
        yield server


@pytest.fixture
def redis(one_redis: Redis) -> Redis:
    """A Redis that runs and holds nothing."""
    one_redis.empty()
    return one_redis


@dataclass
class Team:
    """Servers of one home and one database."""

    home: Path
    environment: dict[str, str]
    servers: list[Server] = field(default_factory=list)
    shaken: bool = False  # whether its database was killed, of which the pool of connections logs tracebacks

    def start(self, count: int = 2) -> "Team":
        """Start so many, at the same time."""
        made = [Server(self.home, environment=self.environment) for _ in range(count)]
        self.servers += made
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(Server.start, made))
        return self

    def end(self) -> None:
        for server in self.servers:
            server.end()

    def leader(self) -> Server:
        """The server that conducts."""
        return self.wait_for("a leader", lambda: self._by(True))

    def follower(self) -> Server:
        """A server that stands by, while another one conducts."""
        leader = self.leader()
        return next(one for one in self.alive() if one is not leader)

    def alive(self) -> list[Server]:
        return [one for one in self.servers if one.process is not None and one.process.poll() is None]

    def _by(self, leads: bool) -> Server | None:
        for one in self.alive():
            engine = one.call("GET", "/api/system")["engine"]
            if engine is not None and engine["here"] is leads:
                return one
        return None

    def wait_for(self, what: str, condition: Callable[[], Any]) -> Any:
        return self.servers[0].wait_for(what, condition)

    def submit(self, at: Server, document: dict[str, Any]) -> str:
        return str(at.call("POST", "/api/runs", {"document": document})["id"])

    def ended(self, at: Server, run: str) -> dict[str, Any]:
        """The run, once it has ended."""

        def look() -> dict[str, Any] | None:
            found: dict[str, Any] = at.call("GET", f"/api/runs/{run}")
            return found if found["status"] in ("completed", "failed", "canceled") else None

        found: dict[str, Any] = self.wait_for("the end of the run", look)
        return found


@pytest.fixture
def team(tmp_path: Path, postgres_database: str) -> Iterator[Callable[..., Team]]:  # noqa: F811 - the fixture
    """Make a team; without `redis` its servers look into the database."""
    made: list[Team] = []

    def make(redis: str = "", database: str = "") -> Team:
        environment = {
            "DESIGNER_DATABASE": database or postgres_database, "DESIGNER_REDIS": redis, "DESIGNER_SAMPLES": "0",
            "DESIGNER_MODULES": str(write_modules(tmp_path)), "DESIGNER_WARM": "plain", "DESIGNER_KEEP_COPIES": "0",
        }  # fmt: skip
        made.append(Team(tmp_path / "home", environment))
        return made[-1]

    yield make
    for one in made:
        one.end()
    assert any(one.shaken for one in made) or "Traceback" not in (tmp_path / "server.log").read_text()


class Watcher:
    """A browser that watches a run, and the list of runs, in a thread of its own."""

    def __init__(self, server: Server) -> None:
        self.viewer = Viewer(server, sign_in(server)).open()
        assert self.viewer.refusal is None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)

    def watch(self, *rooms: str) -> "Watcher":
        """Join rooms, and take in what comes."""
        for room in rooms:
            answer = self.viewer.ask("join", {"room": room}, seconds=30)
            assert answer is not None
            assert "error" not in answer, answer
            self.joined = answer
        self._thread.start()
        return self

    def _read(self) -> None:
        self.viewer.read(600, self._ended.is_set)

    def seqs(self, run: str) -> list[int]:
        """The seqs of the events of a run that came after it was joined."""
        mine = [event for event in list(self.viewer.events) if event.get("run") == run and "seq" in event]
        return [event["seq"] for event in mine if event["seq"] > (self.joined["seq"] or 0)]

    def close(self) -> None:
        self._ended.set()
        self._thread.join(10)
        self.viewer.close()


@pytest.fixture
def watch() -> Iterator[Callable[..., Watcher]]:
    """Watch rooms at a server."""
    made: list[Watcher] = []

    def begin(server: Server, *rooms: str) -> Watcher:
        made.append(Watcher(server))
        return made[-1].watch(*rooms)

    yield begin
    for one in made:
        one.close()
