"""The outlook: what a run of a document would do, worked out the same way for the plan and for the run itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from designer.actions.checks import check, find_modules, found_datasets, found_secrets, read_document, unaccepted
from designer.contract.datasets import DatasetStatus
from designer.contract.plans import PlanRun
from designer.engine.run import Output
from designer.engine.status import DONE_WELL
from designer.errors import Conflict, Invalid, NotFound
from designer.graph.document import Pipeline
from designer.graph.environment import Declaration
from designer.graph.module import ModuleSpec
from designer.graph.order import topological
from designer.graph.parameters import resolve, with_defaults
from designer.graph.plan import PlannedStep, plan
from designer.graph.reuse import (
    Asked,
    Earlier,
    Foreseen,
    Parts,
    Reason,
    ReasonCode,
    Verdict,
    Wanted,
    explain,
    foresee,
    part,
)
from designer.graph.validate import errors
from designer.installation import LOCAL, Installation
from designer.library.catalogue import Module
from designer.store import artifacts, pipelines, results, runs, steps
from designer.store.database import Transaction
from designer.store.datasets import FoundVersion
from designer.store.results import Result, result_of
from designer.store.steps import LOOK_BACK, EarlierStep, StepPlan

OFF = Reason(ReasonCode.OFF, "it is switched off")
NOT_ASKED = Reason(ReasonCode.NOT_ASKED, "it is not part of what was asked for")


@dataclass(frozen=True)
class Beside:
    """What one run may name beside what everybody has: modules by reference, and data."""

    modules: Mapping[str, Module] = field(default_factory=dict)
    datasets: dict[str, FoundVersion] = field(default_factory=dict)


@dataclass(frozen=True)
class Outlook:
    """What a run would do, and all that it is worked out from."""

    document: Mapping[str, Any]
    name: str
    pipeline: Pipeline
    pipeline_id: str  # "" of a document
    cloned_from: str
    datasets: Mapping[str, FoundVersion]
    modules: Mapping[str, Module | None]  # by reference
    target: str  # of steps that name none
    plans: Mapping[str, StepPlan]
    wanted: Mapping[str, Wanted]
    foreseen: Mapping[str, Foreseen]
    hits: Mapping[str, Result]  # by node: what it reuses
    earlier: Mapping[str, EarlierStep]  # by node that is not reused
    order: tuple[str, ...]
    rows: Mapping[str, int]
    software: Mapping[str, Declaration]  # by digest: what has to be built before all of it can run
    stats: Mapping[str, str]  # of artifacts that had to be read to know that they are whole

    def reasons(self, node: str) -> tuple[Reason, ...]:
        """Why the run will do with a node what it will."""
        before = self.earlier.get(node)
        return explain(self.wanted[node], self.foreseen[node], earlier_of(before) if before else None, self.rows.get)

    def supplied(self) -> dict[str, dict[str, Output]]:
        """What the datasets that are there give, by node."""
        found = {}
        for node, one in self.plans.items():
            version = self.datasets.get(self.pipeline.nodes[node].dataset) if one.dataset else None
            if version and version.version.status is DatasetStatus.READY and not one.left_out:
                found[node] = {"data": output_of(version)}
        return found


def earlier_of(found: EarlierStep) -> Earlier:
    """What the graph room asks of a node's last time."""
    parts = Parts(found.source, found.parameters, found.flowed, found.environment)
    return Earlier(parts, found.status in DONE_WELL, found.run)


def output_of(found: FoundVersion) -> Output:
    """What a dataset's version gives."""
    version = found.version
    return Output(version.digest, version.type, version.size, version.rows, tuple(version.columns))


