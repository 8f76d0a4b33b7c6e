"""Windows of logs, where lines begin, and search: on files, and through the actions."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.actions import logs as actions
from designer.actions import runs
from designer.contract.runs import SubmitRun
from designer.errors import Invalid, NotFound
from designer.installation import Installation
from designer.store import attempts, logs, steps
from designer.store.attempts import StoredAttempt
from designer.store.logs import EVERY, LineIndexes
from tests.home import chain

TEXT = "first\nzweite Zeile: Größe ✓\n😀 third\nno end"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    file = tmp_path / "stdout.log"
    file.write_bytes(TEXT.encode())
    return file


@pytest.mark.parametrize("limit", range(8, 60))
def test_windows_put_together_are_the_whole_log(log: Path, limit: int) -> None:
    text, at = "", 0
    while at < len(TEXT.encode()):
        window = logs.window(log, at, limit, ended=True)
        assert window.offset == at
        text, at = text + window.text, window.next

    assert text == TEXT


def test_a_window_from_the_end_begins_at_a_letter(log: Path) -> None:
    size = len(TEXT.encode())

    for back in range(1, size + 5):
        window = logs.window(log, -back, 1_000, ended=True)
        assert TEXT.endswith(window.text)
        assert "\ufffd" not in window.text
        assert window.next == window.size == size


def test_half_a_letter_at_the_end_waits_until_the_log_has_ended(tmp_path: Path) -> None:
    file = tmp_path / "stdout.log"
    file.write_bytes("ok ✓".encode()[:-1])

    assert logs.window(file, 0, 100, ended=False).text == "ok "
    assert logs.window(file, 0, 100, ended=True).text == "ok \ufffd"


def test_bytes_that_are_no_text_are_replaced(tmp_path: Path) -> None:
    file = tmp_path / "stdout.log"
    file.write_bytes(b"a\xff\xfe\x80b\x00c")

    assert logs.window(file, 0, 100, ended=False).text == "a\ufffd\ufffd\ufffdb\x00c"


@given(data=st.binary(max_size=60), limit=st.integers(8, 20))
def test_reading_any_bytes_always_comes_to_the_end(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, limit: int
) -> None:
    file = tmp_path_factory.mktemp("log") / "x.log"
    file.write_bytes(data)
    at, rounds = 0, 0

    while at < len(data):
        window = logs.window(file, at, limit, ended=True)
        assert window.next > at
        at, rounds = window.next, rounds + 1
        assert rounds < 100


def test_a_log_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert logs.window(tmp_path / "none", 0, 100, ended=False) == logs.Window("", 0, 0, 0)
    assert LineIndexes().get(tmp_path / "none") == ([], 0, 0)


def test_the_index_of_a_growing_log_is_that_of_the_whole(tmp_path: Path) -> None:
    file = tmp_path / "stdout.log"
    indexes = LineIndexes()
    lines = [f"line {number} {'x' * (number % 7)}\n".encode() for number in range(EVERY * 3 + 20)]
    file.write_bytes(b"")
    for begin in range(0, len(lines), 333):
        with file.open("ab") as out:
            out.write(b"".join(lines[begin : begin + 333]))
        offsets, count, size = indexes.get(file)
        assert count == min(begin + 333, len(lines))
        assert size == file.stat().st_size

    expected = [sum(map(len, lines[:number])) for number in range(0, len(lines), EVERY)]
    assert offsets == expected == LineIndexes().get(file)[0]
    assert indexes.line_at(file, sum(map(len, lines[: EVERY + 7]))) == EVERY + 7


@given(st.lists(st.binary(max_size=30), max_size=12), st.integers(1, 4))
def test_lines_are_counted_as_everyone_does(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes], every: int
) -> None:
    file = tmp_path_factory.mktemp("log") / "x.log"
    indexes = LineIndexes()
    data = b""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logs, "EVERY", every)
        for part in parts:
            data += part
            file.write_bytes(data)
            offsets, lines, _ = indexes.get(file)
            begins = [0, *(found.end() for found in re.finditer(b"\n", data))]
            begins = [begin for begin in begins if begin < len(data)]
            assert lines == len(begins)
            assert offsets == begins[::every]


def test_two_hundred_thousand_lines_are_indexed_and_searched_quickly(tmp_path: Path) -> None:

    file = tmp_path / "stdout.log"
    file.write_bytes(
        b"".join(b"line %d of many, with some text to make it longer\n" % number for number in range(200_000))
    )
    indexes = LineIndexes()

    offsets, lines, _ = indexes.get(file)
    found, more = logs.search(file, "LINE 199998 ", 0, 10, indexes)
    indexes.get(file)

    assert (lines, len(offsets)) == (200_000, 200_000 // EVERY)
    assert ([(one.line, one.text[:11]) for one in found], more) == ([(199_998, "line 199998")], False)


def test_a_search_names_line_and_offset_and_goes_on_behind_the_last(log: Path) -> None:
    indexes = LineIndexes()
    lines = TEXT.split("\n")

    found, more = logs.search(log, "Z", 0, 10, indexes)
    first, first_more = logs.search(log, "i", 0, 2, indexes)
    second, _ = logs.search(log, "i", first[-1].offset + 1, 2, indexes)

    assert [(one.line, one.text) for one in found] == [(1, lines[1])]
    assert more is False
    assert [(one.line, one.offset) for one in first] == [(0, 0), (1, 6)]
    assert first_more is True
    assert [(one.line, one.text) for one in second] == [(2, "😀 third")]


@given(
    st.lists(st.text("abA \n", max_size=9), min_size=1, max_size=8),
    st.sampled_from(["a", "ab", "b a", "A"]),
    st.integers(1, 40),
)
def test_a_search_finds_what_a_simple_one_finds(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str], wanted: str, chunk: int
) -> None:
    file = tmp_path_factory.mktemp("log") / "x.log"
    text = "".join(parts)
    file.write_bytes(text.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logs, "CHUNK", chunk)
        found, more = logs.search(file, wanted, 0, 1_000, LineIndexes())

    expected = [(number, line) for number, line in enumerate(text.split("\n")) if wanted.lower() in line.lower()]
    assert more is False
    if max(map(len, text.split("\n"))) <= chunk:  # longer lines are looked at in pieces
        assert [(one.line, one.text) for one in found] == expected


# Through the actions


def attempt(inst: Installation) -> tuple[str, Path]:
    """A run whose first step has an attempt with a log."""
    run = runs.submit_run(inst, SubmitRun(document=chain(2)))
    id_ = inst.ids("att")
    with inst.store.write("turn") as t:
        attempts.add(t, [StoredAttempt(id_, run.id, "n0", 1, "local", 0.0)])
        found = steps.get(t, run.id, "n0")
        assert found is not None
        from dataclasses import replace

        steps.save(t, [(run.id, replace(found, state=replace(found.state, attempt=id_)))])
    file = inst.attempts / id_ / "stdout.log"
    file.parent.mkdir()
    file.write_bytes(TEXT.encode())
    return run.id, file


def test_a_log_is_read_indexed_and_searched(inst: Installation) -> None:
    run, file = attempt(inst)

    window = actions.read_log(inst, run, "n0", "stdout", 0, 100_000)
    index = actions.log_index(inst, run, "n0", "stdout")
    found = actions.search_log(inst, run, "n0", "stdout", "third")

    assert (window.text, window.ended, window.size) == (TEXT, False, file.stat().st_size)
    assert (index.offsets, index.lines, index.every, index.ended) == ([0], 4, EVERY, False)
    assert [(one.line, one.text) for one in found.items] == [(2, "😀 third")]


def test_a_step_that_has_not_run_has_an_empty_log(inst: Installation) -> None:
    run, _ = attempt(inst)

    log = actions.read_log(inst, run, "n1", "stderr", 0, 100)

    assert (log.text, log.size, log.ended) == ("", 0, False)


def test_what_is_not_there_is_not_found(inst: Installation) -> None:
    run, _ = attempt(inst)

    for arguments in ((run, "n0", "stdin"), (run, "ghost", "stdout"), ("run_x", "n0", "stdout")):
        with pytest.raises(NotFound):
            actions.read_log(inst, *arguments, 0, 100)
    with pytest.raises(NotFound):
        actions.read_log(inst, run, "n0", "stdout", 0, 100, attempt="../../etc")
    with pytest.raises(Invalid):
        actions.search_log(inst, run, "n0", "stdout", "")
