"""What a client should know about the server."""

import sys
from collections.abc import Iterator, Mapping

from designer import __version__
from designer.actions.targets import shown
from designer.contract.system import Engine, Notice, Severity, System
from designer.errors import Unavailable
from designer.installation import Installation
from designer.store import jobs, leadership, secrets
from designer.store.tables import JobStatus


def describe(inst: Installation) -> System:
    """Version, compute targets with their load, and notices."""
    with inst.store.read() as t:
        samples = jobs.of_kind(t, "samples")
        leader = leadership.holder(t)
        keys = secrets.keys(t)
    engine = None
    if leader is not None:
        engine = Engine(host=leader.host, pid=leader.pid, epoch=leader.epoch, here=leader.is_me)
    return System(
        version=__version__,
        home=str(inst.settings.home),
        python=".".join(str(part) for part in sys.version_info[:3]),
        targets=shown(inst, inst.targets),
        notices=[*notices(inst), *_locked(inst, keys)],
        engine=engine,
        upload_limit=inst.settings.upload_limit,
        samples_ready=samples is None or samples.status in (JobStatus.DONE, JobStatus.FAILED),
    )


def notices(inst: Installation) -> list[Notice]:
    """What everyone should know now, the worst first."""
    found = []
    if inst.space.full:
        message = f"The disk is full: {inst.space.usage()[0] / 1e6:,.0f} MB are free. Steps wait until there is space."
        found.append(
            _notice("disk_full", Severity.ERROR, message, "Free some space, for instance with `designer clean`.")
        )
    fault = inst.store.fault
    if fault is not None:
        found.append(_notice("database", Severity.ERROR, fault.message, fault.cure))
    if not found:
        try:
            inst.space.refuse_new()
        except Unavailable as problem:
            found.append(_notice("disk_low", Severity.WARNING, problem.message, problem.cure))
    if inst.bus.trouble:
        message = (
            f"Redis does not answer ({inst.bus.trouble}): what other servers do is seen here after a second or two."
        )
        found.append(_notice("redis", Severity.WARNING, message, "All goes on; look after Redis (DESIGNER_REDIS)."))
    if inst.store.warning:
        found.append(_notice("sqlite_old", Severity.WARNING, inst.store.warning, ""))
    return found


def _locked(inst: Installation, keys: Mapping[str, int]) -> Iterator[Notice]:
    """Say that there are secrets whose key is missing."""
    there = inst.keyring.ids() if keys else []
    count = sum(number for key, number in keys.items() if key not in there)
    if count:
        what = "1 secret" if count == 1 else f"{count} secrets"
        yield _notice("secrets_locked", Severity.ERROR, f"{what} cannot be read: the key is not in {inst.keyring.file}.",
                      "Put that file back from where you keep it, or enter the secrets again.")  # fmt: skip


def _notice(code: str, severity: Severity, message: str, cure: str) -> Notice:
    return Notice(code=code, severity=severity, message=message, cure=cure)
