"""What crosses the wire: requests, responses, events and problems, one file per noun (pydantic).

The server answers with these, the OpenAPI and the TypeScript types are generated from these, the SDK reads these.
"""
