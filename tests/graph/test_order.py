"""Order, cycles, and who is before and behind whom."""

from hypothesis import given
from hypothesis import strategies as st

from designer.graph.order import downstream, in_cycle, topological, upstream

graphs = st.integers(0, 9).flatmap(
    lambda size: st.fixed_dictionaries(
        {f"n{i}": st.frozensets(st.sampled_from([f"n{j}" for j in range(size)]), max_size=3) for i in range(size)}
    )
)


@given(graphs)
def test_every_node_comes_after_those_it_waits_for_or_is_left_over(before: dict[str, frozenset[str]]) -> None:
    ordered, left = topological(before)

    assert sorted([*ordered, *left]) == sorted(before)
    for place, node in enumerate(ordered):
        assert before[node] <= set(ordered[:place])


@given(graphs)
def test_a_node_stands_in_a_cycle_exactly_when_it_is_behind_itself(before: dict[str, frozenset[str]]) -> None:
    found = set(in_cycle(before))

    behind_itself = {node for node in before if node in downstream(before, {node})}
    assert behind_itself <= found
    # A node between two cycles is left in the core as well: it cannot be told to be free of them by peeling alone.
    for node in found - behind_itself:
        assert upstream(before, {node}) & behind_itself
        assert downstream(before, {node}) & behind_itself


@given(graphs)
def test_upstream_is_downstream_seen_from_the_other_side(before: dict[str, frozenset[str]]) -> None:
    for node in before:
        for other in downstream(before, {node}):
            assert node in upstream(before, {other})


def test_names_that_are_no_nodes_are_ignored() -> None:
    assert topological({"a": frozenset({"ghost"})}) == (["a"], [])


def test_five_thousand_in_a_row_are_sorted() -> None:
    before = {f"n{i}": frozenset({f"n{i - 1}"} if i else ()) for i in range(5_000)}

    assert topological(before) == (list(before), [])
