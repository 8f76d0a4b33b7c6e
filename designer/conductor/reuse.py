"""Reuse while a run goes on: a step whose key is known at last is looked up, and steps that need one key share one attempt."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from designer.actions.outlook import earlier_of, intact, stats_of
from designer.conductor.live import Work
from designer.graph.reuse import Parts, Reason, ReasonCode, Verdict, why_it_runs
from designer.installation import Installation
from designer.store import results, steps
from designer.store.database import Transaction
from designer.store.results import Result, result_of
from designer.store.steps import EarlierStep

UNSURE = (Verdict.MAYBE, Verdict.DATASET)
"""What the plan says of a step of which only the run can say why it runs."""

Place = tuple[str, str]
"""A step: its run and its node."""


@dataclass(frozen=True)
class Ready:
    """A step that could run now."""

    work: Work
    node: str
    parts: Parts

    @property
    def place(self) -> Place:
        """Which step it is."""
        return self.work.state.id, self.node

    @property
    def may_be_reused(self) -> bool:
        """Whether an earlier result, or that of another run, may serve it: not after a try of its own."""
        plan = self.work.live.steps[self.node].plan
        return plan.reuse and not plan.anew and self.work.state.steps[self.node].attempts == 0


class Sharing:
    """Which steps lead (they wait for a slot, or have one) and which follow a leader of the same key."""

    def __init__(self) -> None:
        self._leaders: dict[str, Place] = {}
        self._keys: dict[Place, str] = {}
        self._followers: dict[str, list[Place]] = {}
        self._again: list[Place] = []

    def lead(self, key: str, place: Place) -> bool:
        """Whether a step leads its key, since now or earlier."""
        if self._keys.get(place, key) != key:  # its key is another one now: its environment was built
            self.end(place)
        if self._leaders.setdefault(key, place) != place:
            return False
        self._keys[place] = key
        return True

    def follow(self, key: str, place: Place) -> Place:
        """A step waits for the end of the one that leads its key: that one."""
        self._followers.setdefault(key, []).append(place)
        return self._leaders[key]

    def end(self, place: Place) -> None:
        """A step has ended: those that followed it are to be looked at again."""
        key = self._keys.pop(place, None)
        if key is not None:
            self._leaders.pop(key, None)
            self._again += self._followers.pop(key, [])

    def look_again(self, place: Place) -> None:
        """A step is to be looked at in this turn."""
        self._again.append(place)

    def take(self) -> list[Place]:
        """Those that are to be looked at."""
        taken, self._again = self._again, []
        return taken


def look_up(inst: Installation, ready: Iterable[Ready], fresh: Iterable[Result]) -> dict[Place, Result]:
    """The results that serve steps; `fresh` are those of this turn, which are not committed yet.

    Of the others it is noted why they run, where that was not known before the run.
    """
    known = {one.key: one for one in fresh}
    found: dict[Place, Result] = {}
    asked: dict[str, list[Ready]] = {}
    told: list[Ready] = []
    for one in ready:
        if one.may_be_reused and one.parts.key in known:
            found[one.place] = known[one.parts.key]
        elif one.may_be_reused or one.work.live.head.resumed_from:
            asked.setdefault(one.parts.key, []).append(one)
        if one.work.live.steps[one.node].verdict in UNSURE:
            told.append(one)
    if not asked and not told:
        return found
    with inst.store.read() as t:
        there = results.find(t, asked)
        seen = stats_of(t, there.values())
        for key, result in there.items():
            if intact(inst, result, seen)[0]:
                found |= {one.place: result for one in asked[key] if one.may_be_reused}
        for one in (one for ones in asked.values() for one in ones if one.place not in found):
            again = _resumed(inst, t, one)
            if again is not None:
                found[one.place] = again
        for one in told:
            one.work.note(one.node, reasons=(_same() if one.place in found else _why(t, one)))
    return found


def _resumed(inst: Installation, t: Transaction, ready: Ready) -> Result | None:
    """What the run that is taken up again made of this very step, even where reuse is off."""
    run, plan = ready.work.live.head.resumed_from, ready.work.live.steps[ready.node].plan
    if not run or plan.anew or plan.run_if != "success":
        return None
    step = steps.get(t, run, ready.node)
    if step is None or step.key != ready.parts.key or not step.state.outputs:
        return None
    result = result_of(run, step)
    return result if intact(inst, result, stats_of(t, [result]))[0] else None


def _same() -> tuple[Mapping[str, Any], ...]:
    return (vars(Reason(ReasonCode.SAME, "nothing changed")),)


def _why(t: Transaction, ready: Ready) -> tuple[Mapping[str, Any], ...]:
    """Why a step runs of which that could not be said before the run."""
    before = _earlier(t, ready.work, ready.node)
    now, then = ready.parts.inputs, before.flowed if before else {}
    rows = {one.digest: one.rows for one in ready.work.flowing(ready.node).values() if one.rows is not None}
    if rows and then != now:
        rows |= results.rows_of(t, {digest for port, digest in then.items() if now.get(port) != digest})
    return tuple(vars(one) for one in why_it_runs(ready.parts, earlier_of(before) if before else None, rows.get))


AT_ONCE = 200
"""Steps whose last time is read together: those that come next are asked for soon."""


def _earlier(t: Transaction, work: Work, node: str) -> EarlierStep | None:
    """The last time of a step, in the run that it was compared with when its own was submitted."""
    live = work.live
    if node not in live.earlier:
        run, place = live.steps[node].compared_with, live.steps[node].plan.position
        near = [
            name
            for name, one in live.steps.items()
            if one.compared_with == run and place <= one.plan.position < place + AT_ONCE and one.verdict in UNSURE
        ]
        found = steps.earlier(t, [run], near) if run else {}
        live.earlier |= {name: found.get(name) for name in near}
    return live.earlier[node]
