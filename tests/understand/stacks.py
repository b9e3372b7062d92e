"""Stacks of pages, cut, and what became of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from pipeline.domain.ids import DossierCode, SourceName
from pipeline.domain.page import RecognisedPage
from pipeline.domain.page_notes import notes_of
from pipeline.understand.separate import Separation, separate
from tests.understand.papers import (
    BATCH,
    MIDDLE,
    body,
    catalogue,
    centred,
    decision,
    line,
    page,
    qr,
)

ONE, TWO = "H42.12-260105-0001", "000.00.12.H42-260106-0002"
CARD = "037190000012||Nguyễn Thị Mẫu Đơn|01021990|Nữ|Phường Mẫu, Ninh Bình|15042021"
TYPES = catalogue()


def cut(
    pages: Sequence[RecognisedPage],
    *,
    dossier: str | None = None,
    hints: Mapping[str, str] | None = None,
    signed: Collection[str] = (),
) -> Separation:
    return separate(
        pages,
        batch=BATCH,
        catalogue=TYPES,
        given=DossierCode(dossier) if dossier else None,
        hints={SourceName(name): folder for name, folder in (hints or {}).items()},
        signed=[SourceName(name) for name in signed],
    )


def shape(separation: Separation) -> list[tuple[str | None, list[str]]]:
    """Dossier and pages of each paper."""
    return [(one.dossier, [f"{ref.source}#{ref.number}" for ref in one.pages]) for one in separation.documents]


def notes(separation: Separation) -> dict[str, list[str]]:
    """What is said about pages, by page."""
    return {f"{one.ref.source}#{one.ref.number}": list(notes_of(one)) for one in separation.pages if notes_of(one)}


def receipt(code: str, *, number: int = 1, source: str = "scan.pdf", with_qr: bool = True) -> RecognisedPage:
    lines = [
        centred("GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", MIDDLE, 120),
        line(f"Mã hồ sơ: {code}", 200, 140),
        line("Tiếp nhận hồ sơ của: Nguyễn Thị Mẫu Đơn", 90, 170),
    ]
    return page(lines, number=number, source=source, codes=[qr(f"{code}|1.001193")] if with_qr else ())


def first(number: int, *, source: str = "scan.pdf") -> RecognisedPage:
    return page(decision(), number=number, source=source)


def further(number: int, printed: int = 2, *, source: str = "scan.pdf") -> RecognisedPage:
    return page([centred(str(printed), MIDDLE, 40), *body(80)], number=number, source=source)


def blank(number: int, *, source: str = "scan.pdf") -> RecognisedPage:
    return page([], number=number, source=source)
