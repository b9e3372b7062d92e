"""Tables for spreadsheets: CSV (RFC 4180) and Excel workbooks in which no text becomes a formula.

What stands in a paper was typed by anybody. A spreadsheet takes a text that begins with `=`, `+`, `-`, `@` or a tab for a
formula, and formulae fetch addresses and start programs (OWASP, CSV Injection). In CSV such a text gets an apostrophe in front, which
spreadsheets read as "text"; in a workbook the cell itself says that it is text, and its value stays as it is.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from pipeline.domain.audit_seal import OFFICE_TIME
from pipeline.domain.exchange_errors import ExchangeMalformed

Cell = str | int | float | bool | dt.date | dt.datetime | None
"""moments are aware, and shown in Vietnamese time"""

_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠\t\r\n]|'")
"""how a text begins that needs an apostrophe: signs of formulae, their wide twins, and the apostrophe itself, so that it can be taken
away again"""
_UNSHOWN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""what no workbook holds (XML 1.0)"""
LONGEST_CELL = 32_767
"""characters that Excel keeps of a cell"""
MOST_ROWS = 1_048_576
"""rows of a sheet, the heading among them"""
_LONGEST_SHEET_NAME = 31
_NO_SHEET_NAME = re.compile(r"[\[\]:*?/\\']")
_CUT = "…"
_WIDTH = (10, 60)
"""narrowest and widest column, in characters"""
_MOMENT_FORMAT, _DAY_FORMAT = "yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under headings."""

    title: str
    headings: tuple[str, ...]
    rows: Iterable[Sequence[Cell]]
    """gone through once"""


def write_csv(table: Table, out: BinaryIO) -> int:
    """Write UTF-8 with its mark, without which Excel takes Vietnamese for another encoding; return the number of rows."""
    lines = io.TextIOWrapper(out, encoding="utf-8-sig", newline="")
    writer = csv.writer(lines, lineterminator="\r\n")
    writer.writerow([_as_text(each) for each in table.headings])
    count = 0
    for row in table.rows:
        writer.writerow([_as_text(each) for each in _full(row, table)])
        count += 1
    lines.flush()
    lines.detach()
    return count


def read_csv(data: bytes) -> list[list[str]]:
    """Return the rows of such a file, the headings first, as texts.

    Raises:
        ExchangeMalformed: no UTF-8, or rows of different lengths.
    """
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ExchangeMalformed(format="csv", place="", reason=str(error)) from error
    for number, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            raise ExchangeMalformed(format="csv", place=f"row {number}", reason="columns")
    return [[text.removeprefix("'") for text in row] for row in rows]


def write_workbook(table: Table, out: BinaryIO) -> int:
    """Write an Excel workbook of one sheet; return the number of rows.

    Raises:
        ExchangeMalformed: more rows than a sheet has.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(sheet_name(table.title))
    sheet.freeze_panes = "A2"
    for number, heading in enumerate(table.headings):
        sheet.column_dimensions[get_column_letter(number + 1)].width = min(max(len(heading) + 2, _WIDTH[0]), _WIDTH[1])
    try:
        count = _fill(sheet, table)
    finally:
        sheet.close()
    book.save(out)
    return count


def _fill(sheet: Any, table: Table) -> int:  # noqa: ANN401 - openpyxl has no types
    bold = Font(bold=True)
    cells = [cell_of(sheet, heading) for heading in table.headings]
    for cell in cells:
        cell.font = bold
    sheet.append(cells)
    count = 0
    for count, row in enumerate(table.rows, start=1):
        if count >= MOST_ROWS:
            raise ExchangeMalformed(format="xlsx", place=f"row {count}", reason="rows", allowed=MOST_ROWS)
        sheet.append([cell_of(sheet, value) for value in _full(row, table)])
    return count


def _full(row: Sequence[Cell], table: Table) -> Iterator[Cell]:
    if len(row) != len(table.headings):
        raise ValueError(f"{len(row)} cells under {len(table.headings)} headings")
    yield from row


def _as_text(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        shown = _shown(value)
        return f"'{shown}" if _FORMULA.match(shown) else shown
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return value.astimezone(OFFICE_TIME).strftime("%Y-%m-%d %H:%M:%S")
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _shown(text: str) -> str:
    plain = _UNSHOWN.sub("\ufffd", text)
    return plain if len(plain) <= LONGEST_CELL else plain[: LONGEST_CELL - 1] + _CUT


def cell_of(sheet: object, value: Cell) -> WriteOnlyCell:
    """Return a cell of a workbook in which no text becomes a formula."""
    if isinstance(value, dt.datetime):
        cell = WriteOnlyCell(sheet, value.astimezone(OFFICE_TIME).replace(tzinfo=None))
        cell.number_format = _MOMENT_FORMAT
    elif isinstance(value, dt.date):
        cell = WriteOnlyCell(sheet, value)
        cell.number_format = _DAY_FORMAT
    elif isinstance(value, str):
        cell = WriteOnlyCell(sheet, _shown(value))
        cell.data_type = "s"  # whatever it looks like
        cell.quotePrefix = True  # and stays so when somebody edits it
    else:
        cell = WriteOnlyCell(sheet, value)
    return cell


def sheet_name(title: str) -> str:
    """Return a title as Excel takes it for a sheet."""
    return _NO_SHEET_NAME.sub(" ", _shown(title))[:_LONGEST_SHEET_NAME].strip() or "1"
