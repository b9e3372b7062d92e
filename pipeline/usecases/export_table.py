"""Papers as a table for spreadsheets: one row for each paper, or one for each of its fields with the evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import BinaryIO

from pipeline.audit_ports import AuditTrail
from pipeline.domain.audit import Action, Deed, Subject, SubjectKind
from pipeline.domain.document import StoredDocument
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.exchange.table import Cell, Table, write_csv, write_workbook
from pipeline.ports import DocumentFilter, Library
from pipeline.usecases.look_up import Looker, list_documents

_PAGE = 500
"""papers in memory, and in one entry of the audit trail"""


class TableKind(StrEnum):
    """What stands in a row."""

    PAPERS = "papers"
    FIELDS = "fields"


class TableFormat(StrEnum):
    """What the table is written as."""

    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOrder:
    """Which papers, and what of them."""

    wanted: DocumentFilter
    """its `limit` is of no account: all are written"""
    kind: TableKind
    format: TableFormat
    fields: tuple[str, ...] = ()
    """papers: fields that have a column each"""


COLUMNS = {
    TableKind.PAPERS: ("id", "dossier", "type", "state", "pages"),
    TableKind.FIELDS: ("id", "dossier", "type", "field", "value", "raw", "confidence", "page", "origin", "state"),
}
"""columns by name, before the fields of papers"""


def export_table(
    order: TableOrder,
    out: BinaryIO,
    *,
    label: Callable[[str], str],
    library: Library,
    looker: Looker,
    trail: AuditTrail,
    scope: Scope = EVERYTHING,
) -> int:
    """Write a table and return the number of its rows.

    That papers were handed out stands in the audit trail, and all of their ids, before the first of them is written.

    Args:
        order: what of which papers.
        out: where to.
        label: says what a column is called.
        library: the papers.
        looker: how looks at them are written down.
        trail: where it is written that they were handed out.
        scope: whose papers.

    Raises:
        ExchangeMalformed: more rows than a workbook has.
        RecordsUnavailable
    """
    details = {"part": f"table.{order.kind.value}", "format": order.format.value}
    trail.note(
        [Deed(action=Action.EXPORTED, subject=Subject(SubjectKind.ARCHIVE, ""), reason=looker.purpose, details=details)]
    )
    names = COLUMNS[order.kind] + (order.fields if order.kind is TableKind.PAPERS else ())
    papers = _papers(order.wanted, library=library, looker=looker, scope=scope)
    rows = (row for paper in papers for row in _ROWS[order.kind](paper, order))
    table = Table(title=label(order.kind.value), headings=tuple(label(each) for each in names), rows=rows)
    return (write_csv if order.format is TableFormat.CSV else write_workbook)(table, out)


def _papers(wanted: DocumentFilter, *, library: Library, looker: Looker, scope: Scope) -> Iterator[StoredDocument]:
    page: Sequence[StoredDocument] = ()
    after = wanted.after
    while True:
        page = list_documents(replace(wanted, limit=_PAGE, after=after), library=library, looker=looker, scope=scope)
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1].understood.id


def _paper_rows(paper: StoredDocument, order: TableOrder) -> Iterator[Sequence[Cell]]:
    understood = paper.understood
    values = {name: _text(field.value) for name, field in understood.fields.items()}
    yield (
        understood.id,
        understood.dossier,
        understood.type,
        understood.state.value,
        len(understood.pages),
        *(values.get(name) for name in order.fields),  # type: ignore[call-overload]
    )


def _field_rows(paper: StoredDocument, _: TableOrder) -> Iterator[Sequence[Cell]]:
    understood = paper.understood
    for name, field in sorted(understood.fields.items()):
        yield (
            understood.id,
            understood.dossier,
            understood.type,
            name,
            _text(field.value),
            field.raw,
            round(field.confidence, 3),
            field.page,
            field.origin.value,
            field.state.value,
        )


def _text(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else "; ".join(value)


_ROWS: dict[TableKind, Callable[[StoredDocument, TableOrder], Iterator[Sequence[Cell]]]] = {
    TableKind.PAPERS: _paper_rows,
    TableKind.FIELDS: _field_rows,
}
