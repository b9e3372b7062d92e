"""Forms, receipts and cards: the value stands behind its label, or in the row below it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from pipeline.domain.geometry import Box
from pipeline.domain.ids import FieldName
from pipeline.domain.page import RecognisedPage, Word
from pipeline.text.fold import fold_for_search
from pipeline.understand.autograph import name_under_label
from pipeline.understand.declaration import Column, FieldDeclaration, FieldKind, TypeDeclaration
from pipeline.understand.evidence import Reading, reading_of
from pipeline.understand.normalise import normalise
from pipeline.understand.rows import Row, chunks, column_rows

_ALIKE = 0.86
"""how like its declared wording a label must be read"""
_ALIKE_JOINED = 0.95
"""the same where words were joined or torn apart"""
_SAME_WORD = 60
"""per cent; each word by itself"""
_GLUED = re.compile(r"^(.*[^\W\d]:)([^\W_].*)$")
_ITEM = re.compile(r"^(?:\d{1,2}|[a-zđ]|[IVXLl1|]{1,4})[.,)]?$")
"""the number of an item before its label: `2. Địa chỉ`"""
_COLON = 3.0
"""what a colon behind a label is worth"""
_SHORT = 4
"""labels of so few letters (`Số`) must be read exactly"""
_SLACK = 2.0
"""points by which a row may stand out of the title that it is part of"""
_INDENT = 0.6
"""of the width of a label's row: a value does not go on so far to the right"""
_BELOW = 2.0
"""a value under its label begins within this many heights of the label's row"""
_SECTION = FieldName("")
"""owner of texts that begin or end a part of the paper"""
_LISTED = (FieldName("addressee"), FieldName("recipients"))


@dataclass(frozen=True, slots=True)
class _Line:
    """A row of a document's page, and its key for comparing: one folded word for each word."""

    page: int
    row: Row
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Label:
    """Words `start` to `end` of a line are the label of a field."""

    line: int
    start: int
    end: int
    score: float
    length: int


@dataclass(frozen=True, slots=True)
class _Start:
    """A word of a line at which a label begins, and the fields whose label it is."""

    word: int
    owners: frozenset[FieldName]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The lines of a paper, or of one half of it, with the labels on them and the words at which values end."""

    lines: tuple[_Line, ...]
    labels: Mapping[FieldName, _Label]
    starts: Mapping[int, tuple[_Start, ...]]


def read_labelled(
    pages: Sequence[RecognisedPage], declaration: TypeDeclaration, *, title: Row | None = None
) -> Mapping[FieldName, Reading]:
    """Read the declared fields of a paper, each from behind the first of its labels within its part of the paper.

    Args:
        pages: of the paper.
        declaration: of its type.
        title: where it stands on the first page; its words are no labels.
    """
    columns = {one.column for one in declaration.fields}
    sheets = {column: _sheet(pages, declaration, column, title) for column in columns}
    readings: dict[FieldName, Reading] = {}
    for field in declaration.fields:
        reading = _read(field, sheets[field.column], pages)
        if reading:
            readings[field.name] = reading
    return readings


def _read(field: FieldDeclaration, sheet: _Sheet, pages: Sequence[RecognisedPage]) -> Reading | None:
    if field.kind is FieldKind.SIGNATURE:
        return name_under_label(pages, field.labels)
    if not field.labels:
        return _by_look(sheet.lines, field)
    label = sheet.labels.get(field.name)
    return None if label is None else _value(sheet.lines, field, label, sheet.starts)


def _sheet(pages: Sequence[RecognisedPage], declaration: TypeDeclaration, column: Column, title: Row | None) -> _Sheet:
    lines = tuple(
        _line(number, row)
        for number, page in enumerate(pages, start=1)
        for row in column_rows(page, _half(page, column))
        if not (number == 1 and title and row.box.within(title.box, slack=_SLACK))
    )
    fields = [field for field in declaration.fields if field.column is column]
    found = {field.name: label for field in fields if (label := _find_label(lines, field))}
    return _Sheet(lines, found, _starts(lines, fields, found))


def _half(page: RecognisedPage, column: Column) -> Box:
    left, right = {
        Column.WHOLE: (0.0, page.width + 1),
        Column.LEFT: (0.0, page.width / 2),
        Column.RIGHT: (page.width / 2, page.width + 1),
    }[column]
    return Box(left, 0, right, page.height + 1)


def _by_look(lines: Sequence[_Line], field: FieldDeclaration) -> Reading | None:
    """Return the first run of words, close together, that is a value of a kind which needs no label."""
    for line in lines:
        for piece in dict.fromkeys((line.row, *chunks(line.row, gap=line.row.box.height))):
            normal = normalise(piece.text, field.kind)
            if normal:
                return reading_of([piece], normal.value, page=line.page, fit=normal.fit, checks=normal.checks)
    return None


def _line(page: int, row: Row) -> _Line:
    words = tuple(part for word in row.words for part in _parted(word))
    return _Line(page, Row(words, row.box), tuple(_key(word) for word in words))


def _parted(word: Word) -> tuple[Word, ...]:
    """Part a label from its value where the reader saw no space between them: `tính:Nữ`; the box is parted in proportion."""
    match = _GLUED.match(word.text)
    if match is None:
        return (word,)
    cut = word.box.left + word.box.width * len(match[1]) / len(word.text)
    left = Box(word.box.left, word.box.top, cut, word.box.bottom)
    right = Box(cut, word.box.top, word.box.right, word.box.bottom)
    return Word(match[1], left, word.confidence), Word(match[2], right, word.confidence)


def _key(word: Word) -> str:
    return _letters(word.text)


def _letters(text: str) -> str:
    return "".join(char for char in fold_for_search(text) if char.isalnum())


def _find_label(lines: Sequence[_Line], field: FieldDeclaration) -> _Label | None:
    """Return the best place of a field's label in its part of the paper: the longest wording, best read, uppermost."""
    first = next((i + 1 for i, line in enumerate(lines) if _holds(line, field.after)), None if field.after else 0)
    if first is None:
        return None
    last = (
        next((i for i in range(first, len(lines)) if _holds(lines[i], field.before)), len(lines))
        if field.before
        else len(lines)
    )
    found = [match for i in range(first, last) for label in field.labels if (match := _match(lines[i], i, label))]
    return max(found, key=lambda label: (_weight(label, lines[label.line]), -label.line), default=None)


