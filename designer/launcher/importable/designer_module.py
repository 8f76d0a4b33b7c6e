"""Stands for a step's module in the Python programs that the step starts, so that they can read pickles of what it defines."""


def _load() -> None:
    import json
    import os

    folder = os.environ["DESIGNER_JOB"]
    with open(os.path.join(folder, "job.json"), "rb") as file:
        path = os.path.join(folder, json.load(file).get("source") or "module.py")
    with open(path, "rb") as file:
        source = file.read()
    globals()["__file__"] = path
    exec(compile(source, path, "exec", dont_inherit=True), globals())  # noqa: S102 - the step's own code in its own processes


_load()
