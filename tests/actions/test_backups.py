"""Backups: all of a home in one file, whole or refused; put back or nothing changed."""

import io
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.actions import backups, logs, runs, sessions, system
from designer.contract.runs import Run
from designer.errors import Conflict, Invalid, Unavailable
from designer.installation import Installation, open_installation
from designer.settings import Settings
from designer.store import archive, copies
from designer.store import swap as swap_module
from designer.store.archive import Manifest
from designer.store.migrations import HEAD
from tests.conductor.conftest import conducting
from tests.home import chain, home, write_modules


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Run]]:
    """A backup of a home with a run in it, and the run."""
    folder = tmp_path_factory.mktemp("made")
    with home(folder) as inst, conducting(inst) as conducted:
        secret = sessions.token(inst.settings.home)
        sessions.new_code(inst)
        run = conducted.run(chain(3))
        file = folder / "backup.tar"
        file.write_bytes(b"".join(backups.back_up(inst)))
        assert secret.encode() not in file.read_bytes()
        assert list(inst.backups.iterdir()) == []
        yield file, run


def settings(folder: Path, **more: Any) -> Settings:
    given = {"modules": str(write_modules(folder)), "samples": False, "free_space": 0, "keep_copies": 0, **more}
    return Settings.read({}, home=folder / "home", **given)


def opened(folder: Path) -> Installation:
    return open_installation(settings(folder))