def look_ahead(inst: Installation, t: Transaction, request: PlanRun, beside: Beside | None = None) -> Outlook:
    """Work out what a run would do.

    Raises `Invalid` with all findings where it cannot run, `NotFound` for a pipeline or a run to resume that is not
    there, `Conflict` for a stale version.
    """
    resumed = _resumed(t, request.resume)
    document, name, pipeline_id, cloned_from = _what(t, request)
    pipeline = read_document(document)
    beside = beside or Beside()
    find_modules(inst, t, pipeline)
    datasets = found_datasets(t, pipeline) | beside.datasets
    known = found_secrets(t, pipeline, request.parameters)
    modules = {
        node.module: beside.modules.get(node.module) or inst.library.get(node.module)
        for node in pipeline.nodes.values()
        if node.module
    }
    _refuse(inst, t, pipeline, pipeline_id, datasets, known, modules, request)
    target = request.target or pipeline.settings.target or LOCAL
    planned = plan(pipeline, lambda reference: module.spec if (module := modules.get(reference)) else None)
    inside, anew = part(
        Asked(
            frozenset(request.to_nodes),
            frozenset(request.from_nodes),
            frozenset(request.only_nodes),
            request.regenerate,
        ),
        {node: one.before for node, one in planned.items()},
    )
    given = {name: one.default for name, one in pipeline.parameters.items()} | request.parameters
    plans, wanted = {}, {}
    for position, (node, one) in enumerate(planned.items()):
        left_out = OFF if one.off else None if node in inside else NOT_ASKED
        plans[node] = _plan(inst, position, one, datasets, modules.get(one.node.module), given, left_out, node in anew)
        if known:
            plans[node] = replace(plans[node], parameters=_exact(dict(plans[node].parameters), known))
        version = datasets.get(one.node.dataset) if one.node.dataset else None
        wanted[node] = _want(inst, plans[node], one, modules.get(one.node.module), version, left_out, request)
    order = tuple(topological({node: one.before for node, one in planned.items()})[0])
    recent = runs.recent_of(t, pipeline_id, name, LOOK_BACK)
    finder = _Finder(inst, t, plans, resumed, recent)
    foreseen = foresee(wanted, order, finder)
    hits = {node: finder.known[one.key] for node, one in foreseen.items() if one.verdict is Verdict.REUSED}
    curious = [node for node, one in foreseen.items() if one.verdict in (Verdict.RUNS, Verdict.MAYBE)]
    earlier = steps.earlier(t, recent, curious) if curious else {}
    software = {
        declared.digest: declared
        for node in curious
        if (module := modules.get(planned[node].node.module))
        and (declared := inst.environments.declaration(module.spec, planned[node].node.environment))
    }
    flowing = {digest for node in curious for digest in foreseen[node].flowing.values()}
    flowing |= {digest for one in earlier.values() for digest in one.flowed.values()}
    return Outlook(
        document, name, pipeline, pipeline_id, cloned_from, datasets, modules, target, plans, wanted, foreseen, hits,
        earlier, order, results.rows_of(t, flowing) if flowing else {}, software, finder.stats,
    )  # fmt: skip


class _Finder:
    """Looks results up, first among those of the pipeline's newest run, where most are."""

    def __init__(
        self, inst: Installation, t: Transaction, plans: Mapping[str, StepPlan], resumed: Mapping[str, Result],
        recent: list[str],
    ) -> None:  # fmt: skip
        self._inst = inst
        self._t = t
        self._plans = plans
        self._resumed = resumed
        self.known: dict[str, Result] = {}
        self.stats: dict[str, str] = {}  # of artifacts that had to be read
        self._prefetched: dict[str, Result] = {}
        if recent and len(plans) > 1:
            for origin in steps.origins(t, recent[0]):
                self._prefetched |= results.of_run(t, origin)
        self._seen = stats_of(t, self._prefetched.values())

    def __call__(self, asked: Mapping[str, str]) -> dict[str, Mapping[str, str]]:
        """The digests by output, of the nodes whose key has results that may serve them."""
        keys = set(asked.values()) - self.known.keys()
        found = {key: self._prefetched[key] for key in keys & self._prefetched.keys()}
        others = results.find(self._t, keys - found.keys())
        self._take(found.values(), self._seen)
        self._take(others.values(), stats_of(self._t, others.values()))
        again = [self._resumed[key] for key in keys - self.known.keys() if key in self._resumed]
        self._take(again, stats_of(self._t, again))
        return {
            node: self.known[key].digests
            for node, key in asked.items()
            if key in self.known and (self._plans[node].reuse or key in self._resumed)
        }

    def _take(self, found: Iterable[Result], seen: Mapping[str, str]) -> None:
        for result in found:
            whole, read = intact(self._inst, result, seen)
            self.stats |= read
            if whole:
                self.known[result.key] = result


def stats_of(t: Transaction, found: Iterable[Result]) -> dict[str, str]:
    """Under which stats the artifacts of these results were last seen whole; those that are gone are left out."""
    digests = {one.digest for result in found for one in result.outputs.values()}
    return artifacts.stats(t, digests) if digests else {}


def intact(inst: Installation, result: Result, seen: Mapping[str, str]) -> tuple[bool, dict[str, str]]:
    """Whether all artifacts of a result are there and whole; and the stats of those that had to be read to know it."""
    read: dict[str, str] = {}
    for one in result.outputs.values():
        stat = inst.artifacts.verify(one.digest, seen[one.digest]) if one.digest in seen else None
        if stat is None:
            return False, read
        if stat != seen[one.digest]:
            read[one.digest] = stat
    return True, read


def _resumed(t: Transaction, run: str | None) -> dict[str, Result]:
    """What the run that is taken up again made, by key."""
    if run is None:
        return {}
    if runs.listed(t, run) is None:
        raise NotFound("There is no such run to resume.", where="resume")
    done = [one for one in steps.of_run(t, run).values() if one.state.status in DONE_WELL and one.key]
    return {one.key: result_of(run, one) for one in done}


