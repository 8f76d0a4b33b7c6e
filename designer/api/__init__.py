"""The HTTP door: one file per resource, each a table of routes; validation and the OpenAPI come from the same table.

Calls `actions` and nothing below but the contract. Only `app` calls this room.
"""
