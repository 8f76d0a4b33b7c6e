"""A real browser: how a person gets in, and what a page of another site cannot do in their name."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.running import Server


@pytest.fixture
def stranger(context: BrowserContext) -> Page:
    """A page that is not signed in."""
    return context.new_page()


def test_the_token_opens_the_door(server: Server, stranger: Page) -> None:
    stranger.goto(f"{server.url}/runs")
    stranger.get_by_label("Or paste the token").fill("not the token")
    stranger.get_by_role("button", name="Sign in").click()
    assert "not the token" in stranger.get_by_role("alert").inner_text()

    stranger.get_by_label("Or paste the token").fill((server.home / "token").read_text())
    stranger.get_by_role("button", name="Sign in").click()

    stranger.wait_for_url(f"{server.url}/")
    assert stranger.locator('meta[name="csrf-token"]').get_attribute("content")


def test_a_page_of_ours_changes_things(server: Server, page: Page) -> None:
    status = page.evaluate(
        """async () => (await fetch("/api/pipelines", {method: "POST", body: "{}", headers: {"Content-Type": "application/json",
           "X-CSRF-Token": document.querySelector('meta[name="csrf-token"]').content}})).status"""
    )
    hidden = page.evaluate("document.cookie")

    assert status == 201
    assert hidden == ""


EVIL = (
    b"<!doctype html><title>evil</title><iframe id=frame></iframe><form id=form method=post enctype=text/plain></form>"
)


class Evil(BaseHTTPRequestHandler):
    """A page of another local program: same host name, another port, so that browsers send our cookie along."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(EVIL)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def evil() -> Iterator[str]:
    running = ThreadingHTTPServer(("127.0.0.1", 0), Evil)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}/"
    running.shutdown()


def test_a_page_of_another_port_can_do_nothing(server: Server, context: BrowserContext, evil: str) -> None:
    code = server.call("POST", "/api/codes")["code"]
    page = context.new_page()
    page.goto(f"{server.url}/open?code={code}")
    before = len(server.call("GET", "/api/pipelines")["items"])
    page.goto(evil)

    outcomes = page.evaluate(
        """async (url) => {
          const tries = {};
          const attempt = async (name, options) => {
            try { const a = await fetch(url + "/api/pipelines", {credentials: "include", ...options}); tries[name] = a.type + a.status }
            catch { tries[name] = "refused" }
          };
          await attempt("read", {});
          await attempt("read without cors", {mode: "no-cors"});
          await attempt("simple", {method: "POST", mode: "no-cors", body: "{}", headers: {"Content-Type": "text/plain"}});
          await attempt("json", {method: "POST", body: "{}", headers: {"Content-Type": "application/json"}});
          await attempt("delete", {method: "DELETE"});
          tries.websocket = await new Promise((done) => {
            const socket = new WebSocket(url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket");
            socket.onopen = () => done("open");
            socket.onerror = () => done("refused");
          });
          tries.script = await new Promise((done) => {
            const script = document.createElement("script");
            script.src = url + "/api/pipelines";
            script.onload = () => done("loaded");
            script.onerror = () => done("refused");
            document.body.append(script);
          });
          return tries;
        }""",
        server.url,
    )

    assert set(outcomes.values()) == {"refused"} or outcomes == {
        **dict.fromkeys(outcomes, "refused"),
        "simple": "opaque0",
        "read without cors": "refused",
    }
    page.evaluate("(url) => { form.action = url + '/api/pipelines'; form.submit() }", server.url)
    page.wait_for_url(f"{server.url}/**")
    assert "another site" in page.content() or "Sign in" in page.content()
    assert len(server.call("GET", "/api/pipelines")["items"]) == before


def test_no_page_can_frame_ours(server: Server, context: BrowserContext, evil: str) -> None:
    code = server.call("POST", "/api/codes")["code"]
    page = context.new_page()
    page.goto(f"{server.url}/open?code={code}")
    page.goto(evil)
    page.evaluate("(url) => { document.getElementById('frame').src = url + '/' }", server.url)
    page.wait_for_timeout(1000)

    framed = [frame for frame in page.frames if frame.url.startswith(server.url) and frame.locator("#root").count()]
    assert framed == []
