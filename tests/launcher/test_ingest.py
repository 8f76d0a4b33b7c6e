"""Uploads become tables, or say why not."""

import datetime as dt
import gzip
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from designer.launcher import delimited, ingest
from designer.launcher.failures import Failure
from tests.launcher.test_supervisor import launch
from tests.targets.contract import result


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(data: bytes, name: str = "cars.csv", **options: Any) -> tuple[pl.DataFrame, dict[str, Any]]:
    Path("upload").write_bytes(data)
    frame, detected = ingest.read({"path": "upload", "name": name, **options})
    return (frame if isinstance(frame, pl.DataFrame) else pl.DataFrame(frame)), detected


def refused(data: bytes, name: str = "cars.csv", **options: Any) -> str:
    with pytest.raises(Failure) as raised:
        read(data, name, **options)
    assert raised.value.kind == "IngestFailed"
    assert raised.value.cure
    return raised.value.message


def test_a_table_says_what_it_was_taken_for() -> None:
    frame, detected = read(b"name,age\nAnn,30\nBob,\n")

    assert frame.to_dict(as_series=False) == {"name": ["Ann", "Bob"], "age": [30, None]}
    assert detected == {
        "format": "csv", "delimiter": ",", "encoding": "utf-8", "header": True, "quote": '"', "sheet": None, "sheets": [],
        "rows": 0, "notes": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "dtype", "expected"),
    [
        ("1\n-2\n+3", pl.Int64, [1, -2, 3]),
        (" 1\n2 ", pl.Int64, [1, 2]),
        ("1\n2.5", pl.Float64, [1.0, 2.5]),
        ("1e3\n.5\n-5.", pl.Float64, [1000.0, 0.5, -5.0]),
        ("1.5\ninf\n-inf", pl.Float64, [1.5, float("inf"), float("-inf")]),
        ("true\nFALSE", pl.Boolean, [True, False]),
        ("2026-11-20\n2026-01-02", pl.Date, [dt.date(2026, 11, 20), dt.date(2026, 1, 2)]),
        ("2026-11-20 10:30:00\n2026-11-20 10:30:00.25", pl.Datetime("us"),
         [dt.datetime(2026, 11, 20, 10, 30), dt.datetime(2026, 11, 20, 10, 30, 0, 250_000)]),
        ("2026-11-20T10:30\n2026-11-21T10:30", pl.Datetime("us"), [dt.datetime(2026, 11, 20, 10, 30), dt.datetime(2026, 11, 21, 10, 30)]),
        ("2026-11-20T10:30:00Z\n2026-11-20T10:30:00+02:00", pl.Datetime("us", "UTC"),
         [dt.datetime(2026, 11, 20, 10, 30, tzinfo=dt.UTC), dt.datetime(2026, 11, 20, 8, 30, tzinfo=dt.UTC)]),
        ("01234\n99999", pl.String, ["01234", "99999"]),
        ("123456789012345678901\n1", pl.String, ["123456789012345678901", "1"]),
        ("1\n?", pl.String, ["1", "?"]),
        ("2026-13-45\n2026-01-01", pl.String, ["2026-13-45", "2026-01-01"]),
        ("20/11/2026\n01/02/2026", pl.String, ["20/11/2026", "01/02/2026"]),
        ("=1+1\n@SUM(A1)", pl.String, ["=1+1", "@SUM(A1)"]),
        ("1_000\n2", pl.String, ["1_000", "2"]),
        ("0x10\n2", pl.String, ["0x10", "2"]),
    ],
)  # fmt: skip
def test_a_column_has_the_type_that_all_its_values_have(text: str, dtype: Any, expected: list[Any]) -> None:
    frame, _ = read(f"value\n{text}\n".encode(), header=True)

    assert frame["value"].dtype == dtype
    assert frame["value"].to_list() == expected


def test_a_late_odd_value_makes_the_column_text_and_is_noted() -> None:
    frame, detected = read(b"a,b\n" + b"1,2\n" * 30_000 + b"NA,3\n")

    assert frame.schema == {"a": pl.String, "b": pl.Int64}
    assert frame["a"][-1] == "NA"
    assert detected["notes"] == ['Column "a": numbers, but for "NA" (1 rows), so it stays text.']


