"""What else a field may say: other readings of its words, digits that would pass its check, values that are known elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz

from pipeline.domain.document import CheckOutcome, Field
from pipeline.domain.geometry import Box
from pipeline.domain.page import RecognisedPage, Word
from pipeline.text.fold import fold_for_search, nfc
from pipeline.understand.declaration import FieldKind
from pipeline.understand.normalise import normalise

_MOST = 5
"""more than fit into one look are not chosen from"""
_WITHIN = 0.5
"""part of a word's box that lies in the field's box where the word belongs to it"""
_ALIKE = 75.0
"""of 100: how alike the letters, without marks, of a value that is known elsewhere must be to what was read"""
_CONFUSED = {
    "0": "86",
    "1": "74",
    "2": "7",
    "3": "895",
    "4": "91",
    "5": "63",
    "6": "580",
    "7": "12",
    "8": "306",
    "9": "43",
}
"""digits that are taken for one another in copies and in handwriting"""
_PATTERNED = frozenset(FieldKind) - {FieldKind.TEXT, FieldKind.NAME, FieldKind.ADDRESS, FieldKind.SIGNATURE}
"""kinds whose value is picked out of the text around it"""
_EDGES = re.compile(r"^\W+|\W+$")


class Source(StrEnum):
    """Where a proposal comes from."""

    READING = "reading"
    """the same picture, read otherwise"""
    CHECK = "check"
    """one digit changed, and the check holds"""
    KNOWN = "known"
    """stands on another paper of the dossier or batch, or in a list"""
    ENTERED = "entered"
    """somebody typed it"""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A value that a person may choose."""

    value: str
    source: Source


def proposals(
    field: Field | None, kind: FieldKind, page: RecognisedPage | None, *, known: Iterable[str] = ()
) -> tuple[Proposal, ...]:
    """Return what else a field may say, the likeliest first, at most five; the value itself is not among them.

    Args:
        field: as it stands; None: nothing was read, and only what is known is proposed.
        kind: of the field.
        page: as it was read, where that is still kept.
        known: values of such fields that are known elsewhere.
    """
    value = field.value if field is not None and isinstance(field.value, str) else ""
    found: list[Proposal] = []
    if field is not None and value:
        found += [Proposal(each, Source.READING) for each in _readings(field, value, kind, page)]
        if CheckOutcome.FAILED in field.checks.values():
            found += [Proposal(each, Source.CHECK) for each in _passing(value, kind, field)]
    found += [Proposal(each, Source.KNOWN) for each in known if _near(each, value)]
    best: dict[str, Proposal] = {}
    for one in found:
        if one.value != value:
            best.setdefault(one.value, one)
    return tuple(best.values())[:_MOST]


def words_in(box: Box, page: RecognisedPage) -> Iterator[Word]:
    """Yield the words of a page whose boxes lie for the most part in a box on the upright page."""
    for line in page.lines:
        for word in line.words:
            place = page.on_page(word.box)
            area = place.width * place.height
            if area > 0 and place.overlap(box) >= _WITHIN * area:
                yield word


def _readings(field: Field, value: str, kind: FieldKind, page: RecognisedPage | None) -> list[str]:
    if page is None or field.box is None:
        return []
    found: list[tuple[float, str]] = []
    for word in words_in(field.box, page):
        for other, chance in word.others:
            changed = _with(value, word.text, other) or _picked(field.raw, word.text, other, kind)
            if changed and changed != value:
                found.append((chance, changed))
    return [text for _, text in sorted(found, key=lambda one: -one[0])]


def _with(value: str, read: str, other: str) -> str | None:
    """Return the value with one of its words read otherwise; None where the word is no part of it."""
    core, new = _EDGES.sub("", nfc(read)), _EDGES.sub("", nfc(other))
    if not core or not new:
        return None
    words = value.split(" ")
    for place, word in enumerate(words):
        bare = _EDGES.sub("", word)
        if bare.casefold() == core.casefold():
            words[place] = word.replace(bare, _written_as(bare, new))
            return " ".join(words)
    # a number is often one word with what stands around it: `12/QĐ-UBND`
    before, found, behind = core.partition(value)
    if found and new.startswith(before) and new.endswith(behind) and len(new) > len(before) + len(behind):
        return new[len(before) : len(new) - len(behind)]
    return None


def _written_as(pattern: str, word: str) -> str:
    if pattern.isupper():
        return word.upper()
    return word.lower().capitalize() if pattern.istitle() else word


def _picked(raw: str, read: str, other: str, kind: FieldKind) -> str | None:
    """Return the value of a kind that the text around it would hold with one word read otherwise."""
    if kind not in _PATTERNED or read not in raw:
        return None
    normal = normalise(raw.replace(read, other, 1), kind)
    return normal.value if normal else None


def _passing(value: str, kind: FieldKind, field: Field) -> Iterator[str]:
    """Yield values that differ in one digit which is often misread, and fail no check."""
    if kind not in {FieldKind.TAX_CODE, FieldKind.BUSINESS_NUMBER, FieldKind.PERSONAL_ID}:
        return
    tried = {name for name, outcome in field.checks.items() if outcome is CheckOutcome.FAILED}
    for place, digit in enumerate(value):
        for other in _CONFUSED.get(digit, ""):
            normal = normalise(value[:place] + other + value[place + 1 :], kind)
            if normal and any(normal.checks.get(name) is CheckOutcome.PASSED for name in tried):
                yield normal.value


def _near(known: str, value: str) -> bool:
    """Say whether a known value may be meant; any may where nothing was read."""
    if not value:
        return True
    one, other = _folded(known), _folded(value)
    return fuzz.ratio(one, other) >= _ALIKE


def _folded(text: str) -> str:
    return "".join(fold_for_search(text).split())


def ordered(boxes: Sequence[tuple[int, Box | None]]) -> list[int]:
    """Return the places of boxes in reading order: by page, line by line, left to right; those without one at the end."""
    placed = sorted(
        ((page, box.top, number, box) for number, (page, box) in enumerate(boxes) if box is not None),
        key=lambda one: one[:3],
    )
    lines: list[list[tuple[int, float, int, Box]]] = []
    for one in placed:
        page, top, _, _ = one
        last = lines[-1][0] if lines else None
        if last is not None and last[0] == page and top < last[3].centre[1]:
            lines[-1].append(one)
        else:
            lines.append([one])
    order = [number for line in lines for _, _, number, _ in sorted(line, key=lambda one: one[3].left)]
    return order + [number for number, (_, box) in enumerate(boxes) if box is None]
