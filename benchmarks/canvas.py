"""How the canvas feels at 100, 500 and 1,000 nodes, next to a bare React Flow page, in one run of one Chromium.

Per page: milliseconds until all is drawn; then, at zoom 1 and with the whole graph on screen, the 95th percentile of
frame times and the share of 60 Hz frames missed while panning, zooming, dragging a node, and under 200 status updates
a second (with the share of time the main thread was busy). 17 ms is the best a frame can be.
"""

import functools
import http.server
import os
import shutil
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

FIXTURES = Path(__file__).resolve().parent.parent / "static" / "fixtures-dist"
NODES = (100, 500, 1000)
FRAMES = """() => {
  const frames = [];
  let last = performance.now();
  window.__frames = frames;
  const tick = (now) => { frames.push(now - last); last = now; window.__tick = requestAnimationFrame(tick); };
  window.__tick = requestAnimationFrame(tick);
  window.__busy = 0;
  window.__observer = new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.__busy += entry.duration; });
  try { window.__observer.observe({type: 'long-animation-frame', buffered: false}); } catch { /* older Chromium */ }
  window.__since = performance.now();
}"""
COLLECT = """() => {
  cancelAnimationFrame(window.__tick);
  window.__observer.disconnect();
  return {frames: window.__frames.slice(2), busy: window.__busy / (performance.now() - window.__since)};
}"""


@dataclass(frozen=True)
class Frames:
    """What was seen while something moved."""

    p95: float  # milliseconds
    dropped: float  # share of 60 Hz frames
    busy: float  # share of time inside frames longer than 50 ms


def measured(page: Page, act: Callable[[], None]) -> Frames:
    """Frame times while `act` runs."""
    page.evaluate(FRAMES)
    act()
    seen: dict[str, Any] = page.evaluate(COLLECT)
    frames = sorted(seen["frames"])
    if not frames:
        return Frames(float("nan"), 1.0, 1.0)
    expected = sum(frames) / (1000 / 60)
    return Frames(
        frames[min(len(frames) - 1, int(len(frames) * 0.95))], max(0.0, 1 - len(frames) / expected), seen["busy"]
    )


def pan(page: Page) -> None:
    """Scroll the canvas to and fro."""
    page.mouse.move(700, 450)
    for index in range(60):
        page.mouse.wheel(40 if index % 20 < 10 else -40, 24 if index % 12 < 6 else -24)
        page.wait_for_timeout(16)


def zoom(page: Page) -> None:
    """Zoom in and out with the wheel."""
    page.mouse.move(700, 450)
    page.keyboard.down("Control")
    for index in range(40):
        page.mouse.wheel(0, -30 if index % 20 < 10 else 30)
        page.wait_for_timeout(16)
    page.keyboard.up("Control")


def drag(page: Page) -> None:
    """Drag whatever card is nearest to the middle of the screen."""
    place = page.evaluate("""() => {
      const cards = [...document.querySelectorAll('.react-flow__node')].map((card) => card.getBoundingClientRect())
        .filter((box) => box.x > 60 && box.y > 60 && box.right < innerWidth - 60 && box.bottom < innerHeight - 60);
      cards.sort((a, b) => Math.hypot(a.x - 700, a.y - 450) - Math.hypot(b.x - 700, b.y - 450));
      return cards[0] ? [cards[0].x + cards[0].width / 2, cards[0].y + cards[0].height / 2] : [700, 450];
    }""")
    page.mouse.move(*place)
    page.mouse.down()
    for index in range(60):
        page.mouse.move(place[0] + index * 3, place[1] + index * 2)
        page.wait_for_timeout(16)
    page.mouse.up()


def storm(page: Page) -> None:
    """200 status updates a second for two seconds."""
    page.evaluate("() => { window.__stop = window.__bench.startStorm(200); }")
    page.wait_for_timeout(2000)
    page.evaluate("() => window.__stop()")


def look(browser: Browser, address: str, name: str, nodes: int) -> list[str]:
    """One row of the table."""
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(f"{address}/fixtures/{name}.html?nodes={nodes}")
    page.wait_for_function("() => window.__bench && window.__bench.ready", timeout=120_000)
    load = page.evaluate("() => window.__bench.readyAt")
    heap = page.evaluate("() => (performance.memory ? performance.memory.usedJSHeapSize / 1e6 : NaN)")
    cells = [f"{name} {nodes}", f"{load:.0f}", f"{heap:.0f}"]
    for place in ("near", "far"):
        page.evaluate("() => window.__bench.setZoom(1)" if place == "near" else "() => window.__bench.fit()")
        page.wait_for_timeout(300)
        for act in (pan, zoom, drag, storm):
            if act is zoom and place == "far":
                page.evaluate("() => window.__bench.fit()")
            frames = measured(page, functools.partial(act, page))
            cells.append(f"{frames.p95:.0f}/{frames.dropped:.2f}" + (f"/{frames.busy:.2f}" if act is storm else ""))
    page.close()
    return cells


def main() -> int:
    """Print the table."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium or not FIXTURES.exists():
        print("The canvas benchmark needs Chromium and `make bench`'s build of static/fixtures.")
        return 1

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, directory=str(FIXTURES), **kwargs)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    serving = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{serving.server_port}"
    titles = ["page, nodes", "load ms", "heap MB"] + [f"{place} {act}" for place in ("near", "far")
                                                       for act in ("pan", "zoom", "drag", "storm")]  # fmt: skip
    print("\nframe p95 ms / share of frames dropped (/ share of time busy)")
    print(" | ".join(f"{title:>13}" for title in titles))
    with sync_playwright() as playwright:
        arguments = [
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--enable-precise-memory-info",
        ]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        for nodes in NODES:
            for name in ("bare", "canvas"):
                print(" | ".join(f"{cell:>13}" for cell in look(browser, address, name, nodes)), flush=True)
        browser.close()
    serving.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