def test_only_empty_fields_are_missing() -> None:
    frame, _ = read(b'a,b,c\n,NA,1\n"",null,\nx,-,2\n')

    assert frame.rows() == [(None, "NA", 1), ("", "null", None), ("x", "-", 2)]


@pytest.mark.parametrize(
    ("data", "delimiter"),
    [
        (b"a,b\n1,2\n3,4\n", ","), (b"a;b\n1;2\n3;4\n", ";"), (b"a\tb\n1\t2\n", "\t"), (b"a|b\n1|2\n", "|"),
        (b"a;b\n1,5;2,5\n3,5;4,5\n", ";"), (b'a,b\n"x;y;z",2\n"u;v;w",3\n', ","), (b"text,n\n\"a, b, c\",1\n", ","),
        (b"sep=;\na;b\n1;2\n", ";"), (b"a\n1\n2\n", ","), (b"one, two\tthree\n1, 2\t3\n", "\t"),
    ],
)  # fmt: skip
def test_the_delimiter_is_found_out(data: bytes, delimiter: str) -> None:
    assert read(data)[1]["delimiter"] == delimiter


def test_decimal_commas_are_numbers_where_fields_end_with_semicolons() -> None:
    frame, detected = read(b"a;b\n1,5;2\n2,25;3\n")

    assert frame["a"].to_list() == [1.5, 2.25]
    assert detected["notes"] == ['Column "a": decimal commas were read as numbers.']


def test_dates_with_dots_are_dates() -> None:
    frame, detected = read(b"a;b\n31.12.2024;1.2.2023\n1.2.2023;31.13.2024\n")

    assert frame["a"].to_list() == [dt.date(2024, 12, 31), dt.date(2023, 2, 1)]
    assert detected["notes"] == ['Column "a": read as dates: day, month, year.']
    assert frame["b"].to_list() == ["1.2.2023", "31.13.2024"]


@pytest.mark.parametrize(
    ("data", "header"),
    [
        (b"a,b\n1,2\n", True), (b"1,2\n3,4\n", False), (b"a,b\nc,d\n", True), (b"country,1990,1991\nX,1,2\n", True),
        (b"x,2026-01-01\ny,2026-01-02\n", False), (b"id,2\n1,3\n", True), (b"1\n2\n", False), (b"a\n", True), (b"true,x\nfalse,y\n", False),
    ],
)  # fmt: skip
def test_the_header_is_found_out(data: bytes, header: bool) -> None:
    frame, detected = read(data)

    assert detected["header"] is header
    if not header:
        assert frame.columns == [f"Col{index}" for index in range(1, frame.width + 1)]


def test_everything_found_out_can_be_overridden() -> None:
    frame, detected = read(b"junk\n1|'a|b'\n2|c\n", delimiter="|", header=False, quote="'", skip_rows=1, encoding="latin-1",
                           types={"Col1": "string"})  # fmt: skip

    assert frame.rows() == [("1", "a|b"), ("2", "c")]
    assert (detected["delimiter"], detected["quote"], detected["header"], detected["encoding"]) == (
        "|",
        "'",
        False,
        "iso8859-1",
    )
    assert read(b'a,b\n1,5" pipe"\n', quote="")[0].rows() == [(1, '5" pipe"')]


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8-sig", "utf-8"), ("utf-16", "utf-16-le"), ("utf-16-le", "utf-16-le"), ("utf-16-be", "utf-16-be"), ("utf-32", "utf-32-le"),
     ("cp1252", "cp1252")],
)  # fmt: skip
def test_the_encoding_is_found_out(encoding: str, found: str) -> None:
    text = "name,city\nMüller,Köln – „Süd“\nGroß,Straße\n"

    frame, detected = read(text.encode(encoding))

    assert frame.rows() == [("Müller", "Köln – „Süd“"), ("Groß", "Straße")]
    assert detected["encoding"] == found


