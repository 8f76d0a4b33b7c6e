"""What people do with environments, and how runs ask for those they need."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from designer.actions import answers
from designer.contract.environments import (
    BuildEnvironment,
    ChangeEnvironment,
    CheckedEnvironment,
    CreateEnvironment,
    Environment,
    EnvironmentDetail,
    EnvironmentList,
    EnvironmentLock,
    EnvironmentStatus,
    ServerEnvironment,
    Wanted,
)
from designer.contract.events import EnvironmentChanged
from designer.contract.runs import Log, StepError
from designer.environments import builder, named
from designer.errors import Conflict, Invalid, NotFound
from designer.graph.environment import Declaration, declare, from_requirements
from designer.graph.findings import Finding, Severity
from designer.installation import LOCAL, Installation
from designer.store import environments, jobs, logs, pipelines, steps
from designer.store.database import Taken, Transaction
from designer.store.environments import WORKING, StoredEnvironment
from designer.store.jobs import StoredJob
from designer.store.tables import JobStatus

MOST_LOG_BYTES = 1_000_000


def list_environments(
    inst: Installation, *, q: str = "", after: str | None = None, limit: int = 100
) -> EnvironmentList:
    """The server's own Python, and environments that contain `q`, the last used first."""
    with inst.store.read() as t:
        found = environments.find(t, q, answers.place(after), limit + 1)
    page = found[:limit]
    more = answers.next_place(page[-1].needed, page[-1].digest) if len(found) > limit and page else None
    server = inst.environments.server
    return EnvironmentList(
        server=ServerEnvironment(python_version=server.python, lock=server.identity, packages=dict(server.packages)),
        items=[answer(inst, one) for one in page], next=more,
    )  # fmt: skip


def get_environment(inst: Installation, reference: str) -> EnvironmentDetail:
    """An environment by name or id, with its lock and who names it. Raises `NotFound`."""
    with inst.store.read() as t:
        return _whole(inst, t, _get(t, reference))


def get_lock(inst: Installation, digest: str) -> EnvironmentLock:
    """A lock, also one that no environment has any more. Raises `NotFound`."""
    with inst.store.read() as t:
        found = environments.get_lock(t, digest)
    if found is None:
        raise NotFound("There is no such lock.")
    return EnvironmentLock(
        digest=found.digest, python_version=found.python, text=found.text, packages=found.packages,
        created=found.created, built=found.built, size=found.size,
    )  # fmt: skip


def check_environment(inst: Installation, request: Wanted) -> CheckedEnvironment:
    """What a text asks for, and whether the server has all of it; nothing is kept."""
    declaration, findings = _read(request)
    return CheckedEnvironment(
        requirements=list(declaration.requirements), python=declaration.python,
        server=inst.environments.server.has(declaration), findings=findings,
    )  # fmt: skip


def create_environment(inst: Installation, request: CreateEnvironment) -> EnvironmentDetail:
    """Name an environment and have it built. Raises `Invalid` with findings, `Conflict` where the name is taken."""
    declaration, findings = _accepted(request)
    now = inst.clock.now()
    try:
        with inst.store.write("create_environment") as t:
            environments.keep(t, declaration, now)
            environments.name(t, request.name, declaration.digest, request.description, now)
            want(inst, t, [declaration.digest])
            found = _whole(inst, t, _get(t, request.name))
    except Taken as error:
        raise Conflict(f'There is an environment "{request.name}" already.', cure="Choose another name, or change that one.") from error  # fmt: skip
    _tell(inst, found)
    return found.model_copy(update={"findings": findings})


def change_environment(inst: Installation, name: str, request: ChangeEnvironment) -> EnvironmentDetail:
    """Let a name mean other packages, or describe it anew. Runs that go on keep what they were submitted with.

    Raises `NotFound`, and `Invalid` with findings.
    """
    asks = (request.requirements, request.text, request.conda, request.python) != (None, None, None, None)
    declaration, findings = _accepted(request) if asks else (None, [])
    now = inst.clock.now()
    with inst.store.write("change_environment") as t:
        before = environments.named(t, name)
        if before is None:
            raise _no_such(name)
        values = {} if request.description is None else {"description": request.description}
        if declaration is not None:
            environments.keep(t, declaration, now)
            values["environment"] = declaration.digest
        environments.rename(t, name, now, **values)
        if declaration is not None:
            want(inst, t, [declaration.digest])
        found = _whole(inst, t, _get(t, name))
        left = environments.get(t, before.digest)
    if left is not None and left.digest != found.id:
        inst.bus.publish([EnvironmentChanged(id=left.digest, item=answer(inst, left))])
    _tell(inst, found)
    return found.model_copy(update={"findings": findings})


