"""Every transaction fails once in every way, and is said to have failed though it was applied: nothing is lost or done twice."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa

from designer.actions import artifacts, datasets, pipelines, runs, sessions
from designer.contract.datasets import DatasetChange, ReadAgain, ReadOptions
from designer.contract.pipelines import CreatePipeline, SavePipeline
from designer.contract.runs import Run, RunChange, Step, SubmitRun
from designer.engine.status import FINAL_RUN
from designer.errors import NotFound, Unavailable
from designer.installation import Installation
from designer.launcher.digests import of_file
from designer.store.tables import datasets as datasets_table
from designer.store.tables import pipelines as pipelines_table
from designer.store.tables import runs as runs_table
from tests.conductor.conftest import conducting
from tests.conductor.test_runs import go, starts, wait_node
from tests.faults import Faults, faulty
from tests.home import document, home, wait_for
from tests.invariants import assert_invariants

T = TypeVar("T")

WRITTEN = [
    "add_dataset", "begin_job", "cancel_run", "cancel_step", "change_dataset", "change_run", "create_pipeline",
    "delete_dataset", "delete_pipeline", "keep_preview", "keep_tables", "make_code", "read_again", "restore_dataset",
    "restore_pipeline", "save_pipeline", "sign_in", "sign_in_with_token", "submit", "turn", "want_preview",
]  # fmt: skip
"""The transactions of this world."""


class Person:
    """Does a bit of everything, and asks again where it is told that something did not work, as a browser would."""

    def __init__(self, inst: Installation, tmp_path: Path, tries: int) -> None:
        self.inst = inst
        self.tmp_path = tmp_path
        self.tries = tries

    def asks(self, call: Callable[[], T], or_else: Callable[[], T] | None = None) -> T:
        """The answer; where none comes, what is there all the same."""
        for _ in range(self.tries):
            try:
                return call()
            except Unavailable:
                continue
        assert or_else is not None, "this must be answered"
        return or_else()

    def sees(self, what: str, condition: Callable[[], Any], seconds: float = 60.0) -> Any:
        """Wait for something; what cannot be read now is looked at again."""

        def look() -> Any:
            try:
                return condition()
            except Unavailable:
                return None

        return wait_for(what, look, seconds)

    def draws(self) -> str:
        """A pipeline that is made, changed, deleted and restored."""
        inst = self.inst
        nodes = {"a": {"module": "number@1", "parameters": {"number": 3}}}
        made = self.asks(lambda: pipelines.create_pipeline(inst, CreatePipeline(document=document(nodes))))
        nodes["b"] = {"module": "add@1", "inputs": {"value": "a.result"}}
        request = SavePipeline(version=made.version, document=document(nodes))
        self.asks(lambda: pipelines.save_pipeline(inst, made.id, request), lambda: None)
        self.asks(lambda: self.gone(lambda: pipelines.delete_pipeline(inst, made.id)), lambda: None)
        self.asks(lambda: pipelines.restore_pipeline(inst, made.id), lambda: None)
        return made.id

    def uploads(self) -> str:
        """A dataset that is read, read again, described, deleted and restored, and looked at."""
        inst, staged = self.inst, self.inst.uploads / "part"
        data = b"name;price\nA;1\nB;2\n"

        def add() -> Any:
            staged.write_bytes(data)
            return datasets.add_dataset(
                inst, name="Cars", file_name="cars.csv", staged=staged, size=len(data), digest=of_file(str(staged)),
                options=ReadOptions(),
            )  # fmt: skip

        made = self.asks(add)
        self.is_read(made.id, 1)
        again = ReadAgain(version=1, options=ReadOptions(delimiter=";"))
        self.asks(lambda: datasets.read_again(inst, made.id, again))
        now = self.is_read(made.id, 2)
        self.asks(lambda: datasets.change_dataset(inst, made.id, DatasetChange(title="All cars")), lambda: None)
        self.asks(lambda: self.gone(lambda: datasets.delete_dataset(inst, made.id)), lambda: None)
        self.asks(lambda: datasets.restore_dataset(inst, made.id), lambda: None)

        self.sees("the preview", lambda: artifacts.get_preview(inst, now.latest.digest).status == "ready")
        return now.latest.digest

    def is_read(self, id_: str, version: int) -> Any:
        def done() -> Any:
            now = datasets.get_dataset(self.inst, id_)
            return now.latest.version == version and now.latest.status == "ready" and now

        return self.sees("the file to be read", done)

    def gone(self, call: Callable[[], None]) -> None:
        """Asked again, something that is gone is not there."""
        try:
            call()
        except NotFound:
            return

    def runs(self, pipeline: str) -> list[str]:
        """A run of the pipeline, one under a key, one that is canceled, one of which a step is."""
        inst = self.inst
        go(self.tmp_path, "c")
        nodes = {
            "a": wait_node(self.tmp_path, "a"),
            "b": {"module": "add@1", "inputs": {"value": "a.result"}},
            "c": wait_node(self.tmp_path, "c"),
            "data": {"dataset": "cars"},
        }
        request = SubmitRun(document=document({"a": {"module": "number@1"}, "data": {"dataset": "cars"}}))
        alone = SubmitRun(document=document({"w": wait_node(self.tmp_path, "w")}))
        first = self.submits(SubmitRun(pipeline=pipeline), "first")
        keyed = {self.submits(request, "once").id for _ in range(3)}
        assert len(keyed) == 1
        third = self.submits(SubmitRun(document=document(nodes)), "third")
        fourth = self.submits(alone, "fourth")
        wait_for("the step", lambda: starts(self.tmp_path, "a") and starts(self.tmp_path, "w"))
        self.asks(lambda: runs.cancel_step(inst, third.id, "a"), lambda: third)
        self.asks(lambda: runs.cancel_run(inst, fourth.id), lambda: fourth)
        self.asks(lambda: runs.change_run(inst, first.id, RunChange(name="First")), lambda: first)
        found = [first.id, *keyed, third.id, fourth.id]
        for id_ in found:
            self.sees("its end", lambda id_=id_: runs.get_run(inst, id_).status in FINAL_RUN, 120)
        return found

    def submits(self, request: SubmitRun, key: str) -> Run:
        """A run under a key, as every client submits: whoever gets no answer asks again for the same run."""
        return self.asks(lambda: runs.submit_run(self.inst, request, key=key))

    def signs_in(self) -> None:
        """With a code and with the token."""
        inst = self.inst
        code = self.asks(lambda: sessions.new_code(inst), lambda: "")
        if code:
            self.asks(lambda: sessions.begin(inst, code), lambda: None)
        given = sessions.token(inst.settings.home)
        self.asks(lambda: sessions.begin_with_token(inst, given), lambda: None)


def lives(inst: Installation, tmp_path: Path, tries: int) -> tuple[str, list[str]]:
    """Let a person do everything; the pipeline and the runs."""
    person = Person(inst, tmp_path, tries)
    pipeline = person.draws()
    person.uploads()
    found = person.runs(pipeline)
    person.signs_in()
    return pipeline, found


def what_there_is(inst: Installation, tmp_path: Path, done: tuple[str, list[str]]) -> dict[str, Any]:
    """Everything that must be the same whatever went wrong on the way."""
    pipeline, ids = done
    with inst.store.read() as t:
        count = {
            table.name: t.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in (runs_table, pipelines_table, datasets_table)
        }
    found = [runs.get_run(inst, id_) for id_ in ids]
    draft = pipelines.get_pipeline(inst, pipeline)
    (dataset,) = datasets.list_datasets(inst).items
    return {
        "count": count,
        "runs": [(run.status.value, {node: of_step(step) for node, step in run.steps.items()}) for run in found],
        "name": found[0].name,
        "draft": (draft.version, sorted(draft.document["nodes"])),
        "dataset": (dataset.title, dataset.latest.version, dataset.latest.digest),
        "starts": [starts(tmp_path, name) for name in ("a", "c", "w")],
    }


def of_step(step: Step) -> tuple[str, int, dict[str, str]]:
    """How a step ended, after how many tries, with which bytes."""
    return step.status.value, step.attempts, {port: one.digest for port, one in step.outputs.items()}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What there is when nothing goes wrong."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with home(folder, slots=3) as inst, conducting(inst):
        found = what_there_is(inst, folder, lives(inst, folder, tries=1))
        assert_invariants(inst, submitted=4)
    return found


@pytest.mark.parametrize("write", WRITTEN)
def test_a_commit_that_is_always_applied_and_reported_as_failed_changes_nothing(
    tmp_path: Path, undisturbed: dict[str, Any], write: str
) -> None:
    faults = Faults({"applied_but_error": 1.0}, names=frozenset({write}))
    with home(tmp_path, slots=3) as inst, conducting(inst), faulty(inst.store, faults):
        done = lives(inst, tmp_path, tries=2)

        assert faults.done.total() > 0, "this world never does that"
        assert what_there_is(inst, tmp_path, done) == undisturbed
        assert_invariants(inst, submitted=4)


@pytest.mark.parametrize("write", WRITTEN)
def test_a_commit_that_fails_in_every_other_way_is_made_good(
    tmp_path: Path, undisturbed: dict[str, Any], write: str
) -> None:
    faults = Faults(
        {"fail_before": 0.3, "locked": 0.3, "disk_full": 0.3, "slow": 0.1},
        sum(write.encode()),
        frozenset({write}),
        most=3,
    )
    with home(tmp_path, slots=3) as inst, conducting(inst), faulty(inst.store, faults):
        done = lives(inst, tmp_path, tries=10)

        assert faults.done.total() > 0, "this world never does that"
        assert what_there_is(inst, tmp_path, done) == undisturbed
        assert_invariants(inst, submitted=4)


@pytest.mark.parametrize("seed", range(3))
def test_a_database_that_fails_at_random_in_every_way_loses_nothing(
    tmp_path: Path, database_url: str, undisturbed: dict[str, Any], seed: int
) -> None:
    rates = {"fail_before": 0.06, "applied_but_error": 0.06, "locked": 0.06, "disk_full": 0.06, "slow": 0.06}
    faults = Faults(rates, seed, reads=0.02, most=40)
    with home(tmp_path, database_url, slots=3) as inst, conducting(inst):
        with faulty(inst.store, faults):
            done = lives(inst, tmp_path, tries=20)

        print(f"seed {seed}: {faults.done.total()} faults, {dict(faults.done)}")
        assert faults.done.total() > 5
        assert what_there_is(inst, tmp_path, done) == undisturbed
        assert_invariants(inst, submitted=4)
