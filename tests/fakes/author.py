"""Somebody who does things in tests."""

from __future__ import annotations

from pipeline.domain.audit import Author

CLERK = Author(name="lan", role="clerk", origin="quay-1: tests")
