"""A module of one's own: written from nothing, tested, used, broken, mended, and its new version taken into an old pipeline."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.canvas import card, middle, select, take, wire
from tests.browser.pictures import both
from tests.browser.pipelines import document, kept, made, open_editor
from tests.running import Server

SOURCE = '''"""Rare Values

Puts the values of a column that are rare under one name.
"""
from typing import Annotated

import polars as pl

from designer import step
from designer.module import Column, Label, Range

CATEGORY = "My Modules"


def run(
    dataset: Annotated[pl.DataFrame, Label("Dataset")],
    *,
    column: Annotated[Column, Label("Column")],
    least: Annotated[int, Range(1, None), Label("Rows a value needs")] = 10,
) -> Annotated[pl.DataFrame, Label("Result")]:
    counts = dataset[column].value_counts()
    rare = counts.filter(pl.col("count") < least)[column]
    step.log_metric("rare values", rare.len())
    return dataset.with_columns(pl.when(pl.col(column).is_in(rare.implode())).then(pl.lit("other")).otherwise(column).alias(column))
'''
SECOND = (
    SOURCE.replace(
        '    least: Annotated[int, Range(1, None), Label("Rows a value needs")] = 10,\n',
        '    share: Annotated[float, Range(0, 1), Label("Share a value needs")] = 0.05,\n'
        '    name: Annotated[str, Label("Name of the rare ones")] = "other",\n',
    )
    .replace('pl.col("count") < least', 'pl.col("count") < share * dataset.height')
    .replace('pl.lit("other")', "pl.lit(name)")
)


def write(page: Page, source: str) -> None:
    """Put a text in the place of what the editor has, as one who pastes."""
    editor = page.get_by_label("Source of the module")
    editor.click()
    page.keyboard.press("Control+a")
    editor.evaluate(
        """(element, text) => {
          const clipboardData = new DataTransfer();
          clipboardData.setData('text/plain', text);
          element.dispatchEvent(new ClipboardEvent('paste', {clipboardData, bubbles: true, cancelable: true}));
        }""",
        source,
    )


def outcome(page: Page, status: str) -> Locator:
    """How the test went."""
    return page.locator(f'[data-testid="test-status"][data-status="{status}"]')


def save(page: Page, note: str) -> None:
    """Save a version with a note, with the keyboard alone."""
    page.keyboard.press("Control+s")
    page.get_by_role("dialog").get_by_label("What is new").fill(note)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)


def pick(page: Page, label: str, option: str) -> None:
    """Choose in a field that is searched by typing."""
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option).first.click()


def test_a_module_is_written_tested_used_broken_mended_and_taken_anew(page: Page, server: Server) -> None:
    server.wait_for("the sample datasets", lambda: server.call("GET", "/api/system")["samples_ready"])
    page.goto(f"{server.url}/modules")
    page.get_by_role("button", name="New module").click()
    node = page.get_by_test_id("module-node")
    expect(node.get_by_text("My Module", exact=True)).to_be_visible()

    # While it is written the node and its form appear; what is wrong is said with its line.
    write(page, SOURCE.replace('column: Annotated[Column, Label("Column")]', "column"))
    findings = page.get_by_role("list", name="Findings")
    expect(findings.get_by_role("button", name="Line 18")).to_be_visible()
    write(page, SOURCE)
    expect(findings).to_have_count(0)
    expect(node.get_by_text("Rare Values", exact=True)).to_be_visible()
    side = page.get_by_role("complementary", name="What the module will be")
    expect(side.get_by_text("Rows a value needs")).to_be_visible()

    # Unsaved work survives a reload.
    page.reload()
    expect(page.get_by_text("Your unsaved work of this module is back.")).to_be_visible()
    expect(node.get_by_text("Rare Values", exact=True)).to_be_visible()

    # It is tested as a real step on the first rows of a dataset.
    pick(page, "Dataset for Dataset", "Automobile prices")
    pick(page, "Column", "make")
    page.get_by_label("First rows of Dataset").fill("150")
    page.keyboard.press("Control+Enter")
    expect(outcome(page, "completed")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("150 rows")).to_be_visible(timeout=30_000)
    both(page, "module-test")
    page.get_by_role("tab", name="Metrics").click()
    expect(page.get_by_text("rare values").first).to_be_visible()
    save(page, "The first one")
    expect(page.get_by_text("Version 1", exact=True).first).to_be_visible()
    expect(page).to_have_url(re.compile(r"/modules/rare_values/edit"))

    # It is in the palette, and runs in a pipeline.
    nodes = {"cars": {"dataset": "automobile_prices@1"}}
    pipeline = made(server, document(nodes, {"cars": [0, 0]}, name="Prices of cars"))
    open_editor(page, server, pipeline)
    take(page, "Rare Values", 500, 420)
    wire(page, "Automobile prices", "data", "Rare Values", "dataset")
    inspector = page.get_by_role("complementary", name="Inspector").last
    select(page, "Rare Values")
    inspector.get_by_role("combobox", name="Column").click()
    page.get_by_role("option", name="make").first.click()
    least = inspector.get_by_role("spinbutton", name="Rows a value needs")
    least.fill("20")
    least.blur()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Run", exact=True).click()
    dialog = page.get_by_role("dialog")
    if dialog.is_visible():
        dialog.get_by_role("button", name="Run").click()
    expect(card(page, "Rare Values").locator('[data-card][data-status="completed"]')).to_be_visible(timeout=60_000)

    # From its node it is opened again; what flows into the node is what it is tested with.
    select(page, "Rare Values")
    page.mouse.click(*middle(card(page, "Rare Values")), button="right")
    page.get_by_role("menuitem", name="Edit module").click()
    expect(page.get_by_role("combobox", name="Dataset for Dataset")).to_have_value("Automobile prices")

    # Broken, it says where it failed; mended, it is saved.
    write(page, SECOND.replace("value_counts()", "value_count()"))
    expect(side.get_by_text("Share a value needs")).to_be_visible()
    pick(page, "Column", "make")
    page.keyboard.press("Control+Enter")
    expect(outcome(page, "failed")).to_be_visible(timeout=60_000)
    failure = page.get_by_role("alert").filter(has_text="AttributeError")
    expect(failure.get_by_role("button", name="Line 22")).to_be_visible()
    expect(page.locator(".cm-lint-marker-error")).to_be_visible()
    page.get_by_role("tab", name="Output").click()
    both(page, "module-editor")
    write(page, SECOND)
    page.keyboard.press("Control+Enter")
    expect(outcome(page, "completed")).to_be_visible(timeout=60_000)
    save(page, "By share, and the name can be chosen")
    expect(page.get_by_text("Version 2", exact=True).first).to_be_visible()
    page.get_by_role("tab", name="Used in").click()
    expect(page.get_by_text("1 node · version 1")).to_be_visible()

    # The old pipeline has its old version until somebody takes the new one, who is told first what that changes.
    page.get_by_role("button", name="Back to the pipeline").first.click()
    select(page, "Rare Values")
    assert kept(server, pipeline)["nodes"]["rare_values"]["module"] == "rare_values@1"
    expect(page.get_by_text("Version 2 is there.")).to_be_visible()
    page.get_by_role("button", name="See what changes").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("The setting “Rows a value needs” goes")).to_be_visible()
    expect(dialog.get_by_text("A new parameter “Share a value needs”.")).to_be_visible()
    expect(dialog.get_by_role("group", name="Changes of the source")).to_be_visible()
    both(page, "module-new-version")
    dialog.get_by_role("button", name="Take version 2").click()
    expect(page.get_by_text("Version 2 is there.")).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(page.get_by_text("Version 2 is there.")).to_be_visible()
    page.keyboard.press("Control+Shift+z")
    expect(page.get_by_text("Version 2 is there.")).to_have_count(0)

    def taken() -> bool:
        node = kept(server, pipeline)["nodes"]["rare_values"]
        return bool(node["module"] == "rare_values@2" and node["parameters"] == {"column": {"columns": ["make"]}})

    server.wait_for("the new version to be kept", taken)


def test_versions_roll_back_and_a_module_is_archived_and_brought_back(page: Page, server: Server) -> None:
    own = server.call("POST", "/api/modules", {"source": SOURCE.replace("Rare Values", "Many Versions"), "note": "one"})
    server.call("POST", f"/api/modules/{own['name']}/versions", {"source": SECOND.replace("Rare Values", "Many Versions"),
                                                                  "based_on": 1, "note": "two"})  # fmt: skip
    page.goto(f"{server.url}/modules/many_versions/edit")
    page.get_by_role("tab", name="Versions").click()
    page.get_by_role("button", name="Compare").last.click()
    expect(page.get_by_role("dialog").get_by_text("share: Annotated", exact=False).first).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Make it the newest").click()
    expect(page.get_by_text("Version 1 again")).to_be_visible()
    expect(page.get_by_text("Version 3", exact=True).first).to_be_visible()

    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Archive").click()
    expect(page.get_by_text("Archived: the palette does not offer it.")).to_be_visible()
    page.get_by_role("button", name="Bring back").click()
    expect(page.get_by_text("Archived: the palette does not offer it.")).to_have_count(0)


def test_a_test_that_takes_too_long_is_stopped(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/modules/new")
    write(page, '"""Slow"""\nimport time\n\n\ndef run(*, seconds: int = 600) -> None:\n    time.sleep(seconds)\n')
    side = page.get_by_role("complementary", name="What the module will be")
    expect(side.get_by_text("Seconds", exact=True)).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(outcome(page, "running")).to_be_visible(timeout=60_000)

    page.get_by_role("button", name="Stop").click()

    expect(outcome(page, "canceled")).to_be_visible(timeout=60_000)


def test_two_who_save_at_once_see_each_others_work(page: Page, server: Server) -> None:
    own = server.call("POST", "/api/modules", {"source": SOURCE.replace("Rare Values", "For Two")})
    page.goto(f"{server.url}/modules/{own['name']}/edit")
    write(page, SOURCE.replace("Rare Values", "For Two").replace("= 10", "= 11"))
    server.call("POST", f"/api/modules/{own['name']}/versions",
                {"source": SOURCE.replace("Rare Values", "For Two").replace("= 10", "= 12"), "based_on": 1})  # fmt: skip

    page.keyboard.press("Control+s")
    page.get_by_role("dialog").get_by_label("What is new").fill("mine")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Someone saved this module meanwhile")
    expect(dialog.get_by_text("= 12", exact=False)).to_be_visible()
    dialog.get_by_role("button", name="Save mine after it").click()

    expect(page.get_by_text("Version 3", exact=True).first).to_be_visible()
    assert "= 11" in server.call("GET", f"/api/modules/{own['name']}")["source"]


def test_a_built_in_module_becomes_ones_own_and_takes_its_place(page: Page, server: Server) -> None:
    server.wait_for("the sample datasets", lambda: server.call("GET", "/api/system")["samples_ready"])
    nodes = {
        "cars": {"dataset": "automobile_prices@1"},
        "clean": {"module": "clean_missing_data@1", "inputs": {"dataset": "cars.data"}},
    }
    pipeline = made(server, document(nodes, {"cars": [0, 0], "clean": [0, 140]}))
    open_editor(page, server, pipeline)
    select(page, "Clean Missing Data")
    page.mouse.click(*middle(card(page, "Clean Missing Data")), button="right")
    page.get_by_role("menuitem", name="Make the module my own").click()
    expect(page.get_by_test_id("module-node").get_by_text("Clean Missing Data (my own)", exact=True)).to_be_visible()
    save(page, "")
    expect(page.get_by_text("Version 1", exact=True).first).to_be_visible()
    page.get_by_role("button", name="Back to the pipeline").first.click()

    expect(card(page, "Clean Missing Data (my own)")).to_be_visible()
    server.wait_for(
        "the copy to take its place",
        lambda: kept(server, pipeline)["nodes"]["clean"]["module"] == "clean_missing_data_my_own@1",
    )


def test_a_module_that_is_not_there_leaves_its_place_with_wires_and_values(page: Page, server: Server) -> None:
    nodes = {
        "a": {"module": "enter_data_manually@1", "parameters": {"data": "x\n1\n"}},
        "lost": {"module": "lost_module@3", "inputs": {"table": "a.dataset"}, "parameters": {"keep": 7}},
        "b": {"module": "clean_missing_data@1", "inputs": {"dataset": "lost.result"}},
    }
    pipeline = made(server, document(nodes, {"a": [0, 0], "lost": [0, 140], "b": [0, 280]}))
    open_editor(page, server, pipeline)

    select(page, "Lost module")
    expect(page.get_by_text("This module is not in the library, so its form is not known.")).to_be_visible()
    expect(page.get_by_text('There is no module "lost_module@3".').first).to_be_visible()
    assert kept(server, pipeline)["nodes"] == nodes
