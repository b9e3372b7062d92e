"""Tables for spreadsheets: they come back as they were, and nothing in them is a formula."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Sequence

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.exchange_errors import ExchangeMalformed
from pipeline.exchange.table import LONGEST_CELL, Table, read_csv, write_csv, write_workbook

HANOI = dt.timezone(dt.timedelta(hours=7))
NASTY = [
    "=1+1",
    '=HYPERLINK("http://127.0.0.1/"&A1)',
    "=cmd|'/c calc'!A0",
    "+84 912 345 678",
    "-5",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "＝1+1",
    "'=1",
    "''",
    'a,b;"c"\r\nd',
    "Nguyễn Thị Ánh",
    "",
]
FIRST = set("=+-@\t\r\n＝＋－＠")


def csv_of(*rows: Sequence[object], headings: tuple[str, ...] = ("a",)) -> bytes:
    out = io.BytesIO()
    write_csv(Table(title="t", headings=headings, rows=rows), out)  # type: ignore[arg-type]
    return out.getvalue()


def book_of(*rows: Sequence[object], headings: tuple[str, ...] = ("a",), title: str = "t") -> bytes:
    out = io.BytesIO()
    write_workbook(Table(title=title, headings=headings, rows=rows), out)  # type: ignore[arg-type]
    return out.getvalue()


@pytest.mark.parametrize("text", NASTY)
def test_no_text_of_a_csv_is_a_formula_and_all_come_back(text: str) -> None:
    written = csv_of([text])
    assert written.startswith(b"\xef\xbb\xbf")
    import csv  # noqa: PLC0415 - another reader than the code under test

    cells = list(csv.reader(io.StringIO(written.decode("utf-8-sig"), newline="")))
    shown = cells[1][0] if cells[1] else ""
    assert not shown.lstrip(" ").startswith(tuple(FIRST))
    assert read_csv(written)[1] == [text]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"])), min_size=2, max_size=2)))
def test_any_text_comes_back_from_a_csv(rows: list[list[str]]) -> None:
    assert read_csv(csv_of(*rows, headings=("x", "y")))[1:] == rows


def test_lines_end_as_the_rfc_says_and_numbers_stay_numbers() -> None:
    moment = dt.datetime(2026, 1, 31, 18, 0, tzinfo=dt.UTC)
    written = csv_of([-5, 1.5, True, dt.date(2026, 1, 31), moment, None], headings=("a", "b", "c", "d", "e", "f"))
    assert written.decode("utf-8-sig") == "a,b,c,d,e,f\r\n-5,1.5,true,2026-01-31,2026-02-01 01:00:00,\r\n"


@pytest.mark.parametrize("text", NASTY)
def test_no_text_of_a_workbook_is_a_formula_and_all_come_back(text: str) -> None:
    written = book_of([text])
    cell = openpyxl.load_workbook(io.BytesIO(written)).active["A2"]
    assert (cell.value or "").replace("\r\n", "\n") == text.replace("\r\n", "\n")
    assert cell.data_type in {"s", "n", "inlineStr"}  # no formula; empty cells are the last two
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "<f " not in sheet


def test_a_workbook_keeps_days_moments_and_numbers_as_such() -> None:
    moment = dt.datetime(2026, 1, 31, 18, 0, tzinfo=dt.UTC)
    written = book_of([-5, 1.5, True, dt.date(2026, 1, 31), moment], headings=("a", "b", "c", "d", "e"))
    sheet = openpyxl.load_workbook(io.BytesIO(written)).active
    assert [cell.value for cell in sheet[2]] == [
        -5,
        1.5,
        True,
        dt.datetime(2026, 1, 31),  # noqa: DTZ001 - Excel knows no zones
        dt.datetime(2026, 2, 1, 1, 0),  # noqa: DTZ001
    ]
    assert sheet["A2"].data_type == "n"


def test_what_a_workbook_cannot_hold_is_replaced_or_cut_where_it_is_seen() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(book_of(["a\x00b"], ["x" * 40_000], title="Báo cáo [1/2]: *?"))).active
    assert sheet["A2"].value == "a\ufffdb"
    assert len(sheet["A3"].value) == LONGEST_CELL
    assert sheet["A3"].value.endswith("x…")
    assert sheet.title == "Báo cáo  1 2"


def test_rows_have_as_many_cells_as_there_are_headings() -> None:
    for write in (csv_of, book_of):
        with pytest.raises(ValueError, match="headings"):
            write(["a", "b"])


@pytest.mark.parametrize("data", [b"\xff\xfe", b'a\r\n"b', b"a,b\r\nc\r\n"])
def test_a_csv_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(ExchangeMalformed):
        read_csv(data)
