"""Answers that are given again for a while, under digests of their questions: questions name people, and are not kept."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from pipeline.ports import Clock

_Answer = TypeVar("_Answer")
_MOST = 10_000


class AnswerCache(Generic[_Answer]):
    """Remembers answers for some time and as many as fit; gone with the process. Failures are not remembered."""

    def __init__(self, *, minutes: float, clock: Clock, most: int = _MOST) -> None:
        self._for, self._clock, self._most = dt.timedelta(minutes=minutes), clock, most
        # without it, whoever sees the memory of this process could try out numbers
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._kept: OrderedDict[bytes, tuple[dt.datetime, _Answer]] = OrderedDict()

    def get(self, question: str, ask: Callable[[], _Answer]) -> _Answer:
        """Return the answer to a question, asked anew where none is remembered that is young enough."""
        name = hashlib.blake2b(question.encode(errors="replace"), key=self._key, digest_size=32).digest()
        now = self._clock.now()
        with self._lock:
            found = self._kept.get(name)
            if found is not None and now < found[0]:
                return found[1]
        answer = ask()
        if self._for:
            with self._lock:
                self._kept[name] = (self._clock.now() + self._for, answer)
                self._kept.move_to_end(name)
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        return answer
