"""From what was read to a field with its evidence: place, origin, confidence, checks, and whether a person has to look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.domain.document import CheckOutcome, Field, FieldOrigin, FieldState, FieldValue
from pipeline.domain.geometry import Box, around
from pipeline.domain.ids import FieldName
from pipeline.domain.page import RecognisedPage, TextOrigin, Word
from pipeline.understand.calibration import Curves, calibrated, fitted_curves
from pipeline.understand.rows import Row, mean_confidence

_FAILED_CHECK = 0.6
"""what a failed check leaves of a confidence"""

_BY_HAND = frozenset(map(FieldName, ("code_number", "reference", "issued_date")))
"""often handwritten; the hands of generated papers are tamer than people's, so that their curves may lower a score only"""

_OCR_CEILING = 0.98
"""the most that a reading of a picture is worth: even the surest words are wrong at times"""

Checks = Mapping[str, CheckOutcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderstandPolicy:
    """When a person has to look."""

    review_below: float = 0.9
    """fields, and types, of less confidence than this need review"""
    curves: Curves = field(default_factory=fitted_curves)
    """chance of being right by score, for fields read from pictures; without curves the scores themselves are given"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A value and where it was read, before anybody judged it."""

    value: FieldValue
    raw: str
    page: int
    """page of the document, from 1"""
    words: tuple[Word, ...] = ()
    """what was read; empty where a machine-readable code says it"""
    box: Box | None = None
    """place in reading space, where there are no words"""
    fit: float = 1.0
    """0 to 1: how well the text fits what is expected at its place"""
    floor: float = 0.0
    """what agreement with a closed vocabulary makes the value worth at least, however unsure the reader was of its words"""
    checks: Checks = field(default_factory=dict)
    odds: float = 1.0
    """by which evidence from outside the page (a signature's time, its certificate) multiplies the odds of being right"""
    origin: FieldOrigin | None = None
    """None: wherever the page's text comes from"""


def reading_of(
    rows: Sequence[Row],
    value: FieldValue,
    *,
    page: int,
    fit: float = 1.0,
    floor: float = 0.0,
    checks: Checks | None = None,
) -> Reading:
    """Make a reading of a value that stands on `rows`."""
    return Reading(
        value=value,
        raw=" ".join(row.text for row in rows),
        page=page,
        words=tuple(word for row in rows for word in row.words),
        fit=fit,
        floor=floor,
        checks=checks or {},
    )


def passed(holds: bool | None) -> CheckOutcome:  # noqa: FBT001 - a yes, a no, or neither is what a check says
    """Return a check's outcome; None where it says nothing."""
    if holds is None:
        return CheckOutcome.NOT_APPLICABLE
    return CheckOutcome.PASSED if holds else CheckOutcome.FAILED


def as_field(name: FieldName, reading: Reading, pages: Sequence[RecognisedPage], *, policy: UnderstandPolicy) -> Field:
    """Judge a reading: its box on the upright page, its confidence, and whether it needs review."""
    page = pages[reading.page - 1]
    place = around(word.box for word in reading.words) if reading.words else reading.box
    confidence = _score(reading, page)
    if reading.origin is None and page.origin is TextOrigin.OCR:
        chance = min(_OCR_CEILING, calibrated(name, confidence, policy.curves))
        failed = CheckOutcome.FAILED in reading.checks.values()
        confidence = min(confidence, chance) if failed or name in _BY_HAND else chance
        confidence = min(_OCR_CEILING, _with_odds(confidence, reading.odds))
    return Field(
        value=reading.value,
        raw=reading.raw,
        confidence=round(confidence, 3),
        page=reading.page,
        box=None if place is None else page.on_page(place),
        origin=reading.origin or _ORIGINS[page.origin],
        state=FieldState.READ if confidence >= policy.review_below else FieldState.NEEDS_REVIEW,
        checks=dict(reading.checks),
    )


_ORIGINS = {TextOrigin.OCR: FieldOrigin.OCR, TextOrigin.PDF_TEXT: FieldOrigin.PDF_TEXT}


def _with_odds(chance: float, odds: float) -> float:
    """Return a chance after evidence that is `odds` times as likely if the reading is right as if it is wrong (Bayes)."""
    return chance * odds / (chance * odds + 1 - chance) if 0 < chance < 1 else chance


def _score(reading: Reading, page: RecognisedPage) -> float:
    """Word confidence x fit x checks: a heuristic, which curves turn into a chance."""
    sure = word_sureness(reading.words) if reading.words else 1.0
    if reading.origin is None and page.origin is TextOrigin.OCR:
        sure = min(sure, _OCR_CEILING)
    failed = sum(outcome is CheckOutcome.FAILED for outcome in reading.checks.values())
    return max(0.0, min(1.0, max(sure * reading.fit, reading.floor) * _FAILED_CHECK**failed))


def word_sureness(words: Iterable[Word]) -> float:
    """Return how sure all of the words are right together: the mean, pulled down by the weakest of them."""
    spoken = tuple(word for word in words if any(char.isalnum() for char in word.text))
    if not spoken:
        return 0.0
    return (mean_confidence(spoken) + min(word.confidence for word in spoken)) / 2
