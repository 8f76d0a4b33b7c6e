"""Several servers of one PostgreSQL: what one does the others show, and what one leaves the others take up."""

import json
import signal
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from designer.sdk import find_server
from tests.broadcast.conftest import Team, Watcher
from tests.conductor.test_runs import go, starts, wait_node
from tests.conftest import missing
from tests.home import chain, document
from tests.postgres import postgres, programs
from tests.redis import Server as Redis
from tests.running import Server

Make = Callable[..., Team]
Watch = Callable[..., Watcher]


@pytest.mark.parametrize("through", ["redis", "the database"])
def test_a_run_submitted_at_one_is_watched_at_the_other_without_gap_or_double(
    team: Make, watch: Watch, redis: Redis, tmp_path: Path, through: str
) -> None:
    servers = team(redis.url if through == "redis" else "").start()
    leader, follower = servers.leader(), servers.follower()
    nodes = {"a": wait_node(tmp_path, "a"), **{f"n{i}": wait_node(tmp_path, f"n{i}", "a") for i in range(3)}}
    for name in ("n0", "n1", "n2"):
        go(tmp_path, name)
    run = servers.submit(follower, document(nodes))
    watchers = [watch(server, "runs", f"run:{run}") for server in (leader, follower)]
    servers.wait_for("the first step", lambda: starts(tmp_path, "a"))

    go(tmp_path, "a")

    ended = servers.ended(follower, run)
    assert ended["status"] == "completed"
    for watcher in watchers:
        servers.wait_for("the last event", lambda one=watcher: one.seqs(run)[-1:] == [ended["seq"]])
        assert watcher.seqs(run) == list(range(watcher.joined["seq"] + 1, ended["seq"] + 1))
        servers.wait_for(
            "the list of runs to show it",
            lambda one=watcher: any(
                e["kind"] == "listed" and e["item"]["status"] == "completed" for e in list(one.viewer.events)
            ),
        )
    stored = follower.call("GET", f"/api/runs/{run}/events?after=0")["items"]
    assert [event["seq"] for event in stored] == list(range(1, ended["seq"] + 1))


def test_a_cancel_at_the_server_that_does_not_conduct_ends_the_step(team: Make, redis: Redis, tmp_path: Path) -> None:
    servers = team(redis.url).start()
    follower = servers.follower()
    run = servers.submit(follower, document({"a": wait_node(tmp_path, "a"), "b": wait_node(tmp_path, "b", "a")}))
    servers.wait_for("the step", lambda: starts(tmp_path, "a"))

    follower.call("POST", f"/api/runs/{run}/cancel")

    ended = servers.ended(servers.leader(), run)
    assert ended["status"] == "canceled"
    assert starts(tmp_path, "b") == 0


def test_leaders_are_killed_again_and_again_and_each_step_starts_once(
    team: Make, watch: Watch, redis: Redis, tmp_path: Path
) -> None:
    servers = team(redis.url).start()
    names = [f"s{number}" for number in range(4)]
    nodes = {name: wait_node(tmp_path, name, names[place - 1] if place else "") for place, name in enumerate(names)}
    run = servers.submit(servers.follower(), document(nodes))
    for name in names[:3]:
        servers.wait_for(f"step {name}", lambda one=name: starts(tmp_path, one))
        killed, heir = servers.leader(), servers.follower()
        killed.end(kill=True)
        go(tmp_path, name)
        servers.wait_for("the other to take over", lambda one=heir: servers.leader() is one)
        servers.servers.remove(killed)
        servers.start(1)
    go(tmp_path, names[3])

    ended = servers.ended(servers.follower(), run)
    counts = {name: starts(tmp_path, name) for name in names}
    epoch = servers.leader().call("GET", "/api/system")["engine"]["epoch"]
    print(f"leaders killed: 3; epoch {epoch}; starts by step: {counts}")
    assert ended["status"] == "completed"
    assert set(counts.values()) == {1}
    assert epoch >= 4  # more where the machine is so slow that a lease ends
    stored = servers.leader().call("GET", f"/api/runs/{run}/events?after=0")["items"]
    assert [event["seq"] for event in stored] == list(range(1, ended["seq"] + 1))


def notices(server: Server) -> set[str]:
    return {notice["code"] for notice in server.call("GET", "/api/system")["notices"]}


