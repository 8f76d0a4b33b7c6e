"""Screenshots for the docs, taken where a test passes by."""

from playwright.sync_api import Page

from tests.running import ROOT

IMAGES = ROOT / "docs" / "images"


def picture(page: Page, name: str, *, still: bool = False) -> None:
    """A screenshot for the docs; `still` leaves the pointer where it rests."""
    IMAGES.mkdir(exist_ok=True)
    away = "[aria-label=Dismiss], [aria-label='Put this notice away']"
    page.evaluate("(away) => document.querySelectorAll(away).forEach((button) => button.click())", away)
    if not still:
        page.mouse.move(5, 895)
    page.wait_for_timeout(400)  # transitions of 120-200 ms, not a wait for anything to happen
    page.screenshot(path=str(IMAGES / f"{name}.png"))


def both(page: Page, name: str, *, still: bool = False) -> None:
    """The same in light and in dark."""
    picture(page, name, still=still)
    page.emulate_media(color_scheme="dark")
    picture(page, f"{name}-dark", still=still)
    page.emulate_media(color_scheme="light")
