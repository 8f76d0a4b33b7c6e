"""A log of 200,000 lines stays a log of a few hundred elements."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.pipelines import document, made, started
from tests.browser.printing import drawn, log, write_modules
from tests.running import Server

LINES = 200_000
MOST = 500
STEP = "Print Lines"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with modules of our own."""
    folder = tmp_path_factory.mktemp("long")
    modules = write_modules(folder / "modules")
    running = Server(folder / "home", environment={"DESIGNER_MODULES": str(modules), "DESIGNER_SAMPLES": "0"})
    running.start()
    yield running
    running.end()


def row(page: Page, number: int) -> Locator:
    """The row of a line."""
    return log(page, STEP).locator("[data-index]").filter(has=page.locator(f'[data-line="{number}"]'))


def shows(page: Page, number: int) -> None:
    """A line is in sight with its text, and few others are drawn."""
    expect(row(page, number)).to_have_text(f"line {number} of {LINES}", timeout=30_000)
    expect(row(page, number)).to_be_in_viewport()
    small(page)


def small(page: Page) -> None:
    """Few rows are there, every one under its number, none twice."""
    rows = drawn(page, STEP)
    assert 0 < len(rows) < MOST
    numbers = [number for number, _ in rows]
    assert numbers == list(range(numbers[0], numbers[0] + len(rows)))
    assert all(text in ("", f"line {number} of {LINES}") for number, text in rows)


def test_200_000_lines_are_followed_scrolled_and_searched(page: Page, server: Server, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    nodes = {"print": {"module": "print_lines@1", "parameters": {"lines": LINES, "gate": str(gate)}}}
    run = started(server, made(server, document(nodes, {"print": [0, 0]})))
    page.goto(f"{server.url}/runs/{run}?step=print")
    page.get_by_role("tab", name="Logs").click()

    # It follows to the newest line.
    shows(page, LINES // 2)

    # Who scrolls up stays where they look, until they ask for the newest.
    log(page, STEP).focus()
    page.keyboard.press("Home")
    shows(page, 1)
    gate.write_text("open")
    server.wait_for("the end", lambda: server.call("GET", f"/api/runs/{run}")["status"] == "completed")
    shows(page, 1)

    # The end is all there.
    log(page, STEP).focus()
    page.keyboard.press("End")
    shows(page, LINES)

    # A search jumps to a line in the middle, and from match to match.
    search = page.get_by_role("textbox", name="Search this log")
    search.fill(f"line 123456 of {LINES}")
    expect(page.get_by_text("1 of 1", exact=True)).to_be_visible()
    shows(page, 123_456)
    search.fill("line 6543")
    expect(page.get_by_text("1 of 11", exact=False).first).to_be_visible()
    shows(page, 6_543)
    search.press("Enter")
    shows(page, 65_430)
    search.press("Shift+Enter")
    shows(page, 6_543)

    # A drag far away draws what is there.
    log(page, STEP).evaluate("(log) => { log.scrollTop = log.scrollHeight * 0.75 }")
    shows(page, 150_010)


def test_the_newest_line_is_one_press_away_while_a_step_prints(page: Page, server: Server, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    nodes = {"print": {"module": "print_lines@1", "parameters": {"lines": LINES, "gate": str(gate)}}}
    run = started(server, made(server, document(nodes, {"print": [0, 0]})))
    page.goto(f"{server.url}/runs/{run}?step=print")
    shows(page, LINES // 2)
    log(page, STEP).focus()
    page.keyboard.press("Home")
    shows(page, 1)

    page.get_by_role("button", name="Jump to newest").click()
    shows(page, LINES // 2)
    gate.write_text("open")
    shows(page, LINES)
