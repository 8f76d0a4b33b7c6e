"""A server that can be killed: opens a home, submits the document of a file, and conducts until its end comes."""

import json
import sys
import time
from pathlib import Path

from designer.actions import runs
from designer.conductor import Conductor
from designer.contract.runs import SubmitRun
from tests.home import home


def main(folder: str, document: str) -> None:
    """Serve; print the id of the run."""
    with home(Path(folder)) as inst:
        conductor = Conductor(inst)
        conductor.start()
        if document:
            run = runs.submit_run(inst, SubmitRun(document=json.loads(Path(document).read_text())))
            print(run.id, flush=True)
        while True:
            time.sleep(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
