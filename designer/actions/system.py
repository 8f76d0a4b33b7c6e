"""What a client should know about the server."""

import sys

from designer import __version__
from designer.contract.system import Engine, System, Target
from designer.engine.status import StepStatus
from designer.installation import LOCAL, Installation
from designer.store import jobs, leadership, steps
from designer.store.tables import JobStatus


def describe(inst: Installation) -> System:
    """Version, compute targets with their load, and notices."""
    with inst.store.read() as t:
        busy = steps.busy(t)
        samples = jobs.of_kind(t, "samples")
        leader = leadership.holder(t)
    targets = []
    for name, target in inst.targets.items():
        counts = busy.get(name, {})
        running = sum(counts.get(status, 0) for status in (StepStatus.PREPARING, StepStatus.RUNNING))
        title = "This machine" if name == LOCAL else name
        targets.append(
            Target(name=name, kind="process", title=title, slots=target.slots, running=running,
                   queued=counts.get(StepStatus.QUEUED, 0))
        )  # fmt: skip
    engine = None
    notices = list(inst.store.notices)
    if leader is not None:
        engine = Engine(host=leader.host, pid=leader.pid, epoch=leader.epoch, here=leader.is_me)
        if not engine.here:
            notices.append(f"Another engine is active ({leader.host}, pid {leader.pid}): this server stands by.")
    return System(
        version=__version__,
        home=str(inst.settings.home),
        python=".".join(str(part) for part in sys.version_info[:3]),
        targets=targets,
        notices=notices,
        engine=engine,
        upload_limit=inst.settings.upload_limit,
        samples_ready=samples is None or samples.status in (JobStatus.DONE, JobStatus.FAILED),
    )