def build_environment(inst: Installation, reference: str, request: BuildEnvironment) -> EnvironmentDetail:
    """Build an environment anew; with `renew` after looking for newer versions. One that is being built goes on. Raises `NotFound`."""
    with inst.store.write("build_environment") as t:
        digest = _get(t, reference).digest
        want(inst, t, [digest], renew=request.renew, again=True)
        found = _whole(inst, t, get_stored(t, digest))
    _tell(inst, found)
    return found


def cancel_build(inst: Installation, reference: str) -> EnvironmentDetail:
    """Stop the build of an environment; steps that wait for it fail. Raises `NotFound`."""
    with inst.store.write("cancel_build") as t:
        stored = _get(t, reference)
        job = jobs.get(t, stored.job) if stored.job else None
        if job is not None and job.status is JobStatus.QUEUED:
            jobs.change(t, job.id, status=JobStatus.FAILED.value, ended=inst.clock.now())
            error = StepError(
                kind="Canceled", message="The build of the environment was stopped.", cure="Build it again."
            )
            environments.end(t, stored.digest, job.id, error.model_dump())
    if job is not None and job.status is JobStatus.RUNNING and job.handle is not None:
        inst.targets[LOCAL].stop(job.handle, 5.0)
    found = get_environment(inst, stored.digest)
    _tell(inst, found)
    return found


def delete_environment(inst: Installation, reference: str) -> None:
    """Take a name away, and what nobody names or needs any more. Raises `NotFound`, and `Conflict` while it is used."""
    with inst.store.write("delete_environment") as t:
        stored = _get(t, reference)
        by_name = reference in stored.names
        users = pipelines.naming_environment(t, [reference] if by_name else stored.names)
        if users:
            listed = ", ".join(f'"{one["name"]}"' for one in users[:5])
            raise Conflict(f"The environment is used by {listed}.", cure="Choose another environment there first.",
                           details={"pipelines": users})  # fmt: skip
        if stored.status in WORKING or stored.digest in steps.software_needed(t):
            raise Conflict("A run needs the environment, or it is being built.", cure="Wait for its end, or cancel it.")
        for name in [reference] if by_name else stored.names:
            environments.unname(t, name)
        left = environments.get(t, stored.digest)
        assert left is not None
        gone = not left.names
        if gone:
            environments.remove(t, stored.digest)
        alone = gone and stored.lock is not None and not environments.sharing(t, stored.lock.digest)
        if alone and stored.lock is not None:
            environments.set_built(t, stored.lock.digest, None, 0)
    inst.environments.refresh()
    inst.bus.publish([EnvironmentChanged(id=stored.digest, item=None if gone else answer(inst, left))])
    if alone and stored.lock is not None:
        builder.remove(inst.environments.path(stored.lock.digest))


def read_build_log(inst: Installation, reference: str, offset: int, limit: int) -> Log:
    """A window of the log of the newest build: from `offset` (negative counts from the end). Raises `NotFound`."""
    with inst.store.read() as t:
        stored = _get(t, reference)
    ended = stored.status not in WORKING
    found = logs.window(_log(inst, stored), offset, min(limit, MOST_LOG_BYTES), ended)
    return Log(text=found.text, offset=found.offset, next=found.next, size=found.size, ended=ended)


def want(
    inst: Installation, t: Transaction, digests: Sequence[str], *, renew: bool = False, again: bool = False
) -> None:
    """Note that these are needed, and have built those that are not there; `again` builds in any case.

    Part of the caller's transaction. Two who want the same share one build.
    """
    now = inst.clock.now()
    environments.use(t, digests, now)
    for digest in digests:
        stored = environments.get(t, digest)
        if stored is None or stored.status in WORKING:
            continue
        if not again and stored.lock is not None and inst.environments.python(stored.lock.digest) is not None:
            if stored.status is not EnvironmentStatus.READY:
                environments.set_ready(t, digest, stored.lock.digest)
            continue
        job = inst.ids("job")
        if environments.begin(t, digest, job):
            body = {"renew": renew, "again": again}
            jobs.add(t, StoredJob(job, "environment", digest, JobStatus.QUEUED, body, now))


def see_to(inst: Installation, digests: Sequence[str]) -> None:
    """The same, in a transaction of its own, and told to all."""
    with inst.store.write("want_environments") as t:
        want(inst, t, digests)
    announce(inst, digests)


def announce(inst: Installation, digests: Iterable[str]) -> None:
    """Tell clients how these are now."""
    inst.environments.refresh()
    with inst.store.read() as t:
        found = [environments.get(t, digest) for digest in digests]
    inst.bus.publish([EnvironmentChanged(id=one.digest, item=answer(inst, one)) for one in found if one])
    inst.wake()