def test_japanese_is_found_out_too() -> None:
    frame, detected = read("name,b\nこんにちは世界、東京都,2\n日本語のテキスト,3\n".encode("shift_jis"))

    assert frame["name"].to_list() == ["こんにちは世界、東京都", "日本語のテキスト"]
    assert detected["notes"][0].startswith("The file is not UTF-8; it was read as ")


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_any_line_end_will_do(ends: str) -> None:
    assert read(ends.join(["a,b", "1,2", "3,x", ""]).encode())[0].rows() == [(1, "2"), (3, "x")]
    assert read(ends.join(["a,b", "1,2", "3,x"]).encode())[0].rows() == [(1, "2"), (3, "x")]


def test_mixed_line_ends_quotes_and_lines_inside_fields() -> None:
    frame, _ = read(b'a,b\r\n1,"x\ny"\n2,"say ""hi"""\r\n\n3,5" pipe\n')

    assert frame.rows() == [(1, "x\ny"), (2, 'say "hi"'), (3, '5" pipe')]


def test_an_empty_line_of_one_column_is_a_missing_value() -> None:
    assert read(b"a\n1\n\n3\n")[0]["a"].to_list() == [1, None, 3]


def test_a_header_alone_has_no_rows() -> None:
    for data in (b"a,b\n", b"a,b", b"\n\na,b\n\n"):
        frame, _ = read(data)
        assert (frame.columns, frame.height) == (["a", "b"], 0)


def test_names_are_made_unique_and_said() -> None:
    frame, detected = read(b"a,a, ,a_2,b\n1,2,3,4,5\n")

    assert frame.columns == ["a", "a_3", "Column3", "a_2", "b"]
    assert detected["notes"] == [
        'Column 2 is named "a_3": "a" is there already.',
        'Column 3 is named "Column3": it had no name.',
    ]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "cars.csv is empty (0 bytes)."),
        (b"\n\n\n", "cars.csv has no rows: it holds only empty lines."),
        (b"\xef\xbb\xbf", "cars.csv has no rows"),
        (b"a,b\n1,2\n3,4,5\n6,7\n", "cars.csv: row 2 (line 3, byte 8) has 3 fields, but the header has 2."),
        (b"a,b\n1,2\n3\n6,7\n", "cars.csv: row 2 (line 3, byte 8) has 1 field, but the header has 2."),
        (b'a,b\n"x\ny",2\n3\n', "cars.csv: row 2 (line 4, byte 12) has 1 field, but the header has 2."),
        (b'a,b\n1,"2\n3,4\n5,6\n', "cars.csv: the quote opened in line 2, byte 6 is never closed."),
        (b'a,b\n1,"2\n3,4\n5,"6\n', "cars.csv: line 4, byte 16: text follows a closing quote."),
        (b'a,b\n1,"x"y\n', "cars.csv: line 2, byte 9: text follows a closing quote."),
        (b"a,b\n1,\x00\n", "cars.csv holds a NUL byte in line 2, byte 6: it is not text."),
        (b"\x1f\x8b\x08" + b"0" * 50, "cars.csv is not a table but a gzip file."),
        (b"%PDF-1.7 and so on", "cars.csv is not a table but a PDF file."),
        (b"PAR1" + b"0" * 50, "cars.csv is damaged or not Parquet"),
        (b"ARROW1\0\0" + b"0" * 50, "cars.csv is damaged or not Arrow IPC"),
        (b"PK\x03\x04" + b"0" * 50, "cars.csv is a damaged workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600, "cars.csv cannot be read as a workbook"),
        (b",".join(b"c%d" % number for number in range(10_001)) + b"\n", "cars.csv has 10,001 columns; at most 10,000 can be read."),
        (b"a,b\n1," + b"x" * 11_000_000 + b"\n", "cars.csv: row 1 (line 2, byte 4) has a field of 10 MB."),
        (b'a,b\n1,"' + b"x" * 21_000_000 + b'"\n', "cars.csv: row 1 (line 2, byte 4) has a field of 20 MB."),
    ],
    ids=range(19),
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_its_place(data: bytes, said: str) -> None:
    assert refused(data).startswith(said)


