"""What a test does when something that it needs is not installed."""

from __future__ import annotations

import os

import pytest

REQUIRED = "SOHOA_REQUIRE_SERVICES"
"""set to 1 where the tests must not be skipped because a server is not installed"""


def give_up(reason: str) -> None:
    """Fail where nothing may be missing (CI), else skip with the reason."""
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(f"{reason} ({REQUIRED}=1)")
    pytest.skip(reason)
