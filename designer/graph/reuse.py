"""Reuse: what decides a step's outputs, what differs between two of them, and what a run will therefore do.

Pure. The caller says what flows out of datasets, which results there are, and what the same node did the last time.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from designer.graph.document import shorten
from designer.graph.fingerprint import step_key, typed
from designer.graph.order import downstream, upstream


class Verdict(StrEnum):
    """What will happen to a node."""

    REUSED = "reused"  # the results of an earlier step serve
    RUNS = "runs"
    MAYBE = "maybe"  # depends on what the steps before it make, or on whether they fail
    DATASET = "dataset"  # no step: its data is there
    LEFT_OUT = "left_out"  # switched off, or not part of what was asked for


class ReasonCode(StrEnum):
    """Why a step runs, or does not."""

    SAME = "same"  # code, parameters, inputs and environment are those of the step it is reused from
    FIRST = "first"  # this pipeline has not run it yet
    CODE = "code"
    PARAMETER = "parameter"
    INPUT = "input"
    ENVIRONMENT = "environment"
    UPSTREAM = "upstream"  # a step before it runs, and may make something else
    ASKED = "asked"  # it was asked to run anew
    REUSE_OFF = "reuse_off"  # the node, or its module, says that it is never reused
    NOT_COMPLETED = "not_completed"  # it did not complete the last time
    RESULTS_GONE = "results_gone"  # its earlier results were removed, or are damaged
    OFF = "off"
    NOT_ASKED = "not_asked"
    CONDITION = "condition"  # it runs only if something fails


@dataclass(frozen=True)
class Reason:
    """One reason, in words and in parts."""

    code: ReasonCode
    text: str
    name: str = ""  # of the parameter or the port
    before: Any = None
    after: Any = None


@dataclass(frozen=True)
class Parts:
    """All that decides what a step makes."""

    source: str  # digest of the module's source
    parameters: Mapping[str, Any]
    inputs: Mapping[str, str]  # port -> digest of what flows in
    environment: str = ""

    @property
    def key(self) -> str:
        """The step's key."""
        return step_key(self.source, self.parameters, self.inputs, self.environment)


@dataclass(frozen=True)
class Earlier:
    """The same node in an earlier run."""

    parts: Parts
    completed: bool
    run: str = ""


@dataclass(frozen=True)
class Wanted:
    """A node of a run that is about to be."""

    source: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    environment: str | None = ""  # None: not known before it is built
    inputs: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # port -> (node, output)
    data: Mapping[str, str] | None = None  # of a dataset: digest by output; {} while it is being read
    reuse: bool = True
    conditional: bool = False  # it runs only if something fails
    anew: str = ""  # why it is to run whatever there is; "" if it need not
    left_out: Reason | None = None


@dataclass(frozen=True)
class Foreseen:
    """What a run will do with a node."""

    verdict: Verdict
    parts: Parts | None = None  # None while not all of them are known
    key: str = ""
    outputs: Mapping[str, str] | None = None  # digest by output, where it is known before the run
    flowing: Mapping[str, str] = field(default_factory=dict)  # port -> digest, of the inputs that are known


Find = Callable[[Mapping[str, str]], Mapping[str, Mapping[str, str]]]
"""Given nodes with their keys, gives the digests by output for those that earlier results serve."""

Rows = Callable[[str], int | None]
"""Gives the rows of an artifact, where they are known."""


def foresee(wanted: Mapping[str, Wanted], order: Iterable[str], find: Find) -> dict[str, Foreseen]:
    """What a run will do with every node.

    Args:
        wanted: the nodes.
        order: their names, each after all it reads from.
        find: looks results up; asked once for all nodes whose keys are known at the same time.
    """
    found: dict[str, Foreseen] = {}
    asked: dict[str, Foreseen] = {}  # those whose key is known and not looked up yet

    def look_up() -> None:
        hits = find({node: one.key for node, one in asked.items()}) if asked else {}
        for node, one in asked.items():
            outputs = hits.get(node)
            found[node] = replace(one, verdict=Verdict.RUNS if outputs is None else Verdict.REUSED, outputs=outputs)
        asked.clear()

    for node in order:
        want = wanted[node]
        if any(source in asked for source, _ in want.inputs.values()):
            look_up()
        one, open_ = _foresee_one(want, found)
        if open_:
            asked[node] = one
        else:
            found[node] = one
    look_up()
    return found


