"""Who asks, and whether the request is theirs. Everything is refused that is not let in here."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, Request, Response, g, request

from designer.actions import sessions, work
from designer.api.guard import same_origin
from designer.errors import Forbidden, Unauthenticated
from designer.installation import Installation

PUBLIC = frozenset({("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/open"), ("POST", "/open")})
"""All that needs no signing in. None of these tells anything of what is kept."""

WORK = "/api/workers/"
"""Where workers ask, with tokens of their own that open nothing else; what opens all else opens nothing here."""

METRICS = ("GET", "/metrics")
"""Public where a setting says so: it counts, and names nothing but compute targets."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Caller:
    """Someone who is signed in; `session` is the secret of the browser's session, "" of a script with the token.

    `target` is the one whose worker asks; then it is nobody else.
    """

    session: str = ""
    target: str = ""


def install(app: Flask, inst: Installation) -> None:
    """Look at every request before anything else does, also at those for which there is no route."""
    cookie = sessions.cookie_name(inst)

    @app.before_request
    def check() -> None:
        method = "GET" if request.method == "HEAD" else request.method
        if (method, request.path) in PUBLIC or (inst.settings.open_metrics and (method, request.path) == METRICS):
            return
        if request.path.startswith(WORK):
            g.caller = Caller(target=_worker(inst, request))
            return
        g.caller = authenticate(inst, cookie, request)
        if g.caller.session:
            check_origin(g.caller, request)


def of_worker() -> str:
    """The target of the worker that asks. Raises `Unauthenticated` for anyone else."""
    target: str = g.caller.target
    if not target:
        raise Unauthenticated(NO_WORKER, cure=TOKEN_CURE)
    return target


def _worker(inst: Installation, asked: Request) -> str:
    scheme, _, given = asked.headers.get("Authorization", "").partition(" ")
    target = work.target_of(inst, given.strip()) if scheme.lower() == "bearer" else None
    if target is None:
        raise Unauthenticated(NO_WORKER, cure=TOKEN_CURE)
    return target


NO_WORKER = "The token is not one of a worker, or was taken away."
TOKEN_CURE = "Make one with `designer targets token NAME`."  # noqa: S105


def authenticate(inst: Installation, cookie: str, asked: Request) -> Caller:
    """Who asks: by the token or by a session, never by both. Raises `Unauthenticated`."""
    header = asked.headers.get("Authorization")
    if header is not None:
        scheme, _, given = header.partition(" ")
        if scheme.lower() == "bearer" and sessions.is_token(inst, given.strip()):
            return Caller()
        raise Unauthenticated(
            "The token is not the one of this server.", cure="It is in the file `token` of its home folder."
        )
    secret = asked.cookies.get(cookie, "")
    if sessions.is_open(inst, secret):
        return Caller(secret)
    raise Unauthenticated


def viewer(inst: Installation, environ: dict[str, Any]) -> str | None:
    """The session of a browser that may open a live connection, None of any other.

    A websocket and every POST must name this server as their Origin. A poll by GET carries none in browsers; it must not
    name another, nor come from another site.
    """
    asked = Request(environ)
    origin, site = asked.headers.get("Origin"), asked.headers.get("Sec-Fetch-Site")
    needed = asked.method != "GET" or "upgrade" in asked.headers.get("Connection", "").lower()
    if origin is None and (needed or site != "same-origin"):
        return None
    if origin is not None and not same_origin(origin, environ):
        return None
    if site not in (None, "same-origin"):
        return None
    secret = asked.cookies.get(sessions.cookie_name(inst), "")
    return secret if sessions.is_open(inst, secret) else None


def check_origin(caller: Caller, asked: Request) -> None:
    """A browser sends its cookie with whatever page asks for it: a change must come from a page of ours. Raises `Forbidden`."""
    site = asked.headers.get("Sec-Fetch-Site")
    if asked.method in SAFE_METHODS:
        if site in ("cross-site", "same-site") and asked.path.startswith("/api/"):
            raise Forbidden("This was asked for by a page of another site.")
        return
    origin = asked.headers.get("Origin", "")
    if not same_origin(origin, asked.environ) or site not in (None, "same-origin"):
        raise Forbidden("This was asked for by a page of another site.")
    given = asked.headers.get("X-CSRF-Token", "")
    if not sessions.is_page_token(caller.session, given):
        raise Forbidden("The page is too old to change anything.", cure="Reload it.")


def set_cookie(answer: Response, inst: Installation, secret: str) -> None:
    """Let the browser keep the secret of its session."""
    answer.set_cookie(
        sessions.cookie_name(inst), secret, max_age=int(sessions.SESSION_SECONDS), httponly=True, samesite="Strict",
        path="/", secure=request.is_secure,
    )  # fmt: skip
