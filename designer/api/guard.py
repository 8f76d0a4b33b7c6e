"""The outermost layer, around pages, API and websocket alike: which hosts may be named, and the headers of every answer."""

import re
import secrets
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

Environ = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environ, Start], Iterable[bytes]]

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})
NONCE = "designer.nonce"
"""Where a page finds the nonce of its styles."""

SLASH = "\x1f"
"""Stands for a slash inside a part of a path (`%2F`), so that it does not end the part."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
    "X-Frame-Options": "DENY",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self' blob:; frame-src blob:; form-action 'self'; base-uri 'none'; object-src 'none'; "
    "frame-ancestors 'none'"
)
FORWARDED = re.compile(r"HTTP_(X_FORWARDED_|FORWARDED$|X_REAL_IP$|X_ORIGINAL_|X_REWRITE_|X_HTTP_METHOD)")


def is_loopback(host: str) -> bool:
    """Whether an address is one that only this machine can reach."""
    return host in LOOPBACK or re.fullmatch(r"127(\.\d{1,3}){3}", host) is not None


def host_name(host: str) -> str | None:
    """The name in a Host header, None where the header is no host."""
    found = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?", host)
    return found[1].lower().rstrip(".") if found else None


def same_origin(origin: str, environ: Environ) -> bool:
    """Whether an Origin is this very server, with scheme, name and port. The guard has looked at the Host before."""
    return origin == f"{environ.get('wsgi.url_scheme', 'http')}://{environ.get('HTTP_HOST', '')}"


class Guard:
    """Lets requests through that name a known host, and puts the headers on every answer."""

    def __init__(self, application: Application, allowed_hosts: str = "", public_url: str = "") -> None:
        self._application = application
        self._hosts = LOOPBACK | {host.strip().lower() for host in allowed_hosts.split(",") if host.strip()}
        public = urlsplit(public_url)
        self._public, self._scheme = public.netloc.lower(), public.scheme
        if public.hostname:
            self._hosts |= {public.hostname}

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        """One request."""
        nonce = environ[NONCE] = secrets.token_urlsafe(16)
        for name in [name for name in environ if FORWARDED.match(name)]:
            del environ[name]

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            there = {name.lower() for name, _ in headers}
            headers.extend((name, value) for name, value in HEADERS.items() if name.lower() not in there)
            if "content-security-policy" not in there:
                headers.append(("Content-Security-Policy", POLICY.format(nonce=nonce)))
            if "cache-control" not in there:
                headers.append(("Cache-Control", "no-store"))
            return start_response(status, headers, *more)

        host = host_name(environ.get("HTTP_HOST", ""))
        if host is None or not (host in self._hosts or is_loopback(host)):
            return _misdirected(start)
        if self._public and environ["HTTP_HOST"].lower() == self._public:  # a proxy stands in front, and speaks TLS
            environ["wsgi.url_scheme"] = self._scheme
        _keep_slashes(environ)
        return self._application(environ, start)


def _misdirected(start: Start) -> Iterable[bytes]:
    body = (
        b'{"type":"about:blank","title":"This server does not answer to that host name.","status":421,"code":"host",'
        b'"cure":"Open it as 127.0.0.1 or localhost, or name the host in DESIGNER_ALLOWED_HOSTS.","where":"Host",'
        b'"findings":[],"details":{},"request_id":""}'
    )
    headers = [
        ("Content-Type", "application/problem+json"),
        ("Content-Length", str(len(body))),
        ("Connection", "close"),
    ]
    start("421 Misdirected Request", headers)
    return [body]


def _keep_slashes(environ: Environ) -> None:
    """Read the path anew from what was sent, because the server has decoded `%2F` already."""
    sent = environ.get("RAW_URI") or environ.get("REQUEST_URI") or ""
    if "%2f" not in sent.lower():
        return
    path = sent.split("?", 1)[0]
    if not path.startswith("/"):
        path = urlsplit(path).path
    kept = re.sub("%2f", f"%{ord(SLASH):02x}", path, flags=re.IGNORECASE)
    environ["PATH_INFO"] = unquote_to_bytes(kept.encode("latin-1", "replace")).decode("latin-1")
