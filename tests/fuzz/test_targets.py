"""Parsers of what anybody sends, with the kept seeds and some hundred changed ones; `make fuzz` goes on for longer."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.inputs import inputs, seeds
from tests.fuzz.targets import CORPUS, TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_end_quietly_or_with_an_error_of_the_products(name: str) -> None:
    assert seeds(name), "a fuzzer that begins with nothing finds nothing"
    for seed in seeds(name):
        TARGETS[name].try_bytes(seed)


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_changed_seeds_end_quietly_or_with_an_error_of_the_products(name: str, data: st.DataObject) -> None:
    TARGETS[name].try_bytes(data.draw(inputs(name)))


def test_every_folder_of_seeds_has_its_target() -> None:
    assert {folder.name for folder in CORPUS.iterdir()} == set(TARGETS)
