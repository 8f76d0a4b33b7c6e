"""The password of an installation: whoever knows it signs in with a browser. A server that others can reach needs one.

It is read from a file once, at the start of the server, and is kept only as a slow digest; guesses are few.
"""

import hashlib
import hmac
import secrets
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path

from designer.errors import Limit, Unavailable

SHORTEST = 12
LONGEST = 1_000
MOST_GUESSES = 10
MOST_OF_ALL = 100
PERIOD = 60.0
"""Wrong guesses that one address, and all together, may make in so many seconds."""

MOST_ADDRESSES = 10_000
_COST = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}


def read(file: Path) -> str:
    """The password in a file: its first line. Raises `Unavailable` where there is none, or one too short."""
    try:
        with file.open(encoding="utf-8") as text:
            found = text.readline(LONGEST + 2).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else "it is not UTF-8"
        raise Unavailable(
            f"The file with the password, {file}, cannot be read: {why}.", cure="Look at DESIGNER_PASSWORD_FILE."
        ) from problem
    if not SHORTEST <= len(found) <= LONGEST:
        raise Unavailable(
            f"The password in {file} has {len(found)} characters; it needs {SHORTEST} to {LONGEST}.",
            cure="Make one: `openssl rand -base64 24`.",
        )
    return found


class Door:
    """Knows the password, and how often it was guessed wrong. May be used from many threads.

    Args:
        password: what is right; empty lets nobody in.
        now: seconds that never jump.
    """

    def __init__(self, password: str, now: Callable[[], float]) -> None:
        self._salt = secrets.token_bytes(16)
        self._digest = self._slow(password) if password else b""
        self._now = now
        self._lock = threading.Lock()
        self._wrong: dict[str, deque[float]] = {}
        self._turn = threading.Semaphore(2)  # a digest costs 16 MB and 50 ms

    @property
    def open(self) -> bool:
        """Whether there is a password at all."""
        return bool(self._digest)

    def lets_in(self, given: str, address: str) -> bool:
        """Whether this is the password. Raises `Limit` after too many wrong guesses."""
        if not self._digest or not given or len(given) > LONGEST:
            return False
        with self._lock:
            now = self._now()
            for key in [key for key, times in self._wrong.items() if times[-1] < now - PERIOD]:
                del self._wrong[key]
            guesses = self._wrong.get(address, deque())
            recent = [one for one in guesses if one >= now - PERIOD]
            if len(recent) >= MOST_GUESSES or sum(map(len, self._wrong.values())) >= MOST_OF_ALL:
                raise Limit(
                    "Too many wrong passwords.", cure="Wait a minute, then try again.", details={"retry_after": PERIOD}
                )
            self._wrong.setdefault(address, deque(maxlen=MOST_GUESSES)).append(
                now
            )  # counts as wrong until it is known to be right
        with self._turn:
            right = hmac.compare_digest(self._slow(given), self._digest)
        if right:
            with self._lock:
                self._wrong.pop(address, None)
        return right

    def _slow(self, text: str) -> bytes:
        return hashlib.scrypt(text.encode("utf-8", "replace"), salt=self._salt, **_COST)


def door(file: Path | None, now: Callable[[], float]) -> Door:
    """The door of an installation, with the password of its file, if it names one. Raises `Unavailable`."""
    return Door(read(file) if file is not None else "", now)
