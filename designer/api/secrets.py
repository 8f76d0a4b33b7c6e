"""Secrets over HTTP. There is no way to read a value."""

from typing import Annotated

from pydantic import Field

from designer.actions import secrets as actions
from designer.api.declare import Limit, Routes, Words
from designer.contract.secrets import PutSecret, Secret, SecretList, SecretName
from designer.installation import Installation

routes = Routes("secrets")

After = Annotated[str, Field(max_length=200, description="The `next` of the page before.")]


@routes.get("/api/secrets")
def list_secrets(inst: Installation, *, q: Words = "", after: After | None = None, limit: Limit = 100) -> SecretList:
    """List the names of secrets; their values are never shown."""
    return actions.list_secrets(inst, q=q, after=after, limit=limit)


@routes.put("/api/secrets/{name}")
def put_secret(inst: Installation, name: SecretName, request: PutSecret) -> Secret:
    """Keep a value under a name, encrypted, in place of one that may be there."""
    return actions.put_secret(inst, name, request)


@routes.delete("/api/secrets/{name}")
def delete_secret(inst: Installation, name: SecretName) -> None:
    """Forget a secret."""
    actions.delete_secret(inst, name)
