"""What another system could not be told or asked is tried again, at longer and longer intervals, and not for ever."""

from __future__ import annotations

import datetime as dt

from pipeline.desk_ports import Events
from pipeline.domain.event import Attempt, Delivery

_FIRST, _LONGEST = dt.timedelta(minutes=1), dt.timedelta(hours=6)


def put_off(delivery: Delivery, reason: str, *, reader: str, events: Events, at: dt.datetime) -> None:
    """Have an event come again after 1, 2, 4 … minutes, at most 6 hours."""
    wait = min(_FIRST * 2 ** min(delivery.attempts, 20), _LONGEST)
    events.retry(reader, Attempt(event=delivery.event.number, at=at, reason=reason), due=at + wait)


def is_over(delivery: Delivery, *, days: int, at: dt.datetime) -> bool:
    """Say whether it was tried for so long that it is given up."""
    return delivery.tried_since is not None and at - delivery.tried_since >= dt.timedelta(days=days)
