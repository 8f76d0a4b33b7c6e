"""A real Chromium against the real server, started as the README says."""

import os
from collections.abc import Callable, Generator, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.running import ROOT, Server

IMAGES = ROOT / "docs" / "images"
FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember that a test failed, so that its page can be kept as a picture."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


SIZE = {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests of a file."""
    running = Server(tmp_path_factory.mktemp("browser") / "home")
    running.start()
    yield running
    running.end()


@pytest.fixture(scope="session")
def browser(need: Callable[..., str]) -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    program = need("chromium", "/usr/bin/chromium", "/usr/bin/google-chrome")
    with sync_playwright() as playwright:
        arguments = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                     "--disable-component-update", "--disable-sync", "--font-render-hinting=none"]  # fmt: skip
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")
        running = playwright.chromium.launch(executable_path=program, args=arguments)
        yield running
        running.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser without history, in light colours."""
    made = browser.new_context(viewport=SIZE, color_scheme="light", accept_downloads=True)
    made.set_default_timeout(15_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, server: Server, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page, signed in by the one-time address; the test fails if the console shows an error."""
    opened = context.new_page()
    trouble: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if (
            message.type == "error"
            and "net::ERR_" not in message.text
            and "Failed to load resource" not in message.text
        ):
            trouble.append(message.text)

    opened.on("console", listen)
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    code = server.call("POST", "/api/codes")["code"]
    opened.goto(f"{server.url}/open?code={code}")
    yield opened
    if request.node.stash.get(FAILED, False):
        folder = ROOT / "test-results"
        folder.mkdir(exist_ok=True)
        opened.screenshot(path=str(folder / f"{request.node.name}.png"))
        print(f"the page at the failure: {folder.name}/{request.node.name}.png")
    assert trouble == [], "the browser's console must stay empty"
