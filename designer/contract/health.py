"""How a server is, on the wire."""

from designer.contract.base import Response


class Check(Response):
    """One thing that must be well."""

    name: str  # database, schema, disk, artifacts
    fine: bool
    message: str
    cure: str = ""


class Health(Response):
    """Whether the server can work now, and why not."""

    ready: bool
    checks: list[Check]
