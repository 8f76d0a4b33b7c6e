"""What people do with runs."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from designer.actions import answers
from designer.actions.environments import want
from designer.actions.outlook import Beside, Outlook, look_ahead
from designer.actions.pipelines import create_from
from designer.contract.events import RunChanged, RunEvents, RunListed
from designer.contract.modules import SPEC
from designer.contract.pipelines import Pipeline as PipelineAnswer
from designer.contract.runs import Run, RunChange, RunList, Source, Sources, SubmitRun
from designer.engine import run as engine
from designer.engine import signals as on
from designer.engine.decide import decide
from designer.engine.status import FINAL, FINAL_RUN, RunStatus
from designer.errors import Conflict, Invalid, Malformed, NotFound
from designer.installation import Installation
from designer.library.catalogue import Module
from designer.store import (
    artifacts,
    environments,
    events,
    idempotency,
    modules,
    outbox,
    requests,
    retention,
    runs,
    steps,
)
from designer.store.database import Taken, Transaction
from designer.store.datasets import FoundVersion
from designer.store.modules import StoredSource
from designer.store.outbox import Task
from designer.store.runs import StoredRun
from designer.store.steps import Seen, StoredStep, new_state

DEFAULT_EXPERIMENT = "Default"
MAX_KEY = 255


def submit_run(inst: Installation, request: SubmitRun, *, key: str | None = None, beside: Beside | None = None) -> Run:
    """Run a pipeline's draft or a document. One that names things that only it has (`beside`) is archived from the start.

    Raises `Invalid` with all findings, `Conflict` for a stale version. The same key with the same request answers with
    the run it made the first time; with another request it is `Invalid`. `Unavailable` where the disk is nearly full.
    """
    asked = _digest(request)
    if key is not None and not 0 < len(key) <= MAX_KEY:
        raise Malformed(f"An idempotency key has 1 to {MAX_KEY} characters.")
    answer: Run | None = None
    first: RunChanged | None = None

    def kept(t: Transaction) -> bool:
        return answer is not None and runs.listed(t, answer.id) is not None

    while True:
        try:
            with inst.store.write("submit", kept) as t:
                known = idempotency.find(t, key) if key else None
                if known is not None:
                    answer, first = _known(t, known, asked), None
                else:
                    inst.space.refuse_new()
                    answer, first = _submit(inst, t, request, beside)
                    if key:
                        idempotency.keep(t, key, asked, answer.id, inst.clock.now())
            break
        except Taken:  # someone was quicker with this key: now it is known
            continue
    if first is not None:
        inst.bus.publish([first, RunListed(item=answers.listed(answer))])
        inst.wake()
    return answer


def list_runs(
    inst: Installation,
    *,
    status: Sequence[str] | None = None,
    q: str = "",
    experiment: str | None = None,
    pipeline: str | None = None,
    since: float | None = None,
    until: float | None = None,
    archived: bool | None = False,
    deleted: bool = False,
    after: str | None = None,
    limit: int = 50,
) -> RunList:
    """Runs, newest first, that fit everything that is given; `archived` None lists both kinds."""
    unknown = sorted(set(status or ()) - set(RunStatus))
    if unknown:
        raise Invalid(f'There is no status "{unknown[0]}".', where="status", cure=f"There are: {', '.join(RunStatus)}.")
    with inst.store.read() as t:
        found = runs.find(
            t, status=status, q=q, experiment=experiment, pipeline=pipeline, since=since, until=until, archived=archived,
            deleted=deleted, after=after, limit=limit + 1,
        )  # fmt: skip
    page = found[:limit]
    return RunList(
        items=[answers.summary(one) for one in page], next=page[-1].id if len(found) > limit and page else None
    )


def get_run(inst: Installation, id_: str) -> Run:
    """A run with all its steps. Raises `NotFound`."""
    with inst.store.read() as t:
        return _answer(t, _get(t, id_))


def change_run(inst: Installation, id_: str, request: RunChange) -> Run:
    """Change a run's name, description, tags, or whether it is archived or kept. Raises `NotFound`."""
    with inst.store.write("change_run") as t:
        _get(t, id_)
        if not runs.change(t, id_, request.model_dump(exclude_none=True)):
            raise NotFound("There is no such run.")
        answer = _answer(t, _get(t, id_))
    inst.bus.publish([RunListed(item=answers.listed(answer))])
    return answer


