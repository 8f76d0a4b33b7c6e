"""Folders and archives of unknown origin: what counts of them, and what is refused."""

import os
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from designer.errors import DesignerError, Invalid, Limit
from designer.library import snapshot, zipped
from designer.library.ignoring import Ignored


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


@pytest.mark.parametrize(
    ("path", "folder", "ignored"),
    [
        ("x.csv", False, True), ("deep/x.csv", False, True), ("deep/keep.csv", False, False), ("data", True, True),
        ("data", False, False), ("src/data", True, False), ("build", True, True), ("any/build", True, True),
        ("a/z.txt", False, True), ("a/b/c/z.txt", False, True), ("docs/x", False, True), ("docs", True, False),
        ("!x", False, True), ("3q.txt", False, True), ("xq.txt", False, False), ("a" * 250, False, False),
        ("any/__pycache__", True, True), ("x.pyc", False, True), (".git", True, True),
    ],
)  # fmt: skip
def test_ignore_files_mean_what_they_mean_to_git(path: str, folder: bool, ignored: bool) -> None:
    rules = Ignored(
        "# a comment\n*.csv\n/data/\nbuild\n!keep.csv\na/**/z.txt\ndocs/**\n*a*a*a*a*a*a*a*a*b\n\\!x\n[0-9]q.txt\n\n"
    )
    assert rules(path, folder=folder) is ignored


def test_a_folder_is_its_files_without_the_ignored_ones(tmp_path: Path) -> None:
    put(tmp_path / "code", "train.py", "lib/a.py", "data/big.csv", ".git/config", "__pycache__/train.pyc", "notes.md")
    (tmp_path / "code" / ".gitignore").write_text("data/\n")
    first = snapshot.take(tmp_path / "code", tmp_path / "first")
    assert first.files == ("lib/a.py", "notes.md", "train.py")
    (tmp_path / "code" / ".amlignore").write_text("*.md\n")  # counts instead
    second = snapshot.take(tmp_path / "code", tmp_path / "second")
    assert second.files == ("data/big.csv", "lib/a.py", "train.py")
    os.utime(tmp_path / "code" / "train.py", (1, 1))
    assert snapshot.take(tmp_path / "code", tmp_path / "third").digest == second.digest != first.digest


def test_a_link_out_of_the_folder_is_refused_and_one_inside_is_its_file(tmp_path: Path) -> None:
    put(tmp_path, "secret", "code/real.py")
    (tmp_path / "code" / "alias.py").symlink_to("real.py")
    taken = snapshot.take(tmp_path / "code", tmp_path / "taken")
    assert taken.files == ("alias.py", "real.py")
    assert not (tmp_path / "taken" / "alias.py").is_symlink()
    for goal in (tmp_path / "secret", "../secret", "/etc", "."):
        link = tmp_path / "code" / "leak"
        link.symlink_to(goal)
        with pytest.raises(Invalid, match="leak is a link"):
            snapshot.files_of(tmp_path / "code")
        link.unlink()
    os.mkfifo(tmp_path / "code" / "pipe")
    with pytest.raises(Invalid, match="neither a file nor a folder"):
        snapshot.files_of(tmp_path / "code")


def test_too_many_files_or_bytes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "a", "b", "c")
    monkeypatch.setattr(snapshot, "MOST_FILES", 2)
    with pytest.raises(Limit, match="more than 2 files"):
        snapshot.files_of(tmp_path)
    monkeypatch.setattr(snapshot, "MOST_FILES", 10)
    monkeypatch.setattr(snapshot, "MOST_BYTES", 2)
    with pytest.raises(Limit, match="more than 0 MB"):
        snapshot.files_of(tmp_path)


def archive(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members:
            made.writestr(name, content)
    return path


def test_an_archive_is_unpacked(tmp_path: Path) -> None:
    made = archive(tmp_path / "a.zip", ("src/train.py", b"pass"), ("README.md", b"x"), ("empty/", b""))
    assert sorted(zipped.unpack(made, tmp_path / "out")) == ["README.md", "src/train.py"]
    assert (tmp_path / "out" / "src" / "train.py").read_bytes() == b"pass"


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "/etc/x",
        "a/../../x",
        "C:/x",
        "a\\..\\..\\x",
        "a//b",
        "./x",
        "a/./b",
        " x",
        "a/b ",
        "x\n",
        "x\x07",
        "a" * 500,
        "\u202egpj.exe",
    ],
)
def test_names_that_lead_anywhere_else_are_refused(tmp_path: Path, name: str) -> None:
    made = archive(tmp_path / "a.zip", (name, b"x"))
    with pytest.raises(Invalid, match="has a file with the name"):
        zipped.unpack(made, tmp_path / "out")
    assert not (tmp_path / "x").exists()
    assert not (tmp_path / "out").exists()


def test_links_devices_doubles_and_secrets_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    device = zipfile.ZipInfo("device")
    device.external_attr = (stat.S_IFCHR | 0o777) << 16
    for members in (
        [(link, b"/etc/passwd")], [(device, b"")], [("a.py", b"1"), ("A.py", b"2")], [("a.py", b"1"), ("a.py/b", b"2")],
        [("\u00e9.py", b"1"), ("e\u0301.py", b"2")],
    ):  # fmt: skip
        with pytest.raises(Invalid):
            zipped.unpack(archive(tmp_path / "a.zip", *members), tmp_path / "out")
    with pytest.warns(UserWarning, match="Duplicate"), pytest.raises(Invalid, match="twice"):
        zipped.unpack(archive(tmp_path / "a.zip", ("a.py", b"1"), ("a.py", b"2")), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    whole = bytearray(archive(tmp_path / "a.zip", ("a.py", b"1")).read_bytes())
    at = whole.index(b"PK\x01\x02") + 8
    whole[at : at + 2] = struct.pack("<H", 1)
    (tmp_path / "a.zip").write_bytes(whole)
    with pytest.raises(Invalid, match="encrypted"):
        zipped.unpack(tmp_path / "a.zip", tmp_path / "out")


def test_a_bomb_is_refused_before_it_bursts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Invalid, match="packed more than"):
        zipped.unpack(archive(tmp_path / "a.zip", ("zeros", bytes(20_000_000))), tmp_path / "out")
    monkeypatch.setattr(zipped, "MOST_BYTES", 1_000)
    with pytest.raises(Limit, match="holds more than"):
        zipped.unpack(archive(tmp_path / "a.zip", ("a", os.urandom(600)), ("b", os.urandom(600))), tmp_path / "out")
    whole = bytearray(archive(tmp_path / "a.zip", ("a", bytes(900) + os.urandom(20))).read_bytes())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):  # it says that it holds ten bytes
        at = whole.index(signature) + offset
        whole[at : at + 4] = struct.pack("<I", 10)
    (tmp_path / "a.zip").write_bytes(whole)
    with pytest.raises(Invalid):
        zipped.unpack(tmp_path / "a.zip", tmp_path / "out2")
    assert sum(file.stat().st_size for file in (tmp_path / "out2").rglob("*") if file.is_file()) <= 10


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"PK\x03\x04", b"hello" * 100, b"PK\x05\x06" + bytes(18)[:10]):
        (tmp_path / "a.zip").write_bytes(content)
        with pytest.raises(DesignerError):
            zipped.unpack(tmp_path / "a.zip", tmp_path / "out")
