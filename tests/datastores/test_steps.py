"""Steps read from stores and write to them, with credentials that only they have."""

import io
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from designer.actions import datasets, datastores, pipelines
from designer.actions.pipelines import create_pipeline
from designer.contract.datasets import DatasetFrom
from designer.contract.pipelines import CreatePipeline, Validate
from designer.contract.runs import Run
from designer.errors import Conflict
from tests.conductor.conftest import Conducted, conducting
from tests.datastores.conftest import WRITABLE, Servers, Store, register
from tests.datastores.servers import web_server
from tests.home import document, home, wait_for

ROWS = "a,year,price\nx,2023,1.5\ny,2024,2.5\nz,2024,3.5\n"


def enter(text: str = ROWS) -> dict[str, Any]:
    return {"module": "enter_data_manually@1", "parameters": {"data": text}}


def step(module: str, inputs: dict[str, str] | None = None, **parameters: Any) -> dict[str, Any]:
    return {"module": f"{module}@1", "inputs": inputs or {}, "parameters": parameters}


def place(name: str = "store") -> dict[str, str]:
    return {"datastore": name}


def table(conducted: Conducted, run: Run, node: str) -> pl.DataFrame:
    assert run.steps[node].status == "completed", str(run.steps[node].error)
    made = run.steps[node].outputs["dataset"]
    return pl.read_ipc(conducted.inst.artifacts.local_path(made.digest))


@pytest.mark.parametrize("kind", WRITABLE)
def test_what_is_exported_is_what_is_imported(servers: Servers, tmp_path: Path, kind: str) -> None:
    store = servers.store(kind)
    nodes = {
        "rows": enter(),
        "out": step(
            "export_data", {"dataset": "rows.dataset"}, datastore=place(), path="deep/ü rows.parquet", format="Parquet"
        ),
        "parts": step("export_data", {"dataset": "rows.dataset"}, datastore=place(), path="parts", divide_by=["year"]),
        "back": {
            **step("import_data", datastore=place(), path="deep/ü rows.parquet", columns=["a", "price"]),
            "after": ["out"],
        },
        "all": {**step("import_data", datastore=place(), path="parts/**/*.csv", partitions=True), "after": ["parts"]},
    }
    with home(tmp_path) as inst, conducting(inst) as conducted:
        register(inst, store)
        run = conducted.run(document(nodes))

        assert table(conducted, run, "back").to_dict(as_series=False) == {
            "a": ["x", "y", "z"],
            "price": [1.5, 2.5, 3.5],
        }
        assert table(conducted, run, "all").sort("a").rows() == [("x", 1.5, 2023), ("y", 2.5, 2024), ("z", 3.5, 2024)]
        for option in store.secrets:
            for file in inst.settings.home.rglob("*"):
                assert not file.is_file() or store.options[option].encode() not in file.read_bytes(), file
        conducted.assert_invariants(run)
    assert pl.read_parquet(io.BytesIO(store.read("deep/ü rows.parquet"))).height == 3


def test_files_go_from_one_store_to_another_and_only_once(servers: Servers, tmp_path: Path) -> None:
    source, goal = servers.store("sftp"), servers.store("s3")
    for name in ("in/a.csv", "in/deep/b c.csv", "in/deep/no.txt"):
        source.put(name, name.encode() * 1000)
    copy = step(
        "transfer_data",
        from_datastore=place("one"),
        path="in/**/*.csv",
        to_datastore=place("two"),
        to_folder="got",
        if_there="Skip",
    )
    with home(tmp_path) as inst, conducting(inst) as conducted:
        register(inst, source, "one")
        register(inst, goal, "two")
        first, again = (conducted.run(document({"copy": copy})) for _ in range(2))

        assert [run.steps["copy"].status for run in (first, again)] == ["completed", "completed"], str(
            first.steps["copy"].error
        )
    assert goal.read("got/deep/b c.csv") == b"in/deep/b c.csv" * 1000
    assert sorted(one.path for one in goal.place().find("")) == ["got/a.csv", "got/deep/b c.csv"]


