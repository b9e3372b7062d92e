"""Follow the chain of an audit trail, entry by entry, and name what breaks it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pipeline.domain.audit import FIRST_LINK, AuditEntry, EntryHash, UnreadableEntry, entry_hash
from pipeline.domain.audit_findings import AuditFault, AuditFinding

_REACH = 64
"""numbers before and after its own for which an entry's hash is tried: entries are moved by few places, or all alike"""
_MOST_SEARCHES = 1000
"""entries for which that is done: where everything is wrong it is enough to say so"""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What matters of the entry before."""

    number: int
    previous: EntryHash
    hash: EntryHash
    is_named: bool
    """whether something is known to be wrong with it"""


class ChainCheck:
    """Takes entries in order of their numbers and says what is wrong with them; remembers only the last one."""

    def __init__(self) -> None:
        self.entries = 0
        """how many were taken"""
        self._last = _Seen(0, FIRST_LINK, FIRST_LINK, is_named=False)
        self._moved: AuditFinding | None = None
        """entries that were moved alike, as far as they go"""
        self._shift = 0
        """what is added to a number of theirs to get the one that they had"""
        self._searches = _MOST_SEARCHES

    @property
    def last(self) -> int:
        """Number of the last entry that was taken; 0: none."""
        return self._last.number

    def take(self, entry: AuditEntry | UnreadableEntry) -> Iterator[AuditFinding]:
        """Yield what this entry shows to be wrong."""
        self.entries += 1
        before, number = self._last, entry.number
        is_next = number == before.number + 1
        if not is_next:
            yield from self._end_of_moved()
            yield AuditFinding(fault=AuditFault.ENTRIES_REMOVED, first=before.number + 1, last=number - 1)
        sealed = None
        if isinstance(entry, UnreadableEntry):
            yield from self._end_of_moved()
            yield _altered(number, entry.problem)
        else:
            sealed = self._number_in_hash(entry)
            yield from self._judge(number, sealed)
        if is_next and entry.previous != before.hash:
            yield from self._broken_link(entry, before, is_named=sealed != number)
        self._last = _Seen(number, entry.previous, entry.hash, is_named=sealed != number)

    def end(self) -> Iterator[AuditFinding]:
        """Yield what is known only when there are no more entries."""
        return self._end_of_moved()

    def _judge(self, number: int, sealed: int | None) -> Iterator[AuditFinding]:
        """Yield what is wrong with an entry whose hash fits the number `sealed`, or none."""
        if sealed is None or sealed == number:
            yield from self._end_of_moved()
            if sealed is None:
                yield _altered(number, "")
            return
        shift = sealed - number
        if self._moved is not None and shift == self._shift and self._moved.last == number - 1:
            self._moved = replace(self._moved, last=number)
            return
        yield from self._end_of_moved()
        self._shift = shift
        self._moved = AuditFinding(fault=AuditFault.ENTRIES_MOVED, first=number, last=number, detail=f"{shift:+d}")

    def _end_of_moved(self) -> Iterator[AuditFinding]:
        if self._moved is not None:
            yield self._moved
            self._moved = None

    def _broken_link(
        self, entry: AuditEntry | UnreadableEntry, before: _Seen, *, is_named: bool
    ) -> Iterator[AuditFinding]:
        if before.number and entry.previous == before.previous:
            yield AuditFinding(fault=AuditFault.ENTRY_INSERTED, first=before.number, last=before.number)
        elif not before.is_named and not is_named:
            # its own hash was made anew, and that of the next entry was not; the first entry has none before it
            yield _altered(before.number or entry.number, "")

    def _number_in_hash(self, entry: AuditEntry) -> int | None:
        """Return the number for which an entry's hash is right."""
        if _fits(entry, entry.number):
            return entry.number
        if self._shift and _fits(entry, entry.number + self._shift):
            return entry.number + self._shift
        if self._searches:
            self._searches -= 1
            for distance in range(1, _REACH + 1):
                for number in (entry.number - distance, entry.number + distance):
                    if _fits(entry, number):
                        return number
        return None


def _fits(entry: AuditEntry, number: int) -> bool:
    try:
        right = entry_hash(number=number, at=entry.at, author=entry.author, deed=entry.deed, previous=entry.previous)
    except (TypeError, ValueError):  # a value that canonical JSON does not hold
        return False
    return right == entry.hash


def _altered(number: int, detail: str) -> AuditFinding:
    return AuditFinding(fault=AuditFault.ENTRY_ALTERED, first=number, last=number, detail=detail)
