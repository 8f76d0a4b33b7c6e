"""Environments in the browser: named from a text, built with a log that can be read meanwhile, chosen for a step."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.canvas import card, select
from tests.browser.pictures import both
from tests.browser.pipelines import document, kept, made, open_editor
from tests.environments.packages import slow, wheel
from tests.running import Server

MODULE = '''# /// script
# dependencies = ["patient"]
# ///
"""Use a Package"""
import patient
from designer.module import Metrics


def run() -> Metrics:
    return {"package": patient.__name__}
'''


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The builds of the package `patient` end when this file is there."""
    return tmp_path_factory.mktemp("gate") / "go"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, gate: Path) -> Iterator[Server]:
    """A server whose packages come from a folder."""
    folder = tmp_path_factory.mktemp("environments")
    packages, modules = folder / "packages", folder / "modules" / "test"
    packages.mkdir()
    modules.mkdir(parents=True)
    (modules / "use_a_package.py").write_text(MODULE)
    wheel(packages, "tiny", "1.0")
    wheel(packages, "tiny", "2.0", requires=["little>=1"])
    wheel(packages, "little", "1.5")
    for name in ("numpy", "pyarrow", "cloudpickle"):  # what the launcher itself needs
        wheel(packages, name)
    slow(packages, "patient", folder / "began", gate)
    offline = {"DESIGNER_PACKAGE_FOLDER": str(packages), "DESIGNER_PACKAGE_OFFLINE": "1"}
    mine = {"DESIGNER_MODULES": str(folder / "modules"), "UV_CACHE_DIR": str(folder / "cache")}
    running = Server(folder / "home", environment={**offline, **mine, "DESIGNER_SAMPLES": "0"})
    running.start()
    yield running
    running.end()


def test_a_named_environment_is_built_while_one_watches_and_chosen_for_a_step(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/environments")
    expect(page.get_by_role("heading", name="The server's own Python")).to_be_visible()
    expect(page.get_by_text("polars", exact=True)).to_be_visible()

    # What is wrong is said before anything is made.
    page.get_by_role("button", name="New environment").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Old")
    expect(dialog.get_by_text("Begin with a small letter")).to_be_visible()
    dialog.get_by_label("Name").fill("old-tiny")
    dialog.get_by_label("Packages").fill("tiny == ==1\n")
    expect(dialog.get_by_role("listitem").first).to_be_visible()
    create = dialog.get_by_role("button", name="Create and build")
    expect(create).to_be_disabled()
    dialog.get_by_label("Packages").fill("tiny==2.*\n")
    expect(dialog.get_by_text("1 package asked for")).to_be_visible()
    both(page, "environment-new")
    create.click()

    # It is built, and its exact versions stand there.
    expect(page.get_by_role("heading", name="old-tiny")).to_be_visible()
    ready = page.get_by_role("navigation", name=re.compile("Environments")).get_by_text("5 packages")
    expect(ready).to_be_visible(timeout=60_000)
    page.get_by_role("tab", name="Build log").click()
    expect(page.get_by_text(re.compile("little")).first).to_be_visible()
    page.get_by_role("tab", name="Packages").click()
    expect(page.get_by_text("little", exact=True)).to_be_visible()
    both(page, "environment")

    # A node can name it.
    pipeline = made(server, document({"rows": {"module": "enter_data_manually@1"}}, {"rows": [0, 0]}))
    open_editor(page, server, pipeline)
    select(page, "Enter Data Manually")
    page.get_by_role("tab", name="Run").click()
    page.get_by_label("Environment", exact=True).select_option("old-tiny")
    server.wait_for("the choice", lambda: kept(server, pipeline)["nodes"]["rows"].get("environment") == "old-tiny", 10)
    page.goto(f"{server.url}/environments/old-tiny")
    page.get_by_role("tab", name="Used by").click()
    expect(page.get_by_role("link", name="A test")).to_be_visible()


def test_a_step_that_waits_for_its_environment_says_so(page: Page, server: Server, gate: Path) -> None:
    pipeline = made(server, document({"use": {"module": "use_a_package@1"}}, {"use": [0, 0]}))
    open_editor(page, server, pipeline)
    page.get_by_role("button", name="Run", exact=True).click()
    waiting = card(page, "Use a Package").get_by_text(re.compile("environment", re.IGNORECASE))
    expect(waiting).to_be_visible(timeout=30_000)
    run = server.call("GET", f"/api/runs?pipeline={pipeline}")["items"][0]["id"]
    page.goto(f"{server.url}/environments")
    page.get_by_role("link", name=re.compile("patient")).click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.get_by_role("button", name="Stop the build")).to_be_visible()
    expect(page.get_by_role("log", name="Log of the build")).to_contain_text("uv pip")
    page.get_by_role("tab", name="Packages").click()
    both(page, "environment-building")

    gate.write_text("go")
    expect(page.get_by_role("button", name="Build again")).to_be_visible(timeout=60_000)
    server.wait_for("the end", lambda: server.call("GET", f"/api/runs/{run}")["status"] == "completed", 60)
