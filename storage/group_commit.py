"""Group commit: what many threads write at the same moment is made durable together.

Every look at people's papers is written down before it is answered, and a durable write waits for the disk. One by one, some dozens
a second would go through on a plain disk, whatever the processor does; together, as many as come while the disk is busy go with the
next turn (DeWitt et al., Implementation Techniques for Main Memory Database Systems, SIGMOD 1984).
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import sqlalchemy as sa

from pipeline.domain.errors import RecordsDamaged, RecordsUnavailable
from storage.database import writing

_MOST = 100
"""writes of one transaction: the last of them waits for all"""
_Item = TypeVar("_Item")


@dataclass(slots=True, eq=False)
class _Waiting(Generic[_Item]):
    item: _Item
    turn: threading.Event = field(default_factory=threading.Event)
    """set when it is done, or when it is to lead the next group"""
    done: bool = False
    error: BaseException | None = None


class GroupCommit(Generic[_Item]):
    """Commits items in groups, in the order in which they came; safe among threads."""

    def __init__(self, engine: sa.Engine, write: Callable[[sa.Connection, Sequence[_Item]], None]) -> None:
        """Write through `write`, which may be called again with some of the items after what it wrote was undone."""
        self._engine = engine
        self._write = write
        self._lock = threading.Lock()
        self._waiting: deque[_Waiting[_Item]] = deque()
        self._is_led = False

    def commit(self, item: _Item) -> None:
        """Return when the item is written and durable.

        Raises:
            RecordsUnavailable, RecordsDamaged: nothing of it was written.
            whatever writing it raises: likewise; others that share the transaction are not affected.
        """
        mine = _Waiting(item)
        with self._lock:
            self._waiting.append(mine)
            leads, self._is_led = not self._is_led, True
        if not leads:
            mine.turn.wait()
        if not mine.done:
            self._lead()
        if mine.error is not None:
            raise mine.error

    @property
    def waiting(self) -> int:
        """How many items wait for the group that is being written."""
        return len(self._waiting)

    def _lead(self) -> None:
        """Commit one group, which begins with the leader's own write, and let the next one in line lead the next."""
        with self._lock:
            group = [self._waiting.popleft() for _ in range(min(_MOST, len(self._waiting)))]
        try:
            self._commit(group)
        except BaseException as error:
            for each in group:
                each.error = each.error or error
            raise
        finally:
            for each in group:
                each.done = True
            with self._lock:
                following = self._waiting[0] if self._waiting else None
                self._is_led = following is not None
            for each in [*group, *([following] if following else [])]:
                each.turn.set()

    def _commit(self, group: list[_Waiting[_Item]]) -> None:
        try:
            with writing(self._engine) as connection:
                self._write(connection, [each.item for each in group])
        except (RecordsUnavailable, RecordsDamaged) as error:
            for each in group:
                each.error = error
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told to whoever wrote it
            if len(group) == 1:
                group[0].error = error
                return
            for each in group:  # one of them is at fault: each for itself
                self._commit([each])
