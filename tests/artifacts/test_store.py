"""The artifact store: in a local folder, and behind a URL (here in memory)."""

import hashlib
import os
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.artifacts import ArtifactStore, Damaged
from designer.errors import DesignerError, Invalid, NotFound, Unavailable
from designer.launcher import digests


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


@pytest.fixture(params=["local", "remote"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ArtifactStore]:
    if request.param == "local":
        yield ArtifactStore(tmp_path / "artifacts")
    else:
        yield ArtifactStore(f"memory://{uuid.uuid4().hex}", cache=tmp_path / "cache")


@pytest.fixture
def local(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(tmp_path / "artifacts")


def file(tmp_path: Path, data: bytes, name: str = "made.bin") -> Path:
    (tmp_path / "out").mkdir(exist_ok=True)
    (tmp_path / "out" / name).write_bytes(data)
    return tmp_path / "out" / name


def folder(tmp_path: Path) -> tuple[Path, str]:
    root = tmp_path / "out" / "images"
    (root / "cats").mkdir(parents=True)
    (root / "cats" / "1.png").write_bytes(b"cat")
    (root / "list.txt").write_bytes(b"one")
    return root, digests.of_folder(str(root))[0]


def test_a_file_is_moved_in_and_read_back(store: ArtifactStore, tmp_path: Path) -> None:
    made = file(tmp_path, b"hello")

    store.put_file(made, digest(b"hello"))

    assert not made.exists()
    assert store.exists(digest(b"hello"))
    assert not store.is_folder(digest(b"hello"))
    assert store.size(digest(b"hello")) == 5
    with store.open(digest(b"hello")) as opened:
        assert opened.read() == b"hello"
    assert store.local_path(digest(b"hello"), 5).read_bytes() == b"hello"
    assert list(store.iterate()) == [digest(b"hello")]
    assert store.verify(digest(b"hello"))


def test_putting_is_safe_to_repeat(store: ArtifactStore, tmp_path: Path) -> None:
    made = file(tmp_path, b"hello")
    store.put_file(made, digest(b"hello"))

    store.put_file(made, digest(b"hello"))
    store.put_file(file(tmp_path, b"hello", "again.bin"), digest(b"hello"))

    assert list(store.iterate()) == [digest(b"hello")]
    assert list((tmp_path / "out").iterdir()) == []


def test_a_folder_is_one_artifact(store: ArtifactStore, tmp_path: Path) -> None:
    root, known = folder(tmp_path)

    store.put_file(root, known)

    assert store.is_folder(known)
    assert store.files(known) == ["cats/1.png", "list.txt"]
    assert store.size(known) == 6
    with store.open(known, "cats/1.png") as opened:
        assert opened.read() == b"cat"
    assert digests.of_folder(str(store.local_path(known)))[0] == known
    assert store.verify(known)


def test_what_is_not_there_is_not_found(store: ArtifactStore, tmp_path: Path) -> None:
    lost = digest(b"lost")

    assert store.verify(lost) is None
    for call in (store.open, store.size, store.local_path, store.stat):
        with pytest.raises(NotFound):
            call(lost)
    with pytest.raises(NotFound):
        store.put_file(tmp_path / "nothing", lost)
    assert not store.exists(lost)
    store.delete(lost)
    assert list(store.iterate()) == []


def test_deleting_is_safe_to_repeat(store: ArtifactStore, tmp_path: Path) -> None:
    root, known = folder(tmp_path)
    store.put_file(root, known)
    store.put_file(file(tmp_path, b"hello"), digest(b"hello"))

    for _ in range(2):
        store.delete(known)
        store.delete(digest(b"hello"))

    assert list(store.iterate()) == []


def test_copying_leaves_the_file_where_it_was(store: ArtifactStore, tmp_path: Path) -> None:
    made = file(tmp_path, b"hello")

    store.put_file(made, digest(b"hello"), move=False)

    assert made.read_bytes() == b"hello"
    made.write_bytes(b"other")
    assert store.verify(digest(b"hello"))


def test_a_copy_that_is_not_what_was_announced_is_refused(local: ArtifactStore, tmp_path: Path) -> None:
    with pytest.raises(Damaged):
        local.put_file(file(tmp_path, b"other"), digest(b"hello"), move=False)

    assert not local.exists(digest(b"hello"))
    assert list((tmp_path / "artifacts" / "incoming").iterdir()) == []


def test_artifacts_are_read_only(local: ArtifactStore, tmp_path: Path) -> None:
    root, known = folder(tmp_path)
    local.put_file(root, known)
    local.put_file(file(tmp_path, b"hello"), digest(b"hello"))

    for path in (local.local_path(digest(b"hello")), local.local_path(known) / "cats" / "1.png"):
        assert path.stat().st_mode & 0o777 == 0o400


@pytest.mark.parametrize("change", ["flip", "truncate", "append"])
def test_damage_is_noticed(local: ArtifactStore, tmp_path: Path, change: str) -> None:
    local.put_file(file(tmp_path, b"hello"), digest(b"hello"))
    known = local.stat(digest(b"hello"))
    path = local.local_path(digest(b"hello"))
    path.chmod(0o600)
    path.write_bytes({"flip": b"hellp", "truncate": b"hell", "append": b"hello!"}[change])

    assert local.verify(digest(b"hello")) is None
    assert local.verify(digest(b"hello"), known) is None
    if change != "flip":
        with pytest.raises(Damaged) as raised:
            local.local_path(digest(b"hello"), 5)
        assert raised.value.code == "artifact_damaged"
        assert raised.value.cure


def test_bytes_are_read_again_only_when_the_file_is_another(
    store: ArtifactStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, whole = folder(tmp_path)
    store.put_file(root, whole)
    store.put_file(file(tmp_path, b"hello"), digest(b"hello"))
    read: list[str] = []
    found_digest = store._found_digest
    monkeypatch.setattr(store, "_found_digest", lambda one: read.append(one) or found_digest(one))

    for one in (whole, digest(b"hello")):
        known = store.verify(one)
        assert known == store.stat(one)
        assert store.verify(one, known or "") == known

    assert read == [whole, digest(b"hello")]


def test_a_folder_is_damaged_when_one_of_its_files_is(local: ArtifactStore, tmp_path: Path) -> None:
    root, whole = folder(tmp_path)
    local.put_file(root, whole)
    known = local.verify(whole)
    member = local.local_path(whole) / "cats" / "1.png"
    member.chmod(0o600)
    member.write_bytes(b"dog")

    assert local.verify(whole, known or "") is None
    second, _ = folder(tmp_path)
    local.put_file(second, whole)
    assert local.verify(whole)
    assert not second.exists()


@pytest.mark.parametrize("damage", [b"hel", b"hellp"])
def test_a_good_copy_takes_the_place_of_a_damaged_one(local: ArtifactStore, tmp_path: Path, damage: bytes) -> None:
    local.put_file(file(tmp_path, b"hello"), digest(b"hello"))
    path = local.local_path(digest(b"hello"))
    path.chmod(0o600)
    path.write_bytes(damage)

    local.put_file(file(tmp_path, b"hello"), digest(b"hello"))

    assert local.verify(digest(b"hello"))


def test_what_was_put_again_meanwhile_is_not_removed(tmp_path: Path) -> None:
    now = [1000.0]
    local = ArtifactStore(tmp_path / "artifacts", now=lambda: now[0])
    root, whole = folder(tmp_path)
    local.put_file(root, whole)
    local.put_file(file(tmp_path, b"hello"), digest(b"hello"))
    now[0] = 2000.0
    local.put_file(file(tmp_path, b"hello"), digest(b"hello"))  # a new file
    local.put_file(folder(tmp_path)[0], whole)  # an equal folder
    local.put_file(tmp_path / "out" / "images", whole)  # a put that was cut off and is repeated

    for one in (whole, digest(b"hello")):
        assert not local.delete(one, unless_put_after=1500.0)
        assert local.exists(one)
        assert local.delete(one, unless_put_after=2000.0)
        assert not local.exists(one)


def test_damage_behind_a_url_is_noticed(tmp_path: Path) -> None:
    store = ArtifactStore("memory://damaged", cache=tmp_path / "cache")
    store.put_file(file(tmp_path, b"hello"), digest(b"hello"))
    store._fs.pipe_file(store._path(digest(b"hello")), b"hellp")

    assert store.verify(digest(b"hello")) is None
    with pytest.raises(Damaged):
        store.local_path(digest(b"hello"))


def test_links_devices_and_their_folders_are_refused(local: ArtifactStore, tmp_path: Path) -> None:
    secret = file(tmp_path, b"secret", "secret")
    link = tmp_path / "out" / "link"
    link.symlink_to(secret)
    pipe = tmp_path / "out" / "pipe"
    os.mkfifo(pipe)
    root, known = folder(tmp_path)
    (root / "link").symlink_to(secret)

    for path in (link, pipe, root):
        with pytest.raises(Invalid):
            local.put_file(path, known)

    assert list(local.iterate()) == []


def test_many_threads_put_one_artifact(local: ArtifactStore, tmp_path: Path) -> None:
    made = [file(tmp_path, b"hello" * 1000, f"{number}.bin") for number in range(8)]
    failures: list[BaseException] = []

    def put(path: Path) -> None:
        try:
            local.put_file(path, digest(b"hello" * 1000))
        except DesignerError as problem:
            failures.append(problem)

    threads = [threading.Thread(target=put, args=(path,)) for path in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert local.verify(digest(b"hello" * 1000))
    assert list((tmp_path / "out").iterdir()) == []


def test_left_overs_are_tidied(local: ArtifactStore, tmp_path: Path) -> None:
    left = tmp_path / "artifacts" / "incoming" / "left"
    left.write_bytes(b"half")

    assert local.tidy() == 0
    os.utime(left, (0, 0))
    assert local.tidy() == 1
    assert not left.exists()


def test_a_full_disk_is_unavailable_and_the_file_stays(
    local: ArtifactStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = file(tmp_path, b"hello")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable, match="No space left"):
        local.put_file(made, digest(b"hello"))

    assert made.read_bytes() == b"hello"
    assert not local.exists(digest(b"hello"))


def test_a_chain_of_addresses_is_refused() -> None:
    with pytest.raises(Invalid):
        ArtifactStore("simplecache::file:///etc")


@given(
    st.text(max_size=80)
    | st.sampled_from(["sha256:" + "../" * 20, "sha256:" + "A" * 64, "sha256:" + "a" * 63, "md5:" + "a" * 64])
)
def test_only_digests_are_names(text: str) -> None:
    store = ArtifactStore("memory://names")

    with pytest.raises(NotFound):
        store.open(text)


@given(
    st.lists(st.sampled_from(["..", ".", "", "a", "/etc/passwd", "\\", "a\0", "b"]), min_size=1, max_size=5).map(
        "/".join
    )
)
def test_members_stay_inside_the_folder(member: str) -> None:
    store = ArtifactStore("memory://members")
    store._fs.pipe_file("/members/secret", b"secret")

    with pytest.raises(DesignerError):
        store.open(digest(b"x"), member or "..")


def test_the_digest_of_a_folder_counts_names_and_contents_only(tmp_path: Path) -> None:
    _, known = folder(tmp_path)
    second = tmp_path / "second"
    (second / "cats").mkdir(parents=True)
    (second / "list.txt").write_bytes(b"one")
    (second / "cats" / "1.png").write_bytes(b"cat")
    (second / "empty").mkdir()
    os.utime(second / "list.txt", (0, 0))

    assert digests.of_folder(str(second)) == (known, 6, 2)
    (second / "cats" / "1.png").rename(second / "cats" / "2.png")
    assert digests.of_folder(str(second))[0] != known
