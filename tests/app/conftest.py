"""Child processes for the tests of what watches over them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.workers import ProcessWorkers


@pytest.fixture(scope="module")
def workers() -> Iterator[ProcessWorkers]:
    """Two child processes that may have a gibibyte each, for all tests of a module."""
    with ProcessWorkers(count=2, memory_bytes=1 << 30) as pool:
        yield pool
