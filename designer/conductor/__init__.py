"""What moves runs: load, decide, save, commit, then do. Threads of the server process; started by `app` only.

One thread decides. Everything else (target callbacks, finished commands, what steps report) sends it messages.
"""

from designer.conductor.conductor import Conductor

__all__ = ["Conductor"]
