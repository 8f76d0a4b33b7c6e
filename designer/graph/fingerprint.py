"""The key of a step: sha256 over canonical JSON of everything that decides its outputs, and nothing else.

Typed and canonical: `1`, `1.0`, `"1"` and `True` differ, as do texts that differ in any code point; key order, machine,
path and time do not enter. `docs/reference/reuse.md` is the specification.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

FORMAT = 2


def step_key(
    module_digest: str, parameters: Mapping[str, Any], inputs: Mapping[str, str], environment: str = ""
) -> str:
    """The key of a step, as 64 hex digits.

    Args:
        module_digest: identity of the module's source.
        parameters: after defaults and pipeline parameters; only those that count.
        inputs: artifact digest of what flows into each port.
        environment: identity of the software it runs in; "" is the server's own.
    """
    parts = [FORMAT, module_digest, environment, typed(parameters), typed(inputs)]
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def typed(value: Any) -> Any:
    """A JSON value in a form in which values of different types never look alike."""
    match value:
        case None:
            return ["null"]
        case bool():
            return ["bool", value]
        case int():
            return ["int", hex(value)]
        case float():
            return ["float", value.hex()]
        case str():
            return ["text", value]
        case Mapping():
            return ["object", [[key, typed(value[key])] for key in sorted(value)]]
        case _:
            return ["list", [typed(item) for item in value]]
