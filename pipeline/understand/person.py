"""Names held against the names that there are: the reader's other readings of a word are asked where its first is no name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

from pipeline.domain.document import CheckOutcome
from pipeline.domain.ids import FieldName
from pipeline.domain.page import RecognisedPage, TextOrigin, Word
from pipeline.text.given_names import is_given_name, resembles_given_name
from pipeline.text.names import has_known_surname, looks_like_name
from pipeline.understand.declaration import FieldKind, TypeDeclaration
from pipeline.understand.evidence import Reading

_SIGNER = FieldName("signer_name")
_KINDS = frozenset({FieldKind.NAME, FieldKind.SIGNATURE})
_SIGNS = " \t:;,.…_-–—|*'\"“”‘’`´"
_LEAST = 0.05
"""chance of another reading at which it is more than noise"""
_CHANGED = 0.8
"""what a name is worth that was put in the place of what the reader saw first: a person confirms it"""


def with_likely_names(
    readings: Mapping[FieldName, Reading], pages: Sequence[RecognisedPage], declaration: TypeDeclaration
) -> Mapping[FieldName, Reading]:
    """Return the readings with names of people spelt as the reader may have seen them, where only that spelling is a name.

    A given name that no other reading makes one, though with other marks it would be, needs a look. Text that a file states
    itself stays as it is.
    """
    people = {field.name for field in declaration.fields if field.kind in _KINDS} | {_SIGNER}
    found = dict(readings)
    for name in people & readings.keys():
        if pages[readings[name].page - 1].origin is TextOrigin.OCR:
            found[name] = _likely(readings[name])
    return found


def _likely(reading: Reading) -> Reading:
    """Choose among the readings of the first and of the last word of a name."""
    if not isinstance(reading.value, str) or not looks_like_name(reading.value):
        return reading
    read = reading.value.split()
    surname, first_worth = _chosen(read[0], reading.words, has_known_surname)
    given, last_worth = _chosen(read[-1], tuple(reversed(reading.words)), is_given_name)
    checks = dict(reading.checks)
    if surname != read[0]:
        checks["surname"] = CheckOutcome.PASSED
    if is_given_name(given):
        checks["given_name"] = CheckOutcome.PASSED
    elif resembles_given_name(given):
        checks["given_name"] = CheckOutcome.FAILED
    value = " ".join((surname, *read[1:-1], given))
    return dataclasses.replace(reading, value=value, fit=reading.fit * first_worth * last_worth, checks=checks)


def _chosen(read: str, words: Sequence[Word], is_name: Callable[[str], bool]) -> tuple[str, float]:
    """Return a word of a name as read, or as the likeliest other reading that is a name where it is none; what that is worth."""
    if is_name(read):
        return read, 1.0
    others = next((word.others for word in words if word.text.strip(_SIGNS) == read), ())
    names = [(name, chance) for text, chance in others if chance >= _LEAST and is_name(name := text.strip(_SIGNS))]
    if not names:
        return read, 1.0
    return names[0][0], _CHANGED * names[0][1] / sum(chance for _, chance in names)
