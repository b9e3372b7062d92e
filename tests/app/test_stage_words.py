"""Spans of time as people say them."""

from __future__ import annotations

import pytest

from app.language import speaker
from app.setting_groups import Language
from app.stage_words import clock_words, seconds_words, stage_units
from pipeline.domain.batch import Stage, StageTime


@pytest.mark.parametrize(
    ("seconds", "said", "narrow"),
    [
        (0.034, "0,03 giây", "0:00"),
        (4.26, "4,3 giây", "0:04"),
        (59.4, "59 giây", "0:59"),
        (59.6, "1 phút 00 giây", "1:00"),
        (195.4, "3 phút 15 giây", "3:15"),
        (3723, "62 phút 03 giây", "1:02:03"),
    ],
)
def test_spans_are_said_as_finely_as_they_matter(seconds: float, said: str, narrow: str) -> None:
    assert seconds_words(seconds, speaker(Language.VIETNAMESE)) == said
    assert clock_words(seconds) == narrow


def test_amounts_are_said_in_the_units_of_their_stage() -> None:
    say = speaker(Language.ENGLISH)
    assert stage_units(StageTime(Stage.READ, 1, 300), say) == "pages: 300"
    assert stage_units(StageTime(Stage.READ, 1, 0), say) == "–"