def test_without_redis_all_goes_on_and_says_so(team: Make, watch: Watch, redis: Redis, tmp_path: Path) -> None:
    servers = team(redis.url).start()
    follower = servers.follower()
    servers.wait_for("Redis to be there", lambda: "redis" not in notices(follower))
    run = servers.submit(follower, document({"a": wait_node(tmp_path, "a"), "b": wait_node(tmp_path, "b", "a")}))
    watcher = watch(follower, f"run:{run}")
    servers.wait_for("the step", lambda: starts(tmp_path, "a"))

    redis.end(signal.SIGKILL)
    servers.wait_for("the notice", lambda: "redis" in notices(follower))
    go(tmp_path, "a")
    servers.wait_for("the next step", lambda: starts(tmp_path, "b"))
    redis.start()
    servers.wait_for("the notice to go", lambda: "redis" not in notices(follower))
    go(tmp_path, "b")

    ended = servers.ended(follower, run)
    assert ended["status"] == "completed"
    servers.wait_for("the last event", lambda: watcher.seqs(run)[-1:] == [ended["seq"]])
    assert watcher.seqs(run) == list(range(watcher.joined["seq"] + 1, ended["seq"] + 1))


def test_postgresql_restarts_while_steps_run(team: Make, redis: Redis, tmp_path: Path) -> None:
    bin_ = programs()
    if bin_ is None:
        missing("PostgreSQL")
    assert bin_ is not None
    with postgres(bin_) as database:
        servers = team(redis.url, database=database.url).start()
        follower = servers.follower()
        run = servers.submit(follower, document({"a": wait_node(tmp_path, "a"), "b": wait_node(tmp_path, "b", "a")}))
        servers.wait_for("the step", lambda: starts(tmp_path, "a"))

        servers.shaken = True
        database.end(signal.SIGQUIT)
        go(tmp_path, "a")
        database.start()

        servers.wait_for("the next step", lambda: starts(tmp_path, "b"))
        go(tmp_path, "b")
        assert servers.ended(follower, run)["status"] == "completed"
        assert (starts(tmp_path, "a"), starts(tmp_path, "b")) == (1, 1)
        servers.end()


def upload(server: Server, name: str) -> dict[str, Any]:
    token = (server.home / "token").read_text().strip()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/csv"}
    request = urllib.request.Request(
        f"{server.url}/api/datasets?name={name}&file_name={name}.csv", b"a,b\n1,2\n", headers
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def test_what_is_uploaded_at_one_is_looked_at_at_the_other(team: Make, watch: Watch, redis: Redis) -> None:
    servers = team(redis.url).start()
    for first, second in ((servers.leader(), servers.follower()), (servers.follower(), servers.leader())):
        shows_what_is_uploaded(servers, watch, first, second)


def shows_what_is_uploaded(servers: Team, watch: Watch, first: Server, second: Server) -> None:
    watcher = watch(second, "datasets")
    made = upload(first, f"cars{first.port}")
    look = f"/api/datasets/{made['id']}"
    servers.wait_for("the upload to be read", lambda: second.call("GET", look)["latest"]["status"] == "ready")
    digest = second.call("GET", look)["latest"]["digest"]
    found = servers.wait_for(
        "the preview",
        lambda: (one := second.call("GET", f"/api/artifacts/{digest}/preview"))["status"] == "ready" and one,
    )
    assert found["content"]
    servers.wait_for(
        "the other's viewers to be told",
        lambda: any(e["kind"] == "dataset" and e["id"] == made["id"] and e["item"]["latest"]["status"] == "ready"
                    for e in list(watcher.viewer.events)),
    )  # fmt: skip


def test_clients_find_a_server_as_long_as_there_is_one(team: Make) -> None:
    servers = team().start()
    first, second = servers.servers
    first.end()

    assert find_server(first.home) is not None
    assert servers.submit(second, chain(2))
    second.end()
    assert find_server(first.home) is None


def test_a_home_that_servers_share_is_not_restored_meanwhile(team: Make) -> None:
    from designer.errors import Conflict
    from designer.installation import lock_home

    servers = team().start()
    for server in servers.servers:
        with pytest.raises(Conflict), lock_home(server.home):
            raise AssertionError("it was free")
        server.end()
    with lock_home(servers.home):
        pass
