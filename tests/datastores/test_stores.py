"""Every kind of store does the same things, and says exactly what is wrong."""

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from designer.actions import datastores, secrets
from designer.contract.datastores import ChangeDatastore, RegisterDatastore, TryDatastore
from designer.datastores import agents
from designer.errors import Conflict, DesignerError, Invalid, NotFound, Unavailable
from designer.installation import Installation
from designer.store.tables import metadata
from tests.datastores.conftest import WRITABLE, Servers, Store, register
from tests.datastores.servers import Between, free_port, web_server
from tests.home import home

NAMES = ("plain.txt", "with space.txt", "ümläut-日本.txt", "a..b.txt", "100%&+#=.txt", "deep/er/file.csv")


def upload(inst: Installation, tmp_path: Path, path: str, data: bytes, *, overwrite: bool = False) -> Any:
    file = tmp_path / "staged"
    file.write_bytes(data)
    return datastores.upload_file(inst, "store", path, file, overwrite=overwrite)


def names(inst: Installation, path: str = "", **more: Any) -> list[str]:
    return [one.name for one in datastores.browse(inst, "store", path, **more).items]


def tried(inst: Installation, store: Store, **changed: Any) -> list[tuple[str, str]]:
    request = TryDatastore(kind=store.kind, options={**store.options, **changed})
    return [(one.code, one.severity.value) for one in datastores.try_datastore(inst, request).findings]


@pytest.mark.parametrize("kind", WRITABLE)
def test_files_go_there_and_come_back_whatever_their_names(
    inst: Installation, servers: Servers, tmp_path: Path, kind: str
) -> None:
    register(inst, servers.store(kind))
    for at, name in enumerate(NAMES):
        made = upload(inst, tmp_path, name, name.encode() * (at + 1))
        assert (made.path, made.size) == (name, len(name.encode()) * (at + 1))

    assert sorted(names(inst)) == sorted([*(name for name in NAMES if "/" not in name), "deep"])
    first = datastores.browse(inst, "store", "").items[0]
    assert (first.name, first.folder) == ("deep", True)
    assert names(inst, "deep/er") == ["file.csv"]
    file = datastores.browse(inst, "store", "deep/er").items[0]
    assert file.path == "deep/er/file.csv"
    assert file.changed is not None
    for at, name in enumerate(NAMES):
        said, pieces = datastores.download_file(inst, "store", name)
        assert said == name.rpartition("/")[2]
        assert b"".join(pieces) == name.encode() * (at + 1)


@pytest.mark.parametrize("kind", WRITABLE)
def test_a_file_of_many_megabytes_goes_there_and_back(
    inst: Installation, servers: Servers, tmp_path: Path, kind: str
) -> None:
    register(inst, servers.store(kind))
    data = os.urandom(1 << 20) * 13

    upload(inst, tmp_path, "large.bin", data)
    _, pieces = datastores.download_file(inst, "store", "large.bin")

    assert b"".join(pieces) == data


@pytest.mark.parametrize("kind", WRITABLE)
def test_a_file_that_is_there_is_only_replaced_where_that_is_asked(
    inst: Installation, servers: Servers, tmp_path: Path, kind: str
) -> None:
    register(inst, servers.store(kind))
    upload(inst, tmp_path, "a.txt", b"first")

    with pytest.raises(Conflict, match="there already"):
        upload(inst, tmp_path, "a.txt", b"second")
    upload(inst, tmp_path, "a.txt", b"third", overwrite=True)

    assert b"".join(datastores.download_file(inst, "store", "a.txt")[1]) == b"third"


@pytest.mark.parametrize("kind", WRITABLE)
def test_an_upload_that_is_cut_off_leaves_nothing(
    inst: Installation, servers: Servers, tmp_path: Path, kind: str
) -> None:
    store = servers.store(kind)
    register(inst, store)
    upload(inst, tmp_path, "before.txt", b"x")
    for path in ("half.bin", "before.txt"):
        with datastores._asking(inst, "store") as agent:
            agent.ask("write", path=path, overwrite=True)
            for _ in range(40):
                agent._send(b"%d\n" % (1 << 18) + bytes(1 << 18))
            agent.end()

    assert names(inst) == ["before.txt"]
    assert store.read("before.txt") == b"x"


