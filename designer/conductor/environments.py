"""Steps that wait for their environment: they stay queued, hold no slot, and say how far it is."""

from collections.abc import Callable
from dataclasses import replace

from designer.actions import environments as actions
from designer.conductor.live import Work
from designer.conductor.reuse import Place
from designer.contract.environments import EnvironmentStatus
from designer.engine.run import StepError
from designer.engine.status import StepStatus
from designer.errors import Unavailable
from designer.installation import Installation
from designer.store import environments
from designer.store.environments import WORKING, StoredEnvironment
from designer.store.steps import StepPlan, StoredStep
from designer.targets.base import Software

KIND = "environment"


class NotBuilt(Unavailable):
    """The environment of a step is not there."""

    def __init__(self, error: StepError) -> None:
        super().__init__(error.message, cure=error.cure)
        self.error = error


def interpreter(inst: Installation, plan: StepPlan, lock: str) -> str:
    """The Python that a step runs on, in the environment whose lock its key names; "" is the target's own. Raises `NotBuilt`."""
    if not plan.software:
        return ""
    found = inst.environments.python(lock)
    if found is None:
        with inst.store.read() as t:
            stored = environments.get(t, plan.software)
        raise NotBuilt(_why_not(stored))
    return str(found)


def software(inst: Installation, plan: StepPlan, lock: str) -> Software:
    """What a step is to run in on a target elsewhere: the lock its key names, or what is installed here. Raises `NotBuilt`."""
    if not plan.software:
        server = inst.environments.server
        lines = (f"{name}=={version}\n" for name, version in server.packages.items())
        return Software(server.identity, ".".join(server.python.split(".")[:2]), "".join(lines))
    with inst.store.read() as t:
        found = environments.get_lock(t, lock)
        stored = environments.get(t, plan.software)
    if found is None:
        raise NotBuilt(_why_not(stored))
    return Software(found.digest, found.python, found.text)


def _why_not(stored: StoredEnvironment | None) -> StepError:
    error = stored.error if stored else None
    if error is None:
        return StepError(KIND, "Its environment is not there any more.", "Run the step again: then it is built anew.")
    return StepError(KIND, f"Its environment could not be built. {error['message']}", str(error.get("cure", "")))


class Waiting:
    """The steps that wait for environments. Used by the thread that decides alone, but for `look_again`."""

    def __init__(self, inst: Installation) -> None:
        self._inst = inst
        self._parked: dict[Place, str] = {}  # the environment each step waits for
        self._stale = False

    def look_again(self) -> None:
        """Something changed about environments; from any thread."""
        self._stale = True

    def lets(self, step: StoredStep, place: Place, *, here: bool) -> bool:
        """Whether a step may take a slot now, of a target that is `here` or not; else it is kept, and its environment is seen to.

        One whose environment could not be built may: then it fails, and says why.
        """
        software = step.plan.software
        if not software or self._inst.environments.python(step.environment) is not None:
            return True
        if not here and step.environment.startswith("sha256:"):  # it is locked, and built over there
            return True
        self._inst.environments.refresh()
        with self._inst.store.read() as t:
            stored = environments.get(t, software)
        if stored is None or stored.status is EnvironmentStatus.FAILED:
            return True
        if stored.status not in WORKING and not self._inst.environments.ready(software):
            actions.see_to(self._inst, [software])
        self._parked[place] = software  # where it was built meanwhile, its key is looked up anew
        self._stale = True
        return False

    def settle(self, look_again: Callable[[Place], None], work: Callable[[str], Work | None], *, all_: bool) -> None:
        """Have those looked at again whose environment is there, or cannot be; and have the others say how far it is."""
        if not self._parked or not (self._stale or all_):
            return
        self._stale = False
        with self._inst.store.read() as t:
            known = {one: environments.get(t, one) for one in set(self._parked.values())}
        for (run, node), software in list(self._parked.items()):
            of = work(run)
            if of is None or of.state.steps[node].status is not StepStatus.QUEUED:
                del self._parked[run, node]
                continue
            stored = known[software]
            if stored is None or stored.status not in WORKING:
                del self._parked[run, node]
                look_again((run, node))
                continue
            seen = of.seen.get(node, of.live.steps[node].seen)
            text = saying(stored)
            if (seen.progress_text, seen.progress) != (text, stored.progress):
                of.seen[node] = replace(seen, progress_text=text, progress=stored.progress)


def saying(stored: StoredEnvironment) -> str:
    """What a step says that waits for this."""
    if stored.status is EnvironmentStatus.QUEUED:
        return "Waiting for its environment: others are built first"
    text = stored.progress_text[:1].lower() + stored.progress_text[1:]
    return f"Building its environment: {text or 'beginning'}"
