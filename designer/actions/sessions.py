"""Who may come in: the token for scripts, one-time codes, and the sessions of browsers.

The token is a file that only its owner can read. A code is good once, for a minute, and begins a session; the browser
keeps the session's secret in a cookie, the database only its digest.
"""

import hashlib
import hmac
import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from designer.actions.passwords import Door
from designer.installation import Installation
from designer.store import sessions
from designer.store.database import Transaction
from designer.store.sessions import StoredSession

CODE_SECONDS = 60.0
IDLE_SECONDS = 7 * 86_400.0
SESSION_SECONDS = 30 * 86_400.0
TOUCH_SECONDS = 300.0
"""How exactly the last use of a session is known."""

SECRET_LENGTH = 43
"""Letters of 32 random bytes."""


def token(home: Path) -> str:
    """The token of a home folder, made where there is none yet; its file is for its owner alone."""
    file = home / "token"
    found = _read_token(file)
    if found:
        return found
    handle, name = tempfile.mkstemp(dir=home, prefix=".token-")  # of mode 0600
    made = Path(name)
    with os.fdopen(handle, "w") as out:
        out.write(secrets.token_urlsafe(32) + "\n")
    try:
        with suppress(FileExistsError):  # another server of this home was quicker
            os.link(made, file)
        found = _read_token(file)
        if not found:  # what lies there is none
            made.replace(file)
            found = _read_token(file)
    finally:
        made.unlink(missing_ok=True)
    return found


def _read_token(file: Path) -> str:
    with suppress(FileNotFoundError):
        found = file.read_text(encoding="ascii", errors="replace").strip()
        if len(found) >= SECRET_LENGTH:
            if file.stat().st_mode & 0o077:
                file.chmod(0o600)
            return found
    return ""


def new_code(inst: Installation) -> str:
    """A code that begins one session, within a minute."""
    code = secrets.token_urlsafe(32)
    now = inst.clock.now()
    with inst.store.write("make_code") as t:
        sessions.add(t, StoredSession(_digest("code", code), now, now + CODE_SECONDS, now))
    return code


def begin(inst: Installation, code: str) -> str | None:
    """Trade a code for the secret of a new session; None where the code is unknown, used or too old."""
    now = inst.clock.now()
    with inst.store.write("sign_in") as t:
        if not sessions.remove(t, _digest("code", code), now):
            return None
        return _session(inst, t)


def begin_with(inst: Installation, door: Door, given: str, address: str) -> str | None:
    """Trade the token or the password for the secret of a new session; None where it is neither. Raises `Limit`."""
    if not is_token(inst, given) and door.lets_in(given, address):
        given = token(inst.settings.home)
    return begin_with_token(inst, given)


def begin_with_token(inst: Installation, given: str) -> str | None:
    """Trade the token for the secret of a new session; None where it is not the token."""
    if not is_token(inst, given):
        return None
    with inst.store.write("sign_in_with_token") as t:
        return _session(inst, t)


def is_token(inst: Installation, given: str) -> bool:
    """Whether this is the token of the installation."""
    known = token(inst.settings.home)
    return hmac.compare_digest(given.encode("utf-8", "replace"), known.encode())


def is_open(inst: Installation, secret: str) -> bool:
    """Whether the session of this secret is there and not over; it counts as used."""
    if not secret or len(secret) > 100:
        return False
    digest, now = _digest("session", secret), inst.clock.now()
    with inst.store.read() as t:
        found = sessions.get(t, digest)
    if found is None or now > found.expires or now > found.last_used + IDLE_SECONDS:
        return False
    if now - found.last_used > TOUCH_SECONDS:
        with inst.store.write("touch_session") as t:
            sessions.touch(t, digest, now)
    return True


def page_token(secret: str) -> str:
    """What a page of this session shows to prove that a request is its own; it does not tell the secret."""
    return hmac.new(secret.encode(), b"page", hashlib.sha256).hexdigest()


def is_page_token(secret: str, given: str) -> bool:
    """Whether this is the page token of the session."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), page_token(secret).encode())


def instance(inst: Installation) -> str:
    """A short name of this installation."""
    return hashlib.sha256(str(inst.settings.home).encode()).hexdigest()[:10]


def cookie_name(inst: Installation) -> str:
    """The name of the cookie. It tells installations apart, because browsers give cookies to every port of a host."""
    return f"designer_{instance(inst)}"


def _session(inst: Installation, t: Transaction) -> str:
    secret, now = secrets.token_urlsafe(32), inst.clock.now()
    sessions.add(t, StoredSession(_digest("session", secret), now, now + SESSION_SECONDS, now))
    return secret


def _digest(kind: str, secret: str) -> str:
    return hashlib.sha256(f"{kind}:{secret}".encode("utf-8", "replace")).hexdigest()
