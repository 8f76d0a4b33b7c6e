"""One pipeline whose steps run on four kinds of machines, drawn and watched in the browser: tables pass from each to the next."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.canvas import card
from tests.browser.pictures import both
from tests.browser.pipelines import document, made, open_editor
from tests.docker_engine import Engine
from tests.machine import PYTHON, Machine
from tests.redis import redis_server
from tests.running import Server
from tests.targets.conftest import docker, tables
from tests.targets.test_ssh import machine, session_machine
from tests.workers import NAME, Worker

__all__ = ["docker", "machine", "session_machine", "tables"]

MODULES = {
    "harvest": '''"""Harvest

Makes a table.
"""
import polars as pl

CATEGORY = "Test"


def run(*, rows: int = 1000) -> pl.DataFrame:
    return pl.DataFrame({"n": range(rows), "word": [f"apple {n}" for n in range(rows)]})
''',
    "double": '''"""Double

Doubles a column, and says where.
"""
import platform
import polars as pl

CATEGORY = "Test"


def run(table: pl.DataFrame) -> pl.DataFrame:
    print("doubled by", platform.node())
    return table.with_columns(pl.col("n") * 2)
''',
}
STEPS = {"wash": ("docker", "boxes"), "sort": ("ssh", "garden"), "pack": ("celery", NAME)}
"""Which step runs on which kind of target, and what that is called."""


@pytest.fixture
def server(
    tmp_path: Path, docker: Engine, tables: dict[str, Any], machine: Machine, need: Callable[..., str]
) -> Iterator[Server]:
    """A server with a Docker engine, a machine that is reached by SSH, and a worker that hears through Redis."""
    modules = tmp_path / "modules" / "test"
    modules.mkdir(parents=True)
    for name, source in MODULES.items():
        (modules / f"{name}.py").write_text(source)
    running = Server(
        tmp_path / "home", environment={"DESIGNER_MODULES": str(tmp_path / "modules"), "DESIGNER_SAMPLES": "0"}
    )
    with redis_server(need("redis-server")) as redis:
        running.start()
        options = {
            "boxes": {"engine": docker.url, "pull": "never", "build_network": "none", **tables},
            "garden": machine.options(python=PYTHON, folder=f"~/{tmp_path.name}"),
            NAME: {"broker": redis.url},
        }
        for kind, name in STEPS.values():
            about = {"name": name, "kind": kind, "slots": 2, "options": options[name]}
            running.call("POST", "/api/targets", about)
        token = running.call("POST", f"/api/targets/{NAME}/tokens")["token"]
        worker = Worker(running.url, token, tmp_path / "worker").start()
        yield running
        worker.end()
        running.end()


def test_a_run_goes_over_four_kinds_of_machines(page: Page, server: Server) -> None:
    nodes: dict[str, Any] = {"harvest": {"module": "harvest@1", "name": "Harvest"}}
    before = "harvest"
    for node, (_, target) in STEPS.items():
        nodes[node] = {
            "module": "double@1",
            "name": node.title(),
            "inputs": {"table": f"{before}.result"},
            "target": target,
        }
        before = node
    nodes["count"] = {"module": "double@1", "name": "Count", "inputs": {"table": f"{before}.result"}}
    layout = {node: [0, 120 * place] for place, node in enumerate(nodes)}
    pipeline = made(server, document(nodes, layout, name="Four kinds of machines"))
    for kind, name in STEPS.values():  # what a person is told before the first step
        found = server.call("GET", f"/api/targets/{name}")
        tested = server.call("POST", "/api/targets/test", {"kind": kind, "name": name, "options": found["options"]})
        assert not [finding for finding in tested["findings"] if finding["severity"] == "error"], (name, tested)

    open_editor(page, server, pipeline)
    for node, (_, target) in STEPS.items():
        expect(card(page, node.title()).get_by_text(target, exact=True)).to_be_visible()
    page.get_by_role("button", name="Run", exact=True).click()

    expect(card(page, "Count").get_by_text(re.compile(r"1.?000\s*×\s*2"))).to_be_visible(timeout=240_000)
    run = server.call("GET", f"/api/runs?pipeline={pipeline}")["items"][0]["id"]
    steps = server.call("GET", f"/api/runs/{run}")["steps"]
    assert {node: (step["status"], step["target"]) for node, step in steps.items()} == {
        "harvest": ("completed", "local"),
        **{node: ("completed", target) for node, (_, target) in STEPS.items()},
        "count": ("completed", "local"),
    }
    both(page, "machines")
    log = {node: server.call("GET", f"/api/runs/{run}/steps/{node}/logs/stdout")["text"] for node in (*STEPS, "count")}
    assert all("doubled by" in text for text in log.values()), log

    # Each doubled what the one before made.
    page.goto(f"{server.url}/targets")
    for _, target in STEPS.values():
        expect(page.get_by_role("article", name=target).get_by_text("Nothing runs here now")).to_be_visible()
    digest = steps["count"]["outputs"]["result"]["digest"]
    preview = server.wait_for(
        "the preview",
        lambda: (now := server.call("GET", f"/api/artifacts/{digest}/preview"))["status"] == "ready" and now,
    )
    (column,) = [one for one in preview["content"]["columns"] if one["name"] == "n"]
    assert column["max"] == 999 * 16