def _refuse(
    inst: Installation,
    t: Transaction,
    pipeline: Pipeline,
    pipeline_id: str,
    datasets: Mapping[str, FoundVersion],
    known: Mapping[str, int],
    modules: Mapping[str, Module | None],
    request: PlanRun,
) -> None:
    """Raise `Invalid` where the request cannot be run."""

    def spec(reference: str) -> ModuleSpec | None:
        module = modules.get(reference)
        return module.spec if module else None

    findings = check(inst, pipeline, datasets, known, request.parameters, spec)
    findings += unaccepted(inst, t, pipeline, pipeline_id, spec)
    if request.target is not None and request.target not in inst.targets:
        raise Invalid(f'There is no compute target "{request.target}".', where="target",
                      cure=f"Pick one of: {', '.join(sorted(inst.targets))}.")  # fmt: skip
    for where in ("to_nodes", "from_nodes", "only_nodes"):
        for node in getattr(request, where):
            entry = pipeline.nodes.get(node)
            if entry is None or entry.disabled:
                what = "is switched off" if entry else "is not there"
                raise Invalid(f'Node "{node}" {what}.', where=where, cure="Name nodes of the pipeline that are on.")
    if errors(findings):
        count = len(errors(findings))
        raise Invalid(f"The pipeline cannot run: {count} {'thing needs' if count == 1 else 'things need'} to be mended.",
                      findings=findings, cure="Mend what the findings name.")  # fmt: skip


def _what(t: Transaction, request: PlanRun) -> tuple[Mapping[str, Any], str, str, str]:
    """The document to run, its name, the pipeline it is the draft of, and the run that one was cloned from."""
    document, pipeline = request.document, request.pipeline
    if document is None and pipeline is None and request.resume is not None:  # as it was
        resumed = runs.get(t, request.resume)
        assert resumed is not None
        document, pipeline = dict(resumed.document), resumed.pipeline or None
    if pipeline is None and document is None:
        raise Invalid("Give a pipeline or a document.")
    if document is not None:
        # A run again: the document as it was, for the pipeline it came from, if that still is there.
        draft = pipelines.get(t, pipeline) if pipeline else None
        return document, str(document.get("name") or "Untitled pipeline"), draft.id if draft else "", ""
    draft = pipelines.get(t, pipeline or "")
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
    inst: Installation,
    position: int,
    step: PlannedStep,
    datasets: Mapping[str, FoundVersion],
    module: Module | None,
    given: Mapping[str, Any],
    left_out: Reason | None,
    anew: bool,
) -> StepPlan:
    """What a step is to do."""
    node = step.node
    common = StepPlan(
        node.id, position, node.name or node.id, before=tuple(sorted(step.before)), left_out=_sentence(left_out)
    )
    if node.dataset:
        version = datasets.get(node.dataset)
        reference = version.reference if version else node.dataset
        outputs = (("data", version.version.type if version else "table"),)
        return replace(common, name=node.name or reference, dataset=reference, outputs=outputs)
    if module is None:  # switched off, else it were a finding
        return replace(common, module=node.module)
    spec = module.spec
    software = inst.environments.declaration(spec, node.environment)
    needs = {
        source for port, (source, _) in step.inputs.items() if (declared := spec.input(port)) and not declared.optional
    }
    return replace(
        common,
        name=node.name or spec.title,
        module=spec.reference,
        source=spec.digest,
        inputs=step.inputs,
        outputs=tuple((port.name, port.type.value) for port in spec.outputs),
        optional=tuple(port.name for port in spec.outputs if port.optional),
        parameters=with_defaults(spec, resolve(node.parameters, given)),
        needs=tuple(sorted(needs)),
        run_if=node.run_if,
        reuse=(spec.reuse if node.reuse is None else node.reuse) and node.run_if == "success",
        anew=anew,
        software=software.digest if software else "",
        priority=node.priority,
        retries=node.retries,
        retry_delay=node.retry_delay,
        retry_backoff=node.retry_backoff,
        retry_exit_codes=node.retry_exit_codes,
        timeout=node.timeout,
    )


def _exact(value: Any, known: Mapping[str, int]) -> Any:
    """A value in which every secret is of an exact version, by which a step is known."""
    if isinstance(value, dict):
        if value.keys() == {"secret"} and value["secret"] in known:
            return {**value, "version": known[value["secret"]]}
        return {name: _exact(one, known) for name, one in value.items()}
    return [_exact(one, known) for one in value] if isinstance(value, list) else value


def _sentence(reason: Reason | None) -> str:
    return "" if reason is None else f"{reason.text[0].upper()}{reason.text[1:]}."


def _want(
    inst: Installation,
    plan: StepPlan,
    step: PlannedStep,
    module: Module | None,
    version: FoundVersion | None,
    left_out: Reason | None,
    request: PlanRun,
) -> Wanted:
    """What the graph room asks of a node."""
    data: Mapping[str, str] | None = None
    if plan.dataset:
        ready = version is not None and version.version.status is DatasetStatus.READY
        data = {"data": version.version.digest} if version and ready else {}
    return Wanted(
        plan.source, plan.parameters, inst.environments.identity_of(plan.software),
        plan.inputs, data, plan.reuse or (request.resume is not None and plan.run_if == "success"),
        plan.run_if == "failure", _anew(plan, request), left_out,
    )  # fmt: skip


def _anew(plan: StepPlan, request: PlanRun) -> str:
    if not plan.anew:
        return "it runs however the others end" if plan.run_if == "always" else ""
    return "everything is run again" if request.regenerate else "it was asked for"
