"""What kind of paper a document is: by its title, its notation, a card's QR code; `khac` when nothing tells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.domain.ids import TypeCode
from pipeline.domain.page import RecognisedPage
from pipeline.text.fold import fold_for_search
from pipeline.text.identity import parse_card_code
from pipeline.text.mrz import read_card_zone
from pipeline.text.notation import read_reference, repair_notation
from pipeline.understand.catalogue import OTHER, TypeCatalogue
from pipeline.understand.declaration import Family, Payload, TypeDeclaration
from pipeline.understand.head import Head, find_head, letter_subject_rows
from pipeline.understand.rows import Row, capital_share, chunks, letter_count, likeness, row_of, split_rows

_TITLE_SHARE = 0.5
"""titles stand in the upper half of a first page"""
_ALIKE = 0.88
_PLAINLY = 0.05
"""by which a title further down must be read better than one above it"""
_CAPITALS = 0.8
_TITLE_ROWS = 3
"""a title takes at most this many lines"""
_SHORTEST = 4
"""letters of the shortest title, `ĐỀ ÁN`"""
_LETTER = TypeCode("cong_van")


@dataclass(frozen=True, slots=True)
class Title:
    """A printed title and whose it is."""

    declaration: TypeDeclaration
    row: Row
    printed: str
    """the declared wording that it matches; of an open-ended title what was read"""
    score: float
    """likeness, 0 to 1"""
    open_ended: bool = False
    """only its beginning is declared"""


@dataclass(frozen=True, slots=True)
class Kind:
    """A document's type, how sure it is, and the title that says so where one is printed."""

    type: TypeDeclaration
    confidence: float
    title: Title | None = None


def classify(pages: Sequence[RecognisedPage], *, catalogue: TypeCatalogue) -> Kind:
    """Return the type of a document by its first page (cards: by a code or machine-readable zone on any of its pages)."""
    by_code = _by_payload(pages, catalogue)
    if by_code:
        title = find_title(pages[0], catalogue=catalogue)
        return Kind(by_code, 0.99, title if title and title.declaration is by_code else None)
    first = pages[0]
    title = find_title(first, catalogue=catalogue)
    head = find_head(first)
    notated = _by_notation(head, catalogue)
    if title and title.declaration.family is Family.ADMINISTRATIVE:
        return Kind(title.declaration, _administrative_confidence(title, head, notated), title)
    if title:
        found = sum(_has(pages, anchor) for anchor in title.declaration.anchors)
        support = 0.04 if found * 2 >= len(title.declaration.anchors) else -0.1
        return Kind(title.declaration, min(0.99, 0.95 * title.score + support), title)
    if notated:
        return Kind(notated, 0.8 if head.nation else 0.6, _longer_title(first, notated))
    if _is_letter(head, catalogue):
        return Kind(catalogue[_LETTER], 0.97 if letter_subject_rows(head) else 0.85)
    return Kind(catalogue[OTHER], 0.5)


def find_title(page: RecognisedPage, *, catalogue: TypeCatalogue) -> Title | None:
    """Return the declared title that a page carries in its upper half: the uppermost, of one place the longest.

    Titles are lines in capitals that hold nothing else; a colon behind `QUYẾT ĐỊNH` makes it the formula before the articles.
    """
    best: Title | None = None
    for row in _title_rows(page):
        for found in (*_whole(row, catalogue), *_opened(row, catalogue)):
            if best is None or _better(found, best):
                best = found
    return best


def _whole(row: Row, catalogue: TypeCatalogue) -> Iterator[Title]:
    """Yield the declared titles that a row is."""
    text = _letters(row.text)
    for declaration in catalogue:
        for printed in declaration.titles:
            score = likeness(text, printed)
            if score >= _ALIKE:
                yield Title(declaration, row, printed, score)


def _opened(row: Row, catalogue: TypeCatalogue) -> Iterator[Title]:
    """Yield the titles that begin as declared and go on as they like."""
    text = _letters(row.text)
    for declaration in catalogue:
        for opening in declaration.openings:
            score = likeness(" ".join(text.split()[: len(opening.split())]), opening)
            if score >= _ALIKE:
                yield Title(declaration, row, text, score, open_ended=True)