def _foresee_one(want: Wanted, found: Mapping[str, Foreseen]) -> tuple[Foreseen, bool]:
    """What is known of a node without looking for results, and whether results are to be looked for."""
    if want.left_out is not None:
        return Foreseen(Verdict.LEFT_OUT), False
    if want.data is not None:
        return Foreseen(Verdict.DATASET, outputs=want.data or None), False
    flowing: dict[str, str] = {}
    complete = want.environment is not None
    for port, (source, output) in want.inputs.items():
        made = found[source].outputs if source in found else None
        if made is None:
            complete = False
        elif output in made:
            flowing[port] = made[output]
    parts = Parts(want.source, want.parameters, flowing, want.environment or "") if complete else None
    one = Foreseen(Verdict.RUNS, parts, parts.key if parts else "", None, flowing)
    if want.conditional:
        return replace(one, verdict=Verdict.MAYBE), False
    if want.anew or not want.reuse:
        return one, False
    if parts is not None:
        return one, True
    return (one if want.environment is None else replace(one, verdict=Verdict.MAYBE)), False


def explain(
    want: Wanted, seen: Foreseen, earlier: Earlier | None, rows: Rows = lambda digest: None
) -> tuple[Reason, ...]:
    """Why a run will do that with a node.

    Args:
        earlier: what the node was the last time.
        rows: says how many rows an artifact has, for the words.
    """
    if want.left_out is not None:
        return (want.left_out,)
    if seen.verdict is Verdict.DATASET:
        return ()
    if seen.verdict is Verdict.REUSED:
        return (Reason(ReasonCode.SAME, "nothing changed"),)
    if want.anew:
        return (Reason(ReasonCode.ASKED, want.anew),)
    if want.conditional:
        return (Reason(ReasonCode.CONDITION, "runs only if something fails"),)
    if not want.reuse:
        return (Reason(ReasonCode.REUSE_OFF, "reuse is off for this step"),)
    if seen.parts is not None:
        return why_it_runs(seen.parts, earlier, rows)
    reasons: list[Reason] = []
    if earlier is not None:  # of what is not known yet, it is taken that it stays as it was
        inputs = {port: seen.flowing.get(port, earlier.parts.inputs.get(port, "")) for port in want.inputs}
        environment = earlier.parts.environment if want.environment is None else want.environment
        reasons += differences(Parts(want.source, want.parameters, inputs, environment), earlier.parts, rows)
    if want.environment is None:
        reasons.append(Reason(ReasonCode.ENVIRONMENT, "its environment is not built yet"))
    if any(port not in seen.flowing for port in want.inputs):
        reasons.append(Reason(ReasonCode.UPSTREAM, "depends on what the steps before it make"))
    return tuple(reasons)


def why_it_runs(now: Parts, earlier: Earlier | None, rows: Rows = lambda digest: None) -> tuple[Reason, ...]:
    """Why a step that may be reused has to run: what differs from the last time, or that nothing is there to reuse."""
    if earlier is None:
        return (Reason(ReasonCode.FIRST, "has not run in this pipeline yet"),)
    found = differences(now, earlier.parts, rows)
    if found:
        return found
    if not earlier.completed:
        return (Reason(ReasonCode.NOT_COMPLETED, "did not complete the last time"),)
    return (Reason(ReasonCode.RESULTS_GONE, "its earlier results are not there any more"),)


