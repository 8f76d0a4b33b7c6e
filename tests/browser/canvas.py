"""What a hand does on the canvas: find a card or a port by what people see, drag with the mouse."""

from pathlib import Path

from playwright.sync_api import Locator, Page, expect


def card(page: Page, title: str) -> Locator:
    """The card of that title."""
    return page.locator(".react-flow__node").filter(has=page.locator(f'span[title="{title}"]'))


def middle(place: Locator) -> tuple[float, float]:
    """The middle of an element on the screen."""
    place.wait_for()
    box = place.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def select(page: Page, title: str) -> None:
    """Click a card."""
    x, y = middle(card(page, title))
    page.mouse.click(x, y)


def port(page: Page, title: str, side: str, name: str) -> Locator:
    """A port of a card: side is "input" or "output"."""
    return card(page, title).locator(f'[data-side="{side}"][data-port="{name}"]')


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Press, move in steps as a hand does, let go."""
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=4)
    page.mouse.move(*end, steps=4)
    page.mouse.up()


def wire(page: Page, source: str, output: str, target: str, input_: str) -> None:
    """Drag a wire from an output to an input."""
    drag(page, middle(port(page, source, "output", output)), middle(port(page, target, "input", input_)))


def take(page: Page, title: str, x: float, y: float) -> None:
    """Search the palette for a module, and drag it to a place on the canvas."""
    search = page.get_by_label("Search modules and data")
    search.fill(title)
    row = page.get_by_role("treeitem", name=title).last
    canvas = page.get_by_role("application", name="Canvas")
    row.drag_to(canvas, target_position={"x": x, "y": y})
    expect(card(page, title)).to_be_visible()
    search.fill("")


def drop_file(page: Page, file: Path, x: float, y: float) -> None:
    """Drop a file from the desktop on the canvas."""
    page.evaluate(
        """([name, text, x, y]) => {
          const canvas = document.querySelector('[role=application]');
          const box = canvas.getBoundingClientRect();
          const data = new DataTransfer();
          data.items.add(new File([text], name, {type: 'text/csv'}));
          const at = {clientX: box.x + x, clientY: box.y + y, bubbles: true, cancelable: true, dataTransfer: data};
          canvas.dispatchEvent(new DragEvent('dragenter', at));
          canvas.dispatchEvent(new DragEvent('dragover', at));
          canvas.dispatchEvent(new DragEvent('drop', at));
        }""",
        [file.name, file.read_text(), x, y],
    )
