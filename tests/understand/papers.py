"""Recognised pages laid out by hand, as NĐ 30/2020 and the forms say papers look. All people, places and numbers are invented."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import replace

from pipeline.domain.document import SeparatedDocument, UnderstoodDocument
from pipeline.domain.geometry import Box, around
from pipeline.domain.ids import BatchId, DocumentId, SourceName
from pipeline.domain.page import Code, CodeKind, Line, PageRef, RecognisedPage, TextOrigin, Word
from pipeline.understand.catalogue import TypeCatalogue, load_types
from pipeline.understand.understand import UnderstandPolicy, understand

A4 = (595.0, 842.0)
A5 = (420.0, 595.0)
LEFT, RIGHT, MIDDLE = 165.0, 400.0, 310.0
"""middles of the two columns of a head and of the text"""
POLICY = UnderstandPolicy()
BATCH = BatchId("b-test")


@functools.cache
def catalogue() -> TypeCatalogue:
    return load_types()


def line(text: str, left: float, top: float, *, size: float = 13, sure: float = 0.96, block: int = 0) -> Line:
    """Words of letters 0.5 of the type size wide, one space apart."""
    words = []
    x = left
    for word in text.split(" "):
        width = 0.5 * size * max(1, len(word))
        if word:
            words.append(Word(word, Box(x, top, x + width, top + size), sure))
        x += width + 0.28 * size
    return Line(tuple(words), around(word.box for word in words), block)


def centred(text: str, middle: float, top: float, *, size: float = 13, sure: float = 0.96) -> Line:
    drawn = line(text, 0, top, size=size, sure=sure)
    shift = middle - drawn.box.width / 2
    return line(text, shift, top, size=size, sure=sure)


def side_by_side(left: Line, right: Line) -> Line:
    """What a reader makes of two columns when it reads across."""
    words = (*left.words, *right.words)
    return Line(words, around(word.box for word in words))


def page(
    lines: Iterable[Line],
    *,
    source: str = "scan.pdf",
    number: int = 1,
    size: tuple[float, float] = A4,
    codes: Sequence[Code] = (),
    origin: TextOrigin = TextOrigin.OCR,
    skew: float = 0.0,
) -> RecognisedPage:
    kept = tuple(lines)
    return RecognisedPage(
        ref=PageRef(SourceName(source), number),
        width=size[0],
        height=size[1],
        rotation=0,
        skew=skew,
        dpi=200,
        blank=not kept and not codes,
        lines=kept,
        confidence=0.95,
        origin=origin,
        codes=tuple(codes),
    )


def qr(text: str) -> Code:
    return Code(CodeKind.QR, text, Box(20, 20, 80, 80))


def head(
    *,
    organ: Sequence[str] = ("ỦY BAN NHÂN DÂN", "TỈNH NINH BÌNH"),
    number: str = "Số: 12/QĐ-UBND",
    place_date: str = "Ninh Bình, ngày 05 tháng 01 năm 2026",
    across: bool = False,
) -> list[Line]:
    """Cells 1 to 4: two columns, read by columns or across."""
    left = [centred(text, LEFT, 70 + 16 * index) for index, text in enumerate(organ)]
    left.append(centred(number, LEFT, 70 + 16 * len(organ) + 18))
    right = [
        centred("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", RIGHT, 70, size=12),
        centred("Độc lập - Tự do - Hạnh phúc", RIGHT, 86),
        centred(place_date, RIGHT, 70 + 16 * len(organ) + 18),
    ]
    if not across:
        return [*left, *right]
    return [
        side_by_side(left[0], right[0]),
        side_by_side(left[1], right[1]),
        side_by_side(left[-1], right[2]),
        *left[2:-1],
    ]


def title(type_name: str, *subject: str) -> list[Line]:
    """Cell 5a: bold and centred, the rule under it."""
    lines = [centred(type_name, MIDDLE, 155, size=14)]
    return lines + [centred(text, MIDDLE, 173 + 16 * index) for index, text in enumerate(subject)]


def body(top: float = 290, *paragraphs: str) -> list[Line]:
    texts = paragraphs or (
        "Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025;",
        "Xét đề nghị của Giám đốc Sở Xây dựng tại Tờ trình số 34/TTr-SXD.",
    )
    return [line(text, 90, top + 18 * index) for index, text in enumerate(texts)]


def foot(*block: str, name: str = "Trần Văn Ví Dụ", top: float = 560) -> list[Line]:
    """Cells 7 and 9b: recipients left, signature block right."""
    recipients = ["Nơi nhận:", "- Như Điều 3;", "- Sở Xây dựng;", "- Lưu: VT, KT."]
    lines = [line(text, 90, top + 14 * index, size=11) for index, text in enumerate(recipients)]
    lines += [centred(text, 430, top + 16 * index) for index, text in enumerate(block)]
    return [*lines, centred(name, 430, top + 16 * len(block) + 75)] if name else lines


def decision() -> list[Line]:
    return [
        *head(),
        *title("QUYẾT ĐỊNH", "Về việc phê duyệt kế hoạch chuyển đổi số", "của tỉnh Ninh Bình năm 2026"),
        centred("ỦY BAN NHÂN DÂN TỈNH NINH BÌNH", MIDDLE, 245),
        *body(),
        *foot("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"),
    ]


def understood(*pages: RecognisedPage, types: TypeCatalogue | None = None) -> UnderstoodDocument:
    """The pages as one paper."""
    numbered = [replace(one, ref=PageRef(one.ref.source, index)) for index, one in enumerate(pages, start=1)]
    paper = SeparatedDocument(id=DocumentId("d-test"), dossier=None, pages=tuple(one.ref for one in numbered))
    return understand(paper, numbered, catalogue=types or catalogue(), policy=POLICY)


def values(paper: UnderstoodDocument) -> dict[str, object]:
    return {name: field.value for name, field in paper.fields.items()}
