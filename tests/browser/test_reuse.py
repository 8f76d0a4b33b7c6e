"""The plan before a run, what was reused after it and why not, a part of a pipeline, and a run taken up again."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.canvas import card, middle, select
from tests.browser.pictures import both
from tests.browser.pipelines import document, made, open_editor, statuses
from tests.running import ROOT, Server

TREES = ("Boosted Decision Tree Regression", "Train boosted trees", "Score boosted trees", "Evaluate Model")
LINEAR = ("Select Columns in Dataset", "Clean Missing Data", "Split Data", "Linear Regression", "Train linear model",
          "Score linear model")  # fmt: skip


def planned(page: Page, title: str, verdict: str) -> Locator:
    """The card of that title, if the plan says so of it."""
    return card(page, title).locator(f'[data-verdict="{verdict}"][data-card]')


def plan(page: Page) -> Locator:
    """The plan in one line."""
    return page.get_by_role("group", name="Plan of the run")


def runs(server: Server, pipeline: str) -> list[dict[str, Any]]:
    """The runs of a pipeline, newest first."""
    return list(server.call("GET", f"/api/runs?pipeline={pipeline}&limit=20")["items"])


def ended(server: Server, pipeline: str, count: int) -> dict[str, Any]:
    """The newest run of a pipeline once there are `count` of them and it has ended."""

    def look() -> object:
        items = runs(server, pipeline)
        return items[0] if len(items) == count and items[0]["status"] in ("completed", "failed", "canceled") else None

    return dict(server.wait_for("the end of the run", look, 90))


def change(server: Server, pipeline: str, node: str, **parameters: Any) -> None:
    """Change parameters of a node of the draft, as another tab would."""
    draft = server.call("GET", f"/api/pipelines/{pipeline}")
    draft["document"]["nodes"][node]["parameters"] |= parameters
    server.call("PUT", f"/api/pipelines/{pipeline}", {"version": draft["version"], "document": draft["document"]})


@pytest.fixture(scope="module")
def compared(server: Server) -> str:
    """A pipeline that compares two learners."""
    server.wait_for("the sample datasets", lambda: server.call("GET", "/api/system")["samples_ready"])
    sample = json.loads((ROOT / "designer" / "samples" / "pipelines" / "regression_two_learners.json").read_text())
    content = {**sample, "parameters": {}, "notes": []}
    content["nodes"]["split"]["parameters"]["fraction"] = 0.7
    return made(server, content)


def test_the_plan_a_reused_run_and_why_the_rest_ran_again(page: Page, server: Server, compared: str) -> None:
    open_editor(page, server, compared)

    # Before the first run everything runs.
    page.keyboard.press("Shift+P")
    expect(plan(page)).to_contain_text("run")
    expect(planned(page, "Select Columns in Dataset", "runs")).to_be_visible()
    page.get_by_role("button", name="Run", exact=True).click()
    first = ended(server, compared, 1)
    assert first["status"] == "completed"
    expect(card(page, "Evaluate Model").locator('svg[data-status="completed"]')).to_be_visible()
    expect(plan(page)).to_have_count(0)

    # After it nothing would.
    page.get_by_role("button", name="Plan", exact=True).click()
    expect(planned(page, "Evaluate Model", "reused")).to_be_visible()
    expect(plan(page)).to_contain_text("10 reused")

    # An edit changes the plan at once: what it touches runs, what lies after may, the rest is reused.
    select(page, "Boosted Decision Tree Regression")
    field = page.get_by_role("spinbutton", name=re.compile("Learning rate", re.IGNORECASE))
    field.fill("0.2")
    field.press("Enter")
    expect(planned(page, TREES[0], "runs")).to_be_visible()
    for title in TREES[1:]:
        expect(planned(page, title, "maybe")).to_be_visible()
    for title in LINEAR:
        expect(planned(page, title, "reused")).to_be_visible()
    expect(plan(page)).to_contain_text("6 reused")
    expect(card(page, TREES[0])).to_contain_text("learning_rate 0.1 → 0.2")

    # Why, on the card under the pointer and in the inspector, with the way to the run that it would be reused from.
    inspector = page.get_by_role("complementary", name="Inspector").last
    expect(inspector).to_contain_text("parameter learning_rate 0.1 → 0.2")
    page.mouse.move(*middle(card(page, TREES[0])))
    page.wait_for_timeout(400)  # a card tells only after a moment of rest
    both(page, "plan", still=True)
    select(page, "Split Data")
    origin = inspector.get_by_role("link", name=first["name"])
    expect(origin).to_have_attribute("href", f"/runs/{first['id']}?step=split")
    outline = page.locator('[data-outline="split"] button').first
    expect(outline).to_have_attribute("aria-description", re.compile("Will be reused"))

    # The menu says what each way to run would do.
    page.get_by_role("button", name="Ways to run").click()
    expect(page.get_by_role("menuitem", name=re.compile("Run everything again"))).to_contain_text("runs 10")
    expect(page.get_by_role("menuitem", name=re.compile("Run to here"))).to_contain_text("reuses 3")
    page.keyboard.press("Escape")

    # The run does what the plan said.
    page.get_by_role("button", name="Run", exact=True).click()
    second = ended(server, compared, 2)
    assert {node for node, status in statuses(server, second["id"]).items() if status == "reused"} == {
        "select", "clean", "split", "linear", "train_linear", "score_linear",
    }  # fmt: skip
    expect(card(page, "Split Data").locator('svg[data-status="reused"]')).to_be_visible()
    expect(page.get_by_title("6 of 10 steps reused")).to_be_visible()

    # The run page: a reused step shows the logs and outputs of the step it was reused from.
    page.goto(f"{server.url}/runs/{second['id']}?step=split")
    expect(page.get_by_text("6 of 10 steps reused")).to_be_visible()
    panel = page.get_by_role("complementary", name=re.compile("The selected step"))
    expect(panel).to_contain_text("Reused from")
    expect(panel.get_by_role("link", name=first["name"])).to_have_attribute("href", f"/runs/{first['id']}?step=split")
    expect(panel.get_by_text("rows", exact=False).first).to_be_visible(timeout=30_000)
    both(page, "reused-run")

    # Why did this run again: the values side by side.
    page.get_by_role("radio", name="Steps").click()
    page.get_by_role("row", name=re.compile(TREES[0])).click()
    expect(panel).to_contain_text("Ran again because")
    expect(panel).to_contain_text("parameter learning_rate 0.1 → 0.2")
    panel.get_by_role("button", name="What differs").click()
    dialog = page.get_by_role("dialog", name=re.compile("What differs"))
    expect(dialog).to_contain_text("learning_rate")
    expect(dialog).to_contain_text("0.1")
    expect(dialog).to_contain_text("0.2")
    both(page, "ran-again")

    # The history shows the share.
    page.goto(f"{server.url}/runs")
    expect(page.get_by_role("row").filter(has_text=second["name"]).first).to_contain_text("6")


def test_a_failed_run_is_mended_and_taken_up_again(page: Page, server: Server, compared: str) -> None:
    change(server, compared, "train_trees", label={"columns": ["make"]})
    before = len(runs(server, compared))
    server.call("POST", "/api/runs", {"pipeline": compared})
    failed = ended(server, compared, before + 1)
    assert failed["status"] == "failed"
    change(server, compared, "train_trees", label={"columns": ["price"]}, model_explanations=False)

    # From the canvas, in one line that says what it would do; from the run's page, step by step.
    open_editor(page, server, compared)
    page.get_by_role("button", name="Ways to run").click()
    expect(page.get_by_role("menuitem", name=re.compile("Resume the last run"))).to_contain_text("reuses 7")
    page.keyboard.press("Escape")

    page.goto(f"{server.url}/runs/{failed['id']}")
    page.get_by_role("tab", name="Parameters").click()
    page.get_by_role("button", name="Resume").click()
    dialog = page.get_by_role("dialog", name="Resume this run")
    expect(dialog).to_contain_text("Train boosted trees")
    expect(dialog).to_contain_text(re.compile("7 reused|6 reused"))
    both(page, "resume")
    dialog.get_by_role("button", name="Resume", exact=True).click()

    resumed = ended(server, compared, before + 2)
    assert resumed["status"] == "completed"
    assert resumed["resumed_from"] == failed["id"]
    page.wait_for_url(re.compile(resumed["id"]))
    expect(page.get_by_text("resumed from")).to_be_visible()
    expect(page.get_by_role("link", name=failed["name"]).first).to_have_attribute("href", f"/runs/{failed['id']}")
    both(page, "resumed-run")


SCRIPT = "def azureml_main(dataframe1=None, dataframe2=None):\n    {line}\n    return dataframe1,\n"
ROWS = {"format": "CSV", "data": "a,b\n1,2\n3,4\n"}


@pytest.fixture
def chain(server: Server) -> str:
    """Rows, then two scripts, then a summary, and a summary beside them."""
    script = {"module": "execute_python_script@1", "parameters": {"script": SCRIPT.format(line="pass")}}
    nodes = {
        "rows": {"module": "enter_data_manually@1", "parameters": ROWS},
        "one": {**script, "name": "First", "inputs": {"dataset1": "rows.dataset"}},
        "two": {**script, "name": "Second", "inputs": {"dataset1": "one.result_dataset"}},
        "end": {"module": "summarize_data@1", "name": "End", "inputs": {"dataset": "two.result_dataset"}},
        "side": {"module": "summarize_data@1", "name": "Side", "inputs": {"dataset": "rows.dataset"}},
    }
    layout = {"rows": [0, 0], "one": [0, 144], "two": [0, 288], "end": [0, 432], "side": [260, 144]}
    return made(server, document(nodes, layout))


def test_only_a_part_is_run_by_key_and_by_menu(page: Page, server: Server, chain: str) -> None:
    open_editor(page, server, chain)
    select(page, "First")
    page.keyboard.press("Shift+Enter")
    first = ended(server, chain, 1)
    assert {node for node, status in statuses(server, first["id"]).items() if status == "completed"} == {"rows", "one"}
    expect(card(page, "First").locator('svg[data-status="completed"]')).to_be_visible()

    x, y = middle(card(page, "Second"))
    page.mouse.click(x, y)
    page.mouse.click(x, y, button="right")
    line = page.get_by_role("menuitem", name=re.compile("Run from here"))
    expect(line).to_contain_text("runs 2, reuses 2")
    line.click()
    second = ended(server, chain, 2)
    assert statuses(server, second["id"]) == {
        "rows": "reused", "one": "reused", "two": "completed", "end": "completed", "side": "skipped",
    }  # fmt: skip
    expect(card(page, "End").locator('svg[data-status="completed"]')).to_be_visible()

    # What was asked for runs anew though nothing changed; the rest of the plan stays as it was.
    select(page, "Second")
    page.keyboard.press("Shift+Alt+Enter")
    third = ended(server, chain, 3)
    assert statuses(server, third["id"]) == {
        "rows": "reused", "one": "reused", "two": "completed", "end": "skipped", "side": "skipped",
    }  # fmt: skip


def test_changed_code_is_shown_line_by_line(page: Page, server: Server, chain: str) -> None:
    server.call("POST", "/api/runs", {"pipeline": chain})
    ended(server, chain, 1)
    change(server, chain, "two", script=SCRIPT.format(line='dataframe1["c"] = 1'))
    open_editor(page, server, chain)
    page.keyboard.press("Shift+P")
    expect(planned(page, "Second", "runs")).to_be_visible()
    expect(planned(page, "First", "reused")).to_be_visible()
    expect(planned(page, "End", "maybe")).to_be_visible()
    select(page, "Second")
    page.get_by_role("button", name="What differs").click()
    difference = page.get_by_role("dialog").get_by_role("group", name="script")
    expect(difference.get_by_role("row").filter(has_text="−")).to_contain_text("pass")
    expect(difference.get_by_role("row").filter(has_text="+")).to_contain_text('dataframe1["c"] = 1')
    both(page, "what-differs")


MODULE = '''"""Count Up"""
import polars as pl


def run(*, rows: int = 3) -> pl.DataFrame:
    return pl.DataFrame({"n": list(range(rows))})
'''


def test_a_module_that_was_changed_shows_its_code_before_and_after(browser: Browser, tmp_path: Path) -> None:
    folder = tmp_path / "modules" / "test"
    folder.mkdir(parents=True)
    (folder / "count_up.py").write_text(MODULE)
    mine = {"DESIGNER_MODULES": str(tmp_path / "modules"), "DESIGNER_SAMPLES": "0"}
    server = Server(tmp_path / "home", environment=mine)
    server.start()
    try:
        pipeline = made(server, document({"count": {"module": "count_up@1"}}, {"count": [0, 0]}))
        server.call("POST", "/api/runs", {"pipeline": pipeline})
        ended(server, pipeline, 1)
        server.end()
        (folder / "count_up.py").write_text(MODULE.replace("range(rows)", "range(1, rows + 1)"))
        server.start()

        page = browser.new_page()
        page.goto(server.open_url)
        open_editor(page, server, pipeline)
        page.keyboard.press("Shift+P")
        expect(planned(page, "Count Up", "runs")).to_be_visible()
        expect(card(page, "Count Up")).to_contain_text("code changed")
        differs(page, "Count Up")
        page.keyboard.press("Escape")

        # The run that follows says the same of itself.
        page.get_by_role("button", name="Run", exact=True).click()
        run = ended(server, pipeline, 2)["id"]
        page.goto(f"{server.url}/runs/{run}?step=count")
        expect(page.get_by_text("Ran again because")).to_be_visible()
        differs(page, None)
        page.close()
    finally:
        server.end()


def differs(page: Page, title: str | None) -> None:
    """Open what differs, and read the changed line on both sides."""
    if title is not None:
        select(page, title)
    page.get_by_role("button", name="What differs").click()
    difference = page.get_by_role("dialog").get_by_role("group", name="Code")
    expect(difference.get_by_role("row").filter(has_text="−")).to_contain_text("list(range(rows))")
    expect(difference.get_by_role("row").filter(has_text="+").last).to_contain_text("list(range(1, rows + 1))")
