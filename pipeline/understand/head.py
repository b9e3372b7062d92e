"""The head of an administrative document: two columns over the title (NĐ 30/2020, phụ lục I, cells 1 to 4 and 10)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.domain.geometry import Box
from pipeline.domain.ids import FieldName
from pipeline.domain.page import RecognisedPage, TextOrigin
from pipeline.text.address_spelling import spelt_address
from pipeline.text.dates import read_place_date
from pipeline.text.fold import fold_for_search, same_words
from pipeline.text.letterhead import knows_organ, restore_organ
from pipeline.text.notation import (
    Reference,
    has_number_sign,
    nearest_notation,
    notation_is_known,
    read_reference,
    repair_notation,
)
from pipeline.text.provinces import province_named
from pipeline.understand.evidence import Reading, passed, reading_of
from pipeline.understand.rows import Row, capital_share, column_rows, find_phrase, letter_count, row_of
from pipeline.understand.stamped import stamped, stamped_in_head

NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
PARTY = "ĐẢNG CỘNG SẢN VIỆT NAM"
"""stands in place of the national title on papers of the Party (HD 36-HD/VPTW 2018)"""

_HEAD_SHARE = 0.45
"""the head lies in the upper part of the page"""
_HEAD_HEIGHT = 150.0
"""points from the national title down to where the head has ended, V/v of four lines and a stamp below it included"""
_NATION_SPAN = 0.82
"""of the motto's width: from its middle to the left end of the national title above it"""
_PARTY_SPAN = 0.75
"""of the Party's name: from its middle to where the column of the place and date below it may begin"""
_DRAFT = "du thao"
"""set or stamped above the organ"""
_MIDDLE = 0.44
"""where the columns part when no national title tells: the left one is the narrower (of the page's width)"""
_URGENCIES = ("HỎA TỐC HẸN GIỜ", "HỎA TỐC", "THƯỢNG KHẨN", "KHẨN")
_DEGREES = (*_URGENCIES, "TUYỆT MẬT", "TỐI MẬT", "MẬT")
"""what is stamped under the number (cell 10) and belongs to no line there"""
_STAMP_FIT = 0.9
"""of a stamp whose frame spoilt a letter: one of a closed set all the same"""
_ARRIVAL = re.compile(r"\bden\b|\bchuyen\b|cong van den|cv den")
_BODY = ("can cu", "kinh gui", "dieu 1")
_CAPITALS = 0.75
_SPACE = 0.6
"""of a row's height: words of one name stand closer"""
_MIXED = 0.5
"""notations mix a few small letters in: `TTr`, `QyĐ`"""
_SPECK = 0.35
"""rows of less confidence are specks and bits of stamps"""
_KNOWN = 0.96
"""what a value is worth that is put together from known words only"""
_PROPOSED = 0.6
_HANDWRITTEN_FIT = 0.9
"""a number or day on a picture may be handwritten, which the reader's own confidence does not tell"""


@dataclass(frozen=True, slots=True)
class Head:
    """The two columns, each from top to bottom."""

    left: tuple[Row, ...]
    right: tuple[Row, ...]
    nation: Row | None
    """the national title, or what stands in its place, where it can be read"""


def find_nation(page: RecognisedPage) -> Row | None:
    """Return the national title (quốc hiệu) if it stands in the upper part of the page: the surest sign of a first page."""
    return _find_upper(page, NATION)


def find_head(page: RecognisedPage) -> Head:
    """Cut the head of a page into its columns, at the left end of the national title (or where the motto says it must be)."""
    nation = find_nation(page)
    motto = None if nation else _find_upper(page, MOTTO)
    party = None if nation or motto else _find_party(page)
    if party:
        boundary = party.middle - _PARTY_SPAN * party.box.width
        top, below = party.box.top - party.box.height, party.box.bottom
    elif nation:
        boundary, top, below = nation.box.left - 3, nation.box.top - nation.box.height, nation.box.bottom
    elif motto:
        boundary, top, below = motto.middle - _NATION_SPAN * motto.box.width, motto.box.top - 40, motto.box.top
    else:
        boundary, top, below = _MIDDLE * page.width, 0.0, 0.1 * page.height
    # what is read at the edge of a page may reach over it
    boundary = min(max(boundary, 0.0), page.width)
    bottom = max(top, _body_top(page, below + _HEAD_HEIGHT))
    return Head(
        left=column_rows(page, Box(0, top, boundary, bottom)),
        right=column_rows(page, Box(boundary, top, page.width, bottom)),
        nation=nation or party,
    )


