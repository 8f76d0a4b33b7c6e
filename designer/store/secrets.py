"""Secrets: names anyone may see, values that are kept encrypted and only ever handed to what was told to use them.

A value's plaintext carries its name and version, so a row that was moved to another name opens as nothing. The keys lie in a
file of the home folder that no backup holds: whoever has only the database, or a copy of it, has no secret.
"""

import hashlib
import json
import os
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from designer.errors import NotFound, Unavailable
from designer.launcher.result import sync_folder
from designer.store.database import Transaction, insert
from designer.store.tables import secrets

FILE = "secrets.key"
"""The file of keys in the home folder, one a line: the first encrypts, all decrypt."""


@dataclass(frozen=True)
class StoredSecret:
    """What may be seen of a secret."""

    name: str
    version: int
    description: str
    created: float
    updated: float
    key: str  # which key its value was encrypted with


class Keyring:
    """The keys of one home, read when first needed and made with the first secret."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._lock = threading.Lock()

    def ids(self) -> list[str]:
        """Which keys are there; they say nothing of the keys themselves."""
        return [_id(key) for key in self._read()]

    def seal(self, text: str) -> tuple[str, str]:
        """A text encrypted, and the id of the key; makes the file where there is none. Raises `Unavailable`."""
        from cryptography.fernet import Fernet

        with self._lock:
            keys = self._read() or [self._make(Fernet.generate_key())]
        return Fernet(keys[0]).encrypt(text.encode()).decode(), _id(keys[0])

    def open(self, token: str, key: str) -> str:
        """What was sealed with this key. Raises `Unavailable` where that key is not there, or the row was tampered with."""
        from cryptography.fernet import Fernet, InvalidToken

        found = next((one for one in self._read() if _id(one) == key), None)
        if found is None:
            raise Unavailable(
                f"The key {key} that this secret was encrypted with is not in {self.file}.",
                cure="Put the file of that home back, or enter the secret again.",
            )
        try:
            return Fernet(found).decrypt(token.encode()).decode()
        except InvalidToken as problem:
            raise Unavailable("A secret in the database is damaged.", cure="Enter the secret again.") from problem

    def _read(self) -> list[bytes]:
        try:
            return self.file.read_bytes().split()
        except FileNotFoundError:
            return []
        except OSError as problem:
            raise Unavailable(
                f"{self.file} cannot be read: {problem.strerror}.", cure="Look at its rights."
            ) from problem

    def _make(self, key: bytes) -> bytes:
        half = self.file.with_name(f".{self.file.name}.{os.getpid()}")
        try:
            half.unlink(missing_ok=True)
            handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            with open(handle, "wb") as file:
                file.write(key + b"\n")
                file.flush()
                os.fsync(handle)
            with suppress(FileExistsError):  # another process of this home was quicker
                os.link(half, self.file)
            half.unlink()
            sync_folder(str(self.file.parent))
        except OSError as problem:
            raise Unavailable(f"{self.file} cannot be written: {problem.strerror}.", cure="Look at the home folder.") from problem  # fmt: skip
        return self._read()[0]


def _id(key: bytes) -> str:
    return hashlib.sha256(b"designer.secrets " + key).hexdigest()[:12]


def find(t: Transaction, q: str = "", after: str = "", limit: int = 10_000) -> list[StoredSecret]:
    """Secrets whose name contains `q`, by name."""
    query = sa.select(*_SHOWN).where(secrets.c.token.is_not(None), secrets.c.name > after)
    if q:
        query = query.where(secrets.c.name.contains(q, autoescape=True))
    return [StoredSecret(**row) for row in t.execute(query.order_by(secrets.c.name).limit(limit)).mappings()]


def keys(t: Transaction) -> dict[str, int]:
    """How many secrets each key encrypts."""
    query = sa.select(secrets.c.key, sa.func.count()).where(secrets.c.token.is_not(None)).group_by(secrets.c.key)
    return {row[0]: row[1] for row in t.execute(query)}


def versions(t: Transaction, names: Iterable[str]) -> dict[str, int]:
    """The newest version of each of these names that is there."""
    query = sa.select(secrets.c.name, secrets.c.version).where(
        secrets.c.token.is_not(None), secrets.c.name.in_(sorted(set(names)))
    )
    return {row.name: row.version for row in t.execute(query)}


def put(t: Transaction, keyring: Keyring, name: str, value: str, now: float, description: str = "") -> StoredSecret:
    """Keep a value under a name, in place of one that may be there. Raises `Unavailable` where it cannot be encrypted."""
    row = t.execute(sa.select(secrets).where(secrets.c.name == name)).mappings().first()
    version = (
        row["version"] if row else 0
    ) + 1  # also of one that was deleted: a name and version mean one value for ever
    token, key = keyring.seal(json.dumps([name, version, value]))
    created = row["created"] if row and row["token"] is not None else now
    fresh = {
        "version": version,
        "token": token,
        "key": key,
        "description": description,
        "created": created,
        "updated": now,
    }
    t.execute(
        insert(t, secrets).values(name=name, **fresh).on_conflict_do_update(index_elements=["name"], set_=fresh)
    )  # fmt: skip
    return StoredSecret(name, version, description, created, now, key)


def get(t: Transaction, keyring: Keyring, name: str) -> str:
    """The value of a secret. Raises `NotFound`, and `Unavailable` where it cannot be decrypted."""
    row = t.execute(sa.select(secrets).where(secrets.c.name == name)).mappings().first()
    if row is None or row["token"] is None:
        raise NotFound(f'There is no secret "{name}".', cure=f"Enter it: `PUT /api/secrets/{name}`.")
    kept = json.loads(keyring.open(row["token"], row["key"]))
    if kept[:2] != [name, row["version"]]:
        raise Unavailable(
            f'The secret "{name}" in the database is not the one that was kept there.', cure="Enter it again."
        )
    return str(kept[2])


def delete(t: Transaction, name: str) -> bool:
    """Forget a value; whether there was one. The name keeps its number, so that no later value takes an old one's place."""
    gone = (
        secrets.update().where(secrets.c.name == name, secrets.c.token.is_not(None)).values(token=None, description="")
    )
    return t.execute(gone).rowcount > 0


_SHOWN = [secrets.c[name] for name in ("name", "version", "description", "created", "updated", "key")]
