"""Secrets are kept encrypted, listed by name, and never given back."""

import json
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa

from designer.actions import backups, secrets, system
from designer.contract.secrets import PutSecret
from designer.errors import Invalid, NotFound, Unavailable
from designer.installation import Installation
from designer.store import secrets as store
from designer.store.tables import secrets as table

VALUE = "S3cr3t-correct-horse-battery"


def value_of(inst: Installation, name: str) -> str:
    with inst.store.read() as t:
        return store.get(t, inst.keyring, name)


def test_a_secret_is_kept_and_listed_without_its_value(inst: Installation) -> None:
    made = secrets.put_secret(inst, "bucket-key", PutSecret(value=VALUE, description="of the data team"))
    listed = secrets.list_secrets(inst)

    assert (made.name, made.version, made.readable) == ("bucket-key", 1, True)
    assert listed.items == [made]
    assert VALUE not in listed.model_dump_json() + repr(PutSecret(value=VALUE))
    assert value_of(inst, "bucket-key") == VALUE


def test_a_new_value_takes_the_place_of_the_old_one_under_a_new_version(inst: Installation) -> None:
    first = secrets.put_secret(inst, "key", PutSecret(value=VALUE, description="mine"))
    second = secrets.put_secret(inst, "key", PutSecret(value=VALUE + "2"))

    assert (first.version, second.version) == (1, 2)
    assert (second.description, second.created) == ("mine", first.created)
    assert value_of(inst, "key") == VALUE + "2"


def test_a_deleted_secret_is_gone_and_its_number_is_not_used_again(inst: Installation) -> None:
    secrets.put_secret(inst, "key", PutSecret(value=VALUE))
    secrets.delete_secret(inst, "key")

    assert secrets.list_secrets(inst).items == []
    with pytest.raises(NotFound):
        value_of(inst, "key")
    with pytest.raises(NotFound):
        secrets.delete_secret(inst, "key")
    assert secrets.put_secret(inst, "key", PutSecret(value=VALUE)).version == 2


def test_a_value_too_short_to_be_masked_is_refused(inst: Installation) -> None:
    with pytest.raises(Invalid, match="at least 6 characters") as refused:
        secrets.put_secret(inst, "key", PutSecret(value="  12345 "))

    assert "12345" not in str(refused.value.__dict__)


def test_pages_of_secrets_follow_one_another(inst: Installation) -> None:
    for name in ("c", "a", "B", "d"):
        secrets.put_secret(inst, name, PutSecret(value=VALUE))

    first = secrets.list_secrets(inst, limit=3)
    second = secrets.list_secrets(inst, limit=3, after=first.next)

    assert sorted(one.name for one in [*first.items, *second.items]) == ["B", "a", "c", "d"]
    assert second.next is None


def test_nothing_of_a_value_is_on_disk_in_the_clear_or_in_a_backup(inst: Installation, tmp_path: Path) -> None:
    secrets.put_secret(inst, "key", PutSecret(value=VALUE))
    backup = b"".join(backups.back_up(inst))

    home = inst.settings.home
    key = (home / "secrets.key").read_bytes().strip()
    assert stat.S_IMODE((home / "secrets.key").stat().st_mode) == 0o600
    assert [file for file in home.rglob("*") if file.is_file() and VALUE.encode() in file.read_bytes()] == []
    with inst.store.read() as t:
        assert VALUE not in str(t.execute(sa.select(table)).all())
    assert VALUE.encode() not in backup
    assert key not in backup


def test_without_its_key_a_secret_is_listed_and_says_what_is_missing(inst: Installation) -> None:
    secrets.put_secret(inst, "key", PutSecret(value=VALUE))
    inst.keyring.file.unlink()

    assert [one.readable for one in secrets.list_secrets(inst).items] == [False]
    assert [one.code for one in system.describe(inst).notices if one.severity == "error"] == ["secrets_locked"]
    with pytest.raises(Unavailable, match="is not in "):
        value_of(inst, "key")
    secrets.put_secret(inst, "key", PutSecret(value=VALUE))
    assert value_of(inst, "key") == VALUE


def test_an_older_key_in_the_file_still_opens_what_it_encrypted(inst: Installation) -> None:
    from cryptography.fernet import Fernet

    secrets.put_secret(inst, "old", PutSecret(value=VALUE))
    inst.keyring.file.write_bytes(Fernet.generate_key() + b"\n" + inst.keyring.file.read_bytes())
    secrets.put_secret(inst, "new", PutSecret(value=VALUE + "2"))

    assert (value_of(inst, "old"), value_of(inst, "new")) == (VALUE, VALUE + "2")


def test_a_row_moved_to_another_name_opens_as_nothing(inst: Installation) -> None:
    secrets.put_secret(inst, "mine", PutSecret(value=VALUE))
    secrets.put_secret(inst, "yours", PutSecret(value=VALUE + "2"))
    with inst.store.read() as t:
        token = t.execute(sa.select(table.c.token).where(table.c.name == "yours")).scalar_one()
    with inst.store._write("probe") as t:
        t.execute(table.update().where(table.c.name == "mine").values(token=token))

    with pytest.raises(Unavailable, match="not the one that was kept"):
        value_of(inst, "mine")


def test_a_damaged_value_is_named(inst: Installation) -> None:
    secrets.put_secret(inst, "mine", PutSecret(value=VALUE))
    with inst.store._write("probe") as t:
        t.execute(table.update().values(token=json.dumps("nothing")))

    with pytest.raises(Unavailable, match="damaged"):
        value_of(inst, "mine")
