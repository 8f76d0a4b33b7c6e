"""A server that can be killed: opens a home, submits the document of a file, and conducts until its end comes."""

import argparse
import json
import logging
import signal
import threading
from pathlib import Path

from designer.actions import runs
from designer.conductor import Conductor, leadership
from designer.contract.runs import SubmitRun
from tests.home import home


def main() -> None:
    """Serve; print the id of the run, or that it conducts. SIGTERM ends it well."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("document", nargs="?", default="")
    parser.add_argument("--database", default="")
    parser.add_argument("--lease", type=float, default=leadership.LEASE_SECONDS)
    given = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    scale = given.lease / leadership.LEASE_SECONDS
    for name in ("LEASE_SECONDS", "RENEW_SECONDS", "TRY_SECONDS", "MARGIN_SECONDS"):
        setattr(leadership, name, getattr(leadership, name) * scale)
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    with home(given.folder, given.database) as inst:
        conductor = Conductor(inst)
        conductor.start()
        if given.document:
            run = runs.submit_run(inst, SubmitRun(document=json.loads(Path(given.document).read_text())))
            print(run.id, flush=True)
        else:
            print("ready", flush=True)
        ended.wait()
        conductor.stop()


if __name__ == "__main__":
    main()
