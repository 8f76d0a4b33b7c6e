"""How fast a room is told, without a clock."""

from hypothesis import given
from hypothesis import strategies as st

from designer.contract.events import Event, LogGrew, PipelineChanged, RunChanged, StepChanged
from designer.contract.runs import Step
from designer.engine.status import RunStatus, StepStatus
from designer.live.pace import BURST, PAUSE, Pace

RUN = "run_00000000000000000000"


def step(seq: int, status: StepStatus = StepStatus.RUNNING, node: str = "a") -> StepChanged:
    return StepChanged(run=RUN, seq=seq, at=0.0, step=Step(node=node, name=node, status=status, progress=seq / 100))


def log(size: int, node: str = "a") -> LogGrew:
    return LogGrew(run=RUN, node=node, sizes={"stdout": size})


def told(pace: Pace, now: float) -> list[Event]:
    return [event for _, events in pace.due(now) for event in events]


def test_a_status_is_told_at_once_and_progress_waits() -> None:
    pace = Pace()
    first, second, third = step(1), step(2), step(3)
    pace.take([first])
    assert told(pace, 0.0) == [first]
    pace.take([second])
    assert told(pace, 0.1) == []
    assert pace.next(0.1) == PAUSE - 0.1
    pace.take([third])
    assert told(pace, 0.25) == [second, third]
    assert pace.next(0.3) is None


def test_a_status_takes_along_what_waited_in_order() -> None:
    pace = Pace()
    pace.take([step(1)])
    pace.due(0.0)
    late, done = step(2), step(3, StepStatus.COMPLETED)
    pace.take([late])
    pace.take([done])

    assert told(pace, 0.01) == [late, done]


def test_only_the_newest_size_of_a_log_is_told() -> None:
    pace = Pace()
    for size in range(1000):
        pace.take([log(size), log(size, "b")])
        if size == 0:
            pace.due(0.0)

    assert told(pace, 0.3) == [log(999), log(999, "b")]


def test_a_growing_log_is_told_four_times_a_second() -> None:
    pace, count = Pace(), 0
    for tick in range(1000):
        pace.take([log(tick)])
        count += len(told(pace, tick / 100))

    assert count <= 41


def test_rooms_do_not_wait_for_each_other() -> None:
    pace = Pace()
    pace.take([step(1), PipelineChanged(id="pip_00000000000000000000", version=1)])
    assert len(told(pace, 0.0)) == 2
    pace.take([log(1), PipelineChanged(id="pip_00000000000000000000", version=2)])

    assert [event.kind for event in told(pace, 0.01)] == ["pipeline"]


def test_of_a_burst_only_the_newest_is_told() -> None:
    pace = Pace()
    events = [step(seq, node=str(seq)) for seq in range(1, BURST + 2)]
    pace.take(events)

    assert told(pace, 0.0) == [events[-1]]


@given(st.lists(st.tuples(st.sampled_from(["step", "done", "log", "run"]), st.floats(0.001, 0.4)), max_size=60))
def test_everything_with_a_seq_is_told_once_and_in_order(happenings: list[tuple[str, float]]) -> None:
    pace, now, seqs, heard = Pace(), 0.0, 0, []
    for kind, wait in happenings:
        now += wait
        if kind == "log":
            pace.take([log(seqs)])
        else:
            seqs += 1
            pace.take([
                RunChanged(run=RUN, seq=seqs, at=0.0, status=RunStatus.RUNNING) if kind == "run"
                else step(seqs, StepStatus.RUNNING if kind == "step" else StepStatus.COMPLETED)
            ])  # fmt: skip
        heard += told(pace, now)
    heard += told(pace, now + 1)

    assert [event.seq for event in heard if not isinstance(event, LogGrew)] == list(range(1, seqs + 1))  # type: ignore[union-attr]
