"""The title's neighbourhood: the subject (trích yếu) under it, and the addressee (NĐ 30/2020, phụ lục I, cells 5a and 9a)."""

from __future__ import annotations

import itertools
import re
import statistics
from collections.abc import Sequence

from pipeline.domain.geometry import Box
from pipeline.domain.page import RecognisedPage
from pipeline.text.fold import fold_for_search
from pipeline.text.letterhead import ORGAN_WORDS, POSITIONS
from pipeline.understand.evidence import Reading, reading_of
from pipeline.understand.rows import Row, capital_share, chunks, column_rows, letter_count, row_of, split_rows
from pipeline.understand.witness import restore, witnesses_of

_REACH = 220.0
"""points below the title in which a subject ends at the latest"""
_FIRST_GAP, _LINE_GAP = 1.7, 1.0
"""the white between title and subject, and between the subject's lines, at most (of the title's height)"""
_OFF_AXIS = 24.0
"""points by which a centred line may lie off the title's middle"""
_INDENT, _MOST_INDENT = 18.0, 60.0
"""points that the first line of a paragraph is indented at least and at most (NĐ 30/2020, phụ lục I: 1 or 1.27 cm)"""
_GUTTER = 1.3
"""of a row's height: no space of a justified line is as wide, what stands beyond it is a stamp"""
_SPACE = 0.55
"""of a row's height: words of one sentence stand closer"""
_SPECK = 0.2
_UNREAD = 0.5
_FEW = 6
_CAPITALS = 0.85
"""a line of more than a few letters, nearly all of them capitals, names the authority that decides"""

_STOPS = re.compile(r"^\W*(can cu|kinh gui|dieu \d|chuong [ivx1l]+\b|phan [ivx1l]+\b|[i1l]\. )")
_ABOUT = re.compile(r"\b(ve viec|v/v)\b")
_LEADING = re.compile(r"^[\W_]*(?:[vV]\s*[/lI|⁄1]\s*[vV][\s:.]+)?")
_SPECKS = re.compile(r"\s[_|.'`]+(?=\s)\s*")
_ABOUT_JOINED = re.compile(r"^([vV])[ềêèeé]\s*vi[ệêẹ]c\s*")
_OPENERS = tuple(fold_for_search(phrase) for phrase in (*POSITIONS, *ORGAN_WORDS) if len(phrase.split()) > 1)


def read_subject(pages: Sequence[RecognisedPage], title: Row) -> Reading | None:
    """Read the centred lines between the title and the rule, the authority line or the first paragraph."""
    page = pages[0]
    rows: list[Row] = []
    below = Box(0, title.box.centre[1], page.width, title.box.bottom + _REACH)
    edge, height = title.box.bottom, title.box.height
    lines = column_rows(page, below)
    for whole, following in itertools.zip_longest(lines, lines[1:]):
        row = _on_axis(whole, title.middle)
        if row is None or row.confidence < _SPECK or row.box.centre[1] <= title.box.bottom - 0.25 * height:
            continue
        if row.box.right < title.middle or row.box.left > title.middle:
            continue  # beside the axis: a stamp
        if row.box.top - edge > (_LINE_GAP if rows else _FIRST_GAP) * height or _ends_subject(
            row, title, first=not rows
        ):
            break
        if (not rows or row.text[0].isupper()) and _begins_paragraph(whole, following, title.middle):
            break
        rows.append(row)
        edge = row.box.bottom
    return subject_of(rows, pages)


def subject_of(rows: Sequence[Row], pages: Sequence[RecognisedPage]) -> Reading | None:
    """Make one line of a subject's rows: without `V/v`, its lost marks restored from the rest of the paper."""
    words = [word for row in rows for word in row.words]
    if not words:
        return None
    restored = restore(words, witnesses_of(pages, without=words))
    text = _ABOUT_JOINED.sub(_parted, _LEADING.sub("", _SPECKS.sub(" ", restored.text))).rstrip(" -–—_|'.,")
    return reading_of(rows, text, page=1, fit=restored.chance) if letter_count(text) else None


