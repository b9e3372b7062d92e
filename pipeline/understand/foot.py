"""The foot of an administrative document: recipients on the left, who signs on the right (NĐ 30/2020, phụ lục I, cells 7 and 9b)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.domain.document import CheckOutcome
from pipeline.domain.ids import FieldName
from pipeline.domain.page import RecognisedPage
from pipeline.text.fold import fold_for_search
from pipeline.text.letterhead import deputy_of, known_position, restore_position
from pipeline.text.names import has_known_surname, looks_like_name, name_left, resembles_surname
from pipeline.text.recipients import recipient
from pipeline.understand.evidence import Reading, passed, reading_of
from pipeline.understand.rows import Row, capital_share, chunks, letter_count, likeness, row_of, split_rows
from pipeline.understand.witness import restore, witnesses_of

_CAPACITY = re.compile(r"^(?:(TM|KT|TL|TUQ|Q)\s*[.,:;]|([TK]/[MTL])\b)\s*(?=\S)")
_CAPACITY_WORD = re.compile(r"^(?:(?:TM|KT|TL|TUQ|Q)[.,:;]|[TK]/[MTL]$)")
"""papers of the Party write `T/M`, `K/T`, `T/L`"""
_SIDE, _OTHER_SIDE = re.compile(r"\bben a\b"), re.compile(r"\bben b\b")
_COPY = re.compile(r"^\W*(?:sao y|sao luc|trich sao)(?: ban (?:chinh|goc))?\W*$")
_COPY_FROM = 0.35
"""of a first page: the form of a copy that stands further up is a stamp, below it the copying agency's own block begins"""
_RIGHT = 0.53
"""the signature block's middle lies right of this share of the page's width"""
_BLOCK_GAP = 1.4
"""white between the lines of a block at most, of a line's height"""
_SPACE = 0.8
_CAPITALS = 0.8
_FEW = 4
"""letters of the shortest thing that stands there, `KT. …` with a position"""
_NAME_FROM, _NAME_TO = 8.0, 190.0
"""points between the last capacity or position line and the signer's name: room for seal and autograph"""
_NAME_OFF_AXIS = 75.0
_MOST_LINES = 3
"""of a block: two capacities and a position"""
_MOST_WORDS = 6
"""of a name"""
_SPECKS = ".,:;|_-–*'\"“”‘’`´"
"""what seal and autograph leave around the words of a name"""
_ALIKE_DEPUTY = 0.6
"""under a seal `PHÓ CHỦ TỊCH` may be half unread; `KT. CHỦ TỊCH` above it says what it must be"""
_NEAR = 0.85
"""a position of the closed set with a letter or a space misread; below that it may be another one, and stays as read"""
_LONE_FIT = 0.8
_TORN_FIT = 0.5
_KNOWN = 0.97
"""what a known position is worth that the capacity above it calls for"""
_LISTED = re.compile(r"^\W*(?:luu\b|nhu tren\b|noi nhan\b)")
"""an item of the recipients, `Lưu: VT`, is no name"""
_ITEM = re.compile(r"^[-–—+•*]\s*")
_RECIPIENT_GAP = 2.2
_LIST_FIT = 0.93
"""a list is right only when all of its items are"""


@dataclass(frozen=True, slots=True)
class _Block:
    page: int
    capacities: tuple[Row, ...]
    position: Row | None

    @property
    def rows(self) -> tuple[Row, ...]:
        return (*self.capacities, *([self.position] if self.position else []))


def read_foot(pages: Sequence[RecognisedPage]) -> Mapping[FieldName, Reading]:
    """Read capacity, position and name of the signer, and the recipients, from the first page that has a signature block."""
    readings: dict[FieldName, Reading] = {}
    for number, page in enumerate(pages, start=1):
        rows = _original(split_rows(page), page, number)
        block = _party_block(rows, page, number) or _signature_block(rows, page, number)
        name = _signer_name(rows, block) if block else _lone_name(rows, page, number)
        if block:
            readings |= _capacity_and_position(block)
        if name:
            readings[FieldName("signer_name")] = name
        if block or name:
            break
    for number in range(1, len(pages) + 1):
        recipients = _recipients(pages, number)
        if recipients:
            readings[FieldName("recipients")] = recipients
            break
    return readings


def _original(rows: Sequence[Row], page: RecognisedPage, number: int) -> Sequence[Row]:
    """Return the rows above those that an agency sets under what it copies (`SAO Y`; NĐ 30/2020, phụ lục I, part II)."""
    from_here = _COPY_FROM * page.height if number == 1 else 0.0
    copied = next((row for row in rows if _COPY.match(row.folded) and row.box.top > from_here), None)
    if copied is None or capital_share(copied.text) < _CAPITALS:
        return rows
    return [row for row in rows if row.box.centre[1] < copied.box.top - 0.5 * copied.box.height]


