"""Catalogues of procedures as tables: one row for each component, as spreadsheets write them.

What spreadsheets do to tables is undone: a byte-order mark, UTF-16, `;` or tabs between cells, letters decomposed, `="1.000894"`
around a number that is to stay a text, days in the order of the country. A formula is refused: a catalogue holds texts.
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.domain.desk_errors import BadProcedures
from pipeline.text.fold import fold_for_search, nfc
from pipeline.understand.written_procedure import WrittenComponent, WrittenProcedure

COLUMNS: Mapping[str, Sequence[str]] = {
    "code": ("ma tthc", "ma thu tuc", "ma thu tuc hanh chinh"),
    "name": ("ten tthc", "ten thu tuc", "ten thu tuc hanh chinh"),
    "field": ("linh vuc",),
    "since": ("hieu luc tu", "tu ngay", "ngay hieu luc", "ngay bat dau"),
    "until": ("hieu luc den", "den ngay", "ngay het hieu luc"),
    "results": ("ket qua", "loai ket qua"),
    "source": ("can cu", "quyet dinh cong bo", "nguon"),
    "component_code": ("ma thanh phan", "ma thanh phan ho so"),
    "component_name": ("ten thanh phan", "thanh phan ho so", "ten thanh phan ho so"),
    "component_types": ("loai giay to", "ma loai giay to"),
    "required": ("bat buoc",),
    "condition": ("dieu kien", "truong hop"),
    "copies": ("so ban", "so luong"),
}
"""columns by name, and what they are called in Vietnamese tables, without diacritics"""

_NEEDED = ("code", "name", "field", "since", "source")
_EDITION = ("code", "name", "field", "since", "until", "results", "source")
_YES = frozenset({"", "1", "x", "co", "true", "yes", "bat buoc", "c", "y"})
_NO = frozenset({"0", "khong", "false", "no", "khong bat buoc", "k", "n"})
_DAY = re.compile(r"(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{4})")
_AS_TEXT = re.compile(r'="(?P<text>[^"]*)"')
_FORMULA = ("=", "@", "\t", "\r")
_GUARDED = re.compile(r"'(?=[=+\-@\t\r])")
"""what table writers put before a text that a spreadsheet would take for a formula"""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenRow:
    """An edition, and the line of the table in which it begins."""

    line: int
    procedure: WrittenProcedure


def read_table(data: bytes, *, name: str) -> tuple[WrittenRow, ...]:
    """Return the editions of a table; rows of the same code and first day are one edition, in the order of their components.

    Cells of the edition may be left empty in the rows behind its first one.

    Raises:
        BadProcedures: with file, line, key and problem.
    """
    lines = _rows(data, name)
    at, header = next(lines, (1, []))
    columns = _columns(header, at, name)
    editions: dict[tuple[str, str], _Edition] = {}
    last: _Edition | None = None
    for line, cells in lines:
        row = _cells(columns, cells, line, name)
        if not any(row.values()):
            continue
        is_new = bool(row["code"]) and (row["code"], row["since"] or _since(last, row)) not in editions
        if is_new:
            last = _Edition(line=line, cells=row, name=name)
            editions[row["code"], row["since"]] = last
        elif row["code"]:
            last = editions[row["code"], row["since"] or _since(last, row)]
        if last is None:
            raise _bad(name, line, "code", "the first row names no procedure")
        last.add(row, line)
    return tuple(WrittenRow(line=each.line, procedure=each.written()) for each in editions.values())


class _Edition:
    """An edition while its rows are read."""

    def __init__(self, *, line: int, cells: Mapping[str, str], name: str) -> None:
        self.line = line
        self.cells = cells
        self._name = name
        self._components: list[WrittenComponent] = []

    def add(self, row: Mapping[str, str], line: int) -> None:
        """Take a row's component; what the row says of the edition has to be what its first row says."""
        for key in _EDITION:
            if row[key] and row[key] != self.cells[key]:
                raise _bad(self._name, line, key, f"line {self.line} says {self.cells[key]!r} of the same edition")
        if row["component_code"] or row["component_name"]:
            self._components.append(
                WrittenComponent(
                    code=row["component_code"],
                    name=row["component_name"],
                    types=_list(row["component_types"]),
                    required=self._is_needed(row["required"], line),
                    condition=row["condition"],
                    copies=self._copies(row["copies"], line),
                )
            )

    def written(self) -> WrittenProcedure:
        """Return the edition."""
        for key in _NEEDED:
            if not self.cells[key]:
                raise _bad(self._name, self.line, key, "an edition has one")
        since = self._day("since")
        if since is None:
            raise _bad(self._name, self.line, "since", "an edition has one")
        return WrittenProcedure(
            code=self.cells["code"],
            name=self.cells["name"],
            field=self.cells["field"],
            since=since,
            until=self._day("until"),
            results=_list(self.cells["results"]),
            source=self.cells["source"],
            components=self._components,
        )

    def _day(self, key: str) -> dt.date | None:
        text = self.cells[key]
        if not text:
            return None
        found = _DAY.fullmatch(text)
        try:
            if found:
                return dt.date(int(found["year"]), int(found["month"]), int(found["day"]))
            return dt.date.fromisoformat(text)
        except ValueError as error:
            problem = f"{text!r} is no day, such as 01/07/2025 or 2025-07-01"
            raise _bad(self._name, self.line, key, problem) from error

    def _is_needed(self, text: str, line: int) -> bool:
        plain = fold_for_search(text)
        if plain not in _YES | _NO:
            raise _bad(self._name, line, "required", f"{text!r} is neither yes nor no")
        return plain in _YES

    def _copies(self, text: str, line: int) -> int:
        if not text:
            return 1
        if not re.fullmatch(r"[0-9]{1,4}", text):
            raise _bad(self._name, line, "copies", f"{text!r} is no number")
        return int(text)