def _better(found: Title, best: Title) -> bool:
    if found.row.box.overlap(best.row.box) > 0:
        if best.open_ended and found.row.box.top > best.row.box.top + 0.5 * found.row.words[0].box.height:
            return False  # what an application asks for: `ĐƠN ĐỀ NGHỊ` above `CẤP GIẤY PHÉP XÂY DỰNG`
        # what is declared whole tells more than how a title begins
        return _rank(found) > _rank(best)
    return found.score > best.score + _PLAINLY


def _rank(title: Title) -> tuple[bool, float, int]:
    return not title.open_ended, round(title.score, 2), len(title.printed)


def _longer_title(page: RecognisedPage, declaration: TypeDeclaration) -> Title | None:
    """Return a line that begins with the type's title and goes on: `KẾ HOẠCH HÀNH ĐỘNG`."""
    for row in _title_rows(page):
        for printed in declaration.titles:
            count = len(printed.split())
            if likeness(" ".join(_letters(row.text).split()[:count]), printed) >= _ALIKE:
                return Title(declaration, row, printed, 0.9)
    return None


def _title_rows(page: RecognisedPage) -> Iterator[Row]:
    """Yield what may be a title: rows in capitals, alone and joined with the ones below them."""
    rows = [
        piece
        for row in split_rows(page)
        if row.box.centre[1] < _TITLE_SHARE * page.height
        for piece in dict.fromkeys((row, *chunks(row, gap=0.55 * row.box.height)))
        if letter_count(piece.text) >= _SHORTEST
        and capital_share(piece.text) >= _CAPITALS
        and not piece.text.rstrip().endswith(":")
    ]
    rows.sort(key=lambda row: row.box.centre[1])
    for index, row in enumerate(rows):
        yield row
        joined = row
        for following in rows[index + 1 : index + _TITLE_ROWS]:
            if following.box.top < joined.box.bottom - 0.5 * row.box.height:
                continue
            if (
                following.box.top - joined.box.bottom > row.box.height
                or abs(following.middle - row.middle) > 0.2 * page.width
            ):
                break
            joined = _stacked(joined, following)
            yield joined


def _stacked(upper: Row, lower: Row) -> Row:
    both = row_of((*upper.words, *lower.words))
    return Row((*upper.words, *lower.words), both.box)


def _letters(text: str) -> str:
    """Drop specks around a title: `: QUYẾT ĐỊNH -`."""
    return " ".join(word for word in text.split() if any(char.isalnum() for char in word))


def _administrative_confidence(title: Title, head: Head, notated: TypeDeclaration | None) -> float:
    confidence = 0.93 * title.score + (0.03 if head.nation else -0.1)
    if notated is not None:
        confidence += 0.03 if notated.code == title.declaration.code else -0.3
    return max(0.0, min(0.99, confidence))


def _by_payload(pages: Sequence[RecognisedPage], catalogue: TypeCatalogue) -> TypeDeclaration | None:
    cards = (one for one in catalogue if one.payload is Payload.IDENTITY_CARD)
    coded = any(parse_card_code(code.text) for page in pages for code in page.codes)
    if coded or any(read_card_zone([line.text for line in page.lines]) for page in pages):
        return next(cards, None)
    return None


def _by_notation(head: Head, catalogue: TypeCatalogue) -> TypeDeclaration | None:
    abbreviations = catalogue.abbreviations
    for row in head.left:
        found = read_reference(row.text)
        if found is None:
            continue
        parts = repair_notation(found.notation, abbreviations=abbreviations).rpartition("/")[2].split("-")
        if len(parts) > 1 and parts[0] in abbreviations:
            return catalogue[abbreviations[parts[0]]]
    return None


def _is_letter(head: Head, catalogue: TypeCatalogue) -> bool:
    """A công văn has no title: its notation names the organ and the drafting unit, and `V/v` stands under it."""
    numbered = any(read_reference(row.text) for row in head.left)
    return _LETTER in catalogue.types and head.nation is not None and numbered


def _has(pages: Sequence[RecognisedPage], anchor: str) -> bool:
    wanted = fold_for_search(anchor)
    return any(wanted in fold_for_search(page.text) for page in pages)
