"""Pages in are pages accounted for: whatever breaks that is named by source and page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.domain.accounts import BatchAccount, account_of, unaccounted
from pipeline.domain.arrange_errors import PagesLost
from pipeline.domain.errors import ObjectMissing
from pipeline.domain.ids import BatchId, ContentHash, DocumentId, SourceName
from pipeline.domain.laws import LawFault
from pipeline.domain.page import PageOutcome, PageRef, PageState
from pipeline.domain.source import MediaType, SourceOutcome, SourceState
from pipeline.ports import Area
from pipeline.usecases.laws.batch import keep_laws
from tests.fakes.objects import MemoryObjects
from tests.storage.samples import digitized_batch, received_batch

ONE, TWO = SourceName("one.pdf"), SourceName("two.pdf")
PAPER, OTHER = DocumentId("d-1"), DocumentId("d-2")


def source(name: SourceName, pages: int) -> SourceOutcome:
    sha256 = ContentHash("ab" * 32)
    return SourceOutcome(name=name, sha256=sha256, media_type=MediaType.PDF, pages=pages, state=SourceState.DIGITIZED)


def kept(source: SourceName, number: int, paper: DocumentId | None = PAPER, **changes: object) -> PageOutcome:
    page = PageOutcome(ref=PageRef(source, number), state=PageState.KEPT, document=paper)
    return replace(page, **changes)  # type: ignore[arg-type]


def not_kept(source: SourceName, number: int, state: PageState) -> PageOutcome:
    return PageOutcome(ref=PageRef(source, number), state=state)


SOUND = BatchAccount(
    batch=BatchId("b-1"),
    received=(ONE, TWO),
    sources=(source(ONE, 5), source(TWO, 2)),
    pages=(
        kept(ONE, 1),
        kept(ONE, 2),
        not_kept(ONE, 3, PageState.BLANK),
        not_kept(ONE, 4, PageState.SEPARATOR),
        not_kept(ONE, 5, PageState.FAILED),
        kept(TWO, 1, reason=f"duplicate_of:{ONE}#1"),
        not_kept(TWO, 2, PageState.BLANK),
    ),
    papers={PAPER: (PageRef(ONE, 1), PageRef(ONE, 2))},
)


def faults(account: BatchAccount) -> list[tuple[LawFault, str]]:
    return [(each.fault, each.item) for each in unaccounted(account)]


def test_a_sound_batch_breaks_nothing() -> None:
    assert faults(SOUND) == []


def test_every_loss_is_named() -> None:
    pages = SOUND.pages
    lying = {PAPER: SOUND.papers[PAPER], OTHER: (PageRef(ONE, 2),)}
    cases: list[tuple[BatchAccount, list[tuple[LawFault, str]]]] = [
        (replace(SOUND, received=(ONE, TWO, SourceName("three.pdf"))), [(LawFault.SOURCE_LOST, "b-1/received 3")]),
        (replace(SOUND, sources=(*SOUND.sources, source(TWO, 2))), [(LawFault.SOURCE_TWICE, "b-1/3")]),
        (replace(SOUND, pages=pages[:-1]), [(LawFault.PAGES_UNCOUNTED, "b-1/2")]),
        (replace(SOUND, pages=(*pages, not_kept(TWO, 2, PageState.BLANK))), [(LawFault.PAGE_TWICE, "b-1/2/2")]),
        (
            replace(SOUND, pages=(*pages, not_kept(SourceName("four.pdf"), 1, PageState.BLANK))),
            [(LawFault.PAGES_UNCOUNTED, "b-1/?")],
        ),
        (replace(SOUND, papers=lying), [(LawFault.PAGE_TWICE, "b-1/1/2")]),
        (replace(SOUND, papers={**SOUND.papers, OTHER: ()}), [(LawFault.PAPER_EMPTY, OTHER)]),
        (
            replace(SOUND, pages=(kept(ONE, 1, OTHER), *pages[1:])),
            [(LawFault.PAGE_MISPLACED, "b-1/1/1")],
        ),
        (
            replace(SOUND, pages=(*pages[:2], kept(ONE, 3, None), *pages[3:])),
            [(LawFault.PAGE_UNACCOUNTED, "b-1/1/3")],
        ),
        (
            replace(SOUND, pages=(*pages[:5], kept(TWO, 1, OTHER, reason=f"duplicate_of:{ONE}#1"), pages[6])),
            [(LawFault.PAGE_MISPLACED, "b-1/2/1")],
        ),
        (
            replace(SOUND, papers={PAPER: (*SOUND.papers[PAPER], PageRef(TWO, 9))}),
            [(LawFault.PAGE_UNKNOWN, PAPER)],
        ),
    ]
    for account, expected in cases:
        assert faults(account) == expected


def test_no_name_of_a_file_is_told() -> None:
    broken = replace(SOUND, received=(*SOUND.received, SourceName("Nguyễn Văn A.pdf")), pages=(), papers={})
    for each in unaccounted(broken):
        assert ".pdf" not in each.item + each.detail


def test_a_batch_that_would_lose_a_page_is_not_written() -> None:
    batch, received = digitized_batch(), received_batch().sources
    assert list(unaccounted(account_of(batch, received=received))) == []
    with pytest.raises(PagesLost) as lost:
        keep_laws(replace(batch, pages=batch.pages[:-1]), received=received, objects=MemoryObjects())
    assert lost.value.details == {"batch": "b-1", "fault": "pages_uncounted", "item": "b-1/1"}


def test_a_batch_names_nothing_that_is_not_there() -> None:
    batch = digitized_batch()
    objects = MemoryObjects()
    named = [(Area.ARCHIVE, each.copy.sha256) for each in batch.documents]
    assert not any(objects.has(area, sha256) for area, sha256 in named)
    with pytest.raises(ObjectMissing) as missing:
        keep_laws(batch, received=received_batch().sources, objects=objects)
    assert missing.value.details == {"area": "archive", "sha256": batch.documents[0].copy.sha256}
