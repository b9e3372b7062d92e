"""Check the seals of the audit trail against its entries, each other, their objects and their time stamps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from pipeline.audit_ports import AuditSeals, TimeStamps
from pipeline.domain.audit import AuditEntry, UnreadableEntry
from pipeline.domain.audit_findings import AuditFault, AuditFinding
from pipeline.domain.audit_seal import NO_SEAL, KeptSeal, MerkleTree, UnreadableSeal, seal_hash
from pipeline.domain.errors import ObjectAltered, ObjectMissing
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area, ObjectStore

_AT_ONCE = 1000
_DAY = dt.timedelta(days=1)


class SealCheck:
    """Takes the entries in order of their numbers; holds the seals, of which there is one a day, and no entry."""

    def __init__(self, seals: AuditSeals, objects: ObjectStore, stamps: TimeStamps, *, now: dt.datetime) -> None:
        """Read all seals, as of the moment `now`."""
        self._all = list(every_seal(seals))
        self._seals = [each for each in self._all if isinstance(each, KeptSeal)]
        self._objects = objects
        self._stamps = stamps
        self._now = now
        self._next = 0
        """which seal the next entry belongs to"""
        self._tree = MerkleTree()
        self._counted = 0
        self.unstamped = sum(each.token is None for each in self._seals)
        self.doubtful = 0
        """time stamps that could not be judged"""

    @property
    def count(self) -> int:
        """How many seals there are."""
        return len(self._all)

    @property
    def last_day(self) -> dt.date | None:
        """The newest day that is sealed."""
        return self._seals[-1].seal.day if self._seals else None

    @property
    def covered(self) -> int:
        """Number of the last entry that is sealed."""
        return max((each.seal.last for each in self._seals), default=0)

    def take(self, entry: AuditEntry | UnreadableEntry) -> Iterator[AuditFinding]:
        """Yield the seals that are contradicted by what came up to this entry."""
        while self._next < len(self._seals) and self._seals[self._next].seal.last < entry.number:
            yield from self._close("")
        if self._next == len(self._seals) or entry.number < self._seals[self._next].seal.first:
            return
        seal = self._seals[self._next].seal
        self._tree.add(_bytes(entry.hash))
        self._counted += 1
        if entry.number == seal.last:
            yield from self._close(entry.hash)

    def end(self, last: int) -> Iterator[AuditFinding]:
        """Yield what is wrong with the seals themselves, and what they say of entries behind `last`, the trail's end."""
        if self.covered > last:
            yield AuditFinding(fault=AuditFault.ENTRIES_REMOVED, first=last + 1, last=self.covered)
        while self._next < len(self._seals):
            yield from self._close("")
        for each in self._all:
            if isinstance(each, UnreadableSeal):
                yield _of(each.day, AuditFault.SEAL_ALTERED, each.problem)
        yield from _succession(self._seals)
        yield from self._kept()

    def _close(self, head: str) -> Iterator[AuditFinding]:
        """Compare the seal that is due with the entries that were seen; `head`: hash of its last one."""
        seal, root, counted = self._seals[self._next].seal, self._tree.root(), self._counted
        self._next, self._tree, self._counted = self._next + 1, MerkleTree(), 0
        if counted != seal.count or root != seal.root or (seal.count and head != seal.head):
            yield AuditFinding(
                fault=AuditFault.SEAL_CONTRADICTED, first=seal.first, last=seal.last, day=seal.day.isoformat()
            )

    def _kept(self) -> Iterator[AuditFinding]:
        """Look at objects and time stamps, newest first: what a believed one covers existed at its time.

        So a seal outlives the certificate of its own time stamp: the next day's seal names it, and is stamped itself.
        """
        known_at = self._now
        for kept in reversed(self._seals):
            day = kept.seal.day.isoformat()
            if seal_hash(kept.seal) != kept.object:
                yield _of(day, AuditFault.SEAL_ALTERED, "digest")
            if (problem := self._lost(kept.object)[1]) is not None:
                yield _of(day, AuditFault.SEAL_OBJECT_LOST, problem)
            if kept.token is None:
                continue
            token, problem = self._lost(kept.token)
            if problem is not None:
                yield _of(day, AuditFault.SEAL_OBJECT_LOST, problem)
                continue
            finding = self._stamps.check(token, bytes.fromhex(kept.object), at=known_at)
            is_vouched = finding.at is not None and known_at < self._now
            if finding.problem and (finding.may_pass or is_vouched):
                # what is missing may come; or a later seal, whose time stamp is believed, names this one
                self.doubtful += 1
            elif finding.problem:
                yield _of(day, AuditFault.STAMP_FALSE, finding.problem)
            elif finding.at is not None:
                known_at = min(known_at, finding.at)

    def _lost(self, sha256: ContentHash) -> tuple[bytes, str | None]:
        """Return an object's bytes and None, or nothing and why it cannot be had."""
        try:
            with self._objects.open(Area.ARCHIVE, sha256) as stream:
                return stream.read(), None
        except (ObjectMissing, ObjectAltered) as error:
            return b"", error.code


def every_seal(seals: AuditSeals) -> Iterator[KeptSeal | UnreadableSeal]:
    """Yield all seals in order of their days."""
    after = ""
    while page := seals.seals(limit=_AT_ONCE, after=after):
        yield from page
        newest = page[-1]
        after = newest.day if isinstance(newest, UnreadableSeal) else newest.seal.day.isoformat()


def _succession(seals: Sequence[KeptSeal]) -> Iterator[AuditFinding]:
    """Yield the days between sealed days that have no seal, and seals that do not continue the one before."""
    last, day, object_ = 0, None, NO_SEAL
    for kept in seals:
        seal = kept.seal
        if day is not None and seal.day != day + _DAY:
            first, end = day + _DAY, seal.day - _DAY
            missing = first.isoformat() if first == end else f"{first.isoformat()}/{end.isoformat()}"
            yield _of(missing, AuditFault.SEAL_MISSING, "")
        elif seal.previous != object_ or seal.first != last + 1:
            fault = AuditFault.SEAL_MISSING if day is None else AuditFault.SEAL_ALTERED
            yield _of(seal.day.isoformat(), fault, "before" if day is None else "succession")
        last, day, object_ = seal.last, seal.day, kept.object


def _of(day: str, fault: AuditFault, detail: str) -> AuditFinding:
    return AuditFinding(fault=fault, day=day, detail=detail)


def _bytes(digest: str) -> bytes:
    try:
        return bytes.fromhex(digest)
    except ValueError:
        return b""
