"""CSV and its relatives: encoding, delimiter and header are found out; what does not fit is refused with its row and byte."""

import codecs
import csv
import io
import mmap
import os
import re

from designer.launcher import columns
from designer.launcher.failures import Failure
from designer.launcher.ingest import KIND, MOST_CELL, MOST_COLUMNS

TYPE_CHECKING = False  # the real one would import typing, which costs a step milliseconds
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

DELIMITERS = ("\t", ";", "|", ",")
"""In this order where two fit equally well: a comma is also in numbers and texts."""

SAMPLE = 64 * 1024
CHUNK = 1 << 20
BLOCK = 16 * 1024 * 1024

BOMS = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip

ENCODINGS = [
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp932", "shift_jis", "euc_jp", "gb18030", "big5", "cp949", "euc_kr",
    "koi8_r", "iso8859_2", "latin_1",
]  # fmt: skip


def read(path: str, name: str, options: "dict[str, Any]", detected: "dict[str, Any]") -> "Any":
    """The polars frame of a delimited file; `detected` is filled in. Raises `Failure`."""
    notes: list[str] = detected["notes"]
    encoding, skip = _encoding(path, name, options.get("encoding"), notes)
    detected["encoding"] = encoding
    if encoding != "utf-8":
        path, skip = _transcode(path, name, encoding, skip), 0
    with open(path, "rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    _refuse_nul(data, name)
    old_mac = data.find(b"\n") < 0 and data.find(b"\r") >= 0
    whole: Any = data
    if old_mac:
        whole = data[:].replace(b"\r", b"\n")
    start = _skip_lines(whole, skip, int(options.get("skip_rows") or 0))
    quote = _one_character(options.get("quote"), '"', "quote", name)
    hint = re.match(rb"sep=(.)\r?\n", whole[start : start + 20])
    delimiter = options.get("delimiter") or (hint[1].decode("ascii", "replace") if hint else None)
    if hint:
        start += hint.end()
    delimiter = _one_character(delimiter, "", "delimiter", name) or _delimiter(
        whole[start : start + SAMPLE], quote, name, options
    )
    layout = Layout(delimiter.encode(), quote.encode(), name)
    sample = layout.sample(whole, start)
    if not sample:
        raise Failure(KIND, f"{name} has no rows: it holds only empty lines.", "Check that it is the file you mean.")
    header = options.get("header")
    header = columns.looks_like_header(sample) if header is None else bool(header)
    detected.update(delimiter=delimiter, quote=quote, header=header)
    width = len(sample[0])
    if width > MOST_COLUMNS:
        raise Failure(
            KIND, f"{name} has {width:,} columns; at most {MOST_COLUMNS:,} can be read.", "Check the delimiter."
        )
    names, changed = columns.names_of(sample[0], header)
    notes += changed
    body = layout.end_of_first_row(whole, start) if header else start
    types = options.get("types") or {}
    frame = _table(whole, body, layout, width, names, name, header)
    frame = columns.infer(frame, delimiter == ";", notes, tuple(types))
    return columns.apply_types(frame, types, name)


def _one_character(value: "Any", otherwise: str, what: str, name: str) -> str:
    if value is None:
        return otherwise
    if value == "" and what == "quote":
        return ""
    value = {"\\t": "\t", "tab": "\t"}.get(value, value)
    if not isinstance(value, str) or len(value) != 1 or not value.isascii() or value in "\r\n\0":
        raise Failure(KIND, f"{name}: the {what} must be one character, not {value!r:.40}.", "Use , ; | or a tab.")
    return value


def _encoding(path: str, name: str, declared: "Any", notes: list[str]) -> tuple[str, int]:
    """The encoding, and how many bytes of byte order mark stand first."""
    with open(path, "rb") as file:
        start = file.read(4)
    found = next(((encoding, len(mark)) for mark, encoding in BOMS if start.startswith(mark)), None)
    if declared:
        try:
            encoding = codecs.lookup(str(declared)).name
            codecs.lookup(encoding).incrementaldecoder  # noqa: B018
            "".encode(encoding)
        except (LookupError, TypeError, ValueError, UnicodeError) as problem:
            raise Failure(KIND, f'"{str(declared)[:40]}" is not an encoding.', "Try utf-8 or cp1252.") from problem
        mark = found[1] if found and (found[0] == encoding or encoding in ("utf-16", "utf-32")) else 0
        if found and encoding in ("utf-16", "utf-32"):
            encoding = found[0]
        if encoding in ("utf-8", "utf-8-sig", "ascii"):
            problem_at = _first_bad(path, "utf-8")
            if problem_at is not None:
                raise _not_encoded(path, name, encoding, problem_at)
            return "utf-8", found[1] if found and found[0] == "utf-8" else 0
        return encoding, mark
    if found:
        if found[0] == "utf-8" and (at := _first_bad(path, "utf-8")) is not None:
            raise _not_encoded(path, name, "utf-8", at)
        return found
    if _first_bad(path, "utf-8") is None:
        return _without_mark(path), 0
    return _guess(path, name, notes), 0


def _without_mark(path: str) -> str:
    """UTF-8, unless every other byte is zero: then it is UTF-16 whose mark is missing."""
    with open(path, "rb") as file:
        start = file.read(4096)
    half = max(1, len(start) // 2)
    if start[1::2].count(0) > half * 0.6 and start[::2].count(0) < half * 0.1:
        return "utf-16-le"
    if start[::2].count(0) > half * 0.6 and start[1::2].count(0) < half * 0.1:
        return "utf-16-be"
    return "utf-8"


def _guess(path: str, name: str, notes: list[str]) -> str:
    import charset_normalizer

    with open(path, "rb") as file:
        sample = file.read(512 * 1024)
    sample = sample[: sample.rfind(b"\n") + 1] or sample
    utf16 = _without_mark(path)
    best = None if utf16 != "utf-8" else charset_normalizer.from_bytes(sample, cp_isolation=ENCODINGS).best()
    guesses = [utf16] if utf16 != "utf-8" else [*([best.encoding] if best else []), "cp1252", "latin_1"]
    if best and sample.decode(best.encoding, "replace") == sample.decode("cp1252", "replace"):
        guesses.insert(0, "cp1252")  # the usual one, where several say the same
    for encoding in guesses:
        if _first_bad(path, encoding) is None:
            notes.append(
                f"The file is not UTF-8; it was read as {encoding}. Choose another encoding if letters look wrong."
            )
            return encoding
    raise Failure(KIND, f"The encoding of {name} could not be found out.", "Save it as UTF-8.")


def _first_bad(path: str, encoding: str) -> int | None:
    """The first byte that is not of the encoding."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    done = 0
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            held = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as problem:
                return done - held + problem.start
            done += len(chunk)
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return max(0, done - 1)
    return None


def _not_encoded(path: str, name: str, encoding: str, at: int) -> Failure:
    with open(path, "rb") as file:
        line = file.read(at).count(b"\n") + 1
    return Failure(KIND, f"{name} is not {encoding}: line {line}, byte {at} cannot be read.",
                   "Leave the encoding open, or choose the one it was saved with, often cp1252.")  # fmt: skip


def _transcode(path: str, name: str, encoding: str, skip: int) -> str:
    """A copy in UTF-8, in the step's own folder."""
    goal = os.path.abspath("ingest.utf8")
    at = _first_bad(path, encoding)
    if at is not None:
        raise _not_encoded(path, name, encoding, at)
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with open(path, "rb") as source, open(goal, "wb") as copy:
        source.seek(skip)
        while chunk := source.read(CHUNK):
            copy.write(decoder.decode(chunk).encode("utf-8", "replace"))
        copy.write(decoder.decode(b"", final=True).encode("utf-8", "replace"))
    if os.path.getsize(goal) == 0:
        raise Failure(KIND, f"{name} is empty.", "Check that it is the file you mean.")
    return goal


def _refuse_nul(data: mmap.mmap, name: str) -> None:
    at = data.find(b"\0")
    if at >= 0:
        line = data[:at].count(b"\n") + 1
        raise Failure(KIND, f"{name} holds a NUL byte in line {line}, byte {at}: it is not text.",
                      "Choose its encoding if it is UTF-16; else export it again as CSV.")  # fmt: skip


def _skip_lines(data: "Any", start: int, count: int) -> int:
    for _ in range(max(0, count)):
        found = data.find(b"\n", start)
        if found < 0:
            return len(data)
        start = found + 1
    return start


def _delimiter(sample: bytes, quote: str, name: str, options: "dict[str, Any]") -> str:
    """The delimiter that cuts most rows of the sample into the same number of fields."""
    text = sample.decode("utf-8", "replace")
    if len(sample) == SAMPLE and "\n" in text:
        text = text[: text.rindex("\n")]
    tabs = options.get("format") == "tsv" or name.lower().endswith((".tsv", ".tab"))
    best, best_score = "\t" if tabs else ",", 0.0
    for delimiter in DELIMITERS:
        counts = [count for count in _counts(text, delimiter, quote) if count]
        if not counts or max(counts) < 2:
            continue
        usual = max(set(counts), key=lambda count: (counts.count(count), count))
        score = counts.count(usual) / len(counts) if usual > 1 else 0.0
        score += 0.5 if tabs and delimiter == "\t" else 0.0
        if score > best_score + 1e-9:
            best, best_score = delimiter, score
    return best


def _counts(text: str, delimiter: str, quote: str) -> list[int]:
    lines = io.StringIO(text, newline="")
    try:
        rows = csv.reader(lines, delimiter=delimiter, quotechar=quote or None,
                          quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE)  # fmt: skip
        return [len(row) for _, row in zip(range(200), rows, strict=False)]
    except csv.Error:
        return []


class Layout:
    """Delimiter and quote of a file, and what they make of its bytes. A quote opens a field only as its first character."""

    def __init__(self, delimiter: bytes, quote: bytes, name: str) -> None:
        self.delimiter = delimiter
        self.quote = quote
        self.name = name
        end, mark = re.escape(delimiter), re.escape(quote or b'"')
        self.whole = re.compile(  # a quoted field that begins and ends in this line
            rb"(?:^|(?<=%b))%b[^%b]*+(?:%b%b[^%b]*+)*+%b(?=%b|$)" % (end, mark, mark, mark, mark, mark, mark, end)
        )

    def sample(self, data: "Any", start: int, most: int = 50) -> list[list[str]]:
        """The first rows, as texts."""
        text = data[
            start : start + 4 * MOST_CELL
            if data.find(self.quote or b"\0", start, start + SAMPLE) >= 0
            else start + SAMPLE * 64
        ]
        lines = io.StringIO(bytes(text).decode("utf-8", "replace"), newline="")
        csv.field_size_limit(MOST_CELL)
        rows = csv.reader(lines, delimiter=self.delimiter.decode(), quotechar=self.quote.decode() or None,
                          quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE)  # fmt: skip
        found = []
        try:
            for row in rows:
                if row:
                    found.append(row)
                if len(found) >= most:
                    break
        except csv.Error as problem:
            if not found:
                raise Failure(
                    KIND, f"{self.name}: the first row cannot be read: {problem}.", "Check delimiter and quote."
                ) from problem
        return found

    def end_of_first_row(self, data: "Any", start: int) -> int:
        """Where the row behind the first (not empty) one begins."""
        for row in self.rows(data, start):
            return row[4]
        return len(data)

    def rows(self, data: "Any", start: int) -> "Iterator[tuple[int, int, int, int, int]]":
        """Line, byte, number of fields, longest field and end of each row that is not an empty line. Raises `Failure`."""
        delimiter, quote = self.delimiter, self.quote
        line_number = data[:start].count(b"\n")
        position, length = start, len(data)
        while position < length:
            begin, first_line = position, line_number + 1
            end = data.find(b"\n", position)
            end = length if end < 0 else end
            line = data[begin:end].rstrip(b"\r")
            line_number += 1
            position = min(end + 1, length)
            if not line:
                continue
            if not quote or quote not in line:
                yield first_line, begin, line.count(delimiter) + 1, self._longest(line), position
                continue
            rest = self.whole.sub(b"", line)
            if not rest.startswith(quote) and delimiter + quote not in rest and len(line) <= MOST_CELL:
                yield first_line, begin, rest.count(delimiter) + 1, len(line), position
                continue
            fields, longest, at = 1, 0, begin
            while True:
                if data[at : at + 1] == quote:
                    opened, at = at, at + 1
                    while True:
                        close = data.find(quote, at)
                        if close < 0:
                            raise Failure(KIND, f"{self.name}: the quote opened in line {line_number}, byte {opened} is never closed.",
                                          "Close it, or choose no quote character.")  # fmt: skip
                        if data[close + 1 : close + 2] != quote:
                            break
                        at = close + 2
                    line_number += data[opened:close].count(b"\n")
                    longest = max(longest, close - opened)
                    at = close + 1
                    after = data[at : at + 1]
                    if after == delimiter:
                        fields, at = fields + 1, at + 1
                        continue
                    if after in (b"", b"\n") or data[at : at + 2] == b"\r\n" or (after == b"\r" and at + 1 == length):
                        end = data.find(b"\n", at)
                        break
                    raise Failure(KIND, f"{self.name}: line {line_number}, byte {at}: text follows a closing quote.",
                                  "Double the quotes inside the field, or choose another quote character.")  # fmt: skip
                next_line = data.find(b"\n", at)
                stop = length if next_line < 0 else next_line
                next_field = data.find(delimiter, at, stop)
                if next_field < 0:
                    longest, end = max(longest, stop - at), next_line
                    break
                longest = max(longest, next_field - at)
                fields, at = fields + 1, next_field + 1
            position = length if end < 0 else end + 1
            yield first_line, begin, fields, longest, position

    def _longest(self, line: bytes) -> int:
        return len(line) if len(line) <= MOST_CELL else max(len(field) for field in line.split(self.delimiter))

    def check(self, data: "Any", start: int, width: int, header: bool) -> None:
        """Raise `Failure` for the first row that has not `width` fields, or a field that is too long."""
        for number, (line, begin, fields, longest, _) in enumerate(self.rows(data, start), 1):
            if fields != width:
                raise Failure(
                    KIND, f"{self.name}: row {number} (line {line}, byte {begin}) has {fields} field{'s' * (fields != 1)}, "
                    f"but {'the header' if header else 'the first row'} has {width}.",
                    "Correct that row, quote the field that contains the delimiter, or choose another delimiter.",
                )  # fmt: skip
            if longest > MOST_CELL:
                raise Failure(KIND, f"{self.name}: row {number} (line {line}, byte {begin}) has a field of {longest / 1024**2:,.0f} MB.",
                              f"At most {MOST_CELL // 1024**2} MB; is a quote missing?")  # fmt: skip


def _table(data: "Any", start: int, layout: Layout, width: int, names: list[str], name: str, header: bool) -> "Any":
    """The rows as a polars frame of texts."""
    import polars as pl
    import pyarrow as pa
    import pyarrow.csv

    if layout.quote and data.find(layout.quote, start) >= 0:
        layout.check(data, start, width, header)
    rest = memoryview(data)[start:]
    if not bytes(rest[:SAMPLE]).strip(b"\r\n") and not bytes(rest).strip(b"\r\n"):
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    codes = [f"f{index}" for index in range(width)]
    for block in (BLOCK, 1 << 30):
        try:
            table = pyarrow.csv.read_csv(
                pa.BufferReader(pa.py_buffer(_ended(rest))),
                pyarrow.csv.ReadOptions(column_names=codes, block_size=block),
                pyarrow.csv.ParseOptions(
                    delimiter=layout.delimiter.decode(), quote_char=layout.quote.decode() or False,
                    newlines_in_values=bool(layout.quote), ignore_empty_lines=width > 1,
                ),
                pyarrow.csv.ConvertOptions(
                    column_types=dict.fromkeys(codes, pa.large_string()), null_values=[""], strings_can_be_null=True,
                    quoted_strings_can_be_null=False,
                ),
            )  # fmt: skip
            break
        except (pa.ArrowException, ValueError) as problem:
            layout.check(data, start, width, header)
            if "straddling" not in str(problem) or block != BLOCK:
                raise Failure(
                    KIND, f"{name} cannot be read: {str(problem).splitlines()[0][:300]}", "Check delimiter and quote."
                ) from problem
    if any(_longest(column) > MOST_CELL for column in table.columns):
        layout.check(data, start, width, header)
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    frame.columns = names
    return frame


def _longest(column: "Any") -> int:
    import pyarrow.compute

    return int(pyarrow.compute.max(pyarrow.compute.binary_length(column)).as_py() or 0)


def _ended(rest: memoryview) -> "Any":
    """The bytes with a line end behind the last row."""
    return rest if bytes(rest[-1:]) == b"\n" or len(rest) > 64 * 1024 * 1024 else bytes(rest) + b"\n"
