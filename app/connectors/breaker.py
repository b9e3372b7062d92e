"""Whoever fails several times in a row is left alone for a while: asking on costs everybody's time and helps nobody."""

from __future__ import annotations

import datetime as dt
import threading

from pipeline.domain.exchange_errors import ConnectorUnavailable
from pipeline.ports import Clock


class CircuitBreaker:
    """Counts failures; when the pause is over, one question goes through, and its answer decides. Threads may share it."""

    def __init__(self, name: str, *, failures: int, pause: dt.timedelta, clock: Clock) -> None:
        self._name, self._most, self._pause, self._clock = name, failures, pause, clock
        self._lock = threading.Lock()
        self._failures = 0
        self._until: dt.datetime | None = None

    @property
    def standing(self) -> tuple[int, dt.datetime | None]:
        """Failures in a row, and until when nobody is asked."""
        with self._lock:
            return self._failures, self._until

    def ask(self) -> None:
        """Say that somebody is about to ask.

        Raises:
            ConnectorUnavailable: the pause is not over, or somebody else tries whether it may end.
        """
        with self._lock:
            now = self._clock.now()
            if self._until is None:
                return
            if now < self._until:
                raise ConnectorUnavailable(name=self._name, reason="paused", until=self._until.isoformat())
            self._until = now + self._pause  # this one tries; the others wait for what comes of it

    def answered(self) -> None:
        """Say that there was an answer."""
        with self._lock:
            self._failures, self._until = 0, None

    def failed(self) -> None:
        """Say that there was none."""
        with self._lock:
            self._failures += 1
            if self._failures >= self._most:
                self._until = self._clock.now() + self._pause
