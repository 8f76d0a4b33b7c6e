"""Runs a notebook: `python notebook.py ABOUT`, where ABOUT is {"notebook", "to", "values"} as JSON. Needs nbclient and ipykernel.

The values go into a cell of their own behind the one tagged `parameters`, as papermill does. The notebook is saved after every
cell, so that one that fails shows how far it came; what cells print is printed here too.
"""

import copy
import json
import os
import shutil
import sys
import tempfile

TYPE_CHECKING = False  # the real one would import typing, which costs a step milliseconds
if TYPE_CHECKING:
    from typing import Any

TAG, INJECTED = "parameters", "injected-parameters"
FAILED = 1


def main(about: str) -> int:
    """Run it; the exit code."""
    with open(about, encoding="utf-8") as file:
        told = json.load(file)
    os.environ["JUPYTER_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="nb", dir="/tmp")
    try:
        import nbformat
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError
    except ModuleNotFoundError as problem:
        sys.stderr.write(f"Notebooks need the packages nbclient and ipykernel; {problem.name} is not there.\n")
        return FAILED
    with open(told["notebook"], encoding="utf-8") as file:
        notebook = nbformat.read(file, as_version=4)
    inject(notebook, told["values"], nbformat.v4.new_code_cell)

    def save() -> None:
        with open(told["to"], "w", encoding="utf-8") as file:
            nbformat.write(notebook, file)

    def executed(cell: "Any", cell_index: int, **_: "Any") -> None:
        show(cell)
        save()

    client = NotebookClient(
        notebook, timeout=None, kernel_name=kernel(notebook), resources={"metadata": {"path": os.getcwd()}},
        on_cell_executed=executed,
    )  # fmt: skip
    client.create_kernel_manager()
    client.km.transport = "ipc"  # files of this step, and no port that others on this machine can reach
    try:
        client.execute()
    except CellExecutionError as problem:
        sys.stderr.write(f"{problem.ename}: {problem.evalue}\n")
        return FAILED
    finally:
        save()
        shutil.rmtree(os.environ["JUPYTER_RUNTIME_DIR"], ignore_errors=True)
    return 0


def kernel(notebook: "Any") -> str:
    """The kernel the notebook names; one for Python is the one of this environment, whatever it was called."""
    spec = notebook.metadata.get("kernelspec", {})
    return "python3" if str(spec.get("language", "python")).lower() == "python" else str(spec.get("name", "python3"))


def inject(notebook: "Any", values: "dict[str, Any]", new_cell: "Any") -> None:
    """Put a cell with the values behind the one tagged `parameters`, else first."""
    tags = [cell.get("metadata", {}).get("tags", []) for cell in notebook.cells]
    place = next((number + 1 for number, one in enumerate(tags) if TAG in one), 0)
    lines = [f"{name} = {copy.deepcopy(value)!r}" for name, value in values.items() if name.isidentifier()]
    kept = [cell for cell, one in zip(notebook.cells, tags, strict=True) if INJECTED not in one]
    place -= sum(INJECTED in one for one in tags[:place])
    kept.insert(place, new_cell("\n".join(["# Parameters", *lines]), metadata={"tags": [INJECTED]}))
    notebook.cells = kept


def show(cell: "Any") -> None:
    """Print what a cell gave, as far as it is text."""
    for output in cell.get("outputs", []):
        if output.get("output_type") == "stream":
            stream = sys.stderr if output.get("name") == "stderr" else sys.stdout
            stream.write(str(output.get("text", "")))
        elif output.get("output_type") == "error":
            sys.stderr.write("\n".join(output.get("traceback", [])) + "\n")
        elif "text/plain" in output.get("data", {}):
            sys.stdout.write(str(output["data"]["text/plain"]) + "\n")
    sys.stdout.flush()
    sys.stderr.flush()


if __name__ == "__main__":
    sys.path[:] = [entry for entry in sys.path if entry != os.path.dirname(os.path.abspath(__file__))]
    sys.exit(main(sys.argv[1]))