def delete_run(inst: Installation, id_: str) -> None:
    """Delete a run that has ended; it can be brought back for a while. Raises `NotFound`, or `Conflict` while it goes on."""
    with inst.store.write("delete_run") as t:
        if _get(t, id_).status not in FINAL_RUN:
            raise Conflict("The run goes on.", cure="Cancel it; when it has ended it can be deleted.")
        retention.hide(t, [id_], inst.clock.now())
        gone = runs.listed(t, id_)
    if gone is not None:
        inst.bus.publish([RunListed(item=answers.summary(gone))])


def restore_run(inst: Installation, id_: str) -> Run:
    """Bring a deleted run back. Raises `NotFound` where it is not there, or its time is over."""
    with inst.store.write("restore_run") as t:
        if not retention.bring_back(t, id_, inst.clock.now() - inst.settings.delete_after):
            raise NotFound("There is no such deleted run that can be brought back.")
        answer = _answer(t, _get(t, id_))
    inst.bus.publish([RunListed(item=answers.listed(answer))])
    return answer


def cancel_run(inst: Installation, id_: str) -> Run:
    """Ask a run to end. It does so soon; one that has ended stays as it is. Raises `NotFound`."""
    with inst.store.write("cancel_run") as t:
        answer = _answer(t, _get(t, id_))
        if answer.status in FINAL_RUN:
            return answer
        requests.add(t, requests.CancelRequest(inst.ids("req"), id_, "", inst.clock.now()))
    inst.wake()
    return answer.model_copy(update={"cancel_requested": True, "status": RunStatus.CANCELING})


def cancel_step(inst: Installation, id_: str, node: str) -> Run:
    """Ask one step to end. It does so soon; one that has ended stays as it is. Raises `NotFound`."""
    with inst.store.write("cancel_step") as t:
        answer = _answer(t, _get(t, id_))
        if node not in answer.steps:
            raise NotFound("There is no such step in this run.")
        if answer.steps[node].status in FINAL:
            return answer
        requests.add(t, requests.CancelRequest(inst.ids("req"), id_, node, inst.clock.now()))
    inst.wake()
    return answer


def clone_run(inst: Installation, id_: str, *, client: str = "") -> PipelineAnswer:
    """Make a new draft of what a run ran. Raises `NotFound`."""
    with inst.store.read() as t:
        found = _get(t, id_)
    return create_from(inst, found.document, id_, client=client)


def run_events(inst: Installation, id_: str, after_seq: int, limit: int = 500) -> RunEvents:
    """The events of a run after a seq. Raises `NotFound`."""
    with inst.store.read() as t:
        if runs.listed(t, id_) is None:
            raise NotFound("There is no such run.")
        found = events.after(t, id_, after_seq, limit + 1)
    page = found[:limit]
    return RunEvents(items=page, seq=page[-1].seq if page else after_seq, more=len(found) > limit)


def run_sources(inst: Installation, id_: str) -> Sources:
    """The source of every step, as it was when the run was submitted. Raises `NotFound`."""
    with inst.store.read() as t:
        _get(t, id_)
        of_run = steps.of_run(t, id_)
        texts = modules.get(t, [one.plan.source for one in of_run.values() if one.plan.source])
    return Sources(
        items=[
            Source(node=node, module=one.plan.module, digest=one.plan.source, text=texts[one.plan.source].text,
                   spec=SPEC.validate_python(texts[one.plan.source].spec))
            for node, one in of_run.items()
            if one.plan.source in texts
        ]
    )  # fmt: skip


def _get(t: Transaction, id_: str) -> StoredRun:
    found = runs.get(t, id_)
    if found is None:
        raise NotFound("There is no such run.")
    if found.deleted is not None:
        raise NotFound("This run was deleted.", cure="It can be brought back for a while.")
    return found


def _answer(t: Transaction, found: StoredRun) -> Run:
    return answers.run(found, steps.of_run(t, found.id))


def _digest(request: SubmitRun) -> str:
    try:
        text = json.dumps(request.model_dump(mode="json"), sort_keys=True, allow_nan=False)
    except ValueError as problem:
        raise Malformed("NaN and infinite numbers cannot be sent.") from problem
    return hashlib.sha256(text.encode()).hexdigest()


def _known(t: Transaction, known: tuple[str, str], asked: str) -> Run:
    body, run = known
    if body != asked:
        raise Invalid("This idempotency key was used for another request.", cure="Use a new key for each new request.")
    return _answer(t, _get(t, run))


