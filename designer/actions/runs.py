"""What people do with runs."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter

from designer.actions import answers
from designer.actions.checks import check, found_datasets, read_document
from designer.actions.environments import want
from designer.actions.pipelines import create_from
from designer.contract.events import RunChanged, RunEvents, RunListed
from designer.contract.pipelines import Pipeline as PipelineAnswer
from designer.contract.runs import Run, RunChange, RunList, Source, Sources, SubmitRun
from designer.engine import run as engine
from designer.engine import signals as on
from designer.engine.decide import decide
from designer.engine.status import FINAL, FINAL_RUN, RunStatus
from designer.errors import Conflict, Invalid, Malformed, NotFound
from designer.graph.document import Pipeline
from designer.graph.environment import Declaration
from designer.graph.module import ModuleSpec
from designer.graph.parameters import resolve, with_defaults
from designer.graph.plan import plan
from designer.graph.validate import errors
from designer.installation import LOCAL, Installation
from designer.library.catalogue import Module
from designer.store import environments, events, idempotency, modules, outbox, pipelines, requests, runs, steps
from designer.store.database import Taken, Transaction
from designer.store.datasets import FoundVersion
from designer.store.modules import StoredSource
from designer.store.outbox import Task
from designer.store.runs import StoredRun
from designer.store.steps import StepPlan, StoredStep, new_state

DEFAULT_EXPERIMENT = "Default"
MAX_KEY = 255
SPEC: TypeAdapter[ModuleSpec] = TypeAdapter(ModuleSpec)


def submit_run(inst: Installation, request: SubmitRun, *, key: str | None = None) -> Run:
    """Run a pipeline's draft or a document.

    Raises `Invalid` with all findings, `Conflict` for a stale version. The same key with the same request answers with
    the run it made the first time; with another request it is `Invalid`. `Unavailable` where the disk is nearly full.
    """
    asked = _digest(request)
    if key is not None and not 0 < len(key) <= MAX_KEY:
        raise Malformed(f"An idempotency key has 1 to {MAX_KEY} characters.")
    while True:
        try:
            with inst.store.write("submit") as t:
                known = idempotency.find(t, key) if key else None
                if known is not None:
                    return _known(t, known, asked)
                inst.space.refuse_new()
                answer, first = _submit(inst, t, request)
                if key:
                    idempotency.keep(t, key, asked, answer.id, inst.clock.now())
            break
        except Taken:  # someone was quicker with this key: now it is known
            continue
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
            after=after, limit=limit + 1,
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
    """Change a run's name, description, tags, or whether it is archived. Raises `NotFound`."""
    with inst.store.write("change_run") as t:
        if not runs.change(t, id_, request.model_dump(exclude_none=True)):
            raise NotFound("There is no such run.")
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


def _submit(inst: Installation, t: Transaction, request: SubmitRun) -> tuple[Run, RunChanged]:
    """Write a new run with all that belongs to it."""
    document, name, pipeline_id, cloned_from = _what(t, request)
    pipeline = read_document(document)
    found = found_datasets(t, pipeline)
    findings = check(inst, pipeline, found, request.parameters)
    if request.target is not None and request.target not in inst.targets:
        raise Invalid(f'There is no compute target "{request.target}".', where="target",
                      cure=f"Pick one of: {', '.join(sorted(inst.targets))}.")  # fmt: skip
    if errors(findings):
        count = len(errors(findings))
        raise Invalid(f"The pipeline cannot run: {count} {'thing needs' if count == 1 else 'things need'} to be mended.",
                      findings=findings, cure="Mend what the findings name.")  # fmt: skip
    now = inst.clock.now()
    run_id = inst.ids("run")
    used = {node.module: inst.library.get(node.module) for node in pipeline.nodes.values() if node.module}
    planned = _plan(pipeline, found, used, request)
    wanted = _environments(inst, t, pipeline, used, now)
    planned = [replace(one, software=wanted.get(one.node, "")) for one in planned]
    sources = {module.spec.digest: module for module in used.values() if module is not None}
    modules.keep(t, [_source(module) for module in sources.values()], now)
    target = request.target or pipeline.settings.target or LOCAL
    states = {one.node: new_state(one, pipeline.nodes[one.node].target or target) for one in planned}
    state, commands = decide(engine.Run(run_id, states, pipeline.settings.continue_on_step_failure), on.Submitted(now))
    over = state.status in FINAL_RUN
    stored = StoredRun(
        id=run_id,
        name=request.name or name,
        description=request.description,
        status=state.status,
        pipeline=pipeline_id,
        pipeline_name=name if pipeline_id else "",
        experiment=request.experiment or DEFAULT_EXPERIMENT,
        created=now,
        started=now if over else None,
        ended=now if over else None,
        parameters={name: one.default for name, one in pipeline.parameters.items()} | request.parameters,
        tags=request.tags,
        counts=Counter(step.status.value for step in state.steps.values()),
        failed_step="",
        error="",
        archived=False,
        cancel_requested=False,
        continue_on_step_failure=state.continue_on_step_failure,
        cloned_from=cloned_from,
        seq=1,
        document=_freeze(document, found, request.parameters),
    )
    all_steps = {one.node: StoredStep(one, state.steps[one.node]) for one in planned}
    first = RunChanged(run=run_id, seq=1, at=now, status=stored.status, ended=stored.ended)
    runs.add(t, stored)
    steps.add(t, run_id, all_steps.values())
    events.add(t, [first])
    outbox.add(t, [Task(run_id, command) for command in commands], now)
    return answers.run(stored, all_steps), first


