"""Two tabs on one pipeline: a stale write is refused, and the browser resolves it without losing either text."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.canvas import card, middle, select
from tests.browser.pipelines import document, kept, made, open_editor
from tests.running import Server

NOTE = {"id": "note", "text": "before", "x": 300, "y": 0, "width": 240, "height": 96}
START = document(
    {
        "rows": {"module": "enter_data_manually@1", "parameters": {"data": "a,b\n1,2\n"}},
        "summary": {"module": "summarize_data@1", "inputs": {"dataset": "rows.dataset"}},
    },
    {"rows": [0, 0], "summary": [0, 160]},
    notes=[NOTE],
)


@pytest.fixture
def pipeline(server: Server) -> str:
    return made(server, START)


@pytest.fixture
def mine(page: Page, server: Server, pipeline: str) -> Page:
    open_editor(page, server, pipeline)
    expect(card(page, "Summarize Data")).to_be_visible()
    return page


@pytest.fixture
def theirs(mine: Page, server: Server, pipeline: str) -> Page:
    opened = mine.context.new_page()
    open_editor(opened, server, pipeline)
    expect(card(opened, "Summarize Data")).to_be_visible()
    return opened


@contextmanager
def held_back(page: Page) -> Iterator[list[Route]]:
    """The page's saves wait on their way, and arrive when the block ends."""
    held: list[Route] = []
    holding = True

    def hold(route: Route) -> None:
        if holding and route.request.method == "PUT":
            held.append(route)
        else:
            route.continue_()

    page.route("**/api/pipelines/*", hold)
    yield held
    # Let go first: with the last route taken away, the browser lets all go by itself.
    holding = False
    for route in held:
        route.continue_()
    page.unroute("**/api/pipelines/*", hold)


def rename(page: Page, title: str, new: str) -> None:
    """Give a node a name, in its inspector."""
    page.bring_to_front()
    select(page, title)
    inspector = page.get_by_role("complementary", name="Inspector").first
    inspector.get_by_role("button", name=title, exact=True).click()
    field = inspector.get_by_role("textbox", name="Name")
    field.fill(new)
    field.press("Enter")


def write_note(page: Page, text: str) -> None:
    """Write the note again, on the canvas."""
    page.bring_to_front()
    page.mouse.dblclick(*middle(page.locator("[data-note]")))
    area = page.locator("[data-note] textarea")
    area.fill(text)
    area.press("Escape")


def saved(server: Server, pipeline: str, text: str) -> dict[str, Any]:
    """The document once its note says this."""

    def look() -> object:
        found = kept(server, pipeline)
        return found if found["notes"][0]["text"] == text else None

    return dict(server.wait_for(f"a note that says {text}", look, 10))


def clash(mine: Page, theirs: Page, server: Server, pipeline: str) -> None:
    """Both write the same note; theirs reaches the server first."""
    with held_back(mine), mine.expect_request(lambda request: request.method == "PUT"):
        write_note(mine, "mine")
        write_note(theirs, "theirs")
        saved(server, pipeline, "theirs")
    mine.bring_to_front()
    dialog = mine.get_by_role("dialog", name="Changed elsewhere")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("listitem")).to_have_text(["notes/note"])
    assert kept(server, pipeline)["notes"][0]["text"] == "theirs"


def test_edits_of_different_nodes_merge_without_a_word(mine: Page, theirs: Page, server: Server, pipeline: str) -> None:
    answers: list[int] = []
    mine.on("response", lambda answer: answers.append(answer.status) if answer.request.method == "PUT" else None)
    with held_back(mine), mine.expect_request(lambda request: request.method == "PUT"):
        rename(mine, "Enter Data Manually", "My rows")
        rename(theirs, "Summarize Data", "Their summary")
        server.wait_for("their save", lambda: kept(server, pipeline)["nodes"]["summary"].get("name"), 10)

    server.wait_for("my save", lambda: kept(server, pipeline)["nodes"]["rows"].get("name"), 10)
    for page in (mine, theirs):
        expect(card(page, "My rows")).to_be_visible()
        expect(card(page, "Their summary")).to_be_visible()
        expect(page.get_by_role("dialog")).to_have_count(0)
    names = {id_: node["name"] for id_, node in kept(server, pipeline)["nodes"].items()}
    assert names == {"rows": "My rows", "summary": "Their summary"}
    assert 409 in answers

    # My undo takes back mine only.
    mine.bring_to_front()
    mine.keyboard.press("Control+z")
    server.wait_for("my undo", lambda: "name" not in kept(server, pipeline)["nodes"]["rows"], 10)
    assert kept(server, pipeline)["nodes"]["summary"]["name"] == "Their summary"
    expect(card(theirs, "Enter Data Manually")).to_be_visible()


def test_keeping_mine_as_a_copy_keeps_both_texts(mine: Page, theirs: Page, server: Server, pipeline: str) -> None:
    clash(mine, theirs, server, pipeline)

    mine.get_by_role("button", name="Keep mine as a copy").click()
    expect(mine.locator("[data-note]")).to_have_text("theirs")
    expect(mine.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    mine.get_by_role("button", name="Open it").click()
    mine.wait_for_url(lambda url: "/pipelines/" in url and pipeline not in url)

    expect(mine.locator("[data-note]")).to_have_text("mine")
    copy = mine.url.rsplit("/", 1)[1]
    assert kept(server, copy)["notes"][0]["text"] == "mine"
    assert kept(server, pipeline) == {**START, "notes": [{**NOTE, "text": "theirs"}]}


def test_keeping_mine_leaves_theirs_one_undo_away(mine: Page, theirs: Page, server: Server, pipeline: str) -> None:
    clash(mine, theirs, server, pipeline)

    mine.get_by_role("button", name="Keep mine", exact=True).click()
    saved(server, pipeline, "mine")
    expect(theirs.locator("[data-note]")).to_have_text("mine")

    mine.keyboard.press("Control+z")
    saved(server, pipeline, "theirs")
    mine.keyboard.press("Control+y")
    saved(server, pipeline, "mine")


def test_taking_theirs_leaves_mine_one_undo_away(mine: Page, theirs: Page, server: Server, pipeline: str) -> None:
    clash(mine, theirs, server, pipeline)

    mine.get_by_role("button", name="Take theirs").click()
    expect(mine.locator("[data-note]")).to_have_text("theirs")
    assert kept(server, pipeline)["notes"][0]["text"] == "theirs"

    mine.keyboard.press("Control+z")
    saved(server, pipeline, "mine")
    expect(theirs.locator("[data-note]")).to_have_text("mine")


def test_a_conflict_survives_a_reload(mine: Page, theirs: Page, server: Server, pipeline: str) -> None:
    clash(mine, theirs, server, pipeline)

    mine.reload()
    expect(mine.get_by_role("dialog", name="Changed elsewhere")).to_be_visible()
    mine.get_by_role("button", name="Keep mine", exact=True).click()
    saved(server, pipeline, "mine")
