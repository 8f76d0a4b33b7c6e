"""Each event of a run is told once and in order, however the news of it comes."""

from hypothesis import given
from hypothesis import strategies as st

from designer.broadcast.order import Order
from designer.contract.events import ModuleChanged, RunChanged
from designer.engine.status import RunStatus


def event(seq: int, run: str = "run_1") -> RunChanged:
    return RunChanged(run=run, seq=seq, at=0.0, status=RunStatus.RUNNING)


@given(st.lists(st.tuples(st.sampled_from(["run_1", "run_2"]), st.integers(1, 12)), max_size=40))
def test_whatever_comes_in_whatever_order_each_is_told_once_and_in_order(news: list[tuple[str, int]]) -> None:
    order = Order()
    told: dict[str, list[int]] = {"run_1": [], "run_2": []}
    for run, seq in news:
        batch = [event(seq, run)]
        for missed in order.gaps(batch):
            batch = [*(event(number, missed) for number in range(order.told(missed) + 1, seq + 3)), *batch]
        for new in order.new(batch):
            assert isinstance(new, RunChanged)
            told[new.run].append(new.seq)

    for seqs in told.values():
        assert seqs == list(range(1, len(seqs) + 1))


def test_what_has_no_seq_is_always_told() -> None:
    order, news = Order(), ModuleChanged(name="split", version=1)

    assert order.new([news, news]) == [news, news]
    assert order.gaps([news]) == []


def test_a_gap_is_seen_within_and_before_what_comes() -> None:
    order = Order()
    order.tell("run_1", 3)

    assert order.gaps([event(4), event(5)]) == []
    assert order.gaps([event(5)]) == ["run_1"]
    assert order.gaps([event(4), event(6)]) == ["run_1"]
    assert order.gaps([event(2)]) == []
