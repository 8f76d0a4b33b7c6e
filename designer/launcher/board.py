"""What the supervisor and its child both see while the step runs: a piece of shared memory, without a file or a descriptor."""

import json
import mmap
import struct

TYPE_CHECKING = False  # the real one would import typing, which costs a step milliseconds
if TYPE_CHECKING:
    from typing import Any

ROOM = 1 << 20
"""Bytes of memory; only those that are written to are ever there."""

_HEAD = struct.Struct("qq")


class Board:
    """Made by the supervisor before it forks. The child writes, the supervisor reads when the child has ended."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, ROOM)

    def clear(self) -> None:
        """Make it ready for another child."""
        self._memory[: _HEAD.size] = bytes(_HEAD.size)

    def put_base(self, held: int) -> None:
        """Note the memory in bytes that the child holds already when its step begins, shared with the fork server."""
        self._memory[: _HEAD.size] = _HEAD.pack(held, 0)

    def base(self) -> int:
        """What `put_base` noted, else 0."""
        return int(_HEAD.unpack_from(self._memory)[0])

    def put_outcome(self, outcome: "dict[str, Any]") -> bool:
        """Leave the outcome for the supervisor; False where there is no room for it."""
        data = json.dumps(outcome, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(
            "utf-8", "replace"
        )
        if len(data) > ROOM - _HEAD.size:
            return False
        self._memory[_HEAD.size : _HEAD.size + len(data)] = data
        self._memory[: _HEAD.size] = _HEAD.pack(self.base(), len(data))
        return True

    def outcome(self) -> "dict[str, Any] | None":
        """What `put_outcome` left; `None` where there is nothing, or nothing that makes sense."""
        length = int(_HEAD.unpack_from(self._memory)[1])
        try:
            found = json.loads(self._memory[_HEAD.size : _HEAD.size + length]) if length > 0 else None
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None
