"""Pipelines that a test makes over the API and a person then has open."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.running import Server

FORMAT = "designer.pipeline/1"


def document(nodes: dict[str, Any], layout: dict[str, list[int]], **more: Any) -> dict[str, Any]:
    """A document with these nodes at these places."""
    return {
        "format": FORMAT,
        "name": "A test",
        "description": "",
        "parameters": {},
        "nodes": nodes,
        "settings": {"continue_on_step_failure": False},
        "layout": layout,
        "notes": [],
        **more,
    }


def made(server: Server, content: dict[str, Any]) -> str:
    """A new pipeline's id."""
    return str(server.call("POST", "/api/pipelines", {"document": content})["id"])


def kept(server: Server, pipeline: str) -> dict[str, Any]:
    """The document as the server has it."""
    return dict(server.call("GET", f"/api/pipelines/{pipeline}")["document"])


def open_editor(page: Page, server: Server, pipeline: str) -> None:
    """Show a pipeline in the editor."""
    page.goto(f"{server.url}/pipelines/{pipeline}")
    expect(page.get_by_role("application", name="Canvas")).to_be_visible()


def started(server: Server, pipeline: str) -> str:
    """The id of a new run of a pipeline."""
    return str(server.call("POST", "/api/runs", {"pipeline": pipeline})["id"])


def statuses(server: Server, run: str) -> dict[str, str]:
    """The status of each step of a run."""
    steps = server.call("GET", f"/api/runs/{run}")["steps"]
    return {node: step["status"] for node, step in steps.items()}