def _weight(label: _Label, line: _Line) -> float:
    """Weigh a place of a label: the longer its wording the surer, more so with a colon behind it."""
    return label.length * label.score * (_COLON if _has_colon(line, label.end) else 1.0)


def _holds(line: _Line, texts: Sequence[str]) -> bool:
    return any(_match(line, 0, text) for text in texts)


def _match(line: _Line, index: int, text: str) -> _Label | None:
    """Find a text in a line by its folded letters; it may begin at any word."""
    wanted = tuple(key for word in text.split() if (key := _letters(word)))
    best: _Label | None = None
    for start in range(len(line.keys)):
        for size in (len(wanted), len(wanted) - 1, len(wanted) + 1):
            part = line.keys[start : start + size]
            if size < 1 or len(part) < size or not part[0] or not part[-1]:
                continue
            if ":" not in text and any(":" in word.text for word in line.row.words[start : start + size - 1]):
                continue
            score = _alike(part, wanted)
            if len("".join(wanted)) <= _SHORT and not _stands_alone(line, start, start + size):
                continue
            if not score or not _written_as_label(line, start, start + size, text):
                continue
            if best is None or score > best.score:
                best = _Label(index, start, start + size, score, len("".join(wanted)))
    return best


def _written_as_label(line: _Line, start: int, end: int, text: str) -> bool:
    """Say whether words begin with a capital as their label does, or have a colon: `mục đích sử dụng` is a word of values, too."""
    return not text[0].isupper() or not line.row.words[start].text[0].islower() or _has_colon(line, end)


def _has_colon(line: _Line, end: int) -> bool:
    behind = line.row.words[end].text if end < len(line.row.words) else ""
    return line.row.words[end - 1].text.endswith(":") or behind.startswith(":")


def _stands_alone(line: _Line, start: int, end: int) -> bool:
    """Say whether a label of few letters begins its line or has a colon or a stroke behind it: `Số` is a word of values, too."""
    behind = line.row.words[end].text if end < len(line.row.words) else ""
    return start == 0 or line.row.words[end - 1].text.endswith((":", "/")) or behind.startswith((":", "/"))


