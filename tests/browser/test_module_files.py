"""Code dropped on the canvas: looked at, changed, added, wired and run."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from designer.graph.document import write
from designer.library import bundle_file
from designer.library.bundle_file import Bundle, SharedModule
from tests.browser.canvas import card, drop_file, select, wire
from tests.browser.pictures import both
from tests.browser.pipelines import document, kept, made, open_editor
from tests.running import Server

SCRIPT = '''"""Keep the largest

Keeps the rows with the largest values of a column.
"""
import argparse

import polars as pl

parser = argparse.ArgumentParser()
parser.add_argument("--data", required=True, help="the rows")
parser.add_argument("--column", required=True, help="by which column")
parser.add_argument("--count", type=int, default=2, help="how many rows are kept")
parser.add_argument("--order", choices=["largest", "smallest"], default="largest")
parser.add_argument("--summary", help="where a summary is written")
parser.add_argument("--verbose", action="store_true")
parser.add_argument("--kept", required=True)
args = parser.parse_args()

frame = pl.read_csv(args.data).sort(args.column, descending=args.order == "largest").head(args.count)
print("kept", frame.height, "rows")
frame.write_csv(args.kept)
if args.summary:
    with open(args.summary, "w") as file:
        file.write(str(frame))
'''


@pytest.fixture
def script(tmp_path: Path) -> Path:
    file = tmp_path / "keep_largest.py"
    file.write_text(SCRIPT)
    return file


def test_a_script_is_dropped_looked_at_changed_and_run(page: Page, server: Server, script: Path) -> None:
    rows = {"data": "name,n\na,1\nb,5\nc,3\n"}
    pipeline = made(
        server, document({"rows": {"module": "enter_data_manually@1", "parameters": rows}}, {"rows": [0, 0]})
    )
    open_editor(page, server, pipeline)
    drop_file(page, script, 420, 420)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Python script with argparse, 1 file")).to_be_visible()
    expect(dialog.get_by_text("line 19 reads it with read_csv")).to_be_visible()
    expect(dialog.get_by_label("kept: Is")).to_have_value("output")
    expect(dialog.get_by_label("kept: Type")).to_have_value("table")
    expect(dialog.get_by_label("count: Format or default")).to_have_value("2")
    expect(dialog.get_by_text("The server's own Python has all of them.")).to_be_visible()
    both(page, "module-drop")

    # What was guessed is changed: a parameter that is no port, another default, a better title.
    dialog.get_by_label("count: Format or default").fill("1")
    dialog.get_by_label("summary: Is").select_option("parameter")
    expect(dialog.get_by_label("Command")).to_have_value(
        "python keep_largest.py --data ${{inputs.data}} --column ${{inputs.column}} --count ${{inputs.count}} "
        "--order ${{inputs.order}} $[[--summary ${{inputs.summary}}]] ${{inputs.verbose}} --kept ${{outputs.kept}}"
    )
    dialog.get_by_label("Name in pipelines").fill("1st")
    expect(dialog.get_by_role("button", name="Add module")).to_be_disabled()
    dialog.get_by_label("Name in pipelines").fill("keep_first")
    dialog.get_by_label("Title").fill("Keep the First")
    dialog.get_by_role("button", name="Add module").click()
    expect(card(page, "Keep the First")).to_be_visible()

    # It is wired and run like any other.
    wire(page, "Enter Data Manually", "dataset", "Keep the First", "data")
    select(page, "Keep the First")
    page.get_by_label(re.compile(r"^Column")).fill("n")
    server.wait_for("the column", lambda: _node(server, pipeline).get("parameters", {}).get("column") == "n", 10)
    page.get_by_role("button", name="Run", exact=True).click()
    run = server.wait_for("a run", lambda: server.call("GET", f"/api/runs?pipeline={pipeline}")["items"], 20)[0]["id"]
    ended = server.wait_for(
        "its end",
        lambda: (now := server.call("GET", f"/api/runs/{run}"))["status"] not in ("queued", "running") and now,
    )
    step = next(one for one in ended["steps"].values() if one["module"] == "keep_first@1")
    assert (step["status"], step["outputs"]["kept"]["rows"]) == ("completed", 1), json.dumps(step["error"])


def test_a_script_that_cannot_be_read_says_where(page: Page, server: Server, tmp_path: Path) -> None:
    pipeline = made(server, document({}, {}))
    open_editor(page, server, pipeline)
    file = tmp_path / "broken.py"
    file.write_text("import argparse\nparser.add_argument(\n")
    drop_file(page, file, 420, 420)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Line 2:")).to_be_visible()
    expect(dialog.get_by_role("button", name="Add module")).to_be_disabled()
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).not_to_be_visible()


FOREIGN = '''# /// script
# dependencies = ["requests>=2"]
# ///
"""Fetch Something

Asks a server.
"""
import urllib.request

from designer.module import Metrics


def run(*, n: int = 1) -> Metrics:
    return {"n": n}
'''


def test_what_comes_from_elsewhere_is_shown_and_accepted_before_it_runs(
    page: Page, server: Server, tmp_path: Path
) -> None:
    file = tmp_path / "from-a-friend.designer.zip"
    content = document({"fetch": {"module": "fetch_something@1"}}, {"fetch": [0, 0]}, name="From a friend")
    bundle_file.write(file, Bundle([content], [SharedModule("fetch_something@1", FOREIGN)]), write)
    page.goto(f"{server.url}/pipelines")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Import").click()
    chooser.value.set_files(file)
    expect(page.get_by_text("Nothing of this file has been run.")).to_be_visible()
    expect(page.get_by_text("Packages requests>=2")).to_be_visible()
    expect(page.get_by_text("the network").first).to_be_visible()
    both(page, "import")
    page.get_by_role("link", name="From a friend").click()
    expect(page.get_by_text("nobody has accepted.")).to_be_visible()
    pipeline = page.url.rpartition("/")[2]
    refused = server.call("POST", "/api/validate", {"document": kept(server, pipeline)})["findings"]
    assert [one["code"] for one in refused] == ["not_accepted"]
    page.get_by_role("link", name="Look at the imports").click()
    page.get_by_role("link", name="from-a-friend.designer.zip").click()
    page.get_by_role("button", name="Accept and let it run").click()
    expect(page.get_by_text("Accepted", exact=False).first).to_be_visible()
    assert server.call("POST", "/api/validate", {"document": kept(server, pipeline)})["findings"] == []
    page.goto(f"{server.url}/pipelines/{pipeline}")
    expect(card(page, "Fetch Something")).to_be_visible()
    expect(page.get_by_text("nobody has accepted.")).to_have_count(0)


def _node(server: Server, pipeline: str) -> dict[str, object]:
    return next((one for one in kept(server, pipeline)["nodes"].values() if one["module"].startswith("keep_first")), {})
