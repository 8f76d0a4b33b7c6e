"""Finding modules in folders."""

from pathlib import Path

from designer.library.catalogue import Catalogue


def write(folder: Path, path: str, source: str = "def run() -> None: ...") -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(source)


def test_modules_are_found_by_reference_and_sorted_by_category_and_title(tmp_path: Path) -> None:
    write(tmp_path, "data_transformation/split_data.py", '"""Split Data"""\ndef run() -> None: ...')
    write(tmp_path, "data_transformation/join_data.py", '"""Join Data"""\nVERSION = 3\ndef run() -> None: ...')
    write(tmp_path, "a/z.py", 'CATEGORY = "Zoo"\ndef run() -> None: ...')
    write(tmp_path, "data_transformation/_shared.py", "not a module")
    write(tmp_path, "data_transformation/readme.md", "text")

    catalogue = Catalogue(tmp_path)

    assert [(one.spec.category, one.spec.title, one.spec.reference) for one in catalogue.all()] == [
        ("Data Transformation", "Join Data", "join_data@3"),
        ("Data Transformation", "Split Data", "split_data@1"),
        ("Zoo", "Z", "z@1"),
    ]
    assert catalogue.broken == ()
    found = catalogue.get("split_data@1")
    assert found is not None
    assert found is catalogue.get("split_data")
    assert found.source == '"""Split Data"""\ndef run() -> None: ...'
    assert catalogue.spec("split_data") == found.spec
    for reference in (
        "split_data@2",
        "split_data@",
        "split_data@01",
        "split_data@x",
        "split",
        "",
        "@1",
        "../x",
        "join_data@1",
    ):
        assert catalogue.get(reference) is None


def test_an_older_version_stays_beside_the_newest(tmp_path: Path) -> None:
    write(tmp_path, "x/split_data.py", "VERSION = 10\ndef run() -> None: ...")
    write(tmp_path, "x/split_data@9.py", "def run() -> None: ...")

    catalogue = Catalogue(tmp_path)

    assert [one.spec.reference for one in catalogue.all()] == ["split_data@10"]
    assert catalogue.spec("split_data@9") is not None
    assert catalogue.spec("split_data") == catalogue.spec("split_data@10")


def test_broken_files_are_listed_and_do_not_stop_the_others(tmp_path: Path) -> None:
    write(tmp_path, "x/good.py")
    write(tmp_path, "x/bad.py", "def run(\n")
    write(tmp_path, "x/large.py", "#" * 300_000)
    (tmp_path / "x" / "latin.py").write_bytes(b"# \n# \xe9\ndef run() -> None: ...")
    write(tmp_path, "x/no-name.py")
    (tmp_path / "x" / "folder.py").mkdir()
    (tmp_path / "x" / "lost.py").symlink_to(tmp_path / "nowhere")

    catalogue = Catalogue(tmp_path)

    assert [one.spec.name for one in catalogue.all()] == ["good"]
    assert {one.path: [(finding.code, finding.line) for finding in one.findings] for one in catalogue.broken} == {
        "x/bad.py": [("syntax_error", 1)],
        "x/folder.py": [("not_a_file", 0)],
        "x/large.py": [("source_too_large", 0)],
        "x/latin.py": [("not_utf8", 2)],
        "x/lost.py": [("not_a_file", 0)],
        "x/no-name.py": [("module_name", 0)],
    }


def test_the_first_folder_wins_and_the_other_is_told(tmp_path: Path) -> None:
    write(tmp_path / "mine", "x/split_data.py", '"""Mine"""\ndef run() -> None: ...')
    write(tmp_path / "theirs", "y/split_data.py", '"""Theirs"""\ndef run() -> None: ...')

    catalogue = Catalogue(tmp_path / "mine", tmp_path / "theirs", tmp_path / "nowhere")

    assert [one.spec.title for one in catalogue.all()] == ["Mine"]
    assert [(one.path, one.findings[0].code) for one in catalogue.broken] == [("y/split_data.py", "duplicate_module")]


def test_reading_again_sees_what_changed(tmp_path: Path) -> None:
    write(tmp_path, "x/one.py")
    catalogue = Catalogue(tmp_path)
    write(tmp_path, "x/two.py")
    (tmp_path / "x" / "one.py").unlink()

    catalogue.reload()

    assert [one.spec.name for one in catalogue.all()] == ["two"]
