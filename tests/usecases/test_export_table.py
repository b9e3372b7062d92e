"""Papers as tables: what was asked for, in the trail, and without formulae."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from pipeline.domain.audit import AuditEntry
from pipeline.domain.ids import FieldName
from pipeline.exchange.table import read_csv
from pipeline.ports import DocumentFilter
from pipeline.usecases.export_table import TableFormat, TableKind, TableOrder, export_table
from pipeline.usecases.look_up import Looker
from storage.records import Records, open_records
from tests.e2e.papers import DOSSIER, FixedClock, keep_papers
from tests.fakes.author import CLERK
from tests.fakes.objects import MemoryObjects
from tests.storage.samples import field

FIELDS = {
    FieldName("subject"): field("=HYPERLINK(1)", raw="V/v =HYPERLINK(1)"),
    FieldName("recipients"): field(("Như Điều 3", "Lưu: VT")),
}


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = open_records(f"sqlite:///{tmp_path / 'sohoa.db'}", clock=FixedClock(), author=CLERK)
    keep_papers(opened, MemoryObjects(), 2, fields=FIELDS)
    keep_papers(opened, MemoryObjects(), 1, kind="cong_van")
    yield opened
    opened.close()


def export(records: Records, order: TableOrder) -> bytes:
    out = io.BytesIO()
    looker = Looker(trail=records.trail, purpose="Báo cáo quý")
    export_table(order, out, label=str.upper, library=records.library, looker=looker, trail=records.trail)
    return out.getvalue()


def test_papers_have_a_row_each(records: Records) -> None:
    order = TableOrder(
        wanted=DocumentFilter(type="quyet_dinh", limit=1),
        kind=TableKind.PAPERS,
        format=TableFormat.CSV,
        fields=("subject", "recipients", "organ_name"),
    )
    headings, *rows = read_csv(export(records, order))
    assert headings == ["ID", "DOSSIER", "TYPE", "STATE", "PAGES", "SUBJECT", "RECIPIENTS", "ORGAN_NAME"]
    assert [row[1:] for row in rows] == [
        [DOSSIER, "quyet_dinh", "digitized", "1", "=HYPERLINK(1)", "Như Điều 3; Lưu: VT", ""]
    ] * 2
    assert b"'=HYPERLINK" in export(records, order)


def test_fields_have_a_row_each_with_their_evidence(records: Records) -> None:
    order = TableOrder(wanted=DocumentFilter(), kind=TableKind.FIELDS, format=TableFormat.XLSX)
    sheet = openpyxl.load_workbook(io.BytesIO(export(records, order))).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][3:] == ["FIELD", "VALUE", "RAW", "CONFIDENCE", "PAGE", "ORIGIN", "STATE"]
    assert len(rows) == 1 + 4
    assert rows[2][3:] == ["subject", "=HYPERLINK(1)", "V/v =HYPERLINK(1)", 0.98, 1, "ocr", "read"]


def test_whoever_takes_papers_out_stands_in_the_trail(records: Records) -> None:
    export(records, TableOrder(wanted=DocumentFilter(), kind=TableKind.PAPERS, format=TableFormat.CSV))
    deeds = [each.deed for each in records.trail.entries(limit=99) if isinstance(each, AuditEntry)]
    (exported,) = [each for each in deeds if each.action.value == "exported"]
    assert (exported.details["part"], exported.reason) == ("table.papers", "Báo cáo quý")
    (searched,) = [each for each in deeds if each.action.value == "searched"]
    assert len(searched.details["documents"].split()) == 3
