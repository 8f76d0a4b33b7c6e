"""Jobs of kind `samples`: write the named sample tables, one output each."""

import os

from designer.launcher import values
from designer.launcher.failures import Failure

TYPE_CHECKING = False  # the real one would import typing, which costs a step milliseconds
if TYPE_CHECKING:
    from typing import Any


def run(job: "dict[str, Any]", folder: str) -> "dict[str, Any]":
    """Do the job; return the outcome."""
    from designer.samples import datasets

    outputs = {}
    for name in (job.get("options") or {}).get("names") or []:
        if name not in datasets.SAMPLES or not str(name).isidentifier():
            raise Failure("SampleUnknown", f'There is no sample named "{name}".')
        outputs[name] = values.write(
            name, "table", datasets.load(name), os.path.join(folder, "out"), None, values.Roles()
        )
    return {"outputs": outputs}
