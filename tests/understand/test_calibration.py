from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.ids import FieldName
from pipeline.understand.calibration import OTHERS, Curve, calibrated, counted, counted_acceptance, fit, fitted_curves

PAIRS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=80)


@given(PAIRS, st.floats(0, 1), st.floats(0, 1))
def test_a_chance_never_falls_as_the_score_rises(pairs: list[tuple[float, bool]], one: float, other: float) -> None:
    curve = fit(pairs)
    low, high = sorted((one, other))
    assert 0.0 <= curve.at(low) <= curve.at(high) < 1.0


def test_shares_of_right_readings_are_found() -> None:
    pairs = [(0.3, index < 30) for index in range(100)] + [(0.9, index < 90) for index in range(100)]
    curve = fit(pairs)
    assert curve.at(0.3) == pytest.approx(0.3, abs=0.01)
    assert curve.at(0.9) == pytest.approx(0.9, abs=0.01)
    assert curve.at(0.6) == pytest.approx(0.6, abs=0.01)
    assert curve.at(0.1) == curve.at(0.3)


def test_violators_are_pooled() -> None:
    curve = fit([(0.2, True)] * 10 + [(0.8, False)] * 10)
    assert curve.at(0.2) == curve.at(0.8) == pytest.approx(0.5, abs=0.02)


def test_a_few_right_readings_are_no_certainty() -> None:
    assert fit([(0.9, True)] * 5).at(0.9) < 0.95
    assert fit([(0.9, True)] * 500).at(0.9) > 0.99


def test_nothing_cannot_be_fitted() -> None:
    with pytest.raises(ValueError, match="nothing"):
        fit([])


def test_a_field_without_a_curve_takes_that_of_the_others_or_none() -> None:
    name, low = FieldName("subject"), Curve((0.0, 1.0), (0.0, 0.5))
    assert calibrated(name, 0.8, {}) == 0.8
    assert calibrated(name, 0.8, {OTHERS: low}) == pytest.approx(0.4)
    assert calibrated(name, 0.8, {OTHERS: low, name: Curve((0.5,), (0.7,))}) == 0.7


def test_the_curves_of_the_product_rise() -> None:
    for curve in fitted_curves().values():
        assert list(curve.scores) == sorted(set(curve.scores))
        assert list(curve.chances) == sorted(curve.chances)


def test_the_threshold_keeps_the_error_rate_and_takes_as_much_as_it_may() -> None:
    pairs = [(0.97, True)] * 99 + [(0.97, False)] + [(0.9, True)] * 47 + [(0.9, False)] * 3 + [(0.6, False)] * 50
    acceptance = counted(pairs)
    assert acceptance.threshold(0.01) == pytest.approx(0.95), "one that is wrong one time in twenty, at most"
    assert acceptance.threshold(0.02) == pytest.approx(0.91), "with the 0.9 it would be 4 in 150"
    assert acceptance.threshold(0.03) == pytest.approx(0.85)
    assert acceptance.threshold(0.5) == pytest.approx(0.5)
    assert acceptance.threshold(0.001) > 1, "nothing is sure enough"


@given(PAIRS, st.floats(0.001, 0.5))
def test_what_is_accepted_keeps_the_rate(pairs: list[tuple[float, bool]], rate: float) -> None:
    threshold = counted(pairs).threshold(rate)
    taken = [right for confidence, right in pairs if confidence >= threshold]
    assert taken.count(False) <= (rate + 1e-5) * len(taken)


def test_the_product_accepts_at_the_default_rate() -> None:
    assert 0.5 <= counted_acceptance().threshold(0.02) <= 0.98
