"""Compute targets in the browser: added with a form and tried, watched while steps run and wait, chosen for a step."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from designer.targets.ssh_connection import fingerprint
from tests.browser.canvas import card, select
from tests.browser.pictures import both
from tests.browser.pipelines import document, kept, made, open_editor, started
from tests.conftest import missing
from tests.home import MODULES
from tests.machine import USER, lacking, machine
from tests.running import Server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("targets")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    """A server with a module that waits for a file."""
    modules = folder / "modules" / "test"
    modules.mkdir(parents=True)
    (modules / "wait.py").write_text(MODULES["wait"])
    settings = {"DESIGNER_MODULES": str(folder / "modules"), "DESIGNER_SAMPLES": "0", "DESIGNER_SLOTS": "4"}
    running = Server(folder / "home", environment=settings)
    running.start()
    yield running
    running.end()


def choose(page: Page, label: str, target: str) -> None:
    """Take a target from the list of those there are."""
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=target).click()


def test_a_target_is_added_tried_watched_switched_and_deleted(page: Page, server: Server, folder: Path) -> None:
    page.goto(f"{server.url}/targets")
    here = page.get_by_role("article", name="This machine")
    expect(here.get_by_text("4 free slots")).to_be_visible()
    expect(here.get_by_role("meter", name="Memory")).to_be_visible()
    expect(page.get_by_role("heading", name="Steps run on this machine")).to_be_visible()

    # The form is that of the kind; what is wrong is said before anything is kept.
    page.get_by_role("button", name="Add target").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Engine", exact=True)).to_be_visible()
    dialog.get_by_label("Name", exact=True).fill("Boxes")
    expect(dialog.get_by_text("Begin with a small letter")).to_be_visible()
    dialog.get_by_label("Name", exact=True).fill("boxes")
    dialog.get_by_label("Engine", exact=True).fill("unix:///nowhere/docker.sock")
    dialog.get_by_role("button", name="Test connection").click()
    expect(dialog.get_by_role("status").get_by_text("/nowhere/docker.sock").first).to_be_visible(timeout=30_000)
    both(page, "target-new")
    dialog.get_by_role("button", name="Add", exact=True).click()
    boxes = page.get_by_role("article", name="boxes")
    expect(boxes.get_by_text("Takes no steps now")).to_be_visible(timeout=30_000)

    # Another of this machine's, with a limit; a secret goes in and never comes out.
    page.get_by_role("button", name="Add target").click()
    dialog.get_by_role("radio", name="This machine").check(force=True)
    dialog.get_by_label("Name", exact=True).fill("small")
    dialog.get_by_label("Memory limit").fill("800")
    dialog.get_by_label("Slots", exact=True).fill("2")
    dialog.get_by_label("Description").fill("Two at a time")
    dialog.get_by_role("button", name="Test connection").click()
    expect(dialog.get_by_text("It works")).to_be_visible()
    dialog.get_by_role("button", name="Add", exact=True).click()
    small = page.get_by_role("article", name="small")
    expect(small.get_by_text("2 free slots")).to_be_visible()

    # What runs and waits shows itself as it happens.
    waits: dict[str, Any] = {"module": "wait@1", "parameters": {"until": str(folder / "go")}, "reuse": False}
    nodes = {f"a{place}": {**waits, "target": "small", "name": f"Count to {place}"} for place in range(3)}
    nodes["here"] = {**waits, "name": "Sort by hand"}
    nodes["there"] = {**waits, "target": "boxes", "name": "Pack"}
    layout = {node: [240 * place, 0] for place, node in enumerate(nodes)}
    pipeline = made(server, document(nodes, layout, name="Counting"))
    run = started(server, pipeline)
    expect(small.get_by_text("2 of 2 slots taken")).to_be_visible(timeout=30_000)
    expect(small.get_by_text("1 step waits")).to_be_visible()
    expect(small.get_by_text("All slots taken")).to_be_visible()
    expect(here.get_by_role("link", name="Sort by hand")).to_be_visible()
    expect(boxes.get_by_role("link", name="Pack")).to_be_visible(timeout=30_000)
    expect(
        small.get_by_role("listitem").filter(has_text="Count to 0").locator("[class*=since] .numbers")
    ).to_be_visible()
    both(page, "targets")

    # Slots count at once.
    small.get_by_role("button", name="More about small").click()
    page.get_by_role("menuitem", name="Edit").click()
    dialog.get_by_label("Slots", exact=True).fill("3")
    dialog.get_by_role("button", name="Save").click()
    expect(small.get_by_text("3 of 3 slots taken")).to_be_visible(timeout=30_000)
    small.get_by_role("link", name="Count to 0").click()
    expect(page).to_have_url(f"{server.url}/runs/{run}?step=a0")

    # A step that waits for a target says why on its card.
    expect(card(page, "Pack").get_by_text("Waits for the compute target")).to_be_visible(timeout=30_000)
    page.goto(f"{server.url}/targets")
    (folder / "go").write_text("go")
    expect(small.get_by_text("3 free slots")).to_be_visible(timeout=30_000)
    server.call("POST", f"/api/runs/{run}/cancel")
    expect(boxes.get_by_text("Nothing runs here now")).to_be_visible(timeout=30_000)

    # It is switched off and on; one that a pipeline names stays.
    small.get_by_role("button", name="More about small").click()
    page.get_by_role("menuitem", name="Disable").click()
    expect(small.get_by_text("Disabled")).to_be_visible()
    small.get_by_role("button", name="Enable").click()
    expect(small.get_by_text("Ready")).to_be_visible()
    boxes.get_by_role("button", name="More about boxes").click()
    page.get_by_role("menuitem", name="Delete").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text('The target is used by "Counting"')).to_be_visible()
    server.call("DELETE", f"/api/pipelines/{pipeline}")
    boxes.get_by_role("button", name="More about boxes").click()
    page.get_by_role("menuitem", name="Delete").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(boxes).to_have_count(0)


def test_a_pipeline_and_a_step_choose_their_targets(page: Page, server: Server, folder: Path) -> None:
    for name in ("north", "south"):
        server.call("POST", "/api/targets", {"name": name, "kind": "process"})
    server.call("PATCH", "/api/targets/south", {"disabled": True})
    pipeline = made(server, document({"a": {"module": "wait@1", "name": "Look around"}}, {"a": [0, 0]}))
    open_editor(page, server, pipeline)
    choose(page, "Compute target", "north")
    server.wait_for("the choice", lambda: kept(server, pipeline)["settings"].get("target") == "north", 10)

    select(page, "Look around")
    page.get_by_role("tab", name="Run").click()
    expect(page.get_by_role("combobox", name="Compute target")).to_have_value("The pipeline's default")
    choose(page, "Compute target", "south")
    server.wait_for("the choice", lambda: kept(server, pipeline)["nodes"]["a"].get("target") == "south", 10)

    one = card(page, "Look around")
    expect(one.get_by_text("south", exact=True)).to_be_visible()
    expect(one.locator('[title*="is disabled"]')).to_be_visible(timeout=10_000)
    both(page, "target-of-a-step")


def test_the_key_of_a_machine_is_shown_accepted_and_pinned(page: Page, server: Server) -> None:
    if why := lacking():
        missing(why)
    with machine() as far:
        page.goto(f"{server.url}/targets")
        page.get_by_role("button", name="Add target").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("radio", name="A machine over SSH").check(force=True)
        dialog.get_by_label("Name", exact=True).fill("far")
        dialog.get_by_label("Machine", exact=True).fill("127.0.0.1")
        dialog.get_by_label("Port", exact=True).fill(str(far.proxy.port))
        dialog.get_by_label("User", exact=True).fill(USER)
        dialog.get_by_label("Private key", exact=True).fill(far.private_key)

        dialog.get_by_role("button", name="Test connection").click()
        expect(dialog.get_by_role("status").get_by_text(fingerprint(far.host_key))).to_be_visible(timeout=60_000)
        dialog.get_by_role("button", name="Accept this host key").click()
        expect(dialog.get_by_label("Host key", exact=True)).to_have_value(far.host_key)

        dialog.get_by_role("button", name="Test connection").click()
        expect(dialog.get_by_text("It works")).to_be_visible(timeout=60_000)
        dialog.get_by_role("button", name="Add", exact=True).click()
        expect(page.get_by_role("article", name="far").get_by_text("2 free slots")).to_be_visible(timeout=60_000)


def test_a_worker_is_let_in_with_a_token_that_is_shown_once(page: Page, server: Server) -> None:
    options = {"broker": "redis://127.0.0.1:1/0"}
    server.call("POST", "/api/targets", {"name": "farm", "kind": "celery", "options": options})
    page.goto(f"{server.url}/targets")
    farm = page.get_by_role("article", name="farm")

    farm.get_by_role("button", name="More about farm").click()
    page.get_by_role("menuitem", name="New worker").click()

    expect(farm.get_by_text("DESIGNER_WORKER_TOKEN=dwt_")).to_be_visible()
    farm.get_by_role("button", name="Done").click()
    expect(farm.get_by_text("DESIGNER_WORKER_TOKEN=dwt_")).to_have_count(0)
    assert len(server.call("GET", "/api/targets/farm/tokens")["items"]) == 1
