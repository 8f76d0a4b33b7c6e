"""Folders of attempts that wait already."""

import os
from pathlib import Path

from designer.conductor.folders import AHEAD, FILES, FOLDERS, READY, Folders


def write(folder: Path) -> None:
    (folder / "job.json").write_text("{}")


def test_a_folder_that_waited_appears_whole(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.refill()
    assert len(os.listdir(tmp_path / READY)) == AHEAD

    folders.make(tmp_path / "att_1", write)

    assert set(os.listdir(tmp_path / "att_1")) == {*FOLDERS, *FILES, "job.json"}
    assert all(os.stat(tmp_path / "att_1" / file).st_size == 0 for file in FILES)
    assert len(os.listdir(tmp_path / READY)) == AHEAD - 1
    folders.refill()
    assert len(os.listdir(tmp_path / READY)) == AHEAD


def test_where_none_waits_one_is_made_also_over_the_half_of_another(tmp_path: Path) -> None:
    (tmp_path / "att_1").mkdir()
    (tmp_path / "att_1" / "module.py").write_text("half")

    Folders(tmp_path).make(tmp_path / "att_1", write)

    assert set(os.listdir(tmp_path / "att_1")) == {"module.py", "job.json"}


def test_one_that_cannot_take_its_place_leaves_nothing_behind(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.refill()
    (tmp_path / "att_1").mkdir()
    (tmp_path / "att_1" / "module.py").write_text("half")

    folders.make(tmp_path / "att_1", write)

    assert set(os.listdir(tmp_path / "att_1")) == {"module.py", "job.json"}
    assert len(os.listdir(tmp_path / READY)) == AHEAD - 1


def test_what_an_earlier_server_left_is_removed(tmp_path: Path) -> None:
    Folders(tmp_path).refill()

    folders = Folders(tmp_path)

    assert not (tmp_path / READY).exists()
    folders.make(tmp_path / "att_1", write)
    assert os.listdir(tmp_path / "att_1") == ["job.json"]
