"""Excel workbooks for people: several sheets with words above their tables, figures in their form, and charts.

As in `table`, no text becomes a formula. Nothing in a workbook is computed when it is opened: charts show the cells beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from pipeline.exchange.table import MOST_ROWS, Cell, cell_of, sheet_name

_CHART_CM = (24.0, 9.0)
"""width and height"""
_HEAD = PatternFill("solid", fgColor="DDE7F0")
_SHARE_FORMAT = "0.00"
_COLOURS = ("1F5A8C", "B3541E")
"""of the figures, and of what they are held against: told apart by brightness too"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Columns of a sheet's table as a picture beside it."""

    title: str
    labels: int
    """column of what stands along the axis, from 0"""
    shares: int
    """column of the per cents"""
    targets: int | None = None
    """column of what they are held against: a line"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sheet: words, a table, a chart below it."""

    title: str
    about: tuple[str, ...] = ()
    """lines above the table, the first one large"""
    headings: tuple[str, ...]
    widths: tuple[int, ...]
    """of the columns, in characters"""
    rows: Iterable[Sequence[Cell]]
    """gone through once; fractions are shown with two decimals"""
    chart: Chart | None = None


def write_sheets(sheets: Iterable[Sheet], out: BinaryIO) -> int:
    """Write a workbook; return the number of rows of all tables. Rows beyond what a sheet holds go on in a sheet of the next number."""
    book = Workbook(write_only=True)
    taken: set[str] = set()
    count = 0
    for each in sheets:
        count += _write(book, each, taken)
    book.save(out)
    return count


def _write(book: Any, wanted: Sheet, taken: set[str]) -> int:  # noqa: ANN401 - openpyxl has no types
    rows, count, more = iter(wanted.rows), 0, True
    while more:
        sheet = book.create_sheet(_free_name(wanted.title, taken))
        _shape(sheet, wanted)
        for line in wanted.about:
            cell = cell_of(sheet, line)
            cell.font = Font(bold=True, size=14) if line == wanted.about[0] else Font()
            sheet.append([cell])
        sheet.append([_heading(sheet, each) for each in wanted.headings])
        used = len(wanted.about) + 1
        first, more = used + 1, False
        for row in rows:
            sheet.append([_shown(sheet, value) for value in row])
            used, count = used + 1, count + 1
            if used == MOST_ROWS:
                more = True
                break
        if wanted.chart is not None and used >= first:
            _draw(sheet, wanted.chart, first=first, last=used)
        sheet.close()
    return count


def _shape(sheet: Any, wanted: Sheet) -> None:  # noqa: ANN401 - openpyxl has no types
    sheet.freeze_panes = f"A{len(wanted.about) + 2}"
    for number, width in enumerate(wanted.widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _heading(sheet: Any, text: str) -> Any:  # noqa: ANN401 - openpyxl has no types
    cell = cell_of(sheet, text)
    cell.font, cell.fill, cell.alignment = Font(bold=True), _HEAD, Alignment(wrap_text=True, vertical="top")
    return cell


def _shown(sheet: Any, value: Cell) -> Any:  # noqa: ANN401 - openpyxl has no types
    cell = cell_of(sheet, value)
    if isinstance(value, float):
        cell.number_format = _SHARE_FORMAT
    cell.alignment = Alignment(vertical="top", wrap_text=isinstance(value, str))
    return cell


def _draw(sheet: Any, wanted: Chart, *, first: int, last: int) -> None:  # noqa: ANN401 - openpyxl has no types
    labels = Reference(sheet, min_col=wanted.labels + 1, min_row=first, max_row=last)
    bars = BarChart()
    bars.title, bars.width, bars.height = wanted.title, *_CHART_CM
    bars.y_axis.scaling.min, bars.y_axis.scaling.max, bars.y_axis.majorUnit = 0, 100, 25
    bars.x_axis.delete = bars.y_axis.delete = False
    _add(bars, sheet, wanted.shares, labels, first=first, last=last, colour=_COLOURS[0])
    if wanted.targets is not None:
        line = LineChart()
        _add(line, sheet, wanted.targets, labels, first=first, last=last, colour=_COLOURS[1])
        bars += line
    sheet.add_chart(bars, f"A{last + 3}")


def _add(chart: Any, sheet: Any, column: int, labels: Any, *, first: int, last: int, colour: str) -> None:  # noqa: ANN401 - openpyxl has no types
    # the heading above is the name of the series
    values = Reference(sheet, min_col=column + 1, min_row=first - 1, max_row=last)
    chart.add_data(values, titles_from_data=True)
    chart.set_categories(labels)
    series = chart.series[-1]
    series.graphicalProperties.solidFill = colour
    series.graphicalProperties.line.solidFill = colour


def _free_name(title: str, taken: set[str]) -> str:
    name, number = sheet_name(title), 1
    while name.lower() in taken:
        number += 1
        name = sheet_name(f"{title[:24]} {number}")
    taken.add(name.lower())
    return name
