"""Keys and the plan: changing one thing changes exactly what it should. `docs/reference/reuse.md` is what is held here."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from designer.graph.fingerprint import step_key, typed
from designer.graph.reuse import (
    Asked,
    Earlier,
    Foreseen,
    Parts,
    Reason,
    ReasonCode,
    Verdict,
    Wanted,
    differences,
    expected_seconds,
    explain,
    foresee,
    part,
)

TEXTS = st.text(max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
DIGESTS = st.text("0123456789abcdef", min_size=1, max_size=4)
PARTS = st.builds(
    Parts, DIGESTS, st.dictionaries(TEXTS, VALUES, max_size=4), st.dictionaries(TEXTS, DIGESTS, max_size=3), DIGESTS
)


def same(left: Any, right: Any) -> bool:
    """Whether two JSON values are the same in value and in type: the independent meaning of "equal" for keys."""
    if type(left) is not type(right):
        return False
    if isinstance(left, Mapping):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    return repr(left) == repr(right) if isinstance(left, float) else bool(left == right)


@given(PARTS, PARTS)
def test_two_steps_have_one_key_exactly_when_all_that_decides_them_is_the_same(left: Parts, right: Parts) -> None:
    alike = all(
        same(one, other)
        for one, other in (
            (left.source, right.source),
            (left.parameters, right.parameters),
            (left.inputs, right.inputs),
            (left.environment, right.environment),
        )
    )

    assert (left.key == right.key) == alike


@given(VALUES, VALUES)
def test_values_of_different_types_never_look_alike(left: Any, right: Any) -> None:
    assert (typed(left) == typed(right)) == same(left, right)


@given(st.dictionaries(TEXTS, VALUES, min_size=2, max_size=5), st.randoms())
def test_the_order_in_which_things_are_written_does_not_matter(values: dict[str, Any], random: Any) -> None:
    shuffled = list(values.items())
    random.shuffle(shuffled)

    assert step_key("m", dict(shuffled), {}) == step_key("m", values, {})


def test_a_key_never_changes_between_versions_by_accident() -> None:
    parts = Parts(
        "sha256:1", {"a": 1, "b": 1.0, "c": "1", "d": True, "e": [None, {"x": -0.0}]}, {"in": "sha256:2"}, "e"
    )

    assert parts.key == "0cf10cf2ce9741f5006f1eed075a9c9cad007341e923d7df8c2cce1bb3fde3bf"


@given(PARTS, st.sampled_from(["source", "environment", "parameter", "new parameter", "input"]), st.data())
def test_each_change_is_named_and_nothing_else_is(parts: Parts, what: str, data: st.DataObject) -> None:
    match what:
        case "source" | "environment":
            value = data.draw(DIGESTS)
            assume(value != getattr(parts, what))
            changed, code = replace(parts, **{what: value}), "code" if what == "source" else what
            name = ""
        case "parameter":
            assume(parts.parameters)
            name = data.draw(st.sampled_from(sorted(parts.parameters)))
            value = data.draw(VALUES)
            assume(not same(value, parts.parameters[name]))
            changed, code = replace(parts, parameters={**parts.parameters, name: value}), "parameter"
        case "new parameter":
            name = data.draw(TEXTS)
            assume(name not in parts.parameters)
            changed, code = replace(parts, parameters={**parts.parameters, name: 1}), "parameter"
        case _:
            assume(parts.inputs)
            name = data.draw(st.sampled_from(sorted(parts.inputs)))
            digest = data.draw(DIGESTS)
            assume(digest != parts.inputs[name])
            changed, code = replace(parts, inputs={**parts.inputs, name: digest}), "input"

    found = differences(changed, parts)

    assert [(reason.code.value, reason.name) for reason in found] == [(code, name)]
    assert changed.key != parts.key
    assert differences(parts, parts) == ()


def test_reasons_are_words() -> None:
    before = Parts("s", {"fraction": 0.5, "mode": "Split Rows", "old": 1}, {"dataset": "sha256:a"})
    now = Parts("t", {"fraction": 0.7, "mode": "Split Rows", "script": "x\ny"}, {"dataset": "sha256:b"}, "e2")
    rows = {"sha256:a": 1200, "sha256:b": 1350}

    assert [reason.text for reason in differences(now, before, rows.get)] == [
        "code changed",
        "parameter fraction 0.5 → 0.7",
        'parameter script is new: "x\\ny"',
        "parameter old is gone",
        "input dataset: 1,200 → 1,350 rows",
        "environment changed",
    ]


# The plan


def chain(length: int, **more: Any) -> dict[str, Wanted]:
    """A dataset and modules that each read the one before."""
    nodes = {"n0": Wanted(data={"data": "sha256:data"})}
    for at in range(1, length):
        source = ("n0", "data") if at == 1 else (f"n{at - 1}", "out")
        nodes[f"n{at}"] = Wanted("sha256:m", {"at": at}, inputs={"value": source}, **more)
    return nodes


def run_all(wanted: Mapping[str, Wanted], results: dict[str, dict[str, str]]) -> dict[str, str]:
    """What a run of these nodes would leave behind: results by key; the key of each node."""
    outputs: dict[str, dict[str, str]] = {}
    keys = {}
    for node, want in wanted.items():
        if want.data is not None:
            outputs[node] = dict(want.data)
            continue
        parts = Parts(
            want.source, want.parameters, {port: outputs[source][out] for port, (source, out) in want.inputs.items()},
            want.environment or "",
        )  # fmt: skip
        keys[node] = parts.key
        outputs[node] = results.setdefault(parts.key, {"out": f"made by {parts.key}"})
    return keys


def verdicts(wanted: Mapping[str, Wanted], results: Mapping[str, dict[str, str]]) -> dict[str, str]:
    found = foresee(wanted, wanted, lambda asked: {node: results[key] for node, key in asked.items() if key in results})
    return {node: one.verdict.value for node, one in found.items()}


def test_what_ran_unchanged_is_reused_whole() -> None:
    results: dict[str, dict[str, str]] = {}
    run_all(chain(5), results)

    assert set(verdicts(chain(5), results).values()) == {"dataset", "reused"}


@given(st.integers(2, 8), st.data())
def test_a_changed_parameter_touches_the_node_and_those_after_it_alone(length: int, data: st.DataObject) -> None:
    results: dict[str, dict[str, str]] = {}
    before = run_all(chain(length), results)
    at = data.draw(st.integers(1, length - 1))
    wanted = chain(length)
    wanted[f"n{at}"] = replace(wanted[f"n{at}"], parameters={"at": at, "more": 1})

    found = verdicts(wanted, results)
    after = run_all(wanted, dict(results))

    assert [found[f"n{one}"] for one in range(1, length)] == [
        "reused" if one < at else "runs" if one == at else "maybe" for one in range(1, length)
    ]
    assert {node for node in before if before[node] != after[node]} == {f"n{one}" for one in range(at, length)}


def test_a_step_that_makes_the_same_again_cuts_the_rest_off() -> None:
    results: dict[str, dict[str, str]] = {}
    run_all(chain(4), results)
    wanted = chain(4)
    wanted["n1"] = replace(wanted["n1"], parameters={"at": 1, "comment": "no effect"})
    old = Parts("sha256:m", {"at": 1}, {"value": "sha256:data"}).key
    new = Parts("sha256:m", {"at": 1, "comment": "no effect"}, {"value": "sha256:data"}).key

    results[new] = results[old]  # the same bytes

    assert verdicts(wanted, results) == {"n0": "dataset", "n1": "reused", "n2": "reused", "n3": "reused"}


def test_new_data_is_noticed_by_its_content() -> None:
    results: dict[str, dict[str, str]] = {}
    run_all(chain(3), results)
    wanted = {**chain(3), "n0": Wanted(data={"data": "sha256:edited"})}

    assert verdicts(wanted, results) == {"n0": "dataset", "n1": "runs", "n2": "maybe"}


def test_data_that_is_still_being_read_leaves_it_open() -> None:
    assert verdicts({**chain(3), "n0": Wanted(data={})}, {}) == {"n0": "dataset", "n1": "maybe", "n2": "maybe"}


def test_reuse_off_runs_and_what_follows_may_be_reused() -> None:
    results: dict[str, dict[str, str]] = {}
    run_all(chain(3), results)
    wanted = chain(3)
    wanted["n1"] = replace(wanted["n1"], reuse=False)

    assert verdicts(wanted, results) == {"n0": "dataset", "n1": "runs", "n2": "maybe"}


def test_why_a_step_runs() -> None:
    want = chain(2)["n1"]
    parts = Parts("sha256:m", {"at": 1}, {"value": "sha256:data"})
    seen = Foreseen(Verdict.RUNS, parts, parts.key, None, parts.inputs)
    changed = Earlier(replace(parts, parameters={"at": 2}), completed=True)

    def why(want: Wanted, seen: Foreseen, earlier: Earlier | None) -> list[tuple[str, str]]:
        return [(reason.code.value, reason.text) for reason in explain(want, seen, earlier)]

    assert why(want, seen, None) == [("first", "has not run in this pipeline yet")]
    assert why(want, seen, changed) == [("parameter", "parameter at 2 → 1")]
    assert why(want, seen, Earlier(parts, completed=False)) == [("not_completed", "did not complete the last time")]
    gone = [("results_gone", "its earlier results are not there any more")]
    assert why(want, seen, Earlier(parts, completed=True)) == gone
    assert why(replace(want, anew="it was asked for"), seen, None) == [("asked", "it was asked for")]
    assert why(replace(want, reuse=False), seen, None) == [("reuse_off", "reuse is off for this step")]
    off = Reason(ReasonCode.OFF, "it is switched off")
    assert why(replace(want, left_out=off), seen, None) == [("off", "it is switched off")]
    open_ = replace(seen, verdict=Verdict.MAYBE, parts=None, key="", flowing={})
    assert why(want, open_, changed) == [
        ("parameter", "parameter at 2 → 1"),
        ("upstream", "depends on what the steps before it make"),
    ]
    unbuilt = replace(open_, verdict=Verdict.RUNS, flowing=parts.inputs)
    assert why(replace(want, environment=None), unbuilt, None) == [("environment", "its environment is not built yet")]


# Parts of a pipeline

DIAMOND = {"a": frozenset[str](), "b": frozenset("a"), "c": frozenset("a"), "d": frozenset("bc"), "e": frozenset[str]()}


def test_to_here_is_a_node_with_all_it_needs() -> None:
    assert part(Asked(to=frozenset("b")), DIAMOND) == ({"a", "b"}, set())


def test_from_here_is_a_node_with_all_after_it_anew_and_what_those_need() -> None:
    assert part(Asked(start=frozenset("b")), DIAMOND) == ({"a", "b", "c", "d"}, {"b", "d"})


def test_only_this_is_a_node_anew_and_what_it_needs() -> None:
    assert part(Asked(only=frozenset("d")), DIAMOND) == ({"a", "b", "c", "d"}, {"d"})


def test_nothing_asked_for_is_everything_and_everything_anew_is_everything_anew() -> None:
    assert part(Asked(), DIAMOND) == (set(DIAMOND), set())
    assert part(Asked(everything_anew=True), DIAMOND) == (set(DIAMOND), set(DIAMOND))


@given(st.data())
def test_a_part_holds_all_that_its_nodes_need(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 8))
    before = {
        str(at): frozenset(data.draw(st.sets(st.sampled_from([str(one) for one in range(at)]))) if at else ())
        for at in range(size)
    }
    some = st.frozensets(st.sampled_from(sorted(before)), max_size=2)

    inside, anew = part(Asked(data.draw(some), data.draw(some), data.draw(some), data.draw(st.booleans())), before)

    assert anew <= inside <= set(before)
    assert all(before[node] <= inside for node in inside)


def test_the_time_to_expect_counts_slots_and_what_waits() -> None:
    before = {"a": frozenset[str](), "b": frozenset("a"), "c": frozenset("a"), "d": frozenset("bc")}
    seconds: dict[str, float | None] = {"a": 1.0, "b": 2.0, "c": 2.0, "d": 1.0}

    assert expected_seconds(seconds, before, "abcd", 2) == 4.0
    assert expected_seconds(seconds, before, "abcd", 1) == 6.0
    assert expected_seconds({"d": 1.0}, before, "abcd", 1) == 1.0
    assert expected_seconds({"a": None}, before, "abcd", 1) is None
    assert expected_seconds({}, before, "abcd", 1) == 0.0
