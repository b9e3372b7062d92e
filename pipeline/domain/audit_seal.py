"""Seals of the audit trail: one a day, over the Merkle root of the entries that came since the seal before.

The chain alone shows a change only to somebody who knows a later hash: who can write to the database can make every hash
after the change anew. A seal is such a later hash, kept outside: time-stamped by an authority, and in the object store.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.domain.audit import FIRST_LINK, EntryHash, canonical_json
from pipeline.domain.ids import ContentHash, content_hash

OFFICE_TIME = dt.timezone(dt.timedelta(hours=7))
"""the legal time of Viet Nam, UTC+7 all the year (Quyết định 134/2002/QĐ-TTg): days of the trail are the office's days"""
NO_SEAL = ContentHash(FIRST_LINK)
"""what the first seal names as the seal before it"""
SEAL_FORMAT = "sohoa.audit-seal/1"

_LEAF = b"\x00"
_NODE = b"\x01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """What is said of the trail when a day has ended.

    It covers the entries behind the seal before it, up to the last one that was written before the day ended. So each
    entry is covered once, whatever the clock did.
    """

    day: dt.date
    first: int
    """number of the first entry that is covered; for a day without entries one more than `last`"""
    last: int
    """number of the last one; all up to here are covered by this seal or one before it"""
    root: str
    """Merkle root over the covered entries' hashes, see `merkle_root`"""
    head: EntryHash
    """hash of entry `last`"""
    previous: ContentHash
    """SHA-256 of the seal before, as text"""

    @property
    def count(self) -> int:
        """Entries that are covered."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSeal:
    """A seal, and where it is kept."""

    seal: Seal
    object: ContentHash
    """the seal's text in the archive area; what the time-stamp token is over"""
    token: ContentHash | None
    """the time-stamp token (RFC 3161, DER) in the archive area; None: there was no authority"""


@dataclass(frozen=True, slots=True)
class UnreadableSeal:
    """A seal that stands in the records and holds what no seal can hold."""

    day: str
    problem: str


def seal_text(seal: Seal) -> str:
    """Return a seal as it is kept and time-stamped: canonical JSON."""
    return canonical_json(
        {
            "format": SEAL_FORMAT,
            "day": seal.day.isoformat(),
            "first": seal.first,
            "last": seal.last,
            "count": seal.count,
            "root": seal.root,
            "head": seal.head,
            "previous": seal.previous,
        }
    )


def seal_hash(seal: Seal) -> ContentHash:
    """Return the SHA-256 of a seal's text."""
    return content_hash(seal_text(seal).encode())


def end_of(day: dt.date) -> dt.datetime:
    """Return the moment at which a day of the office ends."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), OFFICE_TIME)


def day_of(moment: dt.datetime) -> dt.date:
    """Return the office's day in which a moment lies."""
    return moment.astimezone(OFFICE_TIME).date()


class MerkleTree:
    """A Merkle tree that grows leaf by leaf and keeps only the roots of whole subtrees: 64 for any number of leaves."""

    def __init__(self) -> None:
        self._whole: list[tuple[int, bytes]] = []
        """(leaves, root) of whole subtrees, from left to right, each smaller than the one before"""

    def add(self, leaf: bytes) -> None:
        """Add a leaf at the right."""
        size, root = 1, hashlib.sha256(_LEAF + leaf).digest()
        while self._whole and self._whole[-1][0] == size:
            left = self._whole.pop()[1]
            size, root = 2 * size, _node(left, root)
        self._whole.append((size, root))

    def root(self) -> str:
        """Return the root over the leaves so far, 64 hexadecimal digits."""
        if not self._whole:
            return hashlib.sha256(b"").hexdigest()
        *before, (_, root) = self._whole
        for _, left in reversed(before):
            root = _node(left, root)
        return root.hex()


def merkle_root(hashes: Iterable[EntryHash]) -> str:
    """Return the Merkle tree hash of RFC 6962 §2.1 (RFC 9162 §2.1.1) with SHA-256; the leaves are the 32 bytes of each hash.

    Leaves and inner nodes are hashed with different first bytes, so that no inner node can be passed off as an entry.
    """
    tree = MerkleTree()
    for each in hashes:
        tree.add(bytes.fromhex(each))
    return tree.root()


def days_between(first: dt.date, last: dt.date) -> Sequence[dt.date]:
    """Return all days from `first` to `last`, both included."""
    return [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_NODE + left + right).digest()
