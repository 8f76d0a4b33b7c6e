"""The Python client of the HTTP API. Needs only the standard library and `contract`."""

from designer.sdk.client import Client, find_server

__all__ = ["Client", "find_server"]
