"""Moments that others name: in certificates, signatures and messages anything may stand that a calendar has."""

from __future__ import annotations

import datetime as dt


def in_zone(moment: dt.datetime, zone: dt.tzinfo | None = None) -> dt.datetime:
    """Return an aware moment as clocks in `zone` show it (None: the machine's), unchanged where no calendar has that day.

    Certificates without an end run out at 9999-12-31T23:59:59Z (RFC 5280, 4.1.2.5): in Vietnam that is in the year 10000.
    """
    try:
        return moment.astimezone(zone)
    except (OverflowError, ValueError, OSError):  # the machine's zone is asked of the C library
        return moment
