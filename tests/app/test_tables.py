"""What is shown fits a hundred columns, names what can be typed next, and hides no page."""

from __future__ import annotations

import io

import pytest
from rich.table import Table

from app.cli.context import PlainConsole
from app.cli.tables import documents_table, notes_table
from app.language import speaker
from app.page_words import page_words
from app.setting_groups import Language
from pipeline.domain.document import Copy, Field, FieldOrigin, FieldState, StoredDocument, UnderstoodDocument
from pipeline.domain.document import DocumentState as State
from pipeline.domain.ids import ContentHash, DocumentId, DossierCode, FieldName, SourceName, TypeCode
from pipeline.domain.page import PageOutcome, PageRef, PageState
from pipeline.understand.catalogue import load_types

SAY = speaker(Language.VIETNAMESE)
WIDTH = 100
ID = DocumentId("d-0a1b2c3d4e5f60718293a4b5")


def _shown(table: Table) -> str:
    console = PlainConsole(width=WIDTH)
    console.file = io.StringIO()
    console.print(table)
    return console.file.getvalue()


def _page(number: int, state: PageState = PageState.KEPT, reason: str | None = None) -> PageOutcome:
    return PageOutcome(ref=PageRef(SourceName("a.pdf"), number), state=state, reason=reason)


def _paper(fields: dict[str, float], state: State) -> StoredDocument:
    understood = UnderstoodDocument(
        id=ID,
        dossier=DossierCode("H42.12-260915-0007"),
        pages=(PageRef(SourceName("a.pdf"), 1),),
        type=TypeCode("giay_tiep_nhan"),
        type_confidence=0.9,
        fields={
            FieldName(name): Field(
                value="1234",
                raw="1234",
                confidence=sure,
                page=1,
                box=None,
                origin=FieldOrigin.OCR,
                state=FieldState.READ if sure > 0.9 else FieldState.NEEDS_REVIEW,
                checks={},
            )
            for name, sure in fields.items()
        },
        state=state,
    )
    digest = ContentHash("0" * 64)
    return StoredDocument(understood=understood, copy=Copy(sha256=digest, size=1, conformance="2u"), text_sha256=digest)


def test_papers_are_listed_with_the_id_that_the_next_command_needs() -> None:
    paper = _paper({"code_number": 0.5, "reference": 0.5, "issued_date": 0.99}, State.NEEDS_REVIEW)

    shown = _shown(documents_table([paper], catalogue=load_types(), say=SAY))

    assert ID in shown
    assert "H42.12-260915-0007" in shown
    assert max(map(len, shown.splitlines())) <= WIDTH
    assert "• Số, ký hiệu" in shown
    assert "• Số " not in shown, "the number is in the reference, which is asked for already"


def test_a_paper_without_fields_that_needs_a_look_is_not_ticked_off() -> None:
    shown = _shown(documents_table([_paper({}, State.NEEDS_REVIEW)], catalogue=load_types(), say=SAY))

    assert "✓" not in shown
    assert "0%" not in shown


def test_pages_that_failed_that_are_secret_and_that_came_twice_are_told() -> None:
    pages = [
        _page(1),
        _page(2, PageState.FAILED, "source.too_slow"),
        _page(3, PageState.FAILED, "paper.secret"),
        _page(4, PageState.KEPT, "duplicate_of:b.pdf#1"),
        _page(5, PageState.BLANK),
    ]

    table = notes_table(pages, SAY)

    assert table.row_count == 3
    shown = _shown(table)
    assert "[source.too_slow]" in shown
    assert "b.pdf#1" in shown
    assert max(map(len, shown.splitlines())) <= WIDTH


@pytest.mark.parametrize("language", Language)
def test_a_secret_page_is_not_scanned_again(language: Language) -> None:
    say = speaker(language)

    assert page_words(_page(1, PageState.FAILED, "paper.secret"), say) == (
        say("page_end.secret", code="paper.secret"),
        say("page_end.report"),
    )
