"""What stands between anybody and the records: a limit on questions, and on the work that they may cause.

Both are kept by the process: where several serve pages, each counts by itself.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.domain.errors import SohoaError
from pipeline.domain.ids import ContentHash
from web.jobs import Jobs
from web.rates import RateLimits

_log = logging.getLogger(__name__)
_IPV6_SITE = 64
"""bits of an IPv6 address that a household has: what comes after is the caller's to choose"""
_JUDGED_AT_ONCE = 20
"""files that wait to be judged; more are judged when they are asked for again"""
_AFTER_FAILURE = dt.timedelta(minutes=5)
"""before a file that could not be judged is tried again"""


class RateLimit:
    """Lets so many questions through in a minute from an address; what was not used is saved up to that number."""

    def __init__(self, per_minute: int, now: Callable[[], float] = time.monotonic) -> None:
        self._limits = RateLimits(quota=per_minute, seconds=now)

    def wait(self, address: str) -> int:
        """Count a question; return 0 if it may be put, else after how many seconds it may."""
        return self._limits.take(_site(address)).wait


@dataclass(slots=True)
class JudgeQueue:
    """Has files judged beside the requests, each once at a time and not too many."""

    jobs: Jobs
    judge: Callable[[ContentHash], bool]
    """judges a file; says whether anything was found"""
    now: Callable[[], dt.datetime]
    _waiting: set[ContentHash] = field(default_factory=set)
    _failed: dict[ContentHash, dt.datetime] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, sha256: ContentHash) -> bool:
        """Have a file judged; say whether it will be: False if it failed just now, or too many others wait."""
        with self._lock:
            if sha256 in self._waiting:
                return True
            failed = self._failed.get(sha256)
            if (failed and self.now() - failed < _AFTER_FAILURE) or len(self._waiting) >= _JUDGED_AT_ONCE:
                return False
            self._failed.pop(sha256, None)
            self._waiting.add(sha256)
        self.jobs.run("judging for the public", lambda: self._judge(sha256))
        return True

    def _judge(self, sha256: ContentHash) -> None:
        is_judged = False
        try:
            is_judged = self.judge(sha256)
        except SohoaError as error:
            _log.warning("%s could not be judged: %s", sha256, error)
        finally:
            with self._lock:
                self._waiting.discard(sha256)
                if not is_judged:
                    self._failed = {each: at for each, at in self._failed.items() if self.now() - at < _AFTER_FAILURE}
                    self._failed[sha256] = self.now()


def _site(address: str) -> str:
    """Return who is counted as one: an IPv4 address, or the network of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:  # a name, where no network is between
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, _IPV6_SITE), strict=False))
    return str(parsed)
