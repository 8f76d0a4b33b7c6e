"""The door: `python -m designer.launcher JOB_FOLDER`, or this very file as a script, with any Python.

As a script it makes the package `designer` importable and nothing else of the place it lies in, so that a step in
another virtual environment does not see the server's packages.
"""

import sys


class OnlyDesigner:
    """Finds the package `designer` where this file lies. Its sub-packages are then found the ordinary way."""

    @staticmethod
    def find_spec(name, path=None, target=None):  # type: ignore[no-untyped-def]
        """The import system asks here for every name."""
        if name != "designer":
            return None
        from importlib.machinery import PathFinder

        return PathFinder.find_spec(name, [__file__.rsplit("/", 3)[0]])


if not __package__:  # started as a script, or by the `spawn` of multiprocessing in a step
    here = __file__.rsplit("/", 1)[0]
    sys.path[:] = [entry for entry in sys.path if entry != here]
    sys.meta_path.insert(0, OnlyDesigner)

if __name__ == "__main__":
    if sys.argv[1:2] == ["--fork-server"]:
        from designer.launcher import forkserver

        forkserver.main(sys.argv[2:])
    if sys.argv[1:2] == ["--agent"]:
        from designer.launcher import agent

        agent.main(sys.argv[2:])
    from designer.launcher import supervisor

    supervisor.main(sys.argv[1:])
