"""Lines that a red seal crosses, read again with the print carried on below it; each word as most readings have it."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.domain.geometry import Box, around
from pipeline.domain.page import InkKind, Line, RecognisedPage, TextOrigin, Word
from pipeline.imaging.bridged import bridged
from pipeline.imaging.picture import PagePicture
from pipeline.recognise.cells import CUT_PIXELS, cut_out, start_of_cut
from pipeline.recognise.network.reader import NetworkReader
from pipeline.recognise.network.reading import ReadText
from pipeline.recognise.words import spelled
from pipeline.text.syllables import is_syllable

_BEFORE, _BEHIND = 1.0, 0.2
"""line heights read before and behind a line within the seal: its first letter may have been taken for a part of the ring"""
_ABOVE, _BELOW = 0.12, 0.08
"""line heights added for marks on capitals and for tails"""
_LOWEST = 4.0
"""points under which a line is no text"""
_SURE = 0.98
"""words that read this well, and that Vietnamese could have, were not covered"""
_SURE_SIGN = 0.6
"""the same for signs that are neither letter nor digit, of which a ring leaves many"""
_STRANGE = 0.5
"""what a word that Vietnamese cannot have counts beside one that it can"""
_SAME = 0.6
"""part of the wider one by which two words lie at one place"""
_SIGNS_AROUND = re.compile(r"^\W+|\W+$")
_POINTS_PER_MILLIMETRE = 72 / 25.4


@dataclass(frozen=True, slots=True)
class _Heard:
    """A word of one reading, in points across the page."""

    text: str
    confidence: float
    left: float
    right: float

    @property
    def worth(self) -> float:
        return self.confidence * (1.0 if _plausible(self.text) else _STRANGE)


_Heards = tuple[_Heard, ...]


def reread_crossed(page: RecognisedPage, picture: PagePicture, *, network: NetworkReader) -> RecognisedPage:
    """Return the page with those lines read again that lie in a red seal and read badly.

    Args:
        page: as recognised; pages with their own text are returned as they are.
        picture: of the page as a viewer shows it, the one that was read.
        network: reads the pictures of lines.
    """
    seals = [mark.box for mark in page.marks if mark.kind is InkKind.RED_SEAL]
    if not seals or page.origin is not TextOrigin.OCR:
        return page
    lines = tuple(_again(line, seals, page, picture, network) if _crossed(line, seals) else line for line in page.lines)
    return replace(page, lines=lines)


def _crossed(line: Line, seals: Sequence[Box]) -> bool:
    """Say whether a word in doubt lies in a seal."""
    return line.box.height >= _LOWEST and any(
        _doubtful(word.text, word.confidence) and any(_meet(word.box, seal) for seal in seals) for word in line.words
    )


def _meet(word: Box, seal: Box) -> bool:
    return word.left < seal.right and seal.left < word.right and word.top < seal.bottom and seal.top < word.bottom


def _again(
    line: Line, seals: Sequence[Box], page: RecognisedPage, picture: PagePicture, network: NetworkReader
) -> Line:
    height = line.box.height
    inside = any(seal.left < line.box.left for seal in seals if _meet(line.box, seal))
    box = Box(
        max(0.0, line.box.left - (_BEFORE * height if inside else 0.0)),
        max(0.0, line.box.top - _ABOVE * height),
        min(page.width, line.box.right + _BEHIND * height),
        min(page.height, line.box.bottom + _BELOW * height),
    )
    scale = CUT_PIXELS / box.height
    ways = bridged(cut_out(box, page, picture), per_millimetre=scale * _POINTS_PER_MILLIMETRE)
    if not ways:
        return line
    first = tuple(_Heard(word.text, word.confidence, word.box.left, word.box.right) for word in line.words)
    start = start_of_cut(box)
    elected = list(_elected(first, [tuple(_heard(text, start, scale)) for text in network.read(ways)]))
    if _quality([word for word, _ in elected]) < _quality(first):
        return line
    # readings that contradict one another are no proof
    chosen = [word if share == 1.0 else replace(word, confidence=word.confidence * share) for word, share in elected]
    kept = {(word.text, word.box.left): word for word in line.words}
    words = tuple(
        kept.get((one.text, one.left))
        or Word(one.text, Box(one.left, line.box.top, one.right, line.box.bottom), one.confidence)
        for one in chosen
    )
    return replace(line, words=words, box=around(word.box for word in words))


def _heard(text: ReadText, start: float, scale: float) -> Iterator[_Heard]:
    for word in text.words:
        spelling = spelled(word.text)
        mean = sum(sign.confidence for sign in word.signs) / len(word.signs)
        confidence = math.sqrt(mean * word.confidence)
        if confidence >= _SURE_SIGN or any(sign.isalnum() for sign in spelling):
            yield _Heard(spelling, confidence, start + word.left / scale, start + word.right / scale)


def _elected(first: _Heards, others: Sequence[_Heards]) -> Iterator[tuple[_Heard, float]]:
    """Yield the words of the best reading, each as the readings have it that are worth most together, and their share.

    What was read first stays where it was sure, and where the others have no word that Vietnamese could have: numbers are
    not voted on, for any of them is as good as another.
    """
    readings = [first, *others]
    for word in max(readings, key=_quality):
        before = next((one for one in first if _at_one_place(word, one)), None)
        if before is not None and not _doubtful(before.text, before.confidence):
            yield before, 1.0
            continue
        votes: dict[str, float] = defaultdict(float)
        said: dict[str, _Heard] = {}
        for other in (one for reading in readings for one in reading if _at_one_place(word, one)):
            votes[other.text] += other.worth
            said[other.text] = max(said.get(other.text, other), other, key=lambda one: one.confidence)
        winner = max(votes, key=lambda text: votes[text])
        if before is not None and not _is_word(winner):
            yield before, 1.0
        else:
            yield said[winner], votes[winner] / sum(votes.values())


def _at_one_place(word: _Heard, other: _Heard) -> bool:
    shared = min(word.right, other.right) - max(word.left, other.left)
    return shared > _SAME * max(word.right - word.left, other.right - other.left)


def _quality(words: Sequence[_Heard]) -> float:
    """Return what a reading is worth on the average of its letters."""
    letters = sum(len(word.text) for word in words)
    return sum(word.worth * len(word.text) for word in words) / letters if letters else 0.0


def _doubtful(text: str, confidence: float) -> bool:
    return confidence < _SURE or not _plausible(text)


def _plausible(text: str) -> bool:
    """Say whether Vietnamese could have a word; numbers and signs count as such."""
    return _SIGNS_AROUND.sub("", text).isdecimal() or not _SIGNS_AROUND.sub("", text) or _is_word(text)


def _is_word(text: str) -> bool:
    """Say whether a word is a syllable in small letters, in capitals or with one capital; signs around it do not count."""
    word = _SIGNS_AROUND.sub("", text)
    alike = word.islower() or word.isupper() or word.istitle()
    return len(word) > 1 and alike and is_syllable(word)
