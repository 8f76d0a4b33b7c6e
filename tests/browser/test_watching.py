"""A reload, a lost connection or a server killed in the middle of a run: the page then shows the truth, whole and once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.canvas import card
from tests.browser.pipelines import document, made, started, statuses
from tests.browser.printing import drawn, log, told, write_modules
from tests.running import Server

LINES = 80
HALF = LINES // 2
TALL = {"width": 1440, "height": 2400}  # so that the virtual list draws every line of 18 pixels


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with modules of our own."""
    folder = tmp_path_factory.mktemp("watching")
    modules = write_modules(folder / "modules")
    running = Server(folder / "home", environment={"DESIGNER_MODULES": str(modules), "DESIGNER_SAMPLES": "0"})
    running.start()
    yield running
    running.end()


class Watched:
    """A run that stands still in the middle of its first step, with a page that shows that step's log."""

    def __init__(self, page: Page, server: Server, gate: Path) -> None:
        self.page, self.server, self.gate = page, server, gate
        parameters = {"lines": LINES, "pause": 0.01, "gate": str(gate)}
        nodes = {
            "print": {"module": "print_lines@1", "parameters": parameters},
            "after": {"module": "summarize_data@1", "inputs": {"dataset": "print.lines"}},
        }
        self.run = started(server, made(server, document(nodes, {"print": [0, 0], "after": [0, 160]})))
        page.set_viewport_size(TALL)
        page.goto(f"{server.url}/runs/{self.run}?step=print")
        self.logs()
        self.shows(HALF)

    def logs(self) -> None:
        """Look at the log, whatever the page shows by itself."""
        self.page.get_by_role("tab", name="Logs").click()

    def shows(self, lines: int, seconds: float = 15) -> None:
        """The log has these lines, each once, in order, under its number."""
        rows = log(self.page, "Print Lines").locator("[data-index]")
        expect(rows).to_have_count(lines, timeout=seconds * 1000)
        expect(rows).to_have_text(told(LINES)[:lines], timeout=seconds * 1000)
        assert [number for number, _ in drawn(self.page, "Print Lines")] == list(range(1, lines + 1))

    def go_on(self) -> None:
        """Let the step print the rest."""
        self.gate.write_text("open")

    def ended(self) -> None:
        """Wait until the run has ended, as the API tells it."""
        self.server.wait_for(
            "the end", lambda: self.server.call("GET", f"/api/runs/{self.run}")["status"] == "completed"
        )

    def agrees(self, seconds: float = 15) -> None:
        """The cards show the statuses that the API tells."""
        found = statuses(self.server, self.run)
        for title, node in {"Print Lines": "print", "Summarize Data": "after"}.items():
            mark = card(self.page, title).locator(f'svg[data-status="{found[node]}"]')
            expect(mark).to_be_visible(timeout=seconds * 1000)


@pytest.fixture
def watched(page: Page, server: Server, tmp_path: Path) -> Watched:
    return Watched(page, server, tmp_path / "gate")


def test_a_reload_in_the_middle_loses_no_line_and_doubles_none(watched: Watched) -> None:
    watched.agrees()
    watched.page.reload()
    watched.logs()
    watched.shows(HALF)
    watched.agrees()

    watched.go_on()
    watched.shows(LINES)
    watched.ended()
    watched.agrees()
    watched.shows(LINES)

    watched.page.reload()
    watched.logs()
    watched.shows(LINES)


def test_what_happened_while_the_connection_was_lost_is_there_within_a_second(
    watched: Watched, context: BrowserContext
) -> None:
    context.set_offline(True)
    watched.go_on()
    watched.ended()
    context.set_offline(False)

    watched.shows(LINES, seconds=1)
    watched.agrees(seconds=1)


def test_a_connection_that_comes_back_goes_on_live(watched: Watched, context: BrowserContext) -> None:
    context.set_offline(True)
    context.set_offline(False)
    watched.agrees()

    watched.go_on()
    watched.shows(LINES)
    watched.ended()
    watched.agrees(seconds=1)


def test_a_server_killed_and_started_again_shows_every_line_once(watched: Watched) -> None:
    watched.server.end(kill=True)
    watched.go_on()
    watched.server.start()

    watched.ended()
    watched.shows(LINES)
    watched.agrees()
    found = statuses(watched.server, watched.run)
    assert found["print"] == "completed"
    assert found["after"] in ("completed", "reused"), "the same lines may have been summarized before"

    # The step ran once: the server took it over where it was.
    step = watched.server.call("GET", f"/api/runs/{watched.run}")["steps"]["print"]
    assert step["attempts"] == 1
