"""The registry: targets follow the table."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from designer.errors import Invalid, Unavailable
from designer.targets.base import Exited
from designer.targets.kinds import KINDS
from designer.targets.process import ProcessTarget
from designer.targets.registry import BY, Definition, Targets
from tests.targets.contract import ended, until, write_job


@pytest.fixture
def table() -> list[Definition]:
    return []


@pytest.fixture
def targets(table: list[Definition], tmp_path: Path) -> Iterator[Targets]:
    found = Targets({"local": ProcessTarget("local", 3)}, lambda: list(table), folder=tmp_path)
    yield found
    found.close()


def test_targets_come_change_and_go(targets: Targets, table: list[Definition]) -> None:
    assert list(targets) == ["local"]
    table.append(Definition("small", "process", {"memory_limit_mb": 500}, 2))

    assert targets.refresh()
    assert not targets.refresh()

    assert list(targets) == ["local", "small"]
    assert targets["small"].slots == 2
    first = targets["small"]
    table[0] = Definition("small", "process", {"memory_limit_mb": 500}, 5)
    targets.refresh()
    assert targets["small"] is first
    assert first.slots == 5
    table[0] = Definition("small", "process", {"memory_limit_mb": 600}, 5)
    targets.refresh()
    assert targets["small"] is not first
    table.clear()
    targets.refresh()
    assert "small" not in targets
    with pytest.raises(KeyError):
        targets["small"]


def test_of_this_machine_only_the_slots_change(targets: Targets, table: list[Definition]) -> None:
    one = targets["local"]
    table.append(Definition("local", "process", {}, 7, disabled=True))
    targets.refresh()

    assert targets["local"] is one
    assert one.slots == 7
    assert "disabled" in targets.trouble("local")

    table.clear()
    targets.refresh()
    assert one.slots == 3
    assert not targets.trouble("local")


def test_a_job_stays_with_the_definition_it_was_started_under(
    targets: Targets, table: list[Definition], tmp_path: Path
) -> None:
    table.append(Definition("small", "process", {"memory_limit_mb": 500}))
    targets.refresh()
    job = write_job(tmp_path / "one", "def run(): pass")
    first = targets["small"]
    handle = targets.start("small", job)
    table[0] = Definition("small", "process", {"memory_limit_mb": 600})
    targets.refresh()

    assert handle[BY]["options"] == {"memory_limit_mb": 500}
    assert targets.holding("small", handle) is first
    assert targets.start("small", job) == handle, "started twice it is where it was"
    assert ended(first, handle) == Exited(0)

    table.clear()  # and a server that starts later
    later = Targets({}, lambda: list(table), folder=tmp_path)
    assert later.holding("small", handle).look(handle) == Exited(0)
    later.close()


def test_news_of_targets_to_come_are_heard_too(targets: Targets, table: list[Definition], tmp_path: Path) -> None:
    told: list[str] = []
    targets.watch(told.append)
    table.append(Definition("small", "process"))
    targets.refresh()

    job = write_job(tmp_path / "one", "def run(): pass")
    targets.start("small", job)

    until(lambda: job.name in told, "the news of the end")


@pytest.mark.parametrize(
    ("definition", "why"),
    [
        (Definition("odd", "abacus"), "abacus"),
        (Definition("odd", "process", {"memory_limit_mb": "much"}), "do not fit"),
        (Definition("odd", "process", {"memory_limit_mb": {"secret": "gone"}}), "no secret"),
    ],
)
def test_a_target_that_cannot_be_made_says_why(definition: Definition, why: str, tmp_path: Path) -> None:
    def secret(name: str) -> str:
        raise Unavailable(f'There is no secret "{name}".')

    targets = Targets({}, lambda: [definition], secret, tmp_path)

    assert why in targets.trouble("odd")
    with pytest.raises(Unavailable, match=why):
        targets.start("odd", write_job(tmp_path / "one", "def run(): pass"))


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_every_kind_has_a_form_that_can_be_drawn(kind: Any) -> None:
    fields: Callable[[], Any] = kind.load().Options.model_fields.items
    schema = kind.schema()

    assert kind.title
    assert kind.description
    assert schema.get("additionalProperties") is False
    assert "slots" not in schema.get("properties", {})
    for name, field in fields():
        assert field.description, f"the option {name} has no description"
    with pytest.raises(Invalid):
        kind.read({"no such option": 1})
