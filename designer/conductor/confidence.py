"""What a job is given in confidence: the datastores it names, and the values of their secrets and its own."""

from typing import Any

from designer.errors import NotFound, Unavailable
from designer.installation import Installation
from designer.launcher import private
from designer.store import datastores, secrets
from designer.store.database import Transaction


def confided(inst: Installation, named: Any) -> tuple[dict[str, str], dict[str, Any]]:
    """The values of what is named, to lie beside a job, which removes them first of all; and what the job says of it.

    Raises `Unavailable` where something named is not there any more.
    """
    names = sorted(private.stores(named))
    if not names and not private.names(named):
        return {}, {}
    with inst.store.read() as t:
        stores = {name: _store(t, name) for name in names}
        wanted = sorted(private.names([named, stores]))
        try:
            values = {name: secrets.get(t, inst.keyring, name) for name in wanted}
        except NotFound as problem:
            raise Unavailable(problem.message, cure=problem.cure) from problem
    return values, {**({"datastores": stores} if stores else {}), **({"secrets": wanted} if wanted else {})}


def _store(t: Transaction, name: str) -> dict[str, Any]:
    stored = datastores.get(t, name)
    if stored is None:
        raise Unavailable(f'There is no datastore "{name}" any more.', cure="Choose another datastore.")
    return {"kind": stored.kind, "options": dict(stored.options)}
