"""How often somebody may ask: a bucket of requests that fills again by itself, one for each who asks and process."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

_MOST_BUCKETS = 20_000
"""that are remembered; of more, those that asked longest ago are forgotten"""
_MINUTE = 60


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RateState:
    """What is left of a client's quota."""

    quota: int
    """requests a minute"""
    left: int
    reset: int
    """seconds until the quota is whole again"""
    wait: int = 0
    """seconds after which it may ask again; 0: it may now"""

    def headers(self) -> dict[str, str]:
        """Return the fields of draft-ietf-httpapi-ratelimit-headers."""
        return {
            "RateLimit-Policy": f'"client";q={self.quota};w={_MINUTE}',
            "RateLimit": f'"client";r={self.left};t={self.reset}',
        }


class RateLimits:
    """Counts requests by client; safe among threads."""

    def __init__(self, *, quota: int, seconds: Callable[[], float] = time.monotonic) -> None:
        """Let each client ask `quota` times a minute."""
        self._quota = quota
        self._seconds = seconds
        self._lock = threading.Lock()
        self._buckets: dict[str, _Bucket] = {}

    def take(self, client: str) -> RateState:
        """Count a request of a client, if it may ask now."""
        now = self._seconds()
        per_second = self._quota / _MINUTE
        with self._lock:
            bucket = self._buckets.pop(client, None) or _Bucket(self._quota, now)
            self._buckets[client] = bucket  # the one that asked last stands at the end
            while len(self._buckets) > _MOST_BUCKETS:
                del self._buckets[next(iter(self._buckets))]
            bucket.left = min(self._quota, bucket.left + (now - bucket.at) * per_second)
            bucket.at = now
            wait = 0 if bucket.left >= 1 else max(1, math.ceil((1 - bucket.left) / per_second))
            bucket.left -= 0 if wait else 1
            left = bucket.left
        reset = math.ceil((self._quota - left) / per_second)
        return RateState(quota=self._quota, left=int(left), reset=reset, wait=wait)
