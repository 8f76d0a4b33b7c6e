"""What keeps runs from going on stands on every page for as long as it does; what is good to know can be put away."""

import sqlite3
import urllib.error

from playwright.sync_api import Page, expect

from tests.browser.pipelines import document, made
from tests.running import Server

ROWS = {"module": "enter_data_manually@1", "parameters": {"format": "CSV", "data": "a,b\n1,2\n"}}


def test_a_locked_database_is_told_on_every_page_until_it_is_free(page: Page, server: Server) -> None:
    pipeline = made(server, document({"rows": ROWS}, {"rows": [0, 0]}))
    other = sqlite3.connect(server.home / "designer.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        for address in ("/runs", f"/pipelines/{pipeline}"):
            page.goto(f"{server.url}{address}")
            banner = page.get_by_role("alert").filter(has_text="The database is locked by another program.")
            expect(banner).to_be_visible(timeout=60_000)
            expect(banner).to_contain_text("Close it; then all goes on.")
            expect(banner.get_by_role("button")).to_have_count(0)
    finally:
        other.execute("ROLLBACK")
        other.close()

    expect(page.get_by_role("alert").filter(has_text="locked")).to_have_count(0, timeout=60_000)

    def submitted() -> object:
        try:
            return server.call("POST", "/api/runs", {"pipeline": pipeline})["id"]
        except urllib.error.HTTPError:
            return None

    run = server.wait_for("a run again", submitted, 30)
    server.wait_for("the end of the run", lambda: server.call("GET", f"/api/runs/{run}")["status"] == "completed")


def test_a_notice_that_is_good_to_know_is_put_away_for_good(page: Page, server: Server) -> None:
    notices = [one for one in server.call("GET", "/api/system")["notices"] if one["severity"] == "warning"]
    page.goto(f"{server.url}/runs")
    away = page.get_by_role("button", name="Put this notice away")
    expect(away).to_have_count(len(notices))
    for _ in notices:
        away.first.click()
    expect(away).to_have_count(0)
    page.reload()
    expect(page.get_by_role("heading", name="Runs")).to_be_visible()
    expect(away).to_have_count(0)
