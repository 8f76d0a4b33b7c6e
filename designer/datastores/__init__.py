"""Datastores: places outside that hold bytes or tables. `place.py` and `sql.py` speak to them, in a step's process or in an
agent's (`agent.py`), never in the server's; `agents.py` is the server's side. Libraries are imported when a store is opened.
"""