def _party_block(rows: Sequence[Row], page: RecognisedPage, number: int) -> _Block | None:
    """Find the block of party A, whose paper it is, where two parties sign side by side (hợp đồng, bản ghi nhớ)."""
    for row in rows:
        if not _SIDE.search(row.folded) or capital_share(row.text) < _CAPITALS or row.middle > page.width / 2:
            continue
        level = (other for other in rows if abs(other.box.centre[1] - row.box.centre[1]) < row.box.height)
        if not any(_OTHER_SIDE.search(other.folded) and other.middle > page.width / 2 for other in level):
            continue
        below = [kept for one in rows if (kept := _capitals(one)) and _under(kept, row)]
        return _block(below[:_MOST_LINES], number) if below else None
    return None


def _under(row: Row, above: Row) -> bool:
    """Say whether a row stands close under another, on its axis."""
    near = 0 < row.box.top - above.box.top < _MOST_LINES * _BLOCK_GAP * above.box.height
    return near and abs(row.middle - above.middle) < _NAME_OFF_AXIS and above.box.centre[1] < row.box.top


def _signature_block(rows: Sequence[Row], page: RecognisedPage, number: int) -> _Block | None:
    """Find the capital lines in the right half that begin with a capacity (`KT. …`) or are a position by themselves."""
    right = [kept for row in rows if (kept := _capitals(row)) and kept.middle > _RIGHT * page.width]
    for index, row in enumerate(right):
        is_capacity = bool(_CAPACITY.match(row.text))
        if not is_capacity and (known_position(row.text, at_least=_NEAR) is None or not _signed_here(rows, row, page)):
            continue
        block = [row]
        for following in right[index + 1 :]:
            if following.box.top - block[-1].box.bottom > _BLOCK_GAP * row.box.height:
                break
            if abs(following.middle - row.middle) < _NAME_OFF_AXIS and following.box.top > block[-1].box.top + 2:
                block.append(following)
        return _block(block, number)
    return None


def _block(rows: list[Row], number: int) -> _Block:
    capacities = [row for row in rows if _CAPACITY.match(row.text)]
    others = [row for row in rows if not _CAPACITY.match(row.text)]
    known = [row for row in others if known_position(row.text, at_least=0.75)]
    below = [row for row in others if not capacities or row.box.top > capacities[-1].box.top]
    position = next(iter(known), None) or next(iter(below), None)
    return _Block(number, tuple(capacities), position)


def _signed_here(rows: Sequence[Row], position: Row, page: RecognisedPage) -> bool:
    """Say whether a bare position line is that of a signer: `Nơi nhận` stands beside it, or a name below it."""
    beside = any(
        row.folded.startswith("noi nhan") and abs(row.box.centre[1] - position.box.centre[1]) < 0.12 * page.height
        for row in rows
    )
    return beside or any(name_below(row, position) or _torn_name(row, position) for row in rows)


def _torn_name(row: Row, position: Row) -> bool:
    """Say whether a row below a position is what the seal left of a name: two words or more, most with a capital."""
    words = [word.text for word in row.words if letter_count(word.text)]
    capitals = sum(word[0].isupper() for word in words)
    below = _NAME_FROM < row.box.top - position.box.bottom < _NAME_TO and not _LISTED.match(row.folded)
    return below and abs(row.middle - position.middle) < _NAME_OFF_AXIS and len(words) <= _MOST_WORDS and capitals > 1


def _capitals(row: Row) -> Row | None:
    """Return the longest run of capital words of a row, from its end back: specks and list items before it fall off."""
    best: list[int] = []
    run: list[int] = []
    for index, word in enumerate(row.words):
        letters = letter_count(word.text)
        if (letters and capital_share(word.text) >= _CAPITALS) or (run and word.text in {"-", "–", ","}):
            run.append(index)
            best = run if len(run) > len(best) else best
        else:
            run = []
    words = [row.words[index] for index in best]
    capacity_at = next((i for i, word in enumerate(words) if _CAPACITY_WORD.match(word.text)), 0)
    words = words[capacity_at:]
    while words and not letter_count(words[-1].text):
        words.pop()
    if sum(letter_count(word.text) for word in words) < _FEW:
        return None
    return row_of(words)


def _capacity_and_position(block: _Block) -> dict[FieldName, Reading]:
    readings: dict[FieldName, Reading] = {}
    capacities = tuple(_capacity(row.text) for row in block.capacities)
    if capacities:
        known = all(known_position(text.partition(" ")[2]) or text.startswith(("TM.", "T/M")) for text in capacities)
        readings[FieldName("signer_capacity")] = reading_of(
            block.capacities, capacities, page=block.page, fit=1.0 if known else 0.9
        )
    position = _position(block, capacities)
    if position:
        readings[FieldName("signer_position")] = position
    return readings


def _capacity(text: str) -> str:
    return restore_position(_CAPACITY.sub(lambda match: f"{match[1]}. " if match[1] else f"{match[2]} ", text)).strip(
        " -–.,"
    )