def remove_unused(inst: Installation, days: float) -> list[str]:
    """Take environments away that no step needed for so long; their locks stay, so they are built again when needed.

    The digests of the locks that went.
    """
    before = inst.clock.now() - days * 86_400
    gone = []
    with inst.store.read() as t:
        needed = steps.software_needed(t)
        unused = [(lock, owners) for lock, owners in environments.unused(t, before) if not needed.intersection(owners)]
    for lock, owners in unused:
        with inst.store.write("remove_environment") as t:
            if steps.software_needed(t).intersection(owners) or (lock, owners) not in environments.unused(t, before):
                continue  # someone needs it since
            environments.set_built(t, lock, None, 0)
            environments.set_unbuilt(t, lock)
        builder.remove(inst.environments.path(lock))
        announce(inst, owners)
        gone.append(lock)
    builder.clean(inst.environments.folder)
    return gone


def get_stored(t: Transaction, digest: str) -> StoredEnvironment:
    """An environment by its id. Raises `NotFound`."""
    found = environments.get(t, digest)
    if found is None:
        raise _no_such(digest)
    return found


def answer(inst: Installation, stored: StoredEnvironment) -> Environment:
    """An environment, as lists and events show it."""
    return Environment(**_values(inst, stored))


def _values(inst: Installation, stored: StoredEnvironment) -> dict[str, Any]:
    """The fields of an environment."""
    lock = stored.lock
    return {
        "id": stored.digest, "names": list(stored.names), "description": stored.description,
        "requirements": list(stored.declaration.requirements), "python": stored.declaration.python, "status": stored.status,
        "progress": stored.progress, "progress_text": stored.progress_text,
        "error": StepError(**stored.error) if stored.error else None, "lock": lock.digest if lock else "",
        "python_version": lock.python if lock else "", "packages": lock.packages if lock else None,
        "size": lock.size if lock else 0, "created": stored.created, "used": stored.used,
        "built": lock.built if lock else None, "log_bytes": logs.size_of(_log(inst, stored)),
        "modules": _modules(inst, stored.digest),
    }  # fmt: skip


def _whole(inst: Installation, t: Transaction, stored: StoredEnvironment) -> EnvironmentDetail:
    return EnvironmentDetail(
        **_values(inst, stored), lock_text=stored.lock.text if stored.lock else "",
        pipelines=pipelines.naming_environment(t, stored.names),
    )  # fmt: skip


def _modules(inst: Installation, digest: str) -> list[str]:
    """The modules of the library that ask for it."""
    found = []
    for module in inst.library.all():
        wanted = inst.environments.declaration(module.spec)
        if wanted is not None and wanted.digest == digest:
            found.append(module.spec.reference)
    return found


def _log(inst: Installation, stored: StoredEnvironment) -> Path:
    return logs.stream_path(inst.attempts, stored.job or "none", "stdout")


def _get(t: Transaction, reference: str) -> StoredEnvironment:
    found = environments.get(t, reference) if reference.startswith("sha256:") else environments.named(t, reference)
    if found is None:
        raise _no_such(reference)
    return found


def _no_such(reference: str) -> NotFound:
    return NotFound(f'There is no environment "{reference[:100]}".')


def _read(request: Wanted) -> tuple[Declaration, list[Finding]]:
    """What a request asks for, however it is written."""
    given = [one for one in (request.requirements, request.text, request.conda) if one is not None]
    if len(given) > 1:
        raise Invalid("Give a list, a requirements file or a conda file, only one of them.")
    python = request.python or ""
    if request.text is not None:
        return from_requirements(request.text, python)
    if request.conda is not None:
        from designer.graph.conda import from_conda  # seldom needed, and slow to import

        return from_conda(request.conda, python)
    return declare(list(enumerate(request.requirements or (), 1)), python)


def _accepted(request: Wanted) -> tuple[Declaration, list[Finding]]:
    """What a named environment is to hold. Raises `Invalid` where a finding is an error."""
    declaration, findings = _read(request)
    wrong = [finding for finding in findings if finding.severity is Severity.ERROR]
    if wrong:
        raise Invalid("This cannot become an environment.", findings=wrong, cure="Mend what the findings name.")
    if not declaration:
        raise Invalid("This asks for nothing.", cure="Name packages, or a Python version.")
    return named(declaration), findings


def _tell(inst: Installation, found: EnvironmentDetail) -> None:
    inst.environments.refresh()
    item = Environment(**{name: getattr(found, name) for name in Environment.model_fields})
    inst.bus.publish([EnvironmentChanged(id=found.id, item=item)])
    inst.wake()
