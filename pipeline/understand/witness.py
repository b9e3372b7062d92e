"""Prose read against what else the paper says: lost diacritics restored, and words that are borne out told from those that are not.

The reader loses Vietnamese marks without noticing (`bô sung` at full confidence). The subject of a decision comes back in its
articles, and most of its words in fixed expressions: both are witnesses for how a word is spelt next to its neighbours.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.domain.page import RecognisedPage, Word
from pipeline.text.fold import fold_tone_place, nfc
from pipeline.text.phrases import known_pairs
from pipeline.understand.rows import folded

_PHRASE_WEIGHT = 3.0
"""what fixed expressions weigh against one reading of a word; those count whose other word is read as they spell it"""
_MOST = 1.5
"""what all readings of a pair in the paper weigh at most: the reader makes the same mistake again and again"""
_MARGIN, _MARGIN_OF_LOSS = 1.0, 0.1
"""by which the witnesses must outweigh the reading; less where they have more marks than it: marks are lost, not gained"""
_BORNE_OUT, _ALONE = 0.998, 0.985
"""chance that a word is right which has a witness, and which has none (measured on scans of office quality)"""
_CORE = re.compile(r"^(\W*)(.*?)(\W*)$", re.DOTALL)

_Tally = defaultdict[str, float]
_Votes = Mapping[tuple[str, str], _Tally]


@dataclass(frozen=True, slots=True)
class Witnesses:
    """How words are spelt beside their neighbours elsewhere in a paper; keys are folded."""

    after: _Votes
    """(word before, word): spellings of the word"""
    before: _Votes
    """(word, word after): spellings of the word"""


@dataclass(frozen=True, slots=True)
class Restored:
    """Words with their marks restored, and the chance that all of them are right."""

    words: tuple[str, ...]
    chance: float

    @property
    def text(self) -> str:
        """The words with single spaces between them."""
        return " ".join(self.words)


def witnesses_of(pages: Sequence[RecognisedPage], *, without: Collection[Word]) -> Witnesses:
    """Gather the spellings of all words of a paper but those that are to be judged."""
    judged = frozenset(without)
    after: defaultdict[tuple[str, str], _Tally] = defaultdict(_tally)
    before: defaultdict[tuple[str, str], _Tally] = defaultdict(_tally)
    for page in pages:
        words = [word for line in page.lines for word in line.words]
        for left, right in pairwise(words):
            if left in judged or right in judged:
                continue
            key = (_folded(left.text), _folded(right.text))
            after[key][_core(right.text).lower()] += right.confidence
            before[key][_core(left.text).lower()] += left.confidence
    return Witnesses(after=after, before=before)


def restore(words: Sequence[Word], witnesses: Witnesses) -> Restored:
    """Spell words as their witnesses do where these outweigh the reading.

    Only diacritics change, never letters or digits. A word with a capital inside a sentence may be a name: for it only fixed
    expressions (organs, provinces, years) count as witnesses.
    """
    texts: list[str] = []
    chance = 1.0
    keys = [_folded(word.text) for word in words]
    for index, word in enumerate(words):
        head, core, tail = _parts(word.text)
        name_like = index > 0 and core[:1].isupper() and not core.isupper()
        votes = _votes(words, keys, index, witnesses, phrases_only=name_like)
        own = core.lower()
        votes[own] += word.confidence
        best = max(votes, key=lambda spelling: (votes[spelling], spelling == own, spelling))
        if fold_tone_place(best) != fold_tone_place(own) and votes[best] >= votes[own] + _margin(best, own):
            core = _cased(best, core)
        borne_out = votes[core.lower()] > word.confidence or core.isdecimal()
        chance *= _BORNE_OUT if borne_out else _ALONE
        texts.append(f"{head}{core}{tail}")
    return Restored(tuple(texts), chance)


def _votes(
    words: Sequence[Word], keys: Sequence[str], index: int, witnesses: Witnesses, *, phrases_only: bool
) -> _Tally:
    """Weigh the spellings of the word at `index` by its neighbours on both sides."""
    votes = _tally()
    for key, position, elsewhere, neighbour in _sides(words, keys, index, witnesses):
        pairs = known_pairs().get(key, frozenset())
        agreeing = {pair for pair in pairs if fold_tone_place(pair[1 - position]) == fold_tone_place(neighbour)}
        for pair in agreeing or pairs:
            votes[pair[position]] += _PHRASE_WEIGHT / len(agreeing or pairs)
        if not phrases_only:
            for spelling, weight in elsewhere.get(key, {}).items():
                votes[spelling] += min(weight, _MOST)
    return votes


def _sides(
    words: Sequence[Word], keys: Sequence[str], index: int, witnesses: Witnesses
) -> Iterator[tuple[tuple[str, str], int, _Votes, str]]:
    """Yield for each neighbour: the pair's key, the word's place in it, where to look it up, the neighbour as read."""
    if index > 0:
        yield (keys[index - 1], keys[index]), 1, witnesses.after, _core(words[index - 1].text)
    if index + 1 < len(keys):
        yield (keys[index], keys[index + 1]), 0, witnesses.before, _core(words[index + 1].text)


def _margin(spelling: str, own: str) -> float:
    return _MARGIN_OF_LOSS if _marks(spelling) > _marks(own) else _MARGIN


def _marks(text: str) -> int:
    return sum(unicodedata.combining(char) > 0 for char in unicodedata.normalize("NFD", text))


def _tally() -> _Tally:
    return defaultdict(float)


def _parts(text: str) -> tuple[str, str, str]:
    match = _CORE.match(nfc(text))
    return (match[1], match[2], match[3]) if match else ("", text, "")


def _core(text: str) -> str:
    return _parts(text)[1]


def _folded(text: str) -> str:
    return folded(_core(text))


def _cased(spelling: str, like: str) -> str:
    if len(like) > 1 and like.isupper():
        return spelling.upper()
    return spelling[:1].upper() + spelling[1:] if like[:1].isupper() else spelling