def test_options_that_do_not_fit_are_refused() -> None:
    data = "name,n\nMüller,1\n".encode("cp1252")
    assert refused(data, encoding="utf-8") == "cars.csv is not utf-8: line 2, byte 8 cannot be read."
    assert refused(data, encoding="ascii") == "cars.csv is not ascii: line 2, byte 8 cannot be read."
    assert refused(data, encoding="nonsense") == '"nonsense" is not an encoding.'
    assert refused(data, encoding="hex") == '"hex" is not an encoding.'
    assert refused(data, delimiter=", ") == "cars.csv: the delimiter must be one character, not ', '."
    assert refused(data, format="docx") == '"docx" is not a format that can be read.'
    assert refused(b"a,b\n1,x\n", types={"c": "string"}) == 'cars.csv has no column "c".'
    assert refused(b"a,b\n1,x\n", types={"a": "text"}) == '"text" is not a type.'
    assert (
        refused(b"a,b\n1,5\n2,x\n", types={"b": "integer"})
        == "cars.csv: row 2 of column \"b\" is 'x', which is no integer."
    )
    assert refused(b"a,b\n1,5\n", skip_rows=9).startswith("cars.csv has no rows")


def test_a_folder_or_a_device_is_refused() -> None:
    for path in ("/", "/dev/zero", "/nowhere"):
        with pytest.raises(Failure, match="is not a regular file"):
            ingest.read({"path": path, "name": "x"})


def test_a_chosen_type_is_taken() -> None:
    frame, _ = read(b"a,b,c,d,e\n1,2026-01-02,true,1,2026-01-02 03:04\n",
                    types={"a": "string", "b": "date", "c": "boolean", "d": "number", "e": "datetime"})  # fmt: skip

    assert list(frame.schema.values()) == [pl.String, pl.Date, pl.Boolean, pl.Float64, pl.Datetime("us")]


# Other formats


def test_json_lines() -> None:
    frame, detected = read(b'{"a": 1, "b": "x"}\n\n{"a": 2.5, "c": [1]}\n', "x.jsonl")

    assert frame.rows() == [(1.0, "x", None), (2.5, None, [1])]
    assert detected["format"] == "jsonl"
    assert read(b'{"a": 1}\n')[1]["format"] == "jsonl"
    assert read(b'[{"a": 1}, {"a": 2}]', "x.json")[0]["a"].to_list() == [1, 2]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"a": 1}\n{"a": \n', "x.jsonl: line 2 is not JSON"),
        (b'{"a": 1}\n[1]\n', "x.jsonl: record 2 is list, not an object."),
        (b"[1, 2]", "x.jsonl: record 1 is int, not an object."),
        (b"{" * 10, "x.jsonl: line 1 is not JSON"),
        (b'{"a":' * 100_000, "x.jsonl: line 1 is nested too deeply."),
        (b'{"a": "\xff"}', "x.jsonl: line 1 is not UTF-8 at byte 7."),
        (b"\n\n", "x.jsonl has no records."),
        (json.dumps({f"c{number}": 1 for number in range(10_001)}).encode(), "x.jsonl: record 1 has 10,001 fields"),
    ],
    ids=range(8),
)
def test_json_lines_that_do_not_fit_are_refused_with_their_line(data: bytes, said: str) -> None:
    assert refused(data, "x.jsonl").startswith(said)


FRAME = pl.DataFrame({"i": [1, None], "s": ["a", "ü"], "d": [dt.date(2026, 1, 2), None], "l": [[1], []]})


def stored(format_: str) -> bytes:
    buffer = io.BytesIO()
    {"parquet": FRAME.write_parquet, "arrow": FRAME.write_ipc, "stream": FRAME.write_ipc_stream}[format_](buffer)  # type: ignore[operator]
    return buffer.getvalue()


@pytest.mark.parametrize("format_", ["parquet", "arrow", "stream"])
def test_parquet_and_arrow_keep_their_types(format_: str) -> None:
    frame, detected = read(stored(format_), "upload")

    assert frame.equals(FRAME, null_equal=True)
    assert frame.schema == FRAME.schema
    assert detected["format"] == {"stream": "arrow"}.get(format_, format_)


