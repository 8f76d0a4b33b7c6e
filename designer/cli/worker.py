"""`designer worker`: run steps of a server on this machine."""

import argparse
import os
import sys

from designer import logs
from designer.errors import Invalid
from designer.settings import LogFormat, Settings
from designer.worker.service import PING_SECONDS, Plan, work

TOKEN = "DESIGNER_WORKER_TOKEN"  # noqa: S105 - the name of the variable
BROKER = "DESIGNER_WORKER_BROKER"


def worker(options: argparse.Namespace) -> int:
    """Work until told to end."""
    token = options.token or os.environ.pop(TOKEN, "")
    if not token:
        raise Invalid(
            "A worker needs a token.", cure=f"Make one with `designer targets token NAME`; give it in {TOKEN}."
        )
    settings = Settings.read()
    logs.configure(as_json=settings.log_format is LogFormat.JSON)
    slots = options.slots or max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1)
    plan = Plan(
        options.server, token, options.target, slots,
        (options.home or settings.home / "workers" / options.target).absolute(),
        options.broker or os.environ.pop(BROKER, ""), options.name or "", options.store, PING_SECONDS,
    )  # fmt: skip
    sys.setswitchinterval(0.001)
    return work(plan, settings)