def everything(folder: Path) -> dict[str, bytes]:
    """All files below a folder but locks."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name not in ("server.lock", "lock"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_what_was_backed_up_is_there_after_a_restore(made: tuple[Path, Run], tmp_path: Path) -> None:
    file, run = made

    done = backups.restore(settings(tmp_path), file)

    assert done.aside is None
    inst = opened(tmp_path)
    assert runs.get_run(inst, run.id) == run
    for node, step in run.steps.items():
        for output in step.outputs.values():
            assert inst.artifacts.verify(output.digest)
        assert logs.read_log(inst, run.id, node, "stdout", 0, 1000).text == ("number 0\n" if node == "n0" else "")
    with sqlite3.connect(inst.settings.home / "designer.db") as database:
        assert database.execute("SELECT count(*) FROM sessions").fetchone() == (0,)
    inst.close()
    assert not (tmp_path / "home" / "token").exists()
    with home(tmp_path) as inst, conducting(inst) as conducted:
        assert conducted.run(chain(2)).status == "completed"


def test_a_home_with_data_is_replaced_only_when_told_and_moved_aside(made: tuple[Path, Run], tmp_path: Path) -> None:
    file, run = made
    with home(tmp_path) as inst, conducting(inst) as conducted:
        mine = conducted.run(chain(1))

    before = everything(tmp_path / "home")
    with pytest.raises(Conflict, match="holds data already") as raised:
        backups.restore(settings(tmp_path), file)
    assert "--replace" in raised.value.cure
    assert everything(tmp_path / "home") == before

    done = backups.restore(settings(tmp_path), file, replace=True)

    inst = opened(tmp_path)
    assert [one.id for one in runs.list_runs(inst).items] == [run.id]
    inst.close()
    assert done.aside is not None
    assert {name for name in everything(done.aside) if name in before} >= {"designer.db"}
    for name in ("designer.db", "artifacts", "attempts"):  # and back by hand
        os.rename(tmp_path / "home" / name, tmp_path / name)
        os.rename(done.aside / name, tmp_path / "home" / name)
    inst = opened(tmp_path)
    assert [one.id for one in runs.list_runs(inst).items] == [mine.id]
    inst.close()


def test_nothing_is_restored_under_a_server(made: tuple[Path, Run], tmp_path: Path) -> None:
    with home(tmp_path) as inst, pytest.raises(Conflict, match="Another server is running"):
        backups.restore(inst.settings, made[0], replace=True)


@pytest.mark.parametrize("part", [0.0, 0.01, 0.3, 0.6, 0.9, 0.999])
def test_a_backup_that_was_cut_off_changes_nothing(made: tuple[Path, Run], tmp_path: Path, part: float) -> None:
    data = made[0].read_bytes()
    cut = tmp_path / "cut.tar"
    cut.write_bytes(data[: int((len(data) - 10_240) * part)])
    (tmp_path / "home").mkdir()

    with pytest.raises(Invalid):
        backups.restore(settings(tmp_path), cut)

    assert everything(tmp_path / "home") == {}


KEY = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
"""The sha256 of `abc`."""

CONTENT = {
    f"artifacts/ba/{KEY}": b"abc",
    "attempts/att_1/stdout.log": bytes(1 << 20) + b"the end",
    "designer.db": b"x" * 700,
}


def pack(folder: Path, content: dict[str, bytes]) -> tuple[bytes, Manifest]:
    """An archive of this content, and its list."""
    folder.mkdir()
    manifest = Manifest(1.0, "1", HEAD, "sqlite")
    files = []
    for number, (name, data) in enumerate(content.items()):
        (folder / str(number)).write_bytes(data)
        files.append((name, folder / str(number)))
    return b"".join(archive.write(manifest, files)), manifest


def unpack(file: Path, to: Path) -> tuple[Manifest, dict[str, bytes]]:
    return archive.read(file, lambda name: to / name), everything(to)


def test_an_archive_is_read_back_byte_for_byte_and_its_holes_are_holes_again(tmp_path: Path) -> None:
    data, manifest = pack(tmp_path / "in", CONTENT)
    (tmp_path / "a.tar").write_bytes(data)

    assert unpack(tmp_path / "a.tar", tmp_path / "out") == (manifest, CONTENT)

    assert (tmp_path / "out" / "attempts/att_1/stdout.log").stat().st_blocks * 512 < 1 << 20
    with tarfile.open(tmp_path / "a.tar") as tar:
        assert tar.getnames() == [*CONTENT, "manifest.json"]


@given(drawn=st.data())
def test_whatever_bytes_change_an_archive_is_refused_or_still_the_same(drawn: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        content = {**CONTENT, "attempts/att_1/stdout.log": b"a log"}
        packed, manifest = pack(folder / "in", content)
        place = drawn.draw(st.integers(0, len(packed) - 1))
        changed = packed[:place] + bytes([drawn.draw(st.integers(0, 255))]) + packed[place + 1 :]
        (folder / "a.tar").write_bytes(changed)

        try:
            found = unpack(folder / "a.tar", folder / "out")
        except Invalid:
            return
        assert found == (manifest, content)


@pytest.mark.parametrize(
    "name",
    ["../token", "/etc/passwd", "token", "artifacts/ba/../../token", "attempts/att_1/../x", "attempts/att_1/a/b", "server.json",
     f"artifacts/ba/{KEY}/../../../../token", f"artifacts/ba/{KEY}//x"],
)  # fmt: skip
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    data, _ = pack(tmp_path / "in", {name: b"evil"})
    (tmp_path / "a.tar").write_bytes(data)

    with pytest.raises(Invalid, match="which no backup has"):
        unpack(tmp_path / "a.tar", tmp_path / "out")

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_only_plain_files_are_taken_out(tmp_path: Path, kind: bytes) -> None:
    about = tarfile.TarInfo("designer.db")
    about.type, about.linkname = kind, "/etc/passwd"
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        tar.addfile(about, io.BytesIO())

    with pytest.raises(Invalid, match="which no backup has"):
        unpack(tmp_path / "a.tar", tmp_path / "out")


@pytest.mark.parametrize(
    "text", [b"[]", b"{", b'{"format": "designer.backup/2"}', b'{"format": "designer.backup/1"}', b"null"]
)
def test_a_list_of_contents_that_cannot_be_understood_is_refused(tmp_path: Path, text: bytes) -> None:
    about = tarfile.TarInfo("manifest.json")
    about.size = len(text)
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        tar.addfile(about, io.BytesIO(text))

    with pytest.raises(Invalid):
        backups.check(tmp_path / "a.tar")


def test_an_artifact_that_is_damaged_costs_only_itself(tmp_path: Path) -> None:
    with home(tmp_path / "one") as inst, conducting(inst) as conducted:
        run = conducted.run(chain(3))
        hurt, lost, whole = (run.steps[node].outputs["result"].digest for node in ("n0", "n1", "n2"))
        path = inst.artifacts.local_path(hurt)
        path.chmod(0o600)
        path.write_bytes(b"?" * path.stat().st_size)
        inst.artifacts.local_path(lost).unlink()
        (tmp_path / "a.tar").write_bytes(b"".join(backups.back_up(inst)))

    done = backups.restore(settings(tmp_path / "two"), tmp_path / "a.tar")

    assert done.manifest is not None
    assert sorted(done.manifest.damaged) == sorted(f"artifacts/{one[7:9]}/{one[7:]}" for one in (hurt, lost))
    inst = opened(tmp_path / "two")
    assert [bool(inst.artifacts.verify(one)) for one in (hurt, lost, whole)] == [False, False, True]
    assert runs.get_run(inst, run.id) == run
    inst.close()


def test_a_folder_artifact_comes_back_as_a_folder(tmp_path: Path) -> None:
    from designer.launcher import digests
    from designer.store import artifacts

    with home(tmp_path / "one") as inst:
        made = tmp_path / "made"
        (made / "deep").mkdir(parents=True)
        (made / "deep" / "é 1.txt").write_bytes(b"1")
        (made / "two").write_bytes(b"22")
        digest = digests.of_folder(str(made))[0]
        inst.artifacts.put_file(made, digest)
        with inst.store.write("submit") as t:
            artifacts.add(t, digest, 3, 1.0)
        (tmp_path / "a.tar").write_bytes(b"".join(backups.back_up(inst)))

    backups.restore(settings(tmp_path / "two"), tmp_path / "a.tar")

    inst = opened(tmp_path / "two")
    assert inst.artifacts.verify(digest)
    assert inst.artifacts.files(digest) == ["deep/é 1.txt", "two"]
    inst.close()


@pytest.mark.parametrize("at", range(6))
def test_a_restore_that_dies_while_it_swaps_is_finished_by_whoever_comes_next(
    made: tuple[Path, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    file, run = made
    with home(tmp_path) as inst, conducting(inst) as conducted:
        conducted.run(chain(1))
    real, left = os.rename, [at]

    def rename(source: Any, goal: Any) -> None:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        real(source, goal)

    with monkeypatch.context() as patch:
        patch.setattr(swap_module.os, "rename", rename)
        try:
            backups.restore(settings(tmp_path), file, replace=True)
        except KeyboardInterrupt:
            assert (tmp_path / "home" / "restore.json").exists()
    inst = opened(tmp_path)
    assert [one.id for one in runs.list_runs(inst).items] == [run.id]
    assert inst.artifacts.verify(run.steps["n2"].outputs["result"].digest)
    inst.close()
    assert not (tmp_path / "home" / "restore.json").exists()


def test_a_database_that_is_damaged_is_not_opened_and_the_newest_copy_is_named(tmp_path: Path) -> None:
    with home(tmp_path) as inst, conducting(inst) as conducted:
        run = conducted.run(chain(2))
        copies.make(inst.store, inst.backups, 7, 10**12, inst.clock.now())
    (copy,) = (tmp_path / "home" / "backups").iterdir()
    file = tmp_path / "home" / "designer.db"
    damage(file)

    with pytest.raises(Unavailable, match="damaged") as raised:
        opened(tmp_path)
    assert f"designer restore {copy} --replace" in raised.value.cure

    done = backups.restore(settings(tmp_path), copy, replace=True)

    inst = opened(tmp_path)
    assert runs.get_run(inst, run.id).status == "completed"
    inst.close()
    assert done.aside is not None
    assert [one.name for one in done.aside.iterdir()] == ["designer.db"]
    with pytest.raises(Invalid, match="damaged"):
        backups.restore(settings(tmp_path), done.aside / "designer.db", replace=True)


def test_a_database_whose_first_page_is_gone_is_not_opened_either(tmp_path: Path) -> None:
    with home(tmp_path):
        pass
    with (tmp_path / "home" / "designer.db").open("r+b") as file:
        file.write(b"not a database at all")

    with pytest.raises(Unavailable, match="damaged") as raised:
        opened(tmp_path)

    assert "There is no copy" in raised.value.cure


def test_damage_that_is_found_while_the_server_runs_ends_all_writing_and_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with home(tmp_path) as inst, conducting(inst) as conducted:
        run = conducted.run(chain(2))
        copies.make(inst.store, inst.backups, 7, 10**12, inst.clock.now())
        assert inst.store.file is not None
        with inst.store._raw() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        damage(inst.store.file)

        with pytest.raises(Unavailable, match="damaged"):
            copies.check_later(inst.store, inst.backups)

        assert inst.paused
        notice = system.notices(inst)[0]
        assert "damaged" in notice.message
        assert f"designer restore {copies.found(inst.backups)[0]}" in notice.cure
        assert run.status == "completed"

    monkeypatch.setattr(copies, "CHECK_AT_ONCE_BYTES", 0)
    with pytest.raises(Unavailable, match="damaged"):
        opened(tmp_path)


def damage(file: Path) -> None:
    """Write over the pages of the database, except the first."""
    with file.open("r+b") as data:
        data.seek(8192)
        data.write(b"\xa5" * (file.stat().st_size - 8192))


def test_copies_are_made_once_a_day_and_the_oldest_go(tmp_path: Path) -> None:
    with home(tmp_path) as inst:
        now = inst.clock.now()
        assert copies.due(inst.backups, now)
        for day in range(9):
            moment = now + day * copies.DAY
            copies.make(inst.store, inst.backups, 7, 10**12, moment)
            os.utime(copies.found(inst.backups)[0], (moment, moment))
            for file in inst.backups.iterdir():  # the order of their names is that of their times
                assert file.stat().st_mode & 0o077 == 0
            assert not copies.due(inst.backups, moment + 60)
            assert copies.due(inst.backups, moment + copies.DAY)
        assert len(copies.daily(inst.backups)) == 7

        with pytest.raises(Unavailable, match="needs"):
            copies.make(inst.store, inst.backups, 7, 1000, now)
        assert len(copies.daily(inst.backups)) == 7


def test_a_postgresql_database_is_dumped_and_loaded(postgres_database: str, tmp_path: Path, need: Any) -> None:
    need("pg_dump")
    need("pg_restore")
    with home(tmp_path / "one", postgres_database) as inst, conducting(inst) as conducted:
        run = conducted.run(chain(2))
        sessions.new_code(inst)
        (tmp_path / "a.tar").write_bytes(b"".join(backups.back_up(inst)))
        assert backups.check(tmp_path / "a.tar").database == "postgresql"
        conducted.run(chain(1))

    with pytest.raises(Invalid, match="PostgreSQL"):
        backups.restore(settings(tmp_path / "two"), tmp_path / "a.tar")
    backups.restore(settings(tmp_path / "two", database=postgres_database), tmp_path / "a.tar")

    with home(tmp_path / "two", postgres_database) as inst:
        assert [one.id for one in runs.list_runs(inst).items] == [run.id]
        assert all(inst.artifacts.verify(step.outputs["result"].digest) for step in run.steps.values())


def test_without_pg_dump_the_artifacts_alone_are_kept(
    postgres_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups.shutil, "which", lambda _: None)
    with home(tmp_path / "one", postgres_database) as inst, conducting(inst) as conducted:
        conducted.run(chain(2))
        (tmp_path / "a.tar").write_bytes(b"".join(backups.back_up(inst)))

    manifest = backups.check(tmp_path / "a.tar")

    assert manifest.database == ""
    assert [name for name in manifest.files if name.startswith("artifacts/")]