@pytest.mark.parametrize("kind", [*WRITABLE, "http"])
def test_a_path_never_leads_out(inst: Installation, servers: Servers, tmp_path: Path, kind: str) -> None:
    register(inst, servers.store(kind))

    for path in ("../x", "a/../../x", "..", "a\\..\\..\\x"):
        with pytest.raises(Invalid, match="leads out"):
            datastores.browse(inst, "store", path)
        with pytest.raises(Invalid, match="leads out"):
            list(datastores.download_file(inst, "store", path)[1])


def test_a_link_does_not_lead_out_of_a_folder(inst: Installation, servers: Servers, tmp_path: Path) -> None:
    store = servers.store("local")
    register(inst, store)
    (Path(store.options["folder"]) / "out").symlink_to("/etc")

    with pytest.raises(Invalid, match="by a link"):
        list(datastores.download_file(inst, "store", "out/passwd")[1])


@pytest.mark.parametrize("kind", [*WRITABLE, "http"])
def test_thousands_of_files_come_in_pages(inst: Installation, servers: Servers, kind: str) -> None:
    store = servers.store(kind)
    count = 2_300 if kind in ("local", "http", "sftp") else 1_100
    place = store.place()
    if kind in ("s3", "azure"):
        place.fs.pipe({place.full(f"f{number:05}"): b"x" for number in range(count)})
    for number in range(count if kind not in ("s3", "azure") else 0):
        if kind == "sftp":
            (Path(store.options["folder"]) / f"f{number:05}").write_bytes(b"")
        else:
            store.put(f"f{number:05}", b"")
    register(inst, store)

    found: list[str] = []
    after: int | None = 0
    while after is not None:
        page = datastores.browse(inst, "store", "", after=after, limit=500)
        assert page.total == count
        found += [one.name for one in page.items]
        after = page.next

    assert found == [f"f{number:05}" for number in range(count)]
    assert names(inst, q="0104", limit=20) == [name for name in found if "0104" in name]


@pytest.mark.parametrize("kind", WRITABLE)
def test_a_store_that_is_right_has_nothing_against_it(inst: Installation, servers: Servers, kind: str) -> None:
    store = servers.store(kind)
    store.put("a.txt", b"1")

    found = datastores.try_datastore(inst, TryDatastore(kind=kind, options=store.options))

    assert (found.findings, found.entries, found.writable) == ([], 1, True)
    assert [one.name for one in store.place().entries()] == ["a.txt"]


def test_what_is_wrong_with_settings_is_said_exactly(inst: Installation, servers: Servers, tmp_path: Path) -> None:
    s3, azure, sftp, http = (servers.store(kind) for kind in ("s3", "azure", "sftp", "http"))
    nowhere = f"http://127.0.0.1:{free_port()}"
    assert tried(inst, s3, access_key="AKIAXXXXXXXXXXXXXXXX") == [("wrong_key", "error")]
    assert tried(inst, s3, secret_key="not the right one") == [("wrong_key", "error")]
    assert tried(inst, s3, bucket="no-such-bucket-here") == [("no_such_container", "error")]
    assert tried(inst, s3, endpoint=nowhere) == [("no_answer", "error")]
    assert tried(inst, azure, container="nosuchcontainer") == [("no_such_container", "error")]
    assert tried(inst, azure, account_key="bm90IHRoZSByaWdodCBvbmU=") == [("wrong_key", "error")]
    assert tried(inst, azure, endpoint=f"{nowhere}/devstoreaccount1") == [("no_answer", "error")]
    assert tried(inst, sftp, user="nobody-of-that-name") == [("wrong_key", "error")]
    assert tried(inst, sftp, private_key="not a key at all") == [("wrong_key", "error")]
    assert tried(inst, sftp, folder="/no/such/folder") == [("not_found", "error")]
    assert tried(inst, sftp, port=free_port()) == [("no_answer", "error")]
    assert tried(inst, sftp, host="no-such-host.invalid") == [("unknown_host", "error")]
    assert tried(inst, http, url=nowhere) == [("no_answer", "error")]
    assert tried(inst, http, url="http://no-such-host.invalid/") == [("unknown_host", "error")]
    assert tried(inst, Store("local", {"folder": "/no/such/folder"})) == [("no_such_folder", "error")]
    assert tried(inst, Store("local", {"folder": str(inst.settings.home / "attempts")})) == [("option", "error")]
    assert tried(inst, Store("local", {"folder": "relative"})) == [("option", "error")]
    assert tried(inst, Store("sql", {"url": "postgresql://me:pass@host/db"})) == [("option", "error")]
    assert tried(inst, Store("sql", {"url": f"postgresql://me@127.0.0.1:{free_port()}/db"})) == [("no_answer", "error")]


