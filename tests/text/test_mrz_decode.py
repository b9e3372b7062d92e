"""Check digits decide between readings of the zone of a card."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.mrz import check_digit, read_card_zone
from pipeline.text.mrz_decode import decode

NAME = "NGUYEN<<THI<A<<<<<<<<<<<<<<<<<"


def zone(number: str, birth: str, sex: str, expiry: str) -> str:
    """Write lines 1 and 2 as ICAO 9303-5 says; the digits are computed by `check_digit`, which has the standard's example."""
    document = number[3:]
    first = f"IDVNM{document}{check_digit(document)}{number}<<{check_digit(number)}"
    second = f"{birth}{check_digit(birth)}{sex}{expiry}{check_digit(expiry)}VNM{'<' * 11}"
    return first + second + check_digit(first[5:30] + second[:7] + second[8:15] + second[18:29])


TRUE = zone("001199000011", "990101", "F", "390101")


def seen(text: str, doubts: dict[int, str], *, doubt: float = 0.6) -> list[dict[str, float]]:
    """Return chances that say `text`, but at some places rather another sign."""
    return [
        {sign: 1 - doubt, doubts[place]: doubt} if place in doubts and doubts[place] != sign else {sign: 1.0}
        for place, sign in enumerate(text)
    ]


def test_a_zone_read_right_stays() -> None:
    found = decode([{sign: 1.0} for sign in TRUE])
    assert found is not None
    assert (found.text, found.probability) == (TRUE, 1.0)


@given(
    st.integers(1, 96).map(lambda code: f"{code:03d}"),
    st.integers(0, 999_999),
    st.sets(st.sampled_from([*range(5, 27), *range(30, 36)]), max_size=4),
    st.sampled_from("69"),
)
def test_the_right_reading_wins_over_likelier_wrong_ones(
    province: str, serial: int, places: set[int], wrong: str
) -> None:
    true = zone(f"{province}199{serial:06d}", "990101", "M", "390101")
    found = decode(seen(true, dict.fromkeys(places, wrong)))
    assert found is not None
    # four wrong digits that agree with all five check digits are rare, but there are some: then it is no surer than the
    # odds of so many wrong signs, each at 6 to 4, against the right ones
    odds = (0.6 / 0.4) ** len(places)
    assert found.text == true or found.probability <= odds / (1 + odds) + 1e-9
    assert read_card_zone([found.text[:30], found.text[30:], NAME]) is not None


@pytest.mark.parametrize("place", [*range(5, 30), *range(30, 37), *range(38, 45), 59])
def test_nothing_is_made_up(place: int) -> None:
    """With one digit wrong and no other reading of it there is no zone."""
    wrong = TRUE[:place] + str((int(TRUE[place]) + 1) % 10 if TRUE[place].isdecimal() else 7) + TRUE[place + 1 :]
    assert decode([{sign: 1.0} for sign in wrong]) is None


def test_equal_chances_are_told() -> None:
    """Two digits whose change the check digits cannot tell apart: the probability says so."""
    # weights 7 and 3 at neighbouring places: 7a + 3b is the same for (a, b) and (a + 1, b + 1)
    other = zone("112199000011", "990101", "F", "390101")
    options = [dict.fromkeys({a, b}, 0.5) for a, b in zip(TRUE, other, strict=True)]
    found = decode(options)
    assert found is not None
    assert found.text in _valid(options)
    assert found.probability == pytest.approx(1 / len(_valid(options)))


def _valid(options: Sequence[dict[str, float]]) -> set[str]:
    texts = ("".join(signs) for signs in itertools.product(*options))
    return {text for text in texts if read_card_zone([text[:30], text[30:], NAME]) is not None}


def test_a_place_without_a_sign_has_no_reading() -> None:
    assert decode([{} if place == 7 else {sign: 1.0} for place, sign in enumerate(TRUE)]) is None
