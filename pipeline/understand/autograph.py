"""Who signed a form: the name under `Người làm đơn`, below the autograph."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.domain.page import RecognisedPage
from pipeline.text.names import has_known_surname
from pipeline.understand.evidence import Reading, passed, reading_of
from pipeline.understand.foot import name_below
from pipeline.understand.rows import find_phrase, split_rows

_NO_SURNAME_FIT = 0.8


def name_under_label(pages: Sequence[RecognisedPage], labels: Sequence[str]) -> Reading | None:
    """Return the name below the last line that reads like one of `labels`; the surest of several."""
    for number, page in reversed(list(enumerate(pages, start=1))):
        rows = split_rows(page)
        for row in reversed(rows):
            label = next((found for text in labels if (found := find_phrase(row, text, at_least=0.88))), None)
            if label is None:
                continue
            names = [name for below in rows if (name := name_below(below, label))]
            if names:
                best = max(names, key=lambda name: (has_known_surname(name.text), name.confidence))
                surname = has_known_surname(best.text)
                return reading_of(
                    [best],
                    best.text,
                    page=number,
                    fit=1.0 if surname else _NO_SURNAME_FIT,
                    checks={"surname": passed(surname)},
                )
    return None