def _parted(match: re.Match[str]) -> str:
    return f"{match[1]}ề việc "


def read_addressee(pages: Sequence[RecognisedPage]) -> Reading | None:
    """Read whom a paper is addressed to: one name behind `Kính gửi:`, or the dashed list below it."""
    page = pages[0]
    rows = split_rows(page)
    for index, row in enumerate(rows):
        if not row.folded.startswith("kinh gui"):
            continue
        kept = [row, *_addressee_rows(rows[index + 1 :], row)]
        words = [word for one in kept for word in one.words]
        restored = restore(words, witnesses_of(pages, without=words))
        text = restored.text
        names = re.split(
            r"(?:^|[;,.]?\s+)[-–+•]\s+", text.partition(":")[2] if ":" in text else " ".join(text.split()[2:])
        )
        values = tuple(name.strip(" ;.,-–:") for name in names if letter_count(name) > 1)
        return reading_of(kept, values, page=1, fit=restored.chance) if values else None
    return None


def _addressee_rows(below: tuple[Row, ...], label: Row) -> list[Row]:
    kept: list[Row] = []
    edge = label.box.bottom
    for row in below:
        if row.box.top - edge > label.box.height or row.box.left < label.box.left or _STOPS.match(row.folded):
            break
        kept.append(row)
        edge = row.box.bottom
    return kept


def _on_axis(row: Row, axis: float) -> Row | None:
    """Return the run of chunks whose middle is nearest to the axis: stamps and specks beside a centred line fall off."""
    about = next((i for i, word in enumerate(row.words) if _ABOUT.match(_pair(row, i))), None)
    if about:
        row = row_of(row.words[about:])
    pieces = _pieces(row)
    runs = [
        row_of(word for piece in pieces[start:end] for word in piece.words)
        for start in range(len(pieces))
        for end in range(start + 1, len(pieces) + 1)
    ]
    best = min(runs, key=lambda run: (abs(run.middle - axis) > _OFF_AXIS, -len(run.words), abs(run.middle - axis)))
    return best if letter_count(best.text) > 1 else None


def _pieces(row: Row) -> tuple[Row, ...]:
    """Cut a row at its gaps, and around words that could hardly be read: a stamp may touch the line."""
    letter = statistics.median(word.box.height for word in row.words)
    pieces: list[Row] = []
    for chunk in chunks(row, gap=_SPACE * letter):
        parts = [list(words) for _, words in itertools.groupby(chunk.words, key=lambda word: word.confidence < _UNREAD)]
        pieces += [row_of(words) for words in parts]
    return tuple(pieces)


def _pair(row: Row, index: int) -> str:
    return fold_for_search(" ".join(word.text for word in row.words[index : index + 2]))


def _begins_paragraph(row: Row, following: Row | None, axis: float) -> bool:
    """Say whether a row is the indented first line of a paragraph: the next one begins left of it and ends no further right.

    A centred line below another is longer on both sides or on none.
    """
    if row.text.rstrip().endswith(":"):
        return True
    if following is None or following.box.top - row.box.bottom > row.box.height:
        return False
    pieces = chunks(following, gap=_GUTTER * following.box.height)
    middle = next((piece for piece in pieces if piece.box.left < axis < piece.box.right), None)
    text = middle or (pieces[0] if len(pieces) == 1 else None)
    if text is None:
        return False
    indent = row.box.left - text.box.left
    return _INDENT < indent < _MOST_INDENT and text.box.right < row.box.right + _INDENT / 2


def _ends_subject(row: Row, title: Row, *, first: bool) -> bool:
    if abs(row.middle - title.middle) > _OFF_AXIS or _STOPS.match(row.folded):
        return True
    capitals = letter_count(row.text) > _FEW and capital_share(row.text) > _CAPITALS
    return capitals and (not first or row.folded.startswith(_OPENERS))