def _position(block: _Block, capacities: tuple[str, ...]) -> Reading | None:
    if block.position is None:
        return None
    read = block.position.text.strip(" -–.,:;")
    known = known_position(read)
    expected = (
        deputy_of(capacities[-1].removeprefix("KT. ")) if capacities and capacities[-1].startswith("KT. ") else None
    )
    checks = {} if expected is None else {"deputy": passed((known or restore_position(read)) == expected)}
    if known:
        floor = _KNOWN if known == expected else 0.0
        return reading_of([block.position], known, page=block.page, floor=floor, checks=checks)
    if expected and likeness(read, expected) >= _ALIKE_DEPUTY:
        return reading_of(
            [block.position], expected, page=block.page, fit=0.95, checks={"deputy": CheckOutcome.NOT_APPLICABLE}
        )
    near = known_position(read, at_least=_NEAR)
    return reading_of([block.position], near or restore_position(read), page=block.page, fit=0.8, checks=checks)


def _signer_name(rows: Sequence[Row], block: _Block) -> Reading | None:
    """Return the best name below the block; of several the one that begins with a family name, then the surest."""
    last = block.rows[-1]
    found = [(name, row) for row in rows if (name := name_below(row, last)) is not None]
    best, row = max(
        found,
        key=lambda one: (has_known_surname(one[0].text), resembles_surname(one[0].text), one[0].confidence),
        default=(None, None),
    )
    if best is None or row is None:
        torn = (_name_left(row, block.page) for row in rows if _torn_name(row, last))
        return next((name for name in torn if name), None)
    if has_known_surname(best.text):
        return reading_of([best], best.text, page=block.page, checks={"surname": CheckOutcome.PASSED})
    # another reading of the word is better evidence than what its letters resemble, see `person`
    read_otherwise = any(has_known_surname(text) for text, _ in best.words[0].others)
    left = None if read_otherwise else _name_left(row, block.page)
    if left and has_known_surname(str(left.value)):
        return left
    return reading_of([best], best.text, page=block.page, fit=0.85, checks={"surname": CheckOutcome.FAILED})


def _name_left(row: Row, page: int) -> Reading | None:
    """Return what seal and autograph left of a name in a row, as a proposal that a person has to look at."""
    name = name_left(row.text)
    if name is None or known_position(name) is not None:
        return None
    return reading_of([row], name, page=page, fit=_TORN_FIT, checks={"surname": CheckOutcome.FAILED})


def _lone_name(rows: Sequence[Row], page: RecognisedPage, number: int) -> Reading | None:
    """Return the name right of the recipients when the lines above it are lost under the seal; never sure."""
    label = next((row for row in rows if row.folded.startswith("noi nhan")), None)
    if label is None:
        return None
    for row in rows:
        right = row.middle > _RIGHT * page.width and row.box.left > label.box.right
        if right and row.box.top > label.box.bottom and looks_like_name(row.text) and resembles_surname(row.text):
            surname = passed(has_known_surname(row.text))
            return reading_of([row], row.text, page=number, fit=_LONE_FIT, checks={"surname": surname})
    return None


def name_below(row: Row, above: Row) -> Row | None:
    """Return the part of a row that is a name below `above`, on its axis."""
    if not _NAME_FROM < row.box.top - above.box.bottom < _NAME_TO or _LISTED.match(row.folded):
        return None
    for piece in (row, *chunks(row, gap=_SPACE * row.box.height)):
        words = [replace(word, text=word.text.strip(_SPECKS)) for word in piece.words if letter_count(word.text)]
        if not words:
            continue
        name = row_of(words)
        if (
            looks_like_name(name.text)
            and abs(name.middle - above.middle) < _NAME_OFF_AXIS
            and known_position(name.text) is None
        ):
            return name
    return None


def _recipients(pages: Sequence[RecognisedPage], number: int) -> Reading | None:
    """Read the dashed list under `Nơi nhận:` on page `number`, its lost marks restored from the rest of the paper."""
    page = pages[number - 1]
    rows = _original(split_rows(page), page, number)
    label = next((row for row in rows if fold_for_search(row.text).startswith("noi nhan")), None)
    kept = _listed(rows, label, page) if label else []
    if label is None or not kept:
        return None
    words = [word for row in kept for word in row.words]
    spelt = iter(restore(words, witnesses_of(pages, without=words)).words)
    items: list[str] = []
    for row in kept:
        text = " ".join(next(spelt) for _ in row.words)
        starts = _ITEM.match(text)
        if starts:
            items.append(text[starts.end() :])
        else:
            items[-1] += f" {text}"
    values = tuple(recipient(item) for item in items if letter_count(item) > 1)
    return reading_of([label, *kept], values, page=number, fit=_LIST_FIT) if values else None


def _listed(rows: Sequence[Row], label: Row, page: RecognisedPage) -> list[Row]:
    """Return the rows of the dashed list under a label, from its first dash on."""
    right = label.box.left + 0.4 * page.width
    kept: list[Row] = []
    edge = label
    for row in rows:
        if row.box.centre[1] <= label.box.bottom or row.box.left > right or row.box.left < label.box.left - 20:
            continue
        if row.box.top - edge.box.bottom > _RECIPIENT_GAP * label.box.height:
            break
        if kept or _ITEM.match(row.text):
            kept.append(row)
            edge = row
    return kept
