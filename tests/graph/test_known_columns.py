"""What column pickers offer before a run."""

from typing import Any

from designer.graph.document import read
from designer.graph.known_columns import known_columns
from tests.graph.documents import document, module

CARS = [{"name": "price", "type": "Double", "role": None}]
MADE = [{"name": "predicted"}]


def known(doc: dict[str, Any], made: dict[tuple[str, str], Any] | None = None) -> dict[str, Any]:
    pipeline, _ = read(doc)
    assert pipeline is not None
    of_dataset = {"cars@1": CARS}.get
    return known_columns(pipeline, module, of_dataset, lambda node, port: (made or {}).get((node, port)))


def test_columns_flow_from_a_dataset_through_what_hands_them_on() -> None:
    doc = document(
        cars={"dataset": "cars@1"},
        a={"module": "join@1", "inputs": {"left": "cars.data"}},
        b={"module": "join@1", "inputs": {"left": "a.rest"}},
    )

    assert known(doc) == {
        "cars": {"data": CARS},
        "a": {"result": CARS, "rest": CARS},
        "b": {"result": CARS, "rest": CARS},
    }


def test_what_an_earlier_run_made_counts_more_than_a_guess() -> None:
    doc = document(cars={"dataset": "cars@1"}, a={"module": "join@1", "inputs": {"left": "cars.data"}})

    assert known(doc, {("a", "result"): MADE})["a"] == {"result": MADE, "rest": CARS}


def test_nothing_is_known_of_an_unknown_dataset_or_module() -> None:
    doc = document(d={"dataset": "ships"}, a={"module": "join@1", "inputs": {"left": "d.data"}}, x={"module": "nope@1"})

    assert known(doc) == {"d": {}, "a": {}, "x": {}}