def _what(t: Transaction, request: SubmitRun) -> tuple[Mapping[str, Any], str, str, str]:
    """The document to run, its name, the pipeline it is the draft of, and the run that one was cloned from."""
    if request.pipeline is None and request.document is None:
        raise Invalid("Give a pipeline or a document.")
    if request.document is not None:
        # A run again: the document as it was, for the pipeline it came from, if that still is there.
        draft = pipelines.get(t, request.pipeline) if request.pipeline else None
        return request.document, str(request.document.get("name") or "Untitled pipeline"), draft.id if draft else "", ""
    draft = pipelines.get(t, request.pipeline or "")
    if draft is None:
        raise NotFound("There is no such pipeline, or it was deleted.")
    if request.version is not None and request.version != draft.version:
        details = {"current": {"version": draft.version, "document": dict(draft.document)}}
        raise Conflict(
            "The pipeline was changed meanwhile.", cure="Look at its newest state, then run it.", details=details
        )
    cloned_from = draft.cloned_from if draft.cloned_from.startswith("run_") else ""
    return draft.document, draft.name or "Untitled pipeline", draft.id, cloned_from


def _plan(
    pipeline: Pipeline, found: Mapping[str, FoundVersion], used: Mapping[str, Module | None], request: SubmitRun
) -> list[StepPlan]:
    """What each step is to do."""

    def spec(reference: str) -> ModuleSpec | None:
        module = used.get(reference)
        return module.spec if module else None

    given = {name: one.default for name, one in pipeline.parameters.items()} | request.parameters
    result = []
    for position, (id_, step) in enumerate(plan(pipeline, spec).items()):
        node = step.node
        common = StepPlan(id_, position, node.name or id_, before=tuple(sorted(step.before)), off=step.off)
        if node.dataset:
            version = found.get(node.dataset)
            reference = version.reference if version else node.dataset
            outputs = (("data", version.version.type if version else "table"),)
            result.append(replace(common, name=node.name or reference, dataset=reference, outputs=outputs))
            continue
        module = spec(node.module)
        if module is None:  # switched off, else it were a finding
            result.append(replace(common, module=node.module))
            continue
        result.append(
            replace(
                common,
                name=node.name or module.title,
                module=module.reference,
                source=module.digest,
                inputs=step.inputs,
                outputs=tuple((port.name, port.type.value) for port in module.outputs),
                optional=tuple(port.name for port in module.outputs if port.optional),
                parameters=with_defaults(module, resolve(node.parameters, given)),
                retries=node.retries,
                retry_delay=node.retry_delay,
                timeout=node.timeout,
            )
        )
    return result


def _environments(
    inst: Installation, t: Transaction, pipeline: Pipeline, used: Mapping[str, Module | None], now: float
) -> dict[str, str]:
    """The environment that each node needs which needs another than the server's own Python; they are seen to."""
    found: dict[str, Declaration] = {}
    for id_, node in pipeline.nodes.items():
        module = used.get(node.module)
        wanted = inst.environments.declaration(module.spec, node.environment) if module and not node.disabled else None
        if wanted is not None:
            found[id_] = wanted
    each = {one.digest: one for one in found.values()}
    for one in each.values():
        environments.keep(t, one, now)
    want(inst, t, list(each))
    return {id_: one.digest for id_, one in found.items()}


def _source(module: Module) -> StoredSource:
    spec = SPEC.dump_python(module.spec, mode="json")
    return StoredSource(module.spec.digest, module.spec.name, module.source, spec)


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
