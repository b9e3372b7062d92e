"""Forms, receipts and cards: the value stands behind its label, or in the row below it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from pipeline.domain.geometry import Box
from pipeline.domain.ids import FieldName
from pipeline.domain.page import RecognisedPage, Word
from pipeline.text.fold import fold_for_search
from pipeline.understand.catalogue import FieldDeclaration, FieldKind, TypeDeclaration
from pipeline.understand.evidence import Reading
from pipeline.understand.normalise import normalise
from pipeline.understand.rows import Row, column_rows

_ALIKE = 0.86
"""how like its declared wording a label must be read"""
_ALIKE_JOINED = 0.95
"""the same where words were joined or torn apart"""
_SAME_WORD = 60
"""per cent; each word by itself"""
_GLUED = re.compile(r"^(.*[^\W\d]:)([^\W_].*)$")
_SHORT = 4
"""labels of so few letters (`Số`) must be read exactly"""
_BELOW = 2.0
"""a value under its label begins within this many heights of the label's row"""
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


def read_labelled(pages: Sequence[RecognisedPage], declaration: TypeDeclaration) -> Mapping[FieldName, Reading]:
    """Read the declared fields of a paper, each from behind the first of its labels within its part of the paper."""
    lines = tuple(
        _line(number, row)
        for number, page in enumerate(pages, start=1)
        for row in column_rows(page, Box(0, 0, page.width + 1, page.height + 1))
    )
    labels = {field.name: _find_label(lines, field) for field in declaration.fields}
    starts = _starts(lines, declaration, [label for label in labels.values() if label])
    readings: dict[FieldName, Reading] = {}
    for field in declaration.fields:
        label = labels[field.name]
        reading = None if label is None else _value(lines, field, label, starts)
        if reading:
            readings[field.name] = reading
    return readings


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
    return max(found, key=lambda label: (label.length * label.score, -label.line), default=None)


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
            score = _alike(part, wanted)
            if score and (best is None or score > best.score):
                best = _Label(index, start, start + size, score, len("".join(wanted)))
    return best


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
    lines: Sequence[_Line], declaration: TypeDeclaration, found: Sequence[_Label]
) -> Mapping[int, tuple[int, ...]]:
    """Return, for each line, the words at which any declared label or section text begins: values end there.

    Of labels of a few letters (`Số`) only those count that were `found` to be labels: they are words of values, too.
    """
    texts = {
        text
        for field in declaration.fields
        for text in (*field.labels, *field.after, *field.before)
        if len(_letters(text)) > _SHORT
    }
    starts: dict[int, tuple[int, ...]] = {}
    for index, line in enumerate(lines):
        here = {label.start for text in texts if (label := _match(line, index, text))}
        here |= {label.start for label in found if label.line == index}
        if here:
            starts[index] = tuple(sorted(here))
    return starts


def _value(
    lines: Sequence[_Line], field: FieldDeclaration, label: _Label, starts: Mapping[int, tuple[int, ...]]
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
    lines: Sequence[_Line], field: FieldDeclaration, label: _Label, starts: Mapping[int, tuple[int, ...]]
) -> list[Word]:
    """Gather the words of a value: to the right of its label, else below it; as many rows as the field may take."""
    line = lines[label.line]
    words = list(line.row.words[label.end : _next_start(starts.get(label.line, ()), label.end, len(line.keys))])
    if label.line in starts and any(start >= label.end for start in starts[label.line]):
        return words
    rows_taken = 1 if any(_key(word) for word in words) else 0
    edge = line.row.box
    for index in range(label.line + 1, len(lines)):
        following = lines[index]
        too_far = following.row.box.top - edge.bottom > (_BELOW if rows_taken == 0 else 1.0) * edge.height
        if rows_taken >= field.lines or following.page != line.page or index in starts or too_far:
            break
        if field.kind not in _LONG and rows_taken:
            break
        words += following.row.words
        rows_taken += 1
        edge = following.row.box
    return words


_LONG = {FieldKind.TEXT, FieldKind.ADDRESS, FieldKind.MOMENT, FieldKind.PERSONAL_ID}
"""kinds whose values may run on in further rows"""


def _next_start(starts: Sequence[int], behind: int, end: int) -> int:
    return next((start for start in starts if start >= behind), end)