def _alike(part: tuple[str, ...], wanted: tuple[str, ...]) -> float:
    """Return the likeness of two word sequences, 0 where any word is another one: `người mẹ` is not `người cha`."""
    joined = "".join(wanted)
    score = fuzz.ratio("".join(part), joined) / 100
    if len(joined) <= _SHORT:
        return score if score == 1.0 else 0.0
    same_count = len(part) == len(wanted)
    if same_count and any(fuzz.ratio(one, other) < _SAME_WORD for one, other in zip(part, wanted, strict=True)):
        return 0.0
    return score if score >= (_ALIKE if same_count else _ALIKE_JOINED) else 0.0


def _starts(
    lines: Sequence[_Line], fields: Sequence[FieldDeclaration], found: Mapping[FieldName, _Label]
) -> Mapping[int, tuple[_Start, ...]]:
    """Return, for each line, the words at which any declared label or section text begins: values end there.

    Of labels of a few letters (`Số`) only those count that were `found` to be labels, and those that begin a line and have
    a colon: they are words of values, too.
    """
    owners: defaultdict[str, set[FieldName]] = defaultdict(set)
    for field in fields:
        for text in field.labels:
            owners[text].add(field.name)
        for text in (*field.after, *field.before):
            owners[text].add(_SECTION)
    starts: dict[int, tuple[_Start, ...]] = {}
    for index, line in enumerate(lines):
        here = [
            _Start(label.start, frozenset(names))
            for text, names in owners.items()
            if (label := _match(line, index, text)) and _ends_values(label, line, text)
        ]
        here += [_Start(label.start, frozenset({name})) for name, label in found.items() if label.line == index]
        if here:
            first, *others = sorted(here, key=lambda start: start.word)
            marked = first.word == 1 and _ITEM.match(line.row.words[0].text)
            starts[index] = (_Start(0, first.owners) if marked else first, *others)
    return starts


def _ends_values(label: _Label, line: _Line, text: str) -> bool:
    """Say whether a value ends where these words begin: `Điền, tỉnh` in the middle of an address is not `Diện tích`.

    Nor does the name `NGUYỄN QUANG …` end at `Nguyên quán`: a label within a line is set as it is declared, values are in capitals.
    """
    if _has_colon(line, label.end):
        return label.start == 0 or len(_letters(text)) > _SHORT
    if (
        label.start
        and not text.isupper()
        and all(word.text.isupper() for word in line.row.words[label.start : label.end])
    ):
        return False
    return len(_letters(text)) > _SHORT and (label.start <= 1 or label.score >= _ALIKE_JOINED)


def _value(
    lines: Sequence[_Line], field: FieldDeclaration, label: _Label, starts: Mapping[int, tuple[_Start, ...]]
) -> Reading | None:
    words = _words(lines, field, label, starts)
    text = " ".join(word.text for word in words)
    normal = normalise(text, field.kind) if words else None
    if normal is None:
        return None
    return Reading(
        value=(normal.value,) if field.name in _LISTED else normal.value,
        raw=text,
        page=lines[label.line].page,
        words=tuple(words),
        fit=normal.fit * min(1.0, label.score + 0.05),
        checks=normal.checks,
    )


def _words(
    lines: Sequence[_Line], field: FieldDeclaration, label: _Label, starts: Mapping[int, tuple[_Start, ...]]
) -> list[Word]:
    """Gather the words of a value: to the right of its label, else below it; as many rows as the field may take."""
    line = lines[label.line]
    # other wordings of its own label may stand behind it: `Giấy tờ tùy thân: CCCD số …`
    end = next(
        (one.word for one in starts.get(label.line, ()) if one.word >= label.end and field.name not in one.owners), None
    )
    words = list(line.row.words[label.end : end])
    if end is not None:
        return words
    rows_taken = 1 if any(_key(word) for word in words) else 0
    edge = line.row.box
    for index in range(label.line + 1, len(lines)):
        following = lines[index]
        too_far = following.row.box.top - edge.bottom > (_BELOW if rows_taken == 0 else 1.0) * edge.height
        indented = following.row.box.left - line.row.box.left > _INDENT * line.row.box.width
        if rows_taken and indented:
            break  # a signature block on the right
        end = next((one.word for one in starts.get(index, ()) if one.owners != {field.name}), None)
        if rows_taken >= field.lines or following.page != line.page or end == 0 or too_far:
            break
        words += following.row.words[:end]
        rows_taken += 1
        edge = following.row.box
        if end is not None:
            break
    return words
