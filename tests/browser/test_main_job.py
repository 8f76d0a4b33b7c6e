"""The main job, from the first screen to the clone, as a person does it; the pictures in the README come from here."""

import random
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.canvas import card, drop_file, middle, select, take, wire
from tests.browser.pictures import picture
from tests.running import Server

RUN_SECONDS = 60_000


def cars(folder: Path) -> Path:
    """A person's own data: 300 used cars, semicolons and all."""
    chance = random.Random(4)
    lines = ["make;age;km;power;price"]
    for _ in range(300):
        make, base = chance.choice([("Audi", 30_000), ("Fiat", 14_000), ("Volvo", 27_000)])
        age, km, power = chance.randint(0, 15), chance.randint(1, 220) * 1000, chance.choice([70, 90, 110, 150])
        price = max(500, round(base + power * 60 - age * 1100 - km * 0.04 + chance.gauss(0, 900)))
        lines.append(f"{make};{age};{km};{power};{price}")
    file = folder / "cars.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


def newest_run(server: Server) -> dict[str, object]:
    return dict(server.call("GET", "/api/runs?limit=1")["items"][0])


def ended(server: Server, count: int) -> dict[str, object]:
    """The newest run once there are `count` runs and it has ended."""

    def look() -> object:
        items = server.call("GET", "/api/runs?limit=10")["items"]
        done = len(items) == count and items[0]["status"] in ("completed", "failed", "canceled")
        return items[0] if done else None

    return dict(server.wait_for("the end of the run", look, 90))


def choose_label(page: Page, column: str) -> None:
    """Set Train Model's label in its form."""
    field = page.get_by_role("combobox", name=re.compile("Label"))
    field.click()
    field.fill(column)
    page.get_by_role("option", name=re.compile(f"^{column}")).first.click()


def test_the_main_job(page: Page, server: Server, tmp_path: Path) -> None:
    # The gallery, and a sample.
    expect(page.get_by_role("heading", name="Start from a sample")).to_be_visible()
    server.wait_for("the sample datasets", lambda: server.call("GET", "/api/system")["samples_ready"])
    picture(page, "gallery")
    page.get_by_role("link", name=re.compile("Regression: two learners compared")).or_(
        page.get_by_role("button", name=re.compile("Regression: two learners compared"))
    ).first.click()
    expect(card(page, "Evaluate Model")).to_be_visible()
    picture(page, "canvas-at-rest")

    # Run it, and watch.
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Run", exact=True).click()
    expect(page.locator('.react-flow__node [data-status="running"]').first).to_be_visible()
    select(page, "Train boosted trees")
    server.wait_for("a train step", lambda: step_is(server, "train_boosted", "running") or step_ended(server))
    picture(page, "canvas-running")
    assert ended(server, 1)["status"] == "completed"
    expect(card(page, "Evaluate Model").locator('svg[data-status="completed"]')).to_be_visible()

    # See the result.
    select(page, "Evaluate Model")
    picture(page, "canvas-done")
    page.get_by_role("button", name=re.compile("^Preview")).first.click()
    expect(page.get_by_text("Coefficient of Determination").first).to_be_visible(timeout=RUN_SECONDS)
    picture(page, "evaluation")
    page.keyboard.press("Escape")

    # A pipeline of one's own, on one's own data.
    page.get_by_role("link", name="Home").first.click()
    page.get_by_role("button", name="New pipeline").first.click()
    canvas = page.get_by_role("application", name="Canvas")
    expect(canvas).to_be_visible()
    drop_file(page, cars(tmp_path), 380, 90)
    expect(card(page, "cars")).to_be_visible()
    take(page, "Split Data", 380, 240)
    take(page, "Linear Regression", 160, 330)
    take(page, "Train Model", 300, 460)
    wire(page, "cars", "data", "Split Data", "dataset")
    wire(page, "Linear Regression", "untrained_model", "Train Model", "untrained_model")
    wire(page, "Split Data", "results_dataset1", "Train Model", "dataset")

    # A wire that does not fit is refused, and says why.
    start, end = (
        middle(card(page, "Linear Regression").locator('[data-side="output"]')),
        middle(card(page, "Split Data")),
    )
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=6)
    page.mouse.up()
    expect(page.get_by_role("status").filter(has_text=re.compile("Untrained model"))).to_be_visible()

    # The first run fails, in words.
    select(page, "Train Model")
    choose_label(page, "make")
    page.get_by_role("button", name="Run", exact=True).click()
    assert ended(server, 2)["status"] == "failed"
    failed = server.call("GET", f"/api/runs/{newest_run(server)['id']}")
    error = next(step["error"] for step in failed["steps"].values() if step["error"])
    assert error["number"] > 0
    assert error["cure"]
    expect(card(page, "Train Model").locator('svg[data-status="failed"]')).to_be_visible()
    expect(page.get_by_text(error["message"]).first).to_be_visible()
    picture(page, "failed-step")

    # Mend it, and run again.
    select(page, "Train Model")
    choose_label(page, "price")
    page.get_by_role("button", name="Run", exact=True).click()
    assert ended(server, 3)["status"] == "completed"
    expect(card(page, "Train Model").locator('svg[data-status="completed"]')).to_be_visible()
    select(page, "Split Data")
    page.get_by_role("tab", name="Preview").click()
    expect(page.get_by_text("150 rows, 5 columns").first).to_be_visible(timeout=RUN_SECONDS)
    picture(page, "preview")

    # The history has both; the failed one opens with its graph, error, parameters and logs.
    page.get_by_role("link", name="Runs").first.click()
    expect(page.get_by_role("row")).to_have_count(4)
    picture(page, "history")
    page.goto(f"{server.url}/runs/{failed['id']}")
    expect(card(page, "Train Model").locator('svg[data-status="failed"]')).to_be_visible()
    expect(page.get_by_text(error["message"]).first).to_be_visible()
    picture(page, "failed-run")

    # Clone it into a new draft.
    page.get_by_role("button", name="Clone to draft").click()
    page.wait_for_url(re.compile(r"/pipelines/pip_"))
    expect(card(page, "Train Model")).to_be_visible()
    cloned = page.url.rsplit("/", 1)[1]
    document = server.call("GET", f"/api/pipelines/{cloned}")
    assert document["cloned_from"] == failed["id"]
    assert document["document"]["nodes"] == failed["document"]["nodes"]

    # Dark.
    page.emulate_media(color_scheme="dark")
    page.goto(f"{server.url}/runs/{newest_run(server)['id']}")
    expect(card(page, "Train Model")).to_be_visible()
    picture(page, "dark-mode")
    page.emulate_media(color_scheme="light")

    # Stop the server and start it again: everything is there.
    before = server.call("GET", "/api/runs?limit=10")["items"]
    page.goto("about:blank")
    server.end()
    server.start()
    page.goto(server.open_url)
    assert server.call("GET", "/api/runs?limit=10")["items"] == before
    page.goto(f"{server.url}/pipelines/{cloned}")
    expect(card(page, "cars")).to_be_visible()
    page.goto(f"{server.url}/runs/{failed['id']}")
    expect(page.get_by_text(error["message"]).first).to_be_visible()


def step_is(server: Server, node: str, status: str) -> bool:
    """Whether a step of the newest run has this status."""
    run = server.call("GET", f"/api/runs/{newest_run(server)['id']}")
    return bool(node in run["steps"] and run["steps"][node]["status"] == status)


def step_ended(server: Server) -> bool:
    """Whether the newest run has ended."""
    return newest_run(server)["status"] != "running"
