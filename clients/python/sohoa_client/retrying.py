"""When and how long to wait before something is asked again."""

from __future__ import annotations

import datetime as dt
import email.utils
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from sohoa_client.steps import Answer, Lost, Request

_PASSING = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_EARLY,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
"""statuses that say nothing about the request itself"""
_UNDER_WAY = "api.request_under_way"
_DIGITS = 10


@dataclass(frozen=True, kw_only=True)
class Retry:
    """How patient a client is."""

    attempts: int = 4
    """how often something is asked in all"""
    first_seconds: float = 0.5
    """before the second attempt; twice as long before each further one"""
    most_seconds: float = 20.0
    patience_seconds: float = 120.0
    """the longest `Retry-After` that is waited for; where the server asks for more, the problem is raised at once"""

    def seconds_before(
        self, attempt: int, request: Request, outcome: Answer | Lost, *, chance: Callable[[], float], now: dt.datetime
    ) -> float | None:
        """Return how long to wait before attempt number `attempt`, from 2 on; None: do not ask again.

        Only what may be repeated is; and what surely never arrived. `chance` gives numbers from 0 to 1, so that many clients
        that were cut off together do not come back together.
        """
        if attempt > self.attempts or not _may_pass(request, outcome):
            return None
        backing_off = min(self.most_seconds, self.first_seconds * 2.0 ** (attempt - 2)) * (0.5 + chance() / 2)
        asked = None if isinstance(outcome, Lost) else retry_after(outcome.headers.get("retry-after"), now=now)
        if asked is None:
            return backing_off
        return max(asked, backing_off) if asked <= self.patience_seconds else None


def _may_pass(request: Request, outcome: Answer | Lost) -> bool:
    if isinstance(outcome, Lost):
        return request.may_be_repeated or not outcome.sent
    if outcome.status == HTTPStatus.TOO_MANY_REQUESTS:  # refused before anything was done
        return True
    if not request.may_be_repeated:
        return False
    under_way = outcome.status == HTTPStatus.CONFLICT and _UNDER_WAY.encode() in outcome.body
    return under_way or outcome.status in _PASSING


def retry_after(value: str | None, *, now: dt.datetime) -> float | None:
    """Return the seconds that a `Retry-After` header asks for (RFC 9110 section 10.2.3); None where it says nothing."""
    text = (value or "").strip()
    if text.isascii() and text.isdecimal() and len(text) < _DIGITS:
        return float(text)
    try:
        at = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=dt.timezone.utc)
    return max(0.0, (at - now).total_seconds())