def test_another_host_key_than_expected_is_refused(inst: Installation, servers: Servers) -> None:
    store = servers.store("sftp")
    wrong = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGkQ7Fh3m1Tt4E6s0Wj9p4k0tW1Xg5b0dZr8JYV4c2aB"

    assert tried(inst, store, host_key=wrong) == [("host_key", "error")]


def test_a_store_that_can_only_be_read_says_so(inst: Installation, servers: Servers) -> None:
    store = servers.store("http")
    store.put("a b.txt", b"1")
    found = datastores.try_datastore(inst, TryDatastore(kind="http", options=store.options))

    assert (found.findings, found.entries, found.writable) == ([], 1, False)
    register(inst, store)
    with pytest.raises(Invalid, match="Nothing can be written"):
        upload(inst, inst.settings.home, "b.txt", b"2")
    assert b"".join(datastores.download_file(inst, "store", "a b.txt")[1]) == b"1"


def test_link_local_addresses_are_refused_also_behind_a_redirect(inst: Installation, tmp_path: Path) -> None:
    import http.server

    class Leads(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/latest/meta-data/")
            self.end_headers()

        do_HEAD = do_GET

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with web_server(tmp_path, Leads) as url:
        for address in ("http://169.254.169.254/latest", url, "http://[fe80::1]/x"):
            assert tried(inst, Store("http", {"url": address})) == [("forbidden_address", "error")]
    assert tried(inst, Store("s3", {"bucket": "b", "endpoint": "http://169.254.169.254", "anonymous": True})) == [
        ("forbidden_address", "error")
    ]


def test_a_store_that_never_answers_is_given_up(inst: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "SECONDS", 1.0)
    monkeypatch.setattr(agents.Agent.ask, "__defaults__", (1.0,))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        store = Store("http", {"url": f"http://127.0.0.1:{silent.getsockname()[1]}"})
        assert tried(inst, store) == [("timeout", "error")]
        register(inst, store)
        with pytest.raises(Unavailable, match="does not answer"):
            datastores.browse(inst, "store", "")


def test_a_store_that_breaks_off_in_the_middle_is_named(inst: Installation, servers: Servers, tmp_path: Path) -> None:
    store = servers.store("s3")
    between = Between(int(store.options["endpoint"].rsplit(":", 1)[1]))
    register(inst, Store("s3", {**store.options, "endpoint": f"http://127.0.0.1:{between.port}"}))
    upload(inst, tmp_path, "a.txt", b"1")

    between.most = 200_000
    with pytest.raises(DesignerError):
        upload(inst, tmp_path, "large.bin", os.urandom(12 << 20))
    between.most = None

    assert names(inst) == ["a.txt"]
    between.close()


def test_a_store_that_says_503_or_403_is_told_apart(inst: Installation, tmp_path: Path) -> None:
    import http.server

    class Says(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(int(self.path.split("/")[1]))

        do_HEAD = do_GET

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with web_server(tmp_path, Says) as url:
        assert tried(inst, Store("http", {"url": f"{url}/503"})) == [("busy", "error")]
        assert tried(inst, Store("http", {"url": f"{url}/403"})) == [("denied", "error")]
        assert tried(inst, Store("http", {"url": f"{url}/401"})) == [("wrong_key", "error")]


def test_tables_of_a_database_are_listed(inst: Installation, servers: Servers) -> None:
    url = servers.sql()
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE cars (make text, price int)"))
        connection.execute(sa.text("CREATE VIEW cheap AS SELECT * FROM cars WHERE price < 10"))
    engine.dispose()
    store = Store("sql", {"url": url.replace("+psycopg", "")})

    assert tried(inst, store) == []
    register(inst, store)
    assert names(inst) == ["cars", "cheap"]
    with pytest.raises(Invalid, match="has no files"):
        datastores.download_file(inst, "store", "cars")


@pytest.mark.parametrize("kind", ["s3", "azure", "sftp"])
def test_what_is_entered_as_a_secret_is_nowhere_in_the_clear(inst: Installation, servers: Servers, kind: str) -> None:
    store = servers.store(kind)
    made = register(inst, store)
    datastores.browse(inst, "store", "")

    (option,) = store.secrets
    value = store.options[option]
    assert made.options[option] == {"secret": f"datastore.store.{option}"}
    said = (
        made.model_dump_json()
        + datastores.list_datastores(inst).model_dump_json()
        + repr(RegisterDatastore(name="a", kind=kind, options=store.options))
    )
    assert value not in said
    with inst.store.read() as t:
        rows = json.dumps(
            [[str(value) for value in row] for table in metadata.sorted_tables for row in t.execute(sa.select(table))]
        )
    assert value not in rows
    assert json.dumps(value)[1:-1] not in rows
    for file in inst.settings.home.rglob("*"):
        assert not file.is_file() or value.encode() not in file.read_bytes()


def test_settings_change_and_secrets_that_are_not_entered_again_stay(inst: Installation, servers: Servers) -> None:
    store = servers.store("s3")
    register(inst, store)
    changed = datastores.change_datastore(
        inst, "store", ChangeDatastore(options={"folder": "other"}, description="Mine")
    )

    assert (changed.options["folder"], changed.description, changed.default) == ("other", "Mine", True)
    assert names(inst) == []
    with pytest.raises(Invalid):
        datastores.change_datastore(inst, "store", ChangeDatastore(options={"nonsense": 1}))
    datastores.change_datastore(inst, "store", ChangeDatastore(options={"secret_key": "another key"}))
    with pytest.raises(Invalid, match="refuses these credentials"):
        names(inst)


def test_a_secret_of_the_store_can_be_one_that_is_there(inst: Installation, servers: Servers) -> None:
    from designer.contract.secrets import PutSecret

    store = servers.store("azure")
    secrets.put_secret(inst, "azure", PutSecret(value=store.options["account_key"]))
    register(inst, Store("azure", {**store.options, "account_key": {"secret": "azure"}}))

    assert names(inst) == []
    secrets.delete_secret(inst, "azure")
    with pytest.raises(NotFound, match='no secret "azure"'):
        names(inst)


def test_one_of_several_is_the_default(inst: Installation, servers: Servers) -> None:
    register(inst, servers.store("local"), "a")
    register(inst, servers.store("local"), "b")
    datastores.change_datastore(inst, "b", ChangeDatastore(default=True))

    assert [(one.name, one.default) for one in datastores.list_datastores(inst).items] == [("a", False), ("b", True)]
    with pytest.raises(Conflict, match='a datastore "a" already'):
        register(inst, servers.store("local"), "a")


def test_a_datastore_that_goes_takes_its_secrets_along(inst: Installation, servers: Servers) -> None:
    register(inst, servers.store("s3"))
    datastores.unregister_datastore(inst, "store")

    assert secrets.list_secrets(inst).items == []
    for ask in (datastores.get_datastore, datastores.unregister_datastore):
        with pytest.raises(NotFound):
            ask(inst, "store")


def test_no_agent_is_left_when_the_server_ends(servers: Servers, tmp_path: Path) -> None:
    with home(tmp_path) as inst:
        register(inst, servers.store("local"))
        names(inst)
        running = [agent._process.pid for _, _, agent in inst.datastores._idle]
        assert len(running) == 1

    for pid in running:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
