"""The pages: the one that the front end lives in, the one that says how to get in, and the files of the front end."""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, redirect, request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join
from werkzeug.utils import send_file

from designer import __version__, bundle
from designer.actions import health, passwords, sessions
from designer.api import auth, metrics
from designer.api.guard import NONCE, same_origin
from designer.api.problems import of_ours
from designer.errors import DesignerError, Forbidden, Limit, Unauthenticated
from designer.installation import Installation

ENTRY = "src/main.tsx"
HASHED = re.compile(r"[-.][A-Za-z0-9_-]{8}\.[a-z0-9]+$")
TYPES = {
    ".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2", ".svg": "image/svg+xml", ".png": "image/png",
    ".ico": "image/x-icon", ".json": "application/json", ".map": "application/json", ".wasm": "application/wasm",
}  # fmt: skip
MAX_FORM = 4096
NOT_PAGES = ("/api/", "/static/", "/socket.io")


def install(app: Flask, inst: Installation) -> None:
    """Add the pages."""
    door = passwords.door(
        Path(inst.settings.password_file) if inst.settings.password_file else None, inst.clock.monotonic
    )
    render = Renderer(inst, bundle.templates(), door)
    front_end = bundle.front_end()

    def rule(path: str, name: str, view: Any, method: str = "GET") -> None:
        app.add_url_rule(path, name, view, methods=[method], provide_automatic_options=False)

    def healthz() -> Response:
        return Response('{"status":"ok"}', mimetype="application/json")

    def readyz() -> Response:
        found = health.look(inst)
        if not _signed_in(inst):  # what is wrong may name folders and addresses
            bare = [check.model_copy(update={"message": "", "cure": ""}) for check in found.checks]
            found = found.model_copy(update={"checks": bare})
        return Response(found.model_dump_json(), 200 if found.ready else 503, mimetype="application/json")

    def metrics_() -> Response:
        return Response(metrics.render(inst), mimetype=metrics.MEDIA_TYPE)

    def open_() -> Response:
        secret = sessions.begin(inst, request.args.get("code", "")[:100])
        if secret is None:
            try:
                auth.authenticate(inst, sessions.cookie_name(inst), request)
            except Unauthenticated:
                return render.login("That address was used before, or is older than a minute.")
            return _to_start()
        answer = _to_start()
        auth.set_cookie(answer, inst, secret)
        return answer

    def open_with_form() -> Response:
        if not same_origin(request.headers.get("Origin", ""), request.environ):
            raise Forbidden("This was asked for by a page of another site.")
        if (request.content_length or 0) > MAX_FORM or request.mimetype != "application/x-www-form-urlencoded":
            raise Unauthenticated
        given = request.form.get("token", "")
        try:
            secret = sessions.begin_with(inst, door, given.strip(), request.remote_addr or "")
        except Limit as problem:
            answer = render.login(f"{problem.message} {problem.cure}")
            answer.status_code = 429
            return answer
        if secret is None:
            return render.login(
                "That is not the password of this server." if door.open else "That is not the token of this server."
            )
        answer = _to_start()
        auth.set_cookie(answer, inst, secret)
        return answer

    def asset(name: str) -> Response:
        found = safe_join(str(front_end / "assets"), name)
        path = Path(found) if found else None
        if path is None or path.suffix not in TYPES or not path.is_file():
            raise NotFound
        answer: Response = send_file(path, request.environ, mimetype=TYPES[path.suffix], conditional=True, etag=True,
                                     response_class=Response)  # type: ignore[assignment] # fmt: skip
        lasting = "private, max-age=31536000, immutable" if HASHED.search(name) else "no-cache"
        answer.headers["Cache-Control"] = lasting
        return answer

    def page(path: str = "") -> Response:
        if f"/{path}".startswith(NOT_PAGES) or path in ("api", "static"):
            raise NotFound
        return render.app(front_end)

    def signed_out(error: Unauthenticated) -> Response:
        return render.login() if _is_visit() else of_ours(error)

    rule("/healthz", "healthz", healthz)
    rule("/readyz", "readyz", readyz)
    rule("/metrics", "metrics", metrics_)
    rule("/open", "open", open_)
    rule("/open", "open_with_form", open_with_form, "POST")
    rule("/static/assets/<path:name>", "asset", asset)
    rule("/", "start", page)
    rule("/<path:path>", "page", page)
    app.register_error_handler(Unauthenticated, signed_out)


class Renderer:
    """Fills the templates."""

    def __init__(self, inst: Installation, templates: Path, door: passwords.Door) -> None:
        self._inst, self._door = inst, door
        self._templates = Environment(loader=FileSystemLoader(templates), autoescape=True, undefined=StrictUndefined)

    def app(self, front_end: Path) -> Response:
        """The page that the front end lives in; where it was not built, one that says how to."""
        built = _manifest(front_end / ".vite" / "manifest.json")
        if built is None:
            return self._page("unbuilt.html", 503, {})
        return self._page(
            "app.html", 200, {**built, "token": sessions.page_token(g.caller.session) if g.caller.session else ""}
        )

    def login(self, wrong: str = "") -> Response:
        """The page that says how to get in."""
        answer = self._page("login.html", 401, {"wrong": wrong, "password": self._door.open})
        answer.headers["Referrer-Policy"] = "same-origin"  # with "no-referrer" a form names no Origin
        return answer

    def _page(self, name: str, status: int, values: Mapping[str, Any]) -> Response:
        text = self._templates.get_template(name).render(
            nonce=request.environ[NONCE], version=__version__, instance=sessions.instance(self._inst), **values
        )
        return Response(text, status, mimetype="text/html")


def _manifest(file: Path) -> dict[str, Any] | None:
    try:
        return _read_manifest(file, file.stat().st_mtime_ns)
    except OSError:
        return None


@lru_cache(maxsize=4)
def _read_manifest(file: Path, _modified: int) -> dict[str, Any]:
    """The script, the styles and the parts that the page loads, from what the build wrote."""
    chunks = json.loads(file.read_text(encoding="utf-8"))
    entry = chunks[ENTRY]
    styles, parts, waiting = list(entry.get("css", [])), [], list(entry.get("imports", []))
    while waiting:
        chunk = chunks[waiting.pop(0)]
        if chunk["file"] not in parts:
            parts.append(chunk["file"])
            styles += [style for style in chunk.get("css", []) if style not in styles]
            waiting += chunk.get("imports", [])
    return {"script": entry["file"], "styles": styles, "parts": parts}


def _is_visit() -> bool:
    """Whether a person's browser asks for a page, rather than a script for data."""
    return (
        request.method in ("GET", "HEAD")
        and not request.path.startswith(NOT_PAGES)
        and "Authorization" not in request.headers
        and request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"
    )


def _to_start() -> Response:
    answer = redirect("/", 303)
    assert isinstance(answer, Response)
    return answer


def _signed_in(inst: Installation) -> bool:
    try:
        auth.authenticate(inst, sessions.cookie_name(inst), request)
    except DesignerError:  # also where the database that knows it does not answer
        return False
    return True