def read_head(
    page: RecognisedPage, head: Head, *, title: Row | None, abbreviations: tuple[str, ...]
) -> Mapping[FieldName, Reading]:
    """Read organ, number, notation, place, date and urgency from the head of a document's first page.

    Args:
        page: the first page.
        head: its columns.
        title: the document's title, where one is printed; the head ends above it.
        abbreviations: of all document types, for repairing the notation.
    """
    left = tuple(row for row in head.left if title is None or row.box.centre[1] < title.box.top)
    number_at = number_row(left)
    bounded = head.nation is not None and number_at is not None
    organ = _organ(left if number_at is None else left[:number_at], bounded=bounded)
    readings: dict[FieldName, Reading] = {}
    if organ:
        readings[FieldName("organ_name")] = organ
    if number_at is not None:
        readings |= _numbers(
            page, left[number_at], organ=str(organ.value) if organ else "", abbreviations=abbreviations
        )
    readings |= place_and_date(page, head.right)
    readings |= _urgency(left)
    return readings


def likely_notation(head: Head, *, title: Row, abbreviation: str, organ: str) -> Reading | None:
    """Propose the notation of a number line that handwriting has spoilt, by the paper's title and its organ; never sure."""
    for row in head.left:
        if row.box.centre[1] > title.box.top or not _NUMBER_LINE.match(row.folded):
            continue
        stroke = next((index for index, word in enumerate(row.words) if "/" in word.text), len(row.words) - 1)
        tail = row_of(row.words[stroke:])
        notation = nearest_notation(_TAIL.sub("", tail.text), abbreviation=abbreviation, organ=organ)
        if notation:
            return reading_of([tail], notation, page=1, fit=_PROPOSED)
    return None


def letter_subject_rows(head: Head) -> tuple[Row, ...]:
    """Return the rows of a công văn's subject: `V/v …` under the number, in the left column; none where there is none."""
    for index, row in enumerate(head.left):
        if not _ABOUT_SIGN.match(row.text):
            continue
        rows = [row]
        for following in head.left[index + 1 :]:
            if following.box.top - rows[-1].box.bottom > row.box.height or _starts_body(following):
                break
            if stamped(following.text, _DEGREES):
                break
            rows.append(following)
        return tuple(rows)
    return ()


def _find_upper(page: RecognisedPage, phrase: str) -> Row | None:
    for line in page.lines:
        if line.words and line.box.top < _HEAD_SHARE * page.height:
            found = find_phrase(row_of(line.words), phrase, at_least=0.8)
            if found:
                return found
    return None


def _find_party(page: RecognisedPage) -> Row | None:
    found = _find_upper(page, PARTY)
    return found if found and found.middle > _MIDDLE * page.width and capital_share(found.text) >= _CAPITALS else None


_NUMBER_LINE = re.compile(r"^\W*s\w{0,2}\W")
_TAIL = re.compile(r"^[^/]*/\s*|^[il|]\s*(?=[A-ZĐ])")
"""what stands before a notation, a stroke that was read as a letter included"""
_ABOUT_SIGN = re.compile(r"^[^\w]*[vV]\s*[/lIi|⁄1]\s*[vV][\s:.]*")


def _body_top(page: RecognisedPage, lowest: float) -> float:
    tops = [line.box.top for line in page.lines if fold_for_search(line.text).startswith(_BODY)]
    return min([lowest, *tops])


def _starts_body(row: Row) -> bool:
    return row.folded.startswith(_BODY)


def number_row(left: tuple[Row, ...]) -> int | None:
    """Return the row with the number: `Số:` with a notation, else any notation; never that of an arrival stamp."""
    with_notation = [
        index
        for index, row in enumerate(left)
        if not _ARRIVAL.search(row.folded) and (found := read_reference(row.text)) and _is_notation(found)
    ]
    signed = [index for index in with_notation if has_number_sign(left[index].text)]
    return next(iter(signed or with_notation), None)


def _is_notation(found: Reference) -> bool:
    last = found.notation.rpartition("/")[2]
    return letter_count(last) > 1 and capital_share(last) >= _MIXED


