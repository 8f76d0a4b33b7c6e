"""The websocket door: a client joins rooms and is told what changes in them. It can ask for nothing else here.

Only `app` calls this room.
"""

from designer.live.server import Live

__all__ = ["Live"]