def differences(now: Parts, earlier: Parts, rows: Rows = lambda digest: None) -> tuple[Reason, ...]:
    """What differs between two steps, part by part, in words."""
    reasons = []
    if now.source != earlier.source:
        reasons.append(Reason(ReasonCode.CODE, "code changed", before=earlier.source, after=now.source))
    for name in [*now.parameters, *(name for name in earlier.parameters if name not in now.parameters)]:
        before, after = earlier.parameters.get(name, _MISSING), now.parameters.get(name, _MISSING)
        if before is _MISSING or after is _MISSING or typed(before) != typed(after):
            reasons.append(_parameter(name, before, after))
    for port in [*now.inputs, *(port for port in earlier.inputs if port not in now.inputs)]:
        was, is_ = earlier.inputs.get(port), now.inputs.get(port)
        if was != is_:
            reasons.append(_input(port, was, is_, rows))
    if now.environment != earlier.environment:
        reasons.append(Reason(ReasonCode.ENVIRONMENT, "environment changed",
                              before=earlier.environment, after=now.environment))  # fmt: skip
    return tuple(reasons)


_MISSING = object()
LONGEST = 40
"""Characters of a value that a reason quotes."""


def _parameter(name: str, before: Any, after: Any) -> Reason:
    if before is _MISSING:
        return Reason(ReasonCode.PARAMETER, f"parameter {name} is new: {_quote(after)}", name, None, after)
    if after is _MISSING:
        return Reason(ReasonCode.PARAMETER, f"parameter {name} is gone", name, before, None)
    was, is_ = _quote(before), _quote(after)
    text = f"parameter {name} {was} → {is_}" if was != is_ else f"parameter {name} changed"
    return Reason(ReasonCode.PARAMETER, text, name, before, after)


def _quote(value: Any) -> str:
    text = value if isinstance(value, str) and value.isprintable() and value else json.dumps(value, ensure_ascii=False)
    return shorten(text, LONGEST)


def _input(port: str, was: str | None, is_: str | None, rows: Rows) -> Reason:
    if was is None:
        return Reason(ReasonCode.INPUT, f"input {port} is new", port, None, is_)
    if is_ is None:
        return Reason(ReasonCode.INPUT, f"input {port} is gone", port, was, None)
    before, after = rows(was), rows(is_)
    if before is not None and after is not None and before != after:
        return Reason(ReasonCode.INPUT, f"input {port}: {before:,} → {after:,} rows", port, was, is_)
    return Reason(ReasonCode.INPUT, f"input {port} changed", port, was, is_)


@dataclass(frozen=True)
class Asked:
    """Which nodes a person asked for."""

    to: frozenset[str] = frozenset()
    start: frozenset[str] = frozenset()
    only: frozenset[str] = frozenset()
    everything_anew: bool = False


def part(asked: Asked, before: Mapping[str, frozenset[str]]) -> tuple[frozenset[str], frozenset[str]]:
    """Which nodes are part of a run, and which of them run anew. Every part holds all that its nodes need."""
    after = set(asked.start) | downstream(before, asked.start) if asked.start else set()
    anew = after | set(asked.only)
    aims = anew | set(asked.to)
    inside = aims | upstream(before, aims) if aims else set(before)
    inside &= set(before)
    return frozenset(inside), frozenset(inside if asked.everything_anew else anew & inside)


def expected_seconds(
    seconds: Mapping[str, float | None], before: Mapping[str, frozenset[str]], order: Iterable[str], slots: int
) -> float | None:
    """How long a run takes with so many slots, first come first served; None where no step's time is known.

    Args:
        seconds: of each node that runs; None where that is not known, which counts as none.
    """
    if seconds and all(value is None for value in seconds.values()):
        return None
    free = [0.0] * max(1, slots)
    ends: dict[str, float] = {}
    for node in order:
        ready = max((ends.get(other, 0.0) for other in before[node]), default=0.0)
        if node not in seconds:
            ends[node] = ready
            continue
        place = min(range(len(free)), key=lambda index: free[index])
        ends[node] = free[place] = max(ready, free[place]) + (seconds[node] or 0.0)
    return max(ends.values(), default=0.0)