@pytest.mark.parametrize("format_", ["parquet", "arrow", "stream"])
def test_a_truncated_file_is_refused_or_read(format_: str) -> None:
    whole = stored(format_)

    for share in range(1, 100, 3):
        try:
            read(whole[: len(whole) * share // 100], "upload", format="arrow" if format_ == "stream" else format_)
        except Failure as problem:
            assert problem.kind == "IngestFailed"  # noqa: PT017
        else:
            assert format_ == "stream", "half a file was taken for a whole one"


def test_a_parquet_file_without_rows_has_no_rows() -> None:
    buffer = io.BytesIO()
    FRAME.clear().write_parquet(buffer)

    frame, _ = read(buffer.getvalue())

    assert (frame.columns, frame.height) == (FRAME.columns, 0)


def workbook(rows: list[list[Any]], **more: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = "First"
    for row in rows:
        book.active.append(row)
    for name, other in more.items():
        sheet = book.create_sheet(name)
        for row in other:
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_a_workbook_gives_values() -> None:
    data = workbook(
        [["name", "n", "f", "day", "mixed", "name"], ["a", 1, 1.5, dt.datetime(2026, 1, 2), 1, "x"], ["b", 2, None, None, "y", "=1+1"]],
        Second=[[1, 2], [3, 4]],
    )  # fmt: skip

    frame, detected = read(data, "book.xlsx")

    assert frame.columns == ["name", "n", "f", "day", "mixed", "name_2"]
    assert frame["n"].to_list() == [1, 2]
    assert frame["n"].dtype == pl.Int64
    assert frame["f"].to_list() == [1.5, None]
    assert str(frame["day"][0]).startswith("2026-01-02")
    assert frame["mixed"].to_list() == ["1", "y"]
    assert (detected["format"], detected["sheet"], detected["sheets"], detected["header"]) == (
        "excel",
        "First",
        ["First", "Second"],
        True,
    )
    second, about = read(data, "book.xlsx", sheet="Second")
    assert second.rows() == [(1, 2), (3, 4)]
    assert about["header"] is False
    assert read(data, "book.xlsx", sheet=1)[0].equals(second)
    assert refused(data, "book.xlsx", sheet="Third") == 'book.xlsx has no sheet "Third".'


def test_an_empty_sheet_is_refused() -> None:
    assert refused(workbook([]), "book.xlsx").startswith('Sheet "First" of book.xlsx is empty.')


def archive(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return buffer.getvalue()


def test_bombs_are_refused_before_they_are_unpacked() -> None:
    assert "unpacks to 60 MB" in refused(archive({"xl/workbook.xml": b"0" * 60 * 1024**2}), "book.xlsx")
    assert "an archive of 10,001 files" in refused(archive({f"xl/{n}": b"" for n in range(10_001)}), "book.xlsx")
    assert refused(archive({"a.csv": b"a,b\n"}), "a.zip") == "a.zip is a zip archive, not a workbook."
    assert refused(gzip.compress(b"a,b\n"), "a.csv.gz") == "a.csv.gz is not a table but a gzip file."


def test_a_workbook_with_entities_is_no_bomb() -> None:
    data = workbook([["a"], ["b"]])
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "' + b"x" * 1000 + b'"><!ENTITY b "' + b"&a;" * 1000 + b'">]>'
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for entry in old.infolist():
            body = old.read(entry)
            if entry.filename == "xl/sharedStrings.xml":
                body = bomb + body[body.index(b"<sst") :].replace(b"<t>b</t>", b"<t>&b;</t>")
            new.writestr(entry.filename, body)

    try:
        frame, _ = read(buffer.getvalue(), "book.xlsx")
    except Failure:
        return
    assert all(len(str(cell)) < 1000 for row in frame.rows() for cell in row)


# The job


def test_the_job_writes_the_table_and_what_was_detected(tmp_path: Path) -> None:
    (tmp_path / "job").mkdir()
    (tmp_path / "upload").write_bytes(b"a;b\n1;x\n2;y\n")
    job = {"name": "att_1", "kind": "ingest", "outputs": [{"name": "data", "type": "table"}],
           "options": {"path": str(tmp_path / "upload"), "name": "cars.csv", "format": None}}  # fmt: skip
    (tmp_path / "job" / "job.json").write_text(json.dumps(job))

    assert launch(tmp_path / "job").returncode == 0

    found: dict[str, Any] = json.loads((tmp_path / "job" / "result.json").read_text())
    assert found["detected"]["delimiter"] == ";"
    assert found["detected"]["rows"] == 2
    assert found["outputs"]["data"]["path"] == "out/data.arrow"
    assert pl.read_ipc(tmp_path / "job" / "out" / "data.arrow").rows() == [(1, "x"), (2, "y")]


def test_a_job_that_is_refused_has_an_error_with_a_cure(tmp_path: Path) -> None:
    (tmp_path / "job").mkdir()
    (tmp_path / "upload").write_bytes(b"a,b\n1\n")
    job = {"name": "att_1", "kind": "ingest", "outputs": [{"name": "data", "type": "table"}],
           "options": {"path": str(tmp_path / "upload"), "name": "cars.csv"}}  # fmt: skip
    (tmp_path / "job" / "job.json").write_text(json.dumps(job))

    assert launch(tmp_path / "job").returncode == 1

    error = json.loads((tmp_path / "job" / "result.json").read_text())["error"]
    assert error["kind"] == "IngestFailed"
    assert error["message"] == "cars.csv: row 1 (line 2, byte 4) has 1 field, but the header has 2."
    assert error["cure"]
    assert error["traceback"] == ""
    assert result is not None


fuzz = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
cells = st.text(max_size=8) | st.sampled_from(
    ["1", "2.5", "", "NA", "true", "2026-01-01", '"', "a,b", "01", "\n", "'", "1e999", "-", "nan"]
)


def check_any(data: bytes, **options: Any) -> None:
    try:
        frame, _ = read(data, **options)
    except Failure as problem:
        assert problem.kind == "IngestFailed"  # noqa: PT017
    else:
        assert len(set(frame.columns)) == frame.width


@fuzz
@given(st.binary(min_size=1, max_size=300), st.sampled_from([None, "csv", "tsv", "jsonl", "parquet", "arrow", "excel"]))
def test_any_bytes_are_read_or_refused(data: bytes, format_: str | None) -> None:
    check_any(data, format=format_)


@fuzz
@given(
    st.lists(st.lists(cells, min_size=1, max_size=4), min_size=1, max_size=6),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_any_text_is_read_or_refused(rows: list[list[str]], delimiter: str, ends: str) -> None:
    check_any(ends.join(delimiter.join(row) for row in rows).encode("utf-8", "surrogatepass") or b"x")


@fuzz
@given(
    st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=6), min_size=2, max_size=2), min_size=1),
    st.sampled_from(",;\t|"),
)  # fmt: skip
def test_what_is_quoted_comes_back(rows: list[list[str]], delimiter: str) -> None:
    text = "".join(
        delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n" for row in [["x", "y"], *rows]
    )

    frame, _ = read(text.encode(), delimiter=delimiter, header=True, types={"x": "string", "y": "string"})

    assert [list(row) for row in frame.rows()] == rows


@fuzz
@given(
    st.lists(st.sampled_from(['"', ",", "a", "\n", "\r\n", '""', '","', "b c"]), max_size=30).map("".join),
    st.sampled_from(['"', "'"]),
)
def test_the_quick_look_at_a_line_says_the_same_as_the_careful_one(text: str, quote: str) -> None:
    data = text.replace('"', quote).encode()

    def rows(careful: bool) -> Any:
        layout = delimited.Layout(b",", quote.encode(), "x")
        if careful:
            layout.whole = re.compile(rb"(?!)")
        try:
            return [(line, begin, fields, end) for line, begin, fields, _, end in layout.rows(data, 0)]
        except Failure as problem:
            return problem.message

    assert rows(careful=False) == rows(careful=True)
