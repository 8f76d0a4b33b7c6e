"""The plan: what a run would do, said before it does it."""

from collections import Counter

from designer.actions.answers import reason
from designer.actions.outlook import Outlook, look_ahead
from designer.contract.plans import PlannedStep, PlanRun, RunPlan
from designer.graph.reuse import Verdict, expected_seconds
from designer.installation import LOCAL, Installation
from designer.store import results


def plan_run(inst: Installation, request: PlanRun) -> RunPlan:
    """What a run would do with every node, and why. Raises what `submit_run` would raise; changes nothing."""
    with inst.store.read() as t:
        outlook = look_ahead(inst, t, request)
        runs_at_all = [node for node, one in outlook.foreseen.items() if one.verdict in (Verdict.RUNS, Verdict.MAYBE)]
        usual = results.typical(t, {outlook.plans[node].module for node in runs_at_all})
    planned = {node: _planned(outlook, node, usual) for node in outlook.plans}
    target = inst.targets.get(outlook.target) or inst.targets[LOCAL]
    seconds = {node: planned[node].seconds for node in runs_at_all}
    before = {node: frozenset(one.before) for node, one in outlook.plans.items()}
    return RunPlan(
        steps=planned,
        counts=dict(Counter(one.verdict for one in planned.values())),
        seconds=expected_seconds(seconds, before, outlook.order, target.slots),
        saved=sum(hit.seconds or 0.0 for hit in outlook.hits.values()),
    )


def _planned(outlook: Outlook, node: str, usual: dict[str, tuple[float | None, int | None]]) -> PlannedStep:
    plan, seen, hit = outlook.plans[node], outlook.foreseen[node], outlook.hits.get(node)
    before = outlook.earlier.get(node)
    seconds = peak = None
    if seen.verdict in (Verdict.RUNS, Verdict.MAYBE):
        seconds, peak = usual.get(plan.module, (None, None))
        if before is not None:
            seconds = before.seconds if before.seconds is not None else seconds
            peak = before.peak_memory or peak
    return PlannedStep(
        node=node,
        name=plan.name,
        verdict=seen.verdict,
        reasons=[reason(vars(one)) for one in outlook.reasons(node)],
        key=seen.key,
        reused_from=hit.run if hit else "",
        reused_node=hit.node if hit else "",
        reused_at=hit.created if hit else None,
        compared_with=before.run if before else "",
        target="" if plan.dataset else outlook.pipeline.nodes[node].target or outlook.target,
        seconds=seconds,
        peak_memory=peak,
    )
