"""How many characters and words of a page are wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from benchmarks.ocr_text import normalised, without_tones
from benchmarks.reading_order import Region, best_order


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Counts, so that pages can be added up: long pages weigh more than short ones."""

    characters: int = 0
    """of the truth, spaces included"""
    errors: int = 0
    """characters to insert, delete or replace (Levenshtein)"""
    toneless_errors: int = 0
    """the same, tone marks taken off both"""
    words: int = 0
    word_errors: int = 0
    read_words: int = 0
    shared_words: int = 0
    """words of the truth that were read, in whatever order"""

    @property
    def cer(self) -> float:
        """Character errors as a share of the true characters; infinite where text was read and none is there."""
        return _share(self.errors, self.characters)

    @property
    def toneless_cer(self) -> float:
        """The same without tone marks."""
        return _share(self.toneless_errors, self.characters)

    @property
    def tone_only(self) -> float:
        """What the tone marks alone cost."""
        return self.cer - self.toneless_cer if self.characters else 0.0

    @property
    def wer(self) -> float:
        """Word errors as a share of the true words."""
        return _share(self.word_errors, self.words)

    @property
    def word_f1(self) -> float:
        """Harmonic mean of how many true words were read and how many read words are true, order left out."""
        return 2 * self.shared_words / (self.words + self.read_words) if self.words + self.read_words else 1.0


def score(regions: Sequence[Region], read: str) -> Score:
    """Compare what was read with the truth, in the order that suits the reader (see reading_order)."""
    text = normalised(read)
    truth = best_order(regions, text)
    true_words, words = truth.split(), text.split()
    return Score(
        characters=len(truth),
        errors=Levenshtein.distance(truth, text),
        toneless_errors=Levenshtein.distance(without_tones(truth), without_tones(text)),
        words=len(true_words),
        word_errors=Levenshtein.distance(true_words, words),
        read_words=len(words),
        shared_words=(Counter(true_words) & Counter(words)).total(),
    )


def total(scores: Iterable[Score]) -> Score:
    """Add up the scores of several pages."""
    every = list(scores)
    return Score(
        characters=sum(one.characters for one in every),
        errors=sum(one.errors for one in every),
        toneless_errors=sum(one.toneless_errors for one in every),
        words=sum(one.words for one in every),
        word_errors=sum(one.word_errors for one in every),
        read_words=sum(one.read_words for one in every),
        shared_words=sum(one.shared_words for one in every),
    )


def _share(part: int, whole: int) -> float:
    if whole:
        return part / whole
    return float("inf") if part else 0.0
