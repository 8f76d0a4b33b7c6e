"""Every edit by hand and by key: each is one step that can be taken back and done again."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.browser.canvas import card, drag, middle, select, take, wire
from tests.browser.pipelines import document, kept, made, open_editor
from tests.running import Server

ROWS = {"format": "CSV", "data": "a,b\n1,2\n3,4\n"}
PAIR = document(
    {
        "rows": {"module": "enter_data_manually@1", "parameters": ROWS},
        "summary": {"module": "summarize_data@1", "inputs": {"dataset": "rows.dataset"}},
    },
    {"rows": [0, 0], "summary": [0, 160]},
)
ALONE = document({"summary": {"module": "summarize_data@1"}}, {"summary": [0, 0]})


def empty_spot(page: Page, right: float = 0.8, down: float = 0.15) -> tuple[float, float]:
    """A place on the canvas where nothing lies, as shares of its width and height."""
    box = page.get_by_role("application", name="Canvas").bounding_box()
    assert box is not None
    return box["x"] + box["width"] * right, box["y"] + box["height"] * down


def chosen(page: Page, node: str) -> Locator:
    """The card of a node, if it is selected."""
    return page.locator(f'[data-card="{node}"][data-selected]')


class Steps:
    """Does edits one after the other, and keeps the document that each one left on the server."""

    def __init__(self, server: Server, pipeline: str) -> None:
        self.server, self.pipeline = server, pipeline
        self.documents = [kept(server, pipeline)]

    def now(self, what: str, true_of: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """Wait until the server has an edit."""

        def look() -> object:
            found = kept(self.server, self.pipeline)
            return found if found != self.documents[-1] and true_of(found) else None

        self.documents.append(self.server.wait_for(what, look, 10))
        return self.documents[-1]


def walk(page: Page, key: str, button: str) -> int:
    """Press a key as often as its button is enabled."""
    presses = 0
    place = page.get_by_role("button", name=button, exact=True)
    while place.is_enabled():
        page.keyboard.press(key)
        presses += 1
        assert presses < 60
    return presses


def test_every_edit_is_undone_and_redone_exactly(page: Page, server: Server) -> None:
    pipeline = made(server, document({}, {}))
    open_editor(page, server, pipeline)
    steps = Steps(server, pipeline)

    take(page, "Enter Data Manually", 380, 60)
    steps.now("the first node", lambda found: len(found["nodes"]) == 1)
    take(page, "Split Data", 380, 220)
    take(page, "Summarize Data", 380, 400)
    added = steps.now("three nodes", lambda found: len(found["nodes"]) == 3)
    rows, split, summary = added["nodes"]

    wire(page, "Enter Data Manually", "dataset", "Split Data", "dataset")
    wire(page, "Split Data", "results_dataset1", "Summarize Data", "dataset")
    steps.now("two wires", lambda found: found["nodes"][summary].get("inputs"))

    select(page, "Split Data")
    field = page.get_by_role("spinbutton", name="Fraction of rows in the first output dataset")
    field.fill("0.75")
    field.press("Enter")
    parameters = steps.now("the parameter", lambda found: found["nodes"][split].get("parameters"))
    assert parameters["nodes"][split]["parameters"]["fraction"] == 0.75

    x, y = middle(card(page, "Summarize Data"))
    drag(page, (x, y), (x + 120, y + 30))
    moved = steps.now("the move", lambda found: found["layout"][summary] != steps.documents[-1]["layout"][summary])
    assert {**moved, "layout": {}} == {**steps.documents[-2], "layout": {}}

    page.mouse.move(*empty_spot(page))
    page.keyboard.press("n")
    page.get_by_role("textbox", name="Note").first.fill("Split **before** anything else")
    page.keyboard.press("Escape")
    steps.now("the note", lambda found: found["notes"] and found["notes"][0]["text"])
    expect(page.locator("[data-note] strong")).to_have_text("before")

    select(page, "Split Data")
    page.keyboard.press("Delete")
    healed = steps.now("the healing", lambda found: split not in found["nodes"])
    assert healed["nodes"][summary]["inputs"] == {"dataset": f"{rows}.dataset"}

    page.mouse.click(*empty_spot(page, 0.2, 0.8))
    page.keyboard.press("Shift+Alt+T")
    tidied = steps.now("the tidying", lambda found: found["layout"] != steps.documents[-1]["layout"])
    assert tidied["nodes"] == healed["nodes"]

    undone = walk(page, "Control+z", "Undo")
    server.wait_for("the first document", lambda: kept(server, pipeline) == steps.documents[0], 10)
    expect(page.locator("[data-card]")).to_have_count(0)
    expect(page.locator("[data-note]")).to_have_count(0)

    redone = walk(page, "Control+y", "Redo")
    server.wait_for("the last document", lambda: kept(server, pipeline) == steps.documents[-1], 10)
    expect(page.locator("[data-card]")).to_have_count(2)
    assert undone == redone
    assert undone >= 10

    # What is undone after a reload is nothing: the draft is as the server has it.
    page.reload()
    expect(card(page, "Summarize Data")).to_be_visible()
    assert kept(server, pipeline) == steps.documents[-1]


def test_two_wired_nodes_are_copied_with_their_wire(page: Page, server: Server) -> None:
    pipeline = made(server, PAIR)
    open_editor(page, server, pipeline)
    expect(card(page, "Summarize Data")).to_be_visible()

    page.keyboard.press("Control+a")
    expect(chosen(page, "summary")).to_be_visible()
    page.keyboard.press("Control+c")
    page.mouse.move(*empty_spot(page, 0.25, 0.5))
    page.keyboard.press("Control+v")

    found = server.wait_for("four nodes", lambda: (now := kept(server, pipeline)) and len(now["nodes"]) == 4 and now)
    new_rows, new_summary = [node for node in found["nodes"] if node not in PAIR["nodes"]]
    if "inputs" in found["nodes"][new_rows]:
        new_rows, new_summary = new_summary, new_rows
    assert found["nodes"][new_summary]["inputs"] == {"dataset": f"{new_rows}.dataset"}
    assert found["nodes"][new_rows]["parameters"] == ROWS
    assert {node: found["nodes"][node] for node in PAIR["nodes"]} == PAIR["nodes"]
    expect(chosen(page, new_summary)).to_be_visible()
    expect(chosen(page, "summary")).to_have_count(0)

    page.keyboard.press("Control+z")
    server.wait_for("the paste undone", lambda: kept(server, pipeline) == PAIR, 10)


def test_a_box_selects_what_it_touches(page: Page, server: Server) -> None:
    third = {
        "nodes": {**PAIR["nodes"], "far": {"module": "split_data@1"}},
        "layout": {**PAIR["layout"], "far": [0, 420]},
    }
    open_editor(page, server, made(server, {**PAIR, **third}))
    top, low = middle(card(page, "Enter Data Manually")), middle(card(page, "Summarize Data"))

    page.mouse.move(top[0] - 200, top[1] - 50)
    page.mouse.down()
    page.mouse.move(top[0], low[1], steps=6)
    page.mouse.up()

    expect(chosen(page, "rows")).to_be_visible()
    expect(chosen(page, "summary")).to_be_visible()
    expect(chosen(page, "far")).to_have_count(0)


def test_an_open_required_port_is_named_on_the_card_in_problems_and_by_run(page: Page, server: Server) -> None:
    pipeline = made(server, ALONE)
    finding = server.call("GET", f"/api/pipelines/{pipeline}")["findings"][0]
    open_editor(page, server, pipeline)

    mark = card(page, "Summarize Data").get_by_text("!", exact=True)
    expect(mark).to_have_attribute("title", re.compile(re.escape(finding["message"])))
    page.get_by_role("button", name="1 problem").click()
    problem = page.get_by_role("tabpanel", name="Problems").get_by_role("listitem")
    expect(problem).to_contain_text(finding["message"])
    expect(problem).to_contain_text("Summarize Data")
    problem.get_by_role("button").click()
    expect(chosen(page, "summary")).to_be_visible()

    # Run refuses, names it, and leads to it.
    page.get_by_role("button", name="Close the drawer").click()
    expect(problem).to_have_count(0)
    page.get_by_role("button", name="Run", exact=True).click()
    refusal = page.get_by_role("alert").filter(has_text=finding["message"])
    refusal.get_by_role("button", name="Show").click()
    expect(problem).to_contain_text(finding["message"])
    assert server.call("GET", f"/api/runs?limit=1&pipeline={pipeline}")["items"] == []

    # The finding goes when its cause goes.
    take(page, "Enter Data Manually", 380, 60)
    wire(page, "Enter Data Manually", "dataset", "Summarize Data", "dataset")
    expect(mark).to_have_count(0)


def test_a_node_is_added_and_a_command_found_by_keys_alone(page: Page, server: Server) -> None:
    pipeline = made(server, document({}, {}))
    open_editor(page, server, pipeline)
    theme = page.locator("html")
    expect(theme).to_have_attribute("data-theme", "light")

    page.keyboard.press("a")
    expect(page.get_by_role("combobox", name="Add a node")).to_be_focused()
    page.keyboard.type("enter data")
    page.keyboard.press("Enter")
    expect(card(page, "Enter Data Manually")).to_be_visible()

    # The next one is wired to the one that is selected.
    page.keyboard.press("a")
    page.keyboard.type("summarize")
    page.keyboard.press("Enter")
    expect(card(page, "Summarize Data")).to_be_visible()
    found = server.wait_for("two nodes", lambda: (now := kept(server, pipeline)) and len(now["nodes"]) == 2 and now)
    rows, summary = found["nodes"]
    assert found["nodes"][summary]["inputs"] == {"dataset": f"{rows}.dataset"}

    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Commands")).to_be_focused()
    page.keyboard.type("light and dark")
    page.keyboard.press("Enter")
    expect(theme).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(theme).to_have_attribute("data-theme", "dark")


def test_an_exported_pipeline_comes_back_equal(page: Page, server: Server, tmp_path: Path) -> None:
    note = {"id": "note", "text": "Kept: **ä €**", "x": 300, "y": 0, "width": 240, "height": 96}
    pipeline = made(server, {**PAIR, "notes": [note], "description": "With a note"})
    open_editor(page, server, pipeline)

    page.keyboard.press("Control+k")
    page.keyboard.type("download as json")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.suffix == ".json"
    assert json.loads(file.read_text()) == kept(server, pipeline)

    page.goto(f"{server.url}/pipelines")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Import", exact=True).click()
    chooser.value.set_files(file)
    page.wait_for_url(re.compile("/pipelines/pip_"))
    expect(card(page, "Summarize Data")).to_be_visible()
    imported = page.url.rsplit("/", 1)[1]
    assert imported != pipeline
    assert kept(server, imported) == kept(server, pipeline)