def test_tables_go_into_a_database_and_come_back(servers: Servers, tmp_path: Path) -> None:
    url = servers.sql()
    rename = {"columns": ["a", "price"], "names_in_table": ["name", "cost"]}
    nodes = {
        "rows": enter(),
        "new": step("export_data", {"dataset": "rows.dataset"}, write="Table", datastore=place(), table="cars", **rename),
        "more": {**step("export_data", {"dataset": "rows.dataset"}, write="Table", datastore=place(), table="cars", **rename), "after": ["new"]},
        "all": {**step("import_data", read="Table", datastore=place(), table="cars"), "after": ["more"]},
        "some": {**step("import_data", read="SQL query", datastore=place(), query="SELECT name, sum(cost) AS sum FROM cars WHERE cost > 2 GROUP BY name ORDER BY name"), "after": ["more"]},
        "fails": {**step("export_data", {"dataset": "rows.dataset"}, write="Table", datastore=place(), table="cars"), "after": ["all", "some"]},
    }  # fmt: skip
    with home(tmp_path) as inst, conducting(inst) as conducted:
        register(inst, Store("sql", {"url": url}))
        run = conducted.run(document(nodes, settings={"continue_on_step_failure": True}))

        assert table(conducted, run, "all").rows() == [("x", 1.5), ("y", 2.5), ("z", 3.5)] * 2
        assert table(conducted, run, "some").rows() == [("y", 5.0), ("z", 7.0)]
        error = run.steps["fails"].error
        assert error is not None
        assert "has no column a" in error.message
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM cars")).scalar() == 6
    engine.dispose()


def test_a_file_behind_a_web_address_is_read(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "rows.csv").write_text(ROWS)
    with web_server(tmp_path / "web") as url, home(tmp_path) as inst, conducting(inst) as conducted:
        nodes = {
            "good": step("import_data", read="Web address", url=f"{url}/rows.csv?x=1", most_rows=2),
            "bad": step("import_data", read="Web address", url=f"{url}/nothing.csv"),
        }
        run = conducted.run(document(nodes, settings={"continue_on_step_failure": True}))

        assert table(conducted, run, "good").height == 2
        error = run.steps["bad"].error
        assert error is not None
        assert "answers 404" in error.message


def test_a_step_says_what_the_store_has_against_it(servers: Servers, tmp_path: Path) -> None:
    store = servers.store("s3")
    nodes = {
        "a": step("import_data", datastore=place(), path="nothing.csv"),
        "b": step("import_data", datastore=place(), path="*.csv"),
    }
    with home(tmp_path) as inst, conducting(inst) as conducted:
        register(inst, store)
        run = conducted.run(document(nodes, settings={"continue_on_step_failure": True}))
        errors = [run.steps[node].error for node in ("a", "b")]

    assert [error.message.split(".")[0] if error else "" for error in errors] == [
        "There is no such file or folder there", 'Nothing in "store" fits *',
    ]  # fmt: skip


def test_a_datastore_that_is_used_stays_and_an_unknown_one_is_a_finding(servers: Servers, tmp_path: Path) -> None:
    doc = document({"a": step("import_data", datastore=place(), path="a.csv")})
    with home(tmp_path) as inst:
        said = pipelines.validate_document(inst, Validate(document=doc))
        assert [(one.code, one.node, one.parameter) for one in said.findings] == [
            ("unknown_datastore", "a", "datastore")
        ]
        register(inst, servers.store("local"))
        create_pipeline(inst, CreatePipeline(document=doc))

        assert pipelines.validate_document(inst, Validate(document=doc)).findings == []
        with pytest.raises(Conflict, match='used by pipeline "Test"'):
            datastores.unregister_datastore(inst, "store")


@pytest.mark.parametrize("kind", ["local", "s3"])
def test_a_dataset_that_lies_on_a_store_is_read_and_edits_are_noticed(
    servers: Servers, tmp_path: Path, kind: str
) -> None:
    store = servers.store(kind)
    store.put("deep/rows.csv", ROWS.encode())
    with home(tmp_path) as inst, conducting(inst):
        register(inst, store)

        def ready(id_: str, version: int) -> Any:
            now = datasets.get_dataset(inst, id_).latest
            return now.version == version and now.status != "reading" and now

        made = datasets.add_from_datastore(inst, DatasetFrom(datastore="store", path="deep/rows.csv"))
        first = wait_for("the file to be read", lambda: ready(made.id, 1))
        assert (first.status, first.rows, made.name) == ("ready", 3, "rows"), str(first.error)
        assert datasets.renew_dataset(inst, made.id).latest.version == 1

        store.put("deep/rows.csv", (ROWS + "w,2025,9.5\n").encode())
        assert datasets.renew_dataset(inst, made.id).latest.version == 2
        second = wait_for("the new version", lambda: ready(made.id, 2))
        assert (second.rows, second.digest == first.digest) == (4, False)

        with pytest.raises(Conflict, match='used by dataset "rows"'):
            datastores.unregister_datastore(inst, "store")
        gone = datasets.add_from_datastore(inst, DatasetFrom(datastore="store", path="nothing.csv"))
        failed = wait_for("the failure", lambda: ready(gone.id, 1))
        assert failed.error is not None
        assert "no such file" in failed.error.message
