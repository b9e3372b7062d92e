"""The one place that reads the clock."""

from __future__ import annotations

import datetime as dt


class SystemClock:
    """Implements the Clock port with the machine's clock."""

    def now(self) -> dt.datetime:
        """Return the present moment in UTC."""
        return dt.datetime.now(dt.UTC)
