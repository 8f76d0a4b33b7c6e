"""Order of a graph: Kahn's algorithm. Linear, and it names the nodes of a cycle instead of enumerating cycles."""

from collections import deque
from collections.abc import Mapping, Set


def topological(before: Mapping[str, Set[str]]) -> tuple[list[str], list[str]]:
    """Sort nodes so that each comes after all in `before[node]`; ties keep the mapping's order.

    Args:
        before: per node, the nodes it waits for; names that are no key are ignored.

    Returns:
        The sorted nodes, and those left over because they stand in a cycle or behind one.
    """
    waiting = {node: sum(1 for other in others if other in before) for node, others in before.items()}
    followers: dict[str, list[str]] = {node: [] for node in before}
    for node, others in before.items():
        for other in others:
            if other in followers:
                followers[other].append(node)
    ready = deque(node for node, count in waiting.items() if count == 0)
    ordered = []
    while ready:
        node = ready.popleft()
        ordered.append(node)
        for follower in followers[node]:
            waiting[follower] -= 1
            if waiting[follower] == 0:
                ready.append(follower)
    done = set(ordered)
    return ordered, [node for node in before if node not in done]


def in_cycle(before: Mapping[str, Set[str]]) -> list[str]:
    """The nodes that stand in a cycle themselves, not merely behind one."""
    _, left = topological(before)
    inside = set(left)
    # Behind a cycle: has no follower that is left over. Peel those off from the end.
    after: dict[str, set[str]] = {node: set() for node in left}
    for node in left:
        for other in before[node]:
            if other in inside:
                after[other].add(node)
    _, core = topological(after)
    return core


def downstream(before: Mapping[str, Set[str]], start: Set[str]) -> set[str]:
    """All nodes that wait, directly or not, for one of `start`, without `start` itself unless in a cycle."""
    followers: dict[str, list[str]] = {}
    for node, others in before.items():
        for other in others:
            followers.setdefault(other, []).append(node)
    found: set[str] = set()
    todo = list(start)
    while todo:
        for follower in followers.get(todo.pop(), ()):
            if follower not in found:
                found.add(follower)
                todo.append(follower)
    return found


def upstream(before: Mapping[str, Set[str]], start: Set[str]) -> set[str]:
    """All nodes that one of `start` waits for, directly or not."""
    found: set[str] = set()
    todo = list(start)
    while todo:
        for other in before.get(todo.pop(), frozenset()):
            if other in before and other not in found:
                found.add(other)
                todo.append(other)
    return found
