"""Whether this server can work: the database answers and is of this version, the disk has room, the artifact store answers."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from designer.contract.health import Check, Health
from designer.engine.status import StepStatus
from designer.errors import DesignerError, Unavailable
from designer.installation import Installation
from designer.store import health as stored
from designer.store import leadership

STORE_SECONDS = 5.0


def look(inst: Installation) -> Health:
    """All checks; ready where each is fine."""
    checks = list(_checks(inst))
    return Health(ready=all(check.fine for check in checks), checks=checks)


def _checks(inst: Installation) -> Iterator[Check]:
    try:
        found, needed = stored.schema(inst.store)
        if inst.store.fault is not None:
            raise inst.store.fault
    except DesignerError as problem:
        yield Check(name="database", fine=False, message=problem.message, cure=problem.cure)
    else:
        kind = "SQLite" if inst.store.is_sqlite else "PostgreSQL"
        yield Check(name="database", fine=True, message=f"The database answers ({kind}).")
        if found == needed:
            yield Check(name="schema", fine=True, message=f"Its schema is {found}, as this version needs it.")
        else:
            message = f"Its schema is {found or 'none'}, this version needs {needed}."
            yield Check(name="schema", fine=False, message=message, cure="Start this server again.")
    free, total = inst.space.usage()
    room = f"{free / 1e9:,.1f} of {total / 1e9:,.1f} GB are free in {inst.settings.home}."
    cure = "" if not inst.space.full else "Free some space, for instance with `designer clean`."
    yield Check(name="disk", fine=not inst.space.full, message=room, cure=cure)
    problem_text = _in_time(inst.artifacts.is_there, STORE_SECONDS)
    where = inst.settings.artifacts or "the home folder"
    if not problem_text:
        yield Check(name="artifacts", fine=True, message=f"The artifact store answers ({where}).")
    else:
        yield Check(name="artifacts", fine=False, message=f"The artifact store ({where}) does not answer: {problem_text}",
                    cure="Look at its address, its keys and the network.")  # fmt: skip


def _in_time(ask: Callable[[], object], seconds: float) -> str:
    """What is wrong where something cannot be asked, or does not answer in time; "" where it does."""
    answer: list[str] = []

    def run() -> None:
        try:
            ask()
            answer.append("")
        except Unavailable as problem:
            answer.append(problem.message)
        except Exception as problem:  # noqa: BLE001 - whatever the library of the store raises
            answer.append(f"{type(problem).__name__}: {problem}"[:300])

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    return answer[0] if answer else f"nothing came within {seconds:g} seconds"


@dataclass(frozen=True)
class Counts:
    """What there is now, for those who watch the server."""

    leads: bool
    runs: dict[str, int]
    steps: dict[str, dict[StepStatus, int]]  # that have not ended, by target
    slots: dict[str, int]
    jobs: dict[str, int]
    commands: int
    free: int  # bytes
    total: int
    seconds: float = field(default=0.0)  # that asking took


def count(inst: Installation) -> Counts:
    """Count what there is. Raises `Unavailable` where the database does not answer."""
    began = time.monotonic()
    with inst.store.read() as t:
        leader = leadership.holder(t)
        found_runs, found_steps = stored.run_counts(t), stored.step_counts(t)
        found_jobs, found_commands = stored.job_counts(t), stored.commands(t)
    free, total = inst.space.usage()
    return Counts(
        leads=leader is not None and leader.is_me, runs=found_runs, steps=found_steps,
        slots={name: target.slots for name, target in inst.targets.items()}, jobs=found_jobs, commands=found_commands,
        free=free, total=total, seconds=time.monotonic() - began,
    )  # fmt: skip
