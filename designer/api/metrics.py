"""The door to Prometheus: what there is and what was counted, in its text format."""

from collections.abc import Iterator
from typing import Any

from designer import __version__
from designer.actions import health
from designer.engine.status import RunStatus, StepStatus
from designer.errors import Unavailable
from designer.installation import Installation
from designer.measures import BOUNDS, Timing

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
LIVE = (StepStatus.QUEUED, StepStatus.PREPARING, StepStatus.RUNNING, StepStatus.FINALIZING)


def render(inst: Installation) -> bytes:
    """All metrics. Where the database does not answer, those of this process alone."""
    from prometheus_client import CollectorRegistry, generate_latest

    class Collector:
        """What the library asks."""

        def collect(self) -> Iterator[Any]:
            """All families."""
            yield from _families(inst)

    registry = CollectorRegistry()
    registry.register(Collector())
    return generate_latest(registry)


def _families(inst: Installation) -> Iterator[Any]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily

    measures = inst.measures
    yield InfoMetricFamily("designer", "The server.", value={"version": __version__})
    yield _timing("designer_turn_seconds", "Turns of the conductor: decide, commit, tell.", measures.turns)
    yield _timing("designer_commit_seconds", "Write transactions, from their begin to their commit.", measures.commits)
    ended = CounterMetricFamily(
        "designer_steps_ended", "Steps that ended since this server started.", labels=("target", "status")
    )
    for (target, status), number in sorted(measures.ended.items()):
        ended.add_metric((target, status), number)
    yield ended
    yield GaugeMetricFamily("designer_viewers", "Browsers that watch live at this server.", measures.viewers())
    yield GaugeMetricFamily("designer_viewers_limit", "Browsers that may.", inst.settings.viewers)
    try:
        counts = health.count(inst)
    except Unavailable:
        yield GaugeMetricFamily("designer_database_up", "Whether the database answers.", 0)
        return
    yield GaugeMetricFamily("designer_database_up", "Whether the database answers.", 1)
    yield GaugeMetricFamily("designer_leader", "Whether this server conducts.", int(counts.leads))
    runs = GaugeMetricFamily("designer_runs", "Runs that are kept.", labels=("status",))
    for one in RunStatus:
        runs.add_metric((one.value,), counts.runs.get(one.value, 0))
    yield runs
    steps = GaugeMetricFamily("designer_steps", "Steps that have not ended.", labels=("target", "status"))
    slots = GaugeMetricFamily("designer_target_slots", "Steps that a target runs at a time.", labels=("target",))
    for name in sorted({*counts.steps, *counts.slots}):
        for status in LIVE:
            steps.add_metric((name, status.value), counts.steps.get(name, {}).get(status, 0))
        slots.add_metric((name,), counts.slots.get(name, 0))
    yield steps
    yield slots
    jobs = GaugeMetricFamily(
        "designer_jobs", "Jobs that wait or go on: previews, uploads, environments.", labels=("kind",)
    )
    for kind in sorted({"preview", "ingest", "environment", *counts.jobs}):
        jobs.add_metric((kind,), counts.jobs.get(kind, 0))
    yield jobs
    yield GaugeMetricFamily("designer_commands", "Commands that are decided and not carried out yet.", counts.commands)
    yield GaugeMetricFamily("designer_disk_free_bytes", "Free bytes of the home folder's disk.", counts.free)
    yield GaugeMetricFamily("designer_disk_bytes", "All bytes of that disk.", counts.total)


def _timing(name: str, text: str, timing: Timing) -> Any:
    from prometheus_client.core import HistogramMetricFamily

    counts, total = timing.read()
    names = [*(str(bound) for bound in BOUNDS), "+Inf"]
    return HistogramMetricFamily(name, text, buckets=list(zip(names, counts, strict=True)), sum_value=total)