def _organ(rows: tuple[Row, ...], *, bounded: bool) -> Reading | None:
    """Join the capital lines of the left column, the superior body first; rules, stamps and specks are left out.

    A name of known words in a cell whose ends are known (`bounded`) is sure even where the reader was not.
    """
    kept = []
    for row in rows:
        words = tuple(word for word in row.words if letter_count(word.text) or word.text in {"-", "–", "&"})
        while words and not letter_count(words[-1].text):
            words = words[:-1]
        while words and not letter_count(words[0].text):
            words = words[1:]
        text = " ".join(word.text for word in words)
        if (
            letter_count(text) > 1
            and capital_share(text) >= _CAPITALS
            and row.confidence > _SPECK
            and not has_number_sign(text)
            and not row.folded.startswith(_DRAFT)
            and stamped(row.text, _DEGREES) is None
            and not ("/" in text and _NUMBER_LINE.match(row.folded))
        ):
            kept.append(row_of(words))
    if not kept:
        return None
    read = " ".join(row.text for row in kept).strip(" -–.,_").upper()
    value = restore_organ(read)
    floor = _KNOWN if bounded and knows_organ(value) else 0.0
    return reading_of(kept, value, page=1, fit=1.0 if value == read else 0.97, floor=floor)


def _numbers(page: RecognisedPage, row: Row, *, organ: str, abbreviations: tuple[str, ...]) -> dict[FieldName, Reading]:
    found = read_reference(row.text)
    if found is None:
        return {}
    notation = repair_notation(found.notation, abbreviations=abbreviations, organ=organ)
    known = notation_is_known(notation, abbreviations=abbreviations, organ=organ)
    stroke = next((index for index, word in enumerate(row.words) if found.stroke in word.text), 0)
    tail = row_of(row.words[stroke:])
    readings = {
        FieldName("code_notation"): reading_of(
            [tail], notation, page=1, fit=1.0 if known else 0.9, floor=_KNOWN if known else 0.0
        )
    }
    if found.number is None:
        return readings
    fit = _HANDWRITTEN_FIT if page.origin is TextOrigin.OCR else 1.0
    glued = not row.words[stroke].text.startswith(found.stroke)
    start = row_of(row.words[: stroke + glued] or row.words[:1])
    padded = passed(len(found.number) > 1)  # numbers below 10 are written 01 to 09
    readings[FieldName("code_number")] = reading_of([start], found.number, page=1, fit=fit, checks={"padded": padded})
    readings[FieldName("reference")] = reading_of(
        [row], f"{found.number}{found.stroke}{notation}", page=1, fit=fit, checks={"padded": padded}
    )
    return readings


def place_and_date(page: RecognisedPage, rows: Sequence[Row], *, number: int = 1) -> dict[FieldName, Reading]:
    """Read the first line `Ninh Bình, ngày 05 tháng 01 năm 2026` among `rows` of page `number` of a document."""
    for narrow in rows:
        if read_place_date(narrow.text) is None:
            continue
        row = _widened(page, narrow)
        found = read_place_date(row.text)
        if found is None or (found.place and not letter_count(found.place)):
            continue  # an hour before a day: `08 giờ 00, ngày …` in the text
        readings: dict[FieldName, Reading] = {}
        day_at = next((i for i, word in enumerate(row.words) if fold_for_search(word.text).startswith("ngay")), 0)
        if found.place:
            place = row_of(row.words[:day_at] or row.words)
            readings[FieldName("issued_place")] = reading_of(
                [place], spelt_address(found.place), page=number, fit=1.0 if province_named(found.place) else 0.9
            )
        if found.date:
            fit = _HANDWRITTEN_FIT if page.origin is TextOrigin.OCR else 1.0
            checks = {"padded": passed(found.padded)}
            readings[FieldName("issued_date")] = reading_of(
                [row_of(row.words[day_at:])], found.date, page=number, fit=fit, checks=checks
            )
        return readings
    return {}


def _widened(page: RecognisedPage, row: Row) -> Row:
    """Take in words that stand close to the left of a row: a long place reaches over into the left column."""
    words = list(row.words)
    for line in page.lines:
        if words[0] not in line.words:
            continue
        for word in reversed(line.words[: line.words.index(words[0])]):
            if words[0].box.left - word.box.right > _SPACE * row.box.height or not word.text[0].isupper():
                break
            words.insert(0, word)
    return row_of(words)


def _urgency(left: tuple[Row, ...]) -> dict[FieldName, Reading]:
    for row in left:
        found = stamped_in_head(row.text, _URGENCIES)
        if found:
            printed = row.text.strip(" .|[]")
            value, fit = (printed, 1.0) if same_words(printed, found) else (found, _STAMP_FIT)
            return {FieldName("urgency"): reading_of([row], value, page=1, fit=fit)}
    return {}
