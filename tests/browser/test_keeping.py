"""Runs are deleted so that they can be brought back, or kept for good; the settings say what takes space."""

import re

from playwright.sync_api import Page, expect

from tests.browser.pipelines import document, made, started
from tests.running import Server

ROWS = {"module": "enter_data_manually@1", "parameters": {"format": "CSV", "data": "a,b\n1,2\n"}}


def finished(server: Server) -> str:
    """A run that has ended."""
    run = started(server, made(server, document({"rows": ROWS}, {"rows": [0, 0]})))
    server.wait_for("the end", lambda: server.call("GET", f"/api/runs/{run}")["status"] == "completed")
    return run


def ids(server: Server, query: str = "") -> list[str]:
    """The runs of a list."""
    return [run["id"] for run in server.call("GET", f"/api/runs?limit=50{query}")["items"]]


def test_a_deleted_run_is_brought_back_by_the_message_or_from_the_list(page: Page, server: Server) -> None:
    run = finished(server)
    page.goto(f"{server.url}/runs")
    glance = page.get_by_role("complementary", name="The selected run")
    glance.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("A test is deleted.")).to_be_visible()
    server.wait_for("the deletion", lambda: run not in ids(server), 10)
    page.get_by_role("button", name="Undo").click()
    server.wait_for("the run again", lambda: run in ids(server), 10)

    # From its page, and back from the list of what was deleted.
    page.goto(f"{server.url}/runs/{run}")
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.wait_for_url(re.compile("/runs$"))
    page.get_by_role("link", name="Deleted runs").click()
    expect(page.get_by_role("row")).to_have_count(2)
    glance.get_by_role("button", name="Bring back").click()
    server.wait_for("the run again", lambda: run in ids(server), 10)
    expect(page.get_by_text("No run matches these filters")).to_be_visible()


def test_a_run_is_kept_for_good_and_the_settings_say_what_takes_space(page: Page, server: Server) -> None:
    run = finished(server)
    page.goto(f"{server.url}/runs/{run}")
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Keep for good").click()
    expect(page.get_by_text("Kept for good")).to_be_visible()
    assert server.call("GET", f"/api/runs/{run}")["kept"] is True

    page.get_by_role("link", name="Settings").click()
    expect(page.get_by_role("heading", name="Storage")).to_be_visible()
    page.get_by_role("button", name="Clean up now").click()
    expect(page.get_by_text(re.compile("nothing to clean up|freed"))).to_be_visible()
    assert run in ids(server)
