"""What a file's signatures say of the paper in it: who signed, and that it was issued by the day of the signature.

A scan that its agency signs is signed within days of its issue; a paper that an official signs bears the official's name. Both
are evidence from outside the picture, so they raise or lower the chance of a reading, choose between two readings of a digit, and
give the spelling of a name that was read almost so. A day or a name that nobody read is not made up from them.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from pipeline.domain.document import CheckOutcome, FieldOrigin
from pipeline.domain.ids import FieldName
from pipeline.domain.moments import in_zone
from pipeline.text.fold import fold_for_search, same_words
from pipeline.text.names import has_known_surname, looks_like_name
from pipeline.understand.evidence import Reading, passed

_VIETNAM = dt.timezone(dt.timedelta(hours=7))
_DAY_BY_DAY = (0.3, 0.25, 0.12, 0.1, 0.06, 0.05, 0.04)
"""share of papers signed electronically so many days after their issue (one week; weekends lie between)"""
_LATER = 0.002
"""for each day after that"""
_ANY_DAY = 1 / 31
_LATE_ODDS = 0.8
_SAME_NAME_ODDS = 20.0
"""by which the odds of a name rise that the signer's certificate bears: two readings seldom agree by chance"""
_CERTIFIED = 0.95
"""what a certificate's name is worth that was read almost so"""
_ALMOST = 85.0
"""of 100: a name is read almost as the certificate writes it"""
_DATE, _NAME, _ORGAN = FieldName("issued_date"), FieldName("signer_name"), FieldName("organ_name")

Readings = Mapping[FieldName, Reading]


@dataclass(frozen=True, slots=True)
class SignatureTrace:
    """Who put an intact signature on the file that a paper came in, and when."""

    signer: str
    """common name of the certificate"""
    time: dt.datetime | None
    """claimed or proven, aware"""


def corroborated(readings: Readings, signatures: Sequence[SignatureTrace]) -> Readings:
    """Return the readings with what the file's signatures say of signer and date taken into account."""
    if not signatures:
        return readings
    found = dict(readings)
    if _NAME in found:
        found[_NAME] = _name(found[_NAME], signatures)
    if _DATE in found:
        found[_DATE] = _date(found[_DATE], readings, signatures)
    return found


def _name(reading: Reading, signatures: Sequence[SignatureTrace]) -> Reading:
    """Hold a signer's name against the people among the certificates' names."""
    read = str(reading.value)
    for name in (each.signer for each in signatures if _is_person(each.signer)):
        if same_words(read, name):
            return dataclasses.replace(
                reading, odds=_SAME_NAME_ODDS, checks={**reading.checks, "certificate": CheckOutcome.PASSED}
            )
        if fuzz.ratio(fold_for_search(read), fold_for_search(name)) >= _ALMOST:
            # the same person, misread: the certificate writes the name, the print differs
            checks = {**reading.checks, "surname": passed(has_known_surname(name)), "certificate": CheckOutcome.PASSED}
            return dataclasses.replace(
                reading, value=name, origin=FieldOrigin.SIGNATURE, floor=_CERTIFIED, checks=checks
            )
    return reading


def _is_person(name: str) -> bool:
    return looks_like_name(name) and has_known_surname(name)


def _date(reading: Reading, readings: Readings, signatures: Sequence[SignatureTrace]) -> Reading:
    """Hold the date of issue against the days on which the paper's own agency or signer signed the file."""
    own = [_day(each) for each in signatures if _is_own(each.signer, readings)]
    signed = min((day for day in own if day is not None), default=None)
    if signed is None:
        return reading
    chances = {date: chance * _shift(date, signed) for date, chance in _dates(reading)}
    best = max(chances, key=lambda date: chances[date])
    read = str(reading.value)
    checks = {**reading.checks, "signing_time": passed(dt.date.fromisoformat(best) <= signed)}
    if best == read:
        return dataclasses.replace(reading, odds=_odds(read, signed), checks=checks)
    # another reading of the handwritten day fits better; how sure it is stays low, and a person looks
    return dataclasses.replace(
        reading, value=best, fit=reading.fit * chances[best] / sum(chances.values()), checks=checks
    )


def _dates(reading: Reading) -> Iterator[tuple[str, float]]:
    """Yield the date as read, and with the other readings of its day, each with its chance."""
    read = str(reading.value)
    day = next((word for word in reading.words if word.text == read[-2:] and word.others), None)
    yield read, day.confidence if day else 1.0
    for text, chance in day.others if day else ():
        date = f"{read[:-2]}{text:0>2}"
        if _is_date(date):
            yield date, chance


def _is_date(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _shift(date: str, signed: dt.date) -> float:
    """Return the share of papers that are signed as long after their issue as this."""
    days = (signed - dt.date.fromisoformat(date)).days
    if days < 0:
        return 0.0
    return _DAY_BY_DAY[days] if days < len(_DAY_BY_DAY) else _LATER


def _odds(date: str, signed: dt.date) -> float:
    """Return by how much a signing day speaks for a date; a late one says little, an earlier one speaks against it."""
    shift = _shift(date, signed)
    return shift / _ANY_DAY if shift > _LATER or shift == 0 else _LATE_ODDS


def _is_own(signer: str, readings: Readings) -> bool:
    """Say whether a certificate is that of the paper's issuing organ or of its signer."""
    name, organ = readings.get(_NAME), readings.get(_ORGAN)
    if name and same_words(str(name.value), signer):
        return True
    return organ is not None and fold_for_search(signer) in fold_for_search(str(organ.value))


def _day(trace: SignatureTrace) -> dt.date | None:
    return in_zone(trace.time, _VIETNAM).date() if trace.time else None
