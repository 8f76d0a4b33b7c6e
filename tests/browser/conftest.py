"""A real Chromium against the real server, started as the README says."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "docs" / "images"
SIZE = {"width": 1440, "height": 900}


@dataclass
class Server:
    """`designer up` in a home of its own; can be killed and started again on the same port."""

    home: Path
    port: int = 0
    process: subprocess.Popen[str] | None = None
    open_url: str = ""

    @property
    def url(self) -> str:
        """The address without path."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, and wait for the line with the address."""
        command = [sys.executable, "-m", "designer.cli", "up", "--home", str(self.home), "--port", str(self.port), "--no-browser"]
        errors = self.home.parent.joinpath("server.log").open("a")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=ROOT)
        assert self.process.stdout
        line = self.process.stdout.readline()
        found = re.search(r"http://[^/\s]+:(\d+)/open\?code=\S+", line)
        assert found, f"no address in {line!r}; the server's log:\n{self.log()}"
        self.open_url, self.port = found[0], int(found[1])

    def log(self) -> str:
        """The end of what the server wrote."""
        return self.home.parent.joinpath("server.log").read_text()[-4000:]

    def end(self, kill: bool = False) -> None:
        """Stop it: as Ctrl+C does, or with -9."""
        if self.process is None:
            return
        if kill:
            self.process.kill()
        else:
            self.process.terminate()
        self.process.wait(20)
        self.process = None

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the API, as a script would."""
        token = (self.home / "token").read_text().strip()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def wait_for(self, what: str, condition: Callable[[], Any], seconds: float = 60) -> Any:
        """Poll until `condition` gives something true; fail with the server's log after a deadline."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = condition()
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError(f"{what} did not happen within {seconds} s; the server's log:\n{self.log()}")


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
def page(context: BrowserContext, server: Server) -> Iterator[Page]:
    """A page, signed in by the one-time address; the test fails if the console shows an error."""
    opened = context.new_page()
    trouble: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and "net::ERR_" not in message.text and "Failed to load resource" not in message.text:
            trouble.append(message.text)

    opened.on("console", listen)
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    opened.goto(server.open_url)
    yield opened
    assert trouble == [], "the browser's console must stay empty"