def _submit(inst: Installation, t: Transaction, request: SubmitRun, beside: Beside | None) -> tuple[Run, RunChanged]:
    """Write a new run with all that belongs to it."""
    outlook = look_ahead(inst, t, request, beside)
    pipeline, plans = outlook.pipeline, outlook.plans
    now = inst.clock.now()
    run_id = inst.ids("run")
    sources = {module.spec.digest: module for module in outlook.modules.values() if module is not None}
    modules.keep(t, [source_of(module) for module in sources.values()], now)
    folders = {folder for module in sources.values() if (folder := module.spec.folder)}
    artifacts.refer(t, {folder: inst.artifacts.size(folder) for folder in folders}, now)
    for declaration in outlook.software.values():
        environments.keep(t, declaration, now)
    want(inst, t, list(outlook.software))
    states = {node: new_state(one, pipeline.nodes[node].target or outlook.target) for node, one in plans.items()}
    supplied = outlook.supplied()
    reused = {node: result.outputs for node, result in outlook.hits.items()}
    state, commands = decide(
        engine.Run(run_id, states, pipeline.settings.continue_on_step_failure), on.Submitted(now, supplied, reused)
    )
    over = state.status in FINAL_RUN
    stored = StoredRun(
        id=run_id,
        name=request.name or outlook.name,
        description=request.description,
        status=state.status,
        pipeline=outlook.pipeline_id,
        pipeline_name=outlook.name if outlook.pipeline_id else "",
        experiment=request.experiment or DEFAULT_EXPERIMENT,
        created=now,
        started=now if over else None,
        ended=now if over else None,
        parameters={name: one.default for name, one in pipeline.parameters.items()} | request.parameters,
        tags=request.tags,
        counts=Counter(step.status.value for step in state.steps.values()),
        failed_step="",
        error="",
        archived=beside is not None,
        cancel_requested=False,
        continue_on_step_failure=state.continue_on_step_failure,
        cloned_from=outlook.cloned_from,
        seq=1,
        document=_freeze(outlook.document, outlook.datasets, request.parameters),
        priority=request.priority,
        resumed_from=request.resume or "",
        git=_working_copies(inst, outlook, request),
    )
    all_steps = {node: _step(outlook, node, state.steps[node]) for node in plans}
    first = RunChanged(run=run_id, seq=1, at=now, status=stored.status, ended=stored.ended)
    runs.add(t, stored)
    steps.add(t, run_id, all_steps.values())
    steps.publish(t, [(run_id, node, "", outputs) for node, outputs in supplied.items()], now)
    steps.publish(t, [(run_id, node, one.attempt, one.outputs) for node, one in outlook.hits.items()], now)
    artifacts.set_stats(t, outlook.stats)
    events.add(t, [first])
    outbox.add(t, [Task(run_id, command) for command in commands], now)
    return answers.run(stored, all_steps), first


def _step(outlook: Outlook, node: str, state: engine.Step) -> StoredStep:
    """A step of a new run, with what was foreseen of it."""
    seen, hit, before = outlook.foreseen[node], outlook.hits.get(node), outlook.earlier.get(node)
    return StoredStep(
        outlook.plans[node],
        state,
        key=seen.key if hit else "",
        reused_from=hit.run if hit else "",
        reused_node=hit.node if hit else "",
        seen=hit.seen if hit else Seen(),
        verdict=seen.verdict.value,
        reasons=tuple(vars(reason) for reason in outlook.reasons(node)),
        compared_with=before.run if before else "",
        flowed=seen.parts.inputs if seen.parts and hit else {},
        environment=seen.parts.environment if seen.parts and hit else "",
    )


def _working_copies(inst: Installation, outlook: Outlook, request: SubmitRun) -> list[dict[str, Any]]:
    """The git working copies that its modules, and its document, come from."""
    known = inst.library.git
    paths = [module.path for module in outlook.modules.values() if module is not None and module.path is not None]
    folders = {folder for path in paths for folder in known if path.is_relative_to(folder)}
    return [one.model_dump() for one in request.git] + [asdict(known[folder]) for folder in sorted(folders)]


def source_of(module: Module) -> StoredSource:
    """What is kept of a module that runs."""
    spec = SPEC.dump_python(module.spec, mode="json")
    return StoredSource(module.spec.digest, module.spec.name, module.source, spec, module.spec.folder)


def _freeze(
    document: Mapping[str, Any], found: Mapping[str, FoundVersion], values: Mapping[str, Any]
) -> dict[str, Any]:
    """The document with exact dataset versions and this run's parameter values."""
    frozen = json.loads(json.dumps(document))
    for node in frozen.get("nodes", {}).values():
        if node.get("dataset") in found:
            node["dataset"] = found[node["dataset"]].reference
    for name, value in values.items():
        frozen["parameters"][name]["default"] = value
    return dict(frozen)
