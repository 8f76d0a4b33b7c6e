"""What runs inside a step: `python -m designer.launcher JOB_FOLDER`. Any target starts it; nobody imports its insides
but the server's `artifacts` (digests) and `targets` (processes).

The process that is started is a small supervisor (supervisor.py). It forks the child that does the work (child.py),
arms the timeout, hears a cancel, kills the whole tree at the end and writes `result.json`, last, by rename.
"""
