"""How a run moves. Pure: `decide(run, signal) -> (run, commands)`, no clock, file, socket or database.

Two rules. Everything that changes a status lives here, and only `move` changes one. This room does not know what a
target, a process or a database is: signals say what the world reported, commands what the world should do.
"""
