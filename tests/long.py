"""Tests that would make a run too long: `make test-long` runs them, `make test` runs one of their kind."""

from __future__ import annotations

import pytest


def further(*seeds: int) -> list[object]:
    """Return further seeds of a test that takes half a minute for each."""
    return [pytest.param(seed, marks=pytest.mark.long) for seed in seeds]