def _since(last: _Edition | None, row: Mapping[str, str]) -> str:
    """Return the first day of the edition that a row goes on with, where the row itself leaves it out."""
    return last.cells["since"] if last is not None and last.cells["code"] == row["code"] else ""


def _rows(data: bytes, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the table's rows with the numbers of their lines."""
    text = _text(data, name)
    first, _, rest = text.partition("\n")
    told = re.fullmatch(r"sep=(.)\r?", first)
    delimiter = told[1] if told else max(",;\t", key=first.count)
    offset = 1 if told else 0
    reader = csv.reader(io.StringIO(rest if told else text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            yield reader.line_num + offset, row
    except csv.Error as error:
        raise _bad(name, reader.line_num + offset, "", str(error)) from error


def _text(data: bytes, name: str) -> str:
    encoding = next((each for mark, each in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text = nfc(data.decode(encoding))
    except UnicodeDecodeError as error:
        problem = "not UTF-8: save the table as CSV UTF-8"
        raise _bad(name, data[: error.start].count(b"\n") + 1, "", problem) from error
    if "\0" in text:
        raise _bad(name, text[: text.index("\0")].count("\n") + 1, "", "not a text: it holds a zero byte")
    return text


def _columns(header: Sequence[str], line: int, name: str) -> Mapping[str, int]:
    by_title = {title: column for column, titles in COLUMNS.items() for title in (*titles, fold_for_search(column))}
    found: dict[str, int] = {}
    for index, cell in enumerate(header):
        title = " ".join(fold_for_search(cell).replace("_", " ").split())
        column = by_title.get(title) or next((each for each in COLUMNS if each.replace("_", " ") == title), None)
        if column is None and title:
            raise _bad(name, line, cell.strip(), f"no such column; there are {', '.join(COLUMNS)}")
        if column in found:
            raise _bad(name, line, cell.strip(), f"the column {column} stands there twice")
        if column:
            found[column] = index
    missing = [each for each in _NEEDED if each not in found]
    if missing:
        raise _bad(name, line, missing[0], "the column is missing")
    return found


def _cells(columns: Mapping[str, int], cells: Sequence[str], line: int, name: str) -> Mapping[str, str]:
    if len(cells) > len(columns) and any(cells[len(columns) :]):
        raise _bad(name, line, "", f"the row has {len(cells)} cells, the first line {len(columns)}")
    found = {}
    for column in COLUMNS:
        index = columns.get(column)
        text = cells[index].strip(" \n") if index is not None and index < len(cells) else ""
        as_text = _AS_TEXT.fullmatch(text)
        text = as_text["text"] if as_text else text
        if text.startswith(_FORMULA):
            raise _bad(name, line, column, f"{text[:40]!r} is a formula")
        found[column] = " ".join(_GUARDED.sub("", text, count=1).split())
    return found


def _list(text: str) -> list[str]:
    return [each for each in re.split(r"[\s|,;]+", text) if each]


def _bad(name: str, line: int, key: str, problem: str) -> BadProcedures:
    return BadProcedures(file=name, line=line, key=key, problem=problem)
