"""What people do with secrets: enter, list, delete. Nothing here gives a value back."""

from designer.contract.secrets import PutSecret, Secret, SecretList
from designer.errors import Invalid, NotFound
from designer.installation import Installation
from designer.launcher.masking import SHORTEST
from designer.store import secrets
from designer.store.secrets import StoredSecret


def list_secrets(inst: Installation, *, q: str = "", after: str | None = None, limit: int = 100) -> SecretList:
    """Secrets by name."""
    keys = inst.keyring.ids()
    with inst.store.read() as t:
        found = secrets.find(t, q, after or "", limit + 1)
    page = found[:limit]
    return SecretList(
        items=[_shown(one, keys) for one in page], next=page[-1].name if len(found) > limit and page else None
    )


def put_secret(inst: Installation, name: str, request: PutSecret) -> Secret:
    """Keep a value under a name, in place of one that may be there. Raises `Invalid` where it is too short to be masked."""
    if len(request.value.strip()) < SHORTEST:
        raise Invalid(
            f"A secret has at least {SHORTEST} characters: a shorter one cannot be kept out of logs.", where="value",
            cure="Choose a longer one.",
        )  # fmt: skip
    with inst.store.write("put_secret") as t:
        before = next((one for one in secrets.find(t) if one.name == name), None)
        description = request.description if request.description is not None else before.description if before else ""
        made = secrets.put(t, inst.keyring, name, request.value, inst.clock.now(), description)
    return _shown(made, inst.keyring.ids())


def delete_secret(inst: Installation, name: str) -> None:
    """Forget a secret; what names it fails until it is entered again. Raises `NotFound`."""
    with inst.store.write("delete_secret") as t:
        if not secrets.delete(t, name):
            raise NotFound(f'There is no secret "{name}".')


def _shown(found: StoredSecret, keys: list[str]) -> Secret:
    about = {key: value for key, value in vars(found).items() if key != "key"}
    return Secret(**about, readable=found.key in keys)
