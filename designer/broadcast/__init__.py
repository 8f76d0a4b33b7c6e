"""What servers of one PostgreSQL database tell each other: events for their viewers, and pokes for the one that conducts.

All of it is hints; the database is the truth. Redis carries them at once, and where there is none, or it does not answer,
the database is looked at instead.

order.py     what of the events of a run is new here, so that none is told twice or left out
poll.py      what the database says that nobody told
channel.py   the door to Redis
relay.py     the threads between them
"""

from designer.broadcast.relay import Relay

__all__ = ["Relay"]
