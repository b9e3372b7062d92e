"""What was read on one line, in the pixels of the line's picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another character that a sign may be."""

    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class Sign:
    """One character (with its diacritics), NFC."""

    text: str
    left: float
    """pixels from the left edge of the line's picture: where its ink begins; of a space, and of a sign without ink of its own,
    halfway between it and the one before"""
    right: float
    """where its ink ends, or halfway to the next sign"""
    confidence: float
    """0 to 1"""
    alternatives: tuple[Alternative, ...] = ()
    """the likeliest first"""


@dataclass(frozen=True, slots=True)
class NetworkWord:
    """Signs between two spaces."""

    signs: tuple[Sign, ...]

    @property
    def text(self) -> str:
        """The signs in a row."""
        return "".join(sign.text for sign in self.signs)

    def others(self, *, at_least: float, most: int) -> tuple[tuple[str, float], ...]:
        """Return what else the word may say, and the chance of each, the product of those of its signs; best first."""
        found = [("", 1.0)]
        for sign in self.signs:
            signs = [(sign.text, sign.confidence), *((one.text, one.probability) for one in sign.alternatives)]
            longer = [(text + more, chance * part) for text, chance in found for more, part in signs]
            # one more than is kept: the reading itself is among them
            found = sorted((one for one in longer if one[1] >= at_least), key=lambda one: (-one[1], one[0]))[: most + 1]
        return tuple(one for one in found if one[0] != self.text)[:most]

    @property
    def left(self) -> float:
        """Pixels from the left edge of the line's picture."""
        return self.signs[0].left

    @property
    def right(self) -> float:
        """Pixels from the left edge of the line's picture."""
        return self.signs[-1].right

    @property
    def confidence(self) -> float:
        """That of the least sure sign, 0 to 1."""
        return min(sign.confidence for sign in self.signs)


@dataclass(frozen=True, slots=True)
class ReadText:
    """A line, read: its signs from left to right, spaces among them."""

    signs: tuple[Sign, ...]

    @property
    def text(self) -> str:
        """The line as text."""
        return " ".join(word.text for word in self.words)

    @property
    def words(self) -> tuple[NetworkWord, ...]:
        """The line cut at its spaces."""
        return tuple(self._words())

    @property
    def confidence(self) -> float:
        """Mean of the confidences of the signs, 0 where nothing was read."""
        return sum(sign.confidence for sign in self.signs) / len(self.signs) if self.signs else 0.0

    def _words(self) -> Iterator[NetworkWord]:
        for is_space, members in groupby(self.signs, key=lambda sign: sign.text == " "):
            if not is_space:
                yield NetworkWord(tuple(members))
